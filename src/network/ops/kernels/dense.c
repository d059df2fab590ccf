#include "network/ops/kernels/dense.h"

#include <malloc.h>
#include <xnnpack.h>

/* Bytes of a slice's weights: they should stay in the second-level cache. Slices of less than 64 channels would read the input
 * too often. */
enum { SLICE_BYTES = 512 << 10, SLICE_CHANNELS = 64 };

static int slice_channels(const dense_map *m, size_t each_weights) {
  const size_t bytes = each_weights * sizeof(float);
  if (m->groups > 1 || bytes * (size_t)m->out <= 2 * SLICE_BYTES) return m->out;
  size_t channels = SLICE_BYTES / bytes / 16 * 16;
  if (channels < SLICE_CHANNELS) channels = SLICE_CHANNELS;
  const size_t least = ((size_t)m->out + DENSE_MAX_SLICES - 1) / DENSE_MAX_SLICES;
  if (channels < least) channels = (least + 15) / 16 * 16;
  return channels < (size_t)m->out ? (int)channels : m->out;
}

/* XNNPACK computes sizes in size_t and does not look whether they fit: what would come near 2^31 bytes is refused before. It fills
 * up channels to the tiles of its kernels, and keeps a pointer for every tap of every output position. */
enum { TILE_CHANNELS = 32, TILE_POSITIONS = 16 };
static const double MOST_BYTES = 2147483647, MOST_POINTERS = 134217728;

static double taps_of(const window *w) { return (double)w->kernel[0] * w->kernel[1]; }

static bool weights_fit(const dense_map *m) {
  const double groups = m->groups, in = m->in / groups, out = m->out / groups;
  const bool depthwise = m->groups == m->in && m->groups == m->out && !m->transposed;
  const double rows = depthwise ? 1 : out + TILE_CHANNELS, columns = depthwise ? 1 : in + 4;
  return groups * rows * columns * taps_of(&m->window) * sizeof(float) < MOST_BYTES;
}

static double output_size(const dense *d, int axis, double in, const int *rest) {
  const window *w = &d->window;
  const double reach = (w->kernel[axis] - 1.0) * w->dilation[axis] + 1, pads = (double)w->before[axis] + w->after[axis];
  return d->transposed ? (in - 1) * w->stride[axis] + reach - pads + rest[axis]
                       : floor((in + pads - reach) / w->stride[axis]) + 1;
}

/* XNNPACK would count the rows of an empty phase wrongly. */
static bool phases_fit(const dense *d, int height, int width, const int *rest) {
  return !d->transposed || (output_size(d, 0, height, rest) >= d->window.stride[0] - 1 &&
                            output_size(d, 1, width, rest) >= d->window.stride[1] - 1);
}

static bool pointers_fit(const dense *d, int height, int width, const int *rest) {
  const double rows = output_size(d, 0, height, rest), columns = output_size(d, 1, width, rest);
  return taps_of(&d->window) * rows * (columns + (double)TILE_POSITIONS * d->window.stride[1]) < MOST_POINTERS;
}

pl_status dense_read_map(const node *n, const onnx_tensor *weights, dense_map *m) {
  const int *w = weights->shape.dim;
  const int64_t groups = onnx_int(n->source, "group", 1);
  if (groups < 1 || groups > w[0] || w[0] % groups || (int64_t)w[1] * groups > INT32_MAX)
    return status_fail(PL_INVALID_MODEL, "%s: %lld groups of weights %s", ops_describe(n), (long long)groups,
                       shape_text(&weights->shape));
  *m = (dense_map){.groups = (int)groups, .in = w[1] * (int)groups, .out = w[0]};
  const int axes = weights->shape.rank - 2, kernel[2] = {axes == 2 ? w[2] : 1, w[axes + 1]};
  TRY(window_read(n, axes, kernel, &m->window));
  m->window.ceil_mode = false; /* pools have it, convolutions do not */
  return PL_OK;
}

pl_status dense_infer(const inference *i, bool transposed, dense_map *m) {
  const node *n = i->node;
  TRY(infer_arity(i, 2, 3));
  TRY(infer_constant(i, 1, "weight", -1)); /* first: of modulated convolutions the input may be a constant too */
  TRY(infer_inputs(i, 2, 3));
  TRY(infer_image(i));
  TRY(infer_constant(i, 1, "weight", 2 + i->positions));
  TRY(dense_read_map(n, i->constant[1], m));
  const shape *in = &i->in[0]->shape;
  const int taken = transposed ? m->out : m->in, made = transposed ? m->in : m->out;
  if (in->dim[1] != taken)
    return status_fail(PL_INVALID_MODEL, "%s: its weights are for %d channels, its input is %s", ops_describe(n), taken,
                       shape_text(in));
  if (!infer_has(i, 2)) return PL_OK;
  TRY(infer_constant(i, 2, "bias", 1));
  if (i->constant[2]->shape.dim[0] == made) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "%s: %d biases for %d channels", ops_describe(n), i->constant[2]->shape.dim[0], made);
}

float *dense_bias(const op *o, int outputs, const float *scale, const float *shift) {
  float *bias = memory_allocate((size_t)outputs, sizeof *bias);
  if (bias && o->input_count > 2 && o->constant[2]) onnx_floats(o->constant[2], bias);
  for (int k = 0; k < outputs && bias; k++) bias[k] = (scale ? scale[k] : 1) * bias[k] + (shift ? shift[k] : 0);
  return bias;
}

dense_map dense_transposed(dense_map m) {
  const int in = m.in;
  m.in = m.out;
  m.out = in;
  m.transposed = true;
  return m;
}

