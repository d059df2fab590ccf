/* Nodes that read constants only become constants, with the values that ONNX defines. */
#include "network/build/build.h"
#include "network/ops/ops.h"
#include "onnx_writer.h"
#include "support.h"

typedef struct built {
  void *file;
  onnx_model *model;
  graph *g;
} built;

static void start(writer *w) {
  writer_start(w);
  writer_input(w, "image", SHAPE(1, 3, 8, 8));
}

static built build(writer *w, const char *output) {
  built b;
  size_t size;
  writer_output(w, output, SHAPE(1));
  b.file = writer_finish(w, &size);
  if (onnx_parse(b.file, size, NULL, &b.model) || build_graph(b.model, (image_size){0}, &b.g)) {
    printf("%s\n", pl_error_message());
    exit(1);
  }
  return b;
}

static void release(built *b) {
  graph_free(b->g);
  onnx_free(b->model);
  free(b->file);
}

/* The constant that `output` must have become. */
static void check_floats(writer *w, const char *output, shape s, const float *expected) {
  built b = build(w, output);
  const onnx_tensor *t = b.g->values[b.g->output].constant;
  if (CHECK(t != NULL) && CHECK(shape_equal(&t->shape, &s))) {
    float *values = test_floats(t->count);
    onnx_floats(t, values);
    for (size_t i = 0; i < t->count; i++)
      if (!CHECK_NEAR(values[i], expected[i], 0)) printf("  '%s', element %zu\n", output, i);
    free(values);
  } else {
    printf("  '%s'\n", output);
  }
  release(&b);
}

/* One node of one output, made of constants a, b, c, ... of integers, gives these integers. */
static void check_ints(writer *w, shape s, const int64_t *expected) {
  float values[64];
  for (size_t i = 0; i < shape_count(&s); i++) values[i] = (float)expected[i];
  check_floats(w, "out", s, values);
}

static void check_not_folded(writer *w) {
  built b = build(w, "out");
  CHECK(b.g->values[b.g->output].constant == NULL);
  release(&b);
}

static void add_ints(writer *w, const char *name, int count, const int64_t *values) {
  writer_initializer_ints(w, name, SHAPE(count), values);
}

static void add_matrix(writer *w) { /* 0 1 2 / 3 4 5 */
  writer_initializer_ints(w, "matrix", SHAPE(2, 3), (int64_t[]){0, 1, 2, 3, 4, 5});
}

static void begin(writer *w) {
  start(w);
  add_matrix(w);
}

/* ---- types ---- */

static void casts_keep_large_weights_where_they_are(void) {
  const uint16_t halves[] = {0x3c00, 0xc000, 0x3555, 0x0001};
  writer w;
  start(&w);
  writer_initializer_raw(&w, "weights", ONNX_FLOAT16, 2, (int64_t[]){2, 2}, halves, sizeof halves);
  writer_node(&w, "Cast", "", "weights", "out");
  writer_attribute_int(&w, "to", ONNX_FLOAT);
  built b = build(&w, "out");
  const onnx_tensor *t = b.g->values[b.g->output].constant;
  REQUIRE(t != NULL);
  CHECK(t->data == b.model->graph.initializers[0].data);
  float values[4];
  onnx_floats(t, values);
  CHECK_NEAR(values[1], -2, 0);
  CHECK_TEXT(t->name, "out");
  release(&b);
}

static void casts_convert(void) {
  writer w;
  begin(&w);
  writer_node(&w, "Cast", "", "matrix", "floats");
  writer_attribute_int(&w, "to", ONNX_FLOAT);
  check_floats(&w, "floats", SHAPE(2, 3), (float[]){0, 1, 2, 3, 4, 5});
  start(&w);
  writer_initializer_floats(&w, "floats", SHAPE(3), (float[]){-1.7f, 2.9f, 300});
  writer_node(&w, "Cast", "", "floats", "out");
  writer_attribute_int(&w, "to", ONNX_INT32);
  check_ints(&w, SHAPE(3), (int64_t[]){-1, 2, 300});
  begin(&w);
  writer_node(&w, "Cast", "", "matrix", "out");
  writer_attribute_int(&w, "to", ONNX_BOOL);
  check_ints(&w, SHAPE(2, 3), (int64_t[]){0, 1, 1, 1, 1, 1});
  begin(&w);
  writer_node(&w, "Cast", "", "matrix", "out");
  writer_attribute_int(&w, "to", 8); /* string */
  check_not_folded(&w);
}

