/* Sums over axes of values, magnitudes or squares, and what is made of them: means, norms and logarithms. */
#include "network/ops/reduce.h"

#include <string.h>

#include "base/vector_math.h"

enum { CHUNK = 512 };

typedef struct reduction {
  bool reduced[MAX_RANK]; /* axes of the input */
  bool keep;              /* as axes of size 1 in the output */
} reduction;

/* ---- shape ---- */

/* Axes are an attribute up to opset 17, an input later; none, or an empty list of them, means all. */
static pl_status reduce_read(const node *n, const onnx_tensor *input, int rank, reduction *r) {
  *r = (reduction){.keep = onnx_int(n->source, "keepdims", 1) != 0};
  const onnx_attribute *a = onnx_find(n->source, "axes");
  int64_t axes[MAX_RANK] = {0, 1, 2, 3, 4, 5};
  int count = onnx_int(n->source, "noop_with_empty_axes", 0) ? 0 : rank;
  if (a && a->kind == ONNX_ATTRIBUTE_INTS && a->count > 0) return ops_mark_axes(n, a->ints, a->count, rank, r->reduced);
  if (input && input->count > 0) {
    if (input->count > MAX_RANK) return status_fail(PL_INVALID_MODEL, "%s: it has %zu axes", ops_describe(n), input->count);
    onnx_ints(input, axes);
    count = (int)input->count;
  }
  return ops_mark_axes(n, axes, count, rank, r->reduced);
}

/* Whether what is left of the axes lies in their own order although the input has its channels last. */
static bool in_order(const reduction *r) { return r->reduced[1] || (r->reduced[2] && r->reduced[3]); }

static pl_status reduce_infer_axes(inference *i, const reduction *r) {
  const shape *in = &i->in[0]->shape;
  shape out = {0};
  for (int d = 0; d < in->rank; d++) {
    if (!r->reduced[d]) out.dim[out.rank++] = in->dim[d];
    else if (r->keep) out.dim[out.rank++] = 1;
  }
  if (out.rank < 4 && !in_order(r)) infer_want_plain(i, 0);
  return infer_output(i, 0, &out, i->wants[0]);
}

pl_status reduce_infer(inference *i) {
  TRY(infer_inputs(i, 1, 2));
  const bool none = infer_has(i, 1) && i->constant[1] && !i->constant[1]->count;
  if (infer_has(i, 1) && !none) TRY(infer_constant(i, 1, "list of axes", -1));
  reduction r;
  TRY(reduce_read(i->node, infer_has(i, 1) ? i->constant[1] : NULL, i->in[0]->shape.rank, &r));
  return reduce_infer_axes(i, &r);
}

/* Over whatever comes after batch and channels. */
static const reduction over_positions = {.reduced = {false, false, true, true, true, true}, .keep = true};

static pl_status global_average_infer(inference *i) {
  TRY(infer_inputs(i, 1, 1));
  if (i->positions < 1)
    return status_fail(PL_INVALID_MODEL, "%s: its input of %s has no positions", ops_describe(i->node),
                       shape_text(&i->in[0]->shape));
  return reduce_infer_axes(i, &over_positions);
}

/* Of an axis that is kept, one is left of what it was of. */
void reduce_units(const inference *i, const spans *const *in, int k, spans *out) {
  reduction r;
  units_lost(i, in, k, out);
  if (!in[0] || reduce_read(i->node, infer_has(i, 1) ? i->constant[1] : NULL, in[0]->rank, &r)) return;
  *out = (spans){0};
  for (int d = 0; d < in[0]->rank; d++) {
    if (!r.reduced[d]) spans_add(out, in[0], d);
    else if (r.keep) spans_add_span(out, (span){.size = 1, .kind = spans_whole(in[0], d).kind});
  }
}

/* ---- create, reshape ---- */

