/* Which axis of a value holds its features: the channels of an image, the features of tokens. What lies along the other axes are
 * positions. ONNX does not say; the operators on the way to a value do. */
#ifndef FEATURE_AXIS_H
#define FEATURE_AXIS_H

#include "network/graph/graph.h"

/* axes[value_count]: by the operator that makes the value where that settles it (a convolution puts channels at axis 1, a product
 * with a matrix of weights or a normalization over the last axis puts features last), else where its input has them, else as is
 * usual: last in N x T x F, axis 1 in N x C and N x C x H x W. 0 where a value has no type. */
void feature_axis_find(const graph *g, const tensor_type *types, uint8_t *axes);

/* The units that a layer of this shape has along this axis: 0 where none can be chosen. */
int feature_axis_units(const shape *s, int axis);

/* The tokens of 1 x T x F that come before those of the patches, such as a class token: T minus the largest square, where that is
 * at most 16 and the square at least 5 x 5; else 0. For the model's own input size: others may not be square. */
int feature_axis_prefix(const shape *s, int axis);

#endif
