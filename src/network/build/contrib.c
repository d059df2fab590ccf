#include "network/build/contrib.h"

#include <string.h>

enum { MOST_NODES = 4, MOST_NAMES = 8, MOST_ATTRIBUTES = 8, UNFOLDED_SIZE = 256 };

/* A function in the making. Names of its own values are short: they stand in a scope of their own. */
typedef struct body {
  arena *arena;
  const onnx_node *call;
  onnx_function *function;
  onnx_node nodes[MOST_NODES];
  bool out_of_memory, cannot; /* cannot: ONNX has no operators for it */
} body;

static bool given(const onnx_node *call, int k) { return k < call->input_count && *call->inputs[k]; }

/* "x,w,b" as a list. */
static const char *const *names_in(body *b, const char *text, int *count) {
  const char **list = arena_allocate(b->arena, MOST_NAMES, sizeof *list);
  *count = 0;
  for (const char *from = text; list && *from && *count < MOST_NAMES;) {
    const size_t length = strcspn(from, ",");
    char *name = arena_text(b->arena, from, length);
    if (!name) list = NULL;
    else list[(*count)++] = name;
    from += length + (from[length] == ',');
  }
  b->out_of_memory |= !list;
  return list;
}

static onnx_attribute *add_attribute(onnx_node *n, const char *name, onnx_attribute_kind kind) {
  onnx_attribute *a = (onnx_attribute *)n->attributes + n->attribute_count++;
  *a = (onnx_attribute){.name = name, .kind = kind, .s = "", .reference = ""};
  return a;
}

static void add_float(onnx_node *n, const char *name, float value) { add_attribute(n, name, ONNX_ATTRIBUTE_FLOAT)->f = value; }

/* passed: attributes that are the call's. */
static onnx_node *add(body *b, const char *op, const char *inputs, const char *outputs, const char *passed) {
  onnx_node *n = &b->nodes[b->function->node_count++];
  int count;
  *n = (onnx_node){.name = op, .op = op, .domain = "", .overload = "", .block = b->call->block};
  n->inputs = names_in(b, inputs, &n->input_count);
  n->outputs = names_in(b, outputs, &n->output_count);
  n->attributes = arena_allocate(b->arena, MOST_ATTRIBUTES, sizeof *n->attributes);
  const char *const *names = names_in(b, passed, &count);
  b->out_of_memory |= !n->attributes;
  for (int k = 0; k < count && !b->out_of_memory; k++) add_attribute(n, names[k], ONNX_ATTRIBUTE_OTHER)->reference = names[k];
  return n;
}

static void begin(body *b, const char *inputs, const char *outputs) {
  b->function->inputs = names_in(b, inputs, &b->function->input_count);
  b->function->outputs = names_in(b, outputs, &b->function->output_count);
}

/* What the call may leave out. */
static void set_default(body *b, const char *name, float value) {
  onnx_attribute *a = arena_allocate(b->arena, 1, sizeof *a);
  b->out_of_memory |= !a;
  if (!a) return;
  *a = (onnx_attribute){.name = name, .kind = ONNX_ATTRIBUTE_FLOAT, .f = value, .s = "", .reference = ""};
  b->function->defaults = a;
  b->function->default_count = 1;
}

/* ---- activations ---- */

/* The function that is applied last, from x to y, with the parameters that it has in this order. */
static void activate(body *b, const char *x, const char *type, const float *parameters, int count) {
  static const struct {
    const char *type, *names[2];
    int count;
  } known[] = {{"Relu", {0}, 0},
               {"Sigmoid", {0}, 0},
               {"Tanh", {0}, 0},
               {"LeakyRelu", {"alpha"}, 1},
               {"Clip", {"min", "max"}, 2},
               {"HardSigmoid", {"alpha", "beta"}, 2}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (strcmp(known[i].type, type) || count < known[i].count) continue;
    onnx_node *n = add(b, known[i].type, x, "y", "");
    for (int k = 0; k < known[i].count && !b->out_of_memory; k++) add_float(n, known[i].names[k], parameters[k]);
    return;
  }
  b->cannot = true;
}

/* Whether the call applies one. */
static const char *activation_of(const onnx_node *call) { return onnx_string(call, "activation", ""); }

/* ---- the operators ---- */

static void unfold_FusedConv(body *b) {
  const onnx_node *call = b->call;
  const onnx_attribute *parameters = onnx_find(call, "activation_params");
  const bool listed = parameters && parameters->kind == ONNX_ATTRIBUTE_FLOATS, sum = given(call, 3);
  const char *type = activation_of(call);
  begin(b, "x,w,b,z", "y");
  add(b, "Conv", given(call, 2) ? "x,w,b" : "x,w",
      sum     ? "conv"
      : *type ? "sum"
              : "y",
      "auto_pad,dilations,group,kernel_shape,pads,strides");
  if (sum) add(b, "Add", "conv,z", *type ? "sum" : "y", "");
  if (*type) activate(b, "sum", type, listed ? parameters->floats : NULL, listed ? parameters->count : 0);
}

