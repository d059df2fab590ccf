/* Products of some rows and a matrix that was packed before, in strips of columns. */
#ifndef OPS_WINOGRAD_PRODUCT_H
#define OPS_WINOGRAD_PRODUCT_H

#include <stddef.h>

#include "base/vector.h"

enum { STRIP = 2 * VN_LANES };

/* c: rows x strips * STRIP = a: rows x k times strips: strips x k x STRIP; the rows of a and c lie `a_down` and `c_down` floats
 * apart. What a row becomes does not depend on the others. */
void winograd_product(size_t rows, size_t k, size_t strips, const float *a, size_t a_down, const float *strip, float *c,
                      size_t c_down);

#endif
