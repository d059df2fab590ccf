#include "network/ops/kernels/depthwise.h"

#include <string.h>

#include "network/ops/kernels/depthwise_line.h"

/* Input positions x = first + stride * j of one phase read taps of output positions j + offset, j + offset + step, ... */
typedef struct phase {
  int taps;   /* how many of the window's columns this phase meets */
  int offset; /* of its first tap; taps are in the order of rising output position */
  int weight; /* index of its first tap in the reordered columns */
} phase;

/* Where what a way reads lies while it is read: some rows, with zeros around. */
typedef struct frame {
  int height, width, left, right; /* of what is read, and the zeros around a row */
  int rows;                       /* that are kept ready */
} frame;

struct depthwise {
  window window;
  int channels;
  /* KH x KW x C each: as forward takes them, and with the columns reordered so that those of a phase follow each other in the order
   * of its taps. Then the bias. */
  float *weights, *reordered, *bias;
  phase *phases; /* stride[1] of them */
  int step;      /* between the output positions of a phase's taps */
  /* set by reshape */
  shape in, out;
  frame forward, backward;
};

static int gcd(int a, int b) { return b ? gcd(b, a % b) : a; }

static int modulo(int a, int b) { return (a % b + b) % b; }

/* Columns kx of the window meet phase (kx * dilation - before) mod stride, at output position
 * j + (phase + before - kx * dilation) / stride: the larger kx, the smaller the position. */
static void find_phases(depthwise *d) {
  const window *w = &d->window;
  const int stride = w->stride[1], dilation = w->dilation[1], before = w->before[1];
  d->step = dilation / gcd(dilation, stride);
  int column = 0;
  for (int p = 0; p < stride; p++) {
    d->phases[p] = (phase){.weight = column};
    for (int kx = w->kernel[1] - 1; kx >= 0; kx--) {
      if (modulo(kx * dilation - before - p, stride)) continue;
      if (!d->phases[p].taps++) d->phases[p].offset = (p + before - kx * dilation) / stride;
      column++;
    }
  }
}

/* Column kx of the file's weights as one of another order. */
static void copy_column(const depthwise *d, const float *weights, int kx, size_t column, float *to) {
  const size_t channels = (size_t)d->channels, columns = (size_t)d->window.kernel[1], rows = (size_t)d->window.kernel[0];
  for (size_t ky = 0; ky < rows; ky++)
    for (size_t c = 0; c < channels; c++)
      to[(ky * columns + column) * channels + c] = weights[(c * rows + ky) * columns + (size_t)kx];
}

/* In the order of find_phases. */
static void reorder(depthwise *d, const float *weights) {
  const window *w = &d->window;
  size_t column = 0;
  for (int p = 0; p < w->stride[1]; p++)
    for (int kx = w->kernel[1] - 1; kx >= 0; kx--)
      if (!modulo(kx * w->dilation[1] - w->before[1] - p, w->stride[1])) copy_column(d, weights, kx, column++, d->reordered);
}

bool depthwise_takes(const dense_map *m) {
  return m->groups == m->in && m->groups == m->out && m->window.kernel[0] <= DEPTHWISE_MAX_HEIGHT;
}

depthwise *depthwise_create(const window *w, int channels) {
  depthwise *d = memory_allocate(1, sizeof *d);
  if (!d) return NULL;
  d->window = *w;
  d->channels = channels;
  d->phases = memory_allocate((size_t)w->stride[1], sizeof *d->phases);
  if (d->phases) {
    find_phases(d);
    return d;
  }
  depthwise_free(d);
  return NULL;
}

static uint64_t weight_count(const depthwise *d) {
  return size_product(size_product((uint64_t)d->channels, (uint64_t)d->window.kernel[0]), (uint64_t)d->window.kernel[1]);
}

static uint64_t float_count(const depthwise *d) { return size_sum(size_product(weight_count(d), 2), (uint64_t)d->channels); }

uint64_t depthwise_held(const depthwise *d) { return size_product(float_count(d), sizeof *d->weights); }

bool depthwise_pack(depthwise *d, const float *weights, const float *bias) {
  const size_t count = (size_t)weight_count(d);
  if (!d->weights) d->weights = memory_allocate(float_count(d), sizeof *d->weights);
  if (!d->weights) return false;
  d->reordered = d->weights + count;
  d->bias = d->reordered + count;
  for (int kx = 0; kx < d->window.kernel[1]; kx++) copy_column(d, weights, kx, (size_t)kx, d->weights);
  reorder(d, weights);
  memcpy(d->bias, bias, (size_t)d->channels * sizeof *bias);
  return true;
}

