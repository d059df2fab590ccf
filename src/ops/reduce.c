/* Means and sums over axes: ReduceMean, ReduceSum and GlobalAveragePool. Any layout. */
#include <stdlib.h>
#include <string.h>

#include "walk.h"

extern const op_class ops_ReduceSum;

typedef struct reduction {
  bool reduced[MAX_RANK]; /* axes of the input */
  bool keep;              /* as axes of size 1 in the output */
} reduction;

/* ---- shape ---- */

static pl_status mark_axes(const node *n, const int64_t *axes, int count, int rank, reduction *r) {
  for (int k = 0; k < count; k++) {
    const int64_t axis = axes[k] < 0 ? axes[k] + rank : axes[k];
    if (axis < 0 || axis >= rank)
      return status_fail(PL_INVALID_MODEL, "%s: axis %lld of %d dimensions", ops_describe(n), (long long)axes[k], rank);
    r->reduced[axis] = true;
  }
  return PL_OK;
}

/* Axes are an attribute up to opset 17, an input later; none means all. */
static pl_status reduce_read(const node *n, const onnx_tensor *input, int rank, reduction *r) {
  *r = (reduction){.keep = onnx_int(n->source, "keepdims", 1) != 0};
  const onnx_attribute *a = onnx_find(n->source, "axes");
  int64_t axes[MAX_RANK] = {0, 1, 2, 3, 4, 5};
  int count = onnx_int(n->source, "noop_with_empty_axes", 0) ? 0 : rank;
  if (a && a->kind == ONNX_ATTRIBUTE_INTS && a->count > 0) return mark_axes(n, a->ints, a->count, rank, r);
  if (input && input->count > 0) {
    if (input->count > MAX_RANK) return status_fail(PL_INVALID_MODEL, "%s: it has %zu axes", ops_describe(n), input->count);
    onnx_ints(input, axes);
    count = (int)input->count;
  }
  return mark_axes(n, axes, count, rank, r);
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

static pl_status reduce_infer(inference *i) {
  TRY(infer_inputs(i, 1, 2));
  if (infer_has(i, 1)) TRY(infer_constant(i, 1, "list of axes", -1));
  reduction r;
  TRY(reduce_read(i->node, infer_has(i, 1) ? i->constant[1] : NULL, i->in[0]->shape.rank, &r));
  return reduce_infer_axes(i, &r);
}

static pl_status global_average_infer(inference *i) {
  TRY(infer_inputs(i, 1, 1));
  TRY(infer_image(i));
  const reduction r = {.reduced = {false, false, true, true}, .keep = true};
  return reduce_infer_axes(i, &r);
}

/* ---- run. The walk goes over the input; the output follows with stride 0 along reduced axes ---- */

static pl_status reduce_create(op *o) {
  o->state = calloc(1, sizeof(walk));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static void reduce_free(op *o) {
  free(o->state);
  o->state = NULL;
}

static void set_walk(op *o, const reduction *r) {
  shape kept = o->in[0].shape;
  for (int d = 0; d < kept.rank; d++)
    if (r->reduced[d]) kept.dim[d] = 1;
  const strides s = walk_strides(&(tensor_type){kept, o->in[0].layout}, &o->in[0].shape);
  *(walk *)o->state = walk_create(&o->in[0], &s, 1);
}

static pl_status reduce_reshape(op *o) {
  reduction r;
  TRY(reduce_read(o->node, o->input_count > 1 ? o->constant[1] : NULL, o->in[0].shape.rank, &r));
  set_walk(o, &r);
  return PL_OK;
}

static pl_status global_average_reshape(op *o) {
  const reduction r = {.reduced = {false, false, true, true}, .keep = true};
  set_walk(o, &r);
  return PL_OK;
}

/* What a value counts in its sum. */
static float share(const op *o) {
  return o->class == &ops_ReduceSum ? 1 : (float)((double)ops_out_count(o) / (double)ops_in_count(o));
}

static pl_status reduce_forward(op *o, const buffers *b) {
  const walk *w = o->state;
  const size_t inner = walk_inner(w), count = ops_out_count(o);
  const float *x = b->in[0], factor = share(o);
  float *restrict y = b->out[0];
  memset(y, 0, count * sizeof *y);
  cursor c = {{0}, {0}};
  do {
    if (walk_inner_stride(w, 0))
      for (size_t k = 0; k < inner; k++) y[c.at[0] + k] += x[k];
    else y[c.at[0]] += sum_of(x, inner);
    x += inner;
  } while (walk_next(w, &c));
  for (size_t k = 0; k < count; k++) y[k] *= factor;
  return PL_OK;
}

static pl_status reduce_backward(op *o, const buffers *b) {
  const walk *w = o->state;
  const size_t inner = walk_inner(w);
  const float *dy = b->dout[0], factor = share(o);
  float *restrict dx = b->din[0];
  if (!dx) return PL_OK;
  cursor c = {{0}, {0}};
  do {
    const float *from = dy + c.at[0];
    if (walk_inner_stride(w, 0))
      for (size_t k = 0; k < inner; k++) dx[k] = from[k] * factor;
    else
      for (size_t k = 0; k < inner; k++) dx[k] = *from * factor;
    dx += inner;
  } while (walk_next(w, &c));
  return PL_OK;
}

const op_class ops_ReduceMean = {.type = "ReduceMean",
                                 .infer = reduce_infer,
                                 .create = reduce_create,
                                 .reshape = reduce_reshape,
                                 .forward = reduce_forward,
                                 .backward = reduce_backward,
                                 .free = reduce_free};

const op_class ops_ReduceSum = {.type = "ReduceSum",
                                .infer = reduce_infer,
                                .create = reduce_create,
                                .reshape = reduce_reshape,
                                .forward = reduce_forward,
                                .backward = reduce_backward,
                                .free = reduce_free};

const op_class ops_GlobalAveragePool = {.type = "GlobalAveragePool",
                                        .infer = global_average_infer,
                                        .create = reduce_create,
                                        .reshape = global_average_reshape,
                                        .forward = reduce_forward,
                                        .backward = reduce_backward,
                                        .free = reduce_free};
