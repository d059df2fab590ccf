/* InstanceNormalization, GroupNormalization and MeanVarianceNormalization: the values of a group of an item's channels to mean
 * 0 and variance 1, then times a scale and plus a bias per channel. in and out: N x C x any sizes, any layout. The variance is
 * computed around the mean, in a second pass. */
#include <string.h>

#include "network/ops/kernels/internal.h"
#include "network/ops/units.h"

/* Positions whose sum is taken in floats before it is added to a double. */
enum { BLOCK = 256 };

typedef struct group_norm {
  float epsilon;
  float *scale, *bias; /* per channel or per group; NULL: 1 and 0 */
  size_t affine;       /* how many of each */
  size_t groups, channels, positions;
  bool channels_last; /* an item is positions x channels; else channels x positions */
} group_norm;

/* ---- shape ---- */

static pl_status check_channels(const inference *i) {
  const shape *in = &i->in[0]->shape;
  if (in->rank >= 3) return PL_OK;
  return status_fail(PL_UNSUPPORTED_OP, "%s: its input is %s, but only N x C x sizes is supported", ops_describe(i->node),
                     shape_text(in));
}

/* Scale and bias, inputs 1 and 2, of so many values each. */
static pl_status check_affine(const inference *i, int size) {
  for (int k = 1; k < 3; k++) {
    const char *what = k == 1 ? "scale" : "bias";
    TRY(infer_constant(i, k, what, 1));
    if (i->constant[k]->shape.dim[0] != size)
      return status_fail(PL_INVALID_MODEL, "%s: a %s of %d values for %s, not of %d", ops_describe(i->node), what,
                         i->constant[k]->shape.dim[0], shape_text(&i->in[0]->shape), size);
  }
  return PL_OK;
}

static pl_status instance_infer(inference *i) {
  TRY(infer_inputs(i, 3, 3));
  TRY(check_channels(i));
  TRY(check_affine(i, i->in[0]->shape.dim[1]));
  return infer_same(i);
}

/* Up to opset 20, scale and bias are given per group. */
static pl_status group_infer(inference *i) {
  TRY(infer_inputs(i, 3, 3));
  TRY(check_channels(i));
  const int channels = i->in[0]->shape.dim[1];
  const int64_t groups = onnx_int(i->node->source, "num_groups", 0);
  if (groups < 1 || groups > channels || channels % groups)
    return status_fail(PL_INVALID_MODEL, "%s: %lld groups of %d channels", ops_describe(i->node), (long long)groups, channels);
  TRY(check_affine(i, i->graph->model->opset < 21 ? (int)groups : channels));
  return infer_same(i);
}

/* Marks the axes of MeanVarianceNormalization. */
static pl_status read_axes(const node *n, int rank, bool *marked) {
  static const int64_t otherwise[] = {0, 2, 3};
  const onnx_attribute *a = onnx_find(n->source, "axes");
  const bool given = a && a->kind == ONNX_ATTRIBUTE_INTS;
  return ops_mark_axes(n, given ? a->ints : otherwise, given ? a->count : 3, rank, marked);
}

static pl_status mean_variance_infer(inference *i) {
  bool marked[MAX_RANK] = {false};
  TRY(infer_inputs(i, 1, 1));
  TRY(check_channels(i));
  const shape *in = &i->in[0]->shape;
  TRY(read_axes(i->node, in->rank, marked));
  for (int d = 2; d < in->rank; d++)
    if (!marked[d]) return status_fail(PL_UNSUPPORTED_OP, "%s: its axes leave positions apart", ops_describe(i->node));
  if (marked[0] && in->dim[0] > 1)
    return status_fail(PL_UNSUPPORTED_OP, "%s: it takes the mean of %d images", ops_describe(i->node), in->dim[0]);
  return infer_same(i);
}

/* ---- create, reshape ---- */

static void group_norm_free(op *o) {
  group_norm *g = o->state;
  if (!g) return;
  memory_free(g->scale);
  memory_free(g->bias);
  memory_free(g);
  o->state = NULL;
}

static pl_status mean_variance_create(op *o) {
  group_norm *g = o->state = memory_allocate(1, sizeof *g);
  if (!g) return ops_out_of_memory(o);
  g->epsilon = 1e-18f; /* ONNX adds 1e-9 to the deviation */
  return PL_OK;
}

