/* MaCo: one step, end to end, and the handle that holds what a step needs. Here the network half and the image half meet. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/config.h"
#include "image/photos.h"
#include "run/run.h"
#include "image/warp.h"

static size_t crop_values(const pl_run *r) { return 3 * (size_t)r->crop_size * (size_t)r->crop_size; }

float *pl_run_dcrop(pl_run *r, int crop) { return r->dcrops + (size_t)crop * (size_t)r->config.images * crop_values(r); }

/* The box of a crop of this step, in every image and photo. */
static pl_box box_of(const pl_run *r, int crop) {
  if (!r->boxes) return crops_sample(&r->config, r->index, crop);
  return r->boxes[((size_t)r->index * (size_t)r->config.crops + (size_t)crop) % (size_t)r->box_count];
}

/* crop = the part of the image that this crop shows, at the network's size. */
static void show(const pl_run *r, const float *image, int index, float *crop) {
  const pl_config *c = &r->config;
  if (c->transform == PL_BOXES) {
    crops_forward(r->crops, image, box_of(r, index), crop);
    return;
  }
  const warp w = warp_sample(c, r->index, index, r->crop_size);
  warp_forward(&w, image, c->height, c->width, (c->range_low + c->range_high) / 2, r->crop_size, crop);
}

/* dimage += its adjoint, applied to the gradient of an image's crop. */
static void show_adjoint(pl_run *r, int image, int index) {
  const float *dcrop = pl_run_dcrop(r, index) + (size_t)image * crop_values(r);
  const pl_config *c = &r->config;
  if (c->transform == PL_BOXES) {
    crops_adjoint(r->crops, dcrop, box_of(r, index), r->dimage);
    return;
  }
  const warp w = warp_sample(c, r->index, index, r->crop_size);
  warp_adjoint(&w, dcrop, r->crop_size, c->height, c->width, r->dimage);
}

static void make_crop(pl_run *r, int image, int index, float *crop) {
  const float *pixels = run_image(r, image);
  const int noise = image * r->config.crops + index; /* of every image its own */
  if (r->noisy) {
    memcpy(r->noisy, pixels, 3 * run_pixels(r) * sizeof *r->noisy);
    crops_noise(&r->config, r->index, noise, r->noisy, 3 * run_pixels(r));
  }
  show(r, r->noisy ? r->noisy : pixels, index, crop);
  if (!r->noisy) crops_noise(&r->config, r->index, noise, crop, crop_values(r));
}

/* One crop through the network: the same part of the images, then of the photos, in one batch. */
static pl_status run_crop(pl_run *r, int index) {
  float *batch = exec_input(r->exec);
  for (int i = 0; i < r->config.images; i++, batch += crop_values(r)) make_crop(r, i, index, batch);
  for (int i = 0; i < r->photo_count; i++, batch += crop_values(r))
    show(r, r->photos + 3 * (size_t)i * run_pixels(r), index, batch);
  TRY(exec_forward(r->exec));
  TRY(objective_evaluate(r->objective, r->exec, 1.0f / (float)r->config.crops, r->scores + index));
  TRY(exec_backward(r->exec));
  const size_t values = (size_t)r->config.images * crop_values(r);
  memcpy(pl_run_dcrop(r, index), exec_dinput(r->exec), values * sizeof(float));
  return objective_check_gradient(pl_run_dcrop(r, index), values);
}

/* transparency[pixel] += |dimage|, summed over the colours */
static void add_transparency(pl_run *r, float *transparency) {
  for (size_t i = 0; i < run_pixels(r); i++)
    transparency[i] += fabsf(r->dimage[3 * i]) + fabsf(r->dimage[3 * i + 1]) + fabsf(r->dimage[3 * i + 2]);
}

static pl_status update_image(pl_run *r, int image, float *penalty) {
  parametrization *p = r->parametrizations[image];
  size_t count;
  float *values = parametrization_values(p, &count);
  memset(r->dimage, 0, 3 * run_pixels(r) * sizeof *r->dimage);
  for (int k = 0; k < r->config.crops; k++) show_adjoint(r, image, k); /* in this order whoever made them: sums depend on it */
  add_transparency(r, r->transparency + (size_t)image * run_pixels(r));
  *penalty = penalties_subtract(r->penalties, run_image(r, image), r->dimage);
  TRY(parametrization_backward(p, run_image(r, image), r->dimage, r->dvalues));
  if (r->generator) *penalty += penalties_subtract_latent(r->config.penalty_latent, values, count, r->dvalues);
  optimizer_step(r->optimizers[image], r->index, r->dvalues, values);
  return PL_OK;
}

