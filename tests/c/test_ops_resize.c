/* Tensors of another size: Resize and Upsample against numbers of ONNX Runtime, Expand and Tile against their definition. */
#include "ops_harness.h"

enum { MOST = 9 };

/* ---- a row ---- */

typedef struct row {
  const char *mode, *place, *round; /* NULL: left out */
  int size;                         /* of the output; 0: scale */
  float scale;
  bool antialias, exclude_outside;
  int count;
  float in[6], out[MOST];
} row;

static void make_row(trial *t, const row *r) {
  trial_begin(t, "Resize", 19);
  trial_input(t, (shape){4, {1, 1, 1, r->in[4] > 0 ? 6 : 4}}, LAYOUT_CHANNELS_LAST);
  trial_left_out(t);
  if (r->size) {
    trial_left_out(t);
    trial_constant_ints(t, 4, (const int64_t[]){1, 1, 1, r->size});
    trial_from_sizes(t);
  } else {
    trial_constant(t, (shape){1, {4}}, (const float[]){1, 1, 1, r->scale});
  }
  if (r->mode) trial_string(t, "mode", r->mode);
  if (r->place) trial_string(t, "coordinate_transformation_mode", r->place);
  if (r->round) trial_string(t, "nearest_mode", r->round);
  trial_int(t, "antialias", r->antialias);
  trial_int(t, "exclude_outside", r->exclude_outside);
}

static void check_row(const row *r) {
  trial t;
  make_row(&t, r);
  if (!CHECK_INT(trial_prepare(&t), PL_OK)) printf("  %s\n", pl_error_message());
  else {
    memcpy(t.in[0], r->in, trial_in_count(&t, 0) * sizeof(float));
    trial_forward(&t);
    CHECK_INT(t.op.out[0].shape.dim[3], r->count);
    if (!CHECK_CLOSE(t.out[0], r->out, (size_t)r->count, 2e-6))
      printf("  %s, %s, %s, %d, %g\n", r->mode, r->place, r->round, r->size, (double)r->scale);
    trial_check_linear(&t, 1e-6);
  }
  trial_free(&t);
}

