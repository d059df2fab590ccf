/* Numbers -> image. A parametrization makes three planes of decorrelated colour out of its values; what follows is the same for
 * all: standardizing, recorrelating, the sigmoid and the range. */
#ifndef PARAMETRIZATION_H
#define PARAMETRIZATION_H

#include "magnitude.h"

/* One way to make planes of height x width out of values. Linear or not, `backward` is its vector-Jacobian product. */
typedef struct parametrization_class {
  /* Error: PL_OUT_OF_MEMORY. Without a magnitude it is 0, or not needed. */
  pl_status (*create)(const pl_config *config, const magnitude *m, void **state);
  void (*free)(void *state);
  size_t (*count)(const void *state); /* of values */
  void (*draw)(const void *state, const pl_config *config, float *values); /* the initial ones */
  void (*start)(void *state, const float *x, float *values); /* those that make x; standardizes nothing from then on */
  float *(*fixed)(void *state, size_t *count); /* numbers that are not optimized, but decide the image; NULL where there are none */
  void (*forward)(void *state, const float *values, float *x);             /* x: 3 x height x width */
  void (*backward)(void *state, const float *values, const float *dx, float *dvalues); /* after the forward of these values */
} parametrization_class;

extern const parametrization_class parametrization_maco, parametrization_fourier, parametrization_pixel;

typedef struct parametrization parametrization;

/* Draws the initial values from the configuration's seed. Errors: PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status parametrization_create(const pl_config *config, const magnitude *m, parametrization **p);
void parametrization_free(parametrization *p);

/* The optimized values. */
float *parametrization_values(parametrization *p, size_t *count);

/* Numbers that are not optimized, but decide the image; NULL and 0 where there are none. */
float *parametrization_fixed(parametrization *p, size_t *count);

/* The values that make this image, height x width x 3, RGB in [0, 1], taken to the range; from then on nothing is standardized, as
 * that would make another image. */
void parametrization_start(parametrization *p, const float *image);

/* image: height x width x 3. Keeps what parametrization_backward needs. */
void parametrization_forward(parametrization *p, float *image);

/* dvalues from dimage; `image` is what the last parametrization_forward made. */
void parametrization_backward(parametrization *p, const float *image, const float *dimage, float *dvalues);

#endif
