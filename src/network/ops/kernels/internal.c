#include "network/ops/kernels/internal.h"

#include <string.h>
#include <xnnpack.h>

/* ---- inference ---- */

/* Elements of a constant: as floats, 1 GB. */
enum { MOST_CONSTANT = 1 << 28 };

bool infer_has(const inference *i, int k) { return k < i->node->input_count && (i->in[k] || i->constant[k]); }

pl_status infer_given(const inference *i, int least, int most) {
  const int count = i->node->input_count;
  if (most > MAX_INPUTS) most = MAX_INPUTS;
  if (count > most)
    return status_fail(PL_UNSUPPORTED_OP, "%s has %d inputs, more than the %d that are supported", ops_describe(i->node), count,
                       most);
  for (int k = 0; k < least; k++)
    if (!infer_has(i, k)) return status_fail(PL_INVALID_MODEL, "%s lacks input %d", ops_describe(i->node), k);
  return PL_OK;
}

pl_status infer_arity(const inference *i, int least, int most) {
  TRY(infer_given(i, least, most));
  for (int k = 1; k < i->node->output_count; k++) {
    const int value = i->node->outputs[k];
    if (value >= 0 && i->graph->values[value].consumers > 0)
      return status_fail(PL_UNSUPPORTED_OP, "%s: its output %d is read, which is not supported", ops_describe(i->node), k);
  }
  return PL_OK;
}

/* What values depend on. */
static const char *source_name(const inference *i) { return i->graph->latent.rank ? "latent" : "image"; }

pl_status infer_inputs(const inference *i, int least, int most) {
  TRY(infer_arity(i, least, most));
  if (!i->constant[0]) return PL_OK;
  for (int k = 1; k < i->node->input_count; k++)
    if (i->in[k] && !i->known[k])
      return status_fail(PL_UNSUPPORTED_OP, "%s: its input %d depends on the %s, which is supported of the first one only",
                         ops_describe(i->node), k, source_name(i));
  return status_fail(PL_UNSUPPORTED_OP, "%s: its input is a constant", ops_describe(i->node));
}

pl_status infer_constant(const inference *i, int k, const char *what, int rank) {
  const onnx_tensor *t = i->constant[k];
  if (!t)
    return status_fail(PL_UNSUPPORTED_OP, "%s: its %s depends on the %s, but only constant ones are supported",
                       ops_describe(i->node), what, source_name(i));
  if (rank >= 0 && t->shape.rank != rank)
    return status_fail(PL_INVALID_MODEL, "%s: its %s has %d dimensions, not %d", ops_describe(i->node), what, t->shape.rank,
                       rank);
  if (t->count > MOST_CONSTANT)
    return status_fail(PL_UNSUPPORTED_MODEL, "%s: its %s of %s is too large", ops_describe(i->node), what, shape_text(&t->shape));
  for (int d = 0; d < t->shape.rank; d++)
    if (t->shape.dim[d] < 1) return status_fail(PL_UNSUPPORTED_MODEL, "%s: its %s is empty", ops_describe(i->node), what);
  return PL_OK;
}

pl_status infer_known(const inference *i, int k, const char *what) {
  const onnx_tensor *t = i->known[k];
  if (!t) return status_fail(PL_UNSUPPORTED_OP, "%s: its %s depends on the image", ops_describe(i->node), what);
  if (!t->count) return status_fail(PL_UNSUPPORTED_MODEL, "%s: its %s is empty", ops_describe(i->node), what);
  return PL_OK;
}

static pl_status check_length(const node *n, const char *what, size_t count, int most) {
  if (count <= (size_t)most) return PL_OK;
  return status_fail(PL_UNSUPPORTED_MODEL, "%s: its %s has %zu entries", ops_describe(n), what, count);
}

