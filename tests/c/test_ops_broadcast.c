/* Operators whose operands are broadcast against each other: arithmetic, comparisons, Where, Min, Max, Sum, Mean. */
#include "ops_harness.h"

enum { MOST_OPERANDS = 4 };

static const layout last = LAYOUT_CHANNELS_LAST, plain = LAYOUT_PLAIN;
static const shape image = {4, {2, 5, 3, 4}}, channels = {4, {2, 5, 1, 1}}, constant_channels = {3, {5, 1, 1}}, one = {0, {0}};

typedef struct operand {
  shape shape;
  layout layout;
  bool constant;
} operand;

/* ---- what ONNX says of an element ---- */

static double extremum(const double *v, int count, double sign) {
  double most = v[0];
  for (int k = 1; k < count; k++)
    if (sign * v[k] > sign * most) most = v[k];
  return most;
}

static double total(const double *v, int count) {
  double sum = 0;
  for (int k = 0; k < count; k++) sum += v[k];
  return sum;
}

static double apply(const char *type, const double *v, int count) {
  const double x = v[0], y = v[1];
  if (!strcmp(type, "Add")) return x + y;
  if (!strcmp(type, "Sub")) return x - y;
  if (!strcmp(type, "Mul")) return x * y;
  if (!strcmp(type, "Div")) return x / y;
  if (!strcmp(type, "Pow")) return pow(x, y);
  if (!strcmp(type, "PRelu")) return x < 0 ? x * y : x;
  if (!strcmp(type, "Mod")) return fmod(x, y);
  if (!strcmp(type, "Equal")) return x == y;
  if (!strcmp(type, "Less")) return x < y;
  if (!strcmp(type, "LessOrEqual")) return x <= y;
  if (!strcmp(type, "Greater")) return x > y;
  if (!strcmp(type, "GreaterOrEqual")) return x >= y;
  if (!strcmp(type, "And")) return x != 0 && y != 0;
  if (!strcmp(type, "Or")) return x != 0 || y != 0;
  if (!strcmp(type, "Xor")) return (x != 0) != (y != 0);
  if (!strcmp(type, "Where")) return x != 0 ? y : v[2];
  if (!strcmp(type, "Max")) return extremum(v, count, 1);
  if (!strcmp(type, "Min")) return extremum(v, count, -1);
  return total(v, count) / (strcmp(type, "Mean") ? 1 : count);
}

/* The operand's value where the output has this index; axes are aligned at the last. */
static float operand_at(const trial *t, int k, const int *index) {
  const tensor_type constant = {t->constants[k].shape, LAYOUT_PLAIN}, *type = t->in[k] ? &t->op.in[k] : &constant;
  int at[MAX_RANK] = {0};
  for (int d = 0; d < type->shape.rank; d++)
    at[d] = type->shape.dim[d] == 1 ? 0 : index[d + t->op.out[0].shape.rank - type->shape.rank];
  return (t->in[k] ? t->in[k] : (const float *)t->constants[k].data)[trial_offset(type, at)];
}

static void check_forward(trial *t) {
  trial_forward(t);
  float *out = trial_plain(&t->op.out[0], t->out[0]), *want = test_floats(trial_out_count(t));
  int index[MAX_RANK] = {0};
  const shape *s = &t->op.out[0].shape;
  for (size_t i = 0; i < trial_out_count(t); i++) {
    double v[MOST_OPERANDS];
    for (int k = 0; k < t->node.input_count; k++) v[k] = (double)operand_at(t, k, index);
    want[i] = (float)fmin(fmax(apply(t->source.op, v, t->node.input_count), (double)t->low), (double)t->high);
    for (int d = s->rank - 1; d >= 0; d--) {
      if (++index[d] < s->dim[d]) break;
      index[d] = 0;
    }
  }
  if (!CHECK_CLOSE(out, want, trial_out_count(t), 1e-6)) printf("  %s\n", t->source.op);
  free(out);
  free(want);
}

/* ---- trials ---- */

/* Far from where Div, Pow and Mod have kinks, and apart from each other, so that small steps do not change which one is larger. */
static void fill(float *x, size_t count, int k) {
  for (size_t i = 0; i < count; i++) x[i] = 0.1f * (float)(5 + random_bits() % 15) + 0.03f * (float)k;
}

static void begin(trial *t, const char *type, int count, const operand *operands) {
  trial_begin(t, type, 18);
  for (int k = 0; k < count; k++) {
    if (operands[k].constant) {
      float *values = test_floats(shape_count(&operands[k].shape));
      fill(values, shape_count(&operands[k].shape), k);
      trial_constant(t, operands[k].shape, values);
      free(values);
    } else {
      trial_input(t, operands[k].shape, operands[k].layout);
    }
  }
}

