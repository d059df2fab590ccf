/* Guesses from a graph what values it expects: many files normalize their input themselves. What stands before the first operator
 * that was trained is run on plain colours, which tells what it does to each channel, whatever it is made of. */
#ifndef HINT_H
#define HINT_H

#include "network/graph/graph.h"

/* Error: PL_OUT_OF_MEMORY. */
pl_status hint_find(const graph *g, pl_preprocessing_hint *h);

#endif
