#include "run/config.h"

static pl_status check_int(const char *option, int number, int low, int high) {
  if (number >= low && number <= high) return PL_OK;
  return status_fail(PL_INVALID_ARGUMENT, "%s is %d, but must be from %d to %d", option, number, low, high);
}

static pl_status check_float(const char *option, float number, float low, float high) {
  if (number >= low && number <= high) return PL_OK; /* false for NaN */
  return status_fail(PL_INVALID_ARGUMENT, "%s is %g, but must be from %g to %g", option, (double)number, (double)low,
                     (double)high);
}

static pl_status check_distribution(const char *option, const pl_distribution *d, float limit) {
  TRY(check_int(option, (int)d->kind, PL_UNIFORM, PL_NORMAL));
  TRY(check_float(option, d->a, -limit, limit));
  TRY(check_float(option, d->b, -limit, limit));
  if (d->b < (d->kind == PL_UNIFORM ? d->a : 0))
    return status_fail(PL_INVALID_ARGUMENT,
                       d->kind == PL_UNIFORM ? "%s: the upper bound %g lies below the lower bound %g"
                                             : "%s: the standard deviation %g of mean %g is negative",
                       option, (double)d->b, (double)d->a);
  return PL_OK;
}

pl_status config_check(const pl_config *c) {
  TRY(check_int("height", c->height, 32, 4096));
  TRY(check_int("width", c->width, 32, 4096));
  TRY(check_int("steps", c->steps, 1, 100000));
  TRY(check_int("crops", c->crops, 1, 256));
  TRY(check_int("images", c->images, 1, PL_MAX_IMAGES));
  if (c->crop_size) TRY(check_int("crop size", c->crop_size, 16, 1024));
  TRY(check_int("transform", (int)c->transform, PL_BOXES, PL_WARPS));
  TRY(check_float("warp pad", c->warp_pad, 0, 1000));
  TRY(check_float("warp jitter", c->warp_jitter, 0, 1000));
  TRY(check_float("warp jitter after", c->warp_jitter_after, 0, 1000));
  TRY(check_distribution("warp scale", &c->warp_scale, 100));
  TRY(check_distribution("warp rotation", &c->warp_rotation, 1000));
  TRY(check_distribution("box side", &c->box_side, 10));
  TRY(check_float("box side change", c->box_side_change, -10, 10));
  TRY(check_distribution("box centre", &c->box_centre, 10));
  TRY(check_int("resample", (int)c->resample, PL_ANTIALIASED, PL_ROI_BICUBIC));
  TRY(check_float("normal noise", c->noise_normal, 0, 10));
  TRY(check_float("uniform noise", c->noise_uniform, 0, 10));
  TRY(check_float("range low", c->range_low, -100, 100));
  TRY(check_float("range high", c->range_high, -100, 100));
  if (!(c->range_low < c->range_high))
    return status_fail(PL_INVALID_ARGUMENT, "the range from %g to %g is empty", (double)c->range_low, (double)c->range_high);
  TRY(check_int("parametrization", (int)c->parametrization, PL_MACO, PL_GENERATOR));
  TRY(check_float("start deviation", c->start_deviation, 0, 1000));
  TRY(check_float("decay", c->decay, 0, 4));
  TRY(check_distribution("phase", &c->phase, 1000));
  TRY(check_float("standardize phase epsilon", c->standardize_phase.epsilon, 0, 1));
  TRY(check_float("standardize image epsilon", c->standardize_image.epsilon, 0, 1));
  TRY(check_int("magnitude resize", (int)c->magnitude_resize, PL_BY_FREQUENCY, PL_PICTURE_ANTIALIASED_ALIGNED));
  TRY(check_float("penalty on variation", c->penalty_variation, 0, 1e6f));
  TRY(check_float("penalty on l2", c->penalty_l2, 0, 1e6f));
  TRY(check_float("penalty on frequency", c->penalty_frequency, 0, 1e6f));
  TRY(check_float("penalty on latent", c->penalty_latent, 0, 1e6f));
  TRY(check_float("generator low", c->generator_low, -1e4f, 1e4f));
  TRY(check_float("generator high", c->generator_high, -1e4f, 1e4f));
  if (!(c->generator_low < c->generator_high) && (c->generator_low != 0 || c->generator_high != 0))
    return status_fail(PL_INVALID_ARGUMENT, "the generator's range from %g to %g is empty", (double)c->generator_low,
                       (double)c->generator_high);
  TRY(check_int("optimizer", (int)c->optimizer, PL_NADAM, PL_ADAM));
  TRY(check_float("learning rate", c->learning_rate, 0, 100));
  TRY(check_int("schedule", (int)c->schedule, PL_CONSTANT, PL_COSINE));
  TRY(check_float("beta1", c->beta1, 0, 0.9999f));
  TRY(check_float("beta2", c->beta2, 0, 0.999999f));
  TRY(check_float("epsilon", c->epsilon, 0, 1));
  return check_float("momentum decay", c->momentum_decay, 0, 1);
}
