#include "network/build/graph_infer.h"

#include <string.h>

#include "network/fold/fold_run.h"
#include "network/ops/ops.h"

typedef struct inferer {
  const graph *graph;
  int batch, height, width;
  const bool *needed;
  graph_types *types;
  const onnx_tensor **known;
  fold_memory memory;
  int value_count, node_count; /* that it has come to */
} inferer;

struct graph_inference {
  inferer inferer;
  graph_types types;
};

static pl_status out_of_memory(void) { return status_no_memory("to infer shapes"); }

/* ---- what is known ---- */

static bool all_known(const inferer *f, const node *n) {
  for (int k = 0; k < n->input_count; k++)
    if (n->inputs[k] >= 0 && !f->known[n->inputs[k]]) return false;
  return true;
}

/* A node that is computed from sizes; its output stays unknown where this fails. */
static pl_status infer_known(inferer *f, const node *n) {
  fold_input *in = arena_allocate(f->memory.arena, (size_t)n->source->input_count, sizeof *in);
  onnx_tensor *result = arena_allocate(f->memory.arena, 1, sizeof *result);
  if (!in || !result) return out_of_memory();
  for (int k = 0; k < n->input_count; k++) {
    const int v = n->inputs[k];
    if (v < 0) continue;
    in[k].tensor = f->known[v];
    in[k].shape = f->types->values[v].shape.rank >= 0 ? &f->types->values[v].shape : NULL;
  }
  pl_status status = fold_node(n->source, in, 0, &f->memory, result);
  if (status && status != PL_OUT_OF_MEMORY && all_known(f, n)) status = fold_run(f->graph, n, in, &f->memory, result);
  if (status == PL_OUT_OF_MEMORY) return status;
  if (status) return PL_OK;
  f->known[n->outputs[0]] = result;
  f->types->values[n->outputs[0]].shape = result->shape;
  return PL_OK;
}

/* ---- types ---- */

/* Lines have their channels last for operators that take them for images alone. */
static bool lies_plain(const node *n, int k, const tensor_type *type) {
  return type->shape.rank != 4 && !(k == 0 && n->op->flags & OF_IMAGES);
}

/* plain: room for the types of inputs that are to lie in another layout than they do. */
static pl_status set_inputs(inferer *f, inference *i, tensor_type *plain) {
  const node *n = i->node;
  for (int k = 0; k < n->input_count; k++) {
    const int v = n->inputs[k];
    if (v < 0) continue;
    const value *from = &f->graph->values[v];
    const tensor_type *type = &f->types->values[v];
    if (from->unreadable)
      return status_fail(PL_UNSUPPORTED_MODEL,
                         "%s reads '%s', which %s; floats of 16, 32 and 64 bits and integers of 8 to 64 bits can be read",
                         ops_describe(n), from->name, from->unreadable);
    if (type->shape.rank < 0)
      return status_fail(PL_UNSUPPORTED_MODEL, "%s: the shape of its input '%s' is not known", ops_describe(n), from->name);
    if (from->of_image && !shape_count(&type->shape) && !(n->op->flags & TAKES_EMPTY))
      return status_fail(PL_UNSUPPORTED_MODEL, "%s reads '%s', which is empty: %s", ops_describe(n), from->name,
                         shape_text(&type->shape));
    plain[k] = (tensor_type){type->shape, LAYOUT_PLAIN};
    i->in[k] = lies_plain(n, k, type) ? &plain[k] : type;
    i->wants[k] = i->in[k]->layout;
    i->constant[k] = from->constant;
    i->known[k] = f->known[v];
  }
  return PL_OK;
}

static bool is_wanted(const inferer *f, int value) { return !f->needed || f->needed[value]; }

/* Outputs beyond the first that the operator does not make stay unknown. */
static pl_status check_output(const inferer *f, const inference *i, int k) {
  const shape *s = &i->out[k].shape;
  const int v = i->node->outputs[k];
  if (k && s->rank < 0) {
    if (!is_wanted(f, v)) return PL_OK;
    return status_fail(PL_UNSUPPORTED_OP, "%s: its output '%s' is not supported", ops_describe(i->node),
                       f->graph->values[v].name);
  }
  size_t count;
  const bool sound = s->rank >= 0 && s->rank <= MAX_RANK && shape_elements(s, &count);
  if (sound) return PL_OK;
  return status_fail(PL_UNSUPPORTED_MODEL, "%s: its output would have the impossible shape %s", ops_describe(i->node),
                     shape_text(s));
}

/* The type of an output; one without elements is known without the image. */
static pl_status set_output(inferer *f, int v, const tensor_type *type) {
  f->types->values[v] = *type;
  if (type->shape.rank < 0 || shape_count(&type->shape)) return PL_OK;
  onnx_tensor *empty = arena_allocate(f->memory.arena, 1, sizeof *empty);
  if (!empty) return out_of_memory();
  *empty = (onnx_tensor){.name = f->graph->values[v].name, .type = ONNX_FLOAT, .shape = type->shape, .data = ""};
  f->known[v] = empty;
  return PL_OK;
}

