/* LayerNormalization: rows, which are all dimensions from `axis` on, to mean 0 and variance 1, times scale plus bias.
 * RMSNormalization: to mean square 1, times scale. Plain order. */

#include "network/ops/kernels/internal.h"
#include "network/ops/units.h"

extern const op_class ops_LayerNormalization;

typedef struct layer_norm {
  float *scale, *bias; /* `size` each, with what is fused; until reshape knows the size, as many as are given: one or all */
  bool same;           /* one for all */
  size_t size;
  bool centered; /* on the mean; else on 0 */
} layer_norm;

/* What forward keeps of a row. */
typedef struct moments {
  float mean, factor; /* factor: 1 / deviation */
} moments;

static int axis_of(const node *n, int rank) {
  const int64_t axis = onnx_int(n->source, "axis", -1);
  return (int)(axis < 0 ? axis + rank : axis);
}

/* A node that stands for several has no scale. */
static pl_status infer_rows(inference *i, int inputs) {
  int axis;
  TRY(infer_inputs(i, 1, inputs));
  const shape *in = &i->in[0]->shape;
  TRY(ops_axis(i->node, onnx_int(i->node->source, "axis", -1), in->rank, &axis));
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

static pl_status layer_norm_infer(inference *i) { return infer_rows(i, 3); }

static pl_status rms_norm_infer(inference *i) { return infer_rows(i, 2); }

/* Along the last axis, or one for all values where more axes are normalized together. */
static int layer_norm_affine_axis(const op *o, int rank) { return axis_of(o->node, rank) == rank - 1 ? rank - 1 : -1; }

static const onnx_tensor *constant_of(const op *o, int k) { return k < o->input_count ? o->constant[k] : NULL; }

/* `count` values of a constant, or `otherwise`. */
static float *read(const onnx_tensor *t, size_t count, float otherwise) {
  float *values = t ? ops_floats(t) : memory_allocate(count, sizeof *values);
  for (size_t k = 0; k < count && values && !t; k++) values[k] = otherwise;
  return values;
}

static pl_status layer_norm_create(op *o) {
  layer_norm *n = o->state = memory_allocate(1, sizeof *n);
  const onnx_tensor *scale = constant_of(o, 1), *bias = constant_of(o, 2);
  if (!n) return ops_out_of_memory(o);
  const size_t count = scale ? scale->count : bias ? bias->count : o->scale ? (size_t)o->affine_count : 1;
  n->same = count == 1;
  n->centered = o->class == &ops_LayerNormalization;
  n->scale = read(scale, count, 1);
  n->bias = read(bias, count, 0);
  if (!n->scale || !n->bias) return ops_out_of_memory(o);
  for (size_t k = 0; k < count && o->scale; k++) {
    const size_t at = o->affine_count == 1 ? 0 : k;
    n->scale[k] *= o->scale[at];
    n->bias[k] = n->bias[k] * o->scale[at] + o->shift[at];
  }
  return PL_OK;
}

static void layer_norm_free(op *o) {
  layer_norm *n = o->state;
  if (!n) return;
  memory_free(n->scale);
  memory_free(n->bias);
  memory_free(n);
  o->state = NULL;
}

static size_t rows_of(const op *o) { return ops_out_count(o) / ((const layer_norm *)o->state)->size; }

static bool spread(float **values, size_t size) {
  float *larger = memory_enlarge(*values, 1, size, sizeof *larger);
  if (!larger) return false;
  *values = larger;
  for (size_t k = 1; k < size; k++) larger[k] = larger[0];
  return true;
}

static pl_status layer_norm_reshape(op *o) {
  layer_norm *n = o->state;
  const shape *s = &o->out[0].shape;
  n->size = 1;
  for (int d = axis_of(o->node, s->rank); d < s->rank; d++) n->size *= (size_t)s->dim[d];
  if (n->same && (!spread(&n->scale, n->size) || !spread(&n->bias, n->size))) return ops_out_of_memory(o);
  o->saved = size_product(rows_of(o), sizeof(moments));
  return PL_OK;
}

static pl_status layer_norm_forward(op *o, const buffers *b) {
  const layer_norm *n = o->state;
  const float *x = b->in[0], epsilon = onnx_float(o->node->source, "epsilon", 1e-5f), *scale = n->scale, *bias = n->bias;
  float *restrict y = b->out[0];
  moments *m = b->saved;
  for (size_t r = 0; r < rows_of(o); r++, x += n->size, y += n->size) {
    const float mean = n->centered ? sum_of(x, n->size) / (float)n->size : 0;
    const float factor = 1 / sqrtf(squares_of(x, n->size, mean) / (float)n->size + epsilon);
    m[r] = (moments){mean, factor};
    for (size_t k = 0; k < n->size; k++) y[k] = (x[k] - mean) * factor * scale[k] + bias[k];
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

/* dx = factor (g - mean of g - z (mean of g z)), z the normalized values; what is not centered keeps the mean of g */
static pl_status layer_norm_backward(op *o, const buffers *b) {
  const layer_norm *n = o->state;
  const float *x = b->in[0], *dy = b->dout[0], *scale = n->scale, share = 1 / (float)n->size;
  float *restrict dx = b->din[0];
  const moments *m = b->saved;
  for (size_t r = 0; r < rows_of(o) && dx; r++, x += n->size, dy += n->size, dx += n->size) {
    float sum, along;
    gradient_sums(x, dy, scale, n->size, m[r], &sum, &along);
    const float mean = m[r].mean, factor = m[r].factor, slope = along * share * factor, offset = n->centered ? sum * share : 0;
    for (size_t k = 0; k < n->size; k++) dx[k] = factor * (dy[k] * scale[k] - offset - (x[k] - mean) * slope);
  }
  return PL_OK;
}

/* One over the last axis says that features lie there. */
static void layer_norm_units(const inference *i, const spans *const *in, int k, spans *out) {
  const int64_t axis = onnx_int(i->node->source, "axis", -1);
  if (axis == -1 || axis == i->out[k].shape.rank - 1) units_last(i, in, k, out);
  else units_kept(i, in, k, out);
}

const op_class ops_LayerNormalization = {.type = "LayerNormalization",
                                         .flags = KEEPS_INPUT | FUSES_AFFINE | TRAINED,
                                         .infer = layer_norm_infer,
                                         .create = layer_norm_create,
                                         .reshape = layer_norm_reshape,
                                         .forward = layer_norm_forward,
                                         .backward = layer_norm_backward,
                                         .free = layer_norm_free,
                                         .affine_axis = layer_norm_affine_axis,
                                         .units = layer_norm_units};

const op_class ops_RMSNormalization = {.type = "RMSNormalization",
                                       .flags = KEEPS_INPUT | FUSES_AFFINE | TRAINED,
                                       .infer = rms_norm_infer,
                                       .create = layer_norm_create,
                                       .reshape = layer_norm_reshape,
                                       .forward = layer_norm_forward,
                                       .backward = layer_norm_backward,
                                       .free = layer_norm_free,
                                       .affine_axis = layer_norm_affine_axis,
                                       .units = layer_norm_units};
