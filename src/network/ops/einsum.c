/* Einsum of one or two operands. Each operand is brought to batch x rows x inner or batch x inner x columns, the letters that only
 * it has and the result lacks summed on the way; products of matrices then make batch x rows x columns, which is brought to the
 * result's order. A single operand goes straight to the result. All plain. */
#include <string.h>

#include "network/ops/kernels/product.h"
#include "network/ops/kernels/walk.h"
#include "network/ops/units.h"

/* Letters, and the dimensions that "..." stands for, counted from the last. */
enum { LETTERS = 52, SYMBOLS = LETTERS + MAX_RANK };

typedef struct term {
  int count;
  int symbols[MAX_RANK];
} term;

typedef struct equation {
  int operands;
  term in[2], out;
  int size[SYMBOLS]; /* 0: not there */
} equation;

/* A tensor and where its elements stand in a packed one: 0 apart along what is summed or repeated. */
typedef struct packing {
  walk walk;
  size_t count; /* floats packed */
} packing;

typedef struct einsum {
  float *constant[2]; /* values of a constant operand; NULL: depends on the image */
  packing in[2], out;
  int batch, rows, inner, columns;
  size_t right, result, gradient, scratch; /* where they lie in the workspace, after the left operand */
} einsum;

/* ---- the equation ---- */

static int symbol_of(char letter) {
  if (letter >= 'a' && letter <= 'z') return letter - 'a';
  return letter >= 'A' && letter <= 'Z' ? 26 + letter - 'A' : -1;
}

static bool has(const term *t, int symbol) {
  for (int k = 0; k < t->count; k++)
    if (t->symbols[k] == symbol) return true;
  return false;
}

static pl_status unreadable(const node *n) {
  return status_fail(PL_INVALID_MODEL, "%s: its equation '%.60s' does not go with its inputs", ops_describe(n),
                     onnx_string(n->source, "equation", ""));
}

static pl_status unsupported(const node *n, const char *why) {
  const char *equation = onnx_string(n->source, "equation", "");
  return status_fail(PL_UNSUPPORTED_OP, "%s: its equation '%.60s' %s", ops_describe(n), equation, why);
}

/* One term up to `end`, where "..." stands for `dots` dimensions. */
static pl_status read_term(const node *n, const char **text, char end, int dots, term *t) {
  bool dotted = false;
  t->count = 0;
  for (; **text && **text != end && **text != '-'; ++*text) {
    if (**text == ' ') continue;
    const bool is_dots = strncmp(*text, "...", 3) == 0;
    const int symbol = symbol_of(**text), more = is_dots ? dots : 1;
    if ((is_dots ? dotted : symbol < 0) || t->count + more > MAX_RANK) return unreadable(n);
    if (!is_dots && has(t, symbol)) return unsupported(n, "repeats a letter, which is not supported");
    for (int k = 0; k < more; k++) t->symbols[t->count++] = is_dots ? LETTERS + dots - 1 - k : symbol;
    dotted |= is_dots;
    *text += is_dots ? 2 : 0;
  }
  return PL_OK;
}

/* How many dimensions "..." stands for in the operand that begins here. */
static int dots_of(const char *text, int rank) {
  int letters = 0;
  bool dotted = false;
  for (; *text && *text != ',' && *text != '-'; text++) {
    letters += symbol_of(*text) >= 0;
    dotted |= *text == '.';
  }
  return dotted && rank > letters ? rank - letters : 0;
}

/* Without an arrow, the result has "..." and the letters that come once, in the order of the alphabet. */
static pl_status implied_result(const node *n, int dots, equation *e) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int k = 0; k < dots && e->out.count < MAX_RANK; k++) e->out.symbols[e->out.count++] = LETTERS + dots - 1 - k;
  for (const char *letter = alphabet; *letter; letter++) {
    const int symbol = symbol_of(*letter);
    if (has(&e->in[0], symbol) + (e->operands > 1 && has(&e->in[1], symbol)) != 1) continue;
    if (e->out.count == MAX_RANK) return unsupported(n, "has a result of too many dimensions");
    e->out.symbols[e->out.count++] = symbol;
  }
  return PL_OK;
}

static pl_status set_sizes(const node *n, const shape *s, const term *t, equation *e) {
  if (t->count != s->rank) return unreadable(n);
  for (int k = 0; k < t->count; k++) {
    int *size = &e->size[t->symbols[k]];
    const bool spreads = t->symbols[k] >= LETTERS && (s->dim[k] == 1 || *size == 1);
    if (*size && *size != s->dim[k] && !spreads) return unreadable(n);
    if (s->dim[k] > *size) *size = s->dim[k];
  }
  return PL_OK;
}

