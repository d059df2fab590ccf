#include "network/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "network/build/build.h"
#include "network/build/graph_infer.h"
#include "network/build/graph_needed.h"
#include "network/graph/names.h"
#include "network/hint.h"
#include "network/input_size.h"

enum { MAX_SIDE = 4096 };

static pl_status out_of_memory(void) { return status_no_memory("to load the model"); }

static pl_status check_preprocessing(const pl_preprocessing *p, int channels) {
  for (int c = 0; c < channels; c++)
    if (!isfinite(p->mean[c]) || !isfinite(p->std[c]) || !(p->std[c] > 0))
      return status_fail(PL_INVALID_ARGUMENT, "preprocessing of channel %d: mean %g and std %g, but std must be above 0", c,
                         (double)p->mean[c], (double)p->std[c]);
  return PL_OK;
}

static bool is_side(int side) { return side >= 1 && side <= MAX_SIDE; }

static pl_status check_size(const pl_model_options *o) {
  if ((!o->height && !o->width) || (is_side(o->height) && is_side(o->width))) return PL_OK;
  return status_fail(PL_INVALID_ARGUMENT, "an input of %dx%d: sides must be from 1 to %d", o->height, o->width, MAX_SIDE);
}

/* Values that nodes make out of the image, in the order of computation. */
static pl_status list_layers(pl_model *m) {
  const graph *g = m->graph;
  m->layers = memory_allocate((size_t)g->value_count + 1, sizeof *m->layers);
  if (!m->layers) return out_of_memory();
  for (int i = 0; i < g->node_count; i++)
    for (int k = 0; k < g->nodes[i].output_count; k++) {
      const int output = g->nodes[i].outputs[k];
      if (output >= 0 && graph_is_layer(g, output)) m->layers[m->layer_count++] = output;
    }
  if (!m->layer_count) return status_fail(PL_UNSUPPORTED_MODEL, "nothing in this model depends on its input image");
  return PL_OK;
}

/* The value that the index-th name of the graph is another name of; -1 where it is that value's own. */
static int alias_at(const graph *g, int index, const char **name) {
  int v;
  *name = names_at(g->names, index, &v);
  return strcmp(g->values[v].name, *name) ? v : -1;
}

/* All other names, those of a value together: the values' own parts of the list begin at alias_start. */
static pl_status list_aliases(pl_model *m) {
  const graph *g = m->graph;
  const int count = names_count(g->names);
  const char *name;
  m->alias_start = memory_allocate((size_t)g->value_count + 2, sizeof *m->alias_start);
  m->aliases = memory_allocate((size_t)count + 1, sizeof *m->aliases);
  if (!m->alias_start || !m->aliases) return out_of_memory();
  int *next = m->alias_start + 1; /* becomes the start of the values after, one by one */
  for (int i = 0, v; i < count; i++)
    if ((v = alias_at(g, i, &name)) >= 0) next[v + 1]++;
  for (int v = 0; v < g->value_count; v++) next[v + 1] += next[v];
  for (int i = 0, v; i < count; i++)
    if ((v = alias_at(g, i, &name)) >= 0) m->aliases[next[v]++] = name;
  return PL_OK;
}

/* Nothing must succeed: layers that cannot run are listed. */
static pl_status infer_in(pl_model *m, arena *a) {
  const graph *g = m->graph;
  const bool *none = arena_allocate(a, (size_t)g->value_count, sizeof *none);
  const onnx_tensor **known = arena_allocate(a, (size_t)g->value_count, sizeof *known);
  if (!none || !known) return out_of_memory();
  TRY(graph_infer_known(g, 1, g->height, g->width, none, &(graph_types){m->types, m->wants}, a, known));
  return feature_axis_find(g, m->types, known, m->features);
}

static pl_status infer_all(pl_model *m) {
  arena *a = arena_create();
  const pl_status status = a ? infer_in(m, a) : out_of_memory();
  arena_free(a);
  return status;
}

/* The graph is built for its size; where the file leaves it open and the usual one does not fit, again for one that does. */
static pl_status make_graph(pl_model *m, image_size asked) {
  image_size found;
  TRY(build_graph(m->onnx, asked, &m->graph));
  if (asked.height || !(m->graph->open_height || m->graph->open_width)) return PL_OK;
  TRY(input_size_find(m->graph, &found));
  if (!found.height || (found.height == m->graph->height && found.width == m->graph->width)) return PL_OK;
  graph_free(m->graph);
  m->graph = NULL;
  return build_graph(m->onnx, found, &m->graph);
}

