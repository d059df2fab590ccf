/* What is subtracted from the score: properties of the image that networks reward and people do not. All are of the image in
 * fractions of its range, and means over its values, so that weights do not depend on size or range:
 *   variation   the mean of |v(y + 1, x) - v(y, x)| + |v(y, x + 1) - v(y, x)| (total variation: Rudin, Osher and Fatemi 1992)
 *   l2          the mean of (v - 1/2)^2
 *   frequency   the energy by frequency, mean of |F v|^2 / (height width), each weighted by 2 (fy^2 + fx^2) in cycles per pixel: 0 for
 *               a constant, 1 for the highest */
#ifndef PENALTIES_H
#define PENALTIES_H

#include "base/tensor.h"

typedef struct penalties penalties;

/* NULL where the configuration has no penalty. Error: PL_OUT_OF_MEMORY. */
pl_status penalties_create(const pl_config *config, penalties **p);
void penalties_free(penalties *p);

/* The weighted sum for image (height x width x 3); its gradient is subtracted from dimage. 0 for NULL. */
float penalties_subtract(penalties *p, const float *image, float *dimage);

/* weight times the mean of a latent's squares, which keeps it where its generator was trained; its gradient is subtracted from
 * dlatent. */
float penalties_subtract_latent(float weight, const float *latent, size_t count, float *dlatent);

#endif
