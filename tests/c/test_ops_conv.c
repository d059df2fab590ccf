/* Convolutions of every kind against the definition, and their gradients against the dot-product identity. */
#include "ops_harness.h"

typedef struct setting {
  int batch, in, out, groups, height, width, kernel[2], stride[2], dilation[2], pads[4]; /* pads: top, left, bottom, right */
  const char *auto_pad;
} setting;

static void make(trial *t, const setting *s, int64_t (*ints)[4]) {
  trial_begin(t, "Conv", 13);
  trial_input(t, (shape){4, {s->batch, s->in, s->height, s->width}}, LAYOUT_CHANNELS_LAST);
  trial_constant(t, (shape){4, {s->out, s->in / s->groups, s->kernel[0], s->kernel[1]}}, NULL);
  trial_constant(t, (shape){1, {s->out}}, NULL);
  for (int k = 0; k < 2; k++) {
    ints[0][k] = s->kernel[k];
    ints[1][k] = s->stride[k];
    ints[2][k] = s->dilation[k];
  }
  for (int k = 0; k < 4; k++) ints[3][k] = s->pads[k];
  trial_ints(t, "kernel_shape", 2, ints[0]);
  trial_ints(t, "strides", 2, ints[1]);
  trial_ints(t, "dilations", 2, ints[2]);
  trial_int(t, "group", s->groups);
  if (s->auto_pad) trial_string(t, "auto_pad", s->auto_pad);
  else trial_ints(t, "pads", 4, ints[3]);
}

/* pads: those in effect */
static float *reference(const trial *t, const setting *s, const int *pads) {
  const tensor_type *in = &t->op.in[0], *out = &t->op.out[0];
  const int *d = out->shape.dim, each_in = s->in / s->groups, each_out = s->out / s->groups;
  const float *w = t->constants[1].data, *bias = t->constants[2].data;
  float *want = test_floats(trial_out_count(t));
  for (int n = 0; n < d[0]; n++)
    for (int o = 0; o < d[1]; o++)
      for (int y = 0; y < d[2]; y++)
        for (int x = 0; x < d[3]; x++) {
          double sum = bias[o];
          for (int i = 0; i < each_in; i++)
            for (int ky = 0; ky < s->kernel[0]; ky++)
              for (int kx = 0; kx < s->kernel[1]; kx++) {
                const int sy = y * s->stride[0] + ky * s->dilation[0] - pads[0];
                const int sx = x * s->stride[1] + kx * s->dilation[1] - pads[1];
                if (sy < 0 || sx < 0 || sy >= s->height || sx >= s->width) continue;
                const int from[4] = {n, o / each_out * each_in + i, sy, sx};
                sum += (double)t->in[0][trial_offset(in, from)] * w[((o * each_in + i) * s->kernel[0] + ky) * s->kernel[1] + kx];
              }
          if (t->scale) sum *= t->scale[o];
          if (t->shift) sum += t->shift[o];
          const int at[4] = {n, o, y, x};
          want[trial_offset(out, at)] = (float)fmin(fmax(sum, t->low), t->high);
        }
  return want;
}

static void check_forward(trial *t, const setting *s, const int *pads) {
  float *want = reference(t, s, pads);
  trial_forward(t);
  const int terms = s->in / s->groups * s->kernel[0] * s->kernel[1];
  CHECK_CLOSE(t->out[0], want, trial_out_count(t), terms > 1000 ? 4e-6 : 1e-6); /* sums are of floats */
  free(want);
}

static void show(const setting *s) {
  printf("  %dx%dx%dx%d, %d out, %d groups, kernel %dx%d, stride %dx%d, dilation %dx%d, pads %d %d %d %d, %s\n", s->batch, s->in,
         s->height, s->width, s->out, s->groups, s->kernel[0], s->kernel[1], s->stride[0], s->stride[1], s->dilation[0],
         s->dilation[1], s->pads[0], s->pads[1], s->pads[2], s->pads[3], s->auto_pad ? s->auto_pad : "explicit");
}

