/* RMSNormalization: rows, which are all dimensions from `axis` on, to a mean square of 1, times scale. Plain order. */
#include <stdlib.h>

#include "internal.h"

typedef struct rms_norm {
  float *scale; /* `size` values */
  size_t size;
} rms_norm;

static pl_status rms_norm_infer(inference *i) {
  int axis;
  TRY(infer_inputs(i, 2, 2));
  const shape *in = &i->in[0]->shape;
  TRY(infer_axis(i, onnx_int(i->node->source, "axis", -1), in->rank, &axis));
  TRY(infer_constant(i, 1, "scale", -1));
  size_t size = 1;
  for (int d = axis; d < in->rank; d++) size *= (size_t)in->dim[d];
  if (i->constant[1]->count != size)
    return status_fail(PL_INVALID_MODEL, "%s: a scale of %s for %s", ops_describe(i->node), shape_text(&i->constant[1]->shape),
                       shape_text(in));
  infer_want_plain(i, 0);
  return infer_output(i, 0, in, LAYOUT_PLAIN);
}

static pl_status rms_norm_create(op *o) {
  rms_norm *n = o->state = calloc(1, sizeof *n);
  if (!n) return ops_out_of_memory(o);
  n->size = o->constant[1]->count;
  n->scale = ops_floats(o->constant[1]);
  return n->scale ? PL_OK : ops_out_of_memory(o);
}

static void rms_norm_free(op *o) {
  rms_norm *n = o->state;
  if (!n) return;
  free(n->scale);
  free(n);
  o->state = NULL;
}

static size_t rows_of(const op *o) { return ops_out_count(o) / ((const rms_norm *)o->state)->size; }

/* Keeps 1 / root of the mean square of each row. */
static pl_status rms_norm_reshape(op *o) {
  o->saved = rows_of(o) * sizeof(float);
  return PL_OK;
}

static pl_status rms_norm_forward(op *o, const buffers *b) {
  const rms_norm *n = o->state;
  const float epsilon = onnx_float(o->node->source, "epsilon", 1e-5f), *x = b->in[0], *scale = n->scale;
  float *restrict y = b->out[0], *factors = b->saved;
  for (size_t r = 0; r < rows_of(o); r++, x += n->size, y += n->size) {
    const float factor = factors[r] = 1 / sqrtf(squares_of(x, n->size, 0) / (float)n->size + epsilon);
    for (size_t k = 0; k < n->size; k++) y[k] = x[k] * factor * scale[k];
  }
  return PL_OK;
}

/* dx = factor (g - z (mean of g z)), with g = dy scale and z = x factor */
static pl_status rms_norm_backward(op *o, const buffers *b) {
  const rms_norm *n = o->state;
  const float *x = b->in[0], *dy = b->dout[0], *scale = n->scale, *factors = b->saved;
  float *restrict dx = b->din[0];
  for (size_t r = 0; r < rows_of(o) && dx; r++, x += n->size, dy += n->size, dx += n->size) {
    for (size_t k = 0; k < n->size; k++) dx[k] = dy[k] * scale[k] * x[k];
    const float factor = factors[r], slope = sum_of(dx, n->size) / (float)n->size * factor * factor;
    for (size_t k = 0; k < n->size; k++) dx[k] = factor * (dy[k] * scale[k] - x[k] * slope);
  }
  return PL_OK;
}

const op_class ops_RMSNormalization = {.type = "RMSNormalization",
                                       .flags = KEEPS_INPUT,
                                       .infer = rms_norm_infer,
                                       .create = rms_norm_create,
                                       .reshape = rms_norm_reshape,
                                       .forward = rms_norm_forward,
                                       .backward = rms_norm_backward,
                                       .free = rms_norm_free};
