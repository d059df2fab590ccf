#include "network/ops/kernels/window.h"

#include <string.h>

/* No network comes near it, and sums of products of these fit into 64 bits. */
enum { LARGEST = 1 << 15 };

pl_status window_pair(const node *n, const char *name, int64_t least, int *first, int *second) {
  const onnx_attribute *a = onnx_find(n->source, name);
  if (!a) return PL_OK;
  if (a->kind != ONNX_ATTRIBUTE_INTS || a->count != 2)
    return status_fail(PL_UNSUPPORTED_OP, "%s: %s is not for two dimensions", ops_describe(n), name);
  for (int k = 0; k < 2; k++)
    if (a->ints[k] < least || a->ints[k] > LARGEST)
      return status_fail(PL_INVALID_MODEL, "%s: %s is %lld", ops_describe(n), name, (long long)a->ints[k]);
  *first = (int)a->ints[0];
  *second = (int)a->ints[1];
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
  if (a->kind != ONNX_ATTRIBUTE_INTS || a->count != 4)
    return status_fail(PL_UNSUPPORTED_OP, "%s: pads are not for two dimensions", ops_describe(n));
  for (int k = 0; k < 4; k++)
    if (a->ints[k] < 0 || a->ints[k] > LARGEST)
      return status_fail(PL_UNSUPPORTED_OP, "%s: padding of %lld", ops_describe(n), (long long)a->ints[k]);
  for (int axis = 0; axis < 2; axis++) {
    w->before[axis] = (int)a->ints[axis];
    w->after[axis] = (int)a->ints[axis + 2];
  }
  return PL_OK;
}

pl_status window_read(const node *n, const int *kernel, window *w) {
  *w = (window){.kernel = {kernel ? kernel[0] : 0, kernel ? kernel[1] : 0}, .stride = {1, 1}, .dilation = {1, 1}};
  w->ceil_mode = onnx_int(n->source, "ceil_mode", 0) != 0;
  TRY(window_pair(n, "kernel_shape", 1, &w->kernel[0], &w->kernel[1]));
  TRY(window_pair(n, "strides", 1, &w->stride[0], &w->stride[1]));
  TRY(window_pair(n, "dilations", 1, &w->dilation[0], &w->dilation[1]));
  if (kernel && (w->kernel[0] != kernel[0] || w->kernel[1] != kernel[1]))
    return status_fail(PL_INVALID_MODEL, "%s: kernel_shape is %dx%d, but its weights are %dx%d", ops_describe(n), w->kernel[0],
                       w->kernel[1], kernel[0], kernel[1]);
  if (w->kernel[0] < 1 || w->kernel[1] < 1 || w->kernel[0] > LARGEST || w->kernel[1] > LARGEST)
    return status_fail(PL_INVALID_MODEL, "%s: its kernel is %dx%d", ops_describe(n), w->kernel[0], w->kernel[1]);
  TRY(read_pads(n, w));
  if (w->kernel[0] == 1 && w->kernel[1] == 1) w->pads = WINDOW_EXPLICIT; /* SAME is none */
  return PL_OK;
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

static int64_t fit_explicit(const window *w, int axis, int64_t size, int64_t reach) {
  const int64_t stride = w->stride[axis], room = size + w->before[axis] + w->after[axis] - reach;
  if (room < 0) return 0;
  int64_t out = (room + (w->ceil_mode ? stride - 1 : 0)) / stride + 1;
  /* The last window must start in the input or in the padding before it. */
  if (w->ceil_mode && (out - 1) * stride >= size + w->before[axis]) out--;
  return out;
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
