/* Images that a generator makes: values and gradients against PyTorch's (tests/golden/make_generators.py), what a file may look
 * like, whole runs, and their checkpoints. */
#include "image/penalties.h"
#include "network/generator.h"
#include "onnx_writer.h"
#include "support.h"

enum { SIDE = 16, STEPS = 10, CROPS = 4, BOXES = STEPS * CROPS };

static const char OBJECTIVE[] = "{\"kind\": \"logit\", \"unit\": 3}";

typedef struct setting {
  pl_model *model;
  uint8_t *file;
} setting;

static setting load_network(void) {
  setting s;
  size_t size;
  s.file = test_file("tests/golden/presets/network.onnx", &size);
  REQUIRE(s.file);
  const pl_preprocessing preprocessing = {.mean = {0.45f, 0.4f, 0.5f}, .std = {0.25f, 0.2f, 0.3f}};
  REQUIRE(pl_model_load(s.file, size, &(pl_model_options){.preprocessing = &preprocessing}, &s.model) == PL_OK);
  return s;
}

typedef struct loaded {
  pl_generator *generator;
  pl_generator_info info;
  void *file;
} loaded;

static loaded take(void *file, size_t size) {
  loaded l = {.file = file};
  if (pl_generator_load(file, size, NULL, 0, &l.generator)) {
    printf("%s\n", pl_error_message());
    exit(1);
  }
  l.info = pl_generator_describe(l.generator);
  return l;
}

static loaded load(const char *name) {
  char path[64];
  size_t size;
  snprintf(path, sizeof path, "tests/golden/generators/%s.onnx", name);
  void *file = test_file(path, &size);
  REQUIRE(file);
  return take(file, size);
}

static void release(loaded *l) {
  pl_generator_free(l->generator);
  free(l->file);
}

static pl_config config_of(const loaded *l) {
  pl_config c = pl_config_default();
  c.height = l->info.height, c.width = l->info.width;
  c.steps = STEPS, c.crops = CROPS, c.crop_size = SIDE;
  c.parametrization = PL_GENERATOR;
  c.optimizer = PL_ADAM, c.schedule = PL_CONSTANT, c.learning_rate = 0.05f;
  c.noise_normal = c.noise_uniform = 0;
  return c;
}

static pl_run *start(const setting *s, const loaded *l, const pl_config *c) {
  pl_run *r;
  if (pl_run_create_generated(s->model, OBJECTIVE, c, NULL, 0, l->generator, &r)) {
    printf("%s\n", pl_error_message());
    exit(1);
  }
  return r;
}

static void steps(pl_run *r, int count) {
  for (int i = 0; i < count; i++) CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, CROPS), PL_OK);
}

static size_t pixels_of(const loaded *l) { return (size_t)l->info.height * (size_t)l->info.width; }

/* ---- PyTorch's numbers ---- */

/* Of images, the files hold every fifth value. */
static size_t fifth(size_t count) { return (count + 4) / 5; }

static double difference(const float *values, size_t count, const float *golden) {
  float *some = test_floats(fifth(count));
  for (size_t i = 0; i < fifth(count); i++) some[i] = values[5 * i];
  const double error = relative_error(some, golden, fifth(count));
  free(some);
  return error;
}

