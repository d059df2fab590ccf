/* A visualization in progress as bytes. One function, `transfer_*`, says for reading and writing alike what lies where; numbers are
 * little-endian, as x86-64 and WebAssembly have them. */
#include <math.h>
#include <string.h>

#include "run/config.h"
#include "run/run.h"

static const char MAGIC[8] = {'p', 'h', 'a', 's', 'e', 'r', 'u', 'n'};
enum { VERSION = 3 };

/* Bytes on their way in one direction; beyond the end nothing is copied, but `at` moves on. */
typedef struct archive {
  uint8_t *bytes;
  size_t size, at;
  bool writing;
} archive;

static void transfer(archive *a, void *data, size_t count) {
  if (count && a->at <= a->size && count <= a->size - a->at) {
    if (a->writing) memcpy(a->bytes + a->at, data, count);
    else memcpy(data, a->bytes + a->at, count);
  }
  a->at += count;
}

static void transfer_int(archive *a, int *x) {
  int32_t number = *x;
  transfer(a, &number, sizeof number);
  *x = number;
}

static void transfer_bool(archive *a, bool *x) {
  uint8_t byte = *x;
  transfer(a, &byte, 1);
  *x = byte != 0;
}

static void transfer_float(archive *a, float *x) { transfer(a, x, sizeof *x); }

static void transfer_size(archive *a, size_t *x) {
  uint64_t number = *x;
  transfer(a, &number, sizeof number);
  *x = number < SIZE_MAX ? (size_t)number : SIZE_MAX;
}

/* A variable of an enumeration; config_check refuses numbers that it does not have. */
static void transfer_word(archive *a, void *x) {
  int number;
  memcpy(&number, x, sizeof number);
  transfer_int(a, &number);
  memcpy(x, &number, sizeof number);
}

static void transfer_distribution(archive *a, pl_distribution *d) {
  transfer_word(a, &d->kind);
  transfer_float(a, &d->a);
  transfer_float(a, &d->b);
}

static void transfer_standardize(archive *a, pl_standardize *s) {
  transfer_bool(a, &s->on);
  transfer_float(a, &s->epsilon);
  transfer_bool(a, &s->unbiased);
}

static void transfer_range(archive *a, pl_range *r) {
  transfer_float(a, &r->low);
  transfer_float(a, &r->high);
}

static void transfer_option(archive *a, const pl_option *o, void *field) {
  switch (o->type) {
    case PL_OPTION_BOOL: transfer_bool(a, field); break;
    case PL_OPTION_INT: transfer_int(a, field); break;
    case PL_OPTION_UINT64: transfer(a, field, sizeof(uint64_t)); break;
    case PL_OPTION_FLOAT: transfer_float(a, field); break;
    case PL_OPTION_WORD: transfer_word(a, field); break;
    case PL_OPTION_RANGE: transfer_range(a, field); break;
    case PL_OPTION_DISTRIBUTION: transfer_distribution(a, field); break;
    case PL_OPTION_STANDARDIZE: transfer_standardize(a, field); break;
  }
}

/* Options that files of version 1 did not have, and since which version they do. */
static const struct {
  const char *name;
  int version;
} LATER[] = {{"redirect_steps", 2}, {"frame_mean", 3}};

/* Version 1 kept a generator's options only where there was one. */
static bool is_kept(int version, const pl_option *o, const pl_config *c) {
  for (size_t i = 0; i < sizeof LATER / sizeof *LATER; i++)
    if (strcmp(o->name, LATER[i].name) == 0 && version < LATER[i].version) return false;
  const bool of_generator = strcmp(o->name, "penalty_latent") == 0 || strcmp(o->name, "generator_range") == 0;
  return version > 1 || !of_generator || c->parametrization == PL_GENERATOR;
}

/* Options that a file does not keep are 0. */
static void transfer_config(archive *a, int version, pl_config *c) {
  const pl_option *o;
  for (int i = 0; (o = pl_config_option(i)); i++)
    if (is_kept(version, o, c)) transfer_option(a, o, (char *)c + o->offset);
}

