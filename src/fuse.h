/* Finds operators that files spell out in several nodes, so that they run as one. */
#ifndef FUSE_H
#define FUSE_H

#include "ops.h"
#include "readers.h"

/* What is to be run. A target in the middle of a pattern keeps it apart, for it must be there to be looked at. */
typedef struct fuse_view {
  const graph *graph;
  const readers *readers;
  const int *targets; /* values */
  int target_count;
} fuse_view;

enum { FUSE_MOST = 8 };

typedef struct fusion {
  const op_class *class; /* of one input, the first node's first; NULL: nothing is found */
  int nodes[FUSE_MOST], count; /* the nodes after the first */
  int result; /* the value that the last node makes */
} fusion;

/* The pattern that begins with node `first`, which has one output. */
fusion fuse_find(const fuse_view *v, int first);

#endif
