#include "parametrization.h"

#include <math.h>
#include <stdlib.h>

#include "color.h"
#include "rng.h"
#include "spectrum.h"
#include "vector_math.h"

/* Added to standard deviations. */
static const float STANDARDIZE_EPSILON = 1e-5f;

/* What standardizing found: y = (x - mean) scale. */
typedef struct standardization {
  float mean, scale;
  double deviation;
} standardization;

struct parametrization {
  int height, width;
  size_t bins, pixels; /* of one channel */
  float range_low, range_high;
  bool standardize_phase;
  spectrum *plan;
  float *phase, *magnitude; /* 3 x height x (width/2 + 1) */
  float *complex_plane;     /* height x (width/2 + 1) complex numbers */
  float *x, *dx;            /* 3 x height x width: standardized, in decorrelated colour */
  standardization phase_stats, image_stats;
};

/* ---- standardize: to zero mean and unit deviation ---- */

/* Sums of `a` and of a b, in double precision, in lanes for vector code. */
static void sums(const float *restrict a, const float *restrict b, size_t count, double *sum, double *product) {
  enum { LANES = 8 };
  double s[LANES] = {0}, p[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    for (size_t k = 0; k < LANES; k++) {
      s[k] += (double)a[i + k];
      p[k] += (double)a[i + k] * (double)b[i + k];
    }
  }
  for (; i < count; i++) s[0] += (double)a[i], p[0] += (double)a[i] * (double)b[i];
  *sum = *product = 0;
  for (size_t k = 0; k < LANES; k++) *sum += s[k], *product += p[k];
}

static standardization measure(const float *x, size_t count) {
  double sum, square;
  sums(x, x, count, &sum, &square);
  const double mean = sum / (double)count, variance = square / (double)count - mean * mean;
  const double deviation = variance > 0 ? sqrt(variance) : 0;
  return (standardization){(float)mean, (float)(1 / (deviation + (double)STANDARDIZE_EPSILON)), deviation};
}

/* dx from dy for y = (x - mean(x)) / (deviation(x) + epsilon), which had `count` values with product = sum(dy y):
 * dx = scale (dy - mean(dy)) - y product / (count deviation), the second part for what each x does to the deviation.
 * Here as two coefficients: dx = scale dy + offset + slope y. */
static void standardize_coefficients(const standardization *s, double dsum, double product, size_t count, float *offset,
                                     float *slope) {
  *offset = (float)(-(double)s->scale * dsum / (double)count);
  *slope = s->deviation > 0 ? (float)(-product / ((double)count * s->deviation)) : 0;
}

/* ---- create and free ---- */

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

static pl_status allocate(parametrization *p) {
  TRY(spectrum_create(p->height, p->width, &p->plan));
  p->phase = memory_allocate(3 * p->bins * sizeof *p->phase);
  p->magnitude = memory_allocate(3 * p->bins * sizeof *p->magnitude);
  p->complex_plane = memory_allocate(2 * p->bins * sizeof *p->complex_plane);
  p->x = memory_allocate(3 * p->pixels * sizeof *p->x);
  p->dx = memory_allocate(3 * p->pixels * sizeof *p->dx);
  if (!p->phase || !p->magnitude || !p->complex_plane || !p->x || !p->dx)
    return status_fail(PL_OUT_OF_MEMORY, "no memory left for the phases of an image of %dx%d", p->height, p->width);
  return PL_OK;
}

pl_status parametrization_create(const pl_config *config, const magnitude *m, parametrization **created) {
  *created = NULL;
  parametrization *p = calloc(1, sizeof *p);
  if (!p) return status_fail(PL_OUT_OF_MEMORY, "no memory left for a parametrization");
  p->height = config->height;
  p->width = config->width;
  p->bins = (size_t)config->height * (size_t)(config->width / 2 + 1);
  p->pixels = (size_t)config->height * (size_t)config->width;
  p->range_low = config->range_low;
  p->range_high = config->range_high;
  p->standardize_phase = config->standardize_phase;
  const pl_status status = allocate(p);
  if (status) {
    parametrization_free(p);
    return status;
  }
  magnitude_resample(m, p->height, p->width, p->magnitude);
  const rng r = {.seed = config->seed, .stream = RNG_PHASE};
  rng_draw(&r, config->phase, p->phase, 3 * p->bins);
  for (size_t c = 0; c < 3; c++) oppose_phases(p->phase + c * p->bins, p->height, p->width);
  *created = p;
  return PL_OK;
}

