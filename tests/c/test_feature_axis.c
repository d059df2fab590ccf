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

/* ---- the axis is followed through what moves it ---- */

/* A network of an image of 3 x SIDE x SIDE that begins with a map of 8 channels, 6 x 6. */
static void start_moved(writer *w) {
  float *weights = random_floats(8 * 3 * 4 * 4, -1, 1);
  writer_start(w);
  writer_input(w, "image", SHAPE(1, 3, SIDE, SIDE));
  writer_initializer_floats(w, "map.weight", SHAPE(8, 3, 4, 4), weights);
  writer_node(w, "Conv", "", "image,map.weight", "map");
  writer_attribute_ints(w, "strides", INTS(4, 4));
  free(weights);
}

static void add_weights(writer *w, const char *name, shape s) {
  float *weights = random_floats(shape_count(&s), -1, 1);
  writer_initializer_floats(w, name, s, weights);
  free(weights);
}

static void add_reshape(writer *w, const char *from, const char *to, int count, const int64_t *sizes) {
  char name[40], inputs[80];
  snprintf(name, sizeof name, "%s.sizes", to);
  snprintf(inputs, sizeof inputs, "%s,%s", from, name);
  writer_initializer_ints(w, name, SHAPE(count), sizes);
  writer_node(w, "Reshape", "", inputs, to);
}

static void add_transpose(writer *w, const char *from, const char *to, int count, const int64_t *order) {
  writer_node(w, "Transpose", "", from, to);
  writer_attribute_ints(w, "perm", count, order);
}

/* Boxes are read out of 4 x 16 bins and stand before the classes: what is chosen are these, not the places. */
static void heads_of_detectors(void) {
  writer w;
  start_moved(&w);
  add_weights(&w, "head.weight", SHAPE(69, 8, 1, 1));
  add_weights(&w, "bins", SHAPE(1, 16, 1, 1));
  writer_initializer_ints(&w, "parts", SHAPE(2), (const int64_t[]){64, 5});
  writer_node(&w, "Conv", "", "map,head.weight", "head");
  add_reshape(&w, "head", "rows", INTS(1, 69, 36));
  writer_node(&w, "Split", "", "rows,parts", "box_bins,classes");
  writer_attribute_int(&w, "axis", 1);
  add_reshape(&w, "box_bins", "sides", INTS(1, 4, 16, 36));
  add_transpose(&w, "sides", "bins_first", INTS(0, 2, 1, 3));
  writer_node(&w, "Softmax", "", "bins_first", "parts_of_bins");
  writer_attribute_int(&w, "axis", 1);
  writer_node(&w, "Conv", "", "parts_of_bins,bins", "means");
  add_reshape(&w, "means", "box", INTS(1, 4, 36));
  writer_node(&w, "Sigmoid", "", "classes", "scores");
  writer_node(&w, "Concat", "", "box,scores", "found");
  writer_attribute_int(&w, "axis", 1);
  add_reshape(&w, "head", "anchors", INTS(1, 3, 23, 6, 6));
  add_transpose(&w, "anchors", "anchors_last", INTS(0, 1, 3, 4, 2));
  add_reshape(&w, "anchors_last", "listed", INTS(1, 108, 23));
  network n = open_network(&w, "found");
  check_layer(&n, "rows", 69, 1, 0);
  check_layer(&n, "sides", 16, 2, 0);
  check_layer(&n, "bins_first", 16, 1, 0);
  check_layer(&n, "box", 4, 1, 0);
  check_layer(&n, "scores", 5, 1, 0);
  check_layer(&n, "found", 9, 1, 0);
  check_layer(&n, "listed", 23, 2, 0);
  check_score(&n, "found", &(asked){.unit = 6}, 0, 0);
  check_score(&n, "listed", &(asked){.unit = 6}, 0, 0);
  close_network(&n);
}

