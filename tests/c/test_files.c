/* Files in all their forms: each network is written in some way that ONNX allows and once more plainly, and both must agree. */
#include "network/model.h"
#include "onnx_writer.h"
#include "support.h"

enum { SIDE = 8, PIXELS = SIDE * SIDE, UNITS = 4, CLASSES = 5, MAX_VALUES = UNITS * PIXELS };

static const pl_preprocessing plain = {.std = {1, 1, 1}};

typedef struct loaded {
  void *file;
  pl_model *model;
} loaded;

static loaded load(writer *w) {
  loaded l;
  size_t size;
  l.file = writer_finish(w, &size);
  if (pl_model_load(l.file, size, &(pl_model_options){.preprocessing = &plain}, &l.model)) {
    printf("%s\n", pl_error_message());
    exit(1);
  }
  return l;
}

static void release(loaded *l) {
  pl_model_free(l->model);
  free(l->file);
}

static void refuse(writer *w, pl_status expected, const char *words) {
  size_t size;
  void *file = writer_finish(w, &size);
  pl_model *m;
  if (!CHECK_INT(pl_model_load(file, size, NULL, &m), expected) || !CHECK(strstr(pl_error_message(), words) != NULL))
    printf("  \"%s\" lacks \"%s\"\n", pl_error_message(), words);
  pl_model_free(m);
  free(file);
}

/* ---- the plain network: conv, relu, pooled, flat, logits ---- */

static float weights[UNITS * 3 * 9], biases[UNITS], matrix[UNITS * CLASSES], matrix_biases[CLASSES];

static void write_weights(writer *w) {
  writer_initializer_floats(w, "weights", SHAPE(UNITS, 3, 3, 3), weights);
  writer_initializer_floats(w, "biases", SHAPE(UNITS), biases);
  writer_initializer_floats(w, "matrix", SHAPE(UNITS, CLASSES), matrix);
  writer_initializer_floats(w, "matrix_biases", SHAPE(CLASSES), matrix_biases);
}

static void write_conv(writer *w, const char *inputs, const char *output) {
  writer_node(w, "Conv", "", inputs, output);
  writer_attribute_ints(w, "pads", INTS(1, 1, 1, 1));
}

static void write_head(writer *w, const char *relu) {
  writer_node(w, "GlobalAveragePool", "", relu, "pooled");
  writer_node(w, "Flatten", "", "pooled", "flat");
  writer_node(w, "Gemm", "", "flat,matrix,matrix_biases", "logits");
}

static void start(writer *w) {
  writer_start(w);
  writer_input(w, "image", SHAPE(1, 3, SIDE, SIDE));
  write_weights(w);
}

static void write_plain(writer *w) {
  start(w);
  write_conv(w, "image,weights,biases", "conv");
  writer_node(w, "Relu", "", "conv", "relu");
  write_head(w, "relu");
}

static loaded load_plain(void) {
  writer w;
  write_plain(&w);
  writer_output(&w, "logits", SHAPE(1, CLASSES));
  return load(&w);
}

/* ---- comparing ---- */

static size_t activations(const loaded *l, const float *image, const char *layer, float *values) {
  int v;
  if (!CHECK_INT(graph_find_layer(l->model->graph, layer, &v), PL_OK) ||
      !CHECK_INT(pl_activations(l->model, image, SIDE, SIDE, layer, values, MAX_VALUES), PL_OK)) {
    printf("%s\n", pl_error_message());
    exit(1);
  }
  return shape_count(&l->model->types[v].shape);
}

/* The same values and, for the mean of their squares, the same gradient. */
static void same(const loaded *a, const char *layer_a, const loaded *b, const char *layer_b) {
  static float found[2][MAX_VALUES], dimage[2][3 * PIXELS];
  float *image = random_floats(3 * PIXELS, 0, 1), score;
  const size_t count = activations(a, image, layer_a, found[0]);
  CHECK_INT(activations(b, image, layer_b, found[1]), count);
  if (!CHECK_CLOSE(found[0], found[1], count, 1e-5)) printf("  %s\n", layer_a);
  for (int k = 0; k < 2; k++) {
    char objective[120];
    snprintf(objective, sizeof objective, "{\"kind\":\"layer\",\"layer\":\"%s\"}", k ? layer_b : layer_a);
    CHECK_INT(pl_gradient(k ? b->model : a->model, image, SIDE, SIDE, objective, &score, dimage[k]), PL_OK);
  }
  CHECK_CLOSE(dimage[0], dimage[1], 3 * PIXELS, 1e-5);
  free(image);
}

static const char *logits_of(const loaded *l) {
  const int index = pl_model_logits(l->model);
  return index < 0 ? "" : pl_model_layer(l->model, index).name;
}

