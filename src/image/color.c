#include "image/color.h"

#include <math.h>
#include <string.h>

#include "base/vector.h"
#include "base/vector_math.h"

/* Row i is what decorrelated channel i gives to red, green and blue: Lucid's color_correlation_svd_sqrt (Olah, Mordvintsev and
 * Schubert 2017), transposed and divided by the largest norm of a row. */
static const float C[3][3] = {
    {0.56282854f, 0.58447580f, 0.58447580f},
    {0.19482528f, 0, -0.19482528f},
    {0.04329450f, -0.10823626f, 0.06494176f},
};

static const float IDENTITY[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

void color_recorrelate(float *x, size_t count) {
  float *p = x, *q = p + count, *r = q + count;
  for (size_t i = 0; i < count; i++) {
    const float a = p[i], b = q[i], c = r[i];
    p[i] = a * C[0][0] + b * C[1][0] + c * C[2][0];
    q[i] = a * C[0][1] + b * C[1][1] + c * C[2][1];
    r[i] = a * C[0][2] + b * C[1][2] + c * C[2][2];
  }
}

void color_recorrelate_adjoint(float *dx, size_t count) {
  float *p = dx, *q = p + count, *r = q + count;
  for (size_t i = 0; i < count; i++) {
    const float a = p[i], b = q[i], c = r[i];
    p[i] = C[0][0] * a + C[0][1] * b + C[0][2] * c;
    q[i] = C[1][0] * a + C[1][1] * b + C[1][2] * c;
    r[i] = C[2][0] * a + C[2][1] * b + C[2][2] * c;
  }
}

/* Cramer's rule: row i of the inverse's transpose is the cross product of the two other rows, divided by the determinant. */
static void invert(double inverse[3][3]) {
  double determinant = 0;
  for (int i = 0; i < 3; i++) {
    const float *a = C[(i + 1) % 3], *b = C[(i + 2) % 3];
    for (int k = 0; k < 3; k++) {
      const int l = (k + 1) % 3, m = (k + 2) % 3;
      inverse[k][i] = (double)a[l] * (double)b[m] - (double)a[m] * (double)b[l];
    }
  }
  for (int k = 0; k < 3; k++) determinant += (double)C[0][k] * inverse[k][0];
  for (int k = 0; k < 9; k++) inverse[k / 3][k % 3] /= determinant;
}

void color_decorrelate(float *x, size_t count) {
  double inverse[3][3];
  invert(inverse);
  float *p = x, *q = p + count, *r = q + count;
  for (size_t i = 0; i < count; i++) {
    const double a = p[i], b = q[i], c = r[i];
    p[i] = (float)(a * inverse[0][0] + b * inverse[1][0] + c * inverse[2][0]);
    q[i] = (float)(a * inverse[0][1] + b * inverse[1][1] + c * inverse[2][1]);
    r[i] = (float)(a * inverse[0][2] + b * inverse[1][2] + c * inverse[2][2]);
  }
}

color_map color_map_create(bool rgb, float mean, float scale, float low, float high) {
  const float (*m)[3] = rgb ? IDENTITY : C;
  color_map map = {.low = low, .width = high - low};
  for (int i = 0; i < 3; i++) {
    for (int k = 0; k < 3; k++) {
      map.m[i][k] = scale * m[i][k];
      map.offset[k] -= mean * map.m[i][k];
    }
  }
  return map;
}

/* 1 / (1 + 2^t), to 1e-7. 2^t is 2^k 2^r, k whole, and the latter a polynomial of error 2e-7. */
static inline v4 halved(v4 t) {
  t = v4_select((i4)(t > 126), v4_all(126), t);
  t = v4_select((i4)(t < -126), v4_all(-126), t);
  const v4 shifted = t + VECTOR_ROUNDER, r = t - (shifted - VECTOR_ROUNDER);
  v4 p = v4_multiply_add(v4_all(1.326472731e-03f), r, v4_all(9.671512991e-03f));
  p = v4_multiply_add(p, r, v4_all(5.550733581e-02f));
  p = v4_multiply_add(p, r, v4_all(2.402224243e-01f));
  p = v4_multiply_add(p, r, v4_all(6.931470037e-01f));
  p = v4_multiply_add(p, r, v4_all(1));
  const v4 power = (v4)(((i4)shifted << 23) + (127 << 23));
  return 1 / v4_multiply_add(p, power, v4_all(1));
}

/* Four pixels; m: the map's, such that sigmoid(u) = 1 / (1 + 2^t) of t = x m + offset. */
static inline void forward(const color_map *m, const float *a, const float *b, const float *c, float *image) {
  v4 color[3];
  for (int k = 0; k < 3; k++) {
    v4 t = v4_multiply_add(v4_load(a), v4_all(m->m[0][k]), v4_all(m->offset[k]));
    t = v4_multiply_add(v4_load(b), v4_all(m->m[1][k]), t);
    t = v4_multiply_add(v4_load(c), v4_all(m->m[2][k]), t);
    color[k] = v4_multiply_add(halved(t), v4_all(m->width), v4_all(m->low));
  }
  v4_interleave(color[0], color[1], color[2], image);
}

void color_forward(const color_map *map, const float *x, size_t count, float *image) {
  color_map m = *map;
  for (int k = 0; k < 3; k++) {
    m.offset[k] *= -1.44269504f;
    for (int i = 0; i < 3; i++) m.m[i][k] *= -1.44269504f;
  }
  const float *a = x, *b = a + count, *c = b + count;
  size_t i = 0;
  for (; i + 4 <= count; i += 4) forward(&m, a + i, b + i, c + i, image + 3 * i);
  if (i == count) return;
  float last[3][4] = {0}, last_image[12];
  for (size_t k = 0; k < 3; k++) memcpy(last[k], x + k * count + i, (count - i) * sizeof *x);
  forward(&m, last[0], last[1], last[2], last_image);
  memcpy(image + 3 * i, last_image, 3 * (count - i) * sizeof *image);
}

/* With s = (image - low) / (high - low), the sigmoid's derivative is s (1 - s). Four pixels; dx: of three planes. */
static inline void backward(const color_map *m, const float *image, const float *dimage, float *const dx[3]) {
  const float inverse = 1 / m->width;
  float du[12];
  v4 d[3];
  for (int i = 0; i < 12; i += 4) {
    const v4 s = (v4_load(image + i) - m->low) * inverse;
    v4_store(du + i, v4_load(dimage + i) * m->width * s * (1 - s));
  }
  v4_separate(du, d);
  for (int j = 0; j < 3; j++) {
    v4 sum = d[0] * m->m[j][0];
    sum = v4_multiply_add(d[1], v4_all(m->m[j][1]), sum);
    v4_store(dx[j], v4_multiply_add(d[2], v4_all(m->m[j][2]), sum));
  }
}

void color_backward(const color_map *map, const float *image, const float *dimage, size_t count, float *dx) {
  float *a = dx, *b = a + count, *c = b + count;
  size_t i = 0;
  for (; i + 4 <= count; i += 4) backward(map, image + 3 * i, dimage + 3 * i, (float *[3]){a + i, b + i, c + i});
  if (i == count) return;
  float last_image[12] = {0}, last_dimage[12] = {0}, last[3][4];
  memcpy(last_image, image + 3 * i, 3 * (count - i) * sizeof *image);
  memcpy(last_dimage, dimage + 3 * i, 3 * (count - i) * sizeof *dimage);
  backward(map, last_image, last_dimage, (float *[3]){last[0], last[1], last[2]});
  for (size_t k = 0; k < 3; k++) memcpy(dx + k * count + i, last[k], (count - i) * sizeof *dx);
}

void color_clamp(const float *x, size_t count, float low, float high, float *image) {
  const float width = high - low;
  for (size_t i = 0; i < count; i++) image[i] = fminf(fmaxf(x[i], 0), 1) * width + low;
}

void color_clamp_backward(const float *x, const float *dimage, size_t count, float low, float high, float *dx) {
  const float width = high - low;
  for (size_t i = 0; i < count; i++) dx[i] = x[i] >= 0 && x[i] <= 1 ? dimage[i] * width : 0;
}

static double safe_logit(float s) {
  const double least = 1.0 / 510, inside = fmin(fmax((double)s, least), 1 - least);
  return log(inside / (1 - inside));
}

void color_inverse(const float *image, size_t count, bool rgb, float *x) {
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < 3; k++) x[k * count + i] = (float)safe_logit(image[3 * i + k]);
  if (!rgb) color_decorrelate(x, count);
}
