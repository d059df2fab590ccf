/* A visualization begins, from nothing or from an image, and ends. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "image/photos.h"
#include "run/config.h"
#include "run/run.h"

/* Weights are read once for all crops of a pass: where maps are small, a layer waits for its weights longer than it computes. A
 * visualization is paused and stopped between passes; so many multiply-adds, forward, take a fraction of a second. */
enum { MOST_PASS = 4 };
static const double PASS_MACS = 8e9;

/* As many crops as every pass of a worker's share has: none is filled up. */
static int wanted_pass(const pl_run *r, int most) {
  const int workers = r->model->workers, share = r->config.crops / workers + (r->config.crops % workers > 0);
  while (most > 1 && share % most) most--;
  return most;
}

/* Shapes the network for one crop of all images and photos. Files may fix the batch at one image, in many ways: then one alone
 * works. */
static pl_status measure_crop(pl_run *r) {
  const int batch = run_batch(r);
  const pl_status status = exec_measure(r->exec, batch, r->crop_size, r->crop_size);
  if (!status || status == PL_OUT_OF_MEMORY) return status;
  if (batch == 1 || exec_measure(r->exec, 1, r->crop_size, r->crop_size))
    return model_explain_size(r->model, status, r->crop_size, r->crop_size);
  return status_fail(PL_UNSUPPORTED_MODEL,
                     "this model takes one image at a time, but this visualization is of %d images and %d "
                     "photos: export it with an open batch size",
                     r->config.images, r->photo_count);
}

/* Shapes it for the crops of a pass, if these do not mix, take no longer than is said above and leave half of the budget to all
 * else; else for fewer. */
static pl_status measure_pass(pl_run *r, uint64_t budget) {
  const int batch = run_batch(r);
  for (r->pass = wanted_pass(r, MOST_PASS); r->pass > 1; r->pass = wanted_pass(r, r->pass - 1)) {
    bool apart;
    const pl_status status = exec_measure_parts(r->exec, batch, r->pass, r->crop_size, r->crop_size, &apart);
    if (status || !apart) break;
    if (exec_macs(r->exec) <= PASS_MACS && exec_memory(r->exec) <= budget / 2) return PL_OK;
  }
  r->pass = 1;
  return measure_crop(r);
}

/* What it needs is known then, and nothing of it taken. */
static pl_status measure_network(pl_run *r, uint64_t budget) {
  int count;
  const int *targets = objective_targets(r->objective, &count);
  TRY(model_take_exec(r->model, targets, count, true, &r->exec));
  const pl_preprocessing as_it_is = {.std = {1, 1, 1, 1}, .bgr = r->model->preprocessing.bgr};
  if (r->config.network_units) exec_set_preprocessing(r->exec, &as_it_is);
  TRY(measure_pass(r, budget));
  for (int i = 0; i < count; i++) {
    shape s = exec_layer(r->exec, i).type.shape; /* of one image of the batch */
    if (s.dim[0] % exec_batch(r->exec) == 0) s.dim[0] /= exec_batch(r->exec);
    const pl_status status = model_check_layer(r->model, targets[i], &s);
    if (status) return model_explain_size(r->model, status, r->crop_size, r->crop_size);
  }
  return PL_OK;
}

static pl_status take_network(pl_run *r, uint64_t budget) {
  return exec_reshape(r->exec, r->pass * run_batch(r), r->crop_size, r->crop_size, budget);
}

/* The first image is that of a run of one; the others start elsewhere. */
static pl_config config_of(const pl_run *r, int image) {
  pl_config c = r->config;
  c.seed += (uint64_t)image * 0x9e3779b97f4a7c15u;
  return c;
}

/* Here the image half meets the network that makes its images. */
static pl_status map_forward(void *network, const float *latent, float *output) {
  return generator_forward(network, latent, output);
}

static pl_status map_backward(void *network, const float *latent, const float *doutput, float *dlatent) {
  return generator_backward(network, latent, doutput, dlatent);
}

