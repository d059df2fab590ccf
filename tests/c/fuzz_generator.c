#include <stdlib.h>

#include "fuzz_entries.h"
#include "fuzz_models.h"
#include "network/build/build.h"
#include "network/build/graph_infer.h"
#include "network/generator.h"
#include "network/ops/ops.h"
#include "support.h"

static void go_there_and_back(pl_generator *g) {
  const pl_generator_info info = pl_generator_describe(g);
  const size_t count = 3 * (size_t)info.height * (size_t)info.width;
  float *latent = random_floats(2 * info.count, -1, 1), *made = test_floats(count);
  fuzz_check(generator_forward(g, latent, made));
  fuzz_check(generator_backward(g, latent, made, latent + info.count));
  free(latent);
  free(made);
}

static void run_small(const uint8_t *bytes, size_t size) {
  pl_generator *g;
  const pl_status status = pl_generator_load(bytes, size, NULL, 0, &g);
  fuzz_check(status);
  if (!status) go_there_and_back(g);
  pl_generator_free(g);
}

/* The last value that can be made. */
static void run_large(const graph *g, const tensor_type *types) {
  int last = -1;
  for (int i = 0; i < g->node_count; i++) {
    const int v = g->nodes[i].outputs[0];
    if (v >= 0 && types[v].shape.rank >= 0 && !g->values[v].constant && !g->values[v].shape_only) last = v;
  }
  if (last >= 0) fuzz_begin(g, &last, 1, types);
}

static void run(const graph *g, const uint8_t *bytes, size_t size) {
  graph_types types = {calloc((size_t)g->value_count + 1, sizeof *types.values), calloc((size_t)g->node_count + 1, MAX_INPUTS)};
  bool *none = calloc((size_t)g->value_count + 1, sizeof *none);
  if (types.values && types.wants && none && graph_infer(g, 1, 0, 0, none, &types) == PL_OK) {
    if (fuzz_is_small(g, types.values)) run_small(bytes, size);
    else if (fuzz_large) run_large(g, types.values);
  }
  free(types.values);
  free(types.wants);
  free(none);
}

static void take_file(const uint8_t *bytes, size_t size) {
  onnx_model *model;
  graph *g;
  if (onnx_parse(bytes, size, NULL, &model) != PL_OK) return;
  if (build_graph_of_latent(model, &g) == PL_OK) {
    run(g, bytes, size);
    graph_free(g);
  }
  onnx_free(model);
}

void fuzz_generator(const uint8_t *bytes, size_t size) { fuzz_with_file(bytes, size, take_file); }
