/* NAdam as PyTorch defines it (Dozat 2016; momentum decay 0.004), maximizing. */
#ifndef NADAM_H
#define NADAM_H

#include "tensor.h"

typedef struct nadam nadam;

pl_status nadam_create(const pl_config *config, size_t count, nadam **n);
void nadam_free(nadam *n);

/* values moves up along `gradient`, with the configuration's learning rate and schedule at `step` (0 is the first). */
void nadam_step(nadam *n, int step, const float *gradient, float *values);

#endif
