/* From phases to the image and back: against PyTorch in double precision, and by differences along random directions. */
#include "golden/image.h"
#include "image/parametrization/parametrization.h"
#include "support.h"

static pl_config make_config(int height, int width, bool standardize, float low, float high) {
  pl_config c = pl_config_default();
  c.height = height;
  c.width = width;
  c.seed = 5;
  c.range.low = low;
  c.range.high = high;
  c.standardize_phase.on = standardize;
  return c;
}

static size_t bins_of(int height, int width) { return 3 * (size_t)height * (size_t)(width / 2 + 1); }

/* ---- against PyTorch ---- */

static void test_golden(pl_config config, const float *amplitude, const float *phase, const float *image, const float *dimage,
                        const float *dphase) {
  const size_t bins = bins_of(config.height, config.width), values = 3 * (size_t)config.height * (size_t)config.width;
  magnitude m = {config.height, config.width, test_floats(bins)};
  memcpy(m.data, amplitude, bins * sizeof *m.data);
  parametrization *p;
  REQUIRE(parametrization_create(&config, &m, NULL, &p) == PL_OK);
  size_t count;
  memcpy(parametrization_values(p, &count), phase, bins * sizeof *phase);
  CHECK_INT(count, bins);
  float *found = test_floats(values), *dfound = test_floats(bins);
  parametrization_forward(p, found);
  CHECK_CLOSE(found, image, values, 1e-6);
  parametrization_backward(p, found, dimage, dfound);
  CHECK_CLOSE(dfound, dphase, bins, 2e-6);
  parametrization_free(p);
  free(m.data), free(found), free(dfound);
}

/* ---- by differences ---- */

/* A natural magnitude: about 1 / radius. */
static magnitude make_magnitude(int height, int width) {
  magnitude m = {height, width, random_floats(bins_of(height, width), 0.5f, 1.5f)};
  for (int c = 0, i = 0; c < 3; c++)
    for (int y = 0; y < height; y++)
      for (int x = 0; x <= width / 2; x++, i++) {
        const double fy = (double)(2 * y <= height ? y : y - height) / height, fx = (double)x / width;
        m.data[i] *= (float)(1 / fmax(hypot(fy, fx), 1e-3));
      }
  return m;
}

static double score(parametrization *p, const float *dimage, float *image, size_t values) {
  parametrization_forward(p, image);
  return dot_product(dimage, image, values);
}

/* ---- a larger picture goes on with a smaller one ---- */

/* Three times as large, every third pixel's centre is one of the smaller picture's; without anything finer it is the same there. */
static void test_refine(bool standardize_phase, int height, int width) {
  pl_config c = make_config(height, width, standardize_phase, -1, 2), fine = make_config(3 * height, 3 * width, false, -1, 2);
  magnitude m = make_magnitude(height, width), none = {3 * height, 3 * width, test_floats(bins_of(3 * height, 3 * width))};
  parametrization *small, *large;
  REQUIRE(parametrization_create(&c, &m, NULL, &small) == PL_OK);
  REQUIRE(parametrization_create(&fine, &none, NULL, &large) == PL_OK);
  const size_t values = 3 * (size_t)height * (size_t)width;
  float *before = test_floats(values), *after = test_floats(9 * values), *same = test_floats(values);
  parametrization_forward(small, before);
  CHECK(parametrization_refine(large, small, NULL));
  parametrization_forward(large, after);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      memcpy(same + 3 * (y * width + x), after + 3 * ((3 * y + 1) * 3 * width + 3 * x + 1), 3 * sizeof *same);
  CHECK_CLOSE(same, before, values, 1e-5);
  parametrization_free(small), parametrization_free(large);
  free(m.data), free(none.data), free(before), free(after), free(same);
}

