/* Operators on values: activations, normalization, products with matrices. */
#include "ops_harness.h"

/* ---- functions of one value ---- */

static double leaky(double x) { return x < 0 ? 0.2 * x : x; }
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double hard_sigmoid(double x) { return fmin(fmax(0.25 * x + 0.4, 0), 1); }
static double hard_swish(double x) { return x * fmin(fmax(x / 6 + 0.5, 0), 1); }
static double elu(double x) { return x > 0 ? x : 0.5 * expm1(x); }
static double celu(double x) { return x > 0 ? x : 2 * expm1(x / 2); }
static double selu(double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x)); }
static double thresholded(double x) { return x > (double)0.7f ? x : 0; }
static double shrink(double x) { return x<-(double)0.9f ? x + 0.4 : x>(double) 0.9f ? x - 0.4 : 0; }
static double softplus(double x) { return log1p(exp(x)); }
static double softsign(double x) { return x / (1 + fabs(x)); }
static double mish(double x) { return x * tanh(log1p(exp(x))); }
static double negative(double x) { return -x; }
static double reciprocal(double x) { return 1 / x; }
static double relu(double x) { return x > 0 ? x : 0; }
static double clip(double x) { return fmin(fmax(x, -0.5), 1.5); }
static double clip_above(double x) { return fmin(x, 1.5); }

/* Values where the function has a kink are taken away from it. */
static void avoid(trial *t, float kink) {
  for (size_t i = 0; i < trial_in_count(t, 0); i++)
    if (fabsf(t->in[0][i] - kink) < 0.02f) t->in[0][i] = kink + 0.03f;
}

static void check_function_on(trial *t, double (*f)(double), float low, float high, int kink_count, const float *kinks) {
  REQUIRE(trial_prepare(t) == PL_OK);
  trial_fill(t, low, high);
  for (int k = 0; k < kink_count; k++) avoid(t, kinks[k]);
  trial_forward(t);
  float *want = test_floats(trial_out_count(t));
  for (size_t i = 0; i < trial_out_count(t); i++) want[i] = (float)f(t->in[0][i]);
  CHECK_CLOSE(t->out[0], want, trial_out_count(t), 1e-6);
  trial_check_gradient(t, 5e-3f, 2e-3);
  CHECK(trial_same_alone(t));
  free(want);
  trial_free(t);
}

static void check_function(trial *t, double (*f)(double), int kink_count, const float *kinks) {
  check_function_on(t, f, -8, 8, kink_count, kinks);
}

static void begin_function(trial *t, const char *type, int opset) {
  trial_begin(t, type, opset);
  trial_input(t, (shape){4, {3, 5, 3, 7}}, LAYOUT_CHANNELS_LAST);
}

static void test_functions(void) {
  trial t;
  begin_function(&t, "LeakyRelu", 13);
  trial_float(&t, "alpha", 0.2f);
  check_function(&t, leaky, 1, (const float[]){0});
  begin_function(&t, "Sigmoid", 13);
  check_function(&t, sigmoid, 0, NULL);
  begin_function(&t, "Tanh", 13);
  check_function(&t, tanh, 0, NULL);
  begin_function(&t, "Erf", 13);
  check_function(&t, erf, 0, NULL);
  begin_function(&t, "HardSigmoid", 13);
  trial_float(&t, "alpha", 0.25f);
  trial_float(&t, "beta", 0.4f);
  check_function(&t, hard_sigmoid, 2, (const float[]){-1.6f, 2.4f});
  begin_function(&t, "HardSwish", 14);
  check_function(&t, hard_swish, 2, (const float[]){-3, 3});
  begin_function(&t, "Relu", 13);
  check_function(&t, relu, 1, (const float[]){0});
  begin_function(&t, "Clip", 6);
  trial_float(&t, "min", -0.5f);
  trial_float(&t, "max", 1.5f);
  check_function(&t, clip, 2, (const float[]){-0.5f, 1.5f});
  begin_function(&t, "Clip", 11);
  trial_constant(&t, (shape){0, {0}}, (const float[]){-0.5f});
  trial_constant(&t, (shape){1, {1}}, (const float[]){1.5f});
  check_function(&t, clip, 2, (const float[]){-0.5f, 1.5f});
  begin_function(&t, "Clip", 11);
  trial_left_out(&t);
  trial_constant(&t, (shape){0, {0}}, (const float[]){1.5f});
  check_function(&t, clip_above, 1, (const float[]){1.5f});
}

