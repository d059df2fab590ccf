#include "fold.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One node while it is folded. */
typedef struct fold {
  const onnx_node *node;
  const fold_input *in;
  fold_memory *memory;
  onnx_tensor *out;
} fold;

/* ---- what rules share ---- */

static pl_status cannot(const fold *f, const char *why) {
  return status_fail(PL_UNSUPPORTED_MODEL, "node '%s' (%s): %s", f->node->name, f->node->op, why);
}

static pl_status fold_allocate(const fold *f, size_t bytes, void **memory) {
  if (bytes > f->memory->budget) return cannot(f, "its result is too large to be computed beforehand");
  *memory = arena_allocate(f->memory->arena, bytes);
  if (!*memory) return status_fail(PL_OUT_OF_MEMORY, "no memory left to compute constants");
  f->memory->budget -= bytes;
  return PL_OK;
}

static pl_status count_elements(const fold *f, const shape *s, size_t *count) {
  return shape_elements(s, count) ? PL_OK : cannot(f, "its result is too large");
}

/* Sets the result's type and shape and makes room for its elements. */
static pl_status set_output(const fold *f, onnx_type type, const shape *s, void **elements) {
  size_t bytes;
  f->out->type = type;
  f->out->shape = *s;
  TRY(count_elements(f, s, &f->out->count));
  if (!size_multiply(f->out->count, onnx_type_size(type), &bytes)) return cannot(f, "its result is too large");
  TRY(fold_allocate(f, bytes, elements));
  f->out->data = *elements;
  return PL_OK;
}

/* The first input's elements under another shape. */
static pl_status set_view(const fold *f, const shape *s) {
  const onnx_tensor *t = f->in[0].tensor;
  size_t count;
  TRY(count_elements(f, s, &count));
  if (count != t->count) return cannot(f, "its shapes have different numbers of elements");
  *f->out = *t;
  f->out->shape = *s;
  return PL_OK;
}

static bool is_float(onnx_type type) {
  return type == ONNX_FLOAT || type == ONNX_FLOAT16 || type == ONNX_BFLOAT16 || type == ONNX_DOUBLE;
}

static bool has(const fold *f, int k) { return k < f->node->input_count && f->in[k].tensor; }

static pl_status read_ints(const fold *f, const onnx_tensor *t, const int64_t **ints) {
  void *memory;
  size_t bytes;
  if (!size_multiply(t->count, sizeof **ints, &bytes)) return cannot(f, "it has too many elements");
  TRY(fold_allocate(f, bytes, &memory));
  onnx_ints(t, memory);
  *ints = memory;
  return PL_OK;
}

static pl_status read_floats(const fold *f, const onnx_tensor *t, const float **floats) {
  void *memory;
  size_t bytes;
  if (!size_multiply(t->count, sizeof **floats, &bytes)) return cannot(f, "it has too many elements");
  TRY(fold_allocate(f, bytes, &memory));
  onnx_floats(t, memory);
  *floats = memory;
  return PL_OK;
}

/* A list that newer opsets give as input k and older ones as an attribute; count is -1 where there is neither. */
static pl_status read_list(const fold *f, int k, const char *attribute, const int64_t **ints, int *count) {
  const onnx_attribute *a = onnx_find(f->node, attribute);
  *count = -1;
  if (has(f, k)) {
    if (f->in[k].tensor->count > INT_MAX) return cannot(f, "one of its lists is too long");
    *count = (int)f->in[k].tensor->count;
    return read_ints(f, f->in[k].tensor, ints);
  }
  if (a && a->kind == ONNX_ATTRIBUTE_INTS) {
    *count = a->count;
    *ints = a->ints;
  }
  return PL_OK;
}

static pl_status find_axis(const fold *f, int64_t axis, int rank, int *found) {
  if (axis < -rank || axis >= rank) return cannot(f, "its axis lies outside the shape");
  *found = (int)(axis < 0 ? axis + rank : axis);
  return PL_OK;
}

