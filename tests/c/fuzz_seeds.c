#include "fuzz_seeds.h"

#include "fuzz_entries.h"
#include "fuzz_run.h"
#include "onnx_writer.h"
#include "sample_models.h"
#include "support.h"

typedef void giver(void *context, const uint8_t *bytes, size_t size);

/* ---- networks and generators ---- */

enum { RANDOM_MODELS = 64, CHOICES = 256 };

/* Choices of models of which most can be run. */
static void give_choices(giver *give, void *context) {
  uint8_t choices[CHOICES];
  for (int i = 0; i < RANDOM_MODELS; i++) {
    random_seed((uint64_t)i + 1000);
    for (int k = 0; k < CHOICES; k++) choices[k] = (uint8_t)random_bits();
    choices[0] = FUZZ_CHOICES;
    give(context, choices, CHOICES);
  }
}

static void give_nodes(giver *give, void *context) {
  for (int i = 0; i < seed_node_count; i++) {
    const uint8_t changes[] = {FUZZ_CHANGES, (uint8_t)i, (uint8_t)(i >> 8), 0, 3 * 8, 1, 3 * 16 + 1}; /* to 255 and to 65536 */
    bool large;
    size_t size;
    void *file = seed_node_file(i, &large, &size);
    give(context, file, size);
    give(context, changes, sizeof changes);
    free(file);
  }
}

static void give_networks(giver *give, void *context) {
  for (int i = 0; i < SAMPLE_COUNT; i++) {
    size_t size;
    void *file = samples[i](&size);
    give(context, file, size);
    free(file);
  }
  give_nodes(give, context);
  give_choices(give, context);
}

static void give_generators(giver *give, void *context) {
  for (int i = 0; i < 3; i++) {
    size_t size;
    void *file = fuzz_run_generator_file(i, &size);
    give(context, file, size);
    free(file);
  }
  give_nodes(give, context);
  give_choices(give, context);
}

/* ---- checkpoints ---- */

static void give_checkpoint(const pl_config *c, giver *give, void *context) {
  static const char note[] = "{\"kind\": \"logit\", \"unit\": 1}";
  size_t size;
  pl_run *r = fuzz_run_of(c);
  REQUIRE(r && pl_run_checkpoint(r, note, sizeof note, NULL, 0, &size) == PL_OK);
  uint8_t *bytes = malloc(size);
  REQUIRE(bytes && pl_run_checkpoint(r, note, sizeof note, bytes, size, &size) == PL_OK);
  give(context, bytes, size);
  free(bytes);
  pl_run_free(r);
}

static void give_checkpoints(giver *give, void *context) {
  for (int i = 0; pl_preset_name(i); i++)
    for (int kind = PL_MACO; kind <= PL_GENERATOR; kind++) {
      pl_config c;
      REQUIRE(pl_preset(pl_preset_name(i), &c, NULL) == PL_OK);
      c.height = c.width = 32;
      c.crops = 2;
      c.images = 1 + (i == 0 && kind != PL_GENERATOR);
      c.parametrization = (pl_parametrization)kind;
      give_checkpoint(&c, give, context);
    }
}

/* ---- texts ---- */

static const char *const magnitudes[] = {
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 3), }                     \n",
    "{'shape':(3,8,5),'fortran_order':False,'descr':\"<f4\"}\n",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1, 2)}\n",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 16384, 16384), }\n",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4294967300, 3), }\n",
};

static void give_magnitudes(giver *give, void *context) {
  enum { NUMBERS = 3 * 8 * 5 };
  uint8_t file[512] = "\x93NUMPY";
  float numbers[NUMBERS];
  for (int i = 0; i < NUMBERS; i++) numbers[i] = (float)(i % 9);
  for (size_t i = 0; i < sizeof magnitudes / sizeof *magnitudes; i++)
    for (uint8_t version = 1; version <= 3; version++) {
      static const size_t counts[] = {3 * 4 * 3, 3 * 8 * 5, 3 * 1 * 2, 8, 3 * 4 * 3};
      const size_t preamble = version == 1 ? 10 : 12, length = strlen(magnitudes[i]), bytes = counts[i] * sizeof *numbers;
      memset(file + 6, 0, 6);
      file[6] = version;
      file[8] = (uint8_t)length;
      memcpy(file + preamble, magnitudes[i], length);
      float *copy = malloc(preamble + length + bytes);
      REQUIRE(copy);
      memcpy(copy, file, preamble + length);
      memcpy((char *)copy + preamble + length, numbers, bytes);
      give(context, (const uint8_t *)copy, preamble + length + bytes);
      free(copy);
    }
}

