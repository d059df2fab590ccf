/* Going through all elements of a tensor, in the order in which one operand lies in memory, while others follow at their own
 * strides (0 where they are broadcast). Dimensions that can be taken as one are. */
#ifndef OPS_WALK_H
#define OPS_WALK_H

#include "network/ops/kernels/internal.h"

enum { WALK_OPERANDS = 3 };

/* Strides of an operand along the axes of the whole, in floats. */
typedef struct strides {
  size_t at[MAX_RANK];
} strides;

/* Of a tensor of `type` taken as one of the shape `whole`: ONNX's broadcasting, axes aligned at the last. The shapes must fit. */
strides walk_strides(const tensor_type *type, const shape *whole);

typedef struct walk {
  int operands, rank;     /* rank >= 1 */
  size_t count[MAX_RANK]; /* outermost first */
  size_t stride[WALK_OPERANDS][MAX_RANK];
} walk;

/* In the order of a tensor of type `order`, whose shape is the whole. */
walk walk_create(const tensor_type *order, const strides *operands, int operand_count);

/* The innermost dimension is the caller's loop: do { ... } while (walk_next(&w, &c)); with c = {0} at first. */
typedef struct cursor {
  size_t index[MAX_RANK];
  size_t at[WALK_OPERANDS]; /* where each operand's innermost run begins */
} cursor;

bool walk_next(const walk *w, cursor *c);

static inline size_t walk_inner(const walk *w) { return w->count[w->rank - 1]; }
static inline size_t walk_inner_stride(const walk *w, int operand) { return w->stride[operand][w->rank - 1]; }

#endif
