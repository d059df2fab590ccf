/* Products with matrices: constant ones here, others in batch_matmul.c. */
#include <stdlib.h>

#include "batch_matmul.h"
#include "linear.h"

static pl_status create_state(op *o) {
  linear *both = o->state = calloc(2, sizeof *both); /* forward, backward */
  return both ? PL_OK : ops_out_of_memory(o);
}

static void matmul_free(op *o) {
  linear *both = o->state;
  if (!both) return;
  linear_free(&both[0]);
  linear_free(&both[1]);
  free(both);
  o->state = NULL;
}

/* Rows of `size` floats in all but the last dimension. */
static size_t rows_of(const tensor_type *t) { return shape_count(&t->shape) / (size_t)t->shape.dim[t->shape.rank - 1]; }

static pl_status matmul_forward(op *o, const buffers *b) {
  linear *both = o->state;
  return linear_run(o->node, &both[0], rows_of(&o->out[0]), b->in[0], b->out[0]);
}

static pl_status matmul_backward(op *o, const buffers *b) {
  linear *both = o->state;
  if (!b->din[0]) return PL_OK;
  return linear_backward(o, &both[1], rows_of(&o->out[0]), b->out[0], b->dout[0], b->din[0], b->workspace);
}

static pl_status matmul_reshape(op *o) {
  const linear *both = o->state;
  o->workspace = o->backward ? linear_workspace(o, &both[1]) : 0;
  o->macs = (double)ops_in_count(o) * (double)o->out[0].shape.dim[o->out[0].shape.rank - 1];
  return PL_OK;
}

/* weights: out x in, and its transpose. */
static pl_status create_both(op *o, int in, int out, const float *weights, const float *transposed, const float *bias) {
  linear *both = o->state;
  TRY(linear_create(o->node, in, out, weights, bias, o->low, o->high, &both[0]));
  return o->backward ? linear_create(o->node, out, in, transposed, NULL, -INFINITY, INFINITY, &both[1]) : PL_OK;
}

/* ---- Gemm. A: M x K, B: K x N or, with transB, N x K, C: one value, N, 1 x N or 1 x 1; out: M x N = alpha A B + beta C ---- */

typedef struct gemm {
  int in, out;
  bool transposed; /* B is N x K */
} gemm;

static gemm gemm_read(const node *n, const onnx_tensor *b) {
  const bool transposed = onnx_int(n->source, "transB", 0) != 0;
  return (gemm){b->shape.dim[transposed], b->shape.dim[!transposed], transposed};
}

static pl_status gemm_infer(inference *i) {
  const node *n = i->node;
  TRY(infer_inputs(i, 2, 3));
  TRY(infer_constant(i, 1, "second operand", 2));
  const gemm g = gemm_read(n, i->constant[1]);
  const shape *in = &i->in[0]->shape;
  if (onnx_int(n->source, "transA", 0)) return status_fail(PL_UNSUPPORTED_OP, "%s: transA is not supported", ops_describe(n));
  if (in->rank != 2 || in->dim[1] != g.in)
    return status_fail(PL_INVALID_MODEL, "%s: its input is %s, but its matrix is for %d values", ops_describe(n), shape_text(in),
                       g.in);
  if (infer_has(i, 2)) {
    TRY(infer_constant(i, 2, "bias", -1));
    const shape *bias = &i->constant[2]->shape;
    const size_t count = shape_count(bias);
    if (bias->rank > 2 || (count != 1 && (count != (size_t)g.out || bias->dim[bias->rank - 1] != g.out)))
      return status_fail(PL_UNSUPPORTED_OP, "%s: a bias of %s for %d outputs", ops_describe(n), shape_text(bias), g.out);
  }
  return infer_output(i, 0, &(shape){2, {in->dim[0], g.out}}, LAYOUT_PLAIN);
}

static pl_status gemm_bias(const op *o, int out, float beta, float *bias) {
  const onnx_tensor *t = o->input_count > 2 ? o->constant[2] : NULL;
  float *values = t ? ops_floats(t) : NULL;
  if (t && !values) return ops_out_of_memory(o);
  for (int k = 0; k < out; k++) {
    bias[k] = t ? beta * values[t->count == 1 ? 0 : k] : 0;
    if (o->scale) bias[k] *= o->scale[k];
    if (o->shift) bias[k] += o->shift[k];
  }
  free(values);
  return PL_OK;
}

/* w: out x in, t: its transpose; which of them ONNX has is scaled, the other made from it. */
static void gemm_weights(const op *o, const gemm *g, float alpha, const onnx_tensor *b, float *w, float *t) {
  onnx_floats(b, g->transposed ? w : t);
  if (!g->transposed) ops_transpose(t, g->in, g->out, w);
  for (int k = 0; k < g->out; k++)
    for (int i = 0; i < g->in; i++) w[(size_t)k * (size_t)g->in + (size_t)i] *= alpha * (o->scale ? o->scale[k] : 1);
  ops_transpose(w, g->out, g->in, t);
}

