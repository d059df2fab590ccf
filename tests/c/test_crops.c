/* Boxes by their distributions; the resize against PyTorch, its adjoint by the dot-product identity. */
#include "golden/image.h"
#include "image/crops.h"
#include "support.h"

/* ---- boxes ---- */

static pl_config make_config(int height, int width) {
  return (pl_config){.height = height,
                     .width = width,
                     .seed = 3,
                     .box_side = {PL_UNIFORM, 0.3f, 0.8f},
                     .box_centre = {PL_UNIFORM, 0, 1},
                     .box_inside = true,
                     .box_square = true};
}

enum { BOXES = 20000 };

/* Square in pixels, wholly inside, sides from 0.3 to 0.8 of the shorter side, every place as likely: the share of the room above
 * the box is uniform. */
static void test_inside_uniform(int height, int width) {
  const pl_config config = make_config(height, width);
  const double shorter = height < width ? height : width;
  double side = 0, y = 0, yy = 0, x = 0, xx = 0, xy = 0, ys = 0;
  for (int i = 0; i < BOXES; i++) {
    const pl_box b = crops_sample(&config, i / 4, i % 4);
    const double h = (double)b.height * height, w = (double)b.width * width;
    CHECK_NEAR(h, w, 1e-4 * h);
    CHECK_NEAR(h / shorter, 0.55, 0.250001);
    CHECK(b.y >= 0 && b.x >= 0 && b.y + b.height <= 1.000001f && b.x + b.width <= 1.000001f);
    const double u = (double)b.y / (1 - (double)b.height), v = (double)b.x / (1 - (double)b.width);
    side += h / shorter, y += u, yy += u * u, x += v, xx += v * v, xy += u * v, ys += u * h / shorter;
  }
  CHECK_NEAR(side / BOXES, 0.55, 0.006);
  CHECK_NEAR(y / BOXES, 0.5, 0.012);
  CHECK_NEAR(x / BOXES, 0.5, 0.012);
  CHECK_NEAR(yy / BOXES, 1.0 / 3, 0.012);
  CHECK_NEAR(xx / BOXES, 1.0 / 3, 0.012);
  CHECK_NEAR(xy / BOXES, 0.25, 0.01);
  CHECK_NEAR(ys / BOXES, 0.275, 0.01);
}

static void test_normal(bool inside) {
  pl_config config = make_config(128, 128);
  config.box_side = (pl_distribution){PL_NORMAL, 0.25f, 0.1f};
  config.box_centre = (pl_distribution){PL_NORMAL, 0.5f, 0.15f};
  config.box_inside = inside;
  double y = 0, yy = 0, side = 0;
  int smallest = 0, out = 0;
  for (int i = 0; i < BOXES; i++) {
    const pl_box b = crops_sample(&config, i, 0);
    CHECK(b.height >= 0.05f && b.height <= 1);
    const double centre = (double)b.y + (double)b.height / 2 - 0.5;
    y += centre, yy += centre * centre, side += (double)b.height;
    smallest += b.height == 0.05f;
    out += b.y < 0 || b.x < 0 || b.y + b.height > 1.000001f || b.x + b.width > 1.000001f;
  }
  CHECK_NEAR(y / BOXES, 0, 0.006);
  CHECK_NEAR(sqrt(yy / BOXES), 0.15, inside ? 0.01 : 0.004);
  CHECK_NEAR(side / BOXES, 0.25, 0.005);
  CHECK_NEAR(smallest / (double)BOXES, 0.0228, 0.006);
  CHECK(inside ? out == 0 : out > 0);
}

/* The mean moves linearly, and is where it should be in the first and in the last step. */
static void test_moving_side(void) {
  pl_config config = make_config(100, 100);
  config.steps = 11;
  config.box_side = (pl_distribution){PL_UNIFORM, 0.5f, 0.5f};
  config.box_side_change = -0.4f;
  for (int step = 0; step < 11; step++) CHECK_NEAR(crops_sample(&config, step, 1).height, 0.5 - 0.04 * step, 1e-6);
  CHECK_NEAR(crops_sample(&config, 99, 1).height, 0.1, 1e-6);
  config.steps = 1;
  CHECK_NEAR(crops_sample(&config, 0, 0).height, 0.5, 0);
}

/* The same fraction of height and width, edges on pixels, inside, and the room is used up to its ends. */
static void test_whole_pixels(int height, int width) {
  pl_config config = make_config(height, width);
  config.box_square = false;
  config.box_whole_pixels = true;
  for (int i = 0; i < BOXES / 4; i++) {
    const pl_box b = crops_sample(&config, i, 0);
    const double edges[] = {(double)b.y * height, (double)b.height * height, (double)b.x * width, (double)b.width * width};
    for (int k = 0; k < 4; k++) CHECK_NEAR(edges[k], round(edges[k]), 1e-4);
    CHECK_NEAR(b.height, b.width, 1.001 / height + 1.001 / width);
    CHECK(b.y >= 0 && b.x >= 0 && b.y + b.height <= 1.00001f && b.x + b.width <= 1.00001f && edges[1] > 0.5 && edges[3] > 0.5);
  }
}

