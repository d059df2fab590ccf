/* Winograd's convolutions against the definition, both ways, for both sizes of tiles; and where they are chosen. */
#include "network/ops/kernels/winograd.h"
#include "support.h"

typedef struct setting {
  int batch, in, out, height, width, pads[4]; /* pads: top, left, bottom, right */
  float low, high;
} setting;

static shape in_shape(const setting *s) { return (shape){4, {s->batch, s->in, s->height, s->width}}; }
static shape out_shape(const setting *s) {
  return (shape){4, {s->batch, s->out, s->height + s->pads[0] + s->pads[2] - 2, s->width + s->pads[1] + s->pads[3] - 2}};
}

static dense_map map_of(const setting *s) {
  return (dense_map){.window = {.axes = 2,
                                .kernel = {3, 3},
                                .stride = {1, 1},
                                .dilation = {1, 1},
                                .before = {s->pads[0], s->pads[1]},
                                .after = {s->pads[2], s->pads[3]}},
                     .groups = 1,
                     .in = s->in,
                     .out = s->out};
}

/* ---- the definition ---- */

typedef struct values {
  float *in, *weights, *bias, *out, *dout, *din;
} values;

static size_t at(const shape *s, int n, int c, int y, int x) {
  return (((size_t)n * (size_t)s->dim[2] + (size_t)y) * (size_t)s->dim[3] + (size_t)x) * (size_t)s->dim[1] + (size_t)c;
}

/* Adds to sums of the outputs what the inputs give, or, where backward, to sums of the inputs what the outputs' gradients do. */
static void convolve(const setting *s, const float *weights, const float *given, bool backward, double *sums) {
  const shape in = in_shape(s), out = out_shape(s);
  for (int n = 0; n < s->batch; n++)
    for (int y = 0; y < out.dim[2]; y++)
      for (int x = 0; x < out.dim[3]; x++)
        for (int tap = 0; tap < 9; tap++) {
          const int sy = y + tap / 3 - s->pads[0], sx = x + tap % 3 - s->pads[1];
          if (sy < 0 || sx < 0 || sy >= s->height || sx >= s->width) continue;
          for (int o = 0; o < s->out; o++)
            for (int i = 0; i < s->in; i++) {
              const size_t from = at(&in, n, i, sy, sx), to = at(&out, n, o, y, x);
              sums[backward ? from : to] += (double)given[backward ? to : from] * weights[(o * s->in + i) * 9 + tap];
            }
        }
}

static float *want_forward(const setting *s, const values *v) {
  const shape shape = out_shape(s);
  const size_t count = shape_count(&shape);
  double *sums = calloc(count, sizeof *sums);
  float *want = test_floats(count);
  REQUIRE(sums);
  convolve(s, v->weights, v->in, false, sums);
  for (size_t k = 0; k < count; k++) want[k] = (float)fmin(fmax(sums[k] + v->bias[k % (size_t)s->out], s->low), s->high);
  free(sums);
  return want;
}

/* The gradient, of a dout that the clamp lets through where `redirected` does not say that this was done before. */
static float *want_backward(const setting *s, const values *v, bool redirected) {
  const shape shape = in_shape(s), outputs = out_shape(s);
  const size_t count = shape_count(&shape), out_count = shape_count(&outputs);
  double *sums = calloc(count, sizeof *sums);
  float *want = test_floats(count), *let = test_floats(out_count);
  REQUIRE(sums);
  for (size_t k = 0; k < out_count; k++) let[k] = redirected || (v->out[k] > s->low && v->out[k] < s->high) ? v->dout[k] : 0;
  convolve(s, v->weights, let, true, sums);
  for (size_t k = 0; k < count; k++) want[k] = (float)sums[k];
  free(sums);
  free(let);
  return want;
}

/* ---- the kernel ---- */

enum { PAGE = 4096 };

static op op_of(const setting *s) {
  op o = {.low = s->low, .high = s->high, .backward = true};
  o.in[0].shape = in_shape(s);
  o.out[0].shape = out_shape(s);
  return o;
}

/* With the memory that tensors have: readable past the end. */
static float *tensor(size_t count, float low, float high) {
  float *x = memory_allocate(count, sizeof *x);
  REQUIRE(x);
  random_fill(x, count, low, high);
  return x;
}

