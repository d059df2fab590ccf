#include "fuzz_onnx.h"

#include <stdlib.h>
#include <string.h>

#include "network/build/build.h"
#include "network/build/graph_infer.h"
#include "network/build/graph_needed.h"
#include "network/generator.h"
#include "network/model.h"
#include "random_model.h"
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

enum { SIDE = 9, CROP = 16, MOST_VALUES = 1 << 14, MOST_WORK = 1 << 23 };

static size_t elements(const tensor_type *types, int value) {
  if (value < 0 || types[value].shape.rank < 0) return 0;
  return shape_count(&types[value].shape);
}

/* Whether a run takes milliseconds: nothing an operator does is more than its outputs times its inputs. */
static bool is_small(const graph *g, const tensor_type *types) {
  size_t work = 0;
  for (int v = 0; v < g->value_count; v++)
    if (elements(types, v) > MOST_VALUES) return false;
  for (int i = 0; i < g->node_count; i++) {
    size_t in = 0, out = 0;
    for (int k = 0; k < g->nodes[i].input_count; k++) in += elements(types, g->nodes[i].inputs[k]);
    for (int k = 0; k < g->nodes[i].output_count; k++) out += elements(types, g->nodes[i].outputs[k]);
    work += in * out;
    if (work > MOST_WORK) return false;
  }
  return true;
}

/* What inference lets through, operators can do: none answers that it met something that cannot be. */
static void check(pl_status status) {
  if (status == PL_INTERNAL) abort();
}

static float image[3 * SIDE * SIDE], values[MOST_VALUES];

static void run_layer(pl_model *m, const pl_layer *layer, const char *objective) {
  float score, dimage[3 * SIDE * SIDE];
  const pl_status status = pl_activations(m, image, SIDE, SIDE, layer->name, values, MOST_VALUES);
  check(status);
  if (status == PL_OK && !layer->runs) abort();
  check(pl_gradient(m, image, SIDE, SIDE, objective, &score, dimage));
}

/* The same network for images of another size. */
static void run_crops(pl_model *m, const char *objective) {
  pl_config c = pl_config_default();
  c.height = c.width = 32;
  c.crops = 1;
  c.crop_size = CROP;
  pl_run *r;
  const pl_status status = pl_run_create(m, objective, &c, NULL, 0, NULL, 0, &r);
  check(status);
  if (!status) check(pl_run_step(r, PL_STEP_CROPS, 0, 1));
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
  check(pl_activations(m, image, SIDE, SIDE, g->values[g->input].name, values, MOST_VALUES));
}

bool fuzz_plans_only = false;

/* Large models are made ready, but not run. */
static void prepare(pl_model *m) {
  const graph *g = m->graph;
  int running = m->layer_count - 1;
  while (running > 0 && !pl_model_layer(m, running).runs) running--;
  for (int i = 0; i < g->node_count; i++) /* XNNPACK keeps a pointer for every tap of every position */
    if (g->nodes[i].op && g->nodes[i].input_count > 1 && !strcmp(g->nodes[i].op->type, "Conv") &&
        elements(m->types, g->nodes[i].outputs[0]) > MOST_WORK / (elements(m->types, g->nodes[i].inputs[1]) + 1))
      return;
  exec *e;
  pl_status status = exec_create(g, &m->layers[running], 1, &m->preprocessing, true, &e);
  if (!status) status = exec_reshape(e, 1, g->height, g->width);
  check(status);
  exec_free(e);
}

static void run(const uint8_t *bytes, size_t size) {
  static const pl_preprocessing plain = {.mean = {0.5f, 0.4f, 0.3f}, .std = {0.2f, 0.3f, 0.4f}, .bgr = true};
  pl_model *m;
  if (pl_model_load(bytes, size, &(pl_model_options){.preprocessing = &plain}, &m)) return;
  for (int i = 0; i < 3 * SIDE * SIDE; i++) image[i] = (float)(i % 17) / 16;
  if (is_small(m->graph, m->types)) run_layers(m);
  else if (fuzz_plans_only) prepare(m);
  pl_model_free(m);
}

/* ---- the same file as a generator ---- */

static bool is_small_generator(const graph *g) {
  graph_types types = {calloc((size_t)g->value_count + 1, sizeof *types.values), calloc((size_t)g->node_count + 1, MAX_INPUTS)};
  bool *none = calloc((size_t)g->value_count + 1, sizeof *none);
  const bool ready = types.values && types.wants && none && graph_infer(g, 1, 0, 0, none, &types) == PL_OK;
  const bool small = ready && is_small(g, types.values);
  free(types.values);
  free(types.wants);
  free(none);
  return small;
}

static void go_there_and_back(pl_generator *g) {
  const pl_generator_info info = pl_generator_describe(g);
  const size_t count = 3 * (size_t)info.height * (size_t)info.width;
  float *latent = random_floats(2 * info.count, -1, 1), *made = test_floats(count);
  check(generator_forward(g, latent, made));
  check(generator_backward(g, latent, made, latent + info.count));
  free(latent);
  free(made);
}

static void run_generator(const onnx_model *model, const uint8_t *bytes, size_t size) {
  graph *g;
  pl_generator *generator;
  if (build_graph_of_latent(model, &g)) return;
  if (is_small_generator(g)) {
    const pl_status status = pl_generator_load(bytes, size, &generator);
    check(status);
    if (!status) go_there_and_back(generator);
    pl_generator_free(generator);
  }
  graph_free(g);
}

static void take_file(const uint8_t *bytes, size_t size) {
  onnx_model *model;
  graph *g;
  if (onnx_parse(bytes, size, &model) != PL_OK) return;
  for (int i = 0; i < model->graph.initializer_count && size < LARGE_FILE; i++) read_tensor(&model->graph.initializers[i]);
  if (build_graph(model, (image_size){0}, &g) == PL_OK) {
    infer(g);
    graph_free(g);
  }
  if (size < LARGE_FILE) run_generator(model, bytes, size);
  onnx_free(model);
  if (size < LARGE_FILE) run(bytes, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (!size || bytes[0] != FUZZ_CHOICES) {
    take_file(bytes, size);
    return 0;
  }
  size_t file_size;
  void *file = random_model(bytes + 1, size - 1, &file_size);
  take_file(file, file_size);
  free(file);
  return 0;
}
