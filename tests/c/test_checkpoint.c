/* A run that was kept and goes on in another model has the same bits; damaged files are refused. */
#include "phaselens.h"
#include "support.h"

enum { HEIGHT = 33, WIDTH = 40, CROPS = 3, STEPS = 6, KEPT = 2 };

static const char OBJECTIVE[] = "{\"kind\": \"logit\", \"unit\": 1}";
static const char NOTE[] = "{\"objective\": \"whatever the caller likes\"}";

typedef struct setting {
  pl_model *model;
  uint8_t *file, *npy;
  size_t npy_size;
} setting;

static setting load(void) {
  setting s;
  size_t size;
  s.file = test_file("tests/golden/presets/network.onnx", &size);
  s.npy = test_file("tests/golden/presets/magnitude.npy", &s.npy_size);
  REQUIRE(s.file && s.npy);
  const pl_preprocessing preprocessing = {.mean = {0.45f, 0.4f, 0.5f}, .std = {0.25f, 0.2f, 0.3f}};
  REQUIRE(pl_model_load(s.file, size, &(pl_model_options){.preprocessing = &preprocessing}, &s.model) == PL_OK);
  return s;
}

static void unload(setting *s) {
  pl_model_free(s->model);
  free(s->file), free(s->npy);
}

static pl_run *start(const setting *s, const pl_config *c, bool from_image) {
  pl_run *r;
  REQUIRE(pl_run_create(s->model, OBJECTIVE, c, NULL, 0, s->npy, s->npy_size, &r) == PL_OK);
  float image[3 * 9 * 7];
  for (int i = 0; i < 3 * 9 * 7; i++) image[i] = 0.5f + 0.4f * sinf((float)(i * i));
  if (from_image) CHECK_INT(pl_run_start(r, image, 9, 7), PL_OK);
  return r;
}

static void steps(pl_run *r, int count) {
  for (int i = 0; i < count; i++) CHECK_INT(pl_run_step(r, PL_WHOLE_STEP, 0, CROPS), PL_OK);
}

static uint8_t *keep(pl_run *r, size_t *size) {
  CHECK_INT(pl_run_checkpoint(r, NOTE, sizeof NOTE, NULL, 0, size), PL_OK);
  CHECK_INT(pl_run_checkpoint(r, NOTE, PL_MAX_NOTE + 1, NULL, 0, size), PL_INVALID_ARGUMENT);
  CHECK_INT(pl_run_checkpoint(r, NOTE, sizeof NOTE, NULL, 0, size), PL_OK);
  uint8_t *bytes = malloc(*size);
  REQUIRE(bytes);
  CHECK_INT(pl_run_checkpoint(r, NOTE, sizeof NOTE, bytes, *size - 1, size), PL_INVALID_ARGUMENT);
  CHECK_INT(pl_run_checkpoint(r, NOTE, sizeof NOTE, bytes, *size, size), PL_OK);
  return bytes;
}

static void same(pl_run *a, pl_run *b, int images) {
  size_t count, other;
  for (int i = 0; i < images; i++) {
    const float *x = pl_run_values(a, i, &count), *y = pl_run_values(b, i, &other);
    REQUIRE(count == other);
    CHECK(memcmp(x, y, count * sizeof *x) == 0);
  }
  const size_t pixels = (size_t)images * HEIGHT * WIDTH * sizeof(float);
  CHECK(memcmp(pl_run_image(a), pl_run_image(b), 3 * pixels) == 0);
  CHECK(memcmp(pl_run_transparency(a), pl_run_transparency(b), pixels) == 0);
  CHECK_NEAR(pl_run_score(a), pl_run_score(b), 0);
  CHECK_INT(pl_run_index(a), pl_run_index(b));
}

static void same_frames(pl_run *a, pl_run *b, int images) {
  const pl_frame_options shown = pl_frame_options_default();
  uint8_t x[4 * HEIGHT * WIDTH], y[sizeof x];
  for (int i = 0; i < images; i++) {
    pl_run_frame(a, i, &shown, x);
    pl_run_frame(b, i, &shown, y);
    CHECK(memcmp(x, y, sizeof x) == 0);
  }
}