static bool is_alias(const loaded *l, const char *layer, const char *alias) {
  for (int i = 0; i < pl_model_layer_count(l->model); i++) {
    const pl_layer found = pl_model_layer(l->model, i);
    for (int k = 0; k < found.alias_count; k++)
      if (!strcmp(found.aliases[k], alias)) return !strcmp(found.name, layer);
  }
  return false;
}

/* ---- other names for a layer ---- */

static void what_hands_on_is_another_name(void) {
  static const char *const ops[] = {"Identity", "Dropout", "Cast"};
  loaded p = load_plain();
  CHECK_INT(pl_model_layer(p.model, 0).alias_count, 0);
  for (int i = 0; i < 3; i++) {
    writer w;
    write_plain(&w);
    writer_node(&w, ops[i], "", "logits", "output");
    if (i == 2) writer_attribute_int(&w, "to", ONNX_FLOAT);
    writer_node(&w, "Identity", "", "output", "again");
    writer_output(&w, "output", SHAPE(1, CLASSES));
    loaded l = load(&w);
    same(&l, "output", &p, "logits");
    same(&l, "again", &p, "logits");
    CHECK(is_alias(&l, "logits", "output") && is_alias(&l, "logits", "again"));
    CHECK_INT(pl_model_layer_count(l.model), pl_model_layer_count(p.model));
    CHECK_TEXT(logits_of(&l), "logits");
    release(&l);
  }
  release(&p);
}

/* ---- logits ---- */

/* `op` makes the first output of the logits, or of their softmax. */
static void logits_are_behind(const char *op, const char *domain, bool softmax) {
  writer w;
  write_plain(&w);
  writer_initializer_ints(&w, "axis", SHAPE(1), (int64_t[]){0});
  writer_initializer_raw(&w, "names", 8, 1, (int64_t[]){CLASSES}, "", 0);
  if (softmax) writer_node(&w, "Softmax", "", "logits", "p");
  const char *from = softmax ? "p" : "logits";
  char inputs[40];
  snprintf(inputs, sizeof inputs, strcmp(op, "Squeeze") ? "%s" : "%s,axis", from);
  writer_node(&w, op, "", inputs, "first");
  writer_domain(&w, domain);
  writer_node(&w, "ArrayFeatureExtractor", "", "names,first", "label");
  writer_domain(&w, "ai.onnx.ml");
  writer_output(&w, strcmp(op, "ArgMax") ? "first" : "label", SHAPE(1));
  writer_output(&w, from, SHAPE(1, CLASSES));
  loaded l = load(&w);
  if (!CHECK_TEXT(logits_of(&l), "logits")) printf("  %s\n", op);
  release(&l);
}

static void logits_are_found(void) {
  logits_are_behind("Squeeze", "", false);
  logits_are_behind("Squeeze", "", true);
  logits_are_behind("ArgMax", "", false);
  logits_are_behind("ArgMax", "", true);
  logits_are_behind("ZipMap", "ai.onnx.ml", true);
  logits_are_behind("Identity", "", true);
  logits_are_behind("NoSuchOperator", "", true); /* the second output has them */
}

/* ---- what nothing reads ---- */

static void unreadable_constants_are_refused_where_they_are_read(void) {
  float values[CLASSES];
  float *image = random_floats(3 * PIXELS, 0, 1);
  writer w;
  loaded p = load_plain();
  write_plain(&w);
  writer_initializer_raw(&w, "words", 8, 1, (int64_t[]){CLASSES}, "", 0);
  writer_node(&w, "Mul", "product", "logits,words", "z");
  writer_output(&w, "logits", SHAPE(1, CLASSES));
  loaded l = load(&w);
  same(&l, "logits", &p, "logits");
  CHECK_INT(pl_activations(l.model, image, SIDE, SIDE, "z", values, CLASSES), PL_UNSUPPORTED_MODEL);
  CHECK(strstr(pl_error_message(), "node 'product' (Mul) reads 'words', which has elements of type string (8)"));
  CHECK_INT(pl_activations(l.model, image, SIDE, SIDE, "words", values, CLASSES), PL_UNKNOWN_LAYER);
  free(image);
  release(&l);
  release(&p);
}

