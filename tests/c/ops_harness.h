/* One operator alone: a node made by hand, its inputs filled at random, forward, backward, and checks of the gradient. */
#ifndef OPS_HARNESS_H
#define OPS_HARNESS_H

#include "network/ops/ops.h"
#include "support.h"

enum { TRIAL_ATTRIBUTES = 12 };

typedef struct trial {
  onnx_model model;
  graph graph;
  onnx_node source;
  onnx_attribute attributes[TRIAL_ATTRIBUTES];
  const char *input_names[MAX_INPUTS];
  node node;
  inference inference;
  int batch;                     /* of the inference; 0: the first input's first size */
  tensor_type given[MAX_INPUTS]; /* as the operator before would leave them */
  onnx_tensor constants[MAX_INPUTS];
  bool from_sizes[MAX_INPUTS]; /* of the constants, those that the operator shall see as computed from sizes */
  op op;
  float low, high, *scale, *shift; /* what is fused; set before trial_prepare; scale and shift are freed with the trial */
  float *in[MAX_INPUTS], *din[MAX_INPUTS], *out[MAX_OUTPUTS], *dout[MAX_OUTPUTS]; /* in the operator's layouts */
  void *saved, *workspace;
  uint32_t *clamp;
} trial;

/* Parts of the node. Inputs come in the order of the calls. */
void trial_begin(trial *t, const char *type, int opset);
void trial_input(trial *t, shape s, layout l);
void trial_constant(trial *t, shape s, const float *values); /* copied; NULL: random in [-1, 1] */
void trial_constant_ints(trial *t, int count, const int64_t *values);
void trial_from_sizes(trial *t); /* the last constant is seen as one that was computed from sizes */
void trial_left_out(trial *t);
void trial_int(trial *t, const char *name, int64_t value);
void trial_float(trial *t, const char *name, float value);
void trial_string(trial *t, const char *name, const char *value);
void trial_ints(trial *t, const char *name, int count, const int64_t *values); /* not copied */
void trial_floats(trial *t, const char *name, int count, const float *values);

/* Inference alone; then what the operator asks for, without memory for it; then all up to the first forward, with inputs random in
 * [-1, 1]. */
pl_status trial_infer(trial *t);
pl_status trial_measure(trial *t);
pl_status trial_prepare(trial *t);
void trial_fill(trial *t, float low, float high); /* inputs and douts anew */
void trial_forward(trial *t);
void trial_backward(trial *t);
void trial_free(trial *t);

size_t trial_in_count(const trial *t, int k);
size_t trial_out_count(const trial *t);

/* The value of a tensor in memory at an index per axis of its shape. */
size_t trial_offset(const tensor_type *type, const int *index);

/* Values in the order of ONNX (N x C x H x W); free() frees them. */
float *trial_plain(const tensor_type *type, const float *values);

/* <dout, f(x) - f(0)> against <din, x>: for operators that are linear but for a constant. */
void trial_check_linear(trial *t, double tolerance);

/* <dout, f(x + h v) - f(x - h v)> / 2h against <din, v> for random directions v. */
void trial_check_gradient(trial *t, float h, double tolerance);

/* Every item of the batch alone gives the same bits, forward and backward; answers whether it does. */
bool trial_same_alone(trial *t);

#endif
