/* What a model's file may look like at its input: layouts, channels, types, sizes, and what it lets guess of its values. */
#include <string.h>

#include "network/model.h"
#include "onnx_writer.h"
#include "support.h"

enum { SIDE = 8, PIXELS = SIDE * SIDE, UNITS = 4 };

static const pl_preprocessing plain = {.std = {1, 1, 1, 1}};

typedef struct loaded {
  void *file;
  pl_model *model;
} loaded;

static loaded load(writer *w, const pl_preprocessing *p) {
  loaded l;
  size_t size;
  l.file = writer_finish(w, &size);
  if (pl_model_load(l.file, size, &(pl_model_options){.preprocessing = p}, &l.model)) {
    printf("%s\n", pl_error_message());
    exit(1);
  }
  return l;
}

static void release(loaded *l) {
  pl_model_free(l->model);
  free(l->file);
}

/* "features": a 3x3 convolution of the value `from`, N x C x H x W; "logits": its means. */
static void write_network(writer *w, const char *from, int channels) {
  char inputs[40];
  float weights[UNITS * 4 * 9];
  random_seed(3);
  random_fill(weights, UNITS * 4 * 9, -1, 1);
  writer_initializer_floats(w, "weights", SHAPE(UNITS, channels, 3, 3), weights);
  snprintf(inputs, sizeof inputs, "%s,weights", from);
  writer_node(w, "Conv", "conv", inputs, "features");
  writer_node(w, "GlobalAveragePool", "pool", "features", "pooled");
  writer_node(w, "Flatten", "flat", "pooled", "logits");
  writer_output(w, "logits", SHAPE(1, UNITS));
}

static loaded make_plain(int channels, const pl_preprocessing *p) {
  writer w;
  writer_start(&w);
  writer_input(&w, "image", SHAPE(1, channels, SIDE, SIDE));
  write_network(&w, "image", channels);
  return load(&w, p);
}

/* The gradient of logit 1, and the logits, for one image. */
static void run(const loaded *l, const float *image, float *logits, float *dimage) {
  float score;
  static const char objective[] = "{\"kind\":\"logit\",\"unit\":1}";
  CHECK_INT(pl_activations(l->model, image, SIDE, SIDE, "logits", logits, UNITS), PL_OK);
  if (!CHECK_INT(pl_gradient(l->model, image, SIDE, SIDE, objective, &score, dimage), PL_OK)) printf("%s\n", pl_error_message());
  CHECK_NEAR((double)score, (double)logits[1], 1e-5);
}

static void same(const loaded *a, const loaded *b) {
  float *image = random_floats(3 * PIXELS, 0, 1), logits[2][UNITS], dimage[2][3 * PIXELS];
  run(a, image, logits[0], dimage[0]);
  run(b, image, logits[1], dimage[1]);
  CHECK_CLOSE(logits[0], logits[1], UNITS, 1e-5);
  CHECK_CLOSE(dimage[0], dimage[1], 3 * PIXELS, 1e-5);
  free(image);
}

static void check_input(const loaded *l, int channels, int height, int width) {
  int found[3];
  pl_model_input(l->model, &found[0], &found[1], &found[2]);
  CHECK_INT(found[0], channels);
  CHECK_INT(found[1], height);
  CHECK_INT(found[2], width);
}

static loaded make_channels_last(shape s) {
  writer w;
  writer_start(&w);
  writer_input(&w, "image", s);
  writer_node(&w, "Transpose", "front", "image", "turned");
  writer_attribute_ints(&w, "perm", INTS(0, 3, 1, 2));
  write_network(&w, "turned", 3);
  return load(&w, &plain);
}

static void channels_may_be_last(void) {
  const shape shapes[] = {SHAPE(1, SIDE, SIDE, 3), SHAPE(-1, SIDE, SIDE, 3), SHAPE(-1, -1, -1, 3), SHAPE(-1, -1, -1, -1),
                          SHAPE(1, 3, 4, 3)};
  loaded front = make_plain(3, &plain), last = make_channels_last(shapes[0]);
  check_input(&last, 3, SIDE, SIDE);
  same(&front, &last);
  release(&front);
  release(&last);
  for (size_t i = 1; i < sizeof shapes / sizeof *shapes; i++) {
    loaded l = make_channels_last(shapes[i]);
    check_input(&l, 3, shapes[i].dim[1] > 0 ? shapes[i].dim[1] : 224, shapes[i].dim[2] > 0 ? shapes[i].dim[2] : 224);
    if (i == 1) CHECK_INT(pl_model_accepts(l.model, 16, 24, NULL), PL_OK);
    release(&l);
  }
}

