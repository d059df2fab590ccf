/* Operators of networks on tokens: products of activations, LayerNormalization, Gelu, Swish, Gather. */
#include "ops_harness.h"

/* ---- MatMul ---- */

typedef struct operand {
  shape shape;
  bool constant;
} operand;

/* The value at (batch of the output, row, column) of an operand whose leading dimensions are broadcast. */
static double value_at(const trial *t, int k, const int *index, int row, int column) {
  const shape *s = t->in[k] ? &t->op.in[k].shape : &t->constants[k].shape;
  const int missing = t->op.out[0].shape.rank - s->rank;
  size_t at = 0;
  for (int d = 0; d < s->rank - 2; d++) at = at * (size_t)s->dim[d] + (s->dim[d] == 1 ? 0 : (size_t)index[d + missing]);
  at = (at * (size_t)s->dim[s->rank - 2] + (size_t)row) * (size_t)s->dim[s->rank - 1] + (size_t)column;
  return (double)(t->in[k] ? t->in[k] : (const float *)t->constants[k].data)[at];
}

static void check_product_forward(trial *t, int inner) {
  const shape *s = &t->op.out[0].shape;
  float *want = test_floats(trial_out_count(t));
  int index[MAX_RANK] = {0};
  trial_forward(t);
  for (size_t i = 0; i < trial_out_count(t); i++) {
    double sum = 0;
    for (int k = 0; k < inner; k++)
      sum += value_at(t, 0, index, index[s->rank - 2], k) * value_at(t, 1, index, k, index[s->rank - 1]);
    want[i] = (float)fmin(fmax(sum, t->low), t->high);
    for (int d = s->rank - 1; d >= 0; d--) {
      if (++index[d] < s->dim[d]) break;
      index[d] = 0;
    }
  }
  CHECK_CLOSE(t->out[0], want, trial_out_count(t), 1e-6);
  free(want);
}

static void begin_product(trial *t, operand a, operand b) {
  const operand both[2] = {a, b};
  trial_begin(t, "MatMul", 13);
  for (int k = 0; k < 2; k++) {
    if (both[k].constant) trial_constant(t, both[k].shape, NULL);
    else trial_input(t, both[k].shape, LAYOUT_PLAIN);
  }
}

static void check_product(operand a, operand b, bool per_item) {
  trial t;
  begin_product(&t, a, b);
  REQUIRE(trial_prepare(&t) == PL_OK);
  check_product_forward(&t, a.shape.dim[a.shape.rank - 1]);
  trial_check_gradient(&t, 5e-2f, 1e-3);
  if (per_item) CHECK(trial_same_alone(&t));
  trial_free(&t);
}

static void test_products(void) {
  check_product((operand){{3, {2, 13, 7}}, false}, (operand){{3, {2, 7, 19}}, false}, true);
  check_product((operand){{4, {2, 3, 12, 8}}, false}, (operand){{4, {2, 3, 8, 16}}, false}, true);
  check_product((operand){{4, {2, 3, 5, 1}}, false}, (operand){{4, {2, 3, 1, 5}}, false}, true);
  check_product((operand){{4, {2, 1, 5, 4}}, false}, (operand){{3, {3, 4, 6}}, false}, false);
  check_product((operand){{2, {5, 4}}, false}, (operand){{3, {3, 4, 6}}, false}, false);
  check_product((operand){{3, {2, 5, 4}}, false}, (operand){{2, {4, 6}}, false}, false);
  check_product((operand){{2, {5, 4}}, true}, (operand){{3, {3, 4, 6}}, false}, false);
  check_product((operand){{3, {3, 5, 4}}, false}, (operand){{3, {3, 4, 6}}, true}, false);
  trial t;
  begin_product(&t, (operand){{2, {5, 4}}, false}, (operand){{2, {4, 6}}, false});
  t.low = 0;
  t.high = 0.5f;
  REQUIRE(trial_prepare(&t) == PL_OK);
  check_product_forward(&t, 4);
  trial_check_gradient(&t, 1e-4f, 2e-2);
  trial_free(&t);
  begin_product(&t, (operand){{3, {2, 5, 4}}, false}, (operand){{3, {3, 4, 6}}, false});
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  trial_free(&t);
  begin_product(&t, (operand){{1, {5}}, false}, (operand){{2, {4, 6}}, false});
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  trial_free(&t);
}

static operand as_matrix(operand v, bool right) {
  if (v.shape.rank == 1) v.shape = right ? (shape){2, {v.shape.dim[0], 1}} : (shape){2, {1, v.shape.dim[0]}};
  return v;
}

