/* Crops that go through the network at once: how many, with the same bits as one by one, and never those that the network would
 * mix. */
#include "network/exec/exec_plan.h"
#include "onnx_writer.h"
#include "run/run.h"
#include "small_net.h"
#include "support.h"

enum { SIDE = 48, CROP = 16, CROPS = 12 };

static const char CHANNEL[] = "{\"kind\": \"channel\", \"layer\": \"cat\", \"unit\": 1}";

static pl_config small(void) {
  pl_config c = pl_config_default();
  c.height = c.width = SIDE;
  c.crops = CROPS;
  c.crop_size = CROP;
  c.parametrization = PL_PIXEL;
  return c;
}

static pl_run *start(pl_model *m, const char *objective, const pl_config *c, const pl_photo *photos, int photo_count) {
  pl_run *r;
  if (pl_run_create(m, objective, c, photos, photo_count, "", 1, &r)) {
    fprintf(stderr, "%s\n", pl_error_message());
    exit(1);
  }
  return r;
}

static pl_model *load(const void *file, size_t size, int workers) {
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  pl_model *m;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &plain, .workers = workers}, &m) == PL_OK);
  return m;
}

/* ---- how many ---- */

static int pass_of(pl_model *m, const pl_config *c) {
  pl_run *r = start(m, CHANNEL, c, NULL, 0);
  const int pass = pl_run_pass(r);
  pl_run_free(r);
  return pass;
}

/* As many as all passes of a worker's share have, four at most. */
static void shares_are_cut_into_equal_passes(pl_model *m) {
  static const struct {
    int workers, crops, crop_size, images, pass;
  } cases[] = {{0, 4, 96, 1, 4}, {1, 4, 96, 1, 4}, {2, 4, 96, 1, 2},  {3, 4, 96, 1, 2},  {4, 4, 96, 1, 1},
               {9, 4, 96, 1, 1}, {1, 6, 96, 1, 3}, {1, 7, 96, 1, 1},  {1, 12, 16, 1, 4}, {1, 2, 96, 1, 2},
               {1, 1, 96, 1, 1}, {1, 4, 96, 2, 4}, {1, 3, 128, 1, 3}, {1, 4, 224, 1, 4}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    pl_config c = small();
    c.crops = cases[i].crops, c.crop_size = cases[i].crop_size, c.images = cases[i].images;
    m->workers = cases[i].workers ? cases[i].workers : 1;
    if (!CHECK_INT(pass_of(m, &c), cases[i].pass)) printf("  case %zu\n", i);
  }
  m->workers = 1;
}

static void little_memory_takes_fewer(pl_model *m) {
  pl_config c = small();
  c.crops = 4, c.crop_size = 96;
  for (int pass = 4; pass > 1; pass /= 2) {
    pl_run *r = start(m, CHANNEL, &c, NULL, 0);
    CHECK_INT(pl_run_pass(r), pass);
    c.memory_budget = 2 * exec_memory(r->exec) - 1;
    pl_run_free(r);
  }
  CHECK_INT(pass_of(m, &c), 1);
}

/* A step is left between passes, so that none may take long. */
static void much_work_takes_fewer(void) {
  enum { CHANNELS = 512, SIZE = 112, PIXELS = SIZE * SIZE };
  float *weights = random_floats((size_t)CHANNELS * CHANNELS, -0.05f, 0.05f), *first = random_floats(CHANNELS * 3, -0.4f, 0.4f);
  pl_config c = small();
  size_t size;
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(-1, 3, SIZE, SIZE));
  writer_initializer_floats(&w, "first", SHAPE(CHANNELS, 3, 1, 1), first);
  writer_initializer_floats(&w, "w", SHAPE(CHANNELS, CHANNELS, 1, 1), weights);
  writer_node(&w, "Conv", "x", "input,first", "x");
  writer_node(&w, "Conv", "y", "x,w", "y");
  writer_output(&w, "y", SHAPE(-1, CHANNELS, SIZE, SIZE));
  void *file = writer_finish(&w, &size);
  pl_model *m = load(file, size, 1);
  c.crops = 4, c.crop_size = SIZE;
  pl_run *r = start(m, "{\"kind\": \"channel\", \"layer\": \"y\", \"unit\": 1}", &c, NULL, 0);
  CHECK_INT(pl_run_pass(r), 2); /* 3.3 billion multiply-adds each */
  pl_run_free(r);
  pl_model_free(m);
  free(file);
  free(weights);
  free(first);
}

/* ---- the same bits ---- */

