#include "network/graph/graph.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "network/build/flatten.h"
#include "network/fold/fold.h"
#include "network/fold/fold_run.h"
#include "network/build/graph_infer.h"
#include "network/graph/names.h"
#include "network/ops/ops.h"

/* Every name of the file gets a slot. Nodes are sorted, then walked once in their order: each node becomes a constant, another
 * name for its input, or a node of the graph whose outputs are new values. Of an If only the branch that is taken is walked. */
typedef struct builder {
  const onnx_model *model;
  graph *g;
  arena *scratch;
  flat_model flat; /* the file's nodes */
  names *slots;
  int slot_count;
  int *slot_node;   /* per slot: the file's node that makes it, or -1 */
  int *slot_value;  /* per slot: the value that it stands for, -1 before the walk comes to it */
  int *first_slot;  /* per node of the file, and one more: where its slots begin in read_slots */
  int *read_slots;  /* what must come before a node: its inputs, -1 where one is left out; then, for an If, what its branches make,
                       and for a node in a branch, the If's condition */
  int *order;       /* nodes of the file, sorted */
  int8_t *taken;    /* per If of the file: the branch; UNDECIDED, or UNDECIDABLE without the image */
  int decisions;    /* that shapes were inferred for */
  bool latent;      /* the input is a generator's */
  fold_memory folded;
} builder;

enum { UNDECIDED = -1, UNDECIDABLE = -2, MAX_DECISIONS = 256 };

enum { MAX_NAMES = 1 << 24 };

static pl_status out_of_memory(void) { return status_fail(PL_OUT_OF_MEMORY, "no memory left to build the graph"); }

/* count ints of -1 */
static int *scratch_ints(builder *b, size_t count) {
  int *ints = arena_allocate(b->scratch, count * sizeof *ints);
  if (ints) memset(ints, -1, count * sizeof *ints);
  return ints;
}

/* How a node is named in messages before it has become one of the graph. */
static const char *node_name(const onnx_node *n) {
  if (*n->name) return n->name;
  for (int k = 0; k < n->output_count; k++)
    if (*n->outputs[k]) return n->outputs[k];
  return "";
}

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
  return status_fail(PL_INVALID_MODEL, "node '%s' (%s) reads '%s', which nothing makes", node_name(n), n->op, name);
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

static pl_status collect_names(builder *b) {
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
  b->slot_node = scratch_ints(b, name_count);
  b->slot_value = scratch_ints(b, name_count);
  b->first_slot = scratch_ints(b, (size_t)node_count + 1);
  b->read_slots = scratch_ints(b, read_count);
  b->taken = arena_allocate(b->scratch, (size_t)node_count);
  b->g->values = arena_allocate(b->g->arena, name_count * sizeof *b->g->values);
  b->g->nodes = arena_allocate(b->g->arena, (size_t)node_count * sizeof *b->g->nodes);
  if (!b->slots || !b->slot_node || !b->slot_value || !b->first_slot || !b->read_slots || !b->taken || !b->g->values || !b->g->nodes)
    return out_of_memory();
  memset(b->taken, UNDECIDED, (size_t)node_count);
  TRY(define_all(b));
  return link_inputs(b);
}

/* ---- order ---- */

enum { UNSEEN, OPEN, DONE };

/* Sorts depth first: a node comes after what it reads, and otherwise where it stands in the file. */
static pl_status sort_nodes(builder *b) {
  const int count = b->flat.node_count;
  int *stack = scratch_ints(b, (size_t)count), *next = scratch_ints(b, (size_t)count), sorted = 0;
  uint8_t *state = arena_allocate(b->scratch, (size_t)count);
  b->order = scratch_ints(b, (size_t)count);
  if (!stack || !next || !state || !b->order) return out_of_memory();
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
                           node_name(b->flat.nodes[maker].node), b->flat.nodes[maker].node->op);
      stack[depth++] = maker;
    }
  }
  return PL_OK;
}

/* ---- the image ---- */

static pl_status check_image_type(const onnx_value *v) {
  if (!v->type || fold_is_float(v->type) || v->type == ONNX_UINT8) return PL_OK;
  return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' takes integers; only images of floats or of bytes (uint8) can be taken",
                     v->name);
}