static void refill(trial *t) {
  for (int k = 0; k < t->op.input_count; k++)
    if (t->in[k]) fill(t->in[k], trial_in_count(t, k), k);
}

/* Whether each item of the batch is computed of that item of every operand. */
static bool by_item(int count, const operand *operands) {
  for (int k = 0; k < count; k++)
    if (operands[k].constant || operands[k].shape.rank != operands[0].shape.rank ||
        operands[k].shape.dim[0] != operands[0].shape.dim[0])
      return false;
  return operands[0].shape.rank > 0;
}

static void check(const char *type, int count, const operand *operands) {
  trial t;
  begin(&t, type, count, operands);
  if (!strcmp(type, "Mod")) trial_int(&t, "fmod", 1);
  REQUIRE(trial_prepare(&t) == PL_OK);
  refill(&t);
  check_forward(&t);
  trial_check_gradient(&t, 2e-3f, 2e-3);
  if (by_item(count, operands)) CHECK(trial_same_alone(&t));
  trial_free(&t);
}

static void check_two(const char *type, shape a, layout la, shape b, layout lb, unsigned constants) {
  check(type, 2, (const operand[]){{a, la, constants & 1}, {b, lb, constants & 2}});
}

static void test_two_operands(void) {
  const char *const types[] = {"Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum", "Mean"};
  for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
    check_two(types[k], image, last, image, last, 0);
    check_two(types[k], image, last, image, plain, 0);
    check_two(types[k], image, plain, image, last, 0);
    check_two(types[k], image, last, channels, last, 0);
    check_two(types[k], channels, plain, image, last, 0);
    check_two(types[k], image, plain, channels, last, 0);
    check_two(types[k], image, last, (shape){4, {2, 1, 3, 4}}, plain, 0);
    check_two(types[k], image, last, (shape){4, {1, 5, 3, 4}}, plain, 2);
    check_two(types[k], image, last, constant_channels, plain, 2);
    check_two(types[k], constant_channels, plain, image, plain, 1);
    check_two(types[k], image, last, one, plain, 2);
    check_two(types[k], (shape){1, {1}}, plain, image, last, 1);
    check_two(types[k], (shape){3, {2, 3, 4}}, plain, (shape){1, {4}}, plain, 2);
    check_two(types[k], (shape){3, {2, 3, 4}}, plain, (shape){3, {2, 3, 1}}, plain, 0);
    check_two(types[k], (shape){3, {2, 1, 4}}, plain, (shape){3, {2, 3, 1}}, plain, 0);
    check_two(types[k], (shape){2, {2, 3000}}, plain, (shape){1, {1}}, plain, 0);
    check_two(types[k], (shape){1, {1}}, plain, (shape){2, {2, 3000}}, plain, 0);
  }
}

static void test_any_number_of_operands(void) {
  const char *const types[] = {"Min", "Max", "Sum", "Mean"};
  const operand operands[] = {
      {image, last, false}, {channels, plain, false}, {constant_channels, plain, true}, {image, plain, false}};
  const operand alike[] = {{image, last, false}, {channels, last, false}, {image, last, false}};
  for (int k = 0; k < 4; k++) {
    check(types[k], 1, operands);
    check(types[k], 3, alike);
    check(types[k], 3, operands);
    check(types[k], 4, operands);
  }
}

static void test_exponents(void) {
  static const float exponents[] = {2, 3, 0.5f, 1.7f, -1, 0};
  for (size_t k = 0; k < sizeof exponents / sizeof *exponents; k++) {
    trial t;
    trial_begin(&t, "Pow", 13);
    trial_input(&t, image, last);
    trial_constant(&t, one, &exponents[k]);
    REQUIRE(trial_prepare(&t) == PL_OK);
    refill(&t);
    check_forward(&t);
    trial_check_gradient(&t, 2e-3f, 2e-3);
    CHECK(trial_same_alone(&t));
    trial_free(&t);
  }
  trial t; /* a base that is negative, and 0 */
  trial_begin(&t, "Pow", 13);
  trial_input(&t, (shape){1, {2}}, plain);
  trial_constant(&t, (shape){1, {2}}, (const float[]){2, 0});
  REQUIRE(trial_prepare(&t) == PL_OK);
  t.in[0][0] = -3;
  t.in[0][1] = 0;
  t.dout[0][0] = t.dout[0][1] = 1;
  trial_forward(&t);
  trial_backward(&t);
  CHECK_CLOSE(t.out[0], ((const float[]){9, 1}), 2, 1e-6);
  CHECK_CLOSE(t.din[0], ((const float[]){-6, 0}), 2, 1e-6);
  trial_free(&t);
}

