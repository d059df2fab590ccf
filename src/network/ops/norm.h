/* What folding asks of a BatchNormalization too. */
#ifndef OPS_NORM_H
#define OPS_NORM_H

#include "network/file/onnx.h"

/* Whether it normalizes by what it is given, as in training: from opset 14 on an attribute says so, up to 13 outputs beyond the
 * first do. */
bool norm_is_training(const onnx_node *n, int64_t opset);

#endif
