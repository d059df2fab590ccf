#include "network/ops/kernels/broadcast.h"

/* ---- inference ---- */

static const shape *operand_shape(const inference *i, int k) {
  return i->constant[k] ? &i->constant[k]->shape : &i->in[k]->shape;
}

/* The common shape of what came before and of one operand more. */
static pl_status widen(const inference *i, shape *out, const shape *s) {
  const shape before = *out;
  out->rank = before.rank > s->rank ? before.rank : s->rank;
  for (int d = 0; d < out->rank; d++) {
    const int db = d - (out->rank - before.rank), ds = d - (out->rank - s->rank);
    const int b = db < 0 ? 1 : before.dim[db], size = ds < 0 ? 1 : s->dim[ds];
    if (b != size && b != 1 && size != 1)
      return status_fail(PL_INVALID_MODEL, "%s: %s and %s do not go together", ops_describe(i->node), shape_text(&before),
                         shape_text(s));
    out->dim[d] = b == 1 ? size : b;
  }
  return PL_OK;
}

static layout output_layout(const inference *i) {
  for (int k = 0; k < i->node->input_count; k++)
    if (!i->constant[k] && !layout_free(&i->in[k]->shape)) return i->in[k]->layout;
  for (int k = 0; k < i->node->input_count; k++)
    if (!i->constant[k] && i->in[k]->shape.rank == 4) return i->in[k]->layout;
  return LAYOUT_PLAIN;
}

pl_status broadcast_infer(inference *i) {
  shape out = {0};
  int variables = 0;
  for (int k = 0; k < i->node->input_count; k++) {
    if (i->constant[k]) TRY(infer_constant(i, k, "operand", -1));
    variables += !i->constant[k];
    TRY(widen(i, &out, operand_shape(i, k)));
  }
  if (!variables) return status_fail(PL_UNSUPPORTED_OP, "%s: its inputs are constants", ops_describe(i->node));
  const layout l = output_layout(i);
  for (int k = 0; k < i->node->input_count; k++)
    if (!i->constant[k] && !layout_free(&i->in[k]->shape)) i->wants[k] = l;
  return infer_output(i, 0, &out, l);
}

static tensor_type type_of(const op *o, int k) {
  return o->constant[k] ? (tensor_type){o->constant[k]->shape, LAYOUT_PLAIN} : o->in[k];
}

strides broadcast_strides(const op *o, int k) {
  const tensor_type type = type_of(o, k);
  return walk_strides(&type, &o->out[0].shape);
}

bool broadcast_repeats(const op *o, int k) {
  const tensor_type type = type_of(o, k);
  return shape_count(&type.shape) != ops_out_count(o);
}

/* ---- constants ---- */

pl_status broadcast_read(const op *o, float **constants) {
  for (int k = 0; k < o->input_count; k++)
    if (o->constant[k] && !(constants[k] = ops_floats(o->constant[k]))) return ops_out_of_memory(o);
  return PL_OK;
}

void broadcast_free(const op *o, float **constants) {
  for (int k = 0; k < o->input_count; k++) {
    memory_free(constants[k]);
    constants[k] = NULL;
  }
}

/* ---- run ---- */

const float *broadcast_spread(const float *from, size_t stride, size_t n, float *room) {
  if (stride == 1) return from;
  for (size_t k = 0; k < n; k++) room[k] = from[k * stride];
  return room;
}

void broadcast_gather(const float *d, size_t stride, size_t n, float *din) {
  if (stride == 0) {
    float sum = 0;
    for (size_t k = 0; k < n; k++) sum += d[k];
    *din += sum;
  } else {
    for (size_t k = 0; k < n; k++) din[k * stride] += d[k];
  }
}
