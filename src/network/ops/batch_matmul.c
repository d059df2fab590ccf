/* A: ... x M x K, B: ... x K x N; out: ... x M x N, the dimensions before the last two broadcast. All plain. */
#include "network/ops/batch_matmul.h"

#include "network/ops/kernels/product.h"
#include "network/ops/kernels/walk.h"

/* Which matrices one product is of, and whether it is the first that reads them: its gradient is then written, not added. */
typedef struct pair {
  size_t matrix[2]; /* where it begins, in floats */
  bool first[2];
} pair;

typedef struct batch_matmul {
  float *constant[2]; /* values of a constant operand; NULL: depends on the image */
  float scale, shift; /* of all results, fused */
  int rows, k, columns;
  pair *pairs; /* one a product, in the order of the output */
  size_t count;
} batch_matmul;

/* ---- shape ---- */

static const shape *operand(const inference *i, int k) { return i->constant[k] ? &i->constant[k]->shape : &i->in[k]->shape; }

static pl_status broadcast(const inference *i, const shape *a, const shape *b, shape *out) {
  *out = a->rank >= b->rank ? *a : *b;
  bool fits = a->rank >= 2 && b->rank >= 2 && a->dim[a->rank - 1] == b->dim[b->rank - 2];
  for (int d = 3; d <= out->rank && fits; d++) {
    const int x = d > a->rank ? 1 : a->dim[a->rank - d], y = d > b->rank ? 1 : b->dim[b->rank - d];
    fits = x == y || x == 1 || y == 1;
    out->dim[out->rank - d] = x == 1 ? y : x;
  }
  if (!fits)
    return status_fail(PL_INVALID_MODEL, "%s: the product of %s and %s", ops_describe(i->node), shape_text(a), shape_text(b));
  out->dim[out->rank - 2] = a->dim[a->rank - 2];
  out->dim[out->rank - 1] = b->dim[b->rank - 1];
  return PL_OK;
}

pl_status batch_matmul_infer(inference *i) {
  shape out;
  for (int k = 0; k < 2; k++) {
    if (i->constant[k]) TRY(infer_constant(i, k, "operand", -1));
    infer_want_plain(i, k);
  }
  TRY(broadcast(i, operand(i, 0), operand(i, 1), &out));
  return infer_output(i, 0, &out, LAYOUT_PLAIN);
}

/* Rows are the left operand's, columns the right one's: those of a constant are units. */
void batch_matmul_units(const inference *i, const spans *const *in, int k, spans *out) {
  const shape *s = &i->out[k].shape;
  spans kept;
  units_kept(i, in, k, &kept);
  *out = (spans){0};
  for (int d = 0; d < s->rank - 2; d++) spans_add(out, &kept, d);
  for (int side = 0; side < 2; side++) {
    if (in[side]) spans_add(out, in[side], in[side]->rank - 2 + side);
    else spans_add_span(out, (span){.size = s->dim[out->rank], .kind = UNITS});
  }
}

/* ---- create, reshape ---- */

pl_status batch_matmul_create(op *o) {
  batch_matmul *m = o->state = memory_allocate(1, sizeof *m);
  if (!m) return ops_out_of_memory(o);
  m->scale = o->scale ? *o->scale : 1;
  m->shift = o->shift ? *o->shift : 0;
  for (int k = 0; k < 2; k++)
    if (o->constant[k] && !(m->constant[k] = ops_floats(o->constant[k]))) return ops_out_of_memory(o);
  return PL_OK;
}

void batch_matmul_free(op *o) {
  batch_matmul *m = o->state;
  if (!m) return;
  memory_free(m->constant[0]);
  memory_free(m->constant[1]);
  memory_free(m->pairs);
  memory_free(m);
  o->state = NULL;
}

/* The dimensions before the last two. */
static tensor_type matrices_of(const shape *s) {
  tensor_type t = {*s, LAYOUT_PLAIN};
  t.shape.rank -= 2;
  return t;
}