/* At its own size a picture is what it was, Nyquist's frequencies too. */
static void test_refine_same_size(void) {
  pl_config c = make_config(24, 16, true, 0, 1), other = c;
  other.seed = 9;
  magnitude m = make_magnitude(24, 16);
  parametrization *p, *q;
  REQUIRE(parametrization_create(&c, &m, NULL, &p) == PL_OK && parametrization_create(&other, &m, NULL, &q) == PL_OK);
  float before[3 * 24 * 16], after[3 * 24 * 16];
  parametrization_forward(p, before);
  CHECK(parametrization_refine(q, p, NULL));
  parametrization_forward(q, after);
  CHECK_CLOSE(after, before, 3 * 24 * 16, 1e-5);
  parametrization_free(p), parametrization_free(q);
  free(m.data);
}

/* The slope of dimage . image along a direction, by central differences (twice, to cancel their error's first term), is the
 * gradient times the direction. */
static void test_differences_of(parametrization *p, int height, int width, float step) {
  const size_t values = 3 * (size_t)height * (size_t)width;
  size_t bins;
  float *phase = parametrization_values(p, &bins), *start = test_floats(bins);
  memcpy(start, phase, bins * sizeof *start);
  float *image = test_floats(values), *dimage = random_floats(values, -1, 1);
  float *direction = test_floats(bins), *dphase = test_floats(bins);
  for (int trial = 0; trial < 4; trial++) {
    memcpy(phase, start, bins * sizeof *phase);
    parametrization_forward(p, image);
    parametrization_backward(p, image, dimage, dphase);
    random_fill(direction, bins, -1, 1);
    for (size_t i = 0; trial && i < bins; i++) direction[i] += (dphase[i] > 0 ? 2.0f : -2.0f);
    double slope[2];
    for (int k = 0; k < 2; k++) {
      const float h = (float)(k + 1) * step;
      double difference = 0;
      for (int sign = -1; sign <= 1; sign += 2) {
        for (size_t i = 0; i < bins; i++) phase[i] = start[i] + (float)sign * h * direction[i];
        difference += sign * score(p, dimage, image, values);
      }
      slope[k] = difference / (2 * (double)h);
    }
    const double gradient = dot_product(dphase, direction, bins);
    const double size = sqrt(dot_product(dphase, dphase, bins) * dot_product(direction, direction, bins));
    CHECK_NEAR((4 * slope[0] - slope[1]) / 3, gradient, 3e-4 * size);
  }
  memcpy(phase, start, bins * sizeof *phase);
  free(start), free(image), free(dimage), free(direction), free(dphase);
}

static void test_differences(int height, int width, bool standardize, float low, float high) {
  const pl_config config = make_config(height, width, standardize, low, high);
  magnitude m = make_magnitude(64, 48);
  parametrization *p;
  REQUIRE(parametrization_create(&config, &m, NULL, &p) == PL_OK);
  test_differences_of(p, height, width, 0.01f);
  parametrization_free(p);
  free(m.data);
}

/* ---- the other parametrizations */

static pl_config config_of(pl_parametrization kind, int height, int width, bool standardize) {
  pl_config c = make_config(height, width, standardize,
                            kind == PL_PIXEL ? -1
                            : standardize    ? -2.5f
                                             : 0,
                            kind == PL_PIXEL ? 2
                            : standardize    ? 2.5f
                                             : 1);
  c.parametrization = kind;
  c.start_deviation = kind == PL_FOURIER && !standardize ? 0.05f : 1; /* not far into the sigmoid's flat ends */
  c.decay = standardize ? 1.5f : 1;
  c.standardize_phase = c.standardize_image = (pl_standardize){standardize, 1e-4f, true};
  return c;
}

static double every_fifth_error(const float *values, size_t count, const float *golden) {
  float *some = test_floats(count / 5 + 1);
  for (size_t i = 0; i < count; i += 5) some[i / 5] = values[i];
  const double error = relative_error(some, golden, (count + 4) / 5);
  free(some);
  return error;
}