static void casts_take_the_type_of_another(void) {
  writer w;
  begin(&w);
  writer_initializer_floats(&w, "half", (shape){0}, (float[]){2.5f});
  writer_node(&w, "CastLike", "", "half,matrix", "whole");
  writer_node(&w, "CastLike", "", "whole,half", "out");
  check_floats(&w, "out", (shape){0}, (float[]){2});
}

static void constants_of_every_kind(void) {
  writer w;
  start(&w);
  writer_node(&w, "Constant", "", "", "out");
  writer_attribute_int(&w, "value_int", 7);
  check_ints(&w, (shape){0}, (int64_t[]){7});
  start(&w);
  writer_node(&w, "Constant", "", "", "out");
  writer_attribute_ints(&w, "value_ints", INTS(7, 8));
  check_ints(&w, SHAPE(2), (int64_t[]){7, 8});
  start(&w);
  writer_node(&w, "Constant", "", "", "out");
  writer_attribute_floats(&w, "value_floats", FLOATS(0.5f, 1));
  check_floats(&w, "out", SHAPE(2), (float[]){0.5f, 1});
  start(&w);
  writer_node(&w, "Constant", "", "", "out");
  writer_attribute_tensor_floats(&w, "value", SHAPE(1, 2), (float[]){3, 4});
  check_floats(&w, "out", SHAPE(1, 2), (float[]){3, 4});
  start(&w);
  writer_node(&w, "Constant", "", "", "out");
  writer_attribute_string(&w, "value_string", "words");
  check_not_folded(&w);
  start(&w);
  add_ints(&w, "sizes", INTS(2, 2));
  writer_node(&w, "ConstantOfShape", "", "sizes", "out");
  writer_attribute_tensor_ints(&w, "value", SHAPE(1), (int64_t[]){9});
  check_ints(&w, SHAPE(2, 2), (int64_t[]){9, 9, 9, 9});
  start(&w);
  add_ints(&w, "sizes", INTS(2));
  writer_node(&w, "ConstantOfShape", "", "sizes", "out");
  check_floats(&w, "out", SHAPE(2), (float[]){0, 0});
}

/* ---- shapes ---- */

static void shapes_are_read(void) {
  writer w;
  begin(&w);
  writer_node(&w, "Shape", "", "matrix", "out");
  check_ints(&w, SHAPE(2), (int64_t[]){2, 3});
  begin(&w);
  writer_node(&w, "Shape", "", "matrix", "out");
  writer_attribute_int(&w, "start", -1);
  check_ints(&w, SHAPE(1), (int64_t[]){3});
  begin(&w);
  writer_node(&w, "Size", "", "matrix", "out");
  check_ints(&w, (shape){0}, (int64_t[]){6});
}

static void reshape(writer *w, int count, const int64_t *target) {
  begin(w);
  add_ints(w, "target", count, target);
  writer_node(w, "Reshape", "", "matrix,target", "out");
}

static void shapes_are_changed(void) {
  static const int64_t elements[] = {0, 1, 2, 3, 4, 5};
  writer w;
  reshape(&w, INTS(3, -1));
  check_ints(&w, SHAPE(3, 2), elements);
  reshape(&w, INTS(0, 1, -1));
  check_ints(&w, SHAPE(2, 1, 3), elements);
  reshape(&w, INTS(4, -1));
  check_not_folded(&w);
  reshape(&w, INTS(-1, -1));
  check_not_folded(&w);
  reshape(&w, INTS(1, 1, 0));
  check_not_folded(&w);
  begin(&w);
  writer_node(&w, "Flatten", "", "matrix", "out");
  writer_attribute_int(&w, "axis", 0);
  check_ints(&w, SHAPE(1, 6), elements);
  begin(&w);
  add_ints(&w, "axes", INTS(0, -1));
  writer_node(&w, "Unsqueeze", "", "matrix,axes", "out");
  check_ints(&w, SHAPE(1, 2, 3, 1), elements);
  begin(&w);
  writer_node(&w, "Unsqueeze", "", "matrix", "wide"); /* up to opset 12 */
  writer_attribute_ints(&w, "axes", INTS(1));
  writer_node(&w, "Squeeze", "", "wide", "out");
  check_ints(&w, SHAPE(2, 3), elements);
  begin(&w);
  writer_node(&w, "Transpose", "", "matrix", "out");
  check_ints(&w, SHAPE(3, 2), (int64_t[]){0, 3, 1, 4, 2, 5});
  begin(&w);
  writer_node(&w, "Transpose", "", "matrix", "out");
  writer_attribute_ints(&w, "perm", INTS(0, 0));
  check_not_folded(&w);
}

