/* NAdam against torch.optim.NAdam, ten steps. */
#include "nadam.h"

#include "golden/image.h"
#include "support.h"

enum { COUNT = 6, STEPS = 10 };

static void test_golden(pl_config config, const float *start, const float *gradients, const float *expected) {
  nadam *n;
  REQUIRE(nadam_create(&config, COUNT, &n) == PL_OK);
  float values[COUNT];
  memcpy(values, start, sizeof values);
  for (int step = 0; step < STEPS; step++) {
    nadam_step(n, step, gradients + step * COUNT, values);
    for (int i = 0; i < COUNT; i++) CHECK_NEAR(values[i], expected[step * COUNT + i], 1e-5);
  }
  nadam_free(n);
}

static pl_config make_config(void) {
  return (pl_config){.steps = STEPS,
                     .learning_rate = 0.5f,
                     .schedule = PL_CONSTANT,
                     .beta1 = 0.9f,
                     .beta2 = 0.999f,
                     .epsilon = 1e-8f,
                     .momentum_decay = 0.004f};
}

static pl_config make_cosine_config(void) {
  pl_config c = make_config();
  c.learning_rate = 1;
  c.schedule = PL_COSINE;
  c.beta1 = 0.8f;
  c.beta2 = 0.99f;
  c.epsilon = 1e-3f;
  c.momentum_decay = 0.02f;
  return c;
}

/* After the schedule's end nothing moves; values without a gradient never do. */
static void test_rest(void) {
  pl_config c = make_cosine_config();
  nadam *n;
  REQUIRE(nadam_create(&c, 2, &n) == PL_OK);
  float values[2] = {1, 2}, before = 0;
  const float gradient[2] = {1, 0};
  for (int step = 0; step < 2 * STEPS; step++) {
    if (step == STEPS) before = values[0];
    nadam_step(n, step, gradient, values);
    CHECK_NEAR(values[1], 2, 0);
  }
  CHECK(before > 1);
  CHECK_NEAR(values[0], before, 0);
  nadam_free(n);
}

/* It climbs to the top of -(x - 3)^2. */
static void test_maximizes(void) {
  pl_config c = make_config();
  c.steps = 300;
  c.schedule = PL_COSINE;
  nadam *n;
  REQUIRE(nadam_create(&c, 1, &n) == PL_OK);
  float x = -5;
  for (int step = 0; step < 300; step++) nadam_step(n, step, (const float[]){-2 * (x - 3)}, &x);
  CHECK_NEAR(x, 3, 0.01);
  nadam_free(n);
}

static void test_refused(void) {
  const pl_config c = make_config();
  nadam *n = (nadam *)1;
  CHECK_INT(nadam_create(&c, SIZE_MAX / 2, &n), PL_OUT_OF_MEMORY);
  CHECK(!n);
  nadam_free(NULL);
}

int main(void) {
  test_golden(make_config(), GOLDEN_NADAM_START, GOLDEN_NADAM_GRADIENTS, GOLDEN_NADAM_VALUES);
  test_golden(make_cosine_config(), GOLDEN_NADAM_COSINE_START, GOLDEN_NADAM_COSINE_GRADIENTS, GOLDEN_NADAM_COSINE_VALUES);
  test_rest();
  test_maximizes();
  test_refused();
  return test_result();
}
