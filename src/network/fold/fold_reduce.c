/* Reductions of integers, such as sizes, exactly; the network's own operators reduce floats. */
#include "network/fold/fold_rules.h"

/* Takes one value more; false where the result does not fit. */
typedef bool taker(int64_t so_far, int64_t value, int64_t *out);

static bool take_sum(int64_t so_far, int64_t value, int64_t *out) { return !__builtin_add_overflow(so_far, value, out); }
static bool take_product(int64_t so_far, int64_t value, int64_t *out) { return !__builtin_mul_overflow(so_far, value, out); }

static bool take_maximum(int64_t so_far, int64_t value, int64_t *out) {
  *out = value > so_far ? value : so_far;
  return true;
}

static bool take_minimum(int64_t so_far, int64_t value, int64_t *out) {
  *out = value < so_far ? value : so_far;
  return true;
}

/* Axes are an attribute in older opsets, an input in newer ones; none means all, unless the node says otherwise. */
static pl_status read_axes(const fold *f, int rank, bool *reduced) {
  const int64_t *axes = NULL;
  int count;
  TRY(fold_read_list(f, 1, "axes", &axes, &count));
  for (int d = 0; d < rank && count <= 0; d++) reduced[d] = !onnx_int(f->node, "noop_with_empty_axes", 0);
  return fold_mark_axes(f, axes, count, rank, reduced);
}

/* The result's shape, and the distance in it from one index of the input to the next. */
static pl_status reduced_shape(const fold *f, const shape *from, const bool *reduced, shape *s, int64_t *strides) {
  const bool keep = onnx_int(f->node, "keepdims", 1) != 0;
  int64_t stride = 1;
  *s = (shape){0};
  for (int d = 0; d < from->rank; d++)
    if (!reduced[d] || keep) TRY(fold_add_dimension(f, s, reduced[d] ? 1 : from->dim[d]));
  for (int d = from->rank - 1; d >= 0; d--) {
    strides[d] = reduced[d] ? 0 : stride;
    if (!reduced[d]) stride *= from->dim[d];
  }
  return PL_OK;
}

static pl_status reduce(fold *f, int64_t start, taker *take) {
  const onnx_tensor *t = f->in[0].tensor;
  bool reduced[MAX_RANK] = {false};
  int64_t strides[MAX_RANK], *results;
  const int64_t *values;
  shape s;
  void *memory;
  if (fold_is_float(t->type)) return fold_cannot(f, "it is computed of integers only");
  if (!t->count) return fold_cannot(f, "it is empty");
  TRY(read_axes(f, t->shape.rank, reduced));
  TRY(reduced_shape(f, &t->shape, reduced, &s, strides));
  TRY(fold_read_ints(f, t, &values));
  TRY(fold_allocate(f, shape_count(&s), sizeof *results, &memory));
  results = memory;
  for (size_t i = 0; i < shape_count(&s); i++) results[i] = start;
  for (size_t i = 0; i < t->count; i++) {
    size_t rest = i;
    int64_t at = 0;
    for (int d = t->shape.rank - 1; d >= 0; d--) {
      at += (int64_t)(rest % (size_t)t->shape.dim[d]) * strides[d];
      rest /= (size_t)t->shape.dim[d];
    }
    if (!take(results[at], values[i], &results[at])) return fold_cannot(f, "its result does not fit an integer");
  }
  return fold_store_ints(f, t->type, &s, results);
}

pl_status fold_ReduceSum(fold *f) { return reduce(f, 0, take_sum); }
pl_status fold_ReduceProd(fold *f) { return reduce(f, 1, take_product); }
pl_status fold_ReduceMax(fold *f) { return reduce(f, INT64_MIN, take_maximum); }
pl_status fold_ReduceMin(fold *f) { return reduce(f, INT64_MAX, take_minimum); }
