/* Weights read in the packing's order, against their definition; in a file they may be unaligned. */
#include "network/ops/kernels/weights.h"
#include "support.h"

enum { GROUPS = 2, OUT = 9, IN = 7, TAPS = 6, COUNT = GROUPS * OUT * IN * TAPS };

static float as_written(const float *file, size_t group, size_t o, size_t i, size_t t) {
  return file[((group * OUT + o) * IN + i) * TAPS + t];
}

/* All rows, and some from the middle on, so that parts of an output's taps are asked for. */
static void check_rows(const weights *w, const float *want) {
  const size_t rows = w->groups * w->out * w->taps;
  for (size_t first = 0; first < rows; first += 5) {
    const size_t count = rows - first < 17 ? rows - first : 17;
    float *got = test_floats(count * w->in);
    weights_read(w, first, count, got);
    CHECK_CLOSE(got, want + first * w->in, count * w->in, 0);
    free(got);
  }
}

typedef enum order { FORWARD, BACKWARD, TAPS_FIRST } order;

/* A row's position by the order, of one group. */
static size_t row_of(order order, size_t o, size_t i, size_t t) {
  return order == FORWARD ? o * TAPS + t : order == BACKWARD ? i * TAPS + t : t * IN + i;
}

static void check_order(const weights *given, const float *file, order order, const float *scale) {
  const size_t columns = order == FORWARD ? IN : OUT, group_rows = COUNT / GROUPS / columns;
  weights w = order == FORWARD ? *given : weights_transposed(*given);
  if (order == TAPS_FIRST) w = weights_taps_first(w);
  float *want = test_floats(COUNT);
  for (size_t g = 0; g < w.groups; g++)
    for (size_t o = 0; o < OUT; o++)
      for (size_t i = 0; i < IN; i++)
        for (size_t t = 0; t < TAPS; t++)
          want[(g * group_rows + row_of(order, o, i, t)) * columns + (order == FORWARD ? i : o)] = as_written(file, g, o, i, t) *
                                                                                                   (scale ? scale[g * OUT + o]
                                                                                                          : 1);
  check_rows(&w, want);
  free(want);
}

static void test_orders(int groups, bool scaled) {
  const size_t count = (size_t)groups * OUT * IN * TAPS;
  float *file = random_floats(COUNT, -1, 1), *scale = random_floats(GROUPS * OUT, -2, 2);
  char *unaligned = malloc(count * sizeof *file + 1);
  REQUIRE(unaligned);
  memcpy(unaligned + 1, file, count * sizeof *file);
  const onnx_tensor t = {
      .type = ONNX_FLOAT, .shape = {4, {groups * OUT, IN, 2, TAPS / 2}}, .data = unaligned + 1, .count = count};
  weights w;
  REQUIRE(weights_open(NULL, &t, groups, &w) == PL_OK);
  weights_scale(&w, scaled ? scale : NULL, false);
  check_order(&w, file, FORWARD, scaled ? scale : NULL);
  check_order(&w, file, BACKWARD, scaled ? scale : NULL);
  if (groups == 1) check_order(&w, file, TAPS_FIRST, scaled ? scale : NULL);
  weights_close(&w);
  free(unaligned);
  free(file);
  free(scale);
}

static void test_other_types(void) {
  const int8_t bytes[] = {1, -2, 3, -4, 5, -6};
  const float forward[] = {1, -2, 3, -4, 5, -6}, backward[] = {1, -4, -2, 5, 3, -6};
  const onnx_tensor t = {.type = ONNX_INT8, .shape = {2, {2, 3}}, .data = bytes, .count = 6};
  weights w;
  float rows[6];
  REQUIRE(weights_open(NULL, &t, 1, &w) == PL_OK);
  weights_read(&w, 0, 2, rows);
  CHECK_CLOSE(rows, forward, 6, 0);
  const weights back = weights_transposed(w);
  weights_read(&back, 0, 3, rows);
  CHECK_CLOSE(rows, backward, 6, 0);
  weights_close(&w);
}

int main(void) {
  random_seed(11);
  for (int groups = 1; groups <= GROUPS; groups++) {
    test_orders(groups, false);
    test_orders(groups, true);
  }
  test_other_types();
  return test_result();
}
