#include "network/build/builder.h"

#include <string.h>

enum { MAX_NAMES = 1 << 24 };

pl_status builder_no_memory(void) { return status_no_memory("to build the graph"); }

int *builder_ints(builder *b, size_t count) {
  int *ints = arena_allocate(b->scratch, count, sizeof *ints);
  if (ints) memset(ints, -1, count * sizeof *ints);
  return ints;
}

const char *builder_node_name(const onnx_node *n) {
  if (*n->name) return n->name;
  for (int k = 0; k < n->output_count; k++)
    if (*n->outputs[k]) return n->outputs[k];
  return "";
}

bool builder_is_op(const onnx_node *n, const char *type) { return !*n->domain && !strcmp(n->op, type); }

int builder_add_value(graph *g, const char *name, const onnx_tensor *constant, int producer) {
  g->values[g->value_count] = (value){.name = name, .constant = constant, .producer = producer};
  return g->value_count++;
}

void builder_name_value(builder *b, const char *name, int v) { b->slot_value[names_find(b->slots, name)] = v; }

const onnx_tensor *builder_constant(const graph *g, int v) { return v < 0 ? NULL : g->values[v].constant; }

/* ---- names ---- */

static pl_status define(builder *b, const char *name, int maker) {
  if (!names_add(b->slots, name, b->slot_count))
    return status_fail(PL_INVALID_MODEL, "the name '%s' is given to two values", name);
  b->slot_node[b->slot_count++] = maker;
  return PL_OK;
}

static pl_status define_all(builder *b) {
  const onnx_graph *g = &b->model->graph;
  for (int i = 0; i < b->flat.tensor_count; i++) TRY(define(b, b->flat.tensors[i]->name, -1));
  for (int i = 0; i < g->input_count; i++) /* older files list their initializers here too */
    if (names_find(b->slots, g->inputs[i].name) < 0) TRY(define(b, g->inputs[i].name, -1));
  for (int i = 0; i < b->flat.node_count; i++) {
    const onnx_node *n = b->flat.nodes[i].node;
    for (int k = 0; k < n->output_count; k++)
      if (*n->outputs[k]) TRY(define(b, n->outputs[k], i));
  }
  return PL_OK;
}

static pl_status link(builder *b, const onnx_node *n, const char *name, int *slot) {
  *slot = names_find(b->slots, name);
  if (*slot >= 0) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "node '%s' (%s) reads '%s', which nothing makes", builder_node_name(n), n->op, name);
}

static pl_status link_inputs(builder *b) {
  int next = 0;
  for (int i = 0; i < b->flat.node_count; i++) {
    const flat_node *f = &b->flat.nodes[i];
    const onnx_node *n = f->node, *parent = f->parent < 0 ? NULL : b->flat.nodes[f->parent].node;
    b->first_slot[i] = next;
    for (int k = 0; k < n->input_count; k++, next++)
      if (*n->inputs[k]) TRY(link(b, n, n->inputs[k], &b->read_slots[next]));
    for (int branch = 0; branch < 2 && f->branches[0]; branch++)
      for (int k = 0; k < n->output_count; k++) TRY(link(b, n, f->branches[branch]->outputs[k].name, &b->read_slots[next++]));
    if (parent && parent->input_count && *parent->inputs[0]) TRY(link(b, parent, parent->inputs[0], &b->read_slots[next++]));
  }
  b->first_slot[b->flat.node_count] = next;
  return PL_OK;
}

pl_status builder_link(builder *b) {
  const int node_count = b->flat.node_count;
  size_t name_count = (size_t)b->flat.tensor_count + (size_t)b->model->graph.input_count, read_count = 0;
  for (int i = 0; i < node_count; i++) {
    const onnx_node *n = b->flat.nodes[i].node;
    name_count += (size_t)n->output_count;
    read_count += (size_t)n->input_count + 2 * (size_t)n->output_count + 1;
  }
  if (name_count > MAX_NAMES || read_count > MAX_NAMES)
    return status_fail(PL_UNSUPPORTED_MODEL, "the model has more than %d values", MAX_NAMES);
  b->slots = names_create(b->g->arena, name_count);
  b->slot_node = builder_ints(b, name_count);
  b->slot_value = builder_ints(b, name_count);
  b->first_slot = builder_ints(b, (size_t)node_count + 1);
  b->read_slots = builder_ints(b, read_count);
  b->taken = arena_allocate(b->scratch, (size_t)node_count, 1);
  b->g->values = arena_allocate(b->g->arena, name_count, sizeof *b->g->values);
  b->g->nodes = arena_allocate(b->g->arena, (size_t)node_count, sizeof *b->g->nodes);
  if (!b->slots || !b->slot_node || !b->slot_value || !b->first_slot || !b->read_slots || !b->taken || !b->g->values ||
      !b->g->nodes)
    return builder_no_memory();
  memset(b->taken, UNDECIDED, (size_t)node_count);
  TRY(define_all(b));
  return link_inputs(b);
}

/* ---- order ---- */

enum { UNSEEN, OPEN, DONE };

/* Sorts depth first: a node comes after what it reads, and otherwise where it stands in the file. */
pl_status builder_sort(builder *b) {
  const int count = b->flat.node_count;
  int *stack = builder_ints(b, (size_t)count), *next = builder_ints(b, (size_t)count), sorted = 0;
  uint8_t *state = arena_allocate(b->scratch, (size_t)count, 1);
  b->order = builder_ints(b, (size_t)count);
  if (!stack || !next || !state || !b->order) return builder_no_memory();
  for (int i = 0; i < count; i++) {
    int depth = 0;
    if (state[i] == UNSEEN) stack[depth++] = i;
    while (depth) {
      const int top = stack[depth - 1];
      state[top] = OPEN;
      if (++next[top] == b->first_slot[top + 1] - b->first_slot[top]) {
        state[top] = DONE;
        b->order[sorted++] = top;
        depth--;
        continue;
      }
      const int slot = b->read_slots[b->first_slot[top] + next[top]], maker = slot < 0 ? -1 : b->slot_node[slot];
      if (maker < 0 || state[maker] == DONE) continue;
      if (state[maker] == OPEN)
        return status_fail(PL_INVALID_MODEL, "node '%s' (%s) needs its own result: the graph has a cycle",
                           builder_node_name(b->flat.nodes[maker].node), b->flat.nodes[maker].node->op);
      stack[depth++] = maker;
    }
  }
  return PL_OK;
}
