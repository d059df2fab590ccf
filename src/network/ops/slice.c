/* Slice and Split. Any layout; what they cut is known without the image. */
#include <string.h>

#include "network/ops/kernels/walk.h"
#include "network/ops/units.h"

/* Part of a tensor: from `start` on, every step-th, along each axis. A step backward is a stride that wraps around: unsigned sums
 * come out right. */
typedef struct part {
  int start[MAX_RANK], step[MAX_RANK];
  shape shape;
} part;

static part whole_part(const shape *s) {
  part p = {.shape = *s};
  for (int d = 0; d < s->rank; d++) p.step[d] = 1;
  return p;
}

/* Where the part lies in the tensor: a walk over the part in its order, from `offset` on. */
typedef struct route {
  walk walk;
  size_t offset;
} route;

static route route_of(const part *p, const tensor_type *whole) {
  strides s = walk_strides(whole, &whole->shape);
  route at = {.offset = 0};
  for (int d = 0; d < p->shape.rank; d++) {
    at.offset += s.at[d] * (size_t)p->start[d];
    s.at[d] *= (size_t)p->step[d];
  }
  const tensor_type order = {p->shape, whole->layout};
  at.walk = walk_create(&order, &s, 1);
  return at;
}

static void read_part(const route *r, const float *whole, float *restrict out) {
  const size_t inner = walk_inner(&r->walk), stride = walk_inner_stride(&r->walk, 0);
  cursor c = {{0}, {0}};
  do {
    const size_t at = r->offset + c.at[0];
    for (size_t k = 0; k < inner; k++) out[k] = whole[at + k * stride];
    out += inner;
  } while (walk_next(&r->walk, &c));
}

static void write_part(const route *r, const float *restrict from, float *whole) {
  const size_t inner = walk_inner(&r->walk), stride = walk_inner_stride(&r->walk, 0);
  cursor c = {{0}, {0}};
  do {
    const size_t at = r->offset + c.at[0];
    for (size_t k = 0; k < inner; k++) whole[at + k * stride] = from[k];
    from += inner;
  } while (walk_next(&r->walk, &c));
}

/* ---- Slice. starts, ends, axes, steps are attributes up to opset 9, inputs 1 to 4 later ---- */

enum { STARTS, ENDS, AXES, STEPS };

/* Where a cut begins and ends: what lies outside is cut off. Backward, it may end before the first element. */
static int64_t within(int64_t at, int size, int64_t low, int64_t high) {
  if (at < 0) at += size;
  return at < low ? low : at > high ? high : at;
}

static pl_status cut_axis(const node *n, int64_t start, int64_t end, int64_t step, int axis, part *p) {
  const int size = p->shape.dim[axis];
  const bool back = step < 0;
  if (step == 0) return status_fail(PL_INVALID_MODEL, "%s: a step of 0", ops_describe(n));
  if (step < -INT32_MAX) step = -INT32_MAX;
  if (step > INT32_MAX) step = INT32_MAX;
  start = within(start, size, 0, back ? size - 1 : size);
  end = within(end, size, back ? -1 : 0, back ? size - 1 : size);
  const int64_t way = back ? start - end : end - start, stride = back ? -step : step;
  p->start[axis] = (int)start;
  p->step[axis] = (int)step;
  p->shape.dim[axis] = way > 0 ? (int)((way + stride - 1) / stride) : 0;
  return PL_OK;
}

static pl_status slice_read(const node *n, const onnx_tensor *const *known, const shape *in, part *p) {
  static const char *const names[] = {"starts", "ends", "axes", NULL};
  int64_t lists[4][MAX_RANK];
  int counts[4];
  bool cut[MAX_RANK] = {false};
  for (int k = 0; k < 4; k++) TRY(ops_list(n, known, k + 1, names[k], "list of cuts", MAX_RANK, lists[k], &counts[k]));
  const int count = counts[STARTS];
  if (count < 0 || counts[ENDS] != count || (counts[AXES] >= 0 && counts[AXES] != count) ||
      (counts[STEPS] >= 0 && counts[STEPS] != count))
    return status_fail(PL_INVALID_MODEL, "%s: its starts and ends do not go together", ops_describe(n));
  *p = whole_part(in);
  for (int k = 0; k < count; k++) {
    const int64_t axis = counts[AXES] < 0 ? k : lists[AXES][k] < 0 ? lists[AXES][k] + in->rank : lists[AXES][k];
    if (axis < 0 || axis >= in->rank || cut[axis])
      return status_fail(PL_INVALID_MODEL, "%s: its axes do not go with %s", ops_describe(n), shape_text(in));
    cut[axis] = true;
    TRY(cut_axis(n, lists[STARTS][k], lists[ENDS][k], counts[STEPS] < 0 ? 1 : lists[STEPS][k], (int)axis, p));
  }
  return PL_OK;
}

static pl_status slice_infer(inference *i) {
  part p;
  TRY(infer_inputs(i, 1, 5));
  TRY(slice_read(i->node, i->known, &i->in[0]->shape, &p));
  return infer_output(i, 0, &p.shape, i->in[0]->layout);
}

static void part_units(const part *p, const spans *in, spans *out) {
  *out = (spans){0};
  for (int d = 0; d < in->rank; d++) {
    const span whole = spans_whole(in, d);
    if (p->step[d] == 1 && p->shape.dim[d] == whole.size) spans_add(out, in, d);
    else spans_add_span(out, span_cut(whole, p->start[d], p->step[d], p->shape.dim[d]));
  }
}