/* From a step's end, or from within one. */
static void goes_on(const setting *s, const setting *other, pl_config c, bool from_image, bool in_step) {
  c.height = HEIGHT, c.width = WIDTH, c.crops = CROPS, c.steps = STEPS;
  pl_run *whole = start(s, &c, from_image), *first = start(s, &c, from_image), *second;
  steps(whole, KEPT + 1);
  steps(first, KEPT);
  if (in_step) CHECK_INT(pl_run_step(first, PL_STEP_IMAGE, 0, 0), PL_OK);
  size_t size, note_size;
  uint8_t *bytes = keep(first, &size);
  pl_config read;
  int index;
  const char *note;
  CHECK_INT(pl_checkpoint_read(bytes, size, &read, &index, &note, &note_size), PL_OK);
  CHECK_INT(index, KEPT);
  CHECK_INT(note_size, sizeof NOTE);
  CHECK_TEXT(note, NOTE);
  CHECK(read.width == WIDTH && read.learning_rate == c.learning_rate && read.resample == c.resample);
  REQUIRE(pl_run_restore(other->model, OBJECTIVE, NULL, 0, bytes, size, &second) == PL_OK);
  CHECK_INT(pl_run_index(second), KEPT);
  steps(second, 1);
  same_frames(whole, second, c.images);
  steps(whole, STEPS - KEPT - 1);
  steps(second, STEPS - KEPT - 1);
  same(whole, second, c.images);
  free(bytes);
  pl_run_finish(whole);
  CHECK_INT(pl_run_checkpoint(whole, NULL, 0, NULL, 0, &size), PL_INVALID_ARGUMENT);
  pl_run_free(whole), pl_run_free(first), pl_run_free(second);
}

static void try(const setting *s, const uint8_t *bytes, size_t size) {
  uint8_t *exact = malloc(size ? size : 1); /* so that a byte read beyond is found */
  REQUIRE(exact);
  memcpy(exact, bytes, size);
  pl_run *r;
  if (pl_run_restore(s->model, OBJECTIVE, NULL, 0, exact, size, &r)) CHECK(!r && *pl_error_message());
  else pl_run_free(r);
  free(exact);
}

static void damaged_files_are_refused(const setting *s) {
  pl_config c = pl_config_default();
  c.height = HEIGHT, c.width = WIDTH, c.crops = CROPS, c.steps = STEPS;
  pl_run *r = start(s, &c, false);
  steps(r, 1);
  size_t size;
  uint8_t *bytes = keep(r, &size), *copy = malloc(size);
  REQUIRE(copy);
  pl_run *none;
  CHECK_INT(pl_run_restore(s->model, OBJECTIVE, NULL, 0, NULL, 0, &none), PL_INVALID_ARGUMENT);
  for (size_t cut = 0; cut < 400; cut++) try(s, bytes, cut);
  CHECK_INT(pl_run_restore(s->model, OBJECTIVE, NULL, 0, bytes, size - 4, &none), PL_INVALID_ARGUMENT);
  CHECK(strstr(pl_error_message(), "damaged") != NULL);
  for (int i = 0; i < 3000; i++) {
    memcpy(copy, bytes, size);
    for (uint32_t changes = 1 + random_bits() % 3; changes; changes--) copy[random_bits() % 300] = (uint8_t)random_bits();
    try(s, copy, i % 4 ? size : random_bits() % (size + 1));
  }
  memcpy(copy, bytes, size);
  memset(copy + size - 8, 0xff, 4);
  CHECK_INT(pl_run_restore(s->model, OBJECTIVE, NULL, 0, copy, size, &none), PL_INVALID_ARGUMENT);
  memcpy(copy, bytes, size);
  copy[8] = 9;
  CHECK_INT(pl_run_restore(s->model, OBJECTIVE, NULL, 0, copy, size, &none), PL_INVALID_ARGUMENT);
  CHECK(strstr(pl_error_message(), "version 9") != NULL);
  free(bytes), free(copy);
  pl_run_free(r);
}

/* Another value than the option has, that it may have and that a small run can bear. */
static void change(const pl_option *o, void *field) {
  pl_distribution *d = field;
  pl_standardize *s = field;
  int word;
  switch (o->type) {
    case PL_OPTION_BOOL: *(bool *)field = !*(bool *)field; break;
    case PL_OPTION_INT: *(int *)field = *(int *)field ? *(int *)field + 1 : (int)o->low; break;
    case PL_OPTION_UINT64: *(uint64_t *)field += 5; break;
    case PL_OPTION_FLOAT: *(float *)field = (float)(0.25 * o->low + 0.75 * o->high); break;
    case PL_OPTION_WORD:
      memcpy(&word, field, sizeof word);
      word = word ? word - 1 : 1;
      memcpy(field, &word, sizeof word);
      break;
    case PL_OPTION_RANGE: *(pl_range *)field = (pl_range){(float)o->low / 2, (float)o->high / 4}; break;
    case PL_OPTION_DISTRIBUTION:
      *d = (pl_distribution){d->kind == PL_NORMAL ? PL_UNIFORM : PL_NORMAL, (float)o->high / 4, (float)o->high / 2};
      break;
    case PL_OPTION_STANDARDIZE: *s = (pl_standardize){!s->on, (float)o->high / 4, !s->unbiased}; break;
  }
}

