/* Functions of one value. in and out: any shape and layout. */
#include <float.h>

#include "base/vector_math.h"
#include "network/ops/kernels/internal.h"

static pl_status activation_infer(inference *i) {
  TRY(infer_inputs(i, 1, 1));
  return infer_same(i);
}

/* ---- Relu and Clip: clamps, fused into the operator before them where there is one ---- */

static bool relu_as_clamp(const op *o, float *low, float *high) {
  (void)o;
  *low = 0;
  *high = INFINITY;
  return true;
}

/* A bound is an attribute up to opset 6, an input later; false where it is an input that is not a constant. */
static bool clip_bound(const op *o, int input, const char *attribute, float otherwise, float *bound) {
  *bound = onnx_float(o->node->source, attribute, otherwise);
  if (o->input_count <= input || !o->node->source->inputs[input][0]) return true;
  const onnx_tensor *t = o->constant[input];
  if (!t || t->count != 1) return false;
  onnx_floats(t, bound);
  return true;
}

static bool clip_as_clamp(const op *o, float *low, float *high) {
  if (!clip_bound(o, 1, "min", -INFINITY, low) || !clip_bound(o, 2, "max", INFINITY, high)) return false;
  if (*low <= -FLT_MAX) *low = -INFINITY; /* what files say for none */
  if (*high >= FLT_MAX) *high = INFINITY;
  if (*low > *high) *low = *high; /* the lower bound is applied first */
  return *low <= *high;           /* false for NaN */
}

static pl_status clip_infer(inference *i) {
  TRY(infer_inputs(i, 1, 3));
  for (int k = 1; k < 3; k++) {
    if (!infer_has(i, k)) continue;
    TRY(infer_constant(i, k, k == 1 ? "lower bound" : "upper bound", -1));
    if (i->constant[k]->count != 1) return status_fail(PL_INVALID_MODEL, "%s: a bound is not one value", ops_describe(i->node));
  }
  return infer_same(i);
}

static pl_status clamp_create(op *o) {
  if (o->class->as_clamp(o, &o->low, &o->high)) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "%s: a bound is not a number", ops_describe(o->node));
}

static pl_status clamp_op_forward(op *o, const buffers *b) {
  const float *x = b->in[0], low = o->low, high = o->high;
  float *restrict y = b->out[0];
  const size_t count = ops_out_count(o);
  for (size_t k = 0; k < count; k++) {
    const float raised = x[k] < low ? low : x[k];
    y[k] = raised > high ? high : raised;
  }
  return PL_OK;
}

static pl_status clamp_op_backward(op *o, const buffers *b) {
  if (b->din[0]) clamp_backward(o, b, 0, ops_out_count(o), b->din[0]);
  return PL_OK;
}

const op_class ops_Relu = {.type = "Relu",
                           .infer = activation_infer,
                           .create = clamp_create,
                           .forward = clamp_op_forward,
                           .backward = clamp_op_backward,
                           .as_clamp = relu_as_clamp};

const op_class ops_Clip = {.type = "Clip",
                           .infer = clip_infer,
                           .create = clamp_create,
                           .forward = clamp_op_forward,
                           .backward = clamp_op_backward,
                           .as_clamp = clip_as_clamp};

/* ---- the others. Each has its value y at x, and its slope at x or y; a and b are the node's parameters ---- */

static inline float clamped(float x, float low, float high) {
  const float raised = x < low ? low : x;
  return raised > high ? high : raised;
}

static inline float hard_swish_slope(float x) {
  const float inside = x * (1 / 3.0f) + 0.5f, right = x >= 3 ? 1 : inside;
  return x <= -3 ? 0 : right;
}

static inline float magnitude_of(float x) { return x < 0 ? -x : x; }

/* log(1 + exp(x)) without large numbers. */
static inline float soft_plus(float x) { return (x > 0 ? x : 0) + vector_log(1 + vector_exp(-magnitude_of(x))); }