static void test_golden(const setting *s, const char *name, size_t latents) {
  loaded l = load(name);
  REQUIRE(l.info.count == latents && l.info.range_found);
  const size_t count = 3 * pixels_of(&l), total = 3 * latents + 4 * BOXES + 2 * fifth(count) + STEPS;
  char path[64];
  float *golden = test_floats(total);
  snprintf(path, sizeof path, "generators/%s", name);
  test_golden_file(path, golden, total * sizeof *golden);
  const float *latent = golden, *boxes = latent + latents, *first = boxes + 4 * BOXES, *dlatent = first + fifth(count),
              *last = dlatent + latents, *end = last + fifth(count), *expected = end + latents;

  pl_config c = config_of(&l);
  c.penalty_latent = 0.02f;
  pl_run *r = start(s, &l, &c);
  float *values = pl_run_values(r, 0, NULL), scores[STEPS];
  memcpy(values, latent, latents * sizeof *values);
  REQUIRE(pl_run_set_boxes(r, (const pl_box *)boxes, BOXES) == PL_OK);
  CHECK_INT(pl_run_step(r, PL_STEP_IMAGE, 0, 0), PL_OK);
  random_seed(9);
  float *dimage = random_floats(count, -1, 1), *found = test_floats(latents), *image = test_floats(count);
  CHECK(difference(pl_run_image(r), count, first) < 1e-5);
  for (size_t i = 0; i < count; i++) dimage[i] /= l.info.high - l.info.low; /* nothing is clamped */
  CHECK_INT(generator_backward(l.generator, latent, dimage, found), PL_OK);
  printf("%s: image %.1e, dlatent %.1e\n", name, difference(pl_run_image(r), count, first),
         relative_error(found, dlatent, latents));
  CHECK_CLOSE(found, dlatent, latents, 1e-4);
  for (int i = 0; i < STEPS; i++) {
    CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, CROPS), PL_OK);
    scores[i] = pl_run_score(r);
  }
  CHECK_INT(pl_run_step(r, PL_STEP_IMAGE, 0, 0), PL_OK);
  printf("  after %d steps: scores %.1e, latent %.1e, image %.1e\n", STEPS, relative_error(scores, expected, STEPS),
         relative_error(values, end, latents), difference(pl_run_image(r), count, last));
  CHECK_CLOSE(scores, expected, STEPS, 1e-4);
  CHECK_CLOSE(values, end, latents, 1e-4);
  CHECK(difference(pl_run_image(r), count, last) < 1e-4);
  pl_run_free(r);
  free(golden), free(dimage), free(found), free(image);
  release(&l);
}

/* ---- what a file may look like ---- */

enum { LATENT = 4, HIGH = 32, WIDE = 40 };

/* "output", of this shape, is a product of the latent with the matrix that random_seed(5) gives. */
static void write_product(writer *w, shape latent, shape output) {
  const int count = (int)shape_count(&output);
  random_seed(5);
  float *matrix = random_floats((size_t)(LATENT * count), -1, 1);
  int64_t to[MAX_RANK];
  for (int i = 0; i < output.rank; i++) to[i] = output.dim[i];
  writer_start(w);
  writer_input(w, "latent", latent);
  writer_initializer_ints(w, "flat", SHAPE(2), (int64_t[]){1, LATENT});
  writer_initializer_floats(w, "matrix", SHAPE(LATENT, count), matrix);
  writer_initializer_ints(w, "to", SHAPE(output.rank), to);
  writer_node(w, "Reshape", "vector", "latent,flat", "vector");
  writer_node(w, "MatMul", "product", "vector,matrix", "product");
  writer_node(w, "Reshape", "output", "product,to", "output");
  free(matrix);
}

static loaded finish(writer *w) {
  size_t size;
  void *file = writer_finish(w, &size);
  return take(file, size);
}

static const float point[LATENT] = {0.5f, -1, 2, 0.25f};

/* The image that the latent `point` makes. */
static void forward(const loaded *l, float *image) { CHECK_INT(generator_forward(l->generator, point, image), PL_OK); }

static void channels_may_be_first_last_or_one(void) {
  const shape outputs[] = {SHAPE(1, 3, HIGH, WIDE), SHAPE(1, HIGH, WIDE, 3), SHAPE(1, 1, HIGH, WIDE), SHAPE(1, HIGH, WIDE, 1)};
  const shape latents[] = {SHAPE(1, LATENT), SHAPE(-1, LATENT, 1, 1), SHAPE(1, 1, 2, 2), SHAPE(-1, 2, 2)};
  const size_t pixels = HIGH * WIDE;
  for (int k = 0; k < 4; k++) {
    writer w;
    write_product(&w, latents[k], outputs[k]);
    writer_output(&w, "output", outputs[k]);
    loaded l = finish(&w);
    CHECK_INT(l.info.rank, latents[k].rank);
    CHECK(l.info.count == LATENT && l.info.shape[0] == 1 && l.info.height == HIGH && l.info.width == WIDE);
    const size_t channels = k < 2 ? 3 : 1, row = k % 2 ? channels : 1, plane = k % 2 ? 1 : pixels;
    random_seed(5);
    float *matrix = random_floats(LATENT * channels * pixels, -1, 1), *image = test_floats(3 * pixels);
    float *dimage = random_floats(3 * pixels, -1, 1), dlatent[LATENT], expected[LATENT] = {0};
    forward(&l, image);
    CHECK_INT(generator_backward(l.generator, point, dimage, dlatent), PL_OK);
    double worst = 0;
    for (size_t i = 0; i < 3 * pixels; i++) {
      const size_t from = i / 3 * row + (channels == 3 ? i % 3 * plane : 0);
      float sum = 0;
      for (size_t z = 0; z < LATENT; z++) {
        const float weight = matrix[z * channels * pixels + from];
        sum += point[z] * weight;
        expected[z] += dimage[i] * weight;
      }
      worst = fmax(worst, fabs((double)(sum - image[i])));
    }
    CHECK(worst < 1e-5);
    CHECK_CLOSE(dlatent, expected, LATENT, 1e-4);
    free(matrix), free(image), free(dimage);
    release(&l);
  }
}

