#include "network/build/builder.h"

#include <stdio.h>
#include <string.h>

enum { MAX_NAMES = 1 << 24, MAX_PATHS = 4 * ONNX_MAX_NODES };

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

const onnx_tensor *builder_constant(const graph *g, int v) { return v < 0 ? NULL : g->values[v].constant; }

/* ---- names of layers ---- */

/* Parts of a name with a path. */
enum { LONGEST_CALL = 60, LONGEST_PATH = 200, LONGEST_NAME = 200 };

/* Whether no layer has this name, and no name of the file's own graph, which layers of other scopes must leave to it. */
static bool is_free(const builder *b, int scope, const char *name) {
  return names_find(b->g->names, name) < 0 && (!scope || names_find(b->scopes[0], name) < 0);
}

static const char *with_path(builder *b, const char *path, const char *name) {
  char text[LONGEST_PATH + LONGEST_NAME + 2];
  const int length = snprintf(text, sizeof text, "%.*s/%.*s", LONGEST_PATH, path, LONGEST_NAME, name);
  return b->paths_made++ < MAX_PATHS ? arena_text(b->g->arena, text, (size_t)length) : NULL;
}

static const char *with_number(builder *b, int scope, const char *name) {
  char text[LONGEST_PATH + LONGEST_NAME + 16];
  int length;
  do length = snprintf(text, sizeof text, "%.*s#%d", LONGEST_PATH + LONGEST_NAME, name, ++b->copies);
  while (!is_free(b, scope, text));
  return b->paths_made++ < MAX_PATHS ? arena_text(b->g->arena, text, (size_t)length) : NULL;
}

static const char *layer_name(builder *b, int slot) {
  const name_slot *n = &b->slots[slot];
  const char *path = b->paths[n->scope], *name = *path ? with_path(b, path, n->name) : n->name;
  return name && !is_free(b, n->scope, name) ? with_number(b, n->scope, name) : name;
}

int builder_add_value(builder *b, int slot, const onnx_tensor *constant, int producer) {
  graph *g = b->g;
  const char *name = layer_name(b, slot);
  if (!name) return -1;
  names_add(g->names, name, g->value_count);
  g->values[g->value_count] = (value){.name = name, .constant = constant, .producer = producer};
  return b->slots[slot].value = g->value_count++;
}

void builder_alias(builder *b, int slot, int v) {
  const name_slot *n = &b->slots[slot];
  b->slots[slot].value = v;
  if (!*b->paths[n->scope] && is_free(b, n->scope, n->name)) names_add(b->g->names, n->name, v);
}

/* ---- names of the file ---- */

enum { CALLED = -3 }; /* name_slot.node of what a call makes, until the function's node that makes it is found */

int builder_find(const builder *b, int scope, const char *name) {
  int slot = -1;
  for (; scope >= 0 && slot == -1; scope = b->flat.scopes[scope].parent) slot = names_find(b->scopes[scope], name);
  return slot;
}

static pl_status twice(const char *name) {
  return status_fail(PL_INVALID_MODEL, "the name '%.200s' is given to two values", name);
}

static pl_status define(builder *b, int scope, const char *name, int maker) {
  if (!names_add(b->scopes[scope], name, b->slot_count)) return twice(name);
  b->slots[b->slot_count++] = (name_slot){name, scope, maker, -1, false};
  return PL_OK;
}

/* An output of node `index`; one of a function that its call takes has a slot already. */
static pl_status define_output(builder *b, int index, const char *name) {
  const flat_node *f = &b->flat.nodes[index];
  const int slot = builder_find(b, f->scope, name), maker = f->body < 0 ? index : CALLED;
  if (slot == -1) return define(b, f->scope, name, maker);
  if (b->slots[slot].node != CALLED || names_find(b->scopes[f->scope], name) < 0) return twice(name);
  b->slots[slot].node = maker;
  return PL_OK;
}

/* A function's outputs get the slots of the names that the call gives them. */
static pl_status bind_outputs(builder *b, const flat_node *call) {
  const flat_scope *body = &b->flat.scopes[call->body];
  for (int k = 0; k < call->node->output_count; k++) {
    const char *given = call->node->outputs[k];
    if (*given && !names_add(b->scopes[call->body], body->outputs[k], names_find(b->scopes[call->scope], given)))
      return twice(body->outputs[k]);
  }
  return PL_OK;
}

