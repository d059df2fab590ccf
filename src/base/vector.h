/* Four floats at a time, and as many as the machine has: one source for SSE to AVX-512, NEON and WebAssembly. */
#ifndef VECTOR_H
#define VECTOR_H

#include <stdint.h>

#ifdef __FMA__
#include <immintrin.h>
#endif

/* At any float's address. */
typedef float v4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t i4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef uint32_t u4 __attribute__((vector_size(16), aligned(4), may_alias));

static inline v4 v4_load(const float *p) { return *(const v4 *)p; }
static inline void v4_store(float *p, v4 x) { *(v4 *)p = x; }
/* The first `count` alone where that is less than four. */
static inline void v4_store_some(float *p, v4 x, int count) {
  if (count >= 4) v4_store(p, x);
  else
    for (int i = 0; i < count; i++) p[i] = x[i];
}
static inline v4 v4_all(float x) { return (v4){x, x, x, x}; }
/* a b + c, rounded once or twice. */
static inline v4 v4_multiply_add(v4 a, v4 b, v4 c) {
#ifdef __wasm_relaxed_simd__
  return (v4)__builtin_wasm_relaxed_madd_f32x4(a, b, c);
#elif defined __FMA__
  return (v4)_mm_fmadd_ps(a, b, c);
#else
  return a * b + c;
#endif
}

/* As many floats as a register has of the machine that is built for; of WebAssembly four. */
#if defined __AVX512F__
enum { VN_LANES = 16 };
#elif defined __AVX__
enum { VN_LANES = 8 };
#else
enum { VN_LANES = 4 };
#endif
typedef float vn __attribute__((vector_size(VN_LANES * sizeof(float)), aligned(4), may_alias));

static inline vn vn_load(const float *p) { return *(const vn *)p; }
static inline void vn_store(float *p, vn x) { *(vn *)p = x; }
static inline vn vn_all(float x) { return x - (vn){0}; }
/* As v4_multiply_add. */
static inline vn vn_multiply_add(vn a, vn b, vn c) {
#if defined __AVX512F__
  return (vn)_mm512_fmadd_ps(a, b, c);
#elif defined __AVX__ && defined __FMA__
  return (vn)_mm256_fmadd_ps(a, b, c);
#elif defined __AVX__
  return a * b + c;
#else
  return v4_multiply_add(a, b, c);
#endif
}

static inline v4 v4_select(i4 which, v4 yes, v4 no) { return (v4)((which & (i4)yes) | (~which & (i4)no)); }

/* x within bounds; not a number stays what it is. */
static inline v4 v4_clamp(v4 x, v4 low, v4 high) {
#ifdef __wasm_simd128__
  return (v4)__builtin_wasm_pmin_f32x4(__builtin_wasm_pmax_f32x4(x, low), high);
#else
  x = v4_select(x < low, low, x);
  return v4_select(x > high, high, x);
#endif
}

/* A bit for each of sixteen comparisons, the first one lowest. */
static inline uint32_t v4_signs(i4 a, i4 b, i4 c, i4 d) {
#ifdef __wasm_simd128__
  typedef signed char c16 __attribute__((vector_size(16)));
  const c16 low = __builtin_wasm_narrow_s_i8x16_i16x8(__builtin_wasm_narrow_s_i16x8_i32x4(a, b),
                                                      __builtin_wasm_narrow_s_i16x8_i32x4(c, d));
  return (uint32_t)__builtin_wasm_bitmask_i8x16(low);
#else
  const i4 all[] = {a & 1, b & 1, c & 1, d & 1};
  uint32_t bits = 0;
  for (int k = 0; k < 16; k++) bits |= (uint32_t)all[k / 4][k % 4] << k;
  return bits;
#endif
}

static inline float v4_sum(v4 x) { return (x[0] + x[1]) + (x[2] + x[3]); }

/* Number k of row[i] becomes number i of row[k]. */
static inline void v4_transpose(v4 row[4]) {
  const v4 a = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5), b = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
  const v4 c = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7), d = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
  row[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
  row[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
  row[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
  row[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

/* Four triples in memory from and to their first, second and third numbers. */
static inline void v4_interleave(v4 a, v4 b, v4 c, float *to) {
  const v4 low = __builtin_shufflevector(a, b, 0, 4, 1, 5), high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  v4_store(to, __builtin_shufflevector(low, c, 0, 1, 4, 2));
  v4_store(to + 4, __builtin_shufflevector(__builtin_shufflevector(low, c, 3, 5, 3, 5), high, 0, 1, 4, 5));
  v4_store(to + 8, __builtin_shufflevector(high, c, 6, 2, 3, 7));
}

static inline void v4_separate(const float *from, v4 part[3]) {
  const v4 x = v4_load(from), y = v4_load(from + 4), z = v4_load(from + 8); /* abca bcab cabc */
  const v4 middle = __builtin_shufflevector(y, z, 2, 3, 4, 5), ends = __builtin_shufflevector(x, y, 2, 3, 4, 5);
  part[0] = __builtin_shufflevector(x, middle, 0, 3, 4, 7);
  part[1] = __builtin_shufflevector(__builtin_shufflevector(x, y, 1, 4, 1, 4), __builtin_shufflevector(middle, z, 1, 6, 1, 6), 0,
                                    1, 4, 5);
  part[2] = __builtin_shufflevector(ends, z, 0, 3, 4, 7);
}

#endif
