/* All nodes and constants of a file in one list each: those of its graph, and those of both branches of every If. */
#ifndef FLATTEN_H
#define FLATTEN_H

#include "network/file/onnx.h"

typedef struct flat_node {
  const onnx_node *node;
  int parent;                    /* the If in whose branch it stands, as an index of the list; -1: none */
  int branch;                    /* which: 1 the one to take if the condition holds, 0 the other */
  const onnx_graph *branches[2]; /* of an If, in that order, each with an output for each of the If's; else NULL */
} flat_node;

typedef struct flat_model {
  int node_count;
  flat_node *nodes; /* an If comes before what stands in its branches */
  int tensor_count;
  const onnx_tensor **tensors;
} flat_model;

/* Everything is allocated in `a` or belongs to the model. Errors: as onnx_parse. */
pl_status flatten(const onnx_model *model, arena *a, flat_model *f);

#endif
