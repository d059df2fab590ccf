/* The executor: what is fused changes nothing, gradients are right, results do not depend on batch or history. */
#include "network/exec/exec.h"
#include "onnx_writer.h"
#include "small_net.h"
#include "support.h"

enum { SIDE = 15, VALUES = 3 * SIDE * SIDE };

static exec *make(pl_model *m, const char *const *layers, int count, int batch) {
  int targets[4];
  exec *e;
  for (int i = 0; i < count; i++) REQUIRE((targets[i] = graph_find(m->graph, layers[i])) >= 0);
  if (exec_create(m->graph, targets, count, &m->preprocessing, true, &e) || exec_reshape(e, batch, SIDE, SIDE, UINT64_MAX)) {
    fprintf(stderr, "%s\n", pl_error_message());
    exit(1);
  }
  return e;
}

static exec *make_for(pl_model *m, const char *layer, int batch) { return make(m, &layer, 1, batch); }

static const float *forward(exec *e, const float *image, size_t count) {
  memcpy(exec_input(e), image, count * sizeof *image);
  CHECK_INT(exec_forward(e), PL_OK);
  return exec_layer(e, 0).data;
}

/* sum(weights * layer): a score that every value of the layer takes part in. */
static double score(exec *e, const float *image, const float *weights) {
  const float *y = forward(e, image, VALUES);
  const tensor_type type = exec_layer(e, 0).type;
  return dot_product(y, weights, shape_count(&type.shape));
}

/* Central differences along random directions: kinks are rare on them. */
static void gradient_matches_differences(pl_model *m, const char *layer) {
  exec *e = make_for(m, layer, 1);
  float *image = random_floats(VALUES, 0, 1), *direction = random_floats(VALUES, -1, 1), *moved = test_floats(VALUES);
  const tensor_type type = exec_layer(e, 0).type;
  const size_t count = shape_count(&type.shape);
  float *weights = random_floats(count, -1, 1);
  score(e, image, weights);
  memcpy(exec_layer(e, 0).gradient, weights, count * sizeof *weights);
  CHECK_INT(exec_backward(e), PL_OK);
  const double slope = dot_product(exec_dinput(e), direction, VALUES), h = 2e-4;
  double ends[2];
  for (int side = 0; side < 2; side++) {
    for (int i = 0; i < VALUES; i++) moved[i] = image[i] + (float)(side ? h : -h) * direction[i];
    ends[side] = score(e, moved, weights);
  }
  const double measured = (ends[1] - ends[0]) / (2 * h);
  if (!CHECK_NEAR(slope, measured, 0.02 * (fabs(measured) + 1))) printf("  at layer %s\n", layer);
  free(image), free(direction), free(moved), free(weights);
  exec_free(e);
}

/* A value that nothing but its size is asked of does not run, but its size is known: as the mask of shifted windows, which is
 * made of the size of a part of a map of zeros. */
static void sizes_of_what_does_not_run_are_known(void) {
  size_t size;
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(-1, 3, -1, -1));
  writer_initializer_ints(&w, "zero", SHAPE(1), (const int64_t[]){0});
  writer_initializer_ints(&w, "two", SHAPE(1), (const int64_t[]){2});
  writer_initializer_ints(&w, "four", SHAPE(1), (const int64_t[]){4});
  writer_initializer_ints(&w, "less", SHAPE(1), (const int64_t[]){-1});
  writer_node(&w, "Shape", "", "input", "whole");
  writer_node(&w, "Slice", "", "whole,two,four,zero", "sides");
  writer_node(&w, "ConstantOfShape", "", "sides", "map");
  writer_node(&w, "Slice", "", "map,zero,less,zero", "part");
  writer_node(&w, "Shape", "", "part", "part_sides");
  writer_node(&w, "ConstantOfShape", "", "part_sides", "mask");
  writer_node(&w, "Slice", "", "input,zero,less,two", "upper");
  writer_node(&w, "Add", "", "upper,mask", "masked");
  writer_output(&w, "masked", SHAPE(-1, 3, -1, -1));
  void *file = writer_finish(&w, &size);
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  pl_model *m;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &plain}, &m) == PL_OK);
  float *image = random_floats(VALUES, 0, 1);
  exec *e = make_for(m, "masked", 1);
  const float *masked = forward(e, image, VALUES);
  const shape found = exec_layer(e, 0).type.shape;
  CHECK_INT(found.dim[2], SIDE - 1);
  CHECK_INT(found.dim[3], SIDE);
  CHECK_NEAR(dot_product(masked, masked, shape_count(&found)), dot_product(image, image, VALUES - 3 * SIDE), 1e-3);
  exec_free(e);

  /* Nor does the map itself run, and it is not named as what does. */
  CHECK_INT(pl_activations(m, image, SIDE, SIDE, "map", image, VALUES), PL_UNKNOWN_LAYER);
  CHECK(strstr(pl_error_message(), "'map' is not a layer") && !pl_error_last_layer());
  pl_model_free(m);
  free(image);
  free(file);
}

