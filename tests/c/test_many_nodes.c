/* Files that are small and claim much: as many nodes as a file may have, in the patterns that ask the most of whoever looks for a
 * value's readers, for names, for room in memory. Work that grew with the square of these would take minutes here. */
#include "network/model.h"
#include "onnx_writer.h"
#include "support.h"

enum { SIDE = 4, VALUES = 3 * SIDE * SIDE };

static void start(writer *w) {
  writer_start(w);
  writer_input(w, "v0", SHAPE(1, 3, SIDE, SIDE));
}

static pl_status load(writer *w, const char *output, pl_model **m, void **file) {
  static const pl_preprocessing plain = {.std = {1, 1, 1}};
  size_t size;
  writer_output(w, output, SHAPE(1, 3, SIDE, SIDE));
  *file = writer_finish(w, &size);
  return pl_model_load(*file, size, &(pl_model_options){.preprocessing = &plain}, m);
}

/* The file is loaded, and its output can be optimized for. */
static void check_runs(writer *w, const char *output) {
  void *file;
  pl_model *m;
  float image[VALUES], dimage[VALUES], score;
  random_fill(image, VALUES, 0, 1);
  REQUIRE(load(w, output, &m, &file) == PL_OK);
  char *objective = test_channel(output, 0);
  if (!CHECK_INT(pl_gradient(m, image, SIDE, SIDE, objective, &score, dimage), PL_OK)) printf("  %s\n", pl_error_message());
  free(objective);
  pl_model_free(m);
  free(file);
}

static void check_refused(writer *w, const char *output, const char *words) {
  void *file;
  pl_model *m;
  CHECK_INT(load(w, output, &m, &file), PL_UNSUPPORTED_MODEL);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  %s\n", pl_error_message());
  free(file);
}

static void add_link(writer *w, const char *op, int i) {
  char in[16], out[16];
  snprintf(in, sizeof in, "v%d", i);
  snprintf(out, sizeof out, "v%d", i + 1);
  writer_node(w, op, "", in, out);
}

static void a_chain(int nodes) {
  writer w;
  char output[16];
  start(&w);
  for (int i = 0; i < nodes; i++) add_link(&w, "Sigmoid", i);
  snprintf(output, sizeof output, "v%d", nodes);
  if (nodes <= ONNX_MAX_NODES) check_runs(&w, output);
  else check_refused(&w, output, "more than 32768 nodes");
}

/* Every other node reads the image, and adds what it makes of it. */
static void a_value_that_all_read(void) {
  writer w;
  char inputs[40], output[16];
  start(&w);
  for (int i = 0; i < ONNX_MAX_NODES; i++) {
    snprintf(inputs, sizeof inputs, "v%d,v0", i);
    snprintf(output, sizeof output, "v%d", i + 1);
    writer_node(&w, "Add", "", inputs, output);
  }
  check_runs(&w, output);
}

/* Operators with as many inputs as they may have, each of the same few values. */
static void wide_concats(void) {
  writer w;
  char inputs[8 * 64] = "v0", output[16];
  start(&w);
  for (int k = 1; k < 64; k++) strcat(inputs, ",v0");
  for (int i = 0; i < ONNX_MAX_NODES - 2; i++) {
    snprintf(output, sizeof output, "c%d", i);
    writer_node(&w, "Concat", "", inputs, output);
    writer_attribute_int(&w, "axis", 1);
  }
  writer_node(&w, "Concat", "", "c0,c1,c2,c3", "c");
  writer_attribute_int(&w, "axis", 1);
  check_runs(&w, "c");
}

/* A fan: all branches meet again, two by two, so that all must be kept. */
static void a_fan(void) {
  enum { BRANCHES = ONNX_MAX_NODES / 2 };
  writer w;
  char inputs[40], output[16];
  start(&w);
  for (int i = 0; i < BRANCHES; i++) {
    snprintf(output, sizeof output, "f%d", i);
    writer_node(&w, "Tanh", "", "v0", output);
  }
  for (int i = 0; i < BRANCHES - 1; i++) {
    snprintf(inputs, sizeof inputs, "f%d,f%d", 2 * i, 2 * i + 1);
    snprintf(output, sizeof output, "f%d", BRANCHES + i);
    writer_node(&w, "Mul", "", inputs, output);
  }
  check_runs(&w, output);
}

