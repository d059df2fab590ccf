/* The loader: everything that it reads arrives, in every encoding, and what is wrong with a file is said. */
#include <time.h>

#include "onnx_writer.h"
#include "sample_models.h"
#include "support.h"

/* A file and what was read of it. */
typedef struct loaded {
  uint8_t *file;
  size_t size;
  onnx_model *model;
} loaded;

/* Everything must be refused before anything of the file's size matters; the file ends where its memory ends. */
static pl_status parse(const void *bytes, size_t size, onnx_model **model) {
  uint8_t *exact = malloc(size ? size : 1);
  if (size) memcpy(exact, bytes, size);
  const pl_status status = onnx_parse(exact, size, NULL, model);
  if (status) CHECK(*model == NULL);
  onnx_free(*model);
  *model = NULL;
  free(exact);
  return status;
}

static loaded load(writer *w) {
  loaded l;
  l.file = writer_finish(w, &l.size);
  if (onnx_parse(l.file, l.size, NULL, &l.model)) {
    printf("%s\n", pl_error_message());
    exit(1);
  }
  return l;
}

static void unload(loaded *l) {
  onnx_free(l->model);
  free(l->file);
}

/* The file must be refused, with these words in the sentence. */
static void check_refused(writer *w, pl_status expected, const char *words) {
  size_t size;
  void *file = writer_finish(w, &size);
  onnx_model *model;
  CHECK_INT(parse(file, size, &model), expected);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  \"%s\" lacks \"%s\"\n", pl_error_message(), words);
  free(file);
}

static const onnx_tensor *initializer(const onnx_model *m, const char *name) {
  for (int i = 0; i < m->graph.initializer_count; i++)
    if (!strcmp(m->graph.initializers[i].name, name)) return &m->graph.initializers[i];
  printf("no initializer %s\n", name);
  exit(1);
}

/* ---- what arrives ---- */

static void nodes_arrive(void) {
  loaded l;
  l.file = sample_attributes(&l.size);
  REQUIRE(onnx_parse(l.file, l.size, NULL, &l.model) == PL_OK);
  const onnx_model *m = l.model;
  CHECK_INT(m->opset, 13);
  CHECK_TEXT(m->producer, "onnx_writer");
  CHECK_INT(m->graph.node_count, 9);
  CHECK_INT(m->graph.initializer_count, 5);
  CHECK_INT(m->graph.input_count, 1);
  CHECK_INT(m->graph.output_count, 2);
  CHECK_TEXT(m->graph.outputs[1].name, "even");
  CHECK_TEXT(m->graph.inputs[0].name, "input");
  CHECK_INT(m->graph.inputs[0].type, ONNX_FLOAT);
  CHECK(shape_equal(&m->graph.inputs[0].shape, &SHAPE(-1, 1, 6, 6)));
  const onnx_node *n = &m->graph.nodes[0];
  CHECK_TEXT(n->name, "mystery");
  CHECK_TEXT(n->op, "Mystery");
  CHECK_TEXT(n->domain, "com.example");
  CHECK_INT(n->input_count, 3);
  CHECK_TEXT(n->inputs[0], "input");
  CHECK_TEXT(n->inputs[1], "");
  CHECK_TEXT(n->inputs[2], "late");
  CHECK_INT(n->output_count, 3);
  CHECK_TEXT(n->outputs[2], "even");
  CHECK_TEXT(m->graph.nodes[1].name, "");
  CHECK_TEXT(m->graph.nodes[1].domain, "");
  unload(&l);
}

/* Modules, as both of PyTorch's exporters tell them. */
static void blocks_arrive(void) {
  static const struct {
    const char *name, *scopes, *block;
  } nodes[] = {{"node_linear", "['', 'blocks', 'blocks.3', 'blocks.3.attn', 'linear']", "blocks.3.attn"},
               {"/blocks/blocks.3/attn/MatMul", NULL, "/blocks/blocks.3/attn"},
               {"/both/MatMul", "['told', 'linear']", "told"},
               {"top", "['linear']", ""},
               {"broken", "['', 'blocks, [\\", ""},
               {"/Add", "", ""},
               {"", NULL, ""}};
  enum { COUNT = sizeof nodes / sizeof *nodes };
  writer w;
  loaded l;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(1, 3, 8, 8));
  for (int i = 0; i < COUNT; i++) {
    writer_node(&w, "Relu", nodes[i].name, "input", "");
    writer_metadata(&w, "another", "['no', 'block', 'of it']");
    if (nodes[i].scopes) writer_metadata(&w, "pkg.torch.onnx.name_scopes", nodes[i].scopes);
  }
  l.file = writer_finish(&w, &l.size);
  REQUIRE(onnx_parse(l.file, l.size, NULL, &l.model) == PL_OK);
  for (int i = 0; i < COUNT; i++) CHECK_TEXT(l.model->graph.nodes[i].block, nodes[i].block);
  unload(&l);
}

