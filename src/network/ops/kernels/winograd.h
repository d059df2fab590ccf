/* 3x3 convolutions of stride 1 by Winograd's minimal filtering, and their way back, which is one of the same kind: tiles of the
 * image are transformed, each place of a tile is a product of matrices, and what comes out is transformed back. A block of tiles
 * at a time, which stays in the cache. */
#ifndef OPS_WINOGRAD_H
#define OPS_WINOGRAD_H

#include "network/ops/kernels/dense.h"
#include "network/ops/kernels/winograd_tiles.h"

typedef struct winograd {
  winograd_map map;
  size_t plane; /* floats of the weights of one place */
  float *weights, *bias;
  float low, high;
  size_t block; /* tiles at a time */
} winograd;

/* The side of the tiles with which this is the fastest way, 2 or 4; 0: it is not. in, out: the convolution's, of which only height
 * and width matter. */
int winograd_side(const dense_map *m, bool backward, const shape *in, const shape *out);

/* Bytes that it will hold, and its workspace, for the shapes from now on. Only what was created is run. */
dense_needs winograd_reshape(winograd *w, int side, const dense_map *m, bool backward, const shape *in, const shape *out);

/* Weights in order: O x KH x KW x C, for both ways; bias: of the outputs, or NULL; both are copied, the weights slice by slice. */
pl_status winograd_create(const op *o, const weights *given, bool backward, const float *bias, winograd *w);
void winograd_free(winograd *w);

void winograd_forward(const winograd *w, const op *o, const buffers *b);
void winograd_backward(const winograd *w, const op *o, const buffers *b);

#endif
