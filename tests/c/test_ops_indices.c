/* Gather, GatherND, ScatterND: parts at indices that are known without the image. */
#include "ops_harness.h"

static const shape IMAGES = {3, {2, 3, 4}};

static void add_indices(trial *t, shape s, const int64_t *values) {
  trial_constant_ints(t, (int)shape_count(&s), values);
  t->constants[t->node.input_count - 1].shape = s;
}

static void expect(trial *t, pl_status status, const char *words) {
  CHECK_INT(trial_infer(t), status);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  %s\n", pl_error_message());
  trial_free(t);
}

static void begin(trial *t, const char *op, shape s, const int64_t *values) {
  trial_begin(t, op, 18);
  trial_input(t, IMAGES, LAYOUT_PLAIN);
  add_indices(t, s, values);
}

/* ---- Gather ---- */

static void test_gather(bool from_sizes) {
  const int64_t list[] = {2, -3, 2};
  trial t;
  begin(&t, "Gather", (shape){1, {3}}, list);
  if (from_sizes) trial_from_sizes(&t);
  trial_int(&t, "axis", 1);
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  for (int n = 0; n < 2; n++)
    for (int k = 0; k < 3; k++)
      for (int x = 0; x < 4; x++) CHECK(t.out[0][(n * 3 + k) * 4 + x] == t.in[0][(n * 3 + (k == 1 ? 0 : 2)) * 4 + x]);
  trial_check_linear(&t, 1e-6);
  CHECK(trial_same_alone(&t));
  trial_free(&t);
  begin(&t, "Gather", (shape){1, {1}}, (const int64_t[]){2});
  expect(&t, PL_INVALID_MODEL, "index 2 of 2");
}

/* ---- GatherND ---- */

static void test_gather_nd(void) {
  const int64_t rows[] = {1, 2, 0, -1, 1, 2}, single[] = {1, -1, 3};
  trial t;
  begin(&t, "GatherND", (shape){3, {1, 3, 2}}, rows);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK_TEXT(shape_text(&t.op.out[0].shape), "1x3x4");
  trial_forward(&t);
  const int from[] = {5, 2, 5};
  for (int k = 0; k < 3; k++) CHECK(memcmp(t.out[0] + 4 * k, t.in[0] + 4 * from[k], 4 * sizeof(float)) == 0);
  trial_check_linear(&t, 1e-6);
  trial_free(&t);
  begin(&t, "GatherND", (shape){1, {3}}, single);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK_INT(t.op.out[0].shape.rank, 0);
  trial_forward(&t);
  CHECK(t.out[0][0] == t.in[0][23]);
  trial_check_linear(&t, 1e-6);
  trial_free(&t);
  begin(&t, "GatherND", (shape){1, {3}}, (const int64_t[]){1, 3, 0});
  expect(&t, PL_INVALID_MODEL, "an index lies outside 2x3x4");
  begin(&t, "GatherND", (shape){1, {4}}, (const int64_t[]){1, 0, 0, 0});
  expect(&t, PL_INVALID_MODEL, "indices of 4 for 2x3x4");
  begin(&t, "GatherND", (shape){1, {1}}, single);
  trial_int(&t, "batch_dims", 1);
  expect(&t, PL_UNSUPPORTED_OP, "every item of a batch");
}

/* ---- ScatterND: rows, one of them twice ---- */

static void test_scatter_nd(int constant, bool adds) {
  const int64_t rows[] = {1, 2, 0, -1, 1, 2};
  const int slots[] = {5, 2, 5};
  trial t;
  trial_begin(&t, "ScatterND", 18);
  if (constant == 0) trial_constant(&t, IMAGES, NULL);
  else trial_input(&t, IMAGES, LAYOUT_PLAIN);
  add_indices(&t, (shape){2, {3, 2}}, rows);
  if (constant == 2) trial_constant(&t, (shape){2, {3, 4}}, NULL);
  else trial_input(&t, (shape){2, {3, 4}}, LAYOUT_PLAIN);
  trial_string(&t, "reduction", adds ? "add" : "none");
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  const float *tensor = constant == 0 ? t.constants[0].data : t.in[0], *list = constant == 2 ? t.constants[2].data : t.in[2];
  float want[24];
  memcpy(want, tensor, sizeof want);
  for (int k = 0; k < 3; k++)
    for (int x = 0; x < 4; x++) want[4 * slots[k] + x] = list[4 * k + x] + (adds ? want[4 * slots[k] + x] : 0);
  CHECK(memcmp(t.out[0], want, sizeof want) == 0);
  trial_check_linear(&t, 1e-6);
  trial_free(&t);
}

static void begin_scatter(trial *t, shape list, shape updates, const int64_t *values) {
  begin(t, "ScatterND", list, values);
  trial_input(t, updates, LAYOUT_PLAIN);
}

static void test_scatter_nd_refused(void) {
  const int64_t rows[] = {1, 2, 0, -4};
  const shape four = {1, {4}};
  trial t;
  begin_scatter(&t, (shape){2, {2, 2}}, (shape){2, {2, 4}}, rows);
  expect(&t, PL_INVALID_MODEL, "an index lies outside 2x3x4");
  begin_scatter(&t, (shape){1, {2}}, (shape){2, {1, 4}}, rows);
  expect(&t, PL_INVALID_MODEL, "1x4 is scattered where 4 is wanted");
  begin_scatter(&t, (shape){1, {2}}, four, rows);
  trial_string(&t, "reduction", "mul");
  expect(&t, PL_UNSUPPORTED_OP, "reduction 'mul'");
  trial_begin(&t, "ScatterND", 18);
  trial_input(&t, IMAGES, LAYOUT_PLAIN);
  for (int k = 0; k < 2; k++) trial_input(&t, four, LAYOUT_PLAIN);
  expect(&t, PL_UNSUPPORTED_OP, "its list of indices depends on the image");
}

int main(void) {
  random_seed(51);
  test_gather(false);
  test_gather(true);
  test_gather_nd();
  for (int constant = -1; constant < 3; constant++)
    if (constant != 1)
      for (int adds = 0; adds < 2; adds++) test_scatter_nd(constant, adds);
  test_scatter_nd_refused();
  return test_result();
}
