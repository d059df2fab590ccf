/* A: ... x M x K, B: ... x K x N, or transposed; out: ... x M x N, the dimensions before the last two broadcast. A vector is a
 * matrix of one row or column, which the result does not have. All plain. */
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
  float scale, shift; /* of all results: the node's and what is fused */
  bool turned[2];     /* the operand lies transposed */
  int rows, k, columns;
  pair *pairs; /* one a product, in the order of the output */
  size_t count;
} batch_matmul;

/* ---- shape ---- */

static bool is_turned(const node *n, int k) { return onnx_int(n->source, k ? "transB" : "transA", 0) != 0; }

/* The matrices that an operand holds, as they are multiplied: a vector is a row on the left and a column on the right. */
static shape matrices_in(const node *n, int k, const shape *s) {
  const int r = s->rank;
  if (r == 1) return k ? (shape){2, {s->dim[0], 1}} : (shape){2, {1, s->dim[0]}};
  shape m = *s;
  if (r > 1 && is_turned(n, k)) m.dim[r - 1] = s->dim[r - 2], m.dim[r - 2] = s->dim[r - 1];
  return m;
}

static pl_status broadcast(const node *n, const shape *a, const shape *b, shape *out) {
  *out = a->rank >= b->rank ? *a : *b;
  bool fits = a->rank >= 2 && b->rank >= 2 && a->dim[a->rank - 1] == b->dim[b->rank - 2];
  for (int d = 3; d <= out->rank && fits; d++) {
    const int x = d > a->rank ? 1 : a->dim[a->rank - d], y = d > b->rank ? 1 : b->dim[b->rank - d];
    fits = x == y || x == 1 || y == 1;
    out->dim[out->rank - d] = x == 1 ? y : x;
  }
  if (!fits) return status_fail(PL_INVALID_MODEL, "%s: the product of %s and %s", ops_describe(n), shape_text(a), shape_text(b));
  out->dim[out->rank - 2] = a->dim[a->rank - 2];
  out->dim[out->rank - 1] = b->dim[b->rank - 1];
  return PL_OK;
}

/* What a vector was made a matrix by is not in the result. */
static shape without_vectors(const shape *whole, const shape *a, const shape *b) {
  shape out = *whole;
  if (b->rank == 1) out.rank--;
  if (a->rank > 1) return out;
  out.rank--;
  if (b->rank > 1) out.dim[out.rank - 1] = whole->dim[whole->rank - 1];
  return out;
}

pl_status batch_matmul_infer(inference *i) {
  const shape *in[2];
  shape matrices[2], whole;
  for (int k = 0; k < 2; k++) {
    if (i->constant[k]) TRY(infer_constant(i, k, "operand", -1));
    infer_want_plain(i, k);
    in[k] = i->constant[k] ? &i->constant[k]->shape : &i->in[k]->shape;
    matrices[k] = matrices_in(i->node, k, in[k]);
  }
  TRY(broadcast(i->node, &matrices[0], &matrices[1], &whole));
  const shape out = without_vectors(&whole, in[0], in[1]);
  return infer_output(i, 0, &out, LAYOUT_PLAIN);
}

static int rank_of(const inference *i, int k) { return i->constant[k] ? i->constant[k]->shape.rank : i->in[k]->shape.rank; }

/* Rows are the left operand's, columns the right one's: those of a constant are units. A vector has neither, and no axes before. */
void batch_matmul_units(const inference *i, const spans *const *in, int k, spans *out) {
  const shape *s = &i->out[k].shape;
  const int ranks[2] = {rank_of(i, 0), rank_of(i, 1)}, matrices = (ranks[0] > 1) + (ranks[1] > 1);
  const spans *whole = in[ranks[0] < 2]; /* beside a vector */
  spans kept;
  units_kept(i, in, k, &kept);
  if (matrices == 1 && whole) kept = *whole;
  *out = (spans){0};
  for (int d = 0; d < s->rank - matrices; d++) spans_add(out, &kept, d);
  for (int side = 0; side < 2; side++) {
    if (ranks[side] < 2) continue;
    if (in[side]) spans_add(out, in[side], ranks[side] - 2 + (is_turned(i->node, side) != (side == 1)));
    else spans_add_span(out, (span){.size = s->dim[out->rank], .kind = UNITS});
  }
}

/* ---- create, reshape ---- */