/* tanh(log(1 + exp(x))): with p = exp(x), a quotient of polynomials of p. */
static inline float mish_factor(float x) {
  const float p = vector_exp(x < 20 ? x : 20), q = p * (p + 2);
  return q / (q + 2);
}

static inline float mish_slope(float x) {
  const float factor = mish_factor(x);
  return factor + x * (1 - factor * factor) * vector_sigmoid(x);
}

static inline float sine(float x) {
  float s, c;
  vector_sincos(x, &s, &c);
  return s;
}

static inline float cosine(float x) {
  float s, c;
  vector_sincos(x, &s, &c);
  return c;
}

static inline float tangent(float x) {
  float s, c;
  vector_sincos(x, &s, &c);
  return s / c;
}

/* Near 0, where the exponentials would cancel, by Taylor's series. */
static inline float hyperbolic_sine(float x) {
  const float z = x * x, power = vector_exp(x), far = 0.5f * (power - 1 / power);
  const float near = (((1 / 5040.0f * z + 1 / 120.0f) * z + 1 / 6.0f) * z + 1) * x;
  return z < 0.5f ? near : far;
}

static inline float hyperbolic_cosine(float x) {
  const float power = vector_exp(x);
  return 0.5f * (power + 1 / power);
}

static inline float sign_of(float x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

/* value: of x; slope: of x where KEEPS_INPUT is among what it keeps, of y where KEEPS_OUTPUT is. a and b: the attributes of these
 * names, or their defaults. least, most: bounds of every y; both 0: none. */
#define PARAMETRIC(name, value, slope, keeps, least, most, name_a, default_a, name_b, default_b)                        \
  static pl_status name##_forward(op *o, const buffers *with) {                                                         \
    const float a = onnx_float(o->node->source, name_a, default_a), b = onnx_float(o->node->source, name_b, default_b); \
    const float *xs = with->in[0];                                                                                      \
    float *restrict ys = with->out[0];                                                                                  \
    const size_t count = ops_out_count(o);                                                                              \
    (void)a, (void)b;                                                                                                   \
    for (size_t k = 0; k < count; k++) {                                                                                \
      const float x = xs[k];                                                                                            \
      ys[k] = value;                                                                                                    \
    }                                                                                                                   \
    return PL_OK;                                                                                                       \
  }                                                                                                                     \
  static pl_status name##_backward(op *o, const buffers *with) {                                                        \
    const float a = onnx_float(o->node->source, name_a, default_a), b = onnx_float(o->node->source, name_b, default_b); \
    const float *dy = with->dout[0], *at = (keeps) == KEEPS_INPUT ? with->in[0] : (keeps) ? with->out[0] : dy;          \
    float *restrict dx = with->din[0];                                                                                  \
    const size_t count = dx ? ops_out_count(o) : 0;                                                                     \
    (void)a, (void)b;                                                                                                   \
    for (size_t k = 0; k < count; k++) {                                                                                \
      const float x = at[k], y = x;                                                                                     \
      (void)x, (void)y;                                                                                                 \
      dx[k] = dy[k] * (slope);                                                                                          \
    }                                                                                                                   \
    return PL_OK;                                                                                                       \
  }                                                                                                                     \
  const op_class ops_##name = {.type = #name,                                                                           \
                               .flags = keeps,                                                                          \
                               .infer = activation_infer,                                                               \
                               .forward = name##_forward,                                                               \
                               .backward = name##_backward,                                                             \
                               .low = least,                                                                            \
                               .high = most};

#define BOUNDED(name, value, slope, keeps, least, most) PARAMETRIC(name, value, slope, keeps, least, most, "", 0, "", 0)
#define ACTIVATION(name, value, slope, keeps) BOUNDED(name, value, slope, keeps, 0, 0)

