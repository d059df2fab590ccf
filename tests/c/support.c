#include "support.h"

#include <stdarg.h>

static int failures;

static void fail(const char *file, int line, const char *expression, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void fail(const char *file, int line, const char *expression, const char *format, ...) {
  failures++;
  printf("%s:%d: %s fails", file, line, expression);
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  fflush(stdout);
}

bool test_check(bool held, const char *file, int line, const char *expression) {
  if (!held) fail(file, line, expression, "%s", "");
  return held;
}

bool test_check_int(long long a, long long b, const char *file, int line, const char *expression) {
  if (a != b) fail(file, line, expression, ": %lld, %lld", a, b);
  return a == b;
}

bool test_check_text(const char *a, const char *b, const char *file, int line, const char *expression) {
  const bool held = a && b && strcmp(a, b) == 0;
  if (!held) fail(file, line, expression, ": \"%s\", \"%s\"", a ? a : "(null)", b ? b : "(null)");
  return held;
}

bool test_check_near(double a, double b, double tolerance, const char *file, int line, const char *expression) {
  const bool held = a == b || fabs(a - b) <= tolerance;
  if (!held) fail(file, line, expression, ": %.9g, %.9g, apart %.3g > %.3g", a, b, fabs(a - b), tolerance);
  return held;
}

bool test_check_close(const float *a, const float *b, size_t count, double tolerance, const char *file, int line,
                      const char *expression) {
  const double error = relative_error(a, b, count);
  if (error <= tolerance) return true;
  size_t worst = 0;
  double distance = -1;
  for (size_t i = 0; i < count; i++) {
    const double d = fabs((double)a[i] - b[i]);
    if (!(d <= distance)) worst = i, distance = d;
    if (d != d) break;
  }
  fail(file, line, expression, ": relative error %.3g > %.3g; worst at %zu of %zu: %.9g, %.9g", error, tolerance, worst, count,
       count ? (double)a[worst] : 0, count ? (double)b[worst] : 0);
  return false;
}

static bool skipped;

void test_skip(const char *format, ...) {
  skipped = true;
  fputs("skipped: ", stdout);
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
}

int test_result(void) {
  if (failures) printf("%d checks failed\n", failures);
  return failures ? 1 : skipped ? SKIPPED : 0;
}

/* xorshift64* (Vigna 2016) */
static uint64_t random_state = 0x9E3779B97F4A7C15u;

void random_seed(uint64_t seed) { random_state = seed * 0x9E3779B97F4A7C15u + 0x1234567u; }

uint32_t random_bits(void) {
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return (uint32_t)((random_state * 0x2545F4914F6CDD1Du) >> 32);
}

float random_uniform(float low, float high) { return low + (high - low) * ((float)(random_bits() >> 8) / 16777216.0f); }

void random_fill(float *out, size_t count, float low, float high) {
  for (size_t i = 0; i < count; i++) out[i] = random_uniform(low, high);
}

float *test_floats(size_t count) {
  float *values = calloc(count ? count : 1, sizeof *values);
  if (!values) puts("out of memory"), exit(1);
  return values;
}

float *random_floats(size_t count, float low, float high) {
  float *values = test_floats(count);
  random_fill(values, count, low, high);
  return values;
}

double dot_product(const float *a, const float *b, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)a[i] * b[i];
  return sum;
}

double relative_error(const float *a, const float *b, size_t count) {
  double difference = 0, norm_a = 0, norm_b = 0;
  for (size_t i = 0; i < count; i++) {
    const double d = (double)a[i] - b[i];
    difference += d * d;
    norm_a += (double)a[i] * a[i];
    norm_b += (double)b[i] * b[i];
  }
  if (difference != difference) return INFINITY;
  const double norm = norm_a > norm_b ? norm_a : norm_b;
  return difference == 0 ? 0 : sqrt(difference / norm);
}

static uint8_t *read_whole(FILE *stream, size_t *size) {
  if (fseek(stream, 0, SEEK_END) != 0) return NULL;
  const long end = ftell(stream);
  if (end < 0 || fseek(stream, 0, SEEK_SET) != 0) return NULL;
  uint8_t *bytes = malloc((size_t)end + 1);
  if (!bytes) return NULL;
  *size = fread(bytes, 1, (size_t)end, stream);
  bytes[*size] = 0;
  return bytes;
}

uint8_t *test_file_at(const char *path, size_t *size) {
  FILE *stream = fopen(path, "rb");
  if (!stream) return NULL;
  uint8_t *bytes = read_whole(stream, size);
  fclose(stream);
  return bytes;
}

static uint8_t *read_under(const char *folder, const char *middle, const char *path, size_t *size) {
  char full[4096];
  snprintf(full, sizeof full, "%s%s/%s", folder, middle, path);
  return test_file_at(full, size);
}

#ifndef PHASELENS_ROOT
#define PHASELENS_ROOT "."
#endif

static const char *root(void) {
  const char *folder = getenv("PHASELENS_ROOT");
  return folder ? folder : PHASELENS_ROOT;
}

uint8_t *test_file(const char *path, size_t *size) { return read_under(root(), "", path, size); }

uint8_t *test_shared_file(const char *path, size_t *size) {
  const char *folder = getenv("PHASELENS_SHARED");
  return folder ? read_under(folder, "", path, size) : read_under(root(), "/../shared", path, size);
}

void test_planes(const float *values, size_t channels, size_t pixels, float *planes) {
  for (size_t i = 0; i < channels * pixels; i++) planes[i] = values[channels * (i % pixels) + i / pixels];
}

void test_golden_file(const char *name, void *data, size_t bytes) {
  char path[256];
  size_t size;
  snprintf(path, sizeof path, "tests/golden/%s.npy", name);
  uint8_t *file = test_file(path, &size);
  REQUIRE(file && size > bytes);
  memcpy(data, file + size - bytes, bytes);
  free(file);
}

char *test_channel(const char *layer, int unit) {
  const size_t room = 2 * strlen(layer) + 100;
  char *json = malloc(room);
  REQUIRE(json);
  char *end = json + snprintf(json, room, "{\"kind\": \"channel\", \"unit\": %d, \"layer\": \"", unit);
  for (; *layer; layer++) {
    if (*layer == '"' || *layer == '\\') *end++ = '\\';
    *end++ = *layer;
  }
  snprintf(end, room - (size_t)(end - json), "\"}");
  return json;
}