static void unfold_FusedGemm(body *b) {
  const onnx_node *call = b->call;
  const char *type = activation_of(call);
  const float parameters[] = {onnx_float(call, "activation_alpha", 0.01f), onnx_float(call, "activation_beta", 0)};
  begin(b, "x,w,b", "y");
  add(b, "Gemm", given(call, 2) ? "x,w,b" : "x,w", *type ? "sum" : "y", "alpha,beta,transA,transB");
  if (*type) activate(b, "sum", type, parameters, !strcmp(type, "LeakyRelu") ? 1 : 0);
}

/* Our MatMul knows these attributes. */
static void unfold_FusedMatMul(body *b) {
  b->cannot = onnx_int(b->call, "transBatchA", 0) || onnx_int(b->call, "transBatchB", 0);
  begin(b, "x,w", "y");
  add(b, "MatMul", "x,w", "y", "alpha,transA,transB");
}

static void unfold_TransposeMatMul(body *b) { unfold_FusedMatMul(b); }

static void unfold_Gelu(body *b) {
  begin(b, "x", "y");
  add(b, "Gelu", "x", "y", "");
}

static void add_bias_and_gelu(body *b, bool tanh) {
  const bool bias = given(b->call, 1);
  begin(b, "x,b", "y");
  if (bias) add(b, "Add", "x,b", "sum", "");
  onnx_node *n = add(b, "Gelu", bias ? "sum" : "x", "y", "");
  if (tanh && !b->out_of_memory) add_attribute(n, "approximate", ONNX_ATTRIBUTE_STRING)->s = "tanh";
}

static void unfold_BiasGelu(body *b) { add_bias_and_gelu(b, false); }
static void unfold_FastGelu(body *b) { add_bias_and_gelu(b, true); }

static void unfold_QuickGelu(body *b) {
  begin(b, "x", "y");
  set_default(b, "alpha", 1.702f);
  add(b, "Swish", "x", "y", "alpha");
}

static void unfold_LayerNormalization(body *b) {
  begin(b, "x,scale,bias", "y,mean,factor");
  add(b, "LayerNormalization", given(b->call, 2) ? "x,scale,bias" : "x,scale", "y,mean,factor", "axis,epsilon");
}

static void unfold_SimplifiedLayerNormalization(body *b) {
  begin(b, "x,scale", "y,factor");
  add(b, "RMSNormalization", "x,scale", "y,factor", "axis,epsilon");
}

/* x + skip, and a bias perhaps, normalized; the sum goes on beside it. bias: which input. */
static void add_skip(body *b, int bias) {
  const bool biased = given(b->call, bias);
  set_default(b, "epsilon", 1e-12f);
  add(b, "Add", "x,skip", biased ? "whole" : "sum", "");
  if (biased) add(b, "Add", "whole,bias", "sum", "");
}

static void unfold_SkipLayerNormalization(body *b) {
  begin(b, "x,skip,scale,shift,bias", "y,mean,factor,sum");
  add_skip(b, 4);
  add(b, "LayerNormalization", given(b->call, 3) ? "sum,scale,shift" : "sum,scale", "y,mean,factor", "epsilon");
}

static void unfold_SkipSimplifiedLayerNormalization(body *b) {
  begin(b, "x,skip,scale,bias", "y,mean,factor,sum");
  add_skip(b, 3);
  add(b, "RMSNormalization", "sum,scale", "y,mean,factor", "epsilon");
}

/* ---- the list ---- */

static const struct {
  const char *op;
  void (*unfold)(body *b);
} operators[] = {
#define X(operator) {#operator, unfold_##operator},
    CONTRIB_OPERATORS(X)
#undef X
};

/* One of them is written without a domain. */
static bool is_called(const onnx_node *call, const char *op) {
  return !strcmp(call->op, op) &&
         (!strcmp(call->domain, "com.microsoft") || (!*call->domain && !strcmp(op, "SimplifiedLayerNormalization")));
}

static pl_status unfold(arena *a, const onnx_node *call, void (*by)(body *b), const onnx_function **found) {
  body b = {.arena = a, .call = call, .function = arena_allocate(a, 1, sizeof *b.function)};
  onnx_node *nodes = arena_allocate(a, MOST_NODES, sizeof *nodes);
  if (!b.function || !nodes) return status_no_memory("to unfold an operator");
  *b.function = (onnx_function){.name = call->op, .domain = call->domain, .overload = "", .nodes = nodes, .size = UNFOLDED_SIZE};
  by(&b);
  if (b.out_of_memory) return status_no_memory("to unfold an operator");
  memcpy(nodes, b.nodes, sizeof b.nodes);
  if (!b.cannot) *found = b.function;
  return PL_OK;
}

pl_status contrib_find(arena *a, const onnx_node *call, const onnx_function **found) {
  *found = NULL;
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
    if (is_called(call, operators[i].op)) return unfold(a, call, operators[i].unfold, found);
  return PL_OK;
}
