/* The graph: order, names, what is dropped, what is computed from sizes, and what a layer needs. */
#include "network/build/build.h"
#include "network/build/graph_infer.h"
#include "network/build/graph_needed.h"
#include "network/ops/ops.h"
#include "onnx_writer.h"
#include "sample_models.h"
#include "support.h"

typedef struct built {
  void *file;
  onnx_model *model;
  graph *g;
  graph_types types;
  bool *needed, *needed_nodes;
} built;

static built build_file(void *file, size_t size) {
  built b = {.file = file};
  if (onnx_parse(file, size, NULL, &b.model) || build_graph(b.model, (image_size){0}, &b.g)) {
    printf("%s\n", pl_error_message());
    exit(1);
  }
  b.types.values = calloc((size_t)b.g->value_count, sizeof *b.types.values);
  b.types.wants = calloc((size_t)b.g->node_count + 1, MAX_INPUTS);
  b.needed = calloc((size_t)b.g->value_count, sizeof *b.needed);
  b.needed_nodes = calloc((size_t)b.g->node_count + 1, sizeof *b.needed_nodes);
  return b;
}

static built build(writer *w) {
  size_t size;
  void *file = writer_finish(w, &size);
  return build_file(file, size);
}

static built build_sample(void *(*sample)(size_t *size)) {
  size_t size;
  void *file = sample(&size);
  return build_file(file, size);
}

static void release(built *b) {
  free(b->types.values), free(b->types.wants), free(b->needed), free(b->needed_nodes);
  graph_free(b->g);
  onnx_free(b->model);
  free(b->file);
}

/* The graph must be refused, with these words in the sentence. */
static void check_refused(writer *w, pl_status expected, const char *words) {
  size_t size;
  void *file = writer_finish(w, &size);
  onnx_model *model;
  graph *g;
  REQUIRE(onnx_parse(file, size, NULL, &model) == PL_OK);
  CHECK_INT(build_graph(model, (image_size){0}, &g), expected);
  CHECK(g == NULL);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  \"%s\" lacks \"%s\"\n", pl_error_message(), words);
  onnx_free(model);
  free(file);
}

static int find(const built *b, const char *name) {
  const int v = graph_find(b->g, name);
  if (v < 0) printf("no value %s\n", name), exit(1);
  return v;
}

static const shape *shape_of(const built *b, const char *name) { return &b->types.values[find(b, name)].shape; }

static void check_shape(const built *b, const char *name, shape expected) {
  if (!CHECK_TEXT(shape_text(shape_of(b, name)), shape_text(&expected))) printf("  '%s'\n", name);
}

static bool message_has(const char *words) {
  const bool found = strstr(pl_error_message(), words) != NULL;
  if (!found) printf("  \"%s\" lacks \"%s\"\n", pl_error_message(), words);
  return found;
}

static pl_status infer_all(built *b, int batch, int height, int width) {
  return graph_infer(b->g, batch, height, width, NULL, &b->types);
}

/* Infers what it can. */
static void infer(built *b, int batch, int height, int width) {
  memset(b->needed, 0, (size_t)b->g->value_count * sizeof *b->needed);
  CHECK_INT(graph_infer(b->g, batch, height, width, b->needed, &b->types), PL_OK);
}

static pl_status need(built *b, const char *layer) {
  return graph_needed(b->g, (int[]){find(b, layer)}, 1, b->needed, b->needed_nodes);
}

static int needed_nodes(const built *b) {
  int count = 0;
  for (int i = 0; i < b->g->node_count; i++) count += b->needed_nodes[i];
  return count;
}

static void start(writer *w) {
  writer_start(w);
  writer_input(w, "image", SHAPE(1, 3, 8, 8));
}

/* ---- order and names ---- */

