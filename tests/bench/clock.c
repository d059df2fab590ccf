#include "clock.h"

#include <math.h>
#include <time.h>

#ifdef __wasm_relaxed_simd__
#include <wasm_simd128.h>
#endif

/* Natively the time of this process alone: what else the machine does then takes none of it. */
#ifdef __EMSCRIPTEN__
enum { CLOCK = CLOCK_MONOTONIC };
#else
enum { CLOCK = CLOCK_PROCESS_CPUTIME_ID };
#endif

double clock_now(void) {
  struct timespec t;
  clock_gettime(CLOCK, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One round, in parts that a clock can tell apart, the best of which counts: what else runs on the machine comes in bursts. The
 * volatile pointer keeps the work a call: an engine swaps optimized code in when a function is entered, so a loop inlined here would
 * stay slow. */
static pl_status time_round(timed *t, double least) {
  enum { PARTS = 20 };
  work_fn volatile work = t->work;
  for (double spent = 0; spent < least;) {
    const double start = clock_now();
    for (long i = 0; i < t->calls; i++) TRY(work(t->context));
    const double took = clock_now() - start;
    spent += took;
    if (took < least / PARTS) {
      t->calls *= 2;
      continue;
    }
    if (took / (double)t->calls < t->best) t->best = took / (double)t->calls;
  }
  return PL_OK;
}

pl_status clock_rounds(timed *works, int count, rounds r) {
  for (int k = 0; k < count; k++) {
    works[k].best = INFINITY;
    works[k].calls = 1;
  }
  for (int round = 0; round < r.count; round++)
    for (int k = 0; k < count; k++) TRY(time_round(&works[k], r.least));
  return PL_OK;
}

double clock_best(work_fn work, void *context, rounds r) {
  timed t = {work, context, 0, 0};
  return clock_rounds(&t, 1, r) ? NAN : t.best;
}

#ifdef __AVX512F__
enum { LANES = 16 };
#elif defined __AVX__
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif
typedef float vector __attribute__((vector_size(LANES * sizeof(float))));
enum { CHAINS = 12, TURNS = 200000 };
static float sink;

pl_status clock_chains(void *context) {
  (void)context;
  vector sum[CHAINS];
  for (int c = 0; c < CHAINS; c++) sum[c] = (vector){0} + (float)c;
  const vector decay = (vector){0} + 0.999f, step = (vector){0} + 0.5f;
  for (int turn = 0; turn < TURNS; turn++) {
#pragma GCC unroll 12
    for (int c = 0; c < CHAINS; c++) {
#ifdef __wasm_relaxed_simd__
      sum[c] = (vector)wasm_f32x4_relaxed_madd((v128_t)decay, (v128_t)step, (v128_t)sum[c]);
#else
      sum[c] = sum[c] * decay + step;
#endif
    }
  }
  for (int c = 1; c < CHAINS; c++) sum[0] += sum[c];
  sink += sum[0][0];
  return PL_OK;
}

double clock_chains_macs(void) { return (double)LANES * CHAINS * TURNS; }

/* As much as a network's weights. */
enum { STREAM = 1 << 23, AT_ONCE = 8 };
static _Alignas(64) float stream[STREAM];

/* Memory that nothing was written to is one page of zeros, again and again. */
static void touch_stream(void) {
  if (stream[0] == 0)
    for (size_t i = 0; i < STREAM; i++) stream[i] = 1;
}

pl_status clock_stream(void *context) {
  (void)context;
  touch_stream();
  vector sum[AT_ONCE] = {{0}};
  for (const float *at = stream; at < stream + STREAM; at += AT_ONCE * LANES)
    for (size_t k = 0; k < AT_ONCE; k++) sum[k] += *(const vector *)(const void *)(at + k * LANES);
  for (int k = 1; k < AT_ONCE; k++) sum[0] += sum[k];
  sink += sum[0][0];
  return PL_OK;
}

double clock_stream_bytes(void) { return sizeof stream; }
