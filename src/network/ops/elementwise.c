/* Arithmetic, comparisons and choices: an element of the output is computed of one element of each operand. Operands may be
 * broadcast or constant. Truth is held as 1 and falsehood as 0, in floats like everything else; neither has a gradient. */
#include <string.h>

#include "network/ops/kernels/broadcast.h"

enum { OPERANDS = WALK_OPERANDS };

/* What an operator is, on contiguous floats. A gradient is NULL where it is 0 everywhere; bit i of reads[k]: gradient k is
 * computed of operand i. */
typedef struct arithmetic {
  void (*forward)(const float *const *in, float *restrict out, size_t n);
  void (*gradient[OPERANDS])(const float *g, const float *const *in, float *restrict din, size_t n);
  unsigned reads[OPERANDS];
} arithmetic;

enum { NOTHING = 0, X = 1, Y = 2 };

/* x and y stand for the operands' elements, g for the gradient at the output's. */
#define FORWARD(name, value)                                                          \
  static void name##_forward(const float *const *in, float *restrict out, size_t n) { \
    const float *xs = in[0], *ys = in[1];                                             \
    for (size_t k = 0; k < n; k++) {                                                  \
      const float x = xs[k], y = ys[k];                                               \
      (void)y;                                                                        \
      out[k] = value;                                                                 \
    }                                                                                 \
  }

#define GRADIENT(function, value)                                                                \
  static void function(const float *gs, const float *const *in, float *restrict din, size_t n) { \
    const float *xs = in[0], *ys = in[1];                                                        \
    for (size_t k = 0; k < n; k++) {                                                             \
      const float g = gs[k], x = xs[k], y = ys[k];                                               \
      (void)x, (void)y;                                                                          \
      din[k] = value;                                                                            \
    }                                                                                            \
  }