static bool is_channels(int size) { return size == 1 || size == 3 || size == 4; }

static bool is_op(const onnx_node *n, const char *type) { return !*n->domain && !strcmp(n->op, type); }

/* Whether the first thing that is done to the input is to bring its last dimension before height and width. */
static bool begins_with_transpose(const onnx_model *m, const char *input) {
  static const int64_t to_front[] = {0, 3, 1, 2};
  for (int i = 0; i < m->graph.node_count; i++) {
    const onnx_node *n = &m->graph.nodes[i];
    if (!n->input_count || !n->output_count || strcmp(n->inputs[0], input)) continue;
    if (is_op(n, "Cast")) input = n->outputs[0];
    const onnx_attribute *perm = is_op(n, "Transpose") ? onnx_find(n, "perm") : NULL;
    if (perm && perm->kind == ONNX_ATTRIBUTE_INTS && perm->count == 4 && !memcmp(perm->ints, to_front, sizeof to_front)) return true;
  }
  return false;
}

/* Which dimension is the channels, where the file leaves it open or where both could be. */
static bool has_channels_last(const onnx_model *m, const onnx_value *v) {
  const bool second = is_channels(v->shape.dim[1]), last = is_channels(v->shape.dim[3]);
  if (second != last) return last;
  return (last || v->shape.dim[3] < 1) && begins_with_transpose(m, v->name);
}

static pl_status set_image_size(graph *g, const onnx_value *v) {
  g->bytes = v->type == ONNX_UINT8;
  g->batch = 0;
  g->channels = 3;
  g->height = g->width = 224;
  if (v->shape.rank < 0) return PL_OK;
  if (v->shape.rank != 4)
    return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' has the shape %s; only batch x channels x height x width can be taken, or "
                       "batch x height x width x channels", v->name, shape_text(&v->shape));
  g->channels_last = has_channels_last(g->model, v);
  const int *dim = v->shape.dim, channels = dim[g->channels_last ? 3 : 1], *size = dim + (g->channels_last ? 1 : 2);
  if (channels > 0 && !is_channels(channels))
    return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' has the shape %s; its %d channels are not an image's", v->name,
                       shape_text(&v->shape), channels);
  if (size[0] > 4096 || size[1] > 4096)
    return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' has the shape %s; images may be 4096 high and wide", v->name,
                       shape_text(&v->shape));
  if (dim[0] > 0) g->batch = dim[0];
  if (channels > 0) g->channels = channels;
  if (size[0] > 0) g->height = size[0];
  if (size[1] > 0) g->width = size[1];
  return PL_OK;
}

/* ---- the latent ---- */

enum { MAX_LATENT = 1 << 24 };

/* The batch may be open; all else decides how many numbers a latent has. */
static pl_status set_latent(graph *g, const onnx_value *v) {
  if (v->type && !fold_is_float(v->type))
    return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' takes integers; a generator's latent must be of floats", v->name);
  if (v->shape.rank < 2)
    return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' of the generator has %s; a latent is of a fixed shape, batch x ...",
                       v->name, v->shape.rank < 0 ? "no shape" : "fewer than two dimensions");
  size_t count;
  shape s = v->shape;
  if (s.dim[0] < 1) s.dim[0] = 1;
  bool fixed = s.dim[0] == 1;
  for (int i = 1; i < s.rank; i++) fixed &= s.dim[i] > 0;
  if (!fixed)
    return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' of the generator has the shape %s; export it with a batch of 1, or an open "
                       "one, and all other sizes fixed", v->name, shape_text(&v->shape));
  if (!shape_elements(&s, &count) || count > MAX_LATENT)
    return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' of the generator has the shape %s; a latent may have %d numbers", v->name,
                       shape_text(&v->shape), MAX_LATENT);
  g->latent = s;
  return PL_OK;
}

static int new_value(graph *g, const char *name, const onnx_tensor *constant, int producer) {
  g->values[g->value_count] = (value){.name = name, .constant = constant, .producer = producer};
  return g->value_count++;
}