/* Made by tests/golden/make_presets.py, which draws the same numbers. */
static void test_other(pl_parametrization kind, const char *name, bool standardize, int height, int width) {
  const pl_config c = config_of(kind, height, width, standardize);
  parametrization *p;
  REQUIRE(parametrization_create(&c, NULL, NULL, &p) == PL_OK);
  size_t count, size;
  float *values = parametrization_values(p, &count);
  const size_t pixels = 3 * (size_t)(height * width), stored = (pixels + 4) / 5 + (count + 4) / 5;
  CHECK_INT(count, kind == PL_PIXEL ? pixels : 2 * bins_of(height, width));
  char path[256];
  snprintf(path, sizeof path, "tests/golden/presets/%s_%dx%d.npy", name, height, width);
  uint8_t *file = test_file(path, &size);
  REQUIRE(file && size > stored * sizeof(float));
  float *golden = test_floats(stored), *image = test_floats(pixels), *dvalues = test_floats(count);
  memcpy(golden, file + size - stored * sizeof(float), stored * sizeof(float));
  random_seed((uint64_t)height + 1);
  random_fill(values, count, -1, 1);
  float *dimage = random_floats(pixels, -1, 1);
  parametrization_forward(p, image);
  parametrization_backward(p, image, dimage, dvalues);
  CHECK(every_fifth_error(image, pixels, golden) < 1e-5);
  CHECK(every_fifth_error(dvalues, count, golden + (pixels + 4) / 5) < 1e-4);
  parametrization_free(p);
  free(file), free(golden), free(image), free(dimage), free(dvalues);
}

/* Whatever is optimized, a photo is made again, but for black and white, and the gradient there is right. */
static void test_photo(pl_parametrization kind, int height, int width) {
  pl_config c = config_of(kind, height, width, true);
  c.standardize_rgb = height % 2;
  magnitude m = make_magnitude(64, 48);
  parametrization *p;
  REQUIRE(parametrization_create(&c, &m, NULL, &p) == PL_OK);
  const size_t pixels = 3 * (size_t)(height * width);
  float *photo = random_floats(pixels, 0.01f, 0.99f), *image = test_floats(pixels);
  parametrization_start(p, photo);
  parametrization_forward(p, image);
  for (size_t i = 0; i < pixels; i++) CHECK_NEAR((image[i] - c.range.low) / (c.range.high - c.range.low), photo[i], 2e-5);
  test_differences_of(p, height, width, kind == PL_FOURIER ? 0.001f : 0.01f);
  parametrization_free(p);
  free(photo), free(image), free(m.data);
}

static void test_others(int height, int width) {
  for (int kind = PL_MACO; kind <= PL_PIXEL; kind++) {
    test_photo((pl_parametrization)kind, height, width);
    for (int standardize = 0; standardize < 2; standardize++) {
      const pl_config c = config_of((pl_parametrization)kind, height, width, standardize);
      magnitude m = make_magnitude(64, 48);
      parametrization *p;
      REQUIRE(parametrization_create(&c, &m, NULL, &p) == PL_OK);
      test_differences_of(p, height, width, kind == PL_FOURIER && !standardize ? 0.001f : 0.01f);
      parametrization_free(p);
      free(m.data);
    }
  }
  test_other(PL_FOURIER, "fourier", false, height, width);
  test_other(PL_FOURIER, "fourier-standardized", true, height, width);
  test_other(PL_PIXEL, "pixel", false, height, width);
}

/* ---- properties ---- */

