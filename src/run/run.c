/* One step, end to end. Here the network half and the image half meet. */
#include "run/run.h"

#include <math.h>
#include <string.h>

#include "run/view.h"

/* The same part of the images, then of the photos. */
static void feed_crop(pl_run *r, int index, float *batch) {
  for (int i = 0; i < r->config.images; i++, batch += run_crop_values(r)) view_crop(r, i, index, batch);
  for (int i = 0; i < r->photo_count; i++, batch += run_crop_values(r))
    view_show(r, r->photos + 3 * (size_t)i * run_pixels(r), index, batch);
}

float run_newest_share(const pl_config *c, int index) {
  const double rate = optimizer_schedule(c, index), others = fmax((double)c->frame_mean - 1, 0) * (2 * rate - 1);
  return others > 0 ? (float)(1 / (1 + others)) : 1;
}

/* A rate that is high moves details to and fro: what the last images agree on is seen sooner in their mean. */
static void average_images(pl_run *r) {
  const float share = r->index ? run_newest_share(&r->config, r->index) : 1;
  const size_t values = (size_t)r->config.images * 3 * run_pixels(r);
  if (r->averaged > r->index) return; /* kept in the middle of this step */
  for (size_t i = 0; i < values; i++) r->mean[i] += share * (r->image[i] - r->mean[i]);
  r->averaged = r->index + 1;
}

/* In one batch; where there are fewer crops than it takes, the last one again. */
static void feed_crops(pl_run *r, int first, int count) {
  const size_t values = (size_t)run_batch(r) * run_crop_values(r);
  for (int i = 0; i < r->pass; i++) feed_crop(r, first + (i < count ? i : count - 1), exec_input(r->exec) + (size_t)i * values);
}

/* Crops through the network, as many as a pass takes or fewer. */
static pl_status run_pass(pl_run *r, int first, int count) {
  const size_t values = (size_t)r->config.images * run_crop_values(r), from = (size_t)run_batch(r) * run_crop_values(r);
  pl_status status = PL_OK;
  feed_crops(r, first, count);
  exec_set_redirect(r->exec, r->index < r->config.redirect_steps);
  TRY(exec_forward(r->exec));
  for (int i = 0; i < count; i++)
    TRY(objective_evaluate(r->objective, r->exec, i, 1.0f / (float)r->config.crops, r->scores + first + i));
  TRY(exec_backward(r->exec));
  for (int i = 0; i < count && !status; i++) {
    float *dcrop = memcpy(pl_run_dcrop(r, first + i), exec_dinput(r->exec) + (size_t)i * from, values * sizeof *dcrop);
    status = objective_check_gradient(dcrop, values);
  }
  if (!status) return PL_OK;
  feed_crops(r, first, count);
  TRY(exec_find_nan(r->exec));
  return status;
}

/* transparency[pixel] += |dimage|, summed over the colours */
static void add_transparency(pl_run *r, float *transparency) {
  for (size_t i = 0; i < run_pixels(r); i++)
    transparency[i] += fabsf(r->dimage[3 * i]) + fabsf(r->dimage[3 * i + 1]) + fabsf(r->dimage[3 * i + 2]);
}

static bool is_zero(const float *x, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (x[i] != 0) return false;
  return true;
}

static pl_status update_image(pl_run *r, int image, float *penalty) {
  parametrization *p = r->parametrizations[image];
  size_t count;
  float *values = parametrization_values(p, &count);
  memset(r->dimage, 0, 3 * run_pixels(r) * sizeof *r->dimage);
  for (int k = 0; k < r->config.crops; k++) view_adjoint(r, image, k); /* in this order whoever made them: sums depend on it */
  r->blocked = r->blocked && is_zero(r->dimage, 3 * run_pixels(r));
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

  if (parts & PL_STEP_IMAGE) {
    for (int i = 0; i < c->images; i++) TRY(parametrization_forward(r->parametrizations[i], run_image(r, i)));
    r->shows_mean = run_averages(c, r->index);
    if (r->shows_mean) average_images(r);
  }

  if (parts & PL_STEP_CROPS)
    for (int k = first, end = first + count; k < end; k += r->pass) TRY(run_pass(r, k, end - k < r->pass ? end - k : r->pass));

  if (parts & PL_STEP_UPDATE) {
    float penalty[PL_MAX_IMAGES];
    r->blocked = true;
    for (int i = 0; i < c->images; i++) TRY(update_image(r, i, &penalty[i]));
    r->penalty = mean(penalty, c->images);
    r->score = mean(r->scores, c->crops);
    r->index++;
  }
  return PL_OK;
}
