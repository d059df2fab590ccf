/* Products of few rows: against their definition, and what of the matrix they read. */
#include "network/ops/kernels/thin_product.h"
#include "support.h"

enum { ROWS = 3, IN = 41, OUT = 23 };

static weights matrix(const float *values, bool by_output) {
  return (weights){.values = (const char *)values,
                   .groups = 1,
                   .out = OUT,
                   .taps = 1,
                   .in = IN,
                   .by_out = by_output ? IN : 1,
                   .by_in = by_output ? 1 : OUT};
}

/* Rows that are 0 before `first` and from `last` on, and a matrix that has no numbers where these would meet it, but for the vectors at
 * both ends. */
static void check(bool by_output, int first, int last) {
  float *values = random_floats(IN * OUT, -1, 1), *x = random_floats(ROWS * IN, -1, 1), y[ROWS * OUT], want[ROWS * OUT];
  const weights w = matrix(values, by_output);
  for (int k = 0; k < ROWS * IN; k++)
    if (k % IN < first || k % IN >= last || (first < last && k < IN && k % IN == first)) x[k] = 0;
  for (size_t i = 0; i < IN; i++)
    for (size_t o = 0; o < OUT; o++)
      if ((int)i < first / 4 * 4 || (int)i >= (last + 3) / 4 * 4) values[o * w.by_out + i * w.by_in] = NAN;
  for (size_t k = 0; k < ROWS * OUT; k++) {
    double sum = 0;
    for (int i = first; i < last; i++)
      sum += (double)x[k / OUT * IN + (size_t)i] * values[k % OUT * w.by_out + (size_t)i * w.by_in];
    want[k] = (float)sum;
  }
  thin_product(&w, ROWS, x, (section){0, 0}, y);
  CHECK_CLOSE(y, want, ROWS * OUT, 1e-6);
  free(values), free(x);
}

/* The same bits, whatever the other rows are. */
static void rows_are_apart(bool by_output) {
  float *values = random_floats(IN * OUT, -1, 1), *x = random_floats(2 * IN, -1, 1), alone[OUT], both[2 * OUT];
  const weights w = matrix(values, by_output);
  for (int i = 0; i < IN; i++)
    if (i < 18 || i > 22) x[i] = 0;
  thin_product(&w, 1, x, (section){0, 0}, alone);
  thin_product(&w, 2, x, (section){0, 0}, both);
  CHECK(!memcmp(alone, both, sizeof alone));
  free(values), free(x);
}

/* The same bits, whatever else is wanted. */
static void what_is_wanted_is_the_same(bool by_output) {
  float *values = random_floats(IN * OUT, -1, 1), *x = random_floats(ROWS * IN, -1, 1), all[ROWS * OUT], some[ROWS * OUT];
  const weights w = matrix(values, by_output);
  thin_product(&w, ROWS, x, (section){0, 0}, all);
  for (size_t first = 0; first < OUT; first++)
    for (size_t last = first + 1; last <= OUT; last++) {
      thin_product(&w, ROWS, x, (section){first, last}, some);
      for (size_t r = 0; r < ROWS; r++)
        CHECK(!memcmp(all + r * OUT + first, some + r * OUT + first, (last - first) * sizeof *all));
    }
  free(values), free(x);
}

int main(void) {
  static const int ranges[][2] = {{0, IN}, {0, 1}, {IN - 1, IN}, {7, 8}, {4, 40}, {5, 33}, {0, 0}};
  for (int by_output = 0; by_output < 2; by_output++) {
    for (int k = 0; k < 7; k++) check(by_output, ranges[k][0], ranges[k][1]);
    rows_are_apart(by_output);
    what_is_wanted_is_the_same(by_output);
  }
  return test_result();
}
