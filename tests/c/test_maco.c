/* Whole runs on a small network: the score rises, a picture can be made again, sharing crops out changes no bit. */
#include "onnx_writer.h"
#include "small_net.h"
#include "support.h"

enum { SIDE = 40, CROPS = 4 };

/* An npy file of a 1/f magnitude: 3 x 64 x 33. */
static uint8_t *make_magnitude(size_t *size) {
  enum { HEADER = 128, H = 64, W2 = 33 };
  *size = HEADER + 3 * H * W2 * sizeof(float);
  uint8_t *file = calloc(1, *size);
  memset(file, ' ', HEADER);
  memcpy(file, "\x93NUMPY\x01\x00\x76\x00", 10);
  const char text[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 64, 33), }";
  memcpy(file + 10, text, sizeof text - 1);
  file[HEADER - 1] = '\n';
  float *data = (float *)(file + HEADER);
  for (int i = 0; i < 3 * H * W2; i++) {
    const int y = i / W2 % H, x = i % W2;
    const float fy = (float)(y <= H / 2 ? y : y - H);
    data[i] = 1 / fmaxf(1, hypotf(fy, (float)x));
  }
  return file;
}

static pl_config small_config(void) {
  pl_config c = pl_config_default();
  c.height = SIDE;
  c.width = SIDE + 3;
  c.steps = 24;
  c.crops = CROPS;
  c.crop_size = 16;
  c.seed = 11;
  return c;
}

typedef struct setting {
  pl_model *model;
  const char *objective; /* JSON */
  const pl_photo *photos;
  int photo_count;
  uint8_t *npy;
  size_t npy_size;
} setting;

static pl_run *start(const setting *s, const pl_config *c) {
  pl_run *r;
  if (pl_run_create(s->model, s->objective, c, s->photos, s->photo_count, s->npy, s->npy_size, &r)) {
    fprintf(stderr, "%s\n", pl_error_message());
    exit(1);
  }
  return r;
}

/* Takes all steps: how far the mean score of the last six is above that of the first six. Boxes are random, so one step's says
 * little. */
static float rise_of(pl_run *r, const pl_config *c) {
  float first = 0, last = 0;
  for (int i = 0; i < c->steps; i++) {
    CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, c->crops), PL_OK);
    CHECK_INT(pl_run_index(r), i + 1);
    if (i < 6) first += pl_run_score(r) / 6;
    if (i >= c->steps - 6) last += pl_run_score(r) / 6;
  }
  printf("score %.3f -> %.3f\n", (double)first, (double)last);
  return last - first;
}

static void the_score_rises(const setting *s) {
  const pl_config c = small_config();
  pl_run *r = start(s, &c);
  CHECK(rise_of(r, &c) > 0.3f);
  uint8_t rgba[SIDE * (SIDE + 3) * 4];
  pl_frame_options frame = pl_frame_options_default();
  pl_run_frame(r, 0, &frame, rgba);
  int darkest = 255, brightest = 0;
  for (size_t i = 0; i < sizeof rgba; i += 4) {
    CHECK_INT(rgba[i + 3], 255);
    if (rgba[i] < darkest) darkest = rgba[i];
    if (rgba[i] > brightest) brightest = rgba[i];
  }
  CHECK(brightest - darkest > 200);
  pl_run_finish(r);
  CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, c.crops), PL_INVALID_ARGUMENT);
  frame.transparency = true;
  pl_run_frame(r, 0, &frame, rgba);
  pl_run_free(r);
}

static float newest_share(const pl_config *c, int step) {
  const float rate = 1 - (float)step / (float)c->steps, others = fmaxf(c->frame_mean - 1, 0) * (2 * rate - 1);
  return step == 0 || others < 0 ? 1 : 1 / (1 + others);
}

