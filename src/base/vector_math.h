/* exp, log, erf, sine and cosine for loops over arrays: without branches or calls, so that compilers turn the loops into vector
 * code, and made of IEEE basic operations only, so that every engine computes the same bits. Polynomials: Cephes (Moshier 1989),
 * but for that of the normal distribution, which is fitted here. */
#ifndef VECTOR_MATH_H
#define VECTOR_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t vector_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline float vector_float(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* Added to |x| < 2^22, leaves x rounded to an integer in the low bits of the sum. */
#define VECTOR_ROUNDER 12582912.0f

/* To 1e-7 for |x| < 1000, to the resolution of x itself for |x| < 6e6; beyond, some numbers of absolute value 1.1 at most. */
static inline void vector_sincos(float x, float *sine, float *cosine) {
  const float shifted = x * 0.636619772f + VECTOR_ROUNDER;
  const uint32_t quadrant = vector_bits(shifted);
  const float k = shifted - VECTOR_ROUNDER;
  /* x - k pi/2, pi/2 in three parts whose products with k are exact or small */
  float r = ((x - k * 1.5703125f) - k * 4.837512969970703125e-4f) - k * 7.54978995489188216e-8f;
  r = r > 1 ? 1 : r;
  r = r < -1 ? -1 : r;
  const float z = r * r;
  const float s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
  const float c = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1;
  const uint32_t odd = 0u - (quadrant & 1), s_bits = vector_bits(s), c_bits = vector_bits(c);
  const uint32_t swap = (s_bits ^ c_bits) & odd;
  *sine = vector_float(s_bits ^ swap ^ ((quadrant & 2) << 30));
  *cosine = vector_float(c_bits ^ swap ^ (((quadrant + 1) & 2) << 30));
}

/* Relative error 1e-7; x is taken to [-87, 88]. */
static inline float vector_exp(float x) {
  x = x > 88 ? 88 : x;
  x = x < -87 ? -87 : x;
  const float shifted = x * 1.44269504f + VECTOR_ROUNDER;
  const float k = shifted - VECTOR_ROUNDER;
  const float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  /* clang-format off */
  const float p = ((((1.9875691500e-4f * r + 1.3981999507e-3f) * r + 8.3334519073e-3f) * r + 4.1665795894e-2f) * r +
                   1.6666665459e-1f) * r + 5.0000001201e-1f;
  /* clang-format on */
  const float power = vector_float((vector_bits(shifted) << 23) + (127u << 23)); /* 2^k */
  return (p * r * r + r + 1) * power;
}

static inline float vector_sigmoid(float x) { return 1 / (1 + vector_exp(-x)); }

/* Of exp(t^2) erfc(t) for t >= 0 by u = 1 / (1 + 0.4 t): relative error 6e-8. */
static inline float vector_scaled_erfc(float t) {
  const float u = 1 / (1 + 0.4f * t);
  /* clang-format off */
  return ((((((((4.005460795e-2f * u - 1.344198799e-1f) * u + 7.163286554e-2f) * u + 1.0230446734e-1f) * u + 6.969271327e-2f) * u +
              1.977540823e-1f) * u + 2.007511209e-1f) * u + 2.266055870e-1f) * u + 2.256244923e-1f) * u;
  /* clang-format on */
}

/* The standard normal distribution up to x, relative error 1e-6 down to x = -10 (beyond, about 1e-38), and exp(-x^2 / 2). */
static inline float vector_normal(float x, float *power) {
  const float t = (x < 0 ? -x : x) * 0.707106781f;
  *power = vector_exp(-t * t);
  const float tail = 0.5f * *power * vector_scaled_erfc(t);
  return x < 0 ? tail : 1 - tail;
}

/* Relative error 4e-7: near 0 by Taylor's series. */
static inline float vector_erf(float x) {
  const float t = x < 0 ? -x : x, z = x * x, far = 1 - vector_exp(-z) * vector_scaled_erfc(t);
  const float p = ((((((1 / 9360.0f) * z - 1 / 1320.0f) * z + 1 / 216.0f) * z - 1 / 42.0f) * z + 0.1f) * z - 1 / 3.0f) * z + 1;
  const float near = 1.128379167f * x * p, signed_far = x < 0 ? -far : far;
  return z < 0.25f ? near : signed_far;
}

/* Relative error 2e-7, for normal x > 0 alone. */
static inline float vector_log_positive(float x) {
  /* x = m 2^e with m from sqrt(1/2) to sqrt(2) */
  const uint32_t bits = vector_bits(x), biased = bits - 0x3f3504f3u + (128u << 23);
  const float e = (float)((int32_t)(biased >> 23) - 128);
  const float f = vector_float((biased & 0x7fffffu) + 0x3f3504f3u) - 1;
  const float z = f * f;
  /* clang-format off */
  const float p = (((((((7.0376836292e-2f * f - 1.1514610310e-1f) * f + 1.1676998740e-1f) * f - 1.2420140846e-1f) * f +
                       1.4249322787e-1f) * f - 1.6668057665e-1f) * f + 2.0000714765e-1f) * f - 2.4999993993e-1f) * f +
                  3.3333331174e-1f;
  /* clang-format on */
  return (f + (p * f * z - 2.12194440e-4f * e - 0.5f * z)) + 0.693359375f * e;
}

/* The same; of what has no finite logarithm, the C library's. */
static inline float vector_log(float x) {
  const float of_positive = x < INFINITY ? vector_log_positive(x) : x, of_others = x == 0 ? -INFINITY : NAN;
  return x > 0 ? of_positive : of_others;
}

/* Near 0, where 1 - 2 / (exp(2x) + 1) loses digits, Cephes' polynomial. */
static inline float vector_tanh(float x) {
  const float z = x * x, far = 1 - 2 / (vector_exp(2 * x) + 1);
  const float p = (((-5.70498872745e-3f * z + 2.06390887954e-2f) * z - 5.37397155531e-2f) * z + 1.33314422036e-1f) * z -
                  3.33332819422e-1f;
  const float near = p * z * x + x;
  return z < 0.390625f ? near : far;
}

#endif
