/* The picture's stretch and alpha against sorted values. */
#include "image/frame.h"
#include "support.h"

enum { H = 60, W = 70, PIXELS = H * W };

static int ascending(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

/* As numpy.percentile, by linear interpolation. */
static double percentile(const float *x, size_t count, double share) {
  float *sorted = test_floats(count);
  memcpy(sorted, x, count * sizeof *x);
  qsort(sorted, count, sizeof *sorted, ascending);
  const double rank = share * (double)(count - 1);
  const size_t i = (size_t)rank;
  const double a = (double)sorted[i], b = (double)sorted[i + 1 < count ? i + 1 : i];
  free(sorted);
  return a + (rank - (double)i) * (b - a);
}

static frame *make_frame(void) {
  frame *f;
  REQUIRE(frame_create(H, W, &f) == PL_OK);
  return f;
}

static void check_bytes(const uint8_t *rgba, const float *image, double black, double white) {
  int apart = 0;
  for (int i = 0; i < PIXELS; i++) {
    for (int k = 0; k < 3; k++) {
      const double stretched = 255 * ((double)image[3 * i + k] - black) / (white - black);
      const double truth = fmin(fmax(stretched, 0), 255);
      if (!(fabs(rgba[4 * i + k] - truth) <= 0.75)) apart++;
    }
  }
  CHECK_INT(apart, 0);
}

/* Values crowded in the middle with a few far out, as a sigmoid's. */
static float *make_image(void) {
  float *image = test_floats(3 * PIXELS);
  for (int i = 0; i < 3 * PIXELS; i++) image[i] = 0.5f + 0.1f * (random_uniform(-1, 1) + random_uniform(-1, 1));
  image[5] = 0.99f;
  image[70] = 0.02f;
  return image;
}

static void test_stretch(float low, float high) {
  frame *f = make_frame();
  float *image = make_image();
  uint8_t rgba[4 * PIXELS];
  frame_render(f, image, NULL, &(pl_frame_options){.percentiles = {low, high}, .transparency = true, .alpha_cap = 0.8f}, rgba);
  check_bytes(rgba, image, percentile(image, 3 * PIXELS, (double)low), percentile(image, 3 * PIXELS, (double)high));
  for (int i = 0; i < PIXELS; i++) CHECK_INT(rgba[4 * i + 3], 255);
  free(image);
  frame_free(f);
}

static void test_range(void) {
  frame *f = make_frame();
  float *image = random_floats(3 * PIXELS, -0.5f, 1.5f);
  uint8_t rgba[4 * PIXELS];
  const pl_frame_options keep = {.percentiles = {0, 1}};
  frame_render(f, image, NULL, &keep, rgba);
  check_bytes(rgba, image, 0, 1);
  frame_set_range(f, -2, 2);
  frame_render(f, image, NULL, &keep, rgba);
  check_bytes(rgba, image, -2, 2);
  free(image);
  frame_free(f);
}

static void test_one_colour(void) {
  frame *f = make_frame();
  float *image = test_floats(3 * PIXELS);
  for (int i = 0; i < 3 * PIXELS; i++) image[i] = 0.4f;
  uint8_t rgba[4 * PIXELS];
  frame_render(f, image, NULL, &(pl_frame_options){.percentiles = {0.01f, 0.99f}, .transparency = false, .alpha_cap = 0.8f},
               rgba);
  check_bytes(rgba, image, 0, 1);
  free(image);
  frame_free(f);
}

static void check_alpha(const float *transparency, double cap) {
  frame *f = make_frame();
  float *image = make_image();
  uint8_t rgba[4 * PIXELS];
  frame_render(f, image, transparency,
               &(pl_frame_options){.percentiles = {0.01f, 0.99f}, .transparency = true, .alpha_cap = 0.8f}, rgba);
  int apart = 0;
  for (int i = 0; i < PIXELS; i++) {
    const double truth = cap > 0 ? 255 * fmin((double)transparency[i] / cap, 1) : 255;
    apart += !(fabs(rgba[4 * i + 3] - truth) <= 0.75);
  }
  CHECK_INT(apart, 0);
  free(image);
  frame_free(f);
}

static void test_alpha(void) {
  float *transparency = test_floats(PIXELS);
  check_alpha(transparency, 0); /* before the first step: opaque */
  transparency[7] = 0.25f;      /* so few that the percentile is 0: divided by the largest */
  transparency[8] = 0.1f;
  check_alpha(transparency, 0.25);
  for (int i = 0; i < PIXELS; i++) transparency[i] = expf(random_uniform(-20, 5)); /* few pixels have nearly all */
  check_alpha(transparency, percentile(transparency, PIXELS, 0.8));
  for (int i = 0; i < PIXELS; i++) transparency[i] = 1e-12f * random_uniform(0, 1);
  check_alpha(transparency, percentile(transparency, PIXELS, 0.8));
  for (int i = 0; i < PIXELS; i++) transparency[i] = 3;
  check_alpha(transparency, 3);
  free(transparency);
}

/* The smallest and the largest value become black and white. */
static void test_extremes(void) {
  frame *f = make_frame();
  float *image = make_image();
  uint8_t rgba[4 * PIXELS];
  frame_render(f, image, NULL, &(pl_frame_options){.percentiles = {0, 1}, .extremes = true}, rgba);
  check_bytes(rgba, image, 0.02, 0.99);
  free(image);
  frame_free(f);
}

static int mirrored(int i, int size) { return i < 0 ? -1 - i : i >= size ? 2 * size - 1 - i : i; }

/* Blurred by a Gaussian of 4 deviations, mirrored at the edges, as scipy.ndimage.gaussian_filter does it. */
static void test_blur(void) {
  enum { RADIUS = 8 };
  frame *f = make_frame();
  float *image = make_image(), *transparency = random_floats(PIXELS, 0, 1);
  uint8_t rgba[4 * PIXELS];
  const pl_frame_options options = {.percentiles = {0, 1}, .transparency = true, .alpha_cap = 0.5f, .alpha_blur = 2};
  frame_render(f, image, transparency, &options, rgba);
  const double cap = percentile(transparency, PIXELS, 0.5);
  int apart = 0;
  for (int i = 0; i < PIXELS; i++) {
    double sum = 0, weights = 0;
    for (int y = -RADIUS; y <= RADIUS; y++)
      for (int x = -RADIUS; x <= RADIUS; x++) {
        const double weight = exp(-(x * x + y * y) / 8.0);
        sum += weight * fmin((double)transparency[mirrored(i / W + y, H) * W + mirrored(i % W + x, W)] / cap, 1);
        weights += weight;
      }
    apart += !(fabs(rgba[4 * i + 3] - 255 * sum / weights) <= 0.75);
  }
  CHECK_INT(apart, 0);
  free(image), free(transparency);
  frame_free(f);
}

/* Clipped to the percentiles, multiplied by alpha, stretched from the smallest to the largest product; alpha itself stays. */
static void test_twice(void) {
  frame *f = make_frame();
  float *image = make_image(), *transparency = random_floats(PIXELS, 0, 1), *product = test_floats(3 * PIXELS);
  frame_set_range(f, -1, 1);
  for (int i = 0; i < 3 * PIXELS; i++) image[i] = 2 * image[i] - 1;
  uint8_t rgba[4 * PIXELS];
  const pl_frame_options options = {.percentiles = {0.01f, 0.99f}, .transparency = true, .alpha_cap = 0.8f, .alpha_twice = true};
  frame_render(f, image, transparency, &options, rgba);
  const double black = percentile(image, 3 * PIXELS, 0.01), white = percentile(image, 3 * PIXELS, 0.99);
  const double cap = percentile(transparency, PIXELS, 0.8);
  double low = 9, high = -9;
  int apart = 0;
  for (int i = 0; i < 3 * PIXELS; i++) {
    const double value = fmin(fmax((double)image[i], black), white) * fmin((double)transparency[i / 3] / cap, 1);
    product[i] = (float)value;
    low = fmin(low, value), high = fmax(high, value);
  }
  for (int i = 0; i < 3 * PIXELS; i++)
    apart += !(fabs(rgba[4 * (i / 3) + i % 3] - 255 * ((double)product[i] - low) / (high - low)) <= 0.9);
  for (int i = 0; i < PIXELS; i++) apart += !(fabs(rgba[4 * i + 3] - 255 * fmin((double)transparency[i] / cap, 1)) <= 0.75);
  CHECK_INT(apart, 0);
  free(image), free(transparency), free(product);
  frame_free(f);
}

/* Nothing that a network may answer, nor any option, is undefined behaviour. */
static void test_not_finite(void) {
  frame *f = make_frame();
  float *image = make_image(), *transparency = random_floats(PIXELS, 0, 1);
  uint8_t rgba[4 * PIXELS];
  const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e-45f};
  const float options[] = {0, 1, 0.5f, -3, 7, NAN, INFINITY};
  for (int b = 0; b < 6; b++) {
    image[9] = transparency[3] = bad[b];
    if (b == 5)
      for (int i = 0; i < 3 * PIXELS; i++) image[i] = transparency[i / 3] = NAN;
    for (int i = 0; i < 7; i++)
      for (int k = 0; k < 7; k++)
        frame_render(f, image, transparency,
                     &(pl_frame_options){{options[i], options[k]}, k % 2, true, options[k], options[i], i % 2}, rgba);
  }
  free(image), free(transparency);
  frame_free(f);
}

int main(void) {
  test_stretch(0.01f, 0.99f);
  test_stretch(0.2f, 0.5f);
  test_stretch(0, 0.999f);
  test_range();
  test_one_colour();
  test_alpha();
  test_extremes();
  test_blur();
  test_twice();
  test_not_finite();
  frame_free(NULL);
  return test_result();
}
