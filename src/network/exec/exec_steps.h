/* Operators in the order in which they run. */
#ifndef EXEC_STEPS_H
#define EXEC_STEPS_H

#include "network/exec/exec_plan.h"

/* Infers the types of all values for `parts` batches of so many images at once, shapes the operators, and makes the steps and slots.
 * *apart: whether it did, which it always does for one part; see exec_measure_parts. Errors: those of shapes, PL_OUT_OF_MEMORY. */
pl_status exec_make_steps(exec *e, int batch, int parts, int height, int width, bool *apart);

#endif
