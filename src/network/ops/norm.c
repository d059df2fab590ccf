/* BatchNormalization, with the statistics in the file: y = x * scale + shift per channel. in and out: N x C or N x C x H x W, any
 * layout. Usually fused into the convolution before it. */
#include "network/ops/norm.h"

#include "network/ops/kernels/walk.h"
#include "network/ops/units.h"

typedef struct norm {
  float *scale, *shift;
  walk walk; /* operand: the channels */
} norm;

bool norm_is_training(const onnx_node *n, int64_t opset) {
  bool more = false;
  for (int k = 1; k < n->output_count && opset < 14; k++) more |= *n->outputs[k] != 0;
  return onnx_int(n, "training_mode", more) != 0;
}

static bool read_statistics(const op *o, float *scale, float *shift) {
  const int channels = (int)o->constant[1]->count;
  const float epsilon = onnx_float(o->node->source, "epsilon", 1e-5f);
  float *values = memory_allocate((size_t)channels, 4 * sizeof *values);
  if (!values) return false;
  for (int k = 1; k < 5; k++) onnx_floats(o->constant[k], values + (k - 1) * channels);
  const float *gamma = values, *beta = gamma + channels, *mean = beta + channels, *variance = mean + channels;
  for (int c = 0; c < channels; c++) {
    const double factor = gamma[c] / sqrt((double)variance[c] + epsilon);
    scale[c] = (float)factor;
    shift[c] = (float)(beta[c] - mean[c] * factor);
  }
  memory_free(values);
  return true;
}

static bool norm_as_affine(const op *o, const tensor_type *in, int axis, float *scale, float *shift) {
  if (axis != 1 || in->shape.rank < 2) return false;
  for (int k = 1; k < 5; k++)
    if (!o->constant[k] || o->constant[k]->shape.rank != 1 || o->constant[k]->shape.dim[0] != in->shape.dim[1]) return false;
  return read_statistics(o, scale, shift);
}

static pl_status norm_infer(inference *i) {
  const onnx_node *source = i->node->source;
  if (norm_is_training(source, i->graph->model->opset))
    return status_fail(PL_UNSUPPORTED_OP,
                       "%s normalizes by the statistics of its own batch, as in training: export the model for inference "
                       "(in PyTorch after model.eval())",
                       ops_describe(i->node));
  if (!onnx_int(source, "spatial", 1))
    return status_fail(PL_UNSUPPORTED_OP, "%s: statistics of each position (spatial=0) are not supported", ops_describe(i->node));
  TRY(infer_inputs(i, 5, 5));
  const shape *in = &i->in[0]->shape;
  if (in->rank < 2) return status_fail(PL_UNSUPPORTED_OP, "%s: its input is %s", ops_describe(i->node), shape_text(in));
  for (int k = 1; k < 5; k++) {
    TRY(infer_constant(i, k, "statistics", 1));
    if (i->constant[k]->shape.dim[0] != in->dim[1])
      return status_fail(PL_INVALID_MODEL, "%s: statistics of %d channels for %s", ops_describe(i->node),
                         i->constant[k]->shape.dim[0], shape_text(in));
  }
  return infer_same(i);
}

static pl_status norm_create(op *o) {
  norm *s = o->state = memory_allocate(1, sizeof *s);
  if (!s) return ops_out_of_memory(o);
  s->scale = memory_allocate(o->constant[1]->count, sizeof *s->scale);
  s->shift = memory_allocate(o->constant[1]->count, sizeof *s->shift);
  return s->scale && s->shift && read_statistics(o, s->scale, s->shift) ? PL_OK : ops_out_of_memory(o);
}

static void norm_free(op *o) {
  norm *s = o->state;
  if (!s) return;
  memory_free(s->scale);
  memory_free(s->shift);
  memory_free(s);
  o->state = NULL;
}

static pl_status norm_reshape(op *o) {
  norm *s = o->state;
  strides channel = {{0}};
  if (o->out[0].shape.dim[1] > 1) channel.at[1] = 1;
  s->walk = walk_create(&o->out[0], &channel, 1);
  return PL_OK;
}

static pl_status norm_forward(op *o, const buffers *b) {
  const norm *s = o->state;
  const size_t inner = walk_inner(&s->walk), stride = walk_inner_stride(&s->walk, 0);
  const float *x = b->in[0];
  float *y = b->out[0];
  cursor c = {{0}, {0}};
  do {
    const float *scale = s->scale + c.at[0], *shift = s->shift + c.at[0];
    if (stride)
      for (size_t k = 0; k < inner; k++) y[k] = x[k] * scale[k] + shift[k];
    else
      for (size_t k = 0; k < inner; k++) y[k] = x[k] * *scale + *shift;
    clamp_forward(o, y, inner);
    x += inner;
    y += inner;
  } while (walk_next(&s->walk, &c));
  return PL_OK;
}

static pl_status norm_backward(op *o, const buffers *b) {
  const norm *s = o->state;
  const size_t inner = walk_inner(&s->walk), stride = walk_inner_stride(&s->walk, 0);
  const float *dy = b->dout[0];
  float *dx = b->din[0];
  if (!dx) return PL_OK;
  if (ops_clamped(o)) clamp_backward(o, b, 0, ops_out_count(o), b->dout[0]);
  cursor c = {{0}, {0}};
  do {
    const float *scale = s->scale + c.at[0];
    if (stride)
      for (size_t k = 0; k < inner; k++) dx[k] = dy[k] * scale[k];
    else
      for (size_t k = 0; k < inner; k++) dx[k] = dy[k] * *scale;
    dx += inner;
    dy += inner;
  } while (walk_next(&s->walk, &c));
  return PL_OK;
}

const op_class ops_BatchNormalization = {.type = "BatchNormalization",
                                         .flags = FUSES_CLAMP | TRAINED,
                                         .infer = norm_infer,
                                         .create = norm_create,
                                         .reshape = norm_reshape,
                                         .forward = norm_forward,
                                         .backward = norm_backward,
                                         .free = norm_free,
                                         .as_affine = norm_as_affine,
                                         .units = units_found_second};
