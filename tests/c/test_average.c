/* The mean magnitude of images: against sums by definition, and as a file that magnitude_read takes. */
#include "image/color.h"
#include "image/magnitude.h"
#include "support.h"

enum { H = 6, W = 8, COLUMNS = W / 2 + 1, IMAGES = 3 };

/* |sum over pixels of plane exp(-2 pi i (...))|, in double precision. */
static double magnitude_of(const float *plane, int ky, int kx) {
  double re = 0, im = 0;
  for (int y = 0; y < H; y++)
    for (int x = 0; x < W; x++) {
      const double angle = -2 * acos(-1) * ((double)(ky * y) / H + (double)(kx * x) / W);
      re += (double)plane[y * W + x] * cos(angle);
      im += (double)plane[y * W + x] * sin(angle);
    }
  return hypot(re, im);
}

static void test_mean(bool decorrelate) {
  pl_average *a;
  REQUIRE(pl_average_create(H, W, decorrelate, &a) == PL_OK);
  double truth[3 * H * COLUMNS] = {0};
  for (int n = 0; n < IMAGES; n++) {
    float *image = random_floats(3 * H * W, 0, 1), planes[3 * H * W];
    CHECK_INT(pl_average_add(a, image, H, W), PL_OK);
    for (int i = 0; i < 3 * H * W; i++) planes[i % 3 * H * W + i / 3] = image[i];
    if (decorrelate) color_decorrelate(planes, H * W);
    for (int i = 0; i < 3 * H * COLUMNS; i++)
      truth[i] += magnitude_of(planes + i / (H * COLUMNS) * H * W, i / COLUMNS % H, i % COLUMNS) / IMAGES;
    free(image);
  }
  size_t size;
  CHECK_INT(pl_average_finish(a, NULL, 0, &size), PL_OK);
  uint8_t *npy = malloc(size);
  REQUIRE(npy);
  CHECK_INT(pl_average_finish(a, npy, size - 1, &size), PL_INVALID_ARGUMENT);
  CHECK_INT(pl_average_finish(a, npy, size, &size), PL_OK);
  magnitude m;
  REQUIRE(magnitude_read(npy, size, &m) == PL_OK);
  CHECK_INT(m.height, H);
  CHECK_INT(m.width, W);
  for (int i = 0; i < 3 * H * COLUMNS; i++) CHECK_NEAR(m.data[i], truth[i], 1e-4 * (1 + truth[i]));
  magnitude_free(&m);
  free(npy);
  pl_average_free(a);
}

/* Only the middle of a wide image counts, and its size does not. */
static void test_middle(void) {
  enum { WIDE = 5 * W };
  float wide[3 * 2 * H * WIDE];
  for (int i = 0; i < 3 * 2 * H * WIDE; i++) {
    const int x = i / 3 % WIDE;
    wide[i] = x >= WIDE / 2 - W && x < WIDE / 2 + W ? 0.5f : random_uniform(0, 1);
  }
  pl_average *a;
  REQUIRE(pl_average_create(H, W, false, &a) == PL_OK);
  CHECK_INT(pl_average_add(a, wide, 2 * H, WIDE), PL_OK);
  size_t size;
  CHECK_INT(pl_average_finish(a, NULL, 0, &size), PL_OK);
  uint8_t *npy = malloc(size);
  REQUIRE(npy);
  CHECK_INT(pl_average_finish(a, npy, size, &size), PL_OK);
  magnitude m;
  REQUIRE(magnitude_read(npy, size, &m) == PL_OK);
  CHECK_NEAR(m.data[0], 0.5 * H * W, 1e-4);
  CHECK_NEAR(m.data[COLUMNS], 0, 1e-4);
  magnitude_free(&m);
  free(npy);
  pl_average_free(a);
}

static void test_refused(void) {
  pl_average *a;
  CHECK_INT(pl_average_create(1, 8, true, &a), PL_INVALID_ARGUMENT);
  CHECK_INT(pl_average_create(8, 7, true, &a), PL_INVALID_ARGUMENT);
  CHECK_INT(pl_average_create(8, 8192, true, &a), PL_INVALID_ARGUMENT);
  CHECK(!a);
  REQUIRE(pl_average_create(H, W, true, &a) == PL_OK);
  float image[3 * H * W] = {NAN};
  size_t size;
  CHECK_INT(pl_average_add(a, image, H, W), PL_INVALID_ARGUMENT);
  CHECK_INT(pl_average_add(a, image, 0, W), PL_INVALID_ARGUMENT);
  CHECK_INT(pl_average_finish(a, NULL, 0, &size), PL_INVALID_ARGUMENT);
  CHECK(strstr(pl_error_message(), "no image") != NULL);
  pl_average_free(a);
  pl_average_free(NULL);
}

int main(void) {
  test_mean(true);
  test_mean(false);
  test_middle();
  test_refused();
  return test_result();
}
