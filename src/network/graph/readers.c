#include "network/graph/readers.h"

pl_status readers_create(const graph *g, bool *nodes, readers *r) {
  *r = (readers){g, nodes, memory_allocate((size_t)g->value_count + 1, sizeof *r->count),
                 memory_allocate((size_t)g->value_count + 1, sizeof *r->sum)};
  if (!r->count || !r->sum) {
    readers_free(r);
    return status_no_memory("to prepare the network");
  }
  for (int i = 0; i < g->node_count; i++)
    for (int k = 0; k < g->nodes[i].input_count && nodes[i]; k++) {
      const int v = g->nodes[i].inputs[k];
      if (v < 0) continue;
      r->count[v]++;
      r->sum[v] += (size_t)i;
    }
  return PL_OK;
}

void readers_free(readers *r) {
  memory_free(r->count);
  memory_free(r->sum);
  *r = (readers){0};
}

int readers_only(const readers *r, int value) { return r->count[value] == 1 ? (int)r->sum[value] : -1; }

void readers_remove(readers *r, int node) {
  const struct node *n = &r->graph->nodes[node];
  if (!r->nodes[node]) return;
  r->nodes[node] = false;
  for (int k = 0; k < n->input_count; k++) {
    if (n->inputs[k] < 0) continue;
    r->count[n->inputs[k]]--;
    r->sum[n->inputs[k]] -= (size_t)node;
  }
}
