/* Computes nodes whose inputs are known: constants of the file, and sizes of values for a given image. */
#ifndef FOLD_H
#define FOLD_H

#include "network/file/onnx.h"

/* Where results go, how many bytes they may still take, and how many may still be written or computed with on the way: a small file
 * must not unfold without bound, and a large one not be gone through by each of its nodes. */
typedef struct fold_memory {
  arena *arena;
  uint64_t budget, work;
} fold_memory;

/* Known elements, or only a known shape, or neither where an input is left out. */
typedef struct fold_input {
  const onnx_tensor *tensor;
  const shape *shape;
} fold_input;

/* Whether a number is an onnx_type of floats. */
bool fold_is_float(int64_t type);

/* Whether a node has a rule here, and whether that rule asks for its inputs' elements or for their shapes only. */
bool fold_has_rule(const onnx_node *node);
bool fold_needs_elements(const onnx_node *node);

/* Whether the rule makes many floats of few (a token repeated for every image, say): that is left to the network's run.
 * first: the first input where it is constant, or NULL. */
bool fold_spreads(const onnx_node *node, const onnx_tensor *first);

/* One of the node's outputs; its elements may be those of an input. count: of inputs, which is the node's input_count.
 * PL_OUT_OF_MEMORY, or any other failure where the node cannot be folded. */
pl_status fold_node(const onnx_node *node, const fold_input *in, int output, fold_memory *memory, onnx_tensor *out);

/* Takes work off what is left; false where that is less. */
bool fold_take_work(fold_memory *memory, uint64_t bytes);

#endif
