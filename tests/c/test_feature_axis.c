/* What a unit is in layers of every kind: scores are compared with means over what pl_activations answers, in ONNX's order. */
#include "onnx_writer.h"
#include "support.h"

enum { SIDE = 24, GRID = 6, PATCHES = GRID * GRID, WIDTH = 5, HEADS = 2, WIDE = 7 };

typedef struct network {
  void *file;
  pl_model *model;
  float image[3 * SIDE * SIDE];
} network;

static network open_network(writer *w, const char *output) {
  static const pl_preprocessing plain = {.std = {1, 1, 1}};
  network n = {0};
  size_t size;
  writer_output(w, output, SHAPE(1));
  n.file = writer_finish(w, &size);
  if (pl_model_load(n.file, size, &(pl_model_options){.preprocessing = &plain}, &n.model)) {
    fprintf(stderr, "%s\n", pl_error_message());
    exit(1);
  }
  random_fill(n.image, sizeof n.image / sizeof *n.image, 0, 1);
  return n;
}

static void close_network(network *n) {
  pl_model_free(n->model);
  free(n->file);
}

static pl_layer layer_of(const network *n, const char *name) {
  for (int i = 0; i < pl_model_layer_count(n->model); i++)
    if (!strcmp(pl_model_layer(n->model, i).name, name)) return pl_model_layer(n->model, i);
  fprintf(stderr, "no layer %s\n", name);
  exit(1);
}

static void check_layer(const network *n, const char *name, int units, int axis, int prefix) {
  const pl_layer layer = layer_of(n, name);
  if (!CHECK(layer.runs) | !CHECK_INT(layer.units, units) | !CHECK_INT(layer.unit_axis, axis) |
      !CHECK_INT(layer.prefix_tokens, prefix))
    printf("  at layer %s\n", name);
}

/* A channel, of `tokens` where it is set; a neuron where y and x are. */
typedef struct asked {
  int unit, y, x;
  bool neuron;
  const char *tokens;
} asked;

static pl_status score_of(const network *n, const char *name, const asked *a, float *score) {
  char json[200];
  if (a->neuron)
    snprintf(json, sizeof json, "{\"kind\": \"neuron\", \"layer\": \"%s\", \"unit\": %d, \"y\": %d, \"x\": %d}", name, a->unit,
             a->y, a->x);
  else
    snprintf(json, sizeof json, "{\"kind\": \"channel\", \"layer\": \"%s\", \"unit\": %d, \"tokens\": \"%s\"}", name, a->unit,
             a->tokens ? a->tokens : "all");
  float *dimage = test_floats(3 * SIDE * SIDE);
  const pl_status status = pl_gradient(n->model, n->image, SIDE, SIDE, json, score, dimage);
  free(dimage);
  return status;
}

/* The mean of a unit over positions [first, first + count), counted in the order of the other axes; count 0: all. */
static void check_score(const network *n, const char *name, const asked *a, size_t first, size_t count) {
  const pl_layer layer = layer_of(n, name);
  size_t total = 1, after = 1;
  for (int d = 0; d < layer.rank; d++) total *= (size_t)layer.shape[d];
  for (int d = layer.unit_axis + 1; d < layer.rank; d++) after *= (size_t)layer.shape[d];
  float *values = test_floats(total), score = NAN;
  REQUIRE(pl_activations(n->model, n->image, SIDE, SIDE, name, values, total) == PL_OK);
  const size_t positions = total / (size_t)layer.units;
  if (!count) count = positions;
  double sum = 0;
  for (size_t p = first; p < first + count; p++)
    sum += (double)values[(p / after * (size_t)layer.units + (size_t)a->unit) * after + p % after];
  if (!CHECK_INT(score_of(n, name, a, &score), PL_OK)) printf("  %s\n", pl_error_message());
  if (!CHECK_NEAR(score, sum / (double)count, 1e-5 * (fabs(sum / (double)count) + 1))) printf("  at layer %s\n", name);
  free(values);
}

static void check_refused(const network *n, const char *name, const asked *a, pl_status status, const char *words) {
  float score;
  CHECK_INT(score_of(n, name, a, &score), status);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  %s\n", pl_error_message());
}

