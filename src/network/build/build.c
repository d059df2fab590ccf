#include "network/build/build.h"

#include <string.h>

#include "network/build/builder.h"
#include "network/build/logits.h"

/* ---- nodes ---- */

static int count_given(const char *const *names_, int count) {
  while (count && !*names_[count - 1]) count--;
  return count;
}

/* Another source for the node, with these attributes. */
static onnx_node *copy_source(const builder *b, node *n) {
  onnx_node *copy = arena_allocate(b->g->arena, 1, sizeof *copy);
  if (copy) *copy = *n->source;
  n->source = copy;
  return copy;
}

/* In a function, an input may have a name and yet be left out by the call. */
static pl_status clear_left_out(const builder *b, node *n) {
  bool all = true;
  for (int k = 0; k < n->input_count; k++) all &= n->inputs[k] >= 0 || !*n->source->inputs[k];
  if (all) return PL_OK;
  const char **inputs = arena_allocate(b->g->arena, (uint64_t)n->source->input_count, sizeof *inputs);
  const char *const *given = n->source->inputs;
  onnx_node *copy = copy_source(b, n);
  if (!copy || !inputs) return builder_no_memory();
  for (int k = 0; k < copy->input_count; k++) inputs[k] = k < n->input_count && n->inputs[k] >= 0 ? given[k] : "";
  copy->inputs = inputs;
  n->input_count = count_given(inputs, n->input_count);
  return PL_OK;
}

/* CastLike is a Cast to the type of its second input: a constant's, or float, as all is that is made of the image. */
static pl_status make_cast(const builder *b, node *n) {
  const value *like = n->input_count == 2 && n->inputs[1] >= 0 ? &b->g->values[n->inputs[1]] : NULL;
  if (!builder_is_op(n->source, "CastLike") || !like || !(like->constant || like->of_image)) return PL_OK;
  onnx_node *copy = copy_source(b, n);
  onnx_attribute *to = arena_allocate(b->g->arena, 1, sizeof *to);
  if (!copy || !to) return builder_no_memory();
  *to = (onnx_attribute){.name = "to", .reference = "", .kind = ONNX_ATTRIBUTE_INT, .s = ""};
  to->i = like->constant ? like->constant->type : ONNX_FLOAT;
  copy->op = "Cast";
  copy->attributes = to;
  copy->attribute_count = copy->input_count = n->input_count = 1;
  return PL_OK;
}

/* A node of the graph, not counted yet. Inputs and outputs that are left out at the end are dropped. */
static pl_status start_node(builder *b, int index, node *n) {
  const onnx_node *source = b->flat.nodes[index].node;
  *n = (node){.source = source,
              .name = builder_node_name(source),
              .input_count = count_given(source->inputs, source->input_count),
              .output_count = count_given(source->outputs, source->output_count)};
  n->inputs = arena_allocate(b->g->arena, (uint64_t)n->input_count, sizeof *n->inputs);
  n->outputs = arena_allocate(b->g->arena, (uint64_t)n->output_count, sizeof *n->outputs);
  if (!n->inputs || !n->outputs) return builder_no_memory();
  for (int k = 0; k < n->input_count; k++) {
    const int slot = b->read_slots[b->first_slot[index] + k];
    n->inputs[k] = slot < 0 ? -1 : b->slots[slot].value;
  }
  for (int k = 0; k < n->output_count; k++) n->outputs[k] = -1;
  TRY(clear_left_out(b, n));
  return make_cast(b, n);
}

static int output_slot(const builder *b, int index, int k) {
  const flat_node *f = &b->flat.nodes[index];
  return builder_find(b, f->scope, f->node->outputs[k]);
}