/* ---- moving elements ---- */

static void parts_are_taken_and_joined(void) {
  writer w;
  begin(&w);
  writer_node(&w, "Concat", "", "matrix,matrix", "out");
  writer_attribute_int(&w, "axis", 1);
  check_ints(&w, SHAPE(2, 6), (int64_t[]){0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5});
  begin(&w);
  writer_initializer_ints(&w, "index", (shape){0}, (int64_t[]){-1});
  writer_node(&w, "Gather", "", "matrix,index", "out");
  writer_attribute_int(&w, "axis", 1);
  check_ints(&w, SHAPE(2), (int64_t[]){2, 5});
  begin(&w);
  writer_initializer_ints(&w, "index", SHAPE(1, 2), (int64_t[]){1, 0});
  writer_node(&w, "Gather", "", "matrix,index", "out");
  check_ints(&w, SHAPE(1, 2, 3), (int64_t[]){3, 4, 5, 0, 1, 2});
  begin(&w);
  add_ints(&w, "index", INTS(2));
  writer_node(&w, "Gather", "", "matrix,index", "out");
  check_not_folded(&w);
}

static void slices_are_gathered_and_scattered_at_indices(void) {
  writer w;
  begin(&w);
  writer_initializer_ints(&w, "pairs", SHAPE(3, 1, 2), (int64_t[]){1, 0, 0, -1, 1, 0});
  writer_node(&w, "GatherND", "", "matrix,pairs", "out");
  check_ints(&w, SHAPE(3, 1), (int64_t[]){3, 2, 3});
  begin(&w);
  writer_initializer_ints(&w, "rows", SHAPE(1, 1), (int64_t[]){-1});
  writer_node(&w, "GatherND", "", "matrix,rows", "out");
  check_ints(&w, SHAPE(1, 3), (int64_t[]){3, 4, 5});
  begin(&w);
  writer_initializer_ints(&w, "rows", SHAPE(2, 1), (int64_t[]){1, 1});
  writer_initializer_ints(&w, "new", SHAPE(2, 3), (int64_t[]){6, 7, 8, 9, 10, 11});
  writer_node(&w, "ScatterND", "", "matrix,rows,new", "out");
  check_ints(&w, SHAPE(2, 3), (int64_t[]){0, 1, 2, 9, 10, 11});
  begin(&w);
  writer_initializer_ints(&w, "rows", SHAPE(1, 1), (int64_t[]){2});
  writer_node(&w, "GatherND", "", "matrix,rows", "out");
  check_not_folded(&w);
  begin(&w);
  writer_initializer_ints(&w, "rows", SHAPE(1, 1), (int64_t[]){0});
  writer_initializer_ints(&w, "new", SHAPE(3), (int64_t[]){6, 7, 8});
  writer_node(&w, "ScatterND", "", "matrix,rows,new", "out");
  check_not_folded(&w);
}

static void slice(writer *w, int64_t from, int64_t to, int64_t step) {
  begin(w);
  add_ints(w, "starts", INTS(from));
  add_ints(w, "ends", INTS(to));
  add_ints(w, "axes", INTS(1));
  add_ints(w, "steps", INTS(step));
  writer_node(w, "Slice", "", "matrix,starts,ends,axes,steps", "out");
}