static void test_more_functions(void) {
  static const struct {
    const char *type;
    double (*f)(double);
    float low, high;
    int kinks;
  } cases[] = {{"Softplus", softplus, -8, 8, 0}, {"Softsign", softsign, -8, 8, 1}, {"Mish", mish, -8, 8, 0},
               {"Exp", exp, -3, 3, 0},           {"Log", log, 0.5f, 8, 0},         {"Sqrt", sqrt, 0.5f, 8, 0},
               {"Neg", negative, -8, 8, 0},      {"Abs", fabs, -8, 8, 1},          {"Reciprocal", reciprocal, 0.5f, 8, 0},
               {"Sin", sin, -8, 8, 0},           {"Cos", cos, -8, 8, 0},           {"Tan", tan, -1.2f, 1.2f, 0},
               {"Sinh", sinh, -3, 3, 0},         {"Cosh", cosh, -3, 3, 0},         {"Selu", selu, -8, 8, 1}};
  trial t;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    begin_function(&t, cases[k].type, 18);
    check_function_on(&t, cases[k].f, cases[k].low, cases[k].high, cases[k].kinks, (const float[]){0});
  }
  begin_function(&t, "Elu", 13);
  trial_float(&t, "alpha", 0.5f);
  check_function(&t, elu, 1, (const float[]){0});
  begin_function(&t, "Celu", 13);
  trial_float(&t, "alpha", 2);
  check_function(&t, celu, 1, (const float[]){0});
  begin_function(&t, "ThresholdedRelu", 13);
  trial_float(&t, "alpha", 0.7f);
  check_function(&t, thresholded, 1, (const float[]){0.7f});
  begin_function(&t, "Shrink", 13);
  trial_float(&t, "bias", 0.4f);
  trial_float(&t, "lambd", 0.9f);
  check_function(&t, shrink, 2, (const float[]){-0.9f, 0.9f});
}

/* Steps and tests have no gradient. */
static void test_steps(void) {
  static const float x[8] = {-2.5f, -1, -0.5f, 0, 0.5f, 1.5f, 2.7f, 3};
  static const struct {
    const char *type;
    float want[8];
  } cases[] = {{"Floor", {-3, -1, -1, 0, 0, 1, 2, 3}}, {"Ceil", {-2, -1, 0, 0, 1, 2, 3, 3}},
               {"Round", {-2, -1, 0, 0, 0, 2, 3, 3}},  {"Sign", {-1, -1, -1, 0, 1, 1, 1, 1}},
               {"Not", {0, 0, 0, 1, 0, 0, 0, 0}},      {"IsNaN", {0, 0, 0, 0, 0, 0, 0, 1}}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    trial t;
    trial_begin(&t, cases[k].type, 13);
    trial_input(&t, (shape){1, {8}}, LAYOUT_PLAIN);
    REQUIRE(trial_prepare(&t) == PL_OK);
    memcpy(t.in[0], x, sizeof x);
    if (!strcmp(cases[k].type, "IsNaN")) t.in[0][7] = NAN;
    trial_forward(&t);
    trial_backward(&t);
    for (int i = 0; i < 8; i++) CHECK(t.out[0][i] == cases[k].want[i] && t.din[0][i] == 0);
    trial_free(&t);
  }
}

