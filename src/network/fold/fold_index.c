/* Slices at tuples of indices. */
#include <string.h>

#include "network/fold/fold_rules.h"

/* Tuples of the second input index the first axes of the first one: how many, how long, and the bytes of a slice. The axes of the
 * tuples and of a slice make the shape of all slices. */
typedef struct tuples {
  const int64_t *tuples;
  size_t count, bytes;
  int depth;
  shape slices;
} tuples;

static pl_status read_tuples(const fold *f, tuples *t) {
  const onnx_tensor *tensor = f->in[0].tensor, *list = f->in[1].tensor;
  const shape *s = &list->shape;
  *t = (tuples){.bytes = onnx_type_size(tensor->type), .depth = s->rank ? s->dim[s->rank - 1] : 0};
  if (t->depth < 1 || t->depth > tensor->shape.rank) return fold_cannot(f, "its indices do not go with its input");
  for (int d = 0; d < s->rank - 1; d++) TRY(fold_add_dimension(f, &t->slices, s->dim[d]));
  for (int d = t->depth; d < tensor->shape.rank; d++) {
    TRY(fold_add_dimension(f, &t->slices, tensor->shape.dim[d]));
    t->bytes *= (size_t)tensor->shape.dim[d];
  }
  t->count = list->count / (size_t)t->depth;
  return fold_read_ints(f, list, &t->tuples);
}

static pl_status find_slice(const fold *f, const tuples *t, size_t k, size_t *at) {
  if (!shape_offset(&f->in[0].tensor->shape, t->tuples + k * (size_t)t->depth, t->depth, at))
    return fold_cannot(f, "an index lies outside its input");
  *at *= t->bytes;
  return PL_OK;
}

pl_status fold_GatherND(fold *f) {
  const onnx_tensor *tensor = f->in[0].tensor;
  tuples t;
  void *slices;
  if (onnx_int(f->node, "batch_dims", 0)) return fold_cannot(f, "indices for every item of a batch are not supported");
  TRY(read_tuples(f, &t));
  TRY(fold_set_output(f, tensor->type, &t.slices, &slices));
  for (size_t k = 0, at; k < t.count && t.bytes; k++) {
    TRY(find_slice(f, &t, k, &at));
    memcpy((char *)slices + k * t.bytes, (const char *)tensor->data + at, t.bytes);
  }
  return PL_OK;
}

pl_status fold_ScatterND(fold *f) {
  const onnx_tensor *tensor = f->in[0].tensor, *updates = f->in[2].tensor;
  tuples t;
  void *result;
  if (strcmp(onnx_string(f->node, "reduction", "none"), "none") != 0) return fold_cannot(f, "its reduction is not supported");
  TRY(read_tuples(f, &t));
  if (updates->type != tensor->type || !shape_equal(&updates->shape, &t.slices))
    return fold_cannot(f, "what is scattered does not go with its indices");
  TRY(fold_set_output(f, tensor->type, &tensor->shape, &result));
  if (tensor->count) memcpy(result, tensor->data, tensor->count * onnx_type_size(tensor->type));
  for (size_t k = 0, at; k < t.count && t.bytes; k++) {
    TRY(find_slice(f, &t, k, &at));
    memcpy((char *)result + at, (const char *)updates->data + k * t.bytes, t.bytes);
  }
  return PL_OK;
}