static void slices_are_cut_as_python_cuts(void) {
  writer w;
  slice(&w, 1, INT64_MAX, 1);
  check_ints(&w, SHAPE(2, 2), (int64_t[]){1, 2, 4, 5});
  slice(&w, -100, 100, 2);
  check_ints(&w, SHAPE(2, 2), (int64_t[]){0, 2, 3, 5});
  slice(&w, -1, INT64_MIN, -1);
  check_ints(&w, SHAPE(2, 3), (int64_t[]){2, 1, 0, 5, 4, 3});
  slice(&w, 2, 1, 1);
  check_ints(&w, SHAPE(2, 0), NULL);
  slice(&w, 0, 3, INT64_MAX);
  check_ints(&w, SHAPE(2, 1), (int64_t[]){0, 3});
  slice(&w, INT64_MAX, INT64_MIN, INT64_MIN);
  check_ints(&w, SHAPE(2, 1), (int64_t[]){2, 5});
  slice(&w, 0, 3, 0);
  check_not_folded(&w);
  begin(&w); /* up to opset 9 */
  writer_node(&w, "Slice", "", "matrix", "out");
  writer_attribute_ints(&w, "starts", INTS(1, 0));
  writer_attribute_ints(&w, "ends", INTS(2, -1));
  check_ints(&w, SHAPE(1, 2), (int64_t[]){3, 4});
}

/* All parts joined again, the second one first. */
static void check_split(const char *inputs, const char *parts, const int64_t *expected) {
  writer w;
  begin(&w);
  add_ints(&w, "sizes", INTS(1, 2));
  add_ints(&w, "few", INTS(1, 1));
  writer_node(&w, "Split", "", inputs, parts);
  writer_attribute_int(&w, "axis", 1);
  writer_node(&w, "Concat", "", "b,a", "out");
  writer_attribute_int(&w, "axis", 1);
  if (expected) check_ints(&w, SHAPE(2, 3), expected);
  else check_not_folded(&w);
}

static void parts_are_split(void) {
  check_split("matrix,sizes", "a,b", (int64_t[]){1, 2, 0, 4, 5, 3});
  check_split("matrix", "a,b", (int64_t[]){2, 0, 1, 5, 3, 4});
  check_split("matrix,few", "a,b", NULL);
  check_split("matrix,sizes", "a,b,c", NULL);
}

static void ranges_and_repetitions(void) {
  writer w;
  static const int64_t bounds[4][3] = {{0, 5, 2}, {5, 0, -2}, {3, 3, 1}, {0, 5, 0}};
  static const int64_t expected[2][3] = {{0, 2, 4}, {5, 3, 1}};
  for (int i = 0; i < 4; i++) {
    start(&w);
    for (int k = 0; k < 3; k++) writer_initializer_ints(&w, (const char *[]){"from", "to", "by"}[k], (shape){0}, &bounds[i][k]);
    writer_node(&w, "Range", "", "from,to,by", "out");
    if (i < 3) check_ints(&w, SHAPE(i < 2 ? 3 : 0), i < 2 ? expected[i] : NULL);
    else check_not_folded(&w);
  }
  for (int k = 0; k < 2; k++) {
    start(&w);
    writer_initializer_floats(&w, "from", (shape){0}, (float[]){0.5f});
    writer_initializer_floats(&w, "to", (shape){0}, (float[]){2});
    writer_initializer_floats(&w, "by", (shape){0}, (float[]){k ? 0 : 0.5f});
    writer_node(&w, "Range", "", "from,to,by", "out");
    if (k) check_not_folded(&w);
    else check_floats(&w, "out", SHAPE(3), (float[]){0.5f, 1, 1.5f});
  }
  start(&w);
  writer_initializer_ints(&w, "column", SHAPE(2, 1), (int64_t[]){7, 8});
  add_ints(&w, "asked", INTS(2, 1, 2));
  writer_node(&w, "Expand", "", "column,asked", "out");
  check_ints(&w, SHAPE(2, 2, 2), (int64_t[]){7, 7, 8, 8, 7, 7, 8, 8});
}

/* ---- arithmetic ---- */

static void check_arithmetic(const char *op, int64_t a, int64_t b, int64_t c, int64_t d) {
  writer w;
  start(&w);
  writer_initializer_ints(&w, "a", SHAPE(2, 2), (int64_t[]){1, -7, 9, 4});
  add_ints(&w, "b", INTS(2, 4));
  writer_node(&w, op, "", "a,b", "out");
  check_ints(&w, SHAPE(2, 2), (int64_t[]){a, b, c, d});
}

