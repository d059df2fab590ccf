/* Shape inference, and the values that are known along with shapes. */
#ifndef GRAPH_INFER_H
#define GRAPH_INFER_H

#include "network/graph/graph.h"

/* What graph_infer answers. wants[i * MAX_INPUTS + k]: the layout that node i wants its input k in (inference.wants). */
typedef struct graph_types {
  tensor_type *values; /* value_count */
  uint8_t *wants;      /* node_count x MAX_INPUTS of ops.h */
} graph_types;

/* Types of all values for a batch of images (of latents: whatever height and width), into arrays of the caller's; rank -1 where a
 * value cannot be inferred because an operator before it is not supported or its own inference fails.
 * Only values that the flags in `needed` (value_count; NULL marks all) mark must succeed; else their failure is returned. */
pl_status graph_infer(const graph *g, int batch, int height, int width, const bool *needed, graph_types *types);

/* graph_infer, which also answers what values are known without the image: known[value_count], constants among them, NULL for
 * all others. They belong to the graph, to its model or to the arena. */
pl_status graph_infer_known(const graph *g, int batch, int height, int width, const bool *needed, graph_types *types, arena *a,
                            const onnx_tensor **known);

/* Whether a batch of `times` as many images (`many`) makes of every needed value `times` as much as `one` of it along its first axis
 * alone, but for what is known without the image. Where not, what becomes of an image may depend on those beside it. */
bool graph_keeps_apart(const graph *g, const graph_types *one, const onnx_tensor *const *known, const graph_types *many,
                       int times, const bool *needed);

/* graph_infer_known for a graph that is still being built, a part at a time, in which nothing must succeed: all lives in the arena, with
 * room for so many values and nodes. NULL where memory is out. */
typedef struct graph_inference graph_inference;
graph_inference *graph_inference_create(const graph *g, int batch, int height, int width, size_t values, size_t nodes, arena *a);
/* Infers what came since the last call; what was there must have stayed as it was. */
pl_status graph_inference_extend(graph_inference *i);
const onnx_tensor *graph_inference_known(const graph_inference *i, int value);

#endif