static pl_status bind_inputs(builder *b, int scope) {
  const flat_scope *body = &b->flat.scopes[scope];
  const flat_node *call = &b->flat.nodes[body->call];
  for (int k = 0; k < body->function->input_count; k++) {
    const char *given = k < call->node->input_count ? call->node->inputs[k] : "";
    const int slot = *given ? builder_find(b, call->scope, given) : LEFT_OUT;
    if (slot == -1)
      return status_fail(PL_INVALID_MODEL, "node '%.100s' (%.100s) reads '%.200s', which nothing makes",
                         builder_node_name(call->node), call->node->op, given);
    if (!names_add(b->scopes[scope], body->function->inputs[k], slot)) return twice(body->function->inputs[k]);
  }
  return PL_OK;
}

static pl_status define_all(builder *b) {
  const onnx_graph *g = &b->model->graph;
  for (int i = 0; i < b->flat.tensor_count; i++) { /* of one given twice, the last counts, as elsewhere */
    const flat_tensor *t = &b->flat.tensors[i];
    if (names_find(b->scopes[t->scope], t->tensor->name) < 0) TRY(define(b, t->scope, t->tensor->name, -1));
  }
  const int tensors = b->slot_count;
  for (int i = 0; i < g->input_count; i++) { /* older files list their initializers here too */
    const int slot = names_find(b->scopes[0], g->inputs[i].name);
    if (slot < 0 || slot >= tensors) TRY(define(b, 0, g->inputs[i].name, -1));
  }
  for (int i = 0; i < b->flat.node_count; i++) {
    const flat_node *f = &b->flat.nodes[i];
    for (int k = 0; k < f->node->output_count; k++)
      if (*f->node->outputs[k]) TRY(define_output(b, i, f->node->outputs[k]));
    if (f->body >= 0) TRY(bind_outputs(b, f));
  }
  for (int i = 0; i < b->slot_count; i++)
    if (b->slots[i].node == CALLED)
      return status_fail(PL_INVALID_MODEL, "'%.200s' is given by a function that makes no such output", b->slots[i].name);
  for (int s = 0; s < b->flat.scope_count; s++)
    if (b->flat.scopes[s].call >= 0) TRY(bind_inputs(b, s));
  return PL_OK;
}

/* ---- what nodes read ---- */

static pl_status link(builder *b, int scope, const onnx_node *n, const char *name, int *slot) {
  *slot = builder_find(b, scope, name);
  if (*slot >= 0) b->slots[*slot].read = true;
  if (*slot != -1) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "node '%.100s' (%.100s) reads '%.200s', which nothing makes", builder_node_name(n), n->op,
                     name);
}

static pl_status link_node(builder *b, const flat_node *f, int *next) {
  const onnx_node *n = f->node;
  const flat_node *parent = f->parent < 0 ? NULL : &b->flat.nodes[f->parent];
  if (f->body >= 0) return PL_OK; /* its function's nodes do */
  for (int k = 0; k < n->input_count; k++, ++*next)
    if (*n->inputs[k]) TRY(link(b, f->scope, n, n->inputs[k], &b->read_slots[*next]));
  for (int branch = 0; branch < 2 && f->branches[0]; branch++)
    for (int k = 0; k < n->output_count; k++)
      TRY(link(b, f->scopes[branch], n, f->branches[branch]->outputs[k].name, &b->read_slots[(*next)++]));
  if (parent && parent->node->input_count && *parent->node->inputs[0])
    TRY(link(b, parent->scope, parent->node, parent->node->inputs[0], &b->read_slots[(*next)++]));
  return PL_OK;
}

static pl_status link_all(builder *b) {
  int next = 0;
  for (int i = 0; i < b->flat.node_count; i++) {
    b->first_slot[i] = next;
    TRY(link_node(b, &b->flat.nodes[i], &next));
  }
  b->first_slot[b->flat.node_count] = next;
  return PL_OK;
}

/* ---- room ---- */

/* Per scope: how many names it has. */
static int *count_names(builder *b) {
  const flat_model *f = &b->flat;
  int *counts = arena_allocate(b->scratch, (uint64_t)f->scope_count, sizeof *counts);
  if (!counts) return NULL;
  counts[0] = b->model->graph.input_count;
  for (int i = 0; i < f->tensor_count; i++) counts[f->tensors[i].scope]++;
  for (int i = 0; i < f->node_count; i++) counts[f->nodes[i].scope] += f->nodes[i].node->output_count;
  for (int s = 0; s < f->scope_count; s++)
    if (f->scopes[s].call >= 0) counts[s] += f->scopes[s].function->input_count + f->scopes[s].function->output_count;
  return counts;
}