static bool is_initializer(const builder *b, const char *name) {
  return b->slot_value[names_find(b->slots, name)] >= 0;
}

static pl_status refuse_inputs(const builder *b) {
  char list[200] = "";
  size_t length = 0;
  int count = 0;
  const onnx_graph *g = &b->model->graph;
  for (int i = 0; i < g->input_count; i++) {
    const char *name = g->inputs[i].name;
    if (is_initializer(b, name)) continue;
    if (length < sizeof list)
      length += (size_t)snprintf(list + length, sizeof list - length, "%s'%s'", count ? ", " : "", name);
    count++;
  }
  if (!count) return status_fail(PL_UNSUPPORTED_MODEL, "the model has no input");
  return status_fail(PL_UNSUPPORTED_MODEL, "the model has %d inputs: %s; only %s can be run", count, list,
                     b->latent ? "generators of one latent" : "models of one image");
}

/* The constants' values, and that of the image or the latent: the one input that is no constant. */
static pl_status add_sources(builder *b) {
  const onnx_graph *g = &b->model->graph;
  const onnx_value *input = NULL;
  int open = 0;
  for (int i = 0; i < b->flat.tensor_count; i++) {
    const onnx_tensor *t = b->flat.tensors[i];
    b->slot_value[names_find(b->slots, t->name)] = new_value(b->g, t->name, t, -1);
  }
  for (int i = 0; i < g->input_count; i++)
    if (!is_initializer(b, g->inputs[i].name)) input = &g->inputs[i], open++;
  if (open != 1) return refuse_inputs(b);
  b->g->input = b->slot_value[names_find(b->slots, input->name)] = new_value(b->g, input->name, NULL, -1);
  if (b->latent) return set_latent(b->g, input);
  TRY(check_image_type(input));
  return set_image_size(b->g, input);
}

/* ---- nodes ---- */

static int count_given(const char *const *names_, int count) {
  while (count && !*names_[count - 1]) count--;
  return count;
}

/* A node of the graph, not counted yet. Inputs and outputs that are left out at the end are dropped. */
static pl_status start_node(builder *b, int index, node *n) {
  const onnx_node *source = b->flat.nodes[index].node;
  *n = (node){.source = source, .name = node_name(source), .input_count = count_given(source->inputs, source->input_count),
              .output_count = count_given(source->outputs, source->output_count)};
  n->inputs = arena_allocate(b->g->arena, (size_t)n->input_count * sizeof *n->inputs);
  n->outputs = arena_allocate(b->g->arena, (size_t)n->output_count * sizeof *n->outputs);
  if (!n->inputs || !n->outputs) return out_of_memory();
  for (int k = 0; k < n->input_count; k++) {
    const int slot = b->read_slots[b->first_slot[index] + k];
    n->inputs[k] = slot < 0 ? -1 : b->slot_value[slot];
  }
  for (int k = 0; k < n->output_count; k++) n->outputs[k] = -1;
  return PL_OK;
}

static void name_value(builder *b, const char *name, int v) { b->slot_value[names_find(b->slots, name)] = v; }

static const onnx_tensor *constant_of(const graph *g, int v) { return v < 0 ? NULL : g->values[v].constant; }

/* Whether the node hands on its first input. Everything is computed in float, so a Cast from float to float does nothing. */
static bool does_nothing(const graph *g, const node *n) {
  if (!n->input_count || n->inputs[0] < 0 || !*n->source->outputs[0]) return false;
  if (is_op(n->source, "Identity") || is_op(n->source, "Dropout")) return true;
  if (!is_op(n->source, "Cast") || constant_of(g, n->inputs[0]) || g->values[n->inputs[0]].shape_only) return false;
  return fold_is_float(onnx_int(n->source, "to", 0));
}

static pl_status fold_output(builder *b, const node *n, const fold_input *in, int k, const onnx_tensor **folded) {
  onnx_tensor *result = arena_allocate(b->g->arena, sizeof *result);
  if (!result) return out_of_memory();
  pl_status status = fold_node(n->source, in, k, &b->folded, result);
  if (status && status != PL_OUT_OF_MEMORY && n->output_count == 1 && !fold_spreads(n->source, in[0].tensor))
    status = fold_run(b->g, n, in, &b->folded, result);
  if (status == PL_OUT_OF_MEMORY) return status;
  *folded = status ? NULL : result; /* else left to the operator, if there is one */
  return PL_OK;
}

