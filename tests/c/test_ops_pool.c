/* Pools and means against their definitions, and their gradients. */
#include "ops_harness.h"

typedef struct setting {
  int height, width, kernel[2], stride[2], dilation[2], pads[4];
  bool ceil_mode, count_padding;
  const char *auto_pad;
} setting;

static void make(trial *t, const char *type, const setting *s, int64_t (*ints)[4], int channels) {
  trial_begin(t, type, 19);
  trial_input(t, (shape){4, {3, channels, s->height, s->width}}, LAYOUT_CHANNELS_LAST);
  for (int k = 0; k < 2; k++) {
    ints[0][k] = s->kernel[k];
    ints[1][k] = s->stride[k];
    ints[2][k] = s->dilation[k];
  }
  for (int k = 0; k < 4; k++) ints[3][k] = s->pads[k];
  trial_ints(t, "kernel_shape", 2, ints[0]);
  trial_ints(t, "strides", 2, ints[1]);
  trial_ints(t, "dilations", 2, ints[2]);
  trial_int(t, "ceil_mode", s->ceil_mode);
  trial_int(t, "count_include_pad", s->count_padding);
  if (s->auto_pad) trial_string(t, "auto_pad", s->auto_pad);
  else trial_ints(t, "pads", 4, ints[3]);
}

/* The pool's value at an output pixel, as PyTorch and ONNX define it. */
static float pooled(const trial *t, const setting *s, const int *at, bool average) {
  const int size[2] = {s->height, s->width};
  double sum = 0, most = -INFINITY;
  int count = 0;
  for (int ky = 0; ky < s->kernel[0]; ky++)
    for (int kx = 0; kx < s->kernel[1]; kx++) {
      int from[4] = {at[0], at[1], at[2] * s->stride[0] + ky * s->dilation[0] - s->pads[0],
                     at[3] * s->stride[1] + kx * s->dilation[1] - s->pads[1]};
      bool inside = true, padded = true;
      for (int axis = 0; axis < 2; axis++) {
        inside &= from[2 + axis] >= 0 && from[2 + axis] < size[axis];
        padded &= from[2 + axis] >= -s->pads[axis] && from[2 + axis] < size[axis] + s->pads[2 + axis];
      }
      count += s->count_padding ? padded : inside;
      if (!inside) continue;
      const double x = t->in[0][trial_offset(&t->op.in[0], from)];
      sum += x;
      if (x > most) most = x;
    }
  return (float)(!average ? most : count ? sum / count : 0);
}

static void check_forward(trial *t, const setting *s, bool average) {
  const int *d = t->op.out[0].shape.dim;
  float *want = test_floats(trial_out_count(t));
  for (int n = 0; n < d[0]; n++)
    for (int c = 0; c < d[1]; c++)
      for (int y = 0; y < d[2]; y++)
        for (int x = 0; x < d[3]; x++) {
          const int at[4] = {n, c, y, x};
          want[trial_offset(&t->op.out[0], at)] = pooled(t, s, at, average);
        }
  trial_forward(t);
  CHECK_CLOSE(t->out[0], want, trial_out_count(t), 1e-6);
  free(want);
}

/* Different values, further apart than the steps of finite differences: a maximum stays where it is. */
static void fill_apart(trial *t) {
  const size_t count = trial_in_count(t, 0);
  for (size_t i = 0; i < count; i++) t->in[0][i] = (float)i * 0.01f;
  for (size_t i = count - 1; i > 0; i--) {
    const size_t k = random_bits() % (i + 1);
    const float x = t->in[0][i];
    t->in[0][i] = t->in[0][k];
    t->in[0][k] = x;
  }
}