/* Integers of every width are numbers as others. */
static void integers_are_read(void) {
  static const int types[] = {ONNX_UINT8, ONNX_INT8, ONNX_UINT16, ONNX_INT16, ONNX_UINT32, ONNX_INT32, ONNX_UINT64, ONNX_INT64};
  static const float floats[] = {1, 2, 3, 4, 100};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    const size_t size = onnx_type_size(types[i]);
    uint8_t bytes[8 * CLASSES] = {0};
    loaded made[2];
    for (int k = 0; k < CLASSES; k++) bytes[(size_t)k * size] = (uint8_t)floats[k];
    for (int k = 0; k < 2; k++) {
      writer w;
      write_plain(&w);
      if (k) writer_initializer_floats(&w, "factors", SHAPE(CLASSES), floats);
      else writer_initializer_raw(&w, "integers", types[i], 1, (int64_t[]){CLASSES}, bytes, CLASSES * size);
      if (!k) writer_node(&w, "Cast", "", "integers", "factors");
      if (!k) writer_attribute_int(&w, "to", ONNX_FLOAT);
      writer_node(&w, "Mul", "", "logits,factors", "z");
      writer_output(&w, "z", SHAPE(1, CLASSES));
      made[k] = load(&w);
    }
    same(&made[0], "z", &made[1], "z");
    release(&made[0]);
    release(&made[1]);
  }
}

static void inputs_that_nothing_reads_do_not_count(void) {
  writer w;
  loaded p = load_plain();
  write_plain(&w);
  writer_input(&w, "momentum", SHAPE(1));
  writer_output(&w, "logits", SHAPE(1, CLASSES));
  loaded l = load(&w);
  same(&l, "logits", &p, "logits");
  release(&l);
  release(&p);
  write_plain(&w);
  writer_input(&w, "scale", SHAPE(1));
  writer_node(&w, "Mul", "", "logits,scale", "scaled");
  writer_output(&w, "scaled", SHAPE(1, CLASSES));
  refuse(&w, PL_UNSUPPORTED_MODEL, "the model has 2 inputs: 'image', 'scale'");
}

/* ---- weights ---- */

/* Zeros of a weight are what a sparse one leaves out; `depth` as writer_initializer_sparse has it. */
static void sparse_weights_are_weights(int depth) {
  enum { COUNT = UNITS * 3 * 9 };
  float values[COUNT], thin[COUNT] = {0};
  int64_t indices[4 * COUNT];
  int count = 0;
  for (int i = 0; i < COUNT; i += 5, count++) {
    const int64_t at[] = {i / 27, i / 9 % 3, i / 3 % 3, i % 3};
    thin[i] = values[count] = weights[i];
    for (int d = 0; d < depth; d++) indices[count * depth + d] = at[d];
    if (!depth) indices[count] = i;
  }
  loaded made[2];
  for (int k = 0; k < 2; k++) {
    writer w;
    start(&w);
    if (k) writer_initializer_floats(&w, "thin", SHAPE(UNITS, 3, 3, 3), thin);
    else writer_initializer_sparse(&w, "thin", SHAPE(UNITS, 3, 3, 3), count, values, depth, indices);
    write_conv(&w, "image,thin,biases", "conv");
    writer_output(&w, "conv", SHAPE(1, UNITS, SIDE, SIDE));
    made[k] = load(&w);
  }
  same(&made[0], "conv", &made[1], "conv");
  release(&made[0]);
  release(&made[1]);
}

static void broken_sparse_weights_are_refused(void) {
  writer w;
  writer_start(&w);
  writer_initializer_sparse(&w, "thin", SHAPE(2, 2), 1, biases, 0, (int64_t[]){4});
  refuse(&w, PL_INVALID_MODEL, "the sparse tensor 'thin' of shape 2x2 has an index outside of it");
  writer_start(&w);
  writer_initializer_sparse(&w, "thin", SHAPE(2, 2), 1, biases, 3, (int64_t[]){0, 0, 0});
  refuse(&w, PL_INVALID_MODEL, "indices that do not go with its values");
  writer_start(&w);
  writer_initializer_sparse(&w, "huge", SHAPE(1 << 13, 1 << 13), 1, biases, 0, (int64_t[]){4});
  refuse(&w, PL_OUT_OF_MEMORY, "more memory than its size accounts for");
}

static void the_last_of_two_initializers_counts(void) {
  writer w;
  float others[UNITS] = {9, 9, 9, 9};
  loaded p = load_plain();
  writer_start(&w);
  writer_input(&w, "image", SHAPE(1, 3, SIDE, SIDE));
  writer_initializer_floats(&w, "biases", SHAPE(UNITS), others);
  write_weights(&w);
  write_conv(&w, "image,weights,biases", "conv");
  writer_output(&w, "conv", SHAPE(1, UNITS, SIDE, SIDE));
  loaded l = load(&w);
  same(&l, "conv", &p, "conv");
  release(&l);
  release(&p);
}

/* ---- other shapes ---- */

