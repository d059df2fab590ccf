/* NAdam and Adam against torch.optim, ten steps. */
#include "golden/image.h"
#include "image/optimizer.h"
#include "support.h"

enum { COUNT = 6, STEPS = 10 };

static void test_golden(pl_config config, const float *start, const float *gradients, const float *expected) {
  optimizer *o;
  REQUIRE(optimizer_create(&config, COUNT, &o) == PL_OK);
  float values[COUNT];
  memcpy(values, start, sizeof values);
  for (int step = 0; step < STEPS; step++) {
    optimizer_step(o, step, gradients + step * COUNT, values);
    for (int i = 0; i < COUNT; i++) CHECK_NEAR(values[i], expected[step * COUNT + i], 1e-5);
  }
  optimizer_free(o);
}

static pl_config make_config(void) {
  pl_config c = pl_config_default();
  c.steps = STEPS;
  c.learning_rate = 0.5f;
  c.schedule = PL_CONSTANT;
  return c;
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

static pl_config make_adam_config(void) {
  pl_config c = make_config();
  c.optimizer = PL_ADAM;
  c.learning_rate = 0.05f;
  return c;
}

/* After the schedule's end nothing moves; values without a gradient never do. */
static void test_rest(void) {
  pl_config c = make_cosine_config();
  optimizer *o;
  REQUIRE(optimizer_create(&c, 2, &o) == PL_OK);
  float values[2] = {1, 2}, before = 0;
  const float gradient[2] = {1, 0};
  for (int step = 0; step < 2 * STEPS; step++) {
    if (step == STEPS) before = values[0];
    optimizer_step(o, step, gradient, values);
    CHECK_NEAR(values[1], 2, 0);
  }
  CHECK(before > 1);
  CHECK_NEAR(values[0], before, 0);
  optimizer_free(o);
}

/* How far each step of Adam goes while the gradient stays the same: the rate, to rounding. */
static void test_linear(void) {
  pl_config c = make_adam_config();
  c.schedule = PL_LINEAR;
  optimizer *o;
  REQUIRE(optimizer_create(&c, 1, &o) == PL_OK);
  float x = 0;
  for (int step = 0; step < STEPS + 2; step++) {
    const float before = x;
    optimizer_step(o, step, (const float[]){1}, &x);
    CHECK_NEAR(x - before, step < STEPS ? 0.05 * (1 - (double)step / STEPS) : 0, 1e-6);
  }
  optimizer_free(o);
}

/* It climbs to the top of -(x - 3)^2. */
static void test_maximizes(void) {
  pl_config c = make_config();
  c.steps = 300;
  c.schedule = PL_COSINE;
  optimizer *o;
  REQUIRE(optimizer_create(&c, 1, &o) == PL_OK);
  float x = -5;
  for (int step = 0; step < 300; step++) optimizer_step(o, step, (const float[]){-2 * (x - 3)}, &x);
  CHECK_NEAR(x, 3, 0.01);
  optimizer_free(o);
}

static void test_refused(void) {
  const pl_config c = make_config();
  optimizer *o = (optimizer *)1;
  CHECK_INT(optimizer_create(&c, SIZE_MAX / 2, &o), PL_OUT_OF_MEMORY);
  CHECK(!o);
  optimizer_free(NULL);
}

int main(void) {
  test_golden(make_config(), GOLDEN_NADAM_START, GOLDEN_NADAM_GRADIENTS, GOLDEN_NADAM_VALUES);
  test_golden(make_cosine_config(), GOLDEN_NADAM_COSINE_START, GOLDEN_NADAM_COSINE_GRADIENTS, GOLDEN_NADAM_COSINE_VALUES);
  test_golden(make_adam_config(), GOLDEN_ADAM_START, GOLDEN_ADAM_GRADIENTS, GOLDEN_ADAM_VALUES);
  test_rest();
  test_linear();
  test_maximizes();
  test_refused();
  return test_result();
}