static pl_status load(pl_model *m, const void *bytes, size_t size, const pl_model_options *options) {
  TRY(check_size(options));
  const onnx_files files = {options->external, options->external_count, false};
  TRY(onnx_parse(bytes, size, &files, &m->onnx));
  TRY(make_graph(m, (image_size){options->height, options->width}));
  const graph *g = m->graph;
  TRY(hint_find(g, &m->hint));
  m->preprocessing = options->preprocessing ? *options->preprocessing : m->hint.preprocessing;
  TRY(check_preprocessing(&m->preprocessing, g->channels));
  m->workers = options->workers > 1 ? options->workers : 1;
  m->types = memory_allocate((size_t)g->value_count + 1, sizeof *m->types);
  m->wants = memory_allocate((size_t)g->node_count + 1, MAX_INPUTS * sizeof *m->wants);
  m->features = memory_allocate((size_t)g->value_count + 1, sizeof *m->features);
  if (!m->types || !m->wants || !m->features) return out_of_memory();
  TRY(infer_all(m));
  TRY(list_layers(m));
  return list_aliases(m);
}

pl_status pl_model_load(const void *onnx, size_t size, const pl_model_options *options, pl_model **model) {
  static const pl_model_options as_it_is = {0};
  pl_model *m = *model = memory_allocate(1, sizeof *m);
  if (!m) return out_of_memory();
  const pl_status status = load(m, onnx, size, options ? options : &as_it_is);
  if (status) {
    pl_model_free(m);
    *model = NULL;
  }
  return status;
}

void pl_model_free(pl_model *m) {
  if (!m) return;
  exec_free(m->spare);
  memory_free(m->spare_targets);
  memory_free(m->layers);
  memory_free(m->aliases);
  memory_free(m->alias_start);
  memory_free(m->types);
  memory_free(m->wants);
  memory_free(m->features);
  graph_free(m->graph);
  onnx_free(m->onnx);
  memory_free(m);
}

void pl_model_input(const pl_model *m, int *channels, int *height, int *width) {
  *channels = m->graph->channels;
  *height = m->graph->height;
  *width = m->graph->width;
}

bool pl_model_input_is_open(const pl_model *m) { return m->graph->open_height || m->graph->open_width; }

pl_preprocessing_hint pl_model_preprocessing_hint(const pl_model *m) { return m->hint; }

/* Sizes that do not fit may end up in the batch ("-1 x 25088"): the layer then is not this image's alone. */
pl_status model_check_layer(const pl_model *m, int layer, const shape *s) {
  const shape *own = &m->types[layer].shape;
  if (s->rank >= 0 && !shape_count(s))
    return status_fail(PL_UNSUPPORTED_MODEL, "layer '%s' is empty: %s", m->graph->values[layer].name, shape_text(s));
  if (own->rank < 1 || own->dim[0] != 1 || (s->rank == own->rank && s->dim[0] == 1)) return PL_OK;
  return status_fail(PL_UNSUPPORTED_MODEL, "layer '%s' becomes %s for images of this size, which is %s for those of %dx%d",
                     m->graph->values[layer].name, shape_text(s), shape_text(own), m->graph->height, m->graph->width);
}

typedef struct scratch {
  bool *values, *nodes;
  graph_types types;
} scratch;

static pl_status infer_layer(const pl_model *m, int layer, int height, int width, const scratch *s) {
  graph_types types = s->types;
  if (!s->values || !s->nodes || !types.values || !types.wants) return out_of_memory();
  TRY(graph_needed(m->graph, &layer, 1, s->values, s->nodes));
  TRY(graph_infer(m->graph, 1, height, width, s->values, &types));
  return model_check_layer(m, layer, &types.values[layer].shape);
}

pl_status model_explain_size(const pl_model *m, pl_status status, int height, int width) {
  const graph *g = m->graph;
  char why[400], list[160];
  input_sizes sizes;
  if ((status != PL_UNSUPPORTED_MODEL && status != PL_INVALID_MODEL) || (height == g->height && width == g->width)) return status;
  snprintf(why, sizeof why, "%s", pl_error_message());
  size_t length = (size_t)snprintf(list, sizeof list, "%dx%d", g->height, g->width);
  if (input_size_list(g, &sizes)) sizes.count = 0;
  for (int i = 0; i < sizes.count && length < sizeof list; i++)
    if (sizes.size[i].height != g->height || sizes.size[i].width != g->width)
      length += (size_t)snprintf(list + length, sizeof list - length, ", %dx%d", sizes.size[i].height, sizes.size[i].width);
  return status_fail(status, "%s; sizes that this model takes: %s", why, list);
}

pl_status pl_model_accepts(const pl_model *m, int height, int width, const char *layer) {
  const graph *g = m->graph;
  const size_t values = (size_t)g->value_count + 1, nodes = (size_t)g->node_count + 1;
  int target = g->logits;
  if (!is_side(height) || !is_side(width))
    return status_fail(PL_INVALID_ARGUMENT, "an input of %dx%d: sides must be from 1 to %d", height, width, MAX_SIDE);
  if (layer) TRY(graph_find_layer(g, layer, &target));
  const scratch s = {memory_allocate(values, sizeof *s.values),
                     memory_allocate(nodes, sizeof *s.nodes),
                     {memory_allocate(values, sizeof *s.types.values), memory_allocate(nodes, MAX_INPUTS)}};
  const pl_status status = infer_layer(m, target, height, width, &s);
  memory_free(s.values);
  memory_free(s.nodes);
  memory_free(s.types.values);
  memory_free(s.types.wants);
  return model_explain_size(m, status, height, width);
}

