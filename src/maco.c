/* MaCo: one step, end to end, and the handle that holds what a step needs. Here the network half and the image half meet. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "run.h"
#include "warp.h"

static size_t crop_values(const pl_run *r) { return 3 * (size_t)r->crop_size * (size_t)r->crop_size; }

float *pl_run_dcrop(pl_run *r, int crop) { return r->dcrops + (size_t)crop * crop_values(r); }

/* The box of a crop of this step. */
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

/* dimage += its adjoint, applied to the crop's gradient. */
static void show_adjoint(pl_run *r, int index) {
  const pl_config *c = &r->config;
  if (c->transform == PL_BOXES) {
    crops_adjoint(r->crops, pl_run_dcrop(r, index), box_of(r, index), r->dimage);
    return;
  }
  const warp w = warp_sample(c, r->index, index, r->crop_size);
  warp_adjoint(&w, pl_run_dcrop(r, index), r->crop_size, c->height, c->width, r->dimage);
}

static void make_crop(pl_run *r, int index, float *crop) {
  if (r->noisy) {
    memcpy(r->noisy, r->image, 3 * run_pixels(r) * sizeof *r->noisy);
    crops_noise(&r->config, r->index, index, r->noisy, 3 * run_pixels(r));
  }
  show(r, r->noisy ? r->noisy : r->image, index, crop);
  if (!r->noisy) crops_noise(&r->config, r->index, index, crop, crop_values(r));
}

static void make_crops(pl_run *r, int first, int count) {
  float *batch = exec_input(r->exec);
  for (int i = 0; i < count; i++) make_crop(r, first + i, batch + (size_t)i * crop_values(r));
  memset(batch + (size_t)count * crop_values(r), 0, (size_t)(r->pass - count) * crop_values(r) * sizeof *batch);
}

/* transparency[pixel] += |dimage|, summed over the colours */
static void add_transparency(pl_run *r) {
  for (size_t i = 0; i < run_pixels(r); i++)
    r->transparency[i] += fabsf(r->dimage[3 * i]) + fabsf(r->dimage[3 * i + 1]) + fabsf(r->dimage[3 * i + 2]);
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
  if (!r->parametrization && (parts & ~(unsigned)PL_STEP_CROPS))
    return status_fail(PL_INVALID_ARGUMENT, "a helper's run can only do crops");

  if (parts & PL_STEP_IMAGE) parametrization_forward(r->parametrization, r->image);

  if (parts & PL_STEP_CROPS)
    for (int k = first; k < first + count; k += r->pass) {
      const int n = first + count - k < r->pass ? first + count - k : r->pass;
      make_crops(r, k, n);
      TRY(exec_forward(r->exec));
      TRY(objective_evaluate(r->objective, r->exec, n, 1.0f / (float)c->crops, r->scores + k));
      TRY(exec_backward(r->exec));
      memcpy(pl_run_dcrop(r, k), exec_dinput(r->exec), (size_t)n * crop_values(r) * sizeof(float));
    }

  if (parts & PL_STEP_UPDATE) {
    memset(r->dimage, 0, 3 * run_pixels(r) * sizeof *r->dimage);
    for (int k = 0; k < c->crops; k++) /* in this order whoever made them: sums of floats depend on it */
      show_adjoint(r, k);
    add_transparency(r);
    r->penalty = penalties_subtract(r->penalties, r->image, r->dimage);
    parametrization_backward(r->parametrization, r->image, r->dimage, r->dvalues);
    optimizer_step(r->optimizer, r->index, r->dvalues, parametrization_values(r->parametrization, NULL));
    r->score = mean(r->scores, c->crops);
    r->index++;
  }
  return PL_OK;
}

/* ---- create and free ---- */

/* As many crops a pass as measured to be fastest, within the memory budget. */
static pl_status shape_network(pl_run *r) {
  int count;
  const int *targets = objective_targets(r->objective, &count);
  TRY(model_take_exec(r->model, targets, count, true, &r->exec));
  const pl_preprocessing as_it_is = {.std = {1, 1, 1, 1}, .bgr = r->model->preprocessing.bgr};
  if (r->config.network_units) exec_set_preprocessing(r->exec, &as_it_is);
  TRY(exec_reshape(r->exec, 1, r->crop_size, r->crop_size));
  TRY(objective_check(r->objective, r->exec));
  if (exec_memory(r->exec) > r->config.memory_budget)
    return status_fail(PL_OUT_OF_MEMORY, "one crop of %dx%d needs %.0f MB, more than the budget of %.0f MB", r->crop_size,
                       r->crop_size, (double)exec_memory(r->exec) * 1e-6, (double)r->config.memory_budget * 1e-6);
  r->pass = 1;
  return PL_OK;
}

static pl_status create_parametrization(pl_run *r, const void *npy, size_t npy_size) {
  if (!npy || r->config.parametrization != PL_MACO) return parametrization_create(&r->config, NULL, &r->parametrization);
  magnitude m = {0};
  TRY(magnitude_read(npy, npy_size, &m));
  if (r->config.continue_magnitude) magnitude_continue(&m);
  const pl_status status = parametrization_create(&r->config, &m, &r->parametrization);
  magnitude_free(&m);
  return status;
}