/* A layer that something was fused into, and the same layer with everything before it kept as a target. */
static void fusing_changes_nothing(pl_model *m) {
  static const char *const kept[] = {"relu1", "conv1", "bn1"};
  exec *fused = make_for(m, "relu1", 1), *plain = make(m, kept, 3, 1);
  CHECK(exec_step_count(fused) < exec_step_count(plain));
  float *image = random_floats(VALUES, 0, 1);
  const float *a = forward(fused, image, VALUES), *b = forward(plain, image, VALUES);
  CHECK_CLOSE(a, b, 8 * 8 * 8, 1e-5);
  for (int i = 0; i < 8 * 8 * 8; i++) exec_layer(fused, 0).gradient[i] = exec_layer(plain, 0).gradient[i] = (float)(i % 7) - 3;
  exec_backward(fused);
  exec_backward(plain);
  CHECK_CLOSE(exec_dinput(fused), exec_dinput(plain), VALUES, 1e-5);
  free(image);
  exec_free(fused);
  exec_free(plain);
}

/* An image gives the same bits alone, in a batch, and after the network had another shape. */
static void batch_and_history_do_not_matter(pl_model *m) {
  exec *e = make_for(m, "logits", 3);
  float *images = random_floats(3 * VALUES, 0, 1), logits[15], gradients[3 * VALUES];
  memcpy(logits, forward(e, images, 3 * VALUES), sizeof logits);
  for (int i = 0; i < 15; i++) exec_layer(e, 0).gradient[i] = (float)(i % 5);
  exec_backward(e);
  memcpy(gradients, exec_dinput(e), sizeof gradients);
  CHECK_INT(exec_reshape(e, 1, SIDE, SIDE, UINT64_MAX), PL_OK);
  for (int n = 0; n < 3; n++) {
    CHECK(memcmp(forward(e, images + n * VALUES, VALUES), logits + 5 * n, 5 * sizeof *logits) == 0);
    for (int i = 0; i < 5; i++) exec_layer(e, 0).gradient[i] = (float)i;
    exec_backward(e);
    CHECK(memcmp(exec_dinput(e), gradients + n * VALUES, VALUES * sizeof *gradients) == 0);
  }
  free(images);
  exec_free(e);
}

/* What is not wanted may be left out; what is has the same bits, and so has its gradient. What others read is made whole. */
static void wanted_units_have_the_same_bits(pl_model *m) {
  enum { UNIT = 3, BATCH = 2, UNITS = 5 };
  float *images = random_floats(BATCH * VALUES, 0, 1), all[BATCH * UNITS], gradients[2][BATCH * VALUES];
  for (int some = 0; some < 2; some++) {
    exec *e = make_for(m, "logits", BATCH);
    if (some) exec_want(e, 0, (section){UNIT, UNIT + 1});
    const float *logits = forward(e, images, BATCH * VALUES);
    for (int i = 0; i < BATCH; i++) {
      if (some) CHECK(logits[i * UNITS + UNIT] == all[i * UNITS + UNIT] && logits[i * UNITS] != all[i * UNITS]);
      exec_layer(e, 0).gradient[i * UNITS + UNIT] = 1;
    }
    if (!some) memcpy(all, logits, sizeof all);
    exec_backward(e);
    memcpy(gradients[some], exec_dinput(e), sizeof *gradients);
    exec_want(e, 0, (section){0, 0});
    CHECK(!memcmp(forward(e, images, BATCH * VALUES), all, sizeof all));
    exec_free(e);
  }
  CHECK(!memcmp(gradients[0], gradients[1], sizeof *gradients));

  static const char *const both[] = {"logits", "probabilities"};
  exec *e = make(m, both, 2, BATCH);
  exec_want(e, 0, (section){UNIT, UNIT + 1});
  CHECK(!memcmp(forward(e, images, BATCH * VALUES), all, sizeof all));
  exec_free(e);
  free(images);
}

