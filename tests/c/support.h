/* What the C tests share. A test is a program: main runs its checks and returns test_result(), which is 1 when any failed. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each prints file:line, the expression and its values when it does not hold; the test goes on. They answer whether it held. */
#define CHECK(condition) test_check((condition), __FILE__, __LINE__, #condition)
#define CHECK_INT(a, b) test_check_int((long long)(a), (long long)(b), __FILE__, __LINE__, #a " == " #b)
#define CHECK_TEXT(a, b) test_check_text((a), (b), __FILE__, __LINE__, #a " == " #b)
/* |a - b| <= tolerance; NaN never holds. */
#define CHECK_NEAR(a, b, tolerance) test_check_near((a), (b), (tolerance), __FILE__, __LINE__, #a " ~ " #b)
/* relative_error(a, b, count) <= tolerance, for arrays of floats. */
#define CHECK_CLOSE(a, b, count, tolerance) test_check_close((a), (b), (count), (tolerance), __FILE__, __LINE__, #a " ~ " #b)
/* The same, and leaves the program: for what nothing after it could do without. */
#define REQUIRE(condition)          \
  do {                              \
    if (!CHECK(condition)) exit(1); \
  } while (0)

bool test_check(bool held, const char *file, int line, const char *expression);
bool test_check_int(long long a, long long b, const char *file, int line, const char *expression);
bool test_check_text(const char *a, const char *b, const char *file, int line, const char *expression);
bool test_check_near(double a, double b, double tolerance, const char *file, int line, const char *expression);
bool test_check_close(const float *a, const float *b, size_t count, double tolerance, const char *file, int line,
                      const char *expression);

/* Prints "skipped: ..." for what this machine lacks. */
void test_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What main returns: 0, or 1 after a failed check; SKIPPED where nothing failed, but something was skipped, so that it counts as
 * that. */
enum { SKIPPED = 77 }; /* CMakeLists.txt knows it too */
int test_result(void);

/* The same numbers in every run, from a state of its own, unrelated to the library's. */
void random_seed(uint64_t seed);
uint32_t random_bits(void);
float random_uniform(float low, float high);
void random_fill(float *out, size_t count, float low, float high);

/* Zeroed floats that end the program when memory is out; free() frees them. Exact in size, so that ASan sees every byte beyond. */
float *test_floats(size_t count);
float *random_floats(size_t count, float low, float high);

double dot_product(const float *a, const float *b, size_t count);

/* |a - b| / max(|a|, |b|) in the 2-norm; 0 when both are 0; infinity when a NaN is found. */
double relative_error(const float *a, const float *b, size_t count);

/* channels x pixels from pixels x channels, as images and maps lie here and as ONNX has them. */
void test_planes(const float *values, size_t channels, size_t pixels, float *planes);

/* A whole file, ending in a 0 that size does not count; free() frees it. NULL when it cannot be read. The path is under the
 * project's folder ($PHASELENS_ROOT, or what the build says), or under $PHASELENS_SHARED ("../shared" beside it where unset). */
uint8_t *test_file(const char *path, size_t *size);
uint8_t *test_file_at(const char *path, size_t *size); /* the path as it is */
uint8_t *test_shared_file(const char *path, size_t *size);

/* The data of tests/golden/NAME.npy, which are the last `bytes` of the file; without it the program ends. */
void test_golden_file(const char *name, void *data, size_t bytes);

/* The objective {"kind": "channel", ...} of a layer with any name; free() frees it. */
char *test_channel(const char *layer, int unit);

#endif