static pl_status gemm_create(op *o) {
  const onnx_tensor *b = o->constant[1];
  const gemm g = gemm_read(o->node, b);
  TRY(create_state(o));
  float *w = malloc(b->count * sizeof *w + ALIGNMENT), *t = malloc(b->count * sizeof *t + ALIGNMENT);
  float *bias = malloc((size_t)g.out * sizeof *bias);
  pl_status status = w && t && bias ? PL_OK : ops_out_of_memory(o);
  if (!status) status = gemm_bias(o, g.out, onnx_float(o->node->source, "beta", 1), bias);
  if (!status) {
    gemm_weights(o, &g, onnx_float(o->node->source, "alpha", 1), b, w, t);
    status = create_both(o, g.in, g.out, w, t, bias);
  }
  free(w);
  free(t);
  free(bias);
  return status;
}

const op_class ops_Gemm = {.type = "Gemm",
                           .flags = FUSES_AFFINE | FUSES_CLAMP,
                           .infer = gemm_infer,
                           .create = gemm_create,
                           .reshape = matmul_reshape,
                           .forward = matmul_forward,
                           .backward = matmul_backward,
                           .free = matmul_free};

/* ---- MatMul. A: ... x M x K, B: K x N; out: ... x M x N ---- */

static bool by_constant(const onnx_tensor *const *constant) {
  return !constant[0] && constant[1] && constant[1]->shape.rank == 2;
}

static pl_status by_constant_infer(inference *i) {
  const node *n = i->node;
  TRY(infer_constant(i, 1, "second operand", 2));
  const shape *in = &i->in[0]->shape, *b = &i->constant[1]->shape;
  if (in->rank < 2 || in->dim[in->rank - 1] != b->dim[0])
    return status_fail(PL_INVALID_MODEL, "%s: the product of %s and %s", ops_describe(n), shape_text(in), shape_text(b));
  shape out = *in;
  out.dim[in->rank - 1] = b->dim[1];
  infer_want_plain(i, 0);
  return infer_output(i, 0, &out, LAYOUT_PLAIN);
}

/* w: N x K, t: its transpose, which is what ONNX has; both scaled by what is fused. */
static pl_status by_constant_create(op *o) {
  const onnx_tensor *b = o->constant[1];
  const int in = b->shape.dim[0], out = b->shape.dim[1];
  o->flags &= ~(unsigned)KEEPS_INPUT;
  TRY(create_state(o));
  float *t = ops_floats(b), *w = malloc(b->count * sizeof *w + ALIGNMENT);
  pl_status status = t && w ? PL_OK : ops_out_of_memory(o);
  if (!status) {
    for (size_t k = 0; k < b->count && o->scale; k++) t[k] *= o->scale[k % (size_t)out];
    ops_transpose(t, in, out, w);
    status = create_both(o, in, out, w, t, o->shift);
  }
  free(t);
  free(w);
  return status;
}

/* All of MatMul's functions are two: with a constant matrix, and with any other operands. */
static pl_status product_infer(inference *i) {
  TRY(infer_arity(i, 2, 2));
  if (i->constant[0] && i->constant[1])
    return status_fail(PL_UNSUPPORTED_OP, "%s: its inputs are constants", ops_describe(i->node));
  return by_constant(i->constant) ? by_constant_infer(i) : batch_matmul_infer(i);
}

static pl_status product_create(op *o) { return by_constant(o->constant) ? by_constant_create(o) : batch_matmul_create(o); }

static pl_status product_reshape(op *o) { return by_constant(o->constant) ? matmul_reshape(o) : batch_matmul_reshape(o); }

static pl_status product_forward(op *o, const buffers *b) {
  return by_constant(o->constant) ? matmul_forward(o, b) : batch_matmul_forward(o, b);
}

static pl_status product_backward(op *o, const buffers *b) {
  return by_constant(o->constant) ? matmul_backward(o, b) : batch_matmul_backward(o, b);
}

static void product_free(op *o) {
  if (by_constant(o->constant)) matmul_free(o);
  else batch_matmul_free(o);
}

static int product_affine_axis(const op *o, int rank) { return by_constant(o->constant) ? rank - 1 : -1; }

const op_class ops_MatMul = {.type = "MatMul",
                             .flags = KEEPS_INPUT | FUSES_AFFINE | FUSES_CLAMP,
                             .infer = product_infer,
                             .create = product_create,
                             .reshape = product_reshape,
                             .forward = product_forward,
                             .backward = product_backward,
                             .free = product_free,
                             .affine_axis = product_affine_axis};