/* The start of the file; `note` is the caller's text. */
typedef struct header {
  char magic[sizeof MAGIC];
  int version, index;
  float score;
  pl_config config;
  size_t note_size;
  uint64_t generator; /* PL_GENERATOR: its id, and how many numbers a latent has */
  size_t latent;
} header;

static void transfer_header(archive *a, header *h) {
  transfer(a, h->magic, sizeof h->magic);
  transfer_int(a, &h->version);
  transfer_config(a, h->version, &h->config);
  transfer_int(a, &h->index);
  transfer_float(a, &h->score);
  transfer_size(a, &h->note_size);
  if (h->config.parametrization != PL_GENERATOR) return;
  transfer(a, &h->generator, sizeof h->generator);
  transfer_size(a, &h->latent);
}

/* All numbers that an image has come to. */
static void transfer_image(archive *a, pl_run *r, int image) {
  parametrization *p = r->parametrizations[image];
  size_t count;
  float *values = parametrization_values(p, &count), *first, *second;
  float *fixed = parametrization_fixed(p);
  optimizer_memory(r->optimizers[image], &first, &second);
  transfer(a, values, count * sizeof *values);
  transfer(a, first, count * sizeof *first);
  transfer(a, second, count * sizeof *second);
  if (fixed) transfer(a, fixed, count * sizeof *fixed);
  transfer(a, r->transparency + (size_t)image * run_pixels(r), run_pixels(r) * sizeof *r->transparency);
  if (run_averages(&r->config, r->index))
    transfer(a, r->mean + 3 * (size_t)image * run_pixels(r), 3 * run_pixels(r) * sizeof *r->mean);
}

static void transfer_state(archive *a, pl_run *r) {
  if (run_averages(&r->config, r->index)) transfer_int(a, &r->averaged);
  for (int i = 0; i < r->config.images; i++) transfer_image(a, r, i);
}

pl_status pl_run_checkpoint(pl_run *r, const char *note, size_t note_size, void *bytes, size_t capacity, size_t *size) {
  if (!run_is_lead(r) || !r->optimizers[0])
    return status_fail(PL_INVALID_ARGUMENT, run_is_lead(r) ? "this visualization is finished: it has no checkpoint"
                                                           : "a helper's run has no checkpoint");
  if (note_size > PL_MAX_NOTE)
    return status_fail(PL_INVALID_ARGUMENT, "a note of %zu bytes, but there may be 0 to %d", note_size, PL_MAX_NOTE);
  header h = {.version = VERSION, .index = r->index, .score = r->score, .config = r->config, .note_size = note_size};
  memcpy(h.magic, MAGIC, sizeof MAGIC);
  if (r->generator) {
    const pl_generator_info info = pl_generator_describe(r->generator);
    h.generator = info.id;
    h.latent = info.count;
  }
  archive a = {bytes, capacity, 0, true};
  transfer_header(&a, &h);
  transfer(&a, (void *)(uintptr_t)note, note_size);
  transfer_state(&a, r);
  *size = a.at;
  if (a.at > capacity && capacity > 0)
    return status_fail(PL_INVALID_ARGUMENT, "a checkpoint of %zu bytes does not fit into %zu", a.at, capacity);
  return PL_OK;
}

/* How many numbers of four bytes follow the note; no overflow, as config_check has bounded the sides, and a file's size a latent. */
static uint64_t state_count(const header *h) {
  const pl_config *c = &h->config;
  const uint64_t pixels = (uint64_t)c->height * (uint64_t)c->width, each = parametrization_has_fixed(c) ? 4 : 3;
  const uint64_t averages = run_averages(c, h->index);
  return (uint64_t)c->images * (each * parametrization_count(c, h->latent) + (1 + 3 * averages) * pixels) + averages;
}

