/* Pad: zeros or another constant, a mirror image, or the border around a tensor; negative sizes cut off. Any layout. */
#include <string.h>

#include "network/ops/kernels/internal.h"

typedef struct axis_map {
  int in, out; /* sizes */
  int before;  /* may be negative */
} axis_map;

typedef enum pad_mode { PAD_CONSTANT, PAD_REFLECT, PAD_EDGE } pad_mode;

typedef struct padding {
  pad_mode mode;
  int before[MAX_RANK], after[MAX_RANK]; /* by axis */
  float value;
  int rank; /* of what follows: axes in the order of memory, outermost first */
  axis_map axes[MAX_RANK];
  size_t inner; /* floats that lie together in the innermost axes, which have no padding */
} padding;

/* ---- shape ---- */

static pl_status read_mode(const node *n, padding *p) {
  const char *mode = onnx_string(n->source, "mode", "constant");
  if (strcmp(mode, "constant") == 0) p->mode = PAD_CONSTANT;
  else if (strcmp(mode, "reflect") == 0) p->mode = PAD_REFLECT;
  else if (strcmp(mode, "edge") == 0) p->mode = PAD_EDGE;
  else return status_fail(PL_UNSUPPORTED_OP, "%s: mode '%.20s'", ops_describe(n), mode);
  return PL_OK;
}

/* Sizes for all axes or, from opset 18 on, for the axes that a fourth input lists. */
static pl_status set_sizes(const node *n, const int64_t *pads, int count, const int64_t *axes, int axis_count, int rank,
                           padding *p) {
  if (count != 2 * axis_count)
    return status_fail(PL_INVALID_MODEL, "%s: %d sizes for %d axes", ops_describe(n), count, axis_count);
  for (int k = 0; k < axis_count; k++) {
    int axis;
    TRY(ops_axis(n, axes[k], rank, &axis));
    for (int side = 0; side < 2; side++) {
      const int64_t size = pads[k + side * axis_count];
      if (size < -(1 << 15) || size > 1 << 15)
        return status_fail(PL_UNSUPPORTED_OP, "%s: a padding of %lld", ops_describe(n), (long long)size);
      (side ? p->after : p->before)[axis] = (int)size;
    }
  }
  return PL_OK;
}

static pl_status pad_read(const node *n, const onnx_tensor *const *known, int rank, padding *p) {
  int64_t pads[2 * MAX_RANK], axes[MAX_RANK] = {0, 1, 2, 3, 4, 5};
  int count, axis_count;
  *p = (padding){.value = onnx_float(n->source, "value", 0)};
  TRY(read_mode(n, p));
  TRY(ops_list(n, known, 1, "pads", "padding", 2 * MAX_RANK, pads, &count));
  TRY(ops_list(n, known, 3, NULL, "list of axes", MAX_RANK, axes, &axis_count));
  if (n->input_count > 2 && n->source->inputs[2][0]) {
    if (!known[2]) return status_fail(PL_UNSUPPORTED_OP, "%s: its value depends on the image", ops_describe(n));
    if (known[2]->count == 1) onnx_floats(known[2], &p->value);
  }
  return set_sizes(n, pads, count, axes, axis_count < 0 ? rank : axis_count, rank, p);
}

static pl_status pad_infer(inference *i) {
  TRY(infer_inputs(i, 1, 4));
  padding p;
  shape out = i->in[0]->shape;
  TRY(pad_read(i->node, i->known, out.rank, &p));
  for (int d = 0; d < out.rank; d++) {
    const int64_t in = out.dim[d], size = in + p.before[d] + p.after[d];
    const bool mirrors = p.mode == PAD_REFLECT && (p.before[d] >= in || p.after[d] >= in);
    if (size < 1 || size > INT32_MAX || mirrors || in + p.before[d] < 1 || in + p.after[d] < 1)
      return status_fail(PL_INVALID_MODEL, "%s: padding of %d and %d around %s", ops_describe(i->node), p.before[d], p.after[d],
                         shape_text(&i->in[0]->shape));
    out.dim[d] = (int)size;
  }
  return infer_output(i, 0, &out, i->in[0]->layout);
}

static pl_status pad_create(op *o) {
  o->state = memory_allocate(1, sizeof(padding));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static void pad_free(op *o) {
  memory_free(o->state);
  o->state = NULL;
}

static pl_status pad_reshape(op *o) {
  padding *p = o->state;
  int order[MAX_RANK];
  const shape *in = &o->in[0].shape, *out = &o->out[0].shape;
  TRY(pad_read(o->node, o->known, in->rank, p));
  p->rank = in->rank;
  ops_memory_order(&o->in[0], order);
  for (int k = 0; k < in->rank; k++) {
    const int d = order[k];
    p->axes[k] = (axis_map){in->dim[d], out->dim[d], p->before[d]};
  }
  p->inner = 1;
  for (; p->rank > 0; p->rank--) {
    const axis_map *a = &p->axes[p->rank - 1];
    if (a->in != a->out || a->before) break;
    p->inner *= (size_t)a->in;
  }
  return PL_OK;
}

/* ---- run ---- */

/* The input index that output index `at` shows, or -1. */
static int64_t source(const padding *p, const axis_map *a, int at) {
  const int64_t k = (int64_t)at - a->before, last = (int64_t)a->in - 1;
  if (k >= 0 && k <= last) return k;
  if (p->mode == PAD_CONSTANT) return -1;
  if (p->mode == PAD_EDGE) return k < 0 ? 0 : last;
  return k < 0 ? -k : 2 * last - k;
}

/* The float where the input's run for an output index per axis begins; false where it is padding. */
static bool locate(const padding *p, const int *index, size_t *at) {
  *at = 0;
  for (int d = 0; d < p->rank; d++) {
    const int64_t k = source(p, &p->axes[d], index[d]);
    if (k < 0) return false;
    *at = *at * (size_t)p->axes[d].in + (size_t)k;
  }
  *at *= p->inner;
  return true;
}

static bool next_index(const padding *p, int *index) {
  for (int d = p->rank - 1; d >= 0; d--) {
    if (++index[d] < p->axes[d].out) return true;
    index[d] = 0;
  }
  return false;
}

static pl_status pad_forward(op *o, const buffers *b) {
  const padding *p = o->state;
  float *out = b->out[0];
  int index[MAX_RANK] = {0};
  do {
    size_t at;
    if (locate(p, index, &at)) memcpy(out, b->in[0] + at, p->inner * sizeof *out);
    else
      for (size_t k = 0; k < p->inner; k++) out[k] = p->value;
    out += p->inner;
  } while (next_index(p, index));
  return PL_OK;
}

static pl_status pad_backward(op *o, const buffers *b) {
  const padding *p = o->state;
  const float *dout = b->dout[0];
  float *din = b->din[0];
  if (!din) return PL_OK;
  int index[MAX_RANK] = {0};
  memset(din, 0, ops_in_count(o) * sizeof *din);
  do {
    size_t at;
    if (locate(p, index, &at))
      for (size_t k = 0; k < p->inner; k++) din[at + k] += dout[k];
    dout += p->inner;
  } while (next_index(p, index));
  return PL_OK;
}

const op_class ops_Pad = {.type = "Pad",
                          .flags = SIZES_AFTER,
                          .infer = pad_infer,
                          .create = pad_create,
                          .reshape = pad_reshape,
                          .forward = pad_forward,
                          .backward = pad_backward,
                          .free = pad_free};
