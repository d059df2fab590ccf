/* Constants, types, shapes, and elements moved to other places. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "network/fold/fold_rules.h"

/* ---- constants and types ---- */

pl_status fold_Constant(fold *f) {
  const onnx_attribute *a = f->node->attribute_count == 1 ? f->node->attributes : NULL;
  if (!a) return fold_cannot(f, "it must have one attribute");
  const onnx_tensor one = {.count = 1}, list = {.shape = {1, {a->count}}, .count = (size_t)a->count};
  switch (a->kind) {
    case ONNX_ATTRIBUTE_TENSOR: *f->out = *a->tensor; return PL_OK;
    case ONNX_ATTRIBUTE_INT: *f->out = one, f->out->type = ONNX_INT64, f->out->data = &a->i; return PL_OK;
    case ONNX_ATTRIBUTE_INTS: *f->out = list, f->out->type = ONNX_INT64, f->out->data = a->ints; return PL_OK;
    case ONNX_ATTRIBUTE_FLOAT: *f->out = one, f->out->type = ONNX_FLOAT, f->out->data = &a->f; return PL_OK;
    case ONNX_ATTRIBUTE_FLOATS: *f->out = list, f->out->type = ONNX_FLOAT, f->out->data = a->floats; return PL_OK;
    default: return fold_cannot(f, "its kind of constant is not supported");
  }
}

pl_status fold_Identity(fold *f) { return fold_set_view(f, &f->in[0].tensor->shape); }

/* Between floats nothing is converted: whoever reads them does that, and large weights need no copy. */
static pl_status cast(fold *f, onnx_type to) {
  const onnx_tensor *t = f->in[0].tensor;
  if (!onnx_type_size((int)to)) return fold_cannot(f, "its type is not supported");
  if (to == t->type || (fold_is_float(to) && fold_is_float(t->type))) return fold_Identity(f);
  if (fold_is_float(to)) {
    void *floats;
    TRY(fold_set_output(f, ONNX_FLOAT, &t->shape, &floats));
    onnx_floats(t, floats);
    return PL_OK;
  }
  if (to == ONNX_BOOL && fold_is_float(t->type)) return fold_cannot(f, "floats are not made true or false here");
  const int64_t *ints;
  TRY(fold_read_ints(f, t, &ints));
  return fold_store_ints(f, to, &t->shape, ints);
}

pl_status fold_Cast(fold *f) { return cast(f, (onnx_type)onnx_int(f->node, "to", 0)); }
pl_status fold_CastLike(fold *f) { return cast(f, f->in[1].tensor->type); }

/* ---- shapes ---- */

static int clamp_index(int64_t index, int rank) {
  if (index < 0) index += rank;
  return (int)(index < 0 ? 0 : index > rank ? rank : index);
}

pl_status fold_Shape(fold *f) {
  const shape *s = f->in[0].shape;
  const int start = clamp_index(onnx_int(f->node, "start", 0), s->rank);
  const int end = clamp_index(onnx_int(f->node, "end", s->rank), s->rank);
  void *elements;
  TRY(fold_set_output(f, ONNX_INT64, &(shape){1, {end > start ? end - start : 0}}, &elements));
  for (int i = start; i < end; i++) ((int64_t *)elements)[i - start] = s->dim[i];
  return PL_OK;
}

pl_status fold_Size(fold *f) {
  void *element;
  size_t count;
  TRY(fold_count(f, f->in[0].shape, &count));
  TRY(fold_set_output(f, ONNX_INT64, &(shape){0}, &element));
  *(int64_t *)element = (int64_t)count;
  return PL_OK;
}

/* One size of a Reshape: 0 keeps the input's, -1 is left for later. */
static pl_status reshape_dimension(const fold *f, const shape *from, int64_t size, shape *to, int *open) {
  if (size == 0 && !onnx_int(f->node, "allowzero", 0)) {
    if (to->rank >= from->rank) return fold_cannot(f, "it copies a size that its input does not have");
    size = from->dim[to->rank];
  } else if (size == -1) {
    if (*open >= 0) return fold_cannot(f, "more than one of its sizes is open");
    *open = to->rank;
    size = 1;
  }
  return fold_add_dimension(f, to, size);
}

