/* Files that are not in the repository: of models/make.py, and of the folder $PHASELENS_SHARED. They are whole, and damaged they
 * are survived. */
#include "fuzz_entries.h"
#include "network/build/build.h"
#include "network/build/graph_infer.h"
#include "network/ops/ops.h"
#include "support.h"

enum { MUTATIONS = 250, HEAD = 64 << 10 };

typedef struct real_model {
  const char *file;
  bool shared;
  int batch, height, nodes, known; /* how many of the nodes must be inferred at least */
  const char *logits;
} real_model;

static int inferred_nodes(const graph *g, const tensor_type *values) {
  int known = 0;
  for (int n = 0; n < g->node_count; n++) known += values[g->nodes[n].outputs[0]].shape.rank >= 0;
  return known;
}

static void is_whole(const real_model *m, const uint8_t *file, size_t size) {
  onnx_model *onnx;
  graph *g;
  REQUIRE(onnx_parse(file, size, NULL, &onnx) == PL_OK);
  REQUIRE(build_graph(onnx, (image_size){0}, &g) == PL_OK);
  CHECK_INT(g->node_count, m->nodes);
  CHECK_TEXT(g->values[g->logits].name, m->logits);
  CHECK_INT(g->batch, m->batch);
  CHECK_INT(g->height, m->height);
  graph_types types = {.values = calloc((size_t)g->value_count, sizeof *types.values),
                       .wants = calloc((size_t)g->node_count + 1, MAX_INPUTS)};
  bool *needed = calloc((size_t)g->value_count, sizeof *needed);
  CHECK_INT(graph_infer(g, 2, 224, 224, needed, &types), PL_OK);
  CHECK(inferred_nodes(g, types.values) >= m->known);
  free(types.values), free(types.wants), free(needed);
  graph_free(g);
  onnx_free(onnx);
}

/* In its first part, where the nodes are; what is changed in place is put back. */
static void damage_is_survived(uint8_t *file, size_t size) {
  static uint8_t head[HEAD];
  const size_t part = size < HEAD ? size : HEAD;
  memcpy(head, file, part);
  for (int i = 0; i < MUTATIONS; i++) {
    for (uint32_t count = 1 + random_bits() % 8; count; count--) file[random_bits() % part] ^= (uint8_t)(1u << random_bits() % 8);
    fuzz_network(file, random_bits() % 10 ? size : random_bits() % size);
    memcpy(file, head, part);
  }
}

int main(void) {
  static const real_model models[] = {
      {"models/generated/efficientnet-lite0.onnx", false, 0, 224, 94, 94, "logits"},
      {"models/squeezenet1.1.onnx", true, 1, 224, 65, 65, "logits"},
      {"models/mobilenetv2_1.0_224.onnx", true, 1, 224, 100, 100, "logits"},
      {"models/resnet18_to_layer3.onnx", true, 1, 224, 35, 35, "layer3"},
      {"models/vit_tiny_patch16_224.onnx", true, 1, 224, 356, 3, "logits"},
  };
  for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
    size_t size;
    uint8_t *file = (models[i].shared ? test_shared_file : test_file)(models[i].file, &size);
    if (!file) {
      test_skip("no %s", models[i].file);
      continue;
    }
    random_seed(i + 200);
    is_whole(&models[i], file, size);
    damage_is_survived(file, size);
    free(file);
  }
  return test_result();
}
