/* Operands that are broadcast against each other, any of which may be constant. */
#ifndef OPS_BROADCAST_H
#define OPS_BROADCAST_H

#include "network/ops/kernels/walk.h"

enum { BROADCAST_CHUNK = 1024 }; /* floats of a broadcast operand that are spread out at a time */

/* The output of all inputs' common shape; it lies as the first operand that has both several channels and several positions.
 * Fails where all inputs are constants. */
pl_status broadcast_infer(inference *i);

/* How an operand lies along the axes of the output. */
strides broadcast_strides(const op *o, int k);
/* Whether an operand's values are taken more than once. */
bool broadcast_repeats(const op *o, int k);

/* The values of the constant inputs, input_count each, NULL for what depends on the image. */
pl_status broadcast_read(const op *o, float **constants);
void broadcast_free(const op *o, float **constants);

/* n values from `from` on, contiguous: where the stride is not 1 they are gathered in `room`. */
const float *broadcast_spread(const float *from, size_t stride, size_t n, float *room);

/* Adds gradients of n elements to those of the operand that they were spread from. */
void broadcast_gather(const float *d, size_t stride, size_t n, float *din);

#endif