static void nodes_come_after_what_they_read(void) {
  writer w;
  start(&w);
  writer_node(&w, "Add", "last", "b,c", "d");
  writer_node(&w, "Relu", "third", "a", "c");
  writer_node(&w, "Sigmoid", "second", "a", "b");
  writer_node(&w, "Relu", "first", "image", "a");
  writer_output(&w, "d", SHAPE(1, 3, 8, 8));
  built b = build(&w);
  static const char *const expected[] = {"first", "second", "third", "last"};
  CHECK_INT(b.g->node_count, 4);
  for (int i = 0; i < 4; i++) CHECK_TEXT(b.g->nodes[i].name, expected[i]);
  for (int i = 0; i < 4; i++) CHECK_INT(b.g->values[b.g->nodes[i].outputs[0]].producer, i);
  CHECK_INT(b.g->values[find(&b, "a")].consumers, 2);
  CHECK_INT(b.g->values[find(&b, "d")].consumers, 0);
  CHECK_INT(graph_find(b.g, "e"), -1);
  CHECK_INT(infer_all(&b, 1, 8, 8), PL_OK);
  release(&b);
}

/* Many nodes in the worst order: the sort is not recursive. */
static void long_chains_are_sorted(void) {
  enum { COUNT = 20000 };
  char in[16], out[16];
  writer w;
  start(&w);
  for (int i = COUNT; i > 0; i--) {
    snprintf(in, sizeof in, i == 1 ? "image" : "x%d", i - 1);
    snprintf(out, sizeof out, "x%d", i);
    writer_node(&w, "Relu", "", in, out);
  }
  writer_output(&w, "x20000", SHAPE(1, 3, 8, 8));
  built b = build(&w);
  CHECK_INT(b.g->node_count, COUNT);
  CHECK_TEXT(b.g->nodes[0].name, "x1");
  CHECK_TEXT(b.g->nodes[COUNT - 1].name, "x20000");
  release(&b);
}

static void broken_graphs_are_named(void) {
  writer w;
  start(&w);
  writer_node(&w, "Relu", "one", "b", "a");
  writer_node(&w, "Relu", "two", "a", "b");
  writer_output(&w, "b", SHAPE(1));
  check_refused(&w, PL_INVALID_MODEL, "cycle");
  start(&w);
  writer_node(&w, "Relu", "itself", "a", "a");
  writer_output(&w, "a", SHAPE(1));
  check_refused(&w, PL_INVALID_MODEL, "node 'itself' (Relu)");
  start(&w);
  writer_node(&w, "Identity", "one", "b", "a");
  writer_node(&w, "Identity", "two", "a", "b");
  writer_output(&w, "b", SHAPE(1));
  check_refused(&w, PL_INVALID_MODEL, "cycle");
  start(&w);
  writer_node(&w, "Relu", "one", "image", "a");
  writer_node(&w, "Relu", "two", "image", "a");
  writer_output(&w, "a", SHAPE(1));
  check_refused(&w, PL_INVALID_MODEL, "'a' is given to two values");
  start(&w);
  writer_node(&w, "Relu", "lost", "nowhere", "a");
  writer_output(&w, "a", SHAPE(1));
  check_refused(&w, PL_INVALID_MODEL, "node 'lost' (Relu) reads 'nowhere'");
  start(&w);
  check_refused(&w, PL_INVALID_MODEL, "no output");
  start(&w);
  writer_output(&w, "a", SHAPE(1));
  check_refused(&w, PL_INVALID_MODEL, "'a' is made by nothing");
}

/* ---- the image ---- */

static void check_image(int rank, const int64_t *dims, pl_status expected, const char *words) {
  writer w;
  writer_start(&w);
  writer_input_typed(&w, "image", ONNX_FLOAT, rank, dims);
  writer_node(&w, "Relu", "", "image", "a");
  writer_output(&w, "a", SHAPE(1));
  check_refused(&w, expected, words);
}

