#include "network/fold/fold.h"

#include <limits.h>
#include <string.h>

#include "network/fold/fold_rules.h"

/* ---- what rules share ---- */

pl_status fold_cannot(const fold *f, const char *why) {
  return status_fail(PL_UNSUPPORTED_MODEL, "node '%s' (%s): %s", f->node->name, f->node->op, why);
}

/* Whatever a rule goes through it copies or makes, so that its work is what it allocates. */
bool fold_take_work(fold_memory *memory, uint64_t bytes) {
  if (bytes > memory->work) return false;
  memory->work -= bytes;
  return true;
}

static pl_status allocate(const fold *f, arena *a, uint64_t bytes, void **memory) {
  if (bytes > f->memory->budget) return fold_cannot(f, "its result is too large to be computed beforehand");
  if (!fold_take_work(f->memory, bytes)) return fold_cannot(f, "the nodes before it took all work that may be done beforehand");
  *memory = a ? arena_allocate(a, bytes, 1) : NULL;
  if (!*memory) return status_no_memory("to compute constants");
  f->memory->budget -= bytes;
  return PL_OK;
}

pl_status fold_allocate(const fold *f, uint64_t count, size_t size, void **memory) {
  const uint64_t bytes = size_product(count, size);
  if (!f->scratch->arena) f->scratch->arena = arena_create();
  TRY(allocate(f, f->scratch->arena, bytes, memory));
  f->scratch->bytes += bytes;
  return PL_OK;
}

pl_status fold_count(const fold *f, const shape *s, size_t *count) {
  return shape_elements(s, count) ? PL_OK : fold_cannot(f, "its result is too large");
}

pl_status fold_set_output(const fold *f, onnx_type type, const shape *s, void **elements) {
  f->out->type = type;
  f->out->shape = *s;
  TRY(fold_count(f, s, &f->out->count));
  TRY(allocate(f, f->memory->arena, size_product(f->out->count, onnx_type_size(type)), elements));
  f->out->data = *elements;
  return PL_OK;
}

pl_status fold_set_view(const fold *f, const shape *s) {
  const onnx_tensor *t = f->in[0].tensor;
  size_t count;
  TRY(fold_count(f, s, &count));
  if (count != t->count) return fold_cannot(f, "its shapes have different numbers of elements");
  *f->out = *t;
  f->out->shape = *s;
  return PL_OK;
}

bool fold_is_float(int64_t type) {
  return type == ONNX_FLOAT || type == ONNX_FLOAT16 || type == ONNX_BFLOAT16 || type == ONNX_DOUBLE;
}

bool fold_has(const fold *f, int k) { return k < f->node->input_count && f->in[k].tensor; }

pl_status fold_read_ints(const fold *f, const onnx_tensor *t, const int64_t **ints) {
  void *memory;
  TRY(fold_allocate(f, t->count, sizeof **ints, &memory));
  onnx_ints(t, memory);
  *ints = memory;
  return PL_OK;
}

pl_status fold_read_floats(const fold *f, const onnx_tensor *t, const float **floats) {
  void *memory;
  *floats = t->data;
  if (t->type == ONNX_FLOAT && (uintptr_t)t->data % sizeof **floats == 0) return PL_OK;
  TRY(fold_allocate(f, t->count, sizeof **floats, &memory));
  onnx_floats(t, memory);
  *floats = memory;
  return PL_OK;
}

pl_status fold_read_list(const fold *f, int k, const char *attribute, const int64_t **ints, int *count) {
  const onnx_attribute *a = onnx_find(f->node, attribute);
  *count = -1;
  if (fold_has(f, k)) {
    if (f->in[k].tensor->count > INT_MAX) return fold_cannot(f, "one of its lists is too long");
    *count = (int)f->in[k].tensor->count;
    return fold_read_ints(f, f->in[k].tensor, ints);
  }
  if (a && a->kind == ONNX_ATTRIBUTE_INTS) {
    *count = a->count;
    *ints = a->ints;
  }
  return PL_OK;
}

pl_status fold_find_axis(const fold *f, int64_t axis, int rank, int *found) {
  if (axis < -rank || axis >= rank) return fold_cannot(f, "its axis lies outside the shape");
  *found = (int)(axis < 0 ? axis + rank : axis);
  return PL_OK;
}

pl_status fold_mark_axes(const fold *f, const int64_t *axes, int count, int rank, bool *marked) {
  for (int i = 0; i < count; i++) {
    int axis = 0;
    TRY(fold_find_axis(f, axes[i], rank, &axis));
    if (marked[axis]) return fold_cannot(f, "it names an axis twice");
    marked[axis] = true;
  }
  return PL_OK;
}

pl_status fold_add_dimension(const fold *f, shape *s, int64_t size) {
  if (s->rank == MAX_RANK) return fold_cannot(f, "its result has too many dimensions");
  if (size < 0 || size > INT_MAX) return fold_cannot(f, "its result has an impossible size");
  s->dim[s->rank++] = (int)size;
  return PL_OK;
}

