/* Leaves of an objective: the quantities that networks are asked for. One table of kinds, each with its value and gradient. */
#ifndef LEAVES_H
#define LEAVES_H

#include "network/build/feature_axis.h"
#include "network/exec/exec.h"

/* How a layer's values lie: data[image * per_image + unit * unit_stride + part * part_stride + y * y_stride + x * x_stride],
 * and the gradient as well; the optimized images come first in the batch, then the photos. In N x C there is one position; the
 * tokens of N x T x F lie in a row; a network that puts windows beside the images has several parts, else there is one. */
typedef struct layer_view {
  int images, photos;
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
  LEAF_PHOTO = 256,
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
  int y, x; /* of a neuron; CENTRE where left out */
  int vector_length;
  float *vector; /* of finite length > 0 */
  double vector_norm;
  double power;
  int photo;
  mask mask;
  float *workspace; /* of as many floats as the class asks for */
} leaf;

typedef struct leaf_class {
  const char *name;
  unsigned required, optional; /* LEAF_... */
  bool looks_at_unit;          /* alone, whatever the others are */
  /* The value for one image. */
  double (*value)(const leaf *l, const layer_view *v, int image);
  /* Adds dvalue * d value / d layer to the layer's gradient. */
  void (*gradient)(const leaf *l, const layer_view *v, int image, double dvalue);
  /* Where the value for one image depends on the other images: what is called in place of value and gradient, once for all
   * images. */
  void (*group_values)(const leaf *l, const layer_view *v, double *values);
  void (*group_gradient)(const leaf *l, const layer_view *v, const double *dvalues);
  uint64_t (*workspace)(const layer_view *v); /* NULL: none */
} leaf_class;

/* All kinds; the last one's name is NULL. */
extern const leaf_class leaf_classes[];

/* The images and then photos from `first` on of a network's batch. */
typedef struct batch_part {
  int first, images, photos;
} batch_part;

/* What the leaf looks at in a part of a batch of so many. Error: PL_UNKNOWN_LAYER where the layer has no units, mixes the images
 * of the batch, or has no tokens of patches. */
pl_status leaf_view(const leaf *l, const exec_target *target, int batch, const batch_part *part, const char *layer,
                    layer_view *v);

/* Whether what the leaf was told fits the layer. Errors: PL_UNKNOWN_UNIT, PL_INVALID_ARGUMENT. */
pl_status leaf_check(const leaf *l, const layer_view *v, const char *layer);

#endif