static void frames_show_the_mean_of(const setting *s, float images) {
  enum { VALUES = 3 * SIDE * (SIDE + 3) };
  pl_config c = small_config();
  c.steps = 12, c.schedule = PL_LINEAR, c.frame_mean = images;
  pl_run *r = start(s, &c);
  const pl_frame_options range = {.percentiles = {0, 1}};
  uint8_t rgba[VALUES / 3 * 4];
  float mean[VALUES];
  for (int step = 0; step < c.steps; step++) {
    CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, c.crops), PL_OK);
    pl_run_frame(r, 0, &range, rgba);
    const float *image = pl_run_image(r), share = newest_share(&c, step);
    int worst = 0;
    for (int i = 0; i < VALUES; i++) {
      mean[i] = step && share < 1 ? mean[i] + share * (image[i] - mean[i]) : image[i];
      const int off = abs((int)rgba[i / 3 * 4 + i % 3] - (int)lrintf(255 * mean[i]));
      worst = off > worst ? off : worst;
    }
    CHECK(worst <= 1);
    CHECK((share < 1) == (images > 1 && step > 0 && 2 * step < c.steps));
  }
  pl_run_free(r);
}

/* The image alone by 0 and 1, also while the rate falls. */
static void frames_show_what_the_last_images_agree_on(const setting *s) {
  frames_show_the_mean_of(s, 4);
  frames_show_the_mean_of(s, 1);
  frames_show_the_mean_of(s, 0);
}

/* One step with the crops shared out over the lead and helpers, as workers do it. */
static void shared_step(pl_run *lead, pl_run *const *helpers, int helper_count, const pl_config *c) {
  CHECK_INT(pl_run_step(lead, PL_STEP_IMAGE, 0, 0), PL_OK);
  const size_t values = 3 * (size_t)c->images, image = values * (size_t)c->height * (size_t)c->width;
  const size_t crop = values * (size_t)c->crop_size * (size_t)c->crop_size;
  for (int k = 0; k < c->crops; k++) {
    const int who = k % (helper_count + 1);
    pl_run *r = who ? helpers[who - 1] : lead;
    if (who) {
      memcpy(pl_run_image(r), pl_run_image(lead), image * sizeof(float));
      pl_run_seek(r, pl_run_index(lead));
    }
    CHECK_INT(pl_run_step(r, PL_STEP_CROPS, k, 1), PL_OK);
    if (who) {
      memcpy(pl_run_dcrop(lead, k), pl_run_dcrop(r, k), crop * sizeof(float));
      *pl_run_crop_score(lead, k) = *pl_run_crop_score(r, k);
    }
  }
  CHECK_INT(pl_run_step(lead, PL_STEP_UPDATE, 0, 0), PL_OK);
}

static void sharing_changes_no_bit(const setting *s, const setting *other, int images) {
  pl_config c = small_config();
  c.images = images;
  pl_run *alone = start(s, &c);
  for (int helper_count = 0; helper_count < 3; helper_count++) {
    pl_run *lead = start(s, &c), *helpers[2];
    for (int i = 0; i < helper_count; i++)
      REQUIRE(pl_run_create(other->model, other->objective, &c, other->photos, other->photo_count, NULL, 0, &helpers[i]) ==
              PL_OK);
    if (helper_count == 0)
      for (int i = 0; i < 5; i++) CHECK_INT(pl_run_step(alone, PL_WHOLE_STEP, 0, c.crops), PL_OK);
    for (int i = 0; i < 5; i++) shared_step(lead, helpers, helper_count, &c);
    size_t count;
    for (int i = 0; i < images; i++) {
      const float *phase = pl_run_values(alone, i, &count);
      CHECK(memcmp(phase, pl_run_values(lead, i, NULL), count * sizeof *phase) == 0);
    }
    CHECK(pl_run_score(alone) == pl_run_score(lead));
    for (int i = 0; i < helper_count; i++) {
      CHECK_INT(pl_run_step(helpers[i], PL_STEP_IMAGE, 0, 0), PL_INVALID_ARGUMENT);
      pl_run_free(helpers[i]);
    }
    pl_run_free(lead);
  }
  pl_run_free(alone);
}

