#include "fuse.h"

#include <math.h>
#include <string.h>

extern const op_class ops_Gelu;

static bool is_target(const fuse_view *v, int value) {
  for (int i = 0; i < v->target_count; i++)
    if (v->targets[i] == value) return true;
  return false;
}

/* The only node that reads the value, which is no target; or -1. */
static int only_reader(const fuse_view *v, int value) { return is_target(v, value) ? -1 : readers_only(v->readers, value); }

static bool is_op(const node *n, const char *type) { return n->op && !strcmp(n->op->type, type); }

/* Whether the value is a constant of one element, about `wanted`. */
static bool is_number(const fuse_view *v, int value, double wanted) {
  const onnx_tensor *t = value < 0 ? NULL : v->graph->values[value].constant;
  float x;
  if (!t || t->count != 1) return false;
  onnx_floats(t, &x);
  return fabs((double)x - wanted) < 1e-3 * wanted;
}

/* Goes on to the only reader of the result, an operator of two inputs; `other`: the value that it reads beside the result. */
static bool follow(const fuse_view *v, fusion *f, const char *type, int *other) {
  const int reader = f->count < FUSE_MOST ? only_reader(v, f->result) : -1;
  if (reader < 0) return false;
  const node *n = &v->graph->nodes[reader];
  if (!is_op(n, type) || n->output_count != 1 || n->input_count != (other ? 2 : 1)) return false;
  if (other) *other = n->inputs[n->inputs[0] == f->result ? 1 : 0];
  f->nodes[f->count++] = reader;
  f->result = n->outputs[0];
  return true;
}

/* x (1 + erf(x / sqrt 2)) / 2, the last two factors in either order. */
static bool find_gelu(const fuse_view *v, const node *first, fusion *f) {
  const bool by_root = is_op(first, "Div") && is_number(v, first->inputs[1], sqrt(2));
  const bool by_inverse = is_op(first, "Mul") && is_number(v, first->inputs[1], sqrt(0.5));
  const int x = first->inputs[0];
  int one, factor[2];
  if (!by_root && !by_inverse) return false;
  if (!follow(v, f, "Erf", NULL) || !follow(v, f, "Add", &one) || !is_number(v, one, 1)) return false;
  if (!follow(v, f, "Mul", &factor[0]) || !follow(v, f, "Mul", &factor[1])) return false;
  f->class = &ops_Gelu;
  return (factor[0] == x && is_number(v, factor[1], 0.5)) || (factor[1] == x && is_number(v, factor[0], 0.5));
}

fusion fuse_find(const fuse_view *v, int first) {
  const node *n = &v->graph->nodes[first];
  fusion f = {.result = n->outputs[0]};
  if (n->input_count == 2 && find_gelu(v, n, &f)) return f;
  return (fusion){0};
}
