/* Each preset against numbers of its source, on a canvas that is not square and on an odd one: the image of a phase and the way
 * back, crops and their adjoint, and ten whole steps. The numbers are made by tests/golden/make_presets.py. */
#include "image/crops.h"
#include "image/optimizer.h"
#include "image/parametrization/parametrization.h"
#include "support.h"

enum { SIDE = 16, CROP = 3 * SIDE * SIDE, STEPS = 10, CROPS = 4, BOXES = STEPS * CROPS, UNIT = 3 };

/* Presets, and the numbers that each has to reach. With phases and boxes given and without noise, nothing is left of what the paper
 * does otherwise than xplique. */
static const struct {
  const char *name, *numbers;
} PRESETS[] = {
    {"default", "default"}, {"paper", "xplique"}, {"xplique", "xplique"}, {"horama", "horama"}, {"faccent", "faccent"},
};
enum { PRESET_COUNT = sizeof PRESETS / sizeof *PRESETS };

/* Of pictures, the files hold every fifth value. */
static size_t fifth(size_t count) { return (count + 4) / 5; }

static double difference(const float *values, size_t count, const float *golden) {
  float *some = test_floats(fifth(count));
  for (size_t i = 0; i < fifth(count); i++) some[i] = values[5 * i];
  const double error = relative_error(some, golden, fifth(count));
  free(some);
  return error;
}

typedef struct golden {
  float *all;
  const pl_box *boxes;
  const float *image, *dphase, *crops, *dimage, *last, *scores;
} golden;

static golden load(const char *name, int height, int width) {
  const size_t pixels = fifth(3 * (size_t)(height * width)), phases = fifth(3 * (size_t)(height * (width / 2 + 1)));
  const size_t count = 4 * BOXES + 3 * pixels + phases + 3 * CROP + STEPS;
  char path[256];
  size_t size;
  snprintf(path, sizeof path, "tests/golden/presets/%s_%dx%d.npy", name, height, width);
  uint8_t *file = test_file(path, &size);
  REQUIRE(file && size > count * sizeof(float));
  golden g = {.all = test_floats(count)};
  memcpy(g.all, file + size - count * sizeof(float), count * sizeof(float));
  free(file);
  g.boxes = (const pl_box *)g.all;
  g.image = g.all + 4 * BOXES;
  g.dphase = g.image + pixels;
  g.crops = g.dphase + phases;
  g.dimage = g.crops + 3 * CROP;
  g.last = g.dimage + pixels;
  g.scores = g.last + pixels;
  return g;
}

static pl_config config_of(const char *name, int height, int width) {
  pl_config c;
  REQUIRE(pl_preset(name, &c, NULL) == PL_OK);
  c.height = height;
  c.width = width;
  c.steps = STEPS;
  c.crops = CROPS;
  c.crop_size = SIDE;
  c.noise_normal = c.noise_uniform = 0;
  return c;
}

/* What make_presets.py draws, in its order. */
typedef struct drawn {
  float *phase, *dimage, *dcrop;
} drawn;

static drawn draw(int height, int width) {
  random_seed((uint64_t)height);
  drawn d;
  d.phase = random_floats(3 * (size_t)(height * (width / 2 + 1)), -2.5f, 2.5f);
  d.dimage = random_floats(3 * (size_t)(height * width), -1, 1);
  d.dcrop = random_floats(CROP, -1, 1);
  return d;
}

/* With the drawn phases, and the image that they make. */
static parametrization *parametrize(const pl_config *c, const drawn *d, const void *npy, size_t npy_size, float *image,
                                    size_t *count) {
  magnitude m;
  parametrization *p;
  REQUIRE(magnitude_read(npy, npy_size, &m) == PL_OK);
  if (c->continue_magnitude) magnitude_continue(&m);
  REQUIRE(parametrization_create(c, &m, NULL, &p) == PL_OK);
  magnitude_free(&m);
  float *phase = parametrization_values(p, count);
  memcpy(phase, d->phase, *count * sizeof *phase);
  parametrization_forward(p, image);
  return p;
}

