#include "network/ops/ops.h"

#include <stdio.h>
#include <string.h>

#define OP(type) extern const op_class ops_##type;
#include "network/ops/ops.inc"
#undef OP

static const op_class *const classes[] = {
#define OP(type) &ops_##type,
#include "network/ops/ops.inc"
#undef OP
};

int ops_count(void) { return sizeof classes / sizeof *classes; }

const op_class *ops_at(int index) { return classes[index]; }

const op_class *ops_find(const char *type) {
  for (int i = 0; i < ops_count(); i++)
    if (strcmp(classes[i]->type, type) == 0) return classes[i];
  return NULL;
}

bool ops_reads_sizes(const op_class *class, int k) { return class->flags & SIZES_ALL || (k && class->flags & SIZES_AFTER); }

void ops_copy_layout(const tensor_type *type, const float *from, layout to, float *out) {
  const shape *s = &type->shape;
  if (s->rank != 4 || type->layout == to) {
    memcpy(out, from, shape_count(s) * sizeof *out);
    return;
  }
  const size_t images = (size_t)s->dim[0], channels = (size_t)s->dim[1], positions = (size_t)s->dim[2] * (size_t)s->dim[3];
  const size_t outer = to == LAYOUT_PLAIN ? channels : positions, inner = to == LAYOUT_PLAIN ? positions : channels;
  for (size_t n = 0; n < images; n++, from += outer * inner)
    for (size_t i = 0; i < outer; i++)
      for (size_t k = 0; k < inner; k++) *out++ = from[k * outer + i];
}

const char *ops_describe(const node *n) {
  static _Thread_local char text[160];
  if (!n) return "a change of layout";
  snprintf(text, sizeof text, "node '%.100s' (%.40s)", n->name, n->source->op);
  return text;
}
