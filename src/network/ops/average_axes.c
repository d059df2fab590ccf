/* A mean over a box is a mean along one axis after the other, with weights: how many positions count is a product too. Exporters
 * write LocalResponseNorm as such a mean over channels. */
#include "network/ops/average_axes.h"

#include <string.h>

#include "network/ops/kernels/window.h"

enum { AXES = 3 };

typedef struct line {
  int kernel, stride, dilation, before, after;
  int in, out;         /* sizes */
  size_t outer, inner; /* lines beside each other, when this one's turn comes */
} line;

typedef struct average_axes {
  bool ceil_mode, count_padding;
  line axes[AXES];
} average_axes;

/* ---- shape ---- */

static pl_status read_axes(const node *n, average_axes *a) {
  int kernel[AXES] = {0}, stride[AXES] = {1, 1, 1}, dilation[AXES] = {1, 1, 1}, pads[2 * AXES] = {0};
  const char *auto_pad = onnx_string(n->source, "auto_pad", "NOTSET");
  *a = (average_axes){.ceil_mode = onnx_int(n->source, "ceil_mode", 0) != 0,
                      .count_padding = onnx_int(n->source, "count_include_pad", 0) != 0};
  if (strcmp(auto_pad, "NOTSET") && strcmp(auto_pad, "VALID"))
    return status_fail(PL_UNSUPPORTED_OP, "%s: auto_pad '%.20s' for %d dimensions", ops_describe(n), auto_pad, AXES);
  TRY(window_list(n, "kernel_shape", 1, AXES, kernel));
  TRY(window_list(n, "strides", 1, AXES, stride));
  TRY(window_list(n, "dilations", 1, AXES, dilation));
  TRY(window_list(n, "pads", 0, 2 * AXES, pads));
  if (!kernel[0]) return status_fail(PL_INVALID_MODEL, "%s: it has no kernel_shape", ops_describe(n));
  for (int k = 0; k < AXES; k++)
    a->axes[k] = (line){
        .kernel = kernel[k], .stride = stride[k], .dilation = dilation[k], .before = pads[k], .after = pads[AXES + k]};
  return PL_OK;
}

static int64_t fit(const average_axes *a, const line *l) {
  return window_count(&(window_line){.size = l->in,
                                     .before = l->before,
                                     .after = l->after,
                                     .reach = (int64_t)(l->kernel - 1) * l->dilation + 1,
                                     .stride = l->stride,
                                     .ceil_mode = a->ceil_mode,
                                     .pools = true});
}

static pl_status fit_axes(const node *n, const shape *in, average_axes *a, shape *out) {
  *out = *in;
  for (int k = 0; k < AXES; k++) {
    a->axes[k].in = in->dim[2 + k];
    const int64_t size = fit(a, &a->axes[k]);
    if (size < 1 || size > INT32_MAX)
      return status_fail(PL_INVALID_MODEL, "%s: its window of %d does not fit into an input of %s", ops_describe(n),
                         a->axes[k].kernel, shape_text(in));
    a->axes[k].out = out->dim[2 + k] = (int)size;
  }
  return PL_OK;
}

pl_status average_axes_infer(inference *i) {
  average_axes a;
  shape out;
  TRY(infer_inputs(i, 1, 1));
  const int rank = i->in[0]->shape.rank;
  if (rank != 2 + AXES)
    return status_fail(PL_INVALID_MODEL, "%s: its kernel_shape does not go with an input of %s", ops_describe(i->node),
                       shape_text(&i->in[0]->shape));
  TRY(read_axes(i->node, &a));
  TRY(fit_axes(i->node, &i->in[0]->shape, &a, &out));
  return infer_output(i, 0, &out, LAYOUT_PLAIN);
}

