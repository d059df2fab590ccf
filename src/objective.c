#include "objective.h"

#include <math.h>
#include <stdlib.h>

#include "objective_parse.h"

struct objective {
  const pl_model *model;
  arena *arena;
  int count;
  objective_node *nodes; /* parents before their children */
  double *values;        /* of the nodes, weights included, for the image that is evaluated */
  double *dvalues;       /* d score / d value */
  int target_count;
  int *targets; /* values of the graph */
};

/* ---- create ---- */

static pl_status no_memory(void) { return status_fail(PL_OUT_OF_MEMORY, "no memory left for the objective"); }

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
  l->unit_axis = o->model->features[found];
  l->prefix_tokens = feature_axis_prefix(s, l->unit_axis);
  if (l->tokens == ALL_TOKENS || l->prefix_tokens || s->rank < 0) return PL_OK; /* one that cannot run has no shape */
  return status_fail(PL_INVALID_ARGUMENT, "layer '%s' of shape %s has no class token: its tokens cannot be told apart", l->layer,
                     shape_text(s));
}

static pl_status create(objective *o, const char *json) {
  o->arena = arena_create();
  if (!o->arena) return no_memory();
  TRY(objective_parse(json, o->arena, &o->nodes, &o->count));
  o->values = arena_allocate(o->arena, (size_t)o->count * sizeof *o->values);
  o->dvalues = arena_allocate(o->arena, (size_t)o->count * sizeof *o->dvalues);
  o->targets = arena_allocate(o->arena, (size_t)o->count * sizeof *o->targets);
  if (!o->values || !o->dvalues || !o->targets) return no_memory();
  for (int i = 0; i < o->count; i++)
    if (o->nodes[i].kind == NODE_LEAF) TRY(find_layer(o, &o->nodes[i]));
  return PL_OK;
}

pl_status objective_create(const pl_model *m, const char *json, objective **out) {
  objective *o = *out = calloc(1, sizeof *o);
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
  arena_free(o->arena);
  free(o);
}

const int *objective_targets(const objective *o, int *count) {
  *count = o->target_count;
  return o->targets;
}

/* ---- check and evaluate ---- */

static const char *layer_name(const objective *o, const leaf *l) { return o->model->graph->values[o->targets[l->target]].name; }

static pl_status view_of(const objective *o, exec *e, const leaf *l, layer_view *v) {
  const exec_target target = exec_layer(e, l->target);
  return leaf_view(l, &target, exec_batch(e), layer_name(o, l), v);
}

pl_status objective_check(const objective *o, exec *e) {
  for (int i = 0; i < o->count; i++) {
    const leaf *l = &o->nodes[i].leaf;
    layer_view v;
    if (o->nodes[i].kind != NODE_LEAF) continue;
    TRY(view_of(o, e, l, &v));
    TRY(leaf_check(l, &v, layer_name(o, l)));
  }
  return PL_OK;
}

static pl_status evaluate_leaf(const objective *o, exec *e, const leaf *l, int image, double *value) {
  layer_view v;
  TRY(view_of(o, e, l, &v));
  *value = l->class->value(l, &v, image);
  if (isfinite(*value)) return PL_OK;
  return status_fail(PL_NOT_FINITE, "the %s of layer '%s' is not a finite number: the model or its input is broken",
                     l->class->name, layer_name(o, l));
}

/* From the leaves to the score: children come after their parents. */
static pl_status forward(objective *o, exec *e, int image) {
  for (int i = 0; i < o->count; i++) o->values[i] = o->nodes[i].kind == NODE_PRODUCT;
  for (int i = o->count - 1; i >= 0; i--) {
    const objective_node *n = &o->nodes[i];
    if (n->kind == NODE_LEAF) TRY(evaluate_leaf(o, e, &n->leaf, image, &o->values[i]));
    o->values[i] *= n->weight;
    if (n->parent < 0) continue;
    if (o->nodes[n->parent].kind == NODE_SUM)
      o->values[n->parent] += o->values[i];
    else
      o->values[n->parent] *= o->values[i];
  }
  return PL_OK;
}

/* The product of a node's siblings: not by a division, for the node may be 0. */
static double product_of_siblings(const objective *o, int node) {
  double product = 1;
  for (int i = o->nodes[node].parent + 1; i < o->count; i++)
    if (i != node && o->nodes[i].parent == o->nodes[node].parent) product *= o->values[i];
  return product;
}

/* From the score to the leaves, and into their layers' gradients. */
static pl_status backward(objective *o, exec *e, int image, double scale) {
  o->dvalues[0] = scale;
  for (int i = 0; i < o->count; i++) {
    const objective_node *n = &o->nodes[i];
    if (n->parent >= 0) o->dvalues[i] = o->dvalues[n->parent] * o->nodes[n->parent].weight;
    if (n->parent >= 0 && o->nodes[n->parent].kind == NODE_PRODUCT) o->dvalues[i] *= product_of_siblings(o, i);
    if (n->kind != NODE_LEAF) continue;
    layer_view v;
    TRY(view_of(o, e, &n->leaf, &v));
    n->leaf.class->gradient(&n->leaf, &v, image, o->dvalues[i] * n->weight);
  }
  return PL_OK;
}

pl_status objective_evaluate(objective *o, exec *e, int images, float scale, float *scores) {
  for (int image = 0; image < images; image++) {
    TRY(forward(o, e, image));
    TRY(backward(o, e, image, (double)scale));
    scores[image] = (float)o->values[0];
    if (!isfinite(scores[image])) return status_fail(PL_NOT_FINITE, "the score is beyond what a float holds");
  }
  return PL_OK;
}
