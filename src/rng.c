#include "rng.h"

#include <math.h>

#include "vector_math.h"

/* Number i comes from block i / BATCH * LANES + i % LANES of the cipher, word i / LANES % 4: so whole loops over lanes become
 * vector code, and every number stays a function of its index. Numbers drawn together from the first LANES are of different
 * blocks, hence independent whatever their distributions. */
enum { LANES = 64, BATCH = 4 * LANES };

typedef struct batch {
  uint32_t word[4][LANES];
} batch;

static inline uint32_t high_product(uint32_t a, uint32_t b) { return (uint32_t)(((uint64_t)a * b) >> 32); }

/* One round on c0 to c3, and the next round's key. */
#define ROUND                                                                        \
  do {                                                                               \
    const uint32_t high0 = high_product(0xD2511F53u, c0), low0 = 0xD2511F53u * c0;   \
    const uint32_t high1 = high_product(0xCD9E8D57u, c2), low1 = 0xCD9E8D57u * c2;   \
    c0 = high1 ^ c1 ^ k0, c1 = low1, c2 = high0 ^ c3 ^ k1, c3 = low0;                \
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;                                            \
  } while (0)

#define TEN_ROUNDS \
  ROUND; ROUND; ROUND; ROUND; ROUND; ROUND; ROUND; ROUND; ROUND; ROUND

void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
  TEN_ROUNDS;
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
/* clang 19 makes 64-bit multiplications, three times as slow, of the portable loop. */
typedef uint32_t vector __attribute__((vector_size(16)));
#define VROUND(m) 
static inline void multiply(v128_t a, uint32_t b, v128_t *high, v128_t *low) {
  const v128_t factor = wasm_u32x4_splat(b);
  const v128_t first = wasm_u64x2_extmul_low_u32x4(a, factor), second = wasm_u64x2_extmul_high_u32x4(a, factor);
  *high = wasm_i32x4_shuffle(first, second, 1, 3, 5, 7);
  *low = wasm_i32x4_shuffle(first, second, 0, 2, 4, 6);
}
static void make_batch(const rng *r, uint32_t first_block, batch *b) {
  for (uint32_t lane = 0; lane < LANES; lane += 4) {
    v128_t c0 = wasm_i32x4_add(wasm_u32x4_splat(first_block + lane), wasm_u32x4_const(0, 1, 2, 3));
    v128_t c1 = wasm_u32x4_splat(r->step), c2 = wasm_u32x4_splat(r->crop), c3 = wasm_u32x4_splat(r->stream);
    uint32_t k0 = (uint32_t)r->seed, k1 = (uint32_t)(r->seed >> 32);
    for (int round = 0; round < 10; round++) {
      v128_t high0, low0, high1, low1;
      multiply(c0, 0xD2511F53u, &high0, &low0);
      multiply(c2, 0xCD9E8D57u, &high1, &low1);
      c0 = wasm_v128_xor(wasm_v128_xor(high1, c1), wasm_u32x4_splat(k0));
      c2 = wasm_v128_xor(wasm_v128_xor(high0, c3), wasm_u32x4_splat(k1));
      c1 = low1, c3 = low0;
      k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    wasm_v128_store(&b->word[0][lane], c0); wasm_v128_store(&b->word[1][lane], c1);
    wasm_v128_store(&b->word[2][lane], c2); wasm_v128_store(&b->word[3][lane], c3);
  }
}
#else
static void make_batch(const rng *r, uint32_t first_block, batch *b) {
  const uint32_t step = r->step, crop = r->crop, stream = r->stream;
  const uint32_t low = (uint32_t)r->seed, high = (uint32_t)(r->seed >> 32);
  for (uint32_t lane = 0; lane < LANES; lane++) {
    uint32_t c0 = first_block + lane, c1 = step, c2 = crop, c3 = stream, k0 = low, k1 = high;
    TEN_ROUNDS;
    b->word[0][lane] = c0, b->word[1][lane] = c1, b->word[2][lane] = c2, b->word[3][lane] = c3;
  }
}

#endif
/* Box and Muller 1958: two normal numbers from radius in (0, 1] and angle in half turns. */
static inline void box_muller(float radius, float angle, float *a, float *b) {
  const float r = sqrtf(-2 * vector_log(radius));
  float sine, cosine;
  vector_sincos(angle * 3.14159265f, &sine, &cosine);
  *a = r * cosine;
  *b = r * sine;
}

static inline float unit(uint32_t word) { return (float)(int32_t)(word >> 8) * 0x1p-24f; } /* [0, 1) */

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

/* Two words give two values: 20 bits each for the normal numbers, 12 each for the uniform ones, plenty for a picture's noise. */
static void batch_noise(const batch *b, float deviation, float width, float *restrict out) {
  for (int word = 0; word < 4; word += 2) {
    for (int lane = 0; lane < LANES; lane++) {
      const uint32_t p = b->word[word][lane], q = b->word[word + 1][lane];
      float x, y;
      box_muller((float)((int32_t)(p >> 12) + 1) * 0x1p-20f, (float)((int32_t)q >> 12) * 0x1p-19f, &x, &y);
      out[word * LANES + lane] = deviation * x + width * ((float)(int32_t)(p & 4095) * 0x1p-11f - 0.999755859f);
      out[(word + 1) * LANES + lane] = deviation * y + width * ((float)(int32_t)(q & 4095) * 0x1p-11f - 0.999755859f);
    }
  }
}

/* Calls fill(numbers of one batch) and then use(count of them) until all are made. */
#define FOR_EACH_BATCH(r, count, numbers, fill, use)                            \
  do {                                                                          \
    batch b;                                                                    \
    float numbers[BATCH];                                                       \
    for (size_t done = 0; done < (count); done += BATCH) {                      \
      make_batch(r, (uint32_t)(done / 4), &b);                                  \
      fill;                                                                     \
      const size_t n = (count) - done < BATCH ? (count) - done : BATCH;         \
      for (size_t i = 0; i < n; i++) use;                                       \
    }                                                                           \
  } while (0)

void rng_uniform(const rng *r, float low, float high, float *out, size_t count) {
  FOR_EACH_BATCH(r, count, numbers, batch_uniform(&b, low, high - low, numbers), out[done + i] = numbers[i]);
}

void rng_normal(const rng *r, float mean, float deviation, float *out, size_t count) {
  FOR_EACH_BATCH(r, count, numbers, batch_normal(&b, mean, deviation, numbers), out[done + i] = numbers[i]);
}

void rng_draw(const rng *r, pl_distribution d, float *out, size_t count) {
  if (d.kind == PL_NORMAL)
    rng_normal(r, d.a, d.b, out, count);
  else
    rng_uniform(r, d.a, d.b, out, count);
}

void rng_add_noise(const rng *r, float deviation, float width, float *out, size_t count) {
  FOR_EACH_BATCH(r, count, numbers, batch_noise(&b, deviation, width, numbers), out[done + i] += numbers[i]);
}
