/* Operators on values: activations, normalization, arithmetic, products with matrices. */
#include "ops_harness.h"

/* ---- functions of one value ---- */

static double leaky(double x) { return x < 0 ? 0.2 * x : x; }
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double hard_sigmoid(double x) { return fmin(fmax(0.25 * x + 0.4, 0), 1); }
static double hard_swish(double x) { return x * fmin(fmax(x / 6 + 0.5, 0), 1); }
static double elu(double x) { return x > 0 ? x : 0.5 * expm1(x); }
static double softplus(double x) { return log1p(exp(x)); }
static double softsign(double x) { return x / (1 + fabs(x)); }
static double mish(double x) { return x * tanh(log1p(exp(x))); }
static double negative(double x) { return -x; }
static double reciprocal(double x) { return 1 / x; }
static double square(double x) { return x * x; }
static double cube(double x) { return x * x * x; }
static double rising(double x) { return pow(x, 1.7); }
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
               {"Neg", negative, -8, 8, 0},      {"Abs", fabs, -8, 8, 1},          {"Reciprocal", reciprocal, 0.5f, 8, 0}};
  trial t;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    begin_function(&t, cases[k].type, 18);
    check_function_on(&t, cases[k].f, cases[k].low, cases[k].high, cases[k].kinks, (const float[]){0});
  }
  begin_function(&t, "Elu", 13);
  trial_float(&t, "alpha", 0.5f);
  check_function(&t, elu, 1, (const float[]){0});
  static const struct {
    float exponent, low;
    double (*f)(double);
  } powers[] = {{2, -3, square}, {3, -3, cube}, {0.5f, 0.5f, sqrt}, {1.7f, 0.5f, rising}, {-1, 0.5f, reciprocal}};
  for (size_t k = 0; k < sizeof powers / sizeof *powers; k++) {
    begin_function(&t, "Pow", 13);
    trial_constant(&t, (shape){0, {0}}, &powers[k].exponent);
    check_function_on(&t, powers[k].f, powers[k].low, 3, 0, NULL);
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

/* What the executor folds. */
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
  trial_float(&t, "min", 2);
  trial_float(&t, "max", 1);
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

/* ---- arithmetic ---- */

static double apply(const char *type, double x, double y) {
  return type[0] == 'A' ? x + y : type[0] == 'S' ? x - y : type[0] == 'M' ? x * y : x / y;
}

/* The operand's value where the output has this index; axes are aligned at the last. */
static float operand_at(const trial *t, int k, const int *index) {
  const tensor_type constant = {t->constants[k].shape, LAYOUT_PLAIN}, *type = t->in[k] ? &t->op.in[k] : &constant;
  int at[MAX_RANK] = {0};
  for (int d = 0; d < type->shape.rank; d++)
    at[d] = type->shape.dim[d] == 1 ? 0 : index[d + t->op.out[0].shape.rank - type->shape.rank];
  return (t->in[k] ? t->in[k] : (const float *)t->constants[k].data)[trial_offset(type, at)];
}

static void check_arithmetic_forward(trial *t) {
  trial_forward(t);
  float *out = trial_plain(&t->op.out[0], t->out[0]), *want = test_floats(trial_out_count(t));
  int index[MAX_RANK] = {0};
  const shape *s = &t->op.out[0].shape;
  for (size_t i = 0; i < trial_out_count(t); i++) {
    want[i] = (float)fmin(fmax(apply(t->source.op, operand_at(t, 0, index), operand_at(t, 1, index)), t->low), t->high);
    for (int d = s->rank - 1; d >= 0; d--) {
      if (++index[d] < s->dim[d]) break;
      index[d] = 0;
    }
  }
  CHECK_CLOSE(out, want, trial_out_count(t), 1e-6);
  free(out);
  free(want);
}

/* which: bit k: operand k is a constant */
static void check_arithmetic(const char *type, shape a, layout la, shape b, layout lb, unsigned constants) {
  const shape shapes[2] = {a, b};
  const layout layouts[2] = {la, lb};
  trial t;
  trial_begin(&t, type, 13);
  for (int k = 0; k < 2; k++) {
    if (constants >> k & 1) {
      float *values = random_floats(shape_count(&shapes[k]), 0.5f, 2);
      trial_constant(&t, shapes[k], values);
      free(values);
    } else {
      trial_input(&t, shapes[k], layouts[k]);
    }
  }
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_fill(&t, 0.5f, 2);
  check_arithmetic_forward(&t);
  trial_check_gradient(&t, 5e-3f, 1e-3);
  if (!constants && a.dim[0] == b.dim[0] && a.rank == b.rank) CHECK(trial_same_alone(&t));
  trial_free(&t);
}

static void test_arithmetic(void) {
  const char *const types[] = {"Add", "Sub", "Mul", "Div"};
  const layout last = LAYOUT_CHANNELS_LAST, plain = LAYOUT_PLAIN;
  const shape image = {4, {2, 5, 3, 4}}, channels = {4, {2, 5, 1, 1}}, constant_channels = {3, {5, 1, 1}}, one = {0, {0}};
  for (int k = 0; k < 4; k++) {
    check_arithmetic(types[k], image, last, image, last, 0);
    check_arithmetic(types[k], image, last, image, plain, 0);
    check_arithmetic(types[k], image, plain, image, last, 0);
    check_arithmetic(types[k], image, last, channels, last, 0);
    check_arithmetic(types[k], channels, plain, image, last, 0);
    check_arithmetic(types[k], image, plain, channels, last, 0);
    check_arithmetic(types[k], image, last, (shape){4, {2, 1, 3, 4}}, plain, 0);
    check_arithmetic(types[k], image, last, (shape){4, {1, 5, 3, 4}}, plain, 2);
    check_arithmetic(types[k], image, last, constant_channels, plain, 2);
    check_arithmetic(types[k], constant_channels, plain, image, plain, 1);
    check_arithmetic(types[k], image, last, one, plain, 2);
    check_arithmetic(types[k], (shape){1, {1}}, plain, image, last, 1);
    check_arithmetic(types[k], (shape){3, {2, 3, 4}}, plain, (shape){1, {4}}, plain, 2);
    check_arithmetic(types[k], (shape){3, {2, 3, 4}}, plain, (shape){3, {2, 3, 1}}, plain, 0);
    check_arithmetic(types[k], (shape){3, {2, 1, 4}}, plain, (shape){3, {2, 3, 1}}, plain, 0);
    check_arithmetic(types[k], (shape){2, {2, 3000}}, plain, (shape){1, {1}}, plain, 0);
    check_arithmetic(types[k], (shape){1, {1}}, plain, (shape){2, {2, 3000}}, plain, 0);
  }
}

/* What the executor folds into the operator before: x * scale + shift. */
static void check_affine(const char *type, int constant, shape s, int axis, bool folds) {
  const tensor_type in = {{3, {2, 5, 4}}, LAYOUT_PLAIN};
  const int channels = axis < 0 ? 1 : in.shape.dim[axis];
  float scale[8], shift[8];
  trial t;
  trial_begin(&t, type, 13);
  if (constant) trial_input(&t, in.shape, LAYOUT_PLAIN);
  trial_constant(&t, s, NULL);
  if (!constant) trial_input(&t, in.shape, LAYOUT_PLAIN);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK(t.op.class->as_affine(&t.op, &in, axis, scale, shift) == folds);
  const float *c = t.constants[constant].data;
  for (int k = 0; k < channels && folds; k++) {
    const double x = 0.7, y = (double)c[t.constants[constant].count == 1 ? 0 : k];
    CHECK_NEAR(x * (double)scale[k] + (double)shift[k], constant ? apply(type, x, y) : apply(type, y, x), 1e-6 * (1 + fabs(1 / y)));
  }
  trial_free(&t);
}

static void test_affine(void) {
  const char *const types[] = {"Add", "Sub", "Mul", "Div"};
  for (int k = 0; k < 4; k++)
    for (int constant = 0; constant < 2; constant++) {
      const bool linear = k < 3 || constant;
      check_affine(types[k], constant, (shape){1, {4}}, 2, linear);
      check_affine(types[k], constant, (shape){2, {5, 1}}, 1, linear);
      check_affine(types[k], constant, (shape){0, {0}}, 2, linear);
      check_affine(types[k], constant, (shape){1, {1}}, -1, linear);
      check_affine(types[k], constant, (shape){1, {4}}, 1, false);
      check_affine(types[k], constant, (shape){1, {4}}, -1, false);
      check_affine(types[k], constant, (shape){2, {5, 4}}, 2, false);
      check_affine(types[k], constant, (shape){4, {1, 1, 1, 1}}, 2, false);
    }
}

static void test_fused_sum(void) {
  trial t;
  trial_begin(&t, "Add", 13);
  for (int k = 0; k < 2; k++) trial_input(&t, (shape){4, {2, 5, 3, 4}}, LAYOUT_CHANNELS_LAST);
  t.low = 0;
  t.high = 0.7f;
  REQUIRE(trial_prepare(&t) == PL_OK);
  check_arithmetic_forward(&t);
  trial_backward(&t);
  for (size_t i = 0; i < trial_out_count(&t); i++) {
    const float want = t.out[0][i] > 0 && t.out[0][i] < 0.7f ? t.dout[0][i] : 0;
    if (!CHECK(t.din[0][i] == want && t.din[1][i] == want)) break;
  }
  trial_free(&t);
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
  for (int kind = 0; kind < 8; kind++) {
    const bool transposed = kind & 1, fused = kind & 2, one = kind & 4;
    trial t;
    trial_begin(&t, "Gemm", 13);
    trial_input(&t, (shape){2, {3, 19}}, LAYOUT_PLAIN);
    trial_constant(&t, transposed ? (shape){2, {13, 19}} : (shape){2, {19, 13}}, NULL);
    if (kind != 7) trial_constant(&t, one ? (shape){1, {1}} : fused ? (shape){2, {1, 13}} : (shape){1, {13}}, NULL);
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
    CHECK(trial_same_alone(&t));
    trial_free(&t);
  }
}

static void test_matmul(void) {
  trial t;
  trial_begin(&t, "MatMul", 13);
  trial_input(&t, (shape){3, {3, 5, 19}}, LAYOUT_PLAIN);
  trial_constant(&t, (shape){2, {19, 13}}, NULL);
  REQUIRE(trial_prepare(&t) == PL_OK);
  check_gemm_forward(&t, 19, 13, false, 1, 0);
  trial_check_linear(&t, 2e-6);
  CHECK(trial_same_alone(&t));
  trial_free(&t);
}

int main(void) {
  random_seed(3);
  test_functions();
  test_more_functions();
  test_far_values();
  test_as_clamp();
  test_softmax();
  test_norm();
  test_arithmetic();
  test_affine();
  test_fused_sum();
  test_gemm();
  test_matmul();
  return test_result();
}
