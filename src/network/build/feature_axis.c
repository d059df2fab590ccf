#include "network/build/feature_axis.h"

#include <string.h>

#include "network/ops/ops.h"

enum { MOST_PREFIX = 16, LEAST_SIDE = 5 }; /* beyond these, a number of tokens tells nothing of class tokens and registers */

static bool is_any(const node *n, const char *const *types, size_t count) {
  for (size_t i = 0; i < count && n->op; i++)
    if (!strcmp(n->op->type, types[i])) return true;
  return false;
}

#define IS_ANY(n, ...) \
  is_any((n), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static size_t count_after(const shape *s, int axis) {
  size_t count = 1;
  for (int d = axis + 1; d < s->rank; d++) count *= (size_t)s->dim[d];
  return count;
}

/* The axis of `to` that goes on with `axis` of `from` in another shape of the same elements: the last where the features of tokens
 * were split, as into heads; 0 where channels were split or merged. */
static int reshaped(const shape *from, int axis, const shape *to) {
  for (int d = to->rank - 1; d > 0; d--)
    if (to->dim[d] == from->dim[axis] && count_after(to, d) == count_after(from, axis)) return d;
  return from->rank > 2 && axis == from->rank - 1 && to->rank > from->rank ? to->rank - 1 : 0;
}

static int transposed(const node *n, int axis, int rank) {
  const onnx_attribute *perm = onnx_find(n->source, "perm");
  if (!perm || perm->kind != ONNX_ATTRIBUTE_INTS || perm->count != rank) return rank - 1 - axis;
  for (int d = 0; d < rank; d++)
    if (perm->ints[d] == axis) return d;
  return 0;
}

/* The input that is handed on: the first of the image, one of the output's rank if there is any. -1: none. */
static int main_input(const graph *g, const tensor_type *types, const node *n, int rank) {
  int found = -1;
  for (int k = 0; k < n->input_count; k++) {
    const int v = n->inputs[k];
    if (v < 0 || g->values[v].constant || g->values[v].shape_only) continue;
    if (types[v].shape.rank == rank) return v;
    if (found < 0) found = v;
  }
  return found;
}

static bool is_over_last(const node *n, int rank) {
  const int64_t axis = onnx_int(n->source, "axis", -1);
  return axis == -1 || axis == rank - 1;
}

static bool is_constant(const graph *g, const node *n, int k) {
  return n->input_count > k && n->inputs[k] >= 0 && g->values[n->inputs[k]].constant;
}

/* 0 where nothing tells. */
static int axis_of(const graph *g, const tensor_type *types, const node *n, const shape *out, const uint8_t *axes) {
  if (IS_ANY(n, "Conv", "ConvTranspose", "BatchNormalization", "InstanceNormalization", "GroupNormalization", "GlobalAveragePool",
             "GlobalMaxPool", "AveragePool", "MaxPool", "Gemm"))
    return 1;
  if (IS_ANY(n, "MatMul") && is_constant(g, n, 1)) return out->rank - 1;
  if (IS_ANY(n, "LayerNormalization") && is_over_last(n, out->rank)) return out->rank - 1;
  const int v = main_input(g, types, n, out->rank);
  if (v < 0 || !axes[v]) return 0;
  const shape *in = &types[v].shape;
  if (IS_ANY(n, "Reshape", "Flatten", "Squeeze", "Unsqueeze")) return reshaped(in, axes[v], out);
  if (IS_ANY(n, "Transpose")) return transposed(n, axes[v], out->rank);
  return in->rank == out->rank && !IS_ANY(n, "MatMul") ? axes[v] : 0;
}

static int usual_axis(int rank) { return rank == 3 ? 2 : rank > 1 ? 1 : 0; }

void feature_axis_find(const graph *g, const tensor_type *types, uint8_t *axes) {
  memset(axes, 0, (size_t)g->value_count * sizeof *axes);
  axes[g->input] = 1;
  for (int i = 0; i < g->node_count; i++)
    for (int k = 0; k < g->nodes[i].output_count; k++) {
      const int v = g->nodes[i].outputs[k];
      if (v < 0 || types[v].shape.rank < 2 || g->values[v].constant || g->values[v].shape_only) continue;
      const int told = axis_of(g, types, &g->nodes[i], &types[v].shape, axes);
      axes[v] = (uint8_t)(told > 0 && told < types[v].shape.rank ? told : usual_axis(types[v].shape.rank));
    }
}

int feature_axis_units(const shape *s, int axis) { return s->rank >= 2 && s->rank <= 4 && axis > 0 ? s->dim[axis] : 0; }

int feature_axis_prefix(const shape *s, int axis) {
  if (s->rank != 3 || s->dim[0] != 1 || axis != 2) return 0; /* windows stand beside each other as images do */
  int side = 1;
  while ((side + 1) <= s->dim[1] / (side + 1)) side++;
  const int rest = s->dim[1] - side * side;
  return rest <= MOST_PREFIX && side >= LEAST_SIDE ? rest : 0;
}
