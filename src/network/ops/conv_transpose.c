/* Transposed convolution: what a convolution from the output to the input would do backward. in: N x C x H x W, weights:
 * C x O/groups x KH x KW, out: N x O x OH x OW; in and out have channels last. */
#include <string.h>

#include "network/ops/kernels/filters.h"
#include "network/ops/units.h"

typedef struct conv_transpose {
  filters filters;
  int rest[2]; /* rows and columns at the end of the output that its windows leave over */
  dense forward, backward;
} conv_transpose;

/* ---- shape ---- */

/* Padding that makes the output as large as it is asked for; where none can, more is left over. `before` gets the larger half but
 * for SAME_UPPER. */
static void pad_to(window *w, int axis, int64_t whole, int64_t wanted, bool upper, int64_t *rest) {
  int64_t total = whole + *rest - wanted;
  if (total < 0) {
    *rest -= total;
    total = 0;
  }
  w->before[axis] = (int)(upper ? total / 2 : total - total / 2);
  w->after[axis] = (int)(total - w->before[axis]);
}

/* Sets padding, `rest` and the output's size for an input. */
static pl_status fit(const node *n, const shape *in, window *w, int rest[2], int out[2]) {
  const char *kind = onnx_string(n->source, "auto_pad", "NOTSET");
  const bool same = strncmp(kind, "SAME", 4) == 0, upper = strcmp(kind, "SAME_UPPER") == 0;
  int given[2] = {0, 0}, more[2] = {0, 0};
  TRY(window_list(n, "output_shape", 1, w->axes, given + 2 - w->axes));
  TRY(window_list(n, "output_padding", 0, w->axes, more + 2 - w->axes));
  for (int axis = 0; axis < 2; axis++) {
    const int64_t size = in->dim[2 + axis], stride = w->stride[axis];
    const int64_t whole = (size - 1) * stride + (int64_t)(w->kernel[axis] - 1) * w->dilation[axis] + 1;
    int64_t left = more[axis];
    if (whole + left > INT32_MAX)
      return status_fail(PL_UNSUPPORTED_MODEL, "%s: its input of %s is too large", ops_describe(n), shape_text(in));
    if (given[axis] || same) pad_to(w, axis, whole, given[axis] ? given[axis] : size * stride, upper, &left);
    const int64_t made = whole + left - w->before[axis] - w->after[axis];
    if (made < 1)
      return status_fail(PL_INVALID_MODEL, "%s: nothing is left of its output for an input of %s", ops_describe(n),
                         shape_text(in));
    if (left >= stride)
      return status_fail(PL_UNSUPPORTED_OP, "%s: %lld rows or columns after its windows, at a stride of %lld, are not supported",
                         ops_describe(n), (long long)left, (long long)stride);
    if (!window_fits_ints(w, axis, made))
      return status_fail(PL_UNSUPPORTED_MODEL, "%s: its input of %s is too large", ops_describe(n), shape_text(in));
    rest[axis] = (int)left;
    out[axis] = (int)made;
  }
  w->pads = WINDOW_EXPLICIT;
  return PL_OK;
}

static pl_status conv_transpose_infer(inference *i) {
  dense_map m;
  TRY(dense_infer(i, true, &m));
  const shape *in = &i->in[0]->shape;
  shape out = {4, {in->dim[0], m.in}};
  int rest[2];
  TRY(fit(i->node, in, &m.window, rest, &out.dim[2]));
  const dense_map forward = dense_transposed(m);
  if (!dense_takes(&forward, in, rest) || !dense_takes(&m, &out, NULL)) return dense_refuse(i->node, &m, in);
  i->wants[0] = LAYOUT_CHANNELS_LAST;
  return infer_output(i, 0, &out, LAYOUT_CHANNELS_LAST);
}

/* ---- create, reshape ---- */

static pl_status create_kernels(const op *o, const weights *w, const float *bias) {
  conv_transpose *c = o->state;
  const dense_map *m = &c->filters.map, forward = dense_transposed(*m);
  const weights transposed = weights_transposed(*w);
  TRY(dense_create(o->node, &forward, &transposed, bias, o->low, o->high, &c->forward));
  return o->backward ? dense_create(o->node, m, w, NULL, -INFINITY, INFINITY, &c->backward) : PL_OK;
}

static void free_kernels(void *state) {
  conv_transpose *c = state;
  dense_free(&c->forward);
  dense_free(&c->backward);
}

static const filter_kernels kernels = {create_kernels, free_kernels};

static pl_status conv_transpose_create(op *o) { return filters_create(o, sizeof(conv_transpose), true); }

static void conv_transpose_free(op *o) { filters_free(o, &kernels); }

static pl_status conv_transpose_reshape(op *o) {
  conv_transpose *c = o->state;
  dense_needs forward, backward = {0, 0};
  int out[2];
  TRY(fit(o->node, &o->in[0].shape, &c->filters.map.window, c->rest, out));
  filters_fit(o, &kernels, false); /* XNNPACK's operators are made for a certain padding, which may depend on the input's size */
  const dense_map transposed = dense_transposed(c->filters.map);
  TRY(dense_measure(o->node, &transposed, &o->in[0].shape, c->rest, &forward));
  if (o->backward) TRY(dense_measure(o->node, &c->filters.map, &o->out[0].shape, NULL, &backward));
  o->macs = (double)ops_in_count(o) * (double)(o->constant[1]->count / (size_t)c->filters.map.out);
  o->workspace = backward.workspace;
  o->held = size_sum(size_sum(forward.held, backward.held), filters_held(&c->filters));
  return PL_OK;
}

static pl_status conv_transpose_pack(op *o) {
  conv_transpose *c = o->state;
  TRY(filters_pack(o, &kernels));
  TRY(dense_reshape(o->node, &c->forward, &o->in[0].shape, c->rest, o->workspace));
  return o->backward ? dense_reshape(o->node, &c->backward, &o->out[0].shape, NULL, o->workspace) : PL_OK;
}

/* ---- run ---- */

static pl_status conv_transpose_forward(op *o, const buffers *b) {
  const conv_transpose *c = o->state;
  return dense_run(o->node, &c->forward, b->in[0], b->out[0], b->workspace);
}

static pl_status conv_transpose_backward(op *o, const buffers *b) {
  const conv_transpose *c = o->state;
  if (!b->din[0]) return PL_OK;
  if (ops_clamped(o)) clamp_backward(o, b, 0, ops_out_count(o), b->dout[0]);
  return dense_run(o->node, &c->backward, b->dout[0], b->din[0], b->workspace);
}

const op_class ops_ConvTranspose = {.type = "ConvTranspose",
                                    .flags = OF_IMAGES | FUSES_AFFINE | FUSES_CLAMP | TRAINED,
                                    .infer = conv_transpose_infer,
                                    .create = conv_transpose_create,
                                    .reshape = conv_transpose_reshape,
                                    .pack = conv_transpose_pack,
                                    .forward = conv_transpose_forward,
                                    .backward = conv_transpose_backward,
                                    .free = conv_transpose_free,
                                    .units = units_second};
