/* Runs part of a graph: forward from an image to layers, backward from layers to the image; a generator's from a latent.
 * All memory is planned when shapes are set; forward and backward allocate nothing. */
#ifndef EXEC_H
#define EXEC_H

#include "network/ops/ops.h"

typedef struct exec exec;

/* A layer after exec_forward: values, and the gradient of the score that exec_backward starts from. */
typedef struct exec_target {
  tensor_type type; /* whole batch */
  const float *data;
  float *gradient; /* zeroed by exec_forward; NULL where made without backward */
} exec_target;

/* Prepares what `targets` (indices of values, all different) need: BatchNormalization and clamps are fused into the operators
 * before them where no target stands between. Errors: PL_UNSUPPORTED_OP, PL_UNSUPPORTED_MODEL,
 * PL_OUT_OF_MEMORY. The graph must outlive it. */
pl_status exec_create(const graph *g, const int *targets, int target_count, const pl_preprocessing *preprocessing, bool backward,
                      exec **e);
void exec_free(exec *e);

/* What exec_forward normalizes by from now on. */
void exec_set_preprocessing(exec *e, const pl_preprocessing *preprocessing);

/* Of a target of two axes, the only units that will be looked at; none: all, as at first. An operator may leave out the others,
 * unless another reads them. Once the shape is set. */
void exec_want(exec *e, int target, section wanted);

/* Whether exec_backward goes through clamps that block all of an image's gradient, from now on: see redirect.h. Off at first. */
void exec_set_redirect(exec *e, bool on);

/* Sets the shape of the input, plans memory, and takes none of it: exec_memory and the types of layers are then known. Nothing
 * happens where the shape is set already. Latents have no height and width. */
pl_status exec_measure(exec *e, int batch, int height, int width);

/* exec_measure of so many batches in one, whose images the network keeps from those of the others, so that each gets the bits that
 * it has alone. Operators with large values take one batch after the other, which then stay in the cache; those with small ones take
 * all at once, which reads their weights once. *apart: false, and the shape unset, where the network may mix them, or where they cannot
 * be cut. */
pl_status exec_measure_parts(exec *e, int batch, int parts, int height, int width, bool *apart);

/* exec_measure; then packs weights and takes the memory. Where exec_memory is above `budget`, in bytes, or beyond what can be
 * addressed, nothing of that is tried. After any failure the shape is unset; what was packed stays until exec_free. */
pl_status exec_reshape(exec *e, int batch, int height, int width, uint64_t budget);

/* Whether exec_reshape has come to its end: all below but exec_batch, exec_layer's types and exec_memory wants that. */
bool exec_is_ready(const exec *e);

int exec_batch(const exec *e);

/* batch x height x width x 3, RGB in [0, 1] whatever channels the network takes; of latents their
 * values as they are. To be filled before every exec_forward, which destroys it. */
float *exec_input(exec *e);
pl_status exec_forward(exec *e);
exec_target exec_layer(exec *e, int target);

/* From the targets' gradients to d score / d image, in the units and order of exec_input. */
pl_status exec_backward(exec *e);
const float *exec_dinput(exec *e);

/* Why a gradient may not be finite: goes forward once more, with exec_input filled anew, and fails with PL_NOT_FINITE where an
 * operator's result holds NaN, naming it. */
pl_status exec_find_nan(exec *e);

/* The operators in their order, one at a time: what exec_forward and exec_backward are made of, for profiling. One that takes
 * parts by themselves comes once for each. */
int exec_step_count(const exec *e);
const op *exec_step_op(const exec *e, int step);
pl_status exec_step_forward(exec *e, int step);
pl_status exec_step_backward(exec *e, int step);

/* Bytes, from above, of all that it holds for its shape: values, gradients, scratch, packed weights with XNNPACK's tables, and what
 * operators copied of constants. */
uint64_t exec_memory(const exec *e);

/* Multiply-adds of one exec_forward. */
double exec_macs(const exec *e);

#endif