static pl_status affine_create(op *o) {
  group_norm *g = o->state = memory_allocate(1, sizeof *g);
  if (!g) return ops_out_of_memory(o);
  g->epsilon = onnx_float(o->node->source, "epsilon", 1e-5f);
  g->affine = o->constant[1]->count;
  g->scale = ops_floats(o->constant[1]);
  g->bias = ops_floats(o->constant[2]);
  return g->scale && g->bias ? PL_OK : ops_out_of_memory(o);
}

/* Scratch for an item: two sums per channel, in doubles and of a block in floats, and three factors per channel. */
static pl_status set_sizes(op *o, int64_t groups) {
  group_norm *g = o->state;
  const shape *s = &o->in[0].shape;
  g->groups = (size_t)groups;
  g->channels = (size_t)s->dim[1];
  g->positions = ops_in_count(o) / (size_t)s->dim[0] / g->channels;
  g->channels_last = s->rank == 4 && o->in[0].layout == LAYOUT_CHANNELS_LAST;
  o->saved = size_product(size_product((size_t)s->dim[0], g->channels), 2 * sizeof(float));
  o->workspace = size_product(g->channels, 2 * sizeof(double) + 5 * sizeof(float));
  return PL_OK;
}

static pl_status instance_reshape(op *o) { return set_sizes(o, o->in[0].shape.dim[1]); }

static pl_status group_reshape(op *o) { return set_sizes(o, onnx_int(o->node->source, "num_groups", 1)); }

static pl_status mean_variance_reshape(op *o) {
  bool marked[MAX_RANK] = {false};
  TRY(read_axes(o->node, o->in[0].shape.rank, marked));
  return set_sizes(o, marked[1] ? 1 : o->in[0].shape.dim[1]);
}

/* ---- sums over the positions of an item, per channel ---- */

/* What is summed of x, of dy and of each channel's mean; two sums, of which a pass may use one. */
typedef struct pass {
  void (*add_row)(const float *x, const float *dy, const float *mean, size_t channels, float *restrict a, float *restrict b);
  void (*total)(const float *x, const float *dy, float mean, size_t positions, float *a, float *b); /* of one channel */
} pass;

static void add_values(const float *x, const float *dy, const float *mean, size_t channels, float *restrict a,
                       float *restrict b) {
  (void)dy, (void)mean, (void)b;
  for (size_t c = 0; c < channels; c++) a[c] += x[c];
}

static void total_values(const float *x, const float *dy, float mean, size_t positions, float *a, float *b) {
  (void)dy, (void)mean;
  *a = sum_of(x, positions);
  *b = 0;
}

static void add_squares(const float *x, const float *dy, const float *mean, size_t channels, float *restrict a,
                        float *restrict b) {
  (void)dy, (void)b;
  for (size_t c = 0; c < channels; c++) a[c] += (x[c] - mean[c]) * (x[c] - mean[c]);
}

static void total_squares(const float *x, const float *dy, float mean, size_t positions, float *a, float *b) {
  (void)dy;
  *a = squares_of(x, positions, mean);
  *b = 0;
}

static void add_gradients(const float *x, const float *dy, const float *mean, size_t channels, float *restrict a,
                          float *restrict b) {
  for (size_t c = 0; c < channels; c++) {
    a[c] += dy[c];
    b[c] += dy[c] * (x[c] - mean[c]);
  }
}

static void total_gradients(const float *x, const float *dy, float mean, size_t positions, float *a, float *b) {
  v4 sums = v4_all(0), alongs = v4_all(0);
  size_t k = 0;
  for (; k + 4 <= positions; k += 4) {
    sums += v4_load(dy + k);
    alongs += v4_load(dy + k) * (v4_load(x + k) - v4_all(mean));
  }
  *a = v4_sum(sums);
  *b = v4_sum(alongs);
  for (; k < positions; k++) {
    *a += dy[k];
    *b += dy[k] * (x[k] - mean);
  }
}

static const pass values = {add_values, total_values};
static const pass squares = {add_squares, total_squares};
static const pass gradients = {add_gradients, total_gradients};