static void lists_of_axes_may_be_empty(void) {
  static const struct {
    const char *op;
    bool noop;
    int64_t opset;
  } cases[] = {{"ReduceMean", false, 18}, {"ReduceSum", false, 13}, {"ReduceSum", true, 13}, {"ReduceMax", false, 18}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    loaded made[2];
    for (int k = 0; k < 2; k++) {
      writer w;
      write_plain(&w);
      w.opset = cases[i].opset;
      writer_initializer_ints(&w, "axes", SHAPE(0), NULL);
      writer_node(&w, cases[i].noop && k ? "Identity" : cases[i].op, "", k ? "relu" : "relu,axes", "y");
      if (cases[i].noop && !k) writer_attribute_int(&w, "noop_with_empty_axes", 1);
      writer_output(&w, "y", SHAPE(1));
      made[k] = load(&w);
    }
    same(&made[0], "y", &made[1], "y");
    release(&made[0]);
    release(&made[1]);
  }
}

static void nothing_can_be_concatenated_and_split_off(void) {
  float *image = random_floats(3 * PIXELS, 0, 1), values[1];
  loaded p = load_plain();
  writer w;
  write_plain(&w);
  writer_initializer_floats(&w, "nothing", SHAPE(1, 0, SIDE, SIDE), NULL);
  writer_initializer_ints(&w, "sizes", SHAPE(3), (int64_t[]){1, 0, UNITS - 1});
  writer_initializer_ints(&w, "none", SHAPE(2), (int64_t[]){UNITS, 0});
  writer_node(&w, "Concat", "", "nothing,relu", "whole");
  writer_attribute_int(&w, "axis", 1);
  writer_node(&w, "Split", "", "whole,sizes", "a,b,c");
  writer_attribute_int(&w, "axis", 1);
  writer_node(&w, "Split", "", "whole,none", "all,rest");
  writer_attribute_int(&w, "axis", 1);
  writer_node(&w, "Concat", "", "b,a,c,rest", "y");
  writer_attribute_int(&w, "axis", 1);
  writer_node(&w, "Relu", "of_nothing", "b", "z");
  writer_output(&w, "y", SHAPE(1, UNITS, SIDE, SIDE));
  loaded l = load(&w);
  same(&l, "whole", &p, "relu");
  same(&l, "y", &p, "relu");
  same(&l, "all", &p, "relu");
  CHECK_INT(pl_activations(l.model, image, SIDE, SIDE, "b", values, 1), PL_UNSUPPORTED_MODEL);
  CHECK(strstr(pl_error_message(), "layer 'b' is empty: 1x0x8x8"));
  CHECK_INT(pl_model_accepts(l.model, SIDE, SIDE, "b"), PL_UNSUPPORTED_MODEL);
  CHECK_INT(pl_activations(l.model, image, SIDE, SIDE, "z", values, 1), PL_UNSUPPORTED_MODEL);
  CHECK(strstr(pl_error_message(), "node 'of_nothing' (Relu) reads 'b', which is empty: 1x0x8x8"));
  for (int i = 0; i < pl_model_layer_count(l.model); i++) {
    const pl_layer layer = pl_model_layer(l.model, i);
    CHECK_INT(layer.runs, strcmp(layer.name, "b") && strcmp(layer.name, "rest") && strcmp(layer.name, "z"));
  }
  free(image);
  release(&l);
  release(&p);
}

static void an_image_may_have_no_batch(void) {
  static const shape shapes[] = {{3, {3, SIDE, SIDE}}, {3, {SIDE, SIDE, 3}}, {3, {-1, -1, -1}}};
  loaded p = load_plain();
  for (int i = 0; i < 2; i++) {
    writer w;
    int input[3];
    writer_start(&w);
    writer_input(&w, "image", shapes[i]);
    write_weights(&w);
    writer_initializer_ints(&w, "axes", SHAPE(1), (int64_t[]){0});
    if (i) writer_node(&w, "Transpose", "", "image", "front");
    if (i) writer_attribute_ints(&w, "perm", INTS(2, 0, 1));
    writer_node(&w, "Unsqueeze", "", i ? "front,axes" : "image,axes", "batch");
    write_conv(&w, "batch,weights,biases", "conv");
    writer_output(&w, "conv", SHAPE(1, UNITS, SIDE, SIDE));
    loaded l = load(&w);
    same(&l, "conv", &p, "conv");
    pl_model_input(l.model, &input[0], &input[1], &input[2]);
    CHECK(input[0] == 3 && input[1] == SIDE && input[2] == SIDE);
    CHECK_INT(pl_model_layer_count(l.model), i ? 3 : 2); /* the image itself is none */
    release(&l);
  }
  release(&p);
}

