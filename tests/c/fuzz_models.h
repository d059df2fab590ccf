/* What the fuzz entries of networks and of generators share. */
#ifndef FUZZ_MODELS_H
#define FUZZ_MODELS_H

#include "network/graph/graph.h"

enum { FUZZ_VALUES = 1 << 14 }; /* a small network's values have no more */

/* The bytes themselves, or the file that they are the choices of. */
void fuzz_with_file(const uint8_t *bytes, size_t size, void (*take)(const uint8_t *bytes, size_t size));

/* What inference lets through, operators can do: none answers that it met something that cannot be. */
void fuzz_check(pl_status status);

/* Whether a run takes milliseconds: nothing an operator does is more than its outputs times its inputs. */
bool fuzz_is_small(const graph *g, const tensor_type *types);

/* Makes the targets ready, then begins each step there and back, or there alone where that is what memory suffices for.
 * types: of all values. */
void fuzz_begin(const graph *g, const int *targets, int count, const tensor_type *types);

#endif
