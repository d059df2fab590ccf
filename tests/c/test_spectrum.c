/* The inverse transform against NumPy, its adjoint by the dot-product identity and against its own formula. */
#include "golden/image.h"
#include "image/spectrum.h"
#include "support.h"

/* NumPy's order, real and imaginary parts in turn, and the plan's. */
static void to_strips(const spectrum *plan, int height, int columns, const float *numbers, float *s) {
  for (int y = 0; y < height; y++)
    for (int x = 0; x < columns; x++, numbers += 2)
      for (int part = 0; part < 2; part++) s[spectrum_at(plan, y, x) + (size_t)part * SPECTRUM_LANES] = numbers[part];
}

static void from_strips(const spectrum *plan, int height, int columns, const float *s, float *numbers) {
  for (int y = 0; y < height; y++)
    for (int x = 0; x < columns; x++, numbers += 2)
      for (int part = 0; part < 2; part++) numbers[part] = s[spectrum_at(plan, y, x) + (size_t)part * SPECTRUM_LANES];
}

static void test_golden(int height, int width, const float *golden_s, const float *golden_x) {
  spectrum *plan;
  REQUIRE(spectrum_create(height, width, &plan) == PL_OK);
  const size_t pixels = (size_t)height * (size_t)width;
  float *s = test_floats(spectrum_size(plan)), *x = test_floats(pixels);
  to_strips(plan, height, width / 2 + 1, golden_s, s);
  spectrum_inverse(plan, s, x);
  CHECK_CLOSE(x, golden_x, pixels, 1e-6);
  spectrum_free(plan);
  free(s);
  free(x);
}

/* <A s, x> = <s, A^T x>, term by term as large as the vectors allow: relative to |A s| |x|. */
static void test_adjoint(int height, int width) {
  spectrum *plan;
  REQUIRE(spectrum_create(height, width, &plan) == PL_OK);
  const int columns = width / 2 + 1;
  const size_t bins = 2 * (size_t)height * (size_t)columns, pixels = (size_t)height * (size_t)width;
  float *s = random_floats(spectrum_size(plan), -1, 1), *x = random_floats(pixels, -1, 1), *kept = test_floats(bins);
  float *inverse = test_floats(pixels), *adjoint = test_floats(bins);
  from_strips(plan, height, columns, s, kept);
  spectrum_inverse(plan, s, inverse);
  spectrum_adjoint(plan, x, s);
  from_strips(plan, height, columns, s, adjoint);
  const double scale = sqrt(dot_product(inverse, inverse, pixels) * dot_product(x, x, pixels));
  CHECK_NEAR(dot_product(inverse, x, pixels), dot_product(kept, adjoint, bins), 2e-6 * scale);

  /* and the transform of a single pixel, whole */
  memset(x, 0, pixels * sizeof *x);
  const size_t y0 = (size_t)height / 3, x0 = (size_t)width / 2;
  x[y0 * (size_t)width + x0] = 1;
  spectrum_adjoint(plan, x, s);
  from_strips(plan, height, columns, s, adjoint);
  for (size_t ky = 0, i = 0; ky < (size_t)height; ky++) {
    for (size_t kx = 0; kx <= (size_t)width / 2; kx++, i++) {
      const double angle = -2 * acos(-1) * ((double)(ky * y0) / height + (double)(kx * x0) / width);
      const double times = kx == 0 || 2 * kx == (size_t)width ? 1 : 2;
      kept[2 * i] = (float)(times * cos(angle) / (double)pixels);
      kept[2 * i + 1] = (float)(times * sin(angle) / (double)pixels);
    }
  }
  CHECK_CLOSE(adjoint, kept, bins, 2e-6);

  /* there and back */
  random_fill(x, pixels, -1, 1);
  spectrum_forward(plan, x, s);
  double sum = 0;
  for (size_t i = 0; i < pixels; i++) sum += (double)x[i];
  CHECK_NEAR(s[0], sum, 1e-3);
  spectrum_inverse(plan, s, inverse);
  CHECK_CLOSE(inverse, x, pixels, 1e-6);
  spectrum_free(plan);
  free(s), free(x), free(kept), free(inverse), free(adjoint);
}

static void test_sizes_refused(void) {
  spectrum *plan = (spectrum *)1;
  CHECK_INT(spectrum_create(1, 8, &plan), PL_INVALID_ARGUMENT);
  CHECK(!plan);
  CHECK_INT(spectrum_create(8, 1, &plan), PL_INVALID_ARGUMENT);
  CHECK_INT(spectrum_create(-8, 8, &plan), PL_INVALID_ARGUMENT);
  CHECK_INT(spectrum_create(8, 1 << 30, &plan), PL_INVALID_ARGUMENT);
  spectrum_free(NULL);
}

int main(void) {
  test_golden(6, 8, GOLDEN_SPECTRUM_6X8, GOLDEN_INVERSE_6X8);
  test_golden(5, 7, GOLDEN_SPECTRUM_5X7, GOLDEN_INVERSE_5X7);
  test_golden(4, 2, GOLDEN_SPECTRUM_4X2, GOLDEN_INVERSE_4X2);
  const int sizes[][2] = {{2, 2}, {32, 48}, {65, 64}, {33, 31}, {2, 3}, {3, 2}, {56, 224}, {17, 128}, {128, 6}, {37, 74}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) test_adjoint(sizes[i][0], sizes[i][1]);
  test_sizes_refused();
  return test_result();
}
