/* ConstantOfShape: one number everywhere, in a shape that follows from sizes. */
#include "network/ops/kernels/internal.h"

static pl_status fill_infer(inference *i) {
  int64_t sizes[MAX_RANK];
  shape out = {0};
  TRY(infer_arity(i, 1, 1));
  TRY(ops_list(i->node, i->known, 0, NULL, "shape", MAX_RANK, sizes, &out.rank));
  for (int d = 0; d < out.rank; d++) {
    if (sizes[d] < 0 || sizes[d] > INT32_MAX)
      return status_fail(PL_INVALID_MODEL, "%s: a size of %lld", ops_describe(i->node), (long long)sizes[d]);
    out.dim[d] = (int)sizes[d];
  }
  return infer_output(i, 0, &out, LAYOUT_PLAIN);
}

static pl_status fill_forward(op *o, const buffers *b) {
  const onnx_attribute *value = onnx_find(o->node->source, "value");
  float number = 0;
  if (value && value->kind == ONNX_ATTRIBUTE_TENSOR && value->tensor->count == 1) onnx_floats(value->tensor, &number);
  for (size_t k = 0; k < ops_out_count(o); k++) b->out[0][k] = number;
  return PL_OK;
}

static pl_status fill_backward(op *o, const buffers *b) {
  (void)o, (void)b;
  return PL_OK;
}

const op_class ops_ConstantOfShape = {
    .type = "ConstantOfShape", .flags = SIZES_ALL, .infer = fill_infer, .forward = fill_forward, .backward = fill_backward};
