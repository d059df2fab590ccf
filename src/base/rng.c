#include "base/rng.h"

#include <math.h>

#include "base/vector_math.h"

/* Number i comes from block i / BATCH * LANES + i % LANES of the cipher, word i / LANES % 4: so whole loops over lanes become
 * vector code, and every number stays a function of its index. Numbers drawn together from the first LANES are of different
 * blocks, hence independent whatever their distributions. */
enum { LANES = 64, BATCH = 4 * LANES };

typedef struct batch {
  uint32_t word[4][LANES];
} batch;

static inline uint32_t high_product(uint32_t a, uint32_t b) { return (uint32_t)(((uint64_t)a * b) >> 32); }

/* One round on c0 to c3, and the next round's key. */
#define ROUND                                                                      \
  do {                                                                             \
    const uint32_t high0 = high_product(0xD2511F53u, c0), low0 = 0xD2511F53u * c0; \
    const uint32_t high1 = high_product(0xCD9E8D57u, c2), low1 = 0xCD9E8D57u * c2; \
    c0 = high1 ^ c1 ^ k0, c1 = low1, c2 = high0 ^ c3 ^ k1, c3 = low0;              \
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;                                          \
  } while (0)

/* clang-format off */
#define TEN_ROUNDS \
  ROUND; ROUND; ROUND; ROUND; ROUND; ROUND; ROUND; ROUND; ROUND; ROUND
/* clang-format on */

void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
  TEN_ROUNDS;
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

static void make_batch(const rng *r, uint32_t first_block, batch *b) {
  const uint32_t step = r->step, crop = r->crop, stream = r->stream;
  const uint32_t low = (uint32_t)r->seed, high = (uint32_t)(r->seed >> 32);
  for (uint32_t lane = 0; lane < LANES; lane++) {
    uint32_t c0 = first_block + lane, c1 = step, c2 = crop, c3 = stream, k0 = low, k1 = high;
    TEN_ROUNDS;
    b->word[0][lane] = c0, b->word[1][lane] = c1, b->word[2][lane] = c2, b->word[3][lane] = c3;
  }
}

/* Box and Muller 1958: two normal numbers from radius in (0, 1] and angle in half turns. */
static inline void box_muller(float radius, float angle, float *a, float *b) {
  const float r = sqrtf(-2 * vector_log(radius));
  float sine, cosine;
  vector_sincos(angle * 3.14159265f, &sine, &cosine);
  *a = r * cosine;
  *b = r * sine;
}

/* From 0 to 1 - 2^-24. */
static inline float unit(uint32_t word) { return (float)(int32_t)(word >> 8) * 0x1p-24f; }

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
static inline float small_uniform(uint32_t word) { return (float)(int32_t)(word & 4095) * 0x1p-11f - (1 - 0x1p-12f); }

/* Two words give two values: 20 bits each for the normal numbers, 12 each for the uniform ones, plenty for a picture's noise. */
static void batch_noise(const batch *b, float deviation, float width, float *restrict out) {
  for (int word = 0; word < 4; word += 2) {
    for (int lane = 0; lane < LANES; lane++) {
      const uint32_t p = b->word[word][lane], q = b->word[word + 1][lane];
      float x, y;
      box_muller((float)((int32_t)(p >> 12) + 1) * 0x1p-20f, (float)((int32_t)q >> 12) * 0x1p-19f, &x, &y);
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
