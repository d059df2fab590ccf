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

/* The image's own size, then the others. */
static pl_status start_sizes(builder *b) {
  const graph *g = b->g;
  const int h = g->height, w = g->width;
  const int sizes[KNOWN_SIZES][3] = {{1, h, w}, {2, h + 32, w + 64}, {1, h + 32, w + 64}, {2, h, w}};
  const size_t values = (size_t)b->slot_count + 1, nodes = (size_t)b->flat.node_count + 1;
  b->known = arena_allocate(b->scratch, values, sizeof *b->known);
  for (int k = 0; k < KNOWN_SIZES && b->known; k++) {
    b->sizes[k] = graph_inference_create(g, sizes[k][0], sizes[k][1], sizes[k][2], values, nodes, b->scratch);
    if (!b->sizes[k]) return builder_no_memory();
  }
  return b->known ? PL_OK : builder_no_memory();
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

/* What is known of a value for every size, as far as there is a value. */
static const onnx_tensor *same_for_all(const builder *b, int v) {
  const onnx_tensor *known = graph_inference_known(b->sizes[0], v);
  for (int k = 1; k < KNOWN_SIZES && b->g->values[v].shape_only; k++) {
    const onnx_tensor *other = graph_inference_known(b->sizes[k], v);
    if (other && !same_tensor(known, other)) return NULL;
  }
  return known;
}

pl_status build_known_sizes(builder *b) {
  if (!b->known) TRY(start_sizes(b));
  for (int k = 0; k < KNOWN_SIZES; k++) TRY(graph_inference_extend(b->sizes[k]));
  for (; b->known_count < b->g->value_count; b->known_count++) b->known[b->known_count] = same_for_all(b, b->known_count);
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
  bool any = false;
  for (int v = 0; v < g->value_count && !any; v++) any = g->values[v].shape_only;
  if (!any) return PL_OK;
  TRY(build_known_sizes(b));
  for (int v = 0; v < g->value_count; v++)
    if (g->values[v].shape_only && b->known[v] && take_bytes(&b->folded, b->known[v])) TRY(make_constant(g, v, b->known[v]));
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
