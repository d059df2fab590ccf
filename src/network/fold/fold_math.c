/* Arithmetic on constants and sizes: floats in float, integers exactly. */
#include <math.h>

#include "network/fold/fold_rules.h"

/* Two inputs repeated to their common shape, as floats or as integers. */
typedef struct operands {
  shape shape;
  size_t count;
  bool floats;
  const float *f[2];
  const int64_t *i[2];
} operands;

static pl_status read_operand(const fold *f, operands *o, int k, const onnx_tensor *t) {
  const void *elements;
  if (o->floats) {
    TRY(fold_read_floats(f, t, &o->f[k]));
    TRY(fold_broadcast(f, o->f[k], &t->shape, sizeof *o->f[k], &o->shape, &elements));
    o->f[k] = elements;
  } else {
    TRY(fold_read_ints(f, t, &o->i[k]));
    TRY(fold_broadcast(f, o->i[k], &t->shape, sizeof *o->i[k], &o->shape, &elements));
    o->i[k] = elements;
  }
  return PL_OK;
}

/* With `also` broadcast to the same shape, if it is not NULL. */
static pl_status read_operands(const fold *f, const onnx_tensor *a, const onnx_tensor *b, const onnx_tensor *also, operands *o) {
  *o = (operands){.floats = fold_is_float(a->type) || fold_is_float(b->type)};
  TRY(fold_broadcast_shape(f, &a->shape, &b->shape, &o->shape));
  if (also) {
    const shape both = o->shape;
    TRY(fold_broadcast_shape(f, &both, &also->shape, &o->shape));
  }
  TRY(fold_count(f, &o->shape, &o->count));
  TRY(read_operand(f, o, 0, a));
  return read_operand(f, o, 1, b);
}

/* From EQUAL on, the result is true or false. */
typedef enum operator {
  ADD,
  SUB,
  MUL,
  DIV,
  MIN,
  MAX,
  POW,
  MOD,
  FMOD,
  EQUAL,
  LESS,
  LESS_OR_EQUAL,
  GREATER,
  GREATER_OR_EQUAL,
  AND,
  OR,
  XOR
} operator;

static float compute_float(operator o, float a, float b) {
  switch (o) {
    case ADD: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case DIV: return a / b;
    case MIN: return fminf(a, b);
    case MAX: return fmaxf(a, b);
    case POW: return powf(a, b);
    case MOD: return a - b * floorf(a / b);
    case FMOD: return fmodf(a, b);
    case EQUAL: return a == b;
    case LESS: return a < b;
    case LESS_OR_EQUAL: return a <= b;
    case GREATER: return a > b;
    case GREATER_OR_EQUAL: return a >= b;
    case AND: return a != 0 && b != 0;
    case OR: return a != 0 || b != 0;
    case XOR: return (a != 0) != (b != 0);
  }
  return 0;
}

static bool raise_int(int64_t base, int64_t exponent, int64_t *out) {
  if (exponent < 0) return false;
  for (*out = 1; exponent; exponent >>= 1) {
    if ((exponent & 1) && __builtin_mul_overflow(*out, base, out)) return false;
    if (exponent > 1 && __builtin_mul_overflow(base, base, &base)) return false;
  }
  return true;
}

/* The remainder, with the sign of b or, for FMOD, of a. */
static bool divide_int(operator o, int64_t a, int64_t b, int64_t *remainder) {
  if (!b || (a == INT64_MIN && b == -1)) return false;
  *remainder = a % b;
  if (o == MOD && *remainder && (*remainder < 0) != (b < 0)) *remainder += b;
  return true;
}

