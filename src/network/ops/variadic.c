/* Min, Max, Sum and Mean of any number of operands, which may be broadcast or constant. The gradient of Min and Max goes to one
 * operand: a constant that is the extremum, where there is one (so that it is 0 at a bound, as a clamp's is), or the first of the
 * others. */
#include <string.h>

#include "network/ops/kernels/broadcast.h"

typedef struct kind {
  void (*combine)(const float *x, float *restrict out, size_t n); /* takes one operand more into out */
  /* An operand's share of n elements of dout; what goes to one alone is then taken from dout. */
  void (*share)(const float *x, const float *out, float *restrict dout, float *restrict din, size_t n);
  bool extreme; /* share reads x and out */
  bool mean;
} kind;

static void add(const float *x, float *restrict out, size_t n) {
  for (size_t k = 0; k < n; k++) out[k] += x[k];
}

static void raise(const float *x, float *restrict out, size_t n) {
  for (size_t k = 0; k < n; k++) out[k] = x[k] > out[k] ? x[k] : out[k];
}

static void lower(const float *x, float *restrict out, size_t n) {
  for (size_t k = 0; k < n; k++) out[k] = x[k] < out[k] ? x[k] : out[k];
}

static void share_with_all(const float *x, const float *out, float *restrict dout, float *restrict din, size_t n) {
  (void)x, (void)out;
  memcpy(din, dout, n * sizeof *din);
}

static void take(const float *x, const float *out, float *restrict dout, float *restrict din, size_t n) {
  for (size_t k = 0; k < n; k++) {
    const float g = dout[k];
    din[k] = x[k] == out[k] ? g : 0;
    dout[k] = x[k] == out[k] ? 0 : g;
  }
}

static const kind sum = {.combine = add, .share = share_with_all};
static const kind mean = {.combine = add, .share = share_with_all, .mean = true};
static const kind maximum = {.combine = raise, .share = take, .extreme = true};
static const kind minimum = {.combine = lower, .share = take, .extreme = true};

typedef struct operand {
  walk walk; /* over the output; its operand: the input */
  bool repeats;
} operand;

typedef struct variadic {
  const kind *kind;
  operand *operands;           /* per input */
  float *constant[MAX_INPUTS]; /* NULL: depends on the image */
} variadic;

/* ---- shape, create ---- */

static pl_status variadic_infer(inference *i) {
  const int count = i->node->input_count;
  TRY(infer_arity(i, count > 1 ? count : 1, MAX_INPUTS));
  return broadcast_infer(i);
}

static pl_status variadic_create(op *o, const kind *kind) {
  variadic *v = o->state = memory_allocate(1, sizeof *v);
  if (!v) return ops_out_of_memory(o);
  v->kind = kind;
  v->operands = memory_allocate((size_t)o->input_count, sizeof *v->operands);
  if (!v->operands) return ops_out_of_memory(o);
  return broadcast_read(o, v->constant);
}

static void variadic_free(op *o) {
  variadic *v = o->state;
  if (!v) return;
  broadcast_free(o, v->constant);
  memory_free(v->operands);
  memory_free(v);
  o->state = NULL;
}

static pl_status variadic_reshape(op *o) {
  const variadic *v = o->state;
  for (int k = 0; k < o->input_count; k++) {
    const strides s = broadcast_strides(o, k);
    v->operands[k] = (operand){walk_create(&o->out[0], &s, 1), broadcast_repeats(o, k)};
  }
  return PL_OK;
}

/* ---- run ---- */

/* Values that can be taken at a time. */
static size_t piece(const walk *w) {
  const size_t inner = walk_inner(w);
  return walk_inner_stride(w, 0) == 1 || inner < BROADCAST_CHUNK ? inner : BROADCAST_CHUNK;
}

static void take_operand(const variadic *v, int index, const float *x, float *out) {
  const walk *w = &v->operands[index].walk;
  const size_t inner = walk_inner(w), most = piece(w), stride = walk_inner_stride(w, 0);
  float room[BROADCAST_CHUNK];
  cursor c = {{0}, {0}};
  do {
    for (size_t k = 0; k < inner; k += most) {
      const size_t n = inner - k < most ? inner - k : most;
      const float *values = broadcast_spread(x + c.at[0] + k * stride, stride, n, room);
      if (index) v->kind->combine(values, out, n);
      else memcpy(out, values, n * sizeof *out);
      out += n;
    }
  } while (walk_next(w, &c));
}

