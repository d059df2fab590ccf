/* x times how much of it passes. Gelu: the normal distribution up to x, or an approximation of it by tanh; Swish: the logistic
 * function of alpha x. Any layout. Forward and backward share the exponential, so forward keeps the slope, in as much memory as
 * the input would take. */
#include <string.h>

#include "base/vector_math.h"
#include "network/ops/kernels/internal.h"

static pl_status gated_infer(inference *i) {
  TRY(infer_inputs(i, 1, 1));
  return infer_same(i);
}

static pl_status gated_reshape(op *o) {
  o->saved = o->backward ? size_product(ops_out_count(o), sizeof(float)) : 0;
  return PL_OK;
}

/* y and slope of `count` values; a: a number of the operator's. */
typedef void gate(const float *x, size_t count, float a, float *restrict y, float *restrict slope);

static void by_normal(const float *x, size_t count, float a, float *restrict y, float *restrict slope) {
  (void)a;
  for (size_t k = 0; k < count; k++) {
    float power;
    const float share = vector_normal(x[k], &power);
    y[k] = x[k] * share;
    slope[k] = share + x[k] * power * 0.398942280f; /* 1 / sqrt(2 pi) */
  }
}

/* (1 + tanh(z)) / 2 is the logistic function of 2z */
static void by_tanh(const float *x, size_t count, float a, float *restrict y, float *restrict slope) {
  const float b = 1.595769122f, c = b * 0.044715f; /* 2 sqrt(2 / pi) */
  (void)a;
  for (size_t k = 0; k < count; k++) {
    const float z = x[k] * x[k], share = vector_sigmoid(x[k] * (b + c * z));
    y[k] = x[k] * share;
    slope[k] = share + x[k] * share * (1 - share) * (b + 3 * c * z);
  }
}

static void by_logistic(const float *x, size_t count, float a, float *restrict y, float *restrict slope) {
  for (size_t k = 0; k < count; k++) {
    const float share = vector_sigmoid(a * x[k]);
    y[k] = x[k] * share;
    slope[k] = share + a * y[k] * (1 - share);
  }
}

static void run(op *o, const buffers *b, gate *g, float a) {
  enum { PIECE = 512 };
  float room[PIECE];
  const size_t count = ops_out_count(o);
  for (size_t k = 0; k < count; k += PIECE)
    g(b->in[0] + k, count - k < PIECE ? count - k : PIECE, a, b->out[0] + k, o->backward ? (float *)b->saved + k : room);
}

static pl_status gelu_forward(op *o, const buffers *b) {
  const bool tanh = !strcmp(onnx_string(o->node->source, "approximate", "none"), "tanh");
  run(o, b, tanh ? by_tanh : by_normal, 0);
  return PL_OK;
}

static pl_status swish_forward(op *o, const buffers *b) {
  run(o, b, by_logistic, onnx_float(o->node->source, "alpha", 1));
  return PL_OK;
}

static pl_status gated_backward(op *o, const buffers *b) {
  const float *dy = b->dout[0], *slope = b->saved;
  float *restrict dx = b->din[0];
  const size_t count = dx ? ops_out_count(o) : 0;
  for (size_t k = 0; k < count; k++) dx[k] = dy[k] * slope[k];
  return PL_OK;
}

#define SELF_GATED(name, forward_function) \
  const op_class ops_##name = {            \
      .type = #name, .infer = gated_infer, .reshape = gated_reshape, .forward = forward_function, .backward = gated_backward};

SELF_GATED(Gelu, gelu_forward)
SELF_GATED(Swish, swish_forward)
