/* What making a network ready takes. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

/* Writes a JSON object: milliseconds of packing a model's weights for both directions, in the best of a few rounds, and what the
 * network then holds. */
pl_status load_report(const void *onnx, size_t size, FILE *out);

#endif
