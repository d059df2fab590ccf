/* The values are the planes' Fourier spectrum, divided by a magnitude that falls with the frequency, as in Lucid (Olah et al.
 * 2017): real parts, 3 x height x (width/2 + 1), then imaginary parts. */
#include <math.h>

#include "base/rng.h"
#include "base/vector.h"
#include "image/parametrization/parametrization.h"
#include "image/spectrum.h"
#include "image/standardize.h"

typedef struct fourier {
  int height, columns;
  size_t bins, pixels; /* of one channel */
  pl_standardize standardize;
  standardization stats;
  spectrum *plan;
  float *scale; /* height x (width/2 + 1) */
  float *half;  /* a half spectrum */
} fourier;

static void fourier_free(void *state) {
  fourier *p = state;
  spectrum_free(p->plan);
  memory_free(p->scale);
  memory_free(p->half);
  memory_free(p);
}

/* sqrt(height width) / frequency^decay in cycles per pixel; the constant term has the lowest of the longer side's. */
static void fill_scale(float *scale, int height, int width, double decay) {
  const double lowest = 1.0 / (height > width ? height : width), size = sqrt((double)height * width);
  for (int y = 0; y < height; y++) {
    for (int x = 0; x <= width / 2; x++) {
      const double fy = (double)(2 * y < height ? y : y - height) / height, fx = (double)x / width;
      *scale++ = (float)(size / pow(fmax(sqrt(fy * fy + fx * fx), lowest), decay));
    }
  }
}

static pl_status allocate(fourier *p, const pl_config *config) {
  TRY(spectrum_create(config->height, config->width, &p->plan));
  p->scale = memory_allocate(p->bins, sizeof *p->scale);
  p->half = memory_allocate(spectrum_size(p->plan), sizeof *p->half);
  if (!p->scale || !p->half) return status_no_memory("for the spectrum of an image of %dx%d", config->height, config->width);
  fill_scale(p->scale, config->height, config->width, (double)config->decay);
  return PL_OK;
}

static pl_status fourier_create(const pl_config *config, const magnitude *m, const latent_map *map, void **state) {
  (void)map;
  (void)m;
  fourier *p = memory_allocate(1, sizeof *p);
  if (!p) return status_no_memory("for a parametrization");
  *p = (fourier){.height = config->height,
                 .columns = config->width / 2 + 1,
                 .bins = (size_t)config->height * (size_t)(config->width / 2 + 1),
                 .pixels = (size_t)config->height * (size_t)config->width,
                 .standardize = config->standardize_phase};
  const pl_status status = allocate(p, config);
  if (status) fourier_free(p);
  else *state = p;
  return status;
}

static uint64_t fourier_count(const pl_config *config, uint64_t latent) {
  (void)latent;
  return 6 * parametrization_bins(config);
}

static void fourier_draw(const void *state, const pl_config *config, float *values) {
  const rng r = {.seed = config->seed, .stream = RNG_VALUES};
  rng_normal(&r, 0, config->start_deviation, values, 6 * ((const fourier *)state)->bins);
}

static void fourier_start(void *state, const float *x, float *values) {
  fourier *p = state;
  p->standardize.on = false;
  for (size_t c = 0; c < 3; c++) {
    float *re = values + c * p->bins, *im = re + 3 * p->bins;
    spectrum_forward(p->plan, x + c * p->pixels, p->half);
    for (size_t y = 0, i = 0; y < (size_t)p->height; y++) {
      for (int k = 0; k < p->columns; k++, i++) {
        const float *s = p->half + spectrum_at(p->plan, (int)y, k);
        re[i] = s[0] / p->scale[i];
        im[i] = s[SPECTRUM_LANES] / p->scale[i];
      }
    }
  }
}

/* s = scale (value - mean) deviation^-1. Values after a row's last one fill the last strip up. */
static void make_spectrum(const fourier *p, const float *re, const float *im, float *s) {
  const v4 mean_re = v4_all(p->stats.mean[0]), mean_im = v4_all(p->stats.mean[1]);
  const size_t strip = spectrum_at(p->plan, 0, SPECTRUM_LANES);
  const float *scale = p->scale;
  for (int y = 0; y < p->height; y++, re += p->columns, im += p->columns, scale += p->columns) {
    float *line = s + spectrum_at(p->plan, y, 0);
    for (int x = 0; x < p->columns; x += SPECTRUM_LANES, line += strip) {
      const v4 all = v4_load(scale + x);
      v4_store(line, (v4_load(re + x) - mean_re) * p->stats.scale * all);
      v4_store(line + SPECTRUM_LANES, (v4_load(im + x) - mean_im) * p->stats.scale * all);
    }
  }
}

static pl_status fourier_forward(void *state, const float *values, float *x) {
  fourier *p = state;
  p->stats = standardize_measure(&p->standardize, values, 3 * p->bins, 2);
  for (size_t c = 0; c < 3; c++) {
    make_spectrum(p, values + c * p->bins, values + (c + 3) * p->bins, p->half);
    spectrum_inverse(p->plan, p->half, x + c * p->pixels);
  }
  return PL_OK;
}

/* dvalues = scale deviation^-1 ds */
static void spectrum_to_values(const fourier *p, const float *ds, float *dre, float *dim) {
  const size_t strip = spectrum_at(p->plan, 0, SPECTRUM_LANES);
  const float *scale = p->scale;
  for (int y = 0; y < p->height; y++, dre += p->columns, dim += p->columns, scale += p->columns) {
    const float *line = ds + spectrum_at(p->plan, y, 0);
    for (int x = 0; x < p->columns; x += SPECTRUM_LANES, line += strip) {
      const v4 all = v4_load(scale + x) * p->stats.scale;
      v4_store_some(dre + x, all * v4_load(line), p->columns - x);
      v4_store_some(dim + x, all * v4_load(line + SPECTRUM_LANES), p->columns - x);
    }
  }
}

static pl_status fourier_backward(void *state, const float *values, const float *dx, float *dvalues) {
  fourier *p = state;
  for (size_t c = 0; c < 3; c++) {
    spectrum_adjoint(p->plan, dx + c * p->pixels, p->half);
    spectrum_to_values(p, p->half, dvalues + c * p->bins, dvalues + (c + 3) * p->bins);
  }
  standardize_backward(&p->stats, values, dvalues);
  return PL_OK;
}

const parametrization_class parametrization_fourier = {
    .create = fourier_create,
    .free = fourier_free,
    .count = fourier_count,
    .draw = fourier_draw,
    .start = fourier_start,
    .forward = fourier_forward,
    .backward = fourier_backward,
};