static void arithmetic_repeats_what_is_short(void) {
  check_arithmetic("Add", 3, -3, 11, 8);
  check_arithmetic("Sub", -1, -11, 7, 0);
  check_arithmetic("Mul", 2, -28, 18, 16);
  check_arithmetic("Div", 0, -1, 4, 1);
  check_arithmetic("Min", 1, -7, 2, 4);
  check_arithmetic("Max", 2, 4, 9, 4);
  check_arithmetic("Equal", 0, 0, 0, 1);
  check_arithmetic("Less", 1, 1, 0, 0);
  check_arithmetic("Greater", 0, 0, 1, 0);
  check_arithmetic("LessOrEqual", 1, 1, 0, 1);
  check_arithmetic("GreaterOrEqual", 0, 0, 1, 1);
  check_arithmetic("Mod", 1, 1, 1, 0);
  check_arithmetic("Pow", 1, 2401, 81, 256);
  writer w;
  start(&w);
  writer_initializer_floats(&w, "a", SHAPE(2), (float[]){1, 3});
  writer_initializer_floats(&w, "b", (shape){0}, (float[]){2});
  writer_node(&w, "Div", "", "a,b", "half");
  writer_node(&w, "Mul", "", "half,half", "square");
  writer_node(&w, "Sqrt", "", "square", "root");
  writer_node(&w, "Ceil", "", "root", "out");
  check_floats(&w, "out", SHAPE(2), (float[]){1, 2});
  start(&w);
  add_ints(&w, "a", INTS(1, 0, 3));
  add_ints(&w, "b", INTS(4, 5, 6));
  writer_node(&w, "Where", "", "a,b,a", "out");
  check_ints(&w, SHAPE(3), (int64_t[]){4, 0, 6});
}

static void remainders_follow_the_divisor_or_the_dividend(void) {
  for (int fmod_ = 0; fmod_ < 2; fmod_++)
    for (int floats = 0; floats < 2; floats++) {
      writer w;
      start(&w);
      add_ints(&w, "x", INTS(7, 7, -7, -7, 6));
      add_ints(&w, "y", INTS(3, -3, 3, -3, 3));
      writer_node(&w, "Cast", "", "x", "a");
      writer_attribute_int(&w, "to", floats ? ONNX_FLOAT : ONNX_INT64);
      writer_node(&w, "Cast", "", "y", "b");
      writer_attribute_int(&w, "to", floats ? ONNX_FLOAT : ONNX_INT64);
      writer_node(&w, "Mod", "", "a,b", "out");
      writer_attribute_int(&w, "fmod", fmod_);
      check_ints(&w, SHAPE(5), fmod_ ? (int64_t[]){1, 1, -1, -1, 0} : (int64_t[]){1, -2, 2, -1, 0});
    }
}

static void conditions_are_joined(void) {
  static const struct {
    const char *op;
    int64_t want[4];
  } cases[] = {{"And", {0, 0, 0, 1}}, {"Or", {0, 1, 1, 1}}, {"Xor", {0, 1, 1, 0}}, {"Not", {1, 1, 0, 0}}};
  for (int k = 0; k < 4; k++) {
    writer w;
    start(&w);
    writer_initializer_int32s(&w, "a", ONNX_BOOL, SHAPE(4), (int32_t[]){0, 0, 1, 1});
    writer_initializer_int32s(&w, "b", ONNX_BOOL, SHAPE(4), (int32_t[]){0, 1, 0, 1});
    writer_node(&w, cases[k].op, "", k < 3 ? "a,b" : "a", "out");
    check_ints(&w, SHAPE(4), cases[k].want);
  }
}

static void any_number_of_inputs_and_signs(void) {
  writer w;
  for (int k = 0; k < 2; k++) {
    start(&w);
    add_ints(&w, "a", INTS(1, 5, -3));
    add_ints(&w, "b", INTS(2));
    add_ints(&w, "c", INTS(0, 9, 9));
    writer_node(&w, k ? "Max" : "Min", "", "a,b,c", "out");
    check_ints(&w, SHAPE(3), k ? (int64_t[]){2, 9, 9} : (int64_t[]){0, 2, -3});
    start(&w);
    add_ints(&w, "a", INTS(1, 0, -3));
    writer_node(&w, k ? "Neg" : "Abs", "", "a", "out");
    check_ints(&w, SHAPE(3), k ? (int64_t[]){-1, 0, 3} : (int64_t[]){1, 0, 3});
    start(&w);
    writer_initializer_floats(&w, "a", SHAPE(3), (float[]){1.5f, 0, -3});
    writer_node(&w, k ? "Neg" : "Abs", "", "a", "out");
    check_floats(&w, "out", SHAPE(3), k ? (float[]){-1.5f, 0, 3} : (float[]){1.5f, 0, 3});
  }
  start(&w);
  writer_initializer_floats(&w, "a", SHAPE(3), (float[]){0.5f, 1.5f, -2.6f});
  writer_node(&w, "Round", "", "a", "out");
  check_floats(&w, "out", SHAPE(3), (float[]){0, 2, -3});
}

