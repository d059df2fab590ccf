/* Numbers -> image. A parametrization makes three planes of decorrelated colour out of its values; what follows is the same for
 * all: standardizing, recorrelating, the sigmoid and the range. */
#ifndef PARAMETRIZATION_H
#define PARAMETRIZATION_H

#include "magnitude.h"

/* One way to make planes of height x width out of values. Linear or not, `backward` is its vector-Jacobian product. */
typedef struct parametrization_class {
  /* Error: PL_OUT_OF_MEMORY. `m` is NULL where the class does not need a magnitude. */
  pl_status (*create)(const pl_config *config, const magnitude *m, void **state);
  void (*free)(void *state);
  size_t (*count)(const void *state); /* of values */
  void (*draw)(const void *state, const pl_config *config, float *values); /* the initial ones */
  void (*forward)(void *state, const float *values, float *x);             /* x: 3 x height x width */
  void (*backward)(void *state, const float *values, const float *dx, float *dvalues); /* after the forward of these values */
} parametrization_class;

extern const parametrization_class parametrization_maco; /* phases under a fixed magnitude: 3 x height x (width/2 + 1) */

typedef struct parametrization parametrization;

/* Draws the initial values from the configuration's seed. Errors: PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status parametrization_create(const pl_config *config, const magnitude *m, parametrization **p);
void parametrization_free(parametrization *p);

/* The optimized values. */
float *parametrization_values(parametrization *p, size_t *count);

/* image: height x width x 3. Keeps what parametrization_backward needs. */
void parametrization_forward(parametrization *p, float *image);

/* dvalues from dimage; `image` is what the last parametrization_forward made. */
void parametrization_backward(parametrization *p, const float *image, const float *dimage, float *dvalues);

#endif