static void open_channels_may_be_last(void) {
  float means[] = {0.5f, 0.4f, 0.3f};
  loaded made[2];
  for (int k = 0; k < 2; k++) {
    writer w;
    writer_start(&w);
    writer_input(&w, "image", k ? SHAPE(1, 3, SIDE, SIDE) : SHAPE(-1, -1, -1, -1));
    write_weights(&w);
    writer_initializer_floats(&w, "means", k ? SHAPE(3, 1, 1) : SHAPE(3), means);
    writer_node(&w, "Sub", "", "image,means", k ? "front" : "centred");
    if (!k) writer_node(&w, "Transpose", "", "centred", "front");
    if (!k) writer_attribute_ints(&w, "perm", INTS(0, 3, 1, 2));
    write_conv(&w, "front,weights,biases", "conv");
    writer_node(&w, "Relu", "", "conv", "relu");
    writer_output(&w, "relu", SHAPE(1, UNITS, SIDE, SIDE));
    made[k] = load(&w);
  }
  CHECK_INT(made[0].model->graph->channels_last, true);
  float *image = random_floats(3 * PIXELS, 0, 1), found[2][UNITS * PIXELS];
  for (int k = 0; k < 2; k++) {
    exec *e;
    const int target = graph_find(made[k].model->graph, "relu");
    REQUIRE(exec_create(made[k].model->graph, &target, 1, &plain, false, &e) == PL_OK);
    REQUIRE(exec_reshape(e, 1, SIDE, SIDE, UINT64_MAX) == PL_OK);
    memcpy(exec_input(e), image, 3 * PIXELS * sizeof *image);
    CHECK_INT(exec_forward(e), PL_OK);
    memcpy(found[k], exec_layer(e, 0).data, sizeof found[k]);
    exec_free(e);
  }
  CHECK_CLOSE(found[0], found[1], UNITS * PIXELS, 1e-5);
  free(image);
  release(&made[0]);
  release(&made[1]);
}

static void casts_to_the_type_of_another_value(void) {
  loaded made[2];
  for (int k = 0; k < 2; k++) {
    writer w;
    write_plain(&w);
    writer_initializer_ints(&w, "three", (shape){0}, (int64_t[]){3});
    writer_initializer_floats(&w, "factor", (shape){0}, (float[]){3});
    writer_node(&w, "Shape", "", "relu", "sizes");
    if (k) writer_node(&w, "Identity", "", "factor", "number");
    else writer_node(&w, "CastLike", "", "three,conv", "number");
    writer_node(&w, k ? "Identity" : "CastLike", "", k ? "relu" : "relu,factor", "same");
    writer_node(&w, "Mul", "", "same,number", "y");
    writer_node(&w, k ? "Identity" : "CastLike", "", k ? "sizes" : "sizes,three", "again");
    writer_node(&w, "Reshape", "", "y,again", "z");
    writer_output(&w, "z", SHAPE(1, UNITS, SIDE, SIDE));
    made[k] = load(&w);
  }
  same(&made[0], "z", &made[1], "z");
  release(&made[0]);
  release(&made[1]);
}

/* A lower bound above the upper one: everything is the upper one. */
static void crossed_bounds_are_the_upper_one(void) {
  float *image = random_floats(3 * PIXELS, 0, 1), values[UNITS * PIXELS];
  writer w;
  start(&w);
  write_conv(&w, "image,weights,biases", "conv");
  writer_initializer_floats(&w, "low", (shape){0}, (float[]){2});
  writer_initializer_floats(&w, "high", (shape){0}, (float[]){1});
  writer_node(&w, "Clip", "", "conv,low,high", "y");
  writer_output(&w, "y", SHAPE(1, UNITS, SIDE, SIDE));
  loaded l = load(&w);
  CHECK_INT(pl_activations(l.model, image, SIDE, SIDE, "y", values, UNITS * PIXELS), PL_OK);
  for (int i = 0; i < UNITS * PIXELS; i++) CHECK_NEAR((double)values[i], 1, 0);
  free(image);
  release(&l);
}

/* ---- branches: names of their own ---- */

/* An If whose condition holds (the image has three channels) or not. */
static void write_if(writer *w, bool holds, writer branches[2]) {
  writer_initializer_ints(w, "one", (shape){0}, (int64_t[]){1});
  writer_initializer_ints(w, "three", (shape){0}, (int64_t[]){holds ? 3 : 4});
  writer_node(w, "Shape", "", "image", "sizes");
  writer_node(w, "Gather", "", "sizes,one", "channels");
  writer_node(w, "Equal", "", "channels,three", "condition");
  writer_node(w, "If", "decision", "condition", "y");
  writer_attribute_branch(w, "else_branch", &branches[0]);
  writer_attribute_branch(w, "then_branch", &branches[1]);
}

