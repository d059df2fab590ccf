/* Normalization by what is measured in the image: of instances, groups, rows, lines and neighbourhoods. */
#include "ops_harness.h"

static const layout layouts[] = {LAYOUT_PLAIN, LAYOUT_CHANNELS_LAST};

/* ---- instances and groups ---- */

/* Scale and bias have `affine` values each; 0: there are none. */
static float *normalized(const trial *t, int groups, size_t affine, double epsilon) {
  const shape *s = &t->op.in[0].shape;
  float *x = trial_plain(&t->op.in[0], t->in[0]), *y = test_floats(trial_in_count(t, 0));
  const size_t channels = (size_t)s->dim[1], positions = trial_in_count(t, 0) / (size_t)s->dim[0] / channels;
  const size_t size = channels / (size_t)groups * positions;
  for (size_t start = 0; start < trial_in_count(t, 0); start += size) {
    double mean = 0, variance = 0;
    for (size_t k = start; k < start + size; k++) mean += (double)x[k] / (double)size;
    for (size_t k = start; k < start + size; k++) variance += pow((double)x[k] - mean, 2) / (double)size;
    for (size_t k = start; k < start + size; k++) {
      const size_t at = k / positions % channels * affine / channels;
      const double scale = affine ? (double)((const float *)t->constants[1].data)[at] : 1;
      const double bias = affine ? (double)((const float *)t->constants[2].data)[at] : 0;
      const double value = ((double)x[k] - mean) / sqrt(variance + epsilon) * scale + bias;
      y[k] = (float)fmin(fmax(value, (double)t->low), (double)t->high);
    }
  }
  free(x);
  return y;
}

static void check_normalized(trial *t, int groups, size_t affine, double epsilon, double tolerance) {
  trial_forward(t);
  float *want = normalized(t, groups, affine, epsilon), *out = trial_plain(&t->op.out[0], t->out[0]);
  if (!CHECK_CLOSE(out, want, trial_out_count(t), tolerance)) printf("  %s\n", t->source.op);
  free(want);
  free(out);
}

static void begin_affine(trial *t, const char *type, int opset, shape s, layout l, int affine) {
  trial_begin(t, type, opset);
  trial_input(t, s, l);
  for (int k = 0; k < 2; k++) trial_constant(t, (shape){1, {affine}}, NULL);
  trial_float(t, "epsilon", 0.01f);
}

static void check_trial(trial *t, int groups, size_t affine, double epsilon) {
  REQUIRE(trial_prepare(t) == PL_OK);
  check_normalized(t, groups, affine, epsilon, 1e-6);
  trial_check_gradient(t, 5e-3f, 2e-3);
  CHECK(trial_same_alone(t));
  trial_fill(t, 999, 1001); /* the variance must not drown in the mean, which floats hold to 3e-5 */
  check_normalized(t, groups, affine, epsilon, 3e-4);
  trial_free(t);
}

static void test_instances(void) {
  static const shape shapes[] = {
      {4, {2, 6, 5, 7}}, {4, {2, 3, 20, 31}}, {4, {2, 1, 3, 4}}, {3, {2, 4, 700}}, {5, {2, 3, 2, 3, 4}}};
  for (int k = 0; k < 5; k++)
    for (int l = 0; l < 2; l++) {
      trial t;
      const int channels = shapes[k].dim[1];
      begin_affine(&t, "InstanceNormalization", 17, shapes[k], layouts[l], channels);
      check_trial(&t, channels, (size_t)channels, (double)0.01f);
    }
}

static void test_groups(void) {
  static const shape shapes[] = {{4, {2, 6, 5, 7}}, {4, {2, 12, 17, 18}}, {3, {2, 6, 11}}};
  for (int k = 0; k < 3; k++)
    for (int opset = 18; opset <= 21; opset += 3)
      for (int l = 0; l < 2; l++) {
        trial t;
        const int affine = opset < 21 ? 3 : shapes[k].dim[1];
        begin_affine(&t, "GroupNormalization", opset, shapes[k], layouts[l], affine);
        trial_int(&t, "num_groups", 3);
        check_trial(&t, 3, (size_t)affine, (double)0.01f);
      }
}

