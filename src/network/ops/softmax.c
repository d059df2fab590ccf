/* Softmax and LogSoftmax. Up to opset 12 all dimensions from `axis` on are one, later only `axis` is taken. Plain order. */
#include "base/vector_math.h"
#include "network/ops/kernels/internal.h"

static pl_status softmax_infer(inference *i) {
  TRY(infer_inputs(i, 1, 1));
  int axis;
  const bool coerced = i->graph->model->opset < 13;
  TRY(ops_axis(i->node, onnx_int(i->node->source, "axis", coerced ? 1 : -1), i->in[0]->shape.rank, &axis));
  infer_want_plain(i, 0);
  return infer_output(i, 0, &i->in[0]->shape, i->wants[0]);
}

/* The tensor as outer x size x inner. */
typedef struct view {
  size_t outer, size, inner;
} view;

static view view_of(const op *o) {
  const shape *s = &o->out[0].shape;
  const int64_t given = onnx_int(o->node->source, "axis", o->opset < 13 ? 1 : -1);
  const int axis = (int)(given < 0 ? given + s->rank : given);
  view v = {1, 1, 1};
  for (int d = 0; d < s->rank; d++) {
    const size_t size = (size_t)s->dim[d];
    if (d < axis) v.outer *= size;
    else if (d == axis || o->opset < 13) v.size *= size;
    else v.inner *= size;
  }
  return v;
}

static float largest(const float *x, size_t size, size_t stride) {
  float most = x[0];
  size_t k = 1;
  if (stride == 1 && size >= 4) {
    v4 mosts = v4_load(x);
    for (k = 4; k + 4 <= size; k += 4) mosts = v4_select(v4_load(x + k) > mosts, v4_load(x + k), mosts);
    for (int i = 0; i < 4; i++) most = mosts[i] > most ? mosts[i] : most;
  }
  for (; k < size; k++)
    if (x[k * stride] > most) most = x[k * stride];
  return most;
}

/* y = exp(x - shift), and the sum of it. */
static float exponentials(const float *x, size_t size, size_t stride, float shift, float *restrict y) {
  if (stride == 1) {
    for (size_t k = 0; k < size; k++) y[k] = vector_exp(x[k] - shift);
    return sum_of(y, size);
  }
  double sum = 0;
  for (size_t k = 0; k < size; k++) sum += (double)(y[k * stride] = vector_exp(x[k * stride] - shift));
  return (float)sum;
}

static pl_status softmax_forward(op *o, const buffers *b) {
  const view v = view_of(o);
  for (size_t i = 0; i < v.outer * v.inner; i++) {
    const size_t at = i / v.inner * v.size * v.inner + i % v.inner;
    const float *x = b->in[0] + at;
    float *y = b->out[0] + at;
    const float factor = 1 / exponentials(x, v.size, v.inner, largest(x, v.size, v.inner), y);
    if (v.inner == 1)
      for (size_t k = 0; k < v.size; k++) y[k] *= factor;
    else
      for (size_t k = 0; k < v.size; k++) y[k * v.inner] *= factor;
  }
  return PL_OK;
}

/* dx = y (dy - sum of dy y), of a row in one piece */
static void softmax_row_backward(const float *y, const float *dy, size_t size, float *restrict dx) {
  for (size_t k = 0; k < size; k++) dx[k] = y[k] * dy[k];
  const float sum = sum_of(dx, size);
  for (size_t k = 0; k < size; k++) dx[k] = y[k] * (dy[k] - sum);
}

static pl_status softmax_backward(op *o, const buffers *b) {
  const view v = view_of(o);
  for (size_t i = 0; i < v.outer * v.inner && b->din[0]; i++) {
    const size_t at = i / v.inner * v.size * v.inner + i % v.inner;
    const float *y = b->out[0] + at, *dy = b->dout[0] + at;
    float *dx = b->din[0] + at, sum = 0;
    if (v.inner == 1) {
      softmax_row_backward(y, dy, v.size, dx);
      continue;
    }
    for (size_t k = 0; k < v.size; k++) sum += dy[k * v.inner] * y[k * v.inner];
    for (size_t k = 0; k < v.size; k++) dx[k * v.inner] = y[k * v.inner] * (dy[k * v.inner] - sum);
  }
  return PL_OK;
}

static pl_status log_softmax_forward(op *o, const buffers *b) {
  const view v = view_of(o);
  for (size_t i = 0; i < v.outer * v.inner; i++) {
    const size_t at = i / v.inner * v.size * v.inner + i % v.inner;
    const float *x = b->in[0] + at, most = largest(x, v.size, v.inner);
    float *y = b->out[0] + at;
    const float shift = most + vector_log(exponentials(x, v.size, v.inner, most, y));
    for (size_t k = 0; k < v.size; k++) y[k * v.inner] = x[k * v.inner] - shift;
  }
  return PL_OK;
}

/* dx = dy - exp(y) (sum of dy) */
static pl_status log_softmax_backward(op *o, const buffers *b) {
  const view v = view_of(o);
  for (size_t i = 0; i < v.outer * v.inner && b->din[0]; i++) {
    const size_t at = i / v.inner * v.size * v.inner + i % v.inner;
    const float *y = b->out[0] + at, *dy = b->dout[0] + at;
    float *dx = b->din[0] + at, sum = 0;
    for (size_t k = 0; k < v.size; k++) sum += dy[k * v.inner];
    for (size_t k = 0; k < v.size; k++) dx[k * v.inner] = dy[k * v.inner] - sum * vector_exp(y[k * v.inner]);
  }
  return PL_OK;
}

const op_class ops_Softmax = {.type = "Softmax",
                              .flags = KEEPS_OUTPUT,
                              .high = 1,
                              .infer = softmax_infer,
                              .forward = softmax_forward,
                              .backward = softmax_backward};
const op_class ops_LogSoftmax = {.type = "LogSoftmax",
                                 .flags = KEEPS_OUTPUT,
                                 .infer = softmax_infer,
                                 .forward = log_softmax_forward,
                                 .backward = log_softmax_backward};