static void only_images_are_taken(void) {
  check_image(2, (int64_t[]){224, 224}, PL_UNSUPPORTED_MODEL, "224x224");
  check_image(4, (int64_t[]){1, 224, 224, 64}, PL_UNSUPPORTED_MODEL, "224 channels");
  check_image(4, (int64_t[]){1, 64, 7, 7}, PL_UNSUPPORTED_MODEL, "64 channels");
  check_image(4, (int64_t[]){1, 3, 5000, 7}, PL_UNSUPPORTED_MODEL, "4096");
  writer w;
  writer_start(&w);
  writer_input_typed(&w, "pixels", ONNX_INT32, 4, (int64_t[]){1, 3, 8, 8});
  writer_output(&w, "pixels", SHAPE(1));
  check_refused(&w, PL_UNSUPPORTED_MODEL, "'pixels' takes integers");
  start(&w);
  writer_input(&w, "text", SHAPE(1, 77));
  writer_output(&w, "image", SHAPE(1));
  check_refused(&w, PL_UNSUPPORTED_MODEL, "2 inputs: 'image', 'text'");
  writer_start(&w);
  writer_output(&w, "a", SHAPE(1));
  check_refused(&w, PL_UNSUPPORTED_MODEL, "no input");
}

static void open_sizes_have_defaults(void) {
  built b = build_sample(sample_view);
  CHECK_INT(b.g->batch, 0);
  CHECK_INT(b.g->channels, 3);
  CHECK_INT(b.g->height, 224);
  CHECK_INT(b.g->width, 224);
  release(&b);
  b = build_sample(sample_halves); /* which lists an initializer among its inputs */
  CHECK_TEXT(b.g->values[b.g->input].name, "input");
  CHECK_INT(b.g->height, 8);
  release(&b);
  writer w;
  writer_start(&w);
  writer_input(&w, "gray", SHAPE(4, 1, -1, 30));
  writer_node(&w, "Relu", "", "gray", "a");
  writer_output(&w, "a", SHAPE(4, 1, 1, 30));
  b = build(&w);
  CHECK_INT(b.g->batch, 4);
  CHECK_INT(b.g->channels, 1);
  CHECK_INT(b.g->height, 224);
  CHECK_INT(b.g->width, 30);
  infer(&b, 2, 20, 30);
  check_shape(&b, "gray", SHAPE(2, 1, 20, 30));
  check_shape(&b, "a", SHAPE(2, 1, 20, 30));
  CHECK_INT(b.types.values[b.g->input].layout, LAYOUT_CHANNELS_LAST);
  release(&b);
}

/* ---- what is dropped ---- */

static void what_does_nothing_is_dropped(void) {
  built b = build_sample(sample_convolutions);
  CHECK_INT(find(&b, "kept"), find(&b, "flat"));
  CHECK_INT(find(&b, "output"), find(&b, "probabilities"));
  CHECK_INT(b.g->output, find(&b, "probabilities"));
  CHECK_INT(b.g->logits, find(&b, "logits"));
  CHECK_TEXT(b.g->values[find(&b, "kept")].name, "flat");
  CHECK_INT(need(&b, "output"), PL_OK);
  CHECK_INT(needed_nodes(&b), 9);
  infer(&b, 3, 12, 12);
  check_shape(&b, "both", SHAPE(3, 8, 6, 6));
  check_shape(&b, "logits", SHAPE(3, 5));
  CHECK_INT(need(&b, "mask"), PL_UNSUPPORTED_OP);
  CHECK_TEXT(b.g->nodes[b.g->values[find(&b, "normalized")].producer].name, "normalized"); /* it has no name of its own */
  release(&b);
}

static void casts_of_the_image_are_dropped(void) {
  writer w;
  start(&w);
  writer_node(&w, "Cast", "", "image", "half");
  writer_attribute_int(&w, "to", ONNX_FLOAT16);
  writer_node(&w, "Relu", "relu", "half", "a");
  writer_node(&w, "Cast", "", "a", "out");
  writer_attribute_int(&w, "to", ONNX_FLOAT);
  writer_output(&w, "out", SHAPE(1, 3, 8, 8));
  built b = build(&w);
  CHECK_INT(b.g->node_count, 1);
  CHECK_INT(find(&b, "half"), b.g->input);
  CHECK_INT(b.g->output, find(&b, "a"));
  release(&b);
}