#define ARITHMETIC(name, value, dx_value, dx_reads, dy_value, dy_reads) \
  FORWARD(name, value)                                                  \
  GRADIENT(name##_dx, dx_value)                                         \
  GRADIENT(name##_dy, dy_value)                                         \
  static const arithmetic name = {name##_forward, {name##_dx, name##_dy}, {dx_reads, dy_reads}};

/* With a constant y, which the name says. */
#define FUNCTION(name, value, dx_value) \
  FORWARD(name, value)                  \
  GRADIENT(name##_dx, dx_value)         \
  static const arithmetic name = {name##_forward, {name##_dx}, {X}};

#define COMPARISON(name, value) \
  FORWARD(name, value)          \
  static const arithmetic name = {.forward = name##_forward};

ARITHMETIC(add, x + y, g, NOTHING, g, NOTHING)
ARITHMETIC(subtract, x - y, g, NOTHING, -g, NOTHING)
ARITHMETIC(multiply, (x * y), g *y, Y, g *x, X)
ARITHMETIC(divide, x / y, g / y, Y, -(g *x) / (y * y), X | Y)
ARITHMETIC(sloped, x < 0 ? x * y : x, x < 0 ? g * y : g, X | Y, x < 0 ? g * x : 0, X)

/* The remainder has the sign of x, or that of y. */
ARITHMETIC(remainder_as_x, fmodf(x, y), g, NOTHING, -(g *truncf(x / y)), X | Y)
ARITHMETIC(remainder_as_y, x - y * floorf(x / y), g, NOTHING, -(g *floorf(x / y)), X | Y)

/* x^0 is flat, and so is 0^y, where the formulas would divide by 0. */
ARITHMETIC(power, powf(x, y), y == 0 ? 0 : g * y * powf(x, y - 1), X | Y, x == 0 && y >= 0 ? 0 : g * powf(x, y) * logf(x), X | Y)
FUNCTION(square, (x * x), 2 * g * x)
FUNCTION(cube, x * x * x, 3 * g * x * x)
FUNCTION(root, sqrtf(x), 0.5f * g / sqrtf(x))

COMPARISON(equal, x == y)
COMPARISON(less, x < y)
COMPARISON(less_or_equal, x <= y)
COMPARISON(greater, x > y)
COMPARISON(greater_or_equal, x >= y)
COMPARISON(both, x != 0 && y != 0)
COMPARISON(either, x != 0 || y != 0)
COMPARISON(one_of_two, (x != 0) != (y != 0))

/* Where: operand 0 chooses between the others. */
static void choose_forward(const float *const *in, float *restrict out, size_t n) {
  const float *which = in[0], *yes = in[1], *no = in[2];
  for (size_t k = 0; k < n; k++) out[k] = which[k] != 0 ? yes[k] : no[k];
}

static void choose_yes(const float *g, const float *const *in, float *restrict din, size_t n) {
  const float *which = in[0];
  for (size_t k = 0; k < n; k++) din[k] = which[k] != 0 ? g[k] : 0;
}

static void choose_no(const float *g, const float *const *in, float *restrict din, size_t n) {
  const float *which = in[0];
  for (size_t k = 0; k < n; k++) din[k] = which[k] != 0 ? 0 : g[k];
}

static const arithmetic choose = {choose_forward, {NULL, choose_yes, choose_no}, {NOTHING, X, X}};

typedef struct elementwise {
  const arithmetic *kind;
  float *constant[OPERANDS]; /* values of a constant operand, NULL: depends on the image */
  walk walk;                 /* operands: the inputs */
  bool repeats[OPERANDS];
} elementwise;

/* ---- shape ---- */

static pl_status elementwise_infer(inference *i) {
  TRY(infer_arity(i, 2, 2));
  return broadcast_infer(i);
}

static pl_status where_infer(inference *i) {
  TRY(infer_arity(i, 3, 3));
  return broadcast_infer(i);
}

/* The slope must not widen the input. */
static pl_status prelu_infer(inference *i) {
  TRY(infer_inputs(i, 2, 2));
  TRY(broadcast_infer(i));
  if (shape_equal(&i->out[0].shape, &i->in[0]->shape)) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "%s: a slope of %s for %s", ops_describe(i->node),
                     shape_text(i->constant[1] ? &i->constant[1]->shape : &i->in[1]->shape), shape_text(&i->in[0]->shape));
}

/* ---- create, reshape ---- */

/* Whether a gradient that may be asked for is computed of an input that depends on the image. */
static bool reads_inputs(const op *o, const arithmetic *kind) {
  for (int k = 0; k < o->input_count; k++)
    for (int i = 0; i < o->input_count; i++)
      if (!o->constant[k] && !o->constant[i] && (kind->reads[k] >> i & 1)) return true;
  return false;
}

static pl_status elementwise_create(op *o, const arithmetic *kind) {
  elementwise *e = o->state = memory_allocate(1, sizeof *e);
  if (!e) return ops_out_of_memory(o);
  e->kind = kind;
  if (!reads_inputs(o, kind)) o->flags &= ~(unsigned)KEEPS_INPUT;
  return broadcast_read(o, e->constant);
}

static pl_status mod_create(op *o) {
  return elementwise_create(o, onnx_int(o->node->source, "fmod", 0) ? &remainder_as_x : &remainder_as_y);
}

/* The usual exponents in vectors. */
static pl_status pow_create(op *o) {
  const onnx_tensor *t = o->constant[1];
  float exponent = 0;
  if (t && t->count == 1) onnx_floats(t, &exponent);
  return elementwise_create(o, exponent == 2 ? &square : exponent == 3 ? &cube : exponent == 0.5f ? &root : &power);
}

static void elementwise_free(op *o) {
  elementwise *e = o->state;
  if (!e) return;
  broadcast_free(o, e->constant);
  memory_free(e);
  o->state = NULL;
}

static pl_status elementwise_reshape(op *o) {
  elementwise *e = o->state;
  strides s[OPERANDS];
  for (int k = 0; k < o->input_count; k++) {
    s[k] = broadcast_strides(o, k);
    e->repeats[k] = broadcast_repeats(o, k);
  }
  e->walk = walk_create(&o->out[0], s, o->input_count);
  return PL_OK;
}

/* ---- run ---- */

/* Values that can be taken at a time. */
static size_t piece(const walk *w) {
  const size_t inner = walk_inner(w);
  bool contiguous = true;
  for (int k = 0; k < w->operands; k++) contiguous &= walk_inner_stride(w, k) == 1;
  return contiguous || inner < BROADCAST_CHUNK ? inner : BROADCAST_CHUNK;
}

static pl_status elementwise_forward(op *o, const buffers *b) {
  const elementwise *e = o->state;
  const walk *w = &e->walk;
  const size_t inner = walk_inner(w), most = piece(w);
  const float *from[OPERANDS], *in[OPERANDS];
  float *out = b->out[0], room[OPERANDS][BROADCAST_CHUNK];
  for (int i = 0; i < w->operands; i++) from[i] = e->constant[i] ? e->constant[i] : b->in[i];
  cursor c = {{0}, {0}};
  do {
    for (size_t k = 0; k < inner; k += most) {
      const size_t n = inner - k < most ? inner - k : most;
      for (int i = 0; i < w->operands; i++) {
        const size_t stride = walk_inner_stride(w, i);
        in[i] = broadcast_spread(from[i] + c.at[i] + k * stride, stride, n, room[i]);
      }
      e->kind->forward(in, out, n);
      clamp_forward(o, out, n);
      out += n;
    }
  } while (walk_next(w, &c));
  return PL_OK;
}

/* What a loop over the elements needs to write the gradient of `operand`. */
typedef struct gradient {
  const elementwise *e;
  int operand;
  bool direct; /* written in place, not added up */
  const float *in[OPERANDS];
  float *din;
} gradient;

/* n elements from the k-th of the run that c stands at; g: their dout. */
static void gradient_piece(const gradient *d, const cursor *c, size_t k, size_t n, const float *g) {
  const walk *w = &d->e->walk;
  float room[OPERANDS + 1][BROADCAST_CHUNK];
  const float *in[OPERANDS];
  for (int i = 0; i < OPERANDS; i++) {
    in[i] = g; /* what is not read must be readable all the same */
    if (!(d->e->kind->reads[d->operand] >> i & 1)) continue;
    const size_t stride = walk_inner_stride(w, i);
    in[i] = broadcast_spread(d->in[i] + c->at[i] + k * stride, stride, n, room[i]);
  }
  const size_t stride = walk_inner_stride(w, d->operand);
  float *din = d->din + c->at[d->operand] + k * stride, *to = d->direct ? din : room[OPERANDS];
  d->e->kind->gradient[d->operand](g, in, to, n);
  if (!d->direct) broadcast_gather(to, stride, n, din);
}

static void operand_backward(const op *o, const buffers *b, int operand) {
  const elementwise *e = o->state;
  const walk *w = &e->walk;
  gradient d = {.e = e, .operand = operand, .din = b->din[operand]};
  d.direct = e->kind->gradient[operand] && !e->repeats[operand] && walk_inner_stride(w, operand) == 1;
  for (int i = 0; i < w->operands; i++) d.in[i] = e->constant[i] ? e->constant[i] : b->in[i];
  if (!d.direct) memset(d.din, 0, shape_count(&o->in[operand].shape) * sizeof *d.din);
  if (!e->kind->gradient[operand]) return;
  const size_t inner = walk_inner(w), most = !d.direct && inner > BROADCAST_CHUNK ? BROADCAST_CHUNK : piece(w);
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
  if (ops_clamped(o)) clamp_backward(o, b, 0, ops_out_count(o), b->dout[0]);
  for (int k = 0; k < o->input_count; k++)
    if (b->din[k]) operand_backward(o, b, k);
  return PL_OK;
}

/* ---- fused into the operator before: arithmetic with a constant for all values, or one for each channel ---- */

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

/* ---- the operators ---- */

#define ELEMENTWISE(name, inferred_by, made_by, affine)            \
  const op_class ops_##name = {.type = #name,                      \
                               .flags = FUSES_CLAMP | KEEPS_INPUT, \
                               .infer = inferred_by,               \
                               .create = made_by,                  \
                               .reshape = elementwise_reshape,     \
                               .forward = elementwise_forward,     \
                               .backward = elementwise_backward,   \
                               .free = elementwise_free,           \
                               .as_affine = affine};

#define ELEMENTWISE_OF(name, inferred_by, kind, affine)                          \
  static pl_status kind##_create(op *o) { return elementwise_create(o, &kind); } \
  ELEMENTWISE(name, inferred_by, kind##_create, affine)

ELEMENTWISE_OF(Add, elementwise_infer, add, sum_as_affine)
ELEMENTWISE_OF(Sub, elementwise_infer, subtract, difference_as_affine)
ELEMENTWISE_OF(Mul, elementwise_infer, multiply, product_as_affine)
ELEMENTWISE_OF(Div, elementwise_infer, divide, quotient_as_affine)
ELEMENTWISE(Mod, elementwise_infer, mod_create, NULL)
ELEMENTWISE(Pow, elementwise_infer, pow_create, NULL)
ELEMENTWISE_OF(PRelu, prelu_infer, sloped, NULL)
ELEMENTWISE_OF(Equal, elementwise_infer, equal, NULL)
ELEMENTWISE_OF(Less, elementwise_infer, less, NULL)
ELEMENTWISE_OF(LessOrEqual, elementwise_infer, less_or_equal, NULL)
ELEMENTWISE_OF(Greater, elementwise_infer, greater, NULL)
ELEMENTWISE_OF(GreaterOrEqual, elementwise_infer, greater_or_equal, NULL)
ELEMENTWISE_OF(And, elementwise_infer, both, NULL)
ELEMENTWISE_OF(Or, elementwise_infer, either, NULL)
ELEMENTWISE_OF(Xor, elementwise_infer, one_of_two, NULL)
ELEMENTWISE_OF(Where, where_infer, choose, NULL)