static bool same_field(const pl_option *o, const void *a, const void *b) {
  static const size_t sizes[] = {[PL_OPTION_BOOL] = sizeof(bool),
                                 [PL_OPTION_INT] = sizeof(int),
                                 [PL_OPTION_UINT64] = sizeof(uint64_t),
                                 [PL_OPTION_FLOAT] = sizeof(float),
                                 [PL_OPTION_WORD] = sizeof(int),
                                 [PL_OPTION_RANGE] = sizeof(pl_range),
                                 [PL_OPTION_DISTRIBUTION] = sizeof(pl_distribution)};
  const pl_standardize *s = a, *t = b;
  if (o->type == PL_OPTION_STANDARDIZE) return s->on == t->on && s->epsilon == t->epsilon && s->unbiased == t->unbiased;
  return memcmp(a, b, sizes[o->type]) == 0;
}

static void check_kept(const setting *s, const pl_config *c, const pl_option *changed) {
  pl_run *r = start(s, c, false);
  size_t size, note_size;
  uint8_t *bytes = keep(r, &size);
  pl_config read;
  int index;
  const char *note;
  CHECK_INT(pl_checkpoint_read(bytes, size, &read, &index, &note, &note_size), PL_OK);
  const pl_option *o;
  for (int i = 0; (o = pl_config_option(i)); i++)
    if (!CHECK(same_field(o, (const char *)c + o->offset, (const char *)&read + o->offset)))
      printf("  %s, where %s was changed\n", o->name, changed->name);
  free(bytes);
  pl_run_free(r);
}

/* Each option by itself, so that none is taken for another. */
static void every_option_is_kept(const setting *s) {
  const pl_option *o;
  for (int i = 0; (o = pl_config_option(i)); i++) {
    pl_config c = pl_config_default();
    c.height = HEIGHT, c.width = WIDTH, c.crops = CROPS;
    const pl_config before = c;
    change(o, (char *)&c + o->offset);
    CHECK(!same_field(o, (const char *)&before + o->offset, (const char *)&c + o->offset));
    check_kept(s, &c, o);
  }
}

/* Made by tests/golden/make_checkpoints.py; an option that the file does not have is 0. */
static void version_1_is_read(const char *path, pl_parametrization kind, pl_range generator_range) {
  size_t size, note_size;
  uint8_t *file = test_file(path, &size);
  REQUIRE(file);
  pl_config c;
  int index;
  const char *note;
  CHECK_INT(pl_checkpoint_read(file, size, &c, &index, &note, &note_size), PL_OK);
  CHECK(c.height == 32 && c.width == 40 && c.steps == 90 && c.crop_size == 64 && c.seed == (1ull << 53) - 1);
  CHECK(c.transform == PL_WARPS && c.warp_rotation.b == 9 && c.box_centre.b == 0.7f && c.box_whole_pixels && !c.box_square);
  CHECK(c.resample == PL_ROI_BICUBIC && c.range.low == -2 && c.range.high == 3 && c.network_units && c.parametrization == kind);
  CHECK(c.standardize_phase.unbiased && !c.standardize_image.on && c.magnitude_resize == PL_PICTURE_ANTIALIASED);
  CHECK(c.penalty_frequency == 0.3f && c.optimizer == PL_ADAM && c.momentum_decay == 0.01f && c.memory_budget == 3ull << 30);
  CHECK_INT(c.redirect_steps, 0);
  CHECK(c.penalty_latent == (kind == PL_GENERATOR ? 0.125f : 0));
  CHECK(c.generator_range.low == generator_range.low && c.generator_range.high == generator_range.high);
  CHECK_INT(index, 17);
  CHECK(note_size == 4 && memcmp(note, "kept", 4) == 0);
  free(file);
}

int main(void) {
  version_1_is_read("tests/golden/checkpoints/version_1.bin", PL_PIXEL, (pl_range){0, 0});
  version_1_is_read("tests/golden/checkpoints/version_1_generator.bin", PL_GENERATOR, (pl_range){-1, 2});
  setting s = load(), other = load();
  for (int i = 0; pl_preset_name(i); i++) {
    pl_config c;
    REQUIRE(pl_preset(pl_preset_name(i), &c, NULL) == PL_OK);
    for (int kind = PL_MACO; kind <= PL_PIXEL; kind++) {
      c.parametrization = (pl_parametrization)kind;
      goes_on(&s, &other, c, false, kind == PL_MACO);
      goes_on(&s, &other, c, true, false);
    }
  }
  pl_config c = pl_config_default();
  c.images = 3;
  goes_on(&s, &other, c, false, false);
  goes_on(&s, &other, c, false, true);
  every_option_is_kept(&s);
  damaged_files_are_refused(&s);
  unload(&s), unload(&other);
  return test_result();
}