static void test_mean_variance(void) {
  static const int64_t with_channels[] = {1, 2, -1}, all[] = {0, 1, 2, 3};
  for (int l = 0; l < 2; l++)
    for (int kind = 0; kind < 3; kind++) {
      trial t;
      trial_begin(&t, "MeanVarianceNormalization", 13);
      trial_input(&t, (shape){4, {kind == 1 ? 2 : 1, 6, 5, 7}}, layouts[l]);
      if (kind == 1) trial_ints(&t, "axes", 3, with_channels);
      if (kind == 2) trial_ints(&t, "axes", 4, all);
      check_trial(&t, kind ? 1 : 6, 0, 0);
    }
}

static void test_fused_clamp(void) {
  for (int l = 0; l < 2; l++) {
    trial t;
    begin_affine(&t, "InstanceNormalization", 17, (shape){4, {2, 6, 5, 7}}, layouts[l], 6);
    t.low = 0;
    REQUIRE(trial_prepare(&t) == PL_OK);
    check_normalized(&t, 6, 6, (double)0.01f, 1e-6);
    trial_check_gradient(&t, 1e-4f, 2e-2);
    CHECK(trial_same_alone(&t));
    trial_free(&t);
  }
}

/* ---- rows ---- */

static void test_root_mean_square(void) {
  for (int axis = 1; axis < 3; axis++) {
    trial t;
    const size_t size = axis == 1 ? 65 : 13;
    trial_begin(&t, "RMSNormalization", 23);
    trial_input(&t, (shape){3, {2, 5, 13}}, LAYOUT_PLAIN);
    trial_constant(&t, axis == 1 ? (shape){2, {5, 13}} : (shape){1, {13}}, NULL);
    trial_int(&t, "axis", axis - 3);
    trial_float(&t, "epsilon", 0.01f);
    REQUIRE(trial_prepare(&t) == PL_OK);
    trial_forward(&t);
    float *want = test_floats(trial_out_count(&t));
    for (size_t r = 0; r < trial_out_count(&t); r += size) {
      const double square = dot_product(t.in[0] + r, t.in[0] + r, size) / (double)size;
      for (size_t k = 0; k < size; k++)
        want[r + k] = (float)((double)t.in[0][r + k] / sqrt(square + 0.01) * (double)((const float *)t.constants[1].data)[k]);
    }
    CHECK_CLOSE(t.out[0], want, trial_out_count(&t), 1e-6);
    trial_check_gradient(&t, 5e-3f, 1e-3);
    CHECK(trial_same_alone(&t));
    free(want);
    trial_free(&t);
  }
}

/* ---- lines ---- */

static void check_lines(shape s, int axis, int p, size_t outer, size_t size, size_t inner) {
  trial t;
  trial_begin(&t, "LpNormalization", 1);
  trial_input(&t, s, LAYOUT_CHANNELS_LAST);
  trial_int(&t, "axis", axis);
  trial_int(&t, "p", p);
  REQUIRE(trial_prepare(&t) == PL_OK);
  for (size_t i = 0; i < trial_in_count(&t, 0); i++) t.in[0][i] += t.in[0][i] > 0 ? 0.1f : -0.1f;
  trial_forward(&t);
  float *want = test_floats(trial_out_count(&t));
  for (size_t o = 0; o < outer; o++)
    for (size_t i = 0; i < inner; i++) {
      double sum = 0;
      for (size_t k = 0; k < size; k++) sum += pow(fabs((double)t.in[0][(o * size + k) * inner + i]), p);
      for (size_t k = 0; k < size; k++) {
        const size_t at = (o * size + k) * inner + i;
        want[at] = (float)((double)t.in[0][at] / pow(sum, 1.0 / p));
      }
    }
  CHECK_CLOSE(t.out[0], want, trial_out_count(&t), 1e-6);
  trial_check_gradient(&t, 5e-3f, 1e-3);
  CHECK(trial_same_alone(&t));
  memset(t.in[0], 0, trial_in_count(&t, 0) * sizeof(float));
  trial_forward(&t);
  trial_backward(&t);
  CHECK(dot_product(t.out[0], t.out[0], trial_out_count(&t)) == 0);
  CHECK(dot_product(t.din[0], t.din[0], trial_in_count(&t, 0)) == 0);
  free(want);
  trial_free(&t);
}

static void test_lines(void) {
  for (int p = 1; p <= 2; p++) {
    check_lines((shape){2, {3, 10}}, -1, p, 3, 10, 1);
    check_lines((shape){4, {2, 5, 3, 4}}, 1, p, 2, 5, 12);
  }
}

/* ---- neighbourhoods ---- */