static int failures_of(const setting *s) {
  int64_t ints[4][4];
  trial t;
  make(&t, s, ints);
  if (!CHECK_INT(trial_prepare(&t), PL_OK)) printf("  %s\n", pl_error_message());
  else {
    check_forward(&t, s, s->pads);
    trial_check_linear(&t, 2e-6);
  }
  trial_free(&t);
  return test_result();
}

static void check(setting s) {
  const int before = test_result();
  if (failures_of(&s) && !before) show(&s);
}

/* ---- kinds that networks have ---- */

static void test_kinds(void) {
  const setting kinds[] = {
      {2, 3, 8, 1, 17, 15, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, NULL}, /* stem */
      {2, 3, 8, 1, 16, 16, {3, 3}, {2, 2}, {1, 1}, {0, 0, 1, 1}, NULL}, /* stem of EfficientNet-Lite */
      {2, 3, 8, 1, 23, 24, {7, 7}, {2, 2}, {1, 1}, {3, 3, 3, 3}, NULL}, /* stem of ResNet */
      {2, 3, 8, 1, 17, 16, {4, 4}, {4, 4}, {1, 1}, {0, 0, 0, 0}, NULL}, /* patches */
      {3, 5, 7, 1, 6, 7, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, NULL},   /* pointwise */
      {3, 5, 7, 1, 6, 7, {1, 1}, {2, 2}, {1, 1}, {0, 0, 0, 0}, NULL},   /* ResNet's shortcut */
      {3, 5, 7, 1, 6, 7, {1, 1}, {2, 3}, {1, 1}, {1, 0, 2, 1}, NULL},
      {2, 6, 6, 1, 9, 8, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, NULL},
      {2, 6, 6, 1, 9, 8, {1, 7}, {1, 1}, {1, 1}, {0, 3, 0, 3}, NULL}, /* InceptionV3 */
      {2, 6, 6, 1, 9, 8, {3, 3}, {1, 1}, {2, 2}, {2, 2, 2, 2}, NULL}, /* dilated */
      {2, 6, 9, 3, 9, 8, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, NULL}, /* grouped */
      {2, 6, 9, 3, 9, 8, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, NULL},
      {2, 4, 8, 4, 9, 8, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, NULL}, /* depthwise, two outputs a channel */
      {2, 4, 8, 4, 9, 8, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, NULL},
      {2, 16, 16, 16, 9, 8, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, NULL}, /* depthwise */
      {2, 16, 16, 16, 9, 8, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, NULL},
      {2, 16, 16, 16, 10, 8, {3, 3}, {2, 2}, {1, 1}, {0, 0, 1, 1}, NULL},
      {1, 7, 7, 7, 9, 13, {5, 5}, {1, 1}, {1, 1}, {2, 2, 2, 2}, NULL},
      {1, 7, 7, 7, 10, 13, {5, 5}, {2, 2}, {1, 1}, {1, 1, 2, 2}, NULL},
      {1, 5, 5, 5, 12, 12, {7, 7}, {1, 1}, {1, 1}, {3, 3, 3, 3}, NULL}, /* ConvNeXt */
      {1, 5, 5, 5, 12, 12, {3, 3}, {1, 1}, {3, 2}, {3, 2, 3, 2}, NULL},
      {1, 5, 5, 5, 12, 12, {4, 6}, {3, 2}, {2, 3}, {3, 5, 2, 6}, NULL},
      {1, 6, 6, 6, 5, 6, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, NULL},
      {1, 6, 6, 6, 5, 6, {1, 1}, {2, 3}, {1, 1}, {0, 0, 0, 0}, NULL},
      {2, 5, 4, 1, 1, 1, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, NULL},
      {2, 5, 4, 1, 2, 1, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, NULL},
      {1, 4, 4, 4, 40, 3, {33, 1}, {1, 1}, {1, 1}, {16, 0, 16, 0}, NULL}, /* higher than our kernel takes */
      {1, 4, 4, 4, 3, 2, {3, 3}, {1, 1}, {1, 1}, {4, 5, 4, 5}, NULL},     /* windows in the padding alone */
      {1, 6, 4, 1, 5, 4, {3, 3}, {2, 2}, {1, 1}, {5, 4, 5, 4}, NULL},     /* the same by columns */
      {2, 120, 300, 1, 4, 5, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, NULL}, /* weights that are cut into slices */
      {2, 120, 300, 1, 4, 5, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, NULL},
      {2, 600, 650, 1, 2, 3, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, NULL},
      {1, 3, 4, 1, 192, 192, {32, 32}, {32, 32}, {1, 1}, {0, 0, 0, 0}, NULL}, /* patches of CLIP's ViT-B/32 */
      {2, 3, 5, 1, 75, 133, {32, 32}, {32, 32}, {1, 1}, {1, 2, 1, 0}, NULL},
      {2, 12, 7, 1, 9, 8, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}, NULL}, /* between the stages of ConvNeXt */
      {2, 12, 7, 1, 10, 8, {2, 3}, {3, 4}, {1, 1}, {0, 1, 0, 1}, NULL},
      {1, 9, 5, 1, 130, 3, {64, 1}, {64, 1}, {1, 1}, {0, 0, 0, 0}, NULL},
      {1, 2, 3, 1, 224, 224, {100, 100}, {50, 50}, {1, 1}, {0, 0, 0, 0}, NULL}, /* overlap, beyond XNNPACK's bounds */
      {2, 9, 4, 1, 2, 3, {5, 5}, {4, 4}, {1, 1}, {2, 2, 2, 2}, NULL},           /* smaller than their strides */
  };
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) check(kinds[k]);
}

