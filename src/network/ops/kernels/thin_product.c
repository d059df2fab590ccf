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

/* From the first to the last value that is not 0 in all rows, in whole vectors: how sums are made then does not depend on it. The
 * gradient of a few of many outputs is 0 nearly everywhere. */
static section used_section(const float *x, size_t rows, size_t size) {
  section used = {size, 0};
  for (size_t r = 0; r < rows; r++, x += size) {
    size_t first = 0, last = size;
    while (first < used.first && x[first] == 0) first++;
    while (last > used.last && x[last - 1] == 0) last--;
    if (first < used.first) used.first = first;
    if (last > used.last) used.last = last;
  }
  used.first &= ~(size_t)3;
  used.last = (used.last + 3) & ~(size_t)3;
  if (used.last > size) used.last = size;
  return used;
}

/* Where the lines hold an output's weights each. */
static void run_by_output(const weights *w, size_t rows, section used, section wanted, const float *x, float *y) {
  const size_t size = used.last > used.first ? used.last - used.first : 0;
  for (size_t first = wanted.first; first < wanted.last; first += LINES) {
    const size_t some = wanted.last - first < LINES ? wanted.last - first : LINES;
    const char *lines[LINES];
    for (size_t l = 0; l < some; l++) lines[l] = weights_at(w->values, (first + l) * w->by_out + used.first);
    for (size_t r = 0; r < rows; r++) dots(lines, some, size, x + r * w->in + used.first, y + r * w->out + first);
  }
}

/* An input's. */
static void run_by_input(const weights *w, size_t rows, section used, const float *x, float *y) {
  for (size_t first = used.first; first < used.last; first += LINES) {
    const size_t some = used.last - first < LINES ? used.last - first : LINES;
    const char *lines[LINES];
    for (size_t l = 0; l < some; l++) lines[l] = weights_at(w->values, (first + l) * w->by_in);
    for (size_t r = 0; r < rows; r++) add_lines(lines, some, w->out, x + r * w->in + first, y + r * w->out);
  }
}

void thin_product(const weights *w, size_t rows, const float *x, section wanted, float *y) {
  const section used = used_section(x, rows, w->in), all = {0, w->out};
  memset(y, 0, rows * w->out * sizeof *y);
  if (w->by_in == 1) run_by_output(w, rows, used, wanted.last ? wanted : all, x, y);
  else run_by_input(w, rows, used, x, y);
}
