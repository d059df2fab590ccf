/* fuzz_seeds FOLDER: writes what fuzzing starts from, FOLDER/ENTRY/seed-0 and so on, and FOLDER/words.dict, words of networks and
 * of objectives. */
#include <sys/stat.h>

#include "fuzz_entries.h"
#include "fuzz_seeds.h"
#include "support.h"

static const char *const words[] = {
#define OP(type) #type,
#include "network/ops/ops.inc"
#undef OP
    /* computed beforehand */
    "Shape", "Size", "Range", "NonZero", "CumSum", "EyeLike", "Trilu",
    /* attributes and their texts */
    "allowzero", "alpha", "auto_pad", "axes", "axis", "beta", "blocksize", "ceil_mode", "count_include_pad", "dilations", "end",
    "epsilon", "equation", "group", "keepdims", "kernel_shape", "max", "min", "mode", "noop_with_empty_axes", "num_groups",
    "num_outputs", "output_padding", "output_shape", "pads", "perm", "scales", "sizes", "start", "strides", "to", "transA",
    "transB", "value", "NOTSET", "SAME_LOWER", "SAME_UPPER", "VALID", "constant", "cubic", "edge", "linear", "nearest", "reflect",
    /* objectives */
    "channel", "cosine", "direction", "distance", "diversity", "dot-cosine", "kind", "layer", "logit", "logits", "mask", "neuron",
    "of", "photo", "power", "probability", "product", "relu1", "sum", "tokens", "unit", "values", "vector", "weight"};

typedef struct folder {
  const char *path;
  int count;
} folder;

static void write_seed(void *context, const uint8_t *bytes, size_t size) {
  folder *f = context;
  char path[1024];
  snprintf(path, sizeof path, "%s/seed-%d", f->path, f->count++);
  FILE *file = fopen(path, "wb");
  REQUIRE(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static void write_words(const char *folder_path) {
  char path[1024];
  snprintf(path, sizeof path, "%s/words.dict", folder_path);
  FILE *dictionary = fopen(path, "w");
  REQUIRE(dictionary);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) fprintf(dictionary, "\"%s\"\n", words[i]);
  REQUIRE(fclose(dictionary) == 0);
}

int main(int count, char **arguments) {
  REQUIRE(count == 2);
  char path[900];
  mkdir(arguments[1], 0777);
  for (int i = 0; i < FUZZ_ENTRIES; i++) {
    snprintf(path, sizeof path, "%s/%s", arguments[1], fuzz_entries[i].name);
    mkdir(path, 0777);
    fuzz_seeds(fuzz_entries[i].name, write_seed, &(folder){path, 0});
  }
  write_words(arguments[1]);
  return 0;
}