static void multiply(float *x, size_t count, float factor) {
  for (size_t k = 0; k < count; k++) x[k] *= factor;
}

static pl_status variadic_forward(op *o, const buffers *b) {
  const variadic *v = o->state;
  for (int k = 0; k < o->input_count; k++) take_operand(v, k, v->constant[k] ? v->constant[k] : b->in[k], b->out[0]);
  if (v->kind->mean) multiply(b->out[0], ops_out_count(o), 1 / (float)o->input_count);
  clamp_forward(o, b->out[0], ops_out_count(o));
  return PL_OK;
}

/* din: NULL for a constant, which only takes its share away. */
static void operand_backward(const op *o, const buffers *b, int index) {
  const variadic *v = o->state;
  const operand *p = &v->operands[index];
  const walk *w = &p->walk;
  const size_t inner = walk_inner(w), stride = walk_inner_stride(w, 0);
  const bool direct = b->din[index] && !p->repeats && stride == 1;
  const size_t most = direct || inner < BROADCAST_CHUNK ? inner : BROADCAST_CHUNK;
  const float *x = v->constant[index] ? v->constant[index] : b->in[index], *out = b->out[0];
  float *dout = b->dout[0], *din = b->din[index], room[2][BROADCAST_CHUNK];
  if (din && !direct) memset(din, 0, shape_count(&o->in[index].shape) * sizeof *din);
  cursor c = {{0}, {0}};
  do {
    for (size_t k = 0; k < inner; k += most) {
      const size_t n = inner - k < most ? inner - k : most, at = c.at[0] + k * stride;
      const float *values = v->kind->extreme ? broadcast_spread(x + at, stride, n, room[0]) : NULL;
      v->kind->share(values, v->kind->extreme ? out + k : NULL, dout + k, direct ? din + at : room[1], n);
      if (din && !direct) broadcast_gather(room[1], stride, n, din + at);
    }
    dout += inner;
    if (v->kind->extreme) out += inner;
  } while (walk_next(w, &c));
}

static pl_status variadic_backward(op *o, const buffers *b) {
  const variadic *v = o->state;
  const size_t count = ops_out_count(o);
  if (ops_clamped(o)) clamp_backward(o, b, 0, count, b->dout[0]);
  if (v->kind->mean) multiply(b->dout[0], count, 1 / (float)o->input_count);
  for (int k = 0; k < o->input_count && v->kind->extreme; k++)
    if (v->constant[k]) operand_backward(o, b, k);
  for (int k = 0; k < o->input_count; k++)
    if (!v->constant[k] && (b->din[k] || v->kind->extreme)) operand_backward(o, b, k);
  return PL_OK;
}

/* ---- the extremum of a value and one number is a clamp, fused into the operator before ---- */

static bool read_bound(const op *o, float *bound) {
  if (o->input_count != 2) return false;
  const onnx_tensor *t = o->constant[0] ? o->constant[0] : o->constant[1];
  if (!t || (o->constant[0] && o->constant[1]) || t->count != 1 || t->shape.rank > 1) return false;
  float value;
  onnx_floats(t, &value);
  if (value != value) return false;
  *bound = value;
  return true;
}

static bool maximum_as_clamp(const op *o, float *low, float *high) {
  if (!read_bound(o, low)) return false;
  *high = INFINITY;
  return true;
}

static bool minimum_as_clamp(const op *o, float *low, float *high) {
  if (!read_bound(o, high)) return false;
  *low = -INFINITY;
  return true;
}

#define VARIADIC(name, what, keeps, clamp)                                    \
  static pl_status what##_create(op *o) { return variadic_create(o, &what); } \
  const op_class ops_##name = {.type = #name,                                 \
                               .flags = FUSES_CLAMP | (keeps),                \
                               .infer = variadic_infer,                       \
                               .create = what##_create,                       \
                               .reshape = variadic_reshape,                   \
                               .forward = variadic_forward,                   \
                               .backward = variadic_backward,                 \
                               .free = variadic_free,                         \
                               .as_clamp = clamp};

VARIADIC(Min, minimum, KEEPS_INPUT | KEEPS_OUTPUT, minimum_as_clamp)
VARIADIC(Max, maximum, KEEPS_INPUT | KEEPS_OUTPUT, maximum_as_clamp)
VARIADIC(Sum, sum, 0, NULL)
VARIADIC(Mean, mean, 0, NULL)
