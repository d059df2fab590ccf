/* LayerNormalization: rows, which are all dimensions from `axis` on, to mean 0 and variance 1, times scale plus bias. Plain order. */
#include <stdlib.h>

#include "internal.h"

typedef struct layer_norm {
  float *scale, *bias; /* `size` each; bias: NULL where there is none */
  size_t size;
} layer_norm;

/* What forward keeps of a row. */
typedef struct moments {
  float mean, factor; /* factor: 1 / deviation */
} moments;

static pl_status layer_norm_infer(inference *i) {
  int axis;
  TRY(infer_inputs(i, 2, 3));
  const shape *in = &i->in[0]->shape;
  TRY(infer_axis(i, onnx_int(i->node->source, "axis", -1), in->rank, &axis));
  size_t size = 1;
  for (int d = axis; d < in->rank; d++) size *= (size_t)in->dim[d];
  for (int k = 1; k < 3; k++) {
    if (!infer_has(i, k)) continue;
    TRY(infer_constant(i, k, k == 1 ? "scale" : "bias", -1));
    if (i->constant[k]->count != size)
      return status_fail(PL_INVALID_MODEL, "%s: a %s of %s for %s", ops_describe(i->node), k == 1 ? "scale" : "bias",
                         shape_text(&i->constant[k]->shape), shape_text(in));
  }
  infer_want_plain(i, 0);
  return infer_output(i, 0, in, LAYOUT_PLAIN);
}

static pl_status layer_norm_create(op *o) {
  layer_norm *n = o->state = calloc(1, sizeof *n);
  const onnx_tensor *bias = o->input_count > 2 ? o->constant[2] : NULL;
  if (!n) return ops_out_of_memory(o);
  n->size = o->constant[1]->count;
  n->scale = ops_floats(o->constant[1]);
  n->bias = bias ? ops_floats(bias) : NULL;
  return n->scale && (n->bias || !bias) ? PL_OK : ops_out_of_memory(o);
}

static void layer_norm_free(op *o) {
  layer_norm *n = o->state;
  if (!n) return;
  free(n->scale);
  free(n->bias);
  free(n);
  o->state = NULL;
}

static size_t rows_of(const op *o) { return ops_out_count(o) / ((const layer_norm *)o->state)->size; }

static pl_status layer_norm_reshape(op *o) {
  o->saved = rows_of(o) * sizeof(moments);
  return PL_OK;
}

static pl_status layer_norm_forward(op *o, const buffers *b) {
  const layer_norm *n = o->state;
  const float *x = b->in[0], epsilon = onnx_float(o->node->source, "epsilon", 1e-5f), *scale = n->scale, *bias = n->bias;
  float *restrict y = b->out[0];
  moments *m = b->saved;
  for (size_t r = 0; r < rows_of(o); r++, x += n->size, y += n->size) {
    const float mean = sum_of(x, n->size) / (float)n->size;
    const float factor = 1 / sqrtf(squares_of(x, n->size, mean) / (float)n->size + epsilon);
    m[r] = (moments){mean, factor};
    for (size_t k = 0; k < n->size; k++) y[k] = (x[k] - mean) * factor * scale[k];
    for (size_t k = 0; k < n->size && bias; k++) y[k] += bias[k];
  }
  return PL_OK;
}

/* The sums of g = dy scale and of g times the row's normalized values, over a row. */
static void gradient_sums(const float *x, const float *dy, const float *scale, size_t size, moments m, float *sum, float *along) {
  v4 sums = v4_all(0), alongs = v4_all(0);
  size_t k = 0;
  for (; k + 4 <= size; k += 4) {
    const v4 g = v4_load(dy + k) * v4_load(scale + k);
    sums += g;
    alongs += g * (v4_load(x + k) - v4_all(m.mean));
  }
  *sum = v4_sum(sums);
  *along = v4_sum(alongs);
  for (; k < size; k++) {
    const float g = dy[k] * scale[k];
    *sum += g;
    *along += g * (x[k] - m.mean);
  }
  *along *= m.factor;
}

/* dx = factor (g - mean of g - z (mean of g z)), z the normalized values */
static pl_status layer_norm_backward(op *o, const buffers *b) {
  const layer_norm *n = o->state;
  const float *x = b->in[0], *dy = b->dout[0], *scale = n->scale, share = 1 / (float)n->size;
  float *restrict dx = b->din[0];
  const moments *m = b->saved;
  for (size_t r = 0; r < rows_of(o) && dx; r++, x += n->size, dy += n->size, dx += n->size) {
    float sum, along;
    gradient_sums(x, dy, scale, n->size, m[r], &sum, &along);
    const float mean = m[r].mean, factor = m[r].factor, slope = along * share * factor, offset = sum * share;
    for (size_t k = 0; k < n->size; k++) dx[k] = factor * (dy[k] * scale[k] - offset - (x[k] - mean) * slope);
  }
  return PL_OK;
}

const op_class ops_LayerNormalization = {.type = "LayerNormalization",
                                         .flags = KEEPS_INPUT,
                                         .infer = layer_norm_infer,
                                         .create = layer_norm_create,
                                         .reshape = layer_norm_reshape,
                                         .forward = layer_norm_forward,
                                         .backward = layer_norm_backward,
                                         .free = layer_norm_free};
