/* Gather: parts of the input along an axis, at indices that are known without the image. Plain order. */
#include <string.h>

#include "network/ops/kernels/internal.h"
#include "network/ops/units.h"

typedef struct gather {
  size_t count;
  int *indices;
  size_t outer, size, inner; /* the input; the output is outer x count x inner */
} gather;

/* Indices of input 1, counted from the front; freed with memory_free. */
static pl_status read_indices(const node *n, const onnx_tensor *t, int size, int **indices) {
  int64_t *read = memory_allocate(size_sum(t->count, 1), sizeof *read);
  int *found = *indices = memory_allocate(size_sum(t->count, 1), sizeof *found);
  pl_status status = read && found ? PL_OK : status_no_memory("for %s", ops_describe(n));
  if (!status) onnx_ints(t, read);
  for (size_t k = 0; k < t->count && !status; k++) {
    if (read[k] < -size || read[k] >= size)
      status = status_fail(PL_INVALID_MODEL, "%s: index %lld of %d", ops_describe(n), (long long)read[k], size);
    else found[k] = (int)(read[k] < 0 ? read[k] + size : read[k]);
  }
  memory_free(read);
  return status;
}

static pl_status gather_infer(inference *i) {
  int axis, *indices;
  TRY(infer_inputs(i, 2, 2));
  const shape *in = &i->in[0]->shape;
  TRY(ops_axis(i->node, onnx_int(i->node->source, "axis", 0), in->rank, &axis));
  TRY(infer_known(i, 1, "list of indices"));
  const pl_status status = read_indices(i->node, i->known[1], in->dim[axis], &indices);
  memory_free(indices);
  if (status) return status;
  const shape *s = &i->known[1]->shape;
  if (in->rank - 1 + s->rank > MAX_RANK)
    return status_fail(PL_UNSUPPORTED_MODEL, "%s: more than %d dimensions", ops_describe(i->node), MAX_RANK);
  shape out = {0};
  for (int d = 0; d < axis; d++) out.dim[out.rank++] = in->dim[d];
  for (int d = 0; d < s->rank; d++) out.dim[out.rank++] = s->dim[d];
  for (int d = axis + 1; d < in->rank; d++) out.dim[out.rank++] = in->dim[d];
  infer_want_plain(i, 0);
  return infer_output(i, 0, &out, LAYOUT_PLAIN);
}

/* Indices one after the other are a cut. */
static span gathered(span whole, const int *indices, int count) {
  int step = 1;
  for (int k = 1; k < count; k++)
    if (indices[k] != indices[k - 1] + 1) step = 0;
  return span_cut(whole, indices[0], step, count);
}

/* The indices' own shape takes the axis's place. */
static void gather_units(const inference *i, const spans *const *in, int k, spans *out) {
  int axis, *indices = NULL;
  spans row = {0};
  units_lost(i, in, k, out);
  if (!in[0] || ops_axis(i->node, onnx_int(i->node->source, "axis", 0), in[0]->rank, &axis)) return;
  const span whole = spans_whole(in[0], axis);
  if (read_indices(i->node, i->known[1], whole.size, &indices) == PL_OK) {
    for (int d = 0; d < in[0]->rank; d++) {
      if (d == axis) spans_add_span(&row, gathered(whole, indices, (int)i->known[1]->count));
      else spans_add(&row, in[0], d);
    }
    *out = spans_reshape(&row, &i->out[k].shape);
  }
  memory_free(indices);
}

static pl_status gather_create(op *o) {
  o->state = memory_allocate(1, sizeof(gather));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static void gather_free(op *o) {
  gather *g = o->state;
  if (g) memory_free(g->indices);
  memory_free(g);
  o->state = NULL;
}

static pl_status gather_reshape(op *o) {
  gather *g = o->state;
  const shape *in = &o->in[0].shape;
  const int64_t given = onnx_int(o->node->source, "axis", 0);
  const int axis = (int)(given < 0 ? given + in->rank : given);
  memory_free(g->indices);
  g->count = o->known[1]->count;
  g->outer = g->inner = 1;
  g->size = (size_t)in->dim[axis];
  for (int d = 0; d < axis; d++) g->outer *= (size_t)in->dim[d];
  for (int d = axis + 1; d < in->rank; d++) g->inner *= (size_t)in->dim[d];
  return read_indices(o->node, o->known[1], in->dim[axis], &g->indices);
}

/* Where part k of the output stands in the input. */
static size_t part_at(const gather *g, size_t outer, size_t k) { return (outer * g->size + (size_t)g->indices[k]) * g->inner; }

static pl_status gather_forward(op *o, const buffers *b) {
  const gather *g = o->state;
  float *out = b->out[0];
  for (size_t i = 0; i < g->outer; i++)
    for (size_t k = 0; k < g->count; k++, out += g->inner) memcpy(out, b->in[0] + part_at(g, i, k), g->inner * sizeof *out);
  return PL_OK;
}

static pl_status gather_backward(op *o, const buffers *b) {
  const gather *g = o->state;
  const float *dout = b->dout[0];
  if (!b->din[0]) return PL_OK;
  memset(b->din[0], 0, ops_in_count(o) * sizeof *b->din[0]);
  for (size_t i = 0; i < g->outer; i++)
    for (size_t k = 0; k < g->count; k++, dout += g->inner) {
      float *restrict din = b->din[0] + part_at(g, i, k);
      for (size_t j = 0; j < g->inner; j++) din[j] += dout[j];
    }
  return PL_OK;
}

const op_class ops_Gather = {.type = "Gather",
                             .flags = MOVES | SIZES_AFTER,
                             .infer = gather_infer,
                             .create = gather_create,
                             .reshape = gather_reshape,
                             .forward = gather_forward,
                             .backward = gather_backward,
                             .free = gather_free,
                             .units = gather_units};