/* The way back is that of the latent that is asked for, whatever went there last. */
static void way_back_is_of_its_latent(void) {
  loaded l = load("dcgan");
  const size_t count = 3 * pixels_of(&l);
  float *image = test_floats(count), *dimage = random_floats(count, -1, 1), first[6], again[6], twice[6];
  const float one[6] = {1, -1, 0.5f, 0, 0.3f, 2}, other[6] = {0, 1, 1, -2, 0.1f, 0};
  CHECK_INT(generator_forward(l.generator, one, image), PL_OK);
  CHECK_INT(generator_backward(l.generator, one, dimage, first), PL_OK);
  CHECK_INT(generator_backward(l.generator, one, dimage, twice), PL_OK);
  CHECK_INT(generator_forward(l.generator, other, image), PL_OK);
  CHECK_INT(generator_backward(l.generator, one, dimage, again), PL_OK);
  CHECK(!memcmp(first, again, sizeof first) && !memcmp(first, twice, sizeof first));
  free(image), free(dimage);
  release(&l);
}

typedef struct ending {
  const char *nodes[3]; /* with the constants that they take, or NULL */
  float constants[3][2];
  float low, high;
  bool found;
} ending;

static void range_is_told_by_the_last_operators(void) {
  static const ending cases[] = {
      {{"Tanh"}, {{0}}, -1, 1, true},
      {{"Sigmoid"}, {{0}}, 0, 1, true},
      {{"Tanh", "Mul", "Add"}, {{0}, {0.5f}, {0.5f}}, 0, 1, true},
      {{"Tanh", "Add", "Mul"}, {{0}, {1}, {127.5f}}, 0, 255, true},
      {{"Sigmoid", "Sub", "Div"}, {{0}, {0.5f}, {-0.5f}}, -1, 1, true},
      {{"Mul", "Clip"}, {{3}, {0, 1}}, 0, 1, true},
      {{"Tanh", "Mul"}, {{0}, {0}}, -1, 1, false},
      {{"Sigmoid", "Sqrt"}, {{0}}, -1, 1, false},
      {{"Relu"}, {{0}}, -1, 1, false},
      {{NULL}, {{0}}, -1, 1, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const ending *e = &cases[i];
    writer w;
    char from[16] = "output", to[16], inputs[128];
    write_product(&w, SHAPE(1, LATENT), SHAPE(1, 3, HIGH, WIDE));
    for (int k = 0; k < 3 && e->nodes[k]; k++) {
      char names[2][32];
      const bool clip = !strcmp(e->nodes[k], "Clip"), alone = !clip && strlen(e->nodes[k]) != 3;
      for (int j = 0; j < 2; j++) {
        snprintf(names[j], sizeof names[j], "c%d%d", k, j);
        writer_initializer_floats(&w, names[j], (shape){0}, &e->constants[k][j]);
      }
      snprintf(to, sizeof to, "y%d", k);
      snprintf(inputs, sizeof inputs, "%s%s%s%s%s", from, alone ? "" : ",", alone ? "" : names[0], clip ? "," : "",
               clip ? names[1] : "");
      writer_node(&w, e->nodes[k], to, inputs, to);
      memcpy(from, to, sizeof from);
    }
    writer_output(&w, from, SHAPE(1, 3, HIGH, WIDE));
    loaded l = finish(&w);
    if (!CHECK(l.info.low == e->low && l.info.high == e->high && l.info.range_found == e->found))
      printf("  case %zu: %g to %g\n", i, (double)l.info.low, (double)l.info.high);
    release(&l);
  }
}

static void first_image_of_several_outputs_counts(void) {
  writer w;
  write_product(&w, SHAPE(1, LATENT), SHAPE(1, 3, HIGH, WIDE));
  writer_node(&w, "Neg", "second", "output", "second");
  writer_node(&w, "NoSuchOperator", "odd", "vector", "odd");
  writer_output(&w, "vector", SHAPE(1, LATENT));
  writer_output(&w, "odd", SHAPE(1, LATENT));
  writer_output(&w, "second", SHAPE(1, 3, HIGH, WIDE));
  writer_output(&w, "output", SHAPE(1, 3, HIGH, WIDE));
  loaded l = finish(&w);
  random_seed(5);
  float *image = test_floats(3 * HIGH * WIDE), *matrix = random_floats(LATENT * 3 * HIGH * WIDE, -1, 1), sum = 0;
  forward(&l, image);
  for (int z = 0; z < LATENT; z++) sum -= point[z] * matrix[z * 3 * HIGH * WIDE];
  CHECK_NEAR((double)image[0], (double)sum, 1e-5);
  free(image), free(matrix);
  release(&l);
}

/* ---- what is refused ---- */

static void refuse(writer *w, pl_status expected, const char *words) {
  size_t size;
  void *file = writer_finish(w, &size);
  pl_generator *g;
  if (!CHECK_INT(pl_generator_load(file, size, NULL, 0, &g), expected) || !CHECK(strstr(pl_error_message(), words) != NULL))
    printf("  %s\n", pl_error_message());
  CHECK(g == NULL);
  free(file);
}

static void refuse_input(shape latent, int type, const char *words) {
  writer w;
  int64_t dims[MAX_RANK];
  for (int i = 0; i < latent.rank; i++) dims[i] = latent.dim[i];
  writer_start(&w);
  writer_input_typed(&w, "latent", type, latent.rank, dims);
  writer_node(&w, "Neg", "output", "latent", "output");
  writer_output(&w, "output", latent);
  refuse(&w, PL_UNSUPPORTED_MODEL, words);
}

static void what_makes_no_image_is_refused(void) {
  refuse_input(SHAPE(1, -1), ONNX_FLOAT, "1x-1; export it with a batch of 1");
  refuse_input(SHAPE(2, 3, 32, 32), ONNX_FLOAT, "2x3x32x32; export it with a batch of 1");
  refuse_input(SHAPE(-1, 4, -1, -1), ONNX_FLOAT, "all other sizes fixed");
  refuse_input(SHAPE(1, 1 << 13, 1 << 13), ONNX_FLOAT, "16777216 numbers");
  refuse_input(SHAPE(1, 8), ONNX_INT64, "integers");
  refuse_input(SHAPE(8), ONNX_FLOAT, "fewer than two dimensions");
  refuse_input(SHAPE(1, 8), ONNX_FLOAT, "no output is an image");
  writer w;
  write_product(&w, SHAPE(1, LATENT), SHAPE(1, 3, HIGH, WIDE));
  writer_input(&w, "class", SHAPE(1, 10));
  writer_node(&w, "Neg", "", "class", "classes");
  writer_output(&w, "output", SHAPE(1, 3, HIGH, WIDE));
  refuse(&w, PL_UNSUPPORTED_MODEL, "2 inputs: 'latent', 'class'; only generators of one latent");
  write_product(&w, SHAPE(1, LATENT), SHAPE(1, 2, HIGH, WIDE));
  writer_output(&w, "output", SHAPE(1, 2, HIGH, WIDE));
  refuse(&w, PL_UNSUPPORTED_MODEL, "'output' is 1x2x32x40");
  write_product(&w, SHAPE(1, LATENT), SHAPE(1, 3, HIGH, WIDE));
  writer_node(&w, "NoSuchOperator", "odd", "output", "odd");
  writer_output(&w, "odd", SHAPE(1, 3, HIGH, WIDE));
  refuse(&w, PL_UNSUPPORTED_OP, "NoSuchOperator");
  write_product(&w, SHAPE(1, LATENT), SHAPE(1, 3, HIGH, WIDE));
  writer_node(&w, "ConstantOfShape", "always", "to", "always");
  writer_output(&w, "always", SHAPE(1, 3, HIGH, WIDE));
  refuse(&w, PL_UNSUPPORTED_MODEL, "is not made of the latent");
  size_t size;
  uint8_t *classifier = test_file("tests/golden/presets/network.onnx", &size);
  pl_generator *g;
  CHECK_INT(pl_generator_load(classifier, size, NULL, 0, &g), PL_UNSUPPORTED_MODEL);
  CHECK(strstr(pl_error_message(), "'logits' is 1x5") != NULL);
  CHECK_INT(pl_generator_load(classifier, size / 2, NULL, 0, &g), PL_INVALID_MODEL);
  free(classifier);
}

static void refuse_run(const setting *s, const loaded *l, const pl_config *c, pl_status expected, const char *words) {
  pl_run *r;
  if (!CHECK_INT(pl_run_create_generated(s->model, OBJECTIVE, c, NULL, 0, l->generator, &r), expected) ||
      !CHECK(strstr(pl_error_message(), words) != NULL))
    printf("  %s\n", pl_error_message());
  CHECK(r == NULL);
}

static void wrong_runs_are_refused(const setting *s) {
  loaded l = load("dcgan"), none = {0};
  const pl_config good = config_of(&l);
  pl_config c = good;
  c.width = 48;
  refuse_run(s, &l, &c, PL_INVALID_ARGUMENT, "images are 32x32; the visualization cannot be 32x48");
  c = good;
  c.parametrization = PL_PIXEL;
  refuse_run(s, &l, &c, PL_INVALID_ARGUMENT, "not a generator's");
  refuse_run(s, &none, &c, PL_INVALID_ARGUMENT, "no generator");
  c = good;
  c.memory_budget = generator_memory(l.generator) - 1;
  refuse_run(s, &l, &c, PL_OUT_OF_MEMORY, "the memory budget");
  c = good;
  c.generator_range.low = 2;
  refuse_run(s, &l, &c, PL_INVALID_ARGUMENT, "generator_range is from 2 to 0, which is empty");
  c = good;
  c.penalty_latent = -1;
  refuse_run(s, &l, &c, PL_INVALID_ARGUMENT, "penalty_latent");
  pl_run *r;
  CHECK_INT(pl_run_create(s->model, OBJECTIVE, &good, NULL, 0, "", 0, &r), PL_INVALID_ARGUMENT);
  CHECK(strstr(pl_error_message(), "none was given") != NULL);
  r = start(s, &l, &good);
  float photo[3] = {0};
  CHECK_INT(pl_run_start(r, photo, 1, 1), PL_INVALID_ARGUMENT);
  CHECK(strstr(pl_error_message(), "the latent that makes it is not known") != NULL);
  pl_run_values(r, 0, NULL)[1] = NAN;
  CHECK_INT(pl_run_step(r, PL_STEP_IMAGE, 0, 0), PL_NOT_FINITE);
  CHECK(strstr(pl_error_message(), "the latent") != NULL);
  pl_run_values(r, 0, NULL)[1] = 0;
  steps(r, 1);
  pl_run_free(r);
  release(&l);
}

/* Latents that a network cannot bear. */
static void images_that_are_not_finite_are_refused(const setting *s) {
  writer w;
  write_product(&w, SHAPE(1, LATENT), SHAPE(1, 3, HIGH, WIDE));
  writer_node(&w, "Sqrt", "root", "output", "root");
  writer_output(&w, "root", SHAPE(1, 3, HIGH, WIDE));
  loaded l = finish(&w);
  const pl_config c = config_of(&l);
  pl_run *r = start(s, &l, &c);
  CHECK_INT(pl_run_step(r, PL_STEP_IMAGE, 0, 0), PL_NOT_FINITE);
  CHECK(strstr(pl_error_message(), "the generator's image") != NULL);
  pl_run_free(r);
  release(&l);
}

/* ---- runs ---- */

/* In [0, 1] whatever the generator answers, taken to the range; what is clamped has no gradient. */
static void range_is_kept(const setting *s) {
  writer w;
  write_product(&w, SHAPE(1, LATENT), SHAPE(1, 3, HIGH, WIDE));
  writer_output(&w, "output", SHAPE(1, 3, HIGH, WIDE));
  loaded l = finish(&w);
  pl_config c = config_of(&l);
  c.generator_range.low = -0.5f, c.generator_range.high = 1.5f;
  c.range.low = -3, c.range.high = 1;
  pl_run *r = start(s, &l, &c);
  float *output = test_floats(3 * HIGH * WIDE), *image = pl_run_image(r);
  CHECK_INT(pl_run_step(r, PL_STEP_IMAGE, 0, 0), PL_OK);
  CHECK_INT(generator_forward(l.generator, pl_run_values(r, 0, NULL), output), PL_OK);
  int clamped = 0;
  for (int i = 0; i < 3 * HIGH * WIDE; i++) {
    const float rgb = (output[i] + 0.5f) / 2, inside = fminf(fmaxf(rgb, 0), 1);
    clamped += rgb != inside;
    output[i] = inside * 4 - 3;
  }
  CHECK(clamped > 100 && clamped < 3 * HIGH * WIDE - 100);
  CHECK_CLOSE(image, output, 3 * HIGH * WIDE, 1e-5);
  free(output);
  pl_run_free(r);
  release(&l);
}

/* d (score - penalties) / d latent, told by the first step of Adam, which is rate g / (|g| + epsilon), against differences: clamped
 * pixels and all. */
static void gradient_is_that_of_the_score(const setting *s) {
  writer w;
  write_product(&w, SHAPE(1, LATENT), SHAPE(1, HIGH, WIDE, 1));
  writer_output(&w, "output", SHAPE(1, HIGH, WIDE, 1));
  loaded l = finish(&w);
  pl_config c = config_of(&l);
  c.penalty_l2 = 0.3f, c.penalty_variation = 0.05f, c.penalty_latent = 0.2f;
  c.epsilon = 1;
  pl_run *r = start(s, &l, &c);
  REQUIRE(pl_run_set_boxes(r, &(pl_box){0.1f, 0.05f, 0.8f, 0.9f}, 1) == PL_OK);
  float *values = pl_run_values(r, 0, NULL), moved[LATENT], gradient[LATENT], slopes[LATENT];
  memcpy(values, point, sizeof point);
  steps(r, 1);
  for (int z = 0; z < LATENT; z++) {
    const float step = (values[z] - point[z]) / c.learning_rate;
    gradient[z] = step / (1 - fabsf(step));
  }
  double ends[2];
  for (int z = 0; z < LATENT; z++) {
    for (int side = 0; side < 2; side++) {
      memcpy(moved, point, sizeof moved);
      moved[z] += side ? 2e-3f : -2e-3f;
      memcpy(values, moved, sizeof moved);
      CHECK_INT(pl_run_step(r, PL_STEP_IMAGE | PL_STEP_CROPS, 0, CROPS), PL_OK);
      penalties *p;
      REQUIRE(penalties_create(&c, &p) == PL_OK);
      float *unused = test_floats(3 * HIGH * WIDE), dlatent[LATENT];
      ends[side] = (double)*pl_run_crop_score(r, 0) - (double)penalties_subtract(p, pl_run_image(r), unused) -
                   (double)penalties_subtract_latent(c.penalty_latent, moved, LATENT, dlatent);
      free(unused);
      penalties_free(p);
    }
    slopes[z] = (float)((ends[1] - ends[0]) / 4e-3);
  }
  CHECK_CLOSE(gradient, slopes, LATENT, 3e-2); /* clamps have kinks */
  pl_run_free(r);
  release(&l);
}

/* Noise, random boxes, helpers: the lead does image and update, and its bits are those of a run that did all alone. */
static void helpers_know_no_generator(const setting *s) {
  setting second = load_network();
  loaded l = load("decoder");
  pl_config c = config_of(&l);
  c.noise_normal = 0.05f;
  c.images = 2;
  c.penalty_variation = 0.1f;
  pl_run *alone = start(s, &l, &c), *lead = start(s, &l, &c), *helper;
  REQUIRE(pl_run_create(second.model, OBJECTIVE, &c, NULL, 0, NULL, 0, &helper) == PL_OK);
  const size_t image_bytes = 2 * 3 * pixels_of(&l) * sizeof(float), crop_bytes = 2 * 3 * SIDE * SIDE * sizeof(float);
  for (int i = 0; i < STEPS; i++) {
    CHECK_INT(pl_run_step(alone, PL_WHOLE_STEP, 0, CROPS), PL_OK);
    CHECK_INT(pl_run_step(lead, PL_STEP_IMAGE, 0, 0), PL_OK);
    memcpy(pl_run_image(helper), pl_run_image(lead), image_bytes);
    pl_run_seek(helper, i);
    CHECK_INT(pl_run_step(lead, PL_STEP_CROPS, 0, 1), PL_OK);
    CHECK_INT(pl_run_step(helper, PL_STEP_CROPS, 1, CROPS - 1), PL_OK);
    for (int k = 1; k < CROPS; k++) {
      memcpy(pl_run_dcrop(lead, k), pl_run_dcrop(helper, k), crop_bytes);
      *pl_run_crop_score(lead, k) = *pl_run_crop_score(helper, k);
    }
    CHECK_INT(pl_run_step(lead, PL_STEP_UPDATE, 0, 0), PL_OK);
  }
  const size_t latent_bytes = l.info.count * sizeof(float);
  for (int i = 0; i < 2; i++) CHECK(!memcmp(pl_run_values(alone, i, NULL), pl_run_values(lead, i, NULL), latent_bytes));
  CHECK(memcmp(pl_run_values(lead, 0, NULL), pl_run_values(lead, 1, NULL), latent_bytes) != 0);
  CHECK(!memcmp(pl_run_image(alone), pl_run_image(lead), image_bytes));
  CHECK_INT(pl_run_step(helper, PL_STEP_IMAGE, 0, 0), PL_INVALID_ARGUMENT);
  pl_run_free(alone), pl_run_free(lead), pl_run_free(helper);
  release(&l);
  pl_model_free(second.model);
  free(second.file);
}

/* The score is the mean of the images': the first of two goes the way that it goes alone, but for Adam's epsilon. */
static void several_images_have_a_latent_each(const setting *s) {
  loaded l = load("dcgan");
  pl_config c = config_of(&l);
  pl_run *one = start(s, &l, &c);
  c.images = 2;
  pl_run *two = start(s, &l, &c);
  CHECK(!memcmp(pl_run_values(one, 0, NULL), pl_run_values(two, 0, NULL), l.info.count * sizeof(float)));
  steps(one, STEPS), steps(two, STEPS);
  CHECK_CLOSE(pl_run_values(one, 0, NULL), pl_run_values(two, 0, NULL), l.info.count, 1e-3);
  pl_run_free(one), pl_run_free(two);
  release(&l);
}

static void scores_rise(const setting *s) {
  static const pl_box whole = {0, 0, 1, 1};
  for (int k = 0; k < 2; k++) {
    loaded l = load(k ? "decoder" : "dcgan");
    pl_config c = config_of(&l);
    c.optimizer = k ? PL_ADAM : PL_NADAM;
    c.steps = 40;
    pl_run *r = start(s, &l, &c);
    REQUIRE(pl_run_set_boxes(r, &whole, 1) == PL_OK);
    steps(r, 1);
    const float first = pl_run_score(r);
    steps(r, 39);
    CHECK(pl_run_score(r) > first + 0.01f);
    printf("score %.3f to %.3f\n", (double)first, (double)pl_run_score(r));
    pl_run_free(r);
    release(&l);
  }
}

static void cost_counts_the_generator(const setting *s) {
  loaded l = load("dcgan");
  pl_config c = config_of(&l);
  pl_run *r = start(s, &l, &c), *helper;
  REQUIRE(pl_run_create(s->model, OBJECTIVE, &c, NULL, 0, NULL, 0, &helper) == PL_OK);
  size_t count;
  pl_run_values(r, 0, &count);
  CHECK_INT(count, 6);
  const double macs = 6 * 10 * 16 + 8 * 10 * 16 * 16 + 6 * 8 * 16 * 64 +
                      3 * 6 * 16 * 256; /* 4x4 windows from 1, 16, 64, 256 places */
  CHECK_NEAR(pl_run_macs(r) - pl_run_macs(helper), 2 * macs, 0.5);
  CHECK(pl_run_memory(r) > pl_run_memory(helper));
  pl_run_finish(r);
  CHECK_NEAR(pl_run_macs(r), 0, 0);
  CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, CROPS), PL_INVALID_ARGUMENT);
  pl_run_free(helper);
  pl_run_free(r);
  release(&l);
}

