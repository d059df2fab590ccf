/* Gradients of units that are 0 wherever the image is looked at. A Relu stops them all, and nothing would ever move such a unit.
 * Lucid's rule (Olah et al. 2017, misc/redirected_relu_grad.py) for its Relu and Relu6, here for every clamp: where nothing of an
 * image's gradient gets through, what pushes values back from beyond a bound does. */
#ifndef REDIRECT_H
#define REDIRECT_H

#include "network/ops/ops.h"

/* Before the backward of an operator: where the rule says another thing than the operator's own clamp for one of the images, masks
 * dout in place by the rule and sets o->masked. */
void redirect_dout(op *o, const buffers *b, int images);

#endif
