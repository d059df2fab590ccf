#include "image/spectrum.h"

#include <kiss_fft.h>

#include "base/vector.h"

enum { MAX_SIDE = 16384 };

/* KISS FFT is compiled for vectors of four floats (USE_SIMD), and so makes four transforms in the time of one. It takes lines: the
 * vector of four real parts, then that of the imaginary parts. Columns are transformed four at a time; rows, which are real, eight at
 * a time: in a line's real parts the four rows of one half of a band, in its imaginary parts those of the other half. */
enum { LANES = SPECTRUM_LANES, LINE = 2 * LANES, BAND = 2 * LANES };
_Static_assert(sizeof(kiss_fft_scalar) == LANES * sizeof(float), "KISS FFT must be compiled with USE_SIMD");

struct spectrum {
  int height, width, columns, bands;
  size_t strip, band; /* floats from a strip, and from a band's lines, to the next */
  kiss_fft_cfg column_inverse, column_forward, row_inverse, row_forward;
  float *column;         /* a strip's lines, then 0 to the end of the last band */
  float *line, *changed; /* a band's lines before and after their transform */
  float *between;        /* what one pass leaves to the other: all bands, or all strips */
  float *zeros, *unused; /* rows below the last one, to be read and written */
};

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* An odd number of cache lines, so that strips side by side do not all fall into the same places of the cache. */
static size_t apart(size_t lines) { return (lines + 2) / 4 * 4 * LINE + 2 * LINE; }

static bool make_plans(spectrum *p) {
  p->column_inverse = kiss_fft_alloc(p->height, 1, NULL, NULL);
  p->column_forward = kiss_fft_alloc(p->height, 0, NULL, NULL);
  p->row_inverse = kiss_fft_alloc(p->width, 1, NULL, NULL);
  p->row_forward = kiss_fft_alloc(p->width, 0, NULL, NULL);
  return p->column_inverse && p->column_forward && p->row_inverse && p->row_forward;
}

static bool allocate(spectrum *p) {
  const size_t float_size = sizeof(float), all_bands = (size_t)p->bands * p->band;
  p->column = memory_allocate(p->strip, float_size);
  p->line = memory_allocate(p->band, float_size);
  p->changed = memory_allocate(p->band, float_size);
  p->between = memory_allocate(larger(all_bands, spectrum_size(p)), float_size);
  p->zeros = memory_allocate((size_t)p->width, float_size);
  p->unused = memory_allocate((size_t)p->width, float_size);
  return p->column && p->line && p->changed && p->between && p->zeros && p->unused;
}