static void create(const setting *s, int side, bool backward, const values *v, winograd *w, float **workspace) {
  const dense_map m = map_of(s);
  const shape in = in_shape(s), out = out_shape(s);
  const op o = op_of(s);
  const onnx_tensor t = {
      .type = ONNX_FLOAT, .shape = {4, {s->out, s->in, 3, 3}}, .data = v->weights, .count = (size_t)(s->out * s->in * 9)};
  weights given;
  REQUIRE(weights_open(NULL, &t, 1, &given) == PL_OK);
  *w = (winograd){0};
  const dense_needs needs = winograd_reshape(w, side, &m, backward, &in, &out);
  const int64_t before = memory_in_use();
  REQUIRE(winograd_create(&o, &given, backward, backward ? NULL : v->bias, w) == PL_OK);
  CHECK(memory_in_use() - before <= (int64_t)needs.held + 2 * PAGE); /* told before it is taken; malloc takes whole pages */
  weights_close(&given);
  *workspace = memory_allocate(needs.workspace, 1);
  REQUIRE(*workspace);
}

static values values_of(const setting *s) {
  const shape in = in_shape(s), out = out_shape(s);
  return (values){.in = tensor(shape_count(&in), -1, 1),
                  .weights = random_floats((size_t)(s->out * s->in * 9), -1, 1),
                  .bias = random_floats((size_t)s->out, -1, 1),
                  .out = tensor(shape_count(&out), -9, 9),
                  .dout = tensor(shape_count(&out), -1, 1),
                  .din = tensor(shape_count(&in), -9, 9)};
}

static void values_free(values *v) {
  memory_free(v->in), memory_free(v->out), memory_free(v->dout), memory_free(v->din);
  free(v->weights), free(v->bias);
}

static void run_forward(const setting *s, int side, const values *v) {
  winograd w;
  float *workspace;
  const op o = op_of(s);
  create(s, side, false, v, &w, &workspace);
  winograd_forward(&w, &o, &(buffers){.in = {v->in}, .out = {v->out}, .workspace = workspace});
  memory_free(workspace);
  winograd_free(&w);
}

static void run_backward(const setting *s, int side, const values *v, bool redirected) {
  winograd w;
  float *workspace;
  op o = op_of(s);
  o.masked = redirected;
  create(s, side, true, v, &w, &workspace);
  buffers b = {.out = {v->out}, .dout = {v->dout}, .din = {v->din}, .workspace = workspace};
  const uint64_t bytes = clamp_bytes(&o);
  b.clamp = bytes ? memory_allocate(bytes, 1) : NULL;
  REQUIRE(b.clamp || !bytes);
  clamp_save(&o, &b, 0, ops_out_count(&o));
  winograd_backward(&w, &o, &b);
  memory_free(b.clamp);
  memory_free(workspace);
  winograd_free(&w);
}

/* ---- as the definition says ---- */

static void check(const setting *s, int side) {
  values v = values_of(s);
  const shape in = in_shape(s), out = out_shape(s);
  const double tolerance = side == 2 ? 1e-6 : 3e-6;
  float *want = want_forward(s, &v);
  run_forward(s, side, &v);
  bool held = CHECK_CLOSE(v.out, want, shape_count(&out), tolerance);
  free(want);
  for (int redirected = 0; redirected < 2; redirected++) {
    want = want_backward(s, &v, redirected);
    run_backward(s, side, &v, redirected);
    held &= CHECK_CLOSE(v.din, want, shape_count(&in), tolerance);
    free(want);
  }
  if (!held)
    printf("  tiles of %d: %dx%dx%dx%d, %d out, pads %d %d %d %d\n", side, s->batch, s->in, s->height, s->width, s->out,
           s->pads[0], s->pads[1], s->pads[2], s->pads[3]);
  values_free(&v);
}

static void test_kinds(void) {
  const setting kinds[] = {
      {1, 8, 8, 8, 8, {1, 1, 1, 1}, -INFINITY, INFINITY},   /* tiles that fit */
      {2, 12, 20, 7, 9, {1, 1, 1, 1}, -INFINITY, INFINITY}, /* and that do not */
      {1, 5, 3, 6, 5, {0, 0, 0, 0}, -INFINITY, INFINITY},   /* channels left over */
      {1, 1, 1, 3, 3, {0, 0, 0, 0}, -INFINITY, INFINITY},
      {1, 9, 6, 1, 1, {1, 1, 1, 1}, -1, 1},
      {1, 6, 9, 2, 3, {4, 5, 3, 6}, 0, 6},                    /* windows in the padding alone */
      {3, 16, 8, 11, 13, {2, 0, 1, 2}, 0, INFINITY},          /* a Relu */
      {2, 24, 16, 40, 37, {1, 1, 1, 1}, 0, 6},                /* several blocks of tiles */
      {1, 260, 130, 5, 6, {1, 1, 1, 1}, -INFINITY, INFINITY}, /* weights in several slices */
  };
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
    for (int side = 2; side <= 4; side += 2) check(&kinds[k], side);
}

