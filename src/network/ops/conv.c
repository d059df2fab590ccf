/* Convolution. in: N x C x H x W, weights: O x C/groups x KH x KW, out: N x O x OH x OW; in and out have channels last. */
#include <string.h>

#include "network/ops/kernels/columns.h"
#include "network/ops/kernels/depthwise.h"
#include "network/ops/kernels/filters.h"
#include "network/ops/kernels/winograd.h"
#include "network/ops/units.h"

/* DENSE runs forward on XNNPACK's convolution, and backward on its deconvolution, which is as fast as a convolution with flipped
 * weights at stride 1 and several times faster at larger ones. The first three save what a clamp lets through while they have it
 * in the cache. */
typedef enum kind {
  POINTWISE, /* 1x1: a product of matrices */
  COLUMNS,   /* few input channels, 1x1 with strides, no overlap, or what XNNPACK does not take */
  DEPTHWISE, /* a window for each channel: a kernel of our own */
  WINOGRAD2, /* 3x3 by tiles of 2x2 outputs */
  WINOGRAD4, /* of 4x4 */
  DENSE,     /* all else */
} kind;

typedef struct conv {
  filters filters;
  kind kinds[2]; /* forward, backward */
  linear pointwise[2];
  columns columns;
  depthwise *depthwise;
  winograd winograd[2];
  dense dense[2];
} conv;

/* ---- shape ---- */

/* Rows and columns that its last windows leave over. */
static void find_rest(const window *w, const shape *in, int rest[2]) {
  for (int axis = 0; axis < 2; axis++) {
    const int reach = (w->kernel[axis] - 1) * w->dilation[axis] + 1;
    rest[axis] = (in->dim[2 + axis] + w->before[axis] + w->after[axis] - reach) % w->stride[axis];
  }
}

static bool takes(const dense_map *m, bool backward, const shape *in, const shape *out) {
  const dense_map back = dense_transposed(*m);
  int rest[2];
  find_rest(&m->window, in, rest);
  return backward ? dense_takes(&back, out, rest) : dense_takes(m, in, rest);
}

static kind kind_of(const dense_map *m, bool backward, const shape *in, const shape *out) {
  const window *w = &m->window;
  const bool padded = w->before[0] | w->before[1] | w->after[0] | w->after[1], strided = w->stride[0] > 1 || w->stride[1] > 1;
  if (m->groups == 1 && w->kernel[0] == 1 && w->kernel[1] == 1 && !padded && !strided) return POINTWISE;
  if (columns_pay(m, backward)) return COLUMNS;
  if (depthwise_takes(m)) return DEPTHWISE;
  const int side = winograd_side(m, backward, in, out);
  if (side) return side == 2 ? WINOGRAD2 : WINOGRAD4;
  return m->groups > 1 || takes(m, backward, in, out) ? DENSE : COLUMNS;
}

static pl_status conv_infer(inference *i) {
  dense_map m;
  TRY(dense_infer(i, false, &m));
  const shape *in = &i->in[0]->shape;
  shape out = {4, {in->dim[0], m.out}};
  TRY(window_fit(i->node, &m.window, in, &out.dim[2]));
  for (int backward = 0; backward < 2; backward++)
    if (kind_of(&m, backward, in, &out) == DENSE && !takes(&m, backward, in, &out)) return dense_refuse(i->node, &m, in);
  i->wants[0] = LAYOUT_CHANNELS_LAST;
  return infer_output(i, 0, &out, LAYOUT_CHANNELS_LAST);
}

/* ---- create ---- */

/* For both ways. */
static pl_status pack_depthwise(const op *o, conv *c, const weights *w, const float *bias) {
  float *windows = memory_allocate(o->constant[1]->count, sizeof *windows);
  if (!windows) return ops_out_of_memory(o);
  weights_read(w, 0, w->groups * w->taps, windows);
  const bool packed = depthwise_pack(c->depthwise, windows, bias);
  memory_free(windows);
  return packed ? PL_OK : ops_out_of_memory(o);
}

