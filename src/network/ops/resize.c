/* Resize and Upsample: every axis on its own is a product with a matrix of few entries a row, made in reshape, so that backward is
 * the exact adjoint. Any layout. */
#include <string.h>

#include "network/ops/kernels/internal.h"

typedef enum resize_mode { RESIZE_NEAREST, RESIZE_LINEAR, RESIZE_CUBIC } resize_mode;

/* Where the middle of an output pixel stands in the input. */
typedef enum resize_coordinates {
  COORDINATES_HALF_PIXEL,
  COORDINATES_HALF_PIXEL_SYMMETRIC,
  COORDINATES_PYTORCH_HALF_PIXEL,
  COORDINATES_ALIGN_CORNERS,
  COORDINATES_ASYMMETRIC,
  COORDINATES_TF_HALF_PIXEL_FOR_NN,
} resize_coordinates;

typedef enum resize_round { ROUND_PREFER_FLOOR, ROUND_PREFER_CEIL, ROUND_FLOOR, ROUND_CEIL, ROUND_BY_SCALE } resize_round;

typedef struct settings {
  resize_mode mode;
  resize_coordinates coordinates;
  resize_round round;
  bool antialias, exclude_outside;
  float cubic;
  shape out;
  double scale[MAX_RANK]; /* by axis; 1 and the same size: the axis is left alone */
} settings;

/* One axis: output k is the sum of `taps` inputs, times their weights. */
typedef struct pass {
  size_t outer, in, out, inner; /* outer x in x inner -> outer x out x inner */
  int axis;
  size_t taps;
  int *index;
  float *weight;
} pass;

typedef struct resize {
  settings settings;
  int count; /* passes, in their order */
  pass passes[MAX_RANK];
} resize;

/* ---- what the node says ---- */

static pl_status read_choice(const node *n, const char *name, const char *otherwise, const char *const *choices, int count,
                             int *choice) {
  const char *given = onnx_string(n->source, name, otherwise);
  for (*choice = 0; *choice < count; ++*choice)
    if (strcmp(given, choices[*choice]) == 0) return PL_OK;
  return status_fail(PL_UNSUPPORTED_OP, "%s: %s '%.40s' is not supported", ops_describe(n), name, given);
}