static void test_rows(void) {
  static const char *const half = "half_pixel", *const symmetric = "half_pixel_symmetric", *const torch = "pytorch_half_pixel";
  static const char *const corners = "align_corners", *const plain = "asymmetric";
#define FOUR .in = {1, 2, 4, 8}
#define SIX .in = {1, 2, 4, 8, 5, 3}
  const row rows[] = {
      {"nearest", half, NULL, 7, 0, false, false, 7, FOUR, {1, 1, 2, 2, 4, 8, 8}},
      {NULL, NULL, NULL, 0, 1.7f, false, false, 6, FOUR, {1, 1, 2, 4, 4, 8}},
      {"nearest", symmetric, NULL, 0, 1.7f, false, false, 6, FOUR, {1, 2, 2, 4, 4, 8}},
      {"nearest", corners, NULL, 7, 0, false, false, 7, FOUR, {1, 1, 2, 2, 4, 4, 8}},
      {"nearest", plain, NULL, 7, 0, false, false, 7, FOUR, {1, 2, 2, 4, 4, 8, 8}},
      {"nearest", half, "floor", 8, 0, false, false, 8, FOUR, {1, 1, 1, 2, 2, 4, 4, 8}},
      {"nearest", half, "ceil", 8, 0, false, false, 8, FOUR, {1, 2, 2, 4, 4, 8, 8, 8}},
      {"nearest", plain, "round_prefer_floor", 8, 0, false, false, 8, FOUR, {1, 1, 2, 2, 4, 4, 8, 8}},
      {"nearest", plain, "round_prefer_ceil", 8, 0, false, false, 8, FOUR, {1, 2, 2, 4, 4, 8, 8, 8}},
      {"nearest", plain, "floor", 6, 0, false, false, 6, FOUR, {1, 1, 2, 4, 4, 8}},
      {"nearest", plain, "ceil", 6, 0, false, false, 6, FOUR, {1, 2, 4, 4, 8, 8}},
      {"linear", half, NULL, 7, 0, false, false, 7, FOUR, {1, 1.3571429f, 1.9285715f, 3, 4.285714f, 6.5714283f, 8}},
      {"linear", half, NULL, 0, 1.7f, false, false, 6, FOUR, {1, 1.3823528f, 1.9705882f, 3.1176472f, 4.588235f, 6.9411764f}},
      {"linear",
       symmetric,
       NULL,
       0,
       1.7f,
       false,
       false,
       6,
       FOUR,
       {1.0294119f, 1.6176472f, 2.4117649f, 3.5882354f, 5.5294123f, 7.882353f}},
      {"linear", torch, NULL, 7, 0, false, false, 7, FOUR, {1, 1.3571429f, 1.9285715f, 3, 4.285714f, 6.5714283f, 8}},
      {"linear", torch, NULL, 1, 0, false, false, 1, FOUR, {1}},
      {"linear", half, NULL, 1, 0, false, false, 1, FOUR, {3}},
      {"linear", corners, NULL, 7, 0, false, false, 7, FOUR, {1, 1.5f, 2, 3, 4, 6, 8}},
      {"linear", corners, NULL, 0, 1.7f, false, false, 6, FOUR, {1, 1.6f, 2.4f, 3.6f, 5.6f, 8}},
      {"linear", corners, NULL, 1, 0, false, false, 1, FOUR, {1}},
      {"linear", plain, NULL, 7, 0, false, false, 7, FOUR, {1, 1.5714285f, 2.2857144f, 3.4285715f, 5.1428576f, 7.4285717f, 8}},
      {"cubic",
       half,
       NULL,
       7,
       0,
       false,
       false,
       7,
       FOUR,
       {0.9007838f, 1.2177477f, 1.8504f, 2.71875f, 4.321247f, 6.760023f, 8.396862f}},
      {"cubic",
       symmetric,
       NULL,
       0,
       1.7f,
       false,
       false,
       6,
       FOUR,
       {1.0214374f, 1.4127436f, 2.3600707f, 3.2720637f, 5.692642f, 7.9104805f}},
      {"cubic", corners, NULL, 7, 0, false, false, 7, FOUR, {1, 1.3125f, 2, 2.71875f, 4, 6.1875f, 8}},
      {"cubic", plain, NULL, 0, 1.7f, false, false, 6, FOUR, {1, 1.3852034f, 2.318746f, 3.1960077f, 5.5662513f, 7.8184395f}},
      {"cubic",
       half,
       NULL,
       9,
       0,
       false,
       true,
       9,
       SIX,
       {0.8986486f, 1.2857144f, 2.3044002f, 3.383103f, 6.46875f, 7.951388f, 5.67361f, 3.657143f, 2.7972975f}},
      {"linear", half, NULL, 3, 0, true, false, 3, SIX, {1.75f, 5.375f, 4.375f}},
      {"linear", half, NULL, 4, 0, true, true, 4, SIX, {1.3750001f, 3.777778f, 6.5555553f, 3.7500005f}},
      {"cubic", half, NULL, 4, 0, true, false, 4, SIX, {1.1412023f, 3.7831793f, 7.1057105f, 3.4907403f}},
      {"cubic", half, NULL, 3, 0, true, true, 3, SIX, {1.4178793f, 5.7754717f, 4.5945945f}},
  };
#undef FOUR
#undef SIX
  for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) check_row(&rows[k]);
}

/* ---- images ---- */

