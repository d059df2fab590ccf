/* BatchNormalization as in training, of constants: so exporters write weights that are standardized. */
#include <math.h>

#include "network/fold/fold_rules.h"
#include "network/ops/norm.h"

/* Channel c of floats that are outer x channels x inner. */
typedef struct channel {
  const float *x;
  size_t outer, inner, step; /* step: from one outer index to the next */
} channel;

static double mean_of(const channel *c) {
  double sum = 0;
  for (size_t o = 0; o < c->outer; o++)
    for (size_t i = 0; i < c->inner; i++) sum += (double)c->x[o * c->step + i];
  return sum / ((double)c->outer * (double)c->inner);
}

static double variance_of(const channel *c, double mean) {
  double sum = 0;
  for (size_t o = 0; o < c->outer; o++)
    for (size_t i = 0; i < c->inner; i++) {
      const double distance = (double)c->x[o * c->step + i] - mean;
      sum += distance * distance;
    }
  return sum / ((double)c->outer * (double)c->inner);
}

static void normalize(const channel *c, double epsilon, float scale, float bias, float *y) {
  const double mean = mean_of(c), factor = (double)scale / sqrt(variance_of(c, mean) + epsilon);
  for (size_t o = 0; o < c->outer; o++)
    for (size_t i = 0; i < c->inner; i++) y[o * c->step + i] = (float)(((double)c->x[o * c->step + i] - mean) * factor) + bias;
}

/* Rules do not know the opset: either sign of training counts. */
pl_status fold_BatchNormalization(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const float epsilon = onnx_float(f->node, "epsilon", 1e-5f), *affine[2];
  const float *x;
  void *y;
  if (!norm_is_training(f->node, 13)) return fold_cannot(f, "its statistics are given");
  if (!fold_is_float(t->type) || t->shape.rank < 2 || !t->count) return fold_cannot(f, "its input is not batch x channels");
  const size_t channels = (size_t)t->shape.dim[1], outer = (size_t)t->shape.dim[0], inner = t->count / channels / outer;
  for (int k = 0; k < 2; k++) {
    if (f->in[k + 1].tensor->count != channels) return fold_cannot(f, "its scale or bias does not fit its channels");
    TRY(fold_read_floats(f, f->in[k + 1].tensor, &affine[k]));
  }
  TRY(fold_read_floats(f, t, &x));
  TRY(fold_set_output(f, ONNX_FLOAT, &t->shape, &y));
  for (size_t k = 0; k < channels; k++) {
    const channel c = {x + k * inner, outer, inner, channels * inner};
    normalize(&c, (double)epsilon, affine[0][k], affine[1][k], (float *)y + k * inner);
  }
  return PL_OK;
}