/* The gradient of two layers' scores is the sum of each one's. */
static void targets_add_up(pl_model *m) {
  static const char *const layers[] = {"sum", "logits"};
  exec *both = make(m, layers, 2, 1);
  float *image = random_floats(VALUES, 0, 1), *sum = test_floats(VALUES);
  forward(both, image, VALUES);
  exec_layer(both, 0).gradient[3] = 1;
  exec_layer(both, 1).gradient[2] = 1;
  exec_backward(both);
  for (int i = 0; i < 2; i++) {
    exec *e = make_for(m, layers[i], 1);
    forward(e, image, VALUES);
    exec_layer(e, 0).gradient[i ? 2 : 3] = 1;
    exec_backward(e);
    for (int k = 0; k < VALUES; k++) sum[k] += exec_dinput(e)[k];
    exec_free(e);
  }
  CHECK_CLOSE(exec_dinput(both), sum, VALUES, 1e-5);
  free(image), free(sum);
  exec_free(both);
}

static void only_what_is_needed_runs(pl_model *m) {
  exec *early = make_for(m, "conv1", 1), *late = make_for(m, "logits", 1);
  CHECK_INT(exec_step_count(early), 1);
  CHECK(exec_step_count(late) > 5);
  exec_free(early);
  exec_free(late);
}

/* BGR and normalization: the same network on swapped channels gives swapped gradients. */
static void preprocessing_is_undone_in_the_gradient(pl_model *m) {
  pl_preprocessing swapped = m->preprocessing;
  swapped.bgr = true;
  const int target = graph_find(m->graph, "logits");
  exec *rgb = make_for(m, "logits", 1), *bgr;
  REQUIRE(exec_create(m->graph, &target, 1, &swapped, true, &bgr) == PL_OK &&
          exec_reshape(bgr, 1, SIDE, SIDE, UINT64_MAX) == PL_OK);
  float *image = random_floats(VALUES, 0, 1), *reversed = test_floats(VALUES), *back = test_floats(VALUES);
  for (int i = 0; i < VALUES; i++) reversed[i] = image[i / 3 * 3 + 2 - i % 3];
  CHECK(memcmp(forward(rgb, image, VALUES), forward(bgr, reversed, VALUES), 5 * sizeof(float)) == 0);
  exec_layer(rgb, 0).gradient[1] = exec_layer(bgr, 0).gradient[1] = 1;
  exec_backward(rgb);
  exec_backward(bgr);
  for (int i = 0; i < VALUES; i++) back[i] = exec_dinput(bgr)[i / 3 * 3 + 2 - i % 3];
  CHECK(memcmp(exec_dinput(rgb), back, VALUES * sizeof *back) == 0);
  free(image), free(reversed), free(back);
  exec_free(rgb);
  exec_free(bgr);
}

static pl_model *load(writer *w, void **file) {
  static const pl_preprocessing plain = {.std = {1, 1, 1}};
  size_t size;
  pl_model *m;
  *file = writer_finish(w, &size);
  REQUIRE(pl_model_load(*file, size, &(pl_model_options){.preprocessing = &plain}, &m) == PL_OK);
  return m;
}

static void check_refused(pl_model *m, const char *layer, pl_status status, const char *words) {
  const float image[3 * 4] = {0};
  float values[300];
  CHECK_INT(pl_activations(m, image, 2, 2, layer, values, 300), status);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  %s\n", pl_error_message());
}

/* What inference refuses is not made ready: operators trust what it has checked. */
static void weights_that_do_not_fit_are_refused(void) {
  void *file;
  writer w;
  writer_start(&w);
  writer_input(&w, "image", SHAPE(1, 3, 8, 8));
  writer_initializer_floats(&w, "weights", SHAPE(2, 4, 1, 1), (float[8]){0});
  writer_node(&w, "Conv", "wide", "image,weights", "features");
  writer_output(&w, "features", SHAPE(1, 2, 8, 8));
  pl_model *m = load(&w, &file);
  CHECK(!pl_model_layer(m, 0).runs);
  check_refused(m, "features", PL_INVALID_MODEL, "node 'wide' (Conv)");
  pl_model_free(m);
  free(file);
}