/* Several images and photos: the score rises, the images become different ones, and a distance falls. */
static void groups_of_images(const setting *s, const setting *other) {
  enum { H = 30, W = 22 };
  float *pixels = random_floats(3 * H * W, 0, 1);
  const pl_photo photos[] = {{pixels, H, W}};
  setting group = *s, helpers = *other;
  group.photos = helpers.photos = photos;
  group.photo_count = helpers.photo_count = 1;
  group.objective = helpers.objective =
      "{\"kind\": \"sum\", \"of\": [{\"kind\": \"logit\", \"unit\": 3}, {\"kind\": \"diversity\", \"layer\": \"conv2\"},"
      " {\"kind\": \"distance\", \"layer\": \"relu1\", \"photo\": 0, \"weight\": -0.1}]}";
  sharing_changes_no_bit(&group, &helpers, 3);

  pl_config c = small_config();
  c.images = 3;
  pl_run *r = start(&group, &c);
  CHECK(rise_of(r, &c) > 0.3f);
  const size_t image = 3 * SIDE * (SIDE + 3);
  CHECK(relative_error(pl_run_image(r), pl_run_image(r) + image, image) > 0.05);
  uint8_t frames[2][SIDE * (SIDE + 3) * 4];
  const pl_frame_options shown = pl_frame_options_default();
  for (int i = 0; i < 2; i++) pl_run_frame(r, i + 1, &shown, frames[i]);
  CHECK(memcmp(frames[0], frames[1], sizeof frames[0]) != 0);
  pl_run_free(r);

  group.objective = "{\"kind\": \"distance\", \"layer\": \"relu1\", \"photo\": 0, \"weight\": -1}";
  c.images = 1;
  r = start(&group, &c);
  CHECK(rise_of(r, &c) > 0.2f);
  CHECK(pl_run_score(r) < 0);
  pl_run_free(r);
  free(pixels);
}

/* A photo that is the image has no distance to it: both are cropped alike, and only the image has noise. */
static void photos_are_cropped_as_images_are(const setting *s) {
  for (int network_units = 0; network_units < 2; network_units++) {
    pl_config c = small_config();
    c.noise_normal = c.noise_uniform = 0;
    c.network_units = network_units;
    setting same = *s;
    same.objective = "{\"kind\": \"distance\", \"layer\": \"conv1\", \"photo\": 0}";
    float *pixels = random_floats(3 * SIDE * (SIDE + 3), 0, 1);
    same.photos = &(pl_photo){pixels, SIDE, SIDE + 3};
    same.photo_count = 1;
    pl_run *r = start(&same, &c);
    const pl_preprocessing *p = &s->model->preprocessing;
    for (int i = 0; i < 3 * SIDE * (SIDE + 3); i++)
      pl_run_image(r)[i] = network_units ? (pixels[i] - p->mean[i % 3]) / p->std[i % 3] : pixels[i];
    CHECK_INT(pl_run_step(r, PL_STEP_CROPS, 0, c.crops), PL_OK);
    for (int k = 0; k < c.crops; k++) CHECK_NEAR(*pl_run_crop_score(r, k), 0, 1e-9);
    pl_run_free(r);
    free(pixels);
  }
}

/* The same for a recipe that does everything differently. */
static void sharing_changes_no_bit_of_any(const setting *s, const setting *other) {
  for (int i = 0; pl_preset_name(i); i++) {
    pl_config c;
    REQUIRE(pl_preset(pl_preset_name(i), &c, NULL) == PL_OK);
    const pl_config small = small_config();
    c.height = small.height, c.width = small.width, c.crops = small.crops, c.crop_size = small.crop_size, c.steps = 3;
    pl_run *alone = start(s, &c), *lead = start(s, &c), *helper;
    REQUIRE(pl_run_create(other->model, other->objective, &c, other->photos, other->photo_count, NULL, 0, &helper) == PL_OK);
    for (int k = 0; k < 3; k++) {
      CHECK_INT(pl_run_step(alone, PL_WHOLE_STEP, 0, c.crops), PL_OK);
      shared_step(lead, &helper, 1, &c);
    }
    size_t count;
    const float *phase = pl_run_values(alone, 0, &count);
    CHECK(memcmp(phase, pl_run_values(lead, 0, NULL), count * sizeof *phase) == 0);
    pl_run_free(alone), pl_run_free(lead), pl_run_free(helper);
  }
}

