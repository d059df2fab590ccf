/* The magnitude file, whole and damaged; the power law; resampling by frequency. */
#include "image/magnitude.h"
#include "support.h"

/* ---- npy files ---- */

typedef struct file {
  uint8_t *bytes;
  size_t size;
} file;

/* An npy file with this header text, followed by `numbers`. */
static file make_file(int version, const char *header, const float *numbers, size_t count) {
  const size_t preamble = version == 1 ? 10 : 12, length = strlen(header);
  file f = {.size = preamble + length + count * sizeof *numbers};
  f.bytes = malloc(f.size);
  REQUIRE(f.bytes);
  memcpy(f.bytes, "\x93NUMPY\0\0\0\0\0", preamble);
  f.bytes[6] = (uint8_t)version;
  f.bytes[8] = (uint8_t)length;
  f.bytes[9] = (uint8_t)(length >> 8);
  memcpy(f.bytes + preamble, header, length);
  if (count) memcpy(f.bytes + preamble + length, numbers, count * sizeof *numbers);
  return f;
}

static const char HEADER[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 3), }                     \n";
enum { NUMBERS = 3 * 4 * 3 };

static void test_read(int version, const char *header) {
  float *numbers = random_floats(NUMBERS, 0, 9);
  file f = make_file(version, header, numbers, NUMBERS);
  magnitude m;
  CHECK_INT(magnitude_read(f.bytes, f.size, &m), PL_OK);
  CHECK_INT(m.height, 4);
  CHECK_INT(m.width, 4);
  CHECK(m.data && memcmp(m.data, numbers, NUMBERS * sizeof *numbers) == 0);
  magnitude_free(&m);
  free(f.bytes);
  free(numbers);
}

static void test_refused(const char *header, const float *numbers, size_t count, const char *message) {
  file f = make_file(1, header, numbers, count);
  magnitude m;
  CHECK_INT(magnitude_read(f.bytes, f.size, &m), PL_INVALID_MAGNITUDE);
  if (!CHECK(strstr(pl_error_message(), message))) printf("  it says: %s\n", pl_error_message());
  CHECK(!m.data);
  free(f.bytes);
}

static void test_refusals(void) {
  float numbers[NUMBERS] = {0};
  const struct {
    const char *header, *message;
  } bad[] = {
      {"", "header's {"},
      {"{}", "each of 'descr'"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4, 3), }", "'<f4'"},
      {"{'descr': '>f4', 'fortran_order': False, 'shape': (3, 4, 3), }", "'<f4'"},
      {"{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4, 3), }", "fortran_order"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4, 3), }",
       "its shape is (1, 4, 3), but must be (3, height, width / 2 + 1)"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", "its shape is (3, 4), but must be"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 3, 1), }", "its shape is (3, 4, 3, 1), but"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 1), }", "half width from 2 to 16384"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 0, 3), }", "a height"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, -4, 3), }", "height"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 16385, 3), }", "height"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 99999999999999999999999, 3), }", "height"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 3)", "header's }"},
      {"{'descr': '<f4' 'fortran_order': False, 'shape': (3, 4, 3)}", "comma between the header's"},
      {"{'descr': '<f4', 'descr': '<f4', 'shape': (3, 4, 3)}", "each of 'descr'"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 3)} {", "nothing after"},
      {"{'descr' '<f4'", "colon"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 4), }", "numbers take 192"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 16384, 16384), }", "numbers take 3221225472"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) test_refused(bad[i].header, numbers, NUMBERS, bad[i].message);
  test_refused(HEADER, numbers, NUMBERS - 1, "140 bytes follow");
  const float unfit[] = {-1, NAN, INFINITY, -INFINITY};
  for (int i = 0; i < 4; i++) {
    numbers[17] = unfit[i];
    test_refused(HEADER, numbers, NUMBERS, "channel 1, row 1, column 2");
  }
}

static void read_and_forget(const uint8_t *bytes, size_t size) {
  uint8_t *exact = malloc(size ? size : 1); /* so that a byte read beyond is found */
  REQUIRE(exact);
  memcpy(exact, bytes, size);
  magnitude m;
  const pl_status status = magnitude_read(exact, size, &m);
  CHECK(status == PL_OK ? m.data != NULL : status == PL_INVALID_MAGNITUDE && !m.data && *pl_error_message());
  magnitude_free(&m);
  free(exact);
}

static void test_damaged(void) {
  float *numbers = random_floats(NUMBERS, 0, 9);
  for (int version = 0; version <= 4; version++) {
    file f = make_file(version, HEADER, numbers, NUMBERS);
    for (size_t size = 0; size < f.size; size++) read_and_forget(f.bytes, size);
    const size_t head = 12 + strlen(HEADER);
    for (int i = 0; i < 40000; i++) {
      file g = make_file(version, HEADER, numbers, NUMBERS);
      for (uint32_t changes = 1 + random_bits() % 3; changes; changes--)
        g.bytes[random_bits() % (i % 2 ? head : g.size)] = (uint8_t)(i % 3 ? random_bits() : (uint32_t)"(){},:'3409"[i % 11]);
      read_and_forget(g.bytes, i % 5 ? g.size : random_bits() % (g.size + 1));
      free(g.bytes);
    }
    free(f.bytes);
  }
  magnitude m;
  CHECK_INT(magnitude_read(NULL, 0, &m), PL_INVALID_MAGNITUDE);
  free(numbers);
}