pl_status spectrum_create(int height, int width, spectrum **plan) {
  *plan = NULL;
  if (height < 2 || width < 2 || height > MAX_SIDE || width > MAX_SIDE)
    return status_fail(PL_INVALID_ARGUMENT, "a spectrum of %dx%d: sides must be from 2 to %d", height, width, MAX_SIDE);
  spectrum *p = memory_allocate(1, sizeof *p);
  if (p) {
    *p = (spectrum){.height = height, .width = width, .columns = width / 2 + 1, .bands = (height + BAND - 1) / BAND};
    p->strip = apart((size_t)p->bands * BAND);
    p->band = apart((size_t)width + 1);
  }
  if (!p || !make_plans(p) || !allocate(p)) {
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
  kiss_fft_free(p->row_inverse);
  kiss_fft_free(p->row_forward);
  memory_free(p->column);
  memory_free(p->line);
  memory_free(p->changed);
  memory_free(p->between);
  memory_free(p->zeros);
  memory_free(p->unused);
  memory_free(p);
}

size_t spectrum_size(const spectrum *p) { return (size_t)((p->columns + LANES - 1) / LANES) * p->strip; }

size_t spectrum_at(const spectrum *p, int y, int x) {
  return (size_t)(x / LANES) * p->strip + (size_t)y * LINE + (size_t)(x % LANES);
}

static void transform(kiss_fft_cfg plan, const float *from, float *to) {
  kiss_fft(plan, (const kiss_fft_cpx *)(const void *)from, (kiss_fft_cpx *)(void *)to);
}

/* Columns of a strip that begins at x. */
static int strip_columns(const spectrum *p, int x) { return p->columns - x < LANES ? p->columns - x : LANES; }

/* Whether column x is its own mirror image: at frequency 0 and at Nyquist's. The others stand twice in a whole spectrum. */
static bool is_alone(const spectrum *p, int x) { return x == 0 || 2 * x == p->width; }

/* Four vectors, a line apart, transposed. */
static inline void load_block(const float *from, v4 block[LANES]) {
  for (int i = 0; i < LANES; i++) block[i] = v4_load(from + LINE * i);
  v4_transpose(block);
}

static inline void store_block(float *to, v4 block[LANES]) {
  v4_transpose(block);
  for (int i = 0; i < LANES; i++) v4_store(to + LINE * i, block[i]);
}

/* ---- rows from their half spectra ---- */

/* Rows a and b of half spectra A and B come out of one transform, of Z = A + i B: at -x it is conj A + i conj B. Here a strip's part
 * of Z, of all bands; imaginary parts of columns that are alone do not count. The mirror of column 0 lands in a line of its own. */
static void mix_strip(spectrum *p, int x, float scale) {
  const int count = strip_columns(p, x);
  for (int band = 0; band < p->bands; band++) {
    const float *a = p->column + (size_t)band * BAND * LINE, *b = a + LANES * LINE;
    float *lines = p->between + (size_t)band * p->band, *here = lines + LINE * x, *there = lines + LINE * (p->width - x);
    v4 plain[LANES], turned[LANES];
    load_block(a, plain);
    load_block(b + LANES, turned);
    for (int k = 0; k < count; k++) {
      const v4 re = plain[k] * scale, im = turned[k] * (is_alone(p, x + k) ? 0 : scale);
      v4_store(here + LINE * k, re - im);
      v4_store(there - LINE * k, re + im);
    }
    load_block(b, plain);
    load_block(a + LANES, turned);
    for (int k = 0; k < count; k++) {
      const v4 re = plain[k] * scale, im = turned[k] * (is_alone(p, x + k) ? 0 : scale);
      v4_store(here + LINE * k + LANES, re + im);
      v4_store(there - LINE * k + LANES, re - im);
    }
  }
}

/* Row y of an image, or what stands for those below it. */
static float *row_at(const spectrum *p, float *x, int y) { return y < p->height ? x + (size_t)y * (size_t)p->width : p->unused; }
static const float *given_row_at(const spectrum *p, const float *x, int y) {
  return y < p->height ? x + (size_t)y * (size_t)p->width : p->zeros;
}

/* Rows y to y + 3 out of one half of a band's lines. */
static void store_rows(const spectrum *p, const float *lines, int y, float *image) {
  float *const rows[LANES] = {row_at(p, image, y), row_at(p, image, y + 1), row_at(p, image, y + 2), row_at(p, image, y + 3)};
  int x = 0;
  for (; x + LANES <= p->width; x += LANES, lines += LANES * LINE) {
    v4 block[LANES];
    load_block(lines, block);
    for (int i = 0; i < LANES; i++) v4_store(rows[i] + x, block[i]);
  }
  for (; x < p->width; x++, lines += LINE)
    for (int i = 0; i < LANES; i++) rows[i][x] = lines[i];
}

void spectrum_inverse(spectrum *p, const float *s, float *x) {
  const float scale = (float)(1 / ((double)p->height * p->width));
  for (int column = 0; column < p->columns; column += LANES) {
    transform(p->column_inverse, s + spectrum_at(p, 0, column), p->column);
    mix_strip(p, column, scale);
  }
  for (int band = 0; band < p->bands; band++) {
    transform(p->row_inverse, p->between + (size_t)band * p->band, p->changed);
    store_rows(p, p->changed, band * BAND, x);
    store_rows(p, p->changed + LANES, band * BAND + LANES, x);
  }
}

/* ---- and back ---- */

static void load_rows(const spectrum *p, const float *image, int y, float *lines) {
  const float *const rows[LANES] = {given_row_at(p, image, y), given_row_at(p, image, y + 1), given_row_at(p, image, y + 2),
                                    given_row_at(p, image, y + 3)};
  int x = 0;
  for (; x + LANES <= p->width; x += LANES, lines += LANES * LINE) {
    v4 block[LANES];
    for (int i = 0; i < LANES; i++) block[i] = v4_load(rows[i] + x);
    store_block(lines, block);
  }
  for (; x < p->width; x++, lines += LINE)
    for (int i = 0; i < LANES; i++) lines[i] = rows[i][x];
}

/* 2 A = Z(x) + conj Z(-x), 2 B = (Z(x) - conj Z(-x)) / i: the band's part of all strips. */
static void separate_band(spectrum *p, int band, float scale, bool by_multiplicity) {
  const float *lines = p->changed;
  for (int x = 0; x < p->columns; x += LANES) {
    const int count = strip_columns(p, x);
    const float *here = lines + LINE * x, *there = lines + LINE * (p->width - x);
    float *a = p->between + spectrum_at(p, band * BAND, x), *b = a + LANES * LINE;
    v4 sum[LANES] = {0}, difference[LANES] = {0}, half[LANES];
    for (int k = 0; k < count; k++) half[k] = v4_all(by_multiplicity && !is_alone(p, x + k) ? scale : 0.5f * scale);
    for (int k = 0; k < count; k++) {
      const v4 z = v4_load(here + LINE * k), mirror = v4_load(there - LINE * k);
      sum[k] = half[k] * (z + mirror);
      difference[k] = half[k] * (mirror - z);
    }
    store_block(a, sum);
    store_block(b + LANES, difference);
    for (int k = 0; k < count; k++) {
      const v4 z = v4_load(here + LINE * k + LANES), mirror = v4_load(there - LINE * k + LANES);
      sum[k] = half[k] * (z + mirror);
      difference[k] = half[k] * (z - mirror);
    }
    store_block(b, sum);
    store_block(a + LANES, difference);
  }
}

/* Each column scaled, by how often it stands in the whole spectrum too where asked. */
static void to_spectrum(spectrum *p, const float *x, float scale, bool by_multiplicity, float *s) {
  for (int band = 0; band < p->bands; band++) {
    load_rows(p, x, band * BAND, p->line);
    load_rows(p, x, band * BAND + LANES, p->line + LANES);
    transform(p->row_forward, p->line, p->changed);
    for (int i = 0; i < LINE; i++) p->changed[LINE * p->width + i] = p->changed[i]; /* column 0 is its own mirror */
    separate_band(p, band, scale, by_multiplicity);
  }
  for (int column = 0; column < p->columns; column += LANES) {
    const size_t strip = spectrum_at(p, 0, column);
    transform(p->column_forward, p->between + strip, s + strip);
  }
}

void spectrum_adjoint(spectrum *p, const float *x, float *s) {
  to_spectrum(p, x, (float)(1 / ((double)p->height * p->width)), true, s);
}

void spectrum_forward(spectrum *p, const float *x, float *s) { to_spectrum(p, x, 1, false, s); }
