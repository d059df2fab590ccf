/* Reductions over axes. */
#include "ops_harness.h"

typedef struct reduction {
  shape shape;
  layout layout;
  int count; /* of axes */
  int64_t axes[MAX_RANK];
  bool keep;
} reduction;

static const reduction reductions[] = {{{4, {2, 5, 3, 4}}, LAYOUT_CHANNELS_LAST, 2, {2, 3}, true},
                                       {{4, {2, 5, 3, 4}}, LAYOUT_PLAIN, 2, {-2, -1}, false},
                                       {{4, {2, 5, 3, 4}}, LAYOUT_CHANNELS_LAST, 1, {1}, true},
                                       {{4, {2, 5, 3, 4}}, LAYOUT_PLAIN, 1, {1}, true},
                                       {{4, {2, 5, 3, 4}}, LAYOUT_CHANNELS_LAST, 1, {3}, false},
                                       {{4, {2, 5, 3, 4}}, LAYOUT_PLAIN, 3, {1, 2, 3}, false},
                                       {{3, {2, 4, 6}}, LAYOUT_PLAIN, 1, {-1}, true},
                                       {{3, {2, 4, 6}}, LAYOUT_PLAIN, 1, {1}, false},
                                       {{2, {2, 19}}, LAYOUT_PLAIN, 1, {1}, false},
                                       {{3, {2, 1, 7}}, LAYOUT_PLAIN, 1, {1}, true}};

/* ---- what ONNX says of a list of values ---- */

static double largest(const double *x, int n, double sign) {
  double most = x[0];
  for (int k = 1; k < n; k++) most = sign * x[k] > sign * most ? x[k] : most;
  return most;
}

static double reduced(const char *type, const double *x, int n) {
  double sum = 0, magnitudes = 0, squares = 0, powers = 0, product = 1;
  for (int k = 0; k < n; k++) {
    sum += x[k];
    magnitudes += fabs(x[k]);
    squares += x[k] * x[k];
    powers += exp(x[k]);
    product *= x[k];
  }
  if (!strcmp(type, "ReduceSum")) return sum;
  if (!strcmp(type, "ReduceMean")) return sum / n;
  if (!strcmp(type, "ReduceL1")) return magnitudes;
  if (!strcmp(type, "ReduceL2")) return sqrt(squares);
  if (!strcmp(type, "ReduceSumSquare")) return squares;
  if (!strcmp(type, "ReduceLogSum")) return log(sum);
  if (!strcmp(type, "ReduceLogSumExp")) return log(powers);
  if (!strcmp(type, "ReduceProd")) return product;
  return largest(x, n, strcmp(type, "ReduceMin") ? 1 : -1);
}

static bool is_reduced(const reduction *r, int axis) {
  for (int k = 0; k < r->count; k++)
    if (r->axes[k] == axis || r->axes[k] + r->shape.rank == axis) return true;
  return false;
}

/* In the order of the output's own axes, which are the input's that are left. */
static float *expected(const trial *t, const reduction *r) {
  const size_t count = trial_in_count(t, 0), out_count = trial_out_count(t);
  float *x = trial_plain(&t->op.in[0], t->in[0]), *y = test_floats(out_count);
  double *values = malloc(count * sizeof *values);
  REQUIRE(values);
  for (size_t o = 0; o < out_count; o++) {
    int n = 0;
    for (size_t i = 0; i < count; i++) {
      size_t at = 0, rest = i, whole = count;
      for (int d = 0; d < r->shape.rank; d++) {
        whole /= (size_t)r->shape.dim[d];
        if (!is_reduced(r, d)) at = at * (size_t)r->shape.dim[d] + rest / whole;
        rest %= whole;
      }
      if (at == o) values[n++] = (double)x[i];
    }
    y[o] = (float)reduced(t->source.op, values, n);
  }
  free(values);
  free(x);
  return y;
}

/* ---- trials ---- */

/* Axes are an input in newer opsets, an attribute in older ones; 0 axes: all. */
static void begin(trial *t, const char *type, const reduction *r, bool as_input) {
  trial_begin(t, type, as_input ? 18 : 11);
  trial_input(t, r->shape, r->layout);
  if (as_input && r->count) trial_constant_ints(t, r->count, r->axes);
  else if (r->count) trial_ints(t, "axes", r->count, r->axes);
  trial_int(t, "keepdims", r->keep);
}

/* Apart from each other, so that small steps do not change which value is the largest, and not near 0. */
static void fill(trial *t, bool positive) {
  for (size_t i = 0; i < trial_in_count(t, 0); i++) {
    const size_t place = i * 89 % 127;
    t->in[0][i] = 0.3f + 0.015f * (float)place + 0.0001f * (float)(random_bits() % 8);
    if (!positive && place % 3 == 0) t->in[0][i] *= -1;
  }
}

