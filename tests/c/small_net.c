#include "small_net.h"

#include "onnx_writer.h"
#include "support.h"

static void add_weights(writer *w, const char *name, shape s, float scale) {
  float *values = random_floats(shape_count(&s), -scale, scale);
  writer_initializer_floats(w, name, s, values);
  free(values);
}

static void add_positive(writer *w, const char *name, int count) {
  float *values = random_floats((size_t)count, 0.5f, 2);
  writer_initializer_floats(w, name, SHAPE(count), values);
  free(values);
}

static void *write_file(size_t *size) {
  writer w;
  writer_start(&w);
  random_seed(7);
  writer_input(&w, "input", SHAPE(-1, 3, 15, 15));
  add_weights(&w, "w1", SHAPE(8, 3, 3, 3), 0.6f);
  writer_node(&w, "Conv", "conv1", "input,w1", "conv1");
  writer_attribute_ints(&w, "pads", INTS(1, 1, 1, 1));
  writer_attribute_ints(&w, "strides", INTS(2, 2));
  add_positive(&w, "scale", 8);
  add_weights(&w, "shift", SHAPE(8), 0.5f);
  add_weights(&w, "mean", SHAPE(8), 0.5f);
  add_positive(&w, "variance", 8);
  writer_node(&w, "BatchNormalization", "bn1", "conv1,scale,shift,mean,variance", "bn1");
  writer_node(&w, "Relu", "relu1", "bn1", "relu1");
  add_weights(&w, "w2", SHAPE(8, 1, 3, 3), 0.6f);
  add_weights(&w, "b2", SHAPE(8), 0.3f);
  writer_node(&w, "Conv", "conv2", "relu1,w2,b2", "conv2");
  writer_attribute_ints(&w, "pads", INTS(1, 1, 1, 1));
  writer_attribute_int(&w, "group", 8);
  writer_node(&w, "Add", "sum", "relu1,conv2", "sum");
  writer_node(&w, "Concat", "cat", "sum,relu1", "cat");
  writer_attribute_int(&w, "axis", 1);
  writer_node(&w, "MaxPool", "pool", "cat", "pool");
  writer_attribute_ints(&w, "kernel_shape", INTS(3, 3));
  writer_attribute_ints(&w, "strides", INTS(2, 2));
  writer_node(&w, "Flatten", "flat", "pool", "flat");
  add_weights(&w, "w3", SHAPE(5, 144), 0.2f);
  add_weights(&w, "b3", SHAPE(5), 0.2f);
  writer_node(&w, "Gemm", "logits", "flat,w3,b3", "logits");
  writer_attribute_int(&w, "transB", 1);
  writer_node(&w, "Softmax", "probabilities", "logits", "probabilities");
  writer_output(&w, "probabilities", SHAPE(-1, 5));
  return writer_finish(&w, size);
}

pl_model *small_net_load(void **file) {
  size_t size;
  *file = write_file(&size);
  const pl_preprocessing p = {.mean = {0.4f, 0.5f, 0.6f}, .std = {0.2f, 0.25f, 0.3f}};
  pl_model *m;
  if (pl_model_load(*file, size, &(pl_model_options){.preprocessing = &p}, &m)) {
    fprintf(stderr, "%s\n", pl_error_message());
    exit(1);
  }
  return m;
}
