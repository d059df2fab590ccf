/* MatMul where both operands depend on the image, or the right one is a constant of more than two dimensions. */
#ifndef OPS_BATCH_MATMUL_H
#define OPS_BATCH_MATMUL_H

#include "network/ops/kernels/internal.h"
#include "network/ops/units.h"

pl_status batch_matmul_infer(inference *i);
pl_status batch_matmul_create(op *o);
pl_status batch_matmul_reshape(op *o);
pl_status batch_matmul_pack(op *o);
pl_status batch_matmul_forward(op *o, const buffers *b);
pl_status batch_matmul_backward(op *o, const buffers *b);
void batch_matmul_free(op *o);
void batch_matmul_units(const inference *i, const spans *const *in, int k, spans *out);

#endif