void depthwise_free(depthwise *d) {
  if (!d) return;
  memory_free(d->weights);
  memory_free(d->phases);
  memory_free(d);
}

/* ---- reshape ---- */

/* Positions of phase p in a row of the input. */
static int phase_count(const depthwise *d, int p) { return (d->in.dim[3] - p + d->window.stride[1] - 1) / d->window.stride[1]; }

static size_t row_positions(const frame *f) { return (size_t)f->left + (size_t)f->width + (size_t)f->right; }
static size_t row_floats(const depthwise *d, const frame *f) { return row_positions(f) * (size_t)d->channels; }

static uint64_t frame_bytes(const depthwise *d, const frame *f) {
  const uint64_t row = size_product(row_positions(f), (uint64_t)d->channels * sizeof(float));
  return size_product(row, (uint64_t)f->rows);
}

static int at_most(int value, int most) { return value < most ? value : most; }
static int at_least(int value, int least) { return value > least ? value : least; }

static void frame_forward(depthwise *d) {
  const window *w = &d->window;
  const int reach = (w->kernel[1] - 1) * w->dilation[1] + 1, width = d->in.dim[3];
  const int end = (d->out.dim[3] - 1) * w->stride[1] - w->before[1] + reach;
  d->forward = (frame){.height = d->in.dim[2],
                       .width = width,
                       .left = w->before[1],
                       .right = at_least(end - width, 0),
                       .rows = at_most((w->kernel[0] - 1) * w->dilation[0] + 1, d->in.dim[2])};
}

static void frame_backward(depthwise *d) {
  const window *w = &d->window;
  frame *b = &d->backward;
  *b = (frame){.height = d->out.dim[2], .width = d->out.dim[3]};
  for (int p = 0; p < w->stride[1]; p++) {
    const phase *f = &d->phases[p];
    if (!f->taps || phase_count(d, p) < 1) continue;
    const int last = phase_count(d, p) - 1 + f->offset + (f->taps - 1) * d->step;
    b->left = at_least(b->left, -f->offset);
    b->right = at_least(b->right, last - (b->width - 1));
  }
  b->rows = at_most((w->kernel[0] - 1) * w->dilation[0] / w->stride[0] + 2, b->height);
}

uint64_t depthwise_reshape(depthwise *d, const shape *in, const shape *out, bool backward) {
  d->in = *in;
  d->out = *out;
  frame_forward(d);
  frame_backward(d);
  return frame_bytes(d, backward ? &d->backward : &d->forward);
}

/* ---- rows in a ring ---- */

/* What goes into the ring: an image's values, or of dout what the fused clamp lets through. */
typedef struct source {
  const op *o;
  const buffers *b;
  const float *values; /* of all images */
  bool masked;
  size_t first; /* of the image's */
} source;

typedef struct ring {
  const depthwise *d;
  const frame *frame;
  float *rows;
  int next; /* rows before it have been loaded */
} ring;

static ring ring_start(const depthwise *d, const frame *f, float *workspace) {
  const size_t channels = (size_t)d->channels, left = (size_t)f->left * channels, right = (size_t)f->right * channels;
  for (int y = 0; y < f->rows; y++) {
    float *row = workspace + (size_t)y * row_floats(d, f);
    memset(row, 0, left * sizeof *row);
    memset(row + row_floats(d, f) - right, 0, right * sizeof *row);
  }
  return (ring){d, f, workspace, 0};
}

static float *ring_row(const ring *r, int y) { return r->rows + (size_t)(y % r->frame->rows) * row_floats(r->d, r->frame); }

/* Rows up to y; no row before `first` is needed any more. */
static void ring_load(ring *r, const source *s, int first, int y) {
  const size_t channels = (size_t)r->d->channels, row = (size_t)r->frame->width * channels;
  if (r->next < first) r->next = first;
  for (; r->next <= y; r->next++) {
    float *to = ring_row(r, r->next) + (size_t)r->frame->left * channels;
    const size_t from = s->first + (size_t)r->next * row;
    if (s->masked) clamp_backward(s->o, s->b, from, row, to);
    else memcpy(to, s->values + from, row * sizeof *to);
  }
}

