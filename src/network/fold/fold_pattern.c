/* Repetitions, triangles, and other patterns that masks and grids of positions are made of. */
#include <string.h>

#include "network/fold/fold_rules.h"

/* Repeats along one axis after the other, the last first; each time, all that lies inside the axis is copied as one block. */
pl_status fold_Tile(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const int64_t *repeats;
  size_t block = onnx_type_size(t->type), before = t->count;
  TRY(fold_read_ints(f, f->in[1].tensor, &repeats));
  if (!t->count || f->in[1].tensor->count != (size_t)t->shape.rank)
    return fold_cannot(f, "it is empty, or has not one number of repetitions per axis");
  *f->out = *t;
  for (int d = t->shape.rank - 1; d >= 0; d--) {
    const char *from = f->out->data;
    shape s = f->out->shape;
    void *to;
    int64_t size;
    before /= (size_t)t->shape.dim[d];
    block *= (size_t)t->shape.dim[d];
    if (repeats[d] < 1 || __builtin_mul_overflow(repeats[d], s.dim[d], &size) || size > INT32_MAX)
      return fold_cannot(f, "a number of repetitions is impossible");
    if (repeats[d] == 1) continue;
    s.dim[d] = (int)size;
    TRY(fold_set_output(f, t->type, &s, &to));
    for (size_t i = 0; i < before * (size_t)repeats[d]; i++)
      memcpy((char *)to + i * block, from + i / (size_t)repeats[d] * block, block);
    block *= (size_t)repeats[d];
  }
  return PL_OK;
}

/* Ones along a diagonal. */
pl_status fold_EyeLike(fold *f) {
  const shape *s = f->in[0].shape;
  const onnx_type own = f->in[0].tensor ? f->in[0].tensor->type : ONNX_FLOAT;
  const onnx_type type = (onnx_type)onnx_int(f->node, "dtype", own);
  const int64_t diagonal = onnx_int(f->node, "k", 0);
  size_t count;
  void *memory;
  if (s->rank != 2 || !onnx_type_size((int)type)) return fold_cannot(f, "its shape or type is not supported");
  TRY(fold_count(f, s, &count));
  TRY(fold_allocate(f, count, sizeof(int64_t), &memory));
  int64_t *ints = memory;
  for (int64_t row = 0; row < s->dim[0]; row++)
    for (int64_t column = 0; column < s->dim[1]; column++) *ints++ = column - row == diagonal;
  if (!fold_is_float(type)) return fold_store_ints(f, type, s, memory);
  const onnx_tensor whole = {.type = ONNX_INT64, .shape = *s, .data = memory, .count = shape_count(s)};
  TRY(fold_set_output(f, ONNX_FLOAT, s, &memory));
  onnx_floats(&whole, memory);
  return PL_OK;
}

/* What lies on one side of a diagonal of the last two axes; elsewhere 0. */
pl_status fold_Trilu(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const bool upper = onnx_int(f->node, "upper", 1) != 0;
  const size_t element = onnx_type_size(t->type);
  const int rank = t->shape.rank;
  int64_t diagonal = 0;
  void *elements;
  if (rank < 2) return fold_cannot(f, "its input is no matrix");
  if (fold_has(f, 1)) {
    if (f->in[1].tensor->count != 1) return fold_cannot(f, "its diagonal is not one number");
    onnx_ints(f->in[1].tensor, &diagonal);
  }
  TRY(fold_set_output(f, t->type, &t->shape, &elements));
  const int64_t rows = t->shape.dim[rank - 2], columns = t->shape.dim[rank - 1];
  for (size_t i = 0; i < t->count; i++) {
    const int64_t column = (int64_t)i % columns, row = (int64_t)i / columns % rows;
    const bool kept = column - row == diagonal || (column - row > diagonal) == upper;
    if (kept) memcpy((char *)elements + i * element, (const char *)t->data + i * element, element);
  }
  return PL_OK;
}

/* Indices of what is not 0: one row for each axis. */
pl_status fold_NonZero(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const float *values;
  void *elements;
  int64_t found = 0;
  shape s = {0};
  if (!t->shape.rank) return fold_cannot(f, "its input is a single number");
  TRY(fold_read_floats(f, t, &values));
  for (size_t i = 0; i < t->count; i++) found += values[i] != 0;
  TRY(fold_add_dimension(f, &s, t->shape.rank));
  TRY(fold_add_dimension(f, &s, found));
  TRY(fold_set_output(f, ONNX_INT64, &s, &elements));
  int64_t *indices = elements, column = 0;
  for (size_t i = 0; i < t->count; i++) {
    if (values[i] == 0) continue;
    size_t rest = i;
    for (int d = t->shape.rank - 1; d >= 0; d--) {
      indices[d * found + column] = (int64_t)(rest % (size_t)t->shape.dim[d]);
      rest /= (size_t)t->shape.dim[d];
    }
    column++;
  }
  return PL_OK;
}

/* The running sum along an axis, by which exporters number the positions that a mask leaves. */
pl_status fold_CumSum(fold *f) {
  const onnx_tensor *t = f->in[0].tensor, *along = f->in[1].tensor;
  const bool floats = fold_is_float(t->type);
  int64_t given;
  int axis;
  void *memory;
  if (along->count != 1) return fold_cannot(f, "its axis is not one number");
  if (onnx_int(f->node, "exclusive", 0) || onnx_int(f->node, "reverse", 0)) return fold_cannot(f, "it does not sum forward");
  onnx_ints(along, &given);
  TRY(fold_find_axis(f, given, t->shape.rank, &axis));
  size_t step = 1;
  for (int d = axis + 1; d < t->shape.rank; d++) step *= (size_t)t->shape.dim[d];
  if (floats) {
    TRY(fold_set_output(f, ONNX_FLOAT, &t->shape, &memory));
    onnx_floats(t, memory);
  } else {
    TRY(fold_allocate(f, t->count, sizeof(int64_t), &memory));
    onnx_ints(t, memory);
  }
  for (size_t i = 0; i < t->count; i++) {
    if (i / step % (size_t)t->shape.dim[axis] == 0) continue;
    if (floats) ((float *)memory)[i] += ((float *)memory)[i - step];
    else if (__builtin_add_overflow(((int64_t *)memory)[i], ((int64_t *)memory)[i - step], &((int64_t *)memory)[i]))
      return fold_cannot(f, "its result does not fit an integer");
  }
  return floats ? PL_OK : fold_store_ints(f, t->type, &t->shape, memory);
}
