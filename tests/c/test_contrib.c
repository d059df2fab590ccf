/* Operators of com.microsoft: values and gradients are those of the same spelled out in ONNX's operators. */
#include "network/model.h"
#include "onnx_writer.h"
#include "support.h"

enum { SIDE = 6, VALUES = 3 * SIDE * SIDE };

typedef struct sample {
  const char *contrib; /* "Operator inputs outputs": the last output of which is compared */
  void (*attributes)(writer *w);
  const char *spelled; /* "Operator inputs output; ..." */
} sample;

/* ---- attributes of com.microsoft's operators ---- */

static void activation(writer *w, const char *type, int count, const float *parameters) {
  writer_attribute_string(w, "activation", type);
  if (count) writer_attribute_floats(w, "activation_params", count, parameters);
}

static void relu(writer *w) { activation(w, "Relu", 0, NULL); }
static void clip(writer *w) { activation(w, "Clip", 2, (const float[]){-0.1f, 0.2f}); }
static void leaky(writer *w) { activation(w, "LeakyRelu", 1, (const float[]){0.3f}); }
static void padded(writer *w) {
  writer_attribute_ints(w, "pads", INTS(1, 0, 1, 2));
  writer_attribute_ints(w, "strides", INTS(2, 1));
}
static void gemm(writer *w) {
  writer_attribute_string(w, "activation", "LeakyRelu");
  writer_attribute_float(w, "activation_alpha", 0.3f);
  writer_attribute_int(w, "transB", 1);
}
static void turned(writer *w) {
  writer_attribute_float(w, "alpha", 0.5f);
  writer_attribute_int(w, "transB", 1);
}
static void turned_left(writer *w) { writer_attribute_int(w, "transA", 1); }
static void epsilon(writer *w) { writer_attribute_float(w, "epsilon", 0.01f); }

static const sample SAMPLES[] = {
    {"FusedConv x,kernel,bias y", relu, "Conv x,kernel,bias a; Relu a y"},
    {"FusedConv x,kernel y", clip, "Conv x,kernel a; Clip a,low,high y"},
    {"FusedConv x,kernel,bias y", padded, "Conv:padded x,kernel,bias y"},
    {"FusedConv x,kernel,bias,x y", leaky, "Conv x,kernel,bias a; Add a,x b; LeakyRelu:steep b y"},
    {"FusedGemm flat,matrix,five y", gemm, "Gemm:turned flat,matrix,five a; LeakyRelu:steep a y"},
    {"FusedMatMul x,x y", turned, "Transpose x a; MatMul x,a b; Mul b,half y"},
    {"FusedMatMul x,matrix y", turned, "Transpose matrix a; MatMul x,a b; Mul b,half y"},
    {"TransposeMatMul x,x y", turned_left, "Transpose x a; MatMul a,x y"},
    {"Gelu x y", NULL, "Div x,root a; Erf a b; Add b,one c; Mul x,c d; Mul d,half y"},
    {"BiasGelu x,six y", NULL, "Add x,six s; Div s,root a; Erf a b; Add b,one c; Mul s,c d; Mul d,half y"},
    {"FastGelu x,six y", NULL, "Add x,six s; Gelu:tanh s y"},
    {"QuickGelu x y", NULL, "Mul x,quick a; Sigmoid a b; Mul x,b y"},
    {"LayerNormalization x,six,six y", epsilon, "LayerNormalization:epsilon x,six,six y"},
    {"SimplifiedLayerNormalization x,six y", epsilon, "RMSNormalization:epsilon x,six y"},
    {"SkipLayerNormalization x,skip,six,six,six y", epsilon, "Add x,skip a; Add a,six b; LayerNormalization:epsilon b,six,six y"},
    {"SkipLayerNormalization x,skip,six,,six ,,,y", NULL, "Add x,skip a; Add a,six y"},
    {"SkipSimplifiedLayerNormalization x,skip,six y", epsilon, "Add x,skip a; RMSNormalization:epsilon a,six y"},
};

/* What a colon says of a node that is spelled out. */
static void set(writer *w, const char *says) {
  if (!strcmp(says, "padded")) padded(w);
  if (!strcmp(says, "steep")) writer_attribute_float(w, "alpha", 0.3f);
  if (!strcmp(says, "turned")) writer_attribute_int(w, "transB", 1);
  if (!strcmp(says, "tanh")) writer_attribute_string(w, "approximate", "tanh");
  if (!strcmp(says, "epsilon")) epsilon(w);
}

/* One node; a Transpose swaps the last two axes. */
static void add_node(writer *w, const char *text, bool contrib) {
  char op[64], inputs[64], outputs[64], *colon;
  REQUIRE(sscanf(text, " %63s %63s %63[^;]", op, inputs, outputs) == 3);
  colon = strchr(op, ':');
  if (colon) *colon = 0;
  writer_node(w, op, "", inputs, outputs);
  if (contrib && strcmp(op, "SimplifiedLayerNormalization")) writer_domain(w, "com.microsoft");
  if (colon) set(w, colon + 1);
  if (strcmp(op, "Transpose")) return;
  if (strstr(inputs, "matrix")) writer_attribute_ints(w, "perm", INTS(1, 0));
  else writer_attribute_ints(w, "perm", INTS(0, 1, 3, 2));
}