static void branches_have_names_of_their_own(void) {
  for (int holds = 0; holds < 2; holds++) {
    writer w, branches[2];
    loaded p = load_plain();
    start(&w);
    write_conv(&w, "image,weights,biases", "conv");
    for (int k = 0; k < 2; k++) { /* the same names in both, of an initializer, a value and the output */
      writer_start(&branches[k]);
      writer_initializer_floats(&branches[k], "zero", (shape){0}, (float[]){0});
      writer_node(&branches[k], k ? "Add" : "Sub", "", "conv,zero", "t");
      writer_node(&branches[k], k ? "Relu" : "Identity", "", "t", "o");
      writer_output(&branches[k], "o", SHAPE(1, UNITS, SIDE, SIDE));
    }
    write_if(&w, holds, branches);
    writer_output(&w, "y", SHAPE(1, UNITS, SIDE, SIDE));
    loaded l = load(&w);
    same(&l, "y", &p, holds ? "relu" : "conv");
    same(&l, "t", &p, "conv");
    CHECK(is_alias(&l, holds ? "o" : "t", "y"));
    release(&l);
    release(&p);
  }
}

/* An initializer of a branch may hide one around it; what a node makes must not. */
static void hiding_follows_the_rules(void) {
  for (int hidden = 0; hidden < 2; hidden++) {
    writer w, branches[2];
    start(&w);
    writer_initializer_floats(&w, "k", (shape){0}, (float[]){100});
    write_conv(&w, "image,weights,biases", "conv");
    for (int b = 0; b < 2; b++) {
      writer_start(&branches[b]);
      writer_initializer_floats(&branches[b], "k", (shape){0}, (float[]){0});
      writer_node(&branches[b], "Add", "", "conv,k", hidden ? "conv" : "o");
      writer_output(&branches[b], hidden ? "conv" : "o", SHAPE(1, UNITS, SIDE, SIDE));
    }
    write_if(&w, true, branches);
    writer_output(&w, "y", SHAPE(1, UNITS, SIDE, SIDE));
    if (hidden) {
      refuse(&w, PL_INVALID_MODEL, "'conv' is given to two values");
      continue;
    }
    loaded l = load(&w), p = load_plain();
    same(&l, "y", &p, "conv");
    release(&l);
    release(&p);
  }
}

/* Values of one name in the branches of two Ifs: the second is told apart. */
static void equal_names_are_told_apart(void) {
  writer w, branches[2];
  start(&w);
  write_conv(&w, "image,weights,biases", "conv");
  for (int i = 0; i < 2; i++) {
    for (int k = 0; k < 2; k++) {
      writer_start(&branches[k]);
      writer_node(&branches[k], "Neg", "", i ? "y" : "conv", "o");
      writer_output(&branches[k], "o", SHAPE(1, UNITS, SIDE, SIDE));
    }
    if (!i) write_if(&w, true, branches);
    if (!i) continue;
    writer_node(&w, "If", "again", "condition", "z");
    writer_attribute_branch(&w, "else_branch", &branches[0]);
    writer_attribute_branch(&w, "then_branch", &branches[1]);
  }
  writer_output(&w, "z", SHAPE(1, UNITS, SIDE, SIDE));
  loaded l = load(&w), p = load_plain();
  same(&l, "z", &p, "conv");
  CHECK(is_alias(&l, "o", "y") && is_alias(&l, "o#1", "z"));
  release(&l);
  release(&p);
}

/* ---- functions ---- */

/* ConvRelu(X, W, B): t = Conv, Y = Relu, and X once more; pads are the call's or 1. Twice(X, F): ConvRelu's output times F. */
static void write_functions(writer *w) {
  writer body, defaults;
  writer_start(&body);
  writer_start(&defaults);
  writer_node(&body, "Conv", "c", "X,W,B", "t");
  writer_attribute_reference(&body, "pads", "borders", WRITER_INTS);
  writer_attribute_reference(&body, "group", "groups", WRITER_INT); /* nobody gives them */
  writer_node(&body, "Relu", "", "t", "Y");
  writer_node(&defaults, "Any", "", "", "");
  writer_attribute_ints(&defaults, "borders", INTS(1, 1, 1, 1));
  writer_function(w, "local", "ConvRelu", "X,W,B", "Y,X", &body, &defaults);
  writer_start(&body);
  writer_node(&body, "ConvRelu", "inner", "X,W,B", "half,");
  writer_domain(&body, "local");
  writer_node(&body, "Add", "", "half,half", "Y");
  writer_function(w, "local", "Twice", "X,W,B", "Y", &body, NULL);
}

