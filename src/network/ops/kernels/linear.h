/* A linear map of rows: y = x W' + bias, clamped. 1x1 convolutions and fully connected layers are this. */
#ifndef OPS_LINEAR_H
#define OPS_LINEAR_H

#include "network/ops/kernels/dense.h"

typedef struct linear {
  int in, out;
  dense map;
  int rows; /* that it is shaped for */
} linear;

/* Bytes that it will hold, from above; fails where they are too many: to be called before the others. */
pl_status linear_measure(const node *n, int in, int out, uint64_t *held);

/* Weights in order: out x in; bias: out or NULL; both are copied. */
pl_status linear_create(const node *n, int in, int out, const weights *w, const float *bias, float low, float high, linear *l);
void linear_free(linear *l);

/* x: rows x in, y: rows x out. Allocates nothing, whatever `rows`. */
pl_status linear_run(const node *n, linear *l, size_t rows, const float *x, float *y);

/* How many rows of `row` floats are best taken at a time, so that they are in the cache when they are read again. */
size_t linear_tile(size_t row);

/* An operator with a fused clamp that is this map, some rows at a time: what the clamp lets through is noted, and on the way back
 * masks dout, while they are in the cache. b->workspace: on the way back linear_workspace bytes, of a map from `in` values. */
pl_status linear_forward(const op *o, linear *l, size_t rows, const buffers *b);
uint64_t linear_workspace(const op *o, int in);
pl_status linear_backward(const op *o, linear *l, size_t rows, const buffers *b);

#endif
