#include "image/crops.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "image/resample.h"

/* ---- boxes and noise ---- */

static double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

/* A box is made of three numbers of its own stream. */
enum { SIDE, CENTRE_Y, CENTRE_X, NUMBERS };

static double draw(const pl_config *config, int step, int crop, pl_distribution d, int which) {
  float numbers[NUMBERS];
  const rng r = {.seed = config->seed, .stream = RNG_BOX, .step = (uint32_t)step, .crop = (uint32_t)crop};
  rng_draw(&r, d, numbers, NUMBERS);
  return (double)numbers[which];
}

/* From 0 in the first step to 1 in the last. */
static double progress(const pl_config *config, int step) {
  return config->steps > 1 ? fmin((double)step / (config->steps - 1), 1) : 0;
}

/* Where a box of `size` starts along one axis. Inside the image, a uniform distribution is over the starts there are room for:
 * moving boxes in from outside would show the edges too often. */
static double place(const pl_config *config, double at, double size) {
  if (!config->box_inside) return at - size / 2;
  const double room = 1 - size;
  return clamp(config->box_centre.kind == PL_UNIFORM ? at * room : at - size / 2, 0, room);
}

/* The edges along one axis of `pixels`, rounded down, but a pixel apart at least. */
static void round_edges(double pixels, double *start, double *size) {
  const double first = floor(*start * pixels), end = floor((*start + *size) * pixels);
  *start = first / pixels;
  *size = fmax(end - first, 1) / pixels;
}

pl_box crops_sample(const pl_config *config, int step, int crop) {
  const double drawn = draw(config, step, crop, config->box_side, SIDE);
  const double side = clamp(drawn + (double)config->box_side_change * progress(config, step), 0.05, 1);
  const double shorter = config->height < config->width ? config->height : config->width;
  double height = config->box_square ? side * shorter / config->height : side;
  double width = config->box_square ? side * shorter / config->width : side;
  double y = place(config, draw(config, step, crop, config->box_centre, CENTRE_Y), height);
  double x = place(config, draw(config, step, crop, config->box_centre, CENTRE_X), width);
  if (config->box_whole_pixels) {
    round_edges(config->height, &y, &height);
    round_edges(config->width, &x, &width);
  }
  return (pl_box){(float)y, (float)x, (float)height, (float)width};
}

void crops_noise(const pl_config *config, int step, int crop, float *pixels, size_t count) {
  if (config->noise_normal == 0 && config->noise_uniform == 0) return;
  const rng r = {.seed = config->seed, .stream = RNG_NOISE, .step = (uint32_t)step, .crop = (uint32_t)crop};
  rng_add_noise(&r, config->noise_normal, config->noise_uniform, pixels, count);
}

/* ---- crops ---- */

struct crops {
  taps y, x;
  pl_resample how;
  float *line; /* width x 3: what the rows of one output row come to */
};

static bool is_side(int side) { return side >= 1 && side <= 16384; }

pl_status crops_create(int height, int width, int out_height, int out_width, pl_resample how, crops **created) {
  *created = NULL;
  if (!is_side(height) || !is_side(width) || !is_side(out_height) || !is_side(out_width))
    return status_fail(PL_INVALID_ARGUMENT, "crops of %dx%d from an image of %dx%d: sides must be from 1 to 16384", out_height,
                       out_width, height, width);
  crops *c = memory_allocate(1, sizeof *c);
  if (!c || !taps_create(&c->y, height, out_height) || !taps_create(&c->x, width, out_width) ||
      !(c->line = memory_allocate((size_t)width, 3 * sizeof *c->line))) {
    crops_free(c);
    return status_no_memory("for crops of %dx%d", out_height, out_width);
  }
  c->how = how;
  *created = c;
  return PL_OK;
}

void crops_free(crops *c) {
  if (!c) return;
  taps_free(&c->y);
  taps_free(&c->x);
  memory_free(c->line);
  memory_free(c);
}

pl_status crops_check_image(const float *image, int height, int width) {
  if (!image || height < 1 || width < 1 || height > 16384 || width > 16384)
    return status_fail(PL_INVALID_ARGUMENT, "an image of %dx%d: sides must be from 1 to 16384", height, width);
  for (size_t i = 0; i < 3 * (size_t)height * (size_t)width; i++)
    if (!isfinite(image[i]))
      return status_fail(PL_INVALID_ARGUMENT, "the image holds a number that is not finite at y %zu, x %zu",
                         i / 3 / (size_t)width, i / 3 % (size_t)width);
  return PL_OK;
}

/* to += weight from */
static void add_scaled(float *restrict to, const float *restrict from, float weight, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] += weight * from[i];
}

static void row_forward(const taps *x, const float *restrict line, float *restrict out) {
  for (int i = 0; i < x->out; i++, out += 3) {
    const float *weight = x->weight + x->start[i], *p = line + 3 * (size_t)x->first[i];
    float r = 0, g = 0, b = 0;
    for (int t = 0; t < x->count[i]; t++, p += 3) {
      r += weight[t] * p[0];
      g += weight[t] * p[1];
      b += weight[t] * p[2];
    }
    out[0] = r, out[1] = g, out[2] = b;
  }
}

static void row_adjoint(const taps *x, const float *restrict dout, float *restrict dline) {
  for (int i = 0; i < x->out; i++, dout += 3) {
    const float *weight = x->weight + x->start[i], r = dout[0], g = dout[1], b = dout[2];
    float *p = dline + 3 * (size_t)x->first[i];
    for (int t = 0; t < x->count[i]; t++, p += 3) {
      p[0] += weight[t] * r;
      p[1] += weight[t] * g;
      p[2] += weight[t] * b;
    }
  }
}

/* The part of a row that the box looks at. */
static size_t used_start(const crops *c) { return 3 * (size_t)c->x.begin; }
static size_t used_count(const crops *c) { return c->x.begin < c->x.end ? 3 * (size_t)(c->x.end - c->x.begin) : 0; }

void crops_forward(crops *c, const float *image, pl_box b, float *crop) {
  taps_fill(&c->y, c->how, b.y, b.height);
  taps_fill(&c->x, c->how, b.x, b.width);
  const size_t start = used_start(c), used = used_count(c), row = 3 * (size_t)c->x.in;
  for (int i = 0; i < c->y.out; i++) {
    memset(c->line + start, 0, used * sizeof *c->line);
    for (int t = 0; t < c->y.count[i]; t++)
      add_scaled(c->line + start, image + (size_t)(c->y.first[i] + t) * row + start, c->y.weight[c->y.start[i] + t], used);
    row_forward(&c->x, c->line, crop + (size_t)i * 3 * (size_t)c->x.out);
  }
}

void crops_adjoint(crops *c, const float *dcrop, pl_box b, float *dimage) {
  taps_fill(&c->y, c->how, b.y, b.height);
  taps_fill(&c->x, c->how, b.x, b.width);
  const size_t start = used_start(c), used = used_count(c), row = 3 * (size_t)c->x.in;
  for (int i = 0; i < c->y.out; i++) {
    memset(c->line + start, 0, used * sizeof *c->line);
    row_adjoint(&c->x, dcrop + (size_t)i * 3 * (size_t)c->x.out, c->line);
    for (int t = 0; t < c->y.count[i]; t++)
      add_scaled(dimage + (size_t)(c->y.first[i] + t) * row + start, c->line + start, c->y.weight[c->y.start[i] + t], used);
  }
}
