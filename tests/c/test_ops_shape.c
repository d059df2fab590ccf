/* Operators that move values: Concat, Transpose, DepthToSpace, changes of layout, Pad, Reshape and its like. */
#include "ops_harness.h"

/* ---- Concat ---- */

static void check_concat(int rank, int axis, const layout *layouts, int constant) {
  const int sizes[3] = {2, 1, 4};
  trial t;
  trial_begin(&t, "Concat", 13);
  for (int k = 0; k < 3; k++) {
    shape s = {rank, {2, 3, 2, 3}};
    s.dim[axis] = sizes[k];
    if (k == constant) trial_constant(&t, s, NULL);
    else trial_input(&t, s, layouts[k]);
  }
  trial_int(&t, "axis", axis % 2 ? axis : axis - rank);
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  float *out = trial_plain(&t.op.out[0], t.out[0]), *parts[3];
  for (int k = 0; k < 3; k++) parts[k] = k == constant ? NULL : trial_plain(&t.op.in[k], t.in[k]);
  size_t inner = 1, at[3] = {0}, i = 0;
  for (int d = axis + 1; d < rank; d++) inner *= (size_t)t.op.out[0].shape.dim[d];
  while (i < trial_out_count(&t))
    for (int k = 0; k < 3; k++)
      for (size_t n = 0; n < inner * (size_t)sizes[k]; n++) {
        const float *part = parts[k] ? parts[k] : (const float *)t.constants[k].data;
        if (!CHECK(out[i++] == part[at[k]++])) return;
      }
  trial_check_linear(&t, 1e-6);
  if (axis && constant < 0) CHECK(trial_same_alone(&t));
  free(out);
  for (int k = 0; k < 3; k++) free(parts[k]);
  trial_free(&t);
}

static void test_concat(void) {
  const layout last = LAYOUT_CHANNELS_LAST, plain = LAYOUT_PLAIN;
  const layout kinds[3][3] = {{last, last, last}, {plain, plain, plain}, {last, plain, last}};
  for (int kind = 0; kind < 3; kind++)
    for (int axis = 0; axis < 4; axis++)
      for (int constant = -1; constant < 3; constant++) check_concat(4, axis, kinds[kind], constant);
  for (int axis = 0; axis < 3; axis++) check_concat(3, axis, kinds[1], axis);
}

/* ---- Transpose, change of layout ---- */

static void check_transpose(shape s, layout l, const int64_t *from) {
  trial t;
  trial_begin(&t, "Transpose", 13);
  trial_input(&t, s, l);
  trial_ints(&t, "perm", s.rank, from);
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  int index[MAX_RANK] = {0};
  for (size_t i = 0; i < trial_out_count(&t); i++) {
    int source[MAX_RANK];
    for (int d = 0; d < s.rank; d++) source[from[d]] = index[d];
    if (!CHECK(t.out[0][trial_offset(&t.op.out[0], index)] == t.in[0][trial_offset(&t.op.in[0], source)])) break;
    for (int d = s.rank - 1; d >= 0; d--) {
      if (++index[d] < t.op.out[0].shape.dim[d]) break;
      index[d] = 0;
    }
  }
  trial_check_linear(&t, 1e-6);
  trial_free(&t);
}

static void test_transpose(void) {
  for (layout l = LAYOUT_PLAIN; l <= LAYOUT_CHANNELS_LAST; l++) {
    check_transpose((shape){4, {2, 3, 4, 5}}, l, (const int64_t[]){0, 2, 3, 1});
    check_transpose((shape){4, {2, 3, 4, 5}}, l, (const int64_t[]){0, 3, 1, 2});
    check_transpose((shape){4, {2, 3, 4, 5}}, l, (const int64_t[]){0, 1, 3, 2});
    check_transpose((shape){4, {2, 3, 4, 5}}, l, (const int64_t[]){3, 2, 1, 0});
    check_transpose((shape){4, {2, 3, 4, 5}}, l, (const int64_t[]){0, 1, 2, 3});
  }
  check_transpose((shape){3, {2, 3, 4}}, LAYOUT_PLAIN, (const int64_t[]){0, 2, 1});
  check_transpose((shape){2, {3, 40}}, LAYOUT_PLAIN, (const int64_t[]){1, 0});
  check_transpose((shape){5, {2, 3, 4, 5, 2}}, LAYOUT_PLAIN, (const int64_t[]){0, 2, 1, 4, 3});
}

