#include "network/generator.h"

#include <string.h>

#include "network/build/build.h"
#include "network/build/graph_infer.h"
#include "network/generator_range.h"

struct pl_generator {
  onnx_model *onnx;
  graph *graph;
  exec *exec; /* for one latent; its one target is the image */
  pl_generator_info info;
  int channels;                /* of the output: 3 or 1 */
  size_t row, column, channel; /* how far apart they lie in it */
  float *latent;               /* the one that exec went forward with last */
  bool holds;                  /* what its way back needs is still there */
};

static pl_status out_of_memory(void) { return status_no_memory("to load the generator"); }

/* ---- which output ---- */

/* The axis of the channels, or -1: 1 x 3 x height x width, 1 x height x width x 3, or one channel instead of three. */
static int channel_axis(const shape *s) {
  if (s->rank != 4 || s->dim[0] != 1) return -1;
  for (int channels = 3; channels > 0; channels -= 2)
    for (int axis = 1; axis < 4; axis += 2)
      if (s->dim[axis] == channels) return axis;
  return -1;
}

static bool is_made(const graph *g, int v) { return v >= 0 && graph_is_layer(g, v); }

/* The first output that is an image; where there is none, one of which it is not known, so that preparing it tells why. */
static pl_status choose(const graph *g, const tensor_type *types, int *output) {
  const onnx_graph *file = &g->model->graph;
  int unknown = -1;
  for (int i = 0; i < file->output_count; i++) {
    const int v = graph_find(g, file->outputs[i].name);
    if (!is_made(g, v)) continue;
    *output = v;
    if (channel_axis(&types[v].shape) >= 0) return PL_OK;
    if (unknown < 0 && types[v].shape.rank < 0) unknown = v;
  }
  *output = unknown;
  if (unknown >= 0) return PL_OK;
  const bool made = is_made(g, g->output);
  return status_fail(PL_UNSUPPORTED_MODEL,
                     "not a generator: no output is an image of batch x 3 x height x width, or of one channel, "
                     "or with channels last; '%s' is %s",
                     g->values[g->output].name, made ? shape_text(&types[g->output].shape) : "not made of the latent");
}

static pl_status find_output(const graph *g, int *output) {
  graph_types types = {memory_allocate((size_t)g->value_count + 1, sizeof *types.values),
                       memory_allocate((size_t)g->node_count + 1, MAX_INPUTS)};
  bool *none = memory_allocate((size_t)g->value_count + 1, sizeof *none);
  pl_status status = types.values && types.wants && none ? PL_OK : out_of_memory();
  if (!status) status = graph_infer(g, 1, 0, 0, none, &types);
  if (!status) status = choose(g, types.values, output);
  memory_free(types.values);
  memory_free(types.wants);
  memory_free(none);
  return status;
}

/* Where the output's pixels lie. */
static pl_status measure(pl_generator *g) {
  const exec_target output = exec_layer(g->exec, 0);
  const tensor_type *t = &output.type;
  const int channels = channel_axis(&t->shape), rows = channels == 1 ? 2 : 1;
  if (channels < 0 || !exec_dinput(g->exec))
    return status_fail(PL_UNSUPPORTED_MODEL, "not a generator: its output is %s, and no image that a latent decides",
                       shape_text(&t->shape));
  static const int orders[2][4] = {[LAYOUT_PLAIN] = {3, 2, 1, 0}, [LAYOUT_CHANNELS_LAST] = {1, 3, 2, 0}}; /* the nearest first */
  size_t stride[4], next = 1;
  for (int k = 0; k < 4; k++) {
    const int axis = orders[t->layout][k];
    stride[axis] = next;
    next *= (size_t)t->shape.dim[axis];
  }
  g->channels = t->shape.dim[channels];
  g->info.height = t->shape.dim[rows];
  g->info.width = t->shape.dim[rows + 1];
  g->row = stride[rows], g->column = stride[rows + 1], g->channel = stride[channels];
  return PL_OK;
}

/* ---- load ---- */

/* FNV-1a (Fowler, Noll and Vo), 64 bits: not against forgery, but for telling files apart. */
static uint64_t hash(const uint8_t *bytes, size_t size) {
  uint64_t h = 0xcbf29ce484222325u;
  for (size_t i = 0; i < size; i++) h = (h ^ bytes[i]) * 0x100000001b3u;
  return h;
}

