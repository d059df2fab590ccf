#include "image/frame.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { BINS = 4096, MAX_RADIUS = 400 };

struct frame {
  int height, width;
  size_t pixels;
  float *alpha, *scratch;       /* height x width */
  float kernel[MAX_RADIUS + 1]; /* half of a Gaussian */
  float low, high;              /* the image's range */
  uint32_t histogram[BINS];
  float from, bin_width; /* of its first bin, and of every bin */
  size_t below;          /* values smaller than all bins */
};

pl_status frame_create(int height, int width, frame **created) {
  frame *f = *created = memory_allocate(1, sizeof *f);
  if (!f) return status_no_memory("for a frame");
  f->height = height;
  f->width = width;
  f->pixels = (size_t)height * (size_t)width;
  f->alpha = memory_allocate(f->pixels, sizeof *f->alpha);
  f->scratch = memory_allocate(f->pixels, sizeof *f->scratch);
  if (!f->alpha || !f->scratch) {
    frame_free(f);
    *created = NULL;
    return status_no_memory("for a frame of %dx%d", height, width);
  }
  frame_set_range(f, 0, 1);
  return PL_OK;
}

void frame_free(frame *f) {
  if (!f) return;
  memory_free(f->alpha);
  memory_free(f->scratch);
  memory_free(f);
}

void frame_set_range(frame *f, float low, float high) {
  f->low = low;
  f->high = high;
}

/* ---- percentiles ---- */

/* In lanes, for vector code. NaN is passed over. */
static void find_range(const float *x, size_t count, float *low, float *high) {
  enum { LANES = 8 };
  float a[LANES], b[LANES];
  for (int k = 0; k < LANES; k++) a[k] = FLT_MAX, b[k] = -FLT_MAX;
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    for (size_t k = 0; k < LANES; k++) a[k] = x[i + k] < a[k] ? x[i + k] : a[k];
    for (size_t k = 0; k < LANES; k++) b[k] = x[i + k] > b[k] ? x[i + k] : b[k];
  }
  for (; i < count; i++) a[0] = x[i] < a[0] ? x[i] : a[0], b[0] = x[i] > b[0] ? x[i] : b[0];
  *low = a[0], *high = b[0];
  for (int k = 1; k < LANES; k++) *low = a[k] < *low ? a[k] : *low, *high = b[k] > *high ? b[k] : *high;
}

/* Counts the values from low to high in BINS bins; below: how many are smaller. NaN is not counted at all. */
static void fill_histogram(frame *f, const float *x, size_t count, float low, float high) {
  const float scale = BINS / (high - low);
  f->from = low;
  f->bin_width = (high - low) / BINS;
  f->below = 0;
  memset(f->histogram, 0, sizeof f->histogram);
  if (!(high - low > 1e-30f && high - low < 1e30f)) return;
  for (size_t i = 0; i < count; i++) {
    f->below += x[i] < low;
    if (!(x[i] >= low && x[i] <= high)) continue;
    const int bin = (int)((x[i] - low) * scale);
    f->histogram[bin < BINS ? bin : BINS - 1]++;
  }
}

/* The value that `rank` values lie below, to one bin. */
static float find_value(const frame *f, double rank) {
  double below = (double)f->below;
  int bin = 0;
  while (bin < BINS - 1 && below + f->histogram[bin] <= rank) below += f->histogram[bin++];
  const double inside = f->histogram[bin] ? (rank - below) / f->histogram[bin] : 0;
  return f->from + f->bin_width * (float)(bin + (inside > 0 ? inside < 1 ? inside : 1 : 0));
}

/* The image's values that become black and white. */
static void find_stretch(frame *f, const float *image, const pl_frame_options *options, float *black, float *white) {
  *black = f->low, *white = f->high;
  const bool ends = options->percentiles.low <= 0 && options->percentiles.high >= 1;
  if (ends && !options->extremes) return;
  const size_t count = 3 * f->pixels;
  float low, high;
  find_range(image, count, &low, &high);
  if (!ends) {
    fill_histogram(f, image, count, low, high);
    low = find_value(f, (double)options->percentiles.low * (double)(count - 1));
    high = find_value(f, (double)options->percentiles.high * (double)(count - 1));
  }
  if (low < high) *black = low, *white = high;
}

/* The percentile that becomes opaque, or the largest value where that is next to nothing. Few pixels get most of the gradient, so
 * bins from 0 to the largest value are too coarse: the bin that is found is divided again. */