pl_status fold_Reshape(fold *f) {
  const int64_t *target;
  const onnx_tensor *list = f->in[1].tensor;
  shape s = {0};
  int open = -1;
  size_t count;
  TRY(fold_read_ints(f, list, &target));
  for (size_t i = 0; i < list->count; i++) TRY(reshape_dimension(f, &f->in[0].tensor->shape, target[i], &s, &open));
  TRY(fold_count(f, &s, &count));
  if (open >= 0 && count) {
    if (f->in[0].tensor->count / count > INT_MAX) return fold_cannot(f, "its result has an impossible size");
    s.dim[open] = (int)(f->in[0].tensor->count / count);
  }
  return fold_set_view(f, &s);
}

pl_status fold_Flatten(fold *f) {
  const shape *from = &f->in[0].tensor->shape;
  int64_t axis = onnx_int(f->node, "axis", 1), before = 1;
  shape s = {0};
  if (axis < -from->rank || axis > from->rank) return fold_cannot(f, "its axis lies outside the shape");
  if (axis < 0) axis += from->rank;
  if (!f->in[0].tensor->count) return fold_cannot(f, "it is empty");
  for (int i = 0; i < axis; i++) before *= from->dim[i];
  TRY(fold_add_dimension(f, &s, before));
  TRY(fold_add_dimension(f, &s, (int64_t)f->in[0].tensor->count / before));
  return fold_set_view(f, &s);
}

pl_status fold_Squeeze(fold *f) {
  const shape *from = &f->in[0].tensor->shape;
  const int64_t *axes;
  bool dropped[MAX_RANK] = {false};
  int count;
  shape s = {0};
  TRY(fold_read_list(f, 1, "axes", &axes, &count));
  for (int i = 0; i < from->rank && count < 0; i++) dropped[i] = from->dim[i] == 1;
  TRY(fold_mark_axes(f, axes, count, from->rank, dropped));
  for (int i = 0; i < from->rank; i++)
    if (!dropped[i]) TRY(fold_add_dimension(f, &s, from->dim[i]));
  return fold_set_view(f, &s);
}

pl_status fold_Unsqueeze(fold *f) {
  const shape *from = &f->in[0].tensor->shape;
  const int64_t *axes;
  bool added[MAX_RANK] = {false};
  int count, next = 0;
  shape s = {0};
  TRY(fold_read_list(f, 1, "axes", &axes, &count));
  if (count < 0 || count > MAX_RANK - from->rank) return fold_cannot(f, "its result has too many dimensions, or it names none");
  TRY(fold_mark_axes(f, axes, count, from->rank + count, added));
  for (int i = 0; i < from->rank + count; i++) TRY(fold_add_dimension(f, &s, added[i] ? 1 : from->dim[next++]));
  return fold_set_view(f, &s);
}

/* ---- moving elements ---- */

pl_status fold_Transpose(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const onnx_attribute *order = onnx_find(f->node, "perm");
  const int rank = t->shape.rank;
  const size_t element = onnx_type_size(t->type);
  bool seen[MAX_RANK] = {false};
  int64_t own[MAX_RANK], strides[MAX_RANK];
  shape s = {0};
  void *elements;
  if (order && (order->kind != ONNX_ATTRIBUTE_INTS || order->count != rank))
    return fold_cannot(f, "its order does not fit the shape");
  if (order) TRY(fold_mark_axes(f, order->ints, rank, rank, seen));
  fold_find_strides(&t->shape, element, own);
  for (int i = 0; i < rank; i++) {
    int from = rank - 1 - i;
    if (order) TRY(fold_find_axis(f, order->ints[i], rank, &from));
    strides[i] = own[from];
    TRY(fold_add_dimension(f, &s, t->shape.dim[from]));
  }
  TRY(fold_set_output(f, t->type, &s, &elements));
  fold_copy_strided(elements, &s, t->data, strides, element);
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
    const onnx_tensor *t = fold_has(f, k) ? f->in[k].tensor : NULL;
    if (!t || t->type != f->in[0].tensor->type || t->shape.rank != s->rank)
      return fold_cannot(f, "its inputs are of different kinds");
    for (int i = 0; i < s->rank; i++)
      if (i != axis && t->shape.dim[i] != s->dim[i]) return fold_cannot(f, "its inputs' shapes do not fit together");
    size += t->shape.dim[axis];
  }
  if (size > INT_MAX) return fold_cannot(f, "its result has an impossible size");
  s->dim[axis] = (int)size;
  return PL_OK;
}