static void functions_are_unfolded(void) {
  writer w;
  start(&w);
  write_functions(&w);
  writer_node(&w, "ConvRelu", "first", "image,weights,biases", "relu,image_again");
  writer_domain(&w, "local");
  writer_node(&w, "Twice", "second", "image_again,weights,biases", "double");
  writer_domain(&w, "local");
  writer_node(&w, "ConvRelu", "third", "image,weights", "without");
  writer_domain(&w, "local");
  writer_attribute_ints(&w, "borders", INTS(0, 0, 0, 0));
  write_head(&w, "relu");
  writer_output(&w, "logits", SHAPE(1, CLASSES));
  loaded l = load(&w), p = load_plain();
  same(&l, "relu", &p, "relu");
  same(&l, "first/t", &p, "conv");
  same(&l, "second/half", &p, "relu");
  same(&l, "second/inner/t", &p, "conv");
  same(&l, "logits", &p, "logits");
  float *image = random_floats(3 * PIXELS, 0, 1), values[3][UNITS * PIXELS];
  CHECK_INT(activations(&l, image, "relu", values[0]), UNITS * PIXELS);
  CHECK_INT(activations(&l, image, "double", values[1]), UNITS * PIXELS);
  for (int i = 0; i < UNITS * PIXELS; i++) values[0][i] *= 2;
  CHECK_CLOSE(values[0], values[1], UNITS * PIXELS, 1e-6);
  CHECK_INT(activations(&l, image, "third/t", values[0]), UNITS * (SIDE - 2) * (SIDE - 2));
  CHECK_INT(activations(&p, image, "conv", values[1]), UNITS * PIXELS);
  for (int u = 0; u < UNITS; u++) /* the middle of what has borders, without the biases */
    CHECK_NEAR((double)values[0][u * (SIDE - 2) * (SIDE - 2)], (double)(values[1][u * PIXELS + SIDE + 1] - biases[u]), 1e-5);
  free(image);
  release(&l);
  release(&p);
}

static void broken_functions_are_refused(void) {
  writer w, body;
  start(&w);
  writer_start(&body);
  writer_node(&body, "Relu", "", "X", "t");
  writer_function(&w, "local", "Lost", "X", "Y", &body, NULL);
  writer_node(&w, "Lost", "", "image", "y");
  writer_domain(&w, "local");
  writer_output(&w, "y", SHAPE(1));
  refuse(&w, PL_INVALID_MODEL, "'y' is given by a function that makes no such output");
  start(&w);
  writer_start(&body);
  writer_node(&body, "Again", "", "X", "Y");
  writer_domain(&body, "local");
  writer_function(&w, "local", "Again", "X", "Y", &body, NULL);
  writer_node(&w, "Again", "", "image", "y");
  writer_domain(&w, "local");
  writer_output(&w, "y", SHAPE(1));
  refuse(&w, PL_UNSUPPORTED_MODEL, "function 'Again' calls itself");
  start(&w);
  writer_start(&body);
  writer_node(&body, "Relu", "", "image", "Y"); /* what is around it is not seen */
  writer_function(&w, "local", "Outside", "X", "Y", &body, NULL);
  writer_node(&w, "Outside", "", "image", "y");
  writer_domain(&w, "local");
  writer_output(&w, "y", SHAPE(1));
  refuse(&w, PL_INVALID_MODEL, "reads 'image', which nothing makes");
  start(&w);
  writer_node(&w, "Unknown", "", "image", "y");
  writer_domain(&w, "local");
  writer_output(&w, "y", SHAPE(1));
  loaded l = load(&w);
  CHECK_INT(pl_model_layer(l.model, 0).runs, false);
  release(&l);
}

/* Each calls the one before it twice: a short file, and 2^40 nodes. */
static void unfolding_is_bounded(void) {
  writer w;
  start(&w);
  for (int i = 0; i < 40; i++) {
    writer body;
    char name[16], inner[16];
    snprintf(name, sizeof name, "F%d", i);
    snprintf(inner, sizeof inner, "F%d", i - 1);
    writer_start(&body);
    for (int k = 0; k < 2; k++) {
      writer_node(&body, i ? inner : "Relu", "", k ? "t" : "X", k ? "Y" : "t");
      writer_domain(&body, i ? "local" : "");
    }
    writer_function(&w, "local", name, "X", "Y", &body, NULL);
  }
  writer_node(&w, "F39", "", "image", "y");
  writer_domain(&w, "local");
  writer_output(&w, "y", SHAPE(1));
  refuse(&w, PL_UNSUPPORTED_MODEL, "more than 32768 nodes, with those of its branches and functions");
}

/* ---- weights in other files ---- */

static void *write_external(const char *location, const char *offset, const char *length, size_t *size) {
  writer w;
  writer_start(&w);
  writer_input(&w, "image", SHAPE(1, 3, SIDE, SIDE));
  writer_initializer_external(&w, "weights", ONNX_FLOAT, SHAPE(UNITS, 3, 3, 3), location, offset, length);
  writer_initializer_external(&w, "biases", ONNX_FLOAT, SHAPE(UNITS), "more/b.bin", NULL, NULL);
  write_conv(&w, "image,weights,biases", "conv");
  writer_output(&w, "conv", SHAPE(1, UNITS, SIDE, SIDE));
  return writer_finish(&w, size);
}

