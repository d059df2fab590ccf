#include "network/build/feature_axis.h"

#include "network/ops/units.h"

typedef struct finder {
  const graph *graph;
  const tensor_type *types;
  const onnx_tensor *const *known;
  arena *arena;
  spans **spans; /* of each value that is made of the image and has a type; NULL of all others */
} finder;

static pl_status out_of_memory(void) { return status_no_memory("to find the layers' units"); }

static void set_inputs(const finder *f, inference *i, const spans **in) {
  for (int k = 0; k < i->node->input_count; k++) {
    const int v = i->node->inputs[k];
    in[k] = v < 0 ? NULL : f->spans[v];
    if (v < 0) continue;
    i->in[k] = &f->types[v];
    i->constant[k] = f->graph->values[v].constant;
    i->known[k] = f->known[v];
  }
  for (int k = 0; k < i->node->output_count; k++)
    i->out[k] = i->node->outputs[k] < 0 ? (tensor_type){.shape.rank = -1} : f->types[i->node->outputs[k]];
}

/* Only of outputs that shape inference came to: what the class reads has been checked then. */
static pl_status follow(const finder *f, const node *n) {
  inference i = {.graph = f->graph, .node = n, .batch = 1};
  const spans *in[MAX_INPUTS] = {NULL};
  if (!n->op) return PL_OK;
  set_inputs(f, &i, in);
  for (int k = 0; k < n->output_count; k++) {
    const int v = n->outputs[k];
    if (v < 0 || i.out[k].shape.rank < 0 || !shape_count(&i.out[k].shape) || f->graph->values[v].constant) continue;
    spans *out = f->spans[v] = arena_allocate(f->arena, 1, sizeof *out);
    if (!out) return out_of_memory();
    (n->op->units ? n->op->units : units_kept)(&i, in, k, out);
  }
  return PL_OK;
}

static features features_of(const spans *s) {
  features found = {.axis = spans_axis(s)};
  if (s->rank != 3 || found.axis != 2 || s->span[0].size != 1) return found; /* windows stand beside each other as images do */
  found.prefix = spans_whole(s, 1).prefix;
  return found;
}

static pl_status find(finder *f, features *found) {
  const graph *g = f->graph;
  f->spans = arena_allocate(f->arena, (size_t)g->value_count, sizeof *f->spans);
  spans *image = arena_allocate(f->arena, 1, sizeof *image);
  if (!f->spans || !image) return out_of_memory();
  *image = spans_of(&f->types[g->input].shape, g->channels_last ? 3 : 1);
  f->spans[g->input] = image;
  for (int i = 0; i < g->node_count; i++) TRY(follow(f, &g->nodes[i]));
  for (int v = 0; v < g->value_count; v++) found[v] = f->spans[v] ? features_of(f->spans[v]) : (features){0};
  return PL_OK;
}

pl_status feature_axis_find(const graph *g, const tensor_type *types, const onnx_tensor *const *known, features *found) {
  finder f = {.graph = g, .types = types, .known = known, .arena = arena_create()};
  const pl_status status = f.arena ? find(&f, found) : out_of_memory();
  arena_free(f.arena);
  return status;
}

int feature_axis_units(const shape *s, int axis) { return s->rank >= 2 && s->rank <= 4 && axis > 0 ? s->dim[axis] : 0; }