static uint64_t count_reads(const flat_model *f) {
  uint64_t count = 0;
  for (int i = 0; i < f->node_count; i++)
    count += (uint64_t)f->nodes[i].node->input_count + 2 * (uint64_t)f->nodes[i].node->output_count + 1;
  return count;
}

/* A call's path is that of the scope around it and its own name; a branch has the path of the scope around it. */
static const char *make_path(builder *b, int scope) {
  const flat_scope *s = &b->flat.scopes[scope];
  if (s->call < 0) return s->parent < 0 ? "" : b->paths[s->parent];
  const flat_node *call = &b->flat.nodes[s->call];
  const char *outer = b->paths[call->scope];
  char path[LONGEST_PATH + LONGEST_CALL + 2];
  const int length = snprintf(path, sizeof path, "%.*s%s%.*s", LONGEST_PATH - LONGEST_CALL - 1, outer, *outer ? "/" : "",
                              LONGEST_CALL, builder_node_name(call->node));
  return arena_text(b->scratch, path, (size_t)length);
}

static pl_status make_scopes(builder *b, const int *counts) {
  const uint64_t count = (uint64_t)b->flat.scope_count;
  b->scopes = arena_allocate(b->scratch, count, sizeof *b->scopes);
  b->paths = arena_allocate(b->scratch, count, sizeof *b->paths);
  if (!b->scopes || !b->paths) return builder_no_memory();
  for (int s = 0; s < b->flat.scope_count; s++) {
    b->scopes[s] = names_create(b->scratch, (size_t)counts[s]);
    b->paths[s] = make_path(b, s);
    if (!b->scopes[s] || !b->paths[s]) return builder_no_memory();
  }
  return PL_OK;
}

static pl_status make_room(builder *b, uint64_t name_count, uint64_t read_count) {
  const uint64_t node_count = (uint64_t)b->flat.node_count;
  b->slots = arena_allocate(b->scratch, name_count, sizeof *b->slots);
  b->first_slot = builder_ints(b, (size_t)node_count + 1);
  b->read_slots = builder_ints(b, (size_t)read_count);
  b->taken = arena_allocate(b->scratch, node_count, 1);
  b->g->names = names_create(b->g->arena, (size_t)name_count);
  b->g->values = arena_allocate(b->g->arena, name_count, sizeof *b->g->values);
  b->g->nodes = arena_allocate(b->g->arena, node_count + 1, sizeof *b->g->nodes);
  if (!b->slots || !b->first_slot || !b->read_slots || !b->taken || !b->g->names || !b->g->values || !b->g->nodes)
    return builder_no_memory();
  memset(b->taken, UNDECIDED, (size_t)node_count);
  return PL_OK;
}

pl_status builder_link(builder *b) {
  const int *counts = count_names(b);
  uint64_t name_count = 0, read_count = count_reads(&b->flat);
  if (!counts) return builder_no_memory();
  for (int s = 0; s < b->flat.scope_count; s++) name_count += (uint64_t)counts[s];
  if (name_count > MAX_NAMES || read_count > MAX_NAMES)
    return status_fail(PL_UNSUPPORTED_MODEL, "the model has more than %d values", MAX_NAMES);
  TRY(make_scopes(b, counts));
  TRY(make_room(b, name_count + 1, read_count)); /* one more for an image without its batch */
  TRY(define_all(b));
  return link_all(b);
}

/* ---- order ---- */

enum { UNSEEN, OPEN, DONE };

/* Sorts depth first: a node comes after what it reads, and otherwise where it stands in the file. */
pl_status builder_sort(builder *b) {
  const int count = b->flat.node_count;
  int *stack = builder_ints(b, (size_t)count), *next = builder_ints(b, (size_t)count), sorted = 0;
  uint8_t *state = arena_allocate(b->scratch, (uint64_t)count, 1);
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
      const int slot = b->read_slots[b->first_slot[top] + next[top]], maker = slot < 0 ? -1 : b->slots[slot].node;
      if (maker < 0 || state[maker] == DONE) continue;
      if (state[maker] == OPEN)
        return status_fail(PL_INVALID_MODEL, "node '%s' (%s) needs its own result: the graph has a cycle",
                           builder_node_name(b->flat.nodes[maker].node), b->flat.nodes[maker].node->op);
      stack[depth++] = maker;
    }
  }
  return PL_OK;
}
