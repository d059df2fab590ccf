/* LSTM, GRU and RNN against their equations in ONNX's operators, and their gradients. */
#include "ops_harness.h"

enum { TIMES = 5, BATCH = 3, FEATURES = 4, UNITS = 6 };

typedef struct setting {
  const char *type, *direction;
  int gates;
  bool bias, states;
} setting;

static int directions_of(const setting *s) { return strcmp(s->direction, "bidirectional") ? 1 : 2; }

static void make(trial *t, const setting *s) {
  const int d = directions_of(s), rows = s->gates * UNITS;
  trial_begin(t, s->type, 14);
  t->batch = 1;
  trial_input(t, (shape){3, {TIMES, BATCH, FEATURES}}, LAYOUT_PLAIN);
  trial_constant(t, (shape){3, {d, rows, FEATURES}}, NULL);
  trial_constant(t, (shape){3, {d, rows, UNITS}}, NULL);
  if (s->bias || s->states) {
    if (s->bias) trial_constant(t, (shape){2, {d, 2 * rows}}, NULL);
    else trial_left_out(t);
  }
  if (s->states) {
    trial_left_out(t);
    trial_input(t, (shape){3, {d, BATCH, UNITS}}, LAYOUT_PLAIN);
    if (s->gates == 4) trial_constant(t, (shape){3, {d, BATCH, UNITS}}, NULL);
  }
  trial_int(t, "hidden_size", UNITS);
  trial_string(t, "direction", s->direction);
  if (s->gates == 3) trial_int(t, "linear_before_reset", 1);
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* What the input and the state before add to gate g of unit k, biases included. */
static void sums_of(const trial *t, int rows, int d, int time, int n, int row, const double *state, double *input,
                    double *from_state) {
  const float *w = t->constants[1].data, *r = t->constants[2].data, *b = t->constants[3].data;
  const float *x = t->in[0] + ((size_t)time * BATCH + (size_t)n) * FEATURES;
  *input = b ? (double)b[d * 2 * rows + row] : 0;
  *from_state = b ? (double)b[d * 2 * rows + rows + row] : 0;
  for (int k = 0; k < FEATURES; k++) *input += (double)w[(d * rows + row) * FEATURES + k] * (double)x[k];
  for (int k = 0; k < UNITS; k++) *from_state += (double)r[(d * rows + row) * UNITS + k] * state[k];
}

/* One step of one item of the batch. */
static void step(const trial *t, const setting *s, int d, int time, int n, double *state, double *memory) {
  const int rows = s->gates * UNITS;
  double after[UNITS];
  for (int k = 0; k < UNITS; k++) {
    double in[4], own[4];
    for (int g = 0; g < s->gates; g++) sums_of(t, rows, d, time, n, g * UNITS + k, state, &in[g], &own[g]);
    if (s->gates == 4) {
      memory[k] = sigmoid(in[2] + own[2]) * memory[k] + sigmoid(in[0] + own[0]) * tanh(in[3] + own[3]);
      after[k] = sigmoid(in[1] + own[1]) * tanh(memory[k]);
    } else if (s->gates == 3) {
      const double z = sigmoid(in[0] + own[0]);
      after[k] = (1 - z) * tanh(in[2] + sigmoid(in[1] + own[1]) * own[2]) + z * state[k];
    } else {
      after[k] = tanh(in[0] + own[0]);
    }
  }
  memcpy(state, after, sizeof after);
}

static float *reference(const trial *t, const setting *s) {
  float *want = test_floats(trial_out_count(t));
  const float *memories = t->constants[6].data;
  for (int d = 0; d < directions_of(s); d++)
    for (int n = 0; n < BATCH; n++) {
      double state[UNITS], memory[UNITS];
      for (int k = 0; k < UNITS; k++) {
        const int at = (d * BATCH + n) * UNITS + k;
        state[k] = s->states ? (double)t->in[5][at] : 0;
        memory[k] = s->states && memories ? (double)memories[at] : 0;
      }
      for (int i = 0; i < TIMES; i++) {
        const int time = d || !strcmp(s->direction, "reverse") ? TIMES - 1 - i : i;
        step(t, s, d, time, n, state, memory);
        for (int k = 0; k < UNITS; k++) want[((time * directions_of(s) + d) * BATCH + n) * UNITS + k] = (float)state[k];
      }
    }
  return want;
}

static void check(setting s) {
  trial t;
  make(&t, &s);
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  float *want = reference(&t, &s);
  if (!CHECK_CLOSE(t.out[0], want, trial_out_count(&t), 1e-6)) printf("  %s %s\n", s.type, s.direction);
  trial_check_gradient(&t, 1e-2f, 1e-3);
  free(want);
  trial_free(&t);
}

static void refuse(const char *name, int64_t value, const char *words) {
  const setting s = {"LSTM", "forward", 4, true, false};
  trial t;
  make(&t, &s);
  trial_int(&t, name, value);
  CHECK_INT(trial_infer(&t), PL_UNSUPPORTED_OP);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  %s\n", pl_error_message());
  trial_free(&t);
}

static void test_refused(void) {
  refuse("layout", 1, "the batch before the times (layout=1) is not supported");
  refuse("input_forget", 1, "coupled input and forget gates");
  const setting s = {"GRU", "forward", 3, true, false};
  trial t;
  make(&t, &s);
  t.attributes[t.source.attribute_count - 1].i = 0;
  CHECK_INT(trial_infer(&t), PL_UNSUPPORTED_OP);
  CHECK(strstr(pl_error_message(), "linear_before_reset=0") != NULL);
  t.given[0].shape.dim[2] = FEATURES + 1;
  t.attributes[t.source.attribute_count - 1].i = 1;
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  trial_free(&t);
}

int main(void) {
  static const char *const directions[] = {"forward", "reverse", "bidirectional"};
  random_seed(11);
  for (int k = 0; k < 12; k++) {
    const bool bias = k & 1, states = k >= 6;
    check((setting){"LSTM", directions[k % 3], 4, bias, states});
    check((setting){"GRU", directions[k % 3], 3, bias, states});
    check((setting){"RNN", directions[k % 3], 1, bias, states});
  }
  test_refused();
  return test_result();
}