static void test_slopes(void) {
  for (int constant = 0; constant < 2; constant++)
    for (int l = 0; l < 2; l++) {
      trial t;
      const operand operands[] = {{image, l ? last : plain, false}, {constant ? constant_channels : channels, plain, constant}};
      begin(&t, "PRelu", 2, operands);
      REQUIRE(trial_prepare(&t) == PL_OK);
      refill(&t);
      for (size_t i = 0; i < trial_in_count(&t, 0); i += 2) t.in[0][i] *= -1;
      check_forward(&t);
      trial_check_gradient(&t, 2e-3f, 2e-3);
      CHECK(trial_same_alone(&t));
      trial_free(&t);
    }
}

static void test_remainders(void) {
  const operand operands[] = {{image, last, false}, {channels, last, false}};
  check("Mod", 2, operands);
  for (int fmod_ = 0; fmod_ < 2; fmod_++) {
    trial t;
    trial_begin(&t, "Mod", 13);
    trial_input(&t, (shape){1, {4}}, plain);
    trial_constant(&t, (shape){1, {4}}, (const float[]){3, -3, 3, -3});
    trial_int(&t, "fmod", fmod_);
    REQUIRE(trial_prepare(&t) == PL_OK);
    memcpy(t.in[0], (const float[]){7, 7, -7, -7}, 4 * sizeof(float));
    trial_forward(&t);
    CHECK_CLOSE(t.out[0], fmod_ ? ((const float[]){1, 1, -1, -1}) : ((const float[]){1, -2, 2, -1}), 4, 0);
    trial_free(&t);
  }
}

/* ---- comparisons and choices ---- */

static void fill_with(trial *t, int values) {
  for (int k = 0; k < t->op.input_count; k++)
    for (size_t i = 0; t->in[k] && i < trial_in_count(t, k); i++) t->in[k][i] = (float)(random_bits() % (uint32_t)values);
}

/* Truth has no gradient. */
static void test_comparisons(void) {
  const char *const types[] = {"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor"};
  const operand operands[] = {{image, last, false}, {channels, plain, false}};
  for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
    trial t;
    begin(&t, types[k], 2, operands);
    REQUIRE(trial_prepare(&t) == PL_OK);
    fill_with(&t, k < 5 ? 3 : 2);
    check_forward(&t);
    CHECK(trial_same_alone(&t));
    for (int i = 0; i < 2; i++) CHECK(dot_product(t.din[i], t.din[i], trial_in_count(&t, i)) == 0);
    trial_free(&t);
  }
}

static void check_where(bool constant, bool same_item, const operand *others) {
  trial t;
  const shape mask = {4, {constant ? 1 : 2, 1, 3, 4}};
  float values[24];
  trial_begin(&t, "Where", 16);
  for (int i = 0; i < 24; i++) values[i] = (float)(random_bits() & 1);
  if (constant) trial_constant(&t, mask, values);
  else trial_input(&t, mask, plain);
  for (int k = 0; k < 2; k++) {
    if (others[k].constant) trial_constant(&t, others[k].shape, NULL);
    else trial_input(&t, others[k].shape, others[k].layout);
  }
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK_INT(t.op.flags & KEEPS_INPUT, constant ? 0 : KEEPS_INPUT);
  if (!constant) memcpy(t.in[0], values, sizeof values);
  check_forward(&t);
  float *zeros = constant ? NULL : test_floats(24);
  if (constant) trial_check_linear(&t, 1e-6);
  if (same_item) CHECK(trial_same_alone(&t));
  if (!constant) {
    trial_backward(&t);
    CHECK(memcmp(t.din[0], zeros, 24 * sizeof *zeros) == 0);
    const size_t count = trial_out_count(&t);
    const double apart = dot_product(t.din[1], t.in[1], trial_in_count(&t, 1)) +
                         dot_product(t.din[2], t.in[2], trial_in_count(&t, 2));
    trial_forward(&t);
    CHECK_NEAR(apart, dot_product(t.dout[0], t.out[0], count), 1e-5);
  }
  free(zeros);
  trial_free(&t);
}

static void test_where(void) {
  check_where(true, true, (const operand[]){{image, last, false}, {one, plain, true}});
  check_where(true, true, (const operand[]){{one, plain, true}, {image, plain, false}});
  check_where(true, true, (const operand[]){{image, last, false}, {channels, plain, false}});
  check_where(false, true, (const operand[]){{image, last, false}, {channels, last, false}});
  check_where(false, true, (const operand[]){{image, plain, false}, {image, last, false}});
}