/* Within the range, by seed, finite; zero mean and unit deviation before the colours is what the golden numbers check. */
static void test_start(int height, int width) {
  pl_config config = make_config(height, width, false, -2, 3);
  const size_t bins = bins_of(height, width), values = 3 * (size_t)height * (size_t)width;
  magnitude m = make_magnitude(32, 32);
  float *image[3];
  for (int k = 0; k < 3; k++) {
    config.seed = k == 2 ? 6 : 5;
    parametrization *p;
    REQUIRE(parametrization_create(&config, &m, NULL, &p) == PL_OK);
    const float *phase = parametrization_values(p, NULL);
    for (size_t i = 0; i < bins; i++)
      if (!(fabsf(phase[i]) <= 3.1415927f)) CHECK_NEAR(phase[i], 0, 3.1415927);
    image[k] = test_floats(values);
    parametrization_forward(p, image[k]);
    for (size_t i = 0; i < values; i++)
      if (!(image[k][i] > -2 && image[k][i] < 3)) CHECK_NEAR(image[k][i], 0.5, 2.5);
    parametrization_free(p);
  }
  CHECK(memcmp(image[0], image[1], values * sizeof(float)) == 0);
  CHECK(relative_error(image[0], image[2], values) > 0.05);
  for (int k = 0; k < 3; k++) free(image[k]);
  free(m.data);
}

/* Column 0 and Nyquist's start with opposite phases at +fy and -fy, so that magnitudes there are kept, and gradients are opposite
 * too. */
static void test_opposed(int height, int width) {
  const pl_config config = make_config(height, width, false, 0, 1);
  const size_t columns = (size_t)width / 2 + 1, values = 3 * (size_t)height * (size_t)width;
  magnitude m = make_magnitude(32, 32);
  for (int c = 0, i = 0; c < 3; c++)
    for (int y = 0; y < 32; y++)
      for (int x = 0; x <= 16; x++, i++)
        if (y > 16) m.data[i] = m.data[(c * 32 + 32 - y) * 17 + x];
  parametrization *p;
  REQUIRE(parametrization_create(&config, &m, NULL, &p) == PL_OK);
  float *image = test_floats(values), *dimage = random_floats(values, -1, 1), *dphase = test_floats(bins_of(height, width));
  parametrization_forward(p, image);
  parametrization_backward(p, image, dimage, dphase);
  const float *phase = parametrization_values(p, NULL);
  for (size_t c = 0; c < 3; c++) {
    for (size_t y = 1; 2 * y < (size_t)height; y++) {
      const size_t up = (c * (size_t)height + y) * columns, down = (c * (size_t)height + (size_t)height - y) * columns;
      const size_t last = columns - 1;
      CHECK_NEAR(phase[up], -phase[down], 0);
      CHECK_NEAR(dphase[up], -dphase[down], 1e-5 * fabs((double)dphase[up]) + 1e-7);
      if (width % 2) { /* the last column is not Nyquist's, and as free as any */
        CHECK(phase[up + last] != -phase[down + last]);
        continue;
      }
      CHECK_NEAR(phase[up + last], -phase[down + last], 0);
      CHECK_NEAR(dphase[up + last], -dphase[down + last], 1e-5 * fabs((double)dphase[up + last]) + 1e-7);
    }
  }
  parametrization_free(p);
  free(image), free(dimage), free(dphase), free(m.data);
}

/* How far the values of a corner patch lie from the middle, compared with all. */
static double corner_contrast(const float *image, int height, int width) {
  enum { PATCH = 3 };
  double corner = 0, all = 0, corners = 0;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int k = 0; k < 3; k++) {
        const double square = pow((double)image[3 * (y * width + x) + k] - 0.5, 2);
        all += square / (3.0 * height * width);
        if ((y < PATCH || y >= height - PATCH) && (x < PATCH || x >= width - PATCH)) corner += square, corners++;
      }
  return sqrt(corner / corners / all);
}

/* The first image of a size, by the standardized or the plain phases of a distribution. */
static double first_image(pl_config config, int height, int width, float *image) {
  magnitude m = make_magnitude(64, 48);
  parametrization *p;
  config.height = height;
  config.width = width;
  REQUIRE(parametrization_create(&config, &m, NULL, &p) == PL_OK);
  parametrization_forward(p, image);
  parametrization_free(p);
  free(m.data);
  return corner_contrast(image, height, width);
}

/* Phases whose mean phasor is not 0 add up where all waves meet, which is in the corners: normal ones, and uniform ones that are
 * standardized and so do not reach around. The default's first image has no such peak, and no colour cast: the mean of every
 * channel before the sigmoid is grey. */
