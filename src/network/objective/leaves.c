#include "network/objective/leaves.h"

#include <math.h>
#include <string.h>

/* ---- views ---- */

/* The floats from one value to the next along each axis. */
static void strides_of(const tensor_type *t, size_t strides[MAX_RANK]) {
  const int last = t->shape.rank - 1;
  size_t stride = 1;
  for (int i = last; i >= 0; i--) {
    const int axis = t->layout == LAYOUT_PLAIN || i == 0 ? i : i == last ? 1 : i + 1;
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

/* There is no memory yet where a layer is only measured. */
static void move_by(layer_view *v, size_t values) {
  if (v->data) v->data += values;
  if (v->gradient) v->gradient += values;
}

/* The axis of the units; where it cannot be told, any for what looks at all values alike. */
static int axis_of(const leaf *l, const shape *s) {
  const bool alike = !(l->class->required & (LEAF_UNIT | LEAF_VECTOR)) && !l->class->group_values && !l->mask.values;
  return l->unit_axis || !alike ? l->unit_axis : s->rank - 1;
}

pl_status leaf_view(const leaf *l, const exec_target *target, int batch, const batch_part *part, const char *layer,
                    layer_view *v) {
  const shape *s = &target->type.shape;
  const int axis = axis_of(l, s);
  if (s->dim[0] % batch) return status_fail(PL_UNKNOWN_LAYER, "layer '%s' of shape %s mixes images", layer, shape_text(s));
  if (!feature_axis_units(s, axis))
    return status_fail(
        PL_UNKNOWN_LAYER, "layer '%s' of shape %s has no units: %s", layer, shape_text(s),
        s->rank < 2 || s->rank > 4 ? "only layers of 2, 3 or 4 dimensions have" : "its units cannot be told from its places");
  *v = view_of(target, axis, batch);
  move_by(v, (size_t)part->first * v->per_image);
  v->images = part->images;
  v->photos = part->photos;
  if (l->tokens == ALL_TOKENS) return PL_OK;
  if (l->tokens == CLASS_TOKEN) {
    v->width = 1;
    return PL_OK;
  }
  if (v->width <= l->prefix_tokens) return status_fail(PL_UNKNOWN_LAYER, "layer '%s' has no tokens of patches here", layer);
  move_by(v, (size_t)l->prefix_tokens * v->x_stride);
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

/* ---- neuron: a unit's value at one position, in layers of windows the mean over these ---- */

static size_t neuron_at(const leaf *l, const layer_view *v, int image, int part) {
  const int y = l->y == CENTRE ? v->height / 2 : l->y, x = l->x == CENTRE ? v->width / 2 : l->x;
  return start_of(v, image, (part * v->height + y) * v->width + x) + (size_t)l->unit * v->unit_stride;
}

static double neuron_value(const leaf *l, const layer_view *v, int image) {
  double sum = 0;
  for (int part = 0; part < v->parts; part++) sum += (double)v->data[neuron_at(l, v, image, part)];
  return sum / v->parts;
}

static void neuron_gradient(const leaf *l, const layer_view *v, int image, double dvalue) {
  for (int part = 0; part < v->parts; part++) v->gradient[neuron_at(l, v, image, part)] += (float)(dvalue / v->parts);
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
  for (int p = 0; p < positions_of(v); p++) sum += share_of(l, v, p) * alignment_at(l, v, v->data + start_of(v, image, p)).dot;
  return sum;
}

static void direction_gradient(const leaf *l, const layer_view *v, int image, double dvalue) {
  for (int p = 0; p < positions_of(v); p++)
    add_dalignment(l, v, &(alignment){0}, dvalue * share_of(l, v, p), 0, start_of(v, image, p));
}

static double cosine_value(const leaf *l, const layer_view *v, int image) {
  double sum = 0;
  for (int p = 0; p < positions_of(v); p++) sum += share_of(l, v, p) * alignment_at(l, v, v->data + start_of(v, image, p)).cosine;
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

/* ---- distance: |x - photo|^2 / |photo|^2 over a whole layer; 0 where the photo's layer is all 0 ---- */

typedef struct distance {
  double difference, size; /* |x - photo|^2, |photo|^2 */
} distance;

static distance distance_of(const leaf *l, const layer_view *v, int image) {
  distance d = {0};
  for (int p = 0; p < positions_of(v); p++) {
    const float *x = v->data + start_of(v, image, p), *photo = v->data + start_of(v, v->images + l->photo, p);
    for (int u = 0; u < v->units; u++) {
      const double y = (double)photo[(size_t)u * v->unit_stride], apart = (double)x[(size_t)u * v->unit_stride] - y;
      d.difference += apart * apart;
      d.size += y * y;
    }
  }
  return d;
}

static double distance_value(const leaf *l, const layer_view *v, int image) {
  const distance d = distance_of(l, v, image);
  return d.size > 0 ? d.difference / d.size : 0;
}

static void distance_gradient(const leaf *l, const layer_view *v, int image, double dvalue) {
  const double size = distance_of(l, v, image).size;
  for (int p = 0; p < positions_of(v) && size > 0; p++) {
    const size_t start = start_of(v, image, p), photo = start_of(v, v->images + l->photo, p);
    for (int u = 0; u < v->units; u++) {
      const size_t i = (size_t)u * v->unit_stride;
      v->gradient[start + i] += (float)(2 * dvalue / size * ((double)v->data[start + i] - (double)v->data[photo + i]));
    }
  }
}

/* ---- diversity: minus the mean cosine of an image's Gram matrix G = sum over positions of x x' with those of the others ----
 *
 * The workspace: images x units x units for the matrices, units x units for d score / d G of one image, units for x, units
 * for dx. */

enum { MOST_GRAM_UNITS = 4096 };

static size_t gram_size(const layer_view *v) { return (size_t)v->units * (size_t)v->units; }

static uint64_t diversity_workspace(const layer_view *v) {
  return size_sum(size_product((uint64_t)v->images + 1, gram_size(v)), 2 * (uint64_t)v->units);
}

static float *gram_of(const leaf *l, const layer_view *v, int image) { return l->workspace + (size_t)image * gram_size(v); }
static float *dgram_of(const leaf *l, const layer_view *v) { return gram_of(l, v, v->images); }

/* The units of a position, one beside the other. */
static const float *gather(const leaf *l, const layer_view *v, size_t start) {
  float *row = gram_of(l, v, v->images + 1);
  for (int u = 0; u < v->units; u++) row[u] = v->data[start + (size_t)u * v->unit_stride];
  return row;
}

/* sum += factor * x */
static void add_scaled(float *restrict sum, float factor, const float *restrict x, int count) {
  for (int i = 0; i < count; i++) sum[i] += factor * x[i];
}

static void make_gram(const leaf *l, const layer_view *v, int image) {
  float *gram = gram_of(l, v, image);
  memset(gram, 0, gram_size(v) * sizeof *gram);
  for (int p = 0; p < positions_of(v); p++) {
    const float *x = gather(l, v, start_of(v, image, p));
    for (int a = 0; a < v->units; a++) add_scaled(gram + (size_t)a * (size_t)v->units, x[a], x, v->units);
  }
}

static double gram_product(const leaf *l, const layer_view *v, int i, int j) {
  const float *a = gram_of(l, v, i), *b = gram_of(l, v, j);
  double sum = 0;
  for (size_t k = 0; k < gram_size(v); k++) sum += (double)a[k] * (double)b[k];
  return sum;
}

/* Of all pairs; 0 where one of the two matrices is 0. */
typedef struct gram_cosines {
  double norm[PL_MAX_IMAGES], cosine[PL_MAX_IMAGES][PL_MAX_IMAGES];
} gram_cosines;

static gram_cosines cosines_of(const leaf *l, const layer_view *v) {
  gram_cosines c = {0};
  for (int i = 0; i < v->images; i++) c.norm[i] = sqrt(gram_product(l, v, i, i));
  for (int i = 0; i < v->images; i++)
    for (int j = 0; j < i; j++)
      if (c.norm[i] > 0 && c.norm[j] > 0) c.cosine[i][j] = c.cosine[j][i] = gram_product(l, v, i, j) / (c.norm[i] * c.norm[j]);
  return c;
}

static void diversity_values(const leaf *l, const layer_view *v, double *values) {
  for (int i = 0; i < v->images; i++) make_gram(l, v, i);
  const gram_cosines c = cosines_of(l, v);
  for (int i = 0; i < v->images; i++) {
    values[i] = 0;
    for (int j = 0; j < v->images; j++)
      if (j != i) values[i] -= c.cosine[i][j] / (v->images - 1);
  }
}

/* dgram += of_pair * d cosine(i, j) / d G_i, which is G_j / (|G_i| |G_j|) - cosine G_i / |G_i|^2 */
static void add_dgram(const leaf *l, const layer_view *v, const gram_cosines *c, int i, int j, double of_pair) {
  if (!(c->norm[i] > 0 && c->norm[j] > 0)) return;
  const float of_j = (float)(of_pair / (c->norm[i] * c->norm[j]));
  const float of_i = (float)(-of_pair * c->cosine[i][j] / (c->norm[i] * c->norm[i]));
  const float *other = gram_of(l, v, j), *own = gram_of(l, v, i);
  float *dgram = dgram_of(l, v);
  for (size_t k = 0; k < gram_size(v); k++) dgram[k] += of_j * other[k] + of_i * own[k];
}

/* dx += 2 dgram x at every position; dgram is symmetric */
static void add_from_dgram(const leaf *l, const layer_view *v, int image) {
  const float *dgram = dgram_of(l, v);
  for (int p = 0; p < positions_of(v); p++) {
    const size_t start = start_of(v, image, p);
    const float *x = gather(l, v, start);
    float *dx = gram_of(l, v, v->images + 1) + v->units;
    memset(dx, 0, (size_t)v->units * sizeof *dx);
    for (int a = 0; a < v->units; a++) add_scaled(dx, 2 * x[a], dgram + (size_t)a * (size_t)v->units, v->units);
    for (int a = 0; a < v->units; a++) v->gradient[start + (size_t)a * v->unit_stride] += dx[a];
  }
}

/* A pair's cosine stands in the values of both. */
static void diversity_gradient(const leaf *l, const layer_view *v, const double *dvalues) {
  const gram_cosines c = cosines_of(l, v); /* the matrices are those of diversity_values */
  for (int i = 0; i < v->images; i++) {
    memset(dgram_of(l, v), 0, gram_size(v) * sizeof(float));
    for (int j = 0; j < v->images; j++)
      if (j != i) add_dgram(l, v, &c, i, j, -(dvalues[i] + dvalues[j]) / (v->images - 1));
    add_from_dgram(l, v, i);
  }
}

/* ---- the table ---- */

enum { VECTOR_KEYS = LEAF_LAYER | LEAF_VECTOR, PART_KEYS = LEAF_MASK | LEAF_TOKENS };

/* An X_value and its X_gradient. */
#define OF_ONE(leaf) .value = leaf##_value, .gradient = leaf##_gradient

const leaf_class leaf_classes[] = {
    {"channel", LEAF_LAYER | LEAF_UNIT, PART_KEYS, OF_ONE(channel), .looks_at_unit = true},
    {"neuron", LEAF_LAYER | LEAF_UNIT, LEAF_Y | LEAF_X, OF_ONE(neuron), .looks_at_unit = true},
    {"logit", LEAF_UNIT, LEAF_LAYER, OF_ONE(channel), .looks_at_unit = true},
    {"probability", LEAF_UNIT, LEAF_LAYER, OF_ONE(probability)},
    {"layer", LEAF_LAYER, PART_KEYS, OF_ONE(layer)},
    {"direction", VECTOR_KEYS, PART_KEYS, OF_ONE(direction)},
    {"cosine", VECTOR_KEYS, PART_KEYS, OF_ONE(cosine)},
    {"dot-cosine", VECTOR_KEYS, PART_KEYS | LEAF_POWER, OF_ONE(dot_cosine)},
    {"distance", LEAF_LAYER | LEAF_PHOTO, LEAF_TOKENS, OF_ONE(distance)},
    {"diversity", LEAF_LAYER, LEAF_TOKENS, .group_values = diversity_values, .group_gradient = diversity_gradient,
     .workspace = diversity_workspace},
    {NULL},
};

#undef OF_ONE

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
  if ((keys & LEAF_PHOTO) && l->photo >= v->photos)
    return status_fail(PL_INVALID_ARGUMENT, "the %s of layer '%s' is to photo %d, but there are %d photos, from 0",
                       l->class->name, layer, l->photo, v->photos);
  if (l->class->group_values && v->images < 2)
    return status_fail(PL_INVALID_ARGUMENT, "the %s of layer '%s' is between images, but there is only 1", l->class->name, layer);
  if (l->class->workspace && v->units > MOST_GRAM_UNITS)
    return status_fail(PL_INVALID_ARGUMENT, "layer '%s' has %d units, but the %s takes at most %d", layer, v->units,
                       l->class->name, MOST_GRAM_UNITS);
  if (l->mask.values && v->parts > 1)
    return status_fail(PL_INVALID_ARGUMENT, "layer '%s' lies in %d windows here, which a mask cannot weigh", layer, v->parts);
  if (l->mask.values && (l->mask.height != v->height || l->mask.width != v->width))
    return status_fail(PL_INVALID_ARGUMENT, "layer '%s' is %dx%d here, but the %s's mask is %dx%d", layer, v->height, v->width,
                       l->class->name, l->mask.height, l->mask.width);
  return PL_OK;
}
