/* What building a graph keeps: the file's nodes and names on their way to nodes and values of the graph. */
#ifndef BUILDER_H
#define BUILDER_H

#include "network/build/build.h"
#include "network/build/flatten.h"
#include "network/build/graph_infer.h"
#include "network/fold/fold.h"
#include "network/graph/graph.h"
#include "network/graph/names.h"
#include "network/ops/ops.h"

/* What a name stands for. */
typedef struct name_slot {
  const char *name; /* as its scope has it, */
  int scope;
  int node;  /* the file's node that makes it, or -1 */
  int value; /* -1 before the walk comes to it */
  bool read; /* by a node */
} name_slot;

/* What is the same for every image is told by so many sizes of it. */
enum { KNOWN_SIZES = 4 };

/* Every name of a scope gets a slot; a function's inputs and outputs share those of what its call gives and takes. Nodes are
 * sorted, then walked once in their order: each node becomes a constant, another name for its input, or a node of the graph whose
 * outputs are new values. Of an If only the branch that is taken is walked. */
typedef struct builder {
  onnx_model *model;
  graph *g;
  arena *scratch;
  flat_model flat;    /* the file's nodes */
  names **scopes;     /* per scope of the file: its names, whose numbers are slots, or LEFT_OUT */
  const char **paths; /* per scope: a layer's name is this, a slash and the scope's name; "" outside of functions */
  int slot_count;
  name_slot *slots;
  int *first_slot; /* per node of the file, and one more: where its slots begin in read_slots */
  int *read_slots; /* what must come before a node: its inputs, -1 where one is left out; then, for an If, what its branches make,
                       and for a node in a branch, the If's condition */
  int *order;      /* nodes of the file, sorted */
  int8_t *taken;   /* per If of the file: the branch; UNDECIDED, or UNDECIDABLE without the image */
  int copies;      /* numbers that were put behind names to tell them apart */
  int paths_made;  /* names with a path */
  bool latent;     /* the input is a generator's */
  image_size size; /* that is asked for, of an image */
  fold_memory folded;
  graph_inference *sizes[KNOWN_SIZES]; /* shapes of what there is, for some sizes of the image */
  const onnx_tensor **known;           /* see build_known_sizes; NULL before anything asked */
  int known_count;
} builder;

enum { UNDECIDED = -1, UNDECIDABLE = -2 };

/* An input that a function's call leaves out. */
enum { LEFT_OUT = -2 };

/* ---- builder.c ---- */

pl_status builder_no_memory(void);

/* count ints of -1, for as long as the graph is being built */
int *builder_ints(builder *b, size_t count);

/* How a node is named in messages before it has become one of the graph. */
const char *builder_node_name(const onnx_node *n);

/* Whether the node is this operator of ONNX's own domain. */
bool builder_is_op(const onnx_node *n, const char *type);

/* Slots for all names of the file and what each node reads. Errors: PL_INVALID_MODEL, PL_UNSUPPORTED_MODEL, PL_OUT_OF_MEMORY. */
pl_status builder_link(builder *b);

/* Sets `order`. Errors: PL_INVALID_MODEL (a cycle), PL_OUT_OF_MEMORY. */
pl_status builder_sort(builder *b);

/* The slot of a name as the scope sees it, -1 where nothing has it. */
int builder_find(const builder *b, int scope, const char *name);

/* A new value, which a slot stands for from now on: its name is the slot's, with the path of the call that it is made in, and a
 * number where another layer has that. -1 where memory is out. */
int builder_add_value(builder *b, int slot, const onnx_tensor *constant, int producer);

/* The slot stands for a value that there is. Its name, unless it is one of a function's own, finds that layer too. */
void builder_alias(builder *b, int slot, int value);

/* NULL for -1 and for what depends on the image. */
const onnx_tensor *builder_constant(const graph *g, int value);

/* ---- build_input.c ---- */

/* The constants' values, and that of the image or the latent: the one input that is no constant. */
pl_status build_input(builder *b);

/* ---- build_constants.c ---- */

/* The node's outputs if everything that it reads is constant; NULL for those that are not, or cannot be computed. */
pl_status build_constants(builder *b, const node *n, const onnx_tensor *folded[MAX_OUTPUTS]);

/* Sets known[v] of all values that there are to what is computed from sizes and is the same for every image, else to NULL. It is
 * told by other batches and sizes giving the same result, those that the model takes; where it takes none, there are no others.
 * What was inferred for an earlier call is not inferred again. */
pl_status build_known_sizes(builder *b);

/* Much of what exporters compute from sizes is about channels and heads, the same for every image: the scale of an attention is.
 * Such values become constants. */
pl_status build_fixed_sizes(builder *b);

#endif
