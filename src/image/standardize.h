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

/* Of x, `groups` times `count` values; where `how` is off, what changes nothing. */
standardization standardize_measure(const pl_standardize *how, const float *x, size_t count, int groups);

/* x becomes y. */
void standardize_forward(const standardization *s, float *x);

/* dx from dy in place, with y as standardize_forward left it. */
void standardize_backward(const standardization *s, const float *y, float *dy);

/* The same with x, where y was not kept. */
void standardize_backward_raw(const standardization *s, const float *x, float *dy);

#endif