static void test_far_values(void) {
  const char *const types[] = {"Sigmoid", "Tanh"};
  for (int k = 0; k < 2; k++) {
    trial t;
    trial_begin(&t, types[k], 13);
    trial_input(&t, (shape){1, {6}}, LAYOUT_PLAIN);
    REQUIRE(trial_prepare(&t) == PL_OK);
    const float x[6] = {-INFINITY, -1000, -1e-5f, 1e-5f, 1000, INFINITY};
    memcpy(t.in[0], x, sizeof x);
    trial_forward(&t);
    for (int i = 0; i < 6; i++) CHECK_NEAR(t.out[0][i], k ? tanh(x[i]) : sigmoid(x[i]), 1e-7);
    trial_free(&t);
  }
}

/* The lower bound is applied first: all that is left is the upper one. */
static void test_crossed_bounds(void) {
  trial t;
  float low, high;
  begin_function(&t, "Clip", 6);
  trial_float(&t, "min", 2);
  trial_float(&t, "max", 1);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK(t.op.class->as_clamp(&t.op, &low, &high) && low == 1 && high == 1);
  trial_fill(&t, -3, 3);
  trial_forward(&t);
  trial_backward(&t);
  for (size_t i = 0; i < trial_out_count(&t); i++) CHECK(t.out[0][i] == 1 && t.din[0][i] == 0);
  trial_free(&t);
}

/* What the executor fuses. */
static void test_as_clamp(void) {
  trial t;
  float low, high;
  begin_function(&t, "Relu", 13);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK(t.op.class->as_clamp(&t.op, &low, &high) && low == 0 && high == INFINITY);
  trial_free(&t);
  begin_function(&t, "Clip", 6);
  trial_float(&t, "max", 6);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK(t.op.class->as_clamp(&t.op, &low, &high) && low == -INFINITY && high == 6);
  trial_free(&t);
  begin_function(&t, "Clip", 6);
  trial_float(&t, "min", NAN);
  CHECK_INT(trial_prepare(&t), PL_INVALID_MODEL);
  CHECK(!t.op.class->as_clamp(&t.op, &low, &high));
  trial_free(&t);
}

/* ---- Softmax ---- */

static void check_softmax(const char *type, int opset, shape s, int axis, size_t outer, size_t size, size_t inner) {
  trial t;
  trial_begin(&t, type, opset);
  trial_input(&t, s, LAYOUT_PLAIN);
  trial_int(&t, "axis", axis);
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_fill(&t, -3, 3);
  trial_forward(&t);
  float *want = test_floats(trial_out_count(&t));
  for (size_t o = 0; o < outer; o++)
    for (size_t i = 0; i < inner; i++) {
      double sum = 0;
      for (size_t k = 0; k < size; k++) sum += exp(t.in[0][(o * size + k) * inner + i]);
      for (size_t k = 0; k < size; k++) {
        const size_t at = (o * size + k) * inner + i;
        want[at] = (float)(type[0] == 'L' ? t.in[0][at] - log(sum) : exp(t.in[0][at]) / sum);
      }
    }
  CHECK_CLOSE(t.out[0], want, trial_out_count(&t), 1e-6);
  trial_check_gradient(&t, 5e-3f, 2e-3);
  if (axis) CHECK(trial_same_alone(&t));
  free(want);
  trial_free(&t);
}

static void test_softmax(void) {
  const char *const types[] = {"Softmax", "LogSoftmax"};
  for (int k = 0; k < 2; k++) {
    check_softmax(types[k], 13, (shape){2, {3, 10}}, -1, 3, 10, 1);
    check_softmax(types[k], 13, (shape){3, {3, 5, 4}}, 1, 3, 5, 4);
    check_softmax(types[k], 11, (shape){4, {3, 5, 2, 2}}, 1, 3, 20, 1);
    check_softmax(types[k], 13, (shape){4, {3, 5, 2, 2}}, 1, 3, 5, 4);
  }
}

/* ---- BatchNormalization ---- */

