#include "config.h"

#include <math.h>

/* Chosen by what networks that never saw a picture name it, per multiplication spent: phases that start uniform and are not
 * standardized have no bright corners, and a falling rate lets them settle. */
pl_config pl_config_default(void) {
  return (pl_config){
      .height = 256,
      .width = 256,
      .steps = 96,
      .crops = 3,
      .crop_size = 0,
      .seed = 0,
      .box_side = {PL_UNIFORM, 0.3f, 0.8f},
      .box_centre = {PL_UNIFORM, 0, 1},
      .box_inside = true,
      .noise_normal = 0.08f,
      .noise_uniform = 0.04f,
      .range_low = 0,
      .range_high = 1,
      .phase = {PL_UNIFORM, -3.14159265f, 3.14159265f},
      .standardize_phase = false,
      .continue_magnitude = true,
      .learning_rate = 0.5f,
      .schedule = PL_COSINE,
      .beta1 = 0.9f,
      .beta2 = 0.999f,
      .epsilon = 1e-8f,
      .momentum_decay = 0.004f,
      .memory_budget = (size_t)512 << 20,
  };
}

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
    return status_fail(PL_INVALID_ARGUMENT, d->kind == PL_UNIFORM ? "%s: the upper bound %g lies below the lower bound %g"
                                                                  : "%s: the standard deviation %g of mean %g is negative",
                       option, (double)d->b, (double)d->a);
  return PL_OK;
}

pl_status config_check(const pl_config *c) {
  TRY(check_int("height", c->height, 32, 4096));
  TRY(check_int("width", c->width, 32, 4096));
  TRY(check_int("steps", c->steps, 1, 100000));
  TRY(check_int("crops", c->crops, 1, 256));
  if (c->crop_size) TRY(check_int("crop size", c->crop_size, 16, 1024));
  TRY(check_distribution("box side", &c->box_side, 10));
  TRY(check_distribution("box centre", &c->box_centre, 10));
  TRY(check_float("normal noise", c->noise_normal, 0, 10));
  TRY(check_float("uniform noise", c->noise_uniform, 0, 10));
  TRY(check_float("range low", c->range_low, -100, 100));
  TRY(check_float("range high", c->range_high, -100, 100));
  if (!(c->range_low < c->range_high))
    return status_fail(PL_INVALID_ARGUMENT, "the range from %g to %g is empty", (double)c->range_low, (double)c->range_high);
  TRY(check_distribution("phase", &c->phase, 1000));
  TRY(check_float("learning rate", c->learning_rate, 0, 100));
  TRY(check_int("schedule", (int)c->schedule, PL_CONSTANT, PL_COSINE));
  TRY(check_float("beta1", c->beta1, 0, 0.9999f));
  TRY(check_float("beta2", c->beta2, 0, 0.999999f));
  TRY(check_float("epsilon", c->epsilon, 0, 1));
  return check_float("momentum decay", c->momentum_decay, 0, 1);
}
