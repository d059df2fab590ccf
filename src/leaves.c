#include "leaves.h"

#include <math.h>

/* ---- views ---- */

/* The floats from one value to the next along each axis. */
static void strides_of(const tensor_type *t, size_t strides[MAX_RANK]) {
  static const int channels_last[] = {0, 2, 3, 1};
  const bool plain = t->shape.rank != 4 || t->layout == LAYOUT_PLAIN;
  size_t stride = 1;
  for (int i = t->shape.rank - 1; i >= 0; i--) {
    const int axis = plain ? i : channels_last[i];
    strides[axis] = stride;
    stride *= (size_t)t->shape.dim[axis];
  }
}

/* Positions lie along the axes that are neither the images' nor the units'. */
static layer_view view_of(const exec_target *target, int unit_axis, int batch) {
  const shape *s = &target->type.shape;
  size_t strides[MAX_RANK];
  strides_of(&target->type, strides);
  layer_view v = {.height = 1, .width = 1, .data = target->data, .gradient = target->gradient};
  v.units = s->dim[unit_axis];
  v.unit_stride = strides[unit_axis];
  v.parts = s->dim[0] / batch;
  v.part_stride = strides[0];
  v.per_image = (size_t)v.parts * strides[0];
  for (int axis = 1; axis < s->rank; axis++) {
    if (axis == unit_axis) continue;
    v.height = v.width, v.y_stride = v.x_stride;
    v.width = s->dim[axis], v.x_stride = strides[axis];
  }
  return v;
}

pl_status leaf_view(const leaf *l, const exec_target *target, int batch, const char *layer, layer_view *v) {
  const shape *s = &target->type.shape;
  if (!feature_axis_units(s, l->unit_axis))
    return status_fail(PL_UNKNOWN_LAYER, "layer '%s' of shape %s has no units: only layers of 2, 3 or 4 dimensions have", layer,
                       shape_text(s));
  if (s->dim[0] % batch) return status_fail(PL_UNKNOWN_LAYER, "layer '%s' of shape %s mixes images", layer, shape_text(s));
  *v = view_of(target, l->unit_axis, batch);
  if (l->tokens == ALL_TOKENS) return PL_OK;
  if (l->tokens == CLASS_TOKEN) {
    v->width = 1;
    return PL_OK;
  }
  if (v->width <= l->prefix_tokens) return status_fail(PL_UNKNOWN_LAYER, "layer '%s' has no tokens of patches here", layer);
  v->data += (size_t)l->prefix_tokens * v->x_stride;
  v->gradient += (size_t)l->prefix_tokens * v->x_stride;
  v->width -= l->prefix_tokens;
  return PL_OK;
}

static int positions_of(const layer_view *v) { return v->parts * v->height * v->width; }

/* Where the values of a position begin. */
static size_t start_of(const layer_view *v, int image, int position) {
  const int row = position / v->width, x = position % v->width;
  return (size_t)image * v->per_image + (size_t)(row / v->height) * v->part_stride + (size_t)(row % v->height) * v->y_stride +
         (size_t)x * v->x_stride;
}

/* A position's part in the mean over positions; 0 where the mask leaves it out. */
static double share_of(const leaf *l, const layer_view *v, int position) {
  return l->mask.values ? (double)l->mask.values[position] / l->mask.sum : 1.0 / positions_of(v);
}

/* ---- channel, logit: the mean of a unit's values ---- */

static double channel_value(const leaf *l, const layer_view *v, int image) {
  double sum = 0;
  for (int p = 0; p < positions_of(v); p++)
    sum += share_of(l, v, p) * (double)v->data[start_of(v, image, p) + (size_t)l->unit * v->unit_stride];
  return sum;
}

static void channel_gradient(const leaf *l, const layer_view *v, int image, double dvalue) {
  for (int p = 0; p < positions_of(v); p++)
    v->gradient[start_of(v, image, p) + (size_t)l->unit * v->unit_stride] += (float)(dvalue * share_of(l, v, p));
}

/* ---- neuron: a unit's value at one position ---- */

static size_t neuron_at(const leaf *l, const layer_view *v, int image) {
  const int y = l->y == CENTRE ? v->height / 2 : l->y, x = l->x == CENTRE ? v->width / 2 : l->x;
  return start_of(v, image, y * v->width + x) + (size_t)l->unit * v->unit_stride;
}

static double neuron_value(const leaf *l, const layer_view *v, int image) { return (double)v->data[neuron_at(l, v, image)]; }

static void neuron_gradient(const leaf *l, const layer_view *v, int image, double dvalue) {
  v->gradient[neuron_at(l, v, image)] += (float)dvalue;
}

/* ---- probability: softmax over the units, the mean over positions ---- */

