/* What a network says that it will take is what it takes, and what is refused takes nothing. */
#include <malloc.h>

#include "network/model.h"
#include "onnx_writer.h"
#include "support.h"

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak)); /* NULL without the address sanitizer */

static size_t bytes_in_use(void) {
  if (__sanitizer_get_current_allocated_bytes) return __sanitizer_get_current_allocated_bytes();
  const struct mallinfo2 all = mallinfo2();
  return all.uordblks + all.hblkhd;
}

enum { SIDE = 40 };

/* A convolution of the input's channels and one of what it is to be measured by: a file for a network of two layers. */
typedef struct sizes {
  const char *op;
  int in, out, groups, kernel, stride, pad;
} sizes;

static const sizes kinds[] = {
    {"Conv", 16, 24, 1, 1, 1, 0},            /* a product of matrices */
    {"Conv", 16, 24, 1, 1, 2, 0},            /* columns */
    {"Conv", 16, 24, 1, 3, 1, 1},            /* Winograd's tiles */
    {"Conv", 130, 70, 1, 3, 1, 0},           /* the same */
    {"Conv", 16, 24, 1, 5, 1, 2},            /* XNNPACK, both ways */
    {"Conv", 16, 24, 1, 3, 2, 1},            /* its way back is one convolution a phase */
    {"Conv", 16, 24, 1, 7, 4, 3},            /* the same */
    {"Conv", 256, 256, 1, 5, 1, 2},          /* in slices */
    {"Conv", 1024, 2048, 1, 1, 1, 0},        /* the same */
    {"Conv", 32, 32, 32, 3, 1, 1},           /* depthwise */
    {"Conv", 33, 33, 33, 5, 2, 2},           /* the same, with channels left over */
    {"Conv", 8, 8, 8, 9, 1, 4},              /* many taps */
    {"Conv", 30, 60, 10, 3, 1, 1},           /* groups of few channels */
    {"Conv", 64, 64, 4, 3, 2, 1},            /* groups of many */
    {"ConvTranspose", 16, 24, 1, 4, 2, 1},   /* phases */
    {"ConvTranspose", 16, 24, 1, 3, 3, 0},   /* the same */
    {"ConvTranspose", 16, 16, 4, 3, 1, 1},   /* groups */
    {"ConvTranspose", 256, 512, 1, 4, 2, 1}, /* slices */
};

typedef struct loaded {
  void *file;
  pl_model *model;
} loaded;

static loaded finish(writer *w) {
  loaded l;
  size_t size;
  l.file = writer_finish(w, &size);
  REQUIRE(pl_model_load(l.file, size, NULL, &l.model) == PL_OK);
  return l;
}

static loaded load(const sizes *s) {
  writer w;
  const bool back = s->op[4];
  const shape first = SHAPE(s->in, 3, 1, 1),
              second = SHAPE(back ? s->in : s->out, (back ? s->out : s->in) / s->groups, s->kernel, s->kernel);
  float *a = random_floats(shape_count(&first), -1, 1), *b = random_floats(shape_count(&second), -1, 1);
  writer_start(&w);
  writer_input(&w, "input", SHAPE(-1, 3, SIDE, SIDE));
  writer_initializer_floats(&w, "w1", first, a);
  writer_initializer_floats(&w, "w2", second, b);
  writer_node(&w, "Conv", "", "input,w1", "features");
  writer_node(&w, s->op, "", "features,w2", "output");
  writer_attribute_int(&w, "group", s->groups);
  writer_attribute_ints(&w, "strides", INTS(s->stride, s->stride));
  writer_attribute_ints(&w, "pads", INTS(s->pad, s->pad, s->pad, s->pad));
  writer_output(&w, "output", SHAPE(-1, s->out, -1, -1));
  free(a), free(b);
  return finish(&w);
}

static void unload(loaded *l) {
  pl_model_free(l->model);
  free(l->file);
}

static exec *network(const loaded *l, bool backward) {
  exec *e;
  const int target = l->model->layers[l->model->layer_count - 1];
  REQUIRE(exec_create(l->model->graph, &target, 1, &l->model->preprocessing, backward, &e) == PL_OK);
  return e;
}

