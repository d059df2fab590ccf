/* seeds FOLDER: writes the files that fuzzing starts from, and FOLDER.dict, the words it makes them of. */
#include "fuzz_onnx.h"
#include "sample_models.h"
#include "support.h"

enum { RANDOM_COUNT = 64 };

static const char *const words[] = {
#define OP(type) #type,
#include "network/ops/ops.inc"
#undef OP
    /* computed beforehand */
    "Shape", "Size", "Gather", "Slice", "Sqrt", "Expand", "Range", "Min", "Equal", "Where", "ConstantOfShape",
    /* attributes and their texts */
    "allowzero", "alpha", "auto_pad", "axes", "axis", "beta", "ceil_mode", "count_include_pad", "dilations", "end", "epsilon",
    "group", "keepdims", "kernel_shape", "max", "min", "mode", "noop_with_empty_axes", "pads", "perm", "start", "strides", "to",
    "transA", "transB", "value", "NOTSET", "SAME_LOWER", "SAME_UPPER", "VALID", "constant", "edge", "reflect"};

static void write_file(const char *folder, int index, void *bytes, size_t size) {
  char path[1024];
  snprintf(path, sizeof path, "%s/seed-%d", folder, index);
  FILE *file = fopen(path, "wb");
  REQUIRE(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
  free(bytes);
}

/* Choices of models of which most can be run. */
static void write_choices(const char *folder, int index) {
  enum { COUNT = 256 };
  uint8_t *choices = malloc(COUNT);
  REQUIRE(choices);
  random_seed((uint64_t)index);
  for (int i = 0; i < COUNT; i++) choices[i] = (uint8_t)random_bits();
  choices[0] = FUZZ_CHOICES;
  write_file(folder, index, choices, COUNT);
}

int main(int count, char **arguments) {
  REQUIRE(count == 2);
  char path[1024];
  size_t size;
  for (int i = 0; i < SAMPLE_COUNT; i++) {
    void *bytes = samples[i](&size);
    write_file(arguments[1], i, bytes, size);
  }
  for (int i = SAMPLE_COUNT; i < SAMPLE_COUNT + RANDOM_COUNT; i++) write_choices(arguments[1], i);
  snprintf(path, sizeof path, "%s.dict", arguments[1]);
  FILE *dictionary = fopen(path, "w");
  REQUIRE(dictionary);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) fprintf(dictionary, "\"%s\"\n", words[i]);
  REQUIRE(fclose(dictionary) == 0);
  return 0;
}
