/* Pools. in: N x C x H x W, out: N x C x OH x OW; in and out have channels last. Of N x C x L: see ops_infer. XNNPACK's maximum
 * pool that remembers where the maximum was takes no overlapping windows, hence these. */
#include <string.h>

#include "network/ops/average_axes.h"
#include "network/ops/kernels/window.h"
#include "network/ops/units.h"

typedef struct pool {
  window window;
  bool count_padding; /* AveragePool: zeros around the input count */
} pool;

/* ---- shape ---- */

static pl_status pool_infer_window(inference *i, window *w) {
  TRY(infer_inputs(i, 1, 1));
  TRY(infer_image(i));
  shape out = i->in[0]->shape;
  TRY(window_fit(i->node, w, &i->in[0]->shape, &out.dim[2]));
  i->wants[0] = LAYOUT_CHANNELS_LAST;
  return infer_output(i, 0, &out, LAYOUT_CHANNELS_LAST);
}

static pl_status pool_infer(inference *i) {
  window w;
  TRY(window_read_pool(i->node, &w));
  TRY(window_check(i, &w));
  return pool_infer_window(i, &w);
}

static pl_status pool_create(op *o) {
  pool *p = o->state = memory_allocate(1, sizeof *p);
  if (!p) return ops_out_of_memory(o);
  p->count_padding = onnx_int(o->node->source, "count_include_pad", 0) != 0;
  return window_read_pool(o->node, &p->window);
}

static pl_status pool_reshape(op *o) {
  pool *p = o->state;
  int out[2];
  return window_fit(o->node, &p->window, &o->in[0].shape, out);
}

static void pool_free(op *o) {
  memory_free(o->state);
  o->state = NULL;
}

/* ---- a loop over the output's pixels ---- */

/* One output pixel and the part of its window that lies in the input. */
typedef struct place {
  size_t item, out;      /* floats before the image in the input, and before the pixel in the output */
  size_t in;             /* floats before the window's first tap, which may lie outside the input */
  int first[2], last[2]; /* taps inside */
} place;

typedef struct geometry {
  const window *window;
  const int *in, *out;          /* N, C, H, W */
  size_t channels, column, row; /* floats from a tap to the next one, to the right and downward */
} geometry;

static geometry pool_geometry(const op *o, const window *w) {
  const int *in = o->in[0].shape.dim;
  const size_t channels = (size_t)in[1];
  return (geometry){
      w, in, o->out[0].shape.dim, channels, channels * (size_t)w->dilation[1], channels * (size_t)in[3] * (size_t)w->dilation[0]};
}

/* Unsigned sums wrap around, so that a first tap outside the input plus the way to one inside is right. */
static place place_at(const geometry *g, int n, int y, int x) {
  const window *w = g->window;
  place p;
  window_taps(w, 0, y, g->in[2], &p.first[0], &p.last[0]);
  window_taps(w, 1, x, g->in[3], &p.first[1], &p.last[1]);
  if (p.first[1] == p.last[1]) p.last[0] = p.first[0]; /* rows without taps are no rows */
  const size_t top = (size_t)(y * w->stride[0] - w->before[0]), left = (size_t)(x * w->stride[1] - w->before[1]);
  p.item = (size_t)n * (size_t)g->in[2] * (size_t)g->in[3] * g->channels;
  p.in = p.item + (top * (size_t)g->in[3] + left) * g->channels;
  p.out = (((size_t)n * (size_t)g->out[2] + (size_t)y) * (size_t)g->out[3] + (size_t)x) * g->channels;
  return p;
}

static size_t tap_at(const geometry *g, const place *p, int ky, int kx) {
  return p->in + (size_t)ky * g->row + (size_t)kx * g->column;
}

#define EACH_PLACE(g, p)                             \
  for (int n_ = 0; n_ < (g).in[0]; n_++)             \
    for (int y_ = 0; y_ < (g).out[2]; y_++)          \
      for (int x_ = 0, once_; x_ < (g).out[3]; x_++) \
        for (place p = place_at(&(g), n_, y_, (once_ = 1, x_)); once_; once_ = 0)

