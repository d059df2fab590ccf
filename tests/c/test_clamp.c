/* What a fused clamp lets through: bits in place of outputs, and the memory that a network then needs no more. */
#include "network/exec/exec.h"
#include "network/model.h"
#include "network/ops/kernels/clamp.h"
#include "onnx_writer.h"
#include "support.h"

enum { COUNT = 301 };

typedef struct bounds {
  float low, high;
} bounds;

/* Values, some of which stand at a bound, and one that is no number. */
static float *outputs(const bounds *b) {
  float *out = random_floats(COUNT, -2, 2);
  for (int k = 0; k < COUNT; k++) {
    out[k] = out[k] < b->low ? b->low : out[k];
    out[k] = out[k] > b->high ? b->high : out[k];
  }
  out[50] = NAN;
  return out;
}

/* Noted and masked in parts that begin and end anywhere. */
static void in_parts(const bounds *given, int part) {
  op o = {.backward = true, .low = given->low, .high = given->high, .out[0].shape = {1, {COUNT}}};
  float *out = outputs(given), *dout = random_floats(COUNT, -1, 1), *masked = test_floats(COUNT), *want = test_floats(COUNT);
  buffers b = {.out = {out}, .dout = {dout}, .clamp = malloc((size_t)clamp_bytes(&o))};
  memset(b.clamp, part % 2 ? 0xff : 0, (size_t)clamp_bytes(&o));
  for (int k = 0; k < COUNT; k++) want[k] = out[k] > o.low && out[k] < o.high ? dout[k] : 0;
  for (int k = 0; k < COUNT; k += part) clamp_save(&o, &b, (size_t)k, (size_t)(COUNT - k < part ? COUNT - k : part));
  b.out[0] = NULL;
  for (int k = 0; k < COUNT; k += part)
    clamp_backward(&o, &b, (size_t)k, (size_t)(COUNT - k < part ? COUNT - k : part), masked + k);
  CHECK(!memcmp(masked, want, COUNT * sizeof *want));
  for (int k = 0; k < COUNT; k++)
    if (out[k] == out[k])
      CHECK(clamp_is_above(&o, &b, (size_t)k) == (out[k] > o.low) && clamp_is_below(&o, &b, (size_t)k) == (out[k] < o.high));
  clamp_backward(&o, &b, 0, COUNT, dout);
  CHECK(!memcmp(dout, want, COUNT * sizeof *want));
  free(out), free(dout), free(masked), free(want), free(b.clamp);
}

static void nothing_is_kept_without_bounds_or_way_back(void) {
  const op plain = {.backward = true, .low = -INFINITY, .high = INFINITY, .out[0].shape = {1, {COUNT}}};
  const op forward = {.low = 0, .high = INFINITY, .out[0].shape = {1, {COUNT}}};
  CHECK_INT(clamp_bytes(&plain), 0);
  CHECK_INT(clamp_bytes(&forward), 0);
}

/* Bytes for the values of so many 3x3 convolutions with a Relu each, one after the other. */
static uint64_t memory_of_chain(int length, bool depthwise) {
  enum { CHANNELS = 16, SIDE = 64 };
  writer w;
  size_t size;
  pl_model *m;
  exec *e;
  char from[16] = "input", name[16], made[16];
  float *weights = random_floats(CHANNELS * CHANNELS * 9, -1, 1);
  writer_start(&w);
  writer_input(&w, "input", SHAPE(1, 3, SIDE, SIDE));
  writer_initializer_floats(&w, "first", SHAPE(CHANNELS, 3, 1, 1), weights);
  writer_initializer_floats(&w, "next", SHAPE(CHANNELS, depthwise ? 1 : CHANNELS, 3, 3), weights);
  for (int k = 0; k < length; k++) {
    char inputs[32];
    snprintf(inputs, sizeof inputs, "%s,%s", from, k ? "next" : "first");
    snprintf(name, sizeof name, "c%d", k);
    snprintf(made, sizeof made, "r%d", k);
    writer_node(&w, "Conv", name, inputs, name);
    if (k) writer_attribute_ints(&w, "pads", INTS(1, 1, 1, 1));
    if (k && depthwise) writer_attribute_int(&w, "group", CHANNELS);
    writer_node(&w, "Relu", made, name, made);
    strcpy(from, made);
  }
  writer_output(&w, from, SHAPE(1, CHANNELS, SIDE, SIDE));
  free(weights);
  void *file = writer_finish(&w, &size);
  REQUIRE(pl_model_load(file, size, NULL, &m) == PL_OK);
  REQUIRE(exec_create(m->graph, &m->layers[m->layer_count - 1], 1, &m->preprocessing, true, &e) == PL_OK);
  REQUIRE(exec_measure(e, 1, SIDE, SIDE) == PL_OK);
  const uint64_t bytes = exec_memory(e);
  exec_free(e);
  pl_model_free(m);
  free(file);
  return bytes;
}

/* A value has 256 KB; beside a layer's weights and pointers there is room for its bits alone. */
static void outputs_are_not_kept(bool depthwise) {
  const uint64_t few = memory_of_chain(4, depthwise), more = memory_of_chain(5, depthwise);
  const uint64_t held = depthwise ? 0 : 2 * (64 * 64 + 8) * 9 * sizeof(void *); /* XNNPACK's pointers */
  CHECK(more - few < held + (64 << 10));
}

int main(void) {
  static const bounds all[] = {{0, 1.5f}, {0, INFINITY}, {-INFINITY, 0.5f}};
  static const int parts[] = {COUNT, 32, 64, 7, 33, 100, 1};
  for (int k = 0; k < 3; k++)
    for (int p = 0; p < 7; p++) in_parts(&all[k], parts[p]);
  nothing_is_kept_without_bounds_or_way_back();
  outputs_are_not_kept(true);
  outputs_are_not_kept(false);
  return test_result();
}
