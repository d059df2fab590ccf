/* What the network is fed: the image, or a generator's latent; and the file's constants. */
#include <stdio.h>
#include <string.h>

#include "network/build/builder.h"

/* ---- the image ---- */

enum { DEFAULT_SIDE = 224 };

static pl_status check_image_type(const onnx_value *v) {
  if (!v->type || fold_is_float(v->type) || v->type == ONNX_UINT8) return PL_OK;
  return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' takes integers; only images of floats or of bytes (uint8) can be taken",
                     v->name);
}

static bool is_channels(int size) { return size == 1 || size == 3 || size == 4; }

static bool reads(const onnx_node *n, const char *name) {
  for (int k = 0; k < n->input_count; k++)
    if (!strcmp(n->inputs[k], name)) return true;
  return false;
}

/* What may be done to pixels wherever their channels are. */
static bool is_pixelwise(const onnx_node *n) {
  static const char *const types[] = {"Cast", "Identity", "Add", "Sub", "Mul", "Div", "Clip"};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (builder_is_op(n, types[i])) return true;
  return false;
}

/* Whether a Transpose brings the last dimension before height and width, with or without a batch before them. */
static bool brings_to_front(const onnx_node *n) {
  static const int64_t to_front[] = {0, 3, 1, 2}, without_batch[] = {2, 0, 1};
  const onnx_attribute *perm = builder_is_op(n, "Transpose") ? onnx_find(n, "perm") : NULL;
  if (!perm || perm->kind != ONNX_ATTRIBUTE_INTS) return false;
  return (perm->count == 4 && !memcmp(perm->ints, to_front, sizeof to_front)) ||
         (perm->count == 3 && !memcmp(perm->ints, without_batch, sizeof without_batch));
}

/* Whether the first thing that is done to the input, arithmetic apart, is to bring its last dimension before height and width. */
static bool begins_with_transpose(const onnx_model *m, const char *input) {
  for (int i = 0; i < m->graph.node_count; i++) {
    const onnx_node *n = &m->graph.nodes[i];
    if (!n->output_count || !reads(n, input)) continue;
    if (brings_to_front(n)) return true;
    if (is_pixelwise(n)) input = n->outputs[0];
  }
  return false;
}

/* Which dimension is the channels, where the file leaves it open or where both could be. */
static bool has_channels_last(const onnx_model *m, const char *name, const shape *s) {
  const bool second = is_channels(s->dim[1]), last = is_channels(s->dim[3]);
  if (second != last) return last;
  return (last || s->dim[3] < 1) && begins_with_transpose(m, name);
}

/* 0 stands for a size that the file leaves open. */
static pl_status set_image_sizes(builder *b, const onnx_value *v, int height, int width) {
  graph *g = b->g;
  g->open_height = height < 1;
  g->open_width = width < 1;
  g->height = height > 0 ? height : b->size.height ? b->size.height : DEFAULT_SIDE;
  g->width = width > 0 ? width : b->size.width ? b->size.width : DEFAULT_SIDE;
  if (b->size.height && (g->height != b->size.height || g->width != b->size.width))
    return status_fail(PL_INVALID_ARGUMENT, "input '%s' has the shape %s, so that images of %dx%d cannot be taken", v->name,
                       shape_text(&v->shape), b->size.height, b->size.width);
  return PL_OK;
}

static shape with_batch(const shape *s) {
  shape with = {4, {1}};
  if (s->rank == 4) return *s;
  memcpy(with.dim + 1, s->dim, 3 * sizeof *s->dim);
  return with;
}

static pl_status set_image(builder *b, const onnx_value *v) {
  graph *g = b->g;
  g->bytes = v->type == ONNX_UINT8;
  g->batch = 0;
  g->channels = 3;
  if (v->shape.rank < 0) return set_image_sizes(b, v, 0, 0);
  if (v->shape.rank != 4 && v->shape.rank != 3)
    return status_fail(PL_UNSUPPORTED_MODEL,
                       "input '%s' has the shape %s; only batch x channels x height x width can be taken, or "
                       "batch x height x width x channels, or these without a batch",
                       v->name, shape_text(&v->shape));
  const shape s = with_batch(&v->shape);
  g->channels_last = has_channels_last(g->model, v->name, &s);
  const int *dim = s.dim, channels = dim[g->channels_last ? 3 : 1], *size = dim + (g->channels_last ? 1 : 2);
  if (channels > 0 && !is_channels(channels))
    return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' has the shape %s; its %d channels are not an image's", v->name,
                       shape_text(&v->shape), channels);
  if (size[0] > 4096 || size[1] > 4096)
    return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' has the shape %s; images may be 4096 high and wide", v->name,
                       shape_text(&v->shape));
  if (dim[0] > 0) g->batch = dim[0];
  if (channels > 0) g->channels = channels;
  return set_image_sizes(b, v, size[0], size[1]);
}

/* ---- the latent ---- */

enum { MAX_LATENT = 1 << 24 };