typedef struct softmax {
  double largest, sum; /* of the values; of exp(value - largest) */
} softmax;

static softmax softmax_at(const layer_view *v, const float *x) {
  softmax s = {.largest = (double)x[0]};
  for (int u = 1; u < v->units; u++) s.largest = fmax(s.largest, (double)x[(size_t)u * v->unit_stride]);
  for (int u = 0; u < v->units; u++) s.sum += exp((double)x[(size_t)u * v->unit_stride] - s.largest);
  return s;
}

static double softmax_of(const softmax *s, float x) { return exp((double)x - s->largest) / s->sum; }

static double probability_value(const leaf *l, const layer_view *v, int image) {
  double sum = 0;
  for (int p = 0; p < positions_of(v); p++) {
    const float *x = v->data + start_of(v, image, p);
    const softmax s = softmax_at(v, x);
    sum += share_of(l, v, p) * softmax_of(&s, x[(size_t)l->unit * v->unit_stride]);
  }
  return sum;
}

/* d p_unit / d x_u = p_unit ((u == unit) - p_u) */
static void probability_gradient(const leaf *l, const layer_view *v, int image, double dvalue) {
  for (int p = 0; p < positions_of(v); p++) {
    const float *x = v->data + start_of(v, image, p);
    float *dx = v->gradient + start_of(v, image, p);
    const softmax s = softmax_at(v, x);
    const double factor = dvalue * share_of(l, v, p) * softmax_of(&s, x[(size_t)l->unit * v->unit_stride]);
    for (int u = 0; u < v->units; u++)
      dx[(size_t)u * v->unit_stride] += (float)(factor * ((u == l->unit) - softmax_of(&s, x[(size_t)u * v->unit_stride])));
  }
}

/* ---- layer: the mean of all squares (DeepDream) ---- */

static double squares_at(const layer_view *v, const float *x) {
  double sum = 0;
  for (int u = 0; u < v->units; u++) sum += (double)x[(size_t)u * v->unit_stride] * (double)x[(size_t)u * v->unit_stride];
  return sum;
}

static double layer_value(const leaf *l, const layer_view *v, int image) {
  double sum = 0;
  for (int p = 0; p < positions_of(v); p++) sum += share_of(l, v, p) * squares_at(v, v->data + start_of(v, image, p));
  return sum / v->units;
}

static void layer_gradient(const leaf *l, const layer_view *v, int image, double dvalue) {
  for (int p = 0; p < positions_of(v); p++) {
    const size_t start = start_of(v, image, p);
    const double factor = 2 * dvalue * share_of(l, v, p) / v->units;
    for (int u = 0; u < v->units; u++) {
      const size_t i = start + (size_t)u * v->unit_stride;
      v->gradient[i] += (float)(factor * (double)v->data[i]);
    }
  }
}

/* ---- direction, cosine, dot-cosine: f(dot, cosine) of a position's units x and a vector, the mean over positions ---- */

typedef struct alignment {
  double dot, norm, cosine; /* <x, vector>, |x|, dot / (|x| |vector|), which is 0 where x is 0 */
} alignment;

static alignment alignment_at(const leaf *l, const layer_view *v, const float *x) {
  alignment a = {.norm = sqrt(squares_at(v, x))};
  for (int u = 0; u < v->units; u++) a.dot += (double)x[(size_t)u * v->unit_stride] * (double)l->vector[u];
  if (a.norm > 0) a.cosine = a.dot / (a.norm * l->vector_norm);
  return a;
}

/* Adds ddot * d dot / dx + dcosine * d cosine / dx, where
 * d dot / dx = vector, d cosine / dx = vector / (|x| |vector|) - cosine x / |x|^2 (taken for 0 where x is 0). */
static void add_dalignment(const leaf *l, const layer_view *v, const alignment *a, double ddot, double dcosine, size_t start) {
  double of_vector = ddot, of_x = 0;
  if (a->norm > 0) {
    of_vector += dcosine / (a->norm * l->vector_norm);
    of_x = -dcosine * a->cosine / (a->norm * a->norm);
  }
  for (int u = 0; u < v->units; u++) {
    const size_t i = start + (size_t)u * v->unit_stride;
    v->gradient[i] += (float)(of_vector * (double)l->vector[u] + of_x * (double)v->data[i]);
  }
}

static double direction_value(const leaf *l, const layer_view *v, int image) {
  double sum = 0;
  for (int p = 0; p < positions_of(v); p++)
    sum += share_of(l, v, p) * alignment_at(l, v, v->data + start_of(v, image, p)).dot;
  return sum;
}

