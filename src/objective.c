#include "objective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feature_axis.h"

struct objective {
  const graph *graph;
  int count;
  pl_term terms[PL_MAX_TERMS];
  int target_of[PL_MAX_TERMS]; /* which of the targets a term looks at */
  int features[PL_MAX_TERMS];  /* per term: the axis of its layer's units */
  int prefix[PL_MAX_TERMS];    /* tokens before those of the patches, whose number changes with the image's size */
  int target_count;
  int targets[PL_MAX_TERMS];   /* values of the graph */
};

/* Where a unit's values stand in a layer: position p of a part at first + p / inner * step + p % inner. */
typedef struct unit_view {
  size_t part, first, step, inner; /* part: floats of each of an image's parts */
  int parts;                       /* of an image: windows, where a network puts them beside the images; else 1 */
  int height, width;               /* positions of a part; N x T x F: 1 x T */
  bool across;                     /* p counts columns before rows */
} unit_view;

int objective_units(const shape *s, int axis) { return s->rank >= 2 && s->rank <= 4 && axis > 0 ? s->dim[axis] : 0; }

/* The sizes as they lie in memory, and where `axis` is among them. */
static shape in_memory(const tensor_type *t, int *axis) {
  shape s = t->shape;
  if (s.rank != 4 || t->layout == LAYOUT_PLAIN) return s;
  s.dim[1] = t->shape.dim[2], s.dim[2] = t->shape.dim[3], s.dim[3] = t->shape.dim[1];
  *axis = *axis == 1 ? 3 : *axis - 1;
  return s;
}

/* unit < the layer's units */
static unit_view view_of(const tensor_type *t, int axis, int unit, int images) {
  const int *dim = t->shape.dim;
  int at = axis, sizes[2] = {1, 1};
  const shape s = in_memory(t, &at);
  unit_view v = {.parts = dim[0] / images, .inner = 1, .across = at != axis && axis > 1};
  for (int d = at + 1; d < s.rank; d++) v.inner *= (size_t)s.dim[d];
  v.first = (size_t)unit * v.inner;
  v.step = (size_t)s.dim[at] * v.inner;
  v.part = shape_count(&s) / (size_t)dim[0];
  for (int d = t->shape.rank - 1, k = 1; d > 0; d--)
    if (d != axis) sizes[k--] = dim[d];
  v.height = sizes[0];
  v.width = sizes[1];
  return v;
}

static size_t place_of(const unit_view *v, int position) {
  const size_t p = (size_t)position;
  return v->first + p / v->inner * v->step + p % v->inner;
}

static pl_status check_unit(const shape *s, int axis, int unit, const char *layer) {
  const int units = objective_units(s, axis);
  if (unit >= 0 && unit < units) return PL_OK;
  return status_fail(PL_UNKNOWN_UNIT, "layer '%s' has units 0 to %d, but unit %d was asked for", layer, units - 1, unit);
}

static pl_status check_tokens(const shape *s, int axis, const pl_term *term, const char *layer) {
  if (term->kind != PL_CHANNEL || term->tokens == PL_ALL_TOKENS || feature_axis_prefix(s, axis)) return PL_OK;
  return status_fail(PL_INVALID_ARGUMENT, "layer '%s' of shape %s has no class token: its tokens cannot be told apart", layer,
                     shape_text(s));
}

static pl_status resolve_layer(const graph *g, const tensor_type *types, const uint8_t *features, const pl_term *term, int *found) {
  *found = g->logits;
  if (term->layer || g->logits < 0) TRY(graph_find_layer(g, term->layer ? term->layer : "logits", found));
  const char *name = g->values[*found].name;
  const shape *s = &types[*found].shape;
  if (s->rank < 0) return PL_OK; /* it cannot run, which exec_create explains */
  if (!objective_units(s, features[*found]))
    return status_fail(PL_UNKNOWN_LAYER, "layer '%s' of shape %s has no units: only layers of 2, 3 or 4 dimensions have", name,
                       shape_text(s));
  TRY(check_unit(s, features[*found], term->unit, name));
  return check_tokens(s, features[*found], term, name);
}

static int add_target(objective *o, int target) {
  for (int i = 0; i < o->target_count; i++)
    if (o->targets[i] == target) return i;
  o->targets[o->target_count] = target;
  return o->target_count++;
}

