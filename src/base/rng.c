#include "base/rng.h"

#include <math.h>
#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

#include "base/vector_math.h"

/* Number i comes from block i / BATCH * LANES + i % LANES of the cipher, word i / LANES % 4: so whole loops over lanes become
 * vector code, and every number stays a function of its index. Numbers drawn together from the first LANES are of different
 * blocks, hence independent whatever their distributions. */
enum { LANES = 64, BATCH = 4 * LANES };

/* Four words, each of a counter of its own. */
typedef uint32_t words __attribute__((vector_size(16)));

typedef struct batch {
  uint32_t word[4][LANES];
} batch;

static inline words words_all(uint32_t x) { return (words){x, x, x, x}; }

/* The upper and lower halves of the products. WebAssembly's widening ones come out in pairs. */
static inline void multiply(words a, words b, words *high, words *low) {
#ifdef __wasm_simd128__
  const words first = (words)wasm_u64x2_extmul_low_u32x4((v128_t)a, (v128_t)b);
  const words second = (words)wasm_u64x2_extmul_high_u32x4((v128_t)a, (v128_t)b);
  *high = __builtin_shufflevector(first, second, 1, 3, 5, 7);
  *low = __builtin_shufflevector(first, second, 0, 2, 4, 6);
#else
  for (int i = 0; i < 4; i++) (*high)[i] = (uint32_t)((uint64_t)a[i] * b[i] >> 32);
  *low = a * b;
#endif
}

/* What counters are multiplied with, volatile so that they are read where they are used: of widening products with constants that it
 * knows, or has widened before a loop, Clang makes 64-bit ones, each of three multiplications. */
static const volatile words multipliers[2] = {{0xD2511F53u, 0xD2511F53u, 0xD2511F53u, 0xD2511F53u},
                                              {0xCD9E8D57u, 0xCD9E8D57u, 0xCD9E8D57u, 0xCD9E8D57u}};

/* Counters that are encrypted together: four would wait for their products. */
enum { TOGETHER = 8, VECTORS = TOGETHER / 4 };

/* Ten rounds. c[i][v]: word i of counters 4 v to 4 v + 3. */
static inline void encrypt(words c[4][VECTORS], const uint32_t key[2]) {
  const words m0 = multipliers[0], m1 = multipliers[1];
  words k0 = words_all(key[0]), k1 = words_all(key[1]);
#pragma GCC unroll 10
  for (int round = 0; round < 10; round++) {
#pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) {
      words high0, low0, high1, low1;
      multiply(c[0][v], m0, &high0, &low0);
      multiply(c[2][v], m1, &high1, &low1);
      c[0][v] = high1 ^ c[1][v] ^ k0, c[1][v] = low1;
      c[2][v] = high0 ^ c[3][v] ^ k1, c[3][v] = low0;
    }
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
}

/* out[i]: word i of the blocks of `counter` and the TOGETHER - 1 after it. */
static inline void encrypt_blocks(const uint32_t counter[4], const uint32_t key[2], uint32_t *out[4]) {
  words c[4][VECTORS];
  for (uint32_t v = 0; v < VECTORS; v++) {
    c[0][v] = counter[0] + 4 * v + (words){0, 1, 2, 3};
    for (int i = 1; i < 4; i++) c[i][v] = words_all(counter[i]);
  }
  encrypt(c, key);
  for (int i = 0; i < 4; i++) memcpy(out[i], c[i], sizeof c[i]);
}

void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t word[4][TOGETHER];
  encrypt_blocks(counter, key, (uint32_t *[4]){word[0], word[1], word[2], word[3]});
  for (int i = 0; i < 4; i++) out[i] = word[i][0];
}

static void make_batch(const rng *r, uint32_t first_block, batch *b) {
  const uint32_t key[2] = {(uint32_t)r->seed, (uint32_t)(r->seed >> 32)};
  for (uint32_t lane = 0; lane < LANES; lane += TOGETHER) {
    const uint32_t counter[4] = {first_block + lane, r->step, r->crop, r->stream};
    encrypt_blocks(counter, key, (uint32_t *[4]){&b->word[0][lane], &b->word[1][lane], &b->word[2][lane], &b->word[3][lane]});
  }
}