static enum xnn_status create_slice(const dense_map *m, int channels, const float *weights, const float *bias, float low,
                                    float high, xnn_operator_t *slice) {
  const window *w = &m->window;
  const uint32_t top = (uint32_t)w->before[0], left = (uint32_t)w->before[1], bottom = (uint32_t)w->after[0];
  const uint32_t right = (uint32_t)w->after[1], height = (uint32_t)w->kernel[0], width = (uint32_t)w->kernel[1];
  const uint32_t down = (uint32_t)w->stride[0], across = (uint32_t)w->stride[1];
  const uint32_t apart_y = (uint32_t)w->dilation[0], apart_x = (uint32_t)w->dilation[1], groups = (uint32_t)m->groups;
  const size_t in = (size_t)m->in, out = (size_t)m->out, in_each = in / groups, out_each = (size_t)channels / groups;
  return m->transposed
             ? xnn_create_deconvolution2d_nhwc_f32(top, right, bottom, left, height, width, down, across, apart_y, apart_x,
                                                   groups, in_each, out_each, in, out, weights, bias, low, high, 0, NULL, NULL,
                                                   slice)
             : xnn_create_convolution2d_nhwc_f32(top, right, bottom, left, height, width, down, across, apart_y, apart_x, groups,
                                                 in_each, out_each, in, out, weights, bias, low, high, 0, NULL, NULL, slice);
}

static pl_status create_slices(const node *n, const dense_map *m, const weights *w, const float *bias, float low, float high,
                               float *slice, dense *d) {
  const size_t rows = w->groups * w->out * w->taps / (size_t)m->out; /* of each channel */
  for (int first = 0; first < m->out; first += d->each, d->count++) {
    const int channels = m->out - first < d->each ? m->out - first : d->each;
    weights_read(w, rows * (size_t)first, rows * (size_t)channels, slice);
    TRY(ops_xnn(n, create_slice(m, channels, slice, bias ? bias + first : NULL, low, high, &d->slices[d->count])));
  }
  return PL_OK;
}

/* ---- XNNPACK's memory is counted as all other is ---- */

static void *xnn_allocate(void *context, size_t size) {
  (void)context;
  return memory_allocate(size, 1);
}

static void *xnn_reallocate(void *context, void *memory, size_t size) {
  (void)context;
  const size_t used = memory ? malloc_usable_size(memory) : 0;
  return memory_enlarge(memory, used < size ? used : size, size, 1);
}

static void *xnn_allocate_aligned(void *context, size_t alignment, size_t size) {
  (void)context;
  return alignment <= ALIGNMENT ? memory_allocate(size, 1) : NULL;
}

static void xnn_free(void *context, void *memory) {
  (void)context;
  memory_free(memory);
}

static const struct xnn_allocator allocator = {.allocate = xnn_allocate,
                                               .reallocate = xnn_reallocate,
                                               .deallocate = xnn_free,
                                               .aligned_allocate = xnn_allocate_aligned,
                                               .aligned_deallocate = xnn_free};

pl_status dense_create(const node *n, const dense_map *m, const weights *w, const float *bias, float low, float high, dense *d) {
  const size_t each = (size_t)m->window.kernel[0] * (size_t)m->window.kernel[1] * (size_t)(m->in / m->groups);
  TRY(ops_xnn(n, xnn_initialize(&allocator)));
  if (!weights_fit(m)) return status_fail(PL_UNSUPPORTED_MODEL, "%s: its weights are too large", ops_describe(n));
  *d = (dense){.transposed = m->transposed, .window = m->window, .each = slice_channels(m, each)};
  float *slice = memory_allocate(size_product((size_t)d->each, each), sizeof *slice); /* XNNPACK reads past the end */
  const pl_status status = slice ? create_slices(n, m, w, bias, low, high, slice, d) : ops_xnn(n, xnn_status_out_of_memory);
  memory_free(slice);
  return status;
}

void dense_free(dense *d) {
  for (int k = 0; k < d->count; k++) xnn_delete_operator(d->slices[k]);
  *d = (dense){0};
}

pl_status dense_reshape(const node *n, dense *d, int batch, int height, int width, const int rest[2], size_t *workspace) {
  const size_t items = (size_t)batch, rows = (size_t)height, columns = (size_t)width;
  *workspace = 0;
  if (!pointers_fit(d, height, width, rest))
    return status_fail(PL_UNSUPPORTED_MODEL, "%s: its window is too large for its input", ops_describe(n));
  if (!phases_fit(d, height, width, rest))
    return status_fail(PL_UNSUPPORTED_MODEL, "%s: its image is too small for its stride", ops_describe(n));
  for (int k = 0; k < d->count; k++) {
    size_t bytes = 0, alignment;
    TRY(ops_xnn(n, d->transposed ? xnn_reshape_deconvolution2d_nhwc_f32(d->slices[k], items, rows, columns, (uint32_t)rest[0],
                                                                        (uint32_t)rest[1], NULL, NULL, NULL)
                                 : xnn_reshape_convolution2d_nhwc_f32(d->slices[k], items, rows, columns, &bytes, &alignment,
                                                                      NULL, NULL, NULL)));
    if (bytes > *workspace) *workspace = bytes;
  }
  return PL_OK;
}

pl_status dense_run(const node *n, const dense *d, const float *in, float *out, void *workspace) {
  for (int k = 0; k < d->count; k++, out += d->each) {
    TRY(ops_xnn(n, d->transposed ? xnn_setup_deconvolution2d_nhwc_f32(d->slices[k], in, out)
                                 : xnn_setup_convolution2d_nhwc_f32(d->slices[k], workspace, in, out)));
    TRY(ops_xnn(n, xnn_run_operator(d->slices[k], NULL)));
  }
  return PL_OK;
}
