/* MaCo: one step, end to end, and the handle that holds what a step needs. Here the network half and the image half meet. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "crops.h"
#include "frame.h"
#include "model.h"
#include "objective.h"
#include "optimizer.h"
#include "parametrization.h"
#include "photos.h"

struct pl_run {
  pl_model *model;
  pl_config config;
  int crop_size, photo_count;
  int index; /* steps done */
  float score;

  objective *objective;
  exec *exec;
  crops *crops;
  float *image, *dcrops, *scores; /* image: all images, one after another; so in dcrops for every crop */
  float *photos;
  float *noisy; /* an image under a crop's noise; NULL where the noise is the crop's own */
  pl_box *boxes; /* given ones, or NULL */
  int box_count;

  /* The lead's alone; NULL in a helper, which only does crops. */
  parametrization *parametrizations[PL_MAX_IMAGES];
  optimizer *optimizers[PL_MAX_IMAGES];
  frame *frame;
  float *dimage, *dphase, *transparency; /* dimage, dphase: of one image */
};

static size_t image_pixels(const pl_run *r) { return (size_t)r->config.height * (size_t)r->config.width; }
static size_t image_values(const pl_run *r) { return 3 * image_pixels(r); }
static size_t crop_values(const pl_run *r) { return 3 * (size_t)r->crop_size * (size_t)r->crop_size; }

static float *image_at(const pl_run *r, int image) { return r->image + (size_t)image * image_values(r); }

float *pl_run_dcrop(pl_run *r, int crop) { return r->dcrops + (size_t)crop * (size_t)r->config.images * crop_values(r); }

/* The box of a crop of this step, in every image and photo. */
static pl_box box_of(const pl_run *r, int crop) {
  if (!r->boxes) return crops_sample(&r->config, r->index, crop);
  return r->boxes[((size_t)r->index * (size_t)r->config.crops + (size_t)crop) % (size_t)r->box_count];
}

static void crop_image(pl_run *r, int image, int index, float *crop) {
  const float *pixels = image_at(r, image);
  const int noise = image * r->config.crops + index; /* of every image its own */
  if (r->noisy) {
    memcpy(r->noisy, pixels, image_values(r) * sizeof *r->noisy);
    crops_noise(&r->config, r->index, noise, r->noisy, image_values(r));
  }
  crops_forward(r->crops, r->noisy ? r->noisy : pixels, box_of(r, index), crop);
  if (!r->noisy) crops_noise(&r->config, r->index, noise, crop, crop_values(r));
}

/* One crop through the network: the same box of the images, then of the photos, in one batch. */
static pl_status run_crop(pl_run *r, int index) {
  float *batch = exec_input(r->exec);
  for (int i = 0; i < r->config.images; i++, batch += crop_values(r)) crop_image(r, i, index, batch);
  for (int i = 0; i < r->photo_count; i++, batch += crop_values(r))
    crops_forward(r->crops, r->photos + (size_t)i * image_values(r), box_of(r, index), batch);
  TRY(exec_forward(r->exec));
  TRY(objective_evaluate(r->objective, r->exec, 1.0f / (float)r->config.crops, r->scores + index));
  TRY(exec_backward(r->exec));
  memcpy(pl_run_dcrop(r, index), exec_dinput(r->exec), (size_t)r->config.images * crop_values(r) * sizeof(float));
  return PL_OK;
}

/* transparency[pixel] += |dimage|, summed over the colours */
static void add_transparency(pl_run *r, float *transparency) {
  for (size_t i = 0; i < image_pixels(r); i++)
    transparency[i] += fabsf(r->dimage[3 * i]) + fabsf(r->dimage[3 * i + 1]) + fabsf(r->dimage[3 * i + 2]);
}

