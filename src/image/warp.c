#include "image/warp.h"

#include <math.h>

#include "base/rng.h"
#include "base/vector_math.h"

/* A warp is made of six numbers of its own stream. */
enum { JITTER_Y, JITTER_X, SCALE, ROTATION, AFTER_Y, AFTER_X, NUMBERS };

static double draw(const pl_config *config, int step, int crop, pl_distribution d, int which) {
  float numbers[NUMBERS];
  const rng r = {.seed = config->seed, .stream = RNG_WARP, .step = (uint32_t)step, .crop = (uint32_t)crop};
  rng_draw(&r, d, numbers, NUMBERS);
  return (double)numbers[which];
}

warp warp_sample(const pl_config *c, int step, int crop, int size) {
  const pl_distribution before = {PL_UNIFORM, -c->warp_jitter / 2, c->warp_jitter / 2};
  const pl_distribution after = {PL_UNIFORM, -c->warp_jitter_after / 2, c->warp_jitter_after / 2};
  const double scale = fmax(draw(c, step, crop, c->warp_scale, SCALE), 0.05);
  float sine, cosine;
  vector_sincos((float)(draw(c, step, crop, c->warp_rotation, ROTATION) * 0.017453292519943295), &sine, &cosine);
  const double s = (double)sine / scale, k = (double)cosine / scale;

  /* From the padded image's middle: the crop's pixel in the image's pixels, jittered, rotated and scaled; then jittered again. */
  const double py = (c->height + 2.0 * c->warp_pad) / size, px = (c->width + 2.0 * c->warp_pad) / size;
  const double qy = py * (0.5 - size / 2.0) + draw(c, step, crop, after, AFTER_Y);
  const double qx = px * (0.5 - size / 2.0) + draw(c, step, crop, after, AFTER_X);
  const double y = (c->height - 1) / 2.0 + draw(c, step, crop, before, JITTER_Y);
  const double x = (c->width - 1) / 2.0 + draw(c, step, crop, before, JITTER_X);
  return (warp){.y0 = y + k * qy - s * qx, .yi = k * py, .yj = -s * px, .x0 = x + s * qy + k * qx, .xi = s * py, .xj = k * px};
}

/* The four pixels around a position, and their weights; pixels outside have weight 0 and stand for pixel 0. */
typedef struct corners {
  size_t at[4];
  float weight[4], outside; /* what the weights lack to 1 */
} corners;

static corners corners_at(const warp *w, int i, int j, int height, int width) {
  const double y = w->y0 + w->yi * i + w->yj * j, x = w->x0 + w->xi * i + w->xj * j;
  corners c = {.outside = 1};
  if (!(y > -1 && y < height && x > -1 && x < width)) return c;
  const int top = (int)floor(y), left = (int)floor(x);
  const float ty = (float)(y - top), tx = (float)(x - left);
  for (int k = 0; k < 4; k++) {
    const int row = top + k / 2, column = left + k % 2;
    if (row < 0 || row >= height || column < 0 || column >= width) continue;
    c.at[k] = 3 * ((size_t)row * (size_t)width + (size_t)column);
    c.weight[k] = (k / 2 ? ty : 1 - ty) * (k % 2 ? tx : 1 - tx);
    c.outside -= c.weight[k];
  }
  return c;
}

void warp_forward(const warp *w, const float *image, int height, int width, float grey, int size, float *crop) {
  for (int i = 0; i < size; i++) {
    for (int j = 0; j < size; j++, crop += 3) {
      const corners c = corners_at(w, i, j, height, width);
      for (size_t channel = 0; channel < 3; channel++) {
        float sum = c.outside * grey;
        for (int k = 0; k < 4; k++) sum += c.weight[k] * image[c.at[k] + channel];
        crop[channel] = sum;
      }
    }
  }
}

void warp_adjoint(const warp *w, const float *dcrop, int size, int height, int width, float *dimage) {
  for (int i = 0; i < size; i++) {
    for (int j = 0; j < size; j++, dcrop += 3) {
      const corners c = corners_at(w, i, j, height, width);
      for (int k = 0; k < 4; k++)
        for (size_t channel = 0; channel < 3; channel++) dimage[c.at[k] + channel] += c.weight[k] * dcrop[channel];
    }
  }
}
