#include "network/build/flatten.h"

#include <stdio.h>
#include <string.h>

#include "network/build/contrib.h"
#include "network/graph/names.h"

/* Branches within branches deeper than this are left unread: such an If is an operator that is not supported. Calls within calls
 * deeper than this are refused: a function calls itself. */
enum { MAX_BRANCHES = 8, MAX_CALLS = 64 };

/* A function is unfolded with every call: bytes of the file that may be read again, beyond some multiple of its size. */
enum { UNFOLDED_BASE = 1 << 24, UNFOLDED_PER_BYTE = 4 };

typedef struct flattener {
  onnx_model *model;
  arena *arena;
  flat_model *flat;
  names *functions;  /* by what function_key answers; numbers are indices */
  uint64_t unfolded; /* bytes that may still be read again */
  int node_room, tensor_room, scope_room;
} flattener;

static pl_status out_of_memory(void) { return status_no_memory("to list the model's nodes"); }

/* Room for `more` entries after `count`; what was there is copied. */
static bool reserve(arena *a, void **entries, size_t size, int count, int more, int *room) {
  if (more <= *room - count) return true;
  if (more > INT32_MAX / 2 - count) return false;
  const int wanted = 2 * count + more;
  void *larger = arena_allocate(a, (uint64_t)wanted, size);
  if (!larger) return false;
  if (count) memcpy(larger, *entries, (size_t)count * size);
  *entries = larger;
  *room = wanted;
  return true;
}

static pl_status charge(flattener *f, uint64_t bytes) {
  if (bytes > f->unfolded)
    return status_fail(PL_UNSUPPORTED_MODEL, "the model's functions and branches make too much of a file of %zu bytes",
                       f->model->size);
  f->unfolded -= bytes;
  return PL_OK;
}

/* ---- attributes that stand for those of a function's call ---- */

static const onnx_attribute *find_attribute(const onnx_attribute *list, int count, const char *name) {
  for (int i = 0; i < count; i++)
    if (!strcmp(list[i].name, name)) return &list[i];
  return NULL;
}

/* What the call says, or the function where it says nothing; NULL: neither does. */
static const onnx_attribute *referred(const flattener *f, const flat_scope *call, const char *name) {
  const onnx_node *n = f->flat->nodes[call->call].node;
  const onnx_attribute *a = find_attribute(n->attributes, n->attribute_count, name);
  return a ? a : find_attribute(call->function->defaults, call->function->default_count, name);
}

static bool has_references(const onnx_node *n) {
  for (int i = 0; i < n->attribute_count; i++)
    if (*n->attributes[i].reference) return true;
  return false;
}

/* The node with what the call says in place of references. */
static pl_status resolve(flattener *f, int home, const onnx_node *n, const onnx_node **resolved) {
  *resolved = n;
  if (home < 0 || !has_references(n)) return PL_OK;
  const flat_scope *call = &f->flat->scopes[home];
  const uint64_t searched = (uint64_t)f->flat->nodes[call->call].node->attribute_count + (uint64_t)call->function->default_count;
  TRY(charge(f, size_product(searched, (uint64_t)n->attribute_count)));
  onnx_node *copy = arena_allocate(f->model->arena, 1, sizeof *copy);
  onnx_attribute *attributes = arena_allocate(f->model->arena, (uint64_t)n->attribute_count, sizeof *attributes);
  if (!copy || !attributes) return out_of_memory();
  *copy = *n;
  copy->attributes = attributes;
  copy->attribute_count = 0;
  for (int i = 0; i < n->attribute_count; i++) {
    const onnx_attribute *a = &n->attributes[i], *said = *a->reference ? referred(f, call, a->reference) : a;
    if (!said) continue; /* the operator's own default holds */
    attributes[copy->attribute_count] = *said;
    attributes[copy->attribute_count++].name = a->name;
  }
  *resolved = copy;
  return PL_OK;
}

/* ---- lists ---- */

static pl_status add_scope(flattener *f, flat_scope scope, int *added) {
  flat_model *flat = f->flat;
  void *scopes = flat->scopes;
  if (!reserve(f->arena, &scopes, sizeof *flat->scopes, flat->scope_count, 1, &f->scope_room)) return out_of_memory();
  flat->scopes = scopes;
  *added = flat->scope_count;
  flat->scopes[flat->scope_count++] = scope;
  return PL_OK;
}

