/* A file becomes a graph. */
#ifndef BUILD_H
#define BUILD_H

#include "network/graph/graph.h"

/* An input's sizes; 0 where they are not told. */
typedef struct image_size {
  int height, width;
} image_size;

/* Builds the graph: sorts the nodes, drops those that do nothing (Identity, Dropout, Cast between floats), folds constants and
 * what is computed from sizes that are the same for every image, and takes the branches that these decide. The model must outlive
 * it. size: of the input, where the file leaves it open.
 * Errors: PL_INVALID_MODEL (a cycle, a name made twice or never), PL_UNSUPPORTED_MODEL (no or several image inputs),
 * PL_OUT_OF_MEMORY, PL_INVALID_ARGUMENT (a size that the file fixes otherwise). */
pl_status build_graph(onnx_model *model, image_size size, graph **g);

/* The same of a generator, whose input is a latent: floats of any shape, the first dimension being the batch. Errors: as
 * build_graph, with PL_UNSUPPORTED_MODEL for an input that leaves open more than the batch. */
pl_status build_graph_of_latent(onnx_model *model, graph **g);

#endif
