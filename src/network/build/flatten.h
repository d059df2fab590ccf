/* All nodes and constants of a file in one list each: those of its graph, those of both branches of every If, and those of the
 * functions that the file defines, once for every call. Names are looked up in scopes: a branch sees those around it, a function
 * its own alone. */
#ifndef FLATTEN_H
#define FLATTEN_H

#include "network/file/onnx.h"

/* The model's graph (scope 0, first in every list), a branch of an If, or a call of a function. */
typedef struct flat_scope {
  int parent;                    /* the scope around a branch; -1: none */
  int home;                      /* the innermost call that this scope is part of, as a scope, perhaps itself; -1: none */
  int call;                      /* of a call: its node, as an index of the list; else -1 */
  const onnx_function *function; /* the same; else NULL */
  const char *const *outputs;    /* the function's, each made by one of its nodes */
  int depth;                     /* calls and branches around it */
} flat_scope;

typedef struct flat_node {
  const onnx_node *node;
  int scope;                     /* where its names are looked up */
  int parent;                    /* the If in whose branch it stands, as an index of the list; -1: none */
  int branch;                    /* which: 1 the one to take if the condition holds, 0 the other */
  const onnx_graph *branches[2]; /* of an If, in that order, each with an output for each of the If's; else NULL */
  int scopes[2];                 /* of these */
  int body;                      /* the scope that stands for it, where it calls a function; else -1 */
} flat_node;

typedef struct flat_tensor {
  const onnx_tensor *tensor;
  int scope;
} flat_tensor;

typedef struct flat_model {
  int node_count, tensor_count, scope_count;
  flat_node *nodes; /* an If or a call comes before what stands in it */
  flat_tensor *tensors;
  flat_scope *scopes;
} flat_model;

/* The lists are allocated in `a`, nodes belong to the model. Errors: as onnx_parse, and PL_UNSUPPORTED_MODEL where the whole is too
 * large, as a small file's functions can make it. */
pl_status flatten(onnx_model *model, arena *a, flat_model *f);

#endif