static float mean(const float *x, int count) {
  double sum = 0;
  for (int i = 0; i < count; i++) sum += (double)x[i];
  return (float)(sum / count);
}

pl_status pl_run_step(pl_run *r, unsigned parts, int first, int count) {
  const pl_config *c = &r->config;
  if (first < 0 || count < 0 || first > c->crops - count)
    return status_fail(PL_INVALID_ARGUMENT, "crops %d to %d of a step of %d", first, first + count - 1, c->crops);
  if (!r->exec) return status_fail(PL_INVALID_ARGUMENT, "this visualization is finished");
  if (!run_is_lead(r) && (parts & ~(unsigned)PL_STEP_CROPS))
    return status_fail(PL_INVALID_ARGUMENT, "a helper's run can only do crops");

  if (parts & PL_STEP_IMAGE)
    for (int i = 0; i < c->images; i++) TRY(parametrization_forward(r->parametrizations[i], run_image(r, i)));

  if (parts & PL_STEP_CROPS)
    for (int k = first; k < first + count; k++) TRY(run_crop(r, k));

  if (parts & PL_STEP_UPDATE) {
    float penalty[PL_MAX_IMAGES];
    for (int i = 0; i < c->images; i++) TRY(update_image(r, i, &penalty[i]));
    r->penalty = mean(penalty, c->images);
    r->score = mean(r->scores, c->crops);
    r->index++;
  }
  return PL_OK;
}

/* ---- create and free ---- */

/* Shapes it for a crop of all images and photos. Files may fix the batch at one image, in many ways: then one alone works. */
static pl_status shape_batch(pl_run *r) {
  const int batch = r->config.images + r->photo_count;
  const pl_status status = exec_reshape(r->exec, batch, r->crop_size, r->crop_size);
  if (!status || batch == 1 || exec_reshape(r->exec, 1, r->crop_size, r->crop_size)) return status;
  return status_fail(PL_UNSUPPORTED_MODEL,
                     "this model takes one image at a time, but this visualization is of %d images and %d "
                     "photos: export it with an open batch size",
                     r->config.images, r->photo_count);
}

static pl_status shape_network(pl_run *r) {
  int count;
  const int *targets = objective_targets(r->objective, &count);
  TRY(model_take_exec(r->model, targets, count, true, &r->exec));
  const pl_preprocessing as_it_is = {.std = {1, 1, 1, 1}, .bgr = r->model->preprocessing.bgr};
  if (r->config.network_units) exec_set_preprocessing(r->exec, &as_it_is);
  TRY(shape_batch(r));
  for (int i = 0; i < count; i++) {
    shape s = exec_layer(r->exec, i).type.shape; /* of one image of the batch */
    if (s.dim[0] % exec_batch(r->exec) == 0) s.dim[0] /= exec_batch(r->exec);
    TRY(model_check_layer(r->model, targets[i], &s));
  }
  TRY(objective_prepare(r->objective, r->exec, r->config.images, r->photo_count));
  if (exec_memory(r->exec) > r->config.memory_budget)
    return status_fail(PL_OUT_OF_MEMORY, "one crop of %dx%d needs %.0f MB, more than the budget of %.0f MB", r->crop_size,
                       r->crop_size, (double)exec_memory(r->exec) * 1e-6, (double)r->config.memory_budget * 1e-6);
  return PL_OK;
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
  if (generator_memory(g) > c->memory_budget)
    return status_fail(PL_OUT_OF_MEMORY, "the generator needs %.0f MB, more than the budget of %.0f MB",
                       (double)generator_memory(g) * 1e-6, (double)c->memory_budget * 1e-6);
  r->generator = g;
  const latent_map map = {.network = g, .count = info.count, .low = info.low, .high = info.high, .forward = map_forward,
                          .backward = map_backward};
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
  frame_set_range(r->frame, r->config.range_low, r->config.range_high);
  r->dimage = memory_allocate(3 * run_pixels(r) * sizeof *r->dimage);
  r->dvalues = memory_allocate(count * sizeof *r->dvalues);
  r->transparency = memory_allocate((size_t)r->config.images * run_pixels(r) * sizeof *r->transparency);
  if (!r->dimage || !r->dvalues || !r->transparency)
    return status_fail(PL_OUT_OF_MEMORY, "no memory left for an image of %dx%d", r->config.height, r->config.width);
  return PL_OK;
}