static void float16_weights_are_constants(void) {
  built b = build_sample(sample_halves);
  for (int i = 0; i < 3; i++) {
    const value *v = &b.g->values[find(&b, (const char *[]){"raw32", "packed32", "unpacked32"}[i])];
    CHECK(v->constant != NULL && v->producer == -1);
  }
  CHECK_INT(infer_all(&b, 1, 8, 8), PL_OK);
  check_shape(&b, "product", SHAPE(1, 4, 8, 8));
  check_shape(&b, "raw32", SHAPE(4, 3, 1, 1));
  CHECK_INT(need(&b, "product"), PL_OK);
  CHECK_INT(needed_nodes(&b), 5);
  CHECK(b.needed[find(&b, "raw32")] && !b.needed[find(&b, "raw")]);
  release(&b);
}

/* ---- what is computed from sizes ---- */

static void shapes_follow_the_batch(void) {
  built b = build_sample(sample_view);
  infer(&b, 3, 50, 40);
  check_shape(&b, "flat", SHAPE(3, 4));
  check_shape(&b, "logits", SHAPE(3, 6));
  check_shape(&b, "/Concat_output_0", SHAPE(2));
  infer(&b, 1, 224, 224);
  check_shape(&b, "logits", SHAPE(1, 6));
  static const char *const sizes[] = {"/Shape_output_0", "/Gather_output_0", "/Unsqueeze_output_0", "/Concat_output_0"};
  CHECK_INT(need(&b, "logits"), PL_OK);
  CHECK_INT(needed_nodes(&b), 4); /* Conv, GlobalAveragePool, Reshape, MatMul */
  for (int i = 0; i < 4; i++) {
    CHECK(b.g->values[find(&b, sizes[i])].shape_only);
    CHECK(!b.needed[find(&b, sizes[i])]);
  }
  CHECK_INT(b.g->values[find(&b, "pooled")].consumers, 1);
  CHECK_INT(graph_infer(b.g, 2, 60, 60, b.needed, &b.types), PL_OK);
  CHECK_INT(need(&b, "/Shape_output_0"), PL_UNSUPPORTED_MODEL);
  CHECK(message_has("does not depend on the image"));
  release(&b);
}

static void sizes_that_never_change_are_constants(void) {
  built b = build_sample(sample_attention);
  const onnx_tensor *scale = b.g->values[find(&b, "scale")].constant;
  REQUIRE(scale != NULL);
  float value;
  onnx_floats(scale, &value);
  CHECK_INT(scale->count, 1);
  CHECK_NEAR(value, 0.5, 0);
  CHECK(!b.g->values[find(&b, "scale")].shape_only);
  CHECK(b.g->values[find(&b, "target")].constant == NULL);
  CHECK(b.g->values[find(&b, "repeated")].shape_only);
  CHECK(!b.g->values[find(&b, "tokens_of_class")].shape_only); /* weights: repeated while the network runs */
  CHECK_INT(need(&b, "scaled"), PL_OK);
  CHECK_INT(needed_nodes(&b), 4); /* Conv, Reshape, Transpose, Mul */
  infer(&b, 5, 16, 16);
  check_shape(&b, "tokens", SHAPE(5, 16, 4));
  check_shape(&b, "scaled", SHAPE(5, 16, 4));
  check_shape(&b, "repeated", SHAPE(3));
  if (ops_find("Expand")) check_shape(&b, "joined", SHAPE(5, 17, 4));
  else CHECK_INT(need(&b, "joined"), PL_UNSUPPORTED_OP);
  release(&b);
}