/* d score / d image against differences, for what no network of three channels can be compared with. */
static void check_gradient(const loaded *l) {
  float *image = random_floats(3 * PIXELS, 0, 1), *direction = random_floats(3 * PIXELS, -1, 1), *moved = test_floats(3 * PIXELS);
  float logits[UNITS], dimage[3 * PIXELS];
  double ends[2];
  run(l, image, logits, dimage);
  for (int side = 0; side < 2; side++) {
    for (int i = 0; i < 3 * PIXELS; i++) moved[i] = image[i] + (side ? 0.05f : -0.05f) * direction[i];
    CHECK_INT(pl_activations(l->model, moved, SIDE, SIDE, "logits", logits, UNITS), PL_OK);
    ends[side] = (double)logits[1];
  }
  const double slope = dot_product(dimage, direction, 3 * PIXELS);
  CHECK_NEAR(slope, (ends[1] - ends[0]) / 0.1, 1e-3 * (fabs(slope) + 1));
  free(image), free(direction), free(moved);
}

/* A grey image looks the same in every channel; others go by their luminance. */
static void one_channel_is_the_luminance(void) {
  const pl_preprocessing p = {.mean = {0.4f}, .std = {0.3f}};
  loaded grey = make_plain(1, &p);
  float image[3 * PIXELS], logits[2][UNITS];
  check_input(&grey, 1, SIDE, SIDE);
  check_gradient(&grey);
  random_fill(image, 3 * PIXELS, 0, 1);
  CHECK_INT(pl_activations(grey.model, image, SIDE, SIDE, "logits", logits[0], UNITS), PL_OK);
  for (int i = 0; i < PIXELS; i++) {
    const float luminance = 0.299f * image[3 * i] + 0.587f * image[3 * i + 1] + 0.114f * image[3 * i + 2];
    image[3 * i] = image[3 * i + 1] = image[3 * i + 2] = luminance;
  }
  CHECK_INT(pl_activations(grey.model, image, SIDE, SIDE, "logits", logits[1], UNITS), PL_OK);
  CHECK_CLOSE(logits[0], logits[1], UNITS, 1e-5);
  release(&grey);
}

/* The fourth channel is 1 before normalization; blue first or not. */
static void alpha_is_one(void) {
  for (int bgr = 0; bgr < 2; bgr++) {
    const pl_preprocessing p = {{0.4f, 0.5f, 0.6f, 0.25f}, {0.3f, 0.2f, 0.1f, 0.5f}, bgr};
    loaded four = make_plain(4, &p);
    check_gradient(&four);
    exec *e;
    const int target = graph_find(four.model->graph, "features");
    REQUIRE(exec_create(four.model->graph, &target, 1, &p, true, &e) == PL_OK &&
            exec_reshape(e, 2, SIDE, SIDE, UINT64_MAX) == PL_OK);
    float *image = random_floats(2 * 3 * PIXELS, 0, 1);
    memcpy(exec_input(e), image, 2 * 3 * PIXELS * sizeof *image);
    CHECK_INT(exec_forward(e), PL_OK);
    free(image);
    exec_free(e);
    release(&four);
  }
}

/* Bytes, as TensorFlow's exports take them, and floats of every size: everything is computed in float. */
static void types_do_not_matter(void) {
  static const int types[] = {ONNX_UINT8, ONNX_FLOAT16, ONNX_BFLOAT16, ONNX_DOUBLE};
  const pl_preprocessing bytes = {.std = {1 / 255.0f, 1 / 255.0f, 1 / 255.0f}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    const pl_preprocessing *p = types[i] == ONNX_UINT8 ? &bytes : &plain;
    writer w;
    writer_start(&w);
    writer_input_typed(&w, "image", types[i], 4, (int64_t[]){1, 3, SIDE, SIDE});
    writer_node(&w, "Cast", "cast", "image", "x");
    writer_attribute_int(&w, "to", ONNX_FLOAT);
    write_network(&w, "x", 3);
    loaded cast = load(&w, p), front = make_plain(3, p);
    const pl_preprocessing_hint h = pl_model_preprocessing_hint(cast.model);
    CHECK_TEXT(h.reason, types[i] == ONNX_UINT8 ? "input 'image' takes bytes, from 0 to 255" : "");
    same(&cast, &front);
    release(&cast);
    release(&front);
  }
}