static int pick(int low, int high) { return low + (int)(random_bits() % (unsigned)(high - low + 1)); }

static void test_many(void) {
  for (int k = 0; k < 400; k++) {
    setting s = {.batch = pick(1, 3), .groups = 1};
    const int kind = pick(0, 3);
    s.groups = kind == 0 ? 1 : pick(1, 5);
    s.in = s.groups * (kind == 3 || kind == 0 ? pick(1, 9) : 1);
    s.out = s.groups * (kind == 1 ? 1 : pick(1, 6));
    for (int axis = 0; axis < 2; axis++) {
      s.kernel[axis] = pick(1, 5);
      s.stride[axis] = pick(1, 3);
      s.dilation[axis] = pick(0, 3) ? 1 : pick(1, 3);
    }
    for (int side = 0; side < 4; side++) s.pads[side] = pick(0, 3);
    s.height = pick(3, 12);
    s.width = pick(3, 12);
    for (int axis = 0; axis < 2; axis++) {
      int *size = axis ? &s.width : &s.height;
      const int reach = (s.kernel[axis] - 1) * s.dilation[axis] + 1 - s.pads[axis] - s.pads[axis + 2];
      if (*size < reach) *size = reach;
    }
    check(s);
  }
}

/* Padding that follows from the size, and the same operator at another size: other padding, so the weights are packed again. */
static void test_same_padding(void) {
  const char *const kinds[] = {"SAME_UPPER", "SAME_LOWER", "VALID"};
  for (int k = 0; k < 3; k++)
    for (int groups = 1; groups <= 8; groups += 7) {
      setting s = {2, 8, 8, groups, 8, 9, {3, 4}, {2, 2}, {1, 1}, {0}, kinds[k]};
      int64_t ints[4][4];
      trial t;
      make(&t, &s, ints);
      t.scale = random_floats(8, 0.5f, 1.5f);
      t.shift = random_floats(8, -1, 1);
      for (int round = 0; round < 2; round++, s.height++, s.width += 3) {
        if (round) {
          t.given[0].shape.dim[2] = s.height;
          t.given[0].shape.dim[3] = s.width;
          const op kept = t.op;
          REQUIRE(trial_infer(&t) == PL_OK);
          REQUIRE(kept.state == t.op.state);
          t.op.class->free(&t.op);
        }
        REQUIRE(trial_prepare(&t) == PL_OK);
        for (int axis = 0; axis < 2; axis++) {
          const int size = axis ? s.width : s.height, all = ((size + 1) / 2 - 1) * 2 + s.kernel[axis] - size;
          s.pads[axis] = k == 2 || all < 0 ? 0 : k == 0 ? all / 2 : all - all / 2;
        }
        check_forward(&t, &s, s.pads);
        trial_check_linear(&t, 2e-6);
      }
      trial_free(&t);
    }
}