static void check(const char *type, const reduction *r, bool as_input, float h) {
  trial t;
  begin(&t, type, r, as_input);
  REQUIRE(trial_prepare(&t) == PL_OK);
  fill(&t, !strcmp(type, "ReduceLogSum"));
  trial_forward(&t);
  float *want = expected(&t, r), *out = trial_plain(&t.op.out[0], t.out[0]);
  if (!CHECK_CLOSE(out, want, trial_out_count(&t), 2e-6)) printf("  %s\n", type);
  trial_check_gradient(&t, h, 2e-3);
  if (r->count) CHECK(trial_same_alone(&t));
  free(want);
  free(out);
  trial_free(&t);
}

static const char *const types[] = {"ReduceMean",   "ReduceSum",       "ReduceL1",   "ReduceL2",  "ReduceSumSquare",
                                    "ReduceLogSum", "ReduceLogSumExp", "ReduceProd", "ReduceMax", "ReduceMin"};
enum { TYPES = sizeof types / sizeof *types };

static void test_reductions(void) {
  const reduction all = {.shape = {3, {2, 3, 4}}}, wide = {{2, {2, 1300}}, LAYOUT_PLAIN, 1, {1}, true};
  for (int k = 0; k < TYPES; k++) {
    for (size_t i = 0; i < sizeof reductions / sizeof *reductions; i++)
      for (int as_input = 0; as_input < 2; as_input++) check(types[k], &reductions[i], as_input, 1e-3f);
    trial t;
    begin(&t, types[k], &all, true);
    REQUIRE(trial_prepare(&t) == PL_OK);
    CHECK_INT(t.op.out[0].shape.rank, 0);
    trial_free(&t);
  }
  for (int k = 0; k < 5; k++) check(types[k], &wide, true, 2e-2f);
}

/* With noop_with_empty_axes nothing is reduced: each value is a sum of its own. */
static void test_no_axes(void) {
  trial t;
  trial_begin(&t, "ReduceL2", 18);
  trial_input(&t, (shape){2, {2, 3}}, LAYOUT_PLAIN);
  trial_int(&t, "noop_with_empty_axes", 1);
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  for (int i = 0; i < 6; i++) CHECK_NEAR((double)t.out[0][i], fabs((double)t.in[0][i]), 1e-6);
  trial_free(&t);
}

/* ---- where values are equal, 0, or far out ---- */

static void run_three(trial *t, const char *type, const float *x, bool strided) {
  const reduction rows = {{2, {1, 3}}, LAYOUT_PLAIN, 1, {1}, false}, columns = {{2, {3, 1}}, LAYOUT_PLAIN, 1, {0}, false};
  begin(t, type, strided ? &columns : &rows, true);
  REQUIRE(trial_prepare(t) == PL_OK);
  memcpy(t->in[0], x, 3 * sizeof *x);
  t->dout[0][0] = 1;
  trial_forward(t);
  trial_backward(t);
}

static void check_three(const char *type, const float *x, float y, const float *dx) {
  for (int strided = 0; strided < 2; strided++) {
    trial t;
    run_three(&t, type, x, strided);
    CHECK_NEAR((double)t.out[0][0], (double)y, 1e-6 * fabs((double)y));
    for (int i = 0; i < 3; i++) CHECK_NEAR((double)t.din[0][i], (double)dx[i], 2e-5);
    trial_free(&t);
  }
}

static void test_special_values(void) {
  check_three("ReduceMax", (const float[]){2, 1, 2}, 2, (const float[]){0.5f, 0, 0.5f});
  check_three("ReduceMin", (const float[]){-2, 1, -2}, -2, (const float[]){0.5f, 0, 0.5f});
  check_three("ReduceProd", (const float[]){2, 0, 3}, 0, (const float[]){0, 6, 0});
  check_three("ReduceProd", (const float[]){2, 0, 0}, 0, (const float[]){0, 0, 0});
  check_three("ReduceL1", (const float[]){-2, 0, 3}, 5, (const float[]){-1, 0, 1});
  check_three("ReduceL2", (const float[]){0, 0, 0}, 0, (const float[]){0, 0, 0});
  check_three("ReduceLogSumExp", (const float[]){1000, -1000, 1000}, 1000.693147f, (const float[]){0.5f, 0, 0.5f});
}

/* ---- what is refused ---- */

static void test_refused(void) {
  const reduction outside = {{2, {2, 3}}, LAYOUT_PLAIN, 1, {2}, true};
  for (int k = 0; k < TYPES; k++)
    for (int as_input = 0; as_input < 2; as_input++) {
      trial t;
      begin(&t, types[k], &outside, as_input);
      CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
      trial_free(&t);
    }
}

int main(void) {
  random_seed(12);
  test_reductions();
  test_no_axes();
  test_special_values();
  test_refused();
  return test_result();
}
