/* Colour against the formula in double precision; its gradient against differences of that formula. */
#include "image/color.h"
#include "support.h"

static const double C[3][3] = {
    {0.56282854, 0.58447580, 0.58447580}, {0.19482528, 0, -0.19482528}, {0.04329450, -0.10823626, 0.06494176}};

static double truth(const double x[3], int k, double low, double high) {
  const double u = x[0] * C[0][k] + x[1] * C[1][k] + x[2] * C[2][k];
  return (high - low) / (1 + exp(-u)) + low;
}

/* In one go, or recorrelated before and taken as RGB; of planes that are to be standardized. */
static void test_color(size_t count, bool rgb, float low, float high) {
  const float mean = 0.25f, scale = 2;
  float *x = random_floats(3 * count, -4, 4), *image = test_floats(3 * count);
  float *dimage = random_floats(3 * count, -1, 1), *dx = test_floats(3 * count), *expected = test_floats(3 * count);
  float *y = test_floats(3 * count);
  memcpy(y, x, 3 * count * sizeof *y);
  if (rgb) color_recorrelate(y, count);
  const color_map map = color_map_create(rgb, mean, 1 / scale, low, high);
  for (size_t i = 0; i < 3 * count; i++) y[i] = y[i] * scale + mean;
  color_forward(&map, y, count, image);
  for (size_t i = 0; i < count; i++)
    for (int k = 0; k < 3; k++)
      expected[3 * i + (size_t)k] = (float)truth((double[]){(double)x[i], (double)x[count + i], (double)x[2 * count + i]}, k,
                                                 (double)low, (double)high);
  for (size_t i = 0; i < 3 * count; i++) CHECK_NEAR(image[i], expected[i], 3e-7 * fabs((double)(high - low)));

  color_backward(&map, image, dimage, count, dx);
  for (size_t i = 0; i < 3 * count; i++) dx[i] *= scale;
  if (rgb) color_recorrelate_adjoint(dx, count);
  for (size_t i = 0; i < count; i++) {
    for (size_t j = 0; j < 3; j++) {
      double difference = 0;
      for (int sign = -1; sign <= 1; sign += 2) {
        double moved[3] = {(double)x[i], (double)x[count + i], (double)x[2 * count + i]};
        moved[j] += sign * 1e-4;
        for (int k = 0; k < 3; k++)
          difference += sign * (double)dimage[3 * i + (size_t)k] * truth(moved, k, (double)low, (double)high) / 2e-4;
      }
      expected[j * count + i] = (float)difference;
    }
  }
  CHECK_CLOSE(dx, expected, 3 * count, 2e-6);
  free(x), free(y), free(image), free(dimage), free(dx), free(expected);
}

/* Far out the colour is the range's end and the gradient 0, not a NaN; that is what a NaN's is. */
static void test_saturated(void) {
  const float x[6] = {1e6f, -1e6f, 0, 0, 0, 0}, dimage[6] = {1, 1, 1, 1, 1, 1};
  float image[6], dx[6];
  const color_map map = color_map_create(false, 0, 1, -1, 2);
  color_forward(&map, x, 2, image);
  color_backward(&map, image, dimage, 2, dx);
  for (int i = 0; i < 6; i++) CHECK_NEAR(image[i], i < 3 ? 2 : -1, 1e-6);
  for (int i = 0; i < 6; i++) CHECK_NEAR(dx[i], 0, 1e-6);
  color_forward(&map, (float[3]){0, NAN, 0}, 1, image);
  CHECK(isnan(image[0]) && isnan(image[2]));
}

/* What color_inverse finds makes the image again; black and white come within half a step of eight bits. */
static void test_inverse(bool rgb) {
  enum { COUNT = 200 };
  float *image = random_floats(3 * COUNT, 0, 1), *x = test_floats(3 * COUNT), *again = test_floats(3 * COUNT);
  image[0] = 0;
  image[4] = 1;
  color_inverse(image, COUNT, rgb, x);
  const color_map map = color_map_create(rgb, 0, 1, 0, 1);
  color_forward(&map, x, COUNT, again);
  for (int i = 0; i < 3 * COUNT; i++) {
    const double inside = fmin(fmax((double)image[i], 1.0 / 510), 1 - 1.0 / 510);
    CHECK_NEAR(again[i], inside, 1e-5);
  }
  free(image), free(x), free(again);
}

int main(void) {
  const size_t counts[] = {1, 2, 63, 64, 65, 1000};
  for (int i = 0; i < 6; i++) test_color(counts[i], i % 2, 0, 1);
  test_color(100, false, -2.5f, 2.5f);
  test_color(100, true, 0, 255);
  test_saturated();
  test_inverse(false);
  test_inverse(true);
  return test_result();
}