static pl_status create_images(pl_run *r, const magnitude *m, const latent_map *map, size_t *count) {
  for (int i = 0; i < r->config.images; i++) {
    const pl_config c = config_of(r, i);
    TRY(parametrization_create(&c, m, map, &r->parametrizations[i]));
    parametrization_values(r->parametrizations[i], count);
    TRY(optimizer_create(&c, *count, &r->optimizers[i]));
  }
  return PL_OK;
}

static pl_status create_generated(pl_run *r, pl_generator *g, size_t *count) {
  const pl_generator_info info = pl_generator_describe(g);
  const pl_config *c = &r->config;
  if (c->parametrization != PL_GENERATOR)
    return status_fail(PL_INVALID_ARGUMENT, "a generator was given, but the parametrization is not a generator's");
  if (c->height != info.height || c->width != info.width)
    return status_fail(PL_INVALID_ARGUMENT, "the generator's images are %dx%d; the visualization cannot be %dx%d", info.height,
                       info.width, c->height, c->width);
  r->generator = g;
  const latent_map map = {
      .network = g, .count = info.count, .low = info.low, .high = info.high, .forward = map_forward, .backward = map_backward};
  return create_images(r, NULL, &map, count);
}

static pl_status create_parametrizations(pl_run *r, const run_lead *lead, size_t *count) {
  if (lead->generator) return create_generated(r, lead->generator, count);
  if (!lead->npy || r->config.parametrization != PL_MACO) return create_images(r, NULL, NULL, count);
  magnitude m = {0};
  TRY(magnitude_read(lead->npy, lead->npy_size, &m));
  if (r->config.continue_magnitude) magnitude_continue(&m);
  const pl_status status = create_images(r, &m, NULL, count);
  magnitude_free(&m);
  return status;
}

static pl_status create_lead(pl_run *r, const run_lead *lead) {
  size_t count;
  TRY(create_parametrizations(r, lead, &count));
  TRY(penalties_create(&r->config, &r->penalties));
  TRY(frame_create(r->config.height, r->config.width, &r->frame));
  frame_set_range(r->frame, r->config.range.low, r->config.range.high);
  r->dimage = memory_allocate(run_pixels(r), 3 * sizeof *r->dimage);
  r->dvalues = memory_allocate(count, sizeof *r->dvalues);
  r->transparency = memory_allocate(size_product((size_t)r->config.images, run_pixels(r)), sizeof *r->transparency);
  const bool averages = run_averages(&r->config, 0);
  if (averages) r->mean = memory_allocate(size_product((size_t)r->config.images, run_pixels(r)), 3 * sizeof *r->mean);
  if (!r->dimage || !r->dvalues || !r->transparency || (averages && !r->mean))
    return status_no_memory("for an image of %dx%d", r->config.height, r->config.width);
  return PL_OK;
}

/* All but the network. */
static pl_status create_around_it(pl_run *r, const pl_photo *photos, const run_lead *lead) {
  const pl_config *c = &r->config;
  TRY(photos_create(c, &r->model->preprocessing, photos, r->photo_count, &r->photos));
  TRY(objective_prepare(r->objective, r->exec, c->images, r->photo_count));
  TRY(crops_create(c->height, c->width, r->crop_size, r->crop_size, c->resample, &r->crops));
  r->image = memory_allocate(size_product((size_t)c->images, run_pixels(r)), 3 * sizeof *r->image);
  r->dcrops = memory_allocate(size_product(size_product((size_t)c->crops, (size_t)c->images), run_crop_values(r)),
                              sizeof *r->dcrops);
  r->scores = memory_allocate((size_t)c->crops, sizeof *r->scores);
  const bool noisy = (c->noise_normal > 0 || c->noise_uniform > 0) && c->noise_before_resize;
  if (noisy) r->noisy = memory_allocate(run_pixels(r), 3 * sizeof *r->noisy);
  if (!r->image || !r->dcrops || !r->scores || (noisy && !r->noisy))
    return status_no_memory("for %d crops of %dx%d", c->crops, r->crop_size, r->crop_size);
  return lead ? create_lead(r, lead) : PL_OK;
}

