#include "image/parametrization/parametrization.h"

#include <stdlib.h>

#include "image/color.h"
#include "image/standardize.h"

struct parametrization {
  const parametrization_class *class;
  void *state;
  size_t pixels; /* of one channel */
  pl_range range;
  pl_standardize standardize;
  bool rgb; /* standardized after recorrelation */
  standardization stats;
  color_map colors;
  size_t count;
  float *values;
  /* What the class makes: what goes into the sigmoid, but for the colours' matrix where that comes later, or RGB. */
  float *x, *dx;
};

static const parametrization_class *const classes[] = {[PL_MACO] = &parametrization_maco,
                                                       [PL_FOURIER] = &parametrization_fourier,
                                                       [PL_PIXEL] = &parametrization_pixel,
                                                       [PL_GENERATOR] = &parametrization_generator};

static pl_status allocate(parametrization *p, const pl_config *config, const magnitude *m, const latent_map *map) {
  TRY(p->class->create(config, m, map, &p->state));
  p->count = (size_t)p->class->count(config, map ? map->count : 0);
  p->values = memory_allocate(p->count, sizeof *p->values);
  p->x = memory_allocate(p->pixels, 3 * sizeof *p->x);
  p->dx = memory_allocate(p->pixels, 3 * sizeof *p->dx);
  if (!p->values || !p->x || !p->dx)
    return status_no_memory("for the values of an image of %dx%d", config->height, config->width);
  return PL_OK;
}

pl_status parametrization_create(const pl_config *config, const magnitude *m, const latent_map *map, parametrization **created) {
  *created = NULL;
  parametrization *p = memory_allocate(1, sizeof *p);
  if (!p) return status_no_memory("for a parametrization");
  p->class = classes[config->parametrization];
  p->pixels = (size_t)config->height * (size_t)config->width;
  p->range = config->range;
  p->standardize = config->standardize_image;
  p->rgb = config->standardize_rgb;
  const pl_status status = allocate(p, config, m, map);
  if (status) {
    parametrization_free(p);
    return status;
  }
  p->class->draw(p->state, config, p->values);
  *created = p;
  return PL_OK;
}

void parametrization_free(parametrization *p) {
  if (!p) return;
  if (p->state) p->class->free(p->state);
  memory_free(p->values);
  memory_free(p->x);
  memory_free(p->dx);
  memory_free(p);
}

float *parametrization_values(parametrization *p, size_t *count) {
  if (count) *count = p->count;
  return p->values;
}

float *parametrization_fixed(parametrization *p) { return p->class->fixed ? p->class->fixed(p->state) : NULL; }

uint64_t parametrization_count(const pl_config *config, uint64_t latent) {
  return classes[config->parametrization]->count(config, latent);
}

bool parametrization_has_fixed(const pl_config *config) { return classes[config->parametrization]->fixed != NULL; }

void parametrization_start(parametrization *p, const float *image) {
  p->standardize.on = false;
  color_inverse(image, p->pixels, false, p->x);
  p->class->start(p->state, p->x, p->values);
}

bool parametrization_refine(parametrization *p, const parametrization *coarse, const float *image) {
  if (p->class->refine) {
    p->standardize = coarse->standardize;
    p->class->refine(p->state, p->values, coarse->state, coarse->values);
  } else {
    parametrization_start(p, image);
  }
  return p->standardize.on;
}

pl_status parametrization_forward(parametrization *p, float *image) {
  TRY(p->class->forward(p->state, p->values, p->x));
  if (p->class->makes_rgb) {
    color_clamp(p->x, 3 * p->pixels, p->range.low, p->range.high, image);
    return PL_OK;
  }
  if (p->rgb) color_recorrelate(p->x, p->pixels);
  p->stats = standardize_measure(&p->standardize, p->x, 3 * p->pixels, 1);
  p->colors = color_map_create(p->rgb, p->stats.mean[0], p->stats.scale, p->range.low, p->range.high);
  color_forward(&p->colors, p->x, p->pixels, image);
  return PL_OK;
}

/* From the image to what the class has made. */
static void planes_backward(parametrization *p, const float *image, const float *dimage) {
  color_backward(&p->colors, image, dimage, p->pixels, p->dx);
  standardize_backward(&p->stats, p->x, p->dx);
  if (p->rgb) color_recorrelate_adjoint(p->dx, p->pixels);
}

pl_status parametrization_backward(parametrization *p, const float *image, const float *dimage, float *dvalues) {
  if (p->class->makes_rgb) color_clamp_backward(p->x, dimage, 3 * p->pixels, p->range.low, p->range.high, p->dx);
  else planes_backward(p, image, dimage);
  return p->class->backward(p->state, p->values, p->dx, dvalues);
}
