#include "network/ops/kernels/winograd.h"

#include <string.h>

#include "network/ops/kernels/winograd_product.h"

/* Bytes of a block, which should stay in the second-level cache beside some weights; it is larger where they must be read for at
 * least so many tiles to be worth it. */
enum { BLOCK_BYTES = 512 << 10, LEAST_TILES = 48, LINE = ALIGNMENT / sizeof(float), SLICE_FLOATS = 64 << 10, TAPS = 9 };

/* Floats of weights; what comes near 2^31 bytes is left to who refuses it. */
#define MOST_WEIGHTS ((uint64_t)1 << 28)

static size_t strips_of(size_t columns) { return (columns + STRIP - 1) / STRIP; }

/* An odd number of cache lines: places of a tile that lie so far apart do not drive each other out of the cache. */
static uint64_t spaced(uint64_t floats) { return ((floats + LINE - 1) / LINE | 1) * LINE; }

/* Floats of a tile's place before the products and after them. */
static uint64_t row_before(const winograd_map *m) { return ((uint64_t)m->from + 3) / 4 * 4; }
static uint64_t row_after(const winograd_map *m) { return strips_of(m->to) * STRIP; }

/* ---- the map ---- */

static size_t tiles_in(int size, int side) { return ((size_t)size + (size_t)side - 1) / (size_t)side; }

static winograd_map map_of(int side, const dense_map *m, bool backward, const shape *in, const shape *out) {
  winograd_map w = {.side = side, .from = (size_t)(backward ? m->out : m->in), .to = (size_t)(backward ? m->in : m->out)};
  for (int axis = 0; axis < 2; axis++) {
    w.in[axis] = (backward ? out : in)->dim[2 + axis];
    w.out[axis] = (backward ? in : out)->dim[2 + axis];
    w.before[axis] = backward ? WINOGRAD_TAPS - 1 - m->window.before[axis] : m->window.before[axis];
  }
  w.down = tiles_in(w.out[0], side);
  w.across = tiles_in(w.out[1], side);
  return w;
}

/* ---- which ---- */

/* What one place of one tile costs beside its products, in multiply-adds for each channel before and after them, measured in
 * WebAssembly; and what beginning a product does, in rows of it. */
enum { COST_BEFORE = 10, COST_AFTER = 8, COST_PRODUCT = 4 };

/* Weights that no cache holds are waited for as long as so many tiles take, others as long as a few. */
enum { STREAMED = 1 << 17, STREAMED_TILES = 10, CACHED_TILES = 3 };

/* Fewer channels are not worth it. */
enum { LEAST_CHANNELS = 8 };

static double waiting(const winograd_map *m) {
  return (double)m->from * (double)m->to >= STREAMED ? STREAMED_TILES : CACHED_TILES;
}

static double direct_cost(const winograd_map *m) {
  return TAPS * (double)m->from * (double)row_after(m) * ((double)m->out[0] * m->out[1] + waiting(m));
}

static double cost(const winograd_map *m) {
  const double tiles = (double)m->down * (double)m->across, from = (double)m->from, to = (double)m->to;
  const double products = (from + COST_PRODUCT) * (double)row_after(m) * (tiles + waiting(m));
  return (double)winograd_places(m->side) * (products + tiles * (COST_BEFORE * from + COST_AFTER * to));
}

static bool fits(const winograd_map *m) {
  return size_product(size_product(winograd_places(m->side), m->from), row_after(m)) < MOST_WEIGHTS;
}

int winograd_side(const dense_map *m, bool backward, const shape *in, const shape *out) {
  const window *w = &m->window;
  for (int axis = 0; axis < 2; axis++)
    if (w->kernel[axis] != WINOGRAD_TAPS || w->stride[axis] != 1 || w->dilation[axis] != 1) return 0;
  if (m->groups > 1 || m->in < LEAST_CHANNELS || m->out < LEAST_CHANNELS) return 0;
  const winograd_map small = map_of(2, m, backward, in, out), large = map_of(4, m, backward, in, out);
  /* Larger weights must pay for the memory that they take. */
  if (fits(&large) && cost(&large) * 1.1 < cost(&small) && cost(&large) * 1.1 < direct_cost(&large)) return 4;
  return fits(&small) && cost(&small) * 1.1 < direct_cost(&small) ? 2 : 0;
}

/* ---- memory ---- */

/* As many tiles as fill a block, or a little less, so that the last one is about as large as the others. */
static size_t block_of(const winograd_map *m, int items) {
  const size_t tiles = m->down * m->across * (size_t)items;
  size_t most = BLOCK_BYTES / sizeof(float) / (winograd_places(m->side) * (size_t)(row_before(m) + row_after(m)));
  if (most < LEAST_TILES) most = LEAST_TILES;
  const size_t blocks = (tiles + most - 1) / most;
  return (tiles + blocks - 1) / blocks;
}