/* Patches by a convolution, then tokens with `prefix` of them before the patches, and heads of attention. */
static network open_tokens(int prefix) {
  writer w;
  float *weights = random_floats(3 * 4 * 4 * WIDTH, -1, 1);
  writer_start(&w);
  writer_input(&w, "image", SHAPE(1, 3, SIDE, SIDE));
  writer_initializer_floats(&w, "patch.weight", SHAPE(WIDTH, 3, 4, 4), weights);
  writer_initializer_ints(&w, "flat", SHAPE(3), (const int64_t[]){1, WIDTH, PATCHES});
  writer_initializer_floats(&w, "class", SHAPE(1, prefix ? prefix : 1, WIDTH), weights + 3);
  writer_initializer_floats(&w, "wide.weight", SHAPE(WIDTH, WIDE), weights + 7);
  writer_initializer_floats(&w, "wide.bias", SHAPE(WIDE), weights + 50);
  writer_node(&w, "Conv", "", "image,patch.weight", "patch");
  writer_attribute_ints(&w, "strides", INTS(4, 4));
  writer_node(&w, "Reshape", "", "patch,flat", "rows");
  writer_node(&w, "Transpose", "", "rows", "patches");
  writer_attribute_ints(&w, "perm", INTS(0, 2, 1));
  writer_node(&w, prefix ? "Concat" : "Identity", "", prefix ? "class,patches" : "patches", "tokens");
  if (prefix) writer_attribute_int(&w, "axis", 1);
  writer_node(&w, "MatMul", "", "tokens,wide.weight", "product");
  writer_node(&w, "Add", "", "wide.bias,product", "wide");
  free(weights);
  return open_network(&w, "wide");
}

static void tokens_can_be_told_apart(void) {
  for (int prefix = 0; prefix < 3; prefix++) {
    network n = open_tokens(prefix);
    check_layer(&n, "patch", WIDTH, 1, 0);
    check_layer(&n, "rows", WIDTH, 1, 0);
    check_layer(&n, "wide", WIDE, 2, prefix);
    check_score(&n, "patch", &(asked){.unit = 4}, 0, 0);
    check_score(&n, "rows", &(asked){.unit = 4}, 0, 0);
    check_score(&n, "wide", &(asked){.unit = 6}, 0, 0);
    if (prefix) {
      check_score(&n, "wide", &(asked){.unit = 6, .tokens = "patches"}, (size_t)prefix, PATCHES);
      check_score(&n, "wide", &(asked){.unit = 1, .tokens = "class"}, 0, 1);
    } else {
      check_refused(&n, "wide", &(asked){.tokens = "class"}, PL_INVALID_ARGUMENT, "'wide' of shape 1x36x7 has no class token");
    }
    check_score(&n, "wide", &(asked){.neuron = true, .unit = 2, .y = 0, .x = 20}, 20, 1);
    check_refused(&n, "patch", &(asked){.tokens = "patches"}, PL_INVALID_ARGUMENT, "no class token");
    check_refused(&n, "wide", &(asked){.unit = WIDE}, PL_UNKNOWN_UNIT, "units 0 to 6");
    close_network(&n);
  }
}