static void slice_units(const inference *i, const spans *const *in, int k, spans *out) {
  part p;
  units_lost(i, in, k, out);
  if (in[0] && slice_read(i->node, i->known, &i->in[0]->shape, &p) == PL_OK) part_units(&p, in[0], out);
}

static pl_status slice_create(op *o) {
  o->state = memory_allocate(1, sizeof(route));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static void slice_free(op *o) {
  memory_free(o->state);
  o->state = NULL;
}

static pl_status slice_reshape(op *o) {
  part p;
  TRY(slice_read(o->node, o->known, &o->in[0].shape, &p));
  *(route *)o->state = route_of(&p, &o->in[0]);
  return PL_OK;
}

static pl_status slice_forward(op *o, const buffers *b) {
  read_part(o->state, b->in[0], b->out[0]);
  return PL_OK;
}

static pl_status slice_backward(op *o, const buffers *b) {
  if (!b->din[0]) return PL_OK;
  memset(b->din[0], 0, ops_in_count(o) * sizeof *b->din[0]);
  write_part(o->state, b->dout[0], b->din[0]);
  return PL_OK;
}

const op_class ops_Slice = {.type = "Slice",
                            .flags = MOVES | SIZES_AFTER,
                            .infer = slice_infer,
                            .create = slice_create,
                            .reshape = slice_reshape,
                            .forward = slice_forward,
                            .backward = slice_backward,
                            .free = slice_free,
                            .units = slice_units};

/* ---- Split: sizes are an attribute up to opset 12, an input later; where they lack, parts are alike but for the last ---- */

static pl_status split_read(const node *n, const onnx_tensor *const *known, const shape *in, part *parts) {
  const int64_t axis = onnx_int(n->source, "axis", 0);
  const int count = n->source->output_count;
  int64_t sizes[MAX_OUTPUTS], at = 0;
  int given;
  if (axis < -in->rank || axis >= in->rank)
    return status_fail(PL_INVALID_MODEL, "%s: axis %lld of %d dimensions", ops_describe(n), (long long)axis, in->rank);
  const int d = (int)(axis < 0 ? axis + in->rank : axis), each = (int)(((int64_t)in->dim[d] + count - 1) / count);
  TRY(ops_list(n, known, 1, "split", "list of sizes", MAX_OUTPUTS, sizes, &given));
  if (given >= 0 && given != count) return status_fail(PL_INVALID_MODEL, "%s: its sizes are not %d", ops_describe(n), count);
  for (int k = 0; k < count; k++) {
    const int64_t left = in->dim[d] - at, size = given >= 0 ? sizes[k] : left < each ? left : each;
    if (size < 0 || size > left)
      return status_fail(PL_INVALID_MODEL, "%s: its sizes do not fit %s", ops_describe(n), shape_text(in));
    parts[k] = whole_part(in);
    parts[k].start[d] = (int)at;
    parts[k].shape.dim[d] = (int)size;
    at += size;
  }
  if (at == in->dim[d]) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "%s: its sizes do not fill %s", ops_describe(n), shape_text(in));
}

static pl_status split_infer(inference *i) {
  part parts[MAX_OUTPUTS];
  if (i->node->source->output_count > MAX_OUTPUTS)
    return status_fail(PL_UNSUPPORTED_OP, "%s: more than %d outputs", ops_describe(i->node), MAX_OUTPUTS);
  if (!infer_has(i, 0) || i->constant[0])
    return status_fail(PL_UNSUPPORTED_OP, "%s: its input is a constant", ops_describe(i->node));
  TRY(split_read(i->node, i->known, &i->in[0]->shape, parts));
  for (int k = 0; k < i->node->output_count; k++) TRY(infer_output(i, k, &parts[k].shape, i->in[0]->layout));
  return PL_OK;
}

static void split_units(const inference *i, const spans *const *in, int k, spans *out) {
  part parts[MAX_OUTPUTS];
  units_lost(i, in, k, out);
  if (in[0] && split_read(i->node, i->known, &i->in[0]->shape, parts) == PL_OK) part_units(&parts[k], in[0], out);
}

static pl_status split_create(op *o) {
  o->state = memory_allocate(MAX_OUTPUTS, sizeof(route));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static pl_status split_reshape(op *o) {
  part parts[MAX_OUTPUTS];
  route *routes = o->state;
  TRY(split_read(o->node, o->known, &o->in[0].shape, parts));
  for (int k = 0; k < o->output_count; k++)
    if (shape_count(&parts[k].shape)) routes[k] = route_of(&parts[k], &o->in[0]);
  return PL_OK;
}

static pl_status split_forward(op *o, const buffers *b) {
  const route *routes = o->state;
  for (int k = 0; k < o->output_count; k++)
    if (b->out[k]) read_part(&routes[k], b->in[0], b->out[k]);
  return PL_OK;
}

/* An output that nothing reads has no gradient. */
static pl_status split_backward(op *o, const buffers *b) {
  const route *routes = o->state;
  if (!b->din[0]) return PL_OK;
  memset(b->din[0], 0, ops_in_count(o) * sizeof *b->din[0]);
  for (int k = 0; k < o->output_count; k++)
    if (b->dout[k]) write_part(&routes[k], b->dout[k], b->din[0]);
  return PL_OK;
}

const op_class ops_Split = {.type = "Split",
                            .flags = MOVES | SIZES_AFTER,
                            .infer = split_infer,
                            .create = split_create,
                            .reshape = split_reshape,
                            .forward = split_forward,
                            .backward = split_backward,
                            .free = slice_free,
                            .units = split_units};