/* A float made of the image's size can be read by operators; it is no layer. */
static void sizes_are_computed_with(void) {
  writer w;
  writer_start(&w);
  writer_input(&w, "image", SHAPE(-1, 3, -1, -1));
  writer_node(&w, "Size", "", "image", "count");
  writer_node(&w, "Cast", "", "count", "count_float");
  writer_attribute_int(&w, "to", ONNX_FLOAT);
  writer_node(&w, "Div", "mean", "image,count_float", "out");
  writer_output(&w, "out", SHAPE(-1, 3, -1, -1));
  built b = build(&w);
  CHECK_INT(need(&b, "out"), PL_OK);
  infer(&b, 1, 8, 8);
  check_shape(&b, "out", SHAPE(1, 3, 8, 8));
  CHECK_INT(need(&b, "count_float"), PL_UNSUPPORTED_MODEL);
  release(&b);
}

/* ---- what is not supported ---- */

static void layers_before_a_strange_operator_run(void) {
  writer w;
  start(&w);
  writer_node(&w, "Relu", "relu", "image", "a");
  writer_node(&w, "Conv3000", "strange", "a", "b");
  writer_node(&w, "Relu", "after", "b", "c");
  writer_node(&w, "Attention", "foreign", "a", "d");
  writer_domain(&w, "com.microsoft");
  writer_node(&w, "Relu", "foreign_relu", "image", "e");
  writer_domain(&w, "com.example"); /* not ONNX's Relu */
  writer_output(&w, "c", SHAPE(1, 3, 8, 8));
  built b = build(&w);
  infer(&b, 1, 8, 8);
  check_shape(&b, "a", SHAPE(1, 3, 8, 8));
  CHECK_INT(shape_of(&b, "b")->rank, -1);
  CHECK_INT(shape_of(&b, "c")->rank, -1);
  CHECK_INT(infer_all(&b, 1, 8, 8), PL_UNSUPPORTED_OP);
  CHECK_INT(need(&b, "a"), PL_OK);
  CHECK_INT(graph_infer(b.g, 1, 8, 8, b.needed, &b.types), PL_OK);
  CHECK_INT(need(&b, "c"), PL_UNSUPPORTED_OP);
  CHECK(message_has("node 'strange' (Conv3000) is not supported"));
  CHECK_INT(need(&b, "d"), PL_UNSUPPORTED_OP);
  CHECK(message_has("node 'foreign' (Attention) of the operators of com.microsoft is not supported"));
  CHECK_INT(need(&b, "e"), PL_UNSUPPORTED_OP);
  release(&b);
}

static void failed_shapes_are_told_where_they_are_needed(void) {
  writer w;
  start(&w);
  writer_initializer_ints(&w, "target", SHAPE(2), (int64_t[]){7, 7});
  writer_node(&w, "Reshape", "wrong", "image,target", "a");
  writer_node(&w, "Relu", "after", "a", "b");
  writer_output(&w, "b", SHAPE(1));
  built b = build(&w);
  infer(&b, 1, 8, 8);
  CHECK_INT(shape_of(&b, "a")->rank, -1);
  CHECK_INT(need(&b, "b"), PL_OK);
  CHECK(graph_infer(b.g, 1, 8, 8, b.needed, &b.types) != PL_OK);
  CHECK(message_has("'wrong' (Reshape)"));
  release(&b);
}

