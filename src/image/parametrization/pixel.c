/* The values are the planes' pixels themselves, as in Lucid (Olah et al. 2017). */
#include <string.h>

#include "base/rng.h"
#include "image/parametrization/parametrization.h"

typedef struct pixel {
  size_t count;
} pixel;

static pl_status pixel_create(const pl_config *config, const magnitude *m, const latent_map *map, void **state) {
  (void)map;
  (void)m;
  pixel *p = memory_allocate(1, sizeof *p);
  if (!p) return status_no_memory("for a parametrization");
  p->count = 3 * (size_t)config->height * (size_t)config->width;
  *state = p;
  return PL_OK;
}

static uint64_t pixel_count(const pl_config *config, uint64_t latent) {
  (void)latent;
  return 3 * (uint64_t)config->height * (uint64_t)config->width;
}

static size_t values_of(const void *state) { return ((const pixel *)state)->count; }

static void pixel_draw(const void *state, const pl_config *config, float *values) {
  const rng r = {.seed = config->seed, .stream = RNG_VALUES};
  rng_normal(&r, 0, config->start_deviation, values, values_of(state));
}

static void pixel_start(void *state, const float *x, float *values) { memcpy(values, x, values_of(state) * sizeof *values); }

static pl_status pixel_forward(void *state, const float *values, float *x) {
  memcpy(x, values, values_of(state) * sizeof *x);
  return PL_OK;
}

static pl_status pixel_backward(void *state, const float *values, const float *dx, float *dvalues) {
  (void)values;
  memcpy(dvalues, dx, values_of(state) * sizeof *dvalues);
  return PL_OK;
}

const parametrization_class parametrization_pixel = {
    .create = pixel_create,
    .free = memory_free,
    .count = pixel_count,
    .draw = pixel_draw,
    .start = pixel_start,
    .forward = pixel_forward,
    .backward = pixel_backward,
};