static void test_relayout(void) {
  for (layout l = LAYOUT_PLAIN; l <= LAYOUT_CHANNELS_LAST; l++) {
    const tensor_type in = {{4, {2, 37, 5, 7}}, l}, out = {in.shape, l == LAYOUT_PLAIN ? LAYOUT_CHANNELS_LAST : LAYOUT_PLAIN};
    const size_t count = shape_count(&in.shape);
    op o = {.class = &ops_relayout, .backward = true, .input_count = 1, .output_count = 1, .low = -INFINITY, .high = INFINITY};
    o.in[0] = in;
    o.out[0] = out;
    REQUIRE(o.class->create(&o) == PL_OK && o.class->reshape(&o) == PL_OK);
    float *x = random_floats(count, -1, 1), *y = test_floats(count), *dx = test_floats(count);
    CHECK_INT(o.class->forward(&o, &(buffers){.in = {x}, .out = {y}}), PL_OK);
    CHECK_INT(o.class->backward(&o, &(buffers){.dout = {y}, .din = {dx}}), PL_OK);
    float *px = trial_plain(&in, x), *py = trial_plain(&out, y);
    CHECK(memcmp(px, py, count * sizeof *px) == 0);
    CHECK(memcmp(x, dx, count * sizeof *x) == 0);
    CHECK(memcmp(x, y, count * sizeof *x) != 0);
    o.class->free(&o);
    free(x);
    free(y);
    free(dx);
    free(px);
    free(py);
  }
}

/* ---- DepthToSpace, SpaceToDepth ---- */

/* The channel of the deep tensor that pixel (y, x) of the wide one's channel c comes from. */
static int deep_channel(const char *mode, int block, int channels, int c, int y, int x) {
  const int place = y % block * block + x % block;
  return strcmp(mode, "CRD") == 0 ? c * block * block + place : place * channels + c;
}

static void check_blocks(const char *op, const char *mode, layout l, int block) {
  const shape deep = {4, {2, 3 * block * block, 4, 5}}, wide = {4, {2, 3, 4 * block, 5 * block}};
  const bool spreads = strcmp(op, "DepthToSpace") == 0;
  trial t;
  trial_begin(&t, op, 13);
  trial_input(&t, spreads ? deep : wide, l);
  trial_int(&t, "blocksize", block);
  if (strcmp(mode, "DCR") != 0) trial_string(&t, "mode", mode);
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  CHECK_INT(t.op.out[0].layout, l);
  CHECK(shape_equal(&t.op.out[0].shape, spreads ? &wide : &deep));
  for (int n = 0; n < 2; n++)
    for (int c = 0; c < 3; c++)
      for (int y = 0; y < 4 * block; y++)
        for (int x = 0; x < 5 * block; x++) {
          const int at_wide[] = {n, c, y, x}, at_deep[] = {n, deep_channel(mode, block, 3, c, y, x), y / block, x / block};
          const float out = t.out[0][trial_offset(&t.op.out[0], spreads ? at_wide : at_deep)];
          if (!CHECK(out == t.in[0][trial_offset(&t.op.in[0], spreads ? at_deep : at_wide)])) return;
        }
  trial_check_linear(&t, 1e-6);
  CHECK(trial_same_alone(&t));
  trial_free(&t);
}

static void expect_blocks(const char *op, int block, const char *mode, pl_status status) {
  trial t;
  trial_begin(&t, op, 13);
  trial_input(&t, (shape){4, {1, 6, 3, 4}}, LAYOUT_PLAIN);
  trial_int(&t, "blocksize", block);
  trial_string(&t, "mode", mode);
  CHECK_INT(trial_infer(&t), status);
  trial_free(&t);
}

static void test_blocks(void) {
  for (layout l = LAYOUT_PLAIN; l <= LAYOUT_CHANNELS_LAST; l++)
    for (int block = 1; block < 4; block++) {
      check_blocks("DepthToSpace", "DCR", l, block);
      check_blocks("DepthToSpace", "CRD", l, block);
      check_blocks("SpaceToDepth", "DCR", l, block);
    }
  expect_blocks("DepthToSpace", 2, "DCR", PL_INVALID_MODEL);
  expect_blocks("DepthToSpace", 0, "DCR", PL_INVALID_MODEL);
  expect_blocks("DepthToSpace", 1, "XYZ", PL_UNSUPPORTED_OP);
  expect_blocks("SpaceToDepth", 2, "", PL_INVALID_MODEL);
  expect_blocks("SpaceToDepth", 1 << 20, "", PL_INVALID_MODEL);
}