/* Box and Muller 1958: two normal numbers from radius in (0, 1] and angle in half turns. */
static inline void box_muller(float radius, float angle, float *a, float *b) {
  const float r = sqrtf(-2 * vector_log_positive(radius));
  float sine, cosine;
  vector_sincos(angle * 3.14159265f, &sine, &cosine);
  *a = r * cosine;
  *b = r * sine;
}

/* From 0 to 1 - 2^-24. Of a conversion that they see is of nothing negative compilers make an unsigned one, ten instructions of
 * x86: so the word's bits are converted as a number from -2^23. */
static inline float unit(uint32_t word) { return ((float)((int32_t)(word ^ 0x80000000u) >> 8) + 0x1p23f) * 0x1p-24f; }

/* x < 2^23 as a float, for the same reason without a conversion. */
static inline float small_float(uint32_t x) { return vector_float(0x4b000000u | x) - 0x1p23f; }

static inline void normal_pair(uint32_t a, uint32_t b, float *x, float *y) {
  box_muller(unit(a) + 0x1p-24f, (float)((int32_t)b >> 8) * 0x1p-23f, x, y);
}

static void batch_uniform(const batch *b, float low, float width, float *restrict out) {
  for (int word = 0; word < 4; word++)
    for (int lane = 0; lane < LANES; lane++) out[word * LANES + lane] = low + width * unit(b->word[word][lane]);
}

static void batch_normal(const batch *b, float mean, float deviation, float *restrict out) {
  for (int word = 0; word < 4; word += 2) {
    for (int lane = 0; lane < LANES; lane++) {
      float x, y;
      normal_pair(b->word[word][lane], b->word[word + 1][lane], &x, &y);
      out[word * LANES + lane] = mean + deviation * x;
      out[(word + 1) * LANES + lane] = mean + deviation * y;
    }
  }
}

/* From -1 to 1, both left out, of 12 bits. */
static inline float small_uniform(uint32_t word) { return small_float(word & 4095) * 0x1p-11f - (1 - 0x1p-12f); }

/* Two words give two values: 20 bits each for the normal numbers, 12 each for the uniform ones, plenty for a picture's noise. */
static void batch_noise(const batch *b, float deviation, float width, float *restrict out) {
  for (int word = 0; word < 4; word += 2) {
    for (int lane = 0; lane < LANES; lane++) {
      const uint32_t p = b->word[word][lane], q = b->word[word + 1][lane];
      float x, y;
      box_muller((small_float(p >> 12) + 1) * 0x1p-20f, (float)((int32_t)q >> 12) * 0x1p-19f, &x, &y);
      out[word * LANES + lane] = deviation * x + width * small_uniform(p);
      out[(word + 1) * LANES + lane] = deviation * y + width * small_uniform(q);
    }
  }
}

/* Makes the batch of number `done`; answers how many of its numbers are still wanted. */
static size_t next_batch(const rng *r, size_t done, size_t count, batch *b) {
  make_batch(r, (uint32_t)(done / 4), b);
  return count - done < BATCH ? count - done : BATCH;
}

void rng_uniform(const rng *r, float low, float high, float *out, size_t count) {
  batch b;
  float numbers[BATCH];
  for (size_t done = 0; done < count; done += BATCH) {
    const size_t n = next_batch(r, done, count, &b);
    batch_uniform(&b, low, high - low, numbers);
    memcpy(out + done, numbers, n * sizeof *out);
  }
}

void rng_normal(const rng *r, float mean, float deviation, float *out, size_t count) {
  batch b;
  float numbers[BATCH];
  for (size_t done = 0; done < count; done += BATCH) {
    const size_t n = next_batch(r, done, count, &b);
    batch_normal(&b, mean, deviation, numbers);
    memcpy(out + done, numbers, n * sizeof *out);
  }
}

void rng_draw(const rng *r, pl_distribution d, float *out, size_t count) {
  if (d.kind == PL_NORMAL) rng_normal(r, d.a, d.b, out, count);
  else rng_uniform(r, d.a, d.b, out, count);
}

void rng_add_noise(const rng *r, float deviation, float width, float *out, size_t count) {
  batch b;
  float numbers[BATCH];
  for (size_t done = 0; done < count; done += BATCH) {
    const size_t n = next_batch(r, done, count, &b);
    batch_noise(&b, deviation, width, numbers);
    for (size_t i = 0; i < n; i++) out[done + i] += numbers[i];
  }
}