/* Before opset 11, coordinates are asymmetric, and the nearest is the one before, or the one after where the image shrinks. */
static pl_status read_settings(const node *n, int64_t opset, settings *s) {
  static const char *const modes[] = {"nearest", "linear", "cubic", "bilinear"};
  static const char *const names[] = {"half_pixel",    "half_pixel_symmetric", "pytorch_half_pixel",
                                      "align_corners", "asymmetric",           "tf_half_pixel_for_nn"};
  static const char *const rounds[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
  int mode, coordinates = COORDINATES_ASYMMETRIC, rounding = ROUND_BY_SCALE;
  TRY(read_choice(n, "mode", "nearest", modes, 4, &mode));
  if (opset > 10) {
    TRY(read_choice(n, "coordinate_transformation_mode", "half_pixel", names, 6, &coordinates));
    TRY(read_choice(n, "nearest_mode", "round_prefer_floor", rounds, 4, &rounding));
  }
  *s = (settings){.mode = mode == 3 ? RESIZE_LINEAR : (resize_mode)mode,
                  .coordinates = (resize_coordinates)coordinates,
                  .round = (resize_round)rounding,
                  .antialias = onnx_int(n->source, "antialias", 0) != 0,
                  .exclude_outside = onnx_int(n->source, "exclude_outside", 0) != 0,
                  .cubic = onnx_float(n->source, "cubic_coeff_a", -0.75f)};
  return PL_OK;
}

/* The axes that scales and sizes are for: all, or from opset 18 on those that are listed. */
static pl_status read_axes(const node *n, int rank, int *axes, int *count) {
  const onnx_attribute *a = onnx_find(n->source, "axes");
  const bool listed = a && a->kind == ONNX_ATTRIBUTE_INTS;
  bool seen[MAX_RANK] = {false};
  *count = listed ? a->count : rank;
  if (*count > rank) return status_fail(PL_INVALID_MODEL, "%s: %d axes of %d dimensions", ops_describe(n), *count, rank);
  for (int k = 0; k < *count; k++) {
    const int64_t axis = !listed ? k : a->ints[k] < 0 ? a->ints[k] + rank : a->ints[k];
    if (axis < 0 || axis >= rank || seen[axis])
      return status_fail(PL_INVALID_MODEL, "%s: its axes do not go with %d dimensions", ops_describe(n), rank);
    seen[axis] = true;
    axes[k] = (int)axis;
  }
  return PL_OK;
}

static pl_status set_scales(const node *n, const float *scales, const shape *in, const int *axes, int count, settings *s) {
  for (int k = 0; k < count; k++) {
    const int d = axes[k];
    const float size = floorf((float)in->dim[d] * scales[k]);
    if (!(size >= 1 && size < 0x1p31f) || !(scales[k] > 0))
      return status_fail(PL_INVALID_MODEL, "%s: a scale of %g for %s", ops_describe(n), (double)scales[k], shape_text(in));
    s->out.dim[d] = (int)size;
    s->scale[d] = (double)scales[k];
  }
  return PL_OK;
}

/* "stretch" takes sizes as they are; else one scale is for all axes, the least or the largest that they ask for. Files made for one
 * image say 1 where the batch stands. */
static pl_status set_sizes(const node *n, const int64_t *sizes, const shape *in, const int *axes, int count, settings *s) {
  static const char *const policies[] = {"stretch", "not_larger", "not_smaller"};
  int policy;
  double common = 0;
  TRY(read_choice(n, "keep_aspect_ratio_policy", "stretch", policies, 3, &policy));
  for (int k = 0; k < count; k++) {
    const int d = axes[k];
    const int64_t size = d == 0 && in->rank == 4 && sizes[k] == 1 ? in->dim[0] : sizes[k];
    if (size < 1 || size > INT32_MAX)
      return status_fail(PL_INVALID_MODEL, "%s: a size of %lld", ops_describe(n), (long long)size);
    s->out.dim[d] = (int)size;
    s->scale[d] = (double)size / in->dim[d];
    if (!k || (policy == 1 ? s->scale[d] < common : s->scale[d] > common)) common = s->scale[d];
  }
  for (int k = 0; k < count && policy; k++) {
    const double size = floor(in->dim[axes[k]] * common + 0.5);
    if (!(size >= 1 && size <= INT32_MAX)) return status_fail(PL_INVALID_MODEL, "%s: a size of %g", ops_describe(n), size);
    s->out.dim[axes[k]] = (int)size;
    s->scale[axes[k]] = common;
  }
  return PL_OK;
}

/* Input k, if the node has it and it is not empty, for an entry each axis. */
static pl_status read_factors(const node *n, const onnx_tensor *const *known, int k, const char *what, int count,
                              const onnx_tensor **factors) {
  *factors = NULL;
  if (k >= n->input_count || !n->source->inputs[k][0]) return PL_OK;
  if (!known[k]) return status_fail(PL_UNSUPPORTED_OP, "%s: its %s depend on the image", ops_describe(n), what);
  if (!known[k]->count) return PL_OK;
  *factors = known[k];
  if (known[k]->count == (size_t)count) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "%s: %zu %s for %d axes", ops_describe(n), known[k]->count, what, count);
}

/* Scales are an attribute in opset 7, input 1 up to opset 10, and later input 2 or sizes as input 3; input 1 then is of no use
 * to the modes that are supported. */
