/* Transposed convolutions and Col2Im against the definition, and their gradients against the dot-product identity. */
#include "ops_harness.h"

typedef struct setting {
  int batch, in, out, groups, height, width, kernel[2], stride[2], dilation[2], pads[4]; /* pads: top, left, bottom, right */
  int more[2];                                                                           /* output_padding */
  int shape[2];                                                                          /* output_shape; 0: none */
  const char *auto_pad;
  int result[2]; /* output's size, where it is not what pads say */
} setting;

static void make(trial *t, const setting *s, int64_t (*ints)[4]) {
  trial_begin(t, "ConvTranspose", 13);
  trial_input(t, (shape){4, {s->batch, s->in, s->height, s->width}}, LAYOUT_CHANNELS_LAST);
  trial_constant(t, (shape){4, {s->in, s->out / s->groups, s->kernel[0], s->kernel[1]}}, NULL);
  trial_constant(t, (shape){1, {s->out}}, NULL);
  for (int k = 0; k < 2; k++) {
    ints[0][k] = s->stride[k];
    ints[1][k] = s->dilation[k];
    ints[2][k] = s->more[k];
    ints[4][k] = s->shape[k];
  }
  for (int k = 0; k < 4; k++) ints[3][k] = s->pads[k];
  trial_ints(t, "strides", 2, ints[0]);
  trial_ints(t, "dilations", 2, ints[1]);
  trial_ints(t, "output_padding", 2, ints[2]);
  trial_int(t, "group", s->groups);
  if (s->auto_pad) trial_string(t, "auto_pad", s->auto_pad);
  else if (!s->shape[0]) trial_ints(t, "pads", 4, ints[3]);
  if (s->shape[0]) trial_ints(t, "output_shape", 2, ints[4]);
}

/* Every input is spread over its window of the output. pads: those in effect */
static float *reference(const trial *t, const setting *s, const int *pads) {
  const tensor_type *in = &t->op.in[0], *out = &t->op.out[0];
  const int *d = out->shape.dim, each_in = s->in / s->groups, each_out = s->out / s->groups;
  const float *w = t->constants[1].data, *bias = t->constants[2].data;
  const size_t count = trial_out_count(t);
  double *sums = calloc(count, sizeof *sums);
  float *want = test_floats(count);
  REQUIRE(sums);
  for (int n = 0; n < s->batch; n++)
    for (int i = 0; i < s->in; i++)
      for (int o = 0; o < each_out; o++)
        for (int y = 0; y < s->height; y++)
          for (int x = 0; x < s->width; x++)
            for (int ky = 0; ky < s->kernel[0]; ky++)
              for (int kx = 0; kx < s->kernel[1]; kx++) {
                const int to[4] = {n, i / each_in * each_out + o, y * s->stride[0] + ky * s->dilation[0] - pads[0],
                                   x * s->stride[1] + kx * s->dilation[1] - pads[1]};
                const int from[4] = {n, i, y, x};
                if (to[2] < 0 || to[3] < 0 || to[2] >= d[2] || to[3] >= d[3]) continue;
                sums[trial_offset(out, to)] += (double)t->in[0][trial_offset(in, from)] *
                                               w[((i * each_out + o) * s->kernel[0] + ky) * s->kernel[1] + kx];
              }
  for (size_t k = 0; k < count; k++) {
    const int o = (int)(k % (size_t)s->out);
    double sum = sums[k] + bias[o];
    if (t->scale) sum *= t->scale[o];
    if (t->shift) sum += t->shift[o];
    want[k] = (float)fmin(fmax(sum, t->low), t->high);
  }
  free(sums);
  return want;
}

static void check_forward(trial *t, const setting *s, const int *pads) {
  float *want = reference(t, s, pads);
  trial_forward(t);
  CHECK_CLOSE(t->out[0], want, trial_out_count(t), 1e-6);
  free(want);
}

