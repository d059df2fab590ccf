/* Concat. All inputs lie as the first one; constants are brought to that layout. A constant of one image, such as a token, is
 * there for every image. */
#include <string.h>

#include "network/ops/kernels/walk.h"
#include "network/ops/units.h"

typedef struct concat {
  int axis;
  float *constant[MAX_INPUTS]; /* in the output's layout */
  size_t rows;                 /* of the output: each is a run of floats of every input, one after the other */
  size_t rows_of[MAX_INPUTS]; /* runs that an input has; a constant of one image has fewer, which are used again for each image */
  size_t part[MAX_INPUTS], whole; /* floats in a run of each input, and in a row of the output */
} concat;

static const shape *part_shape(const inference *i, int k) { return i->constant[k] ? &i->constant[k]->shape : &i->in[k]->shape; }

/* The shape that input k has where constants of one image are repeated. */
static shape repeated_shape(const inference *i, int k, int axis, int batch) {
  shape s = *part_shape(i, k);
  if (i->constant[k] && s.rank > 1 && axis && s.dim[0] == 1) s.dim[0] = batch;
  return s;
}

/* The first input with values that depend on the image, or `count`. */
static int find_variable(const inference *i, int count) {
  for (int k = 0; k < count; k++)
    if (!i->constant[k] && shape_count(&i->in[k]->shape)) return k;
  return count;
}

static pl_status add_part(const inference *i, int k, int axis, int batch, shape *out) {
  shape s = repeated_shape(i, k, axis, batch);
  const int size = s.rank == out->rank ? s.dim[axis] : -1;
  if (i->constant[k] && shape_count(&s)) TRY(infer_constant(i, k, "input", -1));
  if (size >= 0) s.dim[axis] = out->dim[axis];
  if (size < 0 || !shape_equal(&s, out) || out->dim[axis] > INT32_MAX - size)
    return status_fail(PL_INVALID_MODEL, "%s: input %d of %s does not go with the others", ops_describe(i->node), k,
                       shape_text(part_shape(i, k)));
  out->dim[axis] += size;
  return PL_OK;
}

static pl_status concat_infer(inference *i) {
  const int count = i->node->input_count;
  int axis;
  TRY(infer_arity(i, count < 1 ? 1 : count, MAX_INPUTS));
  const int variable = find_variable(i, count);
  if (variable == count) return status_fail(PL_UNSUPPORTED_OP, "%s: its inputs are constants", ops_describe(i->node));
  shape out = i->in[variable]->shape;
  const int batch = out.rank ? out.dim[0] : 1;
  TRY(ops_axis(i->node, onnx_int(i->node->source, "axis", 1), out.rank, &axis));
  out.dim[axis] = 0;
  for (int k = 0; k < count; k++) {
    TRY(add_part(i, k, axis, batch, &out));
    i->wants[k] = i->in[variable]->layout;
  }
  return infer_output(i, 0, &out, i->in[variable]->layout);
}

/* Tokens that come before those of a map are its prefix; behind it there must be none. */
static span put_together(const inference *i, const spans *const *in, int axis, span whole) {
  int maps = 0, at = 0, end = 0;
  for (int k = 0; k < i->node->input_count; k++) {
    const span s = in[k] ? spans_whole(in[k], axis) : (span){.size = part_shape(i, k)->dim[axis]};
    if (s.width) {
      maps++;
      whole.prefix = at + s.prefix;
      whole.width = s.width;
      end = at + s.size;
    }
    at += s.size;
  }
  return whole.kind == PLACES && maps == 1 && end == at ? whole : (span){.size = whole.size, .kind = whole.kind};
}

static void concat_units(const inference *i, const spans *const *in, int k, spans *out) {
  int axis;
  units_kept(i, in, k, out);
  if (ops_axis(i->node, onnx_int(i->node->source, "axis", 1), out->rank, &axis) == PL_OK)
    spans_set(out, axis, put_together(i, in, axis, spans_whole(out, axis)));
}

static pl_status concat_create(op *o) {
  concat *c = o->state = memory_allocate(1, sizeof *c);
  return c ? PL_OK : ops_out_of_memory(o);
}

