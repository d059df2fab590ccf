#include "network/ops/kernels/product.h"

#include <string.h>

/* A tile of the result is kept in registers: TALL x WIDE floats, 12 vectors on engines and machines that have 16. The right
 * operand is repacked into strips of WIDE columns, once for all rows: it is then read in order, and may lie transposed. The left
 * one is read in place, one float at a time. */
enum { TALL = 6, WIDE = 2 * VN_LANES };

static size_t strips_of(int columns) { return ((size_t)columns + WIDE - 1) / WIDE; }

size_t product_scratch(int k, int columns) { return strips_of(columns) * WIDE * (size_t)k; }

/* A strip of `count` <= WIDE columns; what lacks is zero. */
static void pack_strip(int k, matrix b, size_t count, float *restrict strip) {
  if (count == WIDE && b.across == 1) {
    for (int i = 0; i < k; i++, strip += WIDE) memcpy(strip, b.data + (size_t)i * b.down, WIDE * sizeof *strip);
    return;
  }
  for (size_t x = 0; x < WIDE; x++) {
    const float *column = b.data + x * b.across;
    for (int i = 0; i < k; i++) strip[(size_t)i * WIDE + x] = x < count ? column[(size_t)i * b.down] : 0;
  }
}

typedef struct tile {
  vn left[TALL], right[TALL];
} tile;

/* Rows from `row` on; those past the last one are the last one again, and thrown away. */
static inline tile multiply(int rows, int row, int k, matrix a, const float *restrict strip) {
  const float *at[TALL];
  tile t;
  for (int r = 0; r < TALL; r++) {
    const int y = row + r < rows ? row + r : rows - 1;
    at[r] = a.data + (size_t)y * a.down;
    t.left[r] = t.right[r] = vn_all(0);
  }
  const size_t across = a.across;
  for (int i = 0; i < k; i++, strip += WIDE) {
    const vn left = vn_load(strip), right = vn_load(strip + VN_LANES);
    for (int r = 0; r < TALL; r++) {
      const vn x = vn_all(*at[r]);
      at[r] += across;
      t.left[r] = vn_multiply_add(x, left, t.left[r]);
      t.right[r] = vn_multiply_add(x, right, t.right[r]);
    }
  }
  return t;
}

static void store_row(vn left, vn right, float scale, bool more, size_t count, float *c) {
  float row[WIDE];
  vn_store(row, left * vn_all(scale));
  vn_store(row + VN_LANES, right * vn_all(scale));
  for (size_t x = 0; x < count && more; x++) row[x] += c[x];
  if (count == WIDE) memcpy(c, row, sizeof row);
  else
    for (size_t x = 0; x < count; x++) c[x] = row[x];
}

void product_run(int rows, int k, int columns, matrix a, matrix b, float scale, bool more, float *c, size_t down,
                 float *scratch) {
  for (size_t s = 0; s < strips_of(columns); s++) {
    const size_t first = s * WIDE, count = (size_t)columns - first < WIDE ? (size_t)columns - first : WIDE;
    const matrix columns_of_strip = {b.data + first * b.across, b.down, b.across};
    pack_strip(k, columns_of_strip, count, scratch + first * (size_t)k);
  }
  for (int row = 0; row < rows; row += TALL)
    for (size_t s = 0; s < strips_of(columns); s++) {
      const size_t first = s * WIDE, count = (size_t)columns - first < WIDE ? (size_t)columns - first : WIDE;
      const tile t = multiply(rows, row, k, a, scratch + first * (size_t)k);
      for (int r = 0; r < TALL && row + r < rows; r++)
        store_row(t.left[r], t.right[r], scale, more, count, c + (size_t)(row + r) * down + first);
    }
}
