/* A tiny convolutional network, a tiny vision transformer and one of lines and sequences: every value of their layers, and the
 * gradient, are PyTorch's. The numbers are made by tests/golden/make_blocks.py. */
#include "network/model.h"
#include "support.h"

enum { MAX_LAYERS = 5, MAX_VALUES = 8192 };

typedef struct network {
  const char *name;
  int height, width;
  size_t values; /* of the golden file: image, layers, gradient */
  const char *layers[MAX_LAYERS];
} network;

static const network NETWORKS[] = {
    {"conv", 23, 30, 6354, {"stem", "pooled", "block", "logits"}},
    {"lines", 16, 24, 3030, {"line", "pooled", "gated", "sequence", "logits"}},
    {"vit", 24, 16, 2709, {"tokens", "weights", "attended", "block", "logits"}},
};

/* A layer in the order of the file's own axes; how many values it has. */
static size_t layer_values(const exec_target *layer, float *out) {
  const tensor_type *t = &layer->type;
  const size_t count = shape_count(&t->shape), channels = t->layout == LAYOUT_CHANNELS_LAST ? (size_t)t->shape.dim[1] : 1;
  test_planes(layer->data, channels, count / channels, out);
  return count;
}

static void check_part(const char *network, const char *part, const float *found, const float *wanted, size_t count) {
  printf("%s, %s, %zu values: off by %.1e\n", network, part, count, relative_error(found, wanted, count));
  CHECK_CLOSE(found, wanted, count, 1e-5);
}

static void agrees(const network *n) {
  static float golden[MAX_VALUES], found[MAX_VALUES];
  char path[64];
  snprintf(path, sizeof path, "blocks/%s", n->name);
  test_golden_file(path, golden, n->values * sizeof *golden);
  snprintf(path, sizeof path, "tests/golden/blocks/%s.onnx", n->name);
  size_t size;
  uint8_t *file = test_file(path, &size);
  REQUIRE(file != NULL);
  const pl_preprocessing as_it_is = {.std = {1, 1, 1}};
  pl_model *m;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &as_it_is}, &m) == PL_OK);

  int targets[MAX_LAYERS], count = 0;
  for (; count < MAX_LAYERS && n->layers[count]; count++)
    REQUIRE(graph_find_layer(m->graph, n->layers[count], &targets[count]) == PL_OK);
  exec *e;
  REQUIRE(exec_create(m->graph, targets, count, &as_it_is, true, &e) == PL_OK);
  REQUIRE(exec_reshape(e, 1, n->height, n->width, UINT64_MAX) == PL_OK);
  const size_t pixels = (size_t)n->height * (size_t)n->width;
  for (size_t i = 0; i < 3 * pixels; i++) exec_input(e)[i] = golden[pixels * (i % 3) + i / 3];
  REQUIRE(exec_forward(e) == PL_OK);
  const float *wanted = golden + 3 * pixels;
  size_t last = 0;
  for (int i = 0; i < count; i++) {
    const exec_target layer = exec_layer(e, i);
    last = layer_values(&layer, found);
    check_part(n->name, n->layers[i], found, wanted, last);
    wanted += last;
  }

  const exec_target logits = exec_layer(e, count - 1);
  for (size_t i = 0; i < last; i++) logits.gradient[i] = 2 * logits.data[i] / (float)last;
  REQUIRE(exec_backward(e) == PL_OK);
  test_planes(exec_dinput(e), 3, pixels, found);
  check_part(n->name, "gradient", found, wanted, 3 * pixels);
  CHECK_INT(wanted + 3 * pixels - golden, n->values);
  exec_free(e);
  pl_model_free(m);
  free(file);
}

int main(void) {
  for (size_t i = 0; i < sizeof NETWORKS / sizeof *NETWORKS; i++) agrees(&NETWORKS[i]);
  return test_result();
}