/* In the network's units, a picture is worth what it is worth after the model's preprocessing; the network that is given back
 * preprocesses again. */
static void network_units(const setting *s) {
  pl_config c = small_config();
  const pl_box whole = {0, 0, 1, 1};
  c.noise_normal = c.noise_uniform = 0;
  float score[2];
  for (int own = 0; own < 2; own++) {
    c.network_units = own;
    c.range.low = own ? -1 : 0;
    pl_run *r = start(s, &c);
    REQUIRE(pl_run_set_boxes(r, &whole, 1) == PL_OK);
    float *image = pl_run_image(r);
    for (int i = 0; i < 3 * SIDE * (SIDE + 3); i++) {
      const float rgb = 0.5f + 0.4f * sinf((float)i);
      image[i] = own ? (rgb - s->model->preprocessing.mean[i % 3]) / s->model->preprocessing.std[i % 3] : rgb;
    }
    CHECK_INT(pl_run_step(r, PL_STEP_CROPS, 0, 1), PL_OK);
    score[own] = *pl_run_crop_score(r, 0);
    pl_run_free(r);
  }
  CHECK_NEAR(score[0], score[1], 1e-5 * (1 + fabs((double)score[0])));
}

static void boxes_can_be_given(const setting *s) {
  const pl_config c = small_config();
  pl_run *r = start(s, &c);
  const pl_box bad[] = {{NAN, 0, 1, 1}, {0, 0, 0, 1}, {0, 0, 1, INFINITY}, {0, 1e9f, 1, 1}, {0, 0, 1, -1}};
  for (int i = 0; i < 5; i++) CHECK_INT(pl_run_set_boxes(r, &bad[i], 1), PL_INVALID_ARGUMENT);
  CHECK_INT(pl_run_set_boxes(r, bad, 0), PL_INVALID_ARGUMENT);
  const pl_box boxes[] = {{0, 0, 0.5f, 0.5f}, {0.5f, 0.5f, 0.5f, 0.5f}};
  CHECK_INT(pl_run_set_boxes(r, boxes, 2), PL_OK);
  CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, c.crops), PL_OK);
  pl_run_free(r);
}

/* A run that starts from an image shows it first, whatever its size and whatever is optimized, and moves on from there. */
static void an_image_to_start_from(const setting *s) {
  for (int kind = PL_MACO; kind <= PL_PIXEL; kind++) {
    pl_config c = small_config();
    c.parametrization = (pl_parametrization)kind;
    c.optimizer = PL_ADAM;
    c.learning_rate = 0.02f;
    float flat[3 * 20 * 30];
    for (int i = 0; i < 3 * 20 * 30; i++) flat[i] = 0.2f + 0.3f * (float)(i % 3);
    pl_run *r = start(s, &c), *helper;
    CHECK_INT(pl_run_start(r, flat, 0, 30), PL_INVALID_ARGUMENT);
    CHECK_INT(pl_run_start(r, flat, 20, 30), PL_OK);
    CHECK_INT(pl_run_step(r, PL_STEP_IMAGE, 0, 0), PL_OK);
    for (int i = 0; i < 3 * SIDE * (SIDE + 3); i++) CHECK_NEAR(pl_run_image(r)[i], 0.2 + 0.3 * (i % 3), 1e-4);
    CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, c.crops), PL_OK);
    CHECK_INT(pl_run_start(r, flat, 20, 30), PL_INVALID_ARGUMENT);
    REQUIRE(pl_run_create(s->model, s->objective, &c, NULL, 0, NULL, 0, &helper) == PL_OK);
    CHECK_INT(pl_run_start(helper, flat, 20, 30), PL_INVALID_ARGUMENT);
    pl_run_free(r), pl_run_free(helper);
  }
}