static void what_has_no_image_is_not_run(void) {
  writer w;
  start(&w);
  writer_initializer_floats(&w, "weights", SHAPE(2), (float[]){-1, 1});
  writer_node(&w, "Relu", "", "weights", "a");
  writer_initializer_ints(&w, "wrong", SHAPE(2), (int64_t[]){2, 2});
  writer_node(&w, "Split", "lonely", "weights,wrong", "b,c");
  writer_node(&w, "Shape", "", "image", "shape");
  writer_node(&w, "ConstantOfShape", "", "shape", "zeros");
  writer_node(&w, "Expand", "", "zeros,shape", "d");
  writer_output(&w, "a", SHAPE(2));
  built b = build(&w);
  CHECK_INT(need(&b, "a"), PL_UNSUPPORTED_MODEL);
  CHECK(message_has("layer 'a' does not depend on the image"));
  CHECK_INT(need(&b, "b"), PL_UNSUPPORTED_MODEL);
  CHECK(message_has("node 'lonely' (Split) reads constants only"));
  CHECK(need(&b, "d") != PL_OK);
  CHECK_INT(need(&b, "weights"), PL_UNSUPPORTED_MODEL);
  release(&b);
}

/* By an attribute or, up to opset 13, by further outputs. */
static void normalization_as_in_training_is_refused(void) {
  const char *const outputs[] = {"a", "a,mean,variance,old_mean,old_variance", "a,mean,variance", "a,,"};
  for (int k = 0; k < 4; k++) {
    writer w;
    start(&w);
    w.opset = k < 2 ? 13 : 15;
    writer_initializer_floats(&w, "ones", SHAPE(3), (float[]){1, 1, 1});
    writer_node(&w, "BatchNormalization", "norm", "image,ones,ones,ones,ones", outputs[k]);
    if (k == 2) writer_attribute_int(&w, "training_mode", 1);
    writer_output(&w, "a", SHAPE(1, 3, 8, 8));
    built b = build(&w);
    REQUIRE(need(&b, "a") == PL_OK);
    const bool refused = infer_all(&b, 1, 8, 8) == PL_UNSUPPORTED_OP &&
                         message_has("as in training: export the model for inference");
    CHECK_INT(refused, k == 1 || k == 2);
    release(&b);
  }
}

/* Operators take a bounded number of inputs; a node with more is like one that is not supported. */
static void nodes_of_many_inputs_are_refused(void) {
  char inputs[6 * 100] = "image";
  for (int i = 1; i < 100; i++) strcat(inputs, ",image");
  writer w;
  start(&w);
  writer_node(&w, "Concat", "wide", inputs, "a");
  writer_attribute_int(&w, "axis", 1);
  writer_output(&w, "a", SHAPE(1));
  built b = build(&w);
  infer(&b, 1, 8, 8);
  CHECK_INT(need(&b, "a"), PL_UNSUPPORTED_OP);
  CHECK_INT(b.g->values[b.g->input].consumers, 1);
  release(&b);
}

/* ---- logits ---- */

static const char *logits_of(writer *w, built *b) {
  *b = build(w);
  return b->g->values[b->g->logits].name;
}

static void logits_stand_before_the_softmax(void) {
  writer w;
  built b;
  start(&w);
  writer_node(&w, "Relu", "", "image", "a");
  writer_node(&w, "LogSoftmax", "", "a", "b");
  writer_node(&w, "Flatten", "", "b", "c");
  writer_output(&w, "c", SHAPE(1));
  CHECK_TEXT(logits_of(&w, &b), "a");
  release(&b);
  start(&w);
  writer_node(&w, "Relu", "", "image", "a");
  writer_node(&w, "Flatten", "", "a", "b");
  writer_output(&w, "b", SHAPE(1));
  CHECK_TEXT(logits_of(&w, &b), "b");
  release(&b);
  start(&w);
  writer_node(&w, "Softmax", "", "image", "attention");
  writer_node(&w, "Relu", "", "attention", "a");
  writer_output(&w, "a", SHAPE(1));
  CHECK_TEXT(logits_of(&w, &b), "a");
  release(&b);
}

/* ---- constants that operators compute ---- */

static const float *constant_floats(const built *b, const char *name, shape expected) {
  const onnx_tensor *t = b->g->values[find(b, name)].constant;
  REQUIRE(t != NULL);
  CHECK_TEXT(shape_text(&t->shape), shape_text(&expected));
  CHECK_INT(t->type, ONNX_FLOAT);
  return t->data;
}