/* ---- checkpoints ---- */

static uint8_t *keep(pl_run *r, size_t *size) {
  CHECK_INT(pl_run_checkpoint(r, "note", 4, NULL, 0, size), PL_OK);
  uint8_t *bytes = malloc(*size);
  REQUIRE(bytes);
  CHECK_INT(pl_run_checkpoint(r, "note", 4, bytes, *size, size), PL_OK);
  return bytes;
}

static void refuse_checkpoint(const setting *s, pl_generator *g, const uint8_t *bytes, size_t size, const char *words) {
  pl_run *r;
  CHECK_INT(pl_run_restore_generated(s->model, OBJECTIVE, NULL, 0, g, bytes, size, &r), PL_INVALID_ARGUMENT);
  if (!CHECK(!r && strstr(pl_error_message(), words) != NULL)) printf("  %s\n", pl_error_message());
}

static void damaged_ones_are_refused(const setting *s, const loaded *l, const uint8_t *bytes, size_t size) {
  uint8_t *copy = malloc(size);
  REQUIRE(copy);
  random_seed(11);
  for (int i = 0; i < 2000; i++) {
    const size_t cut = i % 3 ? size : random_bits() % size;
    memcpy(copy, bytes, size);
    for (uint32_t changes = 1 + random_bits() % 3; changes; changes--) copy[random_bits() % 320] = (uint8_t)random_bits();
    pl_run *r;
    if (!pl_run_restore_generated(s->model, OBJECTIVE, NULL, 0, l->generator, copy, cut, &r)) pl_run_free(r);
  }
  free(copy);
}

