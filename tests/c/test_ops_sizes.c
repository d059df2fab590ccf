/* Sizes that no network has: what operators ask for is what they use, on 32 bits as on 64, and no sum of sizes leaves its type. The
 * sanitizers look on; nothing here takes the memory that it speaks of. */
#include "ops_harness.h"

static pl_status measure(trial *t, uint64_t *saved, uint64_t *workspace) {
  const pl_status status = trial_measure(t);
  *saved = t->op.saved;
  *workspace = t->op.workspace;
  trial_free(t);
  return status;
}

/* 36 bytes of scratch for each of 119304648 channels: 2^32 + 32. */
static void normalization_asks_for_what_it_uses(void) {
  trial t;
  uint64_t saved, workspace;
  trial_begin(&t, "MeanVarianceNormalization", 13);
  trial_input(&t, (shape){4, {1, 119304648, 1, 1}}, LAYOUT_PLAIN);
  trial_ints(&t, "axes", 3, (int64_t[]){0, 2, 3});
  CHECK_INT(measure(&t, &saved, &workspace), PL_OK);
  CHECK(saved == 119304648ull * 8);
  CHECK(workspace == 119304648ull * 36);
}

/* The first axis is padded to 2^16 before strides on the others make 2^32 floats few again. */
static void average_pool_asks_for_what_lies_between(void) {
  trial t;
  uint64_t saved, workspace;
  trial_begin(&t, "AveragePool", 17);
  trial_input(&t, (shape){5, {1, 1, 1, 256, 256}}, LAYOUT_PLAIN);
  trial_ints(&t, "kernel_shape", 3, (int64_t[]){1, 1, 1});
  trial_ints(&t, "strides", 3, (int64_t[]){1, 256, 256});
  trial_ints(&t, "pads", 6, (int64_t[]){32767, 0, 0, 32768, 0, 0});
  CHECK_INT(measure(&t, &saved, &workspace), PL_OK);
  CHECK(workspace >= (uint64_t)1 << 34);
}

static pl_status reduced(const char *type) {
  trial t;
  uint64_t saved, workspace;
  trial_begin(&t, type, 17);
  trial_input(&t, (shape){2, {INT32_MAX, 1}}, LAYOUT_PLAIN);
  trial_ints(&t, "axes", 1, (int64_t[]){1});
  const pl_status status = measure(&t, &saved, &workspace);
  CHECK(workspace >= 4ull * INT32_MAX);
  return status;
}

static pl_status padded(int before, int after) {
  trial t;
  uint64_t saved, workspace;
  trial_begin(&t, "Pad", 13);
  trial_input(&t, (shape){2, {1, INT32_MAX}}, LAYOUT_PLAIN);
  trial_constant_ints(&t, 4, (int64_t[]){0, before, 0, after});
  return measure(&t, &saved, &workspace);
}

static void padding_may_reach_the_largest_size(void) {
  CHECK_INT(padded(1, -1), PL_OK);
  CHECK_INT(padded(-1, 1), PL_OK);
  CHECK_INT(padded(1, 0), PL_INVALID_MODEL);
  CHECK_INT(padded(1 << 15, 1 << 15), PL_INVALID_MODEL);
}

/* A window over an image that is as wide as can be, with the largest numbers that files may name. */
static pl_status slid(const char *type, int width, const char *auto_pad, int kernel, int dilation, int stride, int ceil_mode) {
  trial t;
  uint64_t saved, workspace;
  trial_begin(&t, type, 19);
  trial_input(&t, (shape){4, {1, 1, 1, width}}, LAYOUT_CHANNELS_LAST);
  trial_ints(&t, "kernel_shape", 2, (int64_t[]){1, kernel});
  trial_ints(&t, "strides", 2, (int64_t[]){1, stride});
  trial_ints(&t, "dilations", 2, (int64_t[]){1, dilation});
  trial_int(&t, "ceil_mode", ceil_mode);
  const int64_t pads[] = {0, 1 << 15, 0, 1 << 15};
  if (auto_pad) trial_string(&t, "auto_pad", auto_pad);
  else trial_ints(&t, "pads", 4, pads);
  return measure(&t, &saved, &workspace);
}

static void windows_stay_within_ints(void) {
  enum { MOST = 1 << 15 };
  static const char *const types[] = {"MaxPool", "AveragePool"};
  for (int k = 0; k < 2; k++) {
    CHECK_INT(slid(types[k], INT32_MAX, "SAME_UPPER", MOST, MOST, 1, 0), PL_UNSUPPORTED_MODEL);
    CHECK_INT(slid(types[k], INT32_MAX - (1 << 30), "SAME_LOWER", MOST, MOST, MOST, 0), PL_UNSUPPORTED_MODEL);
    CHECK_INT(slid(types[k], INT32_MAX - (1 << 17), NULL, 2, MOST, MOST, 1), PL_UNSUPPORTED_MODEL);
    CHECK_INT(slid(types[k], 1 << 30, NULL, 2, MOST, MOST, 1), PL_OK);
  }
}

static void parts_of_the_largest_size(void) {
  trial t;
  uint64_t saved, workspace;
  trial_begin(&t, "Split", 11);
  trial_input(&t, (shape){1, {INT32_MAX}}, LAYOUT_PLAIN);
  trial_int(&t, "axis", 0);
  t.source.output_count = 2; /* the second one is not read */
  CHECK_INT(measure(&t, &saved, &workspace), PL_OK);
}

/* One output of 2^31 - 1 inputs: a kernel of more taps than 32 bits count. */
static void resize_does_not_reach_without_end(void) {
  trial t;
  uint64_t saved, workspace;
  trial_begin(&t, "Resize", 18);
  trial_input(&t, (shape){2, {1, INT32_MAX}}, LAYOUT_PLAIN);
  trial_left_out(&t);
  trial_left_out(&t);
  trial_constant_ints(&t, 2, (int64_t[]){1, 1});
  trial_string(&t, "mode", "cubic");
  trial_int(&t, "antialias", 1);
  CHECK_INT(measure(&t, &saved, &workspace), PL_UNSUPPORTED_MODEL);
}

int main(void) {
  normalization_asks_for_what_it_uses();
  average_pool_asks_for_what_lies_between();
  CHECK_INT(reduced("ReduceMax"), PL_OK);
  CHECK_INT(reduced("ReduceProd"), PL_OK);
  padding_may_reach_the_largest_size();
  windows_stay_within_ints();
  parts_of_the_largest_size();
  resize_does_not_reach_without_end();
  return test_result();
}
