#include "network/build/flatten.h"

#include <string.h>

/* Branches within branches deeper than this are left unread: such an If is an operator that is not supported. */
enum { MAX_DEPTH = 8 };

typedef struct flattener {
  const onnx_model *model;
  arena *arena;
  flat_model *flat;
  int node_room, tensor_room;
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

static pl_status add_graph(flattener *f, const onnx_graph *g, int parent, int branch) {
  flat_model *flat = f->flat;
  if (g->node_count > ONNX_MAX_NODES - flat->node_count)
    return status_fail(PL_UNSUPPORTED_MODEL, "the model has more than %d nodes, with those of its branches", ONNX_MAX_NODES);
  void *nodes = flat->nodes, *tensors = flat->tensors;
  if (!reserve(f->arena, &nodes, sizeof *flat->nodes, flat->node_count, g->node_count, &f->node_room) ||
      !reserve(f->arena, &tensors, sizeof *flat->tensors, flat->tensor_count, g->initializer_count, &f->tensor_room))
    return out_of_memory();
  flat->nodes = nodes;
  flat->tensors = tensors;
  for (int i = 0; i < g->node_count; i++)
    flat->nodes[flat->node_count++] = (flat_node){.node = &g->nodes[i], .parent = parent, .branch = branch};
  for (int i = 0; i < g->initializer_count; i++) flat->tensors[flat->tensor_count++] = &g->initializers[i];
  return PL_OK;
}

static const onnx_attribute *find_branch(const onnx_node *n, int branch) {
  const onnx_attribute *a = onnx_find(n, branch ? "then_branch" : "else_branch");
  return a && a->kind == ONNX_ATTRIBUTE_GRAPH ? a : NULL;
}

static pl_status read_branch(flattener *f, const onnx_node *n, int branch, const onnx_graph **read) {
  onnx_graph *g = arena_allocate(f->arena, 1, sizeof *g);
  if (!g) return out_of_memory();
  TRY(onnx_read_graph(f->model, find_branch(n, branch), g));
  if (g->output_count < n->output_count)
    return status_fail(PL_INVALID_MODEL, "node '%s' (If) has %d outputs, but a branch of it has %d", n->name, n->output_count,
                       g->output_count);
  *read = g;
  return PL_OK;
}

static int depth_of(const flat_model *flat, int index) {
  int depth = 0;
  for (int parent = flat->nodes[index].parent; parent >= 0; parent = flat->nodes[parent].parent) depth++;
  return depth;
}

/* The list grows while it is walked, so branches of branches have their turn. */
static pl_status add_branches(flattener *f, int index) {
  const onnx_node *n = f->flat->nodes[index].node;
  if (*n->domain || strcmp(n->op, "If") || !find_branch(n, 0) || !find_branch(n, 1)) return PL_OK;
  if (depth_of(f->flat, index) >= MAX_DEPTH) return PL_OK;
  const onnx_graph *branches[2];
  for (int k = 0; k < 2; k++) TRY(read_branch(f, n, k, &branches[k]));
  for (int k = 0; k < 2; k++) {
    TRY(add_graph(f, branches[k], index, k));
    f->flat->nodes[index].branches[k] = branches[k];
  }
  return PL_OK;
}

pl_status flatten(const onnx_model *model, arena *a, flat_model *flat) {
  flattener f = {.model = model, .arena = a, .flat = flat};
  *flat = (flat_model){0};
  TRY(add_graph(&f, &model->graph, -1, 0));
  for (int i = 0; i < flat->node_count; i++) TRY(add_branches(&f, i));
  return PL_OK;
}