/* As masks are made: of a condition of one shape and values of others. */
static void choices_repeat_what_is_short(void) {
  writer w;
  start(&w);
  writer_initializer_int32s(&w, "which", ONNX_BOOL, SHAPE(2, 1), (int32_t[]){1, 0});
  writer_initializer_floats(&w, "yes", SHAPE(1, 3), (float[]){1, 2, 3});
  writer_initializer_floats(&w, "no", (shape){0}, (float[]){-0.5f});
  writer_node(&w, "Where", "", "which,yes,no", "out");
  check_floats(&w, "out", SHAPE(2, 3), (float[]){1, 2, 3, -0.5f, -0.5f, -0.5f});
}

/* ---- patterns ---- */

static void patterns_are_made(void) {
  writer w;
  begin(&w);
  add_ints(&w, "repeats", INTS(2, 2));
  writer_node(&w, "Tile", "", "matrix,repeats", "out");
  check_ints(&w, SHAPE(4, 6), (int64_t[]){0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5, 0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5});
  begin(&w);
  add_ints(&w, "repeats", INTS(2, -1));
  writer_node(&w, "Tile", "", "matrix,repeats", "out");
  check_not_folded(&w);
  begin(&w);
  writer_node(&w, "EyeLike", "", "matrix", "out");
  writer_attribute_int(&w, "k", 1);
  check_ints(&w, SHAPE(2, 3), (int64_t[]){0, 1, 0, 0, 0, 1});
  begin(&w);
  writer_node(&w, "EyeLike", "", "matrix", "out");
  writer_attribute_int(&w, "dtype", ONNX_FLOAT);
  check_floats(&w, "out", SHAPE(2, 3), (float[]){1, 0, 0, 0, 1, 0});
  static const int64_t triangles[2][6] = {{0, 0, 0, 3, 4, 0}, {0, 1, 2, 0, 4, 5}};
  for (int upper = 0; upper < 2; upper++) {
    begin(&w);
    writer_node(&w, "Trilu", "", "matrix", "out");
    writer_attribute_int(&w, "upper", upper);
    check_ints(&w, SHAPE(2, 3), triangles[upper]);
  }
  begin(&w);
  writer_initializer_ints(&w, "diagonal", (shape){0}, (int64_t[]){-1});
  writer_node(&w, "Trilu", "", "matrix,diagonal", "out");
  writer_attribute_int(&w, "upper", 0);
  check_ints(&w, SHAPE(2, 3), (int64_t[]){0, 0, 0, 3, 0, 0});
  begin(&w);
  writer_node(&w, "NonZero", "", "matrix", "out");
  check_ints(&w, SHAPE(2, 5), (int64_t[]){0, 0, 1, 1, 1, 1, 2, 0, 1, 2});
  for (int axis = 0; axis < 4; axis++) { /* of integers and of floats */
    begin(&w);
    writer_initializer_ints(&w, "axis", (shape){0}, (int64_t[]){axis & 1});
    writer_node(&w, "Cast", "", "matrix", "values");
    writer_attribute_int(&w, "to", axis & 2 ? ONNX_FLOAT : ONNX_INT64);
    writer_node(&w, "CumSum", "", "values,axis", "out");
    check_ints(&w, SHAPE(2, 3), axis & 1 ? (int64_t[]){0, 1, 3, 3, 7, 12} : (int64_t[]){0, 1, 2, 3, 5, 7});
  }
}