static void test_image(const pl_config *c, const golden *g, const drawn *d, const void *npy, size_t npy_size) {
  const size_t pixels = 3 * (size_t)(c->height * c->width);
  size_t count;
  float *image = test_floats(pixels);
  parametrization *p = parametrize(c, d, npy, npy_size, image, &count);
  float *dphase = test_floats(count);
  parametrization_backward(p, image, d->dimage, dphase);
  printf("  image %.1e, dphase %.1e\n", difference(image, pixels, g->image), difference(dphase, count, g->dphase));
  CHECK(difference(image, pixels, g->image) < 1e-5);
  CHECK(difference(dphase, count, g->dphase) < 1e-4);
  free(image), free(dphase);
  parametrization_free(p);
}

static void test_crops(const pl_config *c, const golden *g, const drawn *d, const void *npy, size_t npy_size) {
  const size_t pixels = 3 * (size_t)(c->height * c->width);
  size_t count;
  float *image = test_floats(pixels), *dimage = test_floats(pixels), crop[CROP];
  parametrization *p = parametrize(c, d, npy, npy_size, image, &count);
  crops *made;
  REQUIRE(crops_create(c->height, c->width, SIDE, SIDE, c->resample, &made) == PL_OK);
  for (int i = 0; i < 3; i++) {
    crops_forward(made, image, g->boxes[i], crop);
    CHECK_CLOSE(crop, g->crops + i * CROP, CROP, 1e-5);
  }
  crops_adjoint(made, d->dcrop, g->boxes[0], dimage);
  CHECK(difference(dimage, pixels, g->dimage) < 1e-5);
  crops_free(made);
  parametrization_free(p);
  free(image), free(dimage);
}

static void test_run(const pl_config *c, const golden *g, const drawn *d, pl_model *model, const void *npy, size_t npy_size) {
  char objective[64];
  snprintf(objective, sizeof objective, "{\"kind\": \"logit\", \"unit\": %d}", UNIT);
  pl_run *r;
  REQUIRE(pl_run_create(model, objective, c, NULL, 0, npy, npy_size, &r) == PL_OK);
  REQUIRE(pl_run_set_boxes(r, g->boxes, BOXES) == PL_OK);
  size_t count;
  float *phase = pl_run_values(r, 0, &count), scores[STEPS];
  memcpy(phase, d->phase, count * sizeof *phase);
  for (int i = 0; i < STEPS; i++) {
    CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, CROPS), PL_OK);
    scores[i] = pl_run_score(r);
  }
  CHECK_INT(pl_run_step(r, PL_STEP_IMAGE, 0, 0), PL_OK);
  const size_t pixels = 3 * (size_t)(c->height * c->width);
  printf("  scores %.4f to %.4f, %.1e; image %.1e\n", (double)scores[0], (double)scores[STEPS - 1],
         relative_error(scores, g->scores, STEPS), difference(pl_run_image(r), pixels, g->last));
  CHECK_CLOSE(scores, g->scores, STEPS, 1e-4);
  CHECK(difference(pl_run_image(r), pixels, g->last) < 1e-4);
  pl_run_free(r);
}

static void test_preset(int index, int height, int width, pl_model *model, const void *npy, size_t npy_size) {
  printf("%s, %dx%d\n", PRESETS[index].name, height, width);
  const pl_config c = config_of(PRESETS[index].name, height, width);
  golden g = load(PRESETS[index].numbers, height, width);
  drawn d = draw(height, width);
  test_image(&c, &g, &d, npy, npy_size);
  test_crops(&c, &g, &d, npy, npy_size);
  test_run(&c, &g, &d, model, npy, npy_size);
  free(g.all), free(d.phase), free(d.dimage), free(d.dcrop);
}

int main(void) {
  size_t size, npy_size;
  uint8_t *file = test_file("tests/golden/presets/network.onnx", &size);
  uint8_t *npy = test_file("tests/golden/presets/magnitude.npy", &npy_size);
  REQUIRE(file && npy);
  const pl_preprocessing preprocessing = {.mean = {0.45f, 0.4f, 0.5f}, .std = {0.25f, 0.2f, 0.3f}};
  pl_model *model;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &preprocessing}, &model) == PL_OK);
  CHECK(!pl_preset_name(PRESET_COUNT)); /* there are no others */
  for (int i = 0; i < PRESET_COUNT; i++) {
    CHECK_TEXT(pl_preset_name(i), PRESETS[i].name);
    test_preset(i, 32, 48, model, npy, npy_size);
    test_preset(i, 65, 64, model, npy, npy_size);
  }
  pl_model_free(model);
  free(file), free(npy);
  return test_result();
}
