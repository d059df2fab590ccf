/* Shape inference, and the values that are known along with shapes. */
#ifndef GRAPH_INFER_H
#define GRAPH_INFER_H

#include "network/graph/graph.h"

/* graph_infer, which also answers what values are known without the image: known[value_count], constants among them, NULL for
 * all others. They belong to the graph, to its model or to the arena. */
pl_status graph_infer_known(const graph *g, int batch, int height, int width, const bool *needed, graph_types *types, arena *a,
                            const onnx_tensor **known);

#endif
