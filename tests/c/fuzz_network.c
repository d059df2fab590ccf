#include <stdlib.h>
#include <string.h>

#include "bounded.h"
#include "fuzz_entries.h"
#include "fuzz_models.h"
#include "network/build/build.h"
#include "network/build/graph_infer.h"
#include "network/build/graph_needed.h"
#include "network/model.h"
#include "support.h"

enum { LARGE_FILE = 1 << 20 }; /* from here on, only the loader and the graph look at a file */

/* ---- the loader ---- */

/* Every byte that a tensor claims, so that one outside of the file is noticed. */
static void read_tensor(const onnx_tensor *t) {
  int64_t *ints = malloc((t->count + 1) * sizeof *ints);
  float *floats = malloc((t->count + 1) * sizeof *floats);
  if (ints) onnx_ints(t, ints);
  if (floats) onnx_floats(t, floats);
  free(ints);
  free(floats);
}

/* ---- shape inference ---- */

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

/* ---- running ---- */

enum { SIDE = 9, CROP = 16 };

static float image[3 * SIDE * SIDE], values[FUZZ_VALUES];

static void run_layer(pl_model *m, const pl_layer *layer, const char *objective) {
  float score, dimage[3 * SIDE * SIDE];
  const pl_status status = pl_activations(m, image, SIDE, SIDE, layer->name, values, FUZZ_VALUES);
  fuzz_check(status);
  if (status == PL_OK && !layer->runs) abort();
  fuzz_check(pl_gradient(m, image, SIDE, SIDE, objective, &score, dimage));
}

/* The same network for images of another size. */
static void run_crops(pl_model *m, const char *objective) {
  pl_config c = pl_config_default();
  c.height = c.width = 32;
  c.crops = 1;
  c.crop_size = CROP;
  pl_run *r;
  const pl_status status = pl_run_create(m, objective, &c, NULL, 0, NULL, 0, &r);
  fuzz_check(status);
  if (!status) fuzz_check(pl_run_step(r, PL_STEP_CROPS, 0, 1));
  pl_run_free(r);
}

/* The first layer, the last one, and the last one that should run. */
static void run_layers(pl_model *m) {
  const graph *g = m->graph;
  const int count = pl_model_layer_count(m);
  int running = count - 1;
  while (running > 0 && !pl_model_layer(m, running).runs) running--;
  const int chosen[] = {0, count - 1, running};
  for (int i = 0; i < 3; i++) {
    const pl_layer layer = pl_model_layer(m, chosen[i]);
    char *objective = test_channel(layer.name, layer.units - 1);
    run_layer(m, &layer, objective);
    if (i == 2 && 2 * g->height >= CROP && 2 * g->width >= CROP) run_crops(m, objective);
    free(objective);
  }
  fuzz_check(pl_activations(m, image, SIDE, SIDE, g->values[g->input].name, values, FUZZ_VALUES));
}

/* Each layer made ready, and the first steps of all of them together, unfused as they then are. */
static void run_large(const pl_model *m) {
  int running = 0;
  int *targets = calloc((size_t)m->layer_count + 1, sizeof *targets);
  for (int i = 0; i < m->layer_count && targets; i++)
    if (pl_model_layer(m, i).runs) targets[running++] = m->layers[i];
  if (running) fuzz_begin(m->graph, &targets[running - 1], 1, m->types);
  if (running > 1) fuzz_begin(m->graph, targets, running, m->types);
  free(targets);
}

static void run(const uint8_t *bytes, size_t size) {
  static const pl_preprocessing plain = {.mean = {0.5f, 0.4f, 0.3f}, .std = {0.2f, 0.3f, 0.4f}, .bgr = true};
  pl_model *m;
  const pl_external_data beside = {"weights.bin", bytes, size}; /* the bytes themselves once more */
  const pl_model_options options = {.preprocessing = &plain, .external = &beside, .external_count = 1};
  if (pl_model_load(bytes, size, &options, &m)) return;
  for (int i = 0; i < 3 * SIDE * SIDE; i++) image[i] = (float)(i % 17) / 16;
  if (fuzz_is_small(m->graph, m->types)) run_layers(m);
  else if (fuzz_large) run_large(m);
  (void)pl_model_accepts(m, 4096, 4096, NULL);
  pl_model_free(m);
}

/* Where the file leaves sizes open. */
static void run_sized(const uint8_t *bytes, size_t size) {
  pl_model *m;
  if (pl_model_load(bytes, size, &(pl_model_options){.height = 1024, .width = 2047}, &m)) return;
  run_large(m);
  pl_model_free(m);
}

static void list_names(const uint8_t *bytes, size_t size) {
  char names[64];
  size_t needed;
  (void)pl_external_names(bytes, size, names, sizeof names, &needed);
}

static void take_file(const uint8_t *bytes, size_t size) {
  const pl_external_data beside = {"weights.bin", bytes, size};
  const onnx_files files = {&beside, 1, false};
  onnx_model *model;
  graph *g;
  list_names(bytes, size);
  if (onnx_parse(bytes, size, &files, &model) != PL_OK) return;
  for (int i = 0; i < model->graph.initializer_count && size < LARGE_FILE; i++) read_tensor(&model->graph.initializers[i]);
  if (build_graph(model, (image_size){0}, &g) == PL_OK) {
    infer(g);
    graph_free(g);
  }
  onnx_free(model);
  if (size >= LARGE_FILE) return;
  run(bytes, size);
  if (fuzz_large) run_sized(bytes, size);
}

void fuzz_network(const uint8_t *bytes, size_t size) { fuzz_with_file(bytes, size, take_file); }
