#include "network/ops/kernels/columns.h"

#include <string.h>

static bool overlaps(const window *w, int axis) { return (w->kernel[axis] - 1) * w->dilation[axis] >= w->stride[axis]; }

bool columns_pay(const dense_map *m, bool backward) {
  const window *w = &m->window;
  const int64_t taps = (int64_t)w->kernel[0] * w->kernel[1];
  if (m->groups > 1) return false;
  if (backward && taps > 1 && !overlaps(w, 0) && !overlaps(w, 1)) return true;
  if (taps * m->in > 1024 * (taps == 1 ? 16 : 1)) return false;
  if (taps == 1) return w->stride[0] > 1 || w->stride[1] > 1;
  return m->in < 8 && (backward || w->kernel[1] * m->in >= 16);
}

static int row_of(const dense_map *m) { return m->window.kernel[0] * m->window.kernel[1] * m->in; }

pl_status columns_measure(const node *n, const dense_map *m, bool backward, uint64_t *held) {
  return backward ? linear_measure(n, m->out, row_of(m), held) : linear_measure(n, row_of(m), m->out, held);
}

pl_status columns_create_forward(const op *o, const dense_map *m, const weights *w, const float *bias, columns *c) {
  return linear_create(o->node, row_of(m), m->out, w, bias, o->low, o->high, &c->forward);
}

pl_status columns_create_backward(const op *o, const dense_map *m, const weights *w, columns *c) {
  return linear_create(o->node, m->out, row_of(m), w, NULL, -INFINITY, INFINITY, &c->backward);
}

void columns_free(columns *c) {
  linear_free(&c->forward);
  linear_free(&c->backward);
}

uint64_t columns_reshape(columns *c, const window *w, const shape *in, const shape *out) {
  c->window = *w;
  c->channels = in->dim[1];
  c->in = *in;
  c->out = *out;
  const size_t row = (size_t)w->kernel[0] * (size_t)w->kernel[1] * (size_t)in->dim[1] + (size_t)out->dim[1];
  const size_t pixels = (size_t)out->dim[2] * (size_t)out->dim[3], tile = linear_tile(row);
  c->tile = tile < pixels ? tile : pixels;
  return size_sum(size_product(size_product(c->tile, row), sizeof(float)), ALIGNMENT);
}

/* Some output pixels of one row. */
typedef struct stretch {
  int item, y, x, count;
  int top, first, last; /* the windows' first row in the input, and those of their rows that lie in it */
} stretch;

/* The longest stretch from `pixel` on that has at most `most` pixels. */
static stretch stretch_at(const columns *c, int item, size_t pixel, size_t most) {
  const size_t width = (size_t)c->out.dim[3], x = pixel % width;
  stretch s = {.item = item, .y = (int)(pixel / width), .x = (int)x, .count = (int)(width - x < most ? width - x : most)};
  s.top = s.y * c->window.stride[0] - c->window.before[0];
  window_taps(&c->window, 0, s.y, c->in.dim[2], &s.first, &s.last);
  return s;
}

/* Floats before row ky of the windows, from the left border of the input. */
static size_t row_at(const columns *c, const stretch *s, int ky) {
  const size_t y = (size_t)(s->top + ky * c->window.dilation[0]);
  return ((size_t)s->item * (size_t)c->in.dim[2] + y) * (size_t)c->in.dim[3] * (size_t)c->channels;
}

/* Where the k-th window of a stretch begins, in positions of the input, and its columns inside. */
static int left_of(const columns *c, const stretch *s, int k, int *first, int *last) {
  window_taps(&c->window, 1, s->x + k, c->in.dim[3], first, last);
  return (s->x + k) * c->window.stride[1] - c->window.before[1];
}

/* Columns that follow each other in the input. */
static int run_of(const columns *c, int first, int last) { return c->window.dilation[1] == 1 ? last - first : 1; }

/* Writes up to three floats more, which are written over by what follows. */
static inline void copy_run(float *to, const float *from, size_t count) {
  for (size_t k = 0; k < count; k += 4) v4_store(to + k, v4_load(from + k));
}

static inline void add_run(float *restrict to, const float *restrict from, size_t count) {
  size_t k = 0;
  for (; k + 4 <= count; k += 4) v4_store(to + k, v4_load(to + k) + v4_load(from + k));
  for (; k < count; k++) to[k] += from[k];
}