/* As weight standardization does it, and through an operator that wants its input channels last. */
static void test_operators_on_constants(void) {
  static const float weights[] = {1, 2, 3, 6, -1, -2, -3, -4, 5, 5, 5, 9};
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(-1, 3, 8, 8));
  writer_initializer_floats(&w, "weights", SHAPE(1, 3, 2, 2), weights);
  writer_node(&w, "ReduceMean", "", "weights", "means");
  writer_attribute_ints(&w, "axes", INTS(2, 3));
  writer_node(&w, "Relu", "", "weights", "positive");
  writer_node(&w, "MaxPool", "", "weights", "largest");
  writer_attribute_ints(&w, "kernel_shape", INTS(1, 2));
  writer_node(&w, "Mystery", "", "weights", "unknown");
  writer_node(&w, "Conv", "", "input,positive", "output");
  writer_output(&w, "output", SHAPE(-1, 1, 7, 7));
  built b = build(&w);
  CHECK_CLOSE(constant_floats(&b, "means", SHAPE(1, 3, 1, 1)), ((float[]){3, -2.5f, 6}), 3, 0);
  CHECK_CLOSE(constant_floats(&b, "positive", SHAPE(1, 3, 2, 2)), ((float[]){1, 2, 3, 6, 0, 0, 0, 0, 5, 5, 5, 9}), 12, 0);
  CHECK_CLOSE(constant_floats(&b, "largest", SHAPE(1, 3, 2, 1)), ((float[]){2, 6, -1, -3, 5, 9}), 6, 0);
  CHECK(b.g->values[find(&b, "unknown")].constant == NULL);
  CHECK_INT(need(&b, "output"), PL_OK);
  release(&b);
}

/* ---- branches ---- */

/* A branch that makes `output` of `input`. */
static writer branch(const char *op, const char *input, const char *output) {
  writer w;
  writer_start(&w);
  writer_node(&w, op, "", input, output);
  writer_output(&w, output, SHAPE(-1, 3, 8, 8));
  return w;
}

/* An If that squeezes axis 1 of "input" if it has size 1, as exporters write Squeeze; then Relu. */
static void begin_if(writer *w, int channels, const char *condition) {
  writer_start(w);
  writer_input(w, "input", SHAPE(-1, channels, 8, 8));
  writer_node(w, "Shape", "", "input", "shape");
  writer_initializer_ints(w, "one", (shape){0}, (int64_t[]){1});
  writer_node(w, "Gather", "", "shape,one", "channels");
  writer_node(w, "Equal", "", "channels,one", "single");
  writer_node(w, "If", "if", condition, "chosen");
  writer then_branch = branch("Squeeze", "input", "squeezed"), else_branch = branch("Neg", "input", "negated");
  writer_attribute_branch(w, "else_branch", &else_branch);
  writer_attribute_branch(w, "then_branch", &then_branch);
  writer_node(w, "Relu", "", "chosen", "end");
  writer_output(w, "end", SHAPE(-1, 3, 8, 8));
}

static void test_branches(void) {
  writer w;
  begin_if(&w, 3, "single");
  built b = build(&w);
  CHECK_INT(find(&b, "chosen"), find(&b, "negated"));
  CHECK_INT(graph_find(b.g, "squeezed"), -1);
  CHECK_INT(b.g->node_count, 5); /* the three of the condition, Neg and Relu */
  REQUIRE(infer_all(&b, 2, 8, 8) == PL_OK);
  check_shape(&b, "end", SHAPE(2, 3, 8, 8));
  release(&b);
  begin_if(&w, 1, "single");
  b = build(&w);
  CHECK_INT(find(&b, "chosen"), find(&b, "squeezed"));
  CHECK_INT(graph_find(b.g, "negated"), -1);
  release(&b);
}