/* Sizes of sizes of sizes. */
static void sizes(void) {
  writer w;
  char in[40], out[16];
  start(&w);
  writer_initializer_ints(&w, "zero", SHAPE(1), (const int64_t[]){0});
  writer_initializer_ints(&w, "shape", SHAPE(4), (const int64_t[]){0, 3, SIDE, SIDE});
  writer_node(&w, "Shape", "", "v0", "s0");
  for (int i = 0; i < ONNX_MAX_NODES / 3; i++) {
    snprintf(in, sizeof in, "s%d,zero", i);
    snprintf(out, sizeof out, "g%d", i);
    writer_node(&w, "Gather", "", in, out);
    snprintf(in, sizeof in, "g%d,s%d", i, i);
    snprintf(out, sizeof out, "c%d", i);
    writer_node(&w, "Concat", "", in, out);
    writer_attribute_int(&w, "axis", 0);
    snprintf(in, sizeof in, "c%d", i);
    snprintf(out, sizeof out, "s%d", i + 1);
    writer_node(&w, "Identity", "", in, out);
  }
  writer_node(&w, "Reshape", "", "v0,shape", "out");
  check_runs(&w, "out");
}

/* Views of one large list of numbers that is known from the image's channels. */
static void views(void) {
  writer w;
  char in[40], out[16];
  start(&w);
  writer_initializer_ints(&w, "one", SHAPE(1), (const int64_t[]){1});
  writer_initializer_ints(&w, "scalar", (shape){0}, (const int64_t[]){1});
  writer_initializer_ints(&w, "zero", (shape){0}, (const int64_t[]){0});
  writer_initializer_ints(&w, "many", (shape){0}, (const int64_t[]){30000});
  writer_initializer_ints(&w, "flat", SHAPE(1), (const int64_t[]){-1});
  writer_node(&w, "Shape", "", "v0", "shape");
  writer_node(&w, "Gather", "", "shape,scalar", "channels");
  writer_node(&w, "Mul", "", "channels,many", "last");
  writer_node(&w, "Range", "", "zero,last,scalar", "r0");
  for (int i = 0; i < ONNX_MAX_NODES - 10; i++) {
    snprintf(in, sizeof in, "r%d,flat", i);
    snprintf(out, sizeof out, "r%d", i + 1);
    writer_node(&w, "Reshape", "", in, out);
  }
  writer_node(&w, "Relu", "", "v0", "out");
  check_runs(&w, "out");
}

/* Names that begin alike for long, and a long one. */
static void names(void) {
  enum { LENGTH = 1000 };
  writer w;
  char in[LENGTH + 20], out[LENGTH + 20];
  start(&w);
  memset(in, 'x', LENGTH);
  memset(out, 'x', LENGTH);
  for (int i = 0; i < 10000; i++) {
    if (i) snprintf(in + LENGTH, 20, "%d", i);
    snprintf(out + LENGTH, 20, "%d", i + 1);
    writer_node(&w, "Relu", "", i ? in : "v0", out);
  }
  check_runs(&w, out);
}

static void initializers(int count) {
  writer w;
  char name[16];
  start(&w);
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "w%d", i);
    writer_initializer_floats(&w, name, SHAPE(1), (const float[]){1});
  }
  writer_node(&w, "Relu", "", "v0", "out");
  if (count <= 4 * ONNX_MAX_NODES) check_runs(&w, "out");
  else check_refused(&w, "out", "more than 131072 tensors");
}

/* Arithmetic that could all be fused into the convolution before it, whose channels are many: most of it is not. */
static void a_long_chain_to_fuse(void) {
  enum { CHANNELS = 2000, FACTORS = 300 };
  static const pl_preprocessing plain = {.std = {1, 1, 1}};
  writer w;
  char inputs[40], output[16] = "m0";
  void *file;
  pl_model *m;
  exec *e;
  float *weights = random_floats(3 * CHANNELS, -1, 1);
  start(&w);
  writer_initializer_floats(&w, "w", SHAPE(CHANNELS, 3, 1, 1), weights);
  writer_initializer_floats(&w, "f", (shape){0}, (const float[]){1.01f});
  writer_node(&w, "Conv", "", "v0,w", "m0");
  for (int i = 0; i < FACTORS; i++) {
    snprintf(inputs, sizeof inputs, "m%d,f", i);
    snprintf(output, sizeof output, "m%d", i + 1);
    writer_node(&w, "Mul", "", inputs, output);
  }
  REQUIRE(load(&w, output, &m, &file) == PL_OK);
  REQUIRE(exec_create(m->graph, &m->graph->logits, 1, &plain, false, &e) == PL_OK);
  REQUIRE(exec_reshape(e, 1, SIDE, SIDE, UINT64_MAX) == PL_OK);
  CHECK_INT(exec_step_count(e), 1 + FACTORS - 32);
  exec_free(e);
  pl_model_free(m);
  free(file), free(weights);
}