static void check_neighbours(int channels, int size, layout l) {
  trial t;
  trial_begin(&t, "LRN", 13);
  trial_input(&t, (shape){4, {2, channels, 3, 4}}, l);
  trial_int(&t, "size", size);
  trial_float(&t, "alpha", 0.7f);
  trial_float(&t, "beta", 0.6f);
  trial_float(&t, "bias", 1.5f);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK_INT(t.op.in[0].layout, LAYOUT_CHANNELS_LAST);
  trial_fill(&t, -3, 3);
  trial_forward(&t);
  float *want = test_floats(trial_out_count(&t)), *x = t.in[0];
  for (int i = 0; i < (int)trial_out_count(&t); i++) {
    const int c = i % channels, first = c - (size - 1) / 2, last = c + size / 2;
    double sum = 0;
    for (int k = first; k <= last; k++)
      if (k >= 0 && k < channels) sum += pow((double)x[i - c + k], 2);
    want[i] = (float)((double)x[i] * pow(1.5 + (double)0.7f / size * sum, -(double)0.6f));
  }
  CHECK_CLOSE(t.out[0], want, trial_out_count(&t), 1e-6);
  trial_check_gradient(&t, 5e-3f, 1e-3);
  CHECK(trial_same_alone(&t));
  free(want);
  trial_free(&t);
}

static void test_neighbours(void) {
  check_neighbours(13, 5, LAYOUT_CHANNELS_LAST);
  check_neighbours(13, 5, LAYOUT_PLAIN);
  check_neighbours(8, 4, LAYOUT_CHANNELS_LAST);
  check_neighbours(3, 9, LAYOUT_CHANNELS_LAST);
  check_neighbours(1, 1, LAYOUT_CHANNELS_LAST);
}

/* ---- what is refused ---- */

static void check_refused(trial *t, pl_status status) {
  CHECK_INT(trial_infer(t), status);
  trial_free(t);
}

static void test_refused(void) {
  const shape image = {4, {2, 6, 5, 7}};
  trial t;
  begin_affine(&t, "InstanceNormalization", 17, image, LAYOUT_PLAIN, 5);
  check_refused(&t, PL_INVALID_MODEL);
  begin_affine(&t, "InstanceNormalization", 17, (shape){2, {2, 6}}, LAYOUT_PLAIN, 6);
  check_refused(&t, PL_UNSUPPORTED_OP);
  for (int groups = 0; groups <= 4; groups += 4) {
    begin_affine(&t, "GroupNormalization", 21, image, LAYOUT_PLAIN, 6);
    trial_int(&t, "num_groups", groups);
    check_refused(&t, PL_INVALID_MODEL);
  }
  begin_affine(&t, "GroupNormalization", 18, image, LAYOUT_PLAIN, 6);
  trial_int(&t, "num_groups", 3);
  check_refused(&t, PL_INVALID_MODEL);
  static const int64_t axes[3][1] = {{4}, {1}, {2}};
  for (int k = 0; k < 3; k++) {
    trial_begin(&t, "MeanVarianceNormalization", 13);
    trial_input(&t, image, LAYOUT_PLAIN);
    trial_ints(&t, "axes", 1, axes[k]);
    check_refused(&t, k ? PL_UNSUPPORTED_OP : PL_INVALID_MODEL);
  }
  trial_begin(&t, "MeanVarianceNormalization", 13); /* over the batch */
  trial_input(&t, image, LAYOUT_PLAIN);
  check_refused(&t, PL_UNSUPPORTED_OP);
  trial_begin(&t, "LRN", 13);
  trial_input(&t, image, LAYOUT_PLAIN);
  check_refused(&t, PL_INVALID_MODEL);
  trial_begin(&t, "LRN", 13);
  trial_input(&t, image, LAYOUT_PLAIN);
  trial_int(&t, "size", 5);
  trial_float(&t, "bias", 0);
  check_refused(&t, PL_UNSUPPORTED_OP);
  trial_begin(&t, "LpNormalization", 1);
  trial_input(&t, image, LAYOUT_PLAIN);
  trial_int(&t, "p", 3);
  check_refused(&t, PL_INVALID_MODEL);
  trial_begin(&t, "RMSNormalization", 23);
  trial_input(&t, image, LAYOUT_PLAIN);
  trial_constant(&t, (shape){1, {6}}, NULL);
  check_refused(&t, PL_INVALID_MODEL);
}

int main(void) {
  random_seed(11);
  test_instances();
  test_groups();
  test_mean_variance();
  test_fused_clamp();
  test_root_mean_square();
  test_lines();
  test_neighbours();
  test_refused();
  return test_result();
}
