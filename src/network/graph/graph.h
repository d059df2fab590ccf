/* Nodes in order, and values with names: what build/ makes of a file. */
#ifndef GRAPH_H
#define GRAPH_H

#include "network/file/onnx.h"

/* How a value lies in memory. Convolutions and pools want channels last; everything else does not mind or is plain. What is neither
 * an image nor a line (N x C x L) is always plain. */
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
  const onnx_tensor *constant; /* NULL for what depends on the image, and for what cannot be read */
  const char *unreadable;      /* of a constant: what about it nothing here can read (onnx_tensor); else NULL */
  int producer;                /* index of its node, or -1 */
  int consumers;               /* nodes that read it while the network runs */
  bool of_image;               /* it is the image, or a node makes it out of the image */
  bool shape_only;             /* computed from sizes alone, in shape inference: no node makes it while the network runs, it is no
                                  layer, and whoever reads it finds it in inference.known */
} value;

struct node {
  const struct op_class *op; /* NULL: the operator is not supported */
  const onnx_node *source;   /* attributes */
  const char *name;          /* the source's, or its first output's where it has none */
  int input_count, output_count;
  int *inputs;  /* indices of values, -1 where an optional one is left out */
  int *outputs; /* the same; the first is never -1 where op is not NULL */
};

typedef struct graph {
  const onnx_model *model;
  int value_count, node_count;
  value *values;
  node *nodes;   /* in an order in which inputs come before their readers */
  int input;     /* the value that is the image, or the latent */
  int unbatched; /* the image without its batch, as the file has its input; else -1 */
  int output;    /* the model's first output */
  int logits;    /* what the output comes from: see logits.h */
  shape latent;  /* the input of a generator, for one image; rank 0 where the input is an image, which is what follows: */
  int channels, height, width;  /* that the file asks for; where it leaves one open, 3 channels, and the size asked for or 224 */
  bool open_height, open_width; /* the file leaves them open */
  bool channels_last;           /* the input is N x H x W x C, else N x C x H x W */
  bool bytes;                   /* the input's type is uint8: values from 0 to 255 */
  int batch;                    /* that the file asks for; 0 where it leaves it open */
  uint64_t fold_budget;         /* bytes that what is computed from sizes may take, */
  uint64_t fold_work;           /* and bytes that may be gone through for it */
  struct names *names;
  arena *arena;
} graph;

void graph_free(graph *g);

/* The value of this name, or -1. Names of dropped nodes' outputs stand for what they pass on. */
int graph_find(const graph *g, const char *name);

/* Whether a node makes the value out of the image. */
bool graph_is_layer(const graph *g, int value);

/* The value of this name if it is a layer: made out of the image by a node. Error: PL_UNKNOWN_LAYER, naming one like it. */
pl_status graph_find_layer(const graph *g, const char *name, int *found);

#endif