pl_status objective_create(const graph *g, const tensor_type *types, const uint8_t *features, const pl_objective *terms,
                           objective **out) {
  *out = NULL;
  if (terms->count < 1 || terms->count > PL_MAX_TERMS)
    return status_fail(PL_INVALID_ARGUMENT, "an objective has 1 to %d terms, not %d", PL_MAX_TERMS, terms->count);
  objective *o = calloc(1, sizeof *o);
  if (!o) return status_fail(PL_OUT_OF_MEMORY, "no memory left for the objective");
  o->graph = g;
  o->count = terms->count;
  for (int i = 0; i < terms->count; i++) {
    int target;
    const pl_status status = resolve_layer(g, types, features, &terms->terms[i], &target);
    if (status) {
      objective_free(o);
      return status;
    }
    o->terms[i] = terms->terms[i];
    o->target_of[i] = add_target(o, target);
    o->features[i] = features[target];
    o->prefix[i] = feature_axis_prefix(&types[target].shape, features[target]);
  }
  *out = o;
  return PL_OK;
}

void objective_free(objective *o) { free(o); }

static const char *layer_name(const objective *o, int term) { return o->graph->values[o->targets[o->target_of[term]]].name; }

const int *objective_targets(const objective *o, int *count) {
  *count = o->target_count;
  return o->targets;
}

static pl_status find_neuron(const pl_term *term, const unit_view *v, const char *layer, int *position) {
  const int y = term->y < 0 ? v->height / 2 : term->y, x = term->x < 0 ? v->width / 2 : term->x;
  if (y >= v->height || x >= v->width)
    return status_fail(PL_UNKNOWN_UNIT, "layer '%s' is %dx%d here, but the neuron at y %d, x %d was asked for", layer, v->height,
                       v->width, y, x);
  *position = v->across ? x * v->height + y : y * v->width + x;
  return PL_OK;
}

/* The positions that a term looks at: all, some tokens, or one. */
static pl_status positions_of(const pl_term *term, const unit_view *v, int prefix, const char *layer, int *first, int *count) {
  *first = 0;
  *count = v->height * v->width;
  if (term->kind == PL_NEURON || (term->kind == PL_CHANNEL && term->tokens == PL_CLASS_TOKEN)) *count = 1;
  if (term->kind == PL_CHANNEL && term->tokens == PL_PATCH_TOKENS) {
    if (*count <= prefix) return status_fail(PL_UNKNOWN_UNIT, "layer '%s' has no tokens of patches here", layer);
    *first = prefix;
    *count -= prefix;
  }
  return term->kind == PL_NEURON ? find_neuron(term, v, layer, first) : PL_OK;
}

/* scores += weight * mean(values), and their gradients. */
static pl_status evaluate_term(const objective *o, int index, exec *e, int images, float scale, float *scores) {
  const pl_term *term = &o->terms[index];
  const int axis = o->features[index];
  const char *name = layer_name(o, index);
  const exec_target layer = exec_layer(e, o->target_of[index]);
  const unit_view v = view_of(&layer.type, axis, term->unit, exec_batch(e));
  int first, count;
  TRY(positions_of(term, &v, o->prefix[index], name, &first, &count));
  const float slope = scale * term->weight / ((float)count * (float)v.parts);
  for (int image = 0; image < images; image++) {
    double sum = 0;
    for (int part = 0; part < v.parts; part++) {
      const size_t start = ((size_t)image * (size_t)v.parts + (size_t)part) * v.part;
      for (int i = 0; i < count; i++) {
        const size_t at = start + place_of(&v, first + i);
        sum += (double)layer.data[at];
        layer.gradient[at] += slope;
      }
    }
    scores[image] += term->weight * (float)(sum / ((double)count * v.parts));
    if (!isfinite(scores[image]))
      return status_fail(PL_NOT_FINITE, "unit %d of layer '%s' is not a finite number: the model or its input is broken",
                         term->unit, name);
  }
  return PL_OK;
}

pl_status objective_check(const objective *o, exec *e) {
  for (int i = 0; i < o->count; i++) {
    const shape s = exec_layer(e, o->target_of[i]).type.shape;
    TRY(check_unit(&s, o->features[i], o->terms[i].unit, layer_name(o, i)));
    if (s.dim[0] % exec_batch(e))
      return status_fail(PL_UNKNOWN_LAYER, "layer '%s' of shape %s mixes images", layer_name(o, i), shape_text(&s));
  }
  return PL_OK;
}

pl_status objective_evaluate(const objective *o, exec *e, int images, float scale, float *scores) {
  memset(scores, 0, (size_t)images * sizeof *scores);
  for (int i = 0; i < o->count; i++) TRY(evaluate_term(o, i, e, images, scale, scores));
  return PL_OK;
}
