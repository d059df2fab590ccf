#include "network/ops/kernels/dense.h"

#include <xnnpack.h>

/* Bytes of a slice's weights: they should stay in the second-level cache. Slices of less than 64 channels would read the input
 * too often. */
enum { SLICE_BYTES = 512 << 10, SLICE_CHANNELS = 64 };

static int slice_channels(const dense_map *m, uint64_t each_weights) {
  const uint64_t bytes = size_product(each_weights, sizeof(float));
  if (m->groups > 1 || size_product(bytes, (uint64_t)m->out) <= 2 * SLICE_BYTES) return m->out;
  uint64_t channels = SLICE_BYTES / bytes / 16 * 16;
  if (channels < SLICE_CHANNELS) channels = SLICE_CHANNELS;
  const uint64_t least = ((uint64_t)m->out + DENSE_MAX_SLICES - 1) / DENSE_MAX_SLICES;
  if (channels < least) channels = (least + 15) / 16 * 16;
  return channels < (uint64_t)m->out ? (int)channels : m->out;
}

/* ---- what XNNPACK will hold ---- */

/* It computes sizes in size_t and does not look whether they fit: what would come near 2^31 bytes is refused before. It fills up
 * channels to the tiles of its kernels, and keeps a pointer for every tap of every output position. */
#ifdef __wasm__
enum { TILE_CHANNELS = 8 };
#else
enum { TILE_CHANNELS = 32 };
#endif
enum { TILE_INPUTS = 4, TILE_POSITIONS = 8, TILE_TAPS = 25, OPERATOR_BYTES = 4096, PHASE_BYTES = 128, MOST_BYTES = INT32_MAX };

static uint64_t round_up(int value, int tile) { return ((uint64_t)value + (uint64_t)tile - 1) / (uint64_t)tile * (uint64_t)tile; }

static uint64_t taps_of(const window *w) { return (uint64_t)w->kernel[0] * (uint64_t)w->kernel[1]; }

/* Of a transposed convolution with strides: each phase of the output has windows of its own. */
static uint64_t phases_of(const dense_map *m) {
  const uint64_t phases = (uint64_t)m->window.stride[0] * (uint64_t)m->window.stride[1], taps = taps_of(&m->window);
  return !m->transposed ? 1 : phases < taps ? phases : taps;
}

/* A channel for itself: kernels take the window's taps as one of a few sizes. */
static uint64_t depthwise_bytes(const dense_map *m) {
  const uint64_t taps = taps_of(&m->window), tile = taps <= 9 ? 9 : taps <= TILE_TAPS ? TILE_TAPS : taps + 16;
  return size_product(round_up(m->groups, TILE_CHANNELS), (tile + 1) * sizeof(float));
}

/* The weights of `channels` outputs, each with its bias, once for every phase, and an input's pixel of padding. */
static uint64_t slice_bytes(const dense_map *m, int channels) {
  const uint64_t in = round_up(m->in / m->groups, TILE_INPUTS), out = round_up(channels / m->groups, TILE_CHANNELS);
  const uint64_t each = size_sum(size_product(taps_of(&m->window), in), phases_of(m));
  const uint64_t weights = size_product(size_product((uint64_t)m->groups, out), size_product(each, sizeof(float)));
  return size_sum(weights, size_sum(phases_of(m) * PHASE_BYTES, (in + TILE_CHANNELS) * sizeof(float)));
}

static bool is_depthwise(const dense_map *m) { return m->groups == m->in && m->groups == m->out && !m->transposed; }

static int64_t output_size(const dense_map *m, int axis, int64_t in, const int *rest) {
  const window *w = &m->window;
  const int64_t reach = (int64_t)(w->kernel[axis] - 1) * w->dilation[axis] + 1, pads = (int64_t)w->before[axis] + w->after[axis];
  return m->transposed ? (in - 1) * w->stride[axis] + reach - pads + rest[axis] : (in + pads - reach) / w->stride[axis] + 1;
}

/* A product of matrices needs no pointers to its rows. */
static bool is_product(const dense_map *m) {
  const window *w = &m->window;
  return !m->transposed && taps_of(w) == 1 && w->stride[0] == 1 && w->stride[1] == 1 && !w->before[0] && !w->before[1] &&
         !w->after[0] && !w->after[1];
}

/* In an output of rows x columns, as XNNPACK lays them out: a depthwise window's columns follow each other, and what neighbours
 * share is there once; a transposed convolution has rows of its own for each phase. */
static uint64_t pointer_bytes(const dense_map *m, int64_t rows, int64_t columns) {
  const window *w = &m->window;
  const int stride = w->stride[1];
  uint64_t count = size_product(taps_of(w), size_sum(size_product((uint64_t)rows, (uint64_t)columns), TILE_POSITIONS));
  if (is_depthwise(m)) {
    const int step = w->dilation[1] == 1 && stride < w->kernel[1] ? stride : w->kernel[1];
    const uint64_t row = size_product((uint64_t)columns * (uint64_t)step, (uint64_t)w->kernel[0]);
    count = size_sum(size_product((uint64_t)rows, size_sum(taps_of(w), row)), taps_of(w) + TILE_TAPS);
  } else if (m->transposed && stride > 1) {
    const uint64_t phase = size_product(
        (uint64_t)stride, (((uint64_t)columns + (uint64_t)stride - 1) / (uint64_t)stride / TILE_POSITIONS + 1) * TILE_POSITIONS);
    count = size_product(taps_of(w), size_product((uint64_t)rows, phase));
  }
  return size_product(count, sizeof(void *));
}