/* The same where the network leaves so many bytes of the budget. */
static pl_status create_within(pl_run *r, const pl_photo *photos, const run_lead *lead, uint64_t left) {
  if (left < INT64_MAX / 2) memory_limit(memory_in_use() + (int64_t)left);
  const pl_status status = create_around_it(r, photos, lead);
  const bool limited = memory_limited();
  memory_limit(INT64_MAX);
  if (status != PL_OUT_OF_MEMORY || !limited) return status;
  char reason[400];
  snprintf(reason, sizeof reason, "%s", pl_error_message());
  return status_fail(status, "%s: the network needs %.0f MB, and the memory budget is %.0f MB", reason,
                     (double)exec_memory(r->exec) * 1e-6, (double)r->config.memory_budget * 1e-6);
}

/* Memory is asked for before any is taken: first that of the network, which is known, then all other, then it is the network's
 * turn. */
static pl_status create(pl_run *r, const char *json, const pl_photo *photos, const run_lead *lead) {
  const uint64_t budget = r->config.memory_budget;
  const uint64_t before = lead && lead->generator ? generator_memory(lead->generator) : 0;
  r->crop_size = r->config.crop_size ? r->config.crop_size : r->model->graph->height;
  if (before > budget)
    return status_fail(PL_OUT_OF_MEMORY, "the generator needs %.0f MB, and the memory budget is %.0f MB", (double)before * 1e-6,
                       (double)budget * 1e-6);
  TRY(objective_create(r->model, json, &r->objective));
  const uint64_t left = budget - before;
  TRY(measure_network(r, left));
  const uint64_t network = exec_memory(r->exec);
  if (network <= left) TRY(create_within(r, photos, lead, left - network));
  return take_network(r, left);
}

pl_status run_create(pl_model *model, const char *json, const pl_config *config, const pl_photo *photos, int photo_count,
                     const run_lead *lead, pl_run **run) {
  *run = NULL;
  TRY(config_check(config));
  pl_run *r = *run = memory_allocate(1, sizeof *r);
  if (!r) return status_no_memory("for a visualization");
  r->model = model;
  r->config = *config;
  r->photo_count = photo_count;
  const pl_status status = create(r, json, photos, lead);
  if (status == PL_OUT_OF_MEMORY) { /* not back to the model, with whose packed weights there would be no room again */
    exec_free(r->exec);
    r->exec = NULL;
  }
  if (status) {
    pl_run_free(r);
    *run = NULL;
  }
  return status;
}

pl_status pl_run_create(pl_model *model, const char *json, const pl_config *config, const pl_photo *photos, int photo_count,
                        const void *npy, size_t npy_size, pl_run **run) {
  const run_lead lead = {.npy = npy, .npy_size = npy_size};
  return run_create(model, json, config, photos, photo_count, npy ? &lead : NULL, run);
}

pl_status pl_run_create_generated(pl_model *model, const char *json, const pl_config *config, const pl_photo *photos,
                                  int photo_count, pl_generator *generator, pl_run **run) {
  *run = NULL;
  if (!generator) return status_fail(PL_INVALID_ARGUMENT, "no generator was given");
  return run_create(model, json, config, photos, photo_count, &(run_lead){.generator = generator}, run);
}

pl_status pl_run_start(pl_run *r, const float *image, int height, int width) {
  if (!run_is_lead(r) || r->index > 0)
    return status_fail(PL_INVALID_ARGUMENT, run_is_lead(r) ? "a visualization starts from an image before its first step"
                                                           : "a helper's run has no image to start from");
  if (r->generator)
    return status_fail(PL_INVALID_ARGUMENT, "a generator cannot start from an image: the latent that makes it is not known");
  TRY(crops_check_image(image, height, width));
  crops *resize;
  TRY(crops_create(height, width, r->config.height, r->config.width, PL_ANTIALIASED, &resize));
  crops_forward(resize, image, (pl_box){0, 0, 1, 1}, r->image);
  crops_free(resize);
  for (int i = 1; i < r->config.images; i++) memcpy(run_image(r, i), r->image, 3 * run_pixels(r) * sizeof *r->image);
  for (int i = 0; i < r->config.images; i++) parametrization_start(r->parametrizations[i], run_image(r, i));
  r->config.standardize_phase.on = r->config.standardize_image.on = false;
  return PL_OK;
}

