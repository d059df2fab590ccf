#include "fuzz_onnx.h"

#include <stdlib.h>

#include "ops.h"

/* Every byte that a tensor claims, so that one outside of the file is noticed. */
static void read_tensor(const onnx_tensor *t) {
  int64_t *ints = malloc((t->count + 1) * sizeof *ints);
  float *floats = malloc((t->count + 1) * sizeof *floats);
  if (ints) onnx_ints(t, ints);
  if (floats) onnx_floats(t, floats);
  free(ints);
  free(floats);
}

static void infer(const graph *g) {
  const size_t values = (size_t)g->value_count + 1, nodes = (size_t)g->node_count + 1;
  graph_types types = {calloc(values, sizeof *types.values), calloc(nodes, MAX_INPUTS)};
  bool *needed = calloc(values, sizeof *needed), *needed_nodes = calloc(nodes, sizeof *needed_nodes);
  if (types.values && types.wants && needed && needed_nodes) {
    const pl_status status = graph_infer(g, 2, g->height, g->width, needed, &types);
    if (status != PL_OK && status != PL_OUT_OF_MEMORY) abort(); /* nothing was needed */
    if (graph_needed(g, &g->logits, 1, needed, needed_nodes) == PL_OK) (void)graph_infer(g, 1, 64, 96, needed, &types);
  }
  free(types.values);
  free(types.wants);
  free(needed);
  free(needed_nodes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  onnx_model *model;
  graph *g;
  if (onnx_parse(bytes, size, &model) != PL_OK) return 0;
  for (int i = 0; i < model->initializer_count && size < 1 << 20; i++) read_tensor(&model->initializers[i]);
  if (graph_create(model, &g) == PL_OK) {
    infer(g);
    graph_free(g);
  }
  onnx_free(model);
  return 0;
}
