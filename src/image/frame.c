#include "image/frame.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/vector.h"
#include "base/vector_math.h"

enum { BINS = 4096, MAX_RADIUS = 400, CHUNK = 64 };

struct frame {
  int height, width;
  size_t pixels;
  float *alpha, *scratch;       /* height x width */
  float kernel[MAX_RADIUS + 1]; /* half of a Gaussian */
  float low, high;              /* the image's range */
  uint32_t histogram[BINS + 2]; /* values smaller than all bins, the bins, and the rest, NaN among it */
  float from, bin_width;        /* of its first bin, and of every bin */
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
  enum { LANES = 16 };
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

/* Where `count` values are counted. Vector code: of what lies within bounds is a number of its bin, which 2^23 leaves in the low bits of
 * their sum. */
static void find_places(const float *restrict x, size_t count, float low, float high, float scale, uint32_t *restrict place) {
  for (size_t i = 0; i < count; i++) {
    const float in_bins = (x[i] - low) * scale, inside = in_bins > 0 ? in_bins : 0;
    const float bin = floorf(inside < BINS - 1 ? inside : BINS - 1);
    const uint32_t found = 1 + (vector_bits(bin + 0x1p23f) & 0xffff), of_others = x[i] < low ? 0 : BINS + 1;
    place[i] = x[i] >= low && x[i] <= high ? found : of_others;
  }
}

/* Counts the values from low to high in BINS bins. */
static void fill_histogram(frame *f, const float *x, size_t count, float low, float high) {
  const float scale = BINS / (high - low);
  uint32_t place[CHUNK];
  f->from = low;
  f->bin_width = (high - low) / BINS;
  memset(f->histogram, 0, sizeof f->histogram);
  if (!(high - low > 1e-30f && high - low < 1e30f)) return;
  for (size_t first = 0; first < count; first += CHUNK) {
    const size_t n = count - first < CHUNK ? count - first : CHUNK;
    find_places(x + first, n, low, high, scale, place);
    for (size_t i = 0; i < n; i++) f->histogram[place[i]]++;
  }
}

/* The value that `rank` values lie below, to one bin. */
static float find_value(const frame *f, double rank) {
  const uint32_t *bins = f->histogram + 1;
  double below = (double)f->histogram[0];
  int bin = 0;
  while (bin < BINS - 1 && below + bins[bin] <= rank) below += bins[bin++];
  const double inside = bins[bin] ? (rank - below) / bins[bin] : 0;
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

/* From 0 to 1 to a byte in the low bits, beside those of 2^23. 0 for NaN. */
static inline i4 to_byte(v4 x) {
  const v4 scaled = x * 255, positive = v4_select((i4)(scaled > 0), scaled, v4_all(0));
  return (i4)(v4_select((i4)(positive < 255), positive, v4_all(255)) + 0x1p23f);
}

/* Four pixels of colours (x - low) scale. Little-endian, as WebAssembly is. */
static inline void convert(const float *colors, const float *alpha, float low, float scale, uint8_t *rgba) {
  v4 part[3];
  v4_separate(colors, part);
  i4 pixel = to_byte(v4_load(alpha)) << 24;
  for (int k = 0; k < 3; k++) pixel |= (to_byte((part[k] - low) * scale) & 255) << 8 * k;
  memcpy(rgba, &pixel, sizeof pixel);
}

static void convert_chunk(const float *colors, const float *alpha, size_t count, float low, float scale, uint8_t *rgba) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) convert(colors + 3 * i, alpha + i, low, scale, rgba + 4 * i);
  if (i == count) return;
  float last_colors[12] = {0}, last_alpha[4] = {0};
  uint8_t last[16];
  memcpy(last_colors, colors + 3 * i, 3 * (count - i) * sizeof *colors);
  memcpy(last_alpha, alpha + i, (count - i) * sizeof *alpha);
  convert(last_colors, last_alpha, low, scale, last);
  memcpy(rgba + 4 * i, last, 4 * (count - i));
}

void frame_render(frame *f, const float *image, const float *transparency, const pl_frame_options *options, uint8_t *rgba) {
  float black, white, low, high, products[3 * CHUNK], opaque[CHUNK];
  find_stretch(f, image, options, &black, &white);
  const bool transparent = make_alpha(f, transparency, options), twice = transparent && options->alpha_twice;
  low = black, high = white;
  if (twice) find_products(f, image, black, white, &low, &high);
  for (size_t i = 0; i < CHUNK; i++) opaque[i] = 1;
  for (size_t first = 0; first < f->pixels; first += CHUNK) {
    const size_t n = f->pixels - first < CHUNK ? f->pixels - first : CHUNK;
    const float *colors = image + 3 * first, *alpha = transparent ? f->alpha + first : opaque;
    for (size_t i = 0; i < 3 * n && twice; i++) products[i] = product(colors[i], black, white, alpha[i / 3]);
    convert_chunk(twice ? products : colors, alpha, n, low, 1 / (high - low), rgba + 4 * first);
  }
}