/* As exporters write convolutions whose weights are standardized: other outputs are named, but nothing reads them. */
static void weights_are_standardized(void) {
  writer w;
  start(&w);
  writer_initializer_floats(&w, "weights", SHAPE(1, 2, 4), (float[]){1, 3, 1, 3, 10, 10, 30, 30});
  writer_initializer_floats(&w, "scale", SHAPE(2), (float[]){1, 2});
  writer_initializer_floats(&w, "bias", SHAPE(2), (float[]){0, 5});
  writer_node(&w, "BatchNormalization", "", "weights,scale,bias,bias,scale", "out,mean,variance");
  writer_attribute_int(&w, "training_mode", 1);
  writer_attribute_float(&w, "epsilon", 0);
  check_floats(&w, "out", SHAPE(1, 2, 4), (float[]){-1, 1, -1, 1, 3, 3, 7, 7});
}

/* Only results count against what may be computed beforehand, not what it takes to compute them. */
static void large_weights_go_through_several_nodes(void) {
  enum { ROWS = 600, COLUMNS = 500 };
  float *values = random_floats(ROWS * COLUMNS, 1, 2), *rows = random_floats(ROWS, 1, 2);
  writer w;
  start(&w);
  writer_initializer_floats(&w, "weights", SHAPE(ROWS, COLUMNS), values);
  writer_initializer_floats(&w, "rows", SHAPE(ROWS, 1), rows);
  writer_node(&w, "Sub", "", "weights,rows", "difference");
  writer_node(&w, "Mul", "", "difference,rows", "product");
  writer_node(&w, "Div", "", "product,rows", "out");
  for (int i = 0; i < ROWS * COLUMNS; i++) values[i] = (values[i] - rows[i / COLUMNS]) * rows[i / COLUMNS] / rows[i / COLUMNS];
  check_floats(&w, "out", SHAPE(ROWS, COLUMNS), values);
  free(values);
  free(rows);
}

static void integers_are_reduced(void) {
  static const struct {
    const char *op;
    int64_t rows[2], all;
  } cases[] = {{"ReduceSum", {3, 12}, 15}, {"ReduceProd", {0, 60}, 0}, {"ReduceMax", {2, 5}, 5}, {"ReduceMin", {0, 3}, 0}};
  writer w;
  for (int k = 0; k < 4; k++) {
    begin(&w);
    add_ints(&w, "axes", INTS(-1));
    writer_node(&w, cases[k].op, "", "matrix,axes", "out");
    check_ints(&w, SHAPE(2, 1), cases[k].rows);
    begin(&w);
    writer_node(&w, cases[k].op, "", "matrix", "out");
    writer_attribute_ints(&w, "axes", INTS(1));
    writer_attribute_int(&w, "keepdims", 0);
    check_ints(&w, SHAPE(2), cases[k].rows);
    begin(&w);
    writer_node(&w, cases[k].op, "", "matrix", "out");
    writer_attribute_int(&w, "keepdims", 0);
    check_ints(&w, (shape){0}, &cases[k].all);
  }
  start(&w);
  add_ints(&w, "large", INTS(INT64_MAX, 2));
  writer_node(&w, "ReduceProd", "", "large", "out");
  check_not_folded(&w);
}

/* ---- what has no rule of its own: the network's operators ---- */

static void begin_floats(writer *w) {
  start(w);
  writer_initializer_floats(w, "image4", SHAPE(1, 2, 2, 2), (float[]){1, 2, 3, 4, 5, 6, 7, 9});
  writer_initializer_floats(w, "rows", SHAPE(2, 2), (float[]){3, 4, -6, 8});
  writer_initializer_floats(w, "columns", SHAPE(2, 1), (float[]){1, 0.5f});
  add_ints(w, "axis", INTS(-1));
}

