/* Damaged bytes at every entry for what is untrusted: whatever they are, it answers, soon, and leaves nothing behind (the sanitizers of
 * the debug build look on).
 *   test_mutations ENTRY FILE...   takes these files and no others: what fuzzing found, again, without libFuzzer */
#include "fuzz_entries.h"
#include "fuzz_seeds.h"
#include "onnx_writer.h"
#include "sample_models.h"
#include "support.h"

enum { MUTATIONS = 1000, HEAD = 64 << 10 };

static const fuzz_entry network = {"network", fuzz_network};

static size_t below(size_t limit) { return limit ? random_bits() % limit : 0; }

/* ---- mutations of a file of *size bytes with room for twice as many ---- */

static void flip(uint8_t *file, size_t size) {
  for (size_t count = 1 + below(8); count; count--) file[below(size)] ^= (uint8_t)(1u << below(8));
}

/* Lengths, counts and types are single bytes more often than not. */
static void replace(uint8_t *file, size_t size) {
  static const uint8_t values[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0x0a, 0x12};
  for (size_t count = 1 + below(4); count; count--) file[below(size)] = values[below(sizeof values)];
}

static void add(uint8_t *file, size_t size) { file[below(size)] += (uint8_t)(below(2) ? 1 : 255); }

static void cut_out(uint8_t *file, size_t *size) {
  const size_t at = below(*size), count = below(1 + (*size - at < 64 ? *size - at : 64));
  memmove(file + at, file + at + count, *size - at - count);
  *size -= count;
}

/* A part of the file, or of another one, once more at another place. */
static void splice(uint8_t *file, size_t *size, const uint8_t *from, size_t from_size) {
  uint8_t part[256];
  const size_t start = below(from_size), at = below(*size);
  size_t count = 1 + below(sizeof part);
  if (count > from_size - start) count = from_size - start;
  if (count > *size) count = *size;
  memcpy(part, from + start, count);
  memmove(file + at + count, file + at, *size - at);
  memcpy(file + at, part, count);
  *size += count;
}

static void mutate(uint8_t *file, size_t *size, const uint8_t *other, size_t other_size) {
  switch (below(6)) {
    case 0: flip(file, *size); break;
    case 1: replace(file, *size); break;
    case 2: add(file, *size); break;
    case 3: cut_out(file, size); break;
    case 4: splice(file, size, file, *size); break;
    case 5: splice(file, size, other, other_size); break;
  }
}

/* ---- seeds ---- */

typedef struct damage {
  const fuzz_entry *entry;
  int mutations, cuts;
  uint8_t *last; /* the seed before */
  size_t last_size;
} damage;

static void take_damaged(void *context, const uint8_t *bytes, size_t size) {
  damage *d = context;
  uint8_t *copy = malloc(16 * (size + 256)), *own = malloc(size + 1);
  REQUIRE(copy && own);
  memcpy(own, bytes, size);
  for (int i = 0; i < d->mutations; i++) {
    size_t mutated = size;
    memcpy(copy, bytes, size);
    for (size_t times = 1 + below(3); times && mutated; times--)
      mutate(copy, &mutated, d->last ? d->last : own, d->last ? d->last_size : size);
    fuzz_take(d->entry, copy, mutated);
  }
  for (int i = 0; i < d->cuts; i++) fuzz_take(d->entry, bytes, below(size + 1));
  fuzz_take(d->entry, bytes, size);
  free(copy), free(d->last);
  d->last = own;
  d->last_size = size;
}

static void damaged_seeds_are_survived(void) {
  for (int i = 0; i < FUZZ_ENTRIES; i++) {
    damage d = {.entry = &fuzz_entries[i], .mutations = 3, .cuts = 1};
    random_seed((uint64_t)i + 500);
    fuzz_seeds(d.entry->name, take_damaged, &d);
    free(d.last);
  }
}

static void damaged_samples_are_survived(void) {
  damage d = {.entry = &network, .mutations = MUTATIONS};
  random_seed(100);
  for (int s = 0; s < SAMPLE_COUNT; s++) {
    size_t size;
    uint8_t *file = samples[s](&size);
    take_damaged(&d, file, size);
    for (size_t cut = 0; cut <= size; cut++) fuzz_take(&network, file, cut);
    free(file);
  }
  free(d.last);
}

/* Every operator has a seed that runs. */
static void seeds_know_every_operator(void) {
  static const char *const operators[] = {
#define OP(type) #type,
#include "network/ops/ops.inc"
#undef OP
  };
  static float values[1 << 14];
  const float image[3] = {0.2f, 0.5f, 0.8f};
  bool known[sizeof operators / sizeof *operators] = {false};
  for (int i = 0; i < seed_node_count; i++) {
    bool large;
    size_t size;
    pl_model *m;
    void *file = seed_node_file(i, &large, &size);
    const bool runs = !large && !pl_model_load(file, size, NULL, &m);
    if (runs && !CHECK_INT(pl_activations(m, image, 1, 1, "out", values, sizeof values / sizeof *values), PL_OK))
      printf("  seed %d: %s\n", i, pl_error_message());
    CHECK(runs || large);
    for (size_t k = 0; k < sizeof operators / sizeof *operators && runs; k++)
      known[k] |= strcmp(operators[k], seed_node_op(i)) == 0;
    if (runs) pl_model_free(m);
    free(file);
  }
  for (size_t k = 0; k < sizeof operators / sizeof *operators; k++)
    if (!CHECK(known[k])) printf("  no seed has %s\n", operators[k]);
}

