/* What is fused changes nothing: operators that files spell out, run as they are written and with everything in between kept. */
#include "network/model.h"
#include "onnx_writer.h"
#include "support.h"

enum { SIDE = 6, VALUES = 3 * SIDE * SIDE, TOKENS = SIDE * SIDE, WIDTH = 5, MOST_NODES = 16 };

/* A pattern between two linear layers: nodes of x, the last of which makes y, and what they must become. */
typedef struct spelling {
  const char *nodes; /* "operator inputs output[; ...]" */
  const char *fused; /* the operator, or NULL: none may be found */
  int steps;         /* that are left of the nodes */
} spelling;

static const struct {
  const char *name;
  float value;
} numbers[] = {{"zero", 0},
               {"half", 0.5f},
               {"one", 1},
               {"two", 2},
               {"three", 3},
               {"six", 6},
               {"sixth", 1 / 6.0f},
               {"minus_half", -0.5f},
               {"root2", 1.41421356f},
               {"over_root2", 0.70710678f},
               {"bend", 0.044715f},
               {"root_2_pi", 0.79788456f},
               {"epsilon", 1e-5f},
               {"quick", 1.702f},
               {"other", 1.5f}};

static void write_numbers(writer *w) {
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    writer_initializer_floats(w, numbers[i].name, (shape){0}, &numbers[i].value);
  writer_initializer_floats(w, "half4", SHAPE(1, 1, 1, 1), (const float[]){0.5f});
  writer_initializer_ints(w, "to3", SHAPE(3), (const int64_t[]){-1, TOKENS, WIDTH});
}

static void write_node(writer *w, const char *op, const char *inputs, const char *output) {
  writer_node(w, op, output, inputs, output);
  if (!strcmp(op, "ReduceMean")) writer_attribute_ints(w, "axes", INTS(-1));
  if (!strcmp(op, "HardSigmoid")) writer_attribute_float(w, "alpha", 1 / 6.0f);
}

/* Answers how many nodes there are; their outputs are copied to `names`. */
static int write_spelling(writer *w, const char *nodes, char names[MOST_NODES][16]) {
  char op[24], inputs[40];
  int count = 0, length;
  for (const char *at = nodes; sscanf(at, " %23s %39s %15[^;]%n", op, inputs, names[count], &length) == 3; count++) {
    write_node(w, op, inputs, names[count]);
    at += length + (at[length] == ';');
  }
  return count;
}

static void *write_file(const char *nodes, char names[MOST_NODES][16], int *count, size_t *size) {
  writer w;
  float *weights = random_floats(256, -1, 1);
  writer_start(&w);
  writer_input(&w, "input", SHAPE(1, 3, SIDE, SIDE));
  write_numbers(&w);
  writer_initializer_floats(&w, "patches", SHAPE(WIDTH, 3, 1, 1), weights);
  writer_initializer_ints(&w, "to", SHAPE(3), (const int64_t[]){1, WIDTH, TOKENS});
  writer_initializer_floats(&w, "w1", SHAPE(WIDTH, WIDTH), weights + 40);
  writer_initializer_floats(&w, "gain", SHAPE(WIDTH), weights + 80);
  writer_initializer_floats(&w, "offset", SHAPE(WIDTH), weights + 90);
  writer_node(&w, "Conv", "patch", "input,patches", "patch");
  writer_node(&w, "Reshape", "flat", "patch,to", "flat");
  writer_node(&w, "Transpose", "tokens", "flat", "x");
  writer_attribute_ints(&w, "perm", INTS(0, 2, 1));
  *count = write_spelling(&w, nodes, names);
  writer_node(&w, "MatMul", "result", "y,w1", "result");
  writer_output(&w, "result", SHAPE(1, TOKENS, WIDTH));
  free(weights);
  return writer_finish(&w, size);
}

static exec *make(pl_model *m, const char *const *layers, int count) {
  int targets[MOST_NODES + 1];
  exec *e;
  for (int i = 0; i < count; i++) REQUIRE((targets[i] = graph_find(m->graph, layers[i])) >= 0);
  if (exec_create(m->graph, targets, count, &m->preprocessing, true, &e) || exec_reshape(e, 2, SIDE, SIDE, UINT64_MAX)) {
    printf("%s\n", pl_error_message());
    exit(1);
  }
  return e;
}

static void same_results(exec *a, exec *b) {
  const size_t count = 2 * TOKENS * WIDTH;
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

/* The file's network with everything in between kept runs every node; alone, what the pattern became. */
static void check(const spelling *s) {
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  char names[MOST_NODES][16];
  const char *kept[MOST_NODES + 1] = {"result"};
  int count;
  size_t size;
  void *file = write_file(s->nodes, names, &count, &size);
  pl_model *m;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &plain}, &m) == PL_OK);
  for (int i = 0; i < count; i++) kept[i + 1] = names[i];
  exec *fused = make(m, kept, 1), *whole = make(m, kept, count + 1);
  const bool found = s->fused && count_of(fused, s->fused) == 1;
  if (!CHECK(found == (s->fused != NULL)) || !CHECK_INT(exec_step_count(fused) - s->steps, exec_step_count(whole) - count))
    printf("  %s\n", s->nodes);
  same_results(fused, whole);
  exec_free(whole);
  for (int i = 0; i < count && s->fused; i++) { /* a target in the middle keeps what it is made of apart */
    const char *const both[] = {"result", names[i]};
    exec *part = make(m, both, 2);
    CHECK(!strcmp(names[i], "y") || exec_step_count(part) > exec_step_count(fused));
    same_results(part, fused);
    exec_free(part);
  }
  exec_free(fused);
  pl_model_free(m);
  free(file);
}

#define CENTRED "ReduceMean x mean; Sub x,mean d; "
#define VARIANCE CENTRED "Pow d,two square; ReduceMean square variance; Add variance,epsilon sum; "