static float find_cap(frame *f, const float *transparency, float percentile) {
  const double rank = (double)percentile * (double)(f->pixels - 1);
  float low, high;
  find_range(transparency, f->pixels, &low, &high);
  fill_histogram(f, transparency, f->pixels, low, high);
  const float about = find_value(f, rank);
  fill_histogram(f, transparency, f->pixels, about - f->bin_width, about + f->bin_width);
  const float cap = find_value(f, rank);
  return cap > 1e-6f * high ? cap : high;
}

/* ---- alpha ---- */

/* Half of a Gaussian of 4 deviations on either side, its sum 1; answers the radius. */
static int fill_kernel(frame *f, float deviation) {
  const int radius = (int)fminf(4 * deviation + 0.5f, MAX_RADIUS);
  double sum = 0;
  for (int k = 0; k <= radius; k++) {
    const double x = (double)k / (double)deviation, value = exp(-0.5 * x * x);
    f->kernel[k] = (float)value;
    sum += k ? 2 * value : value;
  }
  for (int k = 0; k <= radius; k++) f->kernel[k] = (float)((double)f->kernel[k] / sum);
  return radius;
}

/* The image repeats itself as in mirrors at its edges: b a | a b c | c b. */
static int mirror(int i, int size) {
  i %= 2 * size;
  if (i < 0) i += 2 * size;
  return i < size ? i : 2 * size - 1 - i;
}

/* One line of `size` values, `step` apart. */
static void blur_line(const frame *f, int radius, const float *from, float *to, int size, size_t step) {
  for (int i = 0; i < size; i++) {
    float sum = f->kernel[0] * from[(size_t)i * step];
    for (int k = 1; k <= radius; k++)
      sum += f->kernel[k] * (from[(size_t)mirror(i - k, size) * step] + from[(size_t)mirror(i + k, size) * step]);
    to[(size_t)i * step] = sum;
  }
}

static void blur_alpha(frame *f, float deviation) {
  const int radius = fill_kernel(f, deviation);
  const size_t width = (size_t)f->width;
  for (size_t x = 0; x < width; x++) blur_line(f, radius, f->alpha + x, f->scratch + x, f->height, width);
  for (size_t y = 0; y < (size_t)f->height; y++) blur_line(f, radius, f->scratch + y * width, f->alpha + y * width, f->width, 1);
}

/* Whether there is an alpha to show, from 0 to 1 in f->alpha. */
static bool make_alpha(frame *f, const float *transparency, const pl_frame_options *options) {
  const float cap = options->transparency && transparency ? find_cap(f, transparency, options->alpha_cap) : 0;
  if (!(cap > 0)) return false;
  for (size_t i = 0; i < f->pixels; i++) f->alpha[i] = transparency[i] < cap ? transparency[i] / cap : 1;
  if (options->alpha_blur > 0) blur_alpha(f, options->alpha_blur);
  return true;
}

/* ---- pixels ---- */

/* 0 for NaN. */
static inline uint32_t to_byte(float x) {
  float scaled = x * 255 + 0.5f;
  scaled = scaled > 0 ? scaled : 0;
  scaled = scaled < 255 ? scaled : 255;
  return (uint32_t)(int32_t)scaled;
}

static inline float clamp(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

/* Colours clamped to black and white, times alpha. */
static inline float product(float color, float black, float white, float alpha) { return clamp(color, black, white) * alpha; }

/* The smallest and largest of the products. */
static void find_products(const frame *f, const float *image, float black, float white, float *low, float *high) {
  *low = FLT_MAX, *high = -FLT_MAX;
  for (size_t i = 0; i < 3 * f->pixels; i++) {
    const float value = product(image[i], black, white, f->alpha[i / 3]);
    *low = value < *low ? value : *low;
    *high = value > *high ? value : *high;
  }
}

void frame_render(frame *f, const float *image, const float *transparency, const pl_frame_options *options, uint8_t *rgba) {
  float black, white, low, high;
  find_stretch(f, image, options, &black, &white);
  const bool transparent = make_alpha(f, transparency, options), twice = transparent && options->alpha_twice;
  low = black, high = white;
  if (twice) find_products(f, image, black, white, &low, &high);
  const float scale = 1 / (high - low);
  for (size_t i = 0; i < f->pixels; i++) {
    const float alpha = transparent ? f->alpha[i] : 1;
    uint32_t pixel = to_byte(alpha) << 24; /* little-endian, as WebAssembly is */
    for (size_t k = 0; k < 3; k++) {
      const float color = image[3 * i + k];
      pixel |= to_byte(((twice ? product(color, black, white, alpha) : color) - low) * scale) << 8 * k;
    }
    memcpy(rgba + 4 * i, &pixel, sizeof pixel);
  }
}
