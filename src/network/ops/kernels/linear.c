#include "network/ops/kernels/linear.h"

/* A tile is 64 KB where rows are short enough. The kernels' own tiles have 4, 5, 6, 8, 12 or 16 rows: none should be cut off. */
enum { TILE_FLOATS = 16 << 10, TILE_ROWS = 240, MOST_FLOATS = 1 << 22 };

/* As a 1x1 convolution: XNNPACK runs it with the kernels of its fully connected operator, and it is in the program anyway. */
static dense_map map_of(int in, int out) {
  return (dense_map){.window = {.kernel = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}}, .groups = 1, .in = in, .out = out};
}

static shape rows_shape(int in, size_t rows) { return (shape){4, {(int)rows, in, 1, 1}}; }

pl_status linear_measure(const node *n, int in, int out, uint64_t *held) {
  const dense_map m = map_of(in, out);
  const shape one = rows_shape(in, 1);
  dense_needs needs;
  TRY(dense_measure(n, &m, &one, NULL, &needs));
  *held = needs.held;
  return PL_OK;
}

pl_status linear_create(const node *n, int in, int out, const weights *w, const float *bias, float low, float high, linear *l) {
  const dense_map m = map_of(in, out);
  *l = (linear){.in = in, .out = out};
  return dense_create(n, &m, w, bias, low, high, &l->map);
}

void linear_free(linear *l) {
  dense_free(&l->map);
  *l = (linear){0};
}

pl_status linear_run(const node *n, linear *l, size_t rows, const float *x, float *y) {
  if (rows != (size_t)l->rows) {
    const shape in = rows_shape(l->in, rows);
    l->rows = 0;
    TRY(dense_reshape(n, &l->map, &in, NULL, 0));
    l->rows = (int)rows;
  }
  return dense_run(n, &l->map, x, y, NULL);
}

size_t linear_tile(size_t row) {
  const size_t rows = TILE_FLOATS / row / TILE_ROWS * TILE_ROWS;
  if (rows) return rows;
  return row > MOST_FLOATS ? 1 : row > MOST_FLOATS / TILE_ROWS ? MOST_FLOATS / row : TILE_ROWS;
}

pl_status linear_forward(const op *o, linear *l, size_t rows, const buffers *b) {
  if (!b->clamp) return linear_run(o->node, l, rows, b->in[0], b->out[0]);
  const size_t most = linear_tile((size_t)l->out), from = (size_t)l->in, to = (size_t)l->out;
  for (size_t r = 0; r < rows; r += most) {
    const size_t count = rows - r < most ? rows - r : most;
    TRY(linear_run(o->node, l, count, b->in[0] + r * from, b->out[0] + r * to));
    clamp_save(o, b, r * to, count * to);
  }
  return PL_OK;
}

uint64_t linear_workspace(const op *o, int in) {
  return ops_clamped(o) ? size_product(size_product(linear_tile((size_t)in), (size_t)in), sizeof(float)) : 0;
}

pl_status linear_backward(const op *o, linear *l, size_t rows, const buffers *b) {
  if (!ops_clamped(o)) return linear_run(o->node, l, rows, b->dout[0], b->din[0]);
  const size_t most = linear_tile((size_t)l->in), from = (size_t)l->in, to = (size_t)l->out;
  for (size_t r = 0; r < rows; r += most) {
    const size_t count = rows - r < most ? rows - r : most;
    clamp_backward(o, b, r * from, count * from, b->workspace);
    TRY(linear_run(o->node, l, count, b->workspace, b->din[0] + r * to));
  }
  return PL_OK;
}
