#include "sample_models.h"

#include "onnx_writer.h"
#include "support.h"

static void add_floats(writer *w, const char *name, shape s) {
  float *values = random_floats(shape_count(&s), -0.5f, 0.5f);
  writer_initializer_floats(w, name, s, values);
  free(values);
}

static void add_ints(writer *w, const char *name, int count, const int64_t *values) {
  writer_initializer_ints(w, name, SHAPE(count), values);
}

static void add_scalar(writer *w, const char *name, int64_t value) { writer_initializer_ints(w, name, (shape){0}, &value); }

void *sample_convolutions(size_t *size) {
  writer w;
  writer_start(&w);
  random_seed(1);
  writer_input(&w, "input", SHAPE(1, 3, 12, 12));
  add_floats(&w, "w1", SHAPE(4, 3, 3, 3));
  add_floats(&w, "b1", SHAPE(4));
  writer_node(&w, "Conv", "conv", "input,w1,b1", "features");
  writer_attribute_ints(&w, "kernel_shape", INTS(3, 3));
  writer_attribute_ints(&w, "pads", INTS(1, 1, 1, 1));
  writer_attribute_ints(&w, "strides", INTS(2, 2));
  writer_attribute_int(&w, "group", 1);
  for (int i = 0; i < 4; i++) add_floats(&w, (const char *[]){"scale", "shift", "mean", "variance"}[i], SHAPE(4));
  writer_node(&w, "BatchNormalization", "", "features,scale,shift,mean,variance", "normalized");
  writer_attribute_float(&w, "epsilon", 1e-3f);
  writer_node(&w, "Relu", "relu", "normalized", "rectified");
  writer_node(&w, "Add", "sum", "rectified,features", "sum");
  writer_node(&w, "Concat", "", "sum,rectified", "both");
  writer_attribute_int(&w, "axis", 1);
  writer_node(&w, "GlobalAveragePool", "pool", "both", "pooled");
  writer_node(&w, "Flatten", "", "pooled", "flat");
  writer_node(&w, "Dropout", "", "flat", "kept,mask");
  add_floats(&w, "w2", SHAPE(5, 8));
  writer_node(&w, "Gemm", "classifier", "kept,w2", "logits");
  writer_attribute_int(&w, "transB", 1);
  writer_node(&w, "Softmax", "", "logits", "probabilities");
  writer_attribute_int(&w, "axis", -1);
  writer_node(&w, "Identity", "", "probabilities", "output");
  writer_output(&w, "output", SHAPE(1, 5));
  return writer_finish(&w, size);
}

void *sample_view(size_t *size) {
  writer w;
  writer_start(&w);
  random_seed(2);
  writer_input(&w, "input", SHAPE(-1, 3, -1, -1));
  add_floats(&w, "w1", SHAPE(4, 3, 1, 1));
  writer_node(&w, "Conv", "conv", "input,w1", "features");
  writer_node(&w, "GlobalAveragePool", "pool", "features", "pooled");
  writer_node(&w, "Shape", "/Shape", "pooled", "/Shape_output_0");
  writer_node(&w, "Constant", "", "", "index");
  writer_attribute_tensor_ints(&w, "value", (shape){0}, (int64_t[]){0});
  writer_node(&w, "Gather", "/Gather", "/Shape_output_0,index", "/Gather_output_0");
  writer_attribute_int(&w, "axis", 0);
  add_ints(&w, "axes", INTS(0));
  writer_node(&w, "Unsqueeze", "/Unsqueeze", "/Gather_output_0,axes", "/Unsqueeze_output_0");
  writer_node(&w, "Constant", "", "", "minus_one");
  writer_attribute_tensor_ints(&w, "value", SHAPE(1), (int64_t[]){-1});
  writer_node(&w, "Concat", "/Concat", "/Unsqueeze_output_0,minus_one", "/Concat_output_0");
  writer_attribute_int(&w, "axis", 0);
  writer_node(&w, "Reshape", "/Reshape", "pooled,/Concat_output_0", "flat");
  add_floats(&w, "w2", SHAPE(4, 6));
  writer_node(&w, "MatMul", "fc", "flat,w2", "logits");
  writer_output(&w, "logits", SHAPE(-1, 6));
  return writer_finish(&w, size);
}