/* Further outputs that no operator makes: the statistics of a BatchNormalization that is fused away, the places of maxima. */
static void outputs_that_are_not_made_are_refused(void) {
  void *file;
  writer w;
  writer_start(&w);
  writer_input(&w, "image", SHAPE(1, 3, 8, 8));
  writer_initializer_floats(&w, "weights", SHAPE(2, 3, 1, 1), (float[6]){1, 2});
  writer_initializer_floats(&w, "ones", SHAPE(2), (float[]){1, 1});
  writer_node(&w, "Conv", "conv", "image,weights", "features");
  writer_node(&w, "BatchNormalization", "norm", "features,ones,ones,ones,ones", "normalized,mean");
  writer_node(&w, "MaxPool", "pool", "normalized", "pooled,places");
  writer_attribute_ints(&w, "kernel_shape", INTS(2, 2));
  writer_output(&w, "pooled", SHAPE(1, 2, 7, 7));
  pl_model *m = load(&w, &file);
  REQUIRE(pl_model_layer_count(m) == 5);
  for (int i = 0; i < 5; i++) CHECK_INT(pl_model_layer(m, i).runs, i != 2 && i != 4);
  check_refused(m, "mean", PL_UNSUPPORTED_OP, "node 'norm' (BatchNormalization): its output 'mean'");
  check_refused(m, "places", PL_UNSUPPORTED_OP, "node 'pool' (MaxPool): its output 'places'");
  const float image[3 * 4] = {0};
  float values[98];
  CHECK_INT(pl_activations(m, image, 2, 2, "pooled", values, 98), PL_OK);
  pl_model_free(m);
  free(file);
}

/* Positions that are enlarged to the image's size, and the number of its pixels: known without the image, different for each
 * size. positions: 1 x 3 x 2 x 2, each value four times as large a square. */
static void known_values_follow_the_size(void) {
  static const float positions[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  writer w;
  size_t size;
  writer_start(&w);
  writer_input(&w, "image", SHAPE(-1, 3, -1, -1));
  writer_initializer_floats(&w, "positions", SHAPE(1, 3, 2, 2), positions);
  writer_node(&w, "Shape", "", "image", "sizes");
  writer_node(&w, "Resize", "", "positions,,,sizes", "resized");
  writer_attribute_string(&w, "mode", "nearest");
  writer_node(&w, "Add", "", "image,resized", "sum");
  writer_node(&w, "Size", "", "image", "count");
  writer_node(&w, "Cast", "", "count", "pixels");
  writer_attribute_int(&w, "to", ONNX_FLOAT);
  writer_node(&w, "Div", "", "sum,pixels", "out");
  writer_output(&w, "out", SHAPE(-1, 3, -1, -1));
  void *file = writer_finish(&w, &size);
  const pl_preprocessing p = {.std = {1, 1, 1}};
  pl_model *m;
  exec *e;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &p}, &m) == PL_OK);
  const int target = graph_find(m->graph, "out");
  REQUIRE(exec_create(m->graph, &target, 1, &m->preprocessing, true, &e) == PL_OK);
  for (int side = 4; side <= 8; side += 4) {
    REQUIRE(exec_reshape(e, 1, side, side, UINT64_MAX) == PL_OK);
    const size_t count = 3 * (size_t)side * (size_t)side;
    for (int turn = 0; turn < 2; turn++) { /* the values stay from one to the next */
      for (size_t i = 0; i < count; i++) exec_input(e)[i] = 1;
      REQUIRE(exec_forward(e) == PL_OK);
      const exec_target out = exec_layer(e, 0);
      float *plain = test_floats(count), *want = test_floats(count);
      for (size_t i = 0; i < count; i++) {
        const size_t c = i / ((size_t)side * (size_t)side), y = i / (size_t)side % (size_t)side, x = i % (size_t)side;
        const size_t half = (size_t)side / 2, at = out.type.layout == LAYOUT_PLAIN ? i : (y * (size_t)side + x) * 3 + c;
        want[i] = (1 + positions[4 * c + 2 * (y / half) + x / half]) / (float)count;
        plain[i] = out.data[at];
        out.gradient[at] = 1;
      }
      CHECK_CLOSE(plain, want, count, 1e-6);
      REQUIRE(exec_backward(e) == PL_OK);
      for (size_t i = 0; i < count; i++) want[i] = 1 / (float)count;
      CHECK_CLOSE(exec_dinput(e), want, count, 1e-6);
      free(plain), free(want);
    }
  }
  exec_free(e);
  pl_model_free(m);
  free(file);
}

int main(void) {
  sizes_of_what_does_not_run_are_known();
  void *file;
  pl_model *m = small_net_load(&file);
  static const char *const layers[] = {"conv1", "bn1", "relu1", "conv2", "sum", "cat", "pool", "flat", "logits", "probabilities"};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) gradient_matches_differences(m, layers[i]);
  fusing_changes_nothing(m);
  batch_and_history_do_not_matter(m);
  wanted_units_have_the_same_bits(m);
  targets_add_up(m);
  only_what_is_needed_runs(m);
  preprocessing_is_undone_in_the_gradient(m);
  pl_model_free(m);
  free(file);
  weights_that_do_not_fit_are_refused();
  outputs_that_are_not_made_are_refused();
  known_values_follow_the_size();
  return test_result();
}
