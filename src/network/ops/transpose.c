/* Changes of the order of values: Transpose, DepthToSpace and SpaceToDepth, and the change of layout that is put between
 * operators. */
#include <string.h>

#include "network/ops/kernels/walk.h"
#include "network/ops/units.h"

/* Goes over the output in its order; the operand is the input. SpaceToDepth: the other way. */
typedef struct transpose {
  walk walk;
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

static void transpose_units(const inference *i, const spans *const *in, int k, spans *out) {
  int from[MAX_RANK];
  units_lost(i, in, k, out);
  if (!in[0] || read_permutation(i->node, in[0]->rank, from)) return;
  *out = (spans){0};
  for (int d = 0; d < in[0]->rank; d++) spans_add(out, in[0], from[d]);
}

static pl_status transpose_create(op *o) {
  o->state = memory_allocate(1, sizeof(transpose));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static void transpose_free(op *o) {
  memory_free(o->state);
  o->state = NULL;
}

static pl_status transpose_reshape(op *o) {
  transpose *t = o->state;
  int from[MAX_RANK];
  TRY(read_permutation(o->node, o->in[0].shape.rank, from));
  const strides in = walk_strides(&o->in[0], &o->in[0].shape);
  strides s = {{0}};
  for (int d = 0; d < o->in[0].shape.rank; d++) s.at[d] = in.at[from[d]];
  t->walk = walk_create(&o->out[0], &s, 1);
  return PL_OK;
}

/* From where the walk goes to its order, and back. */
static void pick(const walk *w, const float *in, float *restrict out) {
  const size_t inner = walk_inner(w), stride = walk_inner_stride(w, 0);
  cursor c = {{0}, {0}};
  do {
    const float *from = in + c.at[0];
    if (stride == 1)
      for (size_t k = 0; k < inner; k++) out[k] = from[k];
    else
      for (size_t k = 0; k < inner; k++) out[k] = from[k * stride];
    out += inner;
  } while (walk_next(w, &c));
}

static void put(const walk *w, const float *restrict in, float *out) {
  const size_t inner = walk_inner(w), stride = walk_inner_stride(w, 0);
  cursor c = {{0}, {0}};
  do {
    float *to = out + c.at[0];
    if (stride == 1)
      for (size_t k = 0; k < inner; k++) to[k] = in[k];
    else
      for (size_t k = 0; k < inner; k++) to[k * stride] = in[k];
    in += inner;
  } while (walk_next(w, &c));
}

static pl_status pick_forward(op *o, const buffers *b) {
  const transpose *t = o->state;
  pick(&t->walk, b->in[0], b->out[0]);
  return PL_OK;
}

static pl_status pick_backward(op *o, const buffers *b) {
  const transpose *t = o->state;
  if (b->din[0]) put(&t->walk, b->dout[0], b->din[0]);
  return PL_OK;
}

static pl_status put_forward(op *o, const buffers *b) {
  const transpose *t = o->state;
  put(&t->walk, b->in[0], b->out[0]);
  return PL_OK;
}

static pl_status put_backward(op *o, const buffers *b) {
  const transpose *t = o->state;
  if (b->din[0]) pick(&t->walk, b->dout[0], b->din[0]);
  return PL_OK;
}

const op_class ops_Transpose = {.type = "Transpose",
                                .flags = MOVES,
                                .infer = transpose_infer,
                                .create = transpose_create,
                                .reshape = transpose_reshape,
                                .forward = pick_forward,
                                .backward = pick_backward,
                                .free = transpose_free,
                                .units = transpose_units};

/* ---- DepthToSpace, SpaceToDepth: channels become squares of pixels, and back. Any layout ---- */

static pl_status read_block(const node *n, int *block) {
  const int64_t size = onnx_int(n->source, "blocksize", 0);
  if (size < 1 || size > 1 << 15) return status_fail(PL_INVALID_MODEL, "%s: blocks of %lld", ops_describe(n), (long long)size);
  *block = (int)size;
  return PL_OK;
}

static pl_status read_mode(const node *n, bool *channels_first) {
  const char *mode = onnx_string(n->source, "mode", "DCR");
  *channels_first = strcmp(mode, "CRD") == 0;
  if (*channels_first || strcmp(mode, "DCR") == 0) return PL_OK;
  return status_fail(PL_UNSUPPORTED_OP, "%s: mode '%.20s'", ops_describe(n), mode);
}

static pl_status depth_to_space_infer(inference *i) {
  int block;
  bool channels_first;
  TRY(infer_inputs(i, 1, 1));
  TRY(infer_image(i));
  TRY(read_block(i->node, &block));
  TRY(read_mode(i->node, &channels_first));
  shape out = i->in[0]->shape;
  const int parts = block * block;
  if (out.dim[1] % parts || out.dim[2] > INT32_MAX / block || out.dim[3] > INT32_MAX / block)
    return status_fail(PL_INVALID_MODEL, "%s: blocks of %d from %s", ops_describe(i->node), block, shape_text(&out));
  out.dim[1] /= parts;
  out.dim[2] *= block;
  out.dim[3] *= block;
  return infer_output(i, 0, &out, i->in[0]->layout);
}

static pl_status space_to_depth_infer(inference *i) {
  int block;
  TRY(infer_inputs(i, 1, 1));
  TRY(infer_image(i));
  TRY(read_block(i->node, &block));
  shape out = i->in[0]->shape;
  const int parts = block * block;
  if (out.dim[2] % block || out.dim[3] % block || out.dim[1] > INT32_MAX / parts)
    return status_fail(PL_INVALID_MODEL, "%s: blocks of %d from %s", ops_describe(i->node), block, shape_text(&out));
  out.dim[1] *= parts;
  out.dim[2] /= block;
  out.dim[3] /= block;
  return infer_output(i, 0, &out, i->in[0]->layout);
}

/* Over the wide tensor in its order; the operand is the deep one, whose channels are block x block x C or, channels first,
 * C x block x block. */
static walk walk_blocks(const tensor_type *wide, const tensor_type *deep, int block, bool channels_first) {
  enum { N, C, H, DOWN, W, ACROSS };
  static const int plain[] = {N, C, H, DOWN, W, ACROSS}, channels_last[] = {N, H, DOWN, W, ACROSS, C};
  const int *order = wide->layout == LAYOUT_CHANNELS_LAST ? channels_last : plain;
  const int *w = wide->shape.dim, sizes[] = {w[0], w[1], w[2] / block, block, w[3] / block, block};
  const strides s = walk_strides(deep, &deep->shape);
  const size_t side = (size_t)block, channel = s.at[1], channels = (size_t)w[1];
  const size_t across = channels_first ? channel : channels * channel;
  const size_t steps[] = {s.at[0], channels_first ? side * side * channel : channel, s.at[2], side * across, s.at[3], across};
  tensor_type split = {.shape = {.rank = 6}};
  strides ordered = {{0}};
  for (int k = 0; k < 6; k++) {
    split.shape.dim[k] = sizes[order[k]];
    ordered.at[k] = steps[order[k]];
  }
  return walk_create(&split, &ordered, 1);
}

static pl_status depth_to_space_reshape(op *o) {
  transpose *t = o->state;
  int block;
  bool channels_first;
  TRY(read_block(o->node, &block));
  TRY(read_mode(o->node, &channels_first));
  t->walk = walk_blocks(&o->out[0], &o->in[0], block, channels_first);
  return PL_OK;
}

static pl_status space_to_depth_reshape(op *o) {
  transpose *t = o->state;
  int block;
  TRY(read_block(o->node, &block));
  t->walk = walk_blocks(&o->in[0], &o->out[0], block, false);
  return PL_OK;
}

const op_class ops_DepthToSpace = {.type = "DepthToSpace",
                                   .flags = MOVES,
                                   .infer = depth_to_space_infer,
                                   .create = transpose_create,
                                   .reshape = depth_to_space_reshape,
                                   .forward = pick_forward,
                                   .backward = pick_backward,
                                   .free = transpose_free,
                                   .units = units_second};
const op_class ops_SpaceToDepth = {.type = "SpaceToDepth",
                                   .flags = MOVES,
                                   .infer = space_to_depth_infer,
                                   .create = transpose_create,
                                   .reshape = space_to_depth_reshape,
                                   .forward = put_forward,
                                   .backward = put_backward,
                                   .free = transpose_free,
                                   .units = units_second};

/* ---- change of layout: in[0] and out[0] have one shape ---- */

static pl_status relayout_reshape(op *o) {
  transpose *t = o->state;
  const strides s = walk_strides(&o->in[0], &o->in[0].shape);
  t->walk = walk_create(&o->out[0], &s, 1);
  return PL_OK;
}

const op_class ops_relayout = {.type = "Relayout",
                               .flags = OF_IMAGES,
                               .create = transpose_create,
                               .reshape = relayout_reshape,
                               .forward = pick_forward,
                               .backward = pick_backward,
                               .free = transpose_free};
