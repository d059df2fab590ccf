#include "image/magnitude.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image/resample.h"

/* ---- the npy file ---- */

/* What is left to read. The parsers below move `at` on and answer whether they found what they look for. */
typedef struct cursor {
  const char *start, *at, *end;
} cursor;

enum { MAX_SIDE = 16384 };

static pl_status bad(const cursor *c, const char *expected) {
  return status_fail(PL_INVALID_MAGNITUDE, "magnitude file: expected %s at byte %zu", expected, (size_t)(c->at - c->start));
}

static void skip_space(cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t' || *c->at == '\r')) c->at++;
}

static bool take(cursor *c, const char *text) {
  skip_space(c);
  const size_t length = strlen(text);
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, text, length) != 0) return false;
  c->at += length;
  return true;
}

/* A side of the array, 1 to MAX_SIDE. */
static bool take_side(cursor *c, int *side) {
  skip_space(c);
  long number = 0;
  const char *first = c->at;
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
    if (number <= MAX_SIDE) number = 10 * number + (*c->at - '0');
  if (c->at > first && number >= 1 && number <= MAX_SIDE) {
    *side = (int)number;
    return true;
  }
  c->at = first;
  return false;
}

/* Says what the shape is, from after its (, and what it must be. */
static pl_status bad_shape(const cursor *c) {
  enum { SHOWN = 60 };
  const size_t left = (size_t)(c->end - c->at);
  const char *end = memchr(c->at, ')', left);
  const size_t length = end ? (size_t)(end - c->at) : left;
  return status_fail(
      PL_INVALID_MAGNITUDE,
      "magnitude file: its shape is (%.*s), but must be (3, height, width / 2 + 1) with a height and a half width from 2 to %d",
      (int)(length < SHOWN ? length : SHOWN), c->at, MAX_SIDE);
}

static pl_status read_shape(cursor *c, int side[3]) {
  if (!take(c, "(")) return bad(c, "the shape's (");
  const cursor start = *c;
  for (int i = 0; i < 3; i++)
    if ((i && !take(c, ",")) || !take_side(c, &side[i]) || (i ? side[i] < 2 : side[0] != 3)) return bad_shape(&start);
  take(c, ",");
  return take(c, ")") ? PL_OK : bad_shape(&start);
}

/* The header is a Python dictionary of these three keys, in any order, as NumPy writes it. */
static pl_status read_dictionary(cursor *c, int side[3]) {
  enum { TYPE = 1, ORDER = 2, SHAPE = 4, ALL = 7 };
  if (!take(c, "{")) return bad(c, "the header's {");
  for (int found = 0, key; found != ALL; found |= key) {
    if (found && !take(c, ",")) return bad(c, "a comma between the header's entries");
    key = take(c, "'descr'") ? TYPE : take(c, "'fortran_order'") ? ORDER : take(c, "'shape'") ? SHAPE : 0;
    if (!key || found & key) return bad(c, "each of 'descr', 'fortran_order' and 'shape' once");
    if (!take(c, ":")) return bad(c, "a colon after the header's key");
    if (key == TYPE && !take(c, "'<f4'")) return bad(c, "numbers of type '<f4' (float32)");
    if (key == ORDER && !take(c, "False")) return bad(c, "rows after each other (fortran_order False)");
    if (key == SHAPE) TRY(read_shape(c, side));
  }
  take(c, ",");
  if (!take(c, "}")) return bad(c, "the header's }");
  skip_space(c);
  return c->at == c->end ? PL_OK : bad(c, "nothing after the header's }");
}

/* Moves `at` past the preamble and sets header_end: the magic string, two version bytes, the header's length. */
static pl_status read_preamble(cursor *c, const char **header_end) {
  const size_t size = (size_t)(c->end - c->at);
  const uint8_t *byte = (const uint8_t *)c->at;
  if (size < 10 || memcmp(byte, "\x93NUMPY", 6) != 0) return bad(c, "an npy file");
  if (byte[6] < 1 || byte[6] > 3 || byte[7] != 0)
    return status_fail(PL_INVALID_MAGNITUDE, "magnitude file: npy version %d.%d is none of 1.0, 2.0, 3.0", byte[6], byte[7]);
  const size_t preamble = byte[6] == 1 ? 10 : 12;
  if (size < preamble) return bad(c, "an npy file");
  size_t length = (size_t)byte[8] | (size_t)byte[9] << 8;
  if (preamble == 12) length |= (size_t)byte[10] << 16 | (size_t)byte[11] << 24;
  if (length > size - preamble)
    return status_fail(PL_INVALID_MAGNITUDE, "magnitude file: a header of %zu bytes in a file of %zu", length, size);
  c->at += preamble;
  *header_end = c->at + length;
  return PL_OK;
}

