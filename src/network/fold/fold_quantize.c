/* Quantized weights: integers of the file become floats, once. */
#include <math.h>

#include "network/fold/fold_rules.h"

/* The tensor as outer x size x inner, and which scale an element has: one for all, one for each index of the axis, or one for
 * `block` of them in a row. */
typedef struct grid {
  size_t outer, size, inner, block, blocks;
  bool single;
  const float *scale, *zero; /* zero: NULL where it is 0 */
} grid;

static pl_status read_grid(const fold *f, grid *g) {
  const onnx_tensor *t = f->in[0].tensor, *scale = f->in[1].tensor;
  const int64_t block = onnx_int(f->node, "block_size", 0);
  int axis = 0;
  *g = (grid){.outer = 1, .size = 1, .inner = 1, .block = 1, .blocks = 1, .single = scale->count == 1 && !block};
  if (!g->single) TRY(fold_find_axis(f, onnx_int(f->node, "axis", 1), t->shape.rank, &axis));
  for (int d = 0; d < t->shape.rank; d++) *(d < axis ? &g->outer : d == axis ? &g->size : &g->inner) *= (size_t)t->shape.dim[d];
  if (block < 0 || (size_t)block > g->size) return fold_cannot(f, "its blocks do not fit");
  if (block) g->block = (size_t)block;
  g->blocks = block ? (g->size + g->block - 1) / g->block : 1;
  const size_t wanted = g->single ? 1 : block ? g->outer * g->blocks * g->inner : g->size;
  if (scale->count != wanted) return fold_cannot(f, "its scales do not fit its input");
  if (fold_has(f, 2) && f->in[2].tensor->count != wanted) return fold_cannot(f, "its zero points do not fit its scales");
  TRY(fold_read_floats(f, scale, &g->scale));
  return fold_has(f, 2) ? fold_read_floats(f, f->in[2].tensor, &g->zero) : PL_OK;
}

/* Where the scale of element (o, a, i) stands. */
static size_t scale_at(const grid *g, bool blocked, size_t o, size_t a, size_t i) {
  if (g->single) return 0;
  return blocked ? (o * g->blocks + a / g->block) * g->inner + i : a;
}

static float dequantize(float x, float scale, float zero) { return (x - zero) * scale; }

/* The nearest number of the type, of two the even one. */
static float quantize(float x, float scale, float zero, float low, float high) {
  const float q = rintf(x / scale) + zero;
  return q > high ? high : q >= low ? q : low; /* NaN becomes the lowest */
}

pl_status fold_DequantizeLinear(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const bool blocked = onnx_int(f->node, "block_size", 0) != 0;
  grid g;
  void *results;
  TRY(read_grid(f, &g));
  TRY(fold_set_output(f, ONNX_FLOAT, &t->shape, &results));
  float *out = results;
  onnx_floats(t, out);
  for (size_t o = 0; o < g.outer && f->out->count; o++)
    for (size_t a = 0; a < g.size; a++)
      for (size_t i = 0; i < g.inner; i++, out++) {
        const size_t at = scale_at(&g, blocked, o, a, i);
        *out = dequantize(*out, g.scale[at], g.zero ? g.zero[at] : 0);
      }
  return PL_OK;
}

pl_status fold_QuantizeLinear(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const bool blocked = onnx_int(f->node, "block_size", 0) != 0;
  const int type = fold_has(f, 2) ? (int)f->in[2].tensor->type : (int)onnx_int(f->node, "output_dtype", ONNX_UINT8);
  const float *values;
  grid g;
  void *results;
  if (type != ONNX_UINT8 && type != ONNX_INT8) return fold_cannot(f, "it makes neither int8 nor uint8");
  TRY(read_grid(f, &g));
  TRY(fold_read_floats(f, t, &values));
  TRY(fold_set_output(f, (onnx_type)type, &t->shape, &results));
  uint8_t *out = results;
  const float low = type == ONNX_INT8 ? -128 : 0, high = low + 255;
  for (size_t o = 0; o < g.outer && f->out->count; o++)
    for (size_t a = 0; a < g.size; a++)
      for (size_t i = 0; i < g.inner; i++, out++) {
        const size_t at = scale_at(&g, blocked, o, a, i);
        *out = (uint8_t)(int)quantize(*values++, g.scale[at], g.zero ? g.zero[at] : 0, low, high);
      }
  return PL_OK;
}