/* ---- MaxPool, GlobalMaxPool ---- */

enum { NOWHERE = -1 }; /* the window lies in the padding alone */

/* Four channels: the largest value, and the place in the image where it first stands, in floats. */
static void max_at(const geometry *g, const place *p, const float *in, float *out, int32_t *saved, size_t c) {
  v4 best = v4_all(-INFINITY);
  i4 where = {NOWHERE, NOWHERE, NOWHERE, NOWHERE};
  bool first = true;
  for (int ky = p->first[0]; ky < p->last[0]; ky++) {
    const size_t start = tap_at(g, p, ky, p->first[1]);
    const float *from = in + start + c;
    int32_t at = (int32_t)(start - p->item);
    for (int kx = p->first[1]; kx < p->last[1]; kx++, at += (int32_t)g->column, from += g->column) {
      const v4 x = v4_load(from);
      const i4 here = {at, at, at, at}, larger = x > best;
      best = first ? x : v4_select(larger, x, best);
      where = first ? here : (i4)((larger & here) | (~larger & where));
      first = false;
    }
  }
  v4_store(out, best);
  *(i4 *)saved = where;
}

static void max_forward_window(const op *o, const buffers *b, const window *w) {
  const geometry g = pool_geometry(o, w);
  int32_t *saved = b->saved;
  EACH_PLACE(g, p) {
    size_t c = 0;
    for (; c + 4 <= g.channels; c += 4) max_at(&g, &p, b->in[0], b->out[0] + p.out + c, saved + p.out + c, c);
    if (c == g.channels) continue;
    float values[4];
    int32_t offsets[4];
    max_at(&g, &p, b->in[0], values, offsets, c);
    memcpy(b->out[0] + p.out + c, values, (g.channels - c) * sizeof *values);
    memcpy(saved + p.out + c, offsets, (g.channels - c) * sizeof *offsets);
  }
}

static void max_backward_window(const op *o, const buffers *b, const window *w) {
  const geometry g = pool_geometry(o, w);
  const int32_t *all = b->saved;
  float *din = b->din[0];
  if (!din) return;
  memset(din, 0, ops_in_count(o) * sizeof *din);
  EACH_PLACE(g, p) {
    const int32_t *saved = all + p.out;
    const float *dout = b->dout[0] + p.out;
    for (size_t c = 0; c < g.channels; c++)
      if (saved[c] != NOWHERE) din[p.item + (size_t)saved[c] + c] += dout[c];
  }
}

static pl_status max_reshape(op *o) {
  o->saved = size_product(ops_out_count(o), sizeof(int32_t));
  return pool_reshape(o);
}

static pl_status max_forward(op *o, const buffers *b) {
  const pool *p = o->state;
  max_forward_window(o, b, &p->window);
  return PL_OK;
}

static pl_status max_backward(op *o, const buffers *b) {
  const pool *p = o->state;
  max_backward_window(o, b, &p->window);
  return PL_OK;
}

const op_class ops_MaxPool = {.type = "MaxPool",
                              .flags = OF_IMAGES,
                              .infer = pool_infer,
                              .create = pool_create,
                              .reshape = max_reshape,
                              .forward = max_forward,
                              .backward = max_backward,
                              .free = pool_free,
                              .units = units_found_second};

static window whole_window(const shape *in) {
  return (window){.kernel = {in->dim[2], in->dim[3]}, .stride = {1, 1}, .dilation = {1, 1}};
}

static pl_status global_max_infer(inference *i) {
  TRY(infer_inputs(i, 1, 1));
  TRY(infer_image(i));
  window w = whole_window(&i->in[0]->shape);
  return pool_infer_window(i, &w);
}

static pl_status global_max_reshape(op *o) {
  o->saved = size_product(ops_out_count(o), sizeof(int32_t));
  return PL_OK;
}