/* Parts of an item's workspace, `channels` each. */
typedef struct scratch {
  double *a, *b;                     /* sums */
  float *block_a, *block_b;          /* sums of a block */
  float *along, *against, *constant; /* factors */
} scratch;

static scratch scratch_of(const group_norm *g, void *workspace) {
  const size_t n = g->channels;
  double *doubles = workspace;
  float *floats = (float *)(doubles + 2 * n);
  return (scratch){doubles, doubles + n, floats, floats + n, floats + 2 * n, floats + 3 * n, floats + 4 * n};
}

static void sum_rows(const group_norm *g, const pass *p, const float *x, const float *dy, const float *mean, const scratch *s) {
  const size_t n = g->channels;
  for (size_t first = 0; first < g->positions; first += BLOCK) {
    const size_t end = first + BLOCK < g->positions ? first + BLOCK : g->positions;
    memset(s->block_a, 0, n * sizeof *s->block_a);
    memset(s->block_b, 0, n * sizeof *s->block_b);
    for (size_t k = first; k < end; k++) p->add_row(x + k * n, dy + k * n, mean, n, s->block_a, s->block_b);
    for (size_t c = 0; c < n; c++) {
      s->a[c] += (double)s->block_a[c];
      s->b[c] += (double)s->block_b[c];
    }
  }
}

static void sum_channel(const group_norm *g, const pass *p, const float *x, const float *dy, float mean, double *a, double *b) {
  for (size_t first = 0; first < g->positions; first += BLOCK) {
    float block_a, block_b;
    p->total(x + first, dy + first, mean, g->positions - first < BLOCK ? g->positions - first : BLOCK, &block_a, &block_b);
    *a += (double)block_a;
    *b += (double)block_b;
  }
}

/* The sums of a pass over an item, into s->a and s->b. */
static void sum_item(const group_norm *g, const pass *p, const float *x, const float *dy, const float *mean, const scratch *s) {
  memset(s->a, 0, g->channels * sizeof *s->a);
  memset(s->b, 0, g->channels * sizeof *s->b);
  if (g->channels_last) {
    sum_rows(g, p, x, dy, mean, s);
  } else {
    for (size_t c = 0; c < g->channels; c++)
      sum_channel(g, p, x + c * g->positions, dy + c * g->positions, mean[c], &s->a[c], &s->b[c]);
  }
}

/* ---- run ---- */

static size_t group_channels(const group_norm *g) { return g->channels / g->groups; }

static double group_size(const group_norm *g) { return (double)group_channels(g) * (double)g->positions; }

/* A channel's scale or bias. */
static float of_channel(const group_norm *g, const float *given, size_t c, float otherwise) {
  return given ? given[c * g->affine / g->channels] : otherwise;
}

/* The mean over each group of sums per channel, for each of its channels. */
static void average_groups(const group_norm *g, const double *sums, float *mean) {
  const size_t each = group_channels(g);
  for (size_t first = 0; first < g->channels; first += each) {
    double sum = 0;
    for (size_t c = first; c < first + each; c++) sum += sums[c];
    for (size_t c = first; c < first + each; c++) mean[c] = (float)(sum / group_size(g));
  }
}

/* y = (x - mean) along + constant */
static void normalize(const group_norm *g, const float *x, const float *mean, const scratch *s, float *restrict y) {
  const size_t n = g->channels, positions = g->positions;
  if (g->channels_last) {
    for (size_t k = 0; k < positions; k++, x += n, y += n)
      for (size_t c = 0; c < n; c++) y[c] = (x[c] - mean[c]) * s->along[c] + s->constant[c];
  } else {
    for (size_t c = 0; c < n; c++, x += positions, y += positions) {
      const float center = mean[c], along = s->along[c], constant = s->constant[c];
      for (size_t k = 0; k < positions; k++) y[k] = (x[k] - center) * along + constant;
    }
  }
}

static void forward_item(const group_norm *g, const float *x, float *mean, float *factor, const scratch *s, float *y) {
  sum_item(g, &values, x, x, mean, s);
  average_groups(g, s->a, mean);
  sum_item(g, &squares, x, x, mean, s);
  average_groups(g, s->a, factor);
  for (size_t c = 0; c < g->channels; c++) {
    factor[c] = 1 / sqrtf(factor[c] + g->epsilon);
    s->along[c] = factor[c] * of_channel(g, g->scale, c, 1);
    s->constant[c] = of_channel(g, g->bias, c, 0);
  }
  normalize(g, x, mean, s, y);
}