pl_status fold_Concat(fold *f) {
  const size_t element = onnx_type_size(f->in[0].tensor->type);
  shape s;
  int axis = 0;
  void *elements;
  size_t before, after;
  TRY(fold_find_axis(f, onnx_int(f->node, "axis", 0), f->in[0].tensor->shape.rank, &axis));
  TRY(concat_shape(f, axis, &s));
  TRY(fold_set_output(f, f->in[0].tensor->type, &s, &elements));
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

pl_status fold_Gather(fold *f) {
  const onnx_tensor *t = f->in[0].tensor, *indices = f->in[1].tensor;
  const int64_t *index;
  shape s = {0};
  int axis = 0;
  void *elements;
  size_t before, after;
  TRY(fold_find_axis(f, onnx_int(f->node, "axis", 0), t->shape.rank, &axis));
  const int size = t->shape.dim[axis];
  for (int i = 0; i < axis; i++) TRY(fold_add_dimension(f, &s, t->shape.dim[i]));
  for (int i = 0; i < indices->shape.rank; i++) TRY(fold_add_dimension(f, &s, indices->shape.dim[i]));
  for (int i = axis + 1; i < t->shape.rank; i++) TRY(fold_add_dimension(f, &s, t->shape.dim[i]));
  TRY(fold_read_ints(f, indices, &index));
  for (size_t j = 0; j < indices->count; j++)
    if (index[j] < -size || index[j] >= size) return fold_cannot(f, "an index lies outside its input");
  TRY(fold_set_output(f, t->type, &s, &elements));
  split_at(&t->shape, axis, &before, &after);
  const size_t bytes = after * onnx_type_size(t->type);
  char *out = elements;
  for (size_t i = 0; i < before && f->out->count; i++)
    for (size_t j = 0; j < indices->count; j++, out += bytes) {
      const size_t from = i * (size_t)size + (size_t)(index[j] < 0 ? index[j] + size : index[j]);
      memcpy(out, (const char *)t->data + from * bytes, bytes);
    }
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

pl_status fold_Slice(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const size_t element = onnx_type_size(t->type);
  const int64_t *starts, *ends, *axes, *steps;
  int start_count, end_count, axis_count, step_count;
  int64_t strides[MAX_RANK], first = 0;
  shape s = t->shape;
  void *elements;
  TRY(fold_read_list(f, 1, "starts", &starts, &start_count));
  TRY(fold_read_list(f, 2, "ends", &ends, &end_count));
  TRY(fold_read_list(f, 3, "axes", &axes, &axis_count));
  TRY(fold_read_list(f, 4, "", &steps, &step_count));
  if (start_count < 0 || end_count != start_count || (axis_count >= 0 && axis_count != start_count) ||
      (step_count >= 0 && step_count != start_count) || (axis_count < 0 && start_count > s.rank))
    return fold_cannot(f, "its lists are of different lengths");
  fold_find_strides(&t->shape, element, strides);
  bool seen[MAX_RANK] = {false};
  for (int i = 0; i < start_count; i++) {
    int axis = i;
    if (axis_count >= 0) TRY(fold_find_axis(f, axes[i], s.rank, &axis));
    const int64_t step = step_count >= 0 ? steps[i] : 1;
    if (!step || seen[axis]) return fold_cannot(f, "a step is 0, or an axis is named twice");
    seen[axis] = true;
    const cut c = cut_axis(starts[i], ends[i], step, s.dim[axis]);
    s.dim[axis] = (int)c.count;
    if (c.count) first += c.start * strides[axis];
    strides[axis] = c.count > 1 ? strides[axis] * c.step : 0;
  }
  TRY(fold_set_output(f, t->type, &s, &elements));
  if (f->out->count) fold_copy_strided(elements, &s, (const char *)t->data + first, strides, element);
  return PL_OK;
}

/* Sizes of the parts are given, or all are alike but for the last. */
pl_status fold_Split(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const int64_t *sizes = NULL;
  const int parts = f->node->output_count;
  int64_t strides[MAX_RANK], first = 0, at = 0;
  int axis, count;
  shape s = t->shape;
  void *elements;
  TRY(fold_find_axis(f, onnx_int(f->node, "axis", 0), s.rank, &axis));
  TRY(fold_read_list(f, 1, "split", &sizes, &count));
  if (count >= 0 && count != parts) return fold_cannot(f, "it has not one size for each output");
  const int64_t whole = s.dim[axis], each = (whole + parts - 1) / parts;
  for (int k = 0; k < parts; k++) {
    const int64_t size = count >= 0 ? sizes[k] : each < whole - at ? each : whole - at;
    if (size < 0 || size > whole - at) return fold_cannot(f, "its sizes do not fit its input");
    if (k == f->output) first = at, s.dim[axis] = (int)size;
    at += size;
  }
  if (at != whole) return fold_cannot(f, "its sizes do not fill its input");
  fold_find_strides(&t->shape, onnx_type_size(t->type), strides);
  TRY(fold_set_output(f, t->type, &s, &elements));
  const char *from = (const char *)t->data + first * strides[axis];
  if (f->out->count) fold_copy_strided(elements, &s, from, strides, onnx_type_size(t->type));
  return PL_OK;
}

/* ---- filling ---- */

/* A list of sizes as a shape. */
static pl_status read_shape(const fold *f, const onnx_tensor *list, shape *s) {
  const int64_t *sizes;
  *s = (shape){0};
  TRY(fold_read_ints(f, list, &sizes));
  for (size_t i = 0; i < list->count; i++) TRY(fold_add_dimension(f, s, sizes[i]));
  return PL_OK;
}

pl_status fold_Expand(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  shape asked, s;
  TRY(read_shape(f, f->in[1].tensor, &asked));
  TRY(fold_broadcast_shape(f, &t->shape, &asked, &s));
  const void *repeated;
  void *elements;
  if (shape_equal(&t->shape, &s)) return fold_Identity(f);
  TRY(fold_broadcast(f, t->data, &t->shape, onnx_type_size(t->type), &s, &repeated));
  TRY(fold_set_output(f, t->type, &s, &elements));
  memcpy(elements, repeated, f->out->count * onnx_type_size(t->type));
  return PL_OK;
}

pl_status fold_ConstantOfShape(fold *f) {
  const onnx_attribute *a = onnx_find(f->node, "value");
  const onnx_tensor *value = a && a->kind == ONNX_ATTRIBUTE_TENSOR && a->tensor->count == 1 ? a->tensor : NULL;
  shape s;
  void *elements;
  TRY(read_shape(f, f->in[0].tensor, &s));
  TRY(fold_set_output(f, value ? value->type : ONNX_FLOAT, &s, &elements));
  const size_t size = onnx_type_size(f->out->type);
  for (size_t i = 0; i < f->out->count && value; i++) memcpy((char *)elements + i * size, value->data, size);
  return PL_OK;
}

/* start, start + step, ... up to the limit. */
static pl_status range_of_floats(fold *f) {
  float v[3];
  for (int k = 0; k < 3; k++) onnx_floats(f->in[k].tensor, &v[k]);
  const double count = ceil(((double)v[1] - (double)v[0]) / (double)v[2]);
  if (!(fabs(count) <= INT_MAX)) return fold_cannot(f, "its step or bounds are impossible");
  shape s = {0};
  void *elements;
  TRY(fold_add_dimension(f, &s, count > 0 ? (int64_t)count : 0));
  TRY(fold_set_output(f, ONNX_FLOAT, &s, &elements));
  for (int i = 0; i < s.dim[0]; i++) ((float *)elements)[i] = v[0] + (float)i * v[2];
  return PL_OK;
}

pl_status fold_Range(fold *f) {
  int64_t v[3], wide;
  for (int k = 0; k < 3; k++)
    if (f->in[k].tensor->count != 1) return fold_cannot(f, "its bounds must be single numbers");
  if (fold_is_float(f->in[0].tensor->type)) return range_of_floats(f);
  for (int k = 0; k < 3; k++) onnx_ints(f->in[k].tensor, &v[k]);
  if (!v[2] || v[2] == INT64_MIN || __builtin_sub_overflow(v[1], v[0], &wide))
    return fold_cannot(f, "its step or bounds are impossible");
  const int64_t stride = v[2] < 0 ? -v[2] : v[2];
  if (v[2] < 0 && __builtin_sub_overflow(0, wide, &wide)) return fold_cannot(f, "its bounds are impossible");
  const int64_t count = wide > 0 ? (wide - 1) / stride + 1 : 0;
  shape s = {0};
  void *elements;
  TRY(fold_add_dimension(f, &s, count));
  TRY(fold_set_output(f, ONNX_INT64, &s, &elements));
  for (int64_t i = 0; i < count; i++) ((int64_t *)elements)[i] = v[0] + i * v[2];
  return PL_OK;
}
