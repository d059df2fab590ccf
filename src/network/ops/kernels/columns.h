/* Convolution as a product of matrices: the windows of some output pixels are copied to rows, or added up from them. For windows
 * of few input channels, of which a kernel that goes tap by tap has too little at each, for 1x1 windows with strides, and for the
 * way back of windows that do not overlap, as those of patches. It takes windows of any size. */
#ifndef OPS_COLUMNS_H
#define OPS_COLUMNS_H

#include "network/ops/kernels/linear.h"

typedef struct columns {
  window window;
  int channels; /* of the input */
  linear forward, backward;
  shape in, out;
  size_t tile; /* output pixels at a time */
} columns;

/* Whether this is the fastest way for a convolution that is not 1x1 with stride 1. */
bool columns_pay(const dense_map *m, bool backward);

/* Bytes that the one way or the other will hold, from above. */
pl_status columns_measure(const node *n, const dense_map *m, bool backward, uint64_t *held);

/* Weights in order: O x KH x KW x C; those of the way back: KH x KW x C x O. Only what was created is run. */
pl_status columns_create_forward(const op *o, const dense_map *m, const weights *w, const float *bias, columns *c);
pl_status columns_create_backward(const op *o, const dense_map *m, const weights *w, columns *c);
void columns_free(columns *c);

/* The bytes of workspace that forward and backward need. */
uint64_t columns_reshape(columns *c, const window *w, const shape *in, const shape *out);

/* Of an operator that may have a fused clamp. */
pl_status columns_forward(const op *o, columns *c, const buffers *b);
pl_status columns_backward(const op *o, columns *c, const buffers *b);

#endif
