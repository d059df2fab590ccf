/* What becomes constant while the graph is built: computed from constants, or from sizes that are the same for every image. */
#include <string.h>

#include "network/build/builder.h"
#include "network/build/graph_infer.h"
#include "network/fold/fold_run.h"

static pl_status fold_output(builder *b, const node *n, const fold_input *in, int k, const onnx_tensor **folded) {
  onnx_tensor *result = arena_allocate(b->g->arena, 1, sizeof *result);
  if (!result) return builder_no_memory();
  pl_status status = fold_node(n->source, in, k, &b->folded, result);
  if (status && status != PL_OUT_OF_MEMORY && n->output_count == 1 && !fold_spreads(n->source, in[0].tensor))
    status = fold_run(b->g, n, in, &b->folded, result);
  if (status == PL_OUT_OF_MEMORY) return status;
  *folded = status ? NULL : result; /* else left to the operator, if there is one */
  return PL_OK;
}

pl_status build_constants(builder *b, const node *n, const onnx_tensor *folded[MAX_OUTPUTS]) {
  memset(folded, 0, MAX_OUTPUTS * sizeof *folded);
  for (int k = 0; k < n->input_count; k++)
    if (n->inputs[k] >= 0 && !builder_constant(b->g, n->inputs[k])) return PL_OK;
  fold_input *in = arena_allocate(b->scratch, (size_t)n->source->input_count, sizeof *in);
  if (!in) return builder_no_memory();
  for (int k = 0; k < n->input_count; k++) {
    in[k].tensor = builder_constant(b->g, n->inputs[k]);
    in[k].shape = in[k].tensor ? &in[k].tensor->shape : NULL;
  }
  for (int k = 0; k < n->output_count && k < MAX_OUTPUTS; k++)
    if (*n->source->outputs[k]) TRY(fold_output(b, n, in, k, &folded[k]));
  return PL_OK;
}

/* ---- what is known of sizes ---- */

/* What is computed from sizes, for one size of the image. */
static pl_status known_for(builder *b, int batch, int height, int width, const onnx_tensor ***known) {
  const graph *g = b->g;
  graph_types types = {arena_allocate(b->scratch, (size_t)g->value_count, sizeof *types.values),
                       arena_allocate(b->scratch, (size_t)g->node_count, MAX_INPUTS)};
  bool *none = arena_allocate(b->scratch, (size_t)g->value_count, 1);
  *known = arena_allocate(b->scratch, (size_t)g->value_count, sizeof **known);
  if (!types.values || !types.wants || !none || !*known) return builder_no_memory();
  return graph_infer_known(g, batch, height, width, none, &types, b->scratch, *known);
}

/* Charges folding's budget with the tensor's elements: many values may be views of the same ones. */
static bool take_bytes(fold_memory *m, const onnx_tensor *t) {
  const uint64_t bytes = size_product(t->count, onnx_type_size(t->type));
  if (bytes > m->budget) return false;
  m->budget -= bytes;
  return true;
}

static bool same_tensor(const onnx_tensor *a, const onnx_tensor *b) {
  return a && b && a->type == b->type && shape_equal(&a->shape, &b->shape) &&
         memcmp(a->data, b->data, a->count * onnx_type_size(a->type)) == 0;
}

pl_status build_known_sizes(builder *b, const onnx_tensor ***known) {
  const graph *g = b->g;
  const int others[3][3] = {{2, g->height + 32, g->width + 64}, {1, g->height + 32, g->width + 64}, {2, g->height, g->width}};
  TRY(known_for(b, 1, g->height, g->width, known));
  for (int k = 0; k < 3; k++) {
    const onnx_tensor **other;
    TRY(known_for(b, others[k][0], others[k][1], others[k][2], &other));
    for (int v = 0; v < g->value_count; v++)
      if (g->values[v].shape_only && other[v] && !same_tensor((*known)[v], other[v])) (*known)[v] = NULL;
  }
  return PL_OK;
}

/* ---- what is the same for every image ---- */

static pl_status make_constant(graph *g, int v, const onnx_tensor *t) {
  onnx_tensor *copy = arena_allocate(g->arena, 1, sizeof *copy);
  void *elements = arena_allocate(g->arena, t->count, onnx_type_size(t->type));
  if (!copy || !elements) return builder_no_memory();
  *copy = *t;
  copy->name = g->values[v].name;
  copy->data = memcpy(elements, t->data, t->count * onnx_type_size(t->type));
  g->values[v] = (value){.name = g->values[v].name, .constant = copy, .producer = -1};
  return PL_OK;
}

/* Whether one of its outputs is no constant yet. */
static bool is_open(const graph *g, const node *n) {
  for (int k = 0; k < n->output_count; k++)
    if (n->outputs[k] >= 0 && !g->values[n->outputs[k]].constant) return true;
  return false;
}

pl_status build_fixed_sizes(builder *b) {
  graph *g = b->g;
  const onnx_tensor **known;
  bool any = false;
  for (int v = 0; v < g->value_count && !any; v++) any = g->values[v].shape_only;
  if (!any) return PL_OK;
  TRY(build_known_sizes(b, &known));
  for (int v = 0; v < g->value_count; v++)
    if (g->values[v].shape_only && known[v] && take_bytes(&b->folded, known[v])) TRY(make_constant(g, v, known[v]));
  for (int i = 0; i < g->node_count; i++) { /* nodes that read nothing but constants now */
    const node *n = &g->nodes[i];
    const onnx_tensor *folded[MAX_OUTPUTS];
    if (!is_open(g, n)) continue;
    TRY(build_constants(b, n, folded));
    for (int k = 0; k < n->output_count && k < MAX_OUTPUTS; k++) {
      value *v = n->outputs[k] < 0 ? NULL : &g->values[n->outputs[k]];
      if (v && folded[k] && !v->constant) *v = (value){.name = v->name, .constant = folded[k], .producer = -1};
    }
  }
  return PL_OK;
}
