/* Crops that go through the network at once: how many, with the same bits as one by one, and never those that the network would
 * mix. */
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

/* ---- how many ---- */

static int pass_of(pl_model *m, const pl_config *c) {
  pl_run *r = start(m, CHANNEL, c, NULL, 0);
  const int pass = pl_run_pass(r);
  pl_run_free(r);
  return pass;
}

/* As many as all passes of a worker's share have, four at most, and no more pixels than four crops of 96 have. */
static void shares_are_cut_into_equal_passes(pl_model *m) {
  static const struct {
    int workers, crops, crop_size, images, pass;
  } cases[] = {{0, 4, 96, 1, 4},  {1, 4, 96, 1, 4},  {2, 4, 96, 1, 2},  {3, 4, 96, 1, 2}, {4, 4, 96, 1, 1}, {9, 4, 96, 1, 1},
               {1, 6, 96, 1, 3},  {1, 7, 96, 1, 1},  {1, 12, 16, 1, 4}, {1, 2, 96, 1, 2}, {1, 1, 96, 1, 1}, {1, 4, 96, 2, 2},
               {1, 4, 128, 1, 2}, {1, 3, 128, 1, 1}, {2, 4, 128, 1, 2}, {1, 4, 224, 1, 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    pl_config c = small();
    c.crops = cases[i].crops, c.crop_size = cases[i].crop_size, c.images = cases[i].images;
    m->workers = cases[i].workers ? cases[i].workers : 1;
    if (!CHECK_INT(pass_of(m, &c), cases[i].pass)) printf("  case %zu\n", i);
  }
  m->workers = 1;
}

static void little_memory_takes_one_at_a_time(pl_model *m) {
  pl_config c = small();
  c.crops = 4, c.crop_size = 96;
  pl_run *r = start(m, CHANNEL, &c, NULL, 0);
  CHECK_INT(pl_run_pass(r), 4);
  c.memory_budget = 2 * pl_run_memory(r) - 1;
  pl_run_free(r);
  CHECK_INT(pass_of(m, &c), 1);
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

static void passes_change_no_bit(pl_model *m, const char *objective, int images, const pl_photo *photos, int photo_count) {
  pl_config c = small();
  c.images = images;
  const size_t each = 3 * (size_t)images * CROP * CROP;
  float scores[2][CROPS], *dcrops[2] = {test_floats(CROPS * each), test_floats(CROPS * each)};
  for (int workers = CROPS; workers > 0; workers--) {
    const int share = (CROPS + workers - 1) / workers;
    m->workers = workers;
    pl_run *r = start(m, objective, &c, photos, photo_count);
    CHECK_INT(pl_run_pass(r) > 1, share > 1 && share % 2 * (share % 3) == 0);
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
  passes_change_no_bit(m, "{\"kind\": \"logit\", \"unit\": 3}", 1, NULL, 0);
  passes_change_no_bit(m, "{\"kind\": \"neuron\", \"layer\": \"relu1\", \"unit\": 2}", 1, NULL, 0);
  passes_change_no_bit(m,
                       "{\"kind\": \"sum\", \"of\": [{\"kind\": \"logit\", \"unit\": 3}, {\"kind\": \"diversity\", \"layer\": "
                       "\"conv2\"}, {\"kind\": \"distance\", \"layer\": \"relu1\", \"photo\": 0, \"weight\": -0.1}]}",
                       2, &photo, 1);
  free(pixels);
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
    const pl_preprocessing plain = {.std = {1, 1, 1}};
    const pl_model_options options = {.preprocessing = &plain, .workers = i ? 1 : CROPS};
    const pl_config c = small();
    const size_t each = 3 * CROP * CROP;
    pl_model *m;
    REQUIRE(pl_model_load(file, size, &options, &m) == PL_OK);
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
  little_memory_takes_one_at_a_time(m);
  bits(m);
  pl_model_free(m);
  free(file);
  for (int batch = -1; batch < 2; batch += 2) {
    images_are_not_mixed(apart, batch, 4);
    images_are_not_mixed(by_the_mean_of_all, batch, 1);
    images_are_not_mixed(in_one_row, batch, 4);
    images_are_not_mixed(in_two_rows, batch, 1);
  }
  return test_result();
}
