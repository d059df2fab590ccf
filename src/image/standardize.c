#include "image/standardize.h"

#include <math.h>

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

standardization standardize_measure(const pl_standardize *how, const float *x, size_t count, int groups) {
  standardization s = {.groups = groups, .count = count, .scale = 1};
  if (!how->on) return s;
  double squares = 0;
  for (int g = 0; g < groups; g++) {
    double sum, square;
    sums(x + (size_t)g * count, x + (size_t)g * count, count, &sum, &square);
    s.mean[g] = (float)(sum / (double)count);
    squares += square - sum * sum / (double)count;
  }
  s.divisor = how->unbiased ? (double)count - 1 : (double)count;
  s.deviation = squares > 0 ? sqrt(squares / s.divisor) : 0;
  s.scale = (float)(1 / fmax(s.deviation + (double)how->epsilon, 1e-30));
  return s;
}

void standardize_forward(const standardization *s, float *x) {
  for (int g = 0; g < s->groups; g++, x += s->count)
    for (size_t i = 0; i < s->count; i++) x[i] = (x[i] - s->mean[g]) * s->scale;
}

/* dx = scale (dy - mean(dy)) - y sum(dy y) / (divisor deviation), the second part for what each x does to the deviation; with
 * y = scale_y (x - mean_y) out of what is given. Without a divisor nothing was standardized. */
static void backward(const standardization *s, const float *x, const float *mean_y, float scale_y, float *dy) {
  if (s->divisor == 0) return;
  double dsum[2], product = 0;
  for (int g = 0; g < s->groups; g++) {
    double part;
    sums(dy + (size_t)g * s->count, x + (size_t)g * s->count, s->count, &dsum[g], &part);
    product += (double)scale_y * (part - (double)mean_y[g] * dsum[g]);
  }
  const float slope = s->deviation > 0 ? (float)(-product / (s->divisor * s->deviation)) : 0;
  for (int g = 0; g < s->groups; g++, x += s->count, dy += s->count) {
    const float offset = (float)(-(double)s->scale * dsum[g] / (double)s->count), mean = mean_y[g], scale = s->scale;
    for (size_t i = 0; i < s->count; i++) dy[i] = scale * dy[i] + offset + slope * ((x[i] - mean) * scale_y);
  }
}

void standardize_backward(const standardization *s, const float *y, float *dy) {
  static const float none[2] = {0, 0};
  backward(s, y, none, 1, dy);
}

void standardize_backward_raw(const standardization *s, const float *x, float *dy) { backward(s, x, s->mean, s->scale, dy); }
