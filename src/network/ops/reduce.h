/* What reductions share: their axes, and a walk over the input in its own order, which the output follows, with stride 0 along
 * the axes that are reduced. Any layout. */
#ifndef OPS_REDUCE_H
#define OPS_REDUCE_H

#include "network/ops/kernels/walk.h"
#include "network/ops/units.h"

pl_status reduce_infer(inference *i);
pl_status reduce_create(op *o); /* the state is the walk */
pl_status reduce_reshape(op *o);
void reduce_free(op *o);
void reduce_units(const inference *i, const spans *const *in, int k, spans *out);

#endif
