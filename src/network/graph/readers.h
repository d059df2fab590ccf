/* Who reads a value, among the nodes that are to run. */
#ifndef READERS_H
#define READERS_H

#include "network/graph/graph.h"

typedef struct readers {
  const graph *graph;
  bool *nodes; /* the caller's: those that are to run */
  int *count;  /* per value: how often it is read */
  size_t *sum; /* per value: of its readers' indices; once only one reader is left, the sum is its index */
} readers;

/* Errors: PL_OUT_OF_MEMORY. */
pl_status readers_create(const graph *g, bool *nodes, readers *r);
void readers_free(readers *r);

/* The only node that reads `value`, once; or -1. */
int readers_only(const readers *r, int value);

/* The node is not to run. */
void readers_remove(readers *r, int node);

#endif