pl_status batch_matmul_create(op *o) {
  batch_matmul *m = o->state = memory_allocate(1, sizeof *m);
  if (!m) return ops_out_of_memory(o);
  m->scale = onnx_float(o->node->source, "alpha", 1) * (o->scale ? *o->scale : 1);
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

/* products: the shape of all results together. */
static pl_status set_pairs(const op *o, batch_matmul *m, const shape in[2], const shape *products) {
  const tensor_type whole = matrices_of(products);
  const size_t size[2] = {(size_t)m->rows * (size_t)m->k, (size_t)m->k * (size_t)m->columns};
  bool *seen[2] = {NULL, NULL};
  strides s[2];
  memory_free(m->pairs);
  m->pairs = memory_allocate(m->count, sizeof *m->pairs);
  for (int k = 0; k < 2; k++) {
    const tensor_type matrices = matrices_of(&in[k]);
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
  const int rows = m->rows, k = m->k, columns = m->columns;
  const double longest = (double)larger((size_t)k, larger((size_t)rows, (size_t)columns));
  if (((double)k + (double)columns + 8) * (longest + 8) * sizeof(float) > INT32_MAX) return false;
  size_t floats = product_scratch(k, columns);
  if (backward) {
    floats = larger(floats, m->turned[0] ? product_scratch(columns, rows) : product_scratch(columns, k));
    floats = larger(floats, m->turned[1] ? product_scratch(rows, k) : product_scratch(rows, columns));
  }
  *bytes = floats * sizeof(float);
  return true;
}

static const shape *operand_of(const op *o, int k) { return o->constant[k] ? &o->constant[k]->shape : &o->in[k].shape; }

/* Both operands as matrices, and the shape of all results together. */
static pl_status find_products(const op *o, shape in[2], shape *whole) {
  for (int k = 0; k < 2; k++) in[k] = matrices_in(o->node, k, operand_of(o, k));
  return broadcast(o->node, &in[0], &in[1], whole);
}

pl_status batch_matmul_reshape(op *o) {
  batch_matmul *m = o->state;
  shape in[2], whole;
  TRY(find_products(o, in, &whole));
  const tensor_type matrices = matrices_of(&whole);
  for (int k = 0; k < 2; k++) m->turned[k] = operand_of(o, k)->rank > 1 && is_turned(o->node, k);
  m->rows = whole.dim[whole.rank - 2];
  m->columns = whole.dim[whole.rank - 1];
  m->k = in[0].dim[in[0].rank - 1];
  m->count = shape_count(&matrices.shape);
  o->held = size_sum(o->held, size_product(m->count, sizeof *m->pairs));
  if (!scratch_bytes(m, o->backward, &o->workspace))
    return status_fail(PL_UNSUPPORTED_MODEL, "%s: the product of %s and %s is too large", ops_describe(o->node),
                       shape_text(&in[0]), shape_text(&in[1]));
  o->macs = (double)shape_count(&whole) * m->k;
  return PL_OK;
}

pl_status batch_matmul_pack(op *o) {
  shape in[2], whole;
  TRY(find_products(o, in, &whole));
  return set_pairs(o, o->state, in, &whole);
}

/* ---- run ---- */

/* A matrix of so many rows and columns; where it is turned, they lie the other way round. */
static matrix matrix_at(const float *data, bool turned, int rows, int columns) {
  return turned ? (matrix){data, 1, (size_t)rows} : (matrix){data, (size_t)columns, 1};
}

static matrix transposed(matrix m) { return (matrix){m.data, m.across, m.down}; }

/* Both operands of a product. */
static void operands_of(const batch_matmul *m, const buffers *b, const pair *p, matrix *left, matrix *right) {
  const float *x = m->constant[0] ? m->constant[0] : b->in[0], *y = m->constant[1] ? m->constant[1] : b->in[1];
  *left = matrix_at(x + p->matrix[0], m->turned[0], m->rows, m->k);
  *right = matrix_at(y + p->matrix[1], m->turned[1], m->k, m->columns);
}

pl_status batch_matmul_forward(op *o, const buffers *b) {
  const batch_matmul *m = o->state;
  const size_t size = (size_t)m->rows * (size_t)m->columns;
  matrix left, right;
  for (size_t i = 0; i < m->count; i++) {
    operands_of(m, b, &m->pairs[i], &left, &right);
    product_run(m->rows, m->k, m->columns, left, right, m->scale, false, b->out[0] + i * size, (size_t)m->columns, b->workspace);
  }
  for (size_t k = 0; k < m->count * size && m->shift != 0; k++) b->out[0][k] += m->shift;
  clamp_forward(o, b->out[0], m->count * size);
  return PL_OK;
}

/* c = a b, rows x columns, or where it lies turned, c' = b' a' */
static void gradient(const batch_matmul *m, bool turned, bool more, int rows, int inner, int columns, matrix a, matrix b,
                     float *c, float *workspace) {
  if (turned) product_run(columns, inner, rows, transposed(b), transposed(a), m->scale, more, c, (size_t)rows, workspace);
  else product_run(rows, inner, columns, a, b, m->scale, more, c, (size_t)columns, workspace);
}

/* dA = dout B', dB = A' dout */
pl_status batch_matmul_backward(op *o, const buffers *b) {
  const batch_matmul *m = o->state;
  const size_t size = (size_t)m->rows * (size_t)m->columns;
  matrix left, right;
  if (ops_clamped(o)) clamp_backward(o, b, 0, ops_out_count(o), b->dout[0]);
  for (size_t i = 0; i < m->count; i++) {
    const pair *p = &m->pairs[i];
    const matrix dout = matrix_at(b->dout[0] + i * size, false, m->rows, m->columns);
    operands_of(m, b, p, &left, &right);
    if (b->din[0])
      gradient(m, m->turned[0], !p->first[0], m->rows, m->columns, m->k, dout, transposed(right), b->din[0] + p->matrix[0],
               b->workspace);
    if (b->din[1])
      gradient(m, m->turned[1], !p->first[1], m->k, m->rows, m->columns, transposed(left), dout, b->din[1] + p->matrix[1],
               b->workspace);
  }
  return PL_OK;
}
