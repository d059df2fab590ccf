/* Gradients that a clamp blocks: Lucid's rule for every kind of operator that a clamp is fused into, and a run whose unit is 0 at
 * the start. */
#include "network/exec/exec.h"
#include "network/model.h"
#include "onnx_writer.h"
#include "support.h"

enum { SIDE = 12, VALUES = 3 * SIDE * SIDE, BATCH = 2 };

static const float LOW = -0.1f, HIGH = 0.25f;

static void add_weights(writer *w, const char *name, shape s) {
  float *values = random_floats(shape_count(&s), -0.4f, 0.4f);
  writer_initializer_floats(w, name, s, values);
  free(values);
}

/* Each writes what makes "x" of "input". */
static void pointwise(writer *w) {
  add_weights(w, "w", SHAPE(8, 3, 1, 1));
  writer_node(w, "Conv", "x", "input,w", "x");
}

static void dense(writer *w) {
  add_weights(w, "w", SHAPE(8, 3, 3, 3));
  writer_node(w, "Conv", "x", "input,w", "x");
}

static void depthwise(writer *w) {
  add_weights(w, "w", SHAPE(3, 1, 3, 3));
  writer_node(w, "Conv", "x", "input,w", "x");
  writer_attribute_int(w, "group", 3);
}

static void strided(writer *w) {
  add_weights(w, "w", SHAPE(16, 3, 2, 2));
  writer_node(w, "Conv", "x", "input,w", "x");
  writer_attribute_ints(w, "strides", INTS(2, 2));
}

static void transposed(writer *w) {
  add_weights(w, "w", SHAPE(3, 4, 3, 3));
  writer_node(w, "ConvTranspose", "x", "input,w", "x");
}

static void flat(writer *w) {
  add_weights(w, "w", SHAPE(VALUES, 40));
  writer_node(w, "Flatten", "flat", "input", "flat");
  writer_node(w, "Gemm", "x", "flat,w", "x");
}

static void sum(writer *w) { writer_node(w, "Add", "x", "input,input", "x"); }

/* Nothing is fused into it: the clamp is an operator of its own. */
static void pool(writer *w) {
  writer_node(w, "MaxPool", "x", "input", "x");
  writer_attribute_ints(w, "kernel_shape", INTS(2, 2));
}

static pl_model *make(void (*write)(writer *w), const char *clamp, void **file) {
  size_t size;
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(-1, 3, SIDE, SIDE));
  write(&w);
  writer_initializer_floats(&w, "low", (shape){0}, &LOW);
  writer_initializer_floats(&w, "high", (shape){0}, &HIGH);
  writer_node(&w, clamp, "y", strcmp(clamp, "Relu") ? "x,low,high" : "x", "y");
  writer_output(&w, "y", SHAPE(-1));
  *file = writer_finish(&w, &size);
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  pl_model *m;
  REQUIRE(pl_model_load(*file, size, &(pl_model_options){.preprocessing = &plain}, &m) == PL_OK);
  return m;
}

typedef struct layer {
  exec *e;
  exec_target at;
  size_t count; /* of an image */
} layer;

static layer forward(pl_model *m, const char *name, const float *images) {
  layer l;
  const int target = graph_find(m->graph, name);
  REQUIRE(target >= 0 && exec_create(m->graph, &target, 1, &m->preprocessing, true, &l.e) == PL_OK);
  REQUIRE(exec_reshape(l.e, BATCH, SIDE, SIDE, UINT64_MAX) == PL_OK);
  memcpy(exec_input(l.e), images, BATCH * VALUES * sizeof *images);
  CHECK_INT(exec_forward(l.e), PL_OK);
  l.at = exec_layer(l.e, 0);
  l.count = shape_count(&l.at.type.shape) / BATCH;
  return l;
}

/* The first image's gradient is blocked everywhere, and there is some that leads back; some of the second's gets through. */
static void give_gradients(layer *y, float low, float high) {
  for (size_t i = 0; i < BATCH * y->count; i++) {
    const bool inside = y->at.data[i] > low && y->at.data[i] < high;
    y->at.gradient[i] = inside && i < y->count ? 0 : random_uniform(-1, 1);
  }
}

/* The gradient at x that the rule says. */
static void expect(layer *x, const layer *y, float low, float high) {
  for (size_t i = 0; i < BATCH * x->count; i++) {
    const float value = x->at.data[i], slope = y->at.gradient[i];
    const bool inside = value > low && value < high, back = value <= low ? slope > 0 : value >= high && slope < 0;
    x->at.gradient[i] = inside || (i < x->count && back) ? slope : 0;
  }
}

