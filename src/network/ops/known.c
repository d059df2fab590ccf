/* A value that is known without the image, as one that operators can compute with: positions that were resized to the image's grid,
 * or a number made of sizes. Plain. It has no node and no infer; reshape takes the value from known[0]. */
#include <string.h>

#include "network/ops/kernels/internal.h"

static pl_status known_reshape(op *o) {
  memory_free(o->state);
  o->held = size_product(o->known[0]->count, sizeof(float));
  o->state = ops_floats(o->known[0]);
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static pl_status known_forward(op *o, const buffers *b) {
  memcpy(b->out[0], o->state, ops_out_count(o) * sizeof *b->out[0]);
  return PL_OK;
}

static pl_status known_backward(op *o, const buffers *b) {
  (void)o, (void)b;
  return PL_OK;
}

static void known_free(op *o) {
  memory_free(o->state);
  o->state = NULL;
}

const op_class ops_known = {
    .type = "known value", .reshape = known_reshape, .forward = known_forward, .backward = known_backward, .free = known_free};
