/* Penalties and their gradients against PyTorch and by differences. */
#include "golden/image.h"
#include "image/penalties.h"
#include "support.h"

/* Only penalty `which` has a weight. */
static pl_config config_of(int height, int width, float low, float high, int which, float weight) {
  pl_config c = pl_config_default();
  c.height = height, c.width = width, c.range.low = low, c.range.high = high;
  *(which == 0 ? &c.penalty_variation : which == 1 ? &c.penalty_l2 : &c.penalty_frequency) = weight;
  return c;
}

static void test_golden(int height, int width, float low, float high, const float *image, const float *golden,
                        const float *gradients) {
  const size_t count = 3 * (size_t)(height * width);
  for (int which = 0; which < 3; which++) {
    const pl_config c = config_of(height, width, low, high, which, 2);
    penalties *p;
    REQUIRE(penalties_create(&c, &p) == PL_OK);
    float *dimage = test_floats(count), *wanted = test_floats(count);
    for (size_t i = 0; i < count; i++) dimage[i] = 1, wanted[i] = 1 - 2 * gradients[(size_t)which * count + i];
    CHECK_NEAR(penalties_subtract(p, image, dimage), 2 * golden[which], 1e-5 * fabs((double)golden[which]));
    CHECK_CLOSE(dimage, wanted, count, 1e-6);
    penalties_free(p);
    free(dimage), free(wanted);
  }
}

/* All at once, along random directions. */
static void test_differences(int height, int width) {
  const size_t count = 3 * (size_t)(height * width);
  pl_config c = config_of(height, width, -1, 2, 0, 3);
  c.penalty_l2 = 5, c.penalty_frequency = 40;
  penalties *p;
  REQUIRE(penalties_create(&c, &p) == PL_OK);
  float *image = random_floats(count, -1, 2), *direction = random_floats(count, -1, 1), *moved = test_floats(count);
  float *dimage = test_floats(count), *unused = test_floats(count);
  penalties_subtract(p, image, dimage);
  double ends[2];
  for (int side = 0; side < 2; side++) {
    for (size_t i = 0; i < count; i++) moved[i] = image[i] + (side ? 1e-3f : -1e-3f) * direction[i];
    ends[side] = (double)penalties_subtract(p, moved, unused);
  }
  const double slope = -dot_product(dimage, direction, count);
  CHECK_NEAR((ends[1] - ends[0]) / 2e-3, slope, 0.01 * sqrt(dot_product(dimage, dimage, count) * (double)count));
  penalties_free(p);
  free(image), free(direction), free(moved), free(dimage), free(unused);
}

/* A flat image has only its distance from grey; the finest checkerboard has all its energy at the highest frequency. */
static void test_meaning(void) {
  enum { SIDE = 32, COUNT = 3 * SIDE * SIDE };
  static float image[COUNT], dimage[COUNT];
  for (int which = 0; which < 3; which++) {
    const pl_config c = config_of(SIDE, SIDE, 0, 1, which, 1);
    penalties *p;
    REQUIRE(penalties_create(&c, &p) == PL_OK);
    for (int i = 0; i < COUNT; i++) image[i] = 0.75f;
    CHECK_NEAR(penalties_subtract(p, image, dimage), which == 1 ? 0.0625 : 0, 1e-6);
    for (int i = 0; i < COUNT; i++) image[i] = (i / 3 / SIDE + i / 3) % 2 ? 1 : 0;
    const double truth[] = {2.0 * (SIDE - 1) / SIDE, 0.25, 0.25};
    CHECK_NEAR(penalties_subtract(p, image, dimage), truth[which], 1e-5);
    penalties_free(p);
  }
  const pl_config none = pl_config_default();
  penalties *p = (penalties *)1;
  CHECK_INT(penalties_create(&none, &p), PL_OK);
  CHECK(!p);
  CHECK_NEAR(penalties_subtract(NULL, image, dimage), 0, 0);
}

int main(void) {
  test_golden(5, 7, 0, 1, GOLDEN_PENALTIES_5X7_IMAGE, GOLDEN_PENALTIES_5X7, GOLDEN_PENALTIES_5X7_GRADIENTS);
  test_golden(6, 8, -1, 2, GOLDEN_PENALTIES_6X8_IMAGE, GOLDEN_PENALTIES_6X8, GOLDEN_PENALTIES_6X8_GRADIENTS);
  test_differences(32, 48);
  test_differences(65, 64);
  test_meaning();
  return test_result();
}