static const char *const objectives[] = {
    "{\"kind\": \"channel\", \"layer\": \"conv1\", \"unit\": 3}",
    "{\"kind\": \"channel\", \"layer\": \"sum\", \"unit\": 7, \"weight\": -0.5}",
    "{\"kind\": \"channel\", \"layer\": \"pool\", \"unit\": 1, \"mask\": {\"height\": 3, \"width\": 3, \"values\": "
    "[1,0,0,0,1,0,0,0,2]}}",
    "{\"kind\": \"neuron\", \"layer\": \"cat\", \"unit\": 15}",
    "{\"kind\": \"neuron\", \"layer\": \"cat\", \"unit\": 0, \"y\": 7, \"x\": 0}",
    "{\"kind\": \"logit\", \"unit\": 4}",
    "{\"kind\": \"logit\", \"unit\": 4, \"layer\": \"flat\"}",
    "{\"kind\": \"probability\", \"unit\": 2}",
    "{\"kind\": \"layer\", \"layer\": \"relu1\"}",
    "{\"kind\": \"direction\", \"layer\": \"logits\", \"vector\": [1, -1, 0.5, 0, 2]}",
    "{\"kind\": \"cosine\", \"layer\": \"relu1\", \"vector\": [1, -1, 0.5, 0, 2, 1, 1, 1]}",
    "{\"kind\": \"dot-cosine\", \"layer\": \"conv2\", \"vector\": [1, -1, 0.5, 0, 2, 1, 1, 1], \"power\": 3}",
    "{\"kind\": \"distance\", \"layer\": \"relu1\", \"photo\": 1, \"weight\": -1}",
    "{\"kind\": \"diversity\", \"layer\": \"bn1\"}",
    "{\"kind\": \"sum\", \"of\": [{\"kind\": \"logit\", \"unit\": 0}, {\"kind\": \"logit\", \"unit\": 1, \"weight\": -1}]}",
    "{\"kind\": \"product\", \"of\": [{\"kind\": \"logit\", \"unit\": 0}, {\"kind\": \"sum\", \"of\": [{\"kind\": \"layer\", "
    "\"layer\": \"\\u0063onv1\", \"tokens\": \"all\"}], \"weight\": 1e-3}]}",
};

static void give_objectives(giver *give, void *context) {
  for (size_t i = 0; i < sizeof objectives / sizeof *objectives; i++)
    give(context, (const uint8_t *)objectives[i], strlen(objectives[i]));
}

/* ---- options ---- */

typedef struct changes {
  uint8_t bytes[64];
  size_t size;
} changes;

static void change(changes *c, size_t offset, int32_t number) {
  int option = 0, count;
  const fuzz_option *all = fuzz_fields(&count);
  while (option < count && all[option].offset != offset) option++;
  REQUIRE(option < count && c->size + FUZZ_CHANGE <= sizeof c->bytes);
  c->bytes[c->size] = (uint8_t)option;
  memcpy(c->bytes + c->size + 1, &number, sizeof number);
  c->size += FUZZ_CHANGE;
}

static void give_options(giver *give, void *context) {
  for (uint8_t preset = 0; pl_preset_name(preset); preset++) {
    changes many = {{preset}, 1}, large = {{preset}, 1};
    change(&many, offsetof(pl_config, crops), 256);
    change(&many, offsetof(pl_config, images), 4);
    change(&many, offsetof(pl_config, crop_size), 1024);
    change(&large, offsetof(pl_config, height), 4096);
    change(&large, offsetof(pl_config, width), 4095);
    give(context, many.bytes, many.size);
    give(context, large.bytes, large.size);
    for (int kind = PL_MACO; kind <= PL_GENERATOR; kind++)
      for (int resample = PL_ANTIALIASED; resample <= PL_ROI_BICUBIC; resample++) {
        changes c = {{preset}, 1};
        change(&c, offsetof(pl_config, parametrization), kind);
        change(&c, offsetof(pl_config, resample), resample);
        change(&c, offsetof(pl_config, height), 32);
        change(&c, offsetof(pl_config, width), 32);
        change(&c, offsetof(pl_config, transform), resample == PL_ROI_BICUBIC ? PL_WARPS : PL_BOXES);
        change(&c, offsetof(pl_config, penalty_variation), 0x3f800000); /* 1 */
        give(context, c.bytes, c.size);
      }
  }
}

void fuzz_seeds(const char *entry, void (*give)(void *context, const uint8_t *bytes, size_t size), void *context) {
  static const struct {
    const char *entry;
    void (*give_all)(giver *give, void *context);
  } all[] = {{"network", give_networks},     {"generator", give_generators}, {"checkpoint", give_checkpoints},
             {"magnitude", give_magnitudes}, {"objective", give_objectives}, {"options", give_options}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (strcmp(entry, all[i].entry) == 0) all[i].give_all(give, context);
}