static void add_constants(writer *w) {
  random_seed(7);
  const struct {
    const char *name;
    shape shape;
  } random[] = {{"kernel", SHAPE(3, 3, 1, 1)}, {"bias", SHAPE(3)}, {"matrix", SHAPE(5, 6)}, {"five", SHAPE(5)}, {"six", SHAPE(6)},
                {"skip", SHAPE(1, 3, 6, 6)}};
  for (size_t k = 0; k < sizeof random / sizeof *random; k++) {
    float *values = random_floats(shape_count(&random[k].shape), -1, 1);
    writer_initializer_floats(w, random[k].name, random[k].shape, values);
    free(values);
  }
  const struct {
    const char *name;
    float value;
  } numbers[] = {{"low", -0.1f}, {"high", 0.2f}, {"half", 0.5f}, {"one", 1}, {"root", 1.41421356f}, {"quick", 1.702f}};
  for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
    writer_initializer_floats(w, numbers[k].name, (shape){0}, &numbers[k].value);
}

typedef struct answer {
  size_t count;
  float values[VALUES], gradient[VALUES];
} answer;

static void run(writer *w, answer *a) {
  static const pl_preprocessing plain = {.std = {1, 1, 1}};
  size_t size;
  void *file = writer_finish(w, &size);
  pl_model *m;
  exec *e;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &plain}, &m) == PL_OK);
  int target = graph_find(m->graph, "y");
  if (target < 0 || exec_create(m->graph, &target, 1, &plain, true, &e) || exec_reshape(e, 1, SIDE, SIDE, UINT64_MAX)) {
    printf("%s\n", pl_error_message());
    exit(1);
  }
  random_seed(8);
  random_fill(exec_input(e), VALUES, -1, 1);
  REQUIRE(exec_forward(e) == PL_OK);
  const exec_target y = exec_layer(e, 0);
  a->count = shape_count(&y.type.shape);
  REQUIRE(a->count <= VALUES);
  ops_copy_layout(&y.type, y.data, LAYOUT_PLAIN, a->values);
  for (size_t k = 0; k < a->count; k++) y.gradient[k] = y.data[k];
  REQUIRE(exec_backward(e) == PL_OK);
  memcpy(a->gradient, exec_dinput(e), sizeof a->gradient);
  exec_free(e);
  pl_model_free(m);
  free(file);
}

static void begin(writer *w, bool flat) {
  writer_start(w);
  w->opset = 20;
  writer_input(w, "x", SHAPE(1, 3, SIDE, SIDE));
  add_constants(w);
  if (!flat) return;
  writer_initializer_ints(w, "rows", SHAPE(2), (const int64_t[]){-1, 6});
  writer_node(w, "Reshape", "", "x,rows", "flat");
}

static void check(const sample *s) {
  answer found, wanted;
  writer w;
  const bool flat = strstr(s->contrib, "flat") != NULL;
  begin(&w, flat);
  add_node(&w, s->contrib, true);
  if (s->attributes) s->attributes(&w);
  writer_output(&w, "y", (shape){0});
  run(&w, &found);
  begin(&w, flat);
  for (const char *node = s->spelled; node; node = strchr(node, ';') ? strchr(node, ';') + 1 : NULL) add_node(&w, node, false);
  writer_output(&w, "y", (shape){0});
  run(&w, &wanted);
  const bool same = CHECK_INT(found.count, wanted.count) && CHECK_CLOSE(found.values, wanted.values, found.count, 1e-6) &&
                    CHECK_CLOSE(found.gradient, wanted.gradient, VALUES, 3e-6);
  if (!same) printf("  %s\n", s->contrib);
}

static void check_refused(writer *w, const char *words) {
  size_t size;
  pl_model *m;
  float values[VALUES];
  const float image[VALUES] = {0};
  writer_output(w, "y", (shape){0});
  void *file = writer_finish(w, &size);
  REQUIRE(pl_model_load(file, size, NULL, &m) == PL_OK);
  CHECK_INT(pl_activations(m, image, SIDE, SIDE, "y", values, VALUES), PL_UNSUPPORTED_OP);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  %s\n", pl_error_message());
  pl_model_free(m);
  free(file);
}

/* What ONNX's operators do not do is named as it stands in the file. */
static void test_refused(void) {
  writer w;
  begin(&w, false);
  add_node(&w, "FusedConv x,kernel y", true);
  activation(&w, "Unheard", 0, NULL);
  check_refused(&w, "(FusedConv) of the operators of com.microsoft is not supported");
  begin(&w, false);
  writer_node(&w, "Conv", "", "x,kernel", "y");
  writer_domain(&w, "com.microsoft.nchwc");
  check_refused(&w, "or optimize that at the level ORT_ENABLE_EXTENDED");
}

int main(void) {
  for (size_t k = 0; k < sizeof SAMPLES / sizeof *SAMPLES; k++) check(&SAMPLES[k]);
  test_refused();
  return test_result();
}
