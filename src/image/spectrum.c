#include "image/spectrum.h"

#include <kiss_fft.h>
#include <kiss_fftr.h>
#include <string.h>

enum { MAX_SIDE = 16384 };

/* KISS FFT is compiled for vectors of four floats (USE_SIMD), and so transforms four columns or rows in the time of one. Scratch
 * holds vectors, one number of each of them, and lines: the vector of their real parts, then that of their imaginary parts.
 * Without USE_SIMD LANES is 1. */
enum { LANES = sizeof(kiss_fft_scalar) / sizeof(float), LINE = 2 * LANES };

struct spectrum {
  int height, width, columns;
  kiss_fft_cfg column_inverse, column_forward;
  kiss_fftr_cfg row_inverse, row_forward;        /* even widths */
  kiss_fft_cfg odd_row_inverse, odd_row_forward; /* odd widths: KISS FFT's real transforms want even ones */
  float *in, *out;                               /* LANES columns or rows of complex numbers */
};

static int larger(int a, int b) { return a > b ? a : b; }

static bool make_plans(spectrum *p) {
  p->column_inverse = kiss_fft_alloc(p->height, 1, NULL, NULL);
  p->column_forward = kiss_fft_alloc(p->height, 0, NULL, NULL);
  const size_t scratch = (size_t)larger(p->height, p->width);
  p->in = memory_allocate(scratch, LINE * sizeof *p->in);
  p->out = memory_allocate(scratch, LINE * sizeof *p->out);
  const bool common = p->column_inverse && p->column_forward && p->in && p->out;
  if (p->width % 2) {
    p->odd_row_inverse = kiss_fft_alloc(p->width, 1, NULL, NULL);
    p->odd_row_forward = kiss_fft_alloc(p->width, 0, NULL, NULL);
    return common && p->odd_row_inverse && p->odd_row_forward;
  }
  p->row_inverse = kiss_fftr_alloc(p->width, 1, NULL, NULL);
  p->row_forward = kiss_fftr_alloc(p->width, 0, NULL, NULL);
  return common && p->row_inverse && p->row_forward;
}

pl_status spectrum_create(int height, int width, spectrum **plan) {
  *plan = NULL;
  if (height < 2 || width < 2 || height > MAX_SIDE || width > MAX_SIDE)
    return status_fail(PL_INVALID_ARGUMENT, "a spectrum of %dx%d: sides must be from 2 to %d", height, width, MAX_SIDE);
  spectrum *p = memory_allocate(1, sizeof *p);
  if (p) *p = (spectrum){.height = height, .width = width, .columns = width / 2 + 1};
  if (!p || !make_plans(p)) {
    spectrum_free(p);
    return status_no_memory("for transforms of %dx%d", height, width);
  }
  *plan = p;
  return PL_OK;
}

void spectrum_free(spectrum *p) {
  if (!p) return;
  kiss_fft_free(p->column_inverse);
  kiss_fft_free(p->column_forward);
  kiss_fftr_free(p->row_inverse);
  kiss_fftr_free(p->row_forward);
  kiss_fft_free(p->odd_row_inverse);
  kiss_fft_free(p->odd_row_forward);
  memory_free(p->in);
  memory_free(p->out);
  memory_free(p);
}

static void transform(const spectrum *p, kiss_fft_cfg plan) {
  kiss_fft(plan, (const kiss_fft_cpx *)(const void *)p->in, (kiss_fft_cpx *)(void *)p->out);
}

/* ---- columns ---- */

/* How often a column of the half spectrum stands in the whole one: once at frequency 0 and at Nyquist's, else twice. */
static float multiplicity(const spectrum *p, int x) { return x == 0 || 2 * x == p->width ? 1 : 2; }

/* s: the upper end of `count` <= LANES columns. Inline, so that a count of LANES becomes vector code. */
static inline void load_columns(const spectrum *p, const float *s, int count) {
  float *to = p->in;
  for (int y = 0; y < p->height; y++, to += LINE, s += 2 * p->columns)
    for (int i = 0; i < count; i++) to[i] = s[2 * i], to[LANES + i] = s[2 * i + 1];
}

static inline void store_columns(const spectrum *p, float *s, int count, const float *scale) {
  const float *from = p->out;
  for (int y = 0; y < p->height; y++, from += LINE, s += 2 * p->columns)
    for (int i = 0; i < count; i++) s[2 * i] = scale[i] * from[i], s[2 * i + 1] = scale[i] * from[LANES + i];
}

static float inverse_size(const spectrum *p) { return (float)(1 / ((double)p->height * p->width)); }

