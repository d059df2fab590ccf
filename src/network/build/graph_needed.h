/* What a set of layers needs. */
#ifndef GRAPH_NEEDED_H
#define GRAPH_NEEDED_H

#include "network/graph/graph.h"

/* Marks what must be computed for `targets`: values[value_count] (with constants, without what is shape_only) and
 * nodes[node_count]. Errors: PL_UNSUPPORTED_OP naming the first such node, PL_UNSUPPORTED_MODEL where a
 * target, or something that an operator computes with, is not made of the image. */
pl_status graph_needed(const graph *g, const int *targets, int count, bool *values, bool *nodes);

#endif