PARAMETRIC(LeakyRelu, x < 0 ? a * x : x, x < 0 ? a : 1, KEEPS_INPUT, 0, 0, "alpha", 0.01f, "", 0)
PARAMETRIC(ThresholdedRelu, x > a ? x : 0, x > a ? 1 : 0, KEEPS_INPUT, 0, 0, "alpha", 1, "", 0)
PARAMETRIC(HardSigmoid, clamped(b + a * x, 0, 1), y > 0 && y < 1 ? a : 0, KEEPS_OUTPUT, 0, 1, "alpha", 0.2f, "beta", 0.5f)
PARAMETRIC(Elu, x > 0 ? x : a * (vector_exp(x) - 1), x > 0 ? 1 : a * vector_exp(x), KEEPS_INPUT, 0, 0, "alpha", 1, "", 0)
PARAMETRIC(Celu, x > 0 ? x : a * (vector_exp(x / a) - 1), x > 0 ? 1 : vector_exp(x / a), KEEPS_INPUT, 0, 0, "alpha", 1, "", 0)
PARAMETRIC(Selu, x > 0 ? b * x : b * a * (vector_exp(x) - 1), x > 0 ? b : b * a * vector_exp(x), KEEPS_INPUT, 0, 0, "alpha",
           1.67326324f, "gamma", 1.05070102f)
PARAMETRIC(Shrink, x<-b ? x + a : x> b ? x - a : 0, x<-b || x> b ? 1 : 0, KEEPS_INPUT, 0, 0, "bias", 0, "lambd", 0.5f)
ACTIVATION(HardSwish, clamped(x * (1 / 6.0f) + 0.5f, 0, 1) * x, hard_swish_slope(x), KEEPS_INPUT)
BOUNDED(Sigmoid, vector_sigmoid(x), y * (1 - y), KEEPS_OUTPUT, 0, 1)
BOUNDED(Erf, vector_erf(x), 1.128379167f * vector_exp(-x * x), KEEPS_INPUT, -1, 1)
BOUNDED(Tanh, vector_tanh(x), 1 - y * y, KEEPS_OUTPUT, -1, 1)
ACTIVATION(Softplus, soft_plus(x), vector_sigmoid(x), KEEPS_INPUT)
BOUNDED(Softsign, x / (1 + magnitude_of(x)), 1 / ((1 + magnitude_of(x)) * (1 + magnitude_of(x))), KEEPS_INPUT, -1, 1)
ACTIVATION(Mish, x *mish_factor(x), mish_slope(x), KEEPS_INPUT)
ACTIVATION(Exp, vector_exp(x), y, KEEPS_OUTPUT)
ACTIVATION(Log, vector_log(x), 1 / x, KEEPS_INPUT)
ACTIVATION(Sqrt, sqrtf(x), 0.5f / y, KEEPS_OUTPUT)
ACTIVATION(Reciprocal, 1 / x, -y *y, KEEPS_OUTPUT)
ACTIVATION(Neg, -x, -1, 0)
ACTIVATION(Abs, magnitude_of(x), sign_of(x), KEEPS_INPUT)
BOUNDED(Sin, sine(x), cosine(x), KEEPS_INPUT, -1, 1)
BOUNDED(Cos, cosine(x), -sine(x), KEEPS_INPUT, -1, 1)
ACTIVATION(Tan, tangent(x), 1 + y * y, KEEPS_OUTPUT)
ACTIVATION(Sinh, hyperbolic_sine(x), hyperbolic_cosine(x), KEEPS_INPUT)
ACTIVATION(Cosh, hyperbolic_cosine(x), hyperbolic_sine(x), KEEPS_INPUT)
/* Steps, flat between them. */
ACTIVATION(Floor, floorf(x), 0, 0)
ACTIVATION(Ceil, ceilf(x), 0, 0)
ACTIVATION(Round, rintf(x), 0, 0)
ACTIVATION(Sign, sign_of(x), 0, 0)
ACTIVATION(Not, x == 0, 0, 0)
ACTIVATION(IsNaN, x != x, 0, 0)
