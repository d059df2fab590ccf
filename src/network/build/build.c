#include "network/build/build.h"

#include <string.h>

#include "network/build/builder.h"

enum { MAX_DECISIONS = 256 };

/* ---- nodes ---- */

static int count_given(const char *const *names_, int count) {
  while (count && !*names_[count - 1]) count--;
  return count;
}

/* A node of the graph, not counted yet. Inputs and outputs that are left out at the end are dropped. */
static pl_status start_node(builder *b, int index, node *n) {
  const onnx_node *source = b->flat.nodes[index].node;
  *n = (node){.source = source,
              .name = builder_node_name(source),
              .input_count = count_given(source->inputs, source->input_count),
              .output_count = count_given(source->outputs, source->output_count)};
  n->inputs = arena_allocate(b->g->arena, (size_t)n->input_count, sizeof *n->inputs);
  n->outputs = arena_allocate(b->g->arena, (size_t)n->output_count, sizeof *n->outputs);
  if (!n->inputs || !n->outputs) return builder_no_memory();
  for (int k = 0; k < n->input_count; k++) {
    const int slot = b->read_slots[b->first_slot[index] + k];
    n->inputs[k] = slot < 0 ? -1 : b->slot_value[slot];
  }
  for (int k = 0; k < n->output_count; k++) n->outputs[k] = -1;
  return PL_OK;
}

/* Whether the node hands on its first input. Everything is computed in float, so a Cast from float to float does nothing. */
static bool does_nothing(const graph *g, const node *n) {
  if (!n->input_count || n->inputs[0] < 0 || !*n->source->outputs[0]) return false;
  if (builder_is_op(n->source, "Identity") || builder_is_op(n->source, "Dropout")) return true;
  if (!builder_is_op(n->source, "Cast") || builder_constant(g, n->inputs[0]) || g->values[n->inputs[0]].shape_only) return false;
  return fold_is_float(onnx_int(n->source, "to", 0));
}

/* Whether the node computes with nothing but sizes: of any value, or from constants and what was computed from sizes. */
static bool is_shape_only(const graph *g, const node *n) {
  if (n->output_count != 1 || (!fold_has_rule(n->source) && (*n->source->domain || !ops_find(n->source->op)))) return false;
  if (!fold_needs_elements(n->source)) return n->input_count > 0 && n->inputs[0] >= 0;
  bool sizes = false;
  for (int k = 0; k < n->input_count; k++) {
    if (n->inputs[k] < 0 || builder_constant(g, n->inputs[k])) continue;
    if (!g->values[n->inputs[k]].shape_only) return false;
    sizes = true;
  }
  return sizes && !fold_spreads(n->source, builder_constant(g, n->inputs[0]));
}

/* Outputs that stand for something already are not made. */
static void add_node(builder *b, node *n) {
  graph *g = b->g;
  bool shape_only = false;
  for (int k = 0; k < n->output_count; k++) {
    const char *name = n->source->outputs[k];
    if (!*name || b->slot_value[names_find(b->slots, name)] >= 0) continue;
    if (k == 0) shape_only = is_shape_only(g, n);
    n->outputs[k] = builder_add_value(g, name, NULL, g->node_count);
    g->values[n->outputs[k]].shape_only = shape_only;
    builder_name_value(b, name, n->outputs[k]);
  }
  if (!shape_only && !*n->source->domain && n->outputs[0] >= 0 && n->input_count <= MAX_INPUTS && n->output_count <= MAX_OUTPUTS)
    n->op = ops_find(n->source->op);
  g->nodes[g->node_count++] = *n;
}

/* ---- branches ---- */

/* Which branch an If takes; its condition has been walked. */
static pl_status decide(builder *b, int index) {
  const int slot = b->read_slots[b->first_slot[index]], v = slot < 0 ? -1 : b->slot_value[slot];
  const onnx_tensor *condition = builder_constant(b->g, v), **known;
  b->taken[index] = UNDECIDABLE;
  if (v >= 0 && b->g->values[v].shape_only && b->decisions++ < MAX_DECISIONS) {
    TRY(build_known_sizes(b, &known));
    condition = known[v];
  }
  if (!condition || condition->count != 1) return PL_OK;
  int64_t holds;
  onnx_ints(condition, &holds);
  b->taken[index] = holds != 0;
  return PL_OK;
}

/* Whether a node is walked: it stands in no branch, or in one that is taken. */
static pl_status is_taken(builder *b, int index, bool *taken) {
  const flat_node *f = &b->flat.nodes[index];
  *taken = true;
  if (f->parent < 0) return PL_OK;
  TRY(is_taken(b, f->parent, taken));
  if (!*taken) return PL_OK;
  if (b->taken[f->parent] == UNDECIDED) TRY(decide(b, f->parent));
  *taken = b->taken[f->parent] == f->branch;
  return PL_OK;
}

/* An If's outputs stand for those of the branch that is taken. False where none is. */
static pl_status pass_branch(builder *b, int index, bool *passed) {
  const flat_node *f = &b->flat.nodes[index];
  *passed = false;
  if (!f->branches[0]) return PL_OK;
  if (b->taken[index] == UNDECIDED) TRY(decide(b, index));
  if (b->taken[index] == UNDECIDABLE) return PL_OK;
  const onnx_graph *branch = f->branches[b->taken[index]];
  for (int k = 0; k < f->node->output_count; k++) {
    const int v = b->slot_value[names_find(b->slots, branch->outputs[k].name)];
    if (v < 0) return PL_OK;
    if (*f->node->outputs[k]) builder_name_value(b, f->node->outputs[k], v);
  }
  *passed = true;
  return PL_OK;
}

