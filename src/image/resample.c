#include "image/resample.h"

#include <math.h>

/* An antialiased output looks at 3 pixels, or each pixel is looked at by 3 outputs, whichever is more; the bicubic one of
 * roi_align's samples at 13, or each pixel by 7. */
enum { MOST_TAPS = 13 };

bool taps_create(taps *t, int in, int out) {
  *t = (taps){.in = in, .out = out};
  t->first = memory_allocate((size_t)out, 3 * sizeof *t->first);
  t->weight = memory_allocate((size_t)in + (size_t)out, MOST_TAPS * sizeof *t->weight);
  if (!t->first || !t->weight) return false;
  t->count = t->first + out;
  t->start = t->count + out;
  return true;
}

void taps_free(taps *t) {
  memory_free(t->first);
  memory_free(t->weight);
  t->first = NULL;
  t->weight = NULL;
}

/* ---- the taps of one output ---- */

/* A window in pixels. */
typedef struct window {
  double low, size;
} window;

/* Begins output i with the pixels from `from` up to `to`, all 0, as far as they lie in the input; answers their weights. */
static float *begin_output(taps *t, int i, double from, double to) {
  const int first = from > 0 ? from < t->in ? (int)from : t->in : 0;
  const int end = to > first ? to < t->in ? (int)to : t->in : first;
  t->first[i] = first;
  t->count[i] = end - first;
  t->start[i] = i ? t->start[i - 1] + t->count[i - 1] : 0;
  float *weight = t->weight + t->start[i];
  for (int k = 0; k < t->count[i]; k++) weight[k] = 0;
  return weight;
}

static inline double smaller(double a, double b) { return a < b ? a : b; }
static inline double larger(double a, double b) { return a > b ? a : b; }

/* The weight of pixel j: a triangle around `centre` of half width `reach`, times how much of the pixel the window covers. */
static inline double triangle(window w, double j, double centre, double reach) {
  const double coverage = smaller(j + 1, w.low + w.size) - larger(j, w.low);
  return larger(1 - fabs(j + 0.5 - centre) / reach, 0) * larger(coverage, 0);
}

/* What lies outside the input has its share of the sum that the weights are divided by. */
static void fill_triangle(taps *t, int i, window w, double centre, double reach) {
  double from = larger(floor(centre - reach), floor(w.low)), to = smaller(ceil(centre + reach), ceil(w.low + w.size)), sum = 0;
  while (from < to && triangle(w, from, centre, reach) == 0) from++;
  while (from < to && triangle(w, to - 1, centre, reach) == 0) to--;
  float *weight = begin_output(t, i, from, to);
  for (double j = from; j < to; j++) {
    const double share = triangle(w, j, centre, reach);
    sum += share;
    if (j >= t->first[i] && j < t->first[i] + t->count[i]) weight[(int)j - t->first[i]] = (float)share;
  }
  for (int k = 0; k < t->count[i]; k++) weight[k] *= (float)(1 / sum);
}

static void fill_antialiased(taps *t, int i, window w) {
  const double scale = w.size / t->out;
  fill_triangle(t, i, w, w.low + (i + 0.5) * scale, fmax(scale, 1));
}

/* PyTorch takes the corners' scale, but not their positions. */
static double aligned_scale(double size, int out) { return out > 1 ? (size - 1) / (out - 1) : 0; }

static void fill_antialiased_aligned(taps *t, int i, window w) {
  const window whole = {floor(w.low + 0.5), fmax(floor(w.size + 0.5), 1)};
  const double scale = aligned_scale(whole.size, t->out);
  fill_triangle(t, i, whole, whole.low + (i + 0.5) * scale, fmax(scale, 1));
}

/* Adds `share` of the value at `position`, in pixels from the centre of pixel 0, to an output that has begun. */
static void add_linear(const taps *t, int i, double position, double share) {
  const double below = floor(position), part = position - below;
  const int a = (int)below, last = t->in - 1;
  float *weight = t->weight + t->start[i];
  weight[a - t->first[i]] += (float)(share * (1 - part));
  if (part > 0) weight[(a < last ? a + 1 : last) - t->first[i]] += (float)(share * part);
}

/* The window's first and last pixel are the first and last output; positions outside the input are 0. */
static void fill_corner_to_corner(taps *t, int i, window w) {
  const double last = t->in - 1, low = w.low / t->in * last, size = w.size / t->in * last;
  const double position = t->out > 1 ? low + i * (size / (t->out - 1)) : low + 0.5 * size;
  const bool inside = position >= 0 && position <= last;
  begin_output(t, i, inside ? floor(position) : 0, inside ? floor(position) + 2 : 0);
  if (inside) add_linear(t, i, position, 1);
}