static pl_status einsum_read(const node *n, const shape *const *in, equation *e) {
  const char *text = onnx_string(n->source, "equation", "");
  int dots = 0;
  *e = (equation){.operands = n->input_count};
  for (int k = 0; k < e->operands; k++) {
    const int own = dots_of(text, in[k]->rank);
    if (own > dots) dots = own;
    TRY(read_term(n, &text, ',', own, &e->in[k]));
    TRY(set_sizes(n, in[k], &e->in[k], e));
    if (k < e->operands - 1 && *text++ != ',') return unreadable(n);
  }
  if (!*text) return implied_result(n, dots, e);
  if (strncmp(text, "->", 2) != 0) return unreadable(n);
  text += 2;
  TRY(read_term(n, &text, 0, dots, &e->out));
  for (int k = 0; k < e->out.count; k++)
    if (!e->size[e->out.symbols[k]]) return unreadable(n);
  return *text ? unreadable(n) : PL_OK;
}

/* ---- shape ---- */

static const shape *operand(const onnx_tensor *constant, const tensor_type *in) {
  return constant ? &constant->shape : &in->shape;
}

static pl_status einsum_infer(inference *i) {
  const int count = i->node->input_count;
  const shape *in[2];
  equation e;
  if (count > 2) return unsupported(i->node, "has more than two operands, which is not supported");
  TRY(infer_arity(i, count < 1 ? 1 : count, 2));
  if (i->constant[0] && (count < 2 || i->constant[1]))
    return status_fail(PL_UNSUPPORTED_OP, "%s: its inputs are constants", ops_describe(i->node));
  for (int k = 0; k < count; k++) {
    if (i->constant[k]) TRY(infer_constant(i, k, "operand", -1));
    in[k] = operand(i->constant[k], i->in[k]);
    infer_want_plain(i, k);
  }
  TRY(einsum_read(i->node, in, &e));
  shape out = {.rank = e.out.count};
  for (int k = 0; k < e.out.count; k++) out.dim[k] = e.size[e.out.symbols[k]];
  return infer_output(i, 0, &out, LAYOUT_PLAIN);
}

/* The operand that an axis of the result is taken from: an image's, with units last where both have it. NULL: a constant's. */
static const spans *source_of(const equation *e, const spans *const *in, int symbol, int *axis) {
  const spans *found = NULL;
  for (int k = 0; k < e->operands; k++)
    for (int d = 0; d < e->in[k].count && in[k]; d++) {
      const span whole = spans_whole(in[k], d);
      if (e->in[k].symbols[d] != symbol || whole.size != e->size[symbol]) continue;
      if (found && whole.kind >= spans_whole(found, *axis).kind) continue;
      found = in[k];
      *axis = d;
    }
  return found;
}

static void einsum_units(const inference *i, const spans *const *in, int k, spans *out) {
  const shape *shapes[2] = {NULL, NULL};
  equation e;
  for (int j = 0; j < i->node->input_count && j < 2; j++) shapes[j] = operand(i->constant[j], i->in[j]);
  units_lost(i, in, k, out);
  if (einsum_read(i->node, shapes, &e)) return;
  *out = (spans){0};
  for (int d = 0; d < e.out.count; d++) {
    int axis;
    const spans *from = source_of(&e, in, e.out.symbols[d], &axis);
    if (from) spans_add(out, from, axis);
    else spans_add_span(out, (span){.size = e.size[e.out.symbols[d]], .kind = UNITS});
  }
}

/* ---- create, reshape ---- */

static pl_status einsum_create(op *o) {
  einsum *m = o->state = memory_allocate(1, sizeof *m);
  if (!m) return ops_out_of_memory(o);
  for (int k = 0; k < o->input_count; k++)
    if (o->constant[k] && !(m->constant[k] = ops_floats(o->constant[k]))) return ops_out_of_memory(o);
  return PL_OK;
}

static void einsum_free(op *o) {
  einsum *m = o->state;
  if (!m) return;
  memory_free(m->constant[0]);
  memory_free(m->constant[1]);
  memory_free(m);
  o->state = NULL;
}

/* An operand has a symbol where its size is the whole; a size of 1 is repeated and of no account. */
static bool is_whole(const equation *e, int k, int symbol, const shape *s) {
  for (int d = 0; d < e->in[k].count; d++)
    if (e->in[k].symbols[d] == symbol) return s->dim[d] == e->size[symbol];
  return false;
}