static void test_first_image(int height, int width) {
  const size_t values = 3 * (size_t)height * (size_t)width;
  float *image = test_floats(values);
  pl_config config = pl_config_default();
  config.opposite_phases = false;
  config.standardize_phase.on = true;
  CHECK(first_image(config, height, width, image) > 1.8);
  config.phase = (pl_distribution){PL_NORMAL, 0, 1};
  CHECK(first_image(config, height, width, image) > 1.8);
  config.standardize_phase.on = false;
  CHECK(first_image(config, height, width, image) > 1.8);

  CHECK(first_image(pl_config_default(), height, width, image) < 1.6);
  double mean[3] = {0};
  for (size_t i = 0; i < values; i++) mean[i % 3] += log((double)image[i] / (1 - (double)image[i])) / (double)(values / 3);
  for (int k = 0; k < 3; k++) CHECK_NEAR(mean[k], 0, 1e-3);
  free(image);
}

/* No magnitude at all: grey, and no gradient, but no NaN. */
static void test_no_magnitude(void) {
  const pl_config config = make_config(32, 32, true, 0, 1);
  magnitude m = {4, 4, test_floats(bins_of(4, 4))};
  parametrization *p;
  REQUIRE(parametrization_create(&config, &m, NULL, &p) == PL_OK);
  enum { VALUES = 3 * 32 * 32, BINS = 3 * 32 * 17 };
  float *image = test_floats(VALUES), *dimage = random_floats(VALUES, -1, 1), *dphase = random_floats(BINS, 1, 2);
  parametrization_forward(p, image);
  parametrization_backward(p, image, dimage, dphase);
  for (int i = 0; i < VALUES; i++) CHECK_NEAR(image[i], 0.5, 0);
  for (int i = 0; i < BINS; i++) CHECK_NEAR(dphase[i], 0, 0);
  parametrization_free(p);
  free(m.data), free(image), free(dimage), free(dphase);
}

static void test_refused(void) {
  const pl_config config = make_config(1, 32, false, 0, 1);
  magnitude m = {4, 4, test_floats(bins_of(4, 4))};
  parametrization *p = (parametrization *)1;
  CHECK_INT(parametrization_create(&config, &m, NULL, &p), PL_INVALID_ARGUMENT);
  CHECK(!p);
  parametrization_free(p);
  free(m.data);
}

int main(void) {
  test_golden(make_config(5, 7, false, 0, 1), GOLDEN_PLAIN_MAGNITUDE, GOLDEN_PLAIN_PHASE, GOLDEN_PLAIN_IMAGE, GOLDEN_PLAIN_DIMAGE,
              GOLDEN_PLAIN_DPHASE);
  test_golden(make_config(6, 8, true, -1, 1), GOLDEN_STANDARDIZED_MAGNITUDE, GOLDEN_STANDARDIZED_PHASE, GOLDEN_STANDARDIZED_IMAGE,
              GOLDEN_STANDARDIZED_DIMAGE, GOLDEN_STANDARDIZED_DPHASE);
  const int sizes[][2] = {{32, 32}, {48, 32}, {33, 40}, {40, 33}, {35, 37}, {2, 2}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    test_differences(sizes[i][0], sizes[i][1], false, 0, 1);
    test_differences(sizes[i][0], sizes[i][1], true, 0, 1);
    test_differences(sizes[i][0], sizes[i][1], true, -2.5f, 2.5f);
    if (sizes[i][0] > 2) test_start(sizes[i][0], sizes[i][1]);
    test_opposed(sizes[i][0], sizes[i][1]);
    if (sizes[i][0] > 2) test_first_image(2 * sizes[i][0], 2 * sizes[i][1] + 1);
  }
  test_others(32, 48);
  test_others(65, 64);
  test_refine(false, 33, 35);
  test_refine(true, 35, 33);
  test_refine_same_size();
  test_no_magnitude();
  test_refused();
  return test_result();
}