static void checkpoints_go_on(const setting *s) {
  loaded l = load("decoder"), same = load("decoder"), other = load("dcgan");
  CHECK(l.info.id == same.info.id && l.info.id != other.info.id);
  pl_config c = config_of(&l);
  c.images = 2;
  c.noise_uniform = 0.05f;
  c.penalty_latent = 0.3f;
  c.generator_range.low = -0.1f, c.generator_range.high = 1.2f;
  pl_run *whole = start(s, &l, &c), *first = start(s, &l, &c), *second;
  steps(whole, STEPS);
  steps(first, 3);
  size_t size;
  uint8_t *bytes = keep(first, &size);
  pl_run_free(first);
  REQUIRE(pl_run_restore_generated(s->model, OBJECTIVE, NULL, 0, same.generator, bytes, size, &second) == PL_OK);
  CHECK_INT(pl_run_index(second), 3);
  steps(second, STEPS - 3);
  for (int i = 0; i < 2; i++)
    CHECK(!memcmp(pl_run_values(whole, i, NULL), pl_run_values(second, i, NULL), l.info.count * sizeof(float)));
  CHECK(!memcmp(pl_run_image(whole), pl_run_image(second), 2 * 3 * pixels_of(&l) * sizeof(float)));
  CHECK_NEAR(pl_run_penalty(whole), pl_run_penalty(second), 0);
  refuse_checkpoint(s, NULL, bytes, size, "it must be given");
  refuse_checkpoint(s, other.generator, bytes, size, "another generator");
  pl_run *r;
  CHECK_INT(pl_run_restore(s->model, OBJECTIVE, NULL, 0, bytes, size, &r), PL_INVALID_ARGUMENT);
  refuse_checkpoint(s, same.generator, bytes, size - 4, "damaged");
  damaged_ones_are_refused(s, &l, bytes, size);
  free(bytes);
  c.parametrization = PL_PIXEL;
  REQUIRE(pl_run_create(s->model, OBJECTIVE, &c, NULL, 0, "", 0, &r) == PL_OK);
  bytes = keep(r, &size);
  refuse_checkpoint(s, same.generator, bytes, size, "not a generator's");
  free(bytes);
  pl_run_free(whole), pl_run_free(second), pl_run_free(r);
  release(&l), release(&same), release(&other);
}

int main(void) {
  setting s = load_network();
  test_golden(&s, "dcgan", 6);
  test_golden(&s, "decoder", 5);
  channels_may_be_first_last_or_one();
  way_back_is_of_its_latent();
  range_is_told_by_the_last_operators();
  first_image_of_several_outputs_counts();
  what_makes_no_image_is_refused();
  wrong_runs_are_refused(&s);
  images_that_are_not_finite_are_refused(&s);
  range_is_kept(&s);
  gradient_is_that_of_the_score(&s);
  helpers_know_no_generator(&s);
  several_images_have_a_latent_each(&s);
  scores_rise(&s);
  cost_counts_the_generator(&s);
  checkpoints_go_on(&s);
  pl_model_free(s.model);
  free(s.file);
  return test_result();
}