/* One axis after the other is what all at once are: each item and channel of the image alone, its rows, then its columns. */
static void check_image(layout l, const char *mode, shape s, int height, int width, const char *place) {
  trial t, one;
  trial_begin(&t, "Resize", 13);
  trial_input(&t, s, l);
  trial_left_out(&t);
  trial_left_out(&t);
  trial_constant_ints(&t, 4, (const int64_t[]){1, s.dim[1], height, width});
  trial_string(&t, "mode", mode);
  trial_string(&t, "coordinate_transformation_mode", place);
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  CHECK_INT(t.op.out[0].layout, l);
  for (int n = 0; n < s.dim[0]; n++)
    for (int x = 0; x < width && s.dim[3] == width; x++) { /* columns alone, where rows stay as they are */
      trial_begin(&one, "Resize", 13);
      trial_input(&one, (shape){3, {1, s.dim[1], s.dim[2]}}, LAYOUT_PLAIN);
      trial_left_out(&one);
      trial_left_out(&one);
      trial_constant_ints(&one, 3, (const int64_t[]){1, s.dim[1], height});
      trial_string(&one, "mode", mode);
      trial_string(&one, "coordinate_transformation_mode", place);
      REQUIRE(trial_prepare(&one) == PL_OK);
      for (int c = 0; c < s.dim[1]; c++)
        for (int y = 0; y < s.dim[2]; y++)
          one.in[0][c * s.dim[2] + y] = t.in[0][trial_offset(&t.op.in[0], (const int[]){n, c, y, x})];
      trial_forward(&one);
      for (int c = 0; c < s.dim[1]; c++)
        for (int y = 0; y < height; y++)
          CHECK(one.out[0][c * height + y] == t.out[0][trial_offset(&t.op.out[0], (const int[]){n, c, y, x})]);
      trial_free(&one);
    }
  trial_check_linear(&t, 1e-6);
  CHECK(trial_same_alone(&t));
  trial_free(&t);
}

static void test_images(void) {
  static const char *const modes[] = {"nearest", "linear", "cubic"};
  for (layout l = LAYOUT_PLAIN; l <= LAYOUT_CHANNELS_LAST; l++)
    for (int mode = 0; mode < 3; mode++) {
      check_image(l, modes[mode], (shape){4, {2, 3, 4, 5}}, 9, 5, "half_pixel");
      check_image(l, modes[mode], (shape){4, {2, 3, 4, 5}}, 8, 10, "asymmetric");
      check_image(l, modes[mode], (shape){4, {2, 5, 9, 7}}, 4, 13, "align_corners");
      check_image(l, modes[mode], (shape){4, {2, 3, 4, 5}}, 4, 5, "half_pixel");
    }
}

/* ---- forms of older and newer opsets ---- */

static const float SIX[] = {1, 2, 4, 8, 5, 3};

static void check_form(trial *t, const char *want, const float *out) {
  if (!CHECK_INT(trial_prepare(t), PL_OK)) printf("  %s\n", pl_error_message());
  else {
    CHECK_TEXT(shape_text(&t->op.out[0].shape), want);
    memcpy(t->in[0], SIX, sizeof SIX);
    trial_forward(t);
    CHECK_CLOSE(t->out[0], out, trial_out_count(t), 1e-6);
    trial_check_linear(t, 1e-6);
  }
  trial_free(t);
}

static void test_forms(void) {
  static const float scales[] = {1, 1, 2, 2};
  static const float nearest[] = {1, 1, 2, 2, 4, 4, 1, 1, 2, 2, 4, 4, 8, 8, 5, 5, 3, 3, 8, 8, 5, 5, 3, 3};
  static const float linear[] = {1, 1.5f, 2, 3, 4, 4, 4.5f, 4, 3.5f, 3.5f, 3.5f, 3.5f, 8, 6.5f, 5, 4, 3, 3, 8, 6.5f, 5, 4, 3, 3};
  static const float not_larger[] = {1, 1, 2, 2, 2, 4, 4, 1, 1, 2, 2, 2, 4, 4, 8, 8, 5, 5,
                                     5, 3, 3, 8, 8, 5, 5, 5, 3, 3, 8, 8, 5, 5, 5, 3, 3};
  const shape image = {4, {1, 1, 2, 3}};
  trial t;
  for (int opset = 7; opset < 11; opset++)
    for (int mode = 0; mode < 2; mode++) {
      trial_begin(&t, opset < 10 ? "Upsample" : "Resize", opset);
      trial_input(&t, image, LAYOUT_PLAIN);
      if (opset < 9) trial_floats(&t, "scales", 4, scales);
      else trial_constant(&t, (shape){1, {4}}, scales);
      trial_string(&t, "mode", mode ? "linear" : "nearest");
      check_form(&t, "1x1x4x6", mode ? linear : nearest);
    }
  trial_begin(&t, "Resize", 10); /* what shrinks takes the next one */
  trial_input(&t, (shape){4, {1, 1, 1, 6}}, LAYOUT_PLAIN);
  trial_constant(&t, (shape){1, {4}}, (const float[]){1, 1, 1, 0.6f});
  check_form(&t, "1x1x1x3", (const float[]){1, 4, 5});
  trial_begin(&t, "Resize", 18);
  trial_input(&t, image, LAYOUT_PLAIN);
  trial_left_out(&t);
  trial_left_out(&t);
  trial_constant_ints(&t, 2, (const int64_t[]){7, 5});
  trial_ints(&t, "axes", 2, (const int64_t[]){-1, 2});
  trial_string(&t, "keep_aspect_ratio_policy", "not_larger");
  check_form(&t, "1x1x5x7", not_larger);
}

