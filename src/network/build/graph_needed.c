#include "network/build/graph_needed.h"

#include <string.h>

#include "network/ops/ops.h"

/* Operators that compute with integers, of whichever domain. */
static bool computes_with_integers(const char *op) {
  static const char *const whole[] = {"ConvInteger", "MatMulInteger", "DynamicQuantizeLinear", "DynamicQuantizeMatMul"};
  for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
    if (!strcmp(op, whole[i])) return true;
  return !strncmp(op, "QLinear", 7);
}

static pl_status check_node(const graph *g, const node *n) {
  if (!n->op && computes_with_integers(n->source->op))
    return status_fail(PL_UNSUPPORTED_OP,
                       "%s computes with integers, which has no gradient: quantize the model again with "
                       "QuantizeLinear and DequantizeLinear nodes (format QDQ), or export it in float",
                       ops_describe(n));
  if (!n->op && !strcmp(n->source->domain, "com.microsoft.nchwc"))
    return status_fail(
        PL_UNSUPPORTED_OP,
        "%s is of a file that ONNX Runtime has optimized for one kind of processor: take the file that it was made "
        "of, or optimize that at the level ORT_ENABLE_EXTENDED",
        ops_describe(n));
  if (!n->op)
    return status_fail(PL_UNSUPPORTED_OP, "%s%s%s is not supported", ops_describe(n),
                       *n->source->domain ? " of the operators of " : "", n->source->domain);
  bool constants_only = true;
  for (int k = 0; k < n->input_count; k++) {
    const int v = n->inputs[k];
    if (v < 0 || g->values[v].constant) continue;
    constants_only = false;
  }
  if (!constants_only) return PL_OK;
  return status_fail(PL_UNSUPPORTED_MODEL, "%s reads constants only, and cannot be computed beforehand", ops_describe(n));
}

static bool is_wanted(const graph *g, const node *n, const bool *values) {
  for (int k = 0; k < n->output_count; k++)
    if (n->outputs[k] >= 0 && values[n->outputs[k]] && !g->values[n->outputs[k]].constant) return true;
  return false;
}

static pl_status independent(const graph *g, int target) {
  return status_fail(PL_UNSUPPORTED_MODEL, "layer '%s' does not depend on the image", g->values[target].name);
}

pl_status graph_needed(const graph *g, const int *targets, int count, bool *values, bool *nodes) {
  memset(values, 0, (size_t)g->value_count * sizeof *values);
  memset(nodes, 0, (size_t)g->node_count * sizeof *nodes);
  for (int i = 0; i < count; i++) {
    const value *v = &g->values[targets[i]];
    if (v->constant || v->shape_only) return independent(g, targets[i]);
    values[targets[i]] = true;
  }
  for (int i = g->node_count - 1; i >= 0; i--) {
    const node *n = &g->nodes[i];
    nodes[i] = is_wanted(g, n, values);
    for (int k = 0; k < n->input_count && nodes[i]; k++)
      if (n->inputs[k] >= 0 && !g->values[n->inputs[k]].shape_only) values[n->inputs[k]] = true;
  }
  for (int i = 0; i < g->node_count; i++)
    if (nodes[i]) TRY(check_node(g, &g->nodes[i]));
  if (values[g->input]) return PL_OK;
  return independent(g, targets[0]);
}
