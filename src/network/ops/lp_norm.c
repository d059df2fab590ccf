/* LpNormalization: lines along one axis divided by their length, which is the sum of absolute values or the root of the sum of
 * squares. A line of zeros stays one. Plain order. */
#include "network/ops/kernels/internal.h"

/* The tensor as outer x size x inner. */
typedef struct view {
  size_t outer, size, inner;
} view;

static pl_status lp_norm_infer(inference *i) {
  int axis;
  TRY(infer_inputs(i, 1, 1));
  TRY(ops_axis(i->node, onnx_int(i->node->source, "axis", -1), i->in[0]->shape.rank, &axis));
  const int64_t p = onnx_int(i->node->source, "p", 2);
  if (p != 1 && p != 2) return status_fail(PL_INVALID_MODEL, "%s: a norm of p = %lld", ops_describe(i->node), (long long)p);
  infer_want_plain(i, 0);
  return infer_output(i, 0, &i->in[0]->shape, i->wants[0]);
}

static view view_of(const op *o) {
  const shape *s = &o->in[0].shape;
  const int64_t given = onnx_int(o->node->source, "axis", -1);
  const int axis = (int)(given < 0 ? given + s->rank : given);
  view v = {1, (size_t)s->dim[axis], 1};
  for (int d = 0; d < axis; d++) v.outer *= (size_t)s->dim[d];
  for (int d = axis + 1; d < s->rank; d++) v.inner *= (size_t)s->dim[d];
  return v;
}

static size_t lines_of(const view *v) { return v->outer * v->inner; }

static size_t line_start(const view *v, size_t line) { return line / v->inner * v->size * v->inner + line % v->inner; }

/* Whether p is 1. */
static bool is_absolute(const op *o) { return onnx_int(o->node->source, "p", 2) == 1; }

static pl_status lp_norm_reshape(op *o) {
  const view v = view_of(o);
  o->saved = size_product(lines_of(&v), sizeof(float)); /* 1 / length */
  return PL_OK;
}

static float length_of(const float *x, const view *v, bool absolute) {
  double sum = 0;
  for (size_t k = 0; k < v->size; k++) {
    const double value = (double)x[k * v->inner];
    sum += absolute ? fabs(value) : value * value;
  }
  return (float)(absolute ? sum : sqrt(sum));
}

static pl_status lp_norm_forward(op *o, const buffers *b) {
  const view v = view_of(o);
  float *inverse = b->saved;
  for (size_t line = 0; line < lines_of(&v); line++) {
    const float *x = b->in[0] + line_start(&v, line);
    float *y = b->out[0] + line_start(&v, line);
    const float length = length_of(x, &v, is_absolute(o));
    inverse[line] = length > 0 ? 1 / length : 0;
    for (size_t k = 0; k < v.size; k++) y[k * v.inner] = x[k * v.inner] * inverse[line];
  }
  return PL_OK;
}

/* dx = (dy - l (sum of dy y)) / length; l, the length's gradient, is y, or for p = 1 the sign of y */
static pl_status lp_norm_backward(op *o, const buffers *b) {
  const view v = view_of(o);
  const bool absolute = is_absolute(o);
  const float *inverse = b->saved;
  for (size_t line = 0; line < lines_of(&v) && b->din[0]; line++) {
    const size_t at = line_start(&v, line);
    const float *y = b->out[0] + at, *dy = b->dout[0] + at;
    float *dx = b->din[0] + at;
    double sum = 0;
    for (size_t k = 0; k < v.size; k++) sum += (double)dy[k * v.inner] * (double)y[k * v.inner];
    for (size_t k = 0; k < v.size; k++) {
      const float value = y[k * v.inner], slope = !absolute ? value : value > 0 ? 1 : value < 0 ? -1 : 0;
      dx[k * v.inner] = (dy[k * v.inner] - slope * (float)sum) * inverse[line];
    }
  }
  return PL_OK;
}

const op_class ops_LpNormalization = {.type = "LpNormalization",
                                      .flags = KEEPS_OUTPUT,
                                      .infer = lp_norm_infer,
                                      .reshape = lp_norm_reshape,
                                      .forward = lp_norm_forward,
                                      .backward = lp_norm_backward};