static void weights_may_lie_in_other_files(void) {
  char names[64];
  uint8_t data[sizeof weights + 7];
  size_t size, needed;
  memcpy(data + 7, weights, sizeof weights);
  void *file = write_external("./m.onnx.data", "7", "432", &size);
  CHECK_INT(pl_external_names(file, size, NULL, 0, &needed), PL_OK);
  CHECK_INT(needed, strlen("m.onnx.data\nmore/b.bin\n"));
  CHECK_INT(pl_external_names(file, size, names, sizeof names, &needed), PL_OK);
  names[needed] = 0;
  CHECK_TEXT(names, "m.onnx.data\nmore/b.bin\n");
  const pl_external_data files[] = {{"more/b.bin", biases, sizeof biases}, {"m.onnx.data", data, sizeof data}};
  loaded l = {.file = file}, p = load_plain();
  REQUIRE(pl_model_load(file, size, &(pl_model_options){&plain, 0, 0, files, 2, 1}, &l.model) == PL_OK);
  same(&l, "conv", &p, "conv");
  release(&l);
  release(&p);
}

static void refuse_external(const char *location, const char *offset, const char *length, pl_status expected, const char *words) {
  size_t size;
  void *file = write_external(location, offset, length, &size);
  const pl_external_data files[] = {{"more/b.bin", biases, sizeof biases}, {"m.onnx.data", weights, sizeof weights}};
  pl_model *m;
  if (!CHECK_INT(pl_model_load(file, size, &(pl_model_options){&plain, 0, 0, files, 2, 1}, &m), expected) ||
      !CHECK(strstr(pl_error_message(), words) != NULL))
    printf("  \"%s\" lacks \"%s\"\n", pl_error_message(), words);
  free(file);
}

static void other_files_are_checked(void) {
  refuse_external("m.onnx.data", "1", "432", PL_INVALID_MODEL, "432 bytes from byte 1 of file 'm.onnx.data', which has 432");
  refuse_external("m.onnx.data", "18446744073709551615", NULL, PL_INVALID_MODEL, "from byte 18446744073709551615");
  refuse_external("m.onnx.data", "99999999999999999999999", NULL, PL_INVALID_MODEL, "which has 432");
  refuse_external("m.onnx.data", "4294967296", "432", PL_INVALID_MODEL, "from byte 4294967296");
  refuse_external("m.onnx.data", "-1", "432", PL_INVALID_MODEL, "are no numbers");
  refuse_external("m.onnx.data", "0", "16", PL_INVALID_MODEL, "takes 432 bytes, but 16 of file 'm.onnx.data'");
  refuse_external("other.data", "0", NULL, PL_MISSING_DATA,
                  "tensor 'weights' lies in another file, 'other.data', which was not given");
  static const char *const outside[] = {"../m.onnx.data", "/etc/passwd", "a/../../b", "", "a//b", "c:\\x", "a\\b", "a/.", "x\ny"};
  for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
    size_t size, needed;
    refuse_external(outside[i], NULL, NULL, PL_INVALID_MODEL, "which is no name of a file in the same folder");
    void *file = write_external(outside[i], NULL, NULL, &size);
    CHECK_INT(pl_external_names(file, size, NULL, 0, &needed), PL_INVALID_MODEL);
    free(file);
  }
}

int main(void) {
  random_seed(5);
  random_fill(weights, UNITS * 27, -1, 1);
  random_fill(biases, UNITS, -1, 1);
  random_fill(matrix, UNITS * CLASSES, -1, 1);
  random_fill(matrix_biases, CLASSES, -1, 1);
  what_hands_on_is_another_name();
  logits_are_found();
  unreadable_constants_are_refused_where_they_are_read();
  integers_are_read();
  inputs_that_nothing_reads_do_not_count();
  sparse_weights_are_weights(0);
  sparse_weights_are_weights(4);
  broken_sparse_weights_are_refused();
  the_last_of_two_initializers_counts();
  lists_of_axes_may_be_empty();
  nothing_can_be_concatenated_and_split_off();
  an_image_may_have_no_batch();
  open_channels_may_be_last();
  casts_to_the_type_of_another_value();
  crossed_bounds_are_the_upper_one();
  branches_have_names_of_their_own();
  hiding_follows_the_rules();
  equal_names_are_told_apart();
  functions_are_unfolded();
  broken_functions_are_refused();
  unfolding_is_bounded();
  weights_may_lie_in_other_files();
  other_files_are_checked();
  return test_result();
}