/* What the image decides is an operator that is not supported; so is what is no branch at all. */
static void test_undecided_branches(void) {
  writer w;
  begin_if(&w, 3, "input");
  built b = build(&w);
  CHECK_INT(graph_find(b.g, "negated"), -1);
  CHECK_INT(need(&b, "end"), PL_UNSUPPORTED_OP);
  CHECK(message_has("node 'if' (If) is not supported"));
  release(&b);
  writer_start(&w);
  writer_input(&w, "input", SHAPE(-1, 3, 8, 8));
  writer_node(&w, "If", "if", "input", "chosen");
  writer_attribute_graph(&w, "then_branch");
  writer_output(&w, "chosen", SHAPE(-1, 3, 8, 8));
  b = build(&w);
  CHECK_INT(need(&b, "chosen"), PL_UNSUPPORTED_OP);
  release(&b);
}

static void test_broken_branches(void) {
  writer w, empty;
  begin_if(&w, 3, "single");
  writer_node(&w, "If", "other", "single", "more");
  writer_start(&empty);
  writer else_branch = branch("Neg", "input", "other_negated");
  writer_attribute_branch(&w, "then_branch", &empty);
  writer_attribute_branch(&w, "else_branch", &else_branch);
  check_refused(&w, PL_INVALID_MODEL, "node 'other' (If) has 1 outputs, but a branch of it has 0");
  begin_if(&w, 3, "chosen");
  check_refused(&w, PL_INVALID_MODEL, "the graph has a cycle");
  begin_if(&w, 3, "single");
  writer_node(&w, "If", "other", "single", "more");
  writer then_branch = branch("Neg", "nowhere", "lost");
  else_branch = branch("Neg", "input", "other_negated");
  writer_attribute_branch(&w, "then_branch", &then_branch);
  writer_attribute_branch(&w, "else_branch", &else_branch);
  check_refused(&w, PL_INVALID_MODEL, "reads 'nowhere', which nothing makes");
}

/* Each If stands in a branch of the one before. Those too deep are not read, and do not run. */
static void test_nested_branches(void) {
  for (int depth = 2; depth < 40; depth += 30) {
    writer inner = branch("Neg", "input", "deepest");
    for (int k = 0; k < depth; k++) {
      char name[32], other[32];
      snprintf(name, sizeof name, "level%d", k);
      snprintf(other, sizeof other, "other%d", k);
      writer around, otherwise = branch("Abs", "input", other);
      writer_start(&around);
      writer_node(&around, "If", name, "yes", name);
      writer_attribute_branch(&around, "then_branch", &inner);
      writer_attribute_branch(&around, "else_branch", &otherwise);
      writer_output(&around, name, SHAPE(-1, 3, 8, 8));
      inner = around;
    }
    writer_input(&inner, "input", SHAPE(-1, 3, 8, 8));
    writer_initializer_ints(&inner, "yes", (shape){0}, (int64_t[]){1});
    built b = build(&inner);
    if (depth == 2) CHECK_INT(b.g->output, find(&b, "deepest"));
    else CHECK_INT(graph_find(b.g, "deepest"), -1);
    release(&b);
  }
}

int main(void) {
  nodes_come_after_what_they_read();
  long_chains_are_sorted();
  broken_graphs_are_named();
  only_images_are_taken();
  open_sizes_have_defaults();
  what_does_nothing_is_dropped();
  casts_of_the_image_are_dropped();
  float16_weights_are_constants();
  shapes_follow_the_batch();
  sizes_that_never_change_are_constants();
  sizes_are_computed_with();
  layers_before_a_strange_operator_run();
  failed_shapes_are_told_where_they_are_needed();
  what_has_no_image_is_not_run();
  nodes_of_many_inputs_are_refused();
  normalization_as_in_training_is_refused();
  logits_stand_before_the_softmax();
  test_operators_on_constants();
  test_branches();
  test_undecided_branches();
  test_broken_branches();
  test_nested_branches();
  return test_result();
}