/* ---- what is fused ---- */

static void test_affine(void) {
  const setting s = {2, 6, 4, 2, 7, 6, {3, 2}, {1, 2}, {1, 1}, {1, 0, 1, 1}, NULL};
  int64_t ints[4][4];
  trial t;
  make(&t, &s, ints);
  t.scale = random_floats(4, -2, 2);
  t.shift = random_floats(4, -2, 2);
  REQUIRE(trial_prepare(&t) == PL_OK);
  check_forward(&t, &s, s.pads);
  trial_check_linear(&t, 2e-6);
  trial_free(&t);
}

/* The gradient of a clamped convolution is that of the plain one, of a dout that is 0 where the output stands at a bound. */
static void test_clamp(const setting *s) {
  int64_t ints[2][4][4];
  trial clamped, plain;
  make(&clamped, s, ints[0]);
  make(&plain, s, ints[1]);
  for (int k = 1; k < 3; k++)
    memcpy((void *)plain.constants[k].data, clamped.constants[k].data, clamped.constants[k].count * sizeof(float));
  clamped.low = 0;
  clamped.high = 0.8f;
  REQUIRE(trial_prepare(&clamped) == PL_OK && trial_prepare(&plain) == PL_OK);
  check_forward(&clamped, s, s->pads);
  trial_backward(&clamped);
  size_t inside = 0;
  const size_t count = trial_out_count(&plain);
  for (size_t k = 0; k < count; k++) {
    const float y = clamped.out[0][k];
    plain.dout[0][k] = y > 0 && y < 0.8f ? clamped.dout[0][k] : 0;
    inside += y > 0 && y < 0.8f;
  }
  CHECK(inside > count / 10 && inside < count - count / 10);
  trial_backward(&plain);
  CHECK_CLOSE(clamped.din[0], plain.din[0], trial_in_count(&plain, 0), 1e-6);
  trial_free(&clamped);
  trial_free(&plain);
}

/* What a Clip whose bounds have crossed leaves: one value. */
static void test_clamp_to_one_value(const setting *s) {
  int64_t ints[4][4];
  trial t;
  make(&t, s, ints);
  t.low = t.high = 0.25f;
  REQUIRE(trial_prepare(&t) == PL_OK);
  trial_forward(&t);
  trial_backward(&t);
  for (size_t k = 0; k < trial_out_count(&t); k++)
    if (!CHECK(t.out[0][k] == 0.25f)) break;
  for (size_t k = 0; k < trial_in_count(&t, 0); k++)
    if (!CHECK(t.din[0][k] == 0)) break;
  trial_free(&t);
}

static void test_clamps(void) {
  const setting kinds[] = {
      {2, 3, 8, 1, 17, 15, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, NULL},
      {3, 5, 7, 1, 6, 7, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, NULL},
      {3, 5, 70, 1, 30, 31, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, NULL},
      {3, 5, 7, 1, 6, 7, {1, 1}, {2, 2}, {1, 1}, {0, 0, 0, 0}, NULL},
      {2, 16, 16, 16, 9, 8, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, NULL},
      {2, 7, 7, 7, 9, 8, {5, 5}, {2, 2}, {1, 1}, {1, 2, 2, 2}, NULL},
  };
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    test_clamp(&kinds[k]);
    test_clamp_to_one_value(&kinds[k]);
  }
}

