/* The same values under another shape. Plain order, unless both layouts are the same order. */
#include <string.h>

#include "network/ops/kernels/internal.h"
#include "network/ops/units.h"

/* ---- run: a copy ---- */

static pl_status copy_forward(op *o, const buffers *b) {
  memcpy(b->out[0], b->in[0], ops_out_count(o) * sizeof *b->out[0]);
  return PL_OK;
}

static pl_status copy_backward(op *o, const buffers *b) {
  if (b->din[0]) memcpy(b->din[0], b->dout[0], ops_out_count(o) * sizeof *b->din[0]);
  return PL_OK;
}

/* Operators after a convolution's 1x1 output then find what they want. */
static layout reshaped_layout(const shape *s) { return s->rank == 4 && layout_free(s) ? LAYOUT_CHANNELS_LAST : LAYOUT_PLAIN; }

static pl_status reshaped(inference *i, const shape *out) {
  const shape *in = &i->in[0]->shape;
  if (shape_equal(in, out)) return infer_output(i, 0, out, i->in[0]->layout);
  TRY(infer_output(i, 0, out, reshaped_layout(out)));
  if (shape_count(out) != shape_count(in))
    return status_fail(PL_INVALID_MODEL, "%s: %s cannot become %s", ops_describe(i->node), shape_text(in), shape_text(out));
  infer_want_plain(i, 0);
  return PL_OK;
}

/* ---- Flatten ---- */

static pl_status flatten_infer(inference *i) {
  TRY(infer_inputs(i, 1, 1));
  const shape *in = &i->in[0]->shape;
  const int64_t axis = onnx_int(i->node->source, "axis", 1), at = axis < 0 ? axis + in->rank : axis;
  if (at < 0 || at > in->rank)
    return status_fail(PL_INVALID_MODEL, "%s: axis %lld of %d dimensions", ops_describe(i->node), (long long)axis, in->rank);
  int64_t size[2] = {1, 1};
  for (int d = 0; d < in->rank; d++) size[d >= at] *= in->dim[d]; /* the whole fits into 31 bits */
  return reshaped(i, &(shape){2, {(int)size[0], (int)size[1]}});
}

const op_class ops_Flatten = {.type = "Flatten",
                              .flags = MOVES | RESHAPES,
                              .infer = flatten_infer,
                              .forward = copy_forward,
                              .backward = copy_backward,
                              .units = units_reshaped};

/* ---- Reshape ---- */

/* The target's sizes with 0 replaced; `open` is the entry that is -1, or -1; the product of all others. */
static pl_status fill_target(const inference *i, int64_t *target, int count, int *open, int64_t *product) {
  const shape *in = &i->in[0]->shape;
  const bool zero_is_zero = onnx_int(i->node->source, "allowzero", 0) != 0;
  *open = -1;
  *product = 1;
  for (int d = 0; d < count; d++) {
    if (target[d] == 0 && !zero_is_zero && d < in->rank) target[d] = in->dim[d];
    if (target[d] == -1 && *open < 0) *open = d;
    else if (target[d] < 1 || target[d] > INT32_MAX || (*product *= target[d]) > INT32_MAX)
      return status_fail(PL_INVALID_MODEL, "%s: its target has %lld", ops_describe(i->node), (long long)target[d]);
  }
  return PL_OK;
}

/* Files made for a fixed number of images, mostly one, say it where the batch stands: it becomes the batch where each image's
 * values fit. product: of all sizes but the open one. */
static bool is_fixed_batch(const inference *i, const int64_t *target, int count, int open, int64_t product) {
  const shape *in = &i->in[0]->shape;
  if (count < 2 || in->rank < 1 || target[0] < 1 || target[0] == in->dim[0] || in->dim[0] != i->batch) return false;
  if (target[0] != 1 && target[0] != i->graph->batch) return false;
  const int64_t each = (int64_t)shape_count(in) / in->dim[0], rest = product / target[0];
  return open > 0 ? each % rest == 0 : each == rest;
}

static pl_status reshape_infer(inference *i) {
  TRY(infer_inputs(i, 2, 2));
  const shape *in = &i->in[0]->shape;
  int64_t target[MAX_RANK], product;
  int count, open;
  TRY(ops_list(i->node, i->known, 1, NULL, "target shape", MAX_RANK, target, &count));
  TRY(fill_target(i, target, count, &open, &product));
  if (is_fixed_batch(i, target, count, open, product)) {
    product = product / target[0] * in->dim[0];
    target[0] = in->dim[0];
  }
  if (open >= 0) target[open] = (int64_t)shape_count(in) / product;
  shape out = {count, {0}};
  for (int d = 0; d < count; d++) out.dim[d] = (int)target[d];
  return reshaped(i, &out);
}

const op_class ops_Reshape = {.type = "Reshape",
                              .flags = MOVES | RESHAPES | SIZES_AFTER,
                              .infer = reshape_infer,
                              .forward = copy_forward,
                              .backward = copy_backward,
                              .units = units_reshaped};

