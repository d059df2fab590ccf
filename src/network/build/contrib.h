/* Operators that ONNX Runtime puts into the files it optimizes, of its domain com.microsoft: each is a function of ONNX's own
 * operators, and is unfolded like those that files define. */
#ifndef CONTRIB_H
#define CONTRIB_H

#include "network/file/onnx.h"

/* The one list: X(operator) stands for unfold_<operator> in contrib.c. */
#define CONTRIB_OPERATORS(X)          \
  X(BiasGelu)                         \
  X(FastGelu)                         \
  X(FusedConv)                        \
  X(FusedGemm)                        \
  X(FusedMatMul)                      \
  X(Gelu)                             \
  X(LayerNormalization)               \
  X(QuickGelu)                        \
  X(SimplifiedLayerNormalization)     \
  X(SkipLayerNormalization)           \
  X(SkipSimplifiedLayerNormalization) \
  X(TransposeMatMul)

/* The function that a node calls, in memory of the arena; NULL for any other node, and for what such an operator does that ONNX's
 * do not. Error: PL_OUT_OF_MEMORY. */
pl_status contrib_find(arena *a, const onnx_node *call, const onnx_function **found);

#endif
