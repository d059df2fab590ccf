#include "network/exec/fuse.h"

#include <string.h>

#include "network/exec/fuse_patterns.h"

typedef struct fuser {
  const fuse_view *view;
  arena *arena;
  int *uses;   /* per value: how often nodes that stay read it; targets once more */
  bool *stays; /* per node: it runs, or a size that a running node needs is computed from it */
  bool *gone;  /* per node: it does not run, or a pattern takes its place */
  node **made; /* per node of the graph: what takes its place, or NULL */
} fuser;

static pl_status out_of_memory(void) { return status_no_memory("to prepare the network"); }

/* ---- search ---- */

/* From the last node to the first: readers come after what they read. */
static void count_uses(fuser *f) {
  const graph *g = f->view->graph;
  for (int i = 0; i < f->view->target_count; i++) f->uses[f->view->targets[i]]++;
  for (int i = g->node_count - 1; i >= 0; i--) {
    const node *n = &g->nodes[i];
    f->stays[i] = f->view->needed[i];
    for (int k = 0; k < n->output_count; k++) f->stays[i] |= n->outputs[k] >= 0 && f->uses[n->outputs[k]] > 0;
    for (int k = 0; k < n->input_count && f->stays[i]; k++)
      if (n->inputs[k] >= 0) f->uses[n->inputs[k]]++;
  }
}

/* Whether the result has the shape of what it is made of: a number of many dimensions may have changed it. */
static bool keeps_shape(const pattern_match *m, int last) {
  return shape_equal(&m->types[m->input].shape, &m->types[last].shape);
}

/* Whether nothing outside the pattern looks at what its nodes but the last make. */
static bool is_closed(const fuser *f, const pattern_match *m, int last) {
  for (int i = 0; i < m->node_count; i++) {
    const int value = m->graph->nodes[m->nodes[i]].outputs[0];
    int inside = 0;
    for (int j = 0; j < m->node_count; j++)
      for (int k = 0; k < m->graph->nodes[m->nodes[j]].input_count; k++)
        inside += m->graph->nodes[m->nodes[j]].inputs[k] == value;
    if (value != last && inside != f->uses[value]) return false;
  }
  return true;
}

static bool find_pattern(const fuser *f, const node *n, pattern_match *m) {
  static const struct {
    const char *type;
    bool (*find)(pattern_match *m, int last);
  } patterns[] = {
#define X(last, name) {#last, pattern_##name},
      FUSE_PATTERNS(X)
#undef X
  };
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
    if (!n->op || strcmp(n->op->type, patterns[i].type) || n->output_count != 1) continue;
    *m = (pattern_match){.graph = f->view->graph, .types = f->view->types, .gone = f->gone};
    const int last = n->outputs[0];
    if (patterns[i].find(m, last) && keeps_shape(m, last) && is_closed(f, m, last)) return true;
  }
  return false;
}

/* ---- rewriting ---- */

/* The node that stands for a pattern: named after the last of its nodes, whose place it takes. */
static node *make_node(const fuser *f, const pattern_match *m, const node *last) {
  node *n = arena_allocate(f->arena, 1, sizeof *n);
  onnx_node *source = arena_allocate(f->arena, 1, sizeof *source);
  onnx_attribute *attributes = arena_allocate(f->arena, 1, sizeof m->attributes);
  int *input = arena_allocate(f->arena, 1, sizeof *input);
  if (!n || !source || !attributes || !input) return NULL;
  memcpy(attributes, m->attributes, sizeof m->attributes);
  *input = m->input;
  *source = (onnx_node){.name = last->source->name,
                        .op = m->class->type,
                        .domain = "",
                        .output_count = 1,
                        .outputs = last->source->outputs,
                        .attribute_count = m->attribute_count,
                        .attributes = attributes};
  *n = (node){m->class, source, last->name, 1, 1, input, last->outputs};
  return n;
}

/* From the last node to the first, so that the longest of several patterns is found. */
static pl_status find_all(fuser *f) {
  const graph *g = f->view->graph;
  for (int i = g->node_count - 1; i >= 0; i--) {
    pattern_match m;
    if (f->gone[i] || !find_pattern(f, &g->nodes[i], &m)) continue;
    for (int k = 0; k < m.node_count; k++) f->gone[m.nodes[k]] = true;
    f->made[i] = make_node(f, &m, &g->nodes[i]);
    if (!f->made[i]) return out_of_memory();
  }
  return PL_OK;
}

pl_status fuse_graph(const fuse_view *v, arena *a, graph *fused) {
  const graph *g = v->graph;
  const size_t values = (size_t)g->value_count, nodes = (size_t)g->node_count;
  fuser f = {v,
             a,
             arena_allocate(a, values, sizeof *f.uses),
             arena_allocate(a, nodes, 1),
             arena_allocate(a, nodes, 1),
             arena_allocate(a, nodes, sizeof *f.made)};
  *fused = *g;
  fused->nodes = arena_allocate(a, nodes, sizeof *fused->nodes);
  fused->node_count = 0;
  if (!f.uses || !f.stays || !f.gone || !f.made || !fused->nodes) return out_of_memory();
  for (int i = 0; i < g->node_count; i++) f.gone[i] = !v->needed[i];
  count_uses(&f);
  TRY(find_all(&f));
  for (int i = 0; i < g->node_count; i++) {
    if (f.made[i]) fused->nodes[fused->node_count++] = *f.made[i];
    else if (f.stays[i] && (!f.gone[i] || !v->needed[i])) fused->nodes[fused->node_count++] = g->nodes[i];
  }
  return PL_OK;
}