typedef enum role { BATCH, ROWS, INNER, COLUMNS, SUMMED } role;

static role role_of(const equation *e, const shape *const *in, int symbol) {
  const bool left = is_whole(e, 0, symbol, in[0]), right = is_whole(e, 1, symbol, in[1]), out = has(&e->out, symbol);
  if (left && right) return out ? BATCH : INNER;
  return !out ? SUMMED : left ? ROWS : COLUMNS;
}

/* Steps of every symbol in a packed tensor of three parts, the last one innermost; the floats in all. */
static size_t set_steps(const equation *e, const role *roles, const role *parts, size_t *steps) {
  size_t step = 1;
  for (int p = 2; p >= 0; p--)
    for (int s = SYMBOLS - 1; s >= 0; s--) {
      if (!e->size[s] || roles[s] != parts[p]) continue;
      steps[s] = step;
      step *= (size_t)e->size[s];
    }
  return step;
}

static packing make_packing(const term *t, const shape *s, const size_t *steps, size_t count) {
  const tensor_type type = {*s, LAYOUT_PLAIN};
  strides at = {{0}};
  for (int k = 0; k < t->count; k++)
    if (s->dim[k] > 1) at.at[k] = steps[t->symbols[k]];
  return (packing){walk_create(&type, &at, 1), count};
}