static void test_sides_are_clipped(void) {
  pl_config config = make_config(100, 50);
  config.box_side = (pl_distribution){PL_UNIFORM, 3, 4};
  const pl_box whole = crops_sample(&config, 0, 0);
  CHECK_NEAR(whole.width, 1, 0);
  CHECK_NEAR(whole.height, 0.5, 0);
  CHECK_NEAR(whole.x, 0, 0);
  config.box_side = (pl_distribution){PL_UNIFORM, -4, -3};
  CHECK_NEAR(crops_sample(&config, 0, 0).width, 0.05, 1e-7);
}

/* ---- the resize ---- */

/* The box of these pixels. */
static pl_box pixels(double y, double x, double height, double width, int image_height, int image_width) {
  return (pl_box){(float)(y / image_height), (float)(x / image_width), (float)(height / image_height),
                  (float)(width / image_width)};
}

static void test_golden(void) {
  const float *expected = GOLDEN_CROPS;
  for (size_t i = 0; i < sizeof GOLDEN_BOXES / sizeof *GOLDEN_BOXES; i++) {
    const int *g = GOLDEN_BOXES[i];
    crops *c;
    REQUIRE(crops_create(9, 11, g[4], g[5], PL_ANTIALIASED, &c) == PL_OK);
    const size_t count = 3 * (size_t)g[4] * (size_t)g[5];
    float *crop = random_floats(count, 5, 6);
    crops_forward(c, GOLDEN_CROPS_IMAGE, pixels(g[0], g[1], g[2], g[3], 9, 11), crop);
    for (size_t k = 0; k < count; k++) CHECK_NEAR(crop[k], expected[k], 1e-5);
    expected += count;
    free(crop);
    crops_free(c);
  }
}

/* The image itself, where every pixel is one of the crop's. */
static void test_identity(void) {
  crops *c;
  REQUIRE(crops_create(20, 30, 6, 7, PL_ANTIALIASED, &c) == PL_OK);
  float *image = random_floats(3 * 20 * 30, 0, 1), crop[3 * 6 * 7];
  crops_forward(c, image, pixels(5, 9, 6, 7, 20, 30), crop);
  for (int y = 0; y < 6; y++)
    for (int x = 0; x < 21; x++) CHECK_NEAR(crop[21 * y + x], image[90 * (y + 5) + 27 + x], 1e-5);
  free(image);
  crops_free(c);
}

/* A crop of an image of one colour is of that colour, wherever the box lies inside; of a ramp it is a ramp away from its edges. */
static void test_flat_and_ramp(double y, double x, double height, double width, int out) {
  enum { H = 40, W = 50 };
  crops *c;
  REQUIRE(crops_create(H, W, out, out, PL_ANTIALIASED, &c) == PL_OK);
  float *image = test_floats(3 * H * W), *crop = test_floats(3 * (size_t)(out * out));
  for (int i = 0; i < H * W; i++) {
    image[3 * i] = 0.7f;
    image[3 * i + 1] = (float)(i / W) + 0.5f;
    image[3 * i + 2] = (float)(i % W) + 0.5f;
  }
  crops_forward(c, image, pixels(y, x, height, width, H, W), crop);
  for (int i = 0; i < out * out; i++) {
    const double from_top = (i / out + 0.5) * height / out, from_left = (i % out + 0.5) * width / out;
    const double reach_y = fmax(1, height / out), reach_x = fmax(1, width / out);
    CHECK_NEAR(crop[3 * i], 0.7, 1e-6);
    /* Weights sampled from a triangle that is no whole number of pixels wide do not balance exactly. */
    if (from_top > reach_y && height - from_top > reach_y) CHECK_NEAR(crop[3 * i + 1], y + from_top, 0.13);
    if (from_left > reach_x && width - from_left > reach_x) CHECK_NEAR(crop[3 * i + 2], x + from_left, 0.13);
  }
  free(image), free(crop);
  crops_free(c);
}

/* Aligned crops are of whole pixels, the nearest ones. */
static void test_aligned_is_rounded(void) {
  crops *c;
  REQUIRE(crops_create(20, 30, 8, 5, PL_ANTIALIASED_ALIGNED, &c) == PL_OK);
  float *image = random_floats(3 * 20 * 30, 0, 1), whole[3 * 8 * 5], moved[3 * 8 * 5];
  crops_forward(c, image, pixels(3, 7, 11, 12, 20, 30), whole);
  crops_forward(c, image, pixels(3.4, 6.6, 10.7, 12.3, 20, 30), moved);
  CHECK(memcmp(whole, moved, sizeof whole) == 0);
  free(image);
  crops_free(c);
}

static void test_far_outside(pl_resample how) {
  crops *c;
  REQUIRE(crops_create(10, 10, 4, 4, how, &c) == PL_OK);
  float *image = random_floats(300, 1, 2), *crop = random_floats(48, 1, 2);
  crops_forward(c, image, (pl_box){3, 0, 0.5f, 0.5f}, crop);
  for (int i = 0; i < 48; i++) CHECK_NEAR(crop[i], 0, 0);
  crops_adjoint(c, crop, (pl_box){-9, -9, 1, 1}, image);
  free(image), free(crop);
  crops_free(c);
}

