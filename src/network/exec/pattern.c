#include "network/exec/pattern.h"

#include <string.h>

const node *pattern_maker(const pattern_match *m, int value, const char *type) {
  const int maker = value < 0 ? -1 : m->graph->values[value].producer;
  if (maker < 0 || m->gone[maker]) return NULL;
  const node *n = &m->graph->nodes[maker];
  return n->op && n->output_count == 1 && (!type || !strcmp(n->op->type, type)) ? n : NULL;
}

bool pattern_take(pattern_match *m, const node *n) {
  const int index = (int)(n - m->graph->nodes);
  for (int i = 0; i < m->node_count; i++)
    if (m->nodes[i] == index) return true;
  if (m->node_count == PATTERN_NODES) return false;
  m->nodes[m->node_count++] = index;
  return true;
}

bool pattern_number(const pattern_match *m, int value, double *number) {
  const onnx_tensor *t = value < 0 ? NULL : m->graph->values[value].constant;
  float x;
  if (!t || t->count != 1) return false;
  onnx_floats(t, &x);
  *number = (double)x;
  return true;
}