/* What the crops of a step are worth and their gradients, taken so many at a time. */
static void run_crops(pl_run *r, int count, float *scores, float *dcrops, size_t each) {
  CHECK_INT(pl_run_step(r, PL_STEP_IMAGE, 0, 0), PL_OK);
  for (int k = 0; k < CROPS; k += count)
    CHECK_INT(pl_run_step(r, PL_STEP_CROPS, k, k + count < CROPS ? count : CROPS - k), PL_OK);
  for (int k = 0; k < CROPS; k++) {
    scores[k] = *pl_run_crop_score(r, k);
    memcpy(dcrops + (size_t)k * each, pl_run_dcrop(r, k), each * sizeof *dcrops);
  }
}

static void passes_change_no_bit(pl_model *m, const char *objective, int crop, int images, const pl_photo *photos,
                                 int photo_count, bool cut) {
  pl_config c = small();
  c.images = images;
  c.crop_size = crop;
  const size_t each = 3 * (size_t)(images * crop * crop);
  float scores[2][CROPS], *dcrops[2] = {test_floats(CROPS * each), test_floats(CROPS * each)};
  for (int workers = CROPS; workers > 0; workers -= cut ? 5 : 1) { /* large values take their time */
    const int share = (CROPS + workers - 1) / workers;
    m->workers = workers;
    pl_run *r = start(m, objective, &c, photos, photo_count);
    CHECK_INT(pl_run_pass(r) > 1, share > 1 && share % 2 * (share % 3) == 0);
    CHECK_INT(r->exec->part_steps > 0, cut && pl_run_pass(r) > 1);
    run_crops(r, workers == CROPS ? 1 : 5, scores[workers < CROPS], dcrops[workers < CROPS], each);
    if (workers < CROPS) {
      CHECK(memcmp(scores[0], scores[1], sizeof *scores) == 0);
      CHECK(memcmp(dcrops[0], dcrops[1], CROPS * each * sizeof(float)) == 0);
    }
    pl_run_free(r);
  }
  m->workers = 1;
  free(dcrops[0]);
  free(dcrops[1]);
}

/* The first steps' way of letting gradients through looks at every image by itself. */
static void bits(pl_model *m) {
  float *pixels = random_floats(3 * SIDE * SIDE, 0, 1);
  const pl_photo photo = {pixels, SIDE, SIDE};
  passes_change_no_bit(m, "{\"kind\": \"logit\", \"unit\": 3}", CROP, 1, NULL, 0, false);
  passes_change_no_bit(m, "{\"kind\": \"neuron\", \"layer\": \"relu1\", \"unit\": 2}", CROP, 1, NULL, 0, false);
  passes_change_no_bit(m,
                       "{\"kind\": \"sum\", \"of\": [{\"kind\": \"logit\", \"unit\": 3}, {\"kind\": \"diversity\", \"layer\": "
                       "\"conv2\"}, {\"kind\": \"distance\", \"layer\": \"relu1\", \"photo\": 0, \"weight\": -0.1}]}",
                       CROP, 2, &photo, 1, false);
  free(pixels);
}

/* A network whose values grow large, small and large again: `b` is read by an operator that takes each crop by itself and by one that
 * takes all at once. */
static void large_values(void) {
  enum { SIZE = 96, CHANNELS = 32 };
  float *first = random_floats(CHANNELS * 3 * 9, -0.4f, 0.4f), *up = random_floats(CHANNELS * CHANNELS * 16, -0.2f, 0.2f);
  size_t size;
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(-1, 3, SIZE, SIZE));
  writer_initializer_floats(&w, "first", SHAPE(CHANNELS, 3, 3, 3), first);
  writer_initializer_floats(&w, "up", SHAPE(CHANNELS, CHANNELS, 4, 4), up);
  writer_node(&w, "Conv", "x", "input,first", "x");
  writer_attribute_ints(&w, "pads", INTS(1, 1, 1, 1));
  writer_node(&w, "Relu", "a", "x", "a");
  writer_node(&w, "MaxPool", "b", "a", "b");
  writer_attribute_ints(&w, "kernel_shape", INTS(4, 4));
  writer_attribute_ints(&w, "strides", INTS(4, 4));
  writer_node(&w, "ConvTranspose", "wide", "b,up", "wide");
  writer_attribute_ints(&w, "strides", INTS(4, 4));
  writer_node(&w, "MaxPool", "c", "wide", "c");
  writer_attribute_ints(&w, "kernel_shape", INTS(4, 4));
  writer_attribute_ints(&w, "strides", INTS(4, 4));
  writer_node(&w, "Add", "d", "b,c", "d");
  writer_node(&w, "Mul", "y", "d,d", "y");
  writer_output(&w, "y", SHAPE(-1, CHANNELS, SIZE / 4, SIZE / 4));
  void *file = writer_finish(&w, &size);
  pl_model *m = load(file, size, 1);
  float *pixels = random_floats(3 * SIDE * SIDE, 0, 1);
  const pl_photo photo = {pixels, SIDE, SIDE};
  passes_change_no_bit(m, "{\"kind\": \"channel\", \"layer\": \"y\", \"unit\": 1}", SIZE, 1, NULL, 0, true);
  passes_change_no_bit(m, "{\"kind\": \"neuron\", \"layer\": \"a\", \"unit\": 1}", SIZE, 1, NULL, 0, true);
  passes_change_no_bit(m,
                       "{\"kind\": \"sum\", \"of\": [{\"kind\": \"channel\", \"layer\": \"y\", \"unit\": 3}, {\"kind\": "
                       "\"diversity\", \"layer\": \"b\"}, {\"kind\": \"channel\", \"layer\": \"wide\", \"unit\": 0}, {\"kind\": "
                       "\"distance\", \"layer\": \"a\", \"photo\": 0, \"weight\": -0.1}]}",
                       SIZE, 2, &photo, 1, true);
  pl_model_free(m);
  free(file);
  free(pixels);
  free(first);
  free(up);
}

