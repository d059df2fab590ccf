/* Gelu: x times the normal distribution up to x, or an approximation of it by tanh. Any layout. Forward and backward share the
 * exponential, so forward keeps the slope, in as much memory as the input would take. */
#include <string.h>

#include "internal.h"
#include "vector_math.h"

static pl_status gelu_infer(inference *i) {
  TRY(infer_inputs(i, 1, 1));
  return infer_same(i);
}

static pl_status gelu_reshape(op *o) {
  o->saved = o->backward ? ops_out_count(o) * sizeof(float) : 0;
  return PL_OK;
}

static void exact(const float *x, size_t count, float *restrict y, float *restrict slope) {
  for (size_t k = 0; k < count; k++) {
    float power;
    const float share = vector_normal(x[k], &power);
    y[k] = x[k] * share;
    slope[k] = share + x[k] * power * 0.398942280f; /* 1 / sqrt(2 pi) */
  }
}

/* (1 + tanh(z)) / 2 is the logistic function of 2z */
static void by_tanh(const float *x, size_t count, float *restrict y, float *restrict slope) {
  const float a = 1.595769122f, b = a * 0.044715f; /* 2 sqrt(2 / pi) */
  for (size_t k = 0; k < count; k++) {
    const float z = x[k] * x[k], share = vector_sigmoid(x[k] * (a + b * z));
    y[k] = x[k] * share;
    slope[k] = share + x[k] * share * (1 - share) * (a + 3 * b * z);
  }
}

static pl_status gelu_forward(op *o, const buffers *b) {
  enum { PIECE = 512 };
  float room[PIECE];
  const bool tanh = !strcmp(onnx_string(o->node->source, "approximate", "none"), "tanh");
  const size_t count = ops_out_count(o);
  for (size_t k = 0; k < count; k += PIECE)
    (tanh ? by_tanh : exact)(b->in[0] + k, count - k < PIECE ? count - k : PIECE, b->out[0] + k,
                             o->backward ? (float *)b->saved + k : room);
  return PL_OK;
}

static pl_status gelu_backward(op *o, const buffers *b) {
  const float *dy = b->dout[0], *slope = b->saved;
  float *restrict dx = b->din[0];
  const size_t count = dx ? ops_out_count(o) : 0;
  for (size_t k = 0; k < count; k++) dx[k] = dy[k] * slope[k];
  return PL_OK;
}

const op_class ops_Gelu = {
    .type = "Gelu", .infer = gelu_infer, .reshape = gelu_reshape, .forward = gelu_forward, .backward = gelu_backward};
