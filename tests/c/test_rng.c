/* The cipher against its published vectors; the numbers' distributions; that number i is a function of i alone. */
#include "base/rng.h"
#include "support.h"

/* kat_vectors of Random123, philox4x32 10 */
static void test_known_answers(void) {
  static const struct {
    uint32_t counter[4], key[2], out[4];
  } known[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    uint32_t out[4];
    rng_philox(known[i].counter, known[i].key, out);
    for (int k = 0; k < 4; k++) CHECK_INT(out[k], known[i].out[k]);
  }
}

enum { COUNT = 1 << 20 };

static double moment(const float *x, double mean, int power) {
  double sum = 0;
  for (int i = 0; i < COUNT; i++) sum += pow((double)x[i] - mean, power);
  return sum / COUNT;
}

/* Mean of x[i] x[i + lag], of numbers of mean 0. */
static double correlation(const float *x, int lag) { return dot_product(x, x + lag, (size_t)(COUNT - lag)) / (COUNT - lag); }

/* Near ones, and those that lie in other words of the same block or in the next batch. */
static const int lags[] = {1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 63, 64, 65, 127, 128, 129, 191, 192, 193, 255, 256, 257, 512};
enum { LAGS = sizeof lags / sizeof *lags };

/* Tolerances are five standard errors of the statistic. */
static void test_uniform(float *x) {
  const rng r = {.seed = 1};
  rng_uniform(&r, -1, 1, x, COUNT);
  for (int i = 0; i < COUNT; i++)
    if (!(x[i] >= -1 && x[i] <= 1)) CHECK_NEAR(x[i], 0, 1);
  CHECK_NEAR(moment(x, 0, 1), 0, 5 * 0.58 / 1024);
  CHECK_NEAR(moment(x, 0, 2), 1.0 / 3, 5 * 0.3 / 1024);
  int bins[256] = {0};
  for (int i = 0; i < COUNT; i++) bins[(int)((x[i] + 1) * 127.999f)]++;
  double chi_squared = 0;
  for (int i = 0; i < 256; i++) chi_squared += pow(bins[i] - COUNT / 256.0, 2) / (COUNT / 256.0);
  CHECK_NEAR(chi_squared, 255, 5 * 22.6);
  for (size_t i = 0; i < LAGS; i++) CHECK_NEAR(correlation(x, lags[i]), 0, 5 * 0.34 / 1024);
}

static void check_standard_normal(const float *x) {
  CHECK_NEAR(moment(x, 0, 1), 0, 5.0 / 1024);
  CHECK_NEAR(moment(x, 0, 2), 1, 5 * 1.42 / 1024);
  CHECK_NEAR(moment(x, 0, 3), 0, 5 * 3.9 / 1024);
  CHECK_NEAR(moment(x, 0, 4), 3, 5 * 9.8 / 1024);
  for (size_t i = 0; i < LAGS; i++) CHECK_NEAR(correlation(x, lags[i]), 0, 5.0 / 1024);
  for (double limit = -3; limit <= 3; limit += 0.5) {
    int below = 0;
    for (int i = 0; i < COUNT; i++) below += (double)x[i] < limit;
    CHECK_NEAR(below / (double)COUNT, 0.5 * erfc(-limit / sqrt(2)), 5 * 0.5 / 1024);
  }
}

static void test_normal(float *x) {
  const rng r = {.seed = 2};
  rng_normal(&r, 0, 1, x, COUNT);
  check_standard_normal(x);
  float largest = 0;
  for (int i = 0; i < COUNT; i++) largest = fmaxf(largest, fabsf(x[i]));
  CHECK(largest > 4.3f && largest < 5.8f);
  float scaled[100];
  rng_normal(&r, 3, 0.5f, scaled, 100);
  for (int i = 0; i < 100; i++) CHECK_NEAR(scaled[i], 3 + 0.5 * (double)x[i], 1e-6);
}