/* Between an image of height x width and the means over squares of one that is twice as large. */
static double correlation(const float *large, const float *small, int height, int width) {
  double sums[5] = {0};
  for (int i = 0; i < height * width * 3; i++) {
    const int y = i / 3 / width, x = i / 3 % width;
    const float *p = large + 3 * (2 * y * 2 * width + 2 * x) + i % 3, *q = p + 6 * width;
    const double a = (double)(p[0] + p[3] + q[0] + q[3]) / 4, b = (double)small[i];
    sums[0] += a, sums[1] += b, sums[2] += a * a, sums[3] += b * b, sums[4] += a * b;
  }
  const double n = 3.0 * height * width, va = sums[2] - sums[0] * sums[0] / n, vb = sums[3] - sums[1] * sums[1] / n;
  return (sums[4] - sums[0] * sums[1] / n) / sqrt(va * vb);
}

/* A larger run goes on with what a smaller one shows, whatever is optimized; it is kept in its checkpoint as it goes on. */
static void a_picture_to_refine(const setting *s) {
  for (int kind = PL_MACO; kind <= PL_PIXEL; kind++) {
    pl_config c = small_config(), large = c;
    c.parametrization = large.parametrization = (pl_parametrization)kind;
    large.height = 2 * c.height, large.width = 2 * c.width;
    pl_run *coarse = start(s, &c), *r = start(s, &large), *helper;
    CHECK_INT(pl_run_step(coarse, PL_WHOLE_STEP, 0, c.crops), PL_OK);
    CHECK_INT(pl_run_step(coarse, PL_STEP_IMAGE, 0, 0), PL_OK);
    pl_run_finish(coarse);
    CHECK_INT(pl_run_refine(coarse, r), PL_INVALID_ARGUMENT);
    CHECK_INT(pl_run_refine(r, coarse), PL_OK);
    CHECK_INT(pl_run_step(r, PL_STEP_IMAGE, 0, 0), PL_OK);
    CHECK(correlation(pl_run_image(r), pl_run_image(coarse), c.height, c.width) > 0.9);
    CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, c.crops), PL_OK);
    CHECK_INT(pl_run_refine(r, coarse), PL_INVALID_ARGUMENT);
    REQUIRE(pl_run_create(s->model, s->objective, &large, NULL, 0, NULL, 0, &helper) == PL_OK);
    CHECK_INT(pl_run_refine(helper, coarse), PL_INVALID_ARGUMENT);
    pl_run_free(r), pl_run_free(coarse), pl_run_free(helper);
  }
}

/* Penalties leave the score and transparency alone and change where the run goes; warps are another view of the image. */
static void penalties_and_warps(const setting *s) {
  pl_config c = small_config();
  pl_run *plain = start(s, &c);
  c.penalty_l2 = 100;
  pl_run *grey = start(s, &c);
  c.penalty_l2 = 0;
  c.transform = PL_WARPS;
  pl_run *warped = start(s, &c);
  for (int i = 0; i < 2; i++) {
    CHECK_INT(pl_run_step(plain, PL_WHOLE_STEP, 0, c.crops), PL_OK);
    CHECK_INT(pl_run_step(grey, PL_WHOLE_STEP, 0, c.crops), PL_OK);
    CHECK_INT(pl_run_step(warped, PL_WHOLE_STEP, 0, c.crops), PL_OK);
    CHECK((pl_run_score(plain) == pl_run_score(grey)) == (i == 0));
    CHECK(pl_run_score(plain) != pl_run_score(warped));
    CHECK(pl_run_penalty(plain) == 0 && pl_run_penalty(grey) > 0);
  }
  pl_run_free(plain), pl_run_free(grey), pl_run_free(warped);
}

