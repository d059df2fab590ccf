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

/* Pixels are worked on in chunks, by channel, for vector code; those of a last, smaller chunk are followed by what counts nowhere. */
enum { CHUNK = 64 };

static size_t chunk_size(size_t count, size_t first) { return count - first < CHUNK ? count - first : CHUNK; }

static void chunk_forward(const color_map *m, const float *a, const float *b, const float *c, float (*color)[CHUNK]) {
  for (int k = 0; k < 3; k++)
    for (int i = 0; i < CHUNK; i++)
      color[k][i] = vector_sigmoid(a[i] * m->m[0][k] + b[i] * m->m[1][k] + c[i] * m->m[2][k] + m->offset[k]) * m->width + m->low;
}

/* Three channels to count x 3. */
static void interleave(float (*color)[CHUNK], size_t count, float *to) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) v4_interleave(v4_load(color[0] + i), v4_load(color[1] + i), v4_load(color[2] + i), to + 3 * i);
  for (; i < count; i++)
    for (size_t k = 0; k < 3; k++) to[3 * i + k] = color[k][i];
}

void color_forward(const color_map *map, const float *x, size_t count, float *image) {
  float color[3][CHUNK], last[3][CHUNK];
  for (size_t first = 0; first < count; first += CHUNK, image += 3 * CHUNK) {
    const size_t n = chunk_size(count, first);
    const float *plane[3];
    for (size_t k = 0; k < 3; k++) {
      plane[k] = x + k * count + first;
      if (n < CHUNK) plane[k] = memcpy(last[k], plane[k], n * sizeof *x);
    }
    chunk_forward(map, plane[0], plane[1], plane[2], color);
    interleave(color, n, image);
  }
}

/* With s = (image - low) / (high - low), the sigmoid's derivative is s (1 - s). */
static void slopes(const color_map *m, const float *restrict image, const float *restrict dimage, size_t count,
                   float *restrict du) {
  const float inverse = 1 / m->width;
  for (size_t i = 0; i < count; i++) {
    const float s = (image[i] - m->low) * inverse;
    du[i] = dimage[i] * (m->width * s * (1 - s));
  }
}

static void separate(const float *from, size_t count, float (*color)[CHUNK]) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    v4 channel[3];
    v4_separate(from + 3 * i, channel);
    for (int k = 0; k < 3; k++) v4_store(color[k] + i, channel[k]);
  }
  for (; i < count; i++)
    for (size_t k = 0; k < 3; k++) color[k][i] = from[3 * i + k];
}

void color_backward(const color_map *map, const float *image, const float *dimage, size_t count, float *dx) {
  float du[3 * CHUNK], dcolor[3][CHUNK];
  for (size_t first = 0; first < count; first += CHUNK) {
    const size_t n = chunk_size(count, first);
    slopes(map, image + 3 * first, dimage + 3 * first, 3 * n, du);
    separate(du, n, dcolor);
    for (size_t j = 0; j < 3; j++) {
      const float *m = map->m[j];
      float *to = dx + j * count + first;
      for (size_t i = 0; i < n; i++) to[i] = m[0] * dcolor[0][i] + m[1] * dcolor[1][i] + m[2] * dcolor[2][i];
    }
  }
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