/* ---- sizes ---- */

static void accepted_sizes_are_known_beforehand(void) {
  loaded any = make_plain(3, &plain);
  CHECK_INT(pl_model_accepts(any.model, 16, 20, NULL), PL_OK);
  CHECK_INT(pl_model_accepts(any.model, 16, 20, "features"), PL_OK);
  CHECK_INT(pl_model_accepts(any.model, 16, 20, "nothing"), PL_UNKNOWN_LAYER);
  CHECK_INT(pl_model_accepts(any.model, 0, 20, NULL), PL_INVALID_ARGUMENT);
  CHECK_INT(pl_model_accepts(any.model, 2, 2, NULL), PL_INVALID_MODEL); /* smaller than the window */
  release(&any);
}

/* Of the sizes that a file leaves open. */
static void sizes_can_be_chosen(void) {
  static const struct {
    shape input;
    int height, width; /* asked for */
    pl_status status;
    int found_height, found_width;
  } cases[] = {{{4, {1, 3, -1, -1}}, 16, 20, PL_OK, 16, 20},
               {{4, {1, 3, 12, -1}}, 12, 20, PL_OK, 12, 20},
               {{4, {1, 3, 12, -1}}, 16, 20, PL_INVALID_ARGUMENT, 0, 0},
               {{4, {1, 3, 12, 12}}, 12, 12, PL_OK, 12, 12},
               {{4, {1, 3, 12, 12}}, 16, 16, PL_INVALID_ARGUMENT, 0, 0},
               {{4, {1, 3, -1, -1}}, 0, 0, PL_OK, 224, 224},
               {{4, {1, 3, -1, -1}}, 16, 0, PL_INVALID_ARGUMENT, 0, 0},
               {{4, {1, 3, -1, -1}}, 5000, 16, PL_INVALID_ARGUMENT, 0, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    writer w;
    size_t size;
    writer_start(&w);
    writer_input(&w, "image", cases[i].input);
    write_network(&w, "image", 3);
    loaded l = {.file = writer_finish(&w, &size)};
    const pl_model_options options = {.preprocessing = &plain, .height = cases[i].height, .width = cases[i].width};
    CHECK_INT(pl_model_load(l.file, size, &options, &l.model), cases[i].status);
    if (l.model) check_input(&l, 3, cases[i].found_height, cases[i].found_width);
    release(&l);
  }
}

/* Patches of 4 x 4 of an image of any size, tokens, and something that takes so many of them: positions that are added, or a matrix
 * for all values. */
static void write_tokens(writer *w, int tokens, int prefix, bool by_matrix) {
  const int count = tokens + prefix;
  float *weights = random_floats((size_t)(count + 48) * UNITS * UNITS, -1, 1);
  writer_start(w);
  writer_input(w, "image", SHAPE(-1, 3, -1, -1));
  writer_initializer_floats(w, "patches", SHAPE(UNITS, 3, 4, 4), weights);
  writer_initializer_ints(w, "rows", SHAPE(3), (const int64_t[]){0, UNITS, -1});
  writer_initializer_floats(w, "class", SHAPE(1, prefix ? prefix : 1, UNITS), weights);
  writer_initializer_floats(w, "positions", SHAPE(1, count, UNITS), weights);
  writer_initializer_floats(w, "matrix", SHAPE(count * UNITS, UNITS), weights);
  writer_node(w, "Conv", "", "image,patches", "map");
  writer_attribute_ints(w, "strides", INTS(4, 4));
  writer_node(w, "Reshape", "", "map,rows", "columns");
  writer_node(w, "Transpose", "", "columns", "bare");
  writer_attribute_ints(w, "perm", INTS(0, 2, 1));
  writer_node(w, prefix ? "Concat" : "Relu", "", prefix ? "class,bare" : "bare", "tokens");
  if (prefix) writer_attribute_int(w, "axis", 1);
  if (by_matrix) {
    writer_node(w, "Flatten", "", "tokens", "flat");
    writer_node(w, "Gemm", "", "flat,matrix", "logits");
  } else {
    writer_node(w, "Add", "", "tokens,positions", "placed");
    writer_node(w, "ReduceMean", "", "placed", "logits");
    writer_attribute_ints(w, "axes", INTS(1));
    writer_attribute_int(w, "keepdims", 0);
  }
  writer_output(w, "logits", SHAPE(1, UNITS));
  free(weights);
}

static void one_size_that_works_is_found(void) {
  static const struct {
    int tokens, prefix;
    bool by_matrix;
    int height, width;
  } cases[] = {{36, 0, false, 24, 24}, {36, 1, false, 24, 24},     {36, 0, true, 24, 24}, {3136, 0, false, 224, 224},
               {9, 2, false, 12, 12},  {8464, 1, false, 368, 368}, {15, 1, false, 12, 20}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    writer w;
    char words[80];
    write_tokens(&w, cases[i].tokens, cases[i].prefix, cases[i].by_matrix);
    loaded l = load(&w, &plain);
    check_input(&l, 3, cases[i].height, cases[i].width);
    CHECK_INT(pl_model_accepts(l.model, cases[i].height, cases[i].width, NULL), PL_OK);
    CHECK(pl_model_input_is_open(l.model));
    CHECK(pl_model_accepts(l.model, 28, 28, NULL) != PL_OK);
    snprintf(words, sizeof words, "sizes that this model takes: %dx%d", cases[i].height, cases[i].width);
    if (!CHECK(strstr(pl_error_message(), words))) printf("  %s\n", pl_error_message());
    CHECK_INT(pl_model_layer(l.model, pl_model_logits(l.model)).units, UNITS);
    release(&l);
  }
}

/* A file may ask for so many values that no image has them. */
static void sizes_beyond_all_are_not_tried(void) {
  writer w;
  float weights[UNITS * 3 * 16];
  random_fill(weights, UNITS * 3 * 16, -1, 1);
  writer_start(&w);
  writer_input(&w, "image", SHAPE(-1, 3, -1, -1));
  writer_initializer_floats(&w, "patches", SHAPE(UNITS, 3, 4, 4), weights);
  writer_initializer_ints(&w, "sizes", SHAPE(3), (const int64_t[]){INT32_MAX, INT32_MAX, 16});
  writer_node(&w, "Conv", "", "image,patches", "map");
  writer_node(&w, "Expand", "", "map,sizes", "classes");
  writer_output(&w, "classes", SHAPE(1, UNITS));
  loaded l = load(&w, &plain);
  check_input(&l, 3, 224, 224);
  CHECK_INT(pl_model_accepts(l.model, 224, 224, "map"), PL_OK);
  release(&l);
}

/* A size that is asked for is taken, and what does not fit it is refused where it is needed. */
static void a_chosen_size_is_kept(void) {
  writer w;
  size_t size;
  write_tokens(&w, 36, 0, false);
  loaded l = {.file = writer_finish(&w, &size)};
  REQUIRE(pl_model_load(l.file, size, &(pl_model_options){.preprocessing = &plain, .height = 32, .width = 32}, &l.model) ==
          PL_OK);
  check_input(&l, 3, 32, 32);
  CHECK_INT(pl_model_accepts(l.model, 32, 32, "tokens"), PL_OK);
  CHECK_INT(pl_model_accepts(l.model, 32, 32, NULL), PL_INVALID_MODEL);
  CHECK_INT(pl_model_accepts(l.model, 24, 24, NULL), PL_OK);
  release(&l);
}

/* A fixed number of values after the convolution; as -1 x 144, two images' sizes would become more images. */
static void fixed_sizes_are_refused(void) {
  for (int open = 0; open < 2; open++) {
    writer w;
    float weights[144 * 2];
    random_fill(weights, 288, -1, 1);
    writer_start(&w);
    writer_input(&w, "image", SHAPE(1, 3, SIDE, SIDE));
    write_network(&w, "image", 3);
    writer_initializer_ints(&w, "to", SHAPE(2), (int64_t[]){open ? -1 : 1, 144});
    writer_initializer_floats(&w, "matrix", SHAPE(144, 2), weights);
    writer_node(&w, "Reshape", "view", "features,to", "view");
    writer_node(&w, "MatMul", "classes", "view,matrix", "classes");
    loaded l = load(&w, &plain);
    CHECK_INT(pl_model_accepts(l.model, SIDE, SIDE, "classes"), PL_OK);
    CHECK(pl_model_accepts(l.model, 14, 14, "classes") != PL_OK); /* 4 x 12 x 12 is 4 x 144 */
    CHECK_INT(pl_model_accepts(l.model, 14, 14, "features"), PL_OK);
    pl_run *r;
    pl_config c = pl_config_default();
    static const char objective[] = "{\"kind\":\"channel\",\"layer\":\"classes\",\"unit\":0}";
    c.crop_size = 26;
    CHECK(pl_run_create(l.model, objective, &c, NULL, 0, NULL, 0, &r) != PL_OK);
    release(&l);
  }
}

/* Tokens with positions for one size, and "1 x 36 x 4" (or another batch) in a Reshape: other batches run, other sizes do not. */
static void fixed_positions_are_refused(int batch) {
  writer w;
  float positions[36 * UNITS];
  random_fill(positions, 36 * UNITS, -1, 1);
  writer_start(&w);
  writer_input(&w, "image", SHAPE(batch, 3, SIDE, SIDE));
  write_network(&w, "image", 3);
  writer_initializer_ints(&w, "to", SHAPE(3), (int64_t[]){batch, UNITS, 36});
  writer_initializer_ints(&w, "heads", SHAPE(4), (int64_t[]){batch, 36, 2, 2});
  writer_initializer_floats(&w, "positions", SHAPE(1, 36, UNITS), positions);
  writer_node(&w, "Reshape", "flat_tokens", "features,to", "flat_tokens");
  writer_node(&w, "Transpose", "tokens", "flat_tokens", "tokens");
  writer_attribute_ints(&w, "perm", INTS(0, 2, 1));
  writer_node(&w, "Add", "placed", "tokens,positions", "placed");
  writer_node(&w, "Reshape", "split", "placed,heads", "split");
  loaded l = load(&w, &plain);
  const int target = graph_find(l.model->graph, "split");
  CHECK_INT(pl_model_accepts(l.model, SIDE, SIDE, "split"), PL_OK);
  CHECK(pl_model_accepts(l.model, 12, 12, "placed") != PL_OK);
  CHECK(pl_model_accepts(l.model, 12, 12, "tokens") != PL_OK);
  exec *e, *one;
  REQUIRE(exec_create(l.model->graph, &target, 1, &plain, true, &e) == PL_OK &&
          exec_reshape(e, 3, SIDE, SIDE, UINT64_MAX) == PL_OK);
  REQUIRE(exec_create(l.model->graph, &target, 1, &plain, true, &one) == PL_OK &&
          exec_reshape(one, 1, SIDE, SIDE, UINT64_MAX) == PL_OK);
  float *images = random_floats(3 * 3 * PIXELS, 0, 1);
  memcpy(exec_input(e), images, 3 * 3 * PIXELS * sizeof *images);
  CHECK_INT(exec_forward(e), PL_OK);
  for (int n = 0; n < 3; n++) {
    memcpy(exec_input(one), images + n * 3 * PIXELS, 3 * PIXELS * sizeof *images);
    CHECK_INT(exec_forward(one), PL_OK);
    CHECK(memcmp(exec_layer(one, 0).data, exec_layer(e, 0).data + n * 36 * UNITS, 36 * UNITS * sizeof(float)) == 0);
  }
  free(images);
  exec_free(e);
  exec_free(one);
  release(&l);
}

/* ---- what the graph lets guess ---- */

typedef struct normalization {
  const char *nodes[2]; /* up to two nodes of the input, or NULL */
  float values[2][3];
  bool scalar;
  const char *words; /* of the reason; NULL: nothing is done */
  bool unknown;
  float mean, std;
} normalization;

static void check_hint(const normalization *n) {
  writer w;
  const char *from = "image";
  writer_start(&w);
  writer_input(&w, "image", SHAPE(1, 3, SIDE, SIDE));
  for (int i = 0; i < 2 && n->nodes[i]; i++) {
    char inputs[40], constant[8], out[8];
    snprintf(constant, sizeof constant, "c%d", i);
    snprintf(out, sizeof out, "y%d", i);
    snprintf(inputs, sizeof inputs, "%s,%s", from, constant);
    writer_initializer_floats(&w, constant, n->scalar ? (shape){0} : SHAPE(3, 1, 1), n->values[i]);
    writer_node(&w, n->nodes[i], out, inputs, out);
    from = i ? "y1" : "y0";
  }
  write_network(&w, from, 3);
  loaded l = load(&w, NULL);
  const pl_preprocessing_hint h = pl_model_preprocessing_hint(l.model);
  CHECK_INT(h.found, n->words != NULL && !n->unknown);
  CHECK_INT(h.unknown, n->unknown);
  if (n->words && !CHECK(strstr(h.reason, n->words))) printf("  %s\n", h.reason);
  if (!n->words) CHECK_TEXT(h.reason, "");
  CHECK_NEAR((double)h.preprocessing.mean[0], (double)n->mean, 1e-6);
  CHECK_NEAR((double)h.preprocessing.std[0], (double)n->std, 1e-6);
  CHECK_NEAR((double)l.model->preprocessing.std[0], (double)n->std, 1e-6);
  release(&l);
}

static void normalization_is_guessed(void) {
  static const normalization cases[] = {
      {{NULL}, {{0}}, false, NULL, false, 0.485f, 0.229f},
      {{"Mul", "Add"},
       {{1 / 127.5f}, {-1}},
       true,
       "node 'y1' (Add) normalizes the input, as it seems one from 0 to 255",
       false,
       0,
       1 / 255.0f},
      {{"Div"}, {{255}}, true, "from 0 to 255", false, 0, 1 / 255.0f},
      {{"Sub", "Div"}, {{123.7f, 116.3f, 103.5f}, {58.4f, 57.1f, 57.4f}}, false, "from 0 to 255", false, 0, 1 / 255.0f},
      {{"Sub", "Div"}, {{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}}, false, "from 0 to 1", false, 0, 1},
      {{"Sub", "Mul"}, {{0.5f}, {2}}, true, "from 0 to 1", false, 0, 1},
      {{"Add", "Mul"}, {{1}, {127.5f}}, true, "from -1 to 1", false, 0.5f, 0.5f},
      {{"Mul"}, {{255}}, true, "from 0 to 1", false, 0, 1},
      {{"Mul"}, {{2}}, true, "node 'y0' (Mul) does something to the input", true, 0.485f, 0.229f},
      {{"Mul"}, {{0}}, true, "node 'y0' (Mul) does something to the input", true, 0.485f, 0.229f},
      {{"Pow", "Mul"}, {{2}, {255}}, true, "(Mul) does something to the input", true, 0.485f, 0.229f},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check_hint(&cases[i]);
}

/* What stands before the network, from "image" to "x", N x 3 x H x W. */
typedef struct entrance {
  void (*write)(writer *w);
  const char *words; /* of the reason; NULL: nothing is done */
  bool unknown, bgr, channels_last;
  float mean, std;
} entrance;

static void subtract_means(writer *w, const char *from, const char *to, shape s) {
  char inputs[40];
  snprintf(inputs, sizeof inputs, "%s,means", from);
  writer_initializer_floats(w, "means", s, (const float[]){103.939f, 116.779f, 123.68f});
  writer_node(w, "Sub", "centre", inputs, to);
}

static void gather_reversed(writer *w) {
  writer_initializer_ints(w, "order", SHAPE(3), (const int64_t[]){2, 1, 0});
  writer_node(w, "Gather", "", "image,order", "turned");
  writer_attribute_int(w, "axis", 1);
  subtract_means(w, "turned", "x", SHAPE(1, 3, 1, 1));
}

static void slice_reversed(writer *w) {
  writer_initializer_ints(w, "back", SHAPE(1), (const int64_t[]){-1});
  writer_initializer_ints(w, "end", SHAPE(1), (const int64_t[]){INT32_MIN});
  writer_initializer_ints(w, "axis", SHAPE(1), (const int64_t[]){3});
  writer_node(w, "Slice", "", "image,back,end,axis,back", "turned");
  subtract_means(w, "turned", "centred", SHAPE(3));
  writer_node(w, "Transpose", "", "centred", "x");
  writer_attribute_ints(w, "perm", INTS(0, 3, 1, 2));
}

/* Each channel by itself, as PyTorch exports `x[:, 0] * a + b`, put together in the other order. */
static void channels_apart(writer *w) {
  static const char *const names[][4] = {
      {"0", "image,0", "p0", "p0,scale"}, {"1", "image,1", "p1", "p1,scale"}, {"2", "image,2", "p2", "p2,scale"}};
  static const char *const scaled[] = {"s0", "s1", "s2"};
  writer_initializer_floats(w, "scale", (shape){0}, (const float[]){1 / 255.0f});
  for (int c = 0; c < 3; c++) {
    writer_initializer_ints(w, names[c][0], SHAPE(1), (const int64_t[]){c});
    writer_node(w, "Gather", "", names[c][1], names[c][2]);
    writer_attribute_int(w, "axis", 1);
    writer_node(w, "Mul", "", names[c][3], scaled[c]);
  }
  writer_node(w, "Concat", "", "s2,s1,s0", "x");
  writer_attribute_int(w, "axis", 1);
}

static void blue_first(writer *w) { subtract_means(w, "image", "x", SHAPE(1, 3, 1, 1)); }

static void resized_and_padded(writer *w) {
  writer_initializer_ints(w, "sizes", SHAPE(4), (const int64_t[]){1, 3, 12, 12});
  writer_initializer_ints(w, "pads", SHAPE(8), (const int64_t[]){0, 0, 1, 1, 0, 0, 1, 1});
  writer_initializer_ints(w, "first", SHAPE(2), (const int64_t[]){2, 2});
  writer_initializer_ints(w, "last", SHAPE(2), (const int64_t[]){10, 10});
  writer_initializer_ints(w, "axes", SHAPE(2), (const int64_t[]){2, 3});
  writer_initializer_floats(w, "low", (shape){0}, (const float[]){0});
  writer_initializer_floats(w, "high", (shape){0}, (const float[]){255});
  writer_initializer_floats(w, "scale", (shape){0}, (const float[]){1 / 255.0f});
  writer_node(w, "Resize", "", "image,,,sizes", "larger");
  writer_attribute_string(w, "mode", "linear");
  writer_node(w, "Pad", "", "larger,pads", "padded");
  writer_node(w, "Slice", "", "padded,first,last,axes", "cropped");
  writer_node(w, "Clip", "", "cropped,low,high", "clipped");
  writer_node(w, "Mul", "scaled", "clipped,scale", "x");
}

static void mean_image(writer *w) {
  float *mean = random_floats(3 * PIXELS, 90, 130);
  writer_initializer_floats(w, "means", SHAPE(1, 3, SIDE, SIDE), mean);
  writer_node(w, "Sub", "centre", "image,means", "x");
  free(mean);
}

static void squared(writer *w) { writer_node(w, "Mul", "square", "image,image", "x"); }

static void centred_by_itself(writer *w) {
  writer_node(w, "ReduceMean", "", "image", "mean");
  writer_node(w, "Sub", "centre", "image,mean", "x");
}

static void by_an_unknown_operator(writer *w) { writer_node(w, "Mystery", "odd", "image", "x"); }

/* What YOLO begins with moves values, and changes none. */
static void moved(writer *w) {
  writer_initializer_ints(w, "first", SHAPE(2), (const int64_t[]){0, 0});
  writer_initializer_ints(w, "last", SHAPE(2), (const int64_t[]){SIDE, SIDE});
  writer_initializer_ints(w, "axes", SHAPE(2), (const int64_t[]){2, 3});
  writer_initializer_ints(w, "steps", SHAPE(2), (const int64_t[]){2, 2});
  writer_node(w, "Slice", "", "image,first,last,axes,steps", "x");
}

/* A file may claim any number of values: loading it does not compute them all. */
static void padded_widely(writer *w) {
  writer_initializer_ints(w, "pads", SHAPE(8), (const int64_t[]){0, 0, 1000, 1000, 0, 0, 1000, 1000});
  writer_node(w, "Pad", "wide", "image,pads", "x");
}

static void check_entrance(const entrance *e) {
  writer w;
  writer_start(&w);
  writer_input(&w, "image", e->channels_last ? SHAPE(1, SIDE, SIDE, 3) : SHAPE(1, 3, SIDE, SIDE));
  e->write(&w);
  write_network(&w, "x", 3);
  loaded l = load(&w, NULL);
  const pl_preprocessing_hint h = pl_model_preprocessing_hint(l.model);
  CHECK_INT(h.found, e->words && !e->unknown);
  CHECK_INT(h.unknown, e->unknown);
  CHECK_INT(h.preprocessing.bgr, e->bgr);
  if (e->words ? !CHECK(strstr(h.reason, e->words)) : !CHECK_TEXT(h.reason, "")) printf("  %s\n", h.reason);
  CHECK_NEAR((double)h.preprocessing.mean[0], (double)e->mean, 1e-6);
  CHECK_NEAR((double)h.preprocessing.std[0], (double)e->std, 1e-6);
  release(&l);
}

static void what_is_done_before_is_followed(void) {
  static const entrance cases[] = {
      {gather_reversed, "node 'centre' (Sub) normalizes the input, as it seems one from 0 to 255", false, false, false, 0,
       1 / 255.0f},
      {slice_reversed, "node 'centre' (Sub)", false, false, true, 0, 1 / 255.0f},
      {channels_apart, "(Mul) normalizes the input, as it seems one from 0 to 255", false, false, false, 0, 1 / 255.0f},
      {blue_first, "node 'centre' (Sub)", false, true, false, 0, 1 / 255.0f},
      {resized_and_padded, "node 'scaled' (Mul)", false, false, false, 0, 1 / 255.0f},
      {mean_image, "node 'centre' (Sub)", false, false, false, 0, 1 / 255.0f},
      {squared, "node 'square' (Mul) does something to the input", true, false, false, 0.485f, 0.229f},
      {centred_by_itself, "node 'centre' (Sub) does something to the input", true, false, false, 0.485f, 0.229f},
      {by_an_unknown_operator, "node 'odd' (Mystery) does something", true, false, false, 0.485f, 0.229f},
      {padded_widely, "node 'wide' (Pad) does something to the input", true, false, false, 0.485f, 0.229f},
      {moved, NULL, false, false, false, 0.485f, 0.229f},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check_entrance(&cases[i]);
}

static void statistics_are_a_hint(void) {
  static const struct {
    float mean, variance;
    const char *words;
  } cases[] = {
      {117, 3300, "from 0 to 255"}, {0.45f, 0.06f, "from 0 to 1"}, {0, 0.3f, "from -1 to 1"}, {0.02f, 1.1f, "ImageNet's mean"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    writer w;
    const float mean = cases[i].mean, variance = cases[i].variance;
    writer_start(&w);
    writer_input(&w, "image", SHAPE(1, 3, SIDE, SIDE));
    writer_initializer_floats(&w, "one", SHAPE(3), (float[]){1, 1, 1});
    writer_initializer_floats(&w, "mean", SHAPE(3), (float[]){mean, mean, mean});
    writer_initializer_floats(&w, "variance", SHAPE(3), (float[]){variance, variance, variance});
    writer_node(&w, "BatchNormalization", "norm", "image,one,one,mean,variance", "x");
    write_network(&w, "x", 3);
    loaded l = load(&w, NULL);
    const pl_preprocessing_hint h = pl_model_preprocessing_hint(l.model);
    CHECK(h.found);
    if (!CHECK(strstr(h.reason, cases[i].words))) printf("  %s\n", h.reason);
    release(&l);
  }
}

int main(void) {
  random_seed(4);
  channels_may_be_last();
  one_channel_is_the_luminance();
  alpha_is_one();
  types_do_not_matter();
  accepted_sizes_are_known_beforehand();
  sizes_can_be_chosen();
  one_size_that_works_is_found();
  sizes_beyond_all_are_not_tried();
  a_chosen_size_is_kept();
  fixed_sizes_are_refused();
  fixed_positions_are_refused(1);
  fixed_positions_are_refused(4);
  normalization_is_guessed();
  what_is_done_before_is_followed();
  statistics_are_a_hint();
  return test_result();
}