/* What the publication leaves open is as in xplique. */
static void presets_are_named(void) {
  pl_config c, x;
  pl_frame_options f;
  CHECK_INT(pl_preset("lucid", &c, &f), PL_INVALID_ARGUMENT);
  CHECK(strstr(pl_error_message(), "'lucid'") && strstr(pl_error_message(), "faccent"));
  CHECK_INT(pl_preset("paper", &c, NULL), PL_OK);
  CHECK_INT(pl_preset("xplique", &x, &f), PL_OK);
  CHECK(f.transparency && f.alpha_twice);
  CHECK_INT(c.phase.kind, PL_UNIFORM);
  CHECK_NEAR(c.box_side.a, 0.25, 0);
  CHECK_NEAR(c.noise_uniform, 0.1, 1e-7);
  CHECK_INT(c.steps, x.steps);
  CHECK(c.learning_rate == x.learning_rate && c.momentum_decay == 1 && c.range.low == x.range.low && c.network_units);
  CHECK(!pl_preset_name(-1) && !pl_preset_name(5));
  CHECK_TEXT(pl_preset_name(0), "default");
}

static void the_seed_decides(const setting *s) {
  pl_config c = small_config();
  pl_run *r[3];
  for (int i = 0; i < 3; i++) {
    c.seed = i == 2 ? 12 : 11;
    r[i] = start(s, &c);
    for (int k = 0; k < 3; k++) CHECK_INT(pl_run_step(r[i], PL_WHOLE_STEP, 0, c.crops), PL_OK);
  }
  const size_t bytes = 3 * (size_t)c.height * (size_t)c.width * sizeof(float);
  CHECK(memcmp(pl_run_image(r[0]), pl_run_image(r[1]), bytes) == 0);
  CHECK(memcmp(pl_run_image(r[0]), pl_run_image(r[2]), bytes) != 0);
  for (int i = 0; i < 3; i++) pl_run_free(r[i]);
}

static void refused(const setting *s, const pl_config *c, pl_status status, const char *word) {
  pl_run *r;
  if (!CHECK_INT(pl_run_create(s->model, s->objective, c, s->photos, s->photo_count, s->npy, s->npy_size, &r), status) || !status)
    return;
  CHECK(r == NULL);
  if (!CHECK(strstr(pl_error_message(), word) != NULL)) printf("  '%s' is not in: %s\n", word, pl_error_message());
}

static void bad_input_is_named(const setting *s) {
  pl_config c = small_config();
  c.height = 8;
  refused(s, &c, PL_INVALID_ARGUMENT, "height is 8");
  c = small_config();
  c.learning_rate = NAN;
  refused(s, &c, PL_INVALID_ARGUMENT, "learning_rate");
  c = small_config();
  c.resample = (pl_resample)4;
  refused(s, &c, PL_INVALID_ARGUMENT, "resample is 4");
  c = small_config();
  c.parametrization = (pl_parametrization)4;
  refused(s, &c, PL_INVALID_ARGUMENT, "parametrization is 4");
  c = small_config();
  c.penalty_frequency = -1;
  refused(s, &c, PL_INVALID_ARGUMENT, "penalty_frequency");
  c = small_config();
  c.warp_pad = NAN;
  refused(s, &c, PL_INVALID_ARGUMENT, "warp_pad");
  c = small_config();
  c.decay = 5;
  refused(s, &c, PL_INVALID_ARGUMENT, "decay is 5");
  c = small_config();
  c.optimizer = (pl_optimizer)2;
  refused(s, &c, PL_INVALID_ARGUMENT, "optimizer is 2");
  c = small_config();
  c.standardize_image.epsilon = -1;
  refused(s, &c, PL_INVALID_ARGUMENT, "standardize_image.epsilon");
  c = small_config();
  c.memory_budget = 1000;
  refused(s, &c, PL_OUT_OF_MEMORY, "budget");
  c = small_config();
  setting bad = *s;
  bad.objective = "{\"kind\": \"channel\", \"layer\": \"nowhere\", \"unit\": 0}";
  refused(&bad, &c, PL_UNKNOWN_LAYER, "'nowhere'");
  bad.objective = "{\"kind\": \"channel\", \"layer\": \"conv2\", \"unit\": 8}";
  refused(&bad, &c, PL_UNKNOWN_UNIT, "units 0 to 7, but unit 8");
  bad = *s;
  bad.npy_size = 100;
  refused(&bad, &c, PL_INVALID_MAGNITUDE, "");
}