static depthwise_line line_of(const depthwise *d) {
  return (depthwise_line){
      .step = 1, .stride = 1, .channels = (size_t)d->channels, .apart = (size_t)d->channels, .low = -INFINITY, .high = INFINITY};
}

/* ---- forward ---- */

static void forward_row(const depthwise *d, const op *o, const ring *r, int y, float *out) {
  const window *w = &d->window;
  const int top = y * w->stride[0] - w->before[0];
  int first, last;
  window_taps(w, 0, y, d->in.dim[2], &first, &last);
  depthwise_line l = line_of(d);
  l.bias = d->bias;
  l.low = o->low;
  l.high = o->high;
  l.taps = w->kernel[1];
  l.step = w->dilation[1];
  l.stride = w->stride[1];
  for (int ky = first; ky < last; ky++, l.row_count++) {
    l.rows[l.row_count] = ring_row(r, top + ky * w->dilation[0]);
    l.weights[l.row_count] = d->weights + (size_t)(ky * w->kernel[1]) * l.channels;
  }
  depthwise_line_run(&l, (size_t)d->out.dim[3], out);
}

void depthwise_forward(const depthwise *d, const op *o, const buffers *b) {
  const window *w = &d->window;
  const size_t row = (size_t)d->out.dim[3] * (size_t)d->channels, image = shape_count(&d->in) / (size_t)d->in.dim[0];
  size_t at = 0;
  for (int n = 0; n < d->in.dim[0]; n++) {
    const source s = {o, b, b->in[0], false, (size_t)n * image};
    ring r = ring_start(d, &d->forward, b->workspace);
    for (int y = 0; y < d->out.dim[2]; y++, at += row) {
      const int top = y * w->stride[0] - w->before[0];
      int first, last;
      window_taps(w, 0, y, d->in.dim[2], &first, &last);
      if (first < last) ring_load(&r, &s, at_least(top, 0), top + (last - 1) * w->dilation[0]);
      forward_row(d, o, &r, y, b->out[0] + at);
      clamp_save(o, b, at, row);
    }
  }
}

/* ---- backward ---- */

/* The rows of the window and of dout that input row y meets, in the order of rising rows of dout. */
static int meeting_rows(const depthwise *d, int y, int *ky_of, int *row_of) {
  const window *w = &d->window;
  int count = 0;
  for (int ky = w->kernel[0] - 1; ky >= 0; ky--) {
    const int at = y + w->before[0] - ky * w->dilation[0];
    if (at < 0 || at % w->stride[0] || at / w->stride[0] >= d->out.dim[2]) continue;
    ky_of[count] = ky;
    row_of[count++] = at / w->stride[0];
  }
  return count;
}

static void backward_row(const depthwise *d, const ring *r, const int *ky_of, const int *row_of, int count, float *din) {
  for (int p = 0; p < d->window.stride[1]; p++) {
    const phase *f = &d->phases[p];
    const int positions = phase_count(d, p);
    if (positions < 1) continue;
    depthwise_line l = line_of(d);
    l.row_count = f->taps ? count : 0;
    l.taps = f->taps;
    l.step = d->step;
    l.apart = l.channels * (size_t)d->window.stride[1];
    for (int i = 0; i < l.row_count; i++) {
      l.rows[i] = ring_row(r, row_of[i]) + (size_t)(d->backward.left + f->offset) * l.channels;
      l.weights[i] = d->reordered + (size_t)(ky_of[i] * d->window.kernel[1] + f->weight) * l.channels;
    }
    depthwise_line_run(&l, (size_t)positions, din + (size_t)p * l.channels);
  }
}

void depthwise_backward(const depthwise *d, const op *o, const buffers *b) {
  const size_t row = (size_t)d->in.dim[3] * (size_t)d->channels, image = shape_count(&d->out) / (size_t)d->out.dim[0];
  float *din = b->din[0];
  for (int n = 0; n < d->in.dim[0]; n++) {
    const source s = {o, b, b->dout[0], ops_clamped(o), (size_t)n * image};
    ring r = ring_start(d, &d->backward, b->workspace);
    for (int y = 0; y < d->in.dim[2]; y++, din += row) {
      int ky_of[DEPTHWISE_MAX_HEIGHT], row_of[DEPTHWISE_MAX_HEIGHT];
      const int count = meeting_rows(d, y, ky_of, row_of);
      if (count) ring_load(&r, &s, 0, row_of[count - 1]);
      backward_row(d, &r, ky_of, row_of, count, din);
    }
  }
}
