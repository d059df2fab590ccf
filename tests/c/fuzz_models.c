#include "fuzz_models.h"

#include <stdlib.h>
#include <string.h>

#include "bounded.h"
#include "fuzz_entries.h"
#include "fuzz_seeds.h"
#include "network/exec/exec.h"
#include "random_model.h"

void fuzz_with_file(const uint8_t *bytes, size_t size, void (*take)(const uint8_t *bytes, size_t size)) {
  if (!size || (bytes[0] != FUZZ_CHOICES && bytes[0] != FUZZ_CHANGES)) {
    take(bytes, size);
    return;
  }
  size_t file_size;
  void *file = (bytes[0] == FUZZ_CHOICES ? random_model : seed_node_changed)(bytes + 1, size - 1, &file_size);
  take(file, file_size);
  free(file);
}

void fuzz_check(pl_status status) {
  if (status == PL_INTERNAL) abort();
}

/* ---- how much there is to do; as numbers that do not wrap around ---- */

enum { MOST_WORK = 1 << 23 };

static double elements(const tensor_type *types, int value) {
  double count = 1;
  if (value < 0 || types[value].shape.rank < 0) return 0;
  for (int d = 0; d < types[value].shape.rank; d++) count *= types[value].shape.dim[d];
  return count;
}

bool fuzz_is_small(const graph *g, const tensor_type *types) {
  double work = 0;
  for (int v = 0; v < g->value_count; v++)
    if (elements(types, v) > FUZZ_VALUES) return false;
  for (int i = 0; i < g->node_count; i++) {
    double in = 0, out = 0;
    for (int k = 0; k < g->nodes[i].input_count; k++) in += elements(types, g->nodes[i].inputs[k]);
    for (int k = 0; k < g->nodes[i].output_count; k++) out += elements(types, g->nodes[i].outputs[k]);
    work += in * out;
  }
  return work <= MOST_WORK;
}

/* XNNPACK keeps a pointer for every tap of every position, which takes its time where there are many; those of more than an address
 * space are for it to refuse. */
static bool has_many_taps(const node *n, const tensor_type *types) {
  if (!n->op || n->input_count < 2 || strncmp(n->op->type, "Conv", 4) != 0) return false;
  const shape *weights = &types[n->inputs[1]].shape, *out = &types[n->outputs[0]].shape;
  if (weights->rank < 4 || out->rank < 4) return false;
  const double taps = (double)weights->dim[2] * weights->dim[3];
  const double pixels = elements(types, n->outputs[0]) / out->dim[1];
  return pixels * taps > MOST_WORK / 2 && pixels * taps < 1 << 30;
}

/* ---- steps ---- */

typedef struct one_step {
  exec *exec;
  int index;
} one_step;

static pl_status forward(void *context) {
  const one_step *s = context;
  return exec_step_forward(s->exec, s->index);
}

static pl_status backward(void *context) {
  const one_step *s = context;
  return exec_step_backward(s->exec, s->index);
}

enum { MOST_STEPS = 64 };

static void begin_steps(exec *e, bool with_backward) {
  const int count = exec_step_count(e) < MOST_STEPS ? exec_step_count(e) : MOST_STEPS;
  for (int i = 0; i < count; i++) fuzz_check(bounded_run(forward, &(one_step){e, i}));
  for (int i = count - 1; i >= 0 && with_backward; i--) fuzz_check(bounded_run(backward, &(one_step){e, i}));
}

/* Whether there was memory for it. */
static bool begin(const graph *g, const int *targets, int count, bool with_backward) {
  static const pl_preprocessing plain = {.std = {1, 1, 1, 1}};
  exec *e;
  pl_status status = exec_create(g, targets, count, &plain, with_backward, &e);
  if (!status) status = exec_reshape(e, 1, g->height, g->width, UINT64_MAX);
  fuzz_check(status);
  if (!status) begin_steps(e, with_backward);
  exec_free(e);
  return status != PL_OUT_OF_MEMORY;
}

void fuzz_begin(const graph *g, const int *targets, int count, const tensor_type *types) {
  for (int i = 0; i < g->node_count; i++)
    if (has_many_taps(&g->nodes[i], types)) return;
  if (!begin(g, targets, count, true)) (void)begin(g, targets, count, false);
}