static int pick(int low, int high) { return low + (int)(random_bits() % (unsigned)(high - low + 1)); }

static void test_many(void) {
  for (int k = 0; k < 200; k++) {
    setting s = {pick(1, 3), pick(1, 20), pick(1, 20), pick(1, 14), pick(1, 14), {0}, -INFINITY, INFINITY};
    for (int side = 0; side < 4; side++) s.pads[side] = pick(0, 3);
    if (s.height + s.pads[0] + s.pads[2] < 3) s.height = 3;
    if (s.width + s.pads[1] + s.pads[3] < 3) s.width = 3;
    if (pick(0, 1)) s.low = 0;
    if (pick(0, 2) == 0) s.high = 2;
    check(&s, pick(1, 2) * 2);
  }
}

/* ---- each item by itself ---- */

static setting item_of(const setting *s) {
  setting one = *s;
  one.batch = 1;
  return one;
}

static void check_alone(const setting *s, int side) {
  const setting one = item_of(s);
  const shape in = in_shape(&one), out = out_shape(&one);
  const size_t in_each = shape_count(&in), out_each = shape_count(&out);
  values all = values_of(s), alone = values_of(&one);
  memcpy(alone.weights, all.weights, (size_t)(s->out * s->in * 9) * sizeof *all.weights);
  memcpy(alone.bias, all.bias, (size_t)s->out * sizeof *all.bias);
  run_forward(s, side, &all);
  run_backward(s, side, &all, false);
  for (int n = 0; n < s->batch; n++) {
    memcpy(alone.in, all.in + (size_t)n * in_each, in_each * sizeof *all.in);
    memcpy(alone.dout, all.dout + (size_t)n * out_each, out_each * sizeof *all.dout);
    run_forward(&one, side, &alone);
    run_backward(&one, side, &alone, false);
    CHECK(memcmp(alone.out, all.out + (size_t)n * out_each, out_each * sizeof *all.out) == 0);
    CHECK(memcmp(alone.din, all.din + (size_t)n * in_each, in_each * sizeof *all.din) == 0);
  }
  values_free(&all);
  values_free(&alone);
}

static void test_alone(void) {
  const setting kinds[] = {{3, 17, 9, 7, 6, {1, 1, 1, 1}, 0, INFINITY}, {5, 16, 16, 19, 20, {1, 0, 1, 2}, 0, INFINITY}};
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
    for (int side = 2; side <= 4; side += 2) check_alone(&kinds[k], side);
}

/* ---- where it is chosen ---- */

static void expect(const setting *s, const dense_map *m, int side) {
  for (int backward = 0; backward < 2; backward++)
    for (int batch = 1; batch <= 9; batch += 8) {
      shape in = in_shape(s), out = out_shape(s);
      in.dim[0] = out.dim[0] = batch; /* which must not matter */
      if (!CHECK_INT(winograd_side(m, backward, &in, &out), side))
        printf("  %d to %d, %dx%d, backward %d\n", s->in, s->out, s->height, s->width, backward);
    }
}

static void test_choice(void) {
  const struct {
    setting setting;
    int side;
  } kinds[] = {
      {{1, 64, 64, 56, 56, {1, 1, 1, 1}, 0, 0}, 4},   {{1, 128, 128, 28, 28, {1, 1, 1, 1}, 0, 0}, 4},
      {{1, 512, 512, 28, 28, {1, 1, 1, 1}, 0, 0}, 4}, {{1, 512, 512, 7, 7, {1, 1, 1, 1}, 0, 0}, 2},
      {{1, 512, 512, 2, 2, {1, 1, 1, 1}, 0, 0}, 0},   {{1, 3, 64, 224, 224, {1, 1, 1, 1}, 0, 0}, 0},
  };
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    const dense_map m = map_of(&kinds[k].setting);
    expect(&kinds[k].setting, &m, kinds[k].side);
  }
}

static void test_others(void) {
  const setting s = {1, 64, 64, 56, 56, {1, 1, 1, 1}, 0, 0};
  dense_map m = map_of(&s);
  m.groups = 2;
  expect(&s, &m, 0);
  for (int axis = 0; axis < 2; axis++) {
    m = map_of(&s);
    m.window.stride[axis] = 2;
    expect(&s, &m, 0);
    m = map_of(&s);
    m.window.dilation[axis] = 2;
    expect(&s, &m, 0);
    m = map_of(&s);
    m.window.kernel[axis] = 1;
    expect(&s, &m, 0);
  }
}

int main(void) {
  random_seed(21);
  test_kinds();
  test_many();
  test_alone();
  test_choice();
  test_others();
  return test_result();
}