static void check(const char *type, setting s, int height, int width) {
  int64_t ints[4][4];
  const bool average = strcmp(type, "AveragePool") == 0;
  for (int channels = 3; channels <= 8; channels += 5) {
    trial t;
    make(&t, type, &s, ints, channels);
    REQUIRE(trial_prepare(&t) == PL_OK);
    CHECK_INT(t.op.out[0].shape.dim[2], height);
    CHECK_INT(t.op.out[0].shape.dim[3], width);
    if (!average) fill_apart(&t);
    check_forward(&t, &s, average);
    if (average) trial_check_linear(&t, 2e-6);
    else trial_check_gradient(&t, 2e-3f, 2e-3);
    CHECK(trial_same_alone(&t));
    trial_free(&t);
  }
}

static void test_windows(void) {
  const char *const types[] = {"MaxPool", "AveragePool"};
  for (int k = 0; k < 2; k++) {
    check(types[k], (setting){7, 8, {2, 2}, {2, 2}, {1, 1}, {0}, false, false, NULL}, 3, 4);
    check(types[k], (setting){9, 9, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, false, false, NULL}, 5, 5);
    check(types[k], (setting){8, 8, {3, 3}, {2, 2}, {1, 1}, {0, 0, 0, 0}, true, false, NULL}, 4, 4);
    check(types[k], (setting){8, 7, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, true, true, NULL}, 5, 4);
    check(types[k], (setting){5, 5, {2, 2}, {3, 3}, {1, 1}, {1, 1, 1, 1}, true, false, NULL}, 2,
          2); /* a third would start after all */
    check(types[k], (setting){9, 8, {3, 2}, {1, 3}, {1, 1}, {2, 0, 1, 1}, false, true, NULL}, 10, 3);
    check(types[k], (setting){9, 8, {3, 2}, {1, 2}, {2, 3}, {1, 1, 2, 0}, false, false, NULL}, 8, 3);
    setting same = {9, 8, {3, 3}, {2, 2}, {1, 1}, {1, 0, 1, 1}, false, false, "SAME_UPPER"};
    check(types[k], same, 5, 4);
    same = (setting){9, 8, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 0}, false, true, "SAME_LOWER"};
    check(types[k], same, 5, 4);
    /* Larger than the input, by less than a stride: there is one window, as ONNX Runtime has it. */
    check(types[k], (setting){7, 8, {20, 9}, {20, 2}, {1, 1}, {0}, true, false, NULL}, 1, 1);
    check(types[k], (setting){7, 8, {20, 9}, {20, 2}, {1, 1}, {0}, false, false, NULL}, 1, 1);
    check(types[k], (setting){7, 8, {11, 12}, {4, 3}, {1, 1}, {1, 1, 1, 1}, true, true, NULL}, 1, 1);
    check(types[k], (setting){7, 8, {4, 3}, {7, 1}, {4, 1}, {0}, false, true, NULL}, 1, 6);
  }
}

static void test_windows_too_large(void) {
  const setting s = {8, 8, {12, 3}, {4, 1}, {1, 1}, {0}, true, false, NULL};
  int64_t ints[4][4];
  trial t;
  make(&t, "AveragePool", &s, ints, 3);
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  CHECK(strstr(pl_error_message(), "its 12x3 window does not fit into an input of 3x3x8x8") != NULL);
  trial_free(&t);
}

/* Padding may be wider than the window. */
static void test_windows_of_padding(void) {
  const setting s = {4, 5, {1, 2}, {1, 1}, {1, 1}, {2, 3, 0, 3}, false, false, NULL};
  int64_t ints[4][4];
  trial t;
  make(&t, "MaxPool", &s, ints, 5);
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  trial_backward(&t);
  CHECK(t.out[0][0] == -INFINITY);
  CHECK(isfinite(t.out[0][trial_offset(&t.op.out[0], (int[]){0, 0, 2, 3})]));
  trial_free(&t);
}

/* ---- over all positions, or chosen axes ---- */