static void check_norm(shape s, layout l) {
  trial t;
  const shape channels = {1, {s.dim[1]}};
  trial_begin(&t, "BatchNormalization", 15);
  trial_input(&t, s, l);
  for (int k = 0; k < 4; k++) trial_constant(&t, channels, NULL);
  float *values[4];
  for (int k = 0; k < 4; k++) values[k] = (float *)t.constants[k + 1].data;
  for (int c = 0; c < s.dim[1]; c++) values[3][c] += 1.5f;
  trial_float(&t, "epsilon", 0.1f);
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  float *out = trial_plain(&t.op.out[0], t.out[0]), *in = trial_plain(&t.op.in[0], t.in[0]);
  size_t inner = 1;
  for (int d = 2; d < s.rank; d++) inner *= (size_t)s.dim[d];
  for (size_t i = 0; i < trial_out_count(&t); i++) {
    const int c = (int)(i / inner % (size_t)s.dim[1]);
    const double want = (in[i] - values[2][c]) / sqrt(values[3][c] + 0.1) * values[0][c] + values[1][c];
    if (!CHECK_NEAR(out[i], want, 1e-5)) break;
  }
  trial_check_linear(&t, 2e-6);
  CHECK(trial_same_alone(&t));
  float *scale = test_floats((size_t)s.dim[1]), *shift = test_floats((size_t)s.dim[1]);
  CHECK(t.op.class->as_affine(&t.op, &t.op.in[0], 1, scale, shift));
  CHECK_NEAR(in[0] * scale[0] + shift[0], out[0], 1e-6);
  free(scale);
  free(shift);
  free(in);
  free(out);
  trial_free(&t);
}

static void test_norm(void) {
  check_norm((shape){4, {2, 6, 3, 4}}, LAYOUT_CHANNELS_LAST);
  check_norm((shape){4, {2, 6, 3, 4}}, LAYOUT_PLAIN);
  check_norm((shape){4, {2, 1, 3, 4}}, LAYOUT_PLAIN);
  check_norm((shape){4, {2, 5, 1, 1}}, LAYOUT_CHANNELS_LAST);
  check_norm((shape){2, {3, 5}}, LAYOUT_PLAIN);
  check_norm((shape){3, {3, 5, 4}}, LAYOUT_PLAIN);
}

/* ---- products ---- */

static void check_gemm_forward(trial *t, int in, int out, bool transposed, float alpha, float beta) {
  const float *b = t->constants[1].data, *c = t->constants[2].data;
  trial_forward(t);
  float *want = test_floats(trial_out_count(t));
  for (size_t i = 0; i < trial_out_count(t); i++) {
    const int row = (int)i / out, column = (int)i % out;
    double sum = 0;
    for (int k = 0; k < in; k++) sum += (double)t->in[0][row * in + k] * b[transposed ? column * in + k : k * out + column];
    sum = alpha * sum + (c ? beta * c[t->constants[2].count == 1 ? 0 : column] : 0);
    if (t->scale) sum = sum * t->scale[column] + t->shift[column];
    want[i] = (float)fmin(fmax(sum, t->low), t->high);
  }
  CHECK_CLOSE(t->out[0], want, trial_out_count(t), 1e-6);
  free(want);
}

static void test_gemm(void) {
  for (int kind = 0; kind < 16; kind++) {
    const bool transposed = kind & 1, fused = kind & 2, one = kind & 4, tokens = kind & 8;
    trial t;
    trial_begin(&t, "Gemm", 13);
    trial_input(&t, (shape){2, {3, 19}}, LAYOUT_PLAIN);
    if (tokens) t.batch = 1;
    trial_constant(&t, transposed ? (shape){2, {13, 19}} : (shape){2, {19, 13}}, NULL);
    if (kind % 8 != 7) trial_constant(&t, one ? (shape){1, {1}} : fused ? (shape){2, {1, 13}} : (shape){1, {13}}, NULL);
    trial_int(&t, "transB", transposed);
    if (fused) {
      trial_float(&t, "alpha", 0.5f);
      trial_float(&t, "beta", 2);
      t.scale = random_floats(13, -2, 2);
      t.shift = random_floats(13, -2, 2);
    }
    REQUIRE(trial_prepare(&t) == PL_OK);
    check_gemm_forward(&t, 19, 13, transposed, fused ? 0.5f : 1, fused ? 2 : 1);
    trial_check_linear(&t, 2e-6);
    if (!tokens) CHECK(trial_same_alone(&t));
    trial_free(&t);
  }
}