/* False where the result does not exist or does not fit. */
static bool compute_int(operator o, int64_t a, int64_t b, int64_t *out) {
  switch (o) {
    case ADD: return !__builtin_add_overflow(a, b, out);
    case SUB: return !__builtin_sub_overflow(a, b, out);
    case MUL: return !__builtin_mul_overflow(a, b, out);
    case DIV:
      if (!b || (a == INT64_MIN && b == -1)) return false;
      *out = a / b;
      break;
    case MIN: *out = a < b ? a : b; break;
    case MAX: *out = a > b ? a : b; break;
    case POW: return raise_int(a, b, out);
    case MOD:
    case FMOD: return divide_int(o, a, b, out);
    case EQUAL: *out = a == b; break;
    case LESS: *out = a < b; break;
    case LESS_OR_EQUAL: *out = a <= b; break;
    case GREATER: *out = a > b; break;
    case GREATER_OR_EQUAL: *out = a >= b; break;
    case AND: *out = a && b; break;
    case OR: *out = a || b; break;
    case XOR: *out = !a != !b; break;
  }
  return true;
}

static pl_status compute_ints(const fold *f, operator o, const operands *v, onnx_type type) {
  void *results;
  TRY(fold_allocate(f, v->count, sizeof(int64_t), &results));
  for (size_t i = 0; i < v->count; i++)
    if (!compute_int(o, v->i[0][i], v->i[1][i], (int64_t *)results + i))
      return fold_cannot(f, "its result does not fit an integer");
  return fold_store_ints(f, type, &v->shape, results);
}

static pl_status compute_pair(const fold *f, operator o, const onnx_tensor *a, const onnx_tensor *b) {
  operands v;
  void *results;
  const bool truth = o >= EQUAL;
  TRY(read_operands(f, a, b, NULL, &v));
  if (!v.floats) return compute_ints(f, o, &v, truth ? ONNX_BOOL : a->type);
  if (!truth && !fold_is_float(a->type)) return fold_cannot(f, "it computes an integer with a float");
  TRY(fold_set_output(f, truth ? ONNX_BOOL : ONNX_FLOAT, &v.shape, &results));
  for (size_t i = 0; i < v.count; i++) {
    const float result = compute_float(o, v.f[0][i], v.f[1][i]);
    if (truth) ((uint8_t *)results)[i] = result != 0;
    else ((float *)results)[i] = result;
  }
  return PL_OK;
}

static pl_status compute(fold *f, operator o) {
  if (f->node->input_count != 2) return fold_cannot(f, "it is computed of two inputs only");
  return compute_pair(f, o, f->in[0].tensor, f->in[1].tensor);
}

/* Of any number of inputs, one after the other. */
static pl_status compute_all(fold *f, operator o) {
  *f->out = *f->in[0].tensor;
  for (int k = 1; k < f->node->input_count; k++) {
    const onnx_tensor before = *f->out;
    if (!fold_has(f, k)) return fold_cannot(f, "an input is missing");
    TRY(compute_pair(f, o, &before, f->in[k].tensor));
  }
  return PL_OK;
}

pl_status fold_Add(fold *f) { return compute(f, ADD); }
pl_status fold_Sub(fold *f) { return compute(f, SUB); }
pl_status fold_Mul(fold *f) { return compute(f, MUL); }
pl_status fold_Div(fold *f) { return compute(f, DIV); }
pl_status fold_Min(fold *f) { return compute_all(f, MIN); }
pl_status fold_Max(fold *f) { return compute_all(f, MAX); }

/* Bounds are inputs from opset 11 on; before, Clip is of floats alone, and its operator computes it. */
pl_status fold_Clip(fold *f) {
  if (onnx_find(f->node, "min") || onnx_find(f->node, "max")) return fold_cannot(f, "its bounds are attributes");
  *f->out = *f->in[0].tensor;
  for (int k = 1; k < 3; k++) {
    const onnx_tensor before = *f->out;
    if (fold_has(f, k)) TRY(compute_pair(f, k == 1 ? MAX : MIN, &before, f->in[k].tensor));
  }
  return PL_OK;
}