int pl_model_layer_count(const pl_model *m) { return m->layer_count; }

/* The one value that a clamp is made of, where it is a layer. */
static const char *unclamped(const graph *g, int producer) {
  const node *n = &g->nodes[producer];
  int found = -1;
  if (!n->op || !n->op->as_clamp) return NULL;
  for (int k = 0; k < n->input_count; k++) {
    if (n->inputs[k] < 0 || g->values[n->inputs[k]].constant) continue;
    if (found >= 0) return NULL;
    found = n->inputs[k];
  }
  return found >= 0 && g->values[found].producer >= 0 ? g->values[found].name : NULL;
}

pl_layer pl_model_layer(const pl_model *m, int index) {
  const value *v = &m->graph->values[m->layers[index]];
  const shape *s = &m->types[m->layers[index]].shape;
  pl_layer layer = {.name = v->name, .kind = m->graph->nodes[v->producer].source->op, .runs = s->rank >= 0 && shape_count(s)};
  layer.block = m->graph->nodes[v->producer].source->block;
  layer.unclamped = unclamped(m->graph, v->producer);
  layer.aliases = m->aliases + m->alias_start[m->layers[index]];
  layer.alias_count = m->alias_start[m->layers[index] + 1] - m->alias_start[m->layers[index]];
  layer.rank = s->rank > 0 ? s->rank : 0;
  memcpy(layer.shape, s->dim, sizeof layer.shape);
  const features *f = &m->features[m->layers[index]];
  layer.unit_axis = f->axis;
  layer.units = feature_axis_units(s, f->axis);
  layer.prefix_tokens = f->prefix;
  return layer;
}

int pl_model_logits(const pl_model *m) {
  for (int i = 0; i < m->layer_count; i++)
    if (m->layers[i] == m->graph->logits) return i;
  return -1;
}

static bool is_among(const int *targets, int count, int value) {
  for (int i = 0; i < count; i++)
    if (targets[i] == value) return true;
  return false;
}

/* The last layer on the way to the targets that runs and has units, or -1. */
static int last_layer(const pl_model *m, const int *targets, int count) {
  const graph *g = m->graph;
  bool *before = memory_allocate((size_t)g->value_count + 1, sizeof *before);
  int found = -1;
  for (int i = 0; i < count && before; i++) before[targets[i]] = true;
  for (int i = g->node_count - 1; i >= 0 && before && found < 0; i--) {
    const node *n = &g->nodes[i];
    bool needed = false;
    for (int k = n->output_count - 1; k >= 0; k--) {
      const int v = n->outputs[k];
      if (v < 0 || !before[v]) continue;
      needed = true;
      if (graph_is_layer(g, v) && !is_among(targets, count, v) && feature_axis_units(&m->types[v].shape, m->features[v].axis))
        found = v;
    }
    for (int k = 0; k < n->input_count && needed; k++)
      if (n->inputs[k] >= 0) before[n->inputs[k]] = true;
  }
  memory_free(before);
  return found;
}

static pl_status create_exec(pl_model *m, const int *targets, int count, bool backward, exec **e) {
  const pl_status status = exec_create(m->graph, targets, count, &m->preprocessing, backward, e);
  if (status == PL_OK || status == PL_OUT_OF_MEMORY) return status;
  const int last = last_layer(m, targets, count);
  if (last >= 0) status_add_last_layer(m->graph->values[last].name);
  return status;
}

pl_status model_take_exec(pl_model *m, const int *targets, int count, bool backward, exec **e) {
  if (m->spare && m->spare_backward == backward && m->spare_count == count &&
      memcmp(m->spare_targets, targets, (size_t)count * sizeof *targets) == 0) {
    *e = m->spare;
    m->spare = NULL;
    exec_set_preprocessing(*e, &m->preprocessing);
    exec_set_redirect(*e, false);
    return PL_OK;
  }
  exec_free(m->spare); /* two sets of packed weights are not held where one will do */
  m->spare = NULL;
  return create_exec(m, targets, count, backward, e);
}

void model_return_exec(pl_model *m, exec *e, const int *targets, int count, bool backward) {
  int *copy = memory_allocate((size_t)count + 1, sizeof *copy);
  if (!e || !copy || !exec_is_ready(e)) { /* nothing stays of what was refused */
    memory_free(copy);
    exec_free(e);
    return;
  }
  memcpy(copy, targets, (size_t)count * sizeof *targets);
  exec_free(m->spare);
  memory_free(m->spare_targets);
  m->spare = e;
  m->spare_targets = copy;
  m->spare_count = count;
  m->spare_backward = backward;
}