static pl_status create_forward(const op *o, conv *c, const weights *w, const float *bias) {
  const dense_map *m = &c->filters.map;
  switch (c->kinds[0]) {
    case POINTWISE: return linear_create(o->node, m->in, m->out, w, bias, o->low, o->high, &c->pointwise[0]);
    case COLUMNS: return columns_create_forward(o, m, w, bias, &c->columns);
    case DEPTHWISE: return pack_depthwise(o, c, w, bias);
    case WINOGRAD2:
    case WINOGRAD4: return winograd_create(o, w, false, bias, &c->winograd[0]);
    default: return dense_create(o->node, m, w, bias, o->low, o->high, &c->dense[0]);
  }
}

static pl_status create_backward(const op *o, conv *c, const weights *w) {
  const dense_map *m = &c->filters.map, back = dense_transposed(*m);
  const weights transposed = weights_transposed(*w), taps_first = weights_taps_first(transposed);
  switch (c->kinds[1]) {
    case POINTWISE: return linear_create(o->node, m->out, m->in, &transposed, NULL, -INFINITY, INFINITY, &c->pointwise[1]);
    case COLUMNS: return columns_create_backward(o, m, &taps_first, &c->columns);
    case DEPTHWISE: return PL_OK; /* with forward */
    case WINOGRAD2:
    case WINOGRAD4: return winograd_create(o, w, true, NULL, &c->winograd[1]);
    default: return dense_create(o->node, &back, &transposed, NULL, -INFINITY, INFINITY, &c->dense[1]);
  }
}

static pl_status create_kernels(const op *o, const weights *w, const float *bias) {
  conv *c = o->state;
  TRY(create_forward(o, c, w, bias));
  return o->backward ? create_backward(o, c, w) : PL_OK;
}

static void free_kernels(void *state) {
  conv *c = state;
  for (int k = 0; k < 2; k++) {
    linear_free(&c->pointwise[k]);
    dense_free(&c->dense[k]);
    winograd_free(&c->winograd[k]);
  }
  columns_free(&c->columns);
  depthwise_free(c->depthwise);
  c->depthwise = NULL;
}

static const filter_kernels kernels = {create_kernels, free_kernels};

static pl_status conv_create(op *o) { return filters_create(o, sizeof(conv), false); }

static void conv_free(op *o) { filters_free(o, &kernels); }

/* ---- reshape ---- */

static pl_status measure_dense(const op *o, const conv *c, bool backward, dense_needs *needs) {
  const dense_map m = backward ? dense_transposed(c->filters.map) : c->filters.map;
  int rest[2];
  find_rest(&m.window, &o->in[0].shape, rest);
  return dense_measure(o->node, &m, backward ? &o->out[0].shape : &o->in[0].shape, rest, needs);
}

/* What it holds is for both ways, and counted with forward. */
static pl_status measure_depthwise(const op *o, conv *c, bool backward, dense_needs *needs) {
  if (!c->depthwise) c->depthwise = depthwise_create(&c->filters.map.window, c->filters.map.in);
  if (!c->depthwise) return ops_out_of_memory(o);
  needs->workspace = depthwise_reshape(c->depthwise, &o->in[0].shape, &o->out[0].shape, backward);
  needs->held = backward ? 0 : depthwise_held(c->depthwise);
  return PL_OK;
}

static pl_status measure_winograd(const op *o, conv *c, bool backward, dense_needs *needs) {
  const int side = c->kinds[backward] == WINOGRAD2 ? 2 : 4;
  *needs = winograd_reshape(&c->winograd[backward], side, &c->filters.map, backward, &o->in[0].shape, &o->out[0].shape);
  return PL_OK;
}

static pl_status measure_kind(const op *o, conv *c, bool backward, dense_needs *needs) {
  const dense_map *m = &c->filters.map;
  const int from = backward ? m->out : m->in, to = backward ? m->in : m->out;
  switch (c->kinds[backward]) {
    case POINTWISE:
      if (backward) needs->workspace = linear_workspace(o, from);
      return linear_measure(o->node, from, to, &needs->held);
    case COLUMNS:
      needs->workspace = columns_reshape(&c->columns, &m->window, &o->in[0].shape, &o->out[0].shape);
      return columns_measure(o->node, m, backward, &needs->held);
    case DEPTHWISE: return measure_depthwise(o, c, backward, needs);
    case WINOGRAD2:
    case WINOGRAD4: return measure_winograd(o, c, backward, needs);
    default: return measure_dense(o, c, backward, needs);
  }
}