pl_status average_axes_create(op *o) {
  o->state = memory_allocate(1, sizeof(average_axes));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

/* Axes in turn, the first one first; between two of them values lie in one half of the workspace or the other. */
pl_status average_axes_reshape(op *o) {
  average_axes *a = o->state;
  shape now = o->in[0].shape, out;
  size_t most = 0;
  TRY(read_axes(o->node, a));
  TRY(fit_axes(o->node, &now, a, &out));
  for (int k = 0; k < AXES; k++) {
    line *l = &a->axes[k];
    l->outer = l->inner = 1;
    for (int d = 0; d < 2 + k; d++) l->outer *= (size_t)now.dim[d];
    for (int d = 3 + k; d < now.rank; d++) l->inner *= (size_t)now.dim[d];
    now.dim[2 + k] = l->out;
    if (shape_count(&now) > most) most = shape_count(&now);
  }
  o->workspace = size_product(most, 2 * sizeof(float));
  return PL_OK;
}

/* ---- one axis ---- */

/* The taps [*first, *last) of the window at output `j` that lie in [0, size), when position 0 of the window's axis is `before`. */
static void taps(const line *l, int j, int before, int64_t size, int *first, int *last) {
  const int64_t start = (int64_t)j * l->stride - before, end = size - start;
  const int64_t from = start < 0 ? (-start + l->dilation - 1) / l->dilation : 0;
  const int64_t to = end > 0 ? (end + l->dilation - 1) / l->dilation : 0;
  *last = (int)(to < l->kernel ? to : l->kernel);
  *first = (int)(from < *last ? from : *last);
}

static float share(const average_axes *a, const line *l, int j) {
  int first, last;
  if (a->count_padding) taps(l, j, 0, (int64_t)l->in + l->before + l->after, &first, &last);
  else taps(l, j, l->before, l->in, &first, &last);
  return last > first ? 1 / (float)(last - first) : 0;
}

/* The first float of input line `o` that tap `t` of output `j` reads. */
static size_t tap_at(const line *l, size_t o, int j, int t) {
  const int64_t at = (int64_t)j * l->stride - l->before + (int64_t)t * l->dilation;
  return (o * (size_t)l->in + (size_t)at) * l->inner;
}

static void line_forward(const average_axes *a, const line *l, const float *in, float *restrict out) {
  for (size_t o = 0; o < l->outer; o++)
    for (int j = 0; j < l->out; j++, out += l->inner) {
      int first, last;
      const float factor = share(a, l, j);
      taps(l, j, l->before, l->in, &first, &last);
      memset(out, 0, l->inner * sizeof *out);
      for (int t = first; t < last; t++) {
        const float *from = in + tap_at(l, o, j, t);
        for (size_t k = 0; k < l->inner; k++) out[k] += factor * from[k];
      }
    }
}

static void line_adjoint(const average_axes *a, const line *l, const float *dout, float *restrict din) {
  memset(din, 0, l->outer * (size_t)l->in * l->inner * sizeof *din);
  for (size_t o = 0; o < l->outer; o++)
    for (int j = 0; j < l->out; j++, dout += l->inner) {
      int first, last;
      const float factor = share(a, l, j);
      taps(l, j, l->before, l->in, &first, &last);
      for (int t = first; t < last; t++) {
        float *to = din + tap_at(l, o, j, t);
        for (size_t k = 0; k < l->inner; k++) to[k] += factor * dout[k];
      }
    }
}

/* ---- all axes ---- */

static float *half(const op *o, const buffers *b, int which) {
  return (float *)b->workspace + (which ? (size_t)o->workspace / 2 / sizeof(float) : 0);
}

pl_status average_axes_forward(op *o, const buffers *b) {
  const average_axes *a = o->state;
  const float *from = b->in[0];
  for (int k = 0; k < AXES; k++) {
    float *to = k == AXES - 1 ? b->out[0] : half(o, b, k % 2);
    line_forward(a, &a->axes[k], from, to);
    from = to;
  }
  return PL_OK;
}

pl_status average_axes_backward(op *o, const buffers *b) {
  const average_axes *a = o->state;
  const float *from = b->dout[0];
  if (!b->din[0]) return PL_OK;
  for (int k = AXES - 1; k >= 0; k--) {
    float *to = k == 0 ? b->din[0] : half(o, b, k % 2);
    line_adjoint(a, &a->axes[k], from, to);
    from = to;
  }
  return PL_OK;
}