static pl_status add_nodes(flattener *f, const onnx_node *nodes, int count, int scope, int parent, int branch) {
  flat_model *flat = f->flat;
  if (count > ONNX_MAX_NODES - flat->node_count)
    return status_fail(PL_UNSUPPORTED_MODEL, "the model has more than %d nodes, with those of its branches and functions",
                       ONNX_MAX_NODES);
  void *all = flat->nodes;
  if (!reserve(f->arena, &all, sizeof *flat->nodes, flat->node_count, count, &f->node_room)) return out_of_memory();
  flat->nodes = all;
  for (int i = 0; i < count; i++) {
    const onnx_node *n;
    TRY(resolve(f, flat->scopes[scope].home, &nodes[i], &n));
    flat->nodes[flat->node_count++] = (flat_node){.node = n, .scope = scope, .parent = parent, .branch = branch, .body = -1};
  }
  return PL_OK;
}

static pl_status add_graph(flattener *f, const onnx_graph *g, int scope, int parent, int branch) {
  flat_model *flat = f->flat;
  void *tensors = flat->tensors;
  if (!reserve(f->arena, &tensors, sizeof *flat->tensors, flat->tensor_count, g->initializer_count, &f->tensor_room))
    return out_of_memory();
  flat->tensors = tensors;
  for (int i = 0; i < g->initializer_count; i++) flat->tensors[flat->tensor_count++] = (flat_tensor){&g->initializers[i], scope};
  return add_nodes(f, g->nodes, g->node_count, scope, parent, branch);
}

/* ---- branches ---- */

static const onnx_attribute *find_branch(const onnx_node *n, int branch) {
  const onnx_attribute *a = onnx_find(n, branch ? "then_branch" : "else_branch");
  return a && a->kind == ONNX_ATTRIBUTE_GRAPH ? a : NULL;
}

static pl_status read_branch(flattener *f, const onnx_node *n, int branch, const onnx_graph **read) {
  onnx_graph *g = arena_allocate(f->arena, 1, sizeof *g);
  if (!g) return out_of_memory();
  const onnx_attribute *a = find_branch(n, branch);
  TRY(charge(f, a->graph.size));
  TRY(onnx_read_graph(f->model, a, g));
  if (g->output_count < n->output_count)
    return status_fail(PL_INVALID_MODEL, "node '%s' (If) has %d outputs, but a branch of it has %d", n->name, n->output_count,
                       g->output_count);
  *read = g;
  return PL_OK;
}

static int branches_around(const flat_model *flat, int index) {
  int depth = 0;
  for (int parent = flat->nodes[index].parent; parent >= 0; parent = flat->nodes[parent].parent) depth++;
  return depth;
}

static pl_status add_branch(flattener *f, int index, int branch, const onnx_graph *g) {
  const int around = f->flat->nodes[index].scope;
  const flat_scope *outer = &f->flat->scopes[around];
  int scope;
  TRY(add_scope(f, (flat_scope){.parent = around, .home = outer->home, .call = -1, .depth = outer->depth + 1}, &scope));
  TRY(add_graph(f, g, scope, index, branch));
  f->flat->nodes[index].branches[branch] = g;
  f->flat->nodes[index].scopes[branch] = scope;
  return PL_OK;
}

/* The list grows while it is walked, so branches of branches have their turn. */
static pl_status add_branches(flattener *f, int index) {
  const onnx_node *n = f->flat->nodes[index].node;
  if (*n->domain || strcmp(n->op, "If") || !find_branch(n, 0) || !find_branch(n, 1)) return PL_OK;
  if (branches_around(f->flat, index) >= MAX_BRANCHES) return PL_OK;
  const onnx_graph *branches[2];
  for (int k = 0; k < 2; k++) TRY(read_branch(f, n, k, &branches[k]));
  for (int k = 0; k < 2; k++) TRY(add_branch(f, index, k, branches[k]));
  return PL_OK;
}

/* ---- functions ---- */

/* What names a function and its calls alike, in memory of the arena, or NULL. */
static const char *function_key(arena *a, const char *domain, const char *name, const char *overload) {
  const size_t size = strlen(domain) + strlen(name) + strlen(overload) + 3;
  char *key = arena_allocate(a, size, 1);
  if (key) snprintf(key, size, "%s:%s:%s", domain, name, overload);
  return key;
}

static pl_status list_functions(flattener *f) {
  const onnx_model *m = f->model;
  f->functions = names_create(f->arena, (size_t)m->function_count);
  if (!f->functions) return out_of_memory();
  for (int i = 0; i < m->function_count; i++) {
    const onnx_function *function = &m->functions[i];
    const char *key = function_key(f->arena, function->domain, function->name, function->overload);
    if (!key) return out_of_memory();
    if (!names_add(f->functions, key, i))
      return status_fail(PL_INVALID_MODEL, "the file defines its function '%.100s' twice", function->name);
  }
  return PL_OK;
}

