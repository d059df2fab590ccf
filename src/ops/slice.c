/* Slice, with steps forward, and Split. Any layout; what they cut is known without the image. */
#include <stdlib.h>
#include <string.h>

#include "walk.h"

/* Part of a tensor: from `start` on, every step-th, along each axis. */
typedef struct part {
  int start[MAX_RANK], step[MAX_RANK];
  shape shape;
} part;

/* Where the part lies in the tensor: a walk over the part in its order, from `offset` on. */
typedef struct place {
  walk walk;
  size_t offset;
} place;

static place place_of(const part *p, const tensor_type *whole) {
  strides s = walk_strides(whole, &whole->shape);
  place at = {.offset = 0};
  for (int d = 0; d < p->shape.rank; d++) {
    at.offset += s.at[d] * (size_t)p->start[d];
    s.at[d] *= (size_t)p->step[d];
  }
  const tensor_type order = {p->shape, whole->layout};
  at.walk = walk_create(&order, &s, 1);
  return at;
}

static void read_part(const place *p, const float *whole, float *restrict out) {
  const size_t inner = walk_inner(&p->walk), stride = walk_inner_stride(&p->walk, 0);
  cursor c = {{0}, {0}};
  do {
    const float *in = whole + p->offset + c.at[0];
    for (size_t k = 0; k < inner; k++) out[k] = in[k * stride];
    out += inner;
  } while (walk_next(&p->walk, &c));
}

static void write_part(const place *p, const float *restrict from, float *whole) {
  const size_t inner = walk_inner(&p->walk), stride = walk_inner_stride(&p->walk, 0);
  cursor c = {{0}, {0}};
  do {
    float *to = whole + p->offset + c.at[0];
    for (size_t k = 0; k < inner; k++) to[k * stride] = from[k];
    from += inner;
  } while (walk_next(&p->walk, &c));
}

/* ---- Slice. starts, ends, axes, steps are attributes up to opset 9, inputs 1 to 4 later ---- */

enum { STARTS, ENDS, AXES, STEPS };

/* How many there are; -1: none are given, -2: not constants of at most one each axis. */
static int read_list(const node *n, const onnx_tensor *const *constant, int which, int64_t *list) {
  static const char *const names[] = {"starts", "ends", "axes", "steps"};
  const onnx_attribute *a = onnx_find(n->source, names[which]);
  const int k = which + 1;
  if (a && a->kind == ONNX_ATTRIBUTE_INTS) {
    if (a->count > MAX_RANK) return -2;
    for (int i = 0; i < a->count; i++) list[i] = a->ints[i];
    return a->count;
  }
  if (k >= n->input_count || !n->source->inputs[k][0]) return -1;
  if (!constant[k] || constant[k]->count > MAX_RANK) return -2;
  onnx_ints(constant[k], list);
  return (int)constant[k]->count;
}

static int64_t within(int64_t at, int size) {
  if (at < 0) at += size;
  return at < 0 ? 0 : at > size ? size : at;
}

static pl_status slice_read(const node *n, const onnx_tensor *const *constant, const shape *in, part *p) {
  int64_t lists[4][MAX_RANK] = {{0}};
  int counts[4];
  *p = (part){.shape = *in};
  for (int d = 0; d < in->rank; d++) p->step[d] = 1;
  for (int k = 0; k < 4; k++)
    if ((counts[k] = read_list(n, constant, k, lists[k])) == -2)
      return status_fail(PL_UNSUPPORTED_OP, "%s: what it cuts is not constant", ops_describe(n));
  if (counts[STARTS] < 0 || counts[ENDS] != counts[STARTS])
    return status_fail(PL_INVALID_MODEL, "%s: its starts and ends do not go together", ops_describe(n));
  for (int k = 0; k < counts[STARTS]; k++) {
    const int64_t axis = k < counts[AXES] ? lists[AXES][k] : k, step = k < counts[STEPS] ? lists[STEPS][k] : 1;
    if (axis < -in->rank || axis >= in->rank)
      return status_fail(PL_INVALID_MODEL, "%s: axis %lld of %d dimensions", ops_describe(n), (long long)axis, in->rank);
    if (step < 1 || step > INT32_MAX)
      return status_fail(PL_UNSUPPORTED_OP, "%s: a step of %lld is not supported", ops_describe(n), (long long)step);
    const int d = (int)(axis < 0 ? axis + in->rank : axis), size = in->dim[d];
    const int64_t start = within(lists[STARTS][k], size), end = within(lists[ENDS][k], size);
    p->start[d] = (int)start;
    p->step[d] = (int)step;
    p->shape.dim[d] = end > start ? (int)((end - start + step - 1) / step) : 0;
  }
  return PL_OK;
}