static int total(const equation *e, const role *roles, role wanted) {
  int count = 1; /* a part of a tensor that fits into 31 bits */
  for (int s = 0; s < SYMBOLS; s++)
    if (e->size[s] && roles[s] == wanted) count *= e->size[s];
  return count;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* Both operands, the result, a gradient of either, and the products' scratch; false where they would not fit into 31 bits. */
static bool plan_workspace(op *o, einsum *m) {
  const double longest = (double)larger((size_t)m->inner, larger((size_t)m->rows, (size_t)m->columns));
  const double most = ((double)m->inner + (double)m->columns + 8) * (longest + 8) + (double)m->out.count +
                      2 * ((double)m->in[0].count + (double)m->in[1].count);
  if (most * sizeof(float) > INT32_MAX) return false;
  size_t scratch = product_scratch(m->inner, m->columns);
  if (o->backward) scratch = larger(scratch, larger(product_scratch(m->columns, m->inner), product_scratch(m->rows, m->columns)));
  m->right = m->in[0].count;
  m->result = m->right + m->in[1].count;
  m->gradient = m->result + m->out.count;
  m->scratch = m->gradient + (o->backward ? larger(m->in[0].count, m->in[1].count) : 0);
  o->workspace = (m->scratch + scratch) * sizeof(float);
  return true;
}

static void reshape_sum(const equation *e, const shape *in, einsum *m) {
  size_t steps[SYMBOLS] = {0}, step = 1;
  for (int k = e->out.count - 1; k >= 0; k--) {
    steps[e->out.symbols[k]] = step;
    step *= (size_t)e->size[e->out.symbols[k]];
  }
  m->in[0] = make_packing(&e->in[0], in, steps, step);
}

static void reshape_product(const equation *e, const shape *const *in, const shape *out, einsum *m) {
  static const role parts[3][3] = {{BATCH, ROWS, INNER}, {BATCH, INNER, COLUMNS}, {BATCH, ROWS, COLUMNS}};
  role roles[SYMBOLS];
  for (int s = 0; s < SYMBOLS; s++) roles[s] = e->size[s] ? role_of(e, in, s) : SUMMED;
  for (int k = 0; k < 3; k++) {
    size_t steps[SYMBOLS] = {0};
    const size_t count = set_steps(e, roles, parts[k], steps);
    if (k < 2) m->in[k] = make_packing(&e->in[k], in[k], steps, count);
    else m->out = make_packing(&e->out, out, steps, count);
  }
  m->batch = total(e, roles, BATCH);
  m->rows = total(e, roles, ROWS);
  m->inner = total(e, roles, INNER);
  m->columns = total(e, roles, COLUMNS);
}

static pl_status einsum_reshape(op *o) {
  einsum *m = o->state;
  const shape *in[2] = {NULL, NULL};
  equation e;
  for (int k = 0; k < o->input_count; k++) in[k] = operand(o->constant[k], &o->in[k]);
  TRY(einsum_read(o->node, in, &e));
  o->workspace = 0;
  if (e.operands == 1) {
    reshape_sum(&e, in[0], m);
    return PL_OK;
  }
  reshape_product(&e, in, &o->out[0].shape, m);
  o->macs = (double)shape_count(&o->out[0].shape) * m->inner;
  if (plan_workspace(o, m)) return PL_OK;
  return status_fail(PL_UNSUPPORTED_MODEL, "%s: the product of %s and %s is too large", ops_describe(o->node), shape_text(in[0]),
                     shape_text(in[1]));
}

/* ---- run ---- */

/* Sums of the tensor's elements where they stand packed; the adjoint. */
static void pack(const packing *p, const float *restrict tensor, float *restrict packed) {
  const size_t inner = walk_inner(&p->walk), stride = walk_inner_stride(&p->walk, 0);
  cursor c = {{0}, {0}};
  memset(packed, 0, p->count * sizeof *packed);
  do {
    for (size_t k = 0; k < inner; k++) packed[c.at[0] + k * stride] += tensor[k];
    tensor += inner;
  } while (walk_next(&p->walk, &c));
}

static void unpack(const packing *p, const float *restrict packed, float *restrict tensor) {
  const size_t inner = walk_inner(&p->walk), stride = walk_inner_stride(&p->walk, 0);
  cursor c = {{0}, {0}};
  do {
    for (size_t k = 0; k < inner; k++) tensor[k] = packed[c.at[0] + k * stride];
    tensor += inner;
  } while (walk_next(&p->walk, &c));
}

static void pack_operands(const einsum *m, const buffers *b, float *workspace) {
  pack(&m->in[0], m->constant[0] ? m->constant[0] : b->in[0], workspace);
  pack(&m->in[1], m->constant[1] ? m->constant[1] : b->in[1], workspace + m->right);
}

static matrix plain(const float *data, int columns) { return (matrix){data, (size_t)columns, 1}; }
static matrix transposed(const float *data, int columns) { return (matrix){data, 1, (size_t)columns}; }

/* The k-th of the packed matrices. */
static float *part(float *packed, int k, int rows, int columns) { return packed + (size_t)k * (size_t)rows * (size_t)columns; }

static pl_status einsum_forward(op *o, const buffers *b) {
  const einsum *m = o->state;
  float *left = b->workspace;
  if (o->input_count == 1) {
    pack(&m->in[0], b->in[0], b->out[0]);
    return PL_OK;
  }
  float *right = left + m->right, *result = left + m->result, *scratch = left + m->scratch;
  pack_operands(m, b, left);
  for (int k = 0; k < m->batch; k++) {
    const matrix a = plain(part(left, k, m->rows, m->inner), m->inner);
    const matrix c = plain(part(right, k, m->inner, m->columns), m->columns);
    product_run(m->rows, m->inner, m->columns, a, c, 1, false, part(result, k, m->rows, m->columns), (size_t)m->columns, scratch);
  }
  unpack(&m->out, result, b->out[0]);
  return PL_OK;
}

/* dA = dout B', dB = A' dout */
static pl_status einsum_backward(op *o, const buffers *b) {
  const einsum *m = o->state;
  float *left = b->workspace;
  if (o->input_count == 1) {
    if (b->din[0]) unpack(&m->in[0], b->dout[0], b->din[0]);
    return PL_OK;
  }
  float *right = left + m->right, *dout = left + m->result, *gradient = left + m->gradient, *scratch = left + m->scratch;
  pack_operands(m, b, left);
  pack(&m->out, b->dout[0], dout);
  for (int k = 0; k < m->batch && b->din[0]; k++) {
    const matrix d = plain(part(dout, k, m->rows, m->columns), m->columns);
    const matrix c = transposed(part(right, k, m->inner, m->columns), m->columns);
    product_run(m->rows, m->columns, m->inner, d, c, 1, false, part(gradient, k, m->rows, m->inner), (size_t)m->inner, scratch);
  }
  if (b->din[0]) unpack(&m->in[0], gradient, b->din[0]);
  for (int k = 0; k < m->batch && b->din[1]; k++) {
    const matrix a = transposed(part(left, k, m->rows, m->inner), m->inner);
    const matrix d = plain(part(dout, k, m->rows, m->columns), m->columns);
    product_run(m->inner, m->rows, m->columns, a, d, 1, false, part(gradient, k, m->inner, m->columns), (size_t)m->columns,
                scratch);
  }
  if (b->din[1]) unpack(&m->in[1], gradient, b->din[1]);
  return PL_OK;
}

const op_class ops_Einsum = {.type = "Einsum",
                             .flags = KEEPS_INPUT | TRAINED,
                             .infer = einsum_infer,
                             .create = einsum_create,
                             .reshape = einsum_reshape,
                             .forward = einsum_forward,
                             .backward = einsum_backward,
                             .free = einsum_free,
                             .units = einsum_units};
