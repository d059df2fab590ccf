/* The JSON text of an objective -> its tree. The grammar is that of phaselens.h; no model is asked. */
#ifndef OBJECTIVE_PARSE_H
#define OBJECTIVE_PARSE_H

#include "network/objective/leaves.h"

/* A leaf, or the sum or product of the nodes that have it for a parent; times its weight. */
typedef struct objective_node {
  enum { NODE_LEAF, NODE_SUM, NODE_PRODUCT } kind;
  int parent; /* -1 for the root */
  double weight;
  leaf leaf;
} objective_node;

/* The nodes, parents before their children, and all that they point to are in the arena.
 * Errors: PL_INVALID_ARGUMENT, naming the place; PL_OUT_OF_MEMORY. */
pl_status objective_parse(const char *json, arena *a, objective_node **nodes, int *count);

#endif
