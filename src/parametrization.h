/* Numbers -> image. Today one parametrization: MaCo's phases under a fixed magnitude. */
#ifndef PARAMETRIZATION_H
#define PARAMETRIZATION_H

#include "magnitude.h"

typedef struct parametrization parametrization;

/* Draws the initial phases from the configuration's seed. Errors: PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status parametrization_create(const pl_config *config, const magnitude *m, parametrization **p);
void parametrization_free(parametrization *p);

/* The optimized values: 3 x height x (width/2 + 1) phases. */
float *parametrization_values(parametrization *p, size_t *count);

/* image: height x width x 3. Keeps what parametrization_backward needs. */
void parametrization_forward(parametrization *p, float *image);

/* dvalues from dimage; `image` is what the last parametrization_forward made. */
void parametrization_backward(parametrization *p, const float *image, const float *dimage, float *dvalues);

#endif