static void update_image(pl_run *r, int image) {
  parametrization *p = r->parametrizations[image];
  memset(r->dimage, 0, image_values(r) * sizeof *r->dimage);
  for (int k = 0; k < r->config.crops; k++) /* in this order whoever made them: sums of floats depend on it */
    crops_adjoint(r->crops, pl_run_dcrop(r, k) + (size_t)image * crop_values(r), box_of(r, k), r->dimage);
  add_transparency(r, r->transparency + (size_t)image * image_pixels(r));
  parametrization_backward(p, image_at(r, image), r->dimage, r->dphase);
  optimizer_step(r->optimizers[image], r->index, r->dphase, parametrization_values(p, NULL));
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
  if (!r->frame && (parts & ~(unsigned)PL_STEP_CROPS))
    return status_fail(PL_INVALID_ARGUMENT, "a helper's run can only do crops");

  if (parts & PL_STEP_IMAGE)
    for (int i = 0; i < c->images; i++) parametrization_forward(r->parametrizations[i], image_at(r, i));

  if (parts & PL_STEP_CROPS)
    for (int k = first; k < first + count; k++) TRY(run_crop(r, k));

  if (parts & PL_STEP_UPDATE) {
    for (int i = 0; i < c->images; i++) update_image(r, i);
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

static pl_status create_images(pl_run *r, const magnitude *m, size_t *phases) {
  for (int i = 0; i < r->config.images; i++) {
    const pl_config c = config_of(r, i);
    TRY(parametrization_create(&c, m, &r->parametrizations[i]));
    parametrization_values(r->parametrizations[i], phases);
    TRY(optimizer_create(&c, *phases, &r->optimizers[i]));
  }
  return PL_OK;
}

static pl_status create_lead(pl_run *r, const void *npy, size_t npy_size) {
  magnitude m = {0};
  size_t phases = 0;
  TRY(magnitude_read(npy, npy_size, &m));
  if (r->config.continue_magnitude) magnitude_continue(&m);
  const pl_status status = create_images(r, &m, &phases);
  magnitude_free(&m);
  TRY(status);
  TRY(frame_create(r->config.height, r->config.width, &r->frame));
  frame_set_range(r->frame, r->config.range_low, r->config.range_high);
  r->dimage = memory_allocate(image_values(r) * sizeof *r->dimage);
  r->dphase = memory_allocate(phases * sizeof *r->dphase);
  r->transparency = memory_allocate((size_t)r->config.images * image_pixels(r) * sizeof *r->transparency);
  if (!r->dimage || !r->dphase || !r->transparency)
    return status_fail(PL_OUT_OF_MEMORY, "no memory left for an image of %dx%d", r->config.height, r->config.width);
  return PL_OK;
}

static pl_status create(pl_run *r, const char *json, const pl_photo *photos, const void *npy, size_t npy_size) {
  const pl_config *c = &r->config;
  TRY(config_check(c));
  r->crop_size = c->crop_size ? c->crop_size : r->model->graph->height;
  TRY(photos_create(c, &r->model->preprocessing, photos, r->photo_count, &r->photos));
  TRY(objective_create(r->model, json, &r->objective));
  TRY(shape_network(r));
  TRY(crops_create(c->height, c->width, r->crop_size, r->crop_size, c->resample, &r->crops));
  r->image = memory_allocate((size_t)c->images * image_values(r) * sizeof *r->image);
  r->dcrops = memory_allocate((size_t)c->crops * (size_t)c->images * crop_values(r) * sizeof *r->dcrops);
  r->scores = memory_allocate((size_t)c->crops * sizeof *r->scores);
  const bool noisy = (c->noise_normal > 0 || c->noise_uniform > 0) && c->noise_before_resize;
  if (noisy) r->noisy = memory_allocate(image_values(r) * sizeof *r->noisy);
  if (!r->image || !r->dcrops || !r->scores || (noisy && !r->noisy))
    return status_fail(PL_OUT_OF_MEMORY, "no memory left for %d crops of %dx%d", c->crops, r->crop_size, r->crop_size);
  return npy ? create_lead(r, npy, npy_size) : PL_OK;
}

pl_status pl_run_create(pl_model *model, const char *json, const pl_config *config, const pl_photo *photos, int photo_count,
                        const void *npy, size_t npy_size, pl_run **run) {
  pl_run *r = *run = calloc(1, sizeof *r);
  if (!r) return status_fail(PL_OUT_OF_MEMORY, "no memory left for a visualization");
  r->model = model;
  r->config = *config;
  r->photo_count = photo_count;
  const pl_status status = create(r, json, photos, npy, npy_size);
  if (status) {
    pl_run_free(r);
    *run = NULL;
  }
  return status;
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
  memory_free(r->dcrops);
  memory_free(r->dimage);
  memory_free(r->dphase);
  memory_free(r->noisy);
  memory_free(r->photos);
  r->crops = NULL;
  memset(r->optimizers, 0, sizeof r->optimizers);
  r->dcrops = r->dimage = r->dphase = r->noisy = r->photos = NULL;
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
float *pl_run_image(pl_run *r) { return r->image; }
float *pl_run_crop_score(pl_run *r, int crop) { return r->scores + crop; }
int pl_run_crop_size(const pl_run *r) { return r->crop_size; }
const float *pl_run_transparency(const pl_run *r) { return r->transparency; }
float *pl_run_phase(pl_run *r, int image, size_t *count) { return parametrization_values(r->parametrizations[image], count); }
size_t pl_run_memory(const pl_run *r) { return r->exec ? exec_memory(r->exec) : 0; }
double pl_run_macs(const pl_run *r) { return r->exec ? 2 * exec_macs(r->exec) * r->config.crops : 0; }

void pl_run_frame(pl_run *r, int image, const pl_frame_options *options, uint8_t *rgba) {
  frame_render(r->frame, image_at(r, image), r->transparency + (size_t)image * image_pixels(r), options, rgba);
}
