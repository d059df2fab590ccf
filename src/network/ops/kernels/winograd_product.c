#include "network/ops/kernels/winograd_product.h"

#include "network/ops/kernels/internal.h"

/* Rows of the tile that is kept in registers: with a strip's two vectors, 12 on engines and machines that have 16. */
enum { TALL = 6, UNROLLED = 4 };

typedef struct tile {
  vn left[TALL], right[TALL];
  const float *row[TALL];
} tile;

/* The products with `steps` rows of a strip. */
static inline __attribute__((always_inline)) void add_products(int tall, int steps, tile *t, const float *strip) {
  for (int step = 0; step < steps; step++) {
    const vn left = vn_load(strip + step * STRIP), right = vn_load(strip + step * STRIP + VN_LANES);
#pragma GCC unroll 6
    for (int r = 0; r < tall; r++) {
      const vn x = vn_all(t->row[r][step]);
      t->left[r] = vn_multiply_add(x, left, t->left[r]);
      t->right[r] = vn_multiply_add(x, right, t->right[r]);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < tall; r++) t->row[r] += steps;
}

/* Always inlined: a height that is not known would be looked at in every turn. */
static inline __attribute__((always_inline)) void multiply(int tall, size_t k, const float *a, size_t a_down, const float *strip,
                                                           float *c, size_t c_down) {
  tile t;
#pragma GCC unroll 6
  for (int r = 0; r < tall; r++) {
    t.row[r] = a + (size_t)r * a_down;
    t.left[r] = t.right[r] = vn_all(0);
  }
  size_t i = 0;
  for (; i + UNROLLED <= k; i += UNROLLED, strip += UNROLLED * STRIP) add_products(tall, UNROLLED, &t, strip);
  for (; i < k; i++, strip += STRIP) add_products(tall, 1, &t, strip);
#pragma GCC unroll 6
  for (int r = 0; r < tall; r++) {
    vn_store(c + (size_t)r * c_down, t.left[r]);
    vn_store(c + (size_t)r * c_down + VN_LANES, t.right[r]);
  }
}

typedef void multiply_fn(size_t k, const float *a, size_t a_down, const float *strip, float *c, size_t c_down);

#define OF_ROWS(tall)                                                                                                 \
  static void multiply_##tall(size_t k, const float *a, size_t a_down, const float *strip, float *c, size_t c_down) { \
    multiply(tall, k, a, a_down, strip, c, c_down);                                                                   \
  }
OF_ROWS(1)
OF_ROWS(2)
OF_ROWS(3)
OF_ROWS(4)
OF_ROWS(5)
OF_ROWS(6)

static multiply_fn *const of_rows[TALL + 1] = {NULL, multiply_1, multiply_2, multiply_3, multiply_4, multiply_5, multiply_6};

void winograd_product(size_t rows, size_t k, size_t strips, const float *a, size_t a_down, const float *strip, float *c,
                      size_t c_down) {
  const size_t groups = (rows + TALL - 1) / TALL; /* as even as can be: a group of one row takes nearly as long as one of four */
  for (size_t s = 0; s < strips; s++, strip += k * STRIP, c += STRIP)
    for (size_t g = 0; g < groups; g++) {
      const size_t first = rows * g / groups, tall = rows * (g + 1) / groups - first;
      of_rows[tall](k, a + first * a_down, a_down, strip, c + first * c_down, c_down);
    }
}
