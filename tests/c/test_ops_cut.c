/* Slice, Split. */
#include "network/model.h"
#include "onnx_writer.h"
#include "ops_harness.h"

/* ---- Slice ---- */

typedef struct cut {
  int64_t start, end, axis, step;
  int first, count; /* what it should be */
} cut;

static void check_slice(layout l, int opset, const cut *c, bool item, bool from_sizes) {
  const shape s = {4, {3, 4, 5, 6}};
  trial t;
  trial_begin(&t, "Slice", opset);
  trial_input(&t, s, l);
  if (opset < 10) {
    trial_ints(&t, "starts", 1, &c->start);
    trial_ints(&t, "ends", 1, &c->end);
    trial_ints(&t, "axes", 1, &c->axis);
  } else {
    trial_constant_ints(&t, 1, &c->start);
    trial_constant_ints(&t, 1, &c->end);
    if (from_sizes) trial_from_sizes(&t);
    trial_constant_ints(&t, 1, &c->axis);
    trial_constant_ints(&t, 1, &c->step);
  }
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  const int axis = (int)(c->axis < 0 ? c->axis + 4 : c->axis);
  int index[4] = {0};
  CHECK_INT(t.op.out[0].shape.dim[axis], c->count);
  CHECK_INT(t.op.out[0].layout, l);
  for (size_t i = 0; i < trial_out_count(&t); i++) {
    int from[4];
    memcpy(from, index, sizeof from);
    from[axis] = c->first + index[axis] * (int)c->step;
    if (!CHECK(t.out[0][trial_offset(&t.op.out[0], index)] == t.in[0][trial_offset(&t.op.in[0], from)])) break;
    for (int d = 3; d >= 0; d--) {
      if (++index[d] < t.op.out[0].shape.dim[d]) break;
      index[d] = 0;
    }
  }
  trial_check_linear(&t, 1e-6);
  if (item) CHECK(trial_same_alone(&t));
  trial_free(&t);
}

static void test_slice(void) {
  static const cut cuts[] = {{1, 3, 2, 1, 1, 2},        {-4, INT64_MAX, -1, 1, 2, 4},       {1, 100, 1, 2, 1, 2},
                             {0, -1, 3, 3, 0, 2},       {-1, INT64_MIN, 1, -1, 3, 4},       {4, 0, 2, -3, 4, 2},
                             {100, -100, -1, -2, 5, 3}, {-1, INT64_MIN, 3, INT64_MIN, 5, 1}};
  for (layout l = LAYOUT_PLAIN; l <= LAYOUT_CHANNELS_LAST; l++)
    for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
      check_slice(l, 13, &cuts[k], true, k % 2);
      if (cuts[k].step == 1) check_slice(l, 9, &cuts[k], true, false);
    }
  check_slice(LAYOUT_PLAIN, 13, &(cut){1, 2, 0, 1, 1, 1}, false, false);
  static const cut wrong[] = {{0, 1, 4, 1, 0, 0}, {5, 0, 1, 0, 0, 0}};
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
    trial t;
    trial_begin(&t, "Slice", 13);
    trial_input(&t, (shape){2, {4, 5}}, LAYOUT_PLAIN);
    trial_constant_ints(&t, 1, &wrong[k].start);
    trial_constant_ints(&t, 1, &wrong[k].end);
    trial_constant_ints(&t, 1, &wrong[k].axis);
    trial_constant_ints(&t, 1, &wrong[k].step);
    CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
    trial_free(&t);
  }
  trial t; /* an axis twice; then ends that depend on the image */
  trial_begin(&t, "Slice", 13);
  trial_input(&t, (shape){2, {4, 5}}, LAYOUT_PLAIN);
  for (int k = 0; k < 3; k++) trial_constant_ints(&t, 2, (const int64_t[]){k, k});
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  trial_free(&t);
  trial_begin(&t, "Slice", 13);
  trial_input(&t, (shape){2, {4, 5}}, LAYOUT_PLAIN);
  trial_constant_ints(&t, 1, (const int64_t[]){0});
  trial_input(&t, (shape){1, {1}}, LAYOUT_PLAIN);
  CHECK_INT(trial_infer(&t), PL_UNSUPPORTED_OP);
  CHECK(strstr(pl_error_message(), "depends on the image") != NULL);
  trial_free(&t);
}

/* ---- Split: three parts of an image, of which one is not read ---- */

