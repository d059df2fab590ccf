/* Expand and Tile: a tensor repeated along its axes. Any layout. The input may be a constant whose repeats follow from sizes: a
 * token for every image of a batch. */
#include <string.h>

#include "network/ops/kernels/internal.h"

/* From the outermost axis in memory to the innermost; innermost axes that are not repeated are one. */
typedef struct repeat {
  float *constant; /* the input, where it is one */
  int rank;
  size_t size[MAX_RANK], times[MAX_RANK];
  size_t in[MAX_RANK + 1], out[MAX_RANK + 1]; /* floats of one index of the axis before */
} repeat;

/* ---- shape ---- */

static const shape *input_shape(const inference *i) { return i->constant[0] ? &i->constant[0]->shape : &i->in[0]->shape; }

/* Broadcast both ways: a size of 1 on either side takes the other's. */
static pl_status expand_read(const inference *i, const shape *in, shape *out) {
  int64_t target[MAX_RANK];
  int count;
  TRY(ops_list(i->node, i->known, 1, NULL, "target shape", MAX_RANK, target, &count));
  out->rank = count > in->rank ? count : in->rank;
  for (int d = 1; d <= out->rank; d++) {
    const int64_t from = d > in->rank ? 1 : in->dim[in->rank - d], to = d > count ? 1 : target[count - d];
    if (to < 1 || to > INT32_MAX || (from != to && from != 1 && to != 1))
      return status_fail(PL_INVALID_MODEL, "%s: %s cannot be expanded to %lld on its axis %d from the end", ops_describe(i->node),
                         shape_text(in), (long long)to, d);
    out->dim[out->rank - d] = (int)(from == 1 ? to : from);
  }
  return PL_OK;
}

static pl_status tile_read(const inference *i, const shape *in, shape *out) {
  int64_t repeats[MAX_RANK];
  int count;
  TRY(ops_list(i->node, i->known, 1, NULL, "list of repeats", MAX_RANK, repeats, &count));
  *out = *in;
  if (count != in->rank)
    return status_fail(PL_INVALID_MODEL, "%s: %d repeats of %s", ops_describe(i->node), count, shape_text(in));
  for (int d = 0; d < count; d++) {
    if (repeats[d] < 0 || repeats[d] > INT32_MAX / in->dim[d])
      return status_fail(PL_INVALID_MODEL, "%s: %lld repeats", ops_describe(i->node), (long long)repeats[d]);
    out->dim[d] = (int)(in->dim[d] * repeats[d]);
  }
  return PL_OK;
}

static pl_status repeat_infer(inference *i, pl_status (*read)(const inference *, const shape *, shape *)) {
  shape out;
  TRY(infer_arity(i, 2, 2));
  if (i->constant[0]) TRY(infer_constant(i, 0, "input", -1));
  const shape *in = input_shape(i);
  TRY(read(i, in, &out));
  if (!i->constant[0] && in->rank == 4 && out.rank == 4) return infer_output(i, 0, &out, i->in[0]->layout);
  infer_want_plain(i, 0);
  return infer_output(i, 0, &out, LAYOUT_PLAIN);
}

static pl_status expand_infer(inference *i) { return repeat_infer(i, expand_read); }
static pl_status tile_infer(inference *i) { return repeat_infer(i, tile_read); }

/* ---- create, reshape ---- */

static pl_status repeat_create(op *o) {
  repeat *r = o->state = memory_allocate(1, sizeof *r);
  if (!r) return ops_out_of_memory(o);
  if (o->constant[0] && !(r->constant = ops_floats(o->constant[0]))) return ops_out_of_memory(o);
  return PL_OK;
}

static void repeat_free(op *o) {
  repeat *r = o->state;
  if (r) memory_free(r->constant);
  memory_free(r);
  o->state = NULL;
}

static pl_status repeat_reshape(op *o) {
  repeat *r = o->state;
  const shape *in = o->constant[0] ? &o->constant[0]->shape : &o->in[0].shape, *out = &o->out[0].shape;
  const int missing = out->rank - in->rank;
  int order[MAX_RANK];
  ops_memory_order(&o->out[0], order);
  r->rank = out->rank;
  for (int k = 0; k < r->rank; k++) {
    const int d = order[k];
    r->size[k] = d < missing ? 1 : (size_t)in->dim[d - missing];
    r->times[k] = (size_t)out->dim[d] / r->size[k];
  }
  r->in[r->rank] = r->out[r->rank] = 1;
  for (; r->rank && r->times[r->rank - 1] == 1; r->rank--)
    r->in[r->rank - 1] = r->out[r->rank - 1] = r->in[r->rank] * r->size[r->rank - 1];
  for (int k = r->rank; k-- > 0;) {
    r->in[k] = r->in[k + 1] * r->size[k];
    r->out[k] = r->out[k + 1] * r->size[k] * r->times[k];
  }
  return PL_OK;
}

/* ---- run ---- */

/* One index of the axes before `axis`. */
static void spread(const repeat *r, int axis, const float *in, float *out) {
  if (axis == r->rank) {
    memcpy(out, in, r->in[axis] * sizeof *out);
    return;
  }
  const size_t part = r->size[axis] * r->out[axis + 1];
  for (size_t k = 0; k < r->size[axis]; k++) spread(r, axis + 1, in + k * r->in[axis + 1], out + k * r->out[axis + 1]);
  for (size_t k = 1; k < r->times[axis]; k++) memcpy(out + k * part, out, part * sizeof *out);
}

/* The adjoint: copies are added to the first, which destroys dout. */
static void collect(const repeat *r, int axis, float *dout, float *din) {
  if (axis == r->rank) {
    memcpy(din, dout, r->in[axis] * sizeof *din);
    return;
  }
  const size_t part = r->size[axis] * r->out[axis + 1];
  for (size_t k = 1; k < r->times[axis]; k++) {
    const float *restrict from = dout + k * part;
    float *restrict sum = dout;
    for (size_t i = 0; i < part; i++) sum[i] += from[i];
  }
  for (size_t k = 0; k < r->size[axis]; k++) collect(r, axis + 1, dout + k * r->out[axis + 1], din + k * r->in[axis + 1]);
}

static pl_status repeat_forward(op *o, const buffers *b) {
  const repeat *r = o->state;
  spread(r, 0, r->constant ? r->constant : b->in[0], b->out[0]);
  return PL_OK;
}

static pl_status repeat_backward(op *o, const buffers *b) {
  if (b->din[0]) collect(o->state, 0, b->dout[0], b->din[0]);
  return PL_OK;
}

const op_class ops_Expand = {.type = "Expand",
                             .flags = MOVES | SIZES_AFTER,
                             .infer = expand_infer,
                             .create = repeat_create,
                             .reshape = repeat_reshape,
                             .forward = repeat_forward,
                             .backward = repeat_backward,
                             .free = repeat_free};
const op_class ops_Tile = {.type = "Tile",
                           .flags = MOVES | SIZES_AFTER,
                           .infer = tile_infer,
                           .create = repeat_create,
                           .reshape = repeat_reshape,
                           .forward = repeat_forward,
                           .backward = repeat_backward,
                           .free = repeat_free};
