#include "network/ops/kernels/walk.h"

strides walk_strides(const tensor_type *type, const shape *whole) {
  const int missing = whole->rank - type->shape.rank;
  int order[MAX_RANK];
  strides s = {{0}};
  ops_memory_order(type, order);
  size_t stride = 1;
  for (int k = type->shape.rank - 1; k >= 0; k--) {
    const int size = type->shape.dim[order[k]];
    if (size > 1) s.at[order[k] + missing] = stride;
    stride *= (size_t)size;
  }
  return s;
}

/* Whether dimension `inner` continues the last one of w in every operand. */
static bool continues(const walk *w, const strides *operands, int inner, size_t size) {
  for (int k = 0; k < w->operands; k++)
    if (w->stride[k][w->rank - 1] != operands[k].at[inner] * size) return false;
  return true;
}

walk walk_create(const tensor_type *order, const strides *operands, int operand_count) {
  walk w = {.operands = operand_count};
  int axes[MAX_RANK];
  ops_memory_order(order, axes);
  for (int d = 0; d < order->shape.rank; d++) {
    const size_t size = (size_t)order->shape.dim[axes[d]];
    if (size == 1) continue;
    const bool joined = w.rank && continues(&w, operands, axes[d], size);
    if (!joined) w.count[w.rank++] = 1;
    w.count[w.rank - 1] *= size;
    for (int k = 0; k < operand_count; k++) w.stride[k][w.rank - 1] = operands[k].at[axes[d]];
  }
  if (!w.rank) w.count[w.rank++] = 1;
  return w;
}

bool walk_next(const walk *w, cursor *c) {
  for (int d = w->rank - 2; d >= 0; d--) {
    for (int k = 0; k < w->operands; k++) c->at[k] += w->stride[k][d];
    if (++c->index[d] < w->count[d]) return true;
    for (int k = 0; k < w->operands; k++) c->at[k] -= w->stride[k][d] * w->count[d];
    c->index[d] = 0;
  }
  return false;
}