static void inputs_with_channels_last(void) {
  writer w;
  writer_start(&w);
  writer_input(&w, "image", SHAPE(1, SIDE, SIDE, 3));
  writer_node(&w, "Relu", "", "image", "active");
  add_transpose(&w, "active", "front", INTS(0, 3, 1, 2));
  network n = open_network(&w, "front");
  check_layer(&n, "active", 3, 3, 0);
  check_layer(&n, "front", 3, 1, 0);
  close_network(&n);
}

/* As MobileNetV4 has it: queries of 2 heads of 3, keys and values of one, out of maps and back into one. */
static void attention_on_maps(void) {
  writer w;
  start_moved(&w);
  add_weights(&w, "query.weight", SHAPE(6, 8, 1, 1));
  add_weights(&w, "key.weight", SHAPE(3, 8, 1, 1));
  writer_node(&w, "Conv", "", "map,query.weight", "query");
  writer_node(&w, "Conv", "", "map,key.weight", "key");
  add_reshape(&w, "query", "split", INTS(1, 2, 3, 36));
  add_transpose(&w, "split", "queries", INTS(0, 1, 3, 2));
  add_reshape(&w, "key", "keys", INTS(1, 1, 3, 36));
  add_transpose(&w, "keys", "values", INTS(0, 1, 3, 2));
  writer_node(&w, "MatMul", "", "queries,keys", "products");
  writer_node(&w, "Softmax", "", "products", "shares");
  writer_node(&w, "MatMul", "", "shares,values", "seen");
  add_transpose(&w, "seen", "together", INTS(0, 2, 1, 3));
  add_reshape(&w, "together", "placed", INTS(1, 6, 6, 6));
  add_transpose(&w, "placed", "back", INTS(0, 3, 1, 2));
  network n = open_network(&w, "back");
  check_layer(&n, "split", 3, 2, 0);
  check_layer(&n, "queries", 3, 3, 0);
  check_layer(&n, "values", 3, 3, 0);
  check_layer(&n, "shares", 2, 1, 0); /* a head each */
  check_layer(&n, "seen", 3, 3, 0);
  check_layer(&n, "placed", 6, 3, 0);
  check_layer(&n, "back", 6, 1, 0);
  check_score(&n, "back", &(asked){.unit = 4}, 0, 0);
  close_network(&n);
}

static void products_in_letters(void) {
  writer w;
  start_moved(&w);
  add_weights(&w, "wide.weight", SHAPE(8, 7));
  add_weights(&w, "features.weight", SHAPE(5, 8));
  writer_node(&w, "Einsum", "", "map,wide.weight", "wide");
  writer_attribute_string(&w, "equation", "nchw,cd->ndhw");
  writer_node(&w, "Einsum", "", "wide,wide", "products");
  writer_attribute_string(&w, "equation", "ndhw,ndhv->nhwv");
  writer_node(&w, "Einsum", "", "products,wide", "seen");
  writer_attribute_string(&w, "equation", "nhwv,ndhv->nhwd");
  add_reshape(&w, "map", "rows", INTS(1, 8, 36));
  writer_node(&w, "MatMul", "", "features.weight,rows", "left");
  add_weights(&w, "vector", SHAPE(36));
  writer_node(&w, "MatMul", "", "rows,vector", "weighed");
  network n = open_network(&w, "left");
  check_layer(&n, "weighed", 8, 1, 0);
  check_layer(&n, "wide", 7, 1, 0);
  check_layer(&n, "products", 0, 0, 0);
  check_layer(&n, "seen", 7, 3, 0);
  check_layer(&n, "left", 5, 1, 0);
  close_network(&n);
}

