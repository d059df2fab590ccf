/* QuantizeLinear and DequantizeLinear between activations: rounding to integers, which stay floats here, and back. The gradient
 * goes straight through the rounding, and is 0 where the integers' range ends. Any layout. */

#include "network/ops/kernels/walk.h"

typedef struct quantizer {
  float *scale, *zero; /* one, or one for each index of the axis */
  float low, high;     /* the integers' range */
  walk walk;           /* operand: scale and zero */
} quantizer;

static const onnx_tensor *zero_point(const onnx_tensor *const *constant, int input_count) {
  return input_count > 2 ? constant[2] : NULL;
}

static int integer_type(const node *n, const onnx_tensor *zero) {
  return zero ? (int)zero->type : (int)onnx_int(n->source, "output_dtype", ONNX_UINT8);
}

static pl_status dequantize_infer(inference *i) {
  TRY(infer_inputs(i, 2, 3));
  const shape *in = &i->in[0]->shape;
  for (int k = 1; k < 3; k++) {
    int axis;
    if (!infer_has(i, k)) continue;
    TRY(infer_constant(i, k, k == 1 ? "scale" : "zero point", -1));
    const onnx_tensor *t = i->constant[k];
    if (t->count != i->constant[1]->count)
      return status_fail(PL_INVALID_MODEL, "%s: a zero point of %s for a scale of %s", ops_describe(i->node),
                         shape_text(&t->shape), shape_text(&i->constant[1]->shape));
    if (t->count == 1) continue;
    TRY(ops_axis(i->node, onnx_int(i->node->source, "axis", 1), in->rank, &axis));
    if (t->shape.rank != 1 || t->shape.dim[0] != in->dim[axis])
      return status_fail(PL_UNSUPPORTED_OP, "%s: a scale of %s for %s", ops_describe(i->node), shape_text(&t->shape),
                         shape_text(in));
  }
  return infer_same(i);
}

static pl_status quantize_infer(inference *i) {
  const int type = integer_type(i->node, infer_has(i, 2) ? i->constant[2] : NULL);
  TRY(dequantize_infer(i));
  if (type == ONNX_UINT8 || type == ONNX_INT8) return PL_OK;
  return status_fail(PL_UNSUPPORTED_OP, "%s: it rounds to type %d; int8 and uint8 are supported", ops_describe(i->node), type);
}

static pl_status quantizer_create(op *o) {
  quantizer *q = o->state = memory_allocate(1, sizeof *q);
  if (!q) return ops_out_of_memory(o);
  const onnx_tensor *zero = zero_point(o->constant, o->input_count);
  q->low = integer_type(o->node, zero) == ONNX_INT8 ? -128 : 0;
  q->high = q->low + 255;
  q->scale = ops_floats(o->constant[1]);
  q->zero = zero ? ops_floats(zero) : memory_allocate(o->constant[1]->count, sizeof *q->zero);
  return q->scale && q->zero ? PL_OK : ops_out_of_memory(o);
}

static void quantizer_free(op *o) {
  quantizer *q = o->state;
  if (!q) return;
  memory_free(q->scale);
  memory_free(q->zero);
  memory_free(q);
  o->state = NULL;
}

static pl_status quantizer_reshape(op *o) {
  quantizer *q = o->state;
  const int rank = o->out[0].shape.rank;
  const int64_t axis = onnx_int(o->node->source, "axis", 1);
  strides s = {{0}};
  if (o->constant[1]->count > 1) s.at[axis < 0 ? axis + rank : axis] = 1;
  q->walk = walk_create(&o->out[0], &s, 1);
  return PL_OK;
}

/* The nearest integer, of two the even one, for what is far below 2^22. */
static inline float nearest(float x) {
  const float magic = 12582912; /* 1.5 * 2^23 */
  return (x + magic) - magic;
}

static inline float clamped(float x, float low, float high) {
  const float raised = x < low ? low : x;
  return raised > high ? high : raised;
}

/* A run of values that lie together, whose scales and zero points are `stride` apart. */
typedef struct run {
  const float *scale, *zero;
  size_t stride, count;
} run;

typedef void run_fn(const quantizer *q, const run *r, const float *x, const float *dy, float *restrict out);

/* Makes all of `out`, a run at a time. x, dy: NULL where the function does not look at them. */
static void each_run(const quantizer *q, run_fn *make, const float *x, const float *dy, float *out) {
  run r = {.stride = walk_inner_stride(&q->walk, 0), .count = walk_inner(&q->walk)};
  cursor c = {{0}, {0}};
  do {
    r.scale = q->scale + c.at[0];
    r.zero = q->zero + c.at[0];
    make(q, &r, x, dy, out);
    if (x) x += r.count;
    if (dy) dy += r.count;
    out += r.count;
  } while (walk_next(&q->walk, &c));
}

static void quantize(const quantizer *q, const run *r, const float *x, const float *dy, float *restrict y) {
  (void)dy;
  for (size_t k = 0; k < r->count; k++) {
    const float z = r->zero[k * r->stride], in_range = clamped(x[k] / r->scale[k * r->stride], q->low - z, q->high - z);
    y[k] = nearest(in_range) + z;
  }
}

/* Straight through the rounding, where the value was in range. */
static void quantize_gradient(const quantizer *q, const run *r, const float *x, const float *dy, float *restrict dx) {
  for (size_t k = 0; k < r->count; k++) {
    const float scale = r->scale[k * r->stride], z = x[k] / scale + r->zero[k * r->stride];
    dx[k] = z >= q->low && z <= q->high ? dy[k] / scale : 0;
  }
}

static void dequantize(const quantizer *q, const run *r, const float *x, const float *dy, float *restrict y) {
  (void)q, (void)dy;
  for (size_t k = 0; k < r->count; k++) y[k] = (x[k] - r->zero[k * r->stride]) * r->scale[k * r->stride];
}

static void dequantize_gradient(const quantizer *q, const run *r, const float *x, const float *dy, float *restrict dx) {
  (void)q, (void)x;
  for (size_t k = 0; k < r->count; k++) dx[k] = dy[k] * r->scale[k * r->stride];
}

static pl_status quantize_forward(op *o, const buffers *b) {
  each_run(o->state, quantize, b->in[0], NULL, b->out[0]);
  return PL_OK;
}

static pl_status quantize_backward(op *o, const buffers *b) {
  if (b->din[0]) each_run(o->state, quantize_gradient, b->in[0], b->dout[0], b->din[0]);
  return PL_OK;
}

static pl_status dequantize_forward(op *o, const buffers *b) {
  each_run(o->state, dequantize, b->in[0], NULL, b->out[0]);
  return PL_OK;
}

static pl_status dequantize_backward(op *o, const buffers *b) {
  if (b->din[0]) each_run(o->state, dequantize_gradient, NULL, b->dout[0], b->din[0]);
  return PL_OK;
}

const op_class ops_QuantizeLinear = {.type = "QuantizeLinear",
                                     .flags = KEEPS_INPUT,
                                     .infer = quantize_infer,
                                     .create = quantizer_create,
                                     .reshape = quantizer_reshape,
                                     .forward = quantize_forward,
                                     .backward = quantize_backward,
                                     .free = quantizer_free};

const op_class ops_DequantizeLinear = {.type = "DequantizeLinear",
                                       .infer = dequantize_infer,
                                       .create = quantizer_create,
                                       .reshape = quantizer_reshape,
                                       .forward = dequantize_forward,
                                       .backward = dequantize_backward,
                                       .free = quantizer_free};