/* The node's outputs if everything that it reads is constant; NULL for those that are not, or cannot be computed. */
static pl_status fold_constants(builder *b, const node *n, const onnx_tensor *folded[MAX_OUTPUTS]) {
  memset(folded, 0, MAX_OUTPUTS * sizeof *folded);
  for (int k = 0; k < n->input_count; k++)
    if (n->inputs[k] >= 0 && !constant_of(b->g, n->inputs[k])) return PL_OK;
  fold_input *in = arena_allocate(b->scratch, (size_t)n->source->input_count * sizeof *in);
  if (!in) return out_of_memory();
  for (int k = 0; k < n->input_count; k++) {
    in[k].tensor = constant_of(b->g, n->inputs[k]);
    in[k].shape = in[k].tensor ? &in[k].tensor->shape : NULL;
  }
  for (int k = 0; k < n->output_count && k < MAX_OUTPUTS; k++)
    if (*n->source->outputs[k]) TRY(fold_output(b, n, in, k, &folded[k]));
  return PL_OK;
}

/* Whether the node computes with nothing but sizes: of any value, or from constants and what was computed from sizes. */
static bool is_shape_only(const graph *g, const node *n) {
  if (n->output_count != 1 || (!fold_has_rule(n->source) && (*n->source->domain || !ops_find(n->source->op)))) return false;
  if (!fold_needs_elements(n->source)) return n->input_count > 0 && n->inputs[0] >= 0;
  bool sizes = false;
  for (int k = 0; k < n->input_count; k++) {
    if (n->inputs[k] < 0 || constant_of(g, n->inputs[k])) continue;
    if (!g->values[n->inputs[k]].shape_only) return false;
    sizes = true;
  }
  return sizes && !fold_spreads(n->source, constant_of(g, n->inputs[0]));
}

/* Outputs that stand for something already are not made. */
static void add_node(builder *b, node *n) {
  graph *g = b->g;
  bool shape_only = false;
  for (int k = 0; k < n->output_count; k++) {
    const char *name = n->source->outputs[k];
    if (!*name || b->slot_value[names_find(b->slots, name)] >= 0) continue;
    if (k == 0) shape_only = is_shape_only(g, n);
    n->outputs[k] = new_value(g, name, NULL, g->node_count);
    g->values[n->outputs[k]].shape_only = shape_only;
    name_value(b, name, n->outputs[k]);
  }
  if (!shape_only && !*n->source->domain && n->outputs[0] >= 0 && n->input_count <= MAX_INPUTS && n->output_count <= MAX_OUTPUTS)
    n->op = ops_find(n->source->op);
  g->nodes[g->node_count++] = *n;
}

/* ---- what is known of sizes ---- */

/* What is computed from sizes, for one size of the image. */
static pl_status known_for(builder *b, int batch, int height, int width, const onnx_tensor ***known) {
  const graph *g = b->g;
  graph_types types = {arena_allocate(b->scratch, (size_t)g->value_count * sizeof *types.values),
                       arena_allocate(b->scratch, (size_t)g->node_count * MAX_INPUTS)};
  bool *none = arena_allocate(b->scratch, (size_t)g->value_count);
  *known = arena_allocate(b->scratch, (size_t)g->value_count * sizeof **known);
  if (!types.values || !types.wants || !none || !*known) return out_of_memory();
  return graph_infer_known(g, batch, height, width, none, &types, b->scratch, *known);
}

/* Charges folding's budget with the tensor's elements: many values may be views of the same ones. */
static bool take_bytes(fold_memory *m, const onnx_tensor *t) {
  const size_t bytes = t->count * onnx_type_size(t->type);
  if (bytes > m->budget) return false;
  m->budget -= bytes;
  return true;
}

static bool same_tensor(const onnx_tensor *a, const onnx_tensor *b) {
  return a && b && a->type == b->type && shape_equal(&a->shape, &b->shape) &&
         memcmp(a->data, b->data, a->count * onnx_type_size(a->type)) == 0;
}

