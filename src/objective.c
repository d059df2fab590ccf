#include "objective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct objective {
  const graph *graph;
  int count;
  pl_term terms[PL_MAX_TERMS];
  int target_of[PL_MAX_TERMS]; /* which of the targets a term looks at */
  int target_count;
  int targets[PL_MAX_TERMS];   /* values of the graph */
};

/* Where a unit's values stand in a layer: values[image * per_image + first + position * stride]. */
typedef struct unit_view {
  size_t per_image, first, stride;
  int positions, width; /* width of a map of positions */
} unit_view;

static int unit_count(const tensor_type *t) {
  return t->shape.rank == 3 ? t->shape.dim[2] : t->shape.rank == 2 || t->shape.rank == 4 ? t->shape.dim[1] : 0;
}

/* N x C, N x T x F (unit: a feature) and N x C x H x W. */
static unit_view view_of(const tensor_type *t, int unit) {
  const int *dim = t->shape.dim;
  unit_view v = {.first = (size_t)unit, .positions = 1, .width = 1, .stride = 1};
  v.per_image = shape_count(&t->shape) / (size_t)dim[0];
  if (t->shape.rank == 3) {
    v.positions = v.width = dim[1];
    v.stride = (size_t)dim[2];
  } else if (t->shape.rank == 4) {
    v.positions = dim[2] * dim[3];
    v.width = dim[3];
    v.stride = t->layout == LAYOUT_CHANNELS_LAST ? (size_t)dim[1] : 1;
    if (t->layout == LAYOUT_PLAIN) v.first = (size_t)unit * (size_t)v.positions;
  }
  return v;
}

static pl_status check_unit(const tensor_type *t, int unit, const char *layer) {
  if (unit >= 0 && unit < unit_count(t)) return PL_OK;
  return status_fail(PL_UNKNOWN_UNIT, "layer '%s' has units 0 to %d, but unit %d was asked for", layer, unit_count(t) - 1, unit);
}

static pl_status resolve_layer(const graph *g, const tensor_type *types, const pl_term *term, int *found) {
  *found = term->layer ? graph_find(g, term->layer) : g->logits;
  if (*found < 0) return status_fail(PL_UNKNOWN_LAYER, "this model has no layer '%s'", term->layer ? term->layer : "logits");
  const value *v = &g->values[*found];
  if (v->constant || v->shape_only || v->producer < 0)
    return status_fail(PL_UNKNOWN_LAYER, "'%s' is not a layer: it does not depend on the image", v->name);
  const tensor_type *t = &types[*found];
  if (t->shape.rank >= 0 && !unit_count(t))
    return status_fail(PL_UNKNOWN_LAYER, "layer '%s' of shape %s has no units: only layers of 2, 3 or 4 dimensions have", v->name,
                       shape_text(&t->shape));
  return t->shape.rank < 0 ? PL_OK : check_unit(t, term->unit, v->name);
}

static int add_target(objective *o, int target) {
  for (int i = 0; i < o->target_count; i++)
    if (o->targets[i] == target) return i;
  o->targets[o->target_count] = target;
  return o->target_count++;
}

pl_status objective_create(const graph *g, const tensor_type *types, const pl_objective *terms, objective **out) {
  *out = NULL;
  if (terms->count < 1 || terms->count > PL_MAX_TERMS)
    return status_fail(PL_INVALID_ARGUMENT, "an objective has 1 to %d terms, not %d", PL_MAX_TERMS, terms->count);
  objective *o = calloc(1, sizeof *o);
  if (!o) return status_fail(PL_OUT_OF_MEMORY, "no memory left for the objective");
  o->graph = g;
  o->count = terms->count;
  for (int i = 0; i < terms->count; i++) {
    int target;
    const pl_status status = resolve_layer(g, types, &terms->terms[i], &target);
    if (status) {
      objective_free(o);
      return status;
    }
    o->terms[i] = terms->terms[i];
    o->target_of[i] = add_target(o, target);
  }
  *out = o;
  return PL_OK;
}

void objective_free(objective *o) { free(o); }

const int *objective_targets(const objective *o, int *count) {
  *count = o->target_count;
  return o->targets;
}

/* The positions that a term looks at: all, or one. */
static pl_status positions_of(const pl_term *term, const unit_view *v, const char *layer, int *first, int *count) {
  *first = 0;
  *count = v->positions;
  if (term->kind != PL_NEURON) return PL_OK;
  const int height = v->positions / v->width;
  const int y = term->y < 0 ? height / 2 : term->y, x = term->x < 0 ? v->width / 2 : term->x;
  if (y >= height || x >= v->width)
    return status_fail(PL_UNKNOWN_UNIT, "layer '%s' is %dx%d here, but the neuron at y %d, x %d was asked for", layer, height,
                       v->width, y, x);
  *first = y * v->width + x;
  *count = 1;
  return PL_OK;
}

/* score += weight * mean(values), and its gradient. */
static pl_status evaluate_term(const pl_term *term, const exec_target *layer, const char *name, int images, float scale,
                               float *scores) {
  const unit_view v = view_of(&layer->type, term->unit);
  int first, count;
  TRY(positions_of(term, &v, name, &first, &count));
  for (int image = 0; image < images; image++) {
    const size_t start = (size_t)image * v.per_image + v.first + (size_t)first * v.stride;
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (double)layer->data[start + (size_t)i * v.stride];
      layer->gradient[start + (size_t)i * v.stride] += scale * term->weight / (float)count;
    }
    scores[image] += term->weight * (float)(sum / count);
    if (!isfinite(scores[image]))
      return status_fail(PL_NOT_FINITE, "unit %d of layer '%s' is not a finite number: the model or its input is broken",
                         term->unit, name);
  }
  return PL_OK;
}

pl_status objective_check(const objective *o, exec *e) {
  for (int i = 0; i < o->count; i++) {
    const exec_target layer = exec_layer(e, o->target_of[i]);
    TRY(check_unit(&layer.type, o->terms[i].unit, o->graph->values[o->targets[o->target_of[i]]].name));
  }
  return PL_OK;
}

pl_status objective_evaluate(const objective *o, exec *e, int images, float scale, float *scores) {
  memset(scores, 0, (size_t)images * sizeof *scores);
  for (int i = 0; i < o->count; i++) {
    const exec_target layer = exec_layer(e, o->target_of[i]);
    TRY(evaluate_term(&o->terms[i], &layer, o->graph->values[o->targets[o->target_of[i]]].name, images, scale, scores));
  }
  return PL_OK;
}
