#include "network/ops/kernels/cells.h"

#include "base/vector_math.h"

/* ---- LSTM. Gates: input, output, forget, candidate; c = f c + i g, h = o tanh(c) ---- */

enum { INPUT, OUTPUT, FORGET, CANDIDATE, MEMORY_BEFORE, MEMORY_TANH, LSTM_KEPT };

static void lstm_forward(size_t units, const float *from_input, const float *from_state, float *state, float *memory,
                         float *restrict kept) {
  for (size_t k = 0; k < units; k++) {
    float gate[4];
    for (size_t g = 0; g < 3; g++) gate[g] = vector_sigmoid(from_input[g * units + k] + from_state[g * units + k]);
    gate[CANDIDATE] = vector_tanh(from_input[CANDIDATE * units + k] + from_state[CANDIDATE * units + k]);
    for (size_t g = 0; g < 4; g++) kept[g * units + k] = gate[g];
    kept[MEMORY_BEFORE * units + k] = memory[k];
    memory[k] = gate[FORGET] * memory[k] + gate[INPUT] * gate[CANDIDATE];
    kept[MEMORY_TANH * units + k] = vector_tanh(memory[k]);
    state[k] = gate[OUTPUT] * kept[MEMORY_TANH * units + k];
  }
}

static void lstm_backward(size_t units, const float *kept, float *dstate, float *dmemory, float *restrict dfrom_input,
                          float *restrict dfrom_state) {
  for (size_t k = 0; k < units; k++) {
    const float i = kept[INPUT * units + k], o = kept[OUTPUT * units + k], f = kept[FORGET * units + k];
    const float g = kept[CANDIDATE * units + k], before = kept[MEMORY_BEFORE * units + k], t = kept[MEMORY_TANH * units + k];
    const float dc = dmemory[k] + dstate[k] * o * (1 - t * t);
    const float d[4] = {dc * g * i * (1 - i), dstate[k] * t * o * (1 - o), dc * before * f * (1 - f), dc * i * (1 - g * g)};
    for (size_t n = 0; n < 4; n++) dfrom_input[n * units + k] = dfrom_state[n * units + k] = d[n];
    dmemory[k] = dc * f;
    dstate[k] = 0;
  }
}

const cell cell_lstm = {4, LSTM_KEPT, true, lstm_forward, lstm_backward};

/* ---- GRU, whose reset gate is applied after the product with the state. Gates: update, reset, candidate;
 * h = (1 - z) n + z h, n = tanh(from the input + r (from the state)) ---- */

enum { UPDATE, RESET, NEW, NEW_FROM_STATE, STATE_BEFORE, GRU_KEPT };

static void gru_forward(size_t units, const float *from_input, const float *from_state, float *state, float *memory,
                        float *restrict kept) {
  (void)memory;
  for (size_t k = 0; k < units; k++) {
    const float z = vector_sigmoid(from_input[k] + from_state[k]), u = from_state[NEW * units + k];
    const float r = vector_sigmoid(from_input[RESET * units + k] + from_state[RESET * units + k]);
    const float n = vector_tanh(from_input[NEW * units + k] + r * u);
    kept[UPDATE * units + k] = z;
    kept[RESET * units + k] = r;
    kept[NEW * units + k] = n;
    kept[NEW_FROM_STATE * units + k] = u;
    kept[STATE_BEFORE * units + k] = state[k];
    state[k] = (1 - z) * n + z * state[k];
  }
}

static void gru_backward(size_t units, const float *kept, float *dstate, float *dmemory, float *restrict dfrom_input,
                         float *restrict dfrom_state) {
  (void)dmemory;
  for (size_t k = 0; k < units; k++) {
    const float z = kept[UPDATE * units + k], r = kept[RESET * units + k], n = kept[NEW * units + k];
    const float u = kept[NEW_FROM_STATE * units + k], before = kept[STATE_BEFORE * units + k];
    const float dn = dstate[k] * (1 - z) * (1 - n * n);
    dfrom_input[k] = dfrom_state[k] = dstate[k] * (before - n) * z * (1 - z);
    dfrom_input[RESET * units + k] = dfrom_state[RESET * units + k] = dn * u * r * (1 - r);
    dfrom_input[NEW * units + k] = dn;
    dfrom_state[NEW * units + k] = dn * r;
    dstate[k] *= z;
  }
}

const cell cell_gru = {3, GRU_KEPT, false, gru_forward, gru_backward};

/* ---- RNN: h = tanh ---- */

static void rnn_forward(size_t units, const float *from_input, const float *from_state, float *state, float *memory,
                        float *restrict kept) {
  (void)memory;
  for (size_t k = 0; k < units; k++) kept[k] = state[k] = vector_tanh(from_input[k] + from_state[k]);
}

static void rnn_backward(size_t units, const float *kept, float *dstate, float *dmemory, float *restrict dfrom_input,
                         float *restrict dfrom_state) {
  (void)dmemory;
  for (size_t k = 0; k < units; k++) {
    dfrom_input[k] = dfrom_state[k] = dstate[k] * (1 - kept[k] * kept[k]);
    dstate[k] = 0;
  }
}

const cell cell_rnn = {1, 1, false, rnn_forward, rnn_backward};