static const spelling spellings[] = {
    /* Gelu by erf */
    {"Div x,root2 a; Erf a b; Add b,one c; Mul x,c d; Mul d,half y", "Gelu", 1},
    {"Mul x,over_root2 a; Erf a b; Add one,b c; Mul c,x d; Mul half,d y", "Gelu", 1},
    {"Mul over_root2,x a; Erf a b; Add b,one c; Mul half,c d; Mul x,d y", "Gelu", 1},
    {"Mul x,half h; Div x,root2 a; Erf a b; Add b,one c; Mul h,c y", "Gelu", 1},
    {"Div x,root2 a; Erf a b; Add b,one c; Mul x,half h; Mul c,h y", "Gelu", 1},
    {"Div x,root2 a; Erf a b; Add b,one c; Mul x,c d; Div d,two y", "Gelu", 1},
    {"Div x,other a; Erf a b; Add b,one c; Mul x,c d; Mul d,half y", NULL, 5},
    {"Div x,root2 a; Erf a b; Add b,one c; Mul x,c d; Mul d,one y", NULL, 5},
    {"Div x,root2 a; Erf a b; Add b,half c; Mul x,c d; Mul d,half y", NULL, 5},
    {"Sigmoid x z; Div x,root2 a; Erf a b; Add b,one c; Mul z,c d; Mul d,half y", NULL, 6},
    {"Mul x,over_root2 a; Erf a b; Add b,one c; Mul x,c d; Mul d,half4 e; Reshape e,to3 y", NULL, 6}, /* 4 dimensions of 3 */
    {"Mul x,over_root2 a; Erf a b; Add b,one c; Mul x,c d; Mul d,half e; Add e,b y", NULL, 6},        /* b is read outside */
    /* Gelu by tanh */
    {"Pow x,three p; Mul p,bend q; Add x,q r; Mul r,root_2_pi s; Tanh s t; Add t,one u; Mul x,half h; Mul h,u y", "Gelu", 1},
    {"Mul x,x p; Mul p,x q; Mul bend,q r; Add r,x s; Mul root_2_pi,s t; Tanh t u; Add one,u v; Mul x,v z; Mul z,half y", "Gelu",
     1},
    {"Mul x,bend p; Mul p,x q; Add q,one r; Mul x,root_2_pi s; Mul s,r t; Tanh t u; Add u,one v; Mul half,x z; Mul z,v y", "Gelu",
     1},
    {"Pow x,three p; Mul p,other q; Add x,q r; Mul r,root_2_pi s; Tanh s t; Add t,one u; Mul x,half h; Mul h,u y", NULL, 8},
    {"Pow x,two p; Mul p,bend q; Add x,q r; Mul r,root_2_pi s; Tanh s t; Add t,one u; Mul x,half h; Mul h,u y", NULL, 8},
    /* Swish */
    {"Sigmoid x a; Mul x,a y", "Swish", 1},
    {"Sigmoid x a; Mul a,x y", "Swish", 1},
    {"Mul x,quick a; Sigmoid a b; Mul x,b y", "Swish", 1},
    {"Sigmoid x a; Sigmoid a b; Mul x,b y", NULL, 3},
    {"Sigmoid x a; Mul x,x b; Mul b,a y", NULL, 3},
    {"Sigmoid x a; Mul x,a b; Mul b,a y", NULL, 3},
    /* HardSwish */
    {"HardSigmoid x a; Mul x,a y", "HardSwish", 1},
    {"HardSigmoid x a; Mul a,x y", "HardSwish", 1},
    {"Add x,three a; Clip a,zero,six b; Mul x,b c; Div c,six y", "HardSwish", 1},
    {"Add three,x a; Clip a,zero,six b; Div b,six c; Mul x,c y", "HardSwish", 1},
    {"Add x,three a; Clip a,zero,six b; Mul b,sixth c; Mul c,x y", "HardSwish", 1},
    {"Add x,three a; Clip a,zero,three b; Mul x,b c; Div c,six y", NULL, 3},
    {"Add x,two a; Clip a,zero,six b; Mul x,b c; Div c,six y", NULL, 3},
    /* LayerNormalization, with what is fused into it */
    {VARIANCE "Sqrt sum root; Div d,root y", "LayerNormalization", 1},
    {VARIANCE "Sqrt sum root; Div d,root e; Mul e,gain f; Add f,offset y", "LayerNormalization", 1},
    {VARIANCE "Sqrt sum root; Div d,root e; Mul gain,e f; Add offset,f y", "LayerNormalization", 1},
    {CENTRED "Mul d,d square; ReduceMean square variance; Add epsilon,variance sum; Sqrt sum root; Div d,root y",
     "LayerNormalization", 1},
    {CENTRED "Sub x,mean e; Mul e,e square; ReduceMean square variance; Add variance,epsilon sum; Sqrt sum root; Div d,root y",
     "LayerNormalization", 1},
    {VARIANCE "Sqrt sum root; Reciprocal root inverse; Mul d,inverse y", "LayerNormalization", 1},
    {VARIANCE "Pow sum,minus_half inverse; Mul inverse,d y", "LayerNormalization", 1},
    {VARIANCE "Pow sum,half root; Div d,root y", "LayerNormalization", 1},
    {VARIANCE "Sqrt sum root; Div x,root y", NULL, 7},
    {VARIANCE "Reciprocal sum inverse; Mul d,inverse y", NULL, 7},
    {CENTRED "Pow d,three cube; ReduceMean cube skew; Abs skew v; Add v,epsilon sum; Sqrt sum root; Div d,root y", NULL, 8},
};

int main(void) {
  random_seed(9);
  for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) check(&spellings[i]);
  return test_result();
}
