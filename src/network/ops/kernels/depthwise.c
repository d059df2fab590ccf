#include "network/ops/kernels/depthwise.h"

#include <string.h>

/* Input positions x = first + stride * j of one phase read taps of output positions j + offset, j + offset + step, ... */
typedef struct phase {
  int taps;   /* how many of the window's columns this phase meets */
  int offset; /* of its first tap; taps are in the order of rising output position */
  int weight; /* index of its first tap in the reordered columns */
} phase;

struct depthwise {
  window window;
  int channels;
  float *weights; /* KH x KW x C, columns reordered so that those of a phase follow each other in the order of its taps */
  phase *phases;  /* stride[1] of them */
  int step;       /* between the output positions of a phase's taps */
  /* set by reshape */
  shape in, out;
  int left, right; /* zeros around a row of dout */
  int rows;        /* of dout that are kept ready */
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

/* In the order of find_phases. */
static void reorder(depthwise *d, const float *weights) {
  const window *w = &d->window;
  const size_t channels = (size_t)d->channels, columns = (size_t)w->kernel[1], taps = (size_t)w->kernel[0] * columns;
  size_t column = 0;
  for (int p = 0; p < w->stride[1]; p++)
    for (int kx = w->kernel[1] - 1; kx >= 0; kx--) {
      if (modulo(kx * w->dilation[1] - w->before[1] - p, w->stride[1])) continue;
      for (size_t ky = 0; ky < (size_t)w->kernel[0]; ky++)
        for (size_t c = 0; c < channels; c++)
          d->weights[(ky * columns + column) * channels + c] = weights[c * taps + ky * columns + (size_t)kx];
      column++;
    }
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

uint64_t depthwise_held(const depthwise *d) { return size_product(weight_count(d), sizeof *d->weights); }

bool depthwise_pack(depthwise *d, const float *weights) {
  if (!d->weights) d->weights = memory_allocate(weight_count(d), sizeof *d->weights);
  if (d->weights) reorder(d, weights);
  return d->weights;
}

void depthwise_free(depthwise *d) {
  if (!d) return;
  memory_free(d->weights);
  memory_free(d->phases);
  memory_free(d);
}

/* Positions of phase p in a row of the input. */
static int phase_count(const depthwise *d, int p) { return (d->in.dim[3] - p + d->window.stride[1] - 1) / d->window.stride[1]; }

static size_t row_positions(const depthwise *d) { return (size_t)d->left + (size_t)d->out.dim[3] + (size_t)d->right; }
static size_t row_floats(const depthwise *d) { return row_positions(d) * (size_t)d->channels; }

uint64_t depthwise_reshape(depthwise *d, const window *w, const shape *in, const shape *out) {
  d->in = *in;
  d->out = *out;
  d->left = d->right = 0;
  for (int p = 0; p < w->stride[1]; p++) {
    const phase *f = &d->phases[p];
    if (!f->taps || phase_count(d, p) < 1) continue;
    const int last = phase_count(d, p) - 1 + f->offset + (f->taps - 1) * d->step;
    if (-f->offset > d->left) d->left = -f->offset;
    if (last - (out->dim[3] - 1) > d->right) d->right = last - (out->dim[3] - 1);
  }
  d->rows = (w->kernel[0] - 1) * w->dilation[0] / w->stride[0] + 2;
  if (d->rows > out->dim[2]) d->rows = out->dim[2];
  const uint64_t row = size_product(row_positions(d), (uint64_t)d->channels * sizeof(float));
  return size_product(row, (uint64_t)d->rows);
}

/* ---- the kernel: one row of the input, one phase ---- */

enum { ACROSS = 4 };

/* What one phase of one row is made of. */
typedef struct work {
  const float *rows[DEPTHWISE_MAX_HEIGHT];    /* of dout, from the phase's first tap on */
  const float *weights[DEPTHWISE_MAX_HEIGHT]; /* of that row's taps */
  int row_count, taps, step;
  size_t channels, apart; /* floats from one position of the phase to the next in din */
} work;

/* `across` positions from position j on, four channels from c on. taps, step and across are constants where it is inlined: then
 * weights and sums stay in registers, and every value of dout is loaded once for all positions that need it. */
static inline __attribute__((always_inline)) void tile(const work *k, size_t j, size_t c, float *din, int taps, int step,
                                                       int across) {
  const size_t channels = k->channels, apart = k->apart;
  const int row_count = k->row_count;
  v4 sum[ACROSS];
  for (int a = 0; a < across; a++) sum[a] = v4_all(0);
  for (int r = 0; r < row_count; r++) {
    const float *x = k->rows[r] + j * channels + c, *w = k->weights[r] + c;
    if (step == 1) {
      for (int at = 0; at < across + taps - 1; at++, x += channels) {
        const v4 value = v4_load(x);
        for (int a = 0; a < across; a++)
          if (at - a >= 0 && at - a < taps) sum[a] = v4_multiply_add(value, v4_load(w + (size_t)(at - a) * channels), sum[a]);
      }
    } else {
      for (int t = 0; t < taps; t++)
        for (int a = 0; a < across; a++)
          sum[a] = v4_multiply_add(v4_load(x + (size_t)(t * step + a) * channels), v4_load(w + (size_t)t * channels), sum[a]);
    }
  }
  for (int a = 0; a < across; a++) v4_store(din + (j + (size_t)a) * apart + c, sum[a]);
}

/* Channels that do not fill a vector, one by one. */
static void rest(const work *k, size_t j, size_t first, float *din) {
  for (size_t c = first; c < k->channels; c++) {
    float sum = 0;
    for (int r = 0; r < k->row_count; r++)
      for (int t = 0; t < k->taps; t++)
        sum += k->rows[r][(j + (size_t)(t * k->step)) * k->channels + c] * k->weights[r][(size_t)t * k->channels + c];
    din[j * k->apart + c] = sum;
  }
}

static inline __attribute__((always_inline)) void run_phase(const work *k, size_t count, float *din, int taps, int step) {
  const size_t whole = k->channels & ~(size_t)3;
  size_t j = 0;
  for (; j + ACROSS <= count; j += ACROSS)
    for (size_t c = 0; c < whole; c += 4) tile(k, j, c, din, taps, step, ACROSS);
  switch (count - j) {
    case 3:
      for (size_t c = 0; c < whole; c += 4) tile(k, j, c, din, taps, step, 3);
      break;
    case 2:
      for (size_t c = 0; c < whole; c += 4) tile(k, j, c, din, taps, step, 2);
      break;
    case 1:
      for (size_t c = 0; c < whole; c += 4) tile(k, j, c, din, taps, step, 1);
      break;
    default: break;
  }
  if (whole < k->channels)
    for (j = 0; j < count; j++) rest(k, j, whole, din);
}

/* The number of taps as a constant for the windows that networks have: 1 to 3 at stride 2, 3, 5 and 7 at stride 1. Functions of
 * their own, for engines find registers for each more easily than for all in one. */
#define PHASE(name, taps, step) \
  static __attribute__((noinline)) void name(const work *k, size_t count, float *din) { run_phase(k, count, din, taps, step); }

PHASE(phase_1, 1, 1)
PHASE(phase_2, 2, 1)
PHASE(phase_3, 3, 1)
PHASE(phase_4, 4, 1)
PHASE(phase_5, 5, 1)
PHASE(phase_7, 7, 1)
PHASE(phase_any, k->taps, k->step)

static void run_work(const work *k, size_t count, float *din) {
  static void (*const phases[])(const work *, size_t, float *) = {phase_any, phase_1, phase_2,   phase_3,
                                                                  phase_4,   phase_5, phase_any, phase_7};
  (k->step == 1 && k->taps < 8 ? phases[k->taps] : phase_any)(k, count, din);
}

/* ---- rows of dout, masked and with zeros around, in a ring ---- */

typedef struct ring {
  float *rows;
  int next; /* rows before it have been loaded */
} ring;

static float *ring_row(const depthwise *d, const ring *r, int y) { return r->rows + (size_t)(y % d->rows) * row_floats(d); }

static void ring_load(const depthwise *d, const op *o, ring *r, int y, const float *out, const float *dout) {
  const size_t row = (size_t)d->out.dim[3] * (size_t)d->channels;
  for (; r->next <= y; r->next++) {
    float *to = ring_row(d, r, r->next) + (size_t)d->left * (size_t)d->channels;
    const size_t from = (size_t)r->next * row;
    if (ops_clamped(o)) clamp_backward(o, out + from, dout + from, to, row);
    else memcpy(to, dout + from, row * sizeof *to);
  }
}

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
  const size_t channels = (size_t)d->channels;
  for (int p = 0; p < d->window.stride[1]; p++) {
    const phase *f = &d->phases[p];
    const int positions = phase_count(d, p);
    if (positions < 1) continue;
    work k = {.row_count = f->taps ? count : 0,
              .taps = f->taps,
              .step = d->step,
              .channels = channels,
              .apart = channels * (size_t)d->window.stride[1]};
    for (int i = 0; i < k.row_count; i++) {
      k.rows[i] = ring_row(d, r, row_of[i]) + (size_t)(d->left + f->offset) * channels;
      k.weights[i] = d->weights + (size_t)(ky_of[i] * d->window.kernel[1] + f->weight) * channels;
    }
    run_work(&k, (size_t)positions, din + (size_t)p * channels);
  }
}

void depthwise_backward(const depthwise *d, const op *o, const float *out, const float *dout, float *din, float *workspace) {
  const size_t channels = (size_t)d->channels, row = (size_t)d->in.dim[3] * channels;
  const size_t image = (size_t)d->out.dim[2] * (size_t)d->out.dim[3] * channels;
  memset(workspace, 0, (size_t)d->rows * row_floats(d) * sizeof *workspace);
  for (int n = 0; n < d->in.dim[0]; n++) {
    ring r = {workspace, 0};
    for (int y = 0; y < d->in.dim[2]; y++, din += row) {
      int ky_of[DEPTHWISE_MAX_HEIGHT], row_of[DEPTHWISE_MAX_HEIGHT];
      const int count = meeting_rows(d, y, ky_of, row_of);
      if (count) ring_load(d, o, &r, row_of[count - 1], out, dout);
      backward_row(d, &r, ky_of, row_of, count, din);
    }
    if (out) out += image;
    dout += image;
  }
}
