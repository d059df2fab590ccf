/* To zero mean and unit deviation, and back. */
#ifndef STANDARDIZE_H
#define STANDARDIZE_H

#include "base/tensor.h"

/* What standardizing found: y = (x - mean) scale. Real numbers are one group; complex numbers are two, their real and imaginary
 * parts one after the other, with a mean for each and the deviation of the absolute value. */
typedef struct standardization {
  int groups;
  size_t count; /* of each group */
  float mean[2], scale;
  double deviation, divisor; /* of the squares' sum: count, or count - 1 */
} standardization;

/* Of x, `groups` times `count` values; where `how` is off, what changes nothing. Who goes on with x applies it. */
standardization standardize_measure(const pl_standardize *how, const float *x, size_t count, int groups);

/* The gradient of x, in place, from what it is for a fixed mean and scale: scale dy. */
void standardize_backward(const standardization *s, const float *x, float *dx);

#endif
