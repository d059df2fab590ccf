#include "ops.h"

#include <stdio.h>
#include <string.h>

#define OP(type) extern const op_class ops_##type;
#include "ops.inc"
#undef OP

static const op_class *const classes[] = {
#define OP(type) &ops_##type,
#include "ops.inc"
#undef OP
};

int ops_count(void) { return sizeof classes / sizeof *classes; }

const op_class *ops_at(int index) { return classes[index]; }

const op_class *ops_find(const char *type) {
  for (int i = 0; i < ops_count(); i++)
    if (strcmp(classes[i]->type, type) == 0) return classes[i];
  return NULL;
}

const char *ops_describe(const node *n) {
  static _Thread_local char text[160];
  if (!n) return "a change of layout";
  snprintf(text, sizeof text, "node '%.100s' (%.40s)", n->name, n->source->op);
  return text;
}
