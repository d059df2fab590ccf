/* Nodes of constants that no rule computes: the network's own operator is run, with its first input as if it came from the image. */
#ifndef FOLD_RUN_H
#define FOLD_RUN_H

#include "fold.h"
#include "graph.h"

/* The output of a node of one output, all of whose inputs are constants; as fold_node. Fails where there is no such operator,
 * where the first input is not of floats, and where the operator refuses. */
pl_status fold_run(const graph *g, const node *n, const fold_input *in, fold_memory *memory, onnx_tensor *out);

#endif
