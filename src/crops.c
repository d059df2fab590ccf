#include "crops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

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

/* Where a box of `size` starts along one axis. Inside the image, a uniform distribution is over the starts there are room for:
 * moving boxes in from outside would show the edges too often. */
static float place(const pl_config *config, double at, double size) {
  if (!config->box_inside) return (float)(at - size / 2);
  const double room = 1 - size;
  return (float)clamp(config->box_centre.kind == PL_UNIFORM ? at * room : at - size / 2, 0, room);
}

box crops_sample(const pl_config *config, int step, int crop) {
  const double side = clamp(draw(config, step, crop, config->box_side, SIDE), 0.05, 1);
  const double y = draw(config, step, crop, config->box_centre, CENTRE_Y);
  const double x = draw(config, step, crop, config->box_centre, CENTRE_X);
  const double shorter = config->height < config->width ? config->height : config->width;
  const double height = side * shorter / config->height, width = side * shorter / config->width;
  return (box){place(config, y, height), place(config, x, width), (float)height, (float)width};
}

void crops_noise(const pl_config *config, int step, int crop, float *pixels, size_t count) {
  if (config->noise_normal == 0 && config->noise_uniform == 0) return;
  const rng r = {.seed = config->seed, .stream = RNG_NOISE, .step = (uint32_t)step, .crop = (uint32_t)crop};
  rng_add_noise(&r, config->noise_normal, config->noise_uniform, pixels, count);
}

/* ---- taps: which pixels make up a crop's pixel, along one axis ---- */

/* Output i is the sum of weight[start[i] + t] * input[first[i] + t] over t < count[i]; those outside the image are left out. */
typedef struct axis {
  int in, out;
  int *first, *count, *start;
  float *weight;
  int begin, end; /* of the input that is looked at */
} axis;

/* Each pixel is in the triangles of at most two outputs, or each output looks at no more than two pixels: 2 (in + out) taps are
 * enough for any box, and rounding cannot make them 3. */
static size_t capacity(const axis *a) { return 3 * ((size_t)a->in + (size_t)a->out); }

static bool axis_create(axis *a, int in, int out) {
  *a = (axis){.in = in, .out = out};
  a->first = memory_allocate(3 * (size_t)out * sizeof *a->first);
  a->weight = memory_allocate(capacity(a) * sizeof *a->weight);
  if (!a->first || !a->weight) return false;
  a->count = a->first + out;
  a->start = a->count + out;
  return true;
}

static void axis_free(axis *a) {
  memory_free(a->first);
  memory_free(a->weight);
}

/* The weight of pixel j: a triangle around `centre` of half width `reach`, times how much of the pixel the box from low to high
 * covers. All in pixels. */
static double tap(double j, double centre, double reach, double low, double high) {
  const double triangle = 1 - fabs(j + 0.5 - centre) / reach;
  const double coverage = fmin(j + 1, high) - fmax(j, low);
  return fmax(triangle, 0) * fmax(coverage, 0);
}

/* The taps of output i. What lies outside the image has its share of the sum that the weights are divided by. */
static void fill_output(axis *a, int i, double centre, double reach, double low, double high) {
  const double from = fmax(floor(centre - reach), floor(low)), to = fmin(ceil(centre + reach), ceil(high));
  float *weight = a->weight + a->start[i];
  double sum = 0;
  int count = 0, first = 0;
  for (double j = from; j < to; j++) {
    const double w = tap(j, centre, reach, low, high);
    sum += w;
    if (w == 0 || j < 0 || j >= a->in) continue;
    if (count == 0) first = (int)j;
    weight[count++] = (float)w;
  }
  for (int t = 0; t < count; t++) weight[t] = (float)((double)weight[t] / sum);
  a->first[i] = first;
  a->count[i] = count;
}

/* For a box of `size` at `position`, both in fractions of the input. */
static void axis_fill(axis *a, float position, float size) {
  const double low = (double)position * a->in, width = (double)size * a->in, scale = width / a->out;
  a->begin = a->in;
  a->end = 0;
  for (int i = 0; i < a->out; i++) {
    a->start[i] = i ? a->start[i - 1] + a->count[i - 1] : 0;
    fill_output(a, i, low + (i + 0.5) * scale, fmax(scale, 1), low, low + width);
    if (a->count[i] == 0) continue;
    if (a->first[i] < a->begin) a->begin = a->first[i];
    if (a->first[i] + a->count[i] > a->end) a->end = a->first[i] + a->count[i];
  }
}

/* ---- crops ---- */

struct crops {
  axis y, x;
  float *line; /* width x 3: what the rows of one output row come to */
};

static bool is_side(int side) { return side >= 1 && side <= 16384; }

pl_status crops_create(int height, int width, int out_height, int out_width, crops **created) {
  *created = NULL;
  if (!is_side(height) || !is_side(width) || !is_side(out_height) || !is_side(out_width))
    return status_fail(PL_INVALID_ARGUMENT, "crops of %dx%d from an image of %dx%d: sides must be from 1 to 16384", out_height,
                       out_width, height, width);
  crops *c = calloc(1, sizeof *c);
  if (!c || !axis_create(&c->y, height, out_height) || !axis_create(&c->x, width, out_width) ||
      !(c->line = memory_allocate(3 * (size_t)width * sizeof *c->line))) {
    crops_free(c);
    return status_fail(PL_OUT_OF_MEMORY, "no memory left for crops of %dx%d", out_height, out_width);
  }
  *created = c;
  return PL_OK;
}

void crops_free(crops *c) {
  if (!c) return;
  axis_free(&c->y);
  axis_free(&c->x);
  memory_free(c->line);
  free(c);
}

/* to += weight from */
static void add_scaled(float *restrict to, const float *restrict from, float weight, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] += weight * from[i];
}

static void row_forward(const axis *x, const float *restrict line, float *restrict out) {
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

static void row_adjoint(const axis *x, const float *restrict dout, float *restrict dline) {
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

void crops_forward(crops *c, const float *image, box b, float *crop) {
  axis_fill(&c->y, b.y, b.height);
  axis_fill(&c->x, b.x, b.width);
  const size_t start = used_start(c), used = used_count(c), row = 3 * (size_t)c->x.in;
  for (int i = 0; i < c->y.out; i++) {
    memset(c->line + start, 0, used * sizeof *c->line);
    for (int t = 0; t < c->y.count[i]; t++)
      add_scaled(c->line + start, image + (size_t)(c->y.first[i] + t) * row + start, c->y.weight[c->y.start[i] + t], used);
    row_forward(&c->x, c->line, crop + (size_t)i * 3 * (size_t)c->x.out);
  }
}

void crops_adjoint(crops *c, const float *dcrop, box b, float *dimage) {
  axis_fill(&c->y, b.y, b.height);
  axis_fill(&c->x, b.x, b.width);
  const size_t start = used_start(c), used = used_count(c), row = 3 * (size_t)c->x.in;
  for (int i = 0; i < c->y.out; i++) {
    memset(c->line + start, 0, used * sizeof *c->line);
    row_adjoint(&c->x, dcrop + (size_t)i * 3 * (size_t)c->x.out, c->line);
    for (int t = 0; t < c->y.count[i]; t++)
      add_scaled(dimage + (size_t)(c->y.first[i] + t) * row + start, c->line + start, c->y.weight[c->y.start[i] + t], used);
  }
}
