/* NAdam (Dozat 2016) and Adam (Kingma and Ba 2015) as PyTorch defines them, maximizing. */
#ifndef OPTIMIZER_H
#define OPTIMIZER_H

#include "base/tensor.h"

typedef struct optimizer optimizer;

pl_status optimizer_create(const pl_config *config, size_t count, optimizer **o);
void optimizer_free(optimizer *o);

/* What the learning rate is multiplied by at `step`: 1 at step 0; where it falls, 0 after the last. */
double optimizer_schedule(const pl_config *config, int step);

/* values moves up along `gradient`, with the configuration's learning rate and schedule at `step` (0 is the first). */
void optimizer_step(optimizer *o, int step, const float *gradient, float *values);

/* What it remembers of the steps done: the moving averages of the gradient and of its square, `count` values each. The rest follows
 * from the configuration and the step. */
void optimizer_memory(optimizer *o, float **first, float **second);

#endif