/* ---- Expand, Tile ---- */

static void check_repeat(const char *op, layout l, shape s, int count, const int64_t *list, const char *want, bool constant) {
  trial t;
  trial_begin(&t, op, 13);
  if (constant) trial_constant(&t, s, NULL);
  else trial_input(&t, s, l);
  trial_constant_ints(&t, count, list);
  trial_from_sizes(&t);
  if (!CHECK_INT(trial_prepare(&t), PL_OK)) {
    printf("  %s\n", pl_error_message());
    return;
  }
  trial_forward(&t);
  const tensor_type *out = &t.op.out[0], plain = {s, LAYOUT_PLAIN};
  CHECK_TEXT(shape_text(&out->shape), want);
  if (!constant && s.rank == out->shape.rank) CHECK_INT(out->layout, l);
  int index[MAX_RANK] = {0};
  for (size_t i = 0; i < trial_out_count(&t); i++) {
    int from[MAX_RANK];
    for (int d = 0; d < s.rank; d++) from[d] = index[d + out->shape.rank - s.rank] % s.dim[d];
    const float *in = constant ? t.constants[0].data : t.in[0];
    const size_t at = trial_offset(constant ? &plain : &t.op.in[0], from);
    if (!CHECK(t.out[0][trial_offset(out, index)] == in[at])) break;
    for (int d = out->shape.rank - 1; d >= 0; d--) {
      if (++index[d] < out->shape.dim[d]) break;
      index[d] = 0;
    }
  }
  trial_check_linear(&t, 1e-6);
  const bool keeps_items = !constant && s.rank == out->shape.rank && count == s.rank && list[0] == 1;
  if (keeps_items) CHECK(trial_same_alone(&t));
  trial_free(&t);
}

static void test_repeats(void) {
  for (layout l = LAYOUT_PLAIN; l <= LAYOUT_CHANNELS_LAST; l++) {
    check_repeat("Expand", l, (shape){4, {2, 3, 1, 1}}, 4, (const int64_t[]){1, 1, 4, 5}, "2x3x4x5", false);
    check_repeat("Expand", l, (shape){4, {2, 1, 4, 1}}, 3, (const int64_t[]){3, 1, 5}, "2x3x4x5", false);
    check_repeat("Expand", l, (shape){4, {2, 3, 4, 5}}, 2, (const int64_t[]){1, 5}, "2x3x4x5", false);
    check_repeat("Expand", l, (shape){4, {2, 3, 1, 5}}, 5, (const int64_t[]){3, 1, 1, 2, 1}, "3x2x3x2x5", false);
    check_repeat("Tile", l, (shape){4, {2, 3, 4, 5}}, 4, (const int64_t[]){1, 2, 3, 2}, "2x6x12x10", false);
    check_repeat("Tile", l, (shape){4, {2, 3, 4, 5}}, 4, (const int64_t[]){2, 1, 2, 1}, "4x3x8x5", false);
  }
  check_repeat("Expand", LAYOUT_PLAIN, (shape){3, {1, 1, 7}}, 3, (const int64_t[]){5, 1, 1}, "5x1x7", true);
  check_repeat("Tile", LAYOUT_PLAIN, (shape){4, {1, 2, 1, 3}}, 4, (const int64_t[]){5, 1, 2, 1}, "5x2x2x3", true);
}

