/* What runs are made of: options, objectives and checkpoints, of a small network and a small generator. */
#include "fuzz_run.h"

#include <math.h>
#include <stddef.h>

#include "bounded.h"
#include "fuzz_entries.h"
#include "fuzz_models.h"
#include "onnx_writer.h"
#include "small_net.h"
#include "support.h"

/* ---- made once ---- */

static pl_model *the_model(void) {
  static pl_model *m;
  static void *file;
  if (!m) m = small_net_load(&file);
  return m;
}

/* A latent of 4 numbers becomes an image of 32x32, by repeating, by a matrix or by a transposed convolution. */
void *fuzz_run_generator_file(int kind, size_t *size) {
  static const shape weights[] = {{4, {3, 4, 1, 1}}, {2, {4, 3 * 8 * 8}}, {4, {4, 3, 8, 8}}};
  writer w;
  writer_start(&w);
  random_seed(8);
  float *values = random_floats(shape_count(&weights[kind]), -1, 1);
  writer_input(&w, "latent", kind == 1 ? SHAPE(-1, 4) : SHAPE(1, 4, 1, 1));
  writer_initializer_floats(&w, "weights", weights[kind], values);
  writer_initializer_floats(&w, "scales", SHAPE(4), (float[]){1, 1, kind ? 4 : 32, kind ? 4 : 32});
  writer_initializer_ints(&w, "sizes", SHAPE(4), (int64_t[]){1, 3, 8, 8});
  if (kind == 1) {
    writer_node(&w, "MatMul", "", "latent,weights", "flat");
    writer_node(&w, "Reshape", "", "flat,sizes", "small");
  } else if (kind == 2) writer_node(&w, "ConvTranspose", "", "latent,weights", "small");
  writer_node(&w, "Resize", "", kind ? "small,,scales" : "latent,,scales", "large");
  writer_attribute_string(&w, "mode", kind == 1 ? "linear" : "nearest");
  if (kind == 0) writer_node(&w, "Conv", "", "large,weights", "colours");
  writer_node(&w, "Tanh", "", kind ? "large" : "colours", "image");
  writer_output(&w, "image", SHAPE(1, 3, 32, 32));
  free(values);
  return writer_finish(&w, size);
}

static pl_generator *the_generator(void) {
  static pl_generator *g;
  static void *file;
  size_t size;
  if (g) return g;
  file = fuzz_run_generator_file(0, &size);
  REQUIRE(pl_generator_load(file, size, NULL, 0, &g) == PL_OK);
  return g;
}

/* An npy file of 3 x 4 x 3 numbers. */
static const void *the_npy(size_t *size) {
  enum { PREAMBLE = 10, LENGTH = 86, NUMBERS = 3 * 4 * 3 };
  static struct {
    char head[PREAMBLE + LENGTH + 1];
    float numbers[NUMBERS];
  } file;
  snprintf(file.head, sizeof file.head, "\x93NUMPY\x01%c%c%c%-*s\n", 0, LENGTH, 0, LENGTH - 1,
           "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 3), }");
  for (int i = 0; i < NUMBERS; i++) file.numbers[i] = (float)(i % 7) + 1;
  *size = PREAMBLE + LENGTH + sizeof file.numbers;
  memmove(file.head + PREAMBLE + LENGTH, file.numbers, sizeof file.numbers);
  return &file;
}

/* ---- a step ---- */

typedef struct part {
  pl_run *run;
  unsigned parts;
  int first, count;
} part;

static pl_status do_part(void *context) {
  const part *p = context;
  return pl_run_step(p->run, p->parts, p->first, p->count);
}

/* The step's parts, with the first crop and the last one. */
static void run_step(pl_run *r, int crops) {
  const part parts[] = {
      {r, PL_STEP_IMAGE, 0, 0}, {r, PL_STEP_CROPS, 0, 1}, {r, PL_STEP_CROPS, crops - 1, 1}, {r, PL_STEP_UPDATE, 0, 0}};
  for (int i = 0; i < 4; i++) {
    part p = parts[i];
    fuzz_check(bounded_run(do_part, &p)); /* a helper refuses those that are not its own */
  }
}

/* ---- options ---- */

static fuzz_option fields[128];
static int field_count;

static void add(fuzz_kind kind, size_t offset) {
  REQUIRE(field_count < (int)(sizeof fields / sizeof *fields));
  fields[field_count++] = (fuzz_option){offset, kind};
}

_Static_assert(sizeof(int) == sizeof(pl_transform), "enumerations are written as int");