/* ---- Pad ---- */

static int source_of(int at, int before, int size, const char *mode) {
  const int k = at - before;
  if (k >= 0 && k < size) return k;
  if (strcmp(mode, "constant") == 0) return -1;
  if (strcmp(mode, "edge") == 0) return k < 0 ? 0 : size - 1;
  return k < 0 ? -k : 2 * (size - 1) - k;
}

static void check_pad(layout l, const char *mode, int opset, const int64_t *pads) {
  const shape s = {4, {2, 3, 4, 5}};
  trial t;
  trial_begin(&t, "Pad", opset);
  trial_input(&t, s, l);
  if (opset >= 11) {
    trial_constant_ints(&t, 8, pads);
    trial_constant(&t, (shape){0, {0}}, (const float[]){0.25f});
  } else {
    trial_ints(&t, "pads", 8, pads);
    trial_float(&t, "value", 0.25f);
  }
  trial_string(&t, "mode", mode);
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  int index[4] = {0};
  for (size_t i = 0; i < trial_out_count(&t); i++) {
    int source[4];
    bool inside = true;
    for (int d = 0; d < 4; d++) inside &= (source[d] = source_of(index[d], (int)pads[d], s.dim[d], mode)) >= 0;
    const float want = inside ? t.in[0][trial_offset(&t.op.in[0], source)] : 0.25f;
    if (!CHECK(t.out[0][trial_offset(&t.op.out[0], index)] == want)) break;
    for (int d = 3; d >= 0; d--) {
      if (++index[d] < t.op.out[0].shape.dim[d]) break;
      index[d] = 0;
    }
  }
  trial_check_linear(&t, 1e-6);
  trial_free(&t);
}

static void test_pad(void) {
  const char *const modes[] = {"constant", "reflect", "edge"};
  for (layout l = LAYOUT_PLAIN; l <= LAYOUT_CHANNELS_LAST; l++)
    for (int mode = 0; mode < 3; mode++)
      for (int opset = 10; opset < 12; opset++) {
        check_pad(l, modes[mode], opset, (const int64_t[]){0, 0, 1, 2, 0, 0, 3, 1});
        check_pad(l, modes[mode], opset, (const int64_t[]){1, 2, 0, 0, 0, 1, 0, 0});
        check_pad(l, modes[mode], opset, (const int64_t[]){0, 0, -1, 2, 0, 0, 1, -2});
        check_pad(l, modes[mode], opset, (const int64_t[]){0, 0, 0, 0, 0, 0, 0, 0});
      }
  trial t;
  trial_begin(&t, "Pad", 18);
  trial_input(&t, (shape){4, {2, 3, 4, 5}}, LAYOUT_CHANNELS_LAST);
  trial_constant_ints(&t, 4, (const int64_t[]){1, 2, 3, 4});
  trial_left_out(&t);
  trial_constant_ints(&t, 2, (const int64_t[]){-1, 2});
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK_TEXT(shape_text(&t.op.out[0].shape), "2x3x10x9");
  trial_check_linear(&t, 1e-6);
  trial_free(&t);
  trial_begin(&t, "Pad", 11);
  trial_input(&t, (shape){4, {2, 3, 4, 5}}, LAYOUT_CHANNELS_LAST);
  trial_constant_ints(&t, 8, (const int64_t[]){0, 0, 4, 0, 0, 0, 0, 0});
  trial_string(&t, "mode", "reflect");
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  trial_free(&t);
}

/* ---- the same values under another shape ---- */

/* want: the output's shape as text, or NULL for a failure */
static void check_shape(trial *t, const char *want, layout layout_wanted) {
  const pl_status status = trial_prepare(t);
  if (!want) CHECK_INT(status, PL_INVALID_MODEL);
  else if (!CHECK_INT(status, PL_OK)) printf("  %s: %s\n", want, pl_error_message());
  else {
    CHECK_TEXT(shape_text(&t->op.out[0].shape), want);
    if (t->op.in[0].shape.rank == 4) CHECK_INT(t->op.in[0].layout, layout_wanted);
    trial_forward(t);
    float *in = trial_plain(&t->op.in[0], t->in[0]), *out = trial_plain(&t->op.out[0], t->out[0]);
    CHECK(memcmp(in, out, trial_out_count(t) * sizeof *in) == 0);
    trial_check_linear(t, 1e-6);
    free(in);
    free(out);
  }
  trial_free(t);
}

