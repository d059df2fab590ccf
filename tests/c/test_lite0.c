/* EfficientNet-Lite0 with its real weights agrees with PyTorch on a photo: logits at several sizes and the gradient of a logit;
 * every value of its first blocks, and their gradient.
 * The numbers are made by tests/golden/make_lite.py. */
#include "network/model.h"
#include "support.h"

enum { PHOTO = 224, DAISY = 985 };

static uint8_t photo[3 * PHOTO * PHOTO];

/* Runs `height` rows from `top` and `width` columns from `left` of the photo forward. */
static const float *run_piece(exec *e, int top, int left, int height, int width) {
  REQUIRE(exec_reshape(e, 1, height, width, UINT64_MAX) == PL_OK);
  float *x = exec_input(e);
  for (int y = 0; y < height; y++)
    for (int i = 0; i < 3 * width; i++) *x++ = (float)photo[3 * ((top + y) * PHOTO + left) + i] / 255;
  REQUIRE(exec_forward(e) == PL_OK);
  return exec_layer(e, 0).data;
}

static const float *run(exec *e, int top, int left, int side) { return run_piece(e, top, left, side, side); }

static const float *gradient_of_daisy(exec *e) {
  exec_layer(e, 0).gradient[DAISY] = 1;
  REQUIRE(exec_backward(e) == PL_OK);
  return exec_dinput(e);
}

/* The largest deviation is at most `tolerance` times the largest logit. */
static void logits_agree(exec *e, int side, const char *golden, double tolerance) {
  float wanted[1000];
  test_golden_file(golden, wanted, sizeof wanted);
  const int start = (PHOTO - side) / 2;
  const float *logits = run(e, start, start, side);
  double deviation = 0, largest = 0;
  for (int i = 0; i < 1000; i++) {
    deviation = fmax(deviation, fabs((double)logits[i] - (double)wanted[i]));
    largest = fmax(largest, fabs((double)wanted[i]));
  }
  printf("%s: off by %.1e\n", golden, deviation / largest);
  CHECK_NEAR(deviation / largest, 0, tolerance);
}

/* Channel c of tile (y, x) of 8 x 8 pixels. */
static float tile_mean(const float *image, int c, int y, int x) {
  double sum = 0;
  for (int i = 0; i < 64; i++) sum += (double)image[3 * ((8 * y + i / 8) * PHOTO + 8 * x + i % 8) + c];
  return (float)(sum / 64);
}

static void gradient_agrees_in_the_mean(exec *e) {
  enum { TILES = PHOTO / 8, COUNT = 3 * TILES * TILES };
  float means[COUNT], wanted[COUNT];
  test_golden_file("lite0_gradient", wanted, sizeof wanted);
  run(e, 0, 0, PHOTO);
  const float *gradient = gradient_of_daisy(e);
  for (int i = 0; i < COUNT; i++) means[i] = tile_mean(gradient, i / TILES / TILES, i / TILES % TILES, i % TILES);
  printf("gradient, means of tiles: off by %.1e\n", relative_error(means, wanted, COUNT));
  CHECK_CLOSE(means, wanted, COUNT, 1e-2); /* a value within rounding of a ReLU6's bound may fall on its other side */
}

static void gradient_agrees_everywhere(exec *e) {
  enum { SIDE = 96, PIXELS = SIDE * SIDE, TOP = 8, LEFT = 120 };
  static float planes[3 * PIXELS], wanted[3 * PIXELS];
  test_golden_file("lite0_gradient_96", wanted, sizeof wanted);
  run(e, TOP, LEFT, SIDE);
  const float *gradient = gradient_of_daisy(e);
  test_planes(gradient, 3, PIXELS, planes);
  printf("gradient, every pixel: off by %.1e\n", relative_error(planes, wanted, 3 * PIXELS));
  CHECK_CLOSE(planes, wanted, 3 * PIXELS, 1e-4);
}

/* Sizes that are odd and differ, so that every stride pads its two axes in its own way. */
static void first_blocks_agree(const graph *g, const pl_preprocessing *p) {
  enum { HEIGHT = 33, WIDTH = 47, TOP = 130, LEFT = 11, VALUES = 3 * HEIGHT * WIDTH };
  static const struct {
    const char *name;
    int channels, pixels;
  } blocks[] = {{"blocks.0.0", 16, 17 * 24}, {"blocks.1.1", 24, 9 * 12}, {"blocks.2.1", 40, 5 * 6}};
  enum { BLOCKS = 3, COUNT = 16 * 17 * 24 + 24 * 9 * 12 + 40 * 5 * 6 };
  static float wanted[COUNT], found[COUNT], dwanted[VALUES], dfound[VALUES];
  test_golden_file("lite0_blocks", wanted, sizeof wanted);
  test_golden_file("lite0_blocks_gradient", dwanted, sizeof dwanted);
  int targets[BLOCKS];
  for (int i = 0; i < BLOCKS; i++) REQUIRE(graph_find_layer(g, blocks[i].name, &targets[i]) == PL_OK);
  exec *e;
  REQUIRE(exec_create(g, targets, BLOCKS, p, true, &e) == PL_OK);
  run_piece(e, TOP, LEFT, HEIGHT, WIDTH);
  for (int i = 0, first = 0; i < BLOCKS; i++) {
    const int count = blocks[i].channels * blocks[i].pixels;
    test_planes(exec_layer(e, i).data, (size_t)blocks[i].channels, (size_t)blocks[i].pixels, found + first);
    printf("%s: off by %.1e\n", blocks[i].name, relative_error(found + first, wanted + first, (size_t)count));
    CHECK_CLOSE(found + first, wanted + first, (size_t)count, 1e-5);
    first += count;
  }
  const exec_target last = exec_layer(e, BLOCKS - 1);
  const int count = blocks[BLOCKS - 1].channels * blocks[BLOCKS - 1].pixels;
  for (int i = 0; i < count; i++) last.gradient[i] = 2 * last.data[i] / (float)count;
  REQUIRE(exec_backward(e) == PL_OK);
  test_planes(exec_dinput(e), 3, HEIGHT * WIDTH, dfound);
  printf("their gradient, every pixel: off by %.1e\n", relative_error(dfound, dwanted, VALUES));
  CHECK_CLOSE(dfound, dwanted, VALUES, 1e-4);
  exec_free(e);
}

int main(void) {
  size_t size;
  uint8_t *file = test_file("models/generated/efficientnet-lite0.onnx", &size);
  if (!file) {
    test_skip("models/generated/efficientnet-lite0.onnx is not there: models/make.py makes it");
    return test_result();
  }
  test_golden_file("photo_224", photo, sizeof photo);
  const pl_preprocessing p = {.mean = {127 / 255.f, 127 / 255.f, 127 / 255.f}, .std = {128 / 255.f, 128 / 255.f, 128 / 255.f}};
  pl_model *m;
  exec *e;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &p}, &m) == PL_OK);
  REQUIRE(exec_create(m->graph, &m->graph->logits, 1, &p, true, &e) == PL_OK);
  logits_agree(e, 224, "lite0_logits", 1e-4);
  logits_agree(e, 224, "lite0_logits_float32", 1e-3); /* with what storing weights as float16 costs */
  logits_agree(e, 128, "lite0_logits_128", 1e-4);
  logits_agree(e, 161, "lite0_logits_161", 1e-4);
  gradient_agrees_in_the_mean(e);
  gradient_agrees_everywhere(e);
  exec_free(e);
  first_blocks_agree(m->graph, &p);
  pl_model_free(m);
  free(file);
  return test_result();
}