void *sample_halves(size_t *size) {
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(-1, 3, 8, 8));
  int32_t halves[12];
  for (int i = 0; i < 12; i++) halves[i] = 0x3000 + 77 * i;
  static const char *const names[] = {"raw", "packed", "unpacked"};
  writer_initializer_raw(&w, "raw", ONNX_FLOAT16, 4, (int64_t[]){4, 3, 1, 1}, (uint16_t[12]){0x3c00, 0x4000}, 24);
  w.encoding = WRITER_PACKED;
  writer_initializer_int32s(&w, "packed", ONNX_FLOAT16, SHAPE(4, 3, 1, 1), halves);
  w.encoding = WRITER_UNPACKED;
  writer_initializer_int32s(&w, "unpacked", ONNX_BFLOAT16, SHAPE(4, 3, 1, 1), halves);
  writer_initializer_floats(&w, "bias", SHAPE(4), (float[]){1, 2, 3, 4});
  writer_input(&w, "bias", SHAPE(4)); /* as older files do */
  char inputs[64], outputs[2][32];
  for (int i = 0; i < 3; i++) {
    snprintf(outputs[0], sizeof outputs[0], "%s32", names[i]);
    snprintf(outputs[1], sizeof outputs[1], "conv_%s", names[i]);
    snprintf(inputs, sizeof inputs, "input,%s,bias", outputs[0]);
    writer_node(&w, "Cast", "", names[i], outputs[0]);
    writer_attribute_int(&w, "to", ONNX_FLOAT);
    writer_node(&w, "Conv", "", inputs, outputs[1]);
    writer_attribute_string(&w, "auto_pad", "SAME_UPPER");
  }
  writer_node(&w, "Add", "", "conv_raw,conv_packed", "sum");
  writer_node(&w, "Mul", "", "sum,conv_unpacked", "product");
  writer_output(&w, "product", SHAPE(-1, 4, 8, 8));
  return writer_finish(&w, size);
}

/* Tokens, a class token repeated for every image of the batch, and a scale of 1 / sqrt(features). */
void *sample_attention(size_t *size) {
  writer w;
  writer_start(&w);
  random_seed(4);
  writer_input(&w, "input", SHAPE(-1, 3, 16, 16));
  add_floats(&w, "w1", SHAPE(4, 3, 4, 4));
  writer_node(&w, "Conv", "patches", "input,w1", "patches");
  writer_attribute_ints(&w, "strides", INTS(4, 4));
  writer_node(&w, "Shape", "", "patches", "sizes");
  add_ints(&w, "zero", INTS(0));
  add_ints(&w, "two", INTS(2));
  add_ints(&w, "last", INTS(-1));
  add_ints(&w, "end", INTS(INT64_MAX));
  writer_node(&w, "Slice", "", "sizes,zero,two,zero", "kept");
  writer_node(&w, "Concat", "", "kept,last", "target");
  writer_attribute_int(&w, "axis", 0);
  writer_node(&w, "Reshape", "", "patches,target", "flat");
  writer_node(&w, "Transpose", "", "flat", "tokens");
  writer_attribute_ints(&w, "perm", INTS(0, 2, 1));
  writer_node(&w, "Shape", "", "tokens", "token_sizes");
  writer_node(&w, "Slice", "", "token_sizes,last,end", "features");
  writer_node(&w, "Cast", "", "features", "features_float");
  writer_attribute_int(&w, "to", ONNX_FLOAT);
  writer_node(&w, "Sqrt", "", "features_float", "root");
  writer_initializer_floats(&w, "one", SHAPE(1), (float[]){1});
  writer_node(&w, "Div", "", "one,root", "scale");
  writer_node(&w, "Mul", "scaled", "tokens,scale", "scaled");
  /* expand(batch, -1, -1): -1 means the size as it is */
  add_scalar(&w, "first", 0);
  writer_node(&w, "Gather", "", "token_sizes,first", "batch");
  writer_node(&w, "Unsqueeze", "", "batch,zero", "batch_list");
  add_ints(&w, "ones", INTS(-1, -1));
  writer_node(&w, "Concat", "", "batch_list,ones", "asked");
  writer_attribute_int(&w, "axis", 0);
  add_ints(&w, "three", INTS(3));
  writer_node(&w, "ConstantOfShape", "", "three", "filled");
  writer_attribute_tensor_ints(&w, "value", SHAPE(1), (int64_t[]){1});
  add_scalar(&w, "negative", -1);
  writer_node(&w, "Mul", "", "filled,negative", "marks");
  writer_node(&w, "Equal", "", "asked,marks", "same");
  writer_node(&w, "Where", "", "same,filled,asked", "repeated");
  add_floats(&w, "token", SHAPE(1, 1, 4));
  writer_node(&w, "Expand", "expand", "token,repeated", "tokens_of_class");
  writer_node(&w, "Concat", "joined", "tokens_of_class,scaled", "joined");
  writer_attribute_int(&w, "axis", 1);
  writer_output(&w, "joined", SHAPE(-1, 17, 4));
  return writer_finish(&w, size);
}