/* A vector on the left is a row and one on the right a column, of which the result has nothing. */
static void check_vectors(operand a, operand b, shape wanted) {
  trial vectors, matrices;
  begin_product(&vectors, a, b);
  begin_product(&matrices, as_matrix(a, false), as_matrix(b, true));
  REQUIRE(trial_prepare(&vectors) == PL_OK);
  CHECK_TEXT(shape_text(&vectors.op.out[0].shape), shape_text(&wanted));
  for (int k = 0; k < 2; k++)
    if (matrices.constants[k].data)
      memcpy((float *)(uintptr_t)matrices.constants[k].data, vectors.constants[k].data,
             vectors.constants[k].count * sizeof(float));
  REQUIRE(trial_prepare(&matrices) == PL_OK);
  for (int k = 0; k < 2; k++)
    if (matrices.in[k]) memcpy(matrices.in[k], vectors.in[k], trial_in_count(&vectors, k) * sizeof(float));
  memcpy(matrices.dout[0], vectors.dout[0], trial_out_count(&vectors) * sizeof(float));
  trial_forward(&vectors);
  trial_forward(&matrices);
  CHECK_CLOSE(vectors.out[0], matrices.out[0], trial_out_count(&vectors), 1e-6);
  trial_backward(&vectors);
  trial_backward(&matrices);
  for (int k = 0; k < 2; k++)
    if (vectors.in[k]) CHECK_CLOSE(vectors.din[k], matrices.din[k], trial_in_count(&vectors, k), 1e-6);
  trial_free(&vectors);
  trial_free(&matrices);
}

static void test_vectors(void) {
  check_vectors((operand){{1, {5}}, true}, (operand){{3, {2, 5, 3}}, false}, (shape){2, {2, 3}});
  check_vectors((operand){{3, {2, 4, 5}}, false}, (operand){{1, {5}}, true}, (shape){2, {2, 4}});
  check_vectors((operand){{1, {5}}, false}, (operand){{2, {5, 3}}, true}, (shape){1, {3}});
  check_vectors((operand){{1, {5}}, false}, (operand){{3, {2, 5, 3}}, false}, (shape){2, {2, 3}});
  check_vectors((operand){{2, {4, 5}}, false}, (operand){{1, {5}}, false}, (shape){1, {4}});
  check_vectors((operand){{1, {5}}, false}, (operand){{1, {5}}, true}, (shape){0, {0}});
}

/* ---- LayerNormalization ---- */

static void check_layer_norm(shape s, int axis, size_t size, bool bias) {
  trial t;
  const shape scales = {1, {(int)size}};
  trial_begin(&t, "LayerNormalization", 17);
  trial_input(&t, s, LAYOUT_CHANNELS_LAST);
  trial_constant(&t, scales, NULL);
  if (bias) trial_constant(&t, scales, NULL);
  trial_int(&t, "axis", axis);
  trial_float(&t, "epsilon", 0.01f);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK_INT(t.op.out[0].layout, LAYOUT_PLAIN);
  trial_forward(&t);
  const float *scale = t.constants[1].data, *shift = t.constants[2].data;
  float *want = test_floats(trial_out_count(&t));
  for (size_t r = 0; r < trial_out_count(&t); r += size) {
    double mean = 0, variance = 0;
    for (size_t k = 0; k < size; k++) mean += (double)t.in[0][r + k] / (double)size;
    for (size_t k = 0; k < size; k++) variance += pow((double)t.in[0][r + k] - mean, 2) / (double)size;
    for (size_t k = 0; k < size; k++)
      want[r + k] = (float)(((double)t.in[0][r + k] - mean) / sqrt(variance + 0.01) * (double)scale[k] +
                            (double)(bias ? shift[k] : 0));
  }
  CHECK_CLOSE(t.out[0], want, trial_out_count(&t), 1e-6);
  trial_check_gradient(&t, 5e-3f, 1e-3);
  CHECK(trial_same_alone(&t));
  free(want);
  trial_free(&t);
}

static void test_layer_norm(void) {
  check_layer_norm((shape){3, {2, 5, 13}}, -1, 13, true);
  check_layer_norm((shape){3, {2, 5, 16}}, 2, 16, false);
  check_layer_norm((shape){4, {2, 3, 4, 5}}, 1, 60, true);
  trial t;
  trial_begin(&t, "LayerNormalization", 17);
  trial_input(&t, (shape){3, {2, 5, 13}}, LAYOUT_PLAIN);
  trial_constant(&t, (shape){1, {12}}, NULL);
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  trial_free(&t);
}

/* ---- Gelu ---- */

static double gelu(double x) { return 0.5 * x * erfc(-x * sqrt(0.5)); }
static double gelu_tanh(double x) { return 0.5 * x * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x))); }