static void cuts_and_copies(void) {
  writer w;
  start_moved(&w);
  writer_initializer_ints(&w, "zero", (shape){0}, (const int64_t[]){0});
  writer_initializer_ints(&w, "one", SHAPE(1), (const int64_t[]){1});
  writer_initializer_ints(&w, "end", SHAPE(1), (const int64_t[]){6});
  writer_initializer_ints(&w, "picked", SHAPE(3), (const int64_t[]){5, 0, 2});
  writer_initializer_ints(&w, "twice", SHAPE(4), (const int64_t[]){1, 1, 2, 1});
  writer_initializer_ints(&w, "spread", SHAPE(4), (const int64_t[]){1, 8, 6, 6});
  writer_initializer_ints(&w, "places", SHAPE(2), (const int64_t[]){2, 3});
  add_transpose(&w, "map", "last", INTS(0, 2, 3, 1));
  writer_node(&w, "Slice", "", "map,one,end,one", "cut");
  writer_node(&w, "Gather", "", "last,picked", "three");
  writer_attribute_int(&w, "axis", 3);
  writer_node(&w, "Gather", "", "last,zero", "row");
  writer_attribute_int(&w, "axis", 1);
  writer_node(&w, "Gather", "", "last,zero", "channel");
  writer_attribute_int(&w, "axis", 3);
  writer_node(&w, "Tile", "", "map,twice", "tiled");
  writer_node(&w, "GlobalAveragePool", "", "map", "pooled");
  writer_node(&w, "Expand", "", "pooled,spread", "expanded");
  writer_node(&w, "ReduceMean", "", "last", "means");
  writer_attribute_ints(&w, "axes", INTS(1, 2));
  writer_attribute_int(&w, "keepdims", 0);
  writer_node(&w, "DepthToSpace", "", "map", "deep");
  writer_attribute_int(&w, "blocksize", 2);
  writer_node(&w, "Concat", "", "last,last", "wider");
  writer_attribute_int(&w, "axis", 3);
  writer_node(&w, "Concat", "", "last,last", "longer");
  writer_attribute_int(&w, "axis", 2);
  add_reshape(&w, "map", "halves", INTS(1, 8, 3, 2, 3, 2));
  add_transpose(&w, "halves", "squares", INTS(0, 2, 4, 3, 5, 1));
  add_reshape(&w, "squares", "patches", INTS(1, 9, 32));
  network n = open_network(&w, "patches");
  check_layer(&n, "last", 8, 3, 0);
  check_layer(&n, "cut", 5, 1, 0);
  check_layer(&n, "three", 3, 3, 0);
  check_layer(&n, "row", 8, 2, 0);
  check_layer(&n, "channel", 0, 0, 0);
  check_layer(&n, "tiled", 8, 1, 0);
  check_layer(&n, "expanded", 8, 1, 0);
  check_layer(&n, "means", 8, 1, 0);
  check_layer(&n, "deep", 2, 1, 0);
  check_layer(&n, "wider", 16, 3, 0);
  check_layer(&n, "longer", 8, 3, 0);
  check_layer(&n, "patches", 32, 2, 0); /* of places and channels, which are features now */
  close_network(&n);
}

/* Groups are units while a normalization sees them, and channels stay what they were. */
static void groups_of_channels(void) {
  writer w;
  start_moved(&w);
  writer_initializer_floats(&w, "ones", SHAPE(2), (const float[]){1, 1});
  add_reshape(&w, "map", "groups", INTS(1, 2, 144));
  writer_node(&w, "InstanceNormalization", "", "groups,ones,ones", "normal");
  add_reshape(&w, "normal", "again", INTS(1, 8, 6, 6));
  add_reshape(&w, "again", "shuffled", INTS(1, 2, 4, 6, 6));
  add_transpose(&w, "shuffled", "turned", INTS(0, 2, 1, 3, 4));
  add_reshape(&w, "turned", "mixed", INTS(1, 8, 6, 6));
  network n = open_network(&w, "mixed");
  check_layer(&n, "normal", 2, 1, 0);
  check_layer(&n, "again", 8, 1, 0);
  check_layer(&n, "mixed", 8, 1, 0);
  close_network(&n);
}