static void bad_groups_are_named(const setting *s) {
  float pixels[3 * 4] = {0, 0, NAN};
  const pl_photo photos[PL_MAX_PHOTOS + 1] = {{pixels, 2, 2}};
  setting bad = *s;
  pl_config c = small_config();
  c.images = 9;
  refused(&bad, &c, PL_INVALID_ARGUMENT, "images is 9");
  c = small_config();
  bad.photos = photos;
  bad.photo_count = PL_MAX_PHOTOS + 1;
  refused(&bad, &c, PL_INVALID_ARGUMENT, "there are 9 photos");
  bad.photo_count = 1;
  refused(&bad, &c, PL_INVALID_ARGUMENT, "not finite at y 0, x 0");
  pixels[2] = 0;
  bad.objective = "{\"kind\": \"distance\", \"layer\": \"conv2\", \"photo\": 1}";
  refused(&bad, &c, PL_INVALID_ARGUMENT, "photo 1, but there are 1 photos");
}

/* Networks that cannot take several images, or put them together. */
static void one_image_at_a_time(const setting *s) {
  size_t size;
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(1, 3, 16, 16));
  writer_node(&w, "Relu", "", "input", "rectified");
  writer_initializer_ints(&w, "sizes", SHAPE(2), (int64_t[]){3, 256});
  writer_node(&w, "Reshape", "", "rectified,sizes", "one");
  writer_initializer_ints(&w, "colours", SHAPE(2), (int64_t[]){3, -1});
  writer_node(&w, "Reshape", "", "rectified,colours", "merged");
  writer_output(&w, "one", SHAPE(3, 256));
  void *file = writer_finish(&w, &size);
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  setting one = *s;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &plain}, &one.model) == PL_OK);
  pl_config c = small_config();
  c.images = 2;
  one.objective = "{\"kind\": \"layer\", \"layer\": \"one\"}";
  refused(&one, &c, PL_UNSUPPORTED_MODEL, "takes one image at a time, but this visualization is of 2 images and 0 photos");
  one.objective = "{\"kind\": \"layer\", \"layer\": \"merged\"}";
  refused(&one, &c, PL_UNKNOWN_LAYER, "mixes images");
  one.objective = "{\"kind\": \"layer\", \"layer\": \"one\"}";
  c.images = 1;
  pl_run_free(start(&one, &c));
  pl_model_free(one.model);
  free(file);
}

/* Where a layer has fewer units for smaller crops than for the model's own size, those that are left can be asked for. */
static void units_are_those_of_the_crops(const setting *s) {
  size_t size;
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(1, 3, 32, 32));
  writer_node(&w, "Relu", "", "input", "rectified");
  writer_node(&w, "Flatten", "", "rectified", "flat");
  writer_output(&w, "flat", SHAPE(1, 3 * 32 * 32));
  void *file = writer_finish(&w, &size);
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  setting flat = *s;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &plain}, &flat.model) == PL_OK);
  const pl_config c = small_config();
  flat.objective = "{\"kind\": \"channel\", \"layer\": \"flat\", \"unit\": 3071}";
  refused(&flat, &c, PL_UNKNOWN_UNIT, "units 0 to 767, but unit 3071");
  flat.objective = "{\"kind\": \"channel\", \"layer\": \"flat\", \"unit\": 767}";
  pl_run *r = start(&flat, &c);
  CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, c.crops), PL_OK);
  pl_run_free(r);
  pl_model_free(flat.model);
  free(file);
}