static void attributes_arrive(void) {
  loaded l;
  l.file = sample_attributes(&l.size);
  REQUIRE(onnx_parse(l.file, l.size, NULL, &l.model) == PL_OK);
  const onnx_node *n = &l.model->graph.nodes[0];
  CHECK_INT(n->attribute_count, 7);
  CHECK_INT(onnx_find(n, "body")->kind, ONNX_ATTRIBUTE_GRAPH);
  const onnx_attribute *texts = onnx_find(n, "texts"), *ints = onnx_find(n, "ints"), *floats = onnx_find(n, "floats"),
                       *packed = onnx_find(n, "packed"), *tensor = onnx_find(n, "tensor");
  CHECK_INT(texts->kind, ONNX_ATTRIBUTE_STRINGS);
  CHECK_INT(texts->count, 2);
  CHECK_TEXT(texts->strings[1], "bc");
  CHECK_INT(ints->count, 3);
  CHECK_INT(ints->ints[0], -1);
  CHECK_INT(ints->ints[2], 1LL << 40);
  CHECK_INT(floats->kind, ONNX_ATTRIBUTE_FLOATS);
  CHECK_INT(floats->count, 3);
  CHECK_NEAR(floats->floats[2], 3, 0);
  CHECK_INT(packed->count, 1);
  CHECK_NEAR(packed->floats[0], 0.5, 0);
  CHECK_INT(tensor->kind, ONNX_ATTRIBUTE_TENSOR);
  CHECK_INT(tensor->tensor->count, 4);
  CHECK_TEXT(onnx_string(n, "text", "otherwise"), "");
  CHECK_TEXT(onnx_string(n, "ints", "otherwise"), "otherwise"); /* of another kind */
  CHECK_TEXT(onnx_string(n, "nothing", "otherwise"), "otherwise");
  CHECK_INT(onnx_int(n, "nothing", 7), 7);
  CHECK_NEAR(onnx_float(n, "nothing", 7.5f), 7.5, 0);
  CHECK_NEAR(onnx_float(&l.model->graph.nodes[2], "value_float", 0), 1, 0);
  CHECK(onnx_find(n, "nothing") == NULL);
  unload(&l);
}

static void every_encoding_reads_the_same(void) {
  static const float floats[] = {0, -1.5f, 3.25f, 1e30f, -0.0f, 7};
  static const int64_t ints[] = {0, -1, 1, INT64_MAX, INT64_MIN, 300};
  static const int32_t bytes[] = {0, 1, 127, 200, 255, 3}, narrow[] = {0, -1, 127, -128, 5, 6};
  static const int32_t wide[] = {0, -1, INT32_MAX, INT32_MIN, 5, 6};
  for (int encoding = WRITER_RAW; encoding <= WRITER_UNPACKED; encoding++) {
    writer w;
    writer_start(&w);
    w.encoding = (writer_encoding)encoding;
    writer_initializer_floats(&w, "floats", SHAPE(2, 3), floats);
    writer_initializer_ints(&w, "ints", SHAPE(6), ints);
    writer_initializer_int32s(&w, "bytes", ONNX_UINT8, SHAPE(6), bytes);
    writer_initializer_int32s(&w, "narrow", ONNX_INT8, SHAPE(6), narrow);
    writer_initializer_int32s(&w, "wide", ONNX_INT32, SHAPE(6), wide);
    writer_initializer_int32s(&w, "truth", ONNX_BOOL, SHAPE(6), (int32_t[]){0, 1, 1, 0, 1, 0});
    writer_initializer_floats(&w, "empty", SHAPE(0), floats);
    writer_initializer_floats(&w, "scalar", (shape){0}, floats + 2);
    loaded l = load(&w);
    float f[6];
    int64_t i[6];
    const onnx_tensor *t = initializer(l.model, "floats");
    CHECK(shape_equal(&t->shape, &SHAPE(2, 3)));
    onnx_floats(t, f);
    CHECK(memcmp(f, floats, sizeof f) == 0);
    onnx_ints(initializer(l.model, "ints"), i);
    CHECK(memcmp(i, ints, sizeof i) == 0);
    onnx_ints(initializer(l.model, "bytes"), i);
    for (int k = 0; k < 6; k++) CHECK_INT(i[k], bytes[k]);
    onnx_ints(initializer(l.model, "narrow"), i);
    for (int k = 0; k < 6; k++) CHECK_INT(i[k], narrow[k]);
    onnx_ints(initializer(l.model, "wide"), i);
    for (int k = 0; k < 6; k++) CHECK_INT(i[k], wide[k]);
    onnx_floats(initializer(l.model, "wide"), f);
    for (int k = 0; k < 6; k++) CHECK_NEAR(f[k], (float)wide[k], 0);
    onnx_floats(initializer(l.model, "truth"), f);
    CHECK_NEAR(f[4], 1, 0);
    CHECK_INT(initializer(l.model, "empty")->count, 0);
    onnx_floats(initializer(l.model, "empty"), f);
    CHECK_INT(initializer(l.model, "scalar")->shape.rank, 0);
    onnx_floats(initializer(l.model, "scalar"), f);
    CHECK_NEAR(f[0], 3.25, 0);
    unload(&l);
  }
}

