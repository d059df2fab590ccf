/* A loaded model: its graph, layers, and the network made ready last. */
#ifndef MODEL_H
#define MODEL_H

#include "network/build/feature_axis.h"
#include "network/exec/exec.h"

struct pl_model {
  onnx_model *onnx;
  graph *graph;
  pl_preprocessing_hint hint;
  pl_preprocessing preprocessing;
  int workers;        /* that share the crops of its runs */
  tensor_type *types; /* per value of the graph, for one image of the model's own size */
  uint8_t *wants;
  features *features; /* per value: where its units lie */
  int layer_count;
  int *layers;          /* values of the graph */
  const char **aliases; /* further names of values, */
  int *alias_start;     /* those of value v from alias_start[v] on, up to alias_start[v + 1] */

  /* The network that was used last, which the next user of the same layers takes over with its packed weights. */
  exec *spare;
  int *spare_targets;
  int spare_count;
  bool spare_backward;
};

/* Whether a layer of this shape is one image's, as it is for the model's own size. */
pl_status model_check_layer(const pl_model *m, int layer, const shape *s);

/* Adds to a failure that comes from another size of the input than the model's own which sizes it takes. */
pl_status model_explain_size(const pl_model *m, pl_status status, int height, int width);

/* A network for these targets: the spare one if it fits, else a new one. */
pl_status model_take_exec(pl_model *m, const int *targets, int count, bool backward, exec **e);

/* Gives it back, for the next user. */
void model_return_exec(pl_model *m, exec *e, const int *targets, int count, bool backward);

#endif
