/* Changes of the order of values: Transpose, and the change of layout that is put between operators. */
#include <stdlib.h>

#include "walk.h"

/* Goes over the output in its order; the operand is the input. */
typedef struct transpose {
  walk forward;
} transpose;

static pl_status read_permutation(const node *n, int rank, int *from) {
  const onnx_attribute *a = onnx_find(n->source, "perm");
  unsigned seen = 0;
  for (int d = 0; d < rank; d++) from[d] = rank - 1 - d;
  if (!a) return PL_OK;
  for (int d = 0; d < rank && a->kind == ONNX_ATTRIBUTE_INTS && a->count == rank; d++) {
    if (a->ints[d] < 0 || a->ints[d] >= rank) break;
    from[d] = (int)a->ints[d];
    seen |= 1u << from[d];
  }
  if (seen == (1u << rank) - 1) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "%s: its permutation is not one of %d axes", ops_describe(n), rank);
}

/* An output of rank 4 made from values that have their channels last is an image again. */
static bool makes_image(const int *from, int rank) {
  return rank == 4 && from[0] == 0 && from[1] == 3 && from[2] == 1 && from[3] == 2;
}

static pl_status transpose_infer(inference *i) {
  TRY(infer_inputs(i, 1, 1));
  const shape *in = &i->in[0]->shape;
  int from[MAX_RANK];
  TRY(read_permutation(i->node, in->rank, from));
  shape out = {in->rank, {0}};
  for (int d = 0; d < in->rank; d++) out.dim[d] = in->dim[from[d]];
  return infer_output(i, 0, &out, makes_image(from, in->rank) ? LAYOUT_CHANNELS_LAST : LAYOUT_PLAIN);
}

static pl_status transpose_create(op *o) {
  o->state = calloc(1, sizeof(transpose));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static void transpose_free(op *o) {
  free(o->state);
  o->state = NULL;
}

static pl_status transpose_reshape(op *o) {
  transpose *t = o->state;
  int from[MAX_RANK];
  TRY(read_permutation(o->node, o->in[0].shape.rank, from));
  const strides in = walk_strides(&o->in[0], &o->in[0].shape);
  strides s = {{0}};
  for (int d = 0; d < o->in[0].shape.rank; d++) s.at[d] = in.at[from[d]];
  t->forward = walk_create(&o->out[0], &s, 1);
  return PL_OK;
}

static pl_status transpose_forward(op *o, const buffers *b) {
  const transpose *t = o->state;
  const walk *w = &t->forward;
  const size_t inner = walk_inner(w), stride = walk_inner_stride(w, 0);
  float *restrict out = b->out[0];
  cursor c = {{0}, {0}};
  do {
    const float *in = b->in[0] + c.at[0];
    if (stride == 1)
      for (size_t k = 0; k < inner; k++) out[k] = in[k];
    else
      for (size_t k = 0; k < inner; k++) out[k] = in[k * stride];
    out += inner;
  } while (walk_next(w, &c));
  return PL_OK;
}

static pl_status transpose_backward(op *o, const buffers *b) {
  const transpose *t = o->state;
  const walk *w = &t->forward;
  const size_t inner = walk_inner(w), stride = walk_inner_stride(w, 0);
  const float *restrict dout = b->dout[0];
  cursor c = {{0}, {0}};
  if (!b->din[0]) return PL_OK;
  do {
    float *din = b->din[0] + c.at[0];
    if (stride == 1)
      for (size_t k = 0; k < inner; k++) din[k] = dout[k];
    else
      for (size_t k = 0; k < inner; k++) din[k * stride] = dout[k];
    dout += inner;
  } while (walk_next(w, &c));
  return PL_OK;
}

const op_class ops_Transpose = {.type = "Transpose",
                                .infer = transpose_infer,
                                .create = transpose_create,
                                .reshape = transpose_reshape,
                                .forward = transpose_forward,
                                .backward = transpose_backward,
                                .free = transpose_free};

/* ---- change of layout: in[0] and out[0] have one shape ---- */

static pl_status relayout_reshape(op *o) {
  transpose *t = o->state;
  const strides s = walk_strides(&o->in[0], &o->in[0].shape);
  t->forward = walk_create(&o->out[0], &s, 1);
  return PL_OK;
}

const op_class ops_relayout = {.type = "Relayout",
                               .create = transpose_create,
                               .reshape = relayout_reshape,
                               .forward = transpose_forward,
                               .backward = transpose_backward,
                               .free = transpose_free};