static void check(const setting *s) {
  const int before = test_result();
  int64_t ints[5][4];
  trial t;
  make(&t, s, ints);
  if (!CHECK_INT(trial_prepare(&t), PL_OK)) printf("  %s\n", pl_error_message());
  else {
    for (int axis = 0; axis < 2 && s->result[0]; axis++) CHECK_INT(t.op.out[0].shape.dim[2 + axis], s->result[axis]);
    check_forward(&t, s, s->pads);
    trial_check_linear(&t, 2e-6);
    CHECK(trial_same_alone(&t));
  }
  trial_free(&t);
  if (test_result() && !before)
    printf("  %dx%d to %d of %d groups, %dx%d, kernel %dx%d, stride %dx%d\n", s->batch, s->in, s->out, s->groups, s->height,
           s->width, s->kernel[0], s->kernel[1], s->stride[0], s->stride[1]);
}

static void test_kinds(void) {
  const setting kinds[] = {
      {2, 6, 4, 1, 5, 4, {2, 2}, {2, 2}, {1, 1}, {0}, {0}, {0}, NULL, {10, 8}},          /* U-Net */
      {2, 6, 4, 1, 5, 4, {4, 4}, {2, 2}, {1, 1}, {1, 1, 1, 1}, {0}, {0}, NULL, {10, 8}}, /* DCGAN */
      {2, 6, 4, 1, 5, 4, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, {1, 1}, {0}, NULL, {10, 8}},
      {2, 6, 4, 1, 5, 4, {3, 2}, {1, 1}, {1, 1}, {0, 1, 1, 0}, {0}, {0}, NULL, {6, 4}},
      {2, 6, 4, 2, 5, 4, {3, 3}, {3, 2}, {2, 3}, {1, 2, 0, 1}, {2, 0}, {0}, NULL, {18, 10}},
      {2, 6, 6, 6, 5, 4, {4, 4}, {2, 2}, {1, 1}, {1, 1, 1, 1}, {0}, {0}, NULL, {10, 8}}, /* bilinear, as FCN's */
      {2, 3, 5, 1, 4, 4, {1, 1}, {1, 1}, {1, 1}, {0}, {0}, {0}, NULL, {4, 4}},
      {1, 300, 90, 1, 4, 3, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, {1, 0}, {0}, NULL, {8, 5}}, /* weights cut into slices */
      {2, 6, 4, 1, 5, 4, {3, 4}, {2, 2}, {1, 1}, {0, 1, 1, 1}, {0}, {0}, "SAME_UPPER", {10, 8}},
      {2, 6, 4, 1, 5, 4, {3, 4}, {2, 2}, {1, 1}, {1, 1, 0, 1}, {0}, {0}, "SAME_LOWER", {10, 8}},
      {2, 6, 4, 1, 5, 4, {1, 2}, {2, 3}, {1, 1}, {0}, {0}, {0}, "SAME_UPPER", {10, 12}}, /* windows leave gaps */
      {2, 6, 4, 1, 5, 4, {3, 4}, {2, 2}, {1, 1}, {0}, {0}, {0}, "VALID", {11, 10}},
      {2, 6, 4, 1, 5, 4, {3, 4}, {2, 2}, {1, 1}, {1, 1, 0, 0}, {0}, {10, 9}, NULL, {10, 9}},
      {2, 6, 4, 1, 5, 4, {3, 4}, {2, 2}, {1, 1}, {0, 0, 0, 0}, {0}, {12, 10}, NULL, {12, 10}},
      {2, 6, 4, 1, 5, 4, {3, 4}, {2, 2}, {1, 1}, {0, 0, 1, 1}, {0}, {10, 9}, "SAME_UPPER", {10, 9}},
  };
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) check(&kinds[k]);
}

static int pick(int low, int high) { return low + (int)(random_bits() % (unsigned)(high - low + 1)); }