static void direction_gradient(const leaf *l, const layer_view *v, int image, double dvalue) {
  for (int p = 0; p < positions_of(v); p++)
    add_dalignment(l, v, &(alignment){0}, dvalue * share_of(l, v, p), 0, start_of(v, image, p));
}

static double cosine_value(const leaf *l, const layer_view *v, int image) {
  double sum = 0;
  for (int p = 0; p < positions_of(v); p++)
    sum += share_of(l, v, p) * alignment_at(l, v, v->data + start_of(v, image, p)).cosine;
  return sum;
}

static void cosine_gradient(const leaf *l, const layer_view *v, int image, double dvalue) {
  for (int p = 0; p < positions_of(v); p++) {
    const size_t start = start_of(v, image, p);
    const alignment a = alignment_at(l, v, v->data + start);
    add_dalignment(l, v, &a, 0, dvalue * share_of(l, v, p), start);
  }
}

/* dot * max(cosine, 0.1)^power, as Lucid has it: a step away from the vector must not look like progress. */
static const double LEAST_COSINE = 0.1;

static double dot_cosine_value(const leaf *l, const layer_view *v, int image) {
  double sum = 0;
  for (int p = 0; p < positions_of(v); p++) {
    const alignment a = alignment_at(l, v, v->data + start_of(v, image, p));
    sum += share_of(l, v, p) * a.dot * pow(fmax(a.cosine, LEAST_COSINE), l->power);
  }
  return sum;
}

static void dot_cosine_gradient(const leaf *l, const layer_view *v, int image, double dvalue) {
  for (int p = 0; p < positions_of(v); p++) {
    const size_t start = start_of(v, image, p);
    const alignment a = alignment_at(l, v, v->data + start);
    const double factor = dvalue * share_of(l, v, p), cosine = fmax(a.cosine, LEAST_COSINE);
    const double dcosine = a.cosine > LEAST_COSINE ? a.dot * l->power * pow(cosine, l->power - 1) : 0;
    add_dalignment(l, v, &a, factor * pow(cosine, l->power), factor * dcosine, start);
  }
}

/* ---- the table ---- */

enum { VECTOR_KEYS = LEAF_LAYER | LEAF_VECTOR, PART_KEYS = LEAF_MASK | LEAF_TOKENS };

const leaf_class leaf_classes[] = {
    {"channel", LEAF_LAYER | LEAF_UNIT, PART_KEYS, channel_value, channel_gradient},
    {"neuron", LEAF_LAYER | LEAF_UNIT, LEAF_Y | LEAF_X, neuron_value, neuron_gradient},
    {"logit", LEAF_UNIT, LEAF_LAYER, channel_value, channel_gradient},
    {"probability", LEAF_UNIT, LEAF_LAYER, probability_value, probability_gradient},
    {"layer", LEAF_LAYER, PART_KEYS, layer_value, layer_gradient},
    {"direction", VECTOR_KEYS, PART_KEYS, direction_value, direction_gradient},
    {"cosine", VECTOR_KEYS, PART_KEYS, cosine_value, cosine_gradient},
    {"dot-cosine", VECTOR_KEYS, PART_KEYS | LEAF_POWER, dot_cosine_value, dot_cosine_gradient},
    {NULL, 0, 0, NULL, NULL},
};

/* ---- checks ---- */

pl_status leaf_check(const leaf *l, const layer_view *v, const char *layer) {
  const unsigned keys = l->class->required | l->class->optional;
  if ((keys & LEAF_UNIT) && l->unit >= v->units)
    return status_fail(PL_UNKNOWN_UNIT, "layer '%s' has units 0 to %d, but unit %d was asked for", layer, v->units - 1, l->unit);
  if ((keys & (LEAF_Y | LEAF_X)) && (l->y >= v->height || l->x >= v->width))
    return status_fail(PL_UNKNOWN_UNIT, "layer '%s' is %dx%d here, but the neuron at y %d, x %d was asked for", layer, v->height,
                       v->width, l->y, l->x);
  if ((keys & LEAF_VECTOR) && l->vector_length != v->units)
    return status_fail(PL_INVALID_ARGUMENT, "layer '%s' has %d units, but the %s's vector has %d numbers", layer, v->units,
                       l->class->name, l->vector_length);
  if (l->mask.values && v->parts > 1)
    return status_fail(PL_INVALID_ARGUMENT, "layer '%s' lies in %d windows here, which a mask cannot weigh", layer, v->parts);
  if (l->mask.values && (l->mask.height != v->height || l->mask.width != v->width))
    return status_fail(PL_INVALID_ARGUMENT, "layer '%s' is %dx%d here, but the %s's mask is %dx%d", layer, v->height, v->width,
                       l->class->name, l->mask.height, l->mask.width);
  return PL_OK;
}
