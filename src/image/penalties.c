#include "image/penalties.h"

#include "image/spectrum.h"

struct penalties {
  int height, width;
  float low, inverse_range;
  float variation, l2, frequency; /* weights */
  spectrum *plan;
  float *plane, *filtered; /* height x width */
  float *half;             /* a half spectrum */
};

static pl_status allocate(penalties *p) {
  const size_t pixels = (size_t)p->height * (size_t)p->width;
  TRY(spectrum_create(p->height, p->width, &p->plan));
  p->plane = memory_allocate(pixels, sizeof *p->plane);
  p->filtered = memory_allocate(pixels, sizeof *p->filtered);
  p->half = memory_allocate(spectrum_size(p->plan), sizeof *p->half);
  if (!p->plane || !p->filtered || !p->half) return status_no_memory("for penalties of an image of %dx%d", p->height, p->width);
  return PL_OK;
}

pl_status penalties_create(const pl_config *c, penalties **created) {
  *created = NULL;
  if (c->penalty_variation == 0 && c->penalty_l2 == 0 && c->penalty_frequency == 0) return PL_OK;
  penalties *p = memory_allocate(1, sizeof *p);
  if (!p) return status_no_memory("for penalties");
  *p = (penalties){.height = c->height,
                   .width = c->width,
                   .low = c->range.low,
                   .inverse_range = 1 / (c->range.high - c->range.low),
                   .variation = c->penalty_variation,
                   .l2 = c->penalty_l2,
                   .frequency = c->penalty_frequency};
  const pl_status status = allocate(p);
  if (status) penalties_free(p);
  else *created = p;
  return status;
}

void penalties_free(penalties *p) {
  if (!p) return;
  spectrum_free(p->plan);
  memory_free(p->plane);
  memory_free(p->filtered);
  memory_free(p->half);
  memory_free(p);
}

/* |b - a|; its gradient goes into da and db, 0 where both are the same. */
static float edge(float a, float b, float scale, float *da, float *db) {
  const float d = b - a, sign = d > 0 ? scale : d < 0 ? -scale : 0;
  *da += sign;
  *db -= sign;
  return d < 0 ? -d : d;
}

/* `scale` is what 1 of the mean is worth in dimage's units; dimage has a stride of 3, as a channel of it. */
static double subtract_variation(const penalties *p, float scale, float *dimage) {
  const int height = p->height, width = p->width;
  double sum = 0;
  for (int y = 0; y < height; y++) {
    for (int x = 0; x < width; x++) {
      const size_t i = (size_t)y * (size_t)width + (size_t)x, below = i + (size_t)width, right = i + 1;
      if (y + 1 < height) sum += (double)edge(p->plane[i], p->plane[below], scale, &dimage[3 * i], &dimage[3 * below]);
      if (x + 1 < width) sum += (double)edge(p->plane[i], p->plane[right], scale, &dimage[3 * i], &dimage[3 * right]);
    }
  }
  return sum;
}

static double subtract_l2(const penalties *p, size_t pixels, float scale, float *dimage) {
  double sum = 0;
  for (size_t i = 0; i < pixels; i++) {
    const float v = p->plane[i] - 0.5f;
    sum += (double)v * (double)v;
    dimage[3 * i] -= 2 * scale * v;
  }
  return sum;
}

/* With W the weights, sum |F v|^2 W / (height width) = sum v F^-1 (W F v), whose gradient is twice F^-1 (W F v). */
static double subtract_frequency(penalties *p, size_t pixels, float scale, float *dimage) {
  spectrum_forward(p->plan, p->plane, p->half);
  for (int y = 0; y < p->height; y++) {
    for (int x = 0; x <= p->width / 2; x++) {
      float *s = p->half + spectrum_at(p->plan, y, x);
      const float fy = (float)(2 * y < p->height ? y : p->height - y) / (float)p->height, fx = (float)x / (float)p->width;
      const float weight = 2 * (fy * fy + fx * fx);
      s[0] *= weight;
      s[SPECTRUM_LANES] *= weight;
    }
  }
  spectrum_inverse(p->plan, p->half, p->filtered);
  double sum = 0;
  for (size_t i = 0; i < pixels; i++) {
    sum += (double)p->plane[i] * (double)p->filtered[i];
    dimage[3 * i] -= 2 * scale * p->filtered[i];
  }
  return sum;
}

float penalties_subtract(penalties *p, const float *image, float *dimage) {
  if (!p) return 0;
  const size_t pixels = (size_t)p->height * (size_t)p->width;
  const float share = 1 / (3 * (float)pixels), scale = share * p->inverse_range;
  double total = 0;
  for (size_t c = 0; c < 3; c++) {
    float *d = dimage + c;
    for (size_t i = 0; i < pixels; i++) p->plane[i] = (image[3 * i + c] - p->low) * p->inverse_range;
    if (p->variation > 0) total += (double)p->variation * subtract_variation(p, p->variation * scale, d);
    if (p->l2 > 0) total += (double)p->l2 * subtract_l2(p, pixels, p->l2 * scale, d);
    if (p->frequency > 0) total += (double)p->frequency * subtract_frequency(p, pixels, p->frequency * scale, d);
  }
  return (float)(total * (double)share);
}

float penalties_subtract_latent(float weight, const float *latent, size_t count, float *dlatent) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    sum += (double)latent[i] * (double)latent[i];
    dlatent[i] -= 2 * weight / (float)count * latent[i];
  }
  return weight * (float)(sum / (double)count);
}