/* Whether the node hands on its first input. Everything is computed in float, so a Cast from float to float does nothing. */
static bool does_nothing(const graph *g, const node *n) {
  if (!n->input_count || n->inputs[0] < 0 || !*n->source->outputs[0]) return false;
  const op_class *class = *n->source->domain ? NULL : ops_find(n->source->op);
  if (class && class->flags & DOES_NOTHING) return true;
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

/* Whether something that it reads is made of the image, and not of its size alone. */
static bool reads_image(const graph *g, const node *n) {
  for (int k = 0; k < n->input_count; k++)
    if (n->inputs[k] >= 0 && g->values[n->inputs[k]].of_image) return true;
  return false;
}

/* Makes a value for each output, but for those that have become another name for a value, or a constant, already. */
static pl_status add_node(builder *b, int index, node *n) {
  graph *g = b->g;
  bool shape_only = false;
  for (int k = 0; k < n->output_count; k++) {
    const int slot = *n->source->outputs[k] ? output_slot(b, index, k) : -1;
    if (slot < 0 || b->slots[slot].value >= 0) continue;
    if (k == 0) shape_only = is_shape_only(g, n);
    n->outputs[k] = builder_add_value(b, slot, NULL, g->node_count);
    if (n->outputs[k] < 0) return builder_no_memory();
    g->values[n->outputs[k]].shape_only = shape_only;
    g->values[n->outputs[k]].of_image = !shape_only && reads_image(g, n);
  }
  if (!shape_only && !*n->source->domain && n->outputs[0] >= 0 && n->input_count <= MAX_INPUTS && n->output_count <= MAX_OUTPUTS)
    n->op = ops_find(n->source->op);
  g->nodes[g->node_count++] = *n;
  return PL_OK;
}

/* ---- branches ---- */

/* Notes which branch an If takes. What makes its condition has been walked. */
static pl_status decide(builder *b, int index) {
  const int slot = b->read_slots[b->first_slot[index]], v = slot < 0 ? -1 : b->slots[slot].value;
  const onnx_tensor *condition = builder_constant(b->g, v);
  b->taken[index] = UNDECIDABLE;
  if (v >= 0 && b->g->values[v].shape_only) {
    TRY(build_known_sizes(b));
    condition = b->known[v];
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
  const int taken = b->taken[index],
            *made = b->read_slots + b->first_slot[index] + f->node->input_count + taken * f->node->output_count;
  for (int k = 0; k < f->node->output_count; k++) {
    const int v = made[k] < 0 ? -1 : b->slots[made[k]].value;
    if (v < 0) return PL_OK;
    if (*f->node->outputs[k]) builder_alias(b, output_slot(b, index, k), v);
  }
  *passed = true;
  return PL_OK;
}

/* ---- the walk ---- */

static pl_status walk_node(builder *b, int index) {
  node n;
  bool taken, passed, left = false;
  const onnx_tensor *folded[MAX_OUTPUTS];
  if (b->flat.nodes[index].body >= 0) return PL_OK; /* its function's nodes are walked */
  TRY(is_taken(b, index, &taken));
  if (!taken) return PL_OK;
  TRY(pass_branch(b, index, &passed));
  if (passed) return PL_OK;
  TRY(start_node(b, index, &n));
  if (!n.output_count) return PL_OK;
  TRY(build_constants(b, &n, folded));
  const bool alias = does_nothing(b->g, &n);
  for (int k = 0; k < n.output_count; k++) {
    if (!*n.source->outputs[k]) continue;
    if (k < MAX_OUTPUTS && folded[k]) {
      if (builder_add_value(b, output_slot(b, index, k), folded[k], -1) < 0) return builder_no_memory();
    } else if (k == 0 && alias) {
      builder_alias(b, output_slot(b, index, k), n.inputs[0]);
    } else {
      left |= !folded[0]; /* what else a node of constants makes can hardly be read by anyone */
    }
  }
  return left ? add_node(b, index, &n) : PL_OK; /* a Dropout may have its mask made too */
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

static pl_status find_output(builder *b) {
  const onnx_graph *g = &b->model->graph;
  if (!g->output_count) return status_fail(PL_INVALID_MODEL, "the model has no output");
  const int slot = builder_find(b, 0, g->outputs[0].name);
  if (slot < 0 || b->slots[slot].value < 0)
    return status_fail(PL_INVALID_MODEL, "the model's output '%s' is made by nothing", g->outputs[0].name);
  b->g->output = b->slots[slot].value;
  b->g->logits = b->g->output;
  return PL_OK;
}

/* Folding may take a few times what the weights take, and something for grids of positions; and it may go through that some
 * times. */
static void set_fold_budget(const flat_model *f, graph *g) {
  enum { LEAST_ELEMENTS = 1 << 16, TIMES = 16, LEAST_WORK = 64 << 20 };
  uint64_t elements = LEAST_ELEMENTS;
  for (int i = 0; i < f->tensor_count; i++) elements = size_sum(elements, f->tensors[i].tensor->count);
  g->fold_budget = size_product(elements, 4 * sizeof(float));
  g->fold_work = size_sum(LEAST_WORK, size_product(g->fold_budget, TIMES));
}

static pl_status build(builder *b) {
  TRY(flatten(b->model, b->scratch, &b->flat));
  set_fold_budget(&b->flat, b->g);
  b->folded = (fold_memory){b->g->arena, b->g->fold_budget, b->g->fold_work};
  TRY(builder_link(b));
  TRY(builder_sort(b));
  TRY(build_input(b));
  for (int i = 0; i < b->flat.node_count; i++) TRY(walk_node(b, b->order[i]));
  TRY(find_output(b));
  TRY(build_fixed_sizes(b));
  TRY(count_consumers(b));
  return b->latent ? PL_OK : logits_find(b->g);
}

static pl_status create(onnx_model *model, bool latent, image_size size, graph **out) {
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

pl_status build_graph(onnx_model *model, image_size size, graph **g) { return create(model, false, size, g); }

pl_status build_graph_of_latent(onnx_model *model, graph **g) { return create(model, true, (image_size){0}, g); }