/* Reads the header and checks that the file is as long as it says. */
static pl_status read_header(archive *a, header *h) {
  transfer_header(a, h);
  if (a->at > a->size || memcmp(h->magic, MAGIC, sizeof MAGIC) != 0)
    return status_fail(PL_INVALID_ARGUMENT, "not a checkpoint: %zu bytes that do not begin as one", a->size);
  if (h->version < 1 || h->version > VERSION)
    return status_fail(PL_INVALID_ARGUMENT, "a checkpoint of version %d; versions 1 to %d can be read", h->version, VERSION);
  TRY(config_check(&h->config));
  const uint64_t left = a->size - a->at, state = h->latent <= a->size ? state_count(h) * sizeof(float) : UINT64_MAX;
  if (h->index < 0 || h->index > h->config.steps || h->note_size > left || left - h->note_size != state)
    return status_fail(PL_INVALID_ARGUMENT,
                       "a damaged checkpoint: step %d of %d, a note of %zu bytes and %.0f bytes of numbers, in %zu", h->index,
                       h->config.steps, h->note_size, (double)state, a->size);
  return PL_OK;
}

static archive archive_of(const void *bytes, size_t size) {
  return (archive){(uint8_t *)(uintptr_t)bytes, bytes ? size : 0, 0, false};
}

pl_status pl_checkpoint_read(const void *bytes, size_t size, pl_config *config, int *index, const char **note,
                             size_t *note_size) {
  header h = {0};
  archive a = archive_of(bytes, size);
  TRY(read_header(&a, &h));
  *config = h.config;
  *index = h.index;
  *note = (const char *)a.bytes + a.at;
  *note_size = h.note_size;
  return PL_OK;
}

static pl_status check_state(const archive *a, size_t start) {
  for (size_t at = start; at < a->size; at += sizeof(float)) {
    float number;
    memcpy(&number, a->bytes + at, sizeof number);
    if (!isfinite(number)) return status_fail(PL_INVALID_ARGUMENT, "a damaged checkpoint: byte %zu holds %g", at, (double)number);
  }
  return PL_OK;
}

/* Whether it is the one that the run was kept with. */
static pl_status check_generator(const header *h, const pl_generator *generator) {
  if (h->config.parametrization != PL_GENERATOR) return PL_OK;
  const unsigned long long id = h->generator;
  if (!generator)
    return status_fail(PL_INVALID_ARGUMENT, "a generator (id %016llx) makes this checkpoint's images: it must be given", id);
  const pl_generator_info info = pl_generator_describe(generator);
  if (info.id == h->generator && info.count == h->latent) return PL_OK;
  return status_fail(PL_INVALID_ARGUMENT,
                     "another generator: this one has the id %016llx and latents of %zu numbers, the "
                     "checkpoint's %016llx and %zu",
                     (unsigned long long)info.id, info.count, id, h->latent);
}

static pl_status restore(archive *a, const header *h, pl_run *r) {
  r->index = h->index;
  r->score = h->score;
  transfer_state(a, r);
  const bool fits = r->averaged == r->index || r->averaged == r->index + 1;
  if (run_averages(&r->config, r->index) && !fits)
    return status_fail(PL_INVALID_ARGUMENT, "a damaged checkpoint: a mean of %d images in step %d", r->averaged, r->index);
  for (int i = 0; i < r->config.images; i++) TRY(parametrization_forward(r->parametrizations[i], run_image(r, i)));
  return PL_OK;
}

pl_status pl_run_restore_generated(pl_model *model, const char *objective, const pl_photo *photos, int photo_count,
                                   pl_generator *generator, const void *bytes, size_t size, pl_run **run) {
  *run = NULL;
  header h = {0};
  archive a = archive_of(bytes, size);
  TRY(read_header(&a, &h));
  a.at += h.note_size;
  TRY(check_state(&a, a.at));
  TRY(check_generator(&h, generator));
  TRY(run_create(model, objective, &h.config, photos, photo_count, &(run_lead){.generator = generator}, run));
  const pl_status status = restore(&a, &h, *run);
  if (status) {
    pl_run_free(*run);
    *run = NULL;
  }
  return status;
}

pl_status pl_run_restore(pl_model *model, const char *objective, const pl_photo *photos, int photo_count, const void *bytes,
                         size_t size, pl_run **run) {
  return pl_run_restore_generated(model, objective, photos, photo_count, NULL, bytes, size, run);
}