static void test_many(void) {
  for (int k = 0; k < 200; k++) {
    setting s = {.batch = pick(1, 3), .groups = pick(0, 1) ? 1 : pick(1, 4)};
    s.in = s.groups * pick(1, 6);
    s.out = s.groups * pick(1, 6);
    const int *size = &s.height;
    s.height = pick(2, 7);
    s.width = pick(2, 7);
    for (int axis = 0; axis < 2; axis++) {
      s.kernel[axis] = pick(1, 5);
      s.stride[axis] = pick(1, 3);
      s.dilation[axis] = pick(0, 2) ? 1 : pick(1, 3);
      s.more[axis] = pick(0, s.stride[axis] - 1);
      const int whole = (size[axis] - 1) * s.stride[axis] + (s.kernel[axis] - 1) * s.dilation[axis] + 1 + s.more[axis];
      for (int side = axis; side < 4; side += 2) s.pads[side] = pick(0, whole / 3 < 3 ? whole / 3 : 3);
    }
    check(&s);
  }
}

/* ---- what is fused, and what changes with the size ---- */

static void test_fused(void) {
  const setting s = {2, 6, 4, 2, 5, 4, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, {1, 1}, {0}, NULL, {0}};
  int64_t ints[2][5][4];
  trial clamped, plain;
  make(&clamped, &s, ints[0]);
  make(&plain, &s, ints[1]);
  for (int k = 1; k < 3; k++)
    memcpy((void *)plain.constants[k].data, clamped.constants[k].data, clamped.constants[k].count * sizeof(float));
  clamped.scale = random_floats(4, -2, 2);
  clamped.shift = random_floats(4, -1, 1);
  plain.scale = test_floats(4);
  plain.shift = test_floats(4);
  memcpy(plain.scale, clamped.scale, 4 * sizeof *plain.scale);
  memcpy(plain.shift, clamped.shift, 4 * sizeof *plain.shift);
  clamped.low = 0;
  clamped.high = 0.8f;
  REQUIRE(trial_prepare(&clamped) == PL_OK && trial_prepare(&plain) == PL_OK);
  check_forward(&plain, &s, s.pads);
  check_forward(&clamped, &s, s.pads);
  trial_check_linear(&plain, 2e-6);
  trial_backward(&clamped);
  for (size_t k = 0; k < trial_out_count(&plain); k++) {
    const float y = clamped.out[0][k];
    plain.dout[0][k] = y > 0 && y < 0.8f ? clamped.dout[0][k] : 0;
  }
  trial_backward(&plain);
  CHECK_CLOSE(clamped.din[0], plain.din[0], trial_in_count(&plain, 0), 1e-6);
  trial_free(&clamped);
  trial_free(&plain);
}

/* ---- Col2Im ---- */