static pl_status resize_read(const node *n, int64_t opset, const onnx_tensor *const *known, const shape *in, settings *s) {
  const onnx_attribute *a = onnx_find(n->source, "scales");
  const onnx_tensor *scales, *sizes;
  int axes[MAX_RANK], count;
  float factors[MAX_RANK];
  int64_t targets[MAX_RANK];
  TRY(read_settings(n, opset, s));
  TRY(read_axes(n, in->rank, axes, &count));
  s->out = *in;
  for (int d = 0; d < in->rank; d++) s->scale[d] = 1;
  TRY(read_factors(n, known, opset > 10 ? 2 : 1, "scales", count, &scales));
  TRY(read_factors(n, known, 3, "sizes", count, &sizes));
  if (scales) {
    onnx_floats(scales, factors);
    return set_scales(n, factors, in, axes, count, s);
  }
  if (sizes) {
    onnx_ints(sizes, targets);
    return set_sizes(n, targets, in, axes, count, s);
  }
  if (a && a->kind == ONNX_ATTRIBUTE_FLOATS && a->count == count) return set_scales(n, a->floats, in, axes, count, s);
  return status_fail(PL_INVALID_MODEL, "%s: it has neither scales nor sizes", ops_describe(n));
}

static pl_status resize_infer(inference *i) {
  settings s;
  TRY(infer_inputs(i, 1, 4));
  TRY(resize_read(i->node, i->graph->model->opset, i->known, &i->in[0]->shape, &s));
  return infer_output(i, 0, &s.out, i->in[0]->layout);
}

/* ---- weights ---- */

/* Computed in double and rounded to float once: a coordinate that is a whole number is one here, though its scale is not exact. */
static double coordinate_of(const settings *s, int axis, double in, double out, double k) {
  const double scale = s->scale[axis];
  double at = k;
  switch (s->coordinates) {
    case COORDINATES_HALF_PIXEL: at = (k + 0.5) / scale - 0.5; break;
    case COORDINATES_HALF_PIXEL_SYMMETRIC: at = in / 2 * (1 - out / (scale * in)) + (k + 0.5) / scale - 0.5; break;
    case COORDINATES_PYTORCH_HALF_PIXEL: at = out > 1 ? (k + 0.5) / scale - 0.5 : 0; break;
    case COORDINATES_ALIGN_CORNERS: at = out > 1 ? k * (in - 1) / (out - 1) : 0; break;
    case COORDINATES_ASYMMETRIC: at = k / scale; break;
    case COORDINATES_TF_HALF_PIXEL_FOR_NN: at = (k + 0.5) / scale; break;
  }
  return (double)(float)at;
}

static double nearest(resize_round round, double scale, double at) {
  switch (round) {
    case ROUND_PREFER_FLOOR: return ceil(at - 0.5);
    case ROUND_PREFER_CEIL: return floor(at + 0.5);
    case ROUND_CEIL: return ceil(at);
    case ROUND_BY_SCALE: return scale < 1 ? ceil(at) : floor(at);
    default: return floor(at);
  }
}

/* The weight of an input at this distance, in taps. */
static double kernel(const settings *s, double distance) {
  const double x = fabs(distance), a = (double)s->cubic;
  if (s->mode == RESIZE_LINEAR) return x < 1 ? 1 - x : 0;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? a * (((x - 5) * x + 8) * x - 4) : 0;
}

/* What lies outside stands for the border, or for nothing. */
static int border(double at, int size) { return at < 0 ? 0 : at > size - 1 ? size - 1 : (int)at; }

static void weigh_nearest(const settings *s, int axis, int in, pass *p) {
  for (size_t k = 0; k < p->out; k++) {
    p->index[k] = border(nearest(s->round, s->scale[axis], coordinate_of(s, axis, in, (double)p->out, (double)k)), in);
    p->weight[k] = 1;
  }
}

