#include "columns.h"

#include <string.h>

enum { ROWS = 240 }; /* output pixels at a time: a multiple of the kernels' tiles */

pl_status columns_create(const op *o, const dense_map *m, const float *weights, const float *transposed, const float *bias, columns *c) {
  const int size = m->window.kernel[0] * m->window.kernel[1] * m->in;
  c->window = m->window;
  c->channels = m->in;
  TRY(linear_create(o->node, size, m->out, weights, bias, o->low, o->high, &c->forward));
  return transposed ? linear_create(o->node, m->out, size, transposed, NULL, -INFINITY, INFINITY, &c->backward) : PL_OK;
}

void columns_free(columns *c) {
  linear_free(&c->forward);
  linear_free(&c->backward);
}

size_t columns_reshape(columns *c, const window *w, const shape *in, const shape *out) {
  c->window = *w;
  c->in = *in;
  c->out = *out;
  return ROWS * (size_t)(c->forward.in + c->forward.out) * sizeof(float) + ALIGNMENT;
}

/* One output pixel's window. The taps of a row of it that lie in the input follow each other there in runs: with dilation 1 the
 * whole row is one. */
typedef struct place {
  size_t image;            /* floats before this item of the batch */
  int top, left;           /* of the window in the input */
  int first[2], last[2];   /* taps inside the input */
} place;

static place place_of(const columns *c, size_t pixel) {
  const size_t width = (size_t)c->out.dim[3], height = (size_t)c->out.dim[2];
  const int x = (int)(pixel % width), y = (int)(pixel / width % height);
  place p = {.top = y * c->window.stride[0] - c->window.before[0], .left = x * c->window.stride[1] - c->window.before[1]};
  p.image = pixel / width / height * (size_t)c->in.dim[1] * (size_t)c->in.dim[2] * (size_t)c->in.dim[3];
  window_taps(&c->window, 0, y, c->in.dim[2], &p.first[0], &p.last[0]);
  window_taps(&c->window, 1, x, c->in.dim[3], &p.first[1], &p.last[1]);
  return p;
}

static size_t tap_at(const columns *c, const place *p, int ky, int kx) {
  const size_t y = (size_t)(p->top + ky * c->window.dilation[0]), x = (size_t)(p->left + kx * c->window.dilation[1]);
  return p->image + (y * (size_t)c->in.dim[3] + x) * (size_t)c->channels;
}

/* Taps of a run, and how many runs make the inside part of a window's row. */
static int run_taps(const columns *c, const place *p) { return c->window.dilation[1] == 1 ? p->last[1] - p->first[1] : 1; }

/* Writes up to three floats more, which are written over by what follows. */
static inline void copy_run(float *to, const float *from, size_t count) {
  for (size_t k = 0; k < count; k += 4) v4_store(to + k, v4_load(from + k));
}

static inline void add_run(float *restrict to, const float *restrict from, size_t count) {
  size_t k = 0;
  for (; k + 4 <= count; k += 4) v4_store(to + k, v4_load(to + k) + v4_load(from + k));
  for (; k < count; k++) to[k] += from[k];
}

/* row: KH x KW x C */
static void gather(const columns *c, size_t pixel, const float *in, float *row) {
  const size_t channels = (size_t)c->channels, width = (size_t)c->window.kernel[1] * channels;
  const place p = place_of(c, pixel);
  const int run = run_taps(c, &p);
  const bool whole = p.last[1] - p.first[1] == c->window.kernel[1];
  for (int ky = 0; ky < c->window.kernel[0]; ky++, row += width) {
    const bool inside = ky >= p.first[0] && ky < p.last[0];
    if (!inside || !whole) memset(row, 0, width * sizeof *row);
    for (int kx = p.first[1]; inside && kx < p.last[1]; kx += run) {
      if (whole) copy_run(row + (size_t)kx * channels, in + tap_at(c, &p, ky, kx), (size_t)run * channels);
      else memcpy(row + (size_t)kx * channels, in + tap_at(c, &p, ky, kx), (size_t)run * channels * sizeof *row);
    }
  }
}

static void scatter(const columns *c, size_t pixel, const float *row, float *din) {
  const size_t channels = (size_t)c->channels, width = (size_t)c->window.kernel[1] * channels;
  const place p = place_of(c, pixel);
  const int run = run_taps(c, &p);
  for (int ky = p.first[0]; ky < p.last[0]; ky++)
    for (int kx = p.first[1]; kx < p.last[1]; kx += run)
      add_run(din + tap_at(c, &p, ky, kx), row + (size_t)ky * width + (size_t)kx * channels, (size_t)run * channels);
}

pl_status columns_forward(const op *o, columns *c, const float *in, float *out, float *workspace) {
  const size_t pixels = shape_count(&c->out) / (size_t)c->out.dim[1], size = (size_t)c->forward.in;
  for (size_t first = 0; first < pixels; first += ROWS) {
    const size_t count = pixels - first < ROWS ? pixels - first : ROWS;
    for (size_t k = 0; k < count; k++) gather(c, first + k, in, workspace + k * size);
    TRY(linear_run(o->node, &c->forward, count, workspace, out + first * (size_t)c->forward.out));
  }
  return PL_OK;
}

pl_status columns_backward(const op *o, columns *c, const float *out, const float *dout, float *din, float *workspace) {
  const size_t pixels = shape_count(&c->out) / (size_t)c->out.dim[1], size = (size_t)c->forward.in, channels = (size_t)c->forward.out;
  float *masked = workspace + ROWS * size;
  memset(din, 0, shape_count(&c->in) * sizeof *din);
  for (size_t first = 0; first < pixels; first += ROWS) {
    const size_t count = pixels - first < ROWS ? pixels - first : ROWS;
    const float *from = dout + first * channels;
    if (ops_clamped(o)) {
      clamp_backward(o, out + first * channels, from, masked, count * channels);
      from = masked;
    }
    TRY(linear_run(o->node, &c->backward, count, from, workspace));
    for (size_t k = 0; k < count; k++) scatter(c, first + k, workspace + k * size, din);
  }
  return PL_OK;
}
