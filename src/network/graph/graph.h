/* Nodes in order, values with names, constants folded, shapes for a given input. */
#ifndef GRAPH_H
#define GRAPH_H

#include "network/file/onnx.h"

/* How a value of rank 4 lies in memory. Convolutions and pools want channels last; everything else does not mind or is plain. */
typedef enum layout { LAYOUT_PLAIN, LAYOUT_CHANNELS_LAST } layout;

/* shape is ONNX's, N x C x H x W, whatever the layout. */
typedef struct tensor_type {
  shape shape;
  layout layout;
} tensor_type;

typedef struct node node;

/* What flows between nodes. */
typedef struct value {
  const char *name;
  const onnx_tensor *constant; /* NULL for what depends on the image */
  int producer;                /* index of its node, or -1 */
  int consumers;               /* nodes that read it while the network runs */
  bool shape_only;             /* computed from sizes alone, in shape inference: no node makes it while the network runs, it is no
                                  layer, and whoever reads it finds it in inference.known */
} value;

struct node {
  const struct op_class *op; /* NULL: the operator is not supported */
  const onnx_node *source;   /* attributes */
  const char *name;          /* the source's, or its first output's where it has none */
  int input_count, output_count;
  int *inputs; /* indices of values, -1 where an optional one is left out */
  int *outputs; /* the same; the first is never -1 where op is not NULL */
};

typedef struct graph {
  const onnx_model *model;
  int value_count, node_count;
  value *values;
  node *nodes; /* in an order in which inputs come before their readers */
  int input;   /* the value that is the image, or the latent */
  int output;  /* the model's first output */
  int logits;  /* the last value before any softmax on the way to the output */
  shape latent; /* the input of a generator, for one image; rank 0 where the input is an image, which is what follows: */
  int channels, height, width; /* that the file asks for; 3 and 224 where it leaves a size open */
  bool channels_last;          /* the input is N x H x W x C, else N x C x H x W */
  bool bytes;                  /* the input's type is uint8: values from 0 to 255 */
  int batch;                   /* that the file asks for; 0 where it leaves it open */
  size_t fold_budget;          /* bytes that what is computed from sizes may take */
  struct names *names;
  arena *arena;
} graph;

/* Builds the graph: sorts the nodes, drops those that do nothing (Identity, Dropout, Cast between floats), folds constants and
 * what is computed from sizes that are the same for every image, and takes the branches that these decide. The model must outlive it.
 * Errors: PL_INVALID_MODEL (a cycle, a name made twice or never), PL_UNSUPPORTED_MODEL (no or several image inputs),
 * PL_OUT_OF_MEMORY. */
pl_status graph_create(const onnx_model *model, graph **g);

/* The same of a generator, whose input is a latent: floats of any shape, the first dimension being the batch. Errors: as
 * graph_create, with PL_UNSUPPORTED_MODEL for an input that leaves open more than the batch. */
pl_status graph_create_of_latent(const onnx_model *model, graph **g);
void graph_free(graph *g);

/* The value of this name, or -1. Names of dropped nodes' outputs stand for what they pass on. */
int graph_find(const graph *g, const char *name);

/* The value of this name if it is a layer: made out of the image by a node. Error: PL_UNKNOWN_LAYER, naming one like it. */
pl_status graph_find_layer(const graph *g, const char *name, int *found);

/* What graph_infer answers. wants[i * MAX_INPUTS + k]: the layout that node i wants its input k in (inference.wants). */
typedef struct graph_types {
  tensor_type *values; /* value_count */
  uint8_t *wants;      /* node_count x MAX_INPUTS of ops.h */
} graph_types;

/* Types of all values for a batch of images (of latents: whatever height and width), into arrays of the caller's; rank -1 where a
 * value cannot be inferred because an operator before it is not supported or its own inference fails.
 * Only values that the flags in `needed` (value_count; NULL marks all) mark must succeed; else their failure is returned. */
pl_status graph_infer(const graph *g, int batch, int height, int width, const bool *needed, graph_types *types);

/* Marks what must be computed for `targets`: values[value_count] (with constants, without what is shape_only) and
 * nodes[node_count]. Errors: PL_UNSUPPORTED_OP naming the first such node, PL_UNSUPPORTED_MODEL where a
 * target, or something that an operator computes with, is not made of the image. */
pl_status graph_needed(const graph *g, const int *targets, int count, bool *values, bool *nodes);

/* Whether the operator's input k is a list of sizes, axes and the like: it is read in shape inference, not computed with. */
bool graph_reads_sizes(const node *n, int k);

#endif
