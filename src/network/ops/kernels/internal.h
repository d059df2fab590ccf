/* What operators share. */
#ifndef OPS_INTERNAL_H
#define OPS_INTERNAL_H

#include <math.h>

#include "base/vector.h"
#include "network/ops/kernels/clamp.h"

/* The sum of an array. */
static inline float sum_of(const float *x, size_t count) {
  v4 sums = v4_all(0);
  size_t k = 0;
  for (; k + 4 <= count; k += 4) sums += v4_load(x + k);
  float sum = v4_sum(sums);
  for (; k < count; k++) sum += x[k];
  return sum;
}

/* The sum of (x - center)^2. */
static inline float squares_of(const float *x, size_t count, float center) {
  v4 sums = v4_all(0);
  size_t k = 0;
  for (; k + 4 <= count; k += 4) {
    const v4 d = v4_load(x + k) - v4_all(center);
    sums += d * d;
  }
  float sum = v4_sum(sums);
  for (; k < count; k++) sum += (x[k] - center) * (x[k] - center);
  return sum;
}

/* ---- inference ---- */

/* Whether input k is given, as a constant or not. */
bool infer_has(const inference *i, int k);

/* Checks that the node has at least `least` and at most `most` inputs, and that none of the first `least` is left out. */
pl_status infer_given(const inference *i, int least, int most);

/* The same, and that only its first output is read. */
pl_status infer_arity(const inference *i, int least, int most);

/* The same, and that the first input depends on the image. */
pl_status infer_inputs(const inference *i, int least, int most);

/* Checks that input k is a constant of floats and of this rank (-1: any). */
pl_status infer_constant(const inference *i, int k, const char *what, int rank);

/* Checks that input k is known without the image, and not empty. */
pl_status infer_known(const inference *i, int k, const char *what);

/* A list that newer opsets give as input k and older ones as an attribute (NULL: never), of at most `most` entries; *count is -1
 * where there is neither. `known` is the inference's or the operator's. Fails where the list depends on the image. */
pl_status ops_list(const node *n, const onnx_tensor *const *known, int k, const char *attribute, const char *what, int most,
                   int64_t *list, int *count);

/* Sets output k, whose sizes are checked: none below 0, not more than 2^31 - 1 elements in all. Where one is 0, the output is
 * empty: the operator is not run for it, and few take it. */
pl_status infer_output(inference *i, int k, const shape *s, layout l);

/* An output like the first input. */
pl_status infer_same(inference *i);

/* The first input, which must be an image: rank 4, or the call fails. */
pl_status infer_image(const inference *i);

/* Whether both layouts store a tensor of this shape in the same order. */
bool layout_free(const shape *s);

/* Asks for input k in plain order. */
void infer_want_plain(inference *i, int k);

/* The axis in [0, rank) that a possibly negative one stands for. */
pl_status ops_axis(const node *n, int64_t axis, int rank, int *result);

/* Sets marked[axis] for each of them. */
pl_status ops_mark_axes(const node *n, const int64_t *axes, int count, int rank, bool *marked);

/* ---- running ---- */

/* The axes of a tensor from the outermost in memory to the innermost. */
void ops_memory_order(const tensor_type *t, int order[MAX_RANK]);

pl_status ops_out_of_memory(const op *o);

/* Elements of the first input and output. */
size_t ops_in_count(const op *o);
size_t ops_out_count(const op *o);

/* A constant's values as floats, freed with memory_free, or NULL where memory is out. */
float *ops_floats(const onnx_tensor *t);

/* A copy, freed with memory_free, or NULL where memory is out. */
float *ops_copy(const float *x, int count);

/* XNNPACK's status as ours. */
pl_status ops_xnn(const node *n, int xnn_status);

#endif