/* Weights sum to 1 where the kernel's own do not: it is wider, or something is left out. */
static void weigh(const settings *s, int axis, int in, double narrow, pass *p) {
  const int before = (int)p->taps / 2 - 1;
  for (size_t k = 0; k < p->out; k++) {
    const double at = coordinate_of(s, axis, in, (double)p->out, (double)k), first = floor(at) - before;
    int *index = p->index + k * p->taps;
    float *weight = p->weight + k * p->taps;
    double sum = 0;
    for (size_t t = 0; t < p->taps; t++) {
      const double from = first + (double)t;
      const bool left_out = s->exclude_outside && (from < 0 || from > in - 1);
      sum += left_out ? 0 : kernel(s, (at - from) * narrow);
    }
    for (size_t t = 0; t < p->taps; t++) {
      const double from = first + (double)t;
      const bool left_out = s->exclude_outside && (from < 0 || from > in - 1);
      index[t] = border(from, in);
      weight[t] = left_out || sum == 0 ? 0 : (float)(kernel(s, (at - from) * narrow) / sum);
    }
  }
}

static double narrowing(const settings *s, int axis) { return s->antialias && s->scale[axis] < 1 ? s->scale[axis] : 1; }

static pl_status measure_pass(const op *o, const settings *s, int axis, pass *p) {
  const double narrow = narrowing(s, axis);
  const double reach = s->mode == RESIZE_NEAREST ? 0.5 : (s->mode == RESIZE_LINEAR ? 1 : 2) * ceil(1 / narrow);
  if (2 * reach * (double)p->out > INT32_MAX / (double)sizeof *p->weight)
    return status_fail(PL_UNSUPPORTED_MODEL, "%s: too many weights", ops_describe(o->node));
  p->axis = axis;
  p->taps = (size_t)(2 * reach);
  return PL_OK;
}

static pl_status make_pass(const op *o, const settings *s, pass *p) {
  p->index = memory_allocate(size_product(p->taps, p->out), sizeof *p->index);
  p->weight = memory_allocate(size_product(p->taps, p->out), sizeof *p->weight);
  if (!p->index || !p->weight) return ops_out_of_memory(o);
  if (s->mode == RESIZE_NEAREST) weigh_nearest(s, p->axis, (int)p->in, p);
  else weigh(s, p->axis, (int)p->in, narrowing(s, p->axis), p);
  return PL_OK;
}

/* ---- create, reshape ---- */