static pl_status infer_types(inferer *f, int index) {
  const node *n = &f->graph->nodes[index];
  if (!n->op) return status_fail(PL_UNSUPPORTED_OP, "%s is not supported", ops_describe(n));
  inference i = {.graph = f->graph, .node = n, .batch = f->batch};
  tensor_type plain[MAX_INPUTS];
  TRY(set_inputs(f, &i, plain));
  for (int k = 0; k < MAX_OUTPUTS; k++) i.out[k].shape.rank = -1;
  TRY(ops_infer(n->op, &i));
  for (int k = 0; k < n->output_count; k++)
    if (n->outputs[k] >= 0) TRY(check_output(f, &i, k));
  for (int k = 0; k < n->output_count; k++)
    if (n->outputs[k] >= 0) TRY(set_output(f, n->outputs[k], &i.out[k]));
  for (int k = 0; k < n->input_count; k++) f->types->wants[(size_t)index * MAX_INPUTS + (size_t)k] = (uint8_t)i.wants[k];
  return PL_OK;
}

static bool is_needed(const inferer *f, const node *n) {
  for (int k = 0; k < n->output_count; k++)
    if (n->outputs[k] >= 0 && is_wanted(f, n->outputs[k])) return true;
  return false;
}

static pl_status infer_node(inferer *f, int index) {
  const node *n = &f->graph->nodes[index];
  const value *first = n->outputs[0] >= 0 ? &f->graph->values[n->outputs[0]] : NULL;
  if (first && first->constant) return PL_OK;
  if (first && first->shape_only) return infer_known(f, n);
  const pl_status status = infer_types(f, index);
  return status == PL_OUT_OF_MEMORY || is_needed(f, n) ? status : PL_OK;
}

static tensor_type input_type(const graph *g, int batch, int height, int width) {
  if (g->latent.rank) {
    tensor_type type = {g->latent, LAYOUT_PLAIN};
    type.shape.dim[0] = batch;
    return type;
  }
  if (g->channels_last) return (tensor_type){{4, {batch, height, width, g->channels}}, LAYOUT_PLAIN};
  return (tensor_type){{4, {batch, g->channels, height, width}}, LAYOUT_CHANNELS_LAST};
}

/* Before any node: constants and the input are known. */
static void set_sources(inferer *f) {
  const graph *g = f->graph;
  for (; f->value_count < g->value_count; f->value_count++) {
    const int v = f->value_count;
    const onnx_tensor *constant = f->known[v] = g->values[v].constant;
    f->types->values[v] = (tensor_type){constant ? constant->shape : (shape){.rank = -1}, LAYOUT_PLAIN};
    if (v == g->input) f->types->values[v] = input_type(g, f->batch, f->height, f->width);
  }
}

/* All that it has not come to yet. */
static pl_status infer_rest(inferer *f) {
  set_sources(f);
  for (; f->node_count < f->graph->node_count; f->node_count++) {
    memset(f->types->wants + (size_t)f->node_count * MAX_INPUTS, LAYOUT_PLAIN, MAX_INPUTS);
    TRY(infer_node(f, f->node_count));
  }
  return PL_OK;
}

static inferer start(const graph *g, int batch, int height, int width, const bool *needed, graph_types *types, arena *a,
                     const onnx_tensor **known) {
  return (inferer){g, batch, height, width, needed, types, known, {a, g->fold_budget, g->fold_work}, 0, 0};
}

pl_status graph_infer_known(const graph *g, int batch, int height, int width, const bool *needed, graph_types *types, arena *a,
                            const onnx_tensor **known) {
  inferer f = start(g, batch, height, width, needed, types, a, known);
  return infer_rest(&f);
}

pl_status graph_infer(const graph *g, int batch, int height, int width, const bool *needed, graph_types *types) {
  arena *a = arena_create();
  const onnx_tensor **known = a ? arena_allocate(a, (size_t)g->value_count, sizeof *known) : NULL;
  const pl_status status = known ? graph_infer_known(g, batch, height, width, needed, types, a, known) : out_of_memory();
  arena_free(a);
  return status;
}

/* ---- while the graph is built ---- */

graph_inference *graph_inference_create(const graph *g, int batch, int height, int width, size_t values, size_t nodes, arena *a) {
  graph_inference *i = arena_allocate(a, 1, sizeof *i);
  bool *none = arena_allocate(a, values, sizeof *none);
  const onnx_tensor **known = arena_allocate(a, values, sizeof *known);
  if (!i || !none || !known) return NULL;
  i->types = (graph_types){arena_allocate(a, values, sizeof *i->types.values), arena_allocate(a, nodes, MAX_INPUTS)};
  i->inferer = start(g, batch, height, width, none, &i->types, a, known);
  return i->types.values && i->types.wants ? i : NULL;
}

pl_status graph_inference_extend(graph_inference *i) { return infer_rest(&i->inferer); }

const onnx_tensor *graph_inference_known(const graph_inference *i, int value) { return i->inferer.known[value]; }

/* ---- batches ---- */

static bool grows(const tensor_type *from, const tensor_type *to, int times) {
  const shape *one = &from->shape, *many = &to->shape;
  if (one->rank < 1 || many->rank != one->rank || many->dim[0] != times * one->dim[0]) return false;
  return from->layout == to->layout && !memcmp(one->dim + 1, many->dim + 1, (size_t)(one->rank - 1) * sizeof *one->dim);
}

bool graph_keeps_apart(const graph *g, const graph_types *one, const onnx_tensor *const *known, const graph_types *many,
                       int times, const bool *needed) {
  for (int v = 0; v < g->value_count; v++)
    if (needed[v] && !known[v] && !grows(&one->values[v], &many->values[v], times)) return false;
  return !memcmp(one->wants, many->wants, (size_t)g->node_count * MAX_INPUTS);
}