static pl_status create(pl_run *r, const char *json, const pl_photo *photos, const run_lead *lead) {
  const pl_config *c = &r->config;
  TRY(config_check(c));
  r->crop_size = c->crop_size ? c->crop_size : r->model->graph->height;
  TRY(photos_create(c, &r->model->preprocessing, photos, r->photo_count, &r->photos));
  TRY(objective_create(r->model, json, &r->objective));
  TRY(shape_network(r));
  TRY(crops_create(c->height, c->width, r->crop_size, r->crop_size, c->resample, &r->crops));
  r->image = memory_allocate(3 * (size_t)c->images * run_pixels(r) * sizeof *r->image);
  r->dcrops = memory_allocate((size_t)c->crops * (size_t)c->images * crop_values(r) * sizeof *r->dcrops);
  r->scores = memory_allocate((size_t)c->crops * sizeof *r->scores);
  const bool noisy = (c->noise_normal > 0 || c->noise_uniform > 0) && c->noise_before_resize;
  if (noisy) r->noisy = memory_allocate(3 * run_pixels(r) * sizeof *r->noisy);
  if (!r->image || !r->dcrops || !r->scores || (noisy && !r->noisy))
    return status_fail(PL_OUT_OF_MEMORY, "no memory left for %d crops of %dx%d", c->crops, r->crop_size, r->crop_size);
  return lead ? create_lead(r, lead) : PL_OK;
}

pl_status run_create(pl_model *model, const char *json, const pl_config *config, const pl_photo *photos, int photo_count,
                     const run_lead *lead, pl_run **run) {
  pl_run *r = *run = calloc(1, sizeof *r);
  if (!r) return status_fail(PL_OUT_OF_MEMORY, "no memory left for a visualization");
  r->model = model;
  r->config = *config;
  r->photo_count = photo_count;
  const pl_status status = create(r, json, photos, lead);
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

pl_status pl_run_set_boxes(pl_run *r, const pl_box *boxes, int count) {
  if (count < 1) return status_fail(PL_INVALID_ARGUMENT, "%d boxes: at least one is needed", count);
  for (int i = 0; i < count; i++) {
    const pl_box b = boxes[i];
    const bool placed = fabsf(b.y) <= 100 && fabsf(b.x) <= 100; /* false for NaN */
    if (!placed || !(b.height > 0 && b.height <= 100 && b.width > 0 && b.width <= 100))
      return status_fail(PL_INVALID_ARGUMENT, "box %d is at y %g, x %g and of %gx%g, in fractions of the image", i, (double)b.y,
                         (double)b.x, (double)b.height, (double)b.width);
  }
  pl_box *copy = calloc((size_t)count, sizeof *copy);
  if (!copy) return status_fail(PL_OUT_OF_MEMORY, "no memory left for %d boxes", count);
  memcpy(copy, boxes, (size_t)count * sizeof *copy);
  free(r->boxes);
  r->boxes = copy;
  r->box_count = count;
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
  free(r->boxes);
  memory_free(r->transparency);
  free(r);
}

/* ---- what a run shows ---- */

int pl_run_index(const pl_run *r) { return r->index; }
void pl_run_seek(pl_run *r, int index) { r->index = index; }
float pl_run_score(const pl_run *r) { return r->score; }
float pl_run_penalty(const pl_run *r) { return r->penalty; }
float *pl_run_image(pl_run *r) { return r->image; }
float *pl_run_crop_score(pl_run *r, int crop) { return r->scores + crop; }
int pl_run_crop_size(const pl_run *r) { return r->crop_size; }
const float *pl_run_transparency(const pl_run *r) { return r->transparency; }
float *pl_run_values(pl_run *r, int image, size_t *count) { return parametrization_values(r->parametrizations[image], count); }

size_t pl_run_memory(const pl_run *r) {
  return (r->exec ? exec_memory(r->exec) : 0) + (r->generator ? generator_memory(r->generator) : 0);
}

double pl_run_macs(const pl_run *r) {
  const int images = r->config.images;
  const double network = r->exec ? 2 * exec_macs(r->exec) * r->config.crops : 0;
  return network + (r->generator ? (images > 1 ? 3 : 2) * generator_macs(r->generator) * images : 0);
}

void pl_run_frame(pl_run *r, int image, const pl_frame_options *options, uint8_t *rgba) {
  frame_render(r->frame, run_image(r, image), r->transparency + (size_t)image * run_pixels(r), options, rgba);
}
