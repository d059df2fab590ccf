#include "network/objective/objective.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "network/objective/objective_parse.h"

struct objective {
  const pl_model *model;
  arena *arena;
  int count;
  objective_node *nodes; /* parents before their children */
  double *values;        /* count x PL_MAX_IMAGES: of the nodes for each image, weights included */
  double *dvalues;       /* d score / d value */
  batch_part part;       /* of the batch, that is looked at */
  int target_count;
  int *targets; /* values of the graph */
};

/* ---- create ---- */

static pl_status no_memory(void) { return status_no_memory("for the objective"); }

static int add_target(objective *o, int target) {
  for (int i = 0; i < o->target_count; i++)
    if (o->targets[i] == target) return i;
  o->targets[o->target_count] = target;
  return o->target_count++;
}

static pl_status find_layer(objective *o, objective_node *n) {
  leaf *l = &n->leaf;
  int found = o->model->graph->logits;
  if (l->layer || found < 0) TRY(graph_find_layer(o->model->graph, l->layer ? l->layer : "logits", &found));
  const shape *s = &o->model->types[found].shape;
  l->target = add_target(o, found);
  l->unit_axis = o->model->features[found].axis;
  l->prefix_tokens = o->model->features[found].prefix;
  if (l->tokens == ALL_TOKENS || l->prefix_tokens || s->rank < 0) return PL_OK; /* one that cannot run has no shape */
  return status_fail(PL_INVALID_ARGUMENT, "layer '%s' of shape %s has no class token: its tokens cannot be told apart", l->layer,
                     shape_text(s));
}

static pl_status create(objective *o, const char *json) {
  o->arena = arena_create();
  if (!o->arena) return no_memory();
  TRY(objective_parse(json, o->arena, &o->nodes, &o->count));
  o->values = arena_allocate(o->arena, (size_t)o->count, PL_MAX_IMAGES * sizeof *o->values);
  o->dvalues = arena_allocate(o->arena, (size_t)o->count, PL_MAX_IMAGES * sizeof *o->dvalues);
  o->targets = arena_allocate(o->arena, (size_t)o->count, sizeof *o->targets);
  if (!o->values || !o->dvalues || !o->targets) return no_memory();
  for (int i = 0; i < o->count; i++)
    if (o->nodes[i].kind == NODE_LEAF) TRY(find_layer(o, &o->nodes[i]));
  return PL_OK;
}

pl_status objective_create(const pl_model *m, const char *json, objective **out) {
  objective *o = *out = memory_allocate(1, sizeof *o);
  if (!o) return no_memory();
  o->model = m;
  const pl_status status = create(o, json);
  if (status) {
    objective_free(o);
    *out = NULL;
  }
  return status;
}

void objective_free(objective *o) {
  if (!o) return;
  for (int i = 0; i < o->count; i++) memory_free(o->nodes[i].leaf.workspace);
  arena_free(o->arena);
  memory_free(o);
}

const int *objective_targets(const objective *o, int *count) {
  *count = o->target_count;
  return o->targets;
}

/* ---- prepare ---- */

static const char *layer_name(const objective *o, const leaf *l) { return o->model->graph->values[o->targets[l->target]].name; }

static pl_status view_of(const objective *o, exec *e, const leaf *l, layer_view *v) {
  const exec_target target = exec_layer(e, l->target);
  return leaf_view(l, &target, exec_batch(e), &o->part, layer_name(o, l), v);
}

/* Floats of the leaf's workspace. */
static pl_status measure_leaf(const objective *o, exec *e, const leaf *l, uint64_t *floats) {
  layer_view v;
  TRY(view_of(o, e, l, &v));
  TRY(leaf_check(l, &v, layer_name(o, l)));
  *floats = l->class->workspace ? l->class->workspace(&v) : 0;
  return PL_OK;
}

pl_status objective_measure(objective *o, exec *e, int images, int photos, uint64_t *bytes) {
  o->part = (batch_part){0, images, photos};
  *bytes = 0;
  for (int i = 0; i < o->count; i++) {
    uint64_t floats = 0;
    if (o->nodes[i].kind == NODE_LEAF) TRY(measure_leaf(o, e, &o->nodes[i].leaf, &floats));
    *bytes = size_sum(*bytes, size_product(floats, sizeof(float)));
  }
  return PL_OK;
}

static pl_status prepare_leaf(const objective *o, exec *e, leaf *l) {
  uint64_t floats;
  TRY(measure_leaf(o, e, l, &floats));
  memory_free(l->workspace);
  l->workspace = floats ? memory_allocate(floats, sizeof *l->workspace) : NULL;
  if (l->workspace || !floats) return PL_OK;
  return status_no_memory("for the %s of layer '%s'", l->class->name, layer_name(o, l));
}

/* Of a target, from the first to the last unit that leaves look at; none where one looks at all. */
static section wanted_units(const objective *o, int target) {
  section wanted = {SIZE_MAX, 0};
  for (int i = 0; i < o->count; i++) {
    const leaf *l = &o->nodes[i].leaf;
    if (o->nodes[i].kind != NODE_LEAF || l->target != target) continue;
    if (!l->class->looks_at_unit) return (section){0, 0};
    const size_t unit = (size_t)l->unit;
    if (unit < wanted.first) wanted.first = unit;
    if (unit >= wanted.last) wanted.last = unit + 1;
  }
  return wanted;
}

