/* Which axis of a value holds its features: the channels of an image, the features of tokens. What lies along the other axes are
 * positions. Followed from the image through the operators' classes. */
#ifndef FEATURE_AXIS_H
#define FEATURE_AXIS_H

#include "network/graph/graph.h"

typedef struct features {
  int axis;   /* 0 where it cannot be told */
  int prefix; /* of 1 x T x F: tokens that come before those of a map of patches, such as a class token */
} features;

/* found[value_count], of values of these types, with what is known without the image, as graph_infer_known answers both.
 * Error: PL_OUT_OF_MEMORY. */
pl_status feature_axis_find(const graph *g, const tensor_type *types, const onnx_tensor *const *known, features *found);

/* The units that a layer of this shape has along this axis: 0 where none can be chosen. */
int feature_axis_units(const shape *s, int axis);

#endif
