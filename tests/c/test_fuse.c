/* What is fused changes nothing: a small network on tokens, run as it is written and with everything in between kept. */
#include "model.h"
#include "onnx_writer.h"
#include "support.h"

enum { SIDE = 6, VALUES = 3 * SIDE * SIDE, TOKENS = SIDE * SIDE, WIDTH = 5, HIDDEN = 7 };

typedef struct pieces {
  const char *scaled, *scaled_by; /* before Erf */
  float number;
  const char *factors[2];         /* the last two factors beside 1 + erf */
  const char *one;
} pieces;

/* Patches, a linear layer, Gelu spelled out, products of activations, one more linear layer. */
static void *write_tokens(const pieces *p, size_t *size) {
  writer w;
  float *weights = random_floats(256, -1, 1);
  char inputs[2][64];
  writer_start(&w);
  writer_input(&w, "input", SHAPE(1, 3, SIDE, SIDE));
  writer_initializer_floats(&w, "patches", SHAPE(WIDTH, 3, 1, 1), weights);
  writer_initializer_floats(&w, "channels", SHAPE(1, WIDTH, 1, 1), weights + 30);
  writer_initializer_ints(&w, "to", SHAPE(3), (const int64_t[]){1, WIDTH, TOKENS});
  writer_initializer_floats(&w, "w1", SHAPE(WIDTH, HIDDEN), weights + 40);
  writer_initializer_floats(&w, "b1", SHAPE(HIDDEN), weights + 80);
  writer_initializer_floats(&w, "number", (shape){0}, &p->number);
  writer_initializer_floats(&w, "one", SHAPE(1), (const float[]){1});
  writer_initializer_floats(&w, "half", (shape){0}, (const float[]){0.5f});
  writer_node(&w, "Conv", "patch", "input,patches", "patch");
  writer_node(&w, "Sub", "moved", "patch,channels", "moved");
  writer_node(&w, "Reshape", "flat", "moved,to", "flat");
  writer_node(&w, "Transpose", "tokens", "flat", "tokens");
  writer_attribute_ints(&w, "perm", INTS(0, 2, 1));
  writer_node(&w, "MatMul", "product", "tokens,w1", "product");
  writer_node(&w, "Add", "x", "b1,product", "x"); /* the constant first, as PyTorch writes it */
  writer_node(&w, p->scaled_by, "scaled", p->scaled, "scaled");
  writer_node(&w, "Erf", "erf", "scaled", "erf");
  writer_node(&w, "Add", "above", p->one, "above");
  snprintf(inputs[0], sizeof inputs[0], "%s,above", p->factors[0]);
  snprintf(inputs[1], sizeof inputs[1], "once,%s", p->factors[1]);
  writer_node(&w, "Mul", "once", inputs[0], "once");
  writer_node(&w, "Mul", "gelu", inputs[1], "gelu");
  writer_node(&w, "Transpose", "turned", "gelu", "turned");
  writer_attribute_ints(&w, "perm", INTS(0, 2, 1));
  writer_node(&w, "MatMul", "pairs", "gelu,turned", "pairs");
  writer_node(&w, "Mul", "weak", "pairs,half", "weak");
  writer_node(&w, "Softmax", "attention", "weak", "attention");
  writer_node(&w, "MatMul", "mixed", "attention,gelu", "mixed");
  writer_output(&w, "mixed", SHAPE(1, TOKENS, HIDDEN));
  free(weights);
  return writer_finish(&w, size);
}

static exec *make(pl_model *m, const char *const *layers, int count) {
  int targets[8];
  exec *e;
  for (int i = 0; i < count; i++) REQUIRE((targets[i] = graph_find(m->graph, layers[i])) >= 0);
  if (exec_create(m->graph, targets, count, &m->preprocessing, true, &e) || exec_reshape(e, 2, SIDE, SIDE)) {
    printf("%s\n", pl_error_message());
    exit(1);
  }
  return e;
}

static void same_results(exec *a, exec *b) {
  const size_t count = 2 * TOKENS * HIDDEN;
  float *image = random_floats(2 * VALUES, 0, 1), *weights = random_floats(count, -1, 1), *results[2];
  exec *const both[2] = {a, b};
  for (int i = 0; i < 2; i++) {
    memcpy(exec_input(both[i]), image, 2 * VALUES * sizeof *image);
    CHECK_INT(exec_forward(both[i]), PL_OK);
    results[i] = test_floats(count);
    memcpy(results[i], exec_layer(both[i], 0).data, count * sizeof *weights);
    memcpy(exec_layer(both[i], 0).gradient, weights, count * sizeof *weights);
    CHECK_INT(exec_backward(both[i]), PL_OK);
  }
  CHECK_CLOSE(results[0], results[1], count, 1e-5);
  CHECK_CLOSE(exec_dinput(a), exec_dinput(b), 2 * VALUES, 1e-5);
  free(image);
  free(weights);
  free(results[0]);
  free(results[1]);
}

static int count_of(const exec *e, const char *type) {
  int count = 0;
  for (int t = 0; t < exec_step_count(e); t++) count += !strcmp(exec_step_op(e, t)->class->type, type);
  return count;
}

/* gelu: whether the pieces are Gelu's */
static void check(const pieces *p, bool gelu) {
  static const char *const kept[] = {"mixed", "patch", "product", "erf", "once", "pairs"};
  static const char *const middle[] = {"mixed", "above"};
  size_t size;
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  void *file = write_tokens(p, &size);
  pl_model *m;
  REQUIRE(pl_model_load(file, size, &plain, &m) == PL_OK);
  exec *fused = make(m, kept, 1), *whole = make(m, kept, 6), *part = make(m, middle, 2);
  CHECK_INT(count_of(fused, "Gelu"), gelu);
  CHECK_INT(count_of(fused, "Erf"), !gelu);
  CHECK_INT(count_of(fused, "Sub"), 0);
  CHECK_INT(count_of(whole, "Gelu") + count_of(part, "Gelu"), 0);
  CHECK_INT(count_of(whole, "Sub"), 1);
  same_results(fused, whole);
  same_results(fused, part);
  exec_free(fused);
  exec_free(whole);
  exec_free(part);
  pl_model_free(m);
  free(file);
}

int main(void) {
  random_seed(9);
  check(&(pieces){"x,number", "Div", 1.41421356f, {"x", "half"}, "erf,one"}, true);
  check(&(pieces){"x,number", "Mul", 0.70710678f, {"x", "half"}, "one,erf"}, true);
  check(&(pieces){"x,number", "Div", 1.41421356f, {"half", "x"}, "erf,one"}, true);
  check(&(pieces){"x,number", "Div", 1.5f, {"x", "half"}, "erf,one"}, false);
  check(&(pieces){"x,number", "Div", 1.41421356f, {"x", "one"}, "erf,one"}, false);
  check(&(pieces){"x,number", "Div", 1.41421356f, {"x", "half"}, "erf,half"}, false);
  check(&(pieces){"x,number", "Div", 1.41421356f, {"product", "half"}, "erf,one"}, false);
  return test_result();
}