static void check_reshape(shape s, int count, const int64_t *target, int allow_zero, const char *want, layout wanted) {
  trial t;
  trial_begin(&t, "Reshape", 14);
  trial_input(&t, s, LAYOUT_CHANNELS_LAST);
  trial_constant_ints(&t, count, target);
  if (allow_zero) trial_int(&t, "allowzero", 1);
  check_shape(&t, want, wanted);
}

static void test_reshape(void) {
  const layout last = LAYOUT_CHANNELS_LAST, plain = LAYOUT_PLAIN;
  const shape image = {4, {2, 6, 3, 4}}, column = {4, {2, 6, 1, 1}};
  check_reshape(image, 2, (const int64_t[]){0, -1}, 0, "2x72", plain);
  check_reshape(image, 3, (const int64_t[]){2, 6, 12}, 0, "2x6x12", plain);
  check_reshape(image, 4, (const int64_t[]){2, 6, 3, 4}, 0, "2x6x3x4", last);
  check_reshape(image, 4, (const int64_t[]){2, 72, 1, 1}, 0, "2x72x1x1", plain);
  check_reshape(image, 5, (const int64_t[]){0, 2, 3, 0, -1}, 0, "2x2x3x4x3", plain);
  check_reshape(image, 5, (const int64_t[]){0, 2, 3, -1, 4}, 0, "2x2x3x3x4", plain);
  check_reshape(image, 2, (const int64_t[]){7, -1}, 0, NULL, plain);
  check_reshape(image, 2, (const int64_t[]){0, -1}, 1, NULL, plain);
  check_reshape(column, 2, (const int64_t[]){0, -1}, 0, "2x6", last);
  /* files made for one image */
  check_reshape(column, 2, (const int64_t[]){1, 6}, 0, "2x6", last);
  check_reshape(column, 2, (const int64_t[]){1, -1}, 0, "2x6", last);
  check_reshape(image, 3, (const int64_t[]){1, 6, -1}, 0, "2x6x12", plain);
  check_reshape((shape){4, {1, 6, 3, 4}}, 3, (const int64_t[]){1, 6, -1}, 0, "1x6x12", plain);
  trial t; /* windows of one image are no batch */
  trial_begin(&t, "Reshape", 14);
  trial_input(&t, (shape){3, {4, 3, 8}}, plain);
  trial_constant_ints(&t, 4, (const int64_t[]){1, 4, 3, -1});
  t.batch = 1;
  check_shape(&t, "1x4x3x8", plain);
}

static void test_others(void) {
  const layout last = LAYOUT_CHANNELS_LAST, plain = LAYOUT_PLAIN;
  const shape image = {4, {2, 6, 3, 4}}, column = {4, {2, 6, 1, 1}};
  trial t;
  trial_begin(&t, "Flatten", 13);
  trial_input(&t, image, last);
  check_shape(&t, "2x72", plain);
  trial_begin(&t, "Flatten", 13);
  trial_input(&t, column, last);
  check_shape(&t, "2x6", last);
  trial_begin(&t, "Flatten", 13);
  trial_input(&t, image, plain);
  trial_int(&t, "axis", -1);
  check_shape(&t, "36x4", plain);
  trial_begin(&t, "Squeeze", 13);
  trial_input(&t, column, last);
  trial_constant_ints(&t, 2, (const int64_t[]){2, -1});
  check_shape(&t, "2x6", last);
  trial_begin(&t, "Squeeze", 11);
  trial_input(&t, column, last);
  trial_ints(&t, "axes", 1, (const int64_t[]){3});
  check_shape(&t, "2x6x1", last);
  trial_begin(&t, "Squeeze", 11);
  trial_input(&t, (shape){4, {1, 6, 3, 1}}, last);
  check_shape(&t, "6x3", plain);
  trial_begin(&t, "Squeeze", 11);
  trial_input(&t, image, last);
  trial_ints(&t, "axes", 1, (const int64_t[]){3});
  check_shape(&t, NULL, plain);
  trial_begin(&t, "Unsqueeze", 13);
  trial_input(&t, (shape){2, {2, 6}}, plain);
  trial_constant_ints(&t, 2, (const int64_t[]){2, 3});
  check_shape(&t, "2x6x1x1", plain);
  trial_begin(&t, "Unsqueeze", 11);
  trial_input(&t, (shape){2, {2, 6}}, plain);
  trial_ints(&t, "axes", 2, (const int64_t[]){0, -1});
  check_shape(&t, "1x2x6x1", plain);
  trial_begin(&t, "Unsqueeze", 11);
  trial_input(&t, (shape){2, {2, 6}}, plain);
  trial_ints(&t, "axes", 2, (const int64_t[]){1, 1});
  check_shape(&t, NULL, plain);
  const char *const nothing[] = {"Identity", "Dropout"};
  for (int k = 0; k < 2; k++) {
    trial_begin(&t, nothing[k], 13);
    trial_input(&t, image, last);
    CHECK(t.node.op->flags & DOES_NOTHING);
    check_shape(&t, "2x6x3x4", last);
  }
}

