/* Images as magnitude and phase: against sums by definition, there and back, and their power by radius. */
#include "phaselens.h"
#include "support.h"

enum { H = 6, W = 7, COLUMNS = W / 2 + 1, BINS = H * COLUMNS };

static void test_definition(void) {
  float *image = random_floats(3 * H * W, 0, 1), magnitude[3 * BINS], phase[3 * BINS];
  CHECK_INT(pl_fourier_forward(image, H, W, magnitude, phase), PL_OK);
  for (int i = 0; i < 3 * BINS; i++) {
    const int c = i / BINS, ky = i / COLUMNS % H, kx = i % COLUMNS;
    double re = 0, im = 0;
    for (int p = 0; p < H * W; p++) {
      const double angle = -2 * acos(-1) * ((double)(ky * (p / W)) / H + (double)(kx * (p % W)) / W);
      re += (double)image[3 * p + c] * cos(angle);
      im += (double)image[3 * p + c] * sin(angle);
    }
    CHECK_NEAR(magnitude[i], hypot(re, im), 1e-5);
    CHECK_NEAR((double)magnitude[i] * cos((double)phase[i]), re, 1e-5);
    CHECK_NEAR((double)magnitude[i] * sin((double)phase[i]), im, 1e-5);
  }
  free(image);
}

static void test_there_and_back(int height, int width) {
  const size_t pixels = 3 * (size_t)height * (size_t)width, bins = 3 * (size_t)height * (size_t)(width / 2 + 1);
  float *image = random_floats(pixels, 0, 1), *back = test_floats(pixels);
  float *magnitude = test_floats(bins), *phase = test_floats(bins);
  CHECK_INT(pl_fourier_forward(image, height, width, magnitude, phase), PL_OK);
  CHECK_INT(pl_fourier_inverse(magnitude, phase, height, width, back), PL_OK);
  CHECK_CLOSE(back, image, pixels, 1e-6);
  free(image);
  free(back);
  free(magnitude);
  free(phase);
}

/* A wave of 32 cycles over 64 columns of 128 pixels: 64 per 256 pixels, in either direction; the window spreads it to its
 * neighbours, which are 2 radii away here. */
static void test_wave(bool upright) {
  enum { SIDE = 128, CYCLES = 32 };
  float *image = test_floats(3 * SIDE * SIDE), power[PL_RADII];
  for (int i = 0; i < 3 * SIDE * SIDE; i++) {
    const int at = upright ? i / 3 % SIDE : i / 3 / SIDE;
    image[i] = (float)(0.5 + 0.4 * cos(2 * acos(-1) * CYCLES * at / SIDE));
  }
  CHECK_INT(pl_fourier_radial_power(image, SIDE, SIDE, power), PL_OK);
  for (int r = 0; r < PL_RADII; r++) {
    if (r < 60 || r > 70) CHECK_NEAR(power[r] / power[64], 0, 1e-6);
    if (r % 2) CHECK(power[r] < power[64]);
  }
  free(image);
}

/* White noise has the same power at every radius, whatever the image's shape: variance times the window's mean square. */
static void test_noise(int height, int width) {
  const size_t pixels = (size_t)height * (size_t)width;
  float *image = test_floats(3 * pixels), power[PL_RADII];
  for (size_t i = 0; i < pixels; i++) image[3 * i] = image[3 * i + 1] = image[3 * i + 2] = random_uniform(0, 1);
  CHECK_INT(pl_fourier_radial_power(image, height, width, power), PL_OK);
  double mean = 0;
  for (int r = 20; r < PL_RADII; r++) mean += (double)power[r] / (PL_RADII - 20);
  CHECK_NEAR(mean, 9. / 64 / 12, 0.05 * 9 / 64 / 12);
  free(image);
}

static void test_refused(void) {
  float image[3 * 4] = {0}, magnitude[3 * 4] = {0}, phase[3 * 4] = {0}, power[PL_RADII];
  CHECK_INT(pl_fourier_forward(image, 1, 4, magnitude, phase), PL_INVALID_ARGUMENT);
  CHECK_INT(pl_fourier_radial_power(image, 4, 1, power), PL_INVALID_ARGUMENT);
  CHECK_INT(pl_fourier_inverse(magnitude, phase, 2, 20000, image), PL_INVALID_ARGUMENT);
  phase[3] = INFINITY;
  CHECK_INT(pl_fourier_inverse(magnitude, phase, 2, 2, image), PL_INVALID_ARGUMENT);
  CHECK(strstr(pl_error_message(), "the phase: number 3") != NULL);
  image[2] = NAN;
  CHECK_INT(pl_fourier_forward(image, 2, 2, magnitude, phase), PL_INVALID_ARGUMENT);
}

int main(void) {
  test_definition();
  test_there_and_back(2, 2);
  test_there_and_back(31, 45);
  test_there_and_back(64, 96);
  test_wave(true);
  test_wave(false);
  test_noise(128, 192);
  test_refused();
  return test_result();
}
