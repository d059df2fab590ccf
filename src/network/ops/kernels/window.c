#include "network/ops/kernels/window.h"

#include <string.h>

/* No network comes near it, and sums of products of these fit into 64 bits. */
enum { LARGEST = 1 << 15 };

pl_status window_list(const node *n, const char *name, int64_t least, int count, int *values) {
  const onnx_attribute *a = onnx_find(n->source, name);
  if (!a) return PL_OK;
  if (a->kind != ONNX_ATTRIBUTE_INTS || a->count != count)
    return status_fail(PL_INVALID_MODEL, "%s: %s has not %d entries, as its dimensions want", ops_describe(n), name, count);
  for (int k = 0; k < count; k++) {
    if (a->ints[k] < least || a->ints[k] > LARGEST)
      return status_fail(PL_INVALID_MODEL, "%s: %s is %lld", ops_describe(n), name, (long long)a->ints[k]);
    values[k] = (int)a->ints[k];
  }
  return PL_OK;
}

static pl_status read_pads(const node *n, window *w) {
  const char *kind = onnx_string(n->source, "auto_pad", "NOTSET");
  w->pads = strcmp(kind, "SAME_UPPER") == 0   ? WINDOW_SAME_UPPER
            : strcmp(kind, "SAME_LOWER") == 0 ? WINDOW_SAME_LOWER
                                              : WINDOW_EXPLICIT;
  if (strcmp(kind, "NOTSET") != 0) {
    if (w->pads == WINDOW_EXPLICIT && strcmp(kind, "VALID") != 0)
      return status_fail(PL_INVALID_MODEL, "%s: auto_pad is '%.20s'", ops_describe(n), kind);
    return PL_OK;
  }
  const onnx_attribute *a = onnx_find(n->source, "pads");
  if (!a) return PL_OK;
  if (a->kind != ONNX_ATTRIBUTE_INTS || a->count != 2 * w->axes)
    return status_fail(PL_INVALID_MODEL, "%s: pads has not two entries for each of its %d dimensions", ops_describe(n), w->axes);
  for (int k = 0; k < a->count; k++)
    if (a->ints[k] < 0 || a->ints[k] > LARGEST)
      return status_fail(PL_UNSUPPORTED_OP, "%s: padding of %lld", ops_describe(n), (long long)a->ints[k]);
  for (int k = 0; k < w->axes; k++) {
    w->before[2 - w->axes + k] = (int)a->ints[k];
    w->after[2 - w->axes + k] = (int)a->ints[w->axes + k];
  }
  return PL_OK;
}

static pl_status read_window(const node *n, window *w) {
  w->ceil_mode = onnx_int(n->source, "ceil_mode", 0) != 0;
  TRY(window_list(n, "kernel_shape", 1, w->axes, w->kernel + 2 - w->axes));
  TRY(window_list(n, "strides", 1, w->axes, w->stride + 2 - w->axes));
  TRY(window_list(n, "dilations", 1, w->axes, w->dilation + 2 - w->axes));
  if (w->kernel[0] < 1 || w->kernel[1] < 1 || w->kernel[0] > LARGEST || w->kernel[1] > LARGEST)
    return status_fail(PL_INVALID_MODEL, "%s: its kernel is %dx%d", ops_describe(n), w->kernel[0], w->kernel[1]);
  TRY(read_pads(n, w));
  if (w->kernel[0] == 1 && w->kernel[1] == 1) w->pads = WINDOW_EXPLICIT; /* SAME is none */
  return PL_OK;
}

pl_status window_read(const node *n, int axes, const int kernel[2], window *w) {
  *w = (window){.axes = axes, .kernel = {kernel[0], kernel[1]}, .stride = {1, 1}, .dilation = {1, 1}};
  TRY(read_window(n, w));
  if (w->kernel[0] == kernel[0] && w->kernel[1] == kernel[1]) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "%s: kernel_shape is %dx%d, but its weights are %dx%d", ops_describe(n), w->kernel[0],
                     w->kernel[1], kernel[0], kernel[1]);
}

