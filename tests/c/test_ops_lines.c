/* Operators of images on lines, N x C x L: what they make of them is what they make of images of one row, bit for bit. */
#include "ops_harness.h"

enum { CHANNELS = 6, LENGTH = 13 };

/* An attribute's entries for lines; for images there is another before them, for each of their `sides`. */
typedef struct list {
  const char *name;
  int count, sides;
  int64_t above, values[2];
} list;

typedef struct sample {
  const char *type;
  shape weights, bias; /* rank 0: none */
  list lists[4];
  int out_channels, out_length;
} sample;

static const sample SAMPLES[] = {
    {"Conv",
     {3, {4, 6, 3}},
     {1, {4}},
     {{"kernel_shape", 1, 1, 1, {3}}, {"strides", 1, 1, 1, {2}}, {"pads", 2, 2, 0, {1, 2}}},
     4,
     7},
    {"Conv", {3, {6, 1, 5}}, {0}, {{"dilations", 1, 1, 1, {2}}, {"pads", 2, 2, 0, {4, 4}}}, 6, 13},
    {"Conv", {3, {8, 6, 1}}, {1, {8}}, {{0}}, 8, 13},
    {"ConvTranspose",
     {3, {6, 4, 3}},
     {1, {4}},
     {{"strides", 1, 1, 1, {2}}, {"pads", 2, 2, 0, {1, 1}}, {"output_padding", 1, 1, 0, {1}}},
     4,
     26},
    {"MaxPool", {0}, {0}, {{"kernel_shape", 1, 1, 1, {3}}, {"strides", 1, 1, 1, {2}}, {"pads", 2, 2, 0, {1, 1}}}, 6, 7},
    {"AveragePool", {0}, {0}, {{"kernel_shape", 1, 1, 1, {4}}, {"strides", 1, 1, 1, {3}}, {"pads", 2, 2, 0, {1, 0}}}, 6, 4},
    {"LRN", {0}, {0}, {{0}}, 6, 13},
    {"GlobalMaxPool", {0}, {0}, {{0}}, 6, 1},
    {"GlobalAveragePool", {0}, {0}, {{0}}, 6, 1},
};

static shape image_of(shape line) {
  line.dim[3] = line.dim[2];
  line.dim[2] = 1;
  line.rank = 4;
  return line;
}

static void add_list(trial *t, const list *l, bool image, int64_t *entries) {
  int count = 0;
  for (int side = 0; side < l->sides; side++) {
    if (image) entries[count++] = l->above;
    entries[count++] = l->values[side];
  }
  trial_ints(t, l->name, count, entries);
}

static void make(trial *t, const sample *s, bool image, int64_t (*entries)[4]) {
  const shape in = {3, {2, CHANNELS, LENGTH}};
  trial_begin(t, s->type, 17);
  trial_input(t, image ? image_of(in) : in, LAYOUT_PLAIN);
  if (s->weights.rank) trial_constant(t, image ? image_of(s->weights) : s->weights, NULL);
  if (s->bias.rank) trial_constant(t, s->bias, NULL);
  if (!strcmp(s->type, "LRN")) trial_int(t, "size", 3);
  if (s->weights.dim[1] == 1) trial_int(t, "group", CHANNELS);
  for (int k = 0; k < 4 && s->lists[k].name; k++) add_list(t, &s->lists[k], image, entries[k]);
}

static void check(const sample *s) {
  int64_t entries[2][4][4];
  trial line, image;
  make(&line, s, false, entries[0]);
  make(&image, s, true, entries[1]);
  for (int k = 1; k < image.node.input_count; k++)
    memcpy((void *)line.constants[k].data, image.constants[k].data, image.constants[k].count * sizeof(float));
  REQUIRE(trial_prepare(&line) == PL_OK && trial_prepare(&image) == PL_OK);
  const shape wanted = {3, {2, s->out_channels, s->out_length}};
  CHECK_TEXT(shape_text(&line.inference.out[0].shape), shape_text(&wanted));
  CHECK_INT(line.inference.out[0].layout, image.inference.out[0].layout);
  memcpy(image.in[0], line.in[0], trial_in_count(&line, 0) * sizeof(float));
  memcpy(image.dout[0], line.dout[0], trial_out_count(&line) * sizeof(float));
  trial_forward(&line);
  trial_backward(&line);
  trial_forward(&image);
  trial_backward(&image);
  const bool same = CHECK(memcmp(image.out[0], line.out[0], trial_out_count(&line) * sizeof(float)) == 0) &&
                    CHECK(memcmp(image.din[0], line.din[0], trial_in_count(&line, 0) * sizeof(float)) == 0);
  if (!same) printf("  %s\n", s->type);
  trial_free(&line);
  trial_free(&image);
}

static void test_refused(void) {
  trial t;
  trial_begin(&t, "MaxPool", 17);
  trial_input(&t, (shape){3, {1, 2, 5}}, LAYOUT_PLAIN);
  trial_ints(&t, "kernel_shape", 2, (const int64_t[]){1, 3});
  CHECK_INT(trial_infer(&t), PL_INVALID_MODEL);
  CHECK(strstr(pl_error_message(), "a window over 2 dimensions on an input that has 1 beside batch and channels") != NULL);
  trial_free(&t);
  trial_begin(&t, "MaxPool", 17);
  trial_input(&t, (shape){5, {1, 2, 5, 5, 5}}, LAYOUT_PLAIN);
  trial_ints(&t, "kernel_shape", 3, (const int64_t[]){1, 3, 3});
  CHECK_INT(trial_infer(&t), PL_UNSUPPORTED_OP);
  trial_free(&t);
}

int main(void) {
  random_seed(3);
  for (size_t k = 0; k < sizeof SAMPLES / sizeof *SAMPLES; k++) check(&SAMPLES[k]);
  test_refused();
  return test_result();
}