/* Where operands are equal, one of them takes the gradient: a constant first. */
static void test_ties(void) {
  const char *const types[] = {"Min", "Max"};
  for (int k = 0; k < 2; k++)
    for (int constant = 0; constant < 2; constant++) {
      trial t;
      trial_begin(&t, types[k], 13);
      for (int i = 0; i < 2; i++) trial_input(&t, (shape){1, {3}}, plain);
      if (constant) trial_constant(&t, (shape){1, {3}}, (const float[]){2, 2, 2});
      REQUIRE(trial_prepare(&t) == PL_OK);
      for (int i = 0; i < 3; i++) t.in[0][i] = t.in[1][i] = 2;
      trial_forward(&t);
      trial_backward(&t);
      for (int i = 0; i < 3; i++) CHECK(t.din[0][i] == (constant ? 0 : t.dout[0][i]) && t.din[1][i] == 0);
      trial_free(&t);
    }
}

/* ---- what is refused ---- */

static void check_refused(const char *type, pl_status status, int count, const operand *operands) {
  trial t;
  begin(&t, type, count, operands);
  if (!CHECK_INT(trial_infer(&t), status)) printf("  %s\n", type);
  trial_free(&t);
}

static void test_refused(void) {
  const char *const types[] = {"Add", "Pow", "Less", "And", "PRelu", "Max", "Mean"};
  const operand unlike[] = {{image, last, false}, {(shape){1, {3}}, plain, false}};
  const operand constants[] = {{image, plain, true}, {image, plain, true}};
  for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
    check_refused(types[k], PL_INVALID_MODEL, 2, unlike);
    check_refused(types[k], PL_UNSUPPORTED_OP, 2, constants);
    check_refused(types[k], PL_INVALID_MODEL, 0, NULL);
  }
  check_refused("Where", PL_INVALID_MODEL, 2, constants);
  check_refused("PRelu", PL_INVALID_MODEL, 2, (const operand[]){{channels, last, false}, {image, plain, true}});
  check_refused("PRelu", PL_INVALID_MODEL, 2,
                (const operand[]){{(shape){1, {1}}, plain, false}, {(shape){2, {1, 1}}, plain, true}});
}

/* ---- what the executor fuses into the operator before ---- */

static void check_clamp(const char *type, int count, const operand *operands, bool clamps) {
  trial t;
  float low = 7, high = 7;
  begin(&t, type, count, operands);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK(t.op.class->as_clamp(&t.op, &low, &high) == clamps);
  const int constant = operands[0].constant ? 0 : 1;
  if (clamps) {
    const float bound = *(const float *)t.constants[constant].data;
    CHECK(low == (type[1] == 'a' ? bound : -INFINITY) && high == (type[1] == 'a' ? INFINITY : bound));
  } else {
    CHECK(low == 7 && high == 7);
  }
  trial_free(&t);
}

static void test_clamps(void) {
  const char *const types[] = {"Min", "Max"};
  const operand x = {image, last, false}, number = {one, plain, true}, each = {constant_channels, plain, true};
  for (int k = 0; k < 2; k++) {
    check_clamp(types[k], 2, (const operand[]){x, number}, true);
    check_clamp(types[k], 2, (const operand[]){number, x}, true);
    check_clamp(types[k], 2, (const operand[]){x, each}, false);
    check_clamp(types[k], 2, (const operand[]){x, x}, false);
    check_clamp(types[k], 3, (const operand[]){x, number, number}, false);
  }
}

/* As x * scale + shift. */
static void check_affine(const char *type, int constant, shape s, int axis, bool fuses) {
  const tensor_type in = {{3, {2, 5, 4}}, LAYOUT_PLAIN};
  const int channels = axis < 0 ? 1 : in.shape.dim[axis];
  float scale[8], shift[8];
  trial t;
  trial_begin(&t, type, 13);
  if (constant) trial_input(&t, in.shape, LAYOUT_PLAIN);
  trial_constant(&t, s, NULL);
  if (!constant) trial_input(&t, in.shape, LAYOUT_PLAIN);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK(t.op.class->as_affine(&t.op, &in, axis, scale, shift) == fuses);
  const float *c = t.constants[constant].data;
  for (int k = 0; k < channels && fuses; k++) {
    const double x = 0.7, y = (double)c[t.constants[constant].count == 1 ? 0 : k];
    const double operands[2] = {constant ? x : y, constant ? y : x};
    CHECK_NEAR(x * (double)scale[k] + (double)shift[k], apply(type, operands, 2), 1e-6 * (1 + fabs(1 / y)));
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
  check_forward(&t);
  trial_backward(&t);
  for (size_t i = 0; i < trial_out_count(&t); i++) {
    const float want = t.out[0][i] > 0 && t.out[0][i] < 0.7f ? t.dout[0][i] : 0;
    if (!CHECK(t.din[0][i] == want && t.din[1][i] == want)) break;
  }
  trial_free(&t);
}

int main(void) {
  random_seed(9);
  test_two_operands();
  test_any_number_of_operands();
  test_exponents();
  test_slopes();
  test_remainders();
  test_comparisons();
  test_where();
  test_ties();
  test_refused();
  test_clamps();
  test_affine();
  test_fused_sum();
  return test_result();
}
