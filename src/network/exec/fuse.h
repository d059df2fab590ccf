/* Makes one node of operators that files spell out in several. */
#ifndef FUSE_H
#define FUSE_H

#include "network/ops/ops.h"

/* What is to be run. A target in the middle of a pattern keeps it apart, for it must be there to be looked at. */
typedef struct fuse_view {
  const graph *graph;
  const bool *needed;       /* per node */
  const tensor_type *types; /* per value */
  const int *targets;       /* values */
  int target_count;
} fuse_view;

/* The graph without the nodes that are not needed (but with those that compute sizes) and with one node for each pattern that was
 * found, in memory of the arena. Its values are the view's, of which some are now made by no node. Error: PL_OUT_OF_MEMORY. */
pl_status fuse_graph(const fuse_view *v, arena *a, graph *fused);

#endif