/* d score / d image against a difference along a random direction, at a size that is not the network's own. */
static void gradient_of_an_image(pl_model *m) {
  enum { H = 31, W = 22 };
  const char *objective = "{\"kind\": \"logit\", \"unit\": 2}";
  float *image = random_floats(3 * H * W, 0, 1), *direction = random_floats(3 * H * W, -1, 1), *moved = test_floats(3 * H * W),
        *gradient = test_floats(3 * H * W), score, ends[2];
  REQUIRE(pl_gradient(m, image, H, W, objective, &score, gradient) == PL_OK);
  const float h = 1e-3f;
  for (int side = 0; side < 2; side++) {
    for (int i = 0; i < 3 * H * W; i++) moved[i] = image[i] + (side ? h : -h) * direction[i];
    float logits[5];
    REQUIRE(pl_activations(m, moved, H, W, "logits", logits, 5) == PL_OK);
    ends[side] = logits[2];
  }
  const double slope = dot_product(gradient, direction, 3 * H * W), measured = (double)(ends[1] - ends[0]) / (2 * (double)h);
  CHECK_NEAR(slope, measured, 0.02 * (fabs(measured) + 1));
  float few[3];
  CHECK_INT(pl_activations(m, image, H, W, "logits", few, 3), PL_INVALID_ARGUMENT);
  CHECK_INT(pl_activations(m, image, H, W, "nowhere", few, 3), PL_UNKNOWN_LAYER);
  image[5] = INFINITY;
  CHECK_INT(pl_gradient(m, image, H, W, objective, &score, gradient), PL_INVALID_ARGUMENT);
  free(image), free(direction), free(moved), free(gradient);
}

static void layers_are_listed(const pl_model *m) {
  static const char *const names[] = {"conv1", "bn1", "relu1", "conv2", "sum", "cat", "pool", "flat", "logits", "probabilities"};
  REQUIRE(pl_model_layer_count(m) == sizeof names / sizeof *names);
  for (int i = 0; i < pl_model_layer_count(m); i++) {
    CHECK_TEXT(pl_model_layer(m, i).name, names[i]);
    CHECK(pl_model_layer(m, i).runs);
  }
  const pl_layer cat = pl_model_layer(m, 5);
  CHECK_TEXT(cat.kind, "Concat");
  CHECK_INT(cat.rank, 4);
  CHECK_INT(cat.shape[1], 16);
  CHECK_INT(cat.shape[2], 8);
  CHECK_INT(cat.units, 16);
  CHECK_INT(pl_model_logits(m), 8);
}

int main(void) {
  void *file, *other_file;
  setting s = {.model = small_net_load(&file), .objective = "{\"kind\": \"logit\", \"unit\": 3}"};
  s.npy = make_magnitude(&s.npy_size);
  setting other = s;
  other.model = small_net_load(&other_file);
  layers_are_listed(s.model);
  the_score_rises(&s);
  frames_show_what_the_last_images_agree_on(&s);
  sharing_changes_no_bit(&s, &other, 1);
  groups_of_images(&s, &other);
  sharing_changes_no_bit_of_any(&s, &other);
  network_units(&s);
  boxes_can_be_given(&s);
  an_image_to_start_from(&s);
  a_picture_to_refine(&s);
  penalties_and_warps(&s);
  presets_are_named();
  the_seed_decides(&s);
  photos_are_cropped_as_images_are(&s);
  bad_input_is_named(&s);
  bad_groups_are_named(&s);
  one_image_at_a_time(&s);
  units_are_those_of_the_crops(&s);
  gradient_of_an_image(s.model);
  pl_model_free(s.model);
  pl_model_free(other.model);
  free(s.npy);
  free(file);
  free(other_file);
  return test_result();
}
