/* The values are the latent of a generator, whose output is the image (Nguyen et al. 2016). */
#include <math.h>

#include "base/rng.h"
#include "image/parametrization/parametrization.h"

typedef struct generator {
  latent_map map;
  size_t pixels;
  float low, scale; /* rgb = (output - low) scale */
} generator;

static pl_status generator_create(const pl_config *config, const magnitude *m, const latent_map *map, void **state) {
  (void)m;
  if (!map) return status_fail(PL_INVALID_ARGUMENT, "the parametrization is a generator's, but none was given");
  generator *p = memory_allocate(1, sizeof *p);
  if (!p) return status_no_memory("for a parametrization");
  const bool given = config->generator_range.low < config->generator_range.high;
  const float low = given ? config->generator_range.low : map->low, high = given ? config->generator_range.high : map->high;
  *p = (generator){.map = *map, .pixels = (size_t)config->height * (size_t)config->width, .low = low, .scale = 1 / (high - low)};
  *state = p;
  return PL_OK;
}

static uint64_t generator_count(const pl_config *config, uint64_t latent) {
  (void)config;
  return latent;
}

/* As it was trained: N(0, 1). */
static void generator_draw(const void *state, const pl_config *config, float *values) {
  const rng r = {.seed = config->seed, .stream = RNG_VALUES};
  rng_normal(&r, 0, 1, values, ((const generator *)state)->map.count);
}

static pl_status check_finite(const char *what, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!isfinite(x[i])) return status_fail(PL_NOT_FINITE, "%s holds %g", what, (double)x[i]);
  return PL_OK;
}

static pl_status generator_forward(void *state, const float *values, float *rgb) {
  const generator *p = state;
  TRY(check_finite("the latent", values, p->map.count)); /* a clamp in the network may make numbers of NaN */
  TRY(p->map.forward(p->map.network, values, rgb));
  TRY(check_finite("the generator's image", rgb, 3 * p->pixels));
  for (size_t i = 0; i < 3 * p->pixels; i++) rgb[i] = (rgb[i] - p->low) * p->scale;
  return PL_OK;
}

static pl_status generator_backward(void *state, const float *values, const float *drgb, float *dvalues) {
  const generator *p = state;
  TRY(p->map.backward(p->map.network, values, drgb, dvalues));
  for (size_t i = 0; i < p->map.count; i++) dvalues[i] *= p->scale;
  return PL_OK;
}

const parametrization_class parametrization_generator = {
    .makes_rgb = true,
    .create = generator_create,
    .free = memory_free,
    .count = generator_count,
    .draw = generator_draw,
    .forward = generator_forward,
    .backward = generator_backward,
};
