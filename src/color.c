#include "color.h"

#include "vector_math.h"

/* Row i is what decorrelated channel i gives to red, green and blue: Lucid's color_correlation_svd_sqrt (Olah, Mordvintsev and
 * Schubert 2017), transposed and divided by the largest norm of a row. */
static const float C[3][3] = {
    {0.56282854f, 0.58447580f, 0.58447580f},
    {0.19482528f, 0, -0.19482528f},
    {0.04329450f, -0.10823626f, 0.06494176f},
};

/* Pixels are worked on in chunks, by channel: the sigmoid as vector code, then (un)interleaved from a chunk in the cache. */
enum { CHUNK = 64 };

static size_t chunk_size(size_t count, size_t first) { return count - first < CHUNK ? count - first : CHUNK; }

void color_forward(const float *x, size_t count, float low, float high, float *image) {
  const float width = high - low;
  float rgb[3][CHUNK];
  for (size_t first = 0; first < count; first += CHUNK) {
    const size_t n = chunk_size(count, first);
    const float *a = x + first, *b = a + count, *c = b + count;
    for (int k = 0; k < 3; k++)
      for (size_t i = 0; i < n; i++)
        rgb[k][i] = vector_sigmoid(a[i] * C[0][k] + b[i] * C[1][k] + c[i] * C[2][k]) * width + low;
    float *to = image + 3 * first;
    for (size_t i = 0; i < n; i++)
      for (int k = 0; k < 3; k++) to[3 * i + (size_t)k] = rgb[k][i];
  }
}

/* With s = (image - low) / (high - low), the sigmoid's derivative is s (1 - s). */
void color_backward(const float *image, const float *dimage, size_t count, float low, float high, float *dx) {
  const float width = high - low, inverse = 1 / width;
  float drgb[3][CHUNK];
  for (size_t first = 0; first < count; first += CHUNK) {
    const size_t n = chunk_size(count, first);
    const float *value = image + 3 * first, *dvalue = dimage + 3 * first;
    for (size_t i = 0; i < n; i++) {
      for (size_t k = 0; k < 3; k++) {
        const float s = (value[3 * i + k] - low) * inverse;
        drgb[k][i] = dvalue[3 * i + k] * (width * s * (1 - s));
      }
    }
    for (size_t j = 0; j < 3; j++) {
      float *to = dx + j * count + first;
      for (size_t i = 0; i < n; i++) to[i] = C[j][0] * drgb[0][i] + C[j][1] * drgb[1][i] + C[j][2] * drgb[2][i];
    }
  }
}