static size_t magnitude_plane(int height, int width) { return (size_t)height * (size_t)(width / 2 + 1); }

/* Every value finite and not negative. */
static pl_status check_values(const magnitude *m) {
  const size_t plane = magnitude_plane(m->height, m->width), columns = (size_t)(m->width / 2 + 1);
  for (size_t i = 0; i < 3 * plane; i++)
    if (!(m->data[i] >= 0 && m->data[i] < INFINITY))
      return status_fail(PL_INVALID_MAGNITUDE, "magnitude file: channel %zu, row %zu, column %zu holds %g", i / plane,
                         i % plane / columns, i % columns, (double)m->data[i]);
  return PL_OK;
}

pl_status magnitude_read(const void *npy, size_t size, magnitude *m) {
  *m = (magnitude){0};
  cursor c = {npy, npy, npy ? (const char *)npy + size : NULL};
  const char *header_end = c.at;
  int side[3] = {0};
  TRY(read_preamble(&c, &header_end));
  cursor header = {c.start, c.at, header_end};
  TRY(read_dictionary(&header, side));

  /* No overflow on 32 bits: at most 3 * 2^14 * 2^14 * 4 < 2^32, and smaller than the file, as checked before anything is made. */
  const uint64_t wanted = 3 * (uint64_t)side[1] * (uint64_t)side[2] * sizeof(float);
  const size_t left = (size_t)(c.end - header_end);
  if (left != wanted)
    return status_fail(PL_INVALID_MAGNITUDE, "magnitude file: %zu bytes follow the header, but 3x%dx%d numbers take %.0f", left,
                       side[1], side[2], (double)wanted);
  *m = (magnitude){side[1], 2 * (side[2] - 1), memory_allocate(left, 1)};
  if (!m->data) return status_no_memory("for a magnitude of 3x%dx%d", side[1], side[2]);
  memcpy(m->data, header_end, left);
  const pl_status status = check_values(m);
  if (status) magnitude_free(m);
  return status;
}

void magnitude_free(magnitude *m) {
  memory_free(m->data);
  *m = (magnitude){0};
}

/* ---- the magnitude ---- */

/* The signed frequency of row `y`, in cycles per image: 0, 1, ..., -2, -1. */
static int row_frequency(int y, int height) { return y <= (height - 1) / 2 ? y : y - height; }

/* The radius of a bin in cycles per 512 pixels. */
static double radius(const magnitude *m, int y, int x) {
  const double fy = (double)row_frequency(y, m->height) / m->height, fx = (double)x / m->width;
  return 512 * sqrt(fy * fy + fx * fx);
}

static const double FIT_FROM = 4, FIT_TO = 48;

typedef struct line {
  double offset, slope;
  bool found;
} line;

/* Least squares over all bins between the two radii, log magnitude over log radius. */
static line fit_power_law(const magnitude *m, const float *plane) {
  const int columns = m->width / 2 + 1;
  double n = 0, su = 0, sv = 0, suu = 0, suv = 0;
  for (int y = 0; y < m->height; y++) {
    for (int x = 0; x < columns; x++) {
      const double r = radius(m, y, x), value = plane[(size_t)y * (size_t)columns + (size_t)x];
      if (r < FIT_FROM || r > FIT_TO || value <= 0) continue;
      const double u = log(r), v = log(value);
      n++, su += u, sv += v, suu += u * u, suv += u * v;
    }
  }
  const double spread = n * suu - su * su;
  if (n < 2 || spread <= 1e-9 * n * suu) return (line){0};
  const double slope = (n * suv - su * sv) / spread;
  return (line){(sv - slope * su) / n, slope, true};
}

void magnitude_continue(magnitude *m) {
  const int columns = m->width / 2 + 1;
  for (int channel = 0; channel < 3; channel++) {
    float *plane = m->data + (size_t)channel * magnitude_plane(m->height, m->width);
    const line law = fit_power_law(m, plane);
    if (!law.found) continue;
    for (int y = 0; y < m->height; y++) {
      for (int x = 0; x < columns; x++) {
        const double r = radius(m, y, x);
        if (r <= FIT_TO) continue;
        float *value = &plane[(size_t)y * (size_t)columns + (size_t)x];
        *value = fmaxf(*value, (float)exp(law.offset + law.slope * log(r)));
      }
    }
  }
}