/* rows: pixels x KH x KW x C */
static void gather(const columns *c, const stretch *s, const float *in, float *rows) {
  const size_t channels = (size_t)c->channels, width = (size_t)c->window.kernel[1] * channels;
  const size_t down = (size_t)c->window.dilation[0] * (size_t)c->in.dim[3] * channels;
  const float *top = s->first < s->last ? in + row_at(c, s, s->first) : in; /* a window in the padding alone begins nowhere */
  for (int k = 0; k < s->count; k++) {
    int first, last;
    const int left = left_of(c, s, k, &first, &last), run = run_of(c, first, last);
    const bool whole = run == c->window.kernel[1] && last - first == run;
    for (int ky = 0; ky < c->window.kernel[0]; ky++, rows += width) {
      const bool inside = ky >= s->first && ky < s->last;
      const float *from = inside ? top + (size_t)(ky - s->first) * down : top;
      if (inside && whole) {
        copy_run(rows, from + (size_t)left * channels, width);
        continue;
      }
      memset(rows, 0, width * sizeof *rows);
      for (int kx = first; inside && kx < last; kx += run)
        memcpy(rows + (size_t)kx * channels, from + (size_t)(left + kx * c->window.dilation[1]) * channels,
               (size_t)run * channels * sizeof *rows);
    }
  }
}

/* Windows that overlap are taken at some distance: adding to what has just been written would wait for it. The order of the sums
 * depends on the position in the image alone. */
static void scatter(const columns *c, const stretch *s, const float *rows, float *din) {
  const size_t channels = (size_t)c->channels, width = (size_t)c->window.kernel[1] * channels;
  const size_t size = (size_t)c->window.kernel[0] * width;
  const int apart = (c->window.kernel[1] - 1) * c->window.dilation[1] / c->window.stride[1] + 1;
  for (int pass = 0; pass < apart; pass++)
    for (int k = ((pass - s->x) % apart + apart) % apart; k < s->count; k += apart) {
      int first, last;
      const int left = left_of(c, s, k, &first, &last), run = run_of(c, first, last);
      for (int ky = s->first; ky < s->last; ky++) {
        float *to = din + row_at(c, s, ky);
        const float *from = rows + (size_t)k * size + (size_t)ky * width;
        for (int kx = first; kx < last; kx += run)
          add_run(to + (size_t)(left + kx * c->window.dilation[1]) * channels, from + (size_t)kx * channels,
                  (size_t)run * channels);
      }
    }
}

/* Some pixels of one image, in stretches. */
static void gather_tile(const columns *c, int item, size_t first, size_t count, const float *in, float *rows) {
  const size_t size = (size_t)c->forward.in;
  for (size_t k = 0; k < count;) {
    const stretch s = stretch_at(c, item, first + k, count - k);
    gather(c, &s, in, rows + k * size);
    k += (size_t)s.count;
  }
}

static void scatter_tile(const columns *c, int item, size_t first, size_t count, const float *rows, float *din) {
  const size_t size = (size_t)c->backward.out;
  for (size_t k = 0; k < count;) {
    const stretch s = stretch_at(c, item, first + k, count - k);
    scatter(c, &s, rows + k * size, din);
    k += (size_t)s.count;
  }
}

static size_t image_pixels(const columns *c) { return (size_t)c->out.dim[2] * (size_t)c->out.dim[3]; }

pl_status columns_forward(const op *o, columns *c, const buffers *b) {
  const size_t pixels = image_pixels(c), channels = (size_t)c->out.dim[1];
  for (int item = 0; item < c->in.dim[0]; item++)
    for (size_t first = 0; first < pixels; first += c->tile) {
      const size_t count = pixels - first < c->tile ? pixels - first : c->tile, at = ((size_t)item * pixels + first) * channels;
      gather_tile(c, item, first, count, b->in[0], b->workspace);
      TRY(linear_run(o->node, &c->forward, count, b->workspace, b->out[0] + at));
      clamp_save(o, b, at, count * channels);
    }
  return PL_OK;
}

pl_status columns_backward(const op *o, columns *c, const buffers *b) {
  const size_t pixels = image_pixels(c), channels = (size_t)c->out.dim[1];
  float *rows = b->workspace, *masked = rows + c->tile * (size_t)c->backward.out;
  memset(b->din[0], 0, shape_count(&c->in) * sizeof(float));
  for (int item = 0; item < c->in.dim[0]; item++)
    for (size_t first = 0; first < pixels; first += c->tile) {
      const size_t count = pixels - first < c->tile ? pixels - first : c->tile, at = ((size_t)item * pixels + first) * channels;
      if (ops_clamped(o)) clamp_backward(o, b, at, count * channels, masked);
      TRY(linear_run(o->node, &c->backward, count, ops_clamped(o) ? masked : b->dout[0] + at, rows));
      scatter_tile(c, item, first, count, rows, b->din[0]);
    }
  return PL_OK;
}