/* ---- the same bits whatever the batch ---- */

static void test_batch(void) {
  const setting kinds[] = {
      {3, 3, 8, 1, 17, 15, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, NULL},
      {3, 24, 40, 1, 7, 7, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, NULL},
      {3, 24, 40, 1, 1, 1, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, NULL},
      {3, 24, 40, 1, 7, 7, {1, 1}, {2, 2}, {1, 1}, {0, 0, 0, 0}, NULL},
      {3, 24, 40, 1, 7, 7, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, NULL},
      {3, 16, 16, 16, 9, 8, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, NULL},
      {3, 16, 16, 16, 9, 8, {5, 5}, {2, 2}, {1, 1}, {1, 1, 2, 2}, NULL},
  };
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    int64_t ints[4][4];
    trial t;
    make(&t, &kinds[k], ints);
    REQUIRE(trial_prepare(&t) == PL_OK);
    if (!CHECK(trial_same_alone(&t))) show(&kinds[k]);
    trial_free(&t);
  }
}

/* ---- what is refused ---- */

static void expect(setting s, pl_status status, const char *words) {
  int64_t ints[4][4];
  trial t;
  make(&t, &s, ints);
  CHECK_INT(trial_infer(&t), status);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  %s\n", pl_error_message());
  trial_free(&t);
}

static void test_refused(void) {
  const setting good = {1, 4, 4, 1, 8, 8, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, NULL};
  setting s = good;
  s.height = 0;
  s.pads[0] = 9;
  s.kernel[0] = 12;
  expect(s, PL_INVALID_MODEL, "does not fit");
  s = good;
  s.stride[1] = 0;
  expect(s, PL_INVALID_MODEL, "node 'tested' (Conv): strides");
  s = good;
  s.pads[2] = -1;
  expect(s, PL_UNSUPPORTED_OP, "padding");
  s = good;
  s.auto_pad = "SOME";
  expect(s, PL_INVALID_MODEL, "auto_pad");
  int64_t ints[4][4];
  trial t;
  make(&t, &good, ints);
  t.given[0].shape.dim[1] = 5;
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  t.given[0].shape = (shape){3, {1, 4, 8}};
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  t.given[0].shape = (shape){5, {1, 4, 8, 8, 8}};
  CHECK_INT(trial_infer(&t), PL_UNSUPPORTED_OP);
  trial_free(&t);
}

/* Sizes for which XNNPACK would ask for less memory than it writes, where size_t has 32 bits, and those for which it has no way
 * back: inference refuses them, so that a layer that is said to run has a gradient too. */
static void test_too_large(void) {
  const setting kinds[] = {
      {1, 8, 8, 2, 2000, 2000, {31, 31}, {1, 1}, {1, 1}, {15, 15, 15, 15}, NULL},
      {1, 8, 8, 2, 2, 3, {5, 5}, {4, 4}, {1, 1}, {2, 2, 2, 2}, NULL},
      {1, 8, 8, 1, 30000, 30000, {1, 1}, {1, 1}, {1, 1}, {1, 1, 1, 1}, NULL},
  };
  const char *const words[] = {"31x31 windows at strides of 1x1 (groups: 2) are not supported on an input of 1x8x2000x2000",
                               "5x5 windows at strides of 4x4 (groups: 2) are not supported on an input of 1x8x2x3", "too large"};
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    int64_t ints[4][4];
    trial t;
    make(&t, &kinds[k], ints);
    CHECK_INT(trial_infer(&t), PL_UNSUPPORTED_MODEL);
    if (!CHECK(strstr(pl_error_message(), words[k]) != NULL)) printf("  %s\n", pl_error_message());
    trial_free(&t);
  }
}

int main(void) {
  random_seed(1);
  test_kinds();
  test_many();
  test_same_padding();
  test_affine();
  test_clamps();
  test_batch();
  test_refused();
  test_too_large();
  return test_result();
}