static void attributes(void) {
  writer w;
  char name[16];
  start(&w);
  writer_initializer_floats(&w, "w", SHAPE(3, 3, 1, 1), (const float[9]){1, 2, 3});
  writer_node(&w, "Conv", "", "v0,w", "out");
  for (int i = 0; i < 300000; i++) {
    snprintf(name, sizeof name, "a%d", i);
    writer_attribute_int(&w, name, i);
  }
  check_runs(&w, "out");
}

/* Values that were computed when the file was loaded, of those that nodes make. */
static int count_folded(const pl_model *m) {
  int count = 0;
  for (int v = 0; v < m->graph->value_count; v++) count += m->graph->values[v].constant && m->graph->values[v].name[0] == 'r';
  return count;
}

/* Every node would go through one large initializer: as many do as the file's size pays for, the others are left. By rules, and
 * by the network's own operators; with a small initializer all of them are computed. */
static void many_that_read_all(const char *type, bool ints, int elements, int nodes, int least, int most) {
  writer w;
  char out[16];
  void *file;
  pl_model *m;
  int64_t *zeros = calloc((size_t)elements, sizeof *zeros);
  start(&w);
  if (ints) writer_initializer_ints(&w, "w", SHAPE(elements), zeros);
  else writer_initializer_floats(&w, "w", SHAPE(elements), (const float *)zeros);
  for (int i = 0; i < nodes; i++) {
    snprintf(out, sizeof out, "r%d", i);
    writer_node(&w, type, "", "w", out);
  }
  writer_node(&w, "Relu", "", "v0", "out");
  REQUIRE(load(&w, "out", &m, &file) == PL_OK);
  const int count = count_folded(m);
  if (!CHECK(count >= least && count <= most)) printf("  %d of %d %s\n", count, nodes, type);
  pl_model_free(m);
  free(file), free(zeros);
}

static void branch(writer *w, const char *name, const char *op, int i) {
  writer b;
  char in[16], out[16];
  snprintf(in, sizeof in, "v%d", i);
  snprintf(out, sizeof out, "%c%d", name[0], i);
  writer_start(&b);
  writer_node(&b, op, "", in, out);
  writer_output(&b, out, SHAPE(1));
  writer_attribute_branch(w, name, &b);
}

/* Each If asks for the shape of what the one before it made. All are decided, as no number of them could be if each took another
 * walk over the whole graph. */
static void ifs(void) {
  enum { IFS = 4000 };
  writer w;
  char in[40], out[24];
  start(&w);
  writer_initializer_ints(&w, "one", (shape){0}, (const int64_t[]){1});
  writer_initializer_ints(&w, "three", (shape){0}, (const int64_t[]){3});
  for (int i = 0; i < IFS; i++) {
    snprintf(in, sizeof in, "v%d", i), snprintf(out, sizeof out, "shape%d", i);
    writer_node(&w, "Shape", "", in, out);
    snprintf(in, sizeof in, "shape%d,one", i), snprintf(out, sizeof out, "channels%d", i);
    writer_node(&w, "Gather", "", in, out);
    snprintf(in, sizeof in, "channels%d,three", i), snprintf(out, sizeof out, "holds%d", i);
    writer_node(&w, "Equal", "", in, out);
    snprintf(in, sizeof in, "holds%d", i), snprintf(out, sizeof out, "v%d", i + 1);
    writer_node(&w, "If", "", in, out);
    branch(&w, "then_branch", "Relu", i);
    branch(&w, "else_branch", "Nothing", i);
  }
  snprintf(out, sizeof out, "v%d", IFS);
  check_runs(&w, out);
}

int main(void) {
  many_that_read_all("ReduceMax", true, 1000, 1000, 1000, 1000);
  many_that_read_all("ReduceMax", true, 1 << 18, 1000, 10, 100);
  many_that_read_all("ReduceL2", false, 1000, 1000, 1000, 1000);
  many_that_read_all("ReduceL2", false, 1 << 18, 1000, 10, 100);
  ifs();
  a_chain(ONNX_MAX_NODES);
  a_chain(ONNX_MAX_NODES + 1);
  a_value_that_all_read();
  wide_concats();
  a_fan();
  sizes();
  views();
  names();
  initializers(4 * ONNX_MAX_NODES);
  initializers(4 * ONNX_MAX_NODES + 1);
  a_long_chain_to_fuse();
  attributes();
  return test_result();
}
