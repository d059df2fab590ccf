#include "nadam.h"

#include <math.h>
#include <stdlib.h>

struct nadam {
  size_t count;
  float *first, *second; /* moving averages of the gradient and of its square */
  int steps_done;
  double mu_product; /* over the steps done */
  pl_schedule schedule;
  int steps;
  double learning_rate, beta1, beta2, epsilon, momentum_decay;
};

pl_status nadam_create(const pl_config *config, size_t count, nadam **created) {
  nadam *n = *created = calloc(1, sizeof *n);
  size_t bytes;
  if (n && size_multiply(count, sizeof *n->first, &bytes)) {
    n->first = memory_allocate(bytes);
    n->second = memory_allocate(bytes);
  }
  if (!n || !n->first || !n->second) {
    nadam_free(n);
    *created = NULL;
    return status_fail(PL_OUT_OF_MEMORY, "no memory left to optimize %zu values", count);
  }
  n->count = count;
  n->mu_product = 1;
  n->schedule = config->schedule;
  n->steps = config->steps;
  n->learning_rate = (double)config->learning_rate;
  n->beta1 = (double)config->beta1;
  n->beta2 = (double)config->beta2;
  n->epsilon = (double)config->epsilon;
  n->momentum_decay = (double)config->momentum_decay;
  return PL_OK;
}

void nadam_free(nadam *n) {
  if (!n) return;
  memory_free(n->first);
  memory_free(n->second);
  free(n);
}

/* Falling to 0 by half a cosine, and staying there. */
static double learning_rate(const nadam *n, int step) {
  if (n->schedule == PL_CONSTANT) return n->learning_rate;
  if (step >= n->steps) return 0;
  return n->learning_rate * 0.5 * (1 + cos(3.14159265358979323846 * step / n->steps));
}

/* The momentum of the t-th step, 1 the first. */
static double mu(const nadam *n, int t) { return n->beta1 * (1 - 0.5 * pow(0.96, t * n->momentum_decay)); }

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

void nadam_step(nadam *n, int step, const float *gradient, float *values) {
  while (n->steps_done <= step) n->mu_product *= mu(n, ++n->steps_done);
  const int t = step + 1;
  const double rate = learning_rate(n, step), next = mu(n, t + 1);
  const update u = {
      .keep1 = (float)n->beta1,
      .add1 = (float)(1 - n->beta1),
      .keep2 = (float)n->beta2,
      .add2 = (float)(1 - n->beta2),
      .gradient_rate = (float)(rate * (1 - mu(n, t)) / (1 - n->mu_product)),
      .momentum_rate = (float)(rate * next / (1 - n->mu_product * next)),
      .correction = (float)(1 / (1 - pow(n->beta2, t))),
      .epsilon = (float)n->epsilon,
  };
  apply(&u, n->count, gradient, n->first, n->second, values);
}
