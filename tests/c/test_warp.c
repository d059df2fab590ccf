/* Warps by what they do to known images; their adjoint by the dot-product identity. */
#include "image/warp.h"
#include "support.h"

static pl_config make_config(int height, int width) {
  pl_config c = pl_config_default();
  c.height = height, c.width = width, c.transform = PL_WARPS;
  return c;
}

/* Nothing but a resize: as many pixels, so the image itself. */
static pl_config still(int height, int width) {
  pl_config c = make_config(height, width);
  c.warp_pad = c.warp_jitter = c.warp_jitter_after = 0;
  c.warp_scale = (pl_distribution){PL_UNIFORM, 1, 1};
  c.warp_rotation = (pl_distribution){PL_UNIFORM, 0, 0};
  return c;
}

enum { N = 40, COUNT = 3 * N * N };

static void test_known(void) {
  float *image = random_floats(COUNT, 0, 1), *crop = test_floats(COUNT);
  pl_config c = still(N, N);
  warp w = warp_sample(&c, 3, 1, N);
  warp_forward(&w, image, N, N, 0.5f, N, crop);
  CHECK_CLOSE(crop, image, COUNT, 1e-6);

  c.warp_rotation = (pl_distribution){PL_UNIFORM, 90, 90};
  w = warp_sample(&c, 3, 1, N);
  warp_forward(&w, image, N, N, 0.5f, N, crop);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) CHECK_NEAR(crop[3 * (i * N + j)], image[3 * ((N - 1 - j) * N + i)], 1e-4);

  c = still(N, N);
  c.warp_scale = (pl_distribution){PL_UNIFORM, 2, 2};
  w = warp_sample(&c, 3, 1, N / 2);
  warp_forward(&w, image, N, N, 0.5f, N / 2, crop);
  for (int i = 0; i < N / 2; i++)
    CHECK_NEAR(crop[3 * i], image[3 * (N / 4 * N + N / 4 + i)], 1e-5); /* twice as large: the middle */

  c = still(N, N);
  c.warp_pad = N / 2; /* the outer half is grey */
  w = warp_sample(&c, 3, 1, 2 * N);
  float *large = test_floats(4 * COUNT);
  warp_forward(&w, image, N, N, 0.25f, 2 * N, large);
  for (int i = 0; i < 2 * N; i++)
    for (int j = 0; j < 2 * N; j++) {
      const int y = i - N / 2, x = j - N / 2;
      const bool inside = y >= 0 && y < N && x >= 0 && x < N;
      CHECK_NEAR(large[3 * (2 * N * i + j)], inside ? image[3 * (y * N + x)] : 0.25f, 1e-5);
    }
  free(image), free(crop), free(large);
}

/* By step and crop, by the seed, within what the distributions allow. */
static void test_random(void) {
  pl_config c = make_config(64, 64);
  const warp a = warp_sample(&c, 1, 2, 32), b = warp_sample(&c, 1, 2, 32), other = warp_sample(&c, 1, 3, 32);
  CHECK(memcmp(&a, &b, sizeof a) == 0 && memcmp(&a, &other, sizeof a) != 0);
  double jitter = 0;
  for (int i = 0; i < 3000; i++) {
    const warp w = warp_sample(&c, i, 0, 32);
    const double scale = 88.0 / 32 / hypot(w.yi, w.xi), degrees = atan2(w.xi, w.yi) * 57.29577951308232;
    CHECK(scale > 0.899 && scale < 1.101 && fabs(degrees) < 10.01);
    const double middle = w.y0 + 15.5 * (w.yi + w.yj) - 31.5;
    CHECK(fabs(middle) < 4 + 2 * 1.12 + 2 * 0.2);
    jitter += middle * middle / 3000;
  }
  CHECK_NEAR(jitter, 64 / 12.0 + 16 / 12.0, 0.5);
}

static void test_adjoint(int height, int width, int size, int step) {
  pl_config c = make_config(height, width);
  c.warp_rotation = (pl_distribution){PL_UNIFORM, -180, 180};
  const warp w = warp_sample(&c, step, 0, size);
  const size_t count = 3 * (size_t)(height * width), out = 3 * (size_t)(size * size);
  float *image = random_floats(count, -1, 1), *dcrop = random_floats(out, -1, 1), *crop = test_floats(out),
        *dimage = test_floats(count);
  warp_forward(&w, image, height, width, 0, size, crop);
  warp_adjoint(&w, dcrop, size, height, width, dimage);
  const double scale = sqrt(dot_product(crop, crop, out) * dot_product(dcrop, dcrop, out)) + 1;
  CHECK_NEAR(dot_product(crop, dcrop, out), dot_product(dimage, image, count), 3e-6 * scale);
  free(image), free(dcrop), free(crop), free(dimage);
}

int main(void) {
  test_known();
  test_random();
  for (int step = 0; step < 50; step++) {
    test_adjoint(32, 48, 24, step);
    test_adjoint(65, 33, 40, step);
    test_adjoint(33, 64, 1, step);
  }
  return test_result();
}