static void weights_stay_in_the_file(void) {
  static float weights[1000];
  writer w;
  writer_start(&w);
  writer_initializer_floats(&w, "raw", SHAPE(1000), weights);
  w.encoding = WRITER_PACKED;
  writer_initializer_floats(&w, "packed", SHAPE(1000), weights);
  loaded l = load(&w);
  for (int i = 0; i < 2; i++) {
    const uint8_t *data = l.model->graph.initializers[i].data;
    CHECK(data > l.file && data + sizeof weights <= l.file + l.size);
  }
  unload(&l);
}

static void doubles_arrive(void) {
  static const double values[] = {1.5, -2e10, 1e-3};
  writer w;
  writer_start(&w);
  writer_initializer_raw(&w, "doubles", ONNX_DOUBLE, 1, (int64_t[]){3}, values, sizeof values);
  loaded l = load(&w);
  float f[3];
  int64_t i[3];
  onnx_floats(l.model->graph.initializers, f);
  onnx_ints(l.model->graph.initializers, i);
  for (int k = 0; k < 3; k++) CHECK_NEAR(f[k], (float)values[k], 0);
  CHECK_INT(i[0], 1);
  CHECK_INT(i[1], -20000000000);
  unload(&l);
}

/* ---- half floats ---- */

/* The definition, slowly. */
static double half_value(unsigned bits) {
  const double sign = bits & 0x8000 ? -1 : 1;
  const int exponent = bits >> 10 & 31, mantissa = (int)(bits & 1023);
  if (exponent == 31) return mantissa ? NAN : sign * INFINITY;
  return sign * (exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24));
}

static uint32_t bits_of(float f) {
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return bits;
}

static void all_half_floats_convert(void) {
  enum { COUNT = 65536 };
  uint16_t *bits = malloc(COUNT * sizeof *bits);
  float *values = test_floats(COUNT);
  for (int i = 0; i < COUNT; i++) bits[i] = (uint16_t)i;
  int wrong = 0;
  onnx_floats(&(onnx_tensor){.type = ONNX_FLOAT16, .data = bits, .count = COUNT}, values);
  for (int i = 0; i < COUNT; i++) {
    const double exact = half_value((unsigned)i);
    wrong += exact != exact ? values[i] == values[i] : bits_of(values[i]) != bits_of((float)exact);
  }
  CHECK_INT(wrong, 0);
  onnx_floats(&(onnx_tensor){.type = ONNX_BFLOAT16, .data = bits, .count = COUNT}, values);
  for (int i = 0; i < COUNT; i++) wrong += bits_of(values[i]) != (uint32_t)i << 16;
  CHECK_INT(wrong, 0);
  /* at an odd address */
  uint8_t shifted[9] = {0, 0, 0x3c, 0, 0xc0, 1, 0, 0xff, 0x7b};
  onnx_floats(&(onnx_tensor){.type = ONNX_FLOAT16, .data = shifted + 1, .count = 4}, values);
  CHECK_NEAR(values[0], 1, 0);
  CHECK_NEAR(values[1], -2, 0);
  CHECK_NEAR(values[2], ldexp(1, -24), 0);
  CHECK_NEAR(values[3], 65504, 0);
  free(bits), free(values);
}

