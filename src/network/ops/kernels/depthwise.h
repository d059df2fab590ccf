/* Depthwise convolution: every channel has its own window. Channels last; the windows' weights are KH x KW x C. */
#ifndef OPS_DEPTHWISE_H
#define OPS_DEPTHWISE_H

#include "network/ops/kernels/window.h"

/* Backward for any window. Made for speed at stride 1 and 2: the gradient at one output phase (the positions that are equal
 * modulo the stride) is a convolution with stride 1 of dout with a part of the weights. */
typedef struct depthwise depthwise;

/* The highest window that it takes. */
enum { DEPTHWISE_MAX_HEIGHT = 32 };

/* NULL where memory is out. */
depthwise *depthwise_create(const window *w, int channels);
void depthwise_free(depthwise *d);

/* Sets the shapes, and says the bytes of workspace that backward needs. */
uint64_t depthwise_reshape(depthwise *d, const window *w, const shape *in, const shape *out);

/* Takes the weights, C x KH x KW as ONNX has them, and so many bytes for them; false where memory is out. */
uint64_t depthwise_held(const depthwise *d);
bool depthwise_pack(depthwise *d, const float *weights);

/* Writes din; dout is masked where `o` has a fused clamp. */
void depthwise_backward(const depthwise *d, const op *o, const float *out, const float *dout, float *din, float *workspace);

#endif
