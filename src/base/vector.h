/* Four floats at a time: one source for SSE, NEON and WebAssembly. */
#ifndef VECTOR_H
#define VECTOR_H

#include <stdint.h>

#ifdef __FMA__
#include <immintrin.h>
#endif

/* At any float's address. */
typedef float v4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t i4 __attribute__((vector_size(16), aligned(4), may_alias));

static inline v4 v4_load(const float *p) { return *(const v4 *)p; }
static inline void v4_store(float *p, v4 x) { *(v4 *)p = x; }
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

static inline v4 v4_select(i4 which, v4 yes, v4 no) { return (v4)((which & (i4)yes) | (~which & (i4)no)); }

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

#endif