/* ---- the magnitude ---- */

static float *at(magnitude *m, int channel, int y, int x) {
  return m->data + ((size_t)channel * (size_t)m->height + (size_t)((y + m->height) % m->height)) * (size_t)(m->width / 2 + 1) + x;
}

static magnitude make_magnitude(int height, int width) {
  magnitude m = {height, width, random_floats(3 * (size_t)height * (size_t)(width / 2 + 1), 1, 2)};
  return m;
}

/* A power of the radius, of slopes -1, -1.5 and -2, times what `shape` makes of the radius in cycles per 512 pixels. */
static magnitude make_power_law(int height, int width, double (*shape)(double)) {
  magnitude m = make_magnitude(height, width);
  for (int c = 0; c < 3; c++)
    for (int y = 0; y < height; y++)
      for (int x = 0; x <= width / 2; x++) {
        const double r = 512 * hypot((double)(y > height / 2 ? y - height : y) / height, (double)x / width);
        *at(&m, c, y, x) = (float)(r > 0 ? 1e4 * pow(r, -1 - 0.5 * c) * shape(r) : 1e6);
      }
  return m;
}

static double one(double r) { return r > 0 ? 1 : 0; }
static double falling(double r) { return r > 48 ? pow(48 / r, 3) : 1; }
static double rising(double r) { return r > 48 ? 2 : 1; }

/* What falls off above radius 48 is brought back to its law; a law itself and what lies above it stay. */
static void test_continue(int height, int width) {
  magnitude law = make_power_law(height, width, one), low = make_power_law(height, width, falling),
            high = make_power_law(height, width, rising), before = make_power_law(height, width, rising);
  const size_t count = 3 * (size_t)height * (size_t)(width / 2 + 1);
  CHECK(relative_error(low.data, law.data, count) > 1e-5);
  magnitude_continue(&low);
  for (size_t i = 0; i < count; i++) CHECK_NEAR((double)low.data[i] / (double)law.data[i], 1, 1e-4);
  magnitude_continue(&high);
  CHECK(memcmp(high.data, before.data, count * sizeof(float)) == 0);
  free(law.data);
  free(low.data);
  free(high.data);
  free(before.data);
}

static void test_continue_nothing(void) {
  magnitude m = make_magnitude(8, 8);
  memset(m.data, 0, 3 * 8 * 5 * sizeof(float));
  magnitude_continue(&m);
  CHECK_NEAR(dot_product(m.data, m.data, 3 * 8 * 5), 0, 0);
  free(m.data);
}

/* The same size: the same numbers, but for the constant term. */
static void test_resample_identity(int height, int width) {
  magnitude m = make_magnitude(height, width);
  const size_t count = 3 * (size_t)height * (size_t)(width / 2 + 1);
  float *out = test_floats(count);
  REQUIRE(magnitude_resample(&m, height, width, PL_BY_FREQUENCY, false, out) == PL_OK);
  for (int c = 0; c < 3; c++) *at(&m, c, 0, 0) = 0;
  CHECK_CLOSE(out, m.data, count, 1e-6);
  free(out);
  free(m.data);
}

/* Half the size has every other frequency: those of each bin's cycles per pixel. */
static void test_resample_half(void) {
  magnitude m = make_magnitude(32, 48);
  magnitude half = make_magnitude(16, 24);
  REQUIRE(magnitude_resample(&m, 16, 24, PL_BY_FREQUENCY, false, half.data) == PL_OK);
  for (int c = 0; c < 3; c++)
    for (int y = -7; y < 8; y++)
      for (int x = 0; x <= 12; x++) CHECK_NEAR(*at(&half, c, y, x), x || y ? (double)*at(&m, c, 2 * y, 2 * x) : 0, 1e-6);
  free(m.data);
  free(half.data);
}

/* Rises linearly with both frequencies, in cycles per pixel. */
static double ramp(const magnitude *m, int c, int y, int x) {
  return fmin(y, m->height - y) / m->height + (double)((c + 1) * x) / m->width;
}

/* A ramp stays one at any size, odd ones too, but beside the constant term. */
static void test_resample_ramp(int height, int width, int file_height, int file_width) {
  magnitude m = make_magnitude(file_height, file_width), out = make_magnitude(height, width);
  for (int c = 0; c < 3; c++)
    for (int y = 0; y < file_height; y++)
      for (int x = 0; x <= file_width / 2; x++) *at(&m, c, y, x) = (float)ramp(&m, c, y, x);
  REQUIRE(magnitude_resample(&m, height, width, PL_BY_FREQUENCY, false, out.data) == PL_OK);
  for (int c = 0; c < 3; c++)
    for (int y = 0; y < height; y++)
      for (int x = 0; x <= width / 2; x++)
        if (x * file_width >= width || fmin(y, height - y) * file_height >= height)
          CHECK_NEAR(*at(&out, c, y, x), ramp(&out, c, y, x), 1e-5);
  free(m.data);
  free(out.data);
}

