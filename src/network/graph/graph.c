#include "network/graph/graph.h"

#include <ctype.h>
#include <string.h>

#include "network/graph/names.h"

void graph_free(graph *g) {
  if (g) arena_free(g->arena);
}

int graph_find(const graph *g, const char *name) { return names_find(g->names, name); }

bool graph_is_layer(const graph *g, int value) {
  const struct value *v = &g->values[value];
  return v->of_image && v->producer >= 0 && value != g->unbatched;
}

enum { LONGEST_PLAIN_NAME = 200 };

/* Copies the name, as far as it fits, in lower case and with a dot for whatever separates its parts: exporters differ in these. */
static const char *plain_name(const char *name, char plain[LONGEST_PLAIN_NAME + 1]) {
  size_t i = 0;
  for (; name[i] && i < LONGEST_PLAIN_NAME; i++) plain[i] = strchr("/:_", name[i]) ? '.' : (char)tolower((unsigned char)name[i]);
  plain[i] = 0;
  return plain;
}

/* The first layer that has this text in its name, as exporters put a module's name into longer ones; else the last layer, or
 * NULL. */
static const char *similar_layer(const graph *g, const char *text) {
  char wanted[LONGEST_PLAIN_NAME + 1], found[LONGEST_PLAIN_NAME + 1];
  const char *last = NULL;
  plain_name(text, wanted);
  for (int i = 0; i < g->value_count; i++) {
    if (!graph_is_layer(g, i)) continue;
    last = g->values[i].name;
    if (strstr(plain_name(last, found), wanted)) return last;
  }
  return last;
}

pl_status graph_find_layer(const graph *g, const char *name, int *found) {
  *found = graph_find(g, name);
  if (*found >= 0 && graph_is_layer(g, *found)) return PL_OK;
  if (*found >= 0) return status_fail(PL_UNKNOWN_LAYER, "'%s' is not a layer: it is not made out of the image", name);
  const char *other = similar_layer(g, name);
  if (!other) return status_fail(PL_UNKNOWN_LAYER, "this model has no layer '%.200s', and no other", name);
  return status_fail(PL_UNKNOWN_LAYER, "this model has no layer '%.200s'; one that it has is '%.200s'", name, other);
}