static double mean_of(const trial *t, const int *low, const int *high) {
  double sum = 0;
  int count = 0, at[MAX_RANK] = {0}, rank = t->op.in[0].shape.rank;
  memcpy(at, low, (size_t)rank * sizeof *at);
  for (;;) {
    sum += t->in[0][trial_offset(&t->op.in[0], at)];
    count++;
    int d = rank - 1;
    for (; d >= 0; d--) {
      if (++at[d] < high[d]) break;
      at[d] = low[d];
    }
    if (d < 0) return sum / count;
  }
}

/* axes: a bit for each that is averaged over */
static void check_mean(trial *t, unsigned axes) {
  REQUIRE(trial_prepare(t) == PL_OK);
  trial_fill(t, 0.2f, 1); /* sums that cancel out have no digits left */
  trial_forward(t);
  float *plain = trial_plain(&t->op.out[0], t->out[0]), *want = test_floats(trial_out_count(t));
  const shape *in = &t->op.in[0].shape;
  int at[MAX_RANK] = {0};
  for (size_t i = 0; i < trial_out_count(t); i++) {
    int low[MAX_RANK], high[MAX_RANK];
    for (int d = 0; d < in->rank; d++) {
      low[d] = axes >> d & 1 ? 0 : at[d];
      high[d] = axes >> d & 1 ? in->dim[d] : at[d] + 1;
    }
    want[i] = (float)mean_of(t, low, high);
    for (int d = in->rank - 1; d >= 0; d--) {
      if (axes >> d & 1) continue;
      if (++at[d] < in->dim[d]) break;
      at[d] = 0;
    }
  }
  CHECK_CLOSE(plain, want, trial_out_count(t), 1e-6);
  trial_check_linear(t, 2e-6);
  if (!(axes & 1)) CHECK(trial_same_alone(t));
  free(plain);
  free(want);
  trial_free(t);
}

static void test_means(void) {
  for (layout l = LAYOUT_PLAIN; l <= LAYOUT_CHANNELS_LAST; l++) {
    trial t;
    trial_begin(&t, "GlobalAveragePool", 13);
    trial_input(&t, (shape){4, {3, 7, 5, 6}}, l);
    check_mean(&t, 4 | 8);
    for (unsigned axes = 1; axes < 16; axes++)
      for (int keep = 0; keep < 2; keep++)
        for (int opset = 13; opset <= 18; opset += 5) {
          int64_t list[4];
          int count = 0;
          for (int d = 0; d < 4; d++)
            if (axes >> d & 1) list[count++] = d % 2 ? d : d - 4;
          trial_begin(&t, "ReduceMean", opset);
          trial_input(&t, (shape){4, {3, 7, 5, 6}}, l);
          if (opset == 13) trial_ints(&t, "axes", count, list);
          else trial_constant_ints(&t, count, list);
          trial_int(&t, "keepdims", keep);
          check_mean(&t, axes);
        }
  }
  trial t;
  trial_begin(&t, "ReduceMean", 13);
  trial_input(&t, (shape){3, {3, 7, 5}}, LAYOUT_PLAIN);
  trial_ints(&t, "axes", 1, (const int64_t[]){-1});
  check_mean(&t, 4);
}

static void test_global_max(void) {
  trial t;
  trial_begin(&t, "GlobalMaxPool", 13);
  trial_input(&t, (shape){4, {2, 6, 5, 4}}, LAYOUT_PLAIN);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK_INT(t.op.in[0].layout, LAYOUT_CHANNELS_LAST);
  fill_apart(&t);
  const setting s = {5, 4, {5, 4}, {1, 1}, {1, 1}, {0}, false, false, NULL};
  check_forward(&t, &s, false);
  trial_check_gradient(&t, 2e-3f, 2e-3);
  trial_free(&t);
}

/* ---- AveragePool over three dimensions ---- */

typedef struct axes_case {
  shape in;
  int64_t kernel[3], stride[3], dilation[3], pads[6];
  bool ceil_mode, count_padding;
  const char *out;
} axes_case;

