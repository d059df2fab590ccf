/* Constants that no rule of fold.h computes: the operator itself does, as if its first input depended on the image. */
#ifndef FOLD_RUN_H
#define FOLD_RUN_H

#include "fold.h"
#include "graph.h"

/* The node's only output, of floats; its first input is a constant of floats, and so are the others or left out.
 * PL_OUT_OF_MEMORY, or any other failure where the operator cannot do it. */
pl_status fold_run(const graph *g, const node *n, fold_memory *memory, onnx_tensor *out);

#endif