/* No axis rather than a wrong one. */
static void what_cannot_be_told(void) {
  writer w;
  start_moved(&w);
  add_weights(&w, "matrix", SHAPE(288, 36));
  writer_node(&w, "Flatten", "", "map", "flat");
  writer_node(&w, "MatMul", "", "flat,matrix", "vector");
  add_reshape(&w, "vector", "made", INTS(1, 4, 3, 3));
  add_weights(&w, "square.weight", SHAPE(6, 8, 1, 1));
  writer_node(&w, "Conv", "", "map,square.weight", "square");
  add_transpose(&w, "square", "turned", INTS(0, 2, 1, 3));
  writer_node(&w, "Add", "", "square,turned", "both");
  network n = open_network(&w, "both");
  check_layer(&n, "flat", 288, 1, 0);
  check_layer(&n, "made", 0, 0, 0);
  check_layer(&n, "turned", 6, 2, 0);
  check_layer(&n, "both", 0, 0, 0);
  check_refused(&n, "both", &(asked){0}, PL_UNKNOWN_LAYER, "its units cannot be told");
  float score, *dimage = test_floats(3 * SIDE * SIDE); /* all of it can be asked for */
  CHECK_INT(pl_gradient(n.model, n.image, SIDE, SIDE, "{\"kind\": \"layer\", \"layer\": \"both\"}", &score, dimage), PL_OK);
  free(dimage);
  close_network(&n);
}

/* Patches of images that are no squares, three tokens before them; what is cut off is one of these. */
static void maps_that_are_no_squares(void) {
  writer w;
  writer_start(&w);
  writer_input(&w, "image", SHAPE(1, 3, 16, 24));
  add_weights(&w, "patch.weight", SHAPE(WIDTH, 3, 4, 4));
  add_weights(&w, "class", SHAPE(1, 1, WIDTH));
  add_weights(&w, "registers", SHAPE(1, 2, WIDTH));
  add_weights(&w, "positions", SHAPE(1, 27, WIDTH));
  writer_initializer_ints(&w, "one", SHAPE(1), (const int64_t[]){1});
  writer_initializer_ints(&w, "three", SHAPE(1), (const int64_t[]){3});
  writer_initializer_ints(&w, "end", SHAPE(1), (const int64_t[]){INT32_MAX});
  writer_node(&w, "Conv", "", "image,patch.weight", "patch");
  writer_attribute_ints(&w, "strides", INTS(4, 4));
  add_reshape(&w, "patch", "rows", INTS(1, WIDTH, 24));
  add_transpose(&w, "rows", "patches", INTS(0, 2, 1));
  writer_node(&w, "Concat", "", "registers,patches", "with_registers");
  writer_attribute_int(&w, "axis", 1);
  writer_node(&w, "Concat", "", "class,with_registers", "tokens");
  writer_attribute_int(&w, "axis", 1);
  writer_node(&w, "Add", "", "tokens,positions", "placed");
  writer_node(&w, "Slice", "", "placed,one,end,one", "without_class");
  writer_node(&w, "Slice", "", "placed,three,end,one", "bare");
  network n = open_network(&w, "bare");
  check_layer(&n, "patches", WIDTH, 2, 0);
  check_layer(&n, "with_registers", WIDTH, 2, 2);
  check_layer(&n, "placed", WIDTH, 2, 3);
  check_layer(&n, "without_class", WIDTH, 2, 2);
  check_layer(&n, "bare", WIDTH, 2, 0);
  check_score(&n, "placed", &(asked){.unit = 1, .tokens = "patches"}, 3, 24);
  close_network(&n);
}

int main(void) {
  tokens_can_be_told_apart();
  features_may_come_last();
  a_way_on_is_offered();
  heads_of_detectors();
  inputs_with_channels_last();
  attention_on_maps();
  products_in_letters();
  cuts_and_copies();
  groups_of_channels();
  what_cannot_be_told();
  maps_that_are_no_squares();
  return test_result();
}