/* ---- what is refused ---- */

static void expect(trial *t, pl_status status, const char *words) {
  CHECK_INT(trial_infer(t), status);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  %s\n", pl_error_message());
  trial_free(t);
}

static void begin_resize(trial *t, const float *scales) {
  trial_begin(t, "Resize", 13);
  trial_input(t, (shape){4, {1, 2, 3, 4}}, LAYOUT_PLAIN);
  trial_left_out(t);
  trial_constant(t, (shape){1, {4}}, scales);
}

static void test_refused(void) {
  static const float twice[] = {1, 1, 2, 2};
  trial t;
  begin_resize(&t, twice);
  trial_string(&t, "coordinate_transformation_mode", "tf_crop_and_resize");
  expect(&t, PL_UNSUPPORTED_OP, "coordinate_transformation_mode 'tf_crop_and_resize' is not supported");
  begin_resize(&t, twice);
  trial_string(&t, "mode", "area");
  expect(&t, PL_UNSUPPORTED_OP, "mode 'area'");
  const float wrong[] = {0, -1, 0.1f, NAN, INFINITY, 1e9f};
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
    begin_resize(&t, (const float[]){1, 1, 1, wrong[k]});
    expect(&t, PL_INVALID_MODEL, "a scale of");
  }
  begin_resize(&t, (const float[]){1, 1, 1e4f, 1e5f});
  expect(&t, PL_UNSUPPORTED_MODEL, "too large");
  trial_begin(&t, "Resize", 13);
  trial_input(&t, (shape){4, {1, 2, 3, 4}}, LAYOUT_PLAIN);
  expect(&t, PL_INVALID_MODEL, "neither scales nor sizes");
  trial_begin(&t, "Resize", 13);
  trial_input(&t, (shape){4, {1, 2, 3, 4}}, LAYOUT_PLAIN);
  for (int k = 0; k < 2; k++) trial_left_out(&t);
  trial_constant_ints(&t, 3, (const int64_t[]){1, 2, 3});
  expect(&t, PL_INVALID_MODEL, "3 sizes for 4 axes");
  trial_begin(&t, "Resize", 13);
  trial_input(&t, (shape){4, {1, 2, 3, 4}}, LAYOUT_PLAIN);
  for (int k = 0; k < 2; k++) trial_left_out(&t);
  trial_input(&t, (shape){1, {4}}, LAYOUT_PLAIN);
  expect(&t, PL_UNSUPPORTED_OP, "its sizes depend on the image");
  begin_resize(&t, twice);
  trial_ints(&t, "axes", 4, (const int64_t[]){0, 1, 2, -2});
  expect(&t, PL_INVALID_MODEL, "its axes");
  trial_begin(&t, "Expand", 13);
  trial_input(&t, (shape){2, {3, 4}}, LAYOUT_PLAIN);
  trial_constant_ints(&t, 2, (const int64_t[]){2, 4});
  expect(&t, PL_INVALID_MODEL, "cannot be expanded");
  trial_begin(&t, "Expand", 13);
  trial_input(&t, (shape){2, {3, 4}}, LAYOUT_PLAIN);
  trial_input(&t, (shape){1, {2}}, LAYOUT_PLAIN);
  expect(&t, PL_UNSUPPORTED_OP, "its target shape depends on the image");
  trial_begin(&t, "Tile", 13);
  trial_input(&t, (shape){2, {3, 4}}, LAYOUT_PLAIN);
  trial_constant_ints(&t, 2, (const int64_t[]){-1, 4});
  expect(&t, PL_INVALID_MODEL, "-1 repeats");
  trial_begin(&t, "Tile", 13);
  trial_input(&t, (shape){2, {3, 4}}, LAYOUT_PLAIN);
  trial_constant_ints(&t, 1, (const int64_t[]){2});
  expect(&t, PL_INVALID_MODEL, "1 repeats of 3x4");
}

int main(void) {
  random_seed(21);
  test_rows();
  test_images();
  test_forms();
  test_repeats();
  test_refused();
  return test_result();
}
