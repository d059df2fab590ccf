/* Depthwise convolution: every channel has its own window. Channels last; the windows' weights are KH x KW x C. */
#ifndef OPS_DEPTHWISE_H
#define OPS_DEPTHWISE_H

#include "network/ops/kernels/dense.h"

/* Both ways for any window. Made for speed at strides 1 and 2: the gradient at one input phase (the positions that are equal modulo
 * the stride) is a convolution with stride 1 of dout with a part of the weights. */
typedef struct depthwise depthwise;

/* Whether it takes a map: one window a channel, of not too many rows. */
bool depthwise_takes(const dense_map *m);

/* NULL where memory is out. */
depthwise *depthwise_create(const window *w, int channels);
void depthwise_free(depthwise *d);

/* Sets the shapes, and says the bytes of workspace that the one way or the other needs. */
uint64_t depthwise_reshape(depthwise *d, const shape *in, const shape *out, bool backward);

/* Takes the weights, C x KH x KW as ONNX has them, and the bias; so many bytes for them; false where memory is out. */
uint64_t depthwise_held(const depthwise *d);
bool depthwise_pack(depthwise *d, const float *weights, const float *bias);

/* Of an operator that may have a fused clamp. */
void depthwise_forward(const depthwise *d, const op *o, const buffers *b);
void depthwise_backward(const depthwise *d, const op *o, const buffers *b);

#endif