static void operators_run_on_constants(void) {
  writer w;
  begin_floats(&w); /* a table of positions through a layer, as relative biases are made */
  writer_node(&w, "MatMul", "", "rows,columns", "product");
  writer_node(&w, "Relu", "", "product", "out");
  check_floats(&w, "out", SHAPE(2, 1), (float[]){5, 0});
  begin_floats(&w);
  writer_node(&w, "ReduceL2", "", "rows,axis", "out");
  w.opset = 18;
  check_floats(&w, "out", SHAPE(2, 1), (float[]){5, 10});
  begin_floats(&w);
  writer_node(&w, "Sub", "", "rows,rows", "zeros");
  writer_node(&w, "Cos", "", "zeros", "out");
  check_floats(&w, "out", SHAPE(2, 2), (float[]){1, 1, 1, 1});
  begin_floats(&w); /* channels last inside, N x C x H x W outside */
  writer_initializer_floats(&w, "scales", SHAPE(2, 1, 1, 1), (float[]){1, 2});
  writer_node(&w, "Conv", "", "image4,scales", "out");
  writer_attribute_int(&w, "group", 2);
  check_floats(&w, "out", SHAPE(1, 2, 2, 2), (float[]){1, 2, 3, 4, 10, 12, 14, 18});
  begin_floats(&w);
  writer_node(&w, "MaxPool", "", "image4", "out");
  writer_attribute_ints(&w, "kernel_shape", INTS(2, 2));
  check_floats(&w, "out", SHAPE(1, 2, 1, 1), (float[]){4, 9});
}

static void what_operators_refuse_is_left_alone(void) {
  writer w;
  begin_floats(&w);
  writer_node(&w, "MatMul", "", "columns,rows", "out"); /* 2x1 by 2x2 */
  check_not_folded(&w);
  begin_floats(&w);
  writer_node(&w, "Exp", "", "axis", "out");
  check_not_folded(&w);
  begin_floats(&w);
  writer_node(&w, "Unheard", "", "rows", "out");
  check_not_folded(&w);
}

static void impossible_arithmetic_is_left_alone(void) {
  static const int64_t pairs[][2] = {{1, 0}, {INT64_MIN, -1}};
  writer w;
  for (int i = 0; i < 2; i++) {
    start(&w);
    add_ints(&w, "a", INTS(pairs[i][0]));
    add_ints(&w, "b", INTS(pairs[i][1]));
    writer_node(&w, "Div", "", "a,b", "out");
    check_not_folded(&w);
  }
  start(&w);
  add_ints(&w, "a", INTS(INT64_MAX));
  writer_node(&w, "Add", "", "a,a", "out");
  check_not_folded(&w);
  start(&w);
  add_ints(&w, "a", INTS(1, 2));
  add_ints(&w, "b", INTS(1, 2, 3));
  writer_node(&w, "Add", "", "a,b", "out");
  check_not_folded(&w);
}

/* A few bytes of file that ask for gigabytes stay what they are. */
static void small_files_do_not_unfold_without_bound(void) {
  writer w;
  start(&w);
  add_ints(&w, "sizes", INTS(1 << 15, 1 << 15));
  writer_node(&w, "ConstantOfShape", "", "sizes", "out");
  check_not_folded(&w);
  start(&w);
  add_ints(&w, "sizes", INTS(1 << 30, 1 << 30, 1 << 30));
  writer_node(&w, "ConstantOfShape", "", "sizes", "out");
  check_not_folded(&w);
  start(&w); /* each doubles what the one before made */
  add_ints(&w, "x0", INTS(1, 2, 3, 4));
  char in[32], out[16];
  for (int i = 0; i < 40; i++) {
    snprintf(in, sizeof in, "x%d,x%d", i, i);
    snprintf(out, sizeof out, i < 39 ? "x%d" : "out", i + 1);
    writer_node(&w, "Concat", "", in, out);
    writer_attribute_int(&w, "axis", 0);
  }
  check_not_folded(&w);
}

int main(void) {
  casts_keep_large_weights_where_they_are();
  casts_convert();
  casts_take_the_type_of_another();
  constants_of_every_kind();
  shapes_are_read();
  shapes_are_changed();
  parts_are_taken_and_joined();
  slices_are_gathered_and_scattered_at_indices();
  slices_are_cut_as_python_cuts();
  parts_are_split();
  ranges_and_repetitions();
  arithmetic_repeats_what_is_short();
  remainders_follow_the_divisor_or_the_dividend();
  conditions_are_joined();
  any_number_of_inputs_and_signs();
  choices_repeat_what_is_short();
  patterns_are_made();
  weights_are_standardized();
  large_weights_go_through_several_nodes();
  integers_are_reduced();
  operators_run_on_constants();
  what_operators_refuse_is_left_alone();
  impossible_arithmetic_is_left_alone();
  small_files_do_not_unfold_without_bound();
  return test_result();
}
