/* The constant weights of a linear map, read out of the file in the order that XNNPACK packs, a part at a time. */
#ifndef OPS_WEIGHTS_H
#define OPS_WEIGHTS_H

#include <string.h>

#include "network/ops/kernels/internal.h"

/* In order they are groups x out x taps x in: `taps` may be a window's, or 1. Each field counts values of one group. */
typedef struct weights {
  const char *values; /* floats, possibly unaligned */
  float *owned;       /* the same, where the file has another type; NULL: they are the file's */
  size_t groups, out, taps, in;
  size_t by_group, by_out, by_tap, by_in; /* floats from one to the next in the file */
  const float *scale; /* times scale[o] or, where it scales inputs, scale[i], counted over all groups; NULL: none */
  bool scales_inputs;
} weights;

/* Where float k stands, the float itself, and four from k on. */
static inline const char *weights_at(const char *values, size_t k) { return values + k * sizeof(float); }
static inline float weights_value(const char *values, size_t k) {
  float x;
  memcpy(&x, weights_at(values, k), sizeof x);
  return x;
}
static inline v4 weights_load(const char *values, size_t k) {
  v4 x;
  memcpy(&x, weights_at(values, k), sizeof x);
  return x;
}

/* Those of a convolution: groups * out x in x taps in the file. The tensor must outlive them. Error: PL_OUT_OF_MEMORY. */
pl_status weights_open(const op *o, const onnx_tensor *t, int groups, weights *w);
void weights_close(weights *w);

/* What they are read times from now on; lasts as long as they do. */
void weights_scale(weights *w, const float *scale, bool inputs);

/* Of the way back: outputs become inputs. They last as long as the ones they were made of. */
weights weights_transposed(weights w);

/* Each tap an output, and each output a tap, of a single group. */
weights weights_taps_first(weights w);

/* `count` rows of `in` values, from row `first` of groups * out * taps on. */
void weights_read(const weights *w, size_t first, size_t count, float *rows);

#endif