static pl_status set_pairs(const op *o, batch_matmul *m, const shape *in[2]) {
  const tensor_type whole = matrices_of(&o->out[0].shape);
  const size_t size[2] = {(size_t)m->rows * (size_t)m->k, (size_t)m->k * (size_t)m->columns};
  bool *seen[2] = {NULL, NULL};
  strides s[2];
  memory_free(m->pairs);
  m->pairs = memory_allocate(m->count, sizeof *m->pairs);
  for (int k = 0; k < 2; k++) {
    const tensor_type matrices = matrices_of(in[k]);
    s[k] = walk_strides(&matrices, &whole.shape);
    seen[k] = memory_allocate(shape_count(&matrices.shape), sizeof *seen[k]);
  }
  const walk w = walk_create(&whole, s, 2);
  cursor c = {{0}, {0}};
  const bool ready = m->pairs && seen[0] && seen[1];
  pair *p = m->pairs;
  if (ready) do {
      for (size_t i = 0; i < walk_inner(&w); i++, p++)
        for (int k = 0; k < 2; k++) {
          const size_t at = c.at[k] + i * walk_inner_stride(&w, k);
          p->matrix[k] = at * size[k];
          p->first[k] = !seen[k][at];
          seen[k][at] = true;
        }
    } while (walk_next(&w, &c));
  memory_free(seen[0]);
  memory_free(seen[1]);
  return ready ? PL_OK : ops_out_of_memory(o);
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* Bytes of scratch that all products need; false where they would not fit into 31 bits, for a strip is wider than one column. */
static bool scratch_bytes(const batch_matmul *m, bool backward, uint64_t *bytes) {
  const double longest = (double)larger((size_t)m->k, larger((size_t)m->rows, (size_t)m->columns));
  if (((double)m->k + (double)m->columns + 8) * (longest + 8) * sizeof(float) > INT32_MAX) return false;
  size_t floats = product_scratch(m->k, m->columns);
  if (backward) floats = larger(floats, larger(product_scratch(m->columns, m->k), product_scratch(m->rows, m->columns)));
  *bytes = floats * sizeof(float);
  return true;
}

static void operand_shapes(const op *o, const shape *in[2]) {
  for (int k = 0; k < 2; k++) in[k] = o->constant[k] ? &o->constant[k]->shape : &o->in[k].shape;
}

pl_status batch_matmul_reshape(op *o) {
  batch_matmul *m = o->state;
  const shape *in[2], *out = &o->out[0].shape;
  const tensor_type matrices = matrices_of(out);
  operand_shapes(o, in);
  m->rows = out->dim[out->rank - 2];
  m->columns = out->dim[out->rank - 1];
  m->k = in[0]->dim[in[0]->rank - 1];
  m->count = shape_count(&matrices.shape);
  o->held = size_sum(o->held, size_product(m->count, sizeof *m->pairs));
  if (!scratch_bytes(m, o->backward, &o->workspace))
    return status_fail(PL_UNSUPPORTED_MODEL, "%s: the product of %s and %s is too large", ops_describe(o->node),
                       shape_text(in[0]), shape_text(in[1]));
  o->macs = (double)shape_count(out) * m->k;
  return PL_OK;
}

pl_status batch_matmul_pack(op *o) {
  const shape *in[2];
  operand_shapes(o, in);
  return set_pairs(o, o->state, in);
}

/* ---- run ---- */

static matrix plain(const float *data, int columns) { return (matrix){data, (size_t)columns, 1}; }
static matrix transposed(const float *data, int columns) { return (matrix){data, 1, (size_t)columns}; }

pl_status batch_matmul_forward(op *o, const buffers *b) {
  const batch_matmul *m = o->state;
  const float *x = m->constant[0] ? m->constant[0] : b->in[0], *y = m->constant[1] ? m->constant[1] : b->in[1];
  const size_t size = (size_t)m->rows * (size_t)m->columns;
  for (size_t i = 0; i < m->count; i++) {
    const matrix left = plain(x + m->pairs[i].matrix[0], m->k), right = plain(y + m->pairs[i].matrix[1], m->columns);
    product_run(m->rows, m->k, m->columns, left, right, m->scale, false, b->out[0] + i * size, (size_t)m->columns, b->workspace);
  }
  for (size_t k = 0; k < m->count * size && m->shift != 0; k++) b->out[0][k] += m->shift;
  clamp_forward(o, b->out[0], m->count * size);
  return PL_OK;
}

/* dA = dout B', dB = A' dout */
pl_status batch_matmul_backward(op *o, const buffers *b) {
  const batch_matmul *m = o->state;
  const float *x = m->constant[0] ? m->constant[0] : b->in[0], *y = m->constant[1] ? m->constant[1] : b->in[1];
  const size_t size = (size_t)m->rows * (size_t)m->columns;
  if (ops_clamped(o)) clamp_backward(o, b->out[0], b->dout[0], b->dout[0], ops_out_count(o));
  for (size_t i = 0; i < m->count; i++) {
    const pair *p = &m->pairs[i];
    const matrix dout = plain(b->dout[0] + i * size, m->columns), left = transposed(x + p->matrix[0], m->k);
    const matrix right = transposed(y + p->matrix[1], m->columns);
    if (b->din[0])
      product_run(m->rows, m->columns, m->k, dout, right, m->scale, !p->first[0], b->din[0] + p->matrix[0], (size_t)m->k,
                  b->workspace);
    if (b->din[1])
      product_run(m->k, m->rows, m->columns, left, dout, m->scale, !p->first[1], b->din[1] + p->matrix[1], (size_t)m->columns,
                  b->workspace);
  }
  return PL_OK;
}