void fold_find_strides(const shape *s, size_t element, int64_t *strides) {
  int64_t stride = (int64_t)element;
  for (int d = s->rank - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= s->dim[d];
  }
}

void fold_copy_strided(char *out, const shape *s, const char *in, const int64_t *strides, size_t element) {
  int index[MAX_RANK] = {0};
  const size_t count = shape_count(s);
  int64_t offset = 0;
  for (size_t i = 0; i < count; i++) {
    memcpy(out + i * element, in + offset, element);
    for (int d = s->rank - 1; d >= 0; d--) {
      offset += strides[d];
      if (++index[d] < s->dim[d]) break;
      offset -= strides[d] * s->dim[d];
      index[d] = 0;
    }
  }
}

pl_status fold_broadcast_shape(const fold *f, const shape *a, const shape *b, shape *out) {
  out->rank = a->rank > b->rank ? a->rank : b->rank;
  for (int i = 1; i <= out->rank; i++) {
    const int from_a = i <= a->rank ? a->dim[a->rank - i] : 1, from_b = i <= b->rank ? b->dim[b->rank - i] : 1;
    if (from_a != from_b && from_a != 1 && from_b != 1) return fold_cannot(f, "its inputs' shapes do not fit together");
    out->dim[out->rank - i] = from_a == 1 ? from_b : from_a;
  }
  return PL_OK;
}

pl_status fold_broadcast(const fold *f, const void *in, const shape *from, size_t element, const shape *to, const void **out) {
  int64_t own[MAX_RANK], strides[MAX_RANK] = {0};
  void *copy;
  size_t count;
  *out = in;
  if (shape_equal(from, to)) return PL_OK;
  fold_find_strides(from, element, own);
  for (int i = 1; i <= from->rank; i++) strides[to->rank - i] = from->dim[from->rank - i] == 1 ? 0 : own[from->rank - i];
  TRY(fold_count(f, to, &count));
  TRY(fold_allocate(f, count, element, &copy));
  fold_copy_strided(copy, to, in, strides, element);
  *out = copy;
  return PL_OK;
}

pl_status fold_store_ints(const fold *f, onnx_type type, const shape *s, const int64_t *ints) {
  void *elements;
  const size_t size = onnx_type_size(type);
  TRY(fold_set_output(f, type, s, &elements));
  for (size_t i = 0; i < f->out->count; i++) {
    const int64_t value = type == ONNX_BOOL ? ints[i] != 0 : ints[i];
    memcpy((char *)elements + i * size, &value, size);
  }
  return PL_OK;
}

/* ---- the rules ---- */

typedef struct rule {
  const char *op;
  pl_status (*fold)(fold *f);
  int inputs;
  unsigned flags;
} rule;

static const rule rules[] = {
#define X(operator, inputs, flags) {#operator, fold_##operator, inputs, flags},
    FOLD_RULES(X)
#undef X
};

static const rule *find_rule(const onnx_node *node) {
  if (*node->domain) return NULL;
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (!strcmp(rules[i].op, node->op)) return &rules[i];
  return NULL;
}

bool fold_has_rule(const onnx_node *node) { return find_rule(node) != NULL; }

bool fold_needs_elements(const onnx_node *node) {
  const rule *r = find_rule(node);
  return !r || !(r->flags & FOLD_SHAPES_ONLY);
}

bool fold_spreads(const onnx_node *node, const onnx_tensor *first) {
  const rule *r = find_rule(node);
  if (!r || !(r->flags & FOLD_SPREADS)) return false;
  const onnx_attribute *value = onnx_find(node, "value");
  if (r->fold == fold_ConstantOfShape) first = value && value->kind == ONNX_ATTRIBUTE_TENSOR ? value->tensor : NULL;
  return first ? fold_is_float(first->type) : r->fold == fold_ConstantOfShape; /* which makes float zeros if nothing is said */
}

pl_status fold_node(const onnx_node *node, const fold_input *in, int output, fold_memory *memory, onnx_tensor *out) {
  fold_scratch scratch = {0};
  fold f = {node, in, memory, out, &scratch, output};
  const rule *r = find_rule(node);
  if (!r || (output && !(r->flags & FOLD_DIVIDES))) return fold_cannot(&f, "it cannot be computed beforehand");
  for (int k = 0; k < r->inputs; k++)
    if (k >= node->input_count || !(r->flags & FOLD_SHAPES_ONLY ? (const void *)in[k].shape : (const void *)in[k].tensor))
      return fold_cannot(&f, "an input is missing");
  const pl_status status = r->fold(&f);
  arena_free(scratch.arena);
  memory->budget += scratch.bytes;
  out->name = output < node->output_count ? node->outputs[output] : "";
  return status;
}