/* What is computed from sizes and is the same for every image: known[v], else NULL. It is told by other batches and sizes giving
 * the same result, those that the model takes; where it takes none, there are no others. */
static pl_status known_for_all(builder *b, const onnx_tensor ***known) {
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

/* ---- branches ---- */

/* Which branch an If takes; its condition has been walked. */
static pl_status decide(builder *b, int index) {
  const int slot = b->read_slots[b->first_slot[index]], v = slot < 0 ? -1 : b->slot_value[slot];
  const onnx_tensor *condition = constant_of(b->g, v), **known;
  b->taken[index] = UNDECIDABLE;
  if (v >= 0 && b->g->values[v].shape_only && b->decisions++ < MAX_DECISIONS) {
    TRY(known_for_all(b, &known));
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
    if (*f->node->outputs[k]) name_value(b, f->node->outputs[k], v);
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
  TRY(fold_constants(b, &n, folded));
  const bool alias = does_nothing(b->g, &n);
  for (int k = 0; k < n.output_count; k++) {
    const char *name = n.source->outputs[k];
    if (k < MAX_OUTPUTS && folded[k]) name_value(b, name, new_value(b->g, name, folded[k], -1));
    else if (k == 0 && alias) name_value(b, name, n.inputs[0]);
    else left |= *name && !folded[0]; /* of a node of constants no more than the first can be read */
  }
  if (left) add_node(b, &n); /* a Dropout may have its mask made too */
  return PL_OK;
}

/* ---- what is the same for every image ---- */

static pl_status make_constant(graph *g, int v, const onnx_tensor *t) {
  const size_t bytes = t->count * onnx_type_size(t->type);
  onnx_tensor *copy = arena_allocate(g->arena, sizeof *copy);
  void *elements = arena_allocate(g->arena, bytes);
  if (!copy || !elements) return out_of_memory();
  *copy = *t;
  copy->name = g->values[v].name;
  copy->data = memcpy(elements, t->data, bytes);
  g->values[v] = (value){.name = g->values[v].name, .constant = copy, .producer = -1};
  return PL_OK;
}

/* Whether one of its outputs is no constant yet. */
static bool is_open(const graph *g, const node *n) {
  for (int k = 0; k < n->output_count; k++)
    if (n->outputs[k] >= 0 && !g->values[n->outputs[k]].constant) return true;
  return false;
}

/* Much of what exporters compute from sizes is about channels and heads, the same for every image: the scale of an attention is.
 * Such values become constants. */
static pl_status fold_fixed_sizes(builder *b) {
  graph *g = b->g;
  const onnx_tensor **known;
  bool any = false;
  for (int v = 0; v < g->value_count && !any; v++) any = g->values[v].shape_only;
  if (!any) return PL_OK;
  TRY(known_for_all(b, &known));
  for (int v = 0; v < g->value_count; v++)
    if (g->values[v].shape_only && known[v] && take_bytes(&b->folded, known[v])) TRY(make_constant(g, v, known[v]));
  for (int i = 0; i < g->node_count; i++) { /* nodes that read nothing but constants now */
    const node *n = &g->nodes[i];
    const onnx_tensor *folded[MAX_OUTPUTS];
    if (!is_open(g, n)) continue;
    TRY(fold_constants(b, n, folded));
    for (int k = 0; k < n->output_count && k < MAX_OUTPUTS; k++) {
      value *v = n->outputs[k] < 0 ? NULL : &g->values[n->outputs[k]];
      if (v && folded[k] && !v->constant) *v = (value){.name = v->name, .constant = folded[k], .producer = -1};
    }
  }
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
  int *last_reader = scratch_ints(b, (size_t)g->value_count);
  if (!last_reader) return out_of_memory();
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
  static const char *const reshapes[] = {"Reshape", "Flatten", "Squeeze", "Unsqueeze"};
  for (int v = g->output; g->values[v].producer >= 0;) {
    const node *n = &g->nodes[g->values[v].producer];
    if (!n->input_count || n->inputs[0] < 0 || n->outputs[0] != v) break;
    v = n->inputs[0];
    if (is_op(n->source, "Softmax") || is_op(n->source, "LogSoftmax")) return v;
    bool skipped = false;
    for (size_t i = 0; i < sizeof reshapes / sizeof *reshapes; i++) skipped |= is_op(n->source, reshapes[i]);
    if (!skipped) break;
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
static size_t fold_budget(const flat_model *f) {
  const size_t limit = SIZE_MAX / 4;
  size_t budget = 1 << 20;
  for (int i = 0; i < f->tensor_count; i++) {
    const size_t bytes = f->tensors[i]->count * sizeof(float);
    if (bytes > (limit - budget) / 4) return limit;
    budget += 4 * bytes;
  }
  return budget;
}

static pl_status build(builder *b) {
  TRY(flatten(b->model, b->scratch, &b->flat));
  b->g->fold_budget = fold_budget(&b->flat);
  b->folded = (fold_memory){b->g->arena, b->g->fold_budget};
  TRY(collect_names(b));
  TRY(sort_nodes(b));
  TRY(add_sources(b));
  for (int i = 0; i < b->flat.node_count; i++) TRY(walk_node(b, b->order[i]));
  TRY(find_output(b));
  TRY(fold_fixed_sizes(b));
  TRY(count_consumers(b));
  names_map(b->slots, b->slot_value);
  b->g->names = b->slots;
  return PL_OK;
}

static pl_status create(const onnx_model *model, bool latent, graph **out) {
  arena *a = arena_create(), *scratch = arena_create();
  graph *g = a ? arena_allocate(a, sizeof *g) : NULL;
  pl_status status;
  if (g && scratch) {
    *g = (graph){.model = model, .arena = a};
    builder b = {.model = model, .g = g, .scratch = scratch, .latent = latent};
    status = build(&b);
  } else {
    status = out_of_memory();
  }
  arena_free(scratch);
  if (status) arena_free(a);
  *out = status ? NULL : g;
  return status;
}

pl_status graph_create(const onnx_model *model, graph **g) { return create(model, false, g); }

pl_status graph_create_of_latent(const onnx_model *model, graph **g) { return create(model, true, g); }

void graph_free(graph *g) {
  if (g) arena_free(g->arena);
}

int graph_find(const graph *g, const char *name) { return names_find(g->names, name); }

static bool is_layer(const value *v) { return !v->constant && !v->shape_only && v->producer >= 0; }

enum { LONGEST_PLAIN_NAME = 200 };

/* As far as it fits, without what spellings of a module's name differ in: case, and what separates its parts. */
static const char *plain_name(const char *name, char plain[LONGEST_PLAIN_NAME + 1]) {
  size_t i = 0;
  for (; name[i] && i < LONGEST_PLAIN_NAME; i++) plain[i] = strchr("/:_", name[i]) ? '.' : (char)tolower((unsigned char)name[i]);
  plain[i] = 0;
  return plain;
}

/* The first layer that has this text in its name, as exporters put a module's name into longer ones; else the last layer, or NULL. */
static const char *similar_layer(const graph *g, const char *text) {
  char wanted[LONGEST_PLAIN_NAME + 1], found[LONGEST_PLAIN_NAME + 1];
  const char *last = NULL;
  plain_name(text, wanted);
  for (int i = 0; i < g->value_count; i++) {
    if (!is_layer(&g->values[i])) continue;
    last = g->values[i].name;
    if (strstr(plain_name(last, found), wanted)) return last;
  }
  return last;
}

pl_status graph_find_layer(const graph *g, const char *name, int *found) {
  *found = graph_find(g, name);
  if (*found >= 0 && is_layer(&g->values[*found])) return PL_OK;
  if (*found >= 0) return status_fail(PL_UNKNOWN_LAYER, "'%s' is not a layer: it is not made out of the image", name);
  const char *other = similar_layer(g, name);
  if (!other) return status_fail(PL_UNKNOWN_LAYER, "this model has no layer '%.200s', and no other", name);
  return status_fail(PL_UNKNOWN_LAYER, "this model has no layer '%.200s'; one that it has is '%.200s'", name, other);
}
