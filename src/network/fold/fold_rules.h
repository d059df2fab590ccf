/* The one list of what is computed beforehand, and what its rules share. */
#ifndef FOLD_RULES_H
#define FOLD_RULES_H

#include "network/fold/fold.h"

enum {
  FOLD_SHAPES_ONLY = 1, /* reads its inputs' shapes, not their elements */
  FOLD_SPREADS = 2,     /* makes many elements of few */
  FOLD_DIVIDES = 4,     /* has several outputs */
};

/* X(operator, inputs, flags) stands for fold_<operator>; it is called when at least so many inputs are known. */
#define FOLD_RULES(X)                 \
  /* fold_shape.c */                  \
  X(Constant, 0, 0)                   \
  X(ConstantOfShape, 1, FOLD_SPREADS) \
  X(Identity, 1, 0)                   \
  X(Cast, 1, 0)                       \
  X(CastLike, 2, 0)                   \
  X(Shape, 1, FOLD_SHAPES_ONLY)       \
  X(Size, 1, FOLD_SHAPES_ONLY)        \
  X(Reshape, 2, 0)                    \
  X(Flatten, 1, 0)                    \
  X(Squeeze, 1, 0)                    \
  X(Unsqueeze, 1, 0)                  \
  X(Transpose, 1, 0)                  \
  X(Concat, 1, 0)                     \
  X(Gather, 2, 0)                     \
  X(Slice, 1, 0)                      \
  X(Split, 1, FOLD_DIVIDES)           \
  X(Expand, 2, FOLD_SPREADS)          \
  X(Range, 3, 0)                      \
  /* fold_index.c */                  \
  X(GatherND, 2, 0)                   \
  X(ScatterND, 3, 0)                  \
  /* fold_math.c */                   \
  X(Add, 2, 0)                        \
  X(Sub, 2, 0)                        \
  X(Mul, 2, 0)                        \
  X(Div, 2, 0)                        \
  X(Min, 1, 0)                        \
  X(Max, 1, 0)                        \
  X(Clip, 1, 0)                       \
  X(Pow, 2, 0)                        \
  X(Mod, 2, 0)                        \
  X(Equal, 2, 0)                      \
  X(Less, 2, 0)                       \
  X(LessOrEqual, 2, 0)                \
  X(Greater, 2, 0)                    \
  X(GreaterOrEqual, 2, 0)             \
  X(And, 2, 0)                        \
  X(Or, 2, 0)                         \
  X(Xor, 2, 0)                        \
  X(Not, 1, 0)                        \
  X(Neg, 1, 0)                        \
  X(Abs, 1, 0)                        \
  X(Where, 3, 0)                      \
  X(Sqrt, 1, 0)                       \
  X(Floor, 1, 0)                      \
  X(Ceil, 1, 0)                       \
  X(Round, 1, 0)                      \
  /* fold_pattern.c */                \
  X(Tile, 2, FOLD_SPREADS)            \
  X(EyeLike, 1, FOLD_SHAPES_ONLY)     \
  X(Trilu, 1, 0)                      \
  X(NonZero, 1, 0)                    \
  X(CumSum, 2, 0)                     \
  /* fold_reduce.c */                 \
  X(ReduceSum, 1, 0)                  \
  X(ReduceProd, 1, 0)                 \
  X(ReduceMax, 1, 0)                  \
  X(ReduceMin, 1, 0)                  \
  /* fold_norm.c */                   \
  X(BatchNormalization, 3, 0)         \
  /* fold_quantize.c */               \
  X(QuantizeLinear, 2, 0)             \
  X(DequantizeLinear, 2, 0)

/* What a rule allocates for itself; it is freed with the node, and given back to the budget. */
typedef struct fold_scratch {
  arena *arena; /* made when it is first needed */
  uint64_t bytes;
} fold_scratch;

/* One node while it is folded. A rule fills `out` but for its name. */
typedef struct fold {
  const onnx_node *node;
  const fold_input *in;
  fold_memory *memory;
  onnx_tensor *out;
  fold_scratch *scratch;
  int output; /* which one it is */
} fold;

#define X(operator, inputs, flags) pl_status fold_##operator(fold * f);
FOLD_RULES(X)
#undef X

/* Fails with the node's name. */
pl_status fold_cannot(const fold *f, const char *why);

/* Memory that lasts as long as the rule runs. */
pl_status fold_allocate(const fold *f, uint64_t count, size_t size, void **memory);

/* ---- results ---- */

/* The elements of a shape; fails where they are too many. */
pl_status fold_count(const fold *f, const shape *s, size_t *count);

/* Appends a dimension, if it is possible. */
pl_status fold_add_dimension(const fold *f, shape *s, int64_t size);

/* Sets the result's type and shape and makes room for its elements. */
pl_status fold_set_output(const fold *f, onnx_type type, const shape *s, void **elements);

/* The result: the first input's elements under another shape. */
pl_status fold_set_view(const fold *f, const shape *s);

/* The result: integers, in the size of their type; of bool, whether they are not 0. */
pl_status fold_store_ints(const fold *f, onnx_type type, const shape *s, const int64_t *ints);

/* ---- inputs ---- */

bool fold_has(const fold *f, int k); /* whether input k is given */

/* Elements of a tensor; they last as long as the rule runs. */
pl_status fold_read_ints(const fold *f, const onnx_tensor *t, const int64_t **ints);
pl_status fold_read_floats(const fold *f, const onnx_tensor *t, const float **floats);

/* A list that newer opsets give as input k and older ones as an attribute; count is -1 where there is neither. */
pl_status fold_read_list(const fold *f, int k, const char *attribute, const int64_t **ints, int *count);

/* The axis in [0, rank) that a possibly negative one stands for. */
pl_status fold_find_axis(const fold *f, int64_t axis, int rank, int *found);

/* Sets marked[axis] for each of them, none of which may be given twice. */
pl_status fold_mark_axes(const fold *f, const int64_t *axes, int count, int rank, bool *marked);

/* ---- elements at regular distances ---- */

/* Bytes from one index to the next along each dimension. */
void fold_find_strides(const shape *s, size_t element, int64_t *strides);

/* out, of shape s, from elements that lie at these distances: transposition, slices and broadcasting are all of this kind. */
void fold_copy_strided(char *out, const shape *s, const char *in, const int64_t *strides, size_t element);

/* Two shapes of numpy's broadcasting: aligned at the end, sizes equal or 1. */
pl_status fold_broadcast_shape(const fold *f, const shape *a, const shape *b, shape *out);

/* Elements of shape `from`, repeated to shape `to`, as long as the rule runs; the same memory where the shapes are the same. */
pl_status fold_broadcast(const fold *f, const void *in, const shape *from, size_t element, const shape *to, const void **out);

#endif
