/* Leaves of an objective: the quantities that networks are asked for. One table of kinds, each with its value and its gradient. */
#ifndef LEAVES_H
#define LEAVES_H

#include "exec.h"
#include "feature_axis.h"

/* How a layer's values lie: data[image * per_image + unit * unit_stride + part * part_stride + y * y_stride + x * x_stride], and
 * the gradient as well. In N x C there is one position; the tokens of N x T x F lie in a row; a network that puts windows beside
 * the images has several parts, else there is one. */
typedef struct layer_view {
  int units, parts, height, width;
  size_t per_image, unit_stride, part_stride, y_stride, x_stride;
  const float *data;
  float *gradient;
} layer_view;

/* Which tokens of N x T x F are looked at. */
typedef enum leaf_tokens { ALL_TOKENS, PATCH_TOKENS, CLASS_TOKEN } leaf_tokens;


/* Weights of a layer's positions. */
typedef struct mask {
  int height, width; /* 0: all positions alike */
  double sum;        /* of the values, > 0 */
  float *values;     /* >= 0 */
} mask;

/* What a leaf may be told, as bits. */
enum {
  LEAF_LAYER = 1,
  LEAF_UNIT = 2,
  LEAF_Y = 4,
  LEAF_X = 8,
  LEAF_VECTOR = 16,
  LEAF_POWER = 32,
  LEAF_MASK = 64,
  LEAF_TOKENS = 128,
};

enum { CENTRE = -1 };

typedef struct leaf {
  const struct leaf_class *class;
  const char *layer; /* NULL: the logits layer */
  int target;        /* which of the objective's targets is that layer */
  int unit_axis;     /* of that layer */
  int prefix_tokens; /* before those of the patches, whose number changes with the image's size */
  leaf_tokens tokens;
  int unit;
  int y, x;          /* of a neuron; CENTRE where left out */
  int vector_length;
  float *vector;     /* of finite length > 0 */
  double vector_norm;
  double power;
  mask mask;
} leaf;

typedef struct leaf_class {
  const char *name;
  unsigned required, optional; /* LEAF_... */
  /* The value for one image of the batch. */
  double (*value)(const leaf *l, const layer_view *v, int image);
  /* Adds dvalue * d value / d layer to the layer's gradient. */
  void (*gradient)(const leaf *l, const layer_view *v, int image, double dvalue);
} leaf_class;

/* All kinds; the last one's name is NULL. */
extern const leaf_class leaf_classes[];

/* What the leaf looks at, in a batch. Error: PL_UNKNOWN_LAYER where the layer has no units, mixes the images of the batch, or has no
 * tokens of patches. */
pl_status leaf_view(const leaf *l, const exec_target *target, int batch, const char *layer, layer_view *v);

/* Whether what the leaf was told fits the layer. Errors: PL_UNKNOWN_UNIT, PL_INVALID_ARGUMENT. */
pl_status leaf_check(const leaf *l, const layer_view *v, const char *layer);

#endif
