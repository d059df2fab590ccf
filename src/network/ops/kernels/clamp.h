/* The clamp that is fused into an operator: bounds of its outputs. */
#ifndef OPS_CLAMP_H
#define OPS_CLAMP_H

#include <math.h>

#include "network/ops/ops.h"

/* Whether a clamp is fused into the operator. */
static inline bool ops_clamped(const op *o) { return o->low > -INFINITY || o->high < INFINITY; }

/* The fused clamp, in place. */
void clamp_forward(const op *o, float *out, size_t count);

/* What it lets through is kept as a bit for each value and bound, which says that the value does not stand there: outputs need not
 * be kept. Bytes of them; 0 where there is no clamp or no way back. */
uint64_t clamp_bytes(const op *o);

/* Notes it of the outputs [first, first + count). Nothing happens where b->clamp is NULL. */
void clamp_save(const op *o, const buffers *b, size_t first, size_t count);

/* Writes these of dout, 0 where the output stands at a bound, to `masked`, which may be where they are. */
void clamp_backward(const op *o, const buffers *b, size_t first, size_t count, float *masked);

/* Whether output k is above the lower bound, and below the upper one. */
bool clamp_is_above(const op *o, const buffers *b, size_t k);
bool clamp_is_below(const op *o, const buffers *b, size_t k);

#endif