static pl_status add_dimension(const fold *f, shape *s, int64_t size) {
  if (s->rank == MAX_RANK) return cannot(f, "its result has too many dimensions");
  if (size < 0 || size > INT_MAX) return cannot(f, "its result has an impossible size");
  s->dim[s->rank++] = (int)size;
  return PL_OK;
}

/* Bytes from one index to the next along each dimension. */
static void find_strides(const shape *s, size_t element, int64_t *strides) {
  int64_t stride = (int64_t)element;
  for (int d = s->rank - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= s->dim[d];
  }
}

/* out, of shape s, from elements that lie at regular distances: transposition, slices and broadcasting are all of this kind. */
static void copy_strided(char *out, const shape *s, const char *in, const int64_t *strides, size_t element) {
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

/* Two shapes of numpy's broadcasting: aligned at the end, sizes equal or 1. */
static pl_status broadcast_shape(const fold *f, const shape *a, const shape *b, shape *out) {
  out->rank = a->rank > b->rank ? a->rank : b->rank;
  for (int i = 1; i <= out->rank; i++) {
    const int from_a = i <= a->rank ? a->dim[a->rank - i] : 1, from_b = i <= b->rank ? b->dim[b->rank - i] : 1;
    if (from_a != from_b && from_a != 1 && from_b != 1) return cannot(f, "its inputs' shapes do not fit together");
    out->dim[out->rank - i] = from_a == 1 ? from_b : from_a;
  }
  return PL_OK;
}

/* Elements of shape `from`, repeated to shape `to`. */
static pl_status broadcast(const fold *f, const void *in, const shape *from, size_t element, const shape *to, const void **out) {
  int64_t own[MAX_RANK], strides[MAX_RANK] = {0};
  void *copy;
  size_t count;
  *out = in;
  if (shape_equal(from, to)) return PL_OK;
  find_strides(from, element, own);
  for (int i = 1; i <= from->rank; i++) strides[to->rank - i] = from->dim[from->rank - i] == 1 ? 0 : own[from->rank - i];
  TRY(count_elements(f, to, &count));
  if (!size_multiply(count, element, &count)) return cannot(f, "its result is too large");
  TRY(fold_allocate(f, count, &copy));
  copy_strided(copy, to, in, strides, element);
  *out = copy;
  return PL_OK;
}

/* ---- constants and types ---- */

static pl_status fold_constant(fold *f) {
  const onnx_attribute *a = f->node->attribute_count == 1 ? f->node->attributes : NULL;
  if (!a) return cannot(f, "it must have one attribute");
  const bool one = a->kind == ONNX_ATTRIBUTE_INT || a->kind == ONNX_ATTRIBUTE_FLOAT;
  const shape s = one ? (shape){0} : (shape){1, {a->count}};
  const size_t count = one ? 1 : (size_t)a->count;
  switch (a->kind) {
    case ONNX_ATTRIBUTE_TENSOR: *f->out = *a->tensor; return PL_OK;
    case ONNX_ATTRIBUTE_INT: *f->out = (onnx_tensor){.type = ONNX_INT64, .shape = s, .data = &a->i, .count = count}; return PL_OK;
    case ONNX_ATTRIBUTE_INTS: *f->out = (onnx_tensor){.type = ONNX_INT64, .shape = s, .data = a->ints, .count = count}; return PL_OK;
    case ONNX_ATTRIBUTE_FLOAT: *f->out = (onnx_tensor){.type = ONNX_FLOAT, .shape = s, .data = &a->f, .count = count}; return PL_OK;
    case ONNX_ATTRIBUTE_FLOATS: *f->out = (onnx_tensor){.type = ONNX_FLOAT, .shape = s, .data = a->floats, .count = count}; return PL_OK;
    default: return cannot(f, "its kind of constant is not supported");
  }
}

static pl_status fold_identity(fold *f) { return set_view(f, &f->in[0].tensor->shape); }

/* Integers in the size of their type; bool: whether they are not 0. */
static pl_status store_ints(const fold *f, onnx_type type, const shape *s, const int64_t *ints) {
  void *elements;
  const size_t size = onnx_type_size(type);
  TRY(set_output(f, type, s, &elements));
  for (size_t i = 0; i < f->out->count; i++) {
    const int64_t value = type == ONNX_BOOL ? ints[i] != 0 : ints[i];
    memcpy((char *)elements + i * size, &value, size);
  }
  return PL_OK;
}

/* Between floats nothing is converted: whoever reads them does that, and large weights need no copy. */
static pl_status fold_cast(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const onnx_type to = (onnx_type)onnx_int(f->node, "to", 0);
  if (!onnx_type_size((int)to)) return cannot(f, "its type is not supported");
  if (to == t->type || (is_float(to) && is_float(t->type))) return fold_identity(f);
  if (is_float(to)) {
    void *floats;
    TRY(set_output(f, ONNX_FLOAT, &t->shape, &floats));
    onnx_floats(t, floats);
    return PL_OK;
  }
  if (to == ONNX_BOOL && is_float(t->type)) return cannot(f, "floats are not made true or false here");
  const int64_t *ints;
  TRY(read_ints(f, t, &ints));
  return store_ints(f, to, &t->shape, ints);
}

/* ---- shapes ---- */

static int clamp_index(int64_t index, int rank) {
  if (index < 0) index += rank;
  return (int)(index < 0 ? 0 : index > rank ? rank : index);
}

static pl_status fold_shape(fold *f) {
  const shape *s = f->in[0].shape;
  const int start = clamp_index(onnx_int(f->node, "start", 0), s->rank), end = clamp_index(onnx_int(f->node, "end", s->rank), s->rank);
  void *elements;
  TRY(set_output(f, ONNX_INT64, &(shape){1, {end > start ? end - start : 0}}, &elements));
  for (int i = start; i < end; i++) ((int64_t *)elements)[i - start] = s->dim[i];
  return PL_OK;
}

static pl_status fold_size(fold *f) {
  void *element;
  size_t count;
  TRY(count_elements(f, f->in[0].shape, &count));
  TRY(set_output(f, ONNX_INT64, &(shape){0}, &element));
  *(int64_t *)element = (int64_t)count;
  return PL_OK;
}

/* One size of a Reshape: 0 keeps the input's, -1 is left for later. */
static pl_status reshape_dimension(const fold *f, const shape *from, int64_t size, shape *to, int *open) {
  if (size == 0 && !onnx_int(f->node, "allowzero", 0)) {
    if (to->rank >= from->rank) return cannot(f, "it copies a size that its input does not have");
    size = from->dim[to->rank];
  } else if (size == -1) {
    if (*open >= 0) return cannot(f, "more than one of its sizes is open");
    *open = to->rank;
    size = 1;
  }
  return add_dimension(f, to, size);
}

static pl_status fold_reshape(fold *f) {
  const int64_t *target;
  const onnx_tensor *list = f->in[1].tensor;
  shape s = {0};
  int open = -1;
  size_t count;
  TRY(read_ints(f, list, &target));
  for (size_t i = 0; i < list->count; i++) TRY(reshape_dimension(f, &f->in[0].tensor->shape, target[i], &s, &open));
  TRY(count_elements(f, &s, &count));
  if (open >= 0 && count) {
    if (f->in[0].tensor->count / count > INT_MAX) return cannot(f, "its result has an impossible size");
    s.dim[open] = (int)(f->in[0].tensor->count / count);
  }
  return set_view(f, &s);
}

static pl_status fold_flatten(fold *f) {
  const shape *from = &f->in[0].tensor->shape;
  int64_t axis = onnx_int(f->node, "axis", 1), before = 1;
  shape s = {0};
  if (axis < -from->rank || axis > from->rank) return cannot(f, "its axis lies outside the shape");
  if (axis < 0) axis += from->rank;
  if (!f->in[0].tensor->count) return cannot(f, "it is empty");
  for (int i = 0; i < axis; i++) before *= from->dim[i];
  TRY(add_dimension(f, &s, before));
  TRY(add_dimension(f, &s, (int64_t)f->in[0].tensor->count / before));
  return set_view(f, &s);
}

/* Marks the listed axes of a shape of this rank. */
static pl_status mark_axes(const fold *f, const int64_t *axes, int count, int rank, bool *marked) {
  for (int i = 0; i < count; i++) {
    int axis = 0;
    TRY(find_axis(f, axes[i], rank, &axis));
    if (marked[axis]) return cannot(f, "it names an axis twice");
    marked[axis] = true;
  }
  return PL_OK;
}

static pl_status fold_squeeze(fold *f) {
  const shape *from = &f->in[0].tensor->shape;
  const int64_t *axes;
  bool dropped[MAX_RANK] = {false};
  int count;
  shape s = {0};
  TRY(read_list(f, 1, "axes", &axes, &count));
  for (int i = 0; i < from->rank && count < 0; i++) dropped[i] = from->dim[i] == 1;
  TRY(mark_axes(f, axes, count, from->rank, dropped));
  for (int i = 0; i < from->rank; i++)
    if (!dropped[i]) TRY(add_dimension(f, &s, from->dim[i]));
  return set_view(f, &s);
}

static pl_status fold_unsqueeze(fold *f) {
  const shape *from = &f->in[0].tensor->shape;
  const int64_t *axes;
  bool added[MAX_RANK] = {false};
  int count, next = 0;
  shape s = {0};
  TRY(read_list(f, 1, "axes", &axes, &count));
  if (count < 0 || count > MAX_RANK - from->rank) return cannot(f, "its result has too many dimensions, or it names none");
  TRY(mark_axes(f, axes, count, from->rank + count, added));
  for (int i = 0; i < from->rank + count; i++) TRY(add_dimension(f, &s, added[i] ? 1 : from->dim[next++]));
  return set_view(f, &s);
}

/* ---- moving elements ---- */

static pl_status fold_transpose(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const onnx_attribute *order = onnx_find(f->node, "perm");
  const int rank = t->shape.rank;
  const size_t element = onnx_type_size(t->type);
  bool seen[MAX_RANK] = {false};
  int64_t own[MAX_RANK], strides[MAX_RANK];
  shape s = {0};
  void *elements;
  if (order && (order->kind != ONNX_ATTRIBUTE_INTS || order->count != rank)) return cannot(f, "its order does not fit the shape");
  if (order) TRY(mark_axes(f, order->ints, rank, rank, seen));
  find_strides(&t->shape, element, own);
  for (int i = 0; i < rank; i++) {
    int from = rank - 1 - i;
    if (order) TRY(find_axis(f, order->ints[i], rank, &from));
    strides[i] = own[from];
    TRY(add_dimension(f, &s, t->shape.dim[from]));
  }
  TRY(set_output(f, t->type, &s, &elements));
  copy_strided(elements, &s, t->data, strides, element);
  return PL_OK;
}

/* Elements before and after an axis; the tensor is before x its size x after. */
static void split_at(const shape *s, int axis, size_t *before, size_t *after) {
  *before = *after = 1;
  for (int i = 0; i < axis; i++) *before *= (size_t)s->dim[i];
  for (int i = axis + 1; i < s->rank; i++) *after *= (size_t)s->dim[i];
}

static pl_status concat_shape(const fold *f, int axis, shape *s) {
  int64_t size = 0;
  *s = f->in[0].tensor->shape;
  for (int k = 0; k < f->node->input_count; k++) {
    const onnx_tensor *t = has(f, k) ? f->in[k].tensor : NULL;
    if (!t || t->type != f->in[0].tensor->type || t->shape.rank != s->rank) return cannot(f, "its inputs are of different kinds");
    for (int i = 0; i < s->rank; i++)
      if (i != axis && t->shape.dim[i] != s->dim[i]) return cannot(f, "its inputs' shapes do not fit together");
    size += t->shape.dim[axis];
  }
  if (size > INT_MAX) return cannot(f, "its result has an impossible size");
  s->dim[axis] = (int)size;
  return PL_OK;
}

static pl_status fold_concat(fold *f) {
  const size_t element = onnx_type_size(f->in[0].tensor->type);
  shape s;
  int axis = 0;
  void *elements;
  size_t before, after;
  TRY(find_axis(f, onnx_int(f->node, "axis", 0), f->in[0].tensor->shape.rank, &axis));
  TRY(concat_shape(f, axis, &s));
  TRY(set_output(f, f->in[0].tensor->type, &s, &elements));
  split_at(&s, axis, &before, &after);
  char *out = elements;
  for (size_t i = 0; i < before && f->out->count; i++)
    for (int k = 0; k < f->node->input_count; k++) {
      const onnx_tensor *t = f->in[k].tensor;
      const size_t bytes = (size_t)t->shape.dim[axis] * after * element;
      if (bytes) memcpy(out, (const char *)t->data + i * bytes, bytes);
      out += bytes;
    }
  return PL_OK;
}

static pl_status fold_gather(fold *f) {
  const onnx_tensor *t = f->in[0].tensor, *indices = f->in[1].tensor;
  const int64_t *index;
  shape s = {0};
  int axis = 0;
  void *elements;
  size_t before, after;
  TRY(find_axis(f, onnx_int(f->node, "axis", 0), t->shape.rank, &axis));
  const int size = t->shape.dim[axis];
  for (int i = 0; i < axis; i++) TRY(add_dimension(f, &s, t->shape.dim[i]));
  for (int i = 0; i < indices->shape.rank; i++) TRY(add_dimension(f, &s, indices->shape.dim[i]));
  for (int i = axis + 1; i < t->shape.rank; i++) TRY(add_dimension(f, &s, t->shape.dim[i]));
  TRY(read_ints(f, indices, &index));
  for (size_t j = 0; j < indices->count; j++)
    if (index[j] < -size || index[j] >= size) return cannot(f, "an index lies outside its input");
  TRY(set_output(f, t->type, &s, &elements));
  split_at(&t->shape, axis, &before, &after);
  const size_t bytes = after * onnx_type_size(t->type);
  char *out = elements;
  for (size_t i = 0; i < before && f->out->count; i++)
    for (size_t j = 0; j < indices->count; j++, out += bytes)
      memcpy(out, (const char *)t->data + (i * (size_t)size + (size_t)(index[j] < 0 ? index[j] + size : index[j])) * bytes, bytes);
  return PL_OK;
}

/* start:end:step of one axis, as Python cuts: what lies outside is cut off. */
typedef struct cut {
  int64_t start, step, count;
} cut;

static int64_t clamp(int64_t x, int64_t low, int64_t high) { return x < low ? low : x > high ? high : x; }

static cut cut_axis(int64_t start, int64_t end, int64_t step, int size) {
  if (!size) return (cut){0, 1, 0};
  const int64_t low = step < 0 ? -1 : 0, high = step < 0 ? size - 1 : size;
  step = clamp(step, -INT_MAX, INT_MAX);
  start = clamp(start < 0 ? start + size : start, step < 0 ? 0 : low, high);
  end = clamp(end < 0 ? end + size : end, low, high);
  const int64_t distance = step < 0 ? start - end : end - start, stride = step < 0 ? -step : step;
  return (cut){start, step, distance > 0 ? (distance + stride - 1) / stride : 0};
}

static pl_status fold_slice(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const size_t element = onnx_type_size(t->type);
  const int64_t *starts, *ends, *axes, *steps;
  int start_count, end_count, axis_count, step_count;
  int64_t strides[MAX_RANK], first = 0;
  shape s = t->shape;
  void *elements;
  TRY(read_list(f, 1, "starts", &starts, &start_count));
  TRY(read_list(f, 2, "ends", &ends, &end_count));
  TRY(read_list(f, 3, "axes", &axes, &axis_count));
  TRY(read_list(f, 4, "", &steps, &step_count));
  if (start_count < 0 || end_count != start_count || (axis_count >= 0 && axis_count != start_count) ||
      (step_count >= 0 && step_count != start_count) || (axis_count < 0 && start_count > s.rank))
    return cannot(f, "its lists are of different lengths");
  find_strides(&t->shape, element, strides);
  bool seen[MAX_RANK] = {false};
  for (int i = 0; i < start_count; i++) {
    int axis = i;
    if (axis_count >= 0) TRY(find_axis(f, axes[i], s.rank, &axis));
    const int64_t step = step_count >= 0 ? steps[i] : 1;
    if (!step || seen[axis]) return cannot(f, "a step is 0, or an axis is named twice");
    seen[axis] = true;
    const cut c = cut_axis(starts[i], ends[i], step, s.dim[axis]);
    s.dim[axis] = (int)c.count;
    if (c.count) first += c.start * strides[axis];
    strides[axis] = c.count > 1 ? strides[axis] * c.step : 0;
  }
  TRY(set_output(f, t->type, &s, &elements));
  if (f->out->count) copy_strided(elements, &s, (const char *)t->data + first, strides, element);
  return PL_OK;
}

/* ---- filling ---- */

/* A list of sizes as a shape. */
static pl_status read_shape(const fold *f, const onnx_tensor *list, shape *s) {
  const int64_t *sizes;
  *s = (shape){0};
  TRY(read_ints(f, list, &sizes));
  for (size_t i = 0; i < list->count; i++) TRY(add_dimension(f, s, sizes[i]));
  return PL_OK;
}

static pl_status fold_expand(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  shape asked, s;
  TRY(read_shape(f, f->in[1].tensor, &asked));
  TRY(broadcast_shape(f, &t->shape, &asked, &s));
  const void *elements;
  *f->out = (onnx_tensor){.type = t->type, .shape = s};
  TRY(count_elements(f, &s, &f->out->count));
  TRY(broadcast(f, t->data, &t->shape, onnx_type_size(t->type), &s, &elements));
  f->out->data = elements;
  return PL_OK;
}

static pl_status fold_constant_of_shape(fold *f) {
  const onnx_attribute *a = onnx_find(f->node, "value");
  const onnx_tensor *value = a && a->kind == ONNX_ATTRIBUTE_TENSOR && a->tensor->count == 1 ? a->tensor : NULL;
  shape s;
  void *elements;
  TRY(read_shape(f, f->in[0].tensor, &s));
  TRY(set_output(f, value ? value->type : ONNX_FLOAT, &s, &elements));
  const size_t size = onnx_type_size(f->out->type);
  for (size_t i = 0; i < f->out->count && value; i++) memcpy((char *)elements + i * size, value->data, size);
  return PL_OK;
}

static pl_status fold_range(fold *f) {
  int64_t v[3], wide;
  for (int k = 0; k < 3; k++) {
    const onnx_tensor *t = f->in[k].tensor;
    if (t->count != 1 || is_float(t->type)) return cannot(f, "its bounds must be single integers");
    onnx_ints(t, &v[k]);
  }
  if (!v[2] || v[2] == INT64_MIN || __builtin_sub_overflow(v[1], v[0], &wide)) return cannot(f, "its step or bounds are impossible");
  const int64_t stride = v[2] < 0 ? -v[2] : v[2];
  if (v[2] < 0 && __builtin_sub_overflow(0, wide, &wide)) return cannot(f, "its bounds are impossible");
  const int64_t count = wide > 0 ? (wide - 1) / stride + 1 : 0;
  shape s = {0};
  void *elements;
  TRY(add_dimension(f, &s, count));
  TRY(set_output(f, ONNX_INT64, &s, &elements));
  for (int64_t i = 0; i < count; i++) ((int64_t *)elements)[i] = v[0] + i * v[2];
  return PL_OK;
}

/* ---- arithmetic ---- */

/* Two inputs repeated to their common shape, as floats or as integers. */
typedef struct operands {
  shape shape;
  size_t count;
  bool floats;
  const float *f[2];
  const int64_t *i[2];
} operands;

static pl_status read_operand(const fold *f, operands *o, int k, const onnx_tensor *t) {
  const void *elements;
  if (o->floats) {
    TRY(read_floats(f, t, &o->f[k]));
    TRY(broadcast(f, o->f[k], &t->shape, sizeof *o->f[k], &o->shape, &elements));
    o->f[k] = elements;
  } else {
    TRY(read_ints(f, t, &o->i[k]));
    TRY(broadcast(f, o->i[k], &t->shape, sizeof *o->i[k], &o->shape, &elements));
    o->i[k] = elements;
  }
  return PL_OK;
}

static pl_status read_operands(const fold *f, operands *o) {
  const onnx_tensor *a = f->in[0].tensor, *b = f->in[1].tensor;
  *o = (operands){.floats = is_float(a->type) || is_float(b->type)};
  TRY(broadcast_shape(f, &a->shape, &b->shape, &o->shape));
  TRY(count_elements(f, &o->shape, &o->count));
  TRY(read_operand(f, o, 0, a));
  return read_operand(f, o, 1, b);
}

typedef enum operator { ADD, SUB, MUL, DIV, MIN, MAX, EQUAL, LESS, GREATER } operator;

static float compute_float(operator o, float a, float b) {
  switch (o) {
    case ADD: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case DIV: return a / b;
    case MIN: return fminf(a, b);
    case MAX: return fmaxf(a, b);
    case EQUAL: return a == b;
    case LESS: return a < b;
    case GREATER: return a > b;
  }
  return 0;
}

/* False where the result does not exist or does not fit. */
static bool compute_int(operator o, int64_t a, int64_t b, int64_t *out) {
  switch (o) {
    case ADD: return !__builtin_add_overflow(a, b, out);
    case SUB: return !__builtin_sub_overflow(a, b, out);
    case MUL: return !__builtin_mul_overflow(a, b, out);
    case DIV:
      if (!b || (a == INT64_MIN && b == -1)) return false;
      *out = a / b;
      break;
    case MIN: *out = a < b ? a : b; break;
    case MAX: *out = a > b ? a : b; break;
    case EQUAL: *out = a == b; break;
    case LESS: *out = a < b; break;
    case GREATER: *out = a > b; break;
  }
  return true;
}

static pl_status compute_ints(const fold *f, operator o, const operands *v, onnx_type type) {
  void *results;
  TRY(fold_allocate(f, v->count * sizeof(int64_t), &results));
  for (size_t i = 0; i < v->count; i++)
    if (!compute_int(o, v->i[0][i], v->i[1][i], (int64_t *)results + i)) return cannot(f, "its result does not fit an integer");
  return store_ints(f, type, &v->shape, results);
}

static pl_status compute(fold *f, operator o) {
  operands v;
  void *results;
  const bool truth = o >= EQUAL;
  if (f->node->input_count != 2) return cannot(f, "it is computed of two inputs only");
  TRY(read_operands(f, &v));
  if (!v.floats) return compute_ints(f, o, &v, truth ? ONNX_BOOL : f->in[0].tensor->type);
  TRY(set_output(f, truth ? ONNX_BOOL : ONNX_FLOAT, &v.shape, &results));
  for (size_t i = 0; i < v.count; i++) {
    const float result = compute_float(o, v.f[0][i], v.f[1][i]);
    if (truth) ((uint8_t *)results)[i] = result != 0;
    else ((float *)results)[i] = result;
  }
  return PL_OK;
}

static pl_status fold_add(fold *f) { return compute(f, ADD); }
static pl_status fold_sub(fold *f) { return compute(f, SUB); }
static pl_status fold_mul(fold *f) { return compute(f, MUL); }
static pl_status fold_div(fold *f) { return compute(f, DIV); }
static pl_status fold_min(fold *f) { return compute(f, MIN); }
static pl_status fold_max(fold *f) { return compute(f, MAX); }
static pl_status fold_equal(fold *f) { return compute(f, EQUAL); }
static pl_status fold_less(fold *f) { return compute(f, LESS); }
static pl_status fold_greater(fold *f) { return compute(f, GREATER); }

static pl_status fold_float(fold *f, float (*function)(float)) {
  const onnx_tensor *t = f->in[0].tensor;
  void *results;
  if (!is_float(t->type)) return cannot(f, "it is computed of floats only");
  TRY(set_output(f, ONNX_FLOAT, &t->shape, &results));
  onnx_floats(t, results);
  for (size_t i = 0; i < t->count; i++) ((float *)results)[i] = function(((float *)results)[i]);
  return PL_OK;
}

static pl_status fold_sqrt(fold *f) { return fold_float(f, sqrtf); }
static pl_status fold_floor(fold *f) { return fold_float(f, floorf); }
static pl_status fold_ceil(fold *f) { return fold_float(f, ceilf); }

/* Integers only: so are the conditions that shapes are computed with. */
static pl_status fold_where(fold *f) {
  const onnx_tensor *condition = f->in[0].tensor;
  const fold values = {f->node, f->in + 1, f->memory, f->out};
  operands v;
  TRY(read_operands(&values, &v));
  if (v.floats) return cannot(f, "it is computed of integers only");
  const int64_t *which;
  void *results;
  if (!shape_equal(&condition->shape, &v.shape)) return cannot(f, "its inputs' shapes do not fit together");
  TRY(read_ints(f, condition, &which));
  TRY(fold_allocate(f, v.count * sizeof(int64_t), &results));
  for (size_t i = 0; i < v.count; i++) ((int64_t *)results)[i] = v.i[which[i] ? 0 : 1][i];
  return store_ints(f, f->in[1].tensor->type, &v.shape, results);
}

/* ---- the rules ---- */

enum { SHAPES_ONLY = 1, SPREADS = 2 };

typedef struct rule {
  const char *op;
  pl_status (*fold)(fold *f);
  int inputs; /* at least; more are optional or, for Concat, repeated */
  unsigned flags;
} rule;

static const rule rules[] = {
    {"Constant", fold_constant, 0, 0},
    {"ConstantOfShape", fold_constant_of_shape, 1, SPREADS},
    {"Identity", fold_identity, 1, 0},
    {"Cast", fold_cast, 1, 0},
    {"Shape", fold_shape, 1, SHAPES_ONLY},
    {"Size", fold_size, 1, SHAPES_ONLY},
    {"Reshape", fold_reshape, 2, 0},
    {"Flatten", fold_flatten, 1, 0},
    {"Squeeze", fold_squeeze, 1, 0},
    {"Unsqueeze", fold_unsqueeze, 1, 0},
    {"Transpose", fold_transpose, 1, 0},
    {"Concat", fold_concat, 1, 0},
    {"Gather", fold_gather, 2, 0},
    {"Slice", fold_slice, 1, 0},
    {"Expand", fold_expand, 2, SPREADS},
    {"Range", fold_range, 3, 0},
    {"Add", fold_add, 2, 0},
    {"Sub", fold_sub, 2, 0},
    {"Mul", fold_mul, 2, 0},
    {"Div", fold_div, 2, 0},
    {"Min", fold_min, 2, 0},
    {"Max", fold_max, 2, 0},
    {"Equal", fold_equal, 2, 0},
    {"Less", fold_less, 2, 0},
    {"Greater", fold_greater, 2, 0},
    {"Where", fold_where, 3, 0},
    {"Sqrt", fold_sqrt, 1, 0},
    {"Floor", fold_floor, 1, 0},
    {"Ceil", fold_ceil, 1, 0},
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
  return !r || !(r->flags & SHAPES_ONLY);
}

bool fold_spreads(const onnx_node *node, const onnx_tensor *first) {
  const rule *r = find_rule(node);
  if (!r || !(r->flags & SPREADS)) return false;
  const onnx_attribute *value = onnx_find(node, "value");
  if (r->fold == fold_constant_of_shape) return !value || value->kind != ONNX_ATTRIBUTE_TENSOR || is_float(value->tensor->type);
  return first && is_float(first->type);
}

pl_status fold_node(const onnx_node *node, const fold_input *in, fold_memory *memory, onnx_tensor *out) {
  fold f = {node, in, memory, out};
  const rule *r = find_rule(node);
  if (!r) return cannot(&f, "it cannot be computed beforehand");
  for (int k = 0; k < r->inputs; k++)
    if (k >= node->input_count || !(r->flags & SHAPES_ONLY ? (const void *)in[k].shape : (const void *)in[k].tensor))
      return cannot(&f, "an input is missing");
  TRY(r->fold(&f));
  out->name = node->output_count ? node->outputs[0] : "";
  return PL_OK;
}