/* ---- networks that mix the images of a batch ---- */

static void apart(writer *w) { writer_node(w, "Relu", "y", "x", "y"); }

static void by_the_mean_of_all(writer *w) {
  writer_node(w, "ReduceMean", "mean", "x", "mean");
  writer_node(w, "Sub", "y", "x,mean", "y");
}

/* So many rows of however many images there are, which become images again. */
static void in_rows(writer *w, int64_t count) {
  const int64_t rows[] = {count, -1}, images[] = {-1, 8, CROP, CROP};
  writer_initializer_ints(w, "rows", SHAPE(2), rows);
  writer_initializer_ints(w, "images", SHAPE(4), images);
  writer_node(w, "Reshape", "all", "x,rows", "all");
  writer_node(w, "Softmax", "shares", "all", "shares");
  writer_node(w, "Reshape", "y", "shares,images", "y");
}

/* One row is each image's: a file that says 1 means the batch. */
static void in_one_row(writer *w) { in_rows(w, 1); }

static void in_two_rows(writer *w) { in_rows(w, 2); }

static void images_are_not_mixed(void (*write)(writer *w), int batch, int pass) {
  float *weights = random_floats(8 * 3 * 3 * 3, -0.4f, 0.4f), scores[2][CROPS], *dcrops[2];
  size_t size;
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(batch, 3, CROP, CROP));
  writer_initializer_floats(&w, "w", SHAPE(8, 3, 3, 3), weights);
  writer_node(&w, "Conv", "x", "input,w", "x");
  writer_attribute_ints(&w, "pads", INTS(1, 1, 1, 1));
  write(&w);
  writer_output(&w, "y", SHAPE(batch, 8, CROP, CROP));
  void *file = writer_finish(&w, &size);
  for (int i = 0; i < 2; i++) {
    const pl_config c = small();
    const size_t each = 3 * CROP * CROP;
    pl_model *m = load(file, size, i ? 1 : CROPS);
    pl_run *r = start(m, "{\"kind\": \"neuron\", \"layer\": \"y\", \"unit\": 2}", &c, NULL, 0);
    CHECK_INT(pl_run_pass(r), i ? pass : 1);
    dcrops[i] = test_floats(CROPS * each);
    run_crops(r, CROPS, scores[i], dcrops[i], each);
    pl_run_free(r);
    pl_model_free(m);
  }
  CHECK(memcmp(scores[0], scores[1], sizeof *scores) == 0);
  CHECK(memcmp(dcrops[0], dcrops[1], CROPS * 3 * CROP * CROP * sizeof(float)) == 0);
  free(dcrops[0]);
  free(dcrops[1]);
  free(file);
  free(weights);
}

int main(void) {
  void *file;
  pl_model *m = small_net_load(&file);
  shares_are_cut_into_equal_passes(m);
  little_memory_takes_fewer(m);
  bits(m);
  pl_model_free(m);
  free(file);
  much_work_takes_fewer();
  large_values();
  for (int batch = -1; batch < 2; batch += 2) {
    images_are_not_mixed(apart, batch, 4);
    images_are_not_mixed(by_the_mean_of_all, batch, 1);
    images_are_not_mixed(in_one_row, batch, 4);
    images_are_not_mixed(in_two_rows, batch, 1);
  }
  return test_result();
}
