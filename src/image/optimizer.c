#include "image/optimizer.h"

#include <math.h>

struct optimizer {
  size_t count;
  float *first, *second; /* moving averages of the gradient and of its square */
  int steps_done;
  double mu_product; /* over the steps done */
  pl_config config;
  double beta1, beta2, epsilon, momentum_decay;
};

pl_status optimizer_create(const pl_config *config, size_t count, optimizer **created) {
  optimizer *o = *created = memory_allocate(1, sizeof *o);
  if (o) {
    o->first = memory_allocate(count, sizeof *o->first);
    o->second = memory_allocate(count, sizeof *o->second);
  }
  if (!o || !o->first || !o->second) {
    optimizer_free(o);
    *created = NULL;
    return status_no_memory("to optimize %zu values", count);
  }
  o->count = count;
  o->mu_product = 1;
  o->config = *config;
  o->beta1 = (double)config->beta1;
  o->beta2 = (double)config->beta2;
  o->epsilon = (double)config->epsilon;
  o->momentum_decay = (double)config->momentum_decay;
  return PL_OK;
}

void optimizer_free(optimizer *o) {
  if (!o) return;
  memory_free(o->first);
  memory_free(o->second);
  memory_free(o);
}

void optimizer_memory(optimizer *o, float **first, float **second) {
  *first = o->first;
  *second = o->second;
}

double optimizer_schedule(const pl_config *c, int step) {
  const double progress = fmin((double)step / c->steps, 1);
  switch (c->schedule) {
    case PL_COSINE: return 0.5 * (1 + cos(3.14159265358979323846 * progress));
    case PL_LINEAR: return 1 - progress;
    default: return 1;
  }
}

static double learning_rate(const optimizer *o, int step) {
  return (double)o->config.learning_rate * optimizer_schedule(&o->config, step);
}

/* The momentum of the t-th step, 1 the first. */
static double mu(const optimizer *o, int t) { return o->beta1 * (1 - 0.5 * pow(0.96, t * o->momentum_decay)); }

/* What one step does to every value. */
typedef struct update {
  float keep1, add1, keep2, add2; /* of the moving averages */
  float gradient_rate, momentum_rate;
  float correction, epsilon;
} update;

static void apply(const update *u, size_t count, const float *restrict gradient, float *restrict first, float *restrict second,
                  float *restrict values) {
  const update c = *u;
  for (size_t i = 0; i < count; i++) {
    const float g = gradient[i];
    first[i] = c.keep1 * first[i] + c.add1 * g;
    second[i] = c.keep2 * second[i] + c.add2 * g * g;
    values[i] += (c.gradient_rate * g + c.momentum_rate * first[i]) / (sqrtf(second[i] * c.correction) + c.epsilon);
  }
}

/* NAdam looks one step ahead: its momentum is the next step's, and the gradient itself has this step's share. */
static update nadam_rates(optimizer *o, int step) {
  while (o->steps_done <= step) o->mu_product *= mu(o, ++o->steps_done);
  const double rate = learning_rate(o, step), next = mu(o, step + 2);
  return (update){.gradient_rate = (float)(rate * (1 - mu(o, step + 1)) / (1 - o->mu_product)),
                  .momentum_rate = (float)(rate * next / (1 - o->mu_product * next))};
}

static update adam_rates(const optimizer *o, int step) {
  return (update){.momentum_rate = (float)(learning_rate(o, step) / (1 - pow(o->beta1, step + 1)))};
}

void optimizer_step(optimizer *o, int step, const float *gradient, float *values) {
  update u = o->config.optimizer == PL_ADAM ? adam_rates(o, step) : nadam_rates(o, step);
  u.keep1 = (float)o->beta1;
  u.add1 = (float)(1 - o->beta1);
  u.keep2 = (float)o->beta2;
  u.add2 = (float)(1 - o->beta2);
  u.correction = (float)(1 / (1 - pow(o->beta2, step + 1)));
  u.epsilon = (float)o->epsilon;
  apply(&u, o->count, gradient, o->first, o->second, values);
}
