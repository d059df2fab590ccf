#include "network/ops/kernels/thin_product.h"

#include <string.h>

enum { LINES = 4 }; /* of the matrix at a time: they stay in the cache while all rows meet them */

/* Products of x with `count` lines of the matrix, each of `size` values. */
static void dots(const char *const *lines, size_t count, size_t size, const float *x, float *y) {
  v4 sums[LINES] = {{0}};
  size_t k = 0;
  for (; k + 4 <= size; k += 4) {
    const v4 values = v4_load(x + k);
    for (size_t l = 0; l < count; l++) sums[l] = v4_multiply_add(values, weights_load(lines[l], k), sums[l]);
  }
  for (size_t l = 0; l < count; l++) {
    y[l] = v4_sum(sums[l]);
    for (size_t rest = k; rest < size; rest++) y[l] += x[rest] * weights_value(lines[l], rest);
  }
}

/* Adds to y `count` lines of the matrix, each times a value of x. */
static void add_lines(const char *const *lines, size_t count, size_t size, const float *x, float *y) {
  size_t k = 0;
  for (; k + 4 <= size; k += 4) {
    v4 sum = v4_load(y + k);
    for (size_t l = 0; l < count; l++) sum = v4_multiply_add(v4_all(x[l]), weights_load(lines[l], k), sum);
    v4_store(y + k, sum);
  }
  for (; k < size; k++)
    for (size_t l = 0; l < count; l++) y[k] += x[l] * weights_value(lines[l], k);
}

void thin_product(const weights *w, size_t rows, const float *x, float *y) {
  const bool by_output = w->by_in == 1; /* a line holds an output's weights, else an input's */
  const size_t count = by_output ? w->out : w->in, size = by_output ? w->in : w->out, apart = by_output ? w->by_out : w->by_in;
  if (!by_output) memset(y, 0, rows * w->out * sizeof *y);
  for (size_t first = 0; first < count; first += LINES) {
    const size_t some = count - first < LINES ? count - first : LINES;
    const char *lines[LINES];
    for (size_t l = 0; l < some; l++) lines[l] = weights_at(w->values, (first + l) * apart);
    for (size_t r = 0; r < rows; r++) {
      if (by_output) dots(lines, some, size, x + r * w->in, y + r * w->out + first);
      else add_lines(lines, some, size, x + r * w->in + first, y + r * w->out);
    }
  }
}