pl_status ops_list(const node *n, const onnx_tensor *const *known, int k, const char *attribute, const char *what, int most,
                   int64_t *list, int *count) {
  const onnx_attribute *a = attribute ? onnx_find(n->source, attribute) : NULL;
  *count = -1;
  if (k < n->input_count && n->source->inputs[k][0]) {
    if (!known[k]) return status_fail(PL_UNSUPPORTED_OP, "%s: its %s depends on the image", ops_describe(n), what);
    TRY(check_length(n, what, known[k]->count, most));
    onnx_ints(known[k], list);
    *count = (int)known[k]->count;
  } else if (a && a->kind == ONNX_ATTRIBUTE_INTS) {
    TRY(check_length(n, what, (size_t)a->count, most));
    memcpy(list, a->ints, (size_t)a->count * sizeof *list);
    *count = a->count;
  }
  return PL_OK;
}

pl_status infer_output(inference *i, int k, const shape *s, layout l) {
  int64_t count = 1;
  for (int d = 0; d < s->rank; d++) {
    if (s->dim[d] < 0) return status_fail(PL_INVALID_MODEL, "%s: its output would be %s", ops_describe(i->node), shape_text(s));
    count *= s->dim[d];
    if (count > INT32_MAX)
      return status_fail(PL_UNSUPPORTED_MODEL, "%s: its output of %s is too large", ops_describe(i->node), shape_text(s));
  }
  i->out[k] = (tensor_type){*s, s->rank == 4 ? l : LAYOUT_PLAIN};
  return PL_OK;
}

pl_status infer_same(inference *i) { return infer_output(i, 0, &i->in[0]->shape, i->in[0]->layout); }

pl_status infer_image(const inference *i) {
  if (i->in[0]->shape.rank == 4) return PL_OK;
  return status_fail(PL_UNSUPPORTED_OP, "%s: its input is %s, but only N x C x H x W and N x C x L are supported",
                     ops_describe(i->node), shape_text(&i->in[0]->shape));
}

bool layout_free(const shape *s) { return s->rank != 4 || s->dim[1] == 1 || (s->dim[2] == 1 && s->dim[3] == 1); }

void infer_want_plain(inference *i, int k) {
  if (i->in[k] && !layout_free(&i->in[k]->shape)) i->wants[k] = LAYOUT_PLAIN;
}

pl_status ops_axis(const node *n, int64_t axis, int rank, int *result) {
  if (axis < -rank || axis >= rank)
    return status_fail(PL_INVALID_MODEL, "%s: axis %lld of %d dimensions", ops_describe(n), (long long)axis, rank);
  *result = (int)(axis < 0 ? axis + rank : axis);
  return PL_OK;
}

pl_status ops_mark_axes(const node *n, const int64_t *axes, int count, int rank, bool *marked) {
  for (int k = 0; k < count; k++) {
    int axis;
    TRY(ops_axis(n, axes[k], rank, &axis));
    marked[axis] = true;
  }
  return PL_OK;
}

/* ---- running ---- */

void ops_memory_order(const tensor_type *t, int order[MAX_RANK]) {
  static const int channels_last[] = {0, 2, 3, 1};
  for (int k = 0; k < t->shape.rank; k++)
    order[k] = t->shape.rank == 4 && t->layout == LAYOUT_CHANNELS_LAST ? channels_last[k] : k;
}

pl_status ops_out_of_memory(const op *o) { return status_no_memory("for %s", ops_describe(o->node)); }

size_t ops_in_count(const op *o) { return shape_count(&o->in[0].shape); }
size_t ops_out_count(const op *o) { return shape_count(&o->out[0].shape); }

float *ops_floats(const onnx_tensor *t) {
  float *values = memory_allocate(t->count, sizeof *values);
  if (values) onnx_floats(t, values);
  return values;
}

float *ops_copy(const float *x, int count) {
  float *y = memory_allocate((size_t)count, sizeof *y);
  if (y) memcpy(y, x, (size_t)count * sizeof *y);
  return y;
}

pl_status ops_xnn(const node *n, int status) {
  if (status == xnn_status_success) return PL_OK;
  if (status == xnn_status_out_of_memory) return status_no_memory("for %s", ops_describe(n));
  return status_fail(PL_INTERNAL, "%s: XNNPACK refused it with status %d", ops_describe(n), status);
}
