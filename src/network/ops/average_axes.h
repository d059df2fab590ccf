/* AveragePool over one or three dimensions, for pool.c. in: N x C x L or N x C x D x H x W, plain. */
#ifndef OPS_AVERAGE_AXES_H
#define OPS_AVERAGE_AXES_H

#include "network/ops/kernels/internal.h"

pl_status average_axes_infer(inference *i);
pl_status average_axes_create(op *o);
pl_status average_axes_reshape(op *o);
pl_status average_axes_forward(op *o, const buffers *b);
pl_status average_axes_backward(op *o, const buffers *b);

#endif