pl_status fold_Pow(fold *f) { return compute(f, POW); }
pl_status fold_Mod(fold *f) { return compute(f, onnx_int(f->node, "fmod", 0) ? FMOD : MOD); }
pl_status fold_Equal(fold *f) { return compute(f, EQUAL); }
pl_status fold_Less(fold *f) { return compute(f, LESS); }
pl_status fold_LessOrEqual(fold *f) { return compute(f, LESS_OR_EQUAL); }
pl_status fold_Greater(fold *f) { return compute(f, GREATER); }
pl_status fold_GreaterOrEqual(fold *f) { return compute(f, GREATER_OR_EQUAL); }
pl_status fold_And(fold *f) { return compute(f, AND); }
pl_status fold_Or(fold *f) { return compute(f, OR); }
pl_status fold_Xor(fold *f) { return compute(f, XOR); }

pl_status fold_Not(fold *f) {
  const onnx_tensor *t = f->in[0].tensor;
  const float *values;
  void *results;
  TRY(fold_read_floats(f, t, &values));
  TRY(fold_set_output(f, ONNX_BOOL, &t->shape, &results));
  for (size_t i = 0; i < t->count; i++) ((uint8_t *)results)[i] = values[i] == 0;
  return PL_OK;
}

static pl_status fold_float(fold *f, float (*function)(float)) {
  const onnx_tensor *t = f->in[0].tensor;
  void *results;
  if (!fold_is_float(t->type)) return fold_cannot(f, "it is computed of floats only");
  TRY(fold_set_output(f, ONNX_FLOAT, &t->shape, &results));
  onnx_floats(t, results);
  for (size_t i = 0; i < t->count; i++) ((float *)results)[i] = function(((float *)results)[i]);
  return PL_OK;
}

static float negative(float x) { return -x; }

/* -x and |x| */
static pl_status compute_signs(fold *f, bool negate) {
  const onnx_tensor *t = f->in[0].tensor;
  const int64_t *values;
  void *results;
  if (fold_is_float(t->type)) return fold_float(f, negate ? negative : fabsf);
  TRY(fold_read_ints(f, t, &values));
  TRY(fold_allocate(f, t->count, sizeof(int64_t), &results));
  for (size_t i = 0; i < t->count; i++) {
    if (values[i] == INT64_MIN) return fold_cannot(f, "its result does not fit an integer");
    ((int64_t *)results)[i] = negate || values[i] < 0 ? -values[i] : values[i];
  }
  return fold_store_ints(f, t->type, &t->shape, results);
}

pl_status fold_Neg(fold *f) { return compute_signs(f, true); }
pl_status fold_Abs(fold *f) { return compute_signs(f, false); }
pl_status fold_Sqrt(fold *f) { return fold_float(f, sqrtf); }
pl_status fold_Floor(fold *f) { return fold_float(f, floorf); }
pl_status fold_Ceil(fold *f) { return fold_float(f, ceilf); }
pl_status fold_Round(fold *f) { return fold_float(f, rintf); }

pl_status fold_Where(fold *f) {
  const onnx_tensor *condition = f->in[0].tensor, *yes = f->in[1].tensor;
  operands v;
  const float *which;
  const void *all;
  void *results;
  TRY(read_operands(f, yes, f->in[2].tensor, condition, &v));
  TRY(fold_read_floats(f, condition, &which));
  TRY(fold_broadcast(f, which, &condition->shape, sizeof *which, &v.shape, &all));
  which = all;
  if (v.floats) {
    TRY(fold_set_output(f, ONNX_FLOAT, &v.shape, &results));
    for (size_t i = 0; i < v.count; i++) ((float *)results)[i] = v.f[which[i] != 0 ? 0 : 1][i];
    return PL_OK;
  }
  TRY(fold_allocate(f, v.count, sizeof(int64_t), &results));
  for (size_t i = 0; i < v.count; i++) ((int64_t *)results)[i] = v.i[which[i] != 0 ? 0 : 1][i];
  return fold_store_ints(f, yes->type, &v.shape, results);
}
