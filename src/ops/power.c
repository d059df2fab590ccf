/* Pow with an exponent that is one constant for all values. Any layout. */
#include "internal.h"

static pl_status power_infer(inference *i) {
  TRY(infer_inputs(i, 2, 2));
  TRY(infer_constant(i, 1, "exponent", -1));
  if (i->constant[1]->count != 1 || i->constant[1]->shape.rank > i->in[0]->shape.rank)
    return status_fail(PL_UNSUPPORTED_OP, "%s: an exponent of %s", ops_describe(i->node), shape_text(&i->constant[1]->shape));
  return infer_same(i);
}

static float exponent_of(const op *o) {
  float exponent;
  onnx_floats(o->constant[1], &exponent);
  return exponent;
}

/* y = x^exponent; the usual ones in vectors. */
static void raise(const float *x, size_t count, float exponent, float *restrict y) {
  if (exponent == 2)
    for (size_t k = 0; k < count; k++) y[k] = x[k] * x[k];
  else if (exponent == 0.5f)
    for (size_t k = 0; k < count; k++) y[k] = sqrtf(x[k]);
  else if (exponent == 1)
    for (size_t k = 0; k < count; k++) y[k] = x[k];
  else
    for (size_t k = 0; k < count; k++) y[k] = powf(x[k], exponent);
}

static pl_status power_forward(op *o, const buffers *b) {
  raise(b->in[0], ops_out_count(o), exponent_of(o), b->out[0]);
  return PL_OK;
}

/* dx = dy exponent x^(exponent - 1) */
static pl_status power_backward(op *o, const buffers *b) {
  const float exponent = exponent_of(o), *dy = b->dout[0];
  float *restrict dx = b->din[0];
  if (!dx) return PL_OK;
  raise(b->in[0], ops_out_count(o), exponent - 1, dx);
  for (size_t k = 0; k < ops_out_count(o); k++) dx[k] *= dy[k] * exponent;
  return PL_OK;
}

const op_class ops_Pow = {
    .type = "Pow", .flags = KEEPS_INPUT, .infer = power_infer, .forward = power_forward, .backward = power_backward};