/* Whether one size is the other, or enlarged to the nearest pixels. */
static bool is_enlarged(const pl_config *c, const pl_config *coarse) {
  const double down = (double)c->height / coarse->height, across = (double)c->width / coarse->width;
  return down >= 1 && across >= 1 && fabs(coarse->width * down - c->width) <= 1;
}

static pl_status check_refined(const pl_run *r, const pl_run *coarse) {
  const pl_config *c = &r->config, *from = &coarse->config;
  if (!run_is_lead(r) || !run_is_lead(coarse) || r->index > 0)
    return status_fail(PL_INVALID_ARGUMENT, "a picture is refined before the first step, by a run with images of its own");
  if (c->parametrization == PL_GENERATOR || c->parametrization != from->parametrization || c->images != from->images)
    return status_fail(PL_INVALID_ARGUMENT,
                       "a picture is refined by as many images of the same parametrization, which is no "
                       "generator: a latent makes no larger picture");
  if (!is_enlarged(c, from))
    return status_fail(PL_INVALID_ARGUMENT,
                       "a picture of %dx%d is refined at its size or larger, with its aspect ratio, not at %dx%d", from->height,
                       from->width, c->height, c->width);
  return PL_OK;
}

pl_status pl_run_refine(pl_run *r, const pl_run *coarse) {
  TRY(check_refined(r, coarse));
  crops *enlarge;
  TRY(crops_create(coarse->config.height, coarse->config.width, r->config.height, r->config.width, PL_ANTIALIASED, &enlarge));
  const pl_range range = coarse->config.range;
  for (int i = 0; i < r->config.images; i++) {
    crops_forward(enlarge, run_image(coarse, i), (pl_box){0, 0, 1, 1}, run_image(r, i));
    for (size_t k = 0; k < 3 * run_pixels(r); k++)
      run_image(r, i)[k] = (run_image(r, i)[k] - range.low) / (range.high - range.low);
    r->config.standardize_image = coarse->config.standardize_image;
    r->config.standardize_image.on = parametrization_refine(r->parametrizations[i], coarse->parametrizations[i], run_image(r, i));
  }
  r->config.standardize_phase.on = false;
  crops_free(enlarge);
  return PL_OK;
}

void pl_run_finish(pl_run *r) {
  if (r->exec) {
    int count;
    const int *targets = objective_targets(r->objective, &count);
    model_return_exec(r->model, r->exec, targets, count, true);
    r->exec = NULL;
  }
  crops_free(r->crops);
  for (int i = 0; i < PL_MAX_IMAGES; i++) optimizer_free(r->optimizers[i]);
  penalties_free(r->penalties);
  memory_free(r->dcrops);
  memory_free(r->dimage);
  memory_free(r->dvalues);
  memory_free(r->noisy);
  memory_free(r->photos);
  r->crops = NULL;
  r->generator = NULL;
  memset(r->optimizers, 0, sizeof r->optimizers);
  r->penalties = NULL;
  r->dcrops = r->dimage = r->dvalues = r->noisy = r->photos = NULL;
}

void pl_run_free(pl_run *r) {
  if (!r) return;
  pl_run_finish(r);
  objective_free(r->objective);
  for (int i = 0; i < PL_MAX_IMAGES; i++) parametrization_free(r->parametrizations[i]);
  frame_free(r->frame);
  memory_free(r->image);
  memory_free(r->scores);
  memory_free(r->boxes);
  memory_free(r->transparency);
  memory_free(r->mean);
  memory_free(r);
}
