/* Products with matrices: constant ones here, others in batch_matmul.c. */
#include <string.h>

#include "network/ops/batch_matmul.h"
#include "network/ops/kernels/linear.h"
#include "network/ops/kernels/thin_product.h"
#include "network/ops/units.h"

/* Of an input that has one row for each image the product is taken in place; of others, which have rows for tokens, the matrix is
 * packed once the first shape comes. Which of both must not depend on how many images there are: their bits would. */
typedef struct matmul {
  weights weights;     /* in order: out x in */
  float *scale, *bias; /* out each, or NULL */
  bool in_place, packed;
  linear both[2]; /* forward, backward */
} matmul;

static void matmul_free(op *o) {
  matmul *m = o->state;
  if (!m) return;
  for (int k = 0; k < 2; k++) linear_free(&m->both[k]);
  weights_close(&m->weights);
  memory_free(m->scale);
  memory_free(m->bias);
  memory_free(m);
  o->state = NULL;
}

/* The matrix as ONNX has it: in x out or, where `outputs_first`, out x in. */
static pl_status create_state(op *o, bool outputs_first) {
  matmul *m = o->state = memory_allocate(1, sizeof *m);
  if (!m) return ops_out_of_memory(o);
  TRY(weights_open(o, o->constant[1], 1, &m->weights));
  if (!outputs_first) m->weights = weights_transposed(m->weights);
  return PL_OK;
}

/* Rows of `size` floats in all but the last dimension. */
static size_t rows_of(const tensor_type *t) { return shape_count(&t->shape) / (size_t)t->shape.dim[t->shape.rank - 1]; }

/* ---- in place ---- */

static void place_forward(const op *o, const matmul *m, const float *x, float *y) {
  const size_t rows = rows_of(&o->out[0]), out = m->weights.out;
  thin_product(&m->weights, rows, x, o->wanted, y);
  for (size_t r = 0; r < rows && m->scale; r++)
    for (size_t k = 0; k < out; k++) y[r * out + k] *= m->scale[k];
  for (size_t r = 0; r < rows && m->bias; r++)
    for (size_t k = 0; k < out; k++) y[r * out + k] += m->bias[k];
  clamp_forward(o, y, rows * out);
}

static void place_backward(const op *o, const matmul *m, const buffers *b) {
  const size_t rows = rows_of(&o->out[0]), out = m->weights.out;
  const weights back = weights_transposed(m->weights);
  const float *dy = b->dout[0];
  float *workspace = b->workspace;
  if (ops_clamped(o)) clamp_backward(o, b, 0, rows * out, workspace);
  else if (m->scale) memcpy(workspace, dy, rows * out * sizeof *dy);
  for (size_t r = 0; r < rows && m->scale; r++)
    for (size_t k = 0; k < out; k++) workspace[r * out + k] *= m->scale[k];
  thin_product(&back, rows, ops_clamped(o) || m->scale ? workspace : dy, (section){0, 0}, b->din[0]);
}

/* ---- both ways ---- */

static pl_status matmul_forward(op *o, const buffers *b) {
  matmul *m = o->state;
  if (!m->in_place) return linear_forward(o, &m->both[0], rows_of(&o->out[0]), b);
  place_forward(o, m, b->in[0], b->out[0]);
  return PL_OK;
}

static pl_status matmul_backward(op *o, const buffers *b) {
  matmul *m = o->state;
  if (!b->din[0]) return PL_OK;
  if (!m->in_place) return linear_backward(o, &m->both[1], rows_of(&o->out[0]), b);
  place_backward(o, m, b);
  return PL_OK;
}

static pl_status pack(const op *o, matmul *m) {
  weights forward = m->weights;
  weights_scale(&forward, m->scale, false);
  const weights back = weights_transposed(forward);
  const int in = (int)forward.in, out = (int)forward.out;
  pl_status status = linear_create(o->node, in, out, &forward, m->bias, o->low, o->high, &m->both[0]);
  if (!status && o->backward) status = linear_create(o->node, out, in, &back, NULL, -INFINITY, INFINITY, &m->both[1]);
  for (int k = 0; k < 2 && status; k++) linear_free(&m->both[k]);
  m->packed = !status;
  return status;
}

/* Both ways' packed matrices. */
static pl_status measure_packed(const op *o, const matmul *m, uint64_t *held) {
  const int in = (int)m->weights.in, out = (int)m->weights.out;
  uint64_t forward, backward = 0;
  TRY(linear_measure(o->node, in, out, &forward));
  if (o->backward) TRY(linear_measure(o->node, out, in, &backward));
  *held = size_sum(forward, backward);
  return PL_OK;
}

static pl_status matmul_reshape(op *o) {
  matmul *m = o->state;
  uint64_t packed = 0;
  m->in_place = rows_of(&o->in[0]) == (size_t)o->batch;
  if (!m->in_place) TRY(measure_packed(o, m, &packed));
  o->held = size_sum(packed, size_product(m->weights.out, 2 * sizeof(float)));
  if (m->weights.owned) o->held = size_sum(o->held, size_product(o->constant[1]->count, sizeof(float)));
  o->saves_clamp = !m->in_place;
  o->workspace = 0;
  if (o->backward && m->in_place && (m->scale || ops_clamped(o))) o->workspace = size_product(ops_out_count(o), sizeof(float));
  if (o->backward && !m->in_place) o->workspace = linear_workspace(o, (int)m->weights.out);
  o->macs = (double)ops_in_count(o) * (double)m->weights.out;
  return PL_OK;
}