void *sample_attributes(size_t *size) {
  writer w;
  writer_start(&w);
  w.opset = 13;
  writer_input(&w, "input", SHAPE(-1, 1, 6, 6));
  writer_node(&w, "Mystery", "mystery", "input,,late", "odd,,even");
  writer_domain(&w, "com.example");
  writer_attribute_graph(&w, "body");
  writer_attribute_strings(&w, "texts", 2, (const char *const[]){"a", "bc"});
  writer_attribute_string(&w, "text", "");
  writer_attribute_floats(&w, "floats", FLOATS(1, 2, 3));
  w.encoding = WRITER_PACKED;
  writer_attribute_ints(&w, "ints", INTS(-1, 0, 1LL << 40));
  writer_attribute_floats(&w, "packed", FLOATS(0.5f));
  writer_attribute_tensor_floats(&w, "tensor", SHAPE(2, 2), (float[]){1, 2, 3, 4});
  writer_node(&w, "Relu", "", "input", "late"); /* stands after its reader */
  writer_node(&w, "Constant", "", "", "one");
  writer_attribute_float(&w, "value_float", 1);
  writer_node(&w, "Constant", "", "", "list");
  writer_attribute_ints(&w, "value_ints", INTS(2, 3));
  writer_initializer_floats(&w, "matrix", SHAPE(3, 2), (float[]){1, 2, 3, 4, 5, 6});
  writer_node(&w, "Transpose", "", "matrix", "turned");
  writer_node(&w, "Reshape", "", "turned,list", "same");
  writer_node(&w, "Mul", "", "same,one", "scaled");
  writer_node(&w, "Range", "", "start,limit,step", "grid");
  for (int i = 0; i < 3; i++) add_scalar(&w, (const char *[]){"start", "limit", "step"}[i], (int64_t[]){0, 9, 2}[i]);
  writer_node(&w, "Gather", "", "scaled,column", "picked");
  writer_attribute_int(&w, "axis", 1);
  add_ints(&w, "column", INTS(-1));
  writer_output(&w, "late", SHAPE(-1, 1, 6, 6));
  writer_output(&w, "even", SHAPE(-1, 1));
  return writer_finish(&w, size);
}

static void write_branch(writer *w, const char *name, const char *op) {
  writer branch;
  writer_start(&branch);
  writer_node(&branch, op, "", "conv", "t");
  writer_node(&branch, "Neg", "", "t", "o");
  writer_output(&branch, "o", SHAPE(1, 2, 6, 6));
  writer_attribute_branch(w, name, &branch);
}

