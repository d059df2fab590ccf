/* Arithmetic on constants and sizes: floats in float, integers exactly. */
#include <math.h>

#include "fold_rules.h"

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

static pl_status read_operands(const fold *f, operands *o) {
  const onnx_tensor *a = f->in[0].tensor, *b = f->in[1].tensor;
  *o = (operands){.floats = fold_is_float(a->type) || fold_is_float(b->type)};
  TRY(fold_broadcast_shape(f, &a->shape, &b->shape, &o->shape));
  TRY(fold_count(f, &o->shape, &o->count));
  TRY(read_operand(f, o, 0, a));
  return read_operand(f, o, 1, b);
}

typedef enum operator { ADD, SUB, MUL, DIV, MIN, MAX, EQUAL, LESS, GREATER } operator;

static float compute_float(operator o, float a, float b) {
  switch (o) {
    case ADD: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case DIV: return a / b;
    case MIN: return fminf(a, b);
    case MAX: return fmaxf(a, b);
    case EQUAL: return a == b;
    case LESS: return a < b;
    case GREATER: return a > b;
  }
  return 0;
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
    case EQUAL: *out = a == b; break;
    case LESS: *out = a < b; break;
    case GREATER: *out = a > b; break;
  }
  return true;
}

static pl_status compute_ints(const fold *f, operator o, const operands *v, onnx_type type) {
  void *results;
  TRY(fold_allocate(f, v->count * sizeof(int64_t), &results));
  for (size_t i = 0; i < v->count; i++)
    if (!compute_int(o, v->i[0][i], v->i[1][i], (int64_t *)results + i))
      return fold_cannot(f, "its result does not fit an integer");
  return fold_store_ints(f, type, &v->shape, results);
}

static pl_status compute(fold *f, operator o) {
  operands v;
  void *results;
  const bool truth = o >= EQUAL;
  if (f->node->input_count != 2) return fold_cannot(f, "it is computed of two inputs only");
  TRY(read_operands(f, &v));
  if (!v.floats) return compute_ints(f, o, &v, truth ? ONNX_BOOL : f->in[0].tensor->type);
  TRY(fold_set_output(f, truth ? ONNX_BOOL : ONNX_FLOAT, &v.shape, &results));
  for (size_t i = 0; i < v.count; i++) {
    const float result = compute_float(o, v.f[0][i], v.f[1][i]);
    if (truth) ((uint8_t *)results)[i] = result != 0;
    else ((float *)results)[i] = result;
  }
  return PL_OK;
}

pl_status fold_Add(fold *f) { return compute(f, ADD); }
pl_status fold_Sub(fold *f) { return compute(f, SUB); }
pl_status fold_Mul(fold *f) { return compute(f, MUL); }
pl_status fold_Div(fold *f) { return compute(f, DIV); }
pl_status fold_Min(fold *f) { return compute(f, MIN); }
pl_status fold_Max(fold *f) { return compute(f, MAX); }
pl_status fold_Equal(fold *f) { return compute(f, EQUAL); }
pl_status fold_Less(fold *f) { return compute(f, LESS); }
pl_status fold_Greater(fold *f) { return compute(f, GREATER); }

static pl_status fold_float(fold *f, float (*function)(float)) {
  const onnx_tensor *t = f->in[0].tensor;
  void *results;
  if (!fold_is_float(t->type)) return fold_cannot(f, "it is computed of floats only");
  TRY(fold_set_output(f, ONNX_FLOAT, &t->shape, &results));
  onnx_floats(t, results);
  for (size_t i = 0; i < t->count; i++) ((float *)results)[i] = function(((float *)results)[i]);
  return PL_OK;
}

pl_status fold_Sqrt(fold *f) { return fold_float(f, sqrtf); }
pl_status fold_Floor(fold *f) { return fold_float(f, floorf); }
pl_status fold_Ceil(fold *f) { return fold_float(f, ceilf); }

/* Integers only: so are the conditions that shapes are computed with. */
pl_status fold_Where(fold *f) {
  const onnx_tensor *condition = f->in[0].tensor;
  const fold values = {.node = f->node, .in = f->in + 1, .memory = f->memory, .out = f->out};
  operands v;
  TRY(read_operands(&values, &v));
  if (v.floats) return fold_cannot(f, "it is computed of integers only");
  const int64_t *which;
  void *results;
  if (!shape_equal(&condition->shape, &v.shape)) return fold_cannot(f, "its inputs' shapes do not fit together");
  TRY(fold_read_ints(f, condition, &which));
  TRY(fold_allocate(f, v.count * sizeof(int64_t), &results));
  for (size_t i = 0; i < v.count; i++) ((int64_t *)results)[i] = v.i[which[i] ? 0 : 1][i];
  return fold_store_ints(f, f->in[1].tensor->type, &v.shape, results);
}
