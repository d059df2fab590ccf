/* Sums, products and the like of two tensors, of which one may be broadcast or constant. The output lies as the first operand
 * that has both several channels and several positions. */
#include <stdlib.h>
#include <string.h>

#include "walk.h"

enum { CHUNK = 1024 }; /* floats of a broadcast operand that are spread out at a time */

/* What Add, Sub, Mul and Div are; all on contiguous floats. dx and dy may be computed from g, x and y. */
typedef struct arithmetic {
  void (*forward)(const float *x, const float *y, float *restrict out, size_t n);
  void (*dx)(const float *g, const float *x, const float *y, float *restrict dx, size_t n);
  void (*dy)(const float *g, const float *x, const float *y, float *restrict dy, size_t n);
  bool needs_inputs; /* for dx and dy */
} arithmetic;

#define ARITHMETIC(name, out_of, dx_of, dy_of, needs)                                                      \
  static void name##_forward(const float *xs, const float *ys, float *restrict out, size_t n) {            \
    for (size_t k = 0; k < n; k++) {                                                                       \
      const float x = xs[k], y = ys[k];                                                                    \
      out[k] = out_of;                                                                                     \
    }                                                                                                      \
  }                                                                                                        \
  static void name##_dx(const float *gs, const float *xs, const float *ys, float *restrict dx, size_t n) { \
    (void)xs, (void)ys;                                                                                    \
    for (size_t k = 0; k < n; k++) dx[k] = dx_of;                                                          \
  }                                                                                                        \
  static void name##_dy(const float *gs, const float *xs, const float *ys, float *restrict dy, size_t n) { \
    (void)xs, (void)ys;                                                                                    \
    for (size_t k = 0; k < n; k++) dy[k] = dy_of;                                                          \
  }                                                                                                        \
  static const arithmetic name = {name##_forward, name##_dx, name##_dy, needs};

ARITHMETIC(add, x + y, gs[k], gs[k], false)
ARITHMETIC(subtract, x - y, gs[k], -gs[k], false)
ARITHMETIC(multiply, (x * y), gs[k] * ys[k], gs[k] * xs[k], true)
ARITHMETIC(divide, x / y, gs[k] / ys[k], -gs[k] * xs[k] / (ys[k] * ys[k]), true)

typedef struct elementwise {
  const arithmetic *kind;
  float *constant[2];    /* values of a constant operand, NULL: depends on the image */
  walk walk;             /* operands: the two inputs */
  bool broadcast[2];
} elementwise;

/* ---- shape ---- */

static const shape *operand_shape(const inference *i, int k) {
  return i->constant[k] ? &i->constant[k]->shape : &i->in[k]->shape;
}

static pl_status broadcast_shape(const inference *i, shape *out) {
  const shape *a = operand_shape(i, 0), *b = operand_shape(i, 1);
  out->rank = a->rank > b->rank ? a->rank : b->rank;
  for (int d = 0; d < out->rank; d++) {
    const int da = d - (out->rank - a->rank), db = d - (out->rank - b->rank);
    const int sa = da < 0 ? 1 : a->dim[da], sb = db < 0 ? 1 : b->dim[db];
    if (sa != sb && sa != 1 && sb != 1)
      return status_fail(PL_INVALID_MODEL, "%s: %s and %s do not go together", ops_describe(i->node), shape_text(a),
                         shape_text(b));
    out->dim[d] = sa == 1 ? sb : sa;
  }
  return PL_OK;
}

static layout output_layout(const inference *i) {
  for (int k = 0; k < 2; k++)
    if (!i->constant[k] && !layout_free(&i->in[k]->shape)) return i->in[k]->layout;
  for (int k = 0; k < 2; k++)
    if (!i->constant[k] && i->in[k]->shape.rank == 4) return i->in[k]->layout;
  return LAYOUT_PLAIN;
}

static pl_status elementwise_infer(inference *i) {
  TRY(infer_arity(i, 2, 2));
  if (i->constant[0] && i->constant[1])
    return status_fail(PL_UNSUPPORTED_OP, "%s: its inputs are constants", ops_describe(i->node));
  for (int k = 0; k < 2; k++)
    if (i->constant[k]) TRY(infer_constant(i, k, "operand", -1));
  shape out = {0};
  TRY(broadcast_shape(i, &out));
  const layout l = output_layout(i);
  for (int k = 0; k < 2; k++)
    if (!i->constant[k] && !layout_free(&i->in[k]->shape)) i->wants[k] = l;
  return infer_output(i, 0, &out, l);
}

/* ---- create, reshape ---- */

static pl_status elementwise_create(op *o, const arithmetic *kind) {
  elementwise *e = o->state = calloc(1, sizeof *e);
  if (!e) return ops_out_of_memory(o);
  e->kind = kind;
  for (int k = 0; k < 2; k++)
    if (o->constant[k] && !(e->constant[k] = ops_floats(o->constant[k]))) return ops_out_of_memory(o);
  return PL_OK;
}

static pl_status add_create(op *o) { return elementwise_create(o, &add); }
static pl_status sub_create(op *o) { return elementwise_create(o, &subtract); }
static pl_status mul_create(op *o) { return elementwise_create(o, &multiply); }
static pl_status div_create(op *o) { return elementwise_create(o, &divide); }

static void elementwise_free(op *o) {
  elementwise *e = o->state;
  if (!e) return;
  free(e->constant[0]);
  free(e->constant[1]);
  free(e);
  o->state = NULL;
}

static tensor_type operand_type(const op *o, int k) {
  return o->constant[k] ? (tensor_type){o->constant[k]->shape, LAYOUT_PLAIN} : o->in[k];
}

static pl_status elementwise_reshape(op *o) {
  elementwise *e = o->state;
  strides s[2];
  for (int k = 0; k < 2; k++) {
    const tensor_type type = operand_type(o, k);
    s[k] = walk_strides(&type, &o->out[0].shape);
    e->broadcast[k] = shape_count(&type.shape) != ops_out_count(o);
  }
  e->walk = walk_create(&o->out[0], s, 2);
  return PL_OK;
}

/* ---- run ---- */

/* n values from `from` on, contiguous: where the stride is not 1 they are gathered in `room`. */
static const float *spread(const float *from, size_t stride, size_t n, float *room) {
  if (stride == 1) return from;
  for (size_t k = 0; k < n; k++) room[k] = from[k * stride];
  return room;
}

/* Values that can be taken at a time. */
static size_t piece(const elementwise *e) {
  const size_t inner = walk_inner(&e->walk);
  const bool contiguous = walk_inner_stride(&e->walk, 0) == 1 && walk_inner_stride(&e->walk, 1) == 1;
  return contiguous || inner < CHUNK ? inner : CHUNK;
}

static pl_status elementwise_forward(op *o, const buffers *b) {
  const elementwise *e = o->state;
  const walk *w = &e->walk;
  const size_t inner = walk_inner(w), most = piece(e), sx = walk_inner_stride(w, 0), sy = walk_inner_stride(w, 1);
  const float *x = e->constant[0] ? e->constant[0] : b->in[0], *y = e->constant[1] ? e->constant[1] : b->in[1];
  float *out = b->out[0], room[2][CHUNK];
  cursor c = {{0}, {0}};
  do {
    for (size_t k = 0; k < inner; k += most) {
      const size_t n = inner - k < most ? inner - k : most;
      e->kind->forward(spread(x + c.at[0] + k * sx, sx, n, room[0]), spread(y + c.at[1] + k * sy, sy, n, room[1]), out, n);
      clamp_forward(o, out, n);
      out += n;
    }
  } while (walk_next(w, &c));
  return PL_OK;
}

/* Adds gradients of n elements to those of a broadcast operand. */
static void gather(const float *d, size_t stride, size_t n, float *din) {
  if (stride == 0) {
    float sum = 0;
    for (size_t k = 0; k < n; k++) sum += d[k];
    *din += sum;
  } else {
    for (size_t k = 0; k < n; k++) din[k * stride] += d[k];
  }
}

/* What a loop over the elements needs to write the gradient of `operand`. */
typedef struct gradient {
  const elementwise *e;
  int operand;
  bool direct; /* written in place, not added up */
  const float *in[2];
  float *din;
} gradient;

/* n elements from the k-th of the run that c stands at; g: their dout. */
static void gradient_piece(const gradient *d, const cursor *c, size_t k, size_t n, const float *g) {
  float room[3][CHUNK];
  const float *in[2] = {g, g};
  for (int i = 0; i < 2 && d->e->kind->needs_inputs; i++) {
    const size_t stride = walk_inner_stride(&d->e->walk, i);
    in[i] = spread(d->in[i] + c->at[i] + k * stride, stride, n, room[i]);
  }
  const size_t stride = walk_inner_stride(&d->e->walk, d->operand);
  float *din = d->din + c->at[d->operand] + k * stride, *to = d->direct ? din : room[2];
  (d->operand ? d->e->kind->dy : d->e->kind->dx)(g, in[0], in[1], to, n);
  if (!d->direct) gather(to, stride, n, din);
}

static void operand_backward(const op *o, const buffers *b, int operand) {
  const elementwise *e = o->state;
  const walk *w = &e->walk;
  gradient d = {e, operand, !e->broadcast[operand] && walk_inner_stride(w, operand) == 1, {0}, b->din[operand]};
  for (int i = 0; i < 2; i++) d.in[i] = e->constant[i] ? e->constant[i] : b->in[i];
  if (!d.direct) memset(d.din, 0, shape_count(&o->in[operand].shape) * sizeof *d.din);
  const size_t inner = walk_inner(w), most = !d.direct && inner > CHUNK ? CHUNK : piece(e);
  const float *g = b->dout[0];
  cursor c = {{0}, {0}};
  do {
    for (size_t k = 0; k < inner; k += most) {
      const size_t n = inner - k < most ? inner - k : most;
      gradient_piece(&d, &c, k, n, g + k);
    }
    g += inner;
  } while (walk_next(w, &c));
}

static pl_status elementwise_backward(op *o, const buffers *b) {
  if (ops_clamped(o)) clamp_backward(o, b->out[0], b->dout[0], b->dout[0], ops_out_count(o));
  for (int k = 0; k < 2; k++)
    if (b->din[k]) operand_backward(o, b, k);
  return PL_OK;
}

/* ---- folded into the operator before: arithmetic with a constant for all values, or one for each channel ---- */

/* The only constant operand, where it varies along `axis` alone: its values, one for each channel. */
static bool read_channels(const op *o, const tensor_type *in, int axis, int *operand, float *values, int *channels) {
  *operand = o->constant[0] ? 0 : 1;
  *channels = axis < 0 ? 1 : in->shape.dim[axis];
  const onnx_tensor *t = o->constant[*operand];
  if (!t || o->constant[1 - *operand] || t->shape.rank > in->shape.rank || !t->count) return false;
  for (int d = 0; d < t->shape.rank; d++) {
    const bool along = axis >= 0 && d + in->shape.rank - t->shape.rank == axis && t->shape.dim[d] == *channels;
    if (t->shape.dim[d] != 1 && !along) return false;
  }
  onnx_floats(t, values);
  for (int c = 1; c < *channels && t->count == 1; c++) values[c] = values[0];
  return true;
}

static bool sum_as_affine(const op *o, const tensor_type *in, int axis, float *scale, float *shift) {
  int operand, channels;
  if (!read_channels(o, in, axis, &operand, shift, &channels)) return false;
  for (int c = 0; c < channels; c++) scale[c] = 1;
  return true;
}

static bool difference_as_affine(const op *o, const tensor_type *in, int axis, float *scale, float *shift) {
  int operand, channels;
  if (!read_channels(o, in, axis, &operand, shift, &channels)) return false;
  for (int c = 0; c < channels; c++) {
    scale[c] = operand ? 1 : -1;
    shift[c] *= -scale[c];
  }
  return true;
}

static bool product_as_affine(const op *o, const tensor_type *in, int axis, float *scale, float *shift) {
  int operand, channels;
  if (!read_channels(o, in, axis, &operand, scale, &channels)) return false;
  for (int c = 0; c < channels; c++) shift[c] = 0;
  return true;
}

static bool quotient_as_affine(const op *o, const tensor_type *in, int axis, float *scale, float *shift) {
  int operand, channels;
  if (!read_channels(o, in, axis, &operand, scale, &channels) || !operand) return false;
  for (int c = 0; c < channels; c++) {
    scale[c] = 1 / scale[c];
    shift[c] = 0;
  }
  return true;
}

#define ELEMENTWISE(name, keeps, made_by, affine)                \
  const op_class ops_##name = {.type = #name,                    \
                               .flags = FUSES_CLAMP | (keeps),   \
                               .infer = elementwise_infer,       \
                               .create = made_by,                \
                               .reshape = elementwise_reshape,   \
                               .forward = elementwise_forward,   \
                               .backward = elementwise_backward, \
                               .free = elementwise_free,         \
                               .as_affine = affine};

ELEMENTWISE(Add, 0, add_create, sum_as_affine)
ELEMENTWISE(Sub, 0, sub_create, difference_as_affine)
ELEMENTWISE(Mul, KEEPS_INPUT, mul_create, product_as_affine)
ELEMENTWISE(Div, KEEPS_INPUT, div_create, quotient_as_affine)
