#include "standardize.h"

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

standardization standardize_measure(const pl_standardize *how, const float *x, size_t count) {
  if (!how->on) return (standardization){0, 1, 1, 1};
  double sum, square;
  sums(x, x, count, &sum, &square);
  const double mean = sum / (double)count, squares = square - sum * mean;
  const double divisor = how->unbiased ? (double)count - 1 : (double)count;
  const double deviation = squares > 0 ? sqrt(squares / divisor) : 0;
  return (standardization){(float)mean, (float)(1 / fmax(deviation + (double)how->epsilon, 1e-30)), deviation, divisor};
}

void standardize_forward(const standardization *s, float *x, size_t count) {
  const float mean = s->mean, scale = s->scale;
  for (size_t i = 0; i < count; i++) x[i] = (x[i] - mean) * scale;
}

/* dx = scale (dy - mean(dy)) - y sum(dy y) / (divisor deviation), the second part for what each x does to the deviation. Here as
 * coefficients: dx = scale dy + offset + slope y. */
static void coefficients(const standardization *s, double dsum, double product, size_t count, float *offset, float *slope) {
  *offset = (float)(-(double)s->scale * dsum / (double)count);
  *slope = s->deviation > 0 ? (float)(-product / (s->divisor * s->deviation)) : 0;
}

void standardize_backward(const pl_standardize *how, const standardization *s, const float *y, float *dy, size_t count) {
  if (!how->on) return;
  double dsum, product;
  float offset, slope;
  sums(dy, y, count, &dsum, &product);
  coefficients(s, dsum, product, count, &offset, &slope);
  const float scale = s->scale;
  for (size_t i = 0; i < count; i++) dy[i] = scale * dy[i] + offset + slope * y[i];
}

/* sum(dy y) = scale (sum(dy x) - mean sum(dy)). */
void standardize_backward_raw(const pl_standardize *how, const standardization *s, const float *x, float *dy, size_t count) {
  if (!how->on) return;
  double dsum, product;
  float offset, slope;
  sums(dy, x, count, &dsum, &product);
  coefficients(s, dsum, (double)s->scale * (product - (double)s->mean * dsum), count, &offset, &slope);
  const float scale = s->scale, mean = s->mean;
  for (size_t i = 0; i < count; i++) dy[i] = scale * dy[i] + offset + slope * ((x[i] - mean) * scale);
}
