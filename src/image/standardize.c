#include "image/standardize.h"

#include <math.h>

/* Sums over a of a - pivot_a and of its products with b - pivot_b: in lanes for vector code, in single precision over a block, which
 * rounds less than the values themselves are, and in double precision over all blocks. */
enum { LANES = 16, BLOCK = 16 * LANES };

typedef struct sums {
  double sum, product;
} sums;

static sums sums_of(const float *restrict a, float pivot_a, const float *restrict b, float pivot_b, size_t count) {
  sums all = {0, 0};
  for (size_t first = 0; first < count; first += BLOCK) {
    const size_t end = first + BLOCK < count ? first + BLOCK : count;
    float s[LANES] = {0}, p[LANES] = {0};
    size_t i = first;
    for (; i + LANES <= end; i += LANES) {
      for (size_t k = 0; k < LANES; k++) {
        const float d = a[i + k] - pivot_a;
        s[k] += d;
        p[k] += d * (b[i + k] - pivot_b);
      }
    }
    for (size_t k = 0; i < end; i++, k++) {
      const float d = a[i] - pivot_a;
      s[k] += d;
      p[k] += d * (b[i] - pivot_b);
    }
    for (size_t k = 0; k < LANES; k++) all.sum += (double)s[k], all.product += (double)p[k];
  }
  return all;
}

standardization standardize_measure(const pl_standardize *how, const float *x, size_t count, int groups) {
  standardization s = {.groups = groups, .count = count, .scale = 1};
  if (!how->on) return s;
  double squares = 0;
  for (int g = 0; g < groups; g++) {
    const float *values = x + (size_t)g * count, pivot = values[0]; /* squares of a large mean would drown the deviations */
    const sums found = sums_of(values, pivot, values, pivot, count);
    s.mean[g] = (float)((double)pivot + found.sum / (double)count);
    squares += found.product - found.sum * found.sum / (double)count;
  }
  s.divisor = how->unbiased ? (double)count - 1 : (double)count;
  s.deviation = squares > 0 ? sqrt(squares / s.divisor) : 0;
  s.scale = (float)(1 / fmax(s.deviation + (double)how->epsilon, 1e-30));
  return s;
}

/* With a fixed mean and scale it is g; the mean takes the mean of g away, and the deviation (x - mean) scale sum(g (x - mean)) / (divisor
 * deviation). Without a divisor nothing was standardized. */
void standardize_backward(const standardization *s, const float *x, float *dx) {
  if (s->divisor == 0) return;
  double offset[2], product = 0;
  for (int g = 0; g < s->groups; g++) {
    const sums found = sums_of(dx + (size_t)g * s->count, 0, x + (size_t)g * s->count, s->mean[g], s->count);
    offset[g] = found.sum / (double)s->count;
    product += found.product;
  }
  const float slope = s->deviation > 0 ? (float)((double)s->scale * product / (s->divisor * s->deviation)) : 0;
  for (int g = 0; g < s->groups; g++, x += s->count, dx += s->count) {
    const float away = (float)offset[g], mean = s->mean[g];
    for (size_t i = 0; i < s->count; i++) dx[i] = dx[i] - away - slope * (x[i] - mean);
  }
}