/* Of those that the file defines. ONNX's own operators cannot be defined anew. */
static pl_status find_in_file(flattener *f, const onnx_node *n, const onnx_function **found) {
  *found = NULL;
  if (!f->model->function_count || !*n->domain) return PL_OK;
  const char *key = function_key(f->arena, n->domain, n->op, n->overload);
  if (!key) return out_of_memory();
  const int index = names_find(f->functions, key);
  if (index >= 0) *found = &f->model->functions[index];
  return PL_OK;
}

/* The function that a node calls, or NULL. */
static pl_status find_function(flattener *f, const onnx_node *n, const onnx_function **found) {
  TRY(find_in_file(f, n, found));
  return *found ? PL_OK : contrib_find(f->model->arena, n, found);
}

static bool is_input(const onnx_function *function, const char *name) {
  for (int k = 0; k < function->input_count; k++)
    if (!strcmp(function->inputs[k], name)) return true;
  return false;
}

/* An output that is an input is made by a node that hands it on. */
static pl_status hand_on(flattener *f, int scope, int index, const char **output) {
  const flat_node call = f->flat->nodes[index];
  const size_t size = strlen(*output) + sizeof " (handed on)";
  char *name = arena_allocate(f->model->arena, size, 1);
  const char **ends = arena_allocate(f->model->arena, 2, sizeof *ends);
  onnx_node *n = arena_allocate(f->model->arena, 1, sizeof *n);
  if (!name || !ends || !n) return out_of_memory();
  snprintf(name, size, "%s (handed on)", *output);
  ends[0] = *output;
  ends[1] = *output = name;
  *n = (onnx_node){.name = "", .op = "Identity", .domain = "", .overload = "", .block = "", .input_count = 1, .output_count = 1};
  n->inputs = ends;
  n->outputs = ends + 1;
  return add_nodes(f, n, 1, scope, call.parent, call.branch);
}

static pl_status add_body(flattener *f, int index, const onnx_function *function) {
  const flat_node call = f->flat->nodes[index];
  const flat_scope *outer = &f->flat->scopes[call.scope];
  const char **outputs = arena_allocate(f->arena, (uint64_t)function->output_count, sizeof *outputs);
  int scope;
  if (!outputs) return out_of_memory();
  if (outer->depth >= MAX_CALLS)
    return status_fail(PL_UNSUPPORTED_MODEL, "function '%.100s' calls itself, or others more than %d deep", function->name,
                       MAX_CALLS);
  TRY(charge(f, size_sum(function->size, size_product((uint64_t)function->input_count, (uint64_t)function->output_count))));
  const flat_scope s = {-1, f->flat->scope_count, index, function, outputs, outer->depth + 1};
  TRY(add_scope(f, s, &scope));
  TRY(add_nodes(f, function->nodes, function->node_count, scope, call.parent, call.branch));
  for (int k = 0; k < function->output_count; k++) {
    outputs[k] = function->outputs[k];
    if (is_input(function, outputs[k])) TRY(hand_on(f, scope, index, &outputs[k]));
  }
  f->flat->nodes[index].body = scope;
  return PL_OK;
}

static pl_status add_call(flattener *f, int index) {
  const onnx_node *n = f->flat->nodes[index].node;
  const onnx_function *function;
  TRY(find_function(f, n, &function));
  if (!function) return PL_OK;
  if (n->input_count > function->input_count || n->output_count > function->output_count)
    return status_fail(PL_INVALID_MODEL, "node '%.100s' (%.100s) has %d inputs and %d outputs, but its function %d and %d",
                       n->name, n->op, n->input_count, n->output_count, function->input_count, function->output_count);
  return add_body(f, index, function);
}

pl_status flatten(onnx_model *model, arena *a, flat_model *flat) {
  flattener f = {.model = model, .arena = a, .flat = flat};
  int scope;
  f.unfolded = size_sum(UNFOLDED_BASE, size_product(model->size, UNFOLDED_PER_BYTE));
  *flat = (flat_model){0};
  TRY(list_functions(&f));
  TRY(add_scope(&f, (flat_scope){.parent = -1, .home = -1, .call = -1}, &scope));
  TRY(add_graph(&f, &model->graph, scope, -1, 0));
  for (int i = 0; i < flat->node_count; i++) {
    TRY(add_branches(&f, i));
    TRY(add_call(&f, i));
  }
  return PL_OK;
}
