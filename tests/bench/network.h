/* The speed of a network, one thread. */
#ifndef BENCH_NETWORK_H
#define BENCH_NETWORK_H

#include <stdio.h>

#include "clock.h"

/* Writes a JSON object: forward alone and with backward for `batch` crops, beside what the SIMD units do in the same rounds; with
 * `profile` also each operator, hot (called again and again by itself) and in order (its turn within whole passes). */
pl_status network_report(const void *onnx, size_t size, int crop, int batch, bool profile, rounds r, FILE *out);

#endif