/* As ConvNeXt and Swin have it: features last between the convolutions, and windows beside the images. */
static void features_may_come_last(void) {
  writer w;
  float *weights = random_floats(3 * 4 * 4 * WIDTH, -1, 1);
  writer_start(&w);
  writer_input(&w, "image", SHAPE(1, 3, SIDE, SIDE));
  writer_initializer_floats(&w, "patch.weight", SHAPE(WIDTH, 3, 4, 4), weights);
  writer_initializer_floats(&w, "scale", SHAPE(WIDTH), weights + 3);
  writer_initializer_floats(&w, "wide.weight", SHAPE(WIDTH, WIDE), weights + 7);
  writer_initializer_ints(&w, "split", SHAPE(6), (const int64_t[]){1, 2, 3, 3, 2, WIDTH});
  writer_initializer_ints(&w, "windows", SHAPE(3), (const int64_t[]){6, 6, WIDTH});
  writer_node(&w, "Conv", "", "image,patch.weight", "patch");
  writer_attribute_ints(&w, "strides", INTS(4, 4));
  writer_node(&w, "Transpose", "", "patch", "turned");
  writer_attribute_ints(&w, "perm", INTS(0, 2, 3, 1));
  writer_node(&w, "LayerNormalization", "", "turned,scale", "normal");
  writer_attribute_int(&w, "axis", -1);
  writer_node(&w, "MatMul", "", "normal,wide.weight", "wide");
  writer_node(&w, "Relu", "", "wide", "active");
  writer_node(&w, "Reshape", "", "normal,split", "parts");
  writer_node(&w, "Transpose", "", "parts", "sorted");
  writer_attribute_ints(&w, "perm", INTS(0, 1, 3, 2, 4, 5));
  writer_node(&w, "Reshape", "", "sorted,windows", "windowed");
  writer_node(&w, "Transpose", "", "active", "back");
  writer_attribute_ints(&w, "perm", INTS(0, 3, 1, 2));
  writer_node(&w, "GlobalAveragePool", "", "back", "pooled");
  free(weights);
  network n = open_network(&w, "pooled");
  check_layer(&n, "turned", WIDTH, 3, 0);
  check_layer(&n, "wide", WIDE, 3, 0);
  check_layer(&n, "active", WIDE, 3, 0);
  check_layer(&n, "windowed", WIDTH, 2, 0);
  check_layer(&n, "back", WIDE, 1, 0);
  static const char *const layers[] = {"patch", "turned", "normal", "wide", "active", "back", "pooled"};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
    check_score(&n, layers[i], &(asked){.unit = 3}, 0, 0);
    const bool map = strcmp(layers[i], "pooled") != 0;
    check_score(&n, layers[i], &(asked){.neuron = true, .unit = 1, .y = map ? 4 : 0, .x = map ? 1 : 0}, map ? 4 * GRID + 1 : 0,
                1);
  }
  check_score(&n, "windowed", &(asked){.unit = 2}, 0, 0);
  close_network(&n);
}

/* What lies before an operator that is missing can be run, and is offered; a side branch is not. */
static void a_way_on_is_offered(void) {
  writer w;
  const int64_t five[] = {1, 3, 3, 8, SIDE};
  writer_start(&w);
  writer_input(&w, "image", SHAPE(1, 3, SIDE, SIDE));
  writer_initializer_ints(&w, "five", SHAPE(5), five);
  writer_node(&w, "Relu", "", "image", "first");
  writer_node(&w, "Sigmoid", "", "first", "good");
  writer_node(&w, "Reshape", "", "good,five", "no_units");
  writer_node(&w, "Tanh", "", "first", "aside");
  writer_node(&w, "Mystery", "odd", "no_units", "odd_out");
  writer_node(&w, "Relu", "", "odd_out", "last");
  writer_node(&w, "Mystery", "second", "image", "nothing_before");
  network n = open_network(&w, "last");
  float score;
  check_refused(&n, "last", &(asked){0}, PL_UNSUPPORTED_OP,
                "node 'odd' (Mystery) is not supported; the model can be used up to layer 'good'");
  CHECK(pl_error_last_layer() && !strcmp(pl_error_last_layer(), "good"));
  CHECK_INT(score_of(&n, pl_error_last_layer(), &(asked){0}, &score), PL_OK);
  check_refused(&n, "nothing_before", &(asked){0}, PL_UNSUPPORTED_OP, "'second' (Mystery) is not supported");
  CHECK(pl_error_last_layer() == NULL);
  check_refused(&n, "nowhere", &(asked){0}, PL_UNKNOWN_LAYER, "no layer 'nowhere'");
  check_refused(&n, "image", &(asked){0}, PL_UNKNOWN_LAYER, "not a layer");
  check_refused(&n, "five", &(asked){0}, PL_UNKNOWN_LAYER, "not a layer");
  close_network(&n);
}

int main(void) {
  tokens_can_be_told_apart();
  features_may_come_last();
  a_way_on_is_offered();
  return test_result();
}
