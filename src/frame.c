#include "frame.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 4096 };

struct frame {
  size_t pixels;
  float low, high; /* the image's range */
  uint32_t histogram[BINS];
  float from, width; /* of its first bin, and of every bin */
  size_t below;      /* values smaller than all bins */
};

pl_status frame_create(int height, int width, frame **created) {
  frame *f = *created = calloc(1, sizeof *f);
  if (!f) return status_fail(PL_OUT_OF_MEMORY, "no memory left for a frame");
  f->pixels = (size_t)height * (size_t)width;
  frame_set_range(f, 0, 1);
  return PL_OK;
}

void frame_free(frame *f) { free(f); }

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
  f->width = (high - low) / BINS;
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
  return f->from + f->width * (float)(bin + (inside > 0 ? inside < 1 ? inside : 1 : 0));
}

/* The image's values that become black and white. */
static void find_stretch(frame *f, const float *image, const pl_frame_options *options, float *black, float *white) {
  *black = f->low, *white = f->high;
  if (options->low <= 0 && options->high >= 1) return;
  const size_t count = 3 * f->pixels;
  float low, high;
  find_range(image, count, &low, &high);
  fill_histogram(f, image, count, low, high);
  low = find_value(f, (double)options->low * (double)(count - 1));
  high = find_value(f, (double)options->high * (double)(count - 1));
  if (low < high) *black = low, *white = high;
}

/* The 80th percentile, or the largest value where that is next to nothing. Few pixels get most of the gradient, so bins from 0 to
 * the largest value are too coarse: the bin that is found is divided again. */
static float find_cap(frame *f, const float *transparency) {
  const double rank = 0.8 * (double)(f->pixels - 1);
  float low, high;
  find_range(transparency, f->pixels, &low, &high);
  fill_histogram(f, transparency, f->pixels, low, high);
  const float about = find_value(f, rank);
  fill_histogram(f, transparency, f->pixels, about - f->width, about + f->width);
  const float cap = find_value(f, rank);
  return cap > 1e-6f * high ? cap : high;
}

/* ---- pixels ---- */

/* 0 for NaN. */
static inline uint32_t to_byte(float x) {
  float scaled = x * 255 + 0.5f;
  scaled = scaled > 0 ? scaled : 0;
  scaled = scaled < 255 ? scaled : 255;
  return (uint32_t)(int32_t)scaled;
}

void frame_render(frame *f, const float *image, const float *transparency, const pl_frame_options *options, uint8_t *rgba) {
  float black, white;
  find_stretch(f, image, options, &black, &white);
  const float scale = 1 / (white - black), cap = options->transparency && transparency ? find_cap(f, transparency) : 0;
  const size_t pixels = f->pixels;
  for (size_t i = 0; i < pixels; i++) {
    const float *p = image + 3 * i;
    const uint32_t red = to_byte((p[0] - black) * scale), green = to_byte((p[1] - black) * scale);
    const uint32_t blue = to_byte((p[2] - black) * scale), alpha = cap > 0 ? to_byte(transparency[i] / cap) : 255;
    const uint32_t pixel = red | green << 8 | blue << 16 | alpha << 24; /* little-endian, as WebAssembly is */
    memcpy(rgba + 4 * i, &pixel, sizeof pixel);
  }
}