static void rule_is_lucids(const char *name, void (*write)(writer *w), const char *clamp, float low, float high) {
  void *file;
  pl_model *m = make(write, clamp, &file);
  float *images = random_floats(BATCH * VALUES, -1, 1);
  layer x = forward(m, "x", images), y = forward(m, "y", images);
  give_gradients(&y, low, high);
  expect(&x, &y, low, high);
  float *given = test_floats(BATCH * y.count);
  memcpy(given, y.at.gradient, BATCH * y.count * sizeof *given);
  CHECK_INT(exec_backward(x.e), PL_OK);
  exec_set_redirect(y.e, true);
  CHECK_INT(exec_backward(y.e), PL_OK);
  const float *expected = exec_dinput(x.e), *found = exec_dinput(y.e);
  if (!CHECK_CLOSE(found, expected, BATCH * VALUES, 1e-5)) printf("  %s and %s\n", name, clamp);
  CHECK(dot_product(found, found, VALUES) > 0);
  exec_set_redirect(y.e, false);
  memcpy(exec_input(y.e), images, BATCH * VALUES * sizeof *images);
  CHECK_INT(exec_forward(y.e), PL_OK);
  memcpy(exec_layer(y.e, 0).gradient, given, BATCH * y.count * sizeof *given);
  CHECK_INT(exec_backward(y.e), PL_OK);
  CHECK(dot_product(exec_dinput(y.e), exec_dinput(y.e), VALUES) == 0);
  CHECK_CLOSE(exec_dinput(y.e) + VALUES, expected + VALUES, VALUES, 1e-5);
  free(images), free(given);
  exec_free(x.e), exec_free(y.e);
  pl_model_free(m);
  free(file);
}

/* Channel 1 of "y" is 0 for grey images, and above 0 for red ones. */
static pl_model *make_dead(void **file) {
  static const float weights[] = {0, 1, 0, 4, -2, -2}, bias[] = {0, -1};
  size_t size;
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(-1, 3, SIDE, SIDE));
  writer_initializer_floats(&w, "w", SHAPE(2, 3, 1, 1), weights);
  writer_initializer_floats(&w, "b", SHAPE(2), bias);
  writer_node(&w, "Conv", "x", "input,w,b", "x");
  writer_node(&w, "Relu", "y", "x", "y");
  writer_output(&w, "y", SHAPE(-1, 2, SIDE, SIDE));
  *file = writer_finish(&w, &size);
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  pl_model *m;
  REQUIRE(pl_model_load(*file, size, &(pl_model_options){.preprocessing = &plain}, &m) == PL_OK);
  return m;
}

static float score_after(pl_model *m, int unit, int redirect_steps, bool *blocked) {
  pl_config c = pl_config_default();
  c.height = c.width = 32, c.steps = 40, c.crops = 2, c.images = 2;
  c.parametrization = PL_PIXEL, c.standardize_image.on = false, c.redirect_steps = redirect_steps;
  char *objective = test_channel("y", unit);
  pl_run *r;
  REQUIRE(pl_run_create(m, objective, &c, NULL, 0, "", 1, &r) == PL_OK);
  for (int i = 0; i < c.steps; i++) {
    CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, c.crops), PL_OK);
    if (i == 0) CHECK(pl_run_blocked(r) == (unit == 1 && redirect_steps == 0));
  }
  const float score = pl_run_score(r);
  *blocked = pl_run_blocked(r);
  free(objective);
  pl_run_free(r);
  return score;
}

static void units_that_are_0_come_to_life(void) {
  void *file;
  bool blocked;
  pl_model *m = make_dead(&file);
  CHECK_NEAR(score_after(m, 1, 0, &blocked), 0, 0);
  CHECK(blocked);
  CHECK(score_after(m, 1, 16, &blocked) > 0);
  CHECK(!blocked);
  bool never;
  CHECK_NEAR(score_after(m, 0, 0, &never), score_after(m, 0, 16, &blocked), 0);
  float image[VALUES], gradient[VALUES], score;
  for (int i = 0; i < VALUES; i++) image[i] = 0.5f;
  char *objective = test_channel("y", 1);
  CHECK_INT(pl_gradient(m, image, SIDE, SIDE, objective, &score, gradient), PL_OK); /* of a fixed image: the network's own */
  CHECK(score == 0 && dot_product(gradient, gradient, VALUES) == 0);
  free(objective);
  CHECK_TEXT(pl_model_layer(m, 1).unclamped, "x");
  CHECK(!pl_model_layer(m, 0).unclamped);
  pl_model_free(m);
  free(file);
}

int main(void) {
  static const struct {
    const char *name;
    void (*write)(writer *w);
  } kinds[] = {{"pointwise", pointwise},
               {"dense", dense},
               {"depthwise", depthwise},
               {"strided", strided},
               {"transposed", transposed},
               {"flat", flat},
               {"sum", sum},
               {"pool", pool}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    rule_is_lucids(kinds[i].name, kinds[i].write, "Relu", 0, INFINITY);
    rule_is_lucids(kinds[i].name, kinds[i].write, "Clip", LOW, HIGH);
  }
  units_that_are_0_come_to_life();
  return test_result();
}
