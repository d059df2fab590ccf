/* A loaded generator: forward from a latent to its image, backward from the image to the latent. */
#ifndef GENERATOR_H
#define GENERATOR_H

#include "network/exec/exec.h"

/* image: height x width x 3, what the output holds; of a grey one, three times the same. Errors: what an operator answers. */
pl_status generator_forward(pl_generator *g, const float *latent, float *image);

/* dlatent from dimage. Of the latent that generator_forward saw last it costs no more than the way back; for another one, as runs
 * of several images have them, the way there is gone again. */
pl_status generator_backward(pl_generator *g, const float *latent, const float *dimage, float *dlatent);

/* Multiply-adds of one way there. */
double generator_macs(const pl_generator *g);

uint64_t generator_memory(const pl_generator *g);

#endif
