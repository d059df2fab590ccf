/* MaCo (Fel et al. 2023): the planes' Fourier magnitude is fixed, the values are its phases. */
#include <math.h>

#include "base/rng.h"
#include "base/vector.h"
#include "base/vector_math.h"
#include "image/parametrization/parametrization.h"
#include "image/spectrum.h"
#include "image/standardize.h"

typedef struct maco {
  int height, width, columns;
  size_t bins, pixels; /* of one channel */
  pl_standardize standardize;
  standardization stats;
  spectrum *plan;
  float *magnitude;           /* 3 x height x (width/2 + 1) */
  float *spectra, *dspectrum; /* 3 half spectra, as the last forward made them, and the gradient of one */
} maco;

static void maco_free(void *state) {
  maco *p = state;
  spectrum_free(p->plan);
  memory_free(p->magnitude);
  memory_free(p->spectra);
  memory_free(p->dspectrum);
  memory_free(p);
}

static pl_status allocate(maco *p, const pl_config *config, const magnitude *m) {
  TRY(spectrum_create(p->height, p->width, &p->plan));
  p->magnitude = memory_allocate(p->bins, 3 * sizeof *p->magnitude);
  p->spectra = memory_allocate(spectrum_size(p->plan), 3 * sizeof *p->spectra);
  p->dspectrum = memory_allocate(spectrum_size(p->plan), sizeof *p->dspectrum);
  if (!p->magnitude || !p->spectra || !p->dspectrum)
    return status_no_memory("for the phases of an image of %dx%d", p->height, p->width);
  if (!m) return PL_OK;
  return magnitude_resample(m, p->height, p->width, config->magnitude_resize, config->keep_constant, p->magnitude);
}

static pl_status maco_create(const pl_config *config, const magnitude *m, const latent_map *map, void **state) {
  (void)map;
  maco *p = memory_allocate(1, sizeof *p);
  if (!p) return status_no_memory("for a parametrization");
  *p = (maco){.height = config->height,
              .width = config->width,
              .columns = config->width / 2 + 1,
              .bins = (size_t)config->height * (size_t)(config->width / 2 + 1),
              .pixels = (size_t)config->height * (size_t)config->width,
              .standardize = config->standardize_phase};
  const pl_status status = allocate(p, config, m);
  if (status) maco_free(p);
  else *state = p;
  return status;
}

static uint64_t maco_count(const pl_config *config, uint64_t latent) {
  (void)latent;
  return 3 * parametrization_bins(config);
}

/* Column 0 and Nyquist's column hold each frequency twice, at +fy and -fy, and a real image sees only the mean of the one and the
 * conjugate of the other. Opposite phases agree, so the magnitude is what it should be; gradients are then opposite as well, and
 * the phases stay so. Entries that are their own partner have a cosine's freedom, -1 to 1 times their magnitude; nothing is to
 * be done for them. */
static void oppose_phases(float *phase, int height, int width) {
  const size_t columns = (size_t)width / 2 + 1, rows = (size_t)height;
  for (size_t y = 1; y < rows - y; y++) {
    phase[(rows - y) * columns] = -phase[y * columns];
    if (width % 2 == 0) phase[(rows - y) * columns + columns - 1] = -phase[y * columns + columns - 1];
  }
}

static void maco_draw(const void *state, const pl_config *config, float *phase) {
  const maco *p = state;
  const rng r = {.seed = config->seed, .stream = RNG_VALUES};
  rng_draw(&r, config->phase, phase, 3 * p->bins);
  for (size_t c = 0; c < 3 && config->opposite_phases; c++) oppose_phases(phase + c * p->bins, p->height, p->width);
}

/* The image's own magnitude takes the place of nature's: whatever is kept is the image's. */
static void maco_start(void *state, const float *x, float *phase) {
  maco *p = state;
  p->standardize.on = false;
  for (size_t c = 0; c < 3; c++) {
    spectrum_forward(p->plan, x + c * p->pixels, p->spectra);
    float *magnitude = p->magnitude + c * p->bins, *angle = phase + c * p->bins;
    for (int y = 0; y < p->height; y++) {
      for (int k = 0; k < p->columns; k++) {
        const float *s = p->spectra + spectrum_at(p->plan, y, k), re = s[0], im = s[SPECTRUM_LANES];
        *magnitude++ = hypotf(re, im);
        *angle++ = atan2f(im, re);
      }
    }
  }
}

/* ---- a larger picture takes over a smaller one ---- */

/* Of row or column k of `size`. Nyquist's says too little to be taken over, but by an image of the same size. */
static int frequency(int k, int size) { return 2 * k <= size ? k : k - size; }
static bool is_shared(int k, int size, int larger) { return 2 * k != size || size == larger; }

/* Where a frequency that both have lies in them. Pixels' centres lie elsewhere in the two, hence the turn of its phase. */
typedef struct shared {
  size_t from, to;
  float turn;
} shared;

/* The next that both have, after *y and *x of the smaller one; false after the last. At first *x is -1. */
static bool next_shared(const maco *from, const maco *to, int *y, int *x, shared *s) {
  do {
    if (++*x > from->width / 2) *x = 0, ++*y;
    if (*y == from->height) return false;
  } while (!is_shared(*y, from->height, to->height) || !is_shared(*x, from->width, to->width));
  const int fy = frequency(*y, from->height), row = fy < 0 ? fy + to->height : fy;
  s->from = (size_t)*y * (size_t)(from->width / 2 + 1) + (size_t)*x;
  s->to = (size_t)row * (size_t)(to->width / 2 + 1) + (size_t)*x;
  const double pi = 3.14159265358979323846;
  s->turn = (float)(pi * (fy * (1.0 / to->height - 1.0 / from->height) + *x * (1.0 / to->width - 1.0 / from->width)));
  return true;
}