/* Said from above, but not by far: no more than twice, and some kilobytes a layer. */
static void says_what_it_takes(const sizes *s, int batch, bool backward) {
  loaded l = load(s);
  exec *e = network(&l, backward);
  const size_t before = bytes_in_use();
  CHECK_INT(exec_measure(e, batch, SIDE, SIDE), PL_OK);
  const uint64_t said = exec_memory(e);
  CHECK(bytes_in_use() - before < 300 << 10); /* lists alone */
  CHECK_INT(exec_reshape(e, batch, SIDE, SIDE, said), PL_OK);
  const uint64_t taken = bytes_in_use() - before;
  if (!CHECK(taken <= said) || !CHECK(said <= 2 * taken + (64 << 10)))
    printf("  %s %d to %d in %d, %dx%d by %d: said %llu, took %llu\n", s->op, s->in, s->out, s->groups, s->kernel, s->kernel,
           s->stride, (unsigned long long)said, (unsigned long long)taken);
  CHECK_INT(exec_forward(e), PL_OK);
  if (backward) CHECK_INT(exec_backward(e), PL_OK);
  exec_free(e);
  unload(&l);
}

/* Parts of large values each make what is known of their size for themselves. */
static void parts_are_counted(void) {
  enum { LARGE = 256, PARTS = 4 };
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(-1, 3, -1, -1));
  writer_initializer_floats(&w, "grid", SHAPE(1, 3, 2, 2), (float[12]){0});
  writer_initializer_ints(&w, "one", SHAPE(2), (int64_t[]){1, 3});
  writer_initializer_ints(&w, "first", SHAPE(1), (int64_t[]){2});
  writer_initializer_ints(&w, "end", SHAPE(1), (int64_t[]){4});
  writer_node(&w, "Relu", "", "input", "x");
  writer_node(&w, "Shape", "", "x", "sizes");
  writer_node(&w, "Slice", "", "sizes,first,end", "side");
  writer_node(&w, "Concat", "", "one,side", "all");
  writer_attribute_int(&w, "axis", 0);
  writer_node(&w, "Resize", "", "grid,,,all", "grown");
  writer_node(&w, "Max", "", "x,grown", "output");
  writer_output(&w, "output", SHAPE(-1, 3, -1, -1));
  loaded l = finish(&w);
  exec *e = network(&l, false);
  const size_t before = bytes_in_use();
  bool apart;
  CHECK_INT(exec_measure_parts(e, 1, PARTS, LARGE, LARGE, &apart), PL_OK);
  CHECK(apart);
  const uint64_t said = exec_memory(e);
  CHECK_INT(exec_reshape(e, PARTS, LARGE, LARGE, said), PL_OK);
  const uint64_t taken = bytes_in_use() - before;
  if (!CHECK(taken <= said)) printf("  said %llu, took %llu\n", (unsigned long long)said, (unsigned long long)taken);
  exec_free(e);
  unload(&l);
}

static void what_is_refused_takes_nothing(const sizes *s) {
  loaded l = load(s);
  exec *e = network(&l, true);
  const size_t before = bytes_in_use();
  CHECK_INT(exec_reshape(e, 1, SIDE, SIDE, 100 << 10), PL_OUT_OF_MEMORY);
  CHECK(strstr(pl_error_message(), "MB") && strstr(pl_error_message(), "the budget of 0 MB"));
  CHECK(bytes_in_use() - before < 1 << 10); /* a list of phases */
  CHECK(!exec_is_ready(e));
  CHECK_INT(exec_reshape(e, 1, SIDE, SIDE, UINT64_MAX), PL_OK); /* it can still be made ready */
  CHECK_INT(exec_forward(e), PL_OK);
  exec_free(e);
  unload(&l);
}

int main(void) {
  parts_are_counted();
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    says_what_it_takes(&kinds[k], 1, false);
    says_what_it_takes(&kinds[k], 1, true);
    says_what_it_takes(&kinds[k], 3, true);
    what_is_refused_takes_nothing(&kinds[k]);
  }
  return test_result();
}
