/* Products of few rows, such as one for each image, with a large matrix: it is read once for all of them, where the file has it.
 * Packing it would take as much time as many products, and its size again in memory for each direction. */
#ifndef OPS_THIN_PRODUCT_H
#define OPS_THIN_PRODUCT_H

#include "network/ops/kernels/weights.h"

/* x: rows x in, y: rows x out = x W', with a matrix that has one group and one tap, and no scale. Of each row `wanted` counts, or all where it
 * is none. A row's bits do not depend on the others, nor a value's on what else is wanted. */
void thin_product(const weights *w, size_t rows, const float *x, section wanted, float *y);

#endif
