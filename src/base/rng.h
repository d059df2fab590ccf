/* Counter-based random numbers: every number is a function of (seed, stream, step, crop, index) alone, so that it is the same
 * wherever and in whatever order it is computed. Philox4x32-10: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011. */
#ifndef RNG_H
#define RNG_H

#include "phaselens.h"

/* What a number is drawn for. */
typedef enum rng_stream { RNG_VALUES, RNG_BOX, RNG_NOISE, RNG_WARP } rng_stream;

typedef struct rng {
  uint64_t seed;
  rng_stream stream;
  uint32_t step, crop;
} rng;

/* The cipher itself, for the published test vectors: four words out of a counter and a key. */
void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Number i never depends on count. The first 64 are independent of each other
 * even when different functions draw them. */
void rng_uniform(const rng *r, float low, float high, float *out, size_t count);      /* U(low, high), steps of 2^-24 */
void rng_normal(const rng *r, float mean, float deviation, float *out, size_t count); /* N(mean, deviation), to 5.8 deviations */
void rng_draw(const rng *r, pl_distribution d, float *out, size_t count);

/* out += N(0, deviation) + U(-width, width): the noise of one crop, in one pass. */
void rng_add_noise(const rng *r, float deviation, float width, float *out, size_t count);

#endif