static void test_split(bool sizes) {
  enum { SIDE = 6, VALUES = 3 * SIDE * SIDE };
  writer w;
  size_t size;
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  writer_start(&w);
  writer_input(&w, "input", SHAPE(1, 3, SIDE, SIDE));
  writer_initializer_ints(&w, "sizes", SHAPE(3), (const int64_t[]){2, 2, 2});
  writer_node(&w, "Split", "split", sizes ? "input,sizes" : "input", "a,b,c");
  writer_attribute_int(&w, "axis", -2);
  writer_node(&w, "Sub", "difference", "a,c", "difference");
  writer_output(&w, "difference", SHAPE(1, 3, 2, SIDE));
  void *file = writer_finish(&w, &size);
  pl_model *m;
  exec *e;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &plain}, &m) == PL_OK);
  const int target = graph_find(m->graph, "difference");
  REQUIRE(exec_create(m->graph, &target, 1, &plain, true, &e) == PL_OK && exec_reshape(e, 1, SIDE, SIDE, UINT64_MAX) == PL_OK);
  float *x = random_floats(VALUES, 0, 1);
  memcpy(exec_input(e), x, VALUES * sizeof *x);
  REQUIRE(exec_forward(e) == PL_OK);
  const exec_target t = exec_layer(e, 0);
  for (int c = 0; c < 3; c++)
    for (int i = 0; i < 2 * SIDE; i++) {
      const size_t at = trial_offset(&t.type, (const int[]){0, c, i / SIDE, i % SIDE});
      CHECK(t.data[at] == x[3 * i + c] - x[3 * (i + 4 * SIDE) + c]);
      t.gradient[at] = x[3 * i + c];
    }
  REQUIRE(exec_backward(e) == PL_OK);
  for (int i = 0; i < VALUES; i++) {
    const int row = i / (3 * SIDE);
    const float want = row < 2 ? x[i] : row < 4 ? 0 : -x[i - 12 * SIDE];
    if (!CHECK(exec_dinput(e)[i] == want)) break;
  }
  free(x);
  exec_free(e);
  pl_model_free(m);
  free(file);
}

/* ---- sizes that are known only once the image's are: the upper half, upside down, with as many zeros below ---- */

static void check_half(exec *e, int side) {
  const size_t values = 3 * (size_t)side * (size_t)side;
  REQUIRE(exec_reshape(e, 1, side, side, UINT64_MAX) == PL_OK);
  float *x = random_floats(values, 0, 1);
  memcpy(exec_input(e), x, values * sizeof *x);
  REQUIRE(exec_forward(e) == PL_OK);
  const exec_target t = exec_layer(e, 0);
  const size_t row = 3 * (size_t)side;
  CHECK_INT(t.type.shape.dim[2], side);
  for (int i = 0; i < side; i++)
    for (size_t k = 0; k < row; k++) {
      const int index[] = {0, (int)k % 3, i, (int)k / 3};
      const size_t at = trial_offset(&t.type, index);
      if (!CHECK(t.data[at] == (i < side / 2 ? x[(size_t)(side / 2 - 1 - i) * row + k] : 0))) break;
      t.gradient[at] = t.data[at];
    }
  REQUIRE(exec_backward(e) == PL_OK);
  for (size_t i = 0; i < values; i++)
    if (!CHECK(exec_dinput(e)[i] == (i < values / 2 ? x[i] : 0))) break;
  free(x);
}

static void test_from_sizes(void) {
  writer w;
  size_t size;
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  const int64_t numbers[] = {1, 2, -1, INT64_MIN, 0};
  const char *const names[] = {"one", "two", "minus_one", "least", "nothing"};
  writer_start(&w);
  writer_input(&w, "input", SHAPE(1, 3, -1, -1));
  for (int k = 0; k < 5; k++) writer_initializer_ints(&w, names[k], SHAPE(1), &numbers[k]);
  writer_node(&w, "Shape", "", "input", "sizes");
  writer_node(&w, "Gather", "", "sizes,two", "height");
  writer_node(&w, "Div", "", "height,two", "half");
  writer_node(&w, "Sub", "", "half,one", "last");
  writer_node(&w, "Slice", "slice", "input,last,least,two,minus_one", "upper");
  writer_node(&w, "Concat", "", "nothing,nothing,nothing,nothing,nothing,nothing,half,nothing", "pads");
  writer_attribute_int(&w, "axis", 0);
  writer_node(&w, "Pad", "pad", "upper,pads", "padded");
  writer_output(&w, "padded", SHAPE(1, 3, -1, -1));
  void *file = writer_finish(&w, &size);
  pl_model *m;
  exec *e;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &plain}, &m) == PL_OK);
  const int target = graph_find(m->graph, "padded");
  if (!CHECK_INT(exec_create(m->graph, &target, 1, &plain, true, &e), PL_OK)) printf("  %s\n", pl_error_message());
  else {
    check_half(e, 6);
    check_half(e, 10);
    exec_free(e);
  }
  pl_model_free(m);
  free(file);
}

int main(void) {
  random_seed(11);
  test_slice();
  test_split(true);
  test_split(false);
  test_from_sizes();
  return test_result();
}