pl_status objective_prepare(objective *o, exec *e, int images, int photos) {
  o->part = (batch_part){0, images, photos};
  for (int i = 0; i < o->count; i++)
    if (o->nodes[i].kind == NODE_LEAF) TRY(prepare_leaf(o, e, &o->nodes[i].leaf));
  for (int i = 0; i < o->target_count; i++) exec_want(e, i, wanted_units(o, i));
  return PL_OK;
}

/* ---- evaluate ---- */

static double *values_of(const objective *o, int node) { return o->values + (size_t)node * PL_MAX_IMAGES; }
static double *dvalues_of(const objective *o, int node) { return o->dvalues + (size_t)node * PL_MAX_IMAGES; }

static pl_status evaluate_leaf(const objective *o, exec *e, const leaf *l, double *values) {
  layer_view v;
  TRY(view_of(o, e, l, &v));
  if (l->class->group_values) l->class->group_values(l, &v, values);
  else
    for (int image = 0; image < o->part.images; image++) values[image] = l->class->value(l, &v, image);
  for (int image = 0; image < o->part.images; image++)
    if (!isfinite(values[image]))
      return status_fail(PL_NOT_FINITE, "the %s of layer '%s' is not a finite number: the model or its input is broken",
                         l->class->name, layer_name(o, l));
  return PL_OK;
}

/* What a node is worth to its parent. */
static void add_to_parent(const objective *o, int node) {
  const int parent = o->nodes[node].parent;
  const double *values = values_of(o, node);
  double *whole = values_of(o, parent);
  for (int image = 0; image < o->part.images; image++)
    whole[image] = o->nodes[parent].kind == NODE_SUM ? whole[image] + values[image] : whole[image] * values[image];
}

/* From the leaves to the scores: children come after their parents. */
static pl_status forward(objective *o, exec *e) {
  for (int i = 0; i < o->count; i++)
    for (int image = 0; image < o->part.images; image++) values_of(o, i)[image] = o->nodes[i].kind == NODE_PRODUCT;
  for (int i = o->count - 1; i >= 0; i--) {
    const objective_node *n = &o->nodes[i];
    if (n->kind == NODE_LEAF) TRY(evaluate_leaf(o, e, &n->leaf, values_of(o, i)));
    for (int image = 0; image < o->part.images; image++) values_of(o, i)[image] *= n->weight;
    if (n->parent >= 0) add_to_parent(o, i);
  }
  return PL_OK;
}

/* The product of a node's siblings: not by a division, for the node may be 0. */
static double product_of_siblings(const objective *o, int node, int image) {
  double product = 1;
  for (int i = o->nodes[node].parent + 1; i < o->count; i++)
    if (i != node && o->nodes[i].parent == o->nodes[node].parent) product *= values_of(o, i)[image];
  return product;
}

/* d score / d (a node's value before its weight), for each image. */
static void find_dvalues(const objective *o, int node, double of_score) {
  const objective_node *n = &o->nodes[node];
  double *dvalues = dvalues_of(o, node);
  for (int image = 0; image < o->part.images; image++) {
    dvalues[image] = n->parent < 0 ? of_score : dvalues_of(o, n->parent)[image];
    if (n->parent >= 0 && o->nodes[n->parent].kind == NODE_PRODUCT) dvalues[image] *= product_of_siblings(o, node, image);
    dvalues[image] *= n->weight;
  }
}

/* From the score to the leaves, and into their layers' gradients. */
static pl_status backward(objective *o, exec *e, double of_score) {
  for (int i = 0; i < o->count; i++) {
    const leaf *l = &o->nodes[i].leaf;
    find_dvalues(o, i, of_score);
    if (o->nodes[i].kind != NODE_LEAF) continue;
    layer_view v;
    TRY(view_of(o, e, l, &v));
    if (l->class->group_gradient) l->class->group_gradient(l, &v, dvalues_of(o, i));
    else
      for (int image = 0; image < o->part.images; image++) l->class->gradient(l, &v, image, dvalues_of(o, i)[image]);
  }
  return PL_OK;
}

pl_status objective_evaluate(objective *o, exec *e, int turn, float scale, float *score) {
  o->part.first = turn * (o->part.images + o->part.photos);
  TRY(forward(o, e));
  TRY(backward(o, e, (double)scale / o->part.images));
  double sum = 0;
  for (int image = 0; image < o->part.images; image++) sum += values_of(o, 0)[image];
  *score = (float)(sum / o->part.images);
  return isfinite(*score) ? PL_OK : status_fail(PL_NOT_FINITE, "the score is beyond what a float holds");
}

/* By the bits of the exponent, which vector code compares. */
static bool all_finite(const float *x, size_t count) {
  const uint32_t exponent = 0x7f800000;
  uint32_t found = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    found |= (bits & exponent) == exponent;
  }
  return !found;
}

pl_status objective_check_gradient(const float *dimage, size_t count) {
  if (all_finite(dimage, count)) return PL_OK;
  return status_fail(PL_NOT_FINITE,
                     "the image's gradient is not a finite number: an operator has no slope at what it is given (as a "
                     "square root at 0), or the objective's weights are too large");
}