/* The mean of one window, from the definition: what lies outside adds nothing, and counts where padding does. */
static double window_mean(const trial *t, const axes_case *c, int channel, const int *at) {
  const int *in = c->in.dim;
  double sum = 0;
  int counted = 0, k[3] = {0, 0, 0}, kernel[3];
  for (int a = 0; a < 3; a++) kernel[a] = (int)c->kernel[a];
  for (k[0] = 0; k[0] < kernel[0]; k[0]++)
    for (k[1] = 0; k[1] < kernel[1]; k[1]++)
      for (k[2] = 0; k[2] < kernel[2]; k[2]++) {
        bool inside = true, padded = true;
        size_t place = (size_t)channel;
        for (int a = 0; a < 3; a++) {
          const int p = at[a] * (int)c->stride[a] - (int)c->pads[a] + k[a] * (int)c->dilation[a];
          inside = inside && p >= 0 && p < in[2 + a];
          padded = padded && p < in[2 + a] + (int)c->pads[3 + a];
          place = place * (size_t)in[2 + a] + (size_t)(inside ? p : 0);
        }
        if (inside) sum += (double)t->in[0][place];
        counted += c->count_padding ? padded : inside;
      }
  return sum / counted;
}

static void check_axes(axes_case c) {
  trial t;
  trial_begin(&t, "AveragePool", 11);
  trial_input(&t, c.in, LAYOUT_PLAIN);
  trial_ints(&t, "kernel_shape", 3, c.kernel);
  trial_ints(&t, "strides", 3, c.stride);
  trial_ints(&t, "dilations", 3, c.dilation);
  trial_ints(&t, "pads", 6, c.pads);
  trial_int(&t, "ceil_mode", c.ceil_mode);
  trial_int(&t, "count_include_pad", c.count_padding);
  REQUIRE(trial_prepare(&t) == PL_OK);
  CHECK_TEXT(shape_text(&t.op.out[0].shape), c.out);
  trial_forward(&t);
  const int *out = t.op.out[0].shape.dim, sizes[3] = {out[2], out[3], out[4]};
  const float *y = t.out[0];
  for (int channel = 0; channel < out[0] * out[1]; channel++)
    for (int a = 0; a < sizes[0]; a++)
      for (int b = 0; b < sizes[1]; b++)
        for (int d = 0; d < sizes[2]; d++)
          if (!CHECK_NEAR((double)*y++, window_mean(&t, &c, channel, (int[]){a, b, d}), 1e-6)) return;
  trial_check_linear(&t, 1e-6);
  CHECK(trial_same_alone(&t));
  trial_free(&t);
}

static void test_average_axes(void) {
  check_axes((axes_case){{5, {2, 1, 9, 3, 4}}, {5, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0}, false, false, "2x1x5x3x4"});
  check_axes((axes_case){{5, {2, 1, 9, 3, 4}}, {11, 4, 1}, {3, 2, 1}, {1, 1, 1}, {0}, false, false, "2x1x1x1x4"});
  check_axes((axes_case){{5, {2, 2, 6, 5, 7}}, {3, 2, 3}, {1, 2, 2}, {1, 1, 2}, {1, 0, 1, 1, 1, 2}, false, false, "2x2x6x3x3"});
  check_axes((axes_case){{5, {2, 2, 6, 5, 7}}, {3, 2, 3}, {1, 2, 2}, {1, 1, 2}, {1, 0, 1, 1, 1, 2}, true, true, "2x2x6x3x4"});
  trial t;
  trial_begin(&t, "AveragePool", 11);
  trial_input(&t, (shape){5, {1, 1, 4, 4, 4}}, LAYOUT_PLAIN);
  trial_ints(&t, "kernel_shape", 1, (const int64_t[]){2});
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  trial_free(&t);
}

int main(void) {
  random_seed(2);
  test_windows();
  test_windows_too_large();
  test_windows_of_padding();
  test_means();
  test_global_max();
  test_average_axes();
  return test_result();
}