static pl_status matmul_pack(op *o) {
  matmul *m = o->state;
  return m->in_place || m->packed ? PL_OK : pack(o, m);
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

static pl_status gemm_bias(const op *o, matmul *m, float beta) {
  const onnx_tensor *t = o->input_count > 2 ? o->constant[2] : NULL;
  if (!t && !o->shift) return PL_OK;
  float *values = t ? ops_floats(t) : NULL;
  m->bias = memory_allocate(m->weights.out, sizeof *m->bias);
  pl_status status = m->bias && (values || !t) ? PL_OK : ops_out_of_memory(o);
  for (size_t k = 0; k < m->weights.out && !status; k++) {
    if (t) m->bias[k] = beta * values[t->count == 1 ? 0 : k] * (o->scale ? o->scale[k] : 1);
    if (o->shift) m->bias[k] += o->shift[k];
  }
  memory_free(values);
  return status;
}

/* alpha, and what is fused. */
static pl_status set_scale(const op *o, matmul *m) {
  const float alpha = onnx_float(o->node->source, "alpha", 1);
  if (!o->scale && alpha == 1) return PL_OK;
  m->scale = memory_allocate(m->weights.out, sizeof *m->scale);
  if (!m->scale) return ops_out_of_memory(o);
  for (size_t k = 0; k < m->weights.out; k++) m->scale[k] = alpha * (o->scale ? o->scale[k] : 1);
  return PL_OK;
}

static pl_status gemm_create(op *o) {
  TRY(create_state(o, gemm_read(o->node, o->constant[1]).transposed));
  TRY(set_scale(o, o->state));
  return gemm_bias(o, o->state, onnx_float(o->node->source, "beta", 1));
}

const op_class ops_Gemm = {.type = "Gemm",
                           .flags = FUSES_AFFINE | FUSES_CLAMP | TRAINED,
                           .infer = gemm_infer,
                           .create = gemm_create,
                           .reshape = matmul_reshape,
                           .pack = matmul_pack,
                           .forward = matmul_forward,
                           .backward = matmul_backward,
                           .free = matmul_free,
                           .units = units_last};

/* ---- MatMul. A: ... x M x K, B: K x N; out: ... x M x N = alpha A B. What a FusedMatMul becomes (contrib.h) has Gemm's alpha,
 * transA and transB, which ONNX's own has not ---- */

static bool by_constant(const node *n, const onnx_tensor *const *constant) {
  return !constant[0] && constant[1] && constant[1]->shape.rank == 2 && !onnx_int(n->source, "transA", 0);
}

static pl_status by_constant_infer(inference *i) {
  const node *n = i->node;
  TRY(infer_constant(i, 1, "second operand", 2));
  const shape *in = &i->in[0]->shape, *b = &i->constant[1]->shape;
  const gemm g = gemm_read(n, i->constant[1]);
  if (in->rank < 1 || in->dim[in->rank - 1] != g.in)
    return status_fail(PL_INVALID_MODEL, "%s: the product of %s and %s", ops_describe(n), shape_text(in), shape_text(b));
  shape out = *in;
  out.dim[in->rank - 1] = g.out;
  infer_want_plain(i, 0);
  return infer_output(i, 0, &out, LAYOUT_PLAIN);
}

static pl_status by_constant_create(op *o) {
  o->flags &= ~(unsigned)KEEPS_INPUT;
  TRY(create_state(o, gemm_read(o->node, o->constant[1]).transposed));
  matmul *m = o->state;
  TRY(set_scale(o, m));
  if (o->shift && !(m->bias = ops_copy(o->shift, (int)m->weights.out))) return ops_out_of_memory(o);
  return PL_OK;
}

/* All of MatMul's functions are two: with a constant matrix, and with any other operands. */
static pl_status product_infer(inference *i) {
  TRY(infer_arity(i, 2, 2));
  if (i->constant[0] && i->constant[1])
    return status_fail(PL_UNSUPPORTED_OP, "%s: its inputs are constants", ops_describe(i->node));
  return by_constant(i->node, i->constant) ? by_constant_infer(i) : batch_matmul_infer(i);
}

static void product_units(const inference *i, const spans *const *in, int k, spans *out) {
  if (by_constant(i->node, i->constant)) units_last(i, in, k, out);
  else batch_matmul_units(i, in, k, out);
}
static pl_status product_create(op *o) {
  return by_constant(o->node, o->constant) ? by_constant_create(o) : batch_matmul_create(o);
}

static pl_status product_reshape(op *o) {
  return by_constant(o->node, o->constant) ? matmul_reshape(o) : batch_matmul_reshape(o);
}

static pl_status product_pack(op *o) { return by_constant(o->node, o->constant) ? matmul_pack(o) : batch_matmul_pack(o); }

static pl_status product_forward(op *o, const buffers *b) {
  return by_constant(o->node, o->constant) ? matmul_forward(o, b) : batch_matmul_forward(o, b);
}

static pl_status product_backward(op *o, const buffers *b) {
  return by_constant(o->node, o->constant) ? matmul_backward(o, b) : batch_matmul_backward(o, b);
}

static void product_free(op *o) {
  if (by_constant(o->node, o->constant)) matmul_free(o);
  else batch_matmul_free(o);
}

static int product_affine_axis(const op *o, int rank) { return by_constant(o->node, o->constant) ? rank - 1 : -1; }

const op_class ops_MatMul = {.type = "MatMul",
                             .flags = KEEPS_INPUT | FUSES_AFFINE | FUSES_CLAMP | TRAINED,
                             .infer = product_infer,
                             .create = product_create,
                             .reshape = product_reshape,
                             .pack = product_pack,
                             .forward = product_forward,
                             .backward = product_backward,
                             .free = product_free,
                             .affine_axis = product_affine_axis,
                             .units = product_units};
