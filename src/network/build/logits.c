#include "network/build/logits.h"

#include <string.h>

#include "network/build/feature_axis.h"
#include "network/build/graph_infer.h"
#include "network/ops/ops.h"

typedef struct finder {
  graph *graph;
  tensor_type *types;
  features *features;
} finder;

#define IS_ANY(n, ...) \
  is_any((n), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static bool is_any(const node *n, const char *const *types, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!strcmp(n->source->op, types[i])) return true;
  return false;
}

static int image_input(const graph *g, const node *n) {
  for (int k = 0; k < n->input_count; k++)
    if (n->inputs[k] >= 0 && g->values[n->inputs[k]].of_image) return n->inputs[k];
  return -1;
}

static bool has_units(const finder *f, int v) { return feature_axis_units(&f->types[v].shape, f->features[v].axis) > 0; }

/* Operators of whichever domain that make a class's label of scores; also a Gather from a list of labels. */
static bool makes_label(const node *n, int from) {
  return IS_ANY(n, "ArgMax", "TopK", "ZipMap", "ArrayFeatureExtractor", "LabelEncoder", "Cast") ||
         (IS_ANY(n, "Gather") && n->inputs[0] != from);
}

/* What the output comes from; -1 where that is nothing with units. */
static int behind(const finder *f, int output) {
  int found = -1;
  for (int v = output; v >= 0;) {
    if (found < 0 && has_units(f, v)) found = v;
    const int maker = f->graph->values[v].producer;
    const node *n = maker < 0 ? NULL : &f->graph->nodes[maker];
    const int from = n ? image_input(f->graph, n) : -1;
    if (from < 0) break;
    if (IS_ANY(n, "Softmax", "LogSoftmax")) return from;
    if (makes_label(n, from)) found = -1;
    else if (!n->op || !(n->op->flags & RESHAPES)) break;
    v = from;
  }
  return found;
}

static void choose(const finder *f) {
  graph *g = f->graph;
  for (int i = 0; i < g->model->graph.output_count; i++) {
    const int output = graph_find(g, g->model->graph.outputs[i].name), v = output < 0 ? -1 : behind(f, output);
    if (v < 0 || !graph_is_layer(g, v)) continue;
    g->logits = v;
    return;
  }
}

static pl_status find_in(graph *g, arena *a) {
  const uint64_t values = (uint64_t)g->value_count;
  finder f = {g, arena_allocate(a, values, sizeof *f.types), arena_allocate(a, values, sizeof *f.features)};
  uint8_t *wants = arena_allocate(a, (uint64_t)g->node_count, MAX_INPUTS);
  const bool *none = arena_allocate(a, values, sizeof *none);
  const onnx_tensor **known = arena_allocate(a, values, sizeof *known);
  if (!f.types || !f.features || !wants || !none || !known) return status_no_memory("to find the logits");
  TRY(graph_infer_known(g, 1, g->height, g->width, none, &(graph_types){f.types, wants}, a, known));
  TRY(feature_axis_find(g, f.types, known, f.features));
  choose(&f);
  return PL_OK;
}

pl_status logits_find(graph *g) {
  arena *a = arena_create();
  const pl_status status = a ? find_in(g, a) : status_no_memory("to find the logits");
  arena_free(a);
  return status;
}