/* A magnitude that is the same at +fy and -fy stays so exactly, and the constant term reaches no other bin. */
static void test_resample_symmetric(int height, int width, int file_height, int file_width) {
  magnitude m = make_magnitude(file_height, file_width), out = make_magnitude(height, width);
  for (int c = 0; c < 3; c++) {
    for (int y = 1; y < file_height; y++)
      for (int x = 0; x <= file_width / 2; x++) *at(&m, c, file_height - y, x) = *at(&m, c, y, x);
    *at(&m, c, 0, 0) = 1e6f;
  }
  REQUIRE(magnitude_resample(&m, height, width, PL_BY_FREQUENCY, false, out.data) == PL_OK);
  for (int c = 0; c < 3; c++) {
    for (int y = 1; y < height; y++)
      for (int x = 0; x <= width / 2; x++) CHECK_NEAR(*at(&out, c, height - y, x), *at(&out, c, y, x), 0);
    for (int y = 0; y < height; y++)
      for (int x = y == 0; x <= width / 2; x++) CHECK_NEAR(*at(&out, c, y, x), 1.5, 0.500001);
    CHECK_NEAR(*at(&out, c, 0, 0), 0, 0);
  }
  free(m.data);
  free(out.data);
}

static void test_packaged_file_is_read(void) {
  size_t size;
  uint8_t *bytes = test_file("models/generated/imagenet-magnitude.npy", &size);
  if (!bytes) {
    test_skip("models/generated/imagenet-magnitude.npy is not there: models/make.py makes it");
    return;
  }
  magnitude m;
  CHECK_INT(magnitude_read(bytes, size, &m), PL_OK);
  CHECK_INT(m.height, 512);
  CHECK_INT(m.width, 512);
  const float corner = *at(&m, 0, 256, 256), within = *at(&m, 0, 20, 20);
  magnitude_continue(&m);
  CHECK(*at(&m, 0, 256, 256) > 100 * corner);
  CHECK(*at(&m, 0, 20, 20) == within);
  magnitude_free(&m);
  free(bytes);
}

/* The constant term, many times larger than all others, leaks into no other frequency; it is 0 unless kept. */
static void test_constant(int height, int width) {
  magnitude m = make_magnitude(48, 56);
  const size_t count = 3 * (size_t)height * (size_t)(width / 2 + 1);
  float *small = test_floats(count), *large = test_floats(count);
  REQUIRE(magnitude_resample(&m, height, width, PL_BY_FREQUENCY, true, small) == PL_OK);
  for (int c = 0; c < 3; c++) *at(&m, c, 0, 0) = 1e6f;
  REQUIRE(magnitude_resample(&m, height, width, PL_BY_FREQUENCY, true, large) == PL_OK);
  for (size_t c = 0; c < 3; c++) {
    CHECK_NEAR(large[c * count / 3], 1e6, 0);
    large[c * count / 3] = small[c * count / 3];
  }
  CHECK(memcmp(small, large, count * sizeof *small) == 0);
  REQUIRE(magnitude_resample(&m, height, width, PL_PICTURE_BILINEAR, true, large) == PL_OK);
  CHECK(relative_error(small, large, count) > 0.5); /* as a picture it does */
  REQUIRE(magnitude_resample(&m, height, width, PL_PICTURE_BILINEAR, false, large) == PL_OK);
  CHECK_NEAR(large[0], 0, 0);
  free(small), free(large), free(m.data);
}

int main(void) {
  test_read(1, HEADER);
  test_read(2, HEADER);
  test_read(3, HEADER);
  test_read(1, "{'shape':(3,4,3),'fortran_order':False,'descr':'<f4'}");
  test_refusals();
  test_damaged();
  test_continue(128, 128);
  test_continue(96, 200);
  test_continue_nothing();
  test_resample_identity(8, 8);
  test_resample_identity(7, 5);
  test_resample_half();
  test_resample_ramp(32, 48, 64, 64);
  test_resample_ramp(65, 33, 64, 48);
  test_resample_ramp(37, 129, 64, 48);
  test_resample_symmetric(64, 64, 64, 64);
  test_resample_symmetric(32, 48, 64, 64);
  test_resample_symmetric(65, 33, 64, 64);
  test_resample_symmetric(150, 131, 64, 64);
  test_resample_symmetric(2, 2, 16, 16);
  test_resample_symmetric(40, 40, 2, 2);
  test_packaged_file_is_read();
  test_constant(32, 48);
  test_constant(65, 64);
  test_constant(37, 41);
  return test_result();
}
