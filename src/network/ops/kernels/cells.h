/* One step in time of recurrent networks, of one row: `units` floats a gate. What the input adds to the gates comes as `from_input`
 * and what the state before adds as `from_state`, each gate after gate in ONNX's order, biases included. */
#ifndef OPS_CELLS_H
#define OPS_CELLS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cell {
  int gates;
  int kept;        /* floats a unit that forward keeps for backward */
  bool has_memory; /* besides the state, as LSTM has */
  /* state and memory: before the step, then after it. */
  void (*forward)(size_t units, const float *from_input, const float *from_state, float *state, float *memory,
                  float *restrict kept);
  /* dstate and dmemory: of what comes after the step, then of what was before it, but for what dfrom_state brings there. */
  void (*backward)(size_t units, const float *kept, float *dstate, float *dmemory, float *restrict dfrom_input,
                   float *restrict dfrom_state);
} cell;

extern const cell cell_lstm, cell_gru, cell_rnn;

#endif
