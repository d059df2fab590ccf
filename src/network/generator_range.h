/* Guesses from a graph which values its images have. */
#ifndef GENERATOR_RANGE_H
#define GENERATOR_RANGE_H

#include "network/graph/graph.h"

/* The bounds that the last operators on the way to the value keep it in, such as a Tanh's; -1 and 1, and false, where there are
 * none. */
bool generator_range(const graph *g, int value, float *low, float *high);

#endif