/* How much larger the magnitude is where both have a frequency, so that what one alone has goes on from there. */
static float ratio(const maco *from, const maco *to, size_t channel) {
  const float *old = from->magnitude + channel * from->bins, *own = to->magnitude + channel * to->bins;
  double before = 0, after = 0;
  shared s;
  for (int y = 0, x = -1; next_shared(from, to, &y, &x, &s);) before += (double)old[s.from], after += (double)own[s.to];
  return after > 0 ? (float)(before / after) : 1;
}

static void refine_channel(const maco *from, maco *to, size_t channel, const float *old_phase, float *phase) {
  const float *old = from->magnitude + channel * from->bins;
  float *own = to->magnitude + channel * to->bins;
  const float pixels = (float)to->pixels / (float)from->pixels, scale = ratio(from, to, channel) * pixels;
  for (size_t i = 0; i < to->bins; i++) own[i] *= scale;
  shared s;
  for (int y = 0, x = -1; next_shared(from, to, &y, &x, &s);) {
    own[s.to] = old[s.from] * pixels;
    phase[s.to] = (old_phase[s.from] - from->stats.mean[0]) * from->stats.scale + s.turn;
  }
}

/* The phases are taken over as they are seen, and not standardized again. */
static void maco_refine(void *state, float *phase, const void *coarse, const float *old_phase) {
  maco *to = state;
  maco from = *(const maco *)coarse;
  from.stats = standardize_measure(&from.standardize, old_phase, 3 * from.bins, 1);
  to->standardize.on = false;
  for (size_t c = 0; c < 3; c++) refine_channel(&from, to, c, old_phase + c * from.bins, phase + c * to->bins);
}

static float *maco_fixed(void *state) { return ((maco *)state)->magnitude; }

static inline void make_line(const float *restrict phase, const float *restrict amplitude, float mean, float scale,
                             float *restrict line) {
  for (int i = 0; i < SPECTRUM_LANES; i++) {
    float sine, cosine;
    vector_sincos((phase[i] - mean) * scale, &sine, &cosine);
    line[i] = amplitude[i] * cosine;
    line[i + SPECTRUM_LANES] = amplitude[i] * sine;
  }
}

/* s = amplitude exp(i (phase - mean) scale). Phases after a row's last one fill the last strip up. */
static void make_spectrum(const maco *p, const float *phase, const float *amplitude, float *s) {
  const float mean = p->stats.mean[0], scale = p->stats.scale;
  const size_t strip = spectrum_at(p->plan, 0, SPECTRUM_LANES);
  for (int y = 0; y < p->height; y++, phase += p->columns, amplitude += p->columns) {
    float *line = s + spectrum_at(p->plan, y, 0);
    for (int x = 0; x < p->columns; x += SPECTRUM_LANES, line += strip) make_line(phase + x, amplitude + x, mean, scale, line);
  }
}

static pl_status maco_forward(void *state, const float *phase, float *x) {
  maco *p = state;
  p->stats = standardize_measure(&p->standardize, phase, 3 * p->bins, 1);
  for (size_t c = 0; c < 3; c++) {
    float *s = p->spectra + c * spectrum_size(p->plan);
    make_spectrum(p, phase + c * p->bins, p->magnitude + c * p->bins, s);
    spectrum_inverse(p->plan, s, x + c * p->pixels);
  }
  return PL_OK;
}

/* dphase = scale amplitude (cos ds.im - sin ds.re) = scale (s.re ds.im - s.im ds.re) */
static void spectrum_to_phase(const maco *p, const float *s, const float *ds, float *dphase) {
  const size_t strip = spectrum_at(p->plan, 0, SPECTRUM_LANES);
  for (int y = 0; y < p->height; y++, dphase += p->columns) {
    size_t at = spectrum_at(p->plan, y, 0);
    for (int x = 0; x < p->columns; x += SPECTRUM_LANES, at += strip) {
      const v4 re = v4_load(s + at), im = v4_load(s + at + SPECTRUM_LANES);
      v4_store_some(dphase + x, (re * v4_load(ds + at + SPECTRUM_LANES) - im * v4_load(ds + at)) * p->stats.scale,
                    p->columns - x);
    }
  }
}

static pl_status maco_backward(void *state, const float *phase, const float *dx, float *dphase) {
  maco *p = state;
  for (size_t c = 0; c < 3; c++) {
    spectrum_adjoint(p->plan, dx + c * p->pixels, p->dspectrum);
    spectrum_to_phase(p, p->spectra + c * spectrum_size(p->plan), p->dspectrum, dphase + c * p->bins);
  }
  standardize_backward(&p->stats, phase, dphase);
  return PL_OK;
}

const parametrization_class parametrization_maco = {
    .create = maco_create,
    .free = maco_free,
    .count = maco_count,
    .draw = maco_draw,
    .start = maco_start,
    .refine = maco_refine,
    .fixed = maco_fixed,
    .forward = maco_forward,
    .backward = maco_backward,
};