static pl_status resize_create(op *o) {
  o->state = memory_allocate(1, sizeof(resize));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static void free_passes(resize *r) {
  for (int k = 0; k < MAX_RANK; k++) {
    memory_free(r->passes[k].index);
    memory_free(r->passes[k].weight);
  }
  *r = (resize){0};
}

static void resize_free(op *o) {
  if (o->state) free_passes(o->state);
  memory_free(o->state);
  o->state = NULL;
}

/* The pass along an axis of a tensor that the passes before have made `now`; `position` is that axis's in the order of memory. */
static pass pass_over(const int *order, int position, const shape *now, int out) {
  pass p = {.outer = 1, .in = (size_t)now->dim[order[position]], .out = (size_t)out, .inner = 1};
  for (int k = 0; k < now->rank; k++) {
    const size_t size = (size_t)now->dim[order[k]];
    if (k < position) p.outer *= size;
    if (k > position) p.inner *= size;
  }
  return p;
}

/* Between two passes lies what the first of them made. */
static pl_status resize_reshape(op *o) {
  resize *r = o->state;
  const shape *in = &o->in[0].shape;
  int order[MAX_RANK];
  settings s;
  size_t between = 0, whole;
  free_passes(r);
  ops_memory_order(&o->in[0], order);
  TRY(resize_read(o->node, o->opset, o->known, in, &s));
  r->settings = s;
  shape now = *in;
  for (int k = 0; k < in->rank; k++) {
    const int axis = order[k];
    if (s.scale[axis] == 1 && s.out.dim[axis] == in->dim[axis]) continue;
    pass *p = &r->passes[r->count++];
    *p = pass_over(order, k, &now, s.out.dim[axis]);
    TRY(measure_pass(o, &s, axis, p));
    o->held = size_sum(o->held, size_product(size_product(p->taps, p->out), sizeof *p->index + sizeof *p->weight));
    now.dim[axis] = s.out.dim[axis];
    if (!shape_elements(&now, &whole) || whole > INT32_MAX)
      return status_fail(PL_UNSUPPORTED_MODEL, "%s: %s on the way is too large", ops_describe(o->node), shape_text(&now));
    if (!shape_equal(&now, &s.out) && whole > between) between = whole;
  }
  o->workspace = size_product(between, 2 * sizeof(float));
  return PL_OK;
}

static pl_status resize_pack(op *o) {
  resize *r = o->state;
  for (int k = 0; k < r->count; k++) TRY(make_pass(o, &r->settings, &r->passes[k]));
  return PL_OK;
}

/* ---- run ---- */

static void add_scaled(float *restrict sum, const float *restrict x, float weight, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += weight * x[i];
}

static void pass_forward(const pass *p, const float *in, float *out) {
  memset(out, 0, p->outer * p->out * p->inner * sizeof *out);
  for (size_t o = 0; o < p->outer; o++, in += p->in * p->inner)
    for (size_t k = 0; k < p->out; k++, out += p->inner)
      for (size_t t = k * p->taps; t < (k + 1) * p->taps; t++)
        add_scaled(out, in + (size_t)p->index[t] * p->inner, p->weight[t], p->inner);
}

static void pass_backward(const pass *p, const float *dout, float *din) {
  memset(din, 0, p->outer * p->in * p->inner * sizeof *din);
  for (size_t o = 0; o < p->outer; o++, din += p->in * p->inner)
    for (size_t k = 0; k < p->out; k++, dout += p->inner)
      for (size_t t = k * p->taps; t < (k + 1) * p->taps; t++)
        add_scaled(din + (size_t)p->index[t] * p->inner, dout, p->weight[t], p->inner);
}

/* Results go to and fro between the halves of the workspace, the last one to the output. */
static float *half_of(const op *o, const buffers *b, int k) {
  return (float *)b->workspace + (k % 2 ? o->workspace / sizeof(float) / 2 : 0);
}

static pl_status resize_forward(op *o, const buffers *b) {
  const resize *r = o->state;
  const float *in = b->in[0];
  for (int k = 0; k < r->count; k++) {
    float *out = k == r->count - 1 ? b->out[0] : half_of(o, b, k);
    pass_forward(&r->passes[k], in, out);
    in = out;
  }
  if (!r->count) memcpy(b->out[0], in, ops_out_count(o) * sizeof *in);
  return PL_OK;
}

static pl_status resize_backward(op *o, const buffers *b) {
  const resize *r = o->state;
  const float *dout = b->dout[0];
  if (!b->din[0]) return PL_OK;
  for (int k = r->count - 1; k >= 0; k--) {
    float *din = k == 0 ? b->din[0] : half_of(o, b, k);
    pass_backward(&r->passes[k], dout, din);
    dout = din;
  }
  if (!r->count) memcpy(b->din[0], dout, ops_in_count(o) * sizeof *dout);
  return PL_OK;
}

const op_class ops_Resize = {.type = "Resize",
                             .flags = SIZES_AFTER,
                             .infer = resize_infer,
                             .create = resize_create,
                             .reshape = resize_reshape,
                             .pack = resize_pack,
                             .forward = resize_forward,
                             .backward = resize_backward,
                             .free = resize_free};
const op_class ops_Upsample = {.type = "Upsample",
                               .flags = SIZES_AFTER,
                               .infer = resize_infer,
                               .create = resize_create,
                               .reshape = resize_reshape,
                               .pack = resize_pack,
                               .forward = resize_forward,
                               .backward = resize_backward,
                               .free = resize_free};
