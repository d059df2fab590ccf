/* Colour against the formula in double precision; its gradient against differences of that formula. */
#include "color.h"

#include "support.h"

static const double C[3][3] = {
    {0.56282854, 0.58447580, 0.58447580}, {0.19482528, 0, -0.19482528}, {0.04329450, -0.10823626, 0.06494176}};

static double truth(const double x[3], int k, double low, double high) {
  const double u = x[0] * C[0][k] + x[1] * C[1][k] + x[2] * C[2][k];
  return (high - low) / (1 + exp(-u)) + low;
}

static void test_color(size_t count, float low, float high) {
  float *x = random_floats(3 * count, -4, 4), *image = test_floats(3 * count);
  float *dimage = random_floats(3 * count, -1, 1), *dx = test_floats(3 * count), *expected = test_floats(3 * count);
  color_forward(x, count, low, high, image);
  for (size_t i = 0; i < count; i++)
    for (int k = 0; k < 3; k++)
      expected[3 * i + (size_t)k] =
          (float)truth((double[]){(double)x[i], (double)x[count + i], (double)x[2 * count + i]}, k, (double)low, (double)high);
  for (size_t i = 0; i < 3 * count; i++) CHECK_NEAR(image[i], expected[i], 3e-7 * fabs((double)(high - low)));

  color_backward(image, dimage, count, low, high, dx);
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
  free(x), free(image), free(dimage), free(dx), free(expected);
}

/* Far out the colour is the range's end and the gradient 0, not a NaN. */
static void test_saturated(void) {
  const float x[6] = {1e6f, -1e6f, 0, 0, 0, 0}, dimage[6] = {1, 1, 1, 1, 1, 1};
  float image[6], dx[6];
  color_forward(x, 2, -1, 2, image);
  color_backward(image, dimage, 2, -1, 2, dx);
  for (int i = 0; i < 6; i++) CHECK_NEAR(image[i], i < 3 ? 2 : -1, 1e-6);
  for (int i = 0; i < 6; i++) CHECK_NEAR(dx[i], 0, 1e-6);
}

int main(void) {
  const size_t counts[] = {1, 2, 63, 64, 65, 1000};
  for (int i = 0; i < 6; i++) test_color(counts[i], 0, 1);
  test_color(100, -2.5f, 2.5f);
  test_color(100, 0, 255);
  test_saturated();
  return test_result();
}