/* Between floats the values stay; truth is 0 or 1, and has no gradient. */
static void test_cast(void) {
  for (int truth = 0; truth < 2; truth++) {
    trial t;
    trial_begin(&t, "Cast", 13);
    trial_input(&t, (shape){2, {3, 4}}, LAYOUT_PLAIN);
    trial_int(&t, "to", truth ? ONNX_BOOL : ONNX_FLOAT);
    REQUIRE(trial_prepare(&t) == PL_OK);
    t.in[0][5] = 0;
    trial_forward(&t);
    trial_backward(&t);
    for (size_t i = 0; i < 12; i++) {
      CHECK(t.out[0][i] == (truth ? (float)(i != 5) : t.in[0][i]));
      CHECK(t.din[0][i] == (truth ? 0 : t.dout[0][i]));
    }
    trial_free(&t);
  }
}

static void test_list(void) {
  CHECK(ops_count() > 20);
  for (int k = 0; k < ops_count(); k++) {
    const op_class *class = ops_at(k);
    CHECK(ops_find(class->type) == class);
    CHECK(class->infer && class->forward && class->backward);
  }
  CHECK(ops_find("conv") == NULL);
}

static void expect_unsupported(trial *t, const char *words) {
  CHECK_INT(trial_infer(t), PL_UNSUPPORTED_OP);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  %s\n", pl_error_message());
  trial_free(t);
}

static void test_refused(void) {
  const shape image = {4, {2, 6, 3, 4}};
  trial t;
  trial_begin(&t, "Relu", 13);
  trial_constant(&t, image, NULL);
  expect_unsupported(&t, "node 'tested' (Relu): its input is a constant");
  trial_begin(&t, "Add", 13);
  for (int k = 0; k < 2; k++) trial_constant(&t, image, NULL);
  expect_unsupported(&t, "constants");
  trial_begin(&t, "Concat", 13);
  for (int k = 0; k < 3; k++) trial_constant(&t, image, NULL);
  expect_unsupported(&t, "constants");
  int outputs[2] = {0, 1};
  value values[2] = {{.consumers = 1}, {.consumers = 1}};
  trial_begin(&t, "MaxPool", 13);
  trial_input(&t, image, LAYOUT_CHANNELS_LAST);
  trial_ints(&t, "kernel_shape", 2, (const int64_t[]){2, 2});
  t.graph.values = values;
  t.node.outputs = outputs;
  t.node.output_count = 2;
  expect_unsupported(&t, "its output 1 is read");
  trial_begin(&t, "Conv", 13);
  trial_input(&t, image, LAYOUT_CHANNELS_LAST);
  trial_input(&t, image, LAYOUT_CHANNELS_LAST);
  expect_unsupported(&t, "its weight depends on the image, but only constant ones are supported");
  trial_begin(&t, "Conv", 13); /* a modulated convolution, the first of a generator */
  t.graph.latent.rank = 2;
  trial_constant(&t, image, NULL);
  trial_input(&t, image, LAYOUT_CHANNELS_LAST);
  expect_unsupported(&t, "its weight depends on the latent, but only constant ones are supported");
  trial_begin(&t, "PRelu", 13);
  trial_constant(&t, image, NULL);
  trial_input(&t, image, LAYOUT_CHANNELS_LAST);
  expect_unsupported(&t, "its input 1 depends on the image, which is supported of the first one only");
}

int main(void) {
  random_seed(4);
  test_concat();
  test_transpose();
  test_relayout();
  test_blocks();
  test_pad();
  test_reshape();
  test_others();
  test_cast();
  test_list();
  test_refused();
  return test_result();
}