/* Of the file and of those beside it, in whatever order they are given. */
static uint64_t hash_files(const void *bytes, size_t size, const onnx_files *files) {
  uint64_t h = hash(bytes, size);
  for (int i = 0; i < files->count; i++) h += hash(files->list[i].bytes, files->list[i].size);
  return h;
}

static pl_status load(pl_generator *g, const void *bytes, size_t size, const onnx_files *files) {
  static const pl_preprocessing none = {.std = {1, 1, 1, 1}};
  int output;
  TRY(onnx_parse(bytes, size, files, &g->onnx));
  TRY(build_graph_of_latent(g->onnx, &g->graph));
  TRY(find_output(g->graph, &output));
  TRY(exec_create(g->graph, &output, 1, &none, true, &g->exec));
  TRY(exec_reshape(g->exec, 1, 0, 0, UINT64_MAX));
  TRY(measure(g));
  const shape *latent = &g->graph->latent;
  g->info.rank = latent->rank;
  memcpy(g->info.shape, latent->dim, sizeof g->info.shape);
  g->info.count = shape_count(latent);
  g->info.id = hash_files(bytes, size, files);
  g->info.range_found = generator_range(g->graph, output, &g->info.low, &g->info.high);
  g->latent = memory_allocate(g->info.count, sizeof *g->latent);
  return g->latent ? PL_OK : out_of_memory();
}

pl_status pl_generator_load(const void *onnx, size_t size, const pl_external_data *external, int external_count,
                            pl_generator **generator) {
  const onnx_files files = {external, external_count, false};
  pl_generator *g = *generator = memory_allocate(1, sizeof *g);
  if (!g) return out_of_memory();
  const pl_status status = load(g, onnx, size, &files);
  if (status) {
    pl_generator_free(g);
    *generator = NULL;
  }
  return status;
}

void pl_generator_free(pl_generator *g) {
  if (!g) return;
  exec_free(g->exec);
  graph_free(g->graph);
  onnx_free(g->onnx);
  memory_free(g->latent);
  memory_free(g);
}

pl_generator_info pl_generator_describe(const pl_generator *g) { return g->info; }

double generator_macs(const pl_generator *g) { return exec_macs(g->exec); }

uint64_t generator_memory(const pl_generator *g) { return exec_memory(g->exec); }

/* ---- there and back ---- */

static pl_status run(pl_generator *g, const float *latent) {
  const size_t bytes = g->info.count * sizeof *latent;
  g->holds = false;
  memcpy(exec_input(g->exec), latent, bytes);
  TRY(exec_forward(g->exec));
  memcpy(g->latent, latent, bytes);
  g->holds = true;
  return PL_OK;
}

/* Where channel c of a pixel lies in the output. */
static size_t place(const pl_generator *g, size_t y, size_t x, size_t c) {
  return y * g->row + x * g->column + (g->channels == 3 ? c * g->channel : 0);
}

pl_status generator_forward(pl_generator *g, const float *latent, float *image) {
  TRY(run(g, latent));
  const float *output = exec_layer(g->exec, 0).data;
  for (size_t y = 0; y < (size_t)g->info.height; y++)
    for (size_t x = 0; x < (size_t)g->info.width; x++)
      for (size_t c = 0; c < 3; c++) *image++ = output[place(g, y, x, c)];
  return PL_OK;
}

pl_status generator_backward(pl_generator *g, const float *latent, const float *dimage, float *dlatent) {
  if (!g->holds || memcmp(g->latent, latent, g->info.count * sizeof *latent)) TRY(run(g, latent));
  float *doutput = exec_layer(g->exec, 0).gradient; /* exec_forward has zeroed it */
  for (size_t y = 0; y < (size_t)g->info.height; y++)
    for (size_t x = 0; x < (size_t)g->info.width; x++)
      for (size_t c = 0; c < 3; c++) doutput[place(g, y, x, c)] += *dimage++;
  g->holds = false; /* the way back destroys what it reads */
  TRY(exec_backward(g->exec));
  memcpy(dlatent, exec_dinput(g->exec), g->info.count * sizeof *dlatent);
  return PL_OK;
}
