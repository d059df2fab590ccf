/* Resampling along one axis as lists of taps: which pixels make up an output's pixel, and by how much. */
#ifndef RESAMPLE_H
#define RESAMPLE_H

#include "base/tensor.h"

/* Output i is the sum of weight[start[i] + t] * input[first[i] + t] over t < count[i]; those outside the input are left out. */
typedef struct taps {
  int in, out;
  int *first, *count, *start;
  float *weight;
  int begin, end; /* of the input that is looked at */
} taps;

/* Room for `out` outputs of a window on `in` inputs; false when memory is out. taps_free frees what was made either way. */
bool taps_create(taps *t, int in, int out);
void taps_free(taps *t);

/* For a window of `size` at `position`, both in fractions of the input. What lies outside the input is 0. Allocates nothing. */
void taps_fill(taps *t, pl_resample how, float position, float size);

/* For the whole input, bilinear with half-pixel centres and no antialiasing, the edges repeated. */
void taps_fill_bilinear(taps *t);

/* Fills `plane` (y.out x x.out) from `from` (y.in x x.in), both ways at once. */
void taps_resize_plane(const taps *y, const taps *x, const float *from, float *plane);

#endif