static void concat_free(op *o) {
  concat *c = o->state;
  if (!c) return;
  for (int k = 0; k < MAX_INPUTS; k++) memory_free(c->constant[k]);
  memory_free(c);
  o->state = NULL;
}

/* A constant's values in the layout of the output. */
static pl_status place_constant(const op *o, concat *c, int k) {
  const onnx_tensor *t = o->constant[k];
  const tensor_type plain = {t->shape, LAYOUT_PLAIN}, wanted = {t->shape, o->out[0].layout};
  float *values = ops_floats(t), *placed = memory_allocate(t->count, sizeof *placed);
  memory_free(c->constant[k]);
  c->constant[k] = placed;
  if (values && placed) {
    const strides s = walk_strides(&plain, &t->shape);
    const walk w = walk_create(&wanted, &s, 1);
    cursor at = {{0}, {0}};
    do {
      for (size_t i = 0; i < walk_inner(&w); i++) *placed++ = values[at.at[0] + i * walk_inner_stride(&w, 0)];
    } while (walk_next(&w, &at));
  }
  memory_free(values);
  return values && c->constant[k] ? PL_OK : ops_out_of_memory(o);
}

/* Floats from one index of `axis` to the next. */
static size_t axis_stride(const tensor_type *t, int axis) {
  if (t->shape.rank == 4 && t->layout == LAYOUT_CHANNELS_LAST) {
    const size_t channels = (size_t)t->shape.dim[1], width = (size_t)t->shape.dim[3], height = (size_t)t->shape.dim[2];
    const size_t stride[] = {channels * width * height, 1, channels * width, channels};
    return stride[axis];
  }
  size_t stride = 1;
  for (int d = t->shape.rank - 1; d > axis; d--) stride *= (size_t)t->shape.dim[d];
  return stride;
}

static pl_status concat_reshape(op *o) {
  concat *c = o->state;
  const int64_t axis = onnx_int(o->node->source, "axis", 1);
  c->axis = (int)(axis < 0 ? axis + o->out[0].shape.rank : axis);
  c->whole = 0;
  for (int k = 0; k < o->input_count; k++) {
    const shape *s = o->constant[k] ? &o->constant[k]->shape : &o->in[k].shape; /* a part without elements stays 0 */
    if (o->constant[k] && o->constant[k]->count) TRY(place_constant(o, c, k));
    c->part[k] = (size_t)s->dim[c->axis] * axis_stride(&o->out[0], c->axis);
    c->whole += c->part[k];
  }
  c->rows = ops_out_count(o) / c->whole;
  for (int k = 0; k < o->input_count; k++)
    c->rows_of[k] = o->constant[k] && c->part[k] ? o->constant[k]->count / c->part[k] : c->rows;
  return PL_OK;
}

static pl_status concat_forward(op *o, const buffers *b) {
  const concat *c = o->state;
  float *out = b->out[0];
  for (int k = 0; k < o->input_count; out += c->part[k++]) {
    const float *in = o->constant[k] ? c->constant[k] : b->in[k];
    for (size_t r = 0; r < c->rows && c->part[k]; r++)
      memcpy(out + r * c->whole, in + r % c->rows_of[k] * c->part[k], c->part[k] * sizeof *out);
  }
  return PL_OK;
}

static pl_status concat_backward(op *o, const buffers *b) {
  const concat *c = o->state;
  const float *dout = b->dout[0];
  for (int k = 0; k < o->input_count; dout += c->part[k++])
    for (size_t r = 0; r < c->rows && b->din[k]; r++)
      memcpy(b->din[k] + r * c->part[k], dout + r * c->whole, c->part[k] * sizeof *dout);
  return PL_OK;
}

const op_class ops_Concat = {.type = "Concat",
                             .flags = TAKES_EMPTY,
                             .infer = concat_infer,
                             .create = concat_create,
                             .reshape = concat_reshape,
                             .forward = concat_forward,
                             .backward = concat_backward,
                             .free = concat_free,
                             .units = concat_units};