static uint64_t weights_of_each(const dense_map *m) { return size_product(taps_of(&m->window), (uint64_t)(m->in / m->groups)); }

static uint64_t weight_bytes(const dense_map *m) {
  const int each = slice_channels(m, weights_of_each(m)), slices = (m->out - 1) / each + 1;
  const uint64_t last = slice_bytes(m, m->out - (slices - 1) * each);
  return is_depthwise(m) ? depthwise_bytes(m) : size_sum(size_product((uint64_t)slices - 1, slice_bytes(m, each)), last);
}

static uint64_t pointers_for(const dense_map *m, const shape *in, const int rest[2]) {
  return is_product(m) ? 0 : pointer_bytes(m, output_size(m, 0, in->dim[2], rest), output_size(m, 1, in->dim[3], rest));
}

/* XNNPACK would count the rows of an empty phase wrongly. */
static bool phases_fit(const dense_map *m, const shape *in, const int rest[2]) {
  return !m->transposed || (output_size(m, 0, in->dim[2], rest) >= m->window.stride[0] - 1 &&
                            output_size(m, 1, in->dim[3], rest) >= m->window.stride[1] - 1);
}

bool dense_takes(const dense_map *m, const shape *in, const int rest[2]) {
  return weight_bytes(m) <= MOST_BYTES && pointers_for(m, in, rest) <= MOST_BYTES && phases_fit(m, in, rest);
}

pl_status dense_refuse(const node *n, const dense_map *m, const shape *in) {
  const window *w = &m->window;
  return status_fail(PL_UNSUPPORTED_MODEL,
                     "%s: %dx%d windows at strides of %dx%d (groups: %d) are not supported on an input of %s", ops_describe(n),
                     w->kernel[0], w->kernel[1], w->stride[0], w->stride[1], m->groups, shape_text(in));
}

pl_status dense_measure(const node *n, const dense_map *m, const shape *in, const int rest[2], dense_needs *needs) {
  const int slices = (m->out - 1) / slice_channels(m, weights_of_each(m)) + 1;
  const uint64_t weights = weight_bytes(m), pointers = pointers_for(m, in, rest);
  if (weights > MOST_BYTES) return status_fail(PL_UNSUPPORTED_MODEL, "%s: its weights are too large", ops_describe(n));
  if (!dense_takes(m, in, rest)) return dense_refuse(n, m, in);
  needs->held = size_sum(weights, size_product((uint64_t)slices, size_sum(pointers, OPERATOR_BYTES)));
  needs->workspace = is_depthwise(m) ? size_sum(size_product(round_up(m->groups, TILE_CHANNELS), sizeof(float)), OPERATOR_BYTES)
                                     : 0;
  return PL_OK;
}

/* ---- what the file says ---- */

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

/* ---- create, reshape, run ---- */

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

pl_status dense_create(const node *n, const dense_map *m, const weights *w, const float *bias, float low, float high, dense *d) {
  const uint64_t each = weights_of_each(m);
  TRY(ops_xnn(n, xnn_initialize(NULL)));
  *d = (dense){.transposed = m->transposed, .each = slice_channels(m, each)};
  float *slice = memory_allocate(size_product((size_t)d->each, each), sizeof *slice); /* XNNPACK reads past the end */
  const pl_status status = slice ? create_slices(n, m, w, bias, low, high, slice, d) : ops_xnn(n, xnn_status_out_of_memory);
  memory_free(slice);
  return status;
}

void dense_free(dense *d) {
  for (int k = 0; k < d->count; k++) xnn_delete_operator(d->slices[k]);
  *d = (dense){0};
}

pl_status dense_reshape(const node *n, dense *d, const shape *in, const int rest[2], uint64_t granted) {
  const size_t items = (size_t)in->dim[0], rows = (size_t)in->dim[2], columns = (size_t)in->dim[3];
  for (int k = 0; k < d->count; k++) {
    size_t bytes = 0, alignment;
    TRY(ops_xnn(n, d->transposed ? xnn_reshape_deconvolution2d_nhwc_f32(d->slices[k], items, rows, columns, (uint32_t)rest[0],
                                                                        (uint32_t)rest[1], NULL, NULL, NULL)
                                 : xnn_reshape_convolution2d_nhwc_f32(d->slices[k], items, rows, columns, &bytes, &alignment,
                                                                      NULL, NULL, NULL)));
    if (bytes > granted)
      return status_fail(PL_INTERNAL, "%s: XNNPACK wants %zu bytes of workspace, more than was foreseen", ops_describe(n), bytes);
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
