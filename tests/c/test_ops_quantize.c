/* Weights in other types than float32, and rounding between activations. */
#include "network/model.h"
#include "onnx_writer.h"
#include "ops_harness.h"
#include "support.h"

enum { SIDE = 4, PIXELS = SIDE * SIDE, UNITS = 4, WEIGHTS = UNITS * 6 };

static const pl_preprocessing plain = {.std = {1, 1, 1}};

/* Logits of a 2-layer network whose second matrix, 6 x UNITS, is the value "matrix". */
static pl_status run(writer *w, const float *image, float *logits) {
  float patches[6 * 3];
  size_t size;
  pl_model *m;
  random_seed(8);
  random_fill(patches, 18, -1, 1);
  writer_initializer_floats(w, "patches", SHAPE(6, 3, 1, 1), patches);
  writer_node(w, "Conv", "conv", "image,patches", "features");
  writer_node(w, "GlobalAveragePool", "pool", "features", "pooled");
  writer_node(w, "Flatten", "flat", "pooled", "flat");
  writer_node(w, "MatMul", "classifier", "flat,matrix", "logits");
  writer_output(w, "logits", SHAPE(1, UNITS));
  w->opset = 21;
  void *file = writer_finish(w, &size);
  pl_status status = pl_model_load(file, size, &(pl_model_options){.preprocessing = &plain}, &m);
  if (!status) status = pl_activations(m, image, SIDE, SIDE, "logits", logits, UNITS);
  if (!status) {
    float score, dimage[3 * PIXELS];
    static const char objective[] = "{\"kind\":\"logit\",\"unit\":2}";
    CHECK_INT(pl_gradient(m, image, SIDE, SIDE, objective, &score, dimage), PL_OK);
    CHECK_NEAR((double)score, (double)logits[2], 1e-5);
  }
  pl_model_free(m);
  free(file);
  return status;
}

static void start(writer *w) {
  writer_start(w);
  writer_input(w, "image", SHAPE(1, 3, SIDE, SIDE));
}

/* Against the same numbers in float. */
static void check_like(writer *w, const float *matrix) {
  float *image = random_floats(3 * PIXELS, 0, 1), logits[2][UNITS];
  writer plainly;
  start(&plainly);
  writer_initializer_floats(&plainly, "matrix", SHAPE(6, UNITS), matrix);
  CHECK_INT(run(&plainly, image, logits[0]), PL_OK);
  if (!CHECK_INT(run(w, image, logits[1]), PL_OK)) printf("  %s\n", pl_error_message());
  CHECK_CLOSE(logits[0], logits[1], UNITS, 1e-6);
  free(image);
}

static void check_refused(writer *w, pl_status status, const char *words) {
  const float image[3 * PIXELS] = {0};
  float logits[UNITS];
  CHECK_INT(run(w, image, logits), status);
  if (!CHECK(strstr(pl_error_message(), words))) printf("  %s\n", pl_error_message());
}

/* scales: 1, one for each of the UNITS columns (axis 1), or for every `block` rows of each. */
static void check_integers(int type, shape scales, int block) {
  int32_t integers[WEIGHTS], zeros[WEIGHTS];
  float scale[WEIGHTS], matrix[WEIGHTS];
  const int low = type == ONNX_UINT8 ? 0 : -128, count = (int)shape_count(&scales);
  for (int i = 0; i < WEIGHTS; i++) integers[i] = low + (int)(random_bits() % 256);
  for (int i = 0; i < count; i++) zeros[i] = low + 100 + i, scale[i] = random_uniform(0.01f, 0.1f);
  for (int i = 0; i < WEIGHTS; i++) {
    const int at = count == 1 ? 0 : block ? i / UNITS / block * UNITS + i % UNITS : i % UNITS;
    matrix[i] = (float)(integers[i] - zeros[at]) * scale[at];
  }
  writer w;
  start(&w);
  writer_initializer_int32s(&w, "integers", type, SHAPE(6, UNITS), integers);
  writer_initializer_floats(&w, "scale", scales, scale);
  writer_initializer_int32s(&w, "zero", type, scales, zeros);
  writer_node(&w, "DequantizeLinear", "weights", "integers,scale,zero", "matrix");
  writer_attribute_int(&w, "axis", block ? 0 : 1);
  if (block) writer_attribute_int(&w, "block_size", block);
  check_like(&w, matrix);
}

static void integers_become_floats(void) {
  for (int type = ONNX_UINT8; type <= ONNX_INT8; type++) {
    check_integers(type, (shape){0}, 0);
    check_integers(type, SHAPE(UNITS), 0);
    check_integers(type, SHAPE(3, UNITS), 2);
    check_integers(type, SHAPE(2, UNITS), 4); /* the last block is not full */
  }
}

static void quantized_again_is_rounded(void) {
  float weights[WEIGHTS], matrix[WEIGHTS];
  random_fill(weights, WEIGHTS, -2, 2);
  for (int i = 0; i < WEIGHTS; i++) matrix[i] = 0.01f * (float)fmin(fmax(rint((double)(weights[i] / 0.01f)), -128), 127);
  writer w;
  start(&w);
  writer_initializer_floats(&w, "weights", SHAPE(6, UNITS), weights);
  writer_initializer_floats(&w, "scale", (shape){0}, (float[]){0.01f});
  writer_initializer_int32s(&w, "zero", ONNX_INT8, (shape){0}, (int32_t[]){0});
  writer_node(&w, "QuantizeLinear", "down", "weights,scale,zero", "integers");
  writer_node(&w, "DequantizeLinear", "up", "integers,scale,zero", "matrix");
  check_like(&w, matrix);
}