static pl_status group_norm_forward(op *o, const buffers *b) {
  const group_norm *g = o->state;
  const scratch s = scratch_of(g, b->workspace);
  const size_t size = g->channels * g->positions;
  float *kept = b->saved;
  memset(kept, 0, o->saved);
  for (size_t i = 0; i < ops_in_count(o) / size; i++, kept += 2 * g->channels) {
    forward_item(g, b->in[0] + i * size, kept, kept + g->channels, &s, b->out[0] + i * size);
    clamp_forward(o, b->out[0] + i * size, size);
  }
  return PL_OK;
}

/* The factors of dx = along dy - against (x - mean) - constant, from the sums of dy and of dy (x - mean): with g = scale dy and
 * z = (x - mean) factor, dx = factor (g - mean of g - z (mean of g z)). */
static void find_factors(const group_norm *g, const float *factor, const scratch *s) {
  const size_t each = group_channels(g);
  for (size_t first = 0; first < g->channels; first += each) {
    double sum = 0, along = 0;
    for (size_t c = first; c < first + each; c++) {
      sum += s->a[c] * (double)of_channel(g, g->scale, c, 1);
      along += s->b[c] * (double)of_channel(g, g->scale, c, 1);
    }
    for (size_t c = first; c < first + each; c++) {
      const double f = (double)factor[c];
      s->along[c] = factor[c] * of_channel(g, g->scale, c, 1);
      s->against[c] = (float)(f * f * f * along / group_size(g));
      s->constant[c] = (float)(f * sum / group_size(g));
    }
  }
}

static void apply_factors(const group_norm *g, const float *x, const float *dy, const float *mean, const scratch *s,
                          float *restrict dx) {
  const size_t n = g->channels, positions = g->positions;
  if (g->channels_last) {
    for (size_t k = 0; k < positions; k++, x += n, dy += n, dx += n)
      for (size_t c = 0; c < n; c++) dx[c] = s->along[c] * dy[c] - s->against[c] * (x[c] - mean[c]) - s->constant[c];
  } else {
    for (size_t c = 0; c < n; c++, x += positions, dy += positions, dx += positions) {
      const float center = mean[c], along = s->along[c], against = s->against[c], constant = s->constant[c];
      for (size_t k = 0; k < positions; k++) dx[k] = along * dy[k] - against * (x[k] - center) - constant;
    }
  }
}

static pl_status group_norm_backward(op *o, const buffers *b) {
  const group_norm *g = o->state;
  const scratch s = scratch_of(g, b->workspace);
  const size_t size = g->channels * g->positions, count = ops_in_count(o);
  const float *kept = b->saved;
  if (!b->din[0]) return PL_OK;
  if (ops_clamped(o)) clamp_backward(o, b, 0, count, b->dout[0]);
  for (size_t at = 0; at < count; at += size, kept += 2 * g->channels) {
    sum_item(g, &gradients, b->in[0] + at, b->dout[0] + at, kept, &s);
    find_factors(g, kept + g->channels, &s);
    apply_factors(g, b->in[0] + at, b->dout[0] + at, kept, &s, b->din[0] + at);
  }
  return PL_OK;
}

#define GROUP_NORM(name, inferred_by, made_by, reshaped_by, units_by)        \
  const op_class ops_##name = {.type = #name,                                \
                               .flags = FUSES_CLAMP | KEEPS_INPUT | TRAINED, \
                               .infer = inferred_by,                         \
                               .create = made_by,                            \
                               .reshape = reshaped_by,                       \
                               .forward = group_norm_forward,                \
                               .backward = group_norm_backward,              \
                               .free = group_norm_free,                      \
                               .units = units_by};

GROUP_NORM(InstanceNormalization, instance_infer, affine_create, instance_reshape, units_found_second)
GROUP_NORM(GroupNormalization, group_infer, affine_create, group_reshape, units_found_second)
GROUP_NORM(MeanVarianceNormalization, mean_variance_infer, mean_variance_create, mean_variance_reshape, units_kept)