static pl_status global_max_forward(op *o, const buffers *b) {
  const window w = whole_window(&o->in[0].shape);
  max_forward_window(o, b, &w);
  return PL_OK;
}

static pl_status global_max_backward(op *o, const buffers *b) {
  const window w = whole_window(&o->in[0].shape);
  max_backward_window(o, b, &w);
  return PL_OK;
}

const op_class ops_GlobalMaxPool = {.type = "GlobalMaxPool",
                                    .flags = OF_IMAGES,
                                    .infer = global_max_infer,
                                    .reshape = global_max_reshape,
                                    .forward = global_max_forward,
                                    .backward = global_max_backward,
                                    .units = units_found_second};

/* ---- AveragePool ---- */

/* Positions of the window along `axis` that count: in the input, and in its padding where that counts; what reaches beyond, in
 * ceil_mode, never does. */
static int counted(const pool *a, const geometry *g, const place *p, int axis, int at) {
  if (!a->count_padding) return p->last[axis] - p->first[axis];
  window padded = a->window;
  const int size = g->in[2 + axis] + padded.before[axis] + padded.after[axis];
  padded.before[axis] = 0;
  int first, last;
  window_taps(&padded, axis, at, size, &first, &last);
  return last - first;
}

static float share(const pool *a, const geometry *g, const place *p, int y, int x) {
  const int count = counted(a, g, p, 0, y) * counted(a, g, p, 1, x);
  return count ? 1 / (float)count : 0;
}

/* Of images here, of what has three dimensions in average_axes.c. */
static bool of_images(const node *n) {
  const onnx_attribute *kernel = onnx_find(n->source, "kernel_shape");
  return !kernel || kernel->count != 3;
}

static pl_status average_infer(inference *i) { return of_images(i->node) ? pool_infer(i) : average_axes_infer(i); }
static pl_status average_create(op *o) { return of_images(o->node) ? pool_create(o) : average_axes_create(o); }
static pl_status average_reshape(op *o) { return of_images(o->node) ? pool_reshape(o) : average_axes_reshape(o); }

static pl_status average_forward(op *o, const buffers *b) {
  if (!of_images(o->node)) return average_axes_forward(o, b);
  const pool *a = o->state;
  const geometry g = pool_geometry(o, &a->window);
  EACH_PLACE(g, p) {
    float *restrict out = b->out[0] + p.out;
    const float factor = share(a, &g, &p, y_, x_);
    memset(out, 0, g.channels * sizeof *out);
    for (int ky = p.first[0]; ky < p.last[0]; ky++)
      for (int kx = p.first[1]; kx < p.last[1]; kx++) {
        const float *in = b->in[0] + tap_at(&g, &p, ky, kx);
        for (size_t c = 0; c < g.channels; c++) out[c] += in[c];
      }
    for (size_t c = 0; c < g.channels; c++) out[c] *= factor;
  }
  return PL_OK;
}

static pl_status average_backward(op *o, const buffers *b) {
  if (!of_images(o->node)) return average_axes_backward(o, b);
  const pool *a = o->state;
  const geometry g = pool_geometry(o, &a->window);
  if (!b->din[0]) return PL_OK;
  memset(b->din[0], 0, ops_in_count(o) * sizeof *b->din[0]);
  EACH_PLACE(g, p) {
    const float *dout = b->dout[0] + p.out, factor = share(a, &g, &p, y_, x_);
    for (int ky = p.first[0]; ky < p.last[0]; ky++)
      for (int kx = p.first[1]; kx < p.last[1]; kx++) {
        float *restrict din = b->din[0] + tap_at(&g, &p, ky, kx);
        for (size_t c = 0; c < g.channels; c++) din[c] += dout[c] * factor;
      }
  }
  return PL_OK;
}

const op_class ops_AveragePool = {.type = "AveragePool",
                                  .flags = OF_IMAGES,
                                  .infer = average_infer,
                                  .create = average_create,
                                  .reshape = average_reshape,
                                  .forward = average_forward,
                                  .backward = average_backward,
                                  .free = pool_free,
                                  .units = units_found_second};
