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

/* Whether the first thing that is done to the input is to bring its last dimension before height and width. */
static bool begins_with_transpose(const onnx_model *m, const char *input) {
  static const int64_t to_front[] = {0, 3, 1, 2};
  for (int i = 0; i < m->graph.node_count; i++) {
    const onnx_node *n = &m->graph.nodes[i];
    if (!n->input_count || !n->output_count || strcmp(n->inputs[0], input)) continue;
    if (builder_is_op(n, "Cast")) input = n->outputs[0];
    const onnx_attribute *perm = builder_is_op(n, "Transpose") ? onnx_find(n, "perm") : NULL;
    if (perm && perm->kind == ONNX_ATTRIBUTE_INTS && perm->count == 4 && !memcmp(perm->ints, to_front, sizeof to_front))
      return true;
  }
  return false;
}

/* Which dimension is the channels, where the file leaves it open or where both could be. */
static bool has_channels_last(const onnx_model *m, const onnx_value *v) {
  const bool second = is_channels(v->shape.dim[1]), last = is_channels(v->shape.dim[3]);
  if (second != last) return last;
  return (last || v->shape.dim[3] < 1) && begins_with_transpose(m, v->name);
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

static pl_status set_image(builder *b, const onnx_value *v) {
  graph *g = b->g;
  g->bytes = v->type == ONNX_UINT8;
  g->batch = 0;
  g->channels = 3;
  if (v->shape.rank < 0) return set_image_sizes(b, v, 0, 0);
  if (v->shape.rank != 4)
    return status_fail(PL_UNSUPPORTED_MODEL,
                       "input '%s' has the shape %s; only batch x channels x height x width can be taken, or "
                       "batch x height x width x channels",
                       v->name, shape_text(&v->shape));
  g->channels_last = has_channels_last(g->model, v);
  const int *dim = v->shape.dim, channels = dim[g->channels_last ? 3 : 1], *size = dim + (g->channels_last ? 1 : 2);
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

static bool is_initializer(const builder *b, const char *name) { return b->slot_value[names_find(b->slots, name)] >= 0; }

static pl_status refuse_inputs(const builder *b) {
  char list[200] = "";
  size_t length = 0;
  int count = 0;
  const onnx_graph *g = &b->model->graph;
  for (int i = 0; i < g->input_count; i++) {
    const char *name = g->inputs[i].name;
    if (is_initializer(b, name)) continue;
    if (length < sizeof list) length += (size_t)snprintf(list + length, sizeof list - length, "%s'%s'", count ? ", " : "", name);
    count++;
  }
  if (!count) return status_fail(PL_UNSUPPORTED_MODEL, "the model has no input");
  return status_fail(PL_UNSUPPORTED_MODEL, "the model has %d inputs: %s; only %s can be run", count, list,
                     b->latent ? "generators of one latent" : "models of one image");
}

pl_status build_input(builder *b) {
  const onnx_graph *g = &b->model->graph;
  const onnx_value *input = NULL;
  int open = 0;
  for (int i = 0; i < b->flat.tensor_count; i++) {
    const onnx_tensor *t = b->flat.tensors[i];
    b->slot_value[names_find(b->slots, t->name)] = builder_add_value(b->g, t->name, t, -1);
  }
  for (int i = 0; i < g->input_count; i++)
    if (!is_initializer(b, g->inputs[i].name)) input = &g->inputs[i], open++;
  if (open != 1) return refuse_inputs(b);
  b->g->input = b->slot_value[names_find(b->slots, input->name)] = builder_add_value(b->g, input->name, NULL, -1);
  if (b->latent) return set_latent(b->g, input);
  TRY(check_image_type(input));
  return set_image(b, input);
}