static pl_status slice_infer(inference *i) {
  part p;
  TRY(infer_inputs(i, 1, 5));
  TRY(slice_read(i->node, i->constant, &i->in[0]->shape, &p));
  return infer_output(i, 0, &p.shape, i->in[0]->layout);
}

static pl_status slice_create(op *o) {
  o->state = calloc(1, sizeof(place));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static void slice_free(op *o) {
  free(o->state);
  o->state = NULL;
}

static pl_status slice_reshape(op *o) {
  part p;
  TRY(slice_read(o->node, o->constant, &o->in[0].shape, &p));
  *(place *)o->state = place_of(&p, &o->in[0]);
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
                            .infer = slice_infer,
                            .create = slice_create,
                            .reshape = slice_reshape,
                            .forward = slice_forward,
                            .backward = slice_backward,
                            .free = slice_free};

/* ---- Split: sizes are an attribute up to opset 12, an input later; where they lack, parts are alike but for the last ---- */

static pl_status split_read(const node *n, const onnx_tensor *const *constant, const shape *in, part *parts) {
  const int64_t axis = onnx_int(n->source, "axis", 0);
  const int count = n->source->output_count;
  const onnx_attribute *found = onnx_find(n->source, "split"), *a = found && found->kind == ONNX_ATTRIBUTE_INTS ? found : NULL;
  const onnx_tensor *t = n->input_count > 1 ? constant[1] : NULL;
  int64_t sizes[MAX_OUTPUTS] = {0};
  if (axis < -in->rank || axis >= in->rank)
    return status_fail(PL_INVALID_MODEL, "%s: axis %lld of %d dimensions", ops_describe(n), (long long)axis, in->rank);
  const int d = (int)(axis < 0 ? axis + in->rank : axis), each = (in->dim[d] + count - 1) / count;
  if (n->input_count > 1 && n->source->inputs[1][0] && !t)
    return status_fail(PL_UNSUPPORTED_OP, "%s: its sizes are not constant", ops_describe(n));
  if ((t && t->count != (size_t)count) || (a && a->count != count))
    return status_fail(PL_INVALID_MODEL, "%s: its sizes are not %d", ops_describe(n), count);
  if (t) onnx_ints(t, sizes);
  int64_t at = 0;
  for (int k = 0; k < count; k++) {
    const int64_t left = in->dim[d] - at, size = t ? sizes[k] : a ? a->ints[k] : left < each ? left : each;
    if (size < 1 || size > left) return status_fail(PL_INVALID_MODEL, "%s: its sizes do not fit %s", ops_describe(n), shape_text(in));
    parts[k] = (part){.shape = *in};
    for (int e = 0; e < in->rank; e++) parts[k].step[e] = 1;
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
  if (!infer_has(i, 0) || i->constant[0]) return status_fail(PL_UNSUPPORTED_OP, "%s: its input is a constant", ops_describe(i->node));
  TRY(split_read(i->node, i->constant, &i->in[0]->shape, parts));
  for (int k = 0; k < i->node->output_count; k++) TRY(infer_output(i, k, &parts[k].shape, i->in[0]->layout));
  return PL_OK;
}

static pl_status split_create(op *o) {
  o->state = calloc(MAX_OUTPUTS, sizeof(place));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static pl_status split_reshape(op *o) {
  part parts[MAX_OUTPUTS];
  place *places = o->state;
  TRY(split_read(o->node, o->constant, &o->in[0].shape, parts));
  for (int k = 0; k < o->output_count; k++) places[k] = place_of(&parts[k], &o->in[0]);
  return PL_OK;
}

static pl_status split_forward(op *o, const buffers *b) {
  const place *places = o->state;
  for (int k = 0; k < o->output_count; k++)
    if (b->out[k]) read_part(&places[k], b->in[0], b->out[k]);
  return PL_OK;
}

/* An output that nothing reads has no gradient. */
static pl_status split_backward(op *o, const buffers *b) {
  const place *places = o->state;
  if (!b->din[0]) return PL_OK;
  memset(b->din[0], 0, ops_in_count(o) * sizeof *b->din[0]);
  for (int k = 0; k < o->output_count; k++)
    if (b->dout[k]) write_part(&places[k], b->dout[k], b->din[0]);
  return PL_OK;
}

const op_class ops_Split = {.type = "Split",
                            .infer = split_infer,
                            .create = split_create,
                            .reshape = split_reshape,
                            .forward = split_forward,
                            .backward = split_backward,
                            .free = slice_free};