/* ---- Squeeze, Unsqueeze. Axes are an attribute up to opset 12, an input later ---- */

static pl_status read_axes(const inference *i, int64_t *axes, int *count) {
  TRY(ops_list(i->node, i->known, 1, "axes", "list of axes", MAX_RANK, axes, count));
  if (*count < 0) *count = 0;
  return PL_OK;
}

static pl_status squeeze_infer(inference *i) {
  TRY(infer_inputs(i, 1, 2));
  const shape *in = &i->in[0]->shape;
  bool marked[MAX_RANK] = {false};
  int64_t axes[MAX_RANK];
  int marks;
  TRY(read_axes(i, axes, &marks));
  TRY(ops_mark_axes(i->node, axes, marks, in->rank, marked));
  shape out = {0};
  for (int d = 0; d < in->rank; d++) {
    if (marks && marked[d] && in->dim[d] != 1)
      return status_fail(PL_INVALID_MODEL, "%s: axis %d of %s is not 1", ops_describe(i->node), d, shape_text(in));
    if (marks ? !marked[d] : in->dim[d] != 1) out.dim[out.rank++] = in->dim[d];
  }
  return reshaped(i, &out);
}

static pl_status unsqueeze_infer(inference *i) {
  TRY(infer_inputs(i, 1, 2));
  const shape *in = &i->in[0]->shape;
  bool marked[MAX_RANK] = {false};
  int64_t axes[MAX_RANK];
  int marks;
  TRY(read_axes(i, axes, &marks));
  if (marks > MAX_RANK - in->rank)
    return status_fail(PL_UNSUPPORTED_MODEL, "%s: more than %d dimensions", ops_describe(i->node), MAX_RANK);
  shape out = {in->rank + marks, {0}};
  TRY(ops_mark_axes(i->node, axes, marks, out.rank, marked));
  int next = 0;
  for (int d = 0; d < out.rank; d++) {
    if (!marked[d] && next == in->rank) return status_fail(PL_INVALID_MODEL, "%s: an axis is given twice", ops_describe(i->node));
    out.dim[d] = marked[d] ? 1 : in->dim[next++];
  }
  return reshaped(i, &out);
}

const op_class ops_Squeeze = {.type = "Squeeze",
                              .flags = MOVES | RESHAPES | SIZES_AFTER,
                              .infer = squeeze_infer,
                              .forward = copy_forward,
                              .backward = copy_backward,
                              .units = units_reshaped};
const op_class ops_Unsqueeze = {.type = "Unsqueeze",
                                .flags = MOVES | RESHAPES | SIZES_AFTER,
                                .infer = unsqueeze_infer,
                                .forward = copy_forward,
                                .backward = copy_backward,
                                .units = units_reshaped};

/* ---- Cast: between floats it does nothing, truth is 0 or 1 as comparisons have it ---- */

static bool to_truth(const node *n) { return onnx_int(n->source, "to", 0) == ONNX_BOOL; }

static pl_status cast_infer(inference *i) {
  TRY(infer_inputs(i, 1, 1));
  const int64_t to = onnx_int(i->node->source, "to", 0);
  if (to != ONNX_FLOAT && to != ONNX_FLOAT16 && to != ONNX_DOUBLE && to != ONNX_BOOL)
    return status_fail(PL_UNSUPPORTED_OP, "%s: a cast to type %lld", ops_describe(i->node), (long long)to);
  return infer_same(i);
}

static pl_status cast_forward(op *o, const buffers *b) {
  if (!to_truth(o->node)) return copy_forward(o, b);
  for (size_t k = 0; k < ops_out_count(o); k++) b->out[0][k] = b->in[0][k] != 0;
  return PL_OK;
}

static pl_status cast_backward(op *o, const buffers *b) {
  if (!to_truth(o->node)) return copy_backward(o, b);
  if (b->din[0]) memset(b->din[0], 0, ops_out_count(o) * sizeof *b->din[0]);
  return PL_OK;
}

/* ---- what does nothing ---- */

static pl_status identity_infer(inference *i) {
  TRY(infer_inputs(i, 1, 3));
  return infer_same(i);
}

static pl_status constant_infer(inference *i) {
  return status_fail(PL_UNSUPPORTED_OP, "%s: a constant without a value that can be read", ops_describe(i->node));
}

const op_class ops_Cast = {.type = "Cast", .infer = cast_infer, .forward = cast_forward, .backward = cast_backward};
const op_class ops_Identity = {
    .type = "Identity", .flags = DOES_NOTHING, .infer = identity_infer, .forward = copy_forward, .backward = copy_backward};
const op_class ops_Dropout = {
    .type = "Dropout", .flags = DOES_NOTHING, .infer = identity_infer, .forward = copy_forward, .backward = copy_backward};
const op_class ops_Constant = {
    .type = "Constant", .flags = DOES_NOTHING, .infer = constant_infer, .forward = copy_forward, .backward = copy_backward};
