/* To zero mean and unit deviation, and back. */
#ifndef STANDARDIZE_H
#define STANDARDIZE_H

#include "tensor.h"

/* What standardizing found: y = (x - mean) scale. */
typedef struct standardization {
  float mean, scale;
  double deviation, divisor; /* of the squares' sum: count, or count - 1 */
} standardization;

/* Of x; where `how` is off, what changes nothing. */
standardization standardize_measure(const pl_standardize *how, const float *x, size_t count);

/* x becomes y. */
void standardize_forward(const standardization *s, float *x, size_t count);

/* dx from dy in place, with y as standardize_forward left it. */
void standardize_backward(const pl_standardize *how, const standardization *s, const float *y, float *dy, size_t count);

/* The same with x, where y was not kept. */
void standardize_backward_raw(const pl_standardize *how, const standardization *s, const float *x, float *dy, size_t count);

#endif