static void check_col2im(const setting *s) {
  const int taps = s->kernel[0] * s->kernel[1];
  int64_t ints[3][4];
  trial t;
  int count[2];
  for (int axis = 0; axis < 2; axis++) {
    const int size = axis ? s->width : s->height, reach = (s->kernel[axis] - 1) * s->dilation[axis] + 1;
    count[axis] = (size + s->pads[axis] + s->pads[axis + 2] - reach) / s->stride[axis] + 1;
    ints[0][axis] = s->stride[axis];
    ints[1][axis] = s->dilation[axis];
  }
  for (int k = 0; k < 4; k++) ints[2][k] = s->pads[k];
  trial_begin(&t, "Col2Im", 18);
  trial_input(&t, (shape){3, {s->batch, s->in * taps, count[0] * count[1]}}, LAYOUT_PLAIN);
  trial_constant_ints(&t, 2, (const int64_t[]){s->height, s->width});
  trial_constant_ints(&t, 2, (const int64_t[]){s->kernel[0], s->kernel[1]});
  trial_ints(&t, "strides", 2, ints[0]);
  trial_ints(&t, "dilations", 2, ints[1]);
  trial_ints(&t, "pads", 4, ints[2]);
  if (!CHECK_INT(trial_prepare(&t), PL_OK)) printf("  %s\n", pl_error_message());
  else {
    trial_forward(&t);
    float *want = test_floats(trial_out_count(&t));
    const float *in = t.in[0];
    for (int plane = 0; plane < s->batch * s->in; plane++)
      for (int tap = 0; tap < taps; tap++)
        for (int at = 0; at < count[0] * count[1]; at++, in++) {
          const int y = at / count[1] * s->stride[0] + tap / s->kernel[1] * s->dilation[0] - s->pads[0];
          const int x = at % count[1] * s->stride[1] + tap % s->kernel[1] * s->dilation[1] - s->pads[1];
          if (y >= 0 && y < s->height && x >= 0 && x < s->width) want[(plane * s->height + y) * s->width + x] += *in;
        }
    CHECK_CLOSE(t.out[0], want, trial_out_count(&t), 1e-6);
    free(want);
    trial_check_linear(&t, 1e-6);
    CHECK(trial_same_alone(&t));
    t.given[0].shape.dim[2]++;
    CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
    t.given[0].shape.dim[2]--;
    t.given[0].shape.dim[1]++;
    CHECK_INT(trial_infer(&t), taps > 1 ? PL_INVALID_MODEL : PL_OK);
  }
  trial_free(&t);
}

static void test_col2im(void) {
  const setting kinds[] = {
      {.batch = 2,
       .in = 3,
       .height = 8,
       .width = 7,
       .kernel = {3, 3},
       .stride = {2, 2},
       .dilation = {1, 1},
       .pads = {1, 1, 1, 1}},
      {.batch = 2,
       .in = 1,
       .height = 6,
       .width = 9,
       .kernel = {2, 3},
       .stride = {1, 2},
       .dilation = {2, 3},
       .pads = {0, 2, 1, 3}},
      {.batch = 1, .in = 2, .height = 4, .width = 4, .kernel = {2, 2}, .stride = {2, 2}, .dilation = {1, 1}},
      {.batch = 1,
       .in = 2,
       .height = 3,
       .width = 2,
       .kernel = {3, 4},
       .stride = {1, 1},
       .dilation = {1, 1},
       .pads = {2, 4, 2, 4}},
  };
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) check_col2im(&kinds[k]);
}

/* ---- what is refused ---- */

static void expect(setting s, pl_status status, const char *words) {
  int64_t ints[5][4];
  trial t;
  make(&t, &s, ints);
  CHECK_INT(trial_infer(&t), status);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  %s\n", pl_error_message());
  trial_free(&t);
}

static void test_refused(void) {
  const setting good = {1, 6, 4, 1, 5, 4, {3, 3}, {2, 2}, {1, 1}, {0}, {0}, {0}, NULL, {0}};
  setting s = good;
  s.more[1] = 2;
  expect(s, PL_UNSUPPORTED_OP, "at a stride of 2");
  s = good;
  s.pads[0] = 11;
  expect(s, PL_INVALID_MODEL, "nothing is left");
  s = good;
  s.stride[0] = 0;
  expect(s, PL_INVALID_MODEL, "node 'tested' (ConvTranspose): strides");
  s = good;
  s.shape[0] = s.shape[1] = 40;
  expect(s, PL_UNSUPPORTED_OP, "rows or columns after its windows");
  s = good;
  s.stride[0] = s.stride[1] = 1 << 15;
  s.height = 1 << 15;
  s.width = 1 << 14;
  expect(s, PL_UNSUPPORTED_MODEL, "are not supported on an input");
  int64_t ints[5][4];
  trial t;
  make(&t, &good, ints);
  t.given[0].shape.dim[1] = 5;
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  t.given[0].shape = (shape){3, {1, 6, 8}};
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  trial_free(&t);
}

int main(void) {
  random_seed(31);
  test_kinds();
  test_many();
  test_fused();
  test_col2im();
  test_refused();
  return test_result();
}
