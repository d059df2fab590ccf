/* Products of two matrices that both depend on the image. Operands may lie transposed: element (y, x) of one is
 * data[y * down + x * across]. */
#ifndef OPS_PRODUCT_H
#define OPS_PRODUCT_H

#include "network/ops/kernels/internal.h"

typedef struct matrix {
  const float *data;
  size_t down, across;
} matrix;

/* Floats of scratch for products of K x `columns` right operands. */
size_t product_scratch(int k, int columns);

/* c: rows x columns, its rows `down` floats apart = scale * (a: rows x k) (b: k x columns), added to what c holds where `more`. */
void product_run(int rows, int k, int columns, matrix a, matrix b, float scale, bool more, float *c, size_t down, float *scratch);

#endif