static void test_gelu(void) {
  for (int kind = 0; kind < 2; kind++) {
    trial t;
    trial_begin(&t, "Gelu", 20);
    trial_input(&t, (shape){3, {2, 37, 31}}, LAYOUT_PLAIN);
    if (kind) trial_string(&t, "approximate", "tanh");
    REQUIRE(trial_prepare(&t) == PL_OK);
    trial_fill(&t, -6, 6);
    trial_forward(&t);
    for (size_t i = 0; i < trial_out_count(&t); i++) {
      const double x = (double)t.in[0][i], want = kind ? gelu_tanh(x) : gelu(x);
      if (!CHECK_NEAR((double)t.out[0][i], want, 4e-6 * fabs(want) + (kind ? 1e-6 : 0))) break;
    }
    trial_check_gradient(&t, 5e-3f, 1e-3);
    CHECK(trial_same_alone(&t));
    trial_free(&t);
  }
}

static void test_swish(void) {
  for (int kind = 0; kind < 2; kind++) {
    const double alpha = kind ? 1.702 : 1;
    trial t;
    trial_begin(&t, "Swish", 20);
    trial_input(&t, (shape){3, {2, 37, 31}}, LAYOUT_PLAIN);
    if (kind) trial_float(&t, "alpha", 1.702f);
    REQUIRE(trial_prepare(&t) == PL_OK);
    trial_fill(&t, -9, 9);
    trial_forward(&t);
    for (size_t i = 0; i < trial_out_count(&t); i++) {
      const double x = (double)t.in[0][i], want = x / (1 + exp(-alpha * x));
      if (!CHECK_NEAR((double)t.out[0][i], want, 4e-6 * fabs(want))) break;
    }
    trial_check_gradient(&t, 5e-3f, 1e-3);
    CHECK(trial_same_alone(&t));
    trial_free(&t);
  }
}

/* ---- Gather ---- */

static void check_gather(shape s, int axis, int count, const int64_t *indices, bool scalar, const char *want) {
  trial t;
  trial_begin(&t, "Gather", 13);
  trial_input(&t, s, LAYOUT_CHANNELS_LAST);
  trial_constant_ints(&t, count, indices);
  if (scalar) t.constants[1].shape = (shape){0, {0}};
  trial_int(&t, "axis", axis);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK_TEXT(shape_text(&t.op.out[0].shape), want);
  trial_forward(&t);
  const int at = axis < 0 ? axis + s.rank : axis;
  size_t inner = 1, i = 0;
  for (int d = at + 1; d < s.rank; d++) inner *= (size_t)s.dim[d];
  const size_t size = (size_t)s.dim[at], outer = trial_in_count(&t, 0) / size / inner;
  for (size_t o = 0; o < outer; o++)
    for (int k = 0; k < count; k++)
      for (size_t n = 0; n < inner; n++) {
        const size_t index = (size_t)(indices[k] < 0 ? indices[k] + (int64_t)size : indices[k]);
        if (!CHECK(t.out[0][i++] == t.in[0][(o * size + index) * inner + n])) return;
      }
  trial_check_linear(&t, 1e-6);
  if (at) CHECK(trial_same_alone(&t));
  trial_free(&t);
}

static void test_gather(void) {
  check_gather((shape){3, {2, 5, 7}}, 1, 1, (const int64_t[]){0}, true, "2x7");
  check_gather((shape){3, {2, 5, 7}}, -1, 1, (const int64_t[]){-2}, true, "2x5");
  check_gather((shape){5, {3, 2, 2, 3, 4}}, 0, 1, (const int64_t[]){1}, true, "2x2x3x4");
  check_gather((shape){4, {2, 5, 3, 2}}, 1, 3, (const int64_t[]){4, 0, 4}, false, "2x3x3x2");
  trial t;
  trial_begin(&t, "Gather", 13);
  trial_input(&t, (shape){3, {2, 5, 7}}, LAYOUT_PLAIN);
  trial_constant_ints(&t, 1, (const int64_t[]){5});
  trial_int(&t, "axis", 1);
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  trial_free(&t);
}

/* ---- Concat with a token ---- */

static void test_token(void) {
  trial t;
  trial_begin(&t, "Concat", 13);
  trial_constant(&t, (shape){3, {1, 1, 6}}, NULL);
  trial_input(&t, (shape){3, {3, 4, 6}}, LAYOUT_PLAIN);
  trial_int(&t, "axis", 1);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK_TEXT(shape_text(&t.op.out[0].shape), "3x5x6");
  trial_forward(&t);
  for (size_t i = 0; i < 3; i++) {
    CHECK(memcmp(t.out[0] + 30 * i, t.constants[0].data, 6 * sizeof(float)) == 0);
    CHECK(memcmp(t.out[0] + 30 * i + 6, t.in[1] + 24 * i, 24 * sizeof(float)) == 0);
  }
  trial_check_linear(&t, 1e-6);
  trial_free(&t);
}

int main(void) {
  random_seed(5);
  test_products();
  test_vectors();
  test_layer_norm();
  test_gelu();
  test_swish();
  test_gather();
  test_token();
  return test_result();
}