static void test_noise(float *x) {
  const rng r = {.seed = 3, .stream = RNG_NOISE, .step = 4, .crop = 5};
  memset(x, 0, COUNT * sizeof *x);
  rng_add_noise(&r, 1, 0, x, COUNT);
  check_standard_normal(x);

  float *uniform = test_floats(COUNT);
  rng_add_noise(&r, 0, 1, uniform, COUNT);
  CHECK_NEAR(moment(uniform, 0, 1), 0, 5 * 0.58 / 1024);
  CHECK_NEAR(moment(uniform, 0, 2), 1.0 / 3, 5 * 0.3 / 1024);
  CHECK_NEAR(dot_product(x, uniform, COUNT) / COUNT, 0, 5 * 0.58 / 1024);
  float largest = 0;
  for (int i = 0; i < COUNT; i++) largest = fmaxf(largest, fabsf(uniform[i]));
  CHECK(largest > 0.999f && largest < 1);

  /* added to what was there */
  float both[2] = {10, 20};
  rng_add_noise(&r, 0.5f, 0.25f, both, 2);
  for (int i = 0; i < 2; i++) CHECK_NEAR(both[i], 10 + 10 * i + 0.5 * (double)x[i] + 0.25 * (double)uniform[i], 2e-6);
  free(uniform);
}

static void test_count_does_not_matter(void) {
  const rng r = {.seed = 9, .step = 1};
  float all[1000], some[1000];
  for (size_t count = 0; count < 1000; count += 37) {
    rng_uniform(&r, 0, 1, all, 1000);
    rng_uniform(&r, 0, 1, some, count);
    CHECK(memcmp(all, some, count * sizeof *all) == 0);
    rng_normal(&r, 0, 1, all, 1000);
    rng_normal(&r, 0, 1, some, count);
    CHECK(memcmp(all, some, count * sizeof *all) == 0);
  }
}

/* Every part of the identity makes other numbers. */
static void test_streams_differ(void) {
  const rng r[] = {{1, RNG_VALUES, 0, 0}, {2, RNG_VALUES, 0, 0}, {1ull << 32 | 1, RNG_VALUES, 0, 0},
                   {1, RNG_BOX, 0, 0},    {1, RNG_VALUES, 1, 0}, {1, RNG_VALUES, 0, 1}};
  enum { STREAMS = sizeof r / sizeof *r };
  float x[STREAMS][400];
  for (int i = 0; i < STREAMS; i++) rng_uniform(&r[i], -1, 1, x[i], 400);
  for (int i = 0; i < STREAMS; i++)
    for (int k = 0; k < i; k++) CHECK_NEAR(dot_product(x[i], x[k], 400) / 400, 0, 5 * 0.34 / 20);
}

static void test_draw(void) {
  const rng r = {.seed = 4};
  float a[10], b[10];
  rng_draw(&r, (pl_distribution){PL_UNIFORM, 2, 3}, a, 10);
  rng_uniform(&r, 2, 3, b, 10);
  CHECK(memcmp(a, b, sizeof a) == 0);
  rng_draw(&r, (pl_distribution){PL_NORMAL, 2, 3}, a, 10);
  rng_normal(&r, 2, 3, b, 10);
  CHECK(memcmp(a, b, sizeof a) == 0);
}

static uint32_t hash(const float *x, size_t count) {
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, &x[i], sizeof bits);
    h = (h ^ bits) * 16777619u;
  }
  return h;
}

/* The same bits from every compiler and engine: what seeds promise. */
static void test_bits(void) {
  const rng r = {.seed = 0x123456789abcdef, .stream = RNG_NOISE, .step = 17, .crop = 3};
  float x[5000];
  rng_uniform(&r, -3, 4, x, 5000);
  CHECK_INT(hash(x, 5000), 3575125911);
  rng_normal(&r, 0.5f, 2, x, 5000);
  CHECK_INT(hash(x, 5000), 1831880118);
  memset(x, 0, sizeof x);
  rng_add_noise(&r, 0.08f, 0.04f, x, 5000);
  CHECK_INT(hash(x, 5000), 508201282);
}

int main(void) {
  float *x = test_floats(COUNT);
  test_known_answers();
  test_uniform(x);
  test_normal(x);
  test_noise(x);
  test_count_does_not_matter();
  test_streams_differ();
  test_draw();
  test_bits();
  free(x);
  return test_result();
}
