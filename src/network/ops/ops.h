/* What an operator is. One file of ops/ holds one family: shape inference, preparation, forward and backward side by side.
 * Backward is the vector-Jacobian product toward the inputs; weights have no gradient. */
#ifndef OPS_H
#define OPS_H

#include "network/graph/graph.h"

enum { MAX_INPUTS = 64, MAX_OUTPUTS = 8 };

/* What shape inference sees and answers. */
typedef struct inference {
  const graph *graph;
  const node *node;
  int batch;                               /* images that are asked for */
  const tensor_type *in[MAX_INPUTS];       /* NULL where left out */
  const onnx_tensor *constant[MAX_INPUTS]; /* NULL for what depends on the image or its size */
  const onnx_tensor *known[MAX_INPUTS];    /* the constants, and what is computed from sizes alone, such as a shape */
  layout wants[MAX_INPUTS]; /* how inputs of rank 4 must lie; their own layouts before the call. Where the answer differs, a
                               change of layout is put before the operator. */
  int positions;            /* dimensions of the first input beside batch and channels, before it was seen as an image */
  tensor_type out[MAX_OUTPUTS];
} inference;

/* An operator made ready to run. */
typedef struct op {
  const struct op_class *class;
  const node *node; /* its name, and attributes through node->source */
  int64_t opset;
  unsigned flags; /* the class's; create takes away what this operator does not keep */
  bool backward;  /* false: backward is never called */
  int input_count, output_count;
  const onnx_tensor *constant[MAX_INPUTS];      /* constant inputs; NULL for what depends on the image or its size */
  const onnx_tensor *known[MAX_INPUTS];         /* as in inference; only while reshape runs */
  int batch;                                    /* as in inference; set before reshape */
  tensor_type in[MAX_INPUTS], out[MAX_OUTPUTS]; /* set before reshape */
  /* FUSES_AFFINE: along the class's affine_axis, affine_count of each, applied to the linear result in create; NULL: none. */
  const float *scale, *shift;
  int affine_count;
  float low, high;  /* FUSES_CLAMP: bounds of the result; -INFINITY, INFINITY: none */
  bool masked;      /* while backward runs: dout holds only what the clamp lets through; see exec/redirect.h */
  section wanted;   /* of the first output's last axis, the values that count; none: all. See exec_want */
  bool saves_clamp; /* set by reshape: forward calls clamp_save itself, while the output is in the cache */
  void *state;      /* what create made */
  double macs;      /* multiply-adds of one forward, set by reshape; 0 where they do not matter */
  /* Bytes that reshape asks for: to keep from forward to backward, as scratch of each, and, from above, what the operator itself
   * will hold once it is packed; of the last it finds a float for every constant element. Sizes that come from a file go through
   * size_product and size_sum: the executor refuses what no memory has. */
  uint64_t saved, workspace, held;
} op;

/* Where a call's tensors lie, 64-byte aligned, readable 64 bytes past the end and writable up to a multiple of 16 bytes. No two
 * overlap. */
typedef struct buffers {
  const float *in[MAX_INPUTS]; /* NULL for constants; in backward only what the class keeps */
  float *out[MAX_OUTPUTS];     /* in backward only where the class keeps it */
  float *dout[MAX_OUTPUTS];    /* backward may destroy it */
  float *din[MAX_INPUTS];      /* backward writes it whole; NULL where no gradient is wanted */
  void *saved, *workspace;
  uint32_t *clamp; /* what the fused clamp lets through, from forward to backward: see clamp_save; NULL where there is none */
} buffers;

enum {
  FUSES_AFFINE = 1,   /* a BatchNormalization, or arithmetic with constants, after it can be fused into it */
  FUSES_CLAMP = 2,    /* a Relu or Clip after it can be fused into it */
  KEEPS_INPUT = 4,    /* backward reads in[] */
  KEEPS_OUTPUT = 8,   /* backward reads out[] */
  DOES_NOTHING = 16,  /* the output is the input: the graph drops it */
  OF_IMAGES = 32,     /* the first input and the first output are N x C x H x W: N x C x L is handed over as N x C x 1 x L */
  MOVES = 64,         /* the output's values are some of the first input's, elsewhere */
  RESHAPES = 128,     /* they are all of them in their order, under another shape */
  SIZES_AFTER = 256,  /* all inputs but the first are lists of sizes, axes and the like, which are read in shape inference */
  SIZES_ALL = 512,    /* the first too */
  TAKES_EMPTY = 1024, /* an input may have no elements; it is then NULL in buffers */
  TRAINED = 2048,     /* with weights, or by statistics of what it reads: what comes before the first one is done to the image */
};

struct spans;

typedef struct op_class {
  const char *type; /* ONNX's name */
  unsigned flags;
  pl_status (*infer)(inference *i); /* called by ops_infer alone */
  pl_status (*create)(op *o);       /* after an infer that succeeded: reads constants; NULL: nothing to do */
  pl_status (*reshape)(
      op *o); /* in[] and out[] are known: says what memory that needs. Called by ops_reshape alone. NULL: nothing to do */
  pl_status (*pack)(op *o); /* after reshape, once the memory is granted: packs weights, makes tables. NULL: nothing to do */
  pl_status (*forward)(op *o, const buffers *b);
  pl_status (*backward)(op *o, const buffers *b);
  void (*free)(op *o); /* NULL: nothing to do */
  /* FUSES_AFFINE: the axis of a result of so many dimensions that scale and shift are given along; -1: one of each for all values.
   * NULL: axis 1. */
  int (*affine_axis)(const op *o, int rank);
  /* For operators that can be fused into the one before them; looks at node and constants only. NULL: never.
   * as_affine: of an input of this type, written along this axis as in affine_axis; false: this one cannot. */
  bool (*as_affine)(const op *o, const tensor_type *in, int axis, float *scale, float *shift);
  bool (*as_clamp)(const op *o, float *low, float *high);
  float low, high; /* bounds of every result, whatever the operator reads; both 0: none that are known */
  /* Where the units of output k lie, of those of the inputs; NULL for what is not made of the image. Of the inference: in, out,
   * constant, known. See units.h. NULL: units_kept. */
  void (*units)(const inference *i, const struct spans *const *in, int k, struct spans *out);
} op_class;

/* Whether the operator's input k is a list of sizes, axes and the like, and not computed with. */
bool ops_reads_sizes(const op_class *class, int k);

/* The class of an operator of ONNX's own domain, or NULL. */
const op_class *ops_find(const char *type);

/* Infers the outputs of a node of this class. An operator of images sees lines (N x C x L) as images of one row: attributes and
 * weights aside, it need not know them apart. What it makes of them is lines again, which may have their channels last as images
 * may. */
pl_status ops_infer(const op_class *class, inference *i);

/* Shapes the operator for in[] and out[], in which lines become images too, and measures it. */
pl_status ops_reshape(op *o);

/* Runs it forward, and saves what its fused clamp lets through. */
pl_status ops_forward(op *o, const buffers *b);

/* All classes, for the coverage table. */
int ops_count(void);
const op_class *ops_at(int index);

/* The change of layout that is put between operators: in[0] and out[0] have the same shape. It has no node and no infer. */
extern const op_class ops_relayout;

/* Values of a tensor of this type from its layout to another. */
void ops_copy_layout(const tensor_type *type, const float *from, layout to, float *out);

/* What makes a value of floats that is known without the image, for operators that compute with it; see known.c. */
extern const op_class ops_known;

/* "node 'conv1' (Conv)": how messages name a node; valid until the next call. */
const char *ops_describe(const node *n);

#endif