/* Numbers that every type holds exactly; 16 bits as their bits. */
static void short_and_long_floats_are_read(void) {
  for (int kind = 0; kind < 3; kind++) {
    static const int types[] = {ONNX_FLOAT16, ONNX_BFLOAT16, ONNX_DOUBLE};
    static const int32_t halves[] = {0x3c00, 0xc000, 0x3800, 0x4200}, brains[] = {0x3f80, 0xc000, 0x3f00, 0x4040};
    static const float values[] = {1, -2, 0.5f, 3};
    int32_t bits[WEIGHTS];
    double doubles[WEIGHTS];
    float matrix[WEIGHTS];
    for (int i = 0; i < WEIGHTS; i++) {
      const int which = (i * i + i / 5) % 4;
      bits[i] = (kind ? brains : halves)[which];
      doubles[i] = (double)(matrix[i] = values[which]);
    }
    writer w;
    start(&w);
    if (kind < 2) writer_initializer_int32s(&w, "small", types[kind], SHAPE(6, UNITS), bits);
    else writer_initializer_raw(&w, "small", ONNX_DOUBLE, 2, (int64_t[]){6, UNITS}, doubles, sizeof doubles);
    writer_node(&w, "Cast", "cast", "small", "matrix");
    writer_attribute_int(&w, "to", ONNX_FLOAT);
    check_like(&w, matrix);
  }
}

static void what_cannot_be_read_is_named(void) {
  writer w;
  start(&w);
  writer_initializer_raw(&w, "tiny", 22, 2, (int64_t[]){6, UNITS}, "abcdefghijkl", 12);
  writer_node(&w, "DequantizeLinear", "weights", "tiny", "matrix");
  check_refused(&w, PL_UNSUPPORTED_MODEL, "'tiny', which has elements of type int4");
  static const char *const operators[] = {"ConvInteger", "QLinearConv", "QLinearMatMul", "MatMulInteger"};
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
    start(&w);
    writer_node(&w, operators[i], "whole", "image", "matrix");
    check_refused(&w, PL_UNSUPPORTED_OP, "node 'whole'");
    CHECK(strstr(pl_error_message(), "format QDQ"));
  }
  start(&w); /* scales that do not fit: not folded, and refused where it is needed */
  writer_initializer_int32s(&w, "integers", ONNX_INT8, SHAPE(6, UNITS), (int32_t[WEIGHTS]){1});
  writer_initializer_floats(&w, "scale", SHAPE(3), (float[]){1, 2, 3});
  writer_node(&w, "DequantizeLinear", "weights", "integers,scale", "matrix");
  check_refused(&w, PL_UNSUPPORTED_MODEL, "node 'weights' (DequantizeLinear)");
}

/* ---- between activations ---- */

static void trial_of(trial *t, const char *type, bool per_channel, layout l) {
  static const float scale[] = {0.05f, 0.02f, 0.01f}, zero[] = {3, -4, 5};
  trial_begin(t, type, 13);
  trial_input(t, (shape){4, {2, 3, 5, 7}}, l);
  trial_constant(t, per_channel ? (shape){1, {3}} : (shape){0, {0}}, scale);
  trial_constant(t, per_channel ? (shape){1, {3}} : (shape){0, {0}}, zero);
  t->constants[2].type = ONNX_INT8;
  static const int8_t zeros[] = {3, -4, 5};
  memcpy((void *)t->constants[2].data, zeros, sizeof zeros);
}

static void rounding_passes_the_gradient(void) {
  for (int kind = 0; kind < 4; kind++) {
    const bool per_channel = kind & 1;
    trial t;
    trial_of(&t, "QuantizeLinear", per_channel, kind & 2 ? LAYOUT_CHANNELS_LAST : LAYOUT_PLAIN);
    REQUIRE(trial_prepare(&t) == PL_OK);
    trial_fill(&t, -3, 3);
    trial_forward(&t);
    trial_backward(&t);
    for (int n = 0; n < 2 * 3 * 5 * 7; n++) {
      const int index[] = {n / 105, n / 35 % 3, n / 7 % 5, n % 7};
      const size_t at = trial_offset(&t.op.in[0], index);
      const int c = per_channel ? index[1] : 0;
      const double scale = (const double[]){0.05f, 0.02f, 0.01f}[c], zero = (const double[]){3, -4, 5}[c];
      const double q = rint((double)(t.in[0][at] / (float)scale)) + zero, exact = (double)t.in[0][at] / scale + zero;
      CHECK_NEAR((double)t.out[0][at], fmin(fmax(q, -128), 127), 0);
      CHECK_NEAR((double)t.din[0][at], exact < -128 || exact > 127 ? 0 : (double)t.dout[0][at] / scale, 1e-3);
    }
    CHECK(trial_same_alone(&t));
    trial_free(&t);
    trial_of(&t, "DequantizeLinear", per_channel, kind & 2 ? LAYOUT_CHANNELS_LAST : LAYOUT_PLAIN);
    REQUIRE(trial_prepare(&t) == PL_OK);
    trial_check_linear(&t, 1e-5);
    CHECK(trial_same_alone(&t));
    trial_free(&t);
  }
}

int main(void) {
  random_seed(2);
  integers_become_floats();
  quantized_again_is_rounded();
  short_and_long_floats_are_read();
  what_cannot_be_read_is_named();
  rounding_passes_the_gradient();
  return test_result();
}