pl_status reduce_create(op *o) {
  o->state = memory_allocate(1, sizeof(walk));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

void reduce_free(op *o) {
  memory_free(o->state);
  o->state = NULL;
}

static void set_walk(op *o, const reduction *r) {
  shape kept = o->in[0].shape;
  for (int d = 0; d < kept.rank; d++)
    if (r->reduced[d]) kept.dim[d] = 1;
  const strides s = walk_strides(&(tensor_type){kept, o->in[0].layout}, &o->in[0].shape);
  *(walk *)o->state = walk_create(&o->in[0], &s, 1);
}

pl_status reduce_reshape(op *o) {
  reduction r;
  TRY(reduce_read(o->node, o->input_count > 1 ? o->constant[1] : NULL, o->in[0].shape.rank, &r));
  set_walk(o, &r);
  return PL_OK;
}

static pl_status global_average_reshape(op *o) {
  set_walk(o, &over_positions);
  return PL_OK;
}

/* ---- kinds ---- */

typedef enum weight { ONE, VALUE, SIGN } weight;

/* y = finish(the sum of term(x)); dx = weight(x) times what outer makes of dy. */
typedef struct sum {
  void (*term)(const float *x, size_t n, float *restrict terms);   /* NULL: x itself */
  void (*finish)(float *y, size_t count);                          /* NULL: nothing to do */
  void (*outer)(const float *y, float *restrict dy, size_t count); /* in place; NULL: nothing to do */
  weight weight;
  bool mean;
} sum;

static void magnitudes(const float *x, size_t n, float *restrict terms) {
  for (size_t k = 0; k < n; k++) terms[k] = fabsf(x[k]);
}

static void squares(const float *x, size_t n, float *restrict terms) {
  for (size_t k = 0; k < n; k++) terms[k] = x[k] * x[k];
}

static void root(float *y, size_t count) {
  for (size_t k = 0; k < count; k++) y[k] = sqrtf(y[k]);
}

static void logarithm(float *y, size_t count) {
  for (size_t k = 0; k < count; k++) y[k] = vector_log(y[k]);
}

/* The gradient of a length of 0 is 0. */
static void outer_of_root(const float *y, float *restrict dy, size_t count) {
  for (size_t k = 0; k < count; k++) dy[k] = y[k] > 0 ? dy[k] / y[k] : 0;
}

static void outer_of_squares(const float *y, float *restrict dy, size_t count) {
  (void)y;
  for (size_t k = 0; k < count; k++) dy[k] *= 2;
}

static void outer_of_logarithm(const float *y, float *restrict dy, size_t count) {
  for (size_t k = 0; k < count; k++) dy[k] *= vector_exp(-y[k]);
}

static const sum mean_of_values = {.mean = true};
static const sum sum_of_values = {0};
static const sum sum_of_magnitudes = {.term = magnitudes, .weight = SIGN};
static const sum sum_of_squares = {.term = squares, .outer = outer_of_squares, .weight = VALUE};
static const sum root_of_squares = {.term = squares, .finish = root, .outer = outer_of_root, .weight = VALUE};
static const sum logarithm_of_sum = {.finish = logarithm, .outer = outer_of_logarithm};

/* ---- run ---- */

/* What a value counts in a mean. */
static float share(const op *o) { return (float)((double)ops_out_count(o) / (double)ops_in_count(o)); }

static void multiply(float *x, size_t count, float factor) {
  for (size_t k = 0; k < count; k++) x[k] *= factor;
}

/* Adds n terms to y: to one value each, or (along false) to one. */
static void add_terms(const float *terms, size_t n, bool along, float *restrict y) {
  if (along)
    for (size_t k = 0; k < n; k++) y[k] += terms[k];
  else *y += sum_of(terms, n);
}

static void add_run(const sum *kind, const float *x, size_t n, bool along, float *y) {
  float room[CHUNK];
  if (!kind->term) {
    add_terms(x, n, along, y);
    return;
  }
  for (size_t k = 0; k < n; k += CHUNK) {
    const size_t count = n - k < CHUNK ? n - k : CHUNK;
    kind->term(x + k, count, room);
    add_terms(room, count, along, along ? y + k : y);
  }
}

static pl_status sum_forward(const op *o, const buffers *b, const sum *kind) {
  const walk *w = o->state;
  const size_t inner = walk_inner(w), count = ops_out_count(o);
  const bool along = walk_inner_stride(w, 0) != 0;
  const float *x = b->in[0];
  float *y = b->out[0];
  memset(y, 0, count * sizeof *y);
  cursor c = {{0}, {0}};
  do {
    add_run(kind, x, inner, along, y + c.at[0]);
    x += inner;
  } while (walk_next(w, &c));
  if (kind->mean) multiply(y, count, share(o));
  if (kind->finish) kind->finish(y, count);
  return PL_OK;
}

/* dx = g, of one value each or of one. */
static void weigh(const float *g, size_t n, bool along, float *restrict dx) {
  if (along) memcpy(dx, g, n * sizeof *dx);
  else
    for (size_t k = 0; k < n; k++) dx[k] = *g;
}

/* dx *= weight(x) */
static void weigh_values(weight weight, const float *x, size_t n, float *restrict dx) {
  if (weight == VALUE)
    for (size_t k = 0; k < n; k++) dx[k] *= x[k];
  else
    for (size_t k = 0; k < n; k++) dx[k] = x[k] > 0 ? dx[k] : x[k] < 0 ? -dx[k] : 0;
}

static pl_status sum_backward(const op *o, const buffers *b, const sum *kind) {
  const walk *w = o->state;
  const size_t inner = walk_inner(w), count = ops_out_count(o);
  const bool along = walk_inner_stride(w, 0) != 0;
  float *dx = b->din[0];
  if (!dx) return PL_OK;
  if (kind->mean) multiply(b->dout[0], count, share(o));
  if (kind->outer) kind->outer(b->out[0], b->dout[0], count);
  const float *x = b->in[0];
  cursor c = {{0}, {0}};
  do {
    weigh(b->dout[0] + c.at[0], inner, along, dx);
    if (kind->weight != ONE) {
      weigh_values(kind->weight, x, inner, dx);
      x += inner;
    }
    dx += inner;
  } while (walk_next(w, &c));
  return PL_OK;
}

#define SUM(name, kind, keeps, inferred_by, reshaped_by, units_by)                                \
  static pl_status name##_forward(op *o, const buffers *b) { return sum_forward(o, b, &kind); }   \
  static pl_status name##_backward(op *o, const buffers *b) { return sum_backward(o, b, &kind); } \
  const op_class ops_##name = {.type = #name,                                                     \
                               .flags = (keeps) | SIZES_AFTER,                                    \
                               .infer = inferred_by,                                              \
                               .create = reduce_create,                                           \
                               .reshape = reshaped_by,                                            \
                               .forward = name##_forward,                                         \
                               .backward = name##_backward,                                       \
                               .free = reduce_free,                                               \
                               .units = units_by};

SUM(ReduceMean, mean_of_values, 0, reduce_infer, reduce_reshape, reduce_units)
SUM(GlobalAveragePool, mean_of_values, OF_IMAGES, global_average_infer, global_average_reshape, units_found_second)
SUM(ReduceSum, sum_of_values, 0, reduce_infer, reduce_reshape, reduce_units)
SUM(ReduceL1, sum_of_magnitudes, KEEPS_INPUT, reduce_infer, reduce_reshape, reduce_units)
SUM(ReduceL2, root_of_squares, KEEPS_INPUT | KEEPS_OUTPUT, reduce_infer, reduce_reshape, reduce_units)
SUM(ReduceSumSquare, sum_of_squares, KEEPS_INPUT, reduce_infer, reduce_reshape, reduce_units)
SUM(ReduceLogSum, logarithm_of_sum, KEEPS_OUTPUT, reduce_infer, reduce_reshape, reduce_units)
