/* The values are the planes' Fourier spectrum, divided by a magnitude that falls with the frequency, as in Lucid (Olah et al.
 * 2017): real parts, 3 x height x (width/2 + 1), then imaginary parts. */
#include <math.h>

#include "base/rng.h"
#include "image/parametrization/parametrization.h"
#include "image/spectrum.h"
#include "image/standardize.h"

typedef struct fourier {
  size_t bins, pixels; /* of one channel */
  pl_standardize standardize;
  standardization stats;
  spectrum *plan;
  float *scale;         /* height x (width/2 + 1) */
  float *complex_plane; /* the same in complex numbers */
} fourier;

static void fourier_free(void *state) {
  fourier *p = state;
  spectrum_free(p->plan);
  memory_free(p->scale);
  memory_free(p->complex_plane);
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
  p->complex_plane = memory_allocate(p->bins, 2 * sizeof *p->complex_plane);
  if (!p->scale || !p->complex_plane)
    return status_no_memory("for the spectrum of an image of %dx%d", config->height, config->width);
  fill_scale(p->scale, config->height, config->width, (double)config->decay);
  return PL_OK;
}

static pl_status fourier_create(const pl_config *config, const magnitude *m, const latent_map *map, void **state) {
  (void)map;
  (void)m;
  fourier *p = memory_allocate(1, sizeof *p);
  if (!p) return status_no_memory("for a parametrization");
  *p = (fourier){.bins = (size_t)config->height * (size_t)(config->width / 2 + 1),
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
    spectrum_forward(p->plan, x + c * p->pixels, p->complex_plane);
    for (size_t i = 0; i < p->bins; i++) {
      re[i] = p->complex_plane[2 * i] / p->scale[i];
      im[i] = p->complex_plane[2 * i + 1] / p->scale[i];
    }
  }
}

static pl_status fourier_forward(void *state, const float *values, float *x) {
  fourier *p = state;
  const standardization s = p->stats = standardize_measure(&p->standardize, values, 3 * p->bins, 2);
  for (size_t c = 0; c < 3; c++) {
    const float *re = values + c * p->bins, *im = re + 3 * p->bins;
    for (size_t i = 0; i < p->bins; i++) {
      p->complex_plane[2 * i] = (re[i] - s.mean[0]) * s.scale * p->scale[i];
      p->complex_plane[2 * i + 1] = (im[i] - s.mean[1]) * s.scale * p->scale[i];
    }
    spectrum_inverse(p->plan, p->complex_plane, x + c * p->pixels);
  }
  return PL_OK;
}

static pl_status fourier_backward(void *state, const float *values, const float *dx, float *dvalues) {
  fourier *p = state;
  for (size_t c = 0; c < 3; c++) {
    float *re = dvalues + c * p->bins, *im = re + 3 * p->bins;
    spectrum_adjoint(p->plan, dx + c * p->pixels, p->complex_plane);
    for (size_t i = 0; i < p->bins; i++) {
      re[i] = p->complex_plane[2 * i] * p->scale[i];
      im[i] = p->complex_plane[2 * i + 1] * p->scale[i];
    }
  }
  standardize_backward_raw(&p->stats, values, dvalues);
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