static void floats_become_the_nearest_integers(void) {
  const float values[] = {NAN, INFINITY, -INFINITY, 1.9f, -1.9f, 1e18f};
  int64_t ints[6];
  onnx_ints(&(onnx_tensor){.type = ONNX_FLOAT, .data = values, .count = 6}, ints);
  CHECK_INT(ints[0], 0);
  CHECK_INT(ints[1], INT64_MAX);
  CHECK_INT(ints[2], INT64_MIN);
  CHECK_INT(ints[3], 1);
  CHECK_INT(ints[4], -1);
  CHECK_INT(ints[5], (int64_t)1e18f);
}

/* ---- what is refused ---- */

static void other_files_are_named(void) {
  static const struct {
    const char *bytes, *words;
  } files[] = {{"", "empty"},
               {"<!DOCTYPE html><html>404</html>", "HTML"},
               {"PK\3\4abcdefgh", "zip"},
               {"{\"a\": 1}", "JSON"},
               {"version https://git-lfs.github.com/spec/v1\n", "Git LFS"},
               {"\x1c\1\1\1TFL3", "TensorFlow Lite"},
               {"\x1f\x8b\1", "gzip"},
               {"hello, world", "at byte"},
               {"\x08\x08\x12\x04pyto", "at byte"},
               {"\x08\x08\x12\x04test", "no graph"}};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    onnx_model *model;
    CHECK_INT(parse(files[i].bytes, strlen(files[i].bytes) - (i == 8), &model), PL_INVALID_MODEL);
    CHECK(strncmp(pl_error_message(), "this is not an ONNX file", 24) == 0);
    if (!CHECK(strstr(pl_error_message(), files[i].words) != NULL)) printf("  %zu: \"%s\"\n", i, pl_error_message());
  }
}

/* No part of a file is a model, wherever it is cut. */
static void truncated_files_are_refused(void) {
  for (int s = 0; s < SAMPLE_COUNT; s++) {
    size_t size;
    uint8_t *file = samples[s](&size);
    for (size_t cut = 0; cut < size; cut++) {
      onnx_model *model;
      const pl_status status = parse(file, cut, &model);
      CHECK(status == PL_INVALID_MODEL || status == PL_UNSUPPORTED_MODEL || status == PL_MISSING_DATA);
    }
    free(file);
  }
}

static void wrong_sizes_are_named(void) {
  const float values[4] = {0};
  const int64_t shape22[] = {2, 2}, negative[] = {2, -2}, huge[] = {1LL << 31}, product[] = {2147483647, 2147483647, 2147483647},
                hidden[] = {0, 2147483647, 2147483647, 2147483647};
  writer w;
  writer_start(&w);
  writer_initializer_raw(&w, "short", ONNX_FLOAT, 2, shape22, values, 12);
  check_refused(&w, PL_INVALID_MODEL, "tensor 'short' of shape 2x2 needs 4 elements of 4 bytes, but the file holds 12 bytes");
  writer_start(&w);
  writer_initializer_raw(&w, "none", ONNX_FLOAT, 2, shape22, values, 0);
  check_refused(&w, PL_INVALID_MODEL, "holds 0 bytes");
  writer_start(&w);
  writer_initializer_raw(&w, "long", ONNX_INT8, 2, shape22, values, 16);
  check_refused(&w, PL_INVALID_MODEL, "holds 16 bytes");
  writer_start(&w);
  writer_initializer_raw(&w, "negative", ONNX_FLOAT, 2, negative, values, 16);
  check_refused(&w, PL_INVALID_MODEL, "tensor 'negative' has a dimension of -2");
  writer_start(&w);
  writer_initializer_raw(&w, "huge", ONNX_FLOAT, 1, huge, values, 16);
  check_refused(&w, PL_INVALID_MODEL, "2147483648");
  writer_start(&w);
  writer_initializer_raw(&w, "product", ONNX_FLOAT, 3, product, values, 16);
  check_refused(&w, PL_INVALID_MODEL, "impossible shape");
  writer_start(&w);
  writer_initializer_raw(&w, "hidden", ONNX_FLOAT, 4, hidden, values, 0);
  check_refused(&w, PL_INVALID_MODEL, "impossible shape");
  writer_start(&w);
  w.encoding = WRITER_PACKED;
  writer_initializer_int32s(&w, "few", ONNX_INT8, SHAPE(2), (int32_t[]){1, 2});
  writer_initializer_int32s(&w, "mixed", ONNX_FLOAT, SHAPE(2), (int32_t[]){1, 2}); /* floats do not stand in int32_data */
  check_refused(&w, PL_INVALID_MODEL, "tensor 'mixed'");
}