static void test_adjoint(int height, int width, int out_height, int out_width, pl_resample how, pl_box b) {
  crops *c;
  REQUIRE(crops_create(height, width, out_height, out_width, how, &c) == PL_OK);
  const size_t count = 3 * (size_t)height * (size_t)width, out = 3 * (size_t)out_height * (size_t)out_width;
  float *image = random_floats(count, -1, 1), *dcrop = random_floats(out, -1, 1);
  /* what the gradient is added to is small: else its roundings, one an addition, are larger than what is allowed */
  float *crop = test_floats(out), *dimage = random_floats(count, -0.1f, 0.1f), *before = test_floats(count);
  memcpy(before, dimage, count * sizeof *before);
  crops_forward(c, image, b, crop);
  crops_adjoint(c, dcrop, b, dimage);
  const double scale = sqrt(dot_product(crop, crop, out) * dot_product(dcrop, dcrop, out)) + 1;
  CHECK_NEAR(dot_product(crop, dcrop, out), dot_product(dimage, image, count) - dot_product(before, image, count), 3e-6 * scale);
  free(image), free(dcrop), free(crop), free(dimage), free(before);
  crops_free(c);
}

static void test_adjoints(pl_resample how) {
  const pl_box boxes[] = {{0, 0, 1, 1},         {0.1f, 0.2f, 0.5f, 0.4f},   {-0.3f, 0.6f, 0.7f, 0.7f},
                          {-0.5f, -0.7f, 2, 3}, {0.5f, 0.5f, 0.01f, 0.01f}, {0.99f, 0, 0.3f, 0.02f},
                          {-2, -2, 0.5f, 0.5f}, {-5, -7, 20, 20},           {0.333f, 0.111f, 0.777f, 0.001f}};
  for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
    test_adjoint(32, 48, 16, 16, how, boxes[i]);
    test_adjoint(33, 31, 50, 20, how, boxes[i]);
    test_adjoint(1, 1, 8, 8, how, boxes[i]);
    test_adjoint(64, 65, 1, 1, how, boxes[i]);
    test_adjoint(2, 300, 3, 7, how, boxes[i]);
  }
  for (int i = 0; i < 500; i++) {
    const pl_box b = {random_uniform(-1, 1), random_uniform(-1, 1), random_uniform(0.001f, 2), random_uniform(0.001f, 2)};
    test_adjoint(5 + (int)(random_bits() % 40), 1 + (int)(random_bits() % 50), 1 + (int)(random_bits() % 40),
                 1 + (int)(random_bits() % 30), how, b);
  }
}

/* ---- noise ---- */

static void test_noise(void) {
  pl_config config = make_config(64, 64);
  float a[300] = {0}, b[300] = {0};
  crops_noise(&config, 1, 2, a, 300);
  CHECK_NEAR(dot_product(a, a, 300), 0, 0);
  config.noise_normal = 0.08f;
  config.noise_uniform = 0.04f;
  crops_noise(&config, 1, 2, a, 300);
  crops_noise(&config, 1, 2, b, 300);
  CHECK(memcmp(a, b, sizeof a) == 0);
  CHECK_NEAR(dot_product(a, a, 300) / 300, 0.0064 + 0.0016 / 3, 0.0028);
  memset(b, 0, sizeof b);
  crops_noise(&config, 1, 3, b, 300);
  CHECK(relative_error(a, b, 300) > 0.5);
}

static void test_refused(void) {
  crops *c = (crops *)1;
  CHECK_INT(crops_create(0, 10, 4, 4, PL_ANTIALIASED, &c), PL_INVALID_ARGUMENT);
  CHECK(!c);
  CHECK_INT(crops_create(10, 10, 4, 1 << 30, PL_ANTIALIASED, &c), PL_INVALID_ARGUMENT);
  crops_free(NULL);
}

int main(void) {
  test_inside_uniform(256, 256);
  test_inside_uniform(65, 200);
  test_normal(false);
  test_normal(true);
  test_sides_are_clipped();
  test_moving_side();
  test_whole_pixels(64, 64);
  test_whole_pixels(65, 200);
  test_golden();
  test_identity();
  test_aligned_is_rounded();
  test_flat_and_ramp(0, 0, 40, 50, 9);
  test_flat_and_ramp(3.3, 7.9, 21.4, 21.4, 64);
  test_flat_and_ramp(3.3, 7.9, 21.4, 30.7, 8);
  test_flat_and_ramp(10.5, 10.5, 1, 1, 5);
  test_flat_and_ramp(10.2, 10.4, 0.3, 0.5, 5);
  for (int how = PL_ANTIALIASED; how <= PL_ROI_BICUBIC; how++) {
    test_far_outside((pl_resample)how);
    test_adjoints((pl_resample)how);
  }
  test_noise();
  test_refused();
  return test_result();
}
