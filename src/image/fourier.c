/* Images as magnitude and phase, back, and their power by frequency. */
#include <math.h>

#include "image/crops.h"
#include "image/spectrum.h"

/* What one transform needs: its plan, a channel, and that one's half spectrum. */
typedef struct fourier {
  spectrum *plan;
  size_t pixels, bins; /* of one channel */
  float *plane, *half;
} fourier;

static void fourier_free(fourier *f) {
  spectrum_free(f->plan);
  memory_free(f->plane);
  memory_free(f->half);
}

static pl_status fourier_create(int height, int width, fourier *f) {
  *f = (fourier){.pixels = (size_t)height * (size_t)width, .bins = (size_t)height * (size_t)(width / 2 + 1)};
  TRY(spectrum_create(height, width, &f->plan));
  f->plane = memory_allocate(f->pixels, sizeof *f->plane);
  f->half = memory_allocate(spectrum_size(f->plan), sizeof *f->half);
  if (f->plane && f->half) return PL_OK;
  fourier_free(f);
  return status_no_memory("for the spectrum of an image of %dx%d", height, width);
}

/* The half spectrum's numbers in rows. */
static void to_polar(const fourier *f, int height, int columns, float *magnitude, float *phase) {
  for (int y = 0; y < height; y++) {
    for (int x = 0; x < columns; x++) {
      const float *s = f->half + spectrum_at(f->plan, y, x), re = s[0], im = s[SPECTRUM_LANES];
      *magnitude++ = sqrtf(re * re + im * im);
      *phase++ = atan2f(im, re);
    }
  }
}

static void from_polar(const fourier *f, int height, int columns, const float *magnitude, const float *phase) {
  for (int y = 0; y < height; y++) {
    for (int x = 0; x < columns; x++, magnitude++, phase++) {
      float *s = f->half + spectrum_at(f->plan, y, x);
      s[0] = *magnitude * cosf(*phase);
      s[SPECTRUM_LANES] = *magnitude * sinf(*phase);
    }
  }
}

pl_status pl_fourier_forward(const float *image, int height, int width, float *magnitude, float *phase) {
  TRY(crops_check_image(image, height, width));
  fourier f;
  TRY(fourier_create(height, width, &f));
  for (size_t c = 0; c < 3; c++) {
    for (size_t i = 0; i < f.pixels; i++) f.plane[i] = image[3 * i + c];
    spectrum_forward(f.plan, f.plane, f.half);
    to_polar(&f, height, width / 2 + 1, magnitude + c * f.bins, phase + c * f.bins);
  }
  fourier_free(&f);
  return PL_OK;
}

static pl_status check_finite(const char *what, const float *values, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!isfinite(values[i])) return status_fail(PL_INVALID_ARGUMENT, "%s: number %zu is not finite", what, i);
  return PL_OK;
}

pl_status pl_fourier_inverse(const float *magnitude, const float *phase, int height, int width, float *image) {
  fourier f;
  TRY(fourier_create(height, width, &f));
  pl_status status = check_finite("the magnitude", magnitude, 3 * f.bins);
  if (!status) status = check_finite("the phase", phase, 3 * f.bins);
  for (size_t c = 0; !status && c < 3; c++) {
    from_polar(&f, height, width / 2 + 1, magnitude + c * f.bins, phase + c * f.bins);
    spectrum_inverse(f.plan, f.half, f.plane);
    for (size_t i = 0; i < f.pixels; i++) image[3 * i + c] = f.plane[i];
  }
  fourier_free(&f);
  return status;
}

/* ---- power by radius ---- */

static double window(int i, int size) { return 0.5 - 0.5 * cos(2 * acos(-1) * (i + 0.5) / size); }

/* The brightness less its mean, both under the window. */
static void windowed_brightness(const float *image, int height, int width, float *plane) {
  double mean = 0, weights = 0;
  for (int pass = 0; pass < 2; pass++) {
    const float *rgb = image;
    float *to = plane;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++, rgb += 3) {
        const double weight = window(y, height) * window(x, width);
        const double brightness = 0.299 * (double)rgb[0] + 0.587 * (double)rgb[1] + 0.114 * (double)rgb[2];
        if (pass == 0) mean += weight * brightness, weights += weight;
        else *to++ = (float)(weight * (brightness - mean / weights));
      }
    }
  }
}

/* Signed, in cycles per pixel. */
static double frequency(int i, int size) { return (double)(2 * i <= size ? i : i - size) / size; }

/* The mean over the whole spectrum: columns between 0 and Nyquist's stand in it twice. */
static void radial_mean(const fourier *f, int height, int width, float power[PL_RADII]) {
  double sums[PL_RADII] = {0}, counts[PL_RADII] = {0};
  for (int y = 0; y < height; y++) {
    for (int x = 0; x <= width / 2; x++) {
      const int radius = (int)(256 * hypot(frequency(y, height), frequency(x, width)) + 0.5);
      if (radius >= PL_RADII) continue;
      const float *s = f->half + spectrum_at(f->plan, y, x);
      const double re = (double)s[0], im = (double)s[SPECTRUM_LANES], times = x == 0 || 2 * x == width ? 1 : 2;
      sums[radius] += times * (re * re + im * im) / (double)f->pixels;
      counts[radius] += times;
    }
  }
  for (int r = 0; r < PL_RADII; r++) power[r] = counts[r] > 0 ? (float)(sums[r] / counts[r]) : 0;
}

pl_status pl_fourier_radial_power(const float *image, int height, int width, float power[PL_RADII]) {
  TRY(crops_check_image(image, height, width));
  fourier f;
  TRY(fourier_create(height, width, &f));
  windowed_brightness(image, height, width, f.plane);
  spectrum_forward(f.plan, f.plane, f.half);
  radial_mean(&f, height, width, power);
  fourier_free(&f);
  return PL_OK;
}