void parametrization_free(parametrization *p) {
  if (!p) return;
  spectrum_free(p->plan);
  memory_free(p->phase);
  memory_free(p->magnitude);
  memory_free(p->complex_plane);
  memory_free(p->x);
  memory_free(p->dx);
  free(p);
}

float *parametrization_values(parametrization *p, size_t *count) {
  if (count) *count = 3 * p->bins;
  return p->phase;
}

/* ---- forward and backward ---- */

/* s = amplitude exp(i (phase - mean) scale) */
static void make_spectrum(const float *restrict phase, const float *restrict amplitude, size_t bins, float mean, float scale,
                          float *restrict s) {
  for (size_t i = 0; i < bins; i++) {
    float sine, cosine;
    vector_sincos((phase[i] - mean) * scale, &sine, &cosine);
    s[2 * i] = amplitude[i] * cosine;
    s[2 * i + 1] = amplitude[i] * sine;
  }
}

/* dphase (standardized) = amplitude (cos ds.im - sin ds.re) */
static void spectrum_to_phase(const float *restrict phase, const float *restrict amplitude, size_t bins, float mean,
                              float scale, const float *restrict ds, float *restrict dphase) {
  for (size_t i = 0; i < bins; i++) {
    float sine, cosine;
    vector_sincos((phase[i] - mean) * scale, &sine, &cosine);
    dphase[i] = amplitude[i] * (cosine * ds[2 * i + 1] - sine * ds[2 * i]);
  }
}

void parametrization_forward(parametrization *p, float *image) {
  p->phase_stats = p->standardize_phase ? measure(p->phase, 3 * p->bins) : (standardization){0, 1, 1};
  for (size_t c = 0; c < 3; c++) {
    make_spectrum(p->phase + c * p->bins, p->magnitude + c * p->bins, p->bins, p->phase_stats.mean, p->phase_stats.scale,
                  p->complex_plane);
    spectrum_inverse(p->plan, p->complex_plane, p->x + c * p->pixels);
  }
  p->image_stats = measure(p->x, 3 * p->pixels);
  const float mean = p->image_stats.mean, scale = p->image_stats.scale;
  for (size_t i = 0; i < 3 * p->pixels; i++) p->x[i] = (p->x[i] - mean) * scale;
  color_forward(p->x, p->pixels, p->range_low, p->range_high, image);
}

static void standardize_image_backward(parametrization *p) {
  double dsum, product;
  float offset, slope;
  sums(p->dx, p->x, 3 * p->pixels, &dsum, &product);
  standardize_coefficients(&p->image_stats, dsum, product, 3 * p->pixels, &offset, &slope);
  const float scale = p->image_stats.scale;
  for (size_t i = 0; i < 3 * p->pixels; i++) p->dx[i] = scale * p->dx[i] + offset + slope * p->x[i];
}

/* The standardized phase y = (phase - mean) scale was not kept: sum(dy y) = scale (sum(dy phase) - mean sum(dy)). */
static void standardize_phase_backward(const parametrization *p, float *dphase) {
  const standardization s = p->phase_stats;
  double dsum, product;
  float offset, slope;
  sums(dphase, p->phase, 3 * p->bins, &dsum, &product);
  product = (double)s.scale * (product - (double)s.mean * dsum);
  standardize_coefficients(&s, dsum, product, 3 * p->bins, &offset, &slope);
  for (size_t i = 0; i < 3 * p->bins; i++)
    dphase[i] = s.scale * dphase[i] + offset + slope * ((p->phase[i] - s.mean) * s.scale);
}

void parametrization_backward(parametrization *p, const float *image, const float *dimage, float *dvalues) {
  color_backward(image, dimage, p->pixels, p->range_low, p->range_high, p->dx);
  standardize_image_backward(p);
  for (size_t c = 0; c < 3; c++) {
    spectrum_adjoint(p->plan, p->dx + c * p->pixels, p->complex_plane);
    spectrum_to_phase(p->phase + c * p->bins, p->magnitude + c * p->bins, p->bins, p->phase_stats.mean, p->phase_stats.scale,
                      p->complex_plane, dvalues + c * p->bins);
  }
  if (p->standardize_phase) standardize_phase_backward(p, dvalues);
}
