/* What patterns of nodes share. A pattern is read from its last node back to what it is a function of. */
#ifndef PATTERN_H
#define PATTERN_H

#include "network/ops/ops.h"

enum { PATTERN_NODES = 16, PATTERN_ATTRIBUTES = 2 };

typedef struct pattern_match {
  const graph *graph;
  const tensor_type *types;
  const bool *gone; /* per node: it is part of another pattern, or not needed */

  /* What a pattern answers: the nodes that it is made of, the operator of one input that stands for them, its attributes. */
  int nodes[PATTERN_NODES], node_count;
  const op_class *class;
  int input;
  onnx_attribute attributes[PATTERN_ATTRIBUTES];
  int attribute_count;
} pattern_match;

/* The node of this operator (NULL: any) that makes the value, or NULL. */
const node *pattern_maker(const pattern_match *m, int value, const char *type);

/* Notes that the node belongs to the pattern; false where there are too many. */
bool pattern_take(pattern_match *m, const node *n);

/* Whether the value is a constant of one element. */
bool pattern_number(const pattern_match *m, int value, double *number);

#endif