/* ---- roi_align, then bicubic ---- */

/* Keys 1981 with a = -0.5, which PyTorch's and PIL's antialiased bicubic filters are. */
static double cubic(double x) {
  const double a = -0.5, t = fabs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

/* roi_align's samples: `out` bins, each the mean of `grid` values a pixel or less apart. Pixel j's centre is at j, not j + 0.5. */
typedef struct bins {
  double start, size; /* of a bin */
  int count, grid;
} bins;

static bins make_bins(window w, int count) {
  const double size = fmax(w.size, 1) / count;
  return (bins){w.low, size, count, (int)ceil(size - 1e-6)}; /* the sources' single precision rounds a whole number to itself */
}

static double bin_position(const bins *b, int bin, int k) { return b->start + (bin + (k + 0.5) / b->grid) * b->size; }

/* From a pixel outside on, values are 0; within that pixel they are the edge's. */
static void add_bin(const taps *t, int i, const bins *b, int bin, double share) {
  for (int k = 0; k < b->grid; k++) {
    const double position = bin_position(b, bin, k);
    if (position < -1 || position > t->in) continue;
    add_linear(t, i, fmin(fmax(position, 0), t->in - 1), share / b->grid);
  }
}

static void fill_roi_bicubic(taps *t, int i, window w) {
  const bins b = make_bins(w, 2 * t->out);
  const double scale = aligned_scale(b.count, t->out), centre = (i + 0.5) * scale, width = fmax(scale, 1), reach = 2 * width;
  const int from = (int)fmax(floor(centre - reach + 0.5), 0), to = (int)fmin(floor(centre + reach + 0.5), b.count);
  double sum = 0;
  for (int bin = from; bin < to; bin++) sum += cubic((bin + 0.5 - centre) / width);
  /* The edges' pixels have values from a pixel outside on. */
  const double low = bin_position(&b, from, 0), high = bin_position(&b, to - 1, b.grid - 1);
  const bool any = high >= -1 && low <= t->in;
  begin_output(t, i, any ? fmin(floor(low), t->in - 1) : 0, any ? fmax(floor(high), 0) + 2 : 0);
  for (int bin = from; any && bin < to; bin++) add_bin(t, i, &b, bin, cubic((bin + 0.5 - centre) / width) / sum);
}

/* ---- all outputs ---- */

static void fill_output(taps *t, pl_resample how, int i, window w) {
  switch (how) {
    case PL_ANTIALIASED: fill_antialiased(t, i, w); break;
    case PL_ANTIALIASED_ALIGNED: fill_antialiased_aligned(t, i, w); break;
    case PL_BILINEAR: fill_corner_to_corner(t, i, w); break;
    case PL_ROI_BICUBIC: fill_roi_bicubic(t, i, w); break;
  }
}

static void find_extent(taps *t) {
  t->begin = t->in;
  t->end = 0;
  for (int i = 0; i < t->out; i++) {
    if (t->count[i] == 0) continue;
    if (t->first[i] < t->begin) t->begin = t->first[i];
    if (t->first[i] + t->count[i] > t->end) t->end = t->first[i] + t->count[i];
  }
}

void taps_fill(taps *t, pl_resample how, float position, float size) {
  const window w = {(double)position * t->in, (double)size * t->in};
  for (int i = 0; i < t->out; i++) fill_output(t, how, i, w);
  find_extent(t);
}

void taps_fill_bilinear(taps *t) {
  for (int i = 0; i < t->out; i++) {
    const double position = fmin(fmax((i + 0.5) * t->in / t->out - 0.5, 0), t->in - 1);
    begin_output(t, i, floor(position), floor(position) + 2);
    add_linear(t, i, position, 1);
  }
  find_extent(t);
}

static float weigh(const taps *x, int i, const float *row) {
  float sum = 0;
  for (int k = 0; k < x->count[i]; k++) sum += x->weight[x->start[i] + k] * row[x->first[i] + k];
  return sum;
}

void taps_resize_plane(const taps *y, const taps *x, const float *from, float *plane) {
  for (int i = 0; i < y->out; i++) {
    float *to = plane + (size_t)i * (size_t)x->out;
    for (int j = 0; j < x->out; j++) to[j] = 0;
    for (int k = 0; k < y->count[i]; k++) {
      const float weight = y->weight[y->start[i] + k], *row = from + (size_t)(y->first[i] + k) * (size_t)x->in;
      for (int j = 0; j < x->out; j++) to[j] += weight * weigh(x, j, row);
    }
  }
}