/* Transforms each column of s in place and scales it, by its multiplicity too where asked. */
static void transform_columns(const spectrum *p, kiss_fft_cfg plan, float scale, bool by_multiplicity, float *s) {
  for (int x = 0; x < p->columns; x += LANES) {
    const int count = p->columns - x < LANES ? p->columns - x : LANES;
    float scales[LANES];
    for (int i = 0; i < count; i++) scales[i] = by_multiplicity ? scale * multiplicity(p, x + i) : scale;
    if (count == LANES) {
      load_columns(p, s + 2 * x, LANES);
      transform(p, plan);
      store_columns(p, s + 2 * x, LANES, scales);
    } else {
      load_columns(p, s + 2 * x, count);
      transform(p, plan);
      store_columns(p, s + 2 * x, count, scales);
    }
  }
}

/* ---- rows ---- */

static inline void load(float *to, const float *from, int size, int count, int step) {
  for (int k = 0; k < size; k++, to += step)
    for (int i = 0; i < count; i++) to[i] = from[i * size + k];
}

static inline void store(float *to, const float *from, int size, int count, int step) {
  for (int k = 0; k < size; k++, from += step)
    for (int i = 0; i < count; i++) to[i * size + k] = from[i];
}

/* `count` <= LANES rows of `size` floats to scratch and back: float k of row i is float i of a vector, `step` floats after the one
 * before. With a step of LANES, complex rows become lines and real rows vectors; with LINE, real rows become lines' real parts. */
static void load_rows(const spectrum *p, const float *from, int size, int count, int step) {
  if (count == LANES) load(p->in, from, size, LANES, step); /* a constant count becomes vector code */
  else load(p->in, from, size, count, step);
}

static void store_rows(const spectrum *p, float *to, int size, int count, int step) {
  if (count == LANES) store(to, p->out, size, LANES, step);
  else store(to, p->out, size, count, step);
}

/* The conjugate half, and real numbers only at frequency 0. */
static void complete_half(const spectrum *p) {
  memset(p->in + LANES, 0, LANES * sizeof *p->in);
  for (int k = 1; k < p->columns; k++) {
    const float *from = p->in + LINE * k;
    float *to = p->in + LINE * (p->width - k);
    for (int i = 0; i < LANES; i++) to[i] = from[i], to[LANES + i] = -from[LANES + i];
  }
}

/* Rows from their half spectra; of column 0 and Nyquist's only the real parts count. */
static void rows_inverse(const spectrum *p, const float *s, float *x, int count) {
  load_rows(p, s, 2 * p->columns, count, LANES);
  if (p->row_inverse) {
    kiss_fftri(p->row_inverse, (const kiss_fft_cpx *)(const void *)p->in, (kiss_fft_scalar *)(void *)p->out);
    store_rows(p, x, p->width, count, LANES);
  } else {
    complete_half(p);
    transform(p, p->odd_row_inverse);
    store_rows(p, x, p->width, count, LINE);
  }
}

static void rows_forward(const spectrum *p, const float *x, float *s, int count) {
  if (p->row_forward) {
    load_rows(p, x, p->width, count, LANES);
    kiss_fftr(p->row_forward, (const kiss_fft_scalar *)(const void *)p->in, (kiss_fft_cpx *)(void *)p->out);
  } else {
    memset(p->in, 0, LINE * (size_t)p->width * sizeof *p->in);
    load_rows(p, x, p->width, count, LINE);
    transform(p, p->odd_row_forward);
  }
  store_rows(p, s, 2 * p->columns, count, LANES);
}

static int lanes_left(const spectrum *p, int y) { return p->height - y < LANES ? p->height - y : LANES; }

void spectrum_inverse(spectrum *p, float *s, float *x) {
  const size_t s_row = 2 * (size_t)p->columns, x_row = (size_t)p->width;
  transform_columns(p, p->column_inverse, inverse_size(p), false, s);
  for (int y = 0; y < p->height; y += LANES) rows_inverse(p, s + (size_t)y * s_row, x + (size_t)y * x_row, lanes_left(p, y));
}

static void all_rows_forward(const spectrum *p, const float *x, float *s) {
  const size_t s_row = 2 * (size_t)p->columns, x_row = (size_t)p->width;
  for (int y = 0; y < p->height; y += LANES) rows_forward(p, x + (size_t)y * x_row, s + (size_t)y * s_row, lanes_left(p, y));
}

void spectrum_adjoint(spectrum *p, const float *x, float *s) {
  all_rows_forward(p, x, s);
  transform_columns(p, p->column_forward, inverse_size(p), true, s);
}

void spectrum_forward(spectrum *p, const float *x, float *s) {
  all_rows_forward(p, x, s);
  transform_columns(p, p->column_forward, 1, false, s);
}
