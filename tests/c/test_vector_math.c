/* exp, log, erf, sine and cosine against the C library's in double precision. */
#include "base/vector_math.h"
#include "support.h"

static void test_sincos(double limit, double tolerance) {
  double worst = 0;
  for (int i = 0; i <= 2000000; i++) {
    const float x = (float)(limit * (i / 1e6 - 1));
    float sine, cosine;
    vector_sincos(x, &sine, &cosine);
    worst = fmax(worst, fabs((double)sine - sin((double)x)));
    worst = fmax(worst, fabs((double)cosine - cos((double)x)));
  }
  CHECK_NEAR(worst, 0, tolerance);
}

static void test_sincos_bounded(void) {
  const float huge[] = {1e6f, 1e7f, -1e9f, 3e20f, -3e38f};
  for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
    float sine, cosine;
    vector_sincos(huge[i], &sine, &cosine);
    CHECK(fabsf(sine) <= 1.1f && fabsf(cosine) <= 1.1f);
  }
  float sine, cosine;
  vector_sincos(NAN, &sine, &cosine);
  CHECK(isnan(sine) && isnan(cosine));
}

static void test_exp(void) {
  double worst = 0;
  for (int i = -870000; i <= 880000; i++) {
    const float x = (float)(i * 1e-4);
    worst = fmax(worst, fabs((double)vector_exp(x) / exp((double)x) - 1));
  }
  CHECK_NEAR(worst, 0, 2e-7);
  CHECK(vector_exp(-1e30f) > 0 && vector_exp(1e30f) < INFINITY);
  CHECK(isnan(vector_exp(NAN)));
  CHECK_NEAR(vector_sigmoid(0), 0.5, 0);
  CHECK_NEAR(vector_sigmoid(1e30f), 1, 0);
  CHECK_NEAR(vector_sigmoid(-1e30f), 0, 1e-30);
}

static void test_log(void) {
  double worst = 0;
  for (int i = 1; i <= 1 << 20; i++) {
    const float x = (float)i * 0x1p-20f;
    const double truth = log((double)x);
    worst = fmax(worst, truth == 0 ? fabs((double)vector_log(x)) : fabs((double)vector_log(x) / truth - 1));
  }
  for (float x = 1e-37f; x < 1e38f; x *= 1.7f) worst = fmax(worst, fabs((double)vector_log(x) / log((double)x) - 1));
  CHECK_NEAR(worst, 0, 3e-7);
  CHECK(vector_log(0) == -INFINITY && vector_log(-0.0f) == -INFINITY && vector_log(INFINITY) == INFINITY);
  CHECK(isnan(vector_log(NAN)) && isnan(vector_log(-1)) && isnan(vector_log(-INFINITY)));
}

static void test_erf(void) {
  double worst = 0, worst_share = 0;
  float power;
  for (int i = -100000; i <= 100000; i++) {
    const float x = (float)i * 1e-4f;
    if (i) worst = fmax(worst, fabs((double)vector_erf(x) / erf((double)x) - 1));
    worst_share = fmax(worst_share, fabs((double)vector_normal(x, &power) / (0.5 * erfc(-(double)x * sqrt(0.5))) - 1));
  }
  CHECK_NEAR(worst, 0, 4e-7);
  CHECK_NEAR(worst_share, 0, 8e-6); /* a rounding of x^2 / 2 = 50 */
  vector_normal(2, &power);
  CHECK_NEAR(power, exp(-2.0), 1e-7);
  CHECK(vector_erf(1e20f) == 1 && vector_erf(-1e20f) == -1 && vector_normal(1e18f, &power) == 1);
}

int main(void) {
  test_sincos(4, 2e-7);
  test_sincos(1000, 2e-7);
  test_sincos(100000, 1e-3);
  test_sincos_bounded();
  test_exp();
  test_log();
  test_erf();
  return test_result();
}
