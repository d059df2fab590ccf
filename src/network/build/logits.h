/* Which value of a graph holds the logits. */
#ifndef LOGITS_H
#define LOGITS_H

#include "network/graph/graph.h"

/* Sets graph.logits: what stands before the softmax that the first output comes from, perhaps under another shape. Where there is
 * none, the output, or what it was before its units lost their axis to a Squeeze or became a class's label. An output of which
 * neither is there counts only where no other has it. Error: PL_OUT_OF_MEMORY. */
pl_status logits_find(graph *g);

#endif