/* Kernels are made for a certain padding, and SAME padding depends on the input's size, as some kinds do. */
static void fit_kernels(op *o) {
  conv *c = o->state;
  kind kinds[2];
  for (int k = 0; k < 2; k++) kinds[k] = kind_of(&c->filters.map, k == 1, &o->in[0].shape, &o->out[0].shape);
  filters_fit(o, &kernels, memcmp(kinds, c->kinds, sizeof kinds) != 0);
  memcpy(c->kinds, kinds, sizeof kinds);
}

static pl_status conv_reshape(op *o) {
  conv *c = o->state;
  int size[2];
  TRY(window_fit(o->node, &c->filters.map.window, &o->in[0].shape, size));
  fit_kernels(o);
  o->macs = (double)ops_out_count(o) * (double)(o->constant[1]->count / (size_t)c->filters.map.out);
  o->saves_clamp = c->kinds[0] < WINOGRAD2;
  o->workspace = 0;
  o->held = filters_held(&c->filters);
  for (int direction = 0; direction <= o->backward; direction++) {
    dense_needs needs = {0, 0};
    TRY(measure_kind(o, c, direction, &needs));
    if (needs.workspace > o->workspace) o->workspace = needs.workspace;
    o->held = size_sum(o->held, needs.held);
  }
  return PL_OK;
}

static pl_status conv_pack(op *o) {
  conv *c = o->state;
  int rest[2];
  find_rest(&c->filters.map.window, &o->in[0].shape, rest);
  TRY(filters_pack(o, &kernels));
  if (c->kinds[0] == DENSE) TRY(dense_reshape(o->node, &c->dense[0], &o->in[0].shape, rest, o->workspace));
  if (c->kinds[1] == DENSE && o->backward) TRY(dense_reshape(o->node, &c->dense[1], &o->out[0].shape, rest, o->workspace));
  return PL_OK;
}

/* ---- run ---- */

static size_t pixels(const op *o, const conv *c) { return ops_out_count(o) / (size_t)c->filters.map.out; }

static pl_status conv_forward(op *o, const buffers *b) {
  conv *c = o->state;
  switch (c->kinds[0]) {
    case POINTWISE: return linear_forward(o, &c->pointwise[0], pixels(o, c), b);
    case COLUMNS: return columns_forward(o, &c->columns, b);
    case DEPTHWISE: depthwise_forward(c->depthwise, o, b); return PL_OK;
    case WINOGRAD2:
    case WINOGRAD4: winograd_forward(&c->winograd[0], o, b); return PL_OK;
    default: return dense_run(o->node, &c->dense[0], b->in[0], b->out[0], b->workspace);
  }
}

static pl_status conv_backward(op *o, const buffers *b) {
  conv *c = o->state;
  if (!b->din[0]) return PL_OK;
  switch (c->kinds[1]) {
    case POINTWISE: return linear_backward(o, &c->pointwise[1], pixels(o, c), b);
    case COLUMNS: return columns_backward(o, &c->columns, b);
    case DEPTHWISE: depthwise_backward(c->depthwise, o, b); return PL_OK;
    case WINOGRAD2:
    case WINOGRAD4: winograd_backward(&c->winograd[1], o, b); return PL_OK;
    default:
      if (ops_clamped(o)) clamp_backward(o, b, 0, ops_out_count(o), b->dout[0]);
      return dense_run(o->node, &c->dense[1], b->dout[0], b->din[0], b->workspace);
  }
}

const op_class ops_Conv = {.type = "Conv",
                           .flags = OF_IMAGES | FUSES_AFFINE | FUSES_CLAMP | TRAINED,
                           .infer = conv_infer,
                           .create = conv_create,
                           .reshape = conv_reshape,
                           .pack = conv_pack,
                           .forward = conv_forward,
                           .backward = conv_backward,
                           .free = conv_free,
                           .units = units_second};