/* What nothing here can read is no fault of the file as long as nothing needs it. */
static void unreadable_tensors_are_noted(void) {
  static const int64_t one[] = {1}, seven[] = {1, 1, 1, 1, 1, 1, 1};
  writer w;
  writer_start(&w);
  writer_initializer_raw(&w, "words", 8, 1, one, "", 0);
  writer_initializer_raw(&w, "new", 99, 1, one, "", 0);
  writer_initializer_raw(&w, "deep", ONNX_FLOAT, 7, seven, "\0\0\0", 4);
  writer_initializer_raw(&w, "small", ONNX_UINT8, 1, one, "\7", 1);
  loaded l = load(&w);
  CHECK_TEXT(initializer(l.model, "words")->unreadable, "has elements of type string (8)");
  CHECK_TEXT(initializer(l.model, "new")->unreadable, "has elements of type unknown (99)");
  CHECK_TEXT(initializer(l.model, "deep")->unreadable, "has more dimensions than 6");
  CHECK(initializer(l.model, "deep")->data == NULL);
  CHECK(initializer(l.model, "small")->unreadable == NULL);
  unload(&l);
}

static void unsupported_files_say_what_to_do(void) {
  writer w;
  static const int64_t opsets[] = {0, 6, 22, 1LL << 40, -1};
  for (size_t i = 0; i < sizeof opsets / sizeof *opsets; i++) {
    char words[40];
    snprintf(words, sizeof words, "opset %lld;", (long long)opsets[i]);
    writer_start(&w);
    w.opset = opsets[i];
    check_refused(&w, PL_UNSUPPORTED_MODEL, words);
  }
  writer_start(&w);
  writer_node(&w, "", "nameless", "x", "y");
  check_refused(&w, PL_INVALID_MODEL, "node 'nameless'");
  writer_start(&w);
  writer_input_typed(&w, "deep", ONNX_FLOAT, 7, (int64_t[]){1, 1, 1, 1, 1, 1, 1});
  check_refused(&w, PL_UNSUPPORTED_MODEL, "'deep' has 7 dimensions");
}

/* A short file cannot make the loader take much memory: here one byte asks for eight, many times. */
static void memory_is_in_proportion(void) {
  enum { COUNT = 1 << 20 };
  int64_t *zeros = calloc(COUNT, sizeof *zeros);
  writer w;
  writer_start(&w);
  w.encoding = WRITER_PACKED;
  for (int i = 0; i < 4; i++) {
    writer_node(&w, "Many", "", "", "");
    writer_attribute_ints(&w, "zeros", COUNT, zeros);
    writer_initializer_ints(&w, "zeros", SHAPE(COUNT), zeros);
  }
  size_t size;
  void *file = writer_finish(&w, &size);
  onnx_model *model;
  CHECK_INT(parse(file, size, &model), PL_OK);
  free(file);
  free(zeros);
  writer_start(&w); /* 2 bytes for a list entry and a pointer each, in one node */
  char *commas = malloc(COUNT);
  memset(commas, ',', COUNT - 1);
  commas[COUNT - 1] = 0;
  writer_node(&w, "Many", "", commas, "");
  file = writer_finish(&w, &size);
  CHECK_INT(parse(file, size, &model), PL_OK);
  free(file);
  free(commas);
}

/* Weights are not copied, so that a large file costs what its structure costs. */
static void large_files_are_fast(void) {
  const size_t count = 6 << 20;
  float *weights = test_floats(count);
  writer w;
  writer_start(&w);
  writer_initializer_floats(&w, "weights", SHAPE((int)count), weights);
  size_t size;
  void *file = writer_finish(&w, &size);
  onnx_model *model;
  const clock_t start = clock();
  REQUIRE(onnx_parse(file, size, NULL, &model) == PL_OK);
  CHECK((double)(clock() - start) / CLOCKS_PER_SEC < 0.05);
  onnx_free(model);
  free(file);
  free(weights);
}

int main(void) {
  nodes_arrive();
  blocks_arrive();
  attributes_arrive();
  every_encoding_reads_the_same();
  weights_stay_in_the_file();
  doubles_arrive();
  all_half_floats_convert();
  floats_become_the_nearest_integers();
  other_files_are_named();
  truncated_files_are_refused();
  wrong_sizes_are_named();
  unreadable_tensors_are_noted();
  unsupported_files_say_what_to_do();
  memory_is_in_proportion();
  large_files_are_fast();
  return test_result();
}