/* ---- the walk ---- */

static pl_status walk_node(builder *b, int index) {
  node n;
  bool taken, passed, left = false;
  const onnx_tensor *folded[MAX_OUTPUTS];
  TRY(is_taken(b, index, &taken));
  if (!taken) return PL_OK;
  TRY(pass_branch(b, index, &passed));
  if (passed) return PL_OK;
  TRY(start_node(b, index, &n));
  if (!n.output_count) return PL_OK;
  TRY(build_constants(b, &n, folded));
  const bool alias = does_nothing(b->g, &n);
  for (int k = 0; k < n.output_count; k++) {
    const char *name = n.source->outputs[k];
    if (k < MAX_OUTPUTS && folded[k]) builder_name_value(b, name, builder_add_value(b->g, name, folded[k], -1));
    else if (k == 0 && alias) builder_name_value(b, name, n.inputs[0]);
    else left |= *name && !folded[0]; /* of a node of constants no more than the first can be read */
  }
  if (left) add_node(b, &n); /* a Dropout may have its mask made too */
  return PL_OK;
}

/* ---- the whole ---- */

static bool runs(const graph *g, const node *n) {
  for (int k = 0; k < n->output_count; k++)
    if (n->outputs[k] >= 0 && !g->values[n->outputs[k]].constant && !g->values[n->outputs[k]].shape_only) return true;
  return false;
}

static pl_status count_consumers(builder *b) {
  graph *g = b->g;
  int *last_reader = builder_ints(b, (size_t)g->value_count);
  if (!last_reader) return builder_no_memory();
  for (int i = 0; i < g->node_count; i++) {
    if (!runs(g, &g->nodes[i])) continue;
    for (int k = 0; k < g->nodes[i].input_count; k++) {
      const int v = g->nodes[i].inputs[k];
      if (v < 0 || last_reader[v] == i) continue;
      last_reader[v] = i;
      g->values[v].consumers++;
    }
  }
  return PL_OK;
}

/* What stands before the softmax that the output comes from, perhaps under another shape; the output where there is none. */
static int find_logits(const graph *g) {
  for (int v = g->output; g->values[v].producer >= 0;) {
    const node *n = &g->nodes[g->values[v].producer];
    if (!n->input_count || n->inputs[0] < 0 || n->outputs[0] != v) break;
    v = n->inputs[0];
    if (builder_is_op(n->source, "Softmax") || builder_is_op(n->source, "LogSoftmax")) return v;
    if (!n->op || !(n->op->flags & RESHAPES)) break;
  }
  return g->output;
}

static pl_status find_output(builder *b) {
  const onnx_graph *g = &b->model->graph;
  if (!g->output_count) return status_fail(PL_INVALID_MODEL, "the model has no output");
  const int slot = names_find(b->slots, g->outputs[0].name);
  if (slot < 0 || b->slot_value[slot] < 0)
    return status_fail(PL_INVALID_MODEL, "the model's output '%s' is made by nothing", g->outputs[0].name);
  b->g->output = b->slot_value[slot];
  b->g->logits = find_logits(b->g);
  return PL_OK;
}

/* Folding may take a few times what the weights take, and something for grids of positions. */
static uint64_t fold_budget(const flat_model *f) {
  uint64_t elements = 1 << 16;
  for (int i = 0; i < f->tensor_count; i++) elements = size_sum(elements, f->tensors[i]->count);
  return size_product(elements, 4 * sizeof(float));
}

static pl_status build(builder *b) {
  TRY(flatten(b->model, b->scratch, &b->flat));
  b->g->fold_budget = fold_budget(&b->flat);
  b->folded = (fold_memory){b->g->arena, b->g->fold_budget};
  TRY(builder_link(b));
  TRY(builder_sort(b));
  TRY(build_input(b));
  for (int i = 0; i < b->flat.node_count; i++) TRY(walk_node(b, b->order[i]));
  TRY(find_output(b));
  TRY(build_fixed_sizes(b));
  TRY(count_consumers(b));
  names_map(b->slots, b->slot_value);
  b->g->names = b->slots;
  return PL_OK;
}

static pl_status create(const onnx_model *model, bool latent, image_size size, graph **out) {
  arena *a = arena_create(), *scratch = arena_create();
  graph *g = a ? arena_allocate(a, 1, sizeof *g) : NULL;
  pl_status status;
  if (g && scratch) {
    *g = (graph){.model = model, .arena = a};
    builder b = {.model = model, .g = g, .scratch = scratch, .latent = latent, .size = size};
    status = build(&b);
  } else {
    status = builder_no_memory();
  }
  arena_free(scratch);
  if (status) arena_free(a);
  *out = status ? NULL : g;
  return status;
}

pl_status build_graph(const onnx_model *model, image_size size, graph **g) { return create(model, false, size, g); }

pl_status build_graph_of_latent(const onnx_model *model, graph **g) { return create(model, true, (image_size){0}, g); }