void *sample_functions(size_t *size) {
  static const float weights[2 * 3] = {1, -2, 3, 0.5f, 1, -1};
  writer w, body, defaults;
  writer_start(&w);
  writer_input(&w, "image", SHAPE(1, 3, 6, 6));
  writer_initializer_floats(&w, "weights", SHAPE(2, 3, 1, 1), weights);
  writer_initializer_ints(&w, "one", (shape){0}, (int64_t[]){1});
  writer_start(&body);
  writer_start(&defaults);
  writer_node(&body, "Conv", "c", "X,W,B", "t");
  writer_attribute_reference(&body, "strides", "steps", WRITER_INTS);
  writer_node(&body, "LeakyRelu", "", "t", "Y");
  writer_attribute_reference(&body, "alpha", "slope", WRITER_FLOAT);
  writer_node(&defaults, "Any", "", "", "");
  writer_attribute_ints(&defaults, "steps", INTS(1, 1));
  writer_function(&w, "local", "Inner", "X,W,B", "Y,X", &body, &defaults);
  writer_start(&body);
  writer_node(&body, "Inner", "call", "X,W", "Y,again");
  writer_domain(&body, "local");
  writer_attribute_float(&body, "slope", 0.25f);
  writer_function(&w, "local", "Outer", "X,W", "Y", &body, NULL);
  writer_node(&w, "Outer", "first", "image,weights", "conv");
  writer_domain(&w, "local");
  writer_node(&w, "Shape", "", "image", "sizes");
  writer_node(&w, "Gather", "", "sizes,one", "channels");
  writer_node(&w, "Equal", "", "channels,one", "condition");
  writer_node(&w, "If", "decision", "condition", "out");
  write_branch(&w, "then_branch", "Relu");
  write_branch(&w, "else_branch", "Sigmoid");
  writer_output(&w, "out", SHAPE(1, 2, 6, 6));
  return writer_finish(&w, size);
}

void *sample_weights(size_t *size) {
  static const float values[2] = {1, -2};
  writer w;
  writer_start(&w);
  writer_input(&w, "image", SHAPE(3, 6, 6));
  writer_input(&w, "momentum", SHAPE(1));
  writer_initializer_sparse(&w, "flat", SHAPE(2, 3, 1, 1), 2, values, 0, (int64_t[]){1, 5});
  writer_initializer_sparse(&w, "by_axes", SHAPE(2, 2, 1, 1), 2, values, 4, (int64_t[]){0, 1, 0, 0, 1, 0, 0, 0});
  writer_initializer_external(&w, "biases", ONNX_FLOAT16, SHAPE(2), "weights.bin", "3", "4");
  writer_initializer_floats(&w, "biases", SHAPE(2), values);
  writer_initializer_external(&w, "more", ONNX_UINT16, SHAPE(2), "./weights.bin", NULL, NULL);
  writer_initializer_raw(&w, "names", 8, 1, (int64_t[]){2}, "", 0);
  writer_initializer_ints(&w, "axes", SHAPE(1), (int64_t[]){0});
  writer_initializer_ints(&w, "none", SHAPE(0), NULL);
  writer_node(&w, "Unsqueeze", "", "image,axes", "batch");
  writer_node(&w, "Conv", "", "batch,flat,biases", "conv");
  writer_node(&w, "CastLike", "", "more,conv", "factors");
  writer_node(&w, "Conv", "", "conv,by_axes,factors", "again");
  writer_node(&w, "ReduceMean", "", "again,none", "mean");
  writer_node(&w, "ArgMax", "", "again", "label");
  writer_node(&w, "ArrayFeatureExtractor", "", "names,label", "name");
  writer_domain(&w, "ai.onnx.ml");
  writer_output(&w, "name", SHAPE(1));
  writer_output(&w, "mean", SHAPE(1, 1, 1, 1));
  w.opset = 18;
  return writer_finish(&w, size);
}

void *(*const samples[SAMPLE_COUNT])(size_t *size) = {sample_convolutions, sample_view,      sample_halves, sample_attention,
                                                      sample_attributes,   sample_functions, sample_weights};