pl_status window_read_pool(const node *n, window *w) {
  const onnx_attribute *kernel = onnx_find(n->source, "kernel_shape");
  const int axes = kernel && kernel->kind == ONNX_ATTRIBUTE_INTS ? kernel->count : 0;
  if (!axes) return status_fail(PL_INVALID_MODEL, "%s: it has no kernel_shape", ops_describe(n));
  if (axes > 2)
    return status_fail(PL_UNSUPPORTED_OP, "%s: a window over %d dimensions; over 1 and 2 it is supported", ops_describe(n), axes);
  *w = (window){.axes = axes, .kernel = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}, .pools = true};
  return read_window(n, w);
}

pl_status window_check(const inference *i, const window *w) {
  if (i->positions == w->axes) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "%s: a window over %d dimensions on an input that has %d beside batch and channels",
                     ops_describe(i->node), w->axes, i->positions);
}

/* SAME: as many outputs as strides fit into the input. */
static int64_t fit_same(window *w, int axis, int64_t size, int64_t reach) {
  const int64_t out = (size + w->stride[axis] - 1) / w->stride[axis];
  int64_t pads = (out - 1) * w->stride[axis] + reach - size;
  if (pads < 0) pads = 0;
  w->before[axis] = (int)(w->pads == WINDOW_SAME_UPPER ? pads / 2 : pads - pads / 2);
  w->after[axis] = (int)(pads - w->before[axis]);
  return out;
}

int64_t window_count(const window_line *l) {
  const int64_t room = l->size + l->before + l->after - l->reach;
  if (room < 0) return l->pools && room > -l->stride;
  int64_t out = (room + (l->ceil_mode ? l->stride - 1 : 0)) / l->stride + 1;
  /* The last window must start in the input or in the padding before it. */
  if (l->ceil_mode && (out - 1) * l->stride >= l->size + l->before) out--;
  return out;
}

static int64_t fit_explicit(const window *w, int axis, int64_t size, int64_t reach) {
  return window_count(&(window_line){.size = size,
                                     .before = w->before[axis],
                                     .after = w->after[axis],
                                     .reach = reach,
                                     .stride = w->stride[axis],
                                     .ceil_mode = w->ceil_mode,
                                     .pools = w->pools});
}

/* The last window may begin anywhere before the end of the padding, and a stride is added for rounding up. */
bool window_fits_ints(const window *w, int axis, int64_t size) {
  const int64_t reach = (int64_t)(w->kernel[axis] - 1) * w->dilation[axis] + 1;
  return size + w->before[axis] + w->after[axis] + reach + w->stride[axis] <= INT32_MAX;
}

pl_status window_fit(const node *n, window *w, const shape *in, int out[2]) {
  for (int axis = 0; axis < 2; axis++) {
    const int64_t size = in->dim[2 + axis], reach = (int64_t)(w->kernel[axis] - 1) * w->dilation[axis] + 1;
    const int64_t fits = w->pads == WINDOW_EXPLICIT ? fit_explicit(w, axis, size, reach) : fit_same(w, axis, size, reach);
    if (!window_fits_ints(w, axis, size))
      return status_fail(PL_UNSUPPORTED_MODEL, "%s: its input of %s is too large", ops_describe(n), shape_text(in));
    if (fits < 1)
      return status_fail(PL_INVALID_MODEL, "%s: its %dx%d window does not fit into an input of %s", ops_describe(n), w->kernel[0],
                         w->kernel[1], shape_text(in));
    out[axis] = (int)fits;
  }
  return PL_OK;
}

void window_taps(const window *w, int axis, int at, int size, int *first, int *last) {
  const int dilation = w->dilation[axis], start = at * w->stride[axis] - w->before[axis], end = size - start;
  *first = start < 0 ? -start : 0;
  *last = end > 0 ? end : 0;
  if (dilation > 1) { /* divisions are slow where this is called for every pixel */
    *first = (*first + dilation - 1) / dilation;
    *last = (*last + dilation - 1) / dilation;
  }
  if (*last > w->kernel[axis]) *last = w->kernel[axis];
  if (*first > *last) *first = *last;
}