/* Where a frequency lies between two of the file's rows or columns: (1 - t) of `a`, t of `b`. */
typedef struct between {
  int a, b;
  float t;
} between;

static between between_columns(int x, int width, int file_width) {
  const double at = (double)x / width * file_width;
  const int last = file_width / 2, a = at < last ? (int)at : last;
  return (between){a, a < last ? a + 1 : last, (float)(at - a)};
}

/* From the absolute value of the frequency, so that +fy and -fy get the same weights. */
static between between_rows(int y, int height, int file_height) {
  const int frequency = row_frequency(y, height), sign = frequency < 0 ? -1 : 1;
  const double at = (double)abs(frequency) / height * file_height;
  const int a = (int)at;
  return (between){(sign * a + file_height) % file_height, (sign * (a + 1) + file_height) % file_height, (float)(at - a)};
}

/* Bilinear. The constant term counts for nothing, as it would leak into the lowest frequencies: where it is one of the four, the
 * other three make up the value, and where it is alone, the value is 0. */
static float interpolate(const float *plane, int columns, between y, between x) {
  const int rows[2] = {y.a, y.b}, cols[2] = {x.a, x.b};
  const float row_weight[2] = {1 - y.t, y.t}, col_weight[2] = {1 - x.t, x.t};
  float sum = 0, weights = 0;
  for (int i = 0; i < 2; i++) {
    for (int j = 0; j < 2; j++) {
      if (rows[i] == 0 && cols[j] == 0) continue;
      const float weight = row_weight[i] * col_weight[j];
      sum += weight * plane[(size_t)rows[i] * (size_t)columns + (size_t)cols[j]];
      weights += weight;
    }
  }
  return weights > 0 ? sum / weights : 0;
}

static void resample_by_frequency(const magnitude *m, const float *plane, int height, int width, float *to) {
  const int columns = width / 2 + 1, file_columns = m->width / 2 + 1;
  for (int y = 0; y < height; y++) {
    const between rows = between_rows(y, height, m->height);
    for (int x = 0; x < columns; x++) *to++ = interpolate(plane, file_columns, rows, between_columns(x, width, m->width));
  }
  to[-(ptrdiff_t)magnitude_plane(height, width)] = plane[0];
}

/* The taps of one axis of the half spectrum, resized as a picture. */
static void fill_picture(taps *t, pl_magnitude_resize how) {
  if (how == PL_PICTURE_BILINEAR) taps_fill_bilinear(t);
  else taps_fill(t, how == PL_PICTURE_ANTIALIASED ? PL_ANTIALIASED : PL_ANTIALIASED_ALIGNED, 0, 1);
}

typedef struct picture {
  taps y, x;
} picture;

static pl_status picture_create(picture *p, const magnitude *m, int height, int width, pl_magnitude_resize how) {
  const bool y = taps_create(&p->y, m->height, height), x = taps_create(&p->x, m->width / 2 + 1, width / 2 + 1);
  if (!y || !x) return status_no_memory("to resize a magnitude to %dx%d", height, width);
  fill_picture(&p->y, how);
  fill_picture(&p->x, how);
  return PL_OK;
}

static void picture_free(picture *p) {
  taps_free(&p->y);
  taps_free(&p->x);
}

pl_status magnitude_resample(const magnitude *m, int height, int width, pl_magnitude_resize how, bool keep_constant, float *out) {
  const size_t plane = magnitude_plane(height, width), file_plane = magnitude_plane(m->height, m->width);
  const float ratio = how == PL_PICTURE_ANTIALIASED_ALIGNED ? (float)file_plane / (float)plane : 1;
  picture p = {0};
  pl_status status = how == PL_BY_FREQUENCY ? PL_OK : picture_create(&p, m, height, width, how);
  for (size_t channel = 0; channel < 3 && !status; channel++) {
    const float *from = m->data + channel * file_plane;
    float *to = out + channel * plane;
    if (how == PL_BY_FREQUENCY) resample_by_frequency(m, from, height, width, to);
    else taps_resize_plane(&p.y, &p.x, from, to);
    for (size_t i = 0; i < plane; i++) to[i] *= ratio;
    if (!keep_constant) to[0] = 0;
  }
  picture_free(&p);
  return status;
}