dense_needs winograd_reshape(winograd *w, int side, const dense_map *m, bool backward, const shape *in, const shape *out) {
  w->map = map_of(side, m, backward, in, out);
  w->block = block_of(&w->map, in->dim[0]);
  const uint64_t places = winograd_places(side), rows = row_before(&w->map) + row_after(&w->map);
  const uint64_t plane = spaced(size_product(row_after(&w->map), w->map.from));
  const uint64_t block = size_product(places, 2 * LINE * 2 + size_product(w->block, rows));
  w->plane = (size_t)plane;
  return (dense_needs){.held = size_product(size_sum(size_product(places, plane), row_after(&w->map) + 2 * LINE), sizeof(float)),
                       .workspace = size_product(size_sum(block, winograd_patch(&w->map) + LINE), sizeof(float))};
}

/* ---- weights ---- */

/* Those of the inputs from `first` on, whose taps are in rows. */
static void pack_slice(winograd *w, const float *rows, size_t first, size_t count, bool flipped) {
  const size_t to = w->map.to;
  for (size_t c = 0; c < to; c += 4) {
    float *u = w->weights + (c / STRIP * w->map.from + first) * STRIP + c % STRIP;
    for (size_t i = 0; i < count; i++, u += STRIP)
      winograd_weights(w->map.side, rows + i * TAPS * to + c, to, flipped, u, w->plane);
  }
}

static pl_status pack(const op *o, const weights *given, bool flipped, winograd *w) {
  const size_t from = w->map.from, row = TAPS * w->map.to, most = SLICE_FLOATS / row ? SLICE_FLOATS / row : 1;
  float *rows = memory_allocate(most < from ? most : from, size_product(row, sizeof *rows));
  if (!rows) return ops_out_of_memory(o);
  for (size_t first = 0; first < from; first += most) {
    const size_t count = from - first < most ? from - first : most;
    weights_read(given, first * TAPS, count * TAPS, rows);
    pack_slice(w, rows, first, count, flipped);
  }
  memory_free(rows);
  return PL_OK;
}

pl_status winograd_create(const op *o, const weights *given, bool backward, const float *bias, winograd *w) {
  const weights by_input = backward ? *given : weights_transposed(*given);
  w->low = backward ? -INFINITY : o->low;
  w->high = backward ? INFINITY : o->high;
  w->weights = memory_allocate(size_product(winograd_places(w->map.side), w->plane), sizeof *w->weights);
  w->bias = memory_allocate(row_after(&w->map), sizeof *w->bias);
  if (!w->weights || !w->bias) return ops_out_of_memory(o);
  if (bias) memcpy(w->bias, bias, w->map.to * sizeof *bias);
  return pack(o, &by_input, backward, w);
}

void winograd_free(winograd *w) {
  memory_free(w->weights);
  memory_free(w->bias);
  w->weights = w->bias = NULL;
}

/* ---- run ---- */

static void run_block(const winograd *w, size_t first, size_t count, const float *in, const op *clamp, const buffers *b,
                      float *out) {
  const winograd_map *m = &w->map;
  const size_t places = winograd_places(m->side), before = (size_t)row_before(m), after = (size_t)row_after(m);
  const size_t plane_before = (size_t)spaced(w->block * before), plane_after = (size_t)spaced(w->block * after);
  float *patch = b->workspace, *v = patch + (winograd_patch(m) + LINE - 1) / LINE * LINE, *p = v + places * plane_before;
  for (size_t t = 0; t < count; t++) winograd_tile_in(m, first + t, in, clamp, b, patch, v + t * before, plane_before);
  for (size_t k = 0; k < places; k++)
    winograd_product(count, m->from, strips_of(m->to), v + k * plane_before, before, w->weights + k * w->plane,
                     p + k * plane_after, after);
  for (size_t t = 0; t < count; t++) winograd_tile_out(m, first + t, p + t * after, plane_after, w->bias, w->low, w->high, out);
}

static void run(const winograd *w, const op *o, const float *in, const op *clamp, const buffers *b, float *out) {
  const size_t tiles = w->map.down * w->map.across * (size_t)o->in[0].shape.dim[0];
  for (size_t first = 0; first < tiles; first += w->block)
    run_block(w, first, tiles - first < w->block ? tiles - first : w->block, in, clamp, b, out);
}

void winograd_forward(const winograd *w, const op *o, const buffers *b) { run(w, o, b->in[0], NULL, b, b->out[0]); }

void winograd_backward(const winograd *w, const op *o, const buffers *b) {
  run(w, o, b->dout[0], ops_clamped(o) ? o : NULL, b, b->din[0]);
}
