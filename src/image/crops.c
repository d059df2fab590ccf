#include "image/crops.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "base/vector.h"
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
  pl_box box; /* that the taps are of; of no height at first */
  pl_resample how;
  float *line;  /* width x 3: what the rows of one output row come to */
  float *dline; /* width x 4: its gradient, of which the fourth numbers count nowhere */
};

static bool is_side(int side) { return side >= 1 && side <= 16384; }

pl_status crops_create(int height, int width, int out_height, int out_width, pl_resample how, crops **created) {
  *created = NULL;
  if (!is_side(height) || !is_side(width) || !is_side(out_height) || !is_side(out_width))
    return status_fail(PL_INVALID_ARGUMENT, "crops of %dx%d from an image of %dx%d: sides must be from 1 to 16384", out_height,
                       out_width, height, width);
  crops *c = memory_allocate(1, sizeof *c);
  if (!c || !taps_create(&c->y, height, out_height) || !taps_create(&c->x, width, out_width) ||
      !(c->line = memory_allocate((size_t)width, 3 * sizeof *c->line)) ||
      !(c->dline = memory_allocate((size_t)width, 4 * sizeof *c->dline))) {
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
  memory_free(c->dline);
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

/* The taps of the box; all images of a run see the same one. */
static void look_at(crops *c, pl_box b) {
  if (memcmp(&b, &c->box, sizeof b) == 0) return;
  c->box = b;
  taps_fill(&c->y, c->how, b.y, b.height);
  taps_fill(&c->x, c->how, b.x, b.width);
}

/* The part of a row that the box looks at. */
static size_t used_start(const crops *c) { return 3 * (size_t)c->x.begin; }
static size_t used_count(const crops *c) { return c->x.begin < c->x.end ? 3 * (size_t)(c->x.end - c->x.begin) : 0; }

/* The weighted sum of `count` rows. */
static void sum_rows(const float *restrict rows, size_t row, const float *weight, int count, size_t size, float *restrict sum) {
  enum { WIDE = 4 };
  size_t i = 0;
  for (; i + 4 * WIDE <= size; i += 4 * WIDE) {
    v4 s[WIDE] = {0};
    for (int t = 0; t < count; t++)
      for (size_t k = 0; k < WIDE; k++)
        s[k] = v4_multiply_add(v4_all(weight[t]), v4_load(rows + (size_t)t * row + i + 4 * k), s[k]);
    for (size_t k = 0; k < WIDE; k++) v4_store(sum + i + 4 * k, s[k]);
  }
  for (; i < size; i++) {
    float s = 0;
    for (int t = 0; t < count; t++) s += weight[t] * rows[(size_t)t * row + i];
    sum[i] = s;
  }
}

/* Pixels are read and written as four floats, the last of which is the next pixel's, and overwritten with it. */
static void row_forward(const taps *x, const float *restrict line, float *restrict out) {
  for (int i = 0; i < x->out; i++) {
    const float *weight = x->weight + x->start[i], *p = line + 3 * (size_t)x->first[i];
    v4 sum = v4_all(0);
    for (int t = 0; t < x->count[i]; t++) sum = v4_multiply_add(v4_all(weight[t]), v4_load(p + 3 * t), sum);
    v4_store_some(out + 3 * (size_t)i, sum, i + 1 < x->out ? 4 : 3);
  }
}

void crops_forward(crops *c, const float *image, pl_box b, float *crop) {
  look_at(c, b);
  const size_t start = used_start(c), used = used_count(c), row = 3 * (size_t)c->x.in;
  for (int i = 0; i < c->y.out; i++) {
    sum_rows(image + (size_t)c->y.first[i] * row + start, row, c->y.weight + c->y.start[i], c->y.count[i], used, c->line + start);
    row_forward(&c->x, c->line, crop + (size_t)i * 3 * (size_t)c->x.out);
  }
}

/* Here pixels lie four floats apart: a processor waits for what it has just written where it reads parts of two writes. */
static void row_adjoint(const taps *x, const float *restrict dout, float *restrict dline) {
  for (int i = 0; i < x->out; i++, dout += 3) {
    const float *weight = x->weight + x->start[i];
    const v4 d = {dout[0], dout[1], dout[2], 0};
    float *p = dline + 4 * (size_t)x->first[i];
    for (int t = 0; t < x->count[i]; t++, p += 4) v4_store(p, v4_multiply_add(v4_all(weight[t]), d, v4_load(p)));
  }
}

/* Four pixels of four floats to four of three. */
static inline void pack(const float *from, float *to) {
  const v4 a = v4_load(from), b = v4_load(from + 4), c = v4_load(from + 8), d = v4_load(from + 12);
  v4_store(to, __builtin_shufflevector(a, b, 0, 1, 2, 4));
  v4_store(to + 4, __builtin_shufflevector(b, c, 1, 2, 4, 5));
  v4_store(to + 8, __builtin_shufflevector(c, d, 2, 4, 5, 6));
}

/* to += weight from */
static void add_scaled(float *restrict to, const float *restrict from, float weight, size_t count) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) v4_store(to + i, v4_multiply_add(v4_all(weight), v4_load(from + i), v4_load(to + i)));
  for (; i < count; i++) to[i] += weight * from[i];
}

void crops_adjoint(crops *c, const float *dcrop, pl_box b, float *dimage) {
  look_at(c, b);
  const size_t start = used_start(c), used = used_count(c), row = 3 * (size_t)c->x.in;
  float *dline = c->dline + 4 * (size_t)c->x.begin;
  for (int i = 0; i < c->y.out; i++) {
    memset(dline, 0, used / 3 * 4 * sizeof *dline);
    row_adjoint(&c->x, dcrop + (size_t)i * 3 * (size_t)c->x.out, c->dline);
    for (size_t k = 0; k < used; k += 12) pack(dline + k / 3 * 4, c->line + start + k);
    for (int t = 0; t < c->y.count[i]; t++)
      add_scaled(dimage + (size_t)(c->y.first[i] + t) * row + start, c->line + start, c->y.weight[c->y.start[i] + t], used);
  }
}
