/* Constants that no rule of fold.h computes: the operator itself does, as if its first input depended on the image. */
#ifndef FOLD_RUN_H
#define FOLD_RUN_H

#include "network/fold/fold.h"
#include "network/graph/graph.h"

/* The node's only output, of floats; all its inputs are known, the first one as floats. As fold_node otherwise. */
pl_status fold_run(const graph *g, const node *n, const fold_input *in, fold_memory *memory, onnx_tensor *out);

#endif
