/* What a convolution and a transposed one hold in common: their map, and whether kernels have packed the weights. */
#ifndef OPS_FILTERS_H
#define OPS_FILTERS_H

#include "network/ops/kernels/dense.h"

/* The first member of the operator's state. */
typedef struct filters {
  dense_map map;        /* of the convolution, also where the operator is its way back */
  bool transposed;      /* it is the way back */
  float *scale, *shift; /* of the fused affine map, kept while weights are to be packed again; NULL: none */
  bool packed;
  window shaped_for; /* what the kernels are for, packed or not */
} filters;

/* An operator's own kernels, for both ways. */
typedef struct filter_kernels {
  pl_status (*create)(const op *o, const weights *w, const float *bias);
  void (*free)(void *state); /* those that there are; what they hold is 0 after it */
} filter_kernels;

/* A state of so many bytes, 0 but for its filters. */
pl_status filters_create(op *o, size_t bytes, bool transposed);
void filters_free(op *o, const filter_kernels *k);

/* Creates the kernels, unless they are there, of weights and bias with the fused affine map in them. */
pl_status filters_pack(op *o, const filter_kernels *k);

/* Kernels that were made for another window than the map's now, or by a former choice, are freed. */
void filters_fit(op *o, const filter_kernels *k, bool other_choice);

/* Bytes that the affine map takes, from above. */
uint64_t filters_held(const filters *f);

#endif
