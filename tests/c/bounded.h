/* Work that is given a moment of the processor's time and then abandoned, so that what is large can at least be begun. */
#ifndef BOUNDED_H
#define BOUNDED_H

#include "phaselens.h"

/* Calls work(context) and answers what it answers, or PL_OK where its time, $FUZZ_MILLISECONDS or 20, was over. The work must
 * hold nothing that its end would have given back: steps of networks and of runs allocate nothing, and so may be left
 * anywhere. */
pl_status bounded_run(pl_status (*work)(void *context), void *context);

#endif
