/* Col2Im: windows of an image, as columns, summed where they overlap: the adjoint of taking them. in: N x C taps x windows, out:
 * N x C x H x W. Plain. */
#include <string.h>

#include "network/ops/kernels/window.h"
#include "network/ops/units.h"

typedef struct col2im {
  window window;
  int counts[2]; /* windows below and beside each other */
} col2im;

static pl_status read_sizes(const node *n, const onnx_tensor *const *known, int k, const char *what, int sizes[2]) {
  int64_t list[2];
  int count;
  TRY(ops_list(n, known, k, NULL, what, 2, list, &count));
  if (count != 2) return status_fail(PL_UNSUPPORTED_OP, "%s: its %s is not for two dimensions", ops_describe(n), what);
  for (int axis = 0; axis < 2; axis++) {
    if (list[axis] < 1 || list[axis] > 1 << 15)
      return status_fail(PL_INVALID_MODEL, "%s: its %s has %lld", ops_describe(n), what, (long long)list[axis]);
    sizes[axis] = (int)list[axis];
  }
  return PL_OK;
}

/* The windows of a convolution over the output, and the output. */
static pl_status col2im_read(const node *n, const onnx_tensor *const *known, const shape *in, col2im *c, shape *out) {
  int size[2], kernel[2];
  TRY(read_sizes(n, known, 1, "image's shape", size));
  TRY(read_sizes(n, known, 2, "block's shape", kernel));
  TRY(window_read(n, 2, kernel, &c->window));
  if (in->rank != 3 || in->dim[1] % (kernel[0] * kernel[1]))
    return status_fail(PL_INVALID_MODEL, "%s: blocks of %dx%d from %s", ops_describe(n), kernel[0], kernel[1], shape_text(in));
  *out = (shape){4, {in->dim[0], in->dim[1] / (kernel[0] * kernel[1]), size[0], size[1]}};
  TRY(window_fit(n, &c->window, out, c->counts));
  if ((int64_t)c->counts[0] * c->counts[1] == in->dim[2]) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "%s: %dx%d windows, but %d columns", ops_describe(n), c->counts[0], c->counts[1],
                     in->dim[2]);
}

static pl_status col2im_infer(inference *i) {
  col2im c;
  shape out;
  TRY(infer_inputs(i, 3, 3));
  TRY(col2im_read(i->node, i->known, &i->in[0]->shape, &c, &out));
  return infer_output(i, 0, &out, LAYOUT_PLAIN);
}

static void col2im_units(const inference *i, const spans *const *in, int k, spans *out) {
  (void)in;
  *out = spans_of(&i->out[k].shape, 1);
}

static pl_status col2im_create(op *o) {
  o->state = memory_allocate(1, sizeof(col2im));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static void col2im_free(op *o) {
  memory_free(o->state);
  o->state = NULL;
}

static pl_status col2im_reshape(op *o) {
  shape out;
  return col2im_read(o->node, o->known, &o->in[0].shape, o->state, &out);
}

/* One row of windows' tap that lies in the image: where its columns and pixels begin, and the windows inside. */
typedef struct run {
  size_t column, pixel;
  int count;
} run;

/* False where the tap's row, or all of its columns, lie in the padding. */
static bool find_run(const col2im *c, const int *out, size_t plane, int tap_y, int tap_x, int row, run *r) {
  const window *w = &c->window;
  const int y = row * w->stride[0] + tap_y * w->dilation[0] - w->before[0];
  const int shift = tap_x * w->dilation[1] - w->before[1], stride = w->stride[1];
  if (y < 0 || y >= out[2]) return false;
  int first = shift < 0 ? (-shift + stride - 1) / stride : 0;
  int last = out[3] > shift ? (out[3] - shift + stride - 1) / stride : 0;
  if (last > c->counts[1]) last = c->counts[1];
  if (first >= last) return false;
  const size_t taps = (size_t)w->kernel[0] * (size_t)w->kernel[1], tap = (size_t)tap_y * (size_t)w->kernel[1] + (size_t)tap_x;
  r->column = ((plane * taps + tap) * (size_t)c->counts[0] + (size_t)row) * (size_t)c->counts[1] + (size_t)first;
  r->pixel = (plane * (size_t)out[2] + (size_t)y) * (size_t)out[3] + (size_t)(first * stride + shift);
  r->count = last - first;
  return true;
}

#define EACH_RUN(c, out, r)                                                       \
  for (size_t plane_ = 0; plane_ < (size_t)(out)[0] * (size_t)(out)[1]; plane_++) \
    for (int y_ = 0; y_ < (c)->window.kernel[0]; y_++)                            \
      for (int x_ = 0; x_ < (c)->window.kernel[1]; x_++)                          \
        for (int row_ = 0; row_ < (c)->counts[0]; row_++)                         \
          if (find_run((c), (out), plane_, y_, x_, row_, &(r)))

static pl_status col2im_forward(op *o, const buffers *b) {
  const col2im *c = o->state;
  const size_t stride = (size_t)c->window.stride[1];
  run r;
  memset(b->out[0], 0, ops_out_count(o) * sizeof *b->out[0]);
  EACH_RUN(c, o->out[0].shape.dim, r)
  for (int k = 0; k < r.count; k++) b->out[0][r.pixel + (size_t)k * stride] += b->in[0][r.column + (size_t)k];
  return PL_OK;
}

static pl_status col2im_backward(op *o, const buffers *b) {
  const col2im *c = o->state;
  const size_t stride = (size_t)c->window.stride[1];
  run r;
  if (!b->din[0]) return PL_OK;
  memset(b->din[0], 0, ops_in_count(o) * sizeof *b->din[0]);
  EACH_RUN(c, o->out[0].shape.dim, r)
  for (int k = 0; k < r.count; k++) b->din[0][r.column + (size_t)k] = b->dout[0][r.pixel + (size_t)k * stride];
  return PL_OK;
}

const op_class ops_Col2Im = {.type = "Col2Im",
                             .flags = SIZES_AFTER,
                             .infer = col2im_infer,
                             .create = col2im_create,
                             .reshape = col2im_reshape,
                             .forward = col2im_forward,
                             .backward = col2im_backward,
                             .free = col2im_free,
                             .units = col2im_units};
