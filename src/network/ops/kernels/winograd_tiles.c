#include "network/ops/kernels/winograd_tiles.h"

#include <string.h>

/* Where a tile stands. */
typedef struct place {
  size_t item;
  int y, x; /* its first output */
} place;

static place place_of(const winograd_map *m, size_t tile) {
  const size_t each = m->down * m->across, t = tile % each;
  return (place){tile / each, (int)(t / m->across) * m->side, (int)(t % m->across) * m->side};
}

/* ---- into the tile ---- */

/* The part of `reach` positions from `start` on that lies in `size`. */
static void find_inside(int start, int reach, int size, int *first, int *last) {
  *first = start < 0 ? -start : 0;
  *last = size - start < reach ? size - start : reach;
  if (*first > reach) *first = reach;
  if (*last < *first) *last = *first;
}

typedef struct source {
  const float *data;
  size_t down, across; /* floats between rows and columns */
} source;

/* A copy of what lies inside the image, zero outside. */
static void fill_patch(const winograd_map *m, size_t item, int top, int left, const float *in, const op *clamp, const buffers *b,
                       float *patch) {
  const int reach = m->side + WINOGRAD_TAPS - 1;
  const size_t row = (size_t)reach * m->from;
  int y0, y1, x0, x1;
  find_inside(top, reach, m->in[0], &y0, &y1);
  find_inside(left, reach, m->in[1], &x0, &x1);
  if (y1 - y0 < reach || x1 - x0 < reach) memset(patch, 0, (size_t)reach * row * sizeof *patch);
  const size_t run = (size_t)(x1 - x0) * m->from;
  for (int y = y0; y < y1 && run; y++) {
    const size_t offset = ((item * (size_t)m->in[0] + (size_t)(top + y)) * (size_t)m->in[1] + (size_t)(left + x0)) * m->from;
    float *to = patch + (size_t)y * row + (size_t)x0 * m->from;
    if (clamp) clamp_backward(clamp, b, offset, run, to);
    else memcpy(to, in + offset, run * sizeof *to);
  }
}

static source find_source(const winograd_map *m, size_t tile, const float *in, const op *clamp, const buffers *b, float *patch) {
  const int reach = m->side + WINOGRAD_TAPS - 1;
  const place p = place_of(m, tile);
  const int top = p.y - m->before[0], left = p.x - m->before[1];
  const size_t row = (size_t)m->in[1] * m->from;
  if (!clamp && top >= 0 && left >= 0 && top + reach <= m->in[0] && left + reach <= m->in[1])
    return (source){in + (p.item * (size_t)m->in[0] + (size_t)top) * row + (size_t)left * m->from, row, m->from};
  fill_patch(m, p.item, top, left, in, clamp, b, patch);
  return (source){patch, (size_t)reach * m->from, m->from};
}

/* Four channels. */
static inline void spread(int side, const float *data, size_t down, size_t across, float *v, size_t plane) {
  enum { MOST = WINOGRAD_MOST_REACH };
  const int reach = side + WINOGRAD_TAPS - 1;
  v4 rows[MOST][MOST];
  for (int x = 0; x < reach; x++) {
    v4 d[MOST], r[MOST];
    for (int y = 0; y < reach; y++) d[y] = v4_load(data + (size_t)y * down + (size_t)x * across);
    winograd_input_line(side, d, r);
    for (int y = 0; y < reach; y++) rows[y][x] = r[y];
  }
  for (int y = 0; y < reach; y++) {
    v4 r[MOST];
    winograd_input_line(side, rows[y], r);
    for (int x = 0; x < reach; x++) v4_store(v + (size_t)(y * reach + x) * plane, r[x]);
  }
}

void winograd_tile_in(const winograd_map *m, size_t tile, const float *in, const op *clamp, const buffers *b, float *patch,
                      float *v, size_t plane) {
  const source s = find_source(m, tile, in, clamp, b, patch);
  if (m->side == 2)
    for (size_t c = 0; c < m->from; c += 4) spread(2, s.data + c, s.down, s.across, v + c, plane);
  else
    for (size_t c = 0; c < m->from; c += 4) spread(4, s.data + c, s.down, s.across, v + c, plane);
}

/* ---- out of the tile ---- */

typedef struct sink {
  float *data;
  size_t down, across;
  int rows, columns; /* of the tile that lie in the output */
} sink;

static sink find_sink(const winograd_map *m, size_t tile, float *out) {
  const place p = place_of(m, tile);
  const int rows = m->out[0] - p.y, columns = m->out[1] - p.x;
  const size_t row = (size_t)m->out[1] * m->to;
  return (sink){out + (p.item * (size_t)m->out[0] + (size_t)p.y) * row + (size_t)p.x * m->to, row, m->to,
                rows < m->side ? rows : m->side, columns < m->side ? columns : m->side};
}

/* Channels c to c + 3. */
static inline void collect(int side, const float *p, size_t plane, v4 bias, float low, float high, const sink *s, size_t c,
                           size_t count) {
  enum { MOST = WINOGRAD_MOST_REACH };
  const int reach = side + WINOGRAD_TAPS - 1;
  v4 columns[MOST][MOST];
  for (int x = 0; x < reach; x++) {
    v4 m[MOST], y[MOST];
    for (int k = 0; k < reach; k++) m[k] = v4_load(p + (size_t)(k * reach + x) * plane);
    winograd_output_line(side, m, y);
    for (int k = 0; k < side; k++) columns[k][x] = y[k];
  }
  for (int k = 0; k < s->rows; k++) {
    v4 y[MOST];
    winograd_output_line(side, columns[k], y);
    for (int x = 0; x < s->columns; x++)
      v4_store_some(s->data + (size_t)k * s->down + (size_t)x * s->across + c, v4_clamp(y[x] + bias, v4_all(low), v4_all(high)),
                    (int)count);
  }
}

void winograd_tile_out(const winograd_map *m, size_t tile, const float *p, size_t plane, const float *bias, float low, float high,
                       float *out) {
  const sink s = find_sink(m, tile, out);
  for (size_t c = 0; c < m->to; c += 4) {
    const v4 shift = bias ? v4_load(bias + c) : v4_all(0);
    if (m->side == 2) collect(2, p + c, plane, shift, low, high, &s, c, m->to - c);
    else collect(4, p + c, plane, shift, low, high, &s, c, m->to - c);
  }
}

/* ---- weights ---- */

static inline void spread_weights(int side, const float *taps, size_t apart, bool flipped, float *u, size_t plane) {
  enum { MOST = WINOGRAD_MOST_REACH, TAPS = WINOGRAD_TAPS };
  const int reach = side + TAPS - 1;
  v4 rows[MOST][TAPS];
  for (int x = 0; x < TAPS; x++) {
    v4 g[TAPS], r[MOST];
    for (int y = 0; y < TAPS; y++) {
      const int tap = y * TAPS + x;
      g[y] = v4_load(taps + (size_t)(flipped ? TAPS * TAPS - 1 - tap : tap) * apart);
    }
    winograd_weights_line(side, g, r);
    for (int y = 0; y < reach; y++) rows[y][x] = r[y];
  }
  for (int y = 0; y < reach; y++) {
    v4 r[MOST];
    winograd_weights_line(side, rows[y], r);
    for (int x = 0; x < reach; x++) v4_store(u + (size_t)(y * reach + x) * plane, r[x]);
  }
}

void winograd_weights(int side, const float *taps, size_t apart, bool flipped, float *u, size_t plane) {
  if (side == 2) spread_weights(2, taps, apart, flipped, u, plane);
  else spread_weights(4, taps, apart, flipped, u, plane);
}
