/* LRN: y = x s^-beta, s = bias + alpha / size (the sum of squares over `size` channels around). in and out: N x C x H x W,
 * channels last, so that a channel's neighbours lie beside it. (Krizhevsky et al. 2012) */
#include <string.h>

#include "base/vector_math.h"
#include "network/ops/kernels/internal.h"

enum { MOST_AROUND = 1024 };

/* Channels before and after a channel that its sum takes. */
typedef struct around {
  size_t before, after;
} around;

static around around_of(const op *o) {
  const size_t size = (size_t)onnx_int(o->node->source, "size", 1);
  return (around){(size - 1) / 2, size - 1 - (size - 1) / 2};
}

static pl_status lrn_infer(inference *i) {
  TRY(infer_inputs(i, 1, 1));
  TRY(infer_image(i));
  const int64_t size = onnx_int(i->node->source, "size", 0);
  if (size < 1 || size > MOST_AROUND)
    return status_fail(PL_INVALID_MODEL, "%s: a sum over %lld channels", ops_describe(i->node), (long long)size);
  if (!(onnx_float(i->node->source, "bias", 1) > 0) || !(onnx_float(i->node->source, "alpha", 1e-4f) >= 0))
    return status_fail(PL_UNSUPPORTED_OP, "%s: its bias is not above 0, or its alpha is below", ops_describe(i->node));
  i->wants[0] = LAYOUT_CHANNELS_LAST;
  return infer_output(i, 0, &i->in[0]->shape, LAYOUT_CHANNELS_LAST);
}

static size_t channels_of(const op *o) { return (size_t)o->in[0].shape.dim[1]; }

/* Keeps s; scratch for a position. */
static pl_status lrn_reshape(op *o) {
  o->saved = size_product(ops_in_count(o), sizeof(float));
  o->workspace = size_product(channels_of(o), sizeof(float));
  return PL_OK;
}

/* sums[c] += the sum of x from c - before to c + after, one distance after the other for vectors' sake. */
static void add_around(const float *x, size_t channels, around a, float *restrict sums) {
  for (size_t distance = 0; distance <= a.before && distance < channels; distance++)
    for (size_t c = distance; c < channels; c++) sums[c] += x[c - distance];
  for (size_t distance = 1; distance <= a.after && distance < channels; distance++)
    for (size_t c = 0; c < channels - distance; c++) sums[c] += x[c + distance];
}

static pl_status lrn_forward(op *o, const buffers *b) {
  const size_t channels = channels_of(o), count = ops_in_count(o);
  const around a = around_of(o);
  const float beta = onnx_float(o->node->source, "beta", 0.75f), bias = onnx_float(o->node->source, "bias", 1);
  const float share = onnx_float(o->node->source, "alpha", 1e-4f) / (float)(a.before + a.after + 1);
  float *squares = b->workspace;
  for (size_t at = 0; at < count; at += channels) {
    const float *x = b->in[0] + at;
    float *restrict y = b->out[0] + at, *restrict s = (float *)b->saved + at;
    for (size_t c = 0; c < channels; c++) squares[c] = x[c] * x[c];
    memset(s, 0, channels * sizeof *s);
    add_around(squares, channels, a, s);
    for (size_t c = 0; c < channels; c++) {
      s[c] = bias + share * s[c];
      y[c] = vector_exp(-beta * vector_log(s[c]));
    }
    for (size_t c = 0; c < channels; c++) y[c] *= x[c];
  }
  return PL_OK;
}

/* dx = dy s^-beta - 2 beta share x (the sum of dy y / s over the channels whose sums take this one) */
static pl_status lrn_backward(op *o, const buffers *b) {
  const size_t channels = channels_of(o), count = b->din[0] ? ops_in_count(o) : 0;
  const around a = around_of(o), taken_by = {a.after, a.before};
  const float beta = onnx_float(o->node->source, "beta", 0.75f);
  const float slope = 2 * beta * onnx_float(o->node->source, "alpha", 1e-4f) / (float)(a.before + a.after + 1);
  float *parts = b->workspace;
  for (size_t at = 0; at < count; at += channels) {
    const float *x = b->in[0] + at, *y = b->out[0] + at, *dy = b->dout[0] + at, *s = (const float *)b->saved + at;
    float *restrict dx = b->din[0] + at;
    for (size_t c = 0; c < channels; c++) parts[c] = dy[c] * y[c] / s[c];
    memset(dx, 0, channels * sizeof *dx);
    add_around(parts, channels, taken_by, dx);
    for (size_t c = 0; c < channels; c++) parts[c] = vector_exp(-beta * vector_log(s[c]));
    for (size_t c = 0; c < channels; c++) dx[c] = dy[c] * parts[c] - slope * x[c] * dx[c];
  }
  return PL_OK;
}

const op_class ops_LRN = {.type = "LRN",
                          .flags = OF_IMAGES | KEEPS_INPUT | KEEPS_OUTPUT,
                          .infer = lrn_infer,
                          .reshape = lrn_reshape,
                          .forward = lrn_forward,
                          .backward = lrn_backward};
