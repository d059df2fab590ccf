/* Convolutions and their transposes on XNNPACK. Images have channels last. */
#ifndef OPS_DENSE_H
#define OPS_DENSE_H

#include "network/ops/kernels/weights.h"
#include "network/ops/kernels/window.h"

typedef struct dense_map {
  window window;
  int groups, in, out; /* channels in all */
  bool transposed;     /* from a convolution's output, which is then the input here, to its input */
} dense_map;

/* The attributes and weights of a Conv or ConvTranspose; of the latter in and out are those of the convolution that it is the way
 * back of. */
pl_status dense_read_map(const node *n, const onnx_tensor *weights, dense_map *m);

/* Checks that the node has an image of as many channels as its weights take, constant weights, and perhaps a bias for what it makes
 * of them; reads the map. */
pl_status dense_infer(const inference *i, bool transposed, dense_map *m);

/* The node's bias, 0 where it has none, with a fused affine map in it (scale, shift: `outputs` each, or NULL): `outputs` values
 * that memory_free frees, or NULL where memory is out. */
float *dense_bias(const op *o, int outputs, const float *scale, const float *shift);

/* The way back of a convolution. */
dense_map dense_transposed(dense_map m);

/* Whether XNNPACK runs it on an input of N x in x height x width: what it sums up fits, with rest as in dense_measure. */
bool dense_takes(const dense_map *m, const shape *in, const int rest[2]);

/* The failure of a node whose map is not taken. */
pl_status dense_refuse(const node *n, const dense_map *m, const shape *in);

/* XNNPACK goes through all weights for every few pixels. Where they are more than a cache holds, the output's channels are cut
 * into slices, each an operator of its own. */
enum { DENSE_MAX_SLICES = 64 };

typedef struct dense {
  bool transposed;
  int count, each; /* slices, and channels of each but the last */
  struct xnn_operator *slices[DENSE_MAX_SLICES];
} dense;

/* Bytes, from above: what the operators hold, with XNNPACK's tables, and the workspace of dense_run. */
typedef struct dense_needs {
  uint64_t held, workspace;
} dense_needs;

/* For an input of N x in x height x width. rest: rows and columns that the convolution's last windows leave over, where transposed.
 * Fails where XNNPACK's own sums of sizes would not fit: to be called before the others. */
pl_status dense_measure(const node *n, const dense_map *m, const shape *in, const int rest[2], dense_needs *needs);

/* Weights in order: out x KH x KW x in/groups; bias: out or NULL; both are copied, the weights slice by slice. The result is
 * clamped. */
pl_status dense_create(const node *n, const dense_map *m, const weights *w, const float *bias, float low, float high, dense *d);
void dense_free(dense *d);

/* Sets the input's size, as in dense_measure. Allocates nothing for 1x1 windows. granted: bytes of workspace that dense_run will
 * have. */
pl_status dense_reshape(const node *n, dense *d, const shape *in, const int rest[2], uint64_t granted);

pl_status dense_run(const node *n, const dense *d, const float *in, float *out, void *workspace);

#endif