/* A matrix is packed for inputs of several rows an image, whatever their dimensions, and used where it lies for those of one. */
static void test_matmul(void) {
  const shape inputs[] = {{3, {3, 5, 19}}, {2, {5, 19}}, {2, {15, 19}}, {3, {3, 1, 19}}};
  for (size_t k = 0; k < sizeof inputs / sizeof *inputs; k++) {
    trial t;
    trial_begin(&t, "MatMul", 13);
    trial_input(&t, inputs[k], LAYOUT_PLAIN);
    if (k == 2) t.batch = 3;
    trial_constant(&t, (shape){2, {19, 13}}, NULL);
    REQUIRE(trial_prepare(&t) == PL_OK);
    check_gemm_forward(&t, 19, 13, false, 1, 0);
    trial_check_linear(&t, 2e-6);
    if (k != 2) CHECK(trial_same_alone(&t));
    trial_free(&t);
  }
}

/* Rows of tokens give the same bits, whether they stand in two dimensions or in three. */
static void test_tokens_in_two_dimensions(void) {
  trial t[2];
  for (int k = 0; k < 2; k++) {
    trial_begin(&t[k], "MatMul", 13);
    trial_input(&t[k], k ? (shape){3, {1, 15, 19}} : (shape){2, {15, 19}}, LAYOUT_PLAIN);
    trial_constant(&t[k], (shape){2, {19, 13}}, k ? t[0].constants[1].data : NULL);
    t[k].batch = 1;
    REQUIRE(trial_prepare(&t[k]) == PL_OK);
    memcpy(t[k].in[0], t[0].in[0], 15 * 19 * sizeof(float));
    memcpy(t[k].dout[0], t[0].dout[0], 15 * 13 * sizeof(float));
    trial_forward(&t[k]);
    trial_backward(&t[k]);
  }
  CHECK(memcmp(t[0].out[0], t[1].out[0], 15 * 13 * sizeof(float)) == 0);
  CHECK(memcmp(t[0].din[0], t[1].din[0], 15 * 19 * sizeof(float)) == 0);
  for (int k = 0; k < 2; k++) trial_free(&t[k]);
}

/* Where the clamp lets through, din is what it would be without. */
static void test_clamped_matmul(void) {
  const shape inputs[] = {{3, {3, 5, 19}}, {2, {5, 19}}};
  for (int kind = 0; kind < 4; kind++) {
    trial t;
    trial_begin(&t, "MatMul", 13);
    trial_input(&t, inputs[kind & 1], LAYOUT_PLAIN);
    trial_constant(&t, (shape){2, {19, 13}}, NULL);
    t.low = -0.5f;
    t.high = 1;
    if (kind & 2) {
      t.scale = random_floats(13, -2, 2);
      t.shift = random_floats(13, -2, 2);
    }
    REQUIRE(trial_prepare(&t) == PL_OK);
    check_gemm_forward(&t, 19, 13, false, 1, 0);
    const float *b = t.constants[1].data;
    float *want = test_floats(trial_in_count(&t, 0));
    for (size_t i = 0; i < trial_out_count(&t); i++) {
      const size_t row = i / 13, column = i % 13;
      const bool inside = t.out[0][i] > t.low && t.out[0][i] < t.high;
      for (size_t k = 0; k < 19 && inside; k++)
        want[row * 19 + k] += t.dout[0][i] * b[k * 13 + column] * (t.scale ? t.scale[column] : 1);
    }
    trial_backward(&t);
    CHECK_CLOSE(t.din[0], want, trial_in_count(&t, 0), 1e-6);
    free(want);
    trial_free(&t);
  }
}

int main(void) {
  random_seed(3);
  test_functions();
  test_more_functions();
  test_steps();
  test_far_values();
  test_crossed_bounds();
  test_as_clamp();
  test_softmax();
  test_norm();
  test_gemm();
  test_tokens_in_two_dimensions();
  test_matmul();
  test_clamped_matmul();
  return test_result();
}
