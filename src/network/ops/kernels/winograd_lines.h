/* Winograd's minimal filtering F(side, 3) along one axis: `side` outputs of three taps from side + 2 products. Lavin and Gray,
 * "Fast Algorithms for Convolutional Neural Networks", CVPR 2016.
 *
 * side 2 interpolates at 0, 1, -1 and infinity; side 4 at 0, +-r, +-1/r and infinity with r = sqrt(1/2), which loses a third of
 * the digits that the usual 0, +-1, +-2 do. */
#ifndef OPS_WINOGRAD_LINES_H
#define OPS_WINOGRAD_LINES_H

#include "network/ops/kernels/internal.h"

enum { WINOGRAD_TAPS = 3, WINOGRAD_MOST_SIDE = 4, WINOGRAD_MOST_REACH = WINOGRAD_MOST_SIDE + WINOGRAD_TAPS - 1 };

#define ROOT_HALF 0.70710678118654752f
#define ROOT_2 1.41421356237309505f

/* d: side + 2 inputs, v: as many factors of products. */
static inline void winograd_input_line(int side, const v4 *d, v4 *v) {
  if (side == 2) {
    v[0] = d[0] - d[2];
    v[1] = d[2] + d[1];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
    return;
  }
  const v4 even_r = v4_multiply_add(v4_all(-2), d[2], d[4]), odd_r = v4_multiply_add(v4_all(-2), d[1], d[3]);
  const v4 even_1 = v4_multiply_add(v4_all(-0.5f), d[2], d[4]), odd_1 = v4_multiply_add(v4_all(-0.5f), d[1], d[3]);
  v[0] = v4_multiply_add(v4_all(-2.5f), d[2], d[0] + d[4]);
  v[1] = v4_multiply_add(v4_all(ROOT_HALF), odd_r, even_r);
  v[2] = v4_multiply_add(v4_all(-ROOT_HALF), odd_r, even_r);
  v[3] = v4_multiply_add(v4_all(ROOT_2), odd_1, even_1);
  v[4] = v4_multiply_add(v4_all(-ROOT_2), odd_1, even_1);
  v[5] = v4_multiply_add(v4_all(-2.5f), d[3], d[1] + d[5]);
}

/* g: three taps, u: the other factors. */
static inline void winograd_weights_line(int side, const v4 *g, v4 *u) {
  u[0] = g[0];
  u[side + 1] = g[2];
  if (side == 2) {
    u[1] = (g[0] + g[2] + g[1]) * v4_all(0.5f);
    u[2] = (g[0] + g[2] - g[1]) * v4_all(0.5f);
    return;
  }
  const v4 even_r = (g[0] + g[2] * v4_all(0.5f)) * v4_all(-2.0f / 3), odd_r = g[1] * v4_all(-2.0f / 3 * ROOT_HALF);
  const v4 even_1 = (g[0] + g[2] * v4_all(2)) * v4_all(1.0f / 6), odd_1 = g[1] * v4_all(ROOT_2 / 6);
  u[1] = even_r + odd_r;
  u[2] = even_r - odd_r;
  u[3] = even_1 + odd_1;
  u[4] = even_1 - odd_1;
}

/* m: side + 2 products, y: `side` outputs. */
static inline void winograd_output_line(int side, const v4 *m, v4 *y) {
  if (side == 2) {
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] + m[3];
    return;
  }
  const v4 even_r = m[1] + m[2], odd_r = m[1] - m[2], even_1 = m[3] + m[4], odd_1 = m[3] - m[4];
  y[0] = m[0] + even_r + even_1;
  y[1] = v4_multiply_add(v4_all(ROOT_HALF), odd_r, v4_all(ROOT_2) * odd_1);
  y[2] = v4_multiply_add(v4_all(0.5f), even_r, v4_all(2) * even_1);
  y[3] = v4_multiply_add(v4_all(ROOT_HALF / 2), odd_r, v4_multiply_add(v4_all(2 * ROOT_2), odd_1, m[5]));
}

#endif