/* The batch may be open; all else decides how many numbers a latent has. */
static pl_status set_latent(graph *g, const onnx_value *v) {
  if (v->type && !fold_is_float(v->type))
    return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' takes integers; a generator's latent must be of floats", v->name);
  if (v->shape.rank < 2)
    return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' of the generator has %s; a latent is of a fixed shape, batch x ...",
                       v->name, v->shape.rank < 0 ? "no shape" : "fewer than two dimensions");
  size_t count;
  shape s = v->shape;
  if (s.dim[0] < 1) s.dim[0] = 1;
  bool fixed = s.dim[0] == 1;
  for (int i = 1; i < s.rank; i++) fixed &= s.dim[i] > 0;
  if (!fixed)
    return status_fail(PL_UNSUPPORTED_MODEL,
                       "input '%s' of the generator has the shape %s; export it with a batch of 1, or an open "
                       "one, and all other sizes fixed",
                       v->name, shape_text(&v->shape));
  if (!shape_elements(&s, &count) || count > MAX_LATENT)
    return status_fail(PL_UNSUPPORTED_MODEL, "input '%s' of the generator has the shape %s; a latent may have %d numbers",
                       v->name, shape_text(&v->shape), MAX_LATENT);
  g->latent = s;
  return PL_OK;
}

/* ---- the whole ---- */

/* The slot of an input that is no constant of the file, else -1. */
static int open_slot(const builder *b, const onnx_value *v) {
  const int slot = builder_find(b, 0, v->name);
  return b->slots[slot].value < 0 ? slot : -1;
}

/* Whether the input counts: training leaves some behind that nothing reads. `all`: those count too. */
static bool counts(const builder *b, const onnx_value *v, bool all) {
  const int slot = open_slot(b, v);
  return slot >= 0 && (all || b->slots[slot].read);
}

static int count_inputs(const builder *b, bool all, const onnx_value **last) {
  const onnx_graph *g = &b->model->graph;
  int count = 0;
  for (int i = 0; i < g->input_count; i++)
    if (counts(b, &g->inputs[i], all)) *last = &g->inputs[i], count++;
  return count;
}

static pl_status refuse_inputs(const builder *b, int count, bool all) {
  char list[200] = "";
  size_t length = 0;
  const onnx_graph *g = &b->model->graph;
  for (int i = 0; i < g->input_count; i++)
    if (counts(b, &g->inputs[i], all) && length < sizeof list)
      length += (size_t)snprintf(list + length, sizeof list - length, "%s'%s'", length ? ", " : "", g->inputs[i].name);
  if (!count) return status_fail(PL_UNSUPPORTED_MODEL, "the model has no input");
  return status_fail(PL_UNSUPPORTED_MODEL, "the model has %d inputs: %s; only %s can be run", count, list,
                     b->latent ? "generators of one latent" : "models of one image");
}

/* The file's constants. Those that nothing here can read have a value too, which is refused where a layer needs it. */
static pl_status add_constants(builder *b) {
  for (int i = 0; i < b->flat.tensor_count; i++) {
    const flat_tensor *f = &b->flat.tensors[i];
    const int slot = names_find(b->scopes[f->scope], f->tensor->name);
    const int v = b->slots[slot].value < 0 ? builder_add_value(b, slot, NULL, -1) : b->slots[slot].value;
    if (v < 0) return builder_no_memory();
    b->g->values[v].unreadable = f->tensor->unreadable;
    b->g->values[v].constant = f->tensor->unreadable ? NULL : f->tensor;
  }
  return PL_OK;
}

/* A network for one image without a batch is fed a batch of one, which a node takes away. */
static pl_status drop_batch(builder *b, int slot) {
  static const int64_t first[] = {0};
  static const char *const ends[] = {"image", "image without its batch"};
  static const onnx_attribute axes = {
      .name = "axes", .reference = "", .kind = ONNX_ATTRIBUTE_INTS, .s = "", .count = 1, .ints = first};
  static const onnx_node squeeze = {.name = "image without its batch",
                                    .op = "Squeeze",
                                    .domain = "",
                                    .overload = "",
                                    .block = "",
                                    .input_count = 1,
                                    .output_count = 1,
                                    .attribute_count = 1,
                                    .inputs = ends,
                                    .outputs = ends + 1,
                                    .attributes = &axes};
  graph *g = b->g;
  int *both = arena_allocate(g->arena, 2, sizeof *both);
  if (!both) return builder_no_memory();
  g->input = g->value_count;
  g->values[g->value_count++] = (value){.name = b->slots[slot].name, .producer = -1, .of_image = true};
  both[0] = g->input;
  both[1] = g->unbatched = builder_add_value(b, slot, NULL, g->node_count);
  if (both[1] < 0) return builder_no_memory();
  g->values[both[1]].of_image = true;
  g->nodes[g->node_count++] = (node){ops_find("Squeeze"), &squeeze, squeeze.name, 1, 1, both, both + 1};
  return PL_OK;
}

pl_status build_input(builder *b) {
  const onnx_value *input = NULL;
  TRY(add_constants(b));
  const bool all = count_inputs(b, false, &input) == 0;
  const int count = count_inputs(b, all, &input);
  if (count != 1) return refuse_inputs(b, count, all);
  const int slot = open_slot(b, input);
  b->g->unbatched = -1;
  if (!b->latent) {
    TRY(check_image_type(input));
    TRY(set_image(b, input));
    if (input->shape.rank == 3) return drop_batch(b, slot);
  }
  b->g->input = builder_add_value(b, slot, NULL, -1);
  if (b->g->input < 0) return builder_no_memory();
  b->g->values[b->g->input].of_image = true;
  return b->latent ? set_latent(b->g, input) : PL_OK;
}