static pl_status create_lead(pl_run *r, const void *npy, size_t npy_size) {
  TRY(create_parametrization(r, npy, npy_size));
  size_t count;
  parametrization_values(r->parametrization, &count);
  TRY(optimizer_create(&r->config, count, &r->optimizer));
  TRY(penalties_create(&r->config, &r->penalties));
  TRY(frame_create(r->config.height, r->config.width, &r->frame));
  frame_set_range(r->frame, r->config.range_low, r->config.range_high);
  r->dimage = memory_allocate(3 * run_pixels(r) * sizeof *r->dimage);
  r->dvalues = memory_allocate(count * sizeof *r->dvalues);
  r->transparency = memory_allocate(run_pixels(r) * sizeof *r->transparency);
  if (!r->dimage || !r->dvalues || !r->transparency)
    return status_fail(PL_OUT_OF_MEMORY, "no memory left for an image of %dx%d", r->config.height, r->config.width);
  return PL_OK;
}

static pl_status create(pl_run *r, const pl_objective *terms, bool lead, const void *npy, size_t npy_size) {
  TRY(config_check(&r->config));
  r->crop_size = r->config.crop_size ? r->config.crop_size : r->model->graph->height;
  TRY(objective_create(r->model->graph, r->model->types, terms, &r->objective));
  TRY(shape_network(r));
  TRY(crops_create(r->config.height, r->config.width, r->crop_size, r->crop_size, r->config.resample, &r->crops));
  r->image = memory_allocate(3 * run_pixels(r) * sizeof *r->image);
  r->dcrops = memory_allocate((size_t)r->config.crops * crop_values(r) * sizeof *r->dcrops);
  r->scores = memory_allocate((size_t)r->config.crops * sizeof *r->scores);
  const bool noise = r->config.noise_normal > 0 || r->config.noise_uniform > 0, noisy = noise && r->config.noise_before_resize;
  if (noisy) r->noisy = memory_allocate(3 * run_pixels(r) * sizeof *r->noisy);
  if (!r->image || !r->dcrops || !r->scores || (noisy && !r->noisy))
    return status_fail(PL_OUT_OF_MEMORY, "no memory left for %d crops of %dx%d", r->config.crops, r->crop_size, r->crop_size);
  return lead ? create_lead(r, npy, npy_size) : PL_OK;
}

pl_status run_create(pl_model *model, const pl_objective *terms, const pl_config *config, bool lead, const void *npy,
                     size_t npy_size, pl_run **run) {
  pl_run *r = *run = calloc(1, sizeof *r);
  if (!r) return status_fail(PL_OUT_OF_MEMORY, "no memory left for a visualization");
  r->model = model;
  r->config = *config;
  const pl_status status = create(r, terms, lead, npy, npy_size);
  if (status) {
    pl_run_free(r);
    *run = NULL;
  }
  return status;
}

pl_status pl_run_create(pl_model *model, const pl_objective *terms, const pl_config *config, const void *npy, size_t npy_size,
                        pl_run **run) {
  return run_create(model, terms, config, npy != NULL, npy, npy_size, run);
}

pl_status pl_run_start(pl_run *r, const float *image, int height, int width) {
  if (!r->parametrization || r->index > 0)
    return status_fail(PL_INVALID_ARGUMENT, r->parametrization ? "a visualization starts from an image before its first step"
                                                               : "a helper's run has no image to start from");
  TRY(crops_check_image(image, height, width));
  crops *resize;
  TRY(crops_create(height, width, r->config.height, r->config.width, PL_ANTIALIASED, &resize));
  crops_forward(resize, image, (pl_box){0, 0, 1, 1}, r->image);
  crops_free(resize);
  parametrization_start(r->parametrization, r->image);
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
  optimizer_free(r->optimizer);
  penalties_free(r->penalties);
  memory_free(r->dcrops);
  memory_free(r->dimage);
  memory_free(r->dvalues);
  memory_free(r->noisy);
  r->crops = NULL;
  r->optimizer = NULL;
  r->penalties = NULL;
  r->dcrops = r->dimage = r->dvalues = r->noisy = NULL;
}

void pl_run_free(pl_run *r) {
  if (!r) return;
  pl_run_finish(r);
  objective_free(r->objective);
  parametrization_free(r->parametrization);
  frame_free(r->frame);
  memory_free(r->image);
  memory_free(r->scores);
  free(r->boxes);
  memory_free(r->transparency);
  free(r);
}

/* ---- what a run shows ---- */

int pl_run_pass(const pl_run *r) { return r->pass; }
int pl_run_index(const pl_run *r) { return r->index; }
void pl_run_seek(pl_run *r, int index) { r->index = index; }
float pl_run_score(const pl_run *r) { return r->score; }
float pl_run_penalty(const pl_run *r) { return r->penalty; }
float *pl_run_image(pl_run *r) { return r->image; }
float *pl_run_crop_score(pl_run *r, int crop) { return r->scores + crop; }
int pl_run_crop_size(const pl_run *r) { return r->crop_size; }
const float *pl_run_transparency(const pl_run *r) { return r->transparency; }
float *pl_run_values(pl_run *r, size_t *count) { return parametrization_values(r->parametrization, count); }
size_t pl_run_memory(const pl_run *r) { return r->exec ? exec_memory(r->exec) : 0; }

void pl_run_frame(pl_run *r, const pl_frame_options *options, uint8_t *rgba) {
  frame_render(r->frame, r->image, r->transparency, options, rgba);
}