/* Networks of a usual size: their first part, where the nodes are, is changed in place and put back. */
static void damaged_generators_are_survived(void) {
  static const char *const names[] = {"tests/golden/generators/dcgan.onnx", "tests/golden/generators/decoder.onnx"};
  static uint8_t head[HEAD];
  for (size_t m = 0; m < sizeof names / sizeof *names; m++) {
    size_t size;
    uint8_t *file = test_file(names[m], &size);
    REQUIRE(file);
    const size_t part = size < HEAD ? size : HEAD;
    memcpy(head, file, part);
    random_seed(m + 200);
    fuzz_network(file, size);
    for (int i = 0; i < MUTATIONS / 4; i++) {
      if (below(2)) flip(file, part);
      else replace(file, part);
      fuzz_network(file, below(10) ? size : below(size));
      memcpy(file, head, part);
    }
    free(file);
  }
}

/* ---- sound files of senseless nodes ---- */

static int64_t random_int(void) {
  static const int64_t extreme[] = {INT64_MIN, INT64_MAX, -1, 0, 1, INT32_MAX, INT32_MIN, 1LL << 31, 1LL << 40};
  return below(8) ? (int64_t)below(9) - 4 : extreme[below(sizeof extreme / sizeof *extreme)];
}

static void add_random_constant(writer *w, const char *name) {
  int64_t ints[81];
  float floats[81];
  shape s = {.rank = (int)below(5)};
  for (int d = 0; d < s.rank; d++) s.dim[d] = (int)below(4);
  for (int i = 0; i < 81; i++) {
    ints[i] = random_int();
    floats[i] = (float)ints[i];
  }
  if (below(3)) writer_initializer_ints(w, name, s, ints);
  else writer_initializer_floats(w, name, s, floats);
}

static void add_random_attributes(writer *w) {
  static const char *const single[] = {"axis", "to", "start", "end", "allowzero"};
  static const char *const lists[] = {"axes", "perm", "starts", "ends"};
  for (size_t i = 0; i < 5; i++)
    if (!below(3)) writer_attribute_int(w, single[i], random_int());
  for (size_t i = 0; i < 4; i++) {
    int64_t ints[6];
    for (int k = 0; k < 6; k++) ints[k] = random_int();
    if (!below(4)) writer_attribute_ints(w, lists[i], (int)below(7), ints);
  }
  if (!below(4)) writer_attribute_tensor_ints(w, "value", SHAPE(1), (int64_t[]){random_int()});
}

/* Nodes of everything that is computed beforehand, on constants and on sizes of the image, with whatever attributes. */
static void *random_graph(size_t *size) {
  static const char *const ops[] = {"Shape",  "Size",    "Reshape",  "Flatten",  "Squeeze",        "Unsqueeze", "Transpose",
                                    "Concat", "Gather",  "Slice",    "Sqrt",     "Expand",         "Range",     "Add",
                                    "Mul",    "Div",     "Sub",      "Min",      "Equal",          "Where",     "Cast",
                                    "Relu",   "Dropout", "Constant", "Identity", "ConstantOfShape"};
  enum { CONSTANTS = 8, NODES = 12 };
  char name[16], inputs[128];
  writer w;
  writer_start(&w);
  writer_input(&w, "v0", SHAPE(-1, 3, 4, -1));
  for (int i = 1; i <= CONSTANTS; i++) {
    snprintf(name, sizeof name, "v%d", i);
    add_random_constant(&w, name);
  }
  for (int i = CONSTANTS + 1; i <= CONSTANTS + NODES; i++) {
    size_t length = 0;
    for (size_t k = 0, count = below(6); k < count; k++)
      length += (size_t)snprintf(inputs + length, sizeof inputs - length, "%sv%zu", k ? "," : "", below((size_t)i));
    inputs[length] = 0;
    snprintf(name, sizeof name, "v%d", i);
    writer_node(&w, ops[below(sizeof ops / sizeof *ops)], "", inputs, name);
    add_random_attributes(&w);
  }
  writer_output(&w, name, (shape){0});
  return writer_finish(&w, size);
}

static void random_graphs_are_survived(void) {
  random_seed(300);
  for (int i = 0; i < MUTATIONS; i++) {
    size_t size;
    uint8_t *file = random_graph(&size);
    fuzz_take(&network, file, size);
    free(file);
  }
}

/* Nodes that run, on the image. */
static void random_models_are_survived(void) {
  uint8_t choices[256] = {FUZZ_CHOICES};
  random_seed(400);
  for (int i = 0; i < 2 * MUTATIONS; i++) {
    for (size_t k = 1; k < sizeof choices; k++) choices[k] = (uint8_t)random_bits();
    fuzz_network(choices, sizeof choices);
  }
}

static int replay(const char *entry, int count, char **paths) {
  for (int i = 0; i < FUZZ_ENTRIES; i++)
    for (int k = 0; k < count && !strcmp(entry, fuzz_entries[i].name); k++) {
      size_t size;
      uint8_t *file = test_file_at(paths[k], &size);
      REQUIRE(file);
      fuzz_take(&fuzz_entries[i], file, size);
      free(file);
    }
  return 0;
}

int main(int count, char **arguments) {
  if (count > 1) return replay(arguments[1], count - 2, arguments + 2);
  seeds_know_every_operator();
  random_graphs_are_survived();
  random_models_are_survived();
  damaged_samples_are_survived();
  damaged_seeds_are_survived();
  damaged_generators_are_survived();
  return test_result();
}