static void add_fields(const pl_option *o) {
  switch (o->type) {
    case PL_OPTION_BOOL: add(FUZZ_BOOL, o->offset); break;
    case PL_OPTION_INT:
    case PL_OPTION_WORD: add(FUZZ_INT, o->offset); break;
    case PL_OPTION_UINT64: break; /* any will do */
    case PL_OPTION_FLOAT: add(FUZZ_FLOAT, o->offset); break;
    case PL_OPTION_RANGE:
      add(FUZZ_FLOAT, o->offset + offsetof(pl_range, low));
      add(FUZZ_FLOAT, o->offset + offsetof(pl_range, high));
      break;
    case PL_OPTION_DISTRIBUTION:
      add(FUZZ_INT, o->offset + offsetof(pl_distribution, kind));
      add(FUZZ_FLOAT, o->offset + offsetof(pl_distribution, a));
      add(FUZZ_FLOAT, o->offset + offsetof(pl_distribution, b));
      break;
    case PL_OPTION_STANDARDIZE:
      add(FUZZ_BOOL, o->offset + offsetof(pl_standardize, on));
      add(FUZZ_FLOAT, o->offset + offsetof(pl_standardize, epsilon));
      add(FUZZ_BOOL, o->offset + offsetof(pl_standardize, unbiased));
      break;
  }
}

const fuzz_option *fuzz_fields(int *count) {
  const pl_option *o;
  if (!field_count)
    for (int i = 0; (o = pl_config_option(i)); i++) add_fields(o);
  *count = field_count;
  return fields;
}

static void set_option(pl_config *c, const uint8_t *change) {
  int count;
  const fuzz_option *all = fuzz_fields(&count), *o = &all[change[0] % count];
  char *to = (char *)c + o->offset;
  if (o->kind == FUZZ_BOOL) *(bool *)to = change[1] & 1;
  else memcpy(to, change + 1, sizeof(float));
}

static pl_config read_options(const uint8_t *bytes, size_t size) {
  enum { PRESETS = 5, SMALL = 64 << 20, LARGE = 1 << 30 };
  pl_config c = pl_config_default();
  if (size) (void)pl_preset(pl_preset_name(bytes[0] % PRESETS), &c, NULL);
  c.height = c.width = 40;
  c.crops = 2;
  c.memory_budget = fuzz_large ? LARGE : SMALL;
  for (size_t at = 1; at + FUZZ_CHANGE <= size; at += FUZZ_CHANGE) set_option(&c, bytes + at);
  return c;
}

/* Of a layer that takes crops of any size. */
static const char SIMPLE[] = "{\"kind\": \"channel\", \"layer\": \"sum\", \"unit\": 1}";

/* Filling many pixels with random numbers takes its time: a helper has as many, but not that to do. */
static bool is_large(const pl_config *c) { return (double)c->height * c->width * c->images > 1 << 18; }

static pl_status create(const pl_config *c, pl_run **r) {
  if (is_large(c)) return pl_run_create(the_model(), SIMPLE, c, NULL, 0, NULL, 0, r);
  size_t npy_size;
  const void *npy = the_npy(&npy_size);
  if (c->parametrization == PL_GENERATOR) return pl_run_create_generated(the_model(), SIMPLE, c, NULL, 0, the_generator(), r);
  return pl_run_create(the_model(), SIMPLE, c, NULL, 0, npy, npy_size, r);
}

pl_run *fuzz_run_of(const pl_config *c) {
  pl_run *r;
  if (create(c, &r)) return NULL;
  run_step(r, c->crops);
  return r;
}

void fuzz_options(const uint8_t *bytes, size_t size) {
  const pl_config c = read_options(bytes, size);
  pl_run *r;
  const pl_status status = create(&c, &r);
  fuzz_check(status);
  if (!status) run_step(r, c.crops);
  pl_run_free(r);
}

/* ---- objectives ---- */

void fuzz_objective(const uint8_t *bytes, size_t size) {
  enum { SIDE = 4 };
  static const float pixels[3 * SIDE * SIDE] = {0.2f, 0.9f, 0.4f};
  const pl_photo photos[] = {{pixels, SIDE, SIDE}, {pixels, SIDE / 2, SIDE}};
  pl_config c = pl_config_default();
  c.height = c.width = 32;
  c.crops = 1;
  c.images = 2;
  char *text = calloc(size + 1, 1);
  REQUIRE(text);
  if (size) memcpy(text, bytes, size);
  pl_run *r;
  const pl_status status = pl_run_create(the_model(), text, &c, photos, 2, NULL, 0, &r);
  fuzz_check(status);
  if (!status) fuzz_check(pl_run_step(r, PL_STEP_CROPS, 0, 1));
  pl_run_free(r);
  free(text);
}

/* ---- checkpoints ---- */

void fuzz_checkpoint(const uint8_t *bytes, size_t size) {
  pl_config c;
  int index;
  const char *note;
  size_t note_size;
  if (pl_checkpoint_read(bytes, size, &c, &index, &note, &note_size)) return;
  for (size_t i = 0; i < note_size; i++)
    if (note[i] == 1) break; /* each byte of it is the file's */
  pl_run *r;
  pl_generator *generator = c.parametrization == PL_GENERATOR ? the_generator() : NULL;
  const pl_status status = pl_run_restore_generated(the_model(), SIMPLE, NULL, 0, generator, bytes, size, &r);
  fuzz_check(status);
  if (!status) run_step(r, c.crops);
  pl_run_free(r);
}
