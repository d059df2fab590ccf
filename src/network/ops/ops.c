#include <stdio.h>
#include <string.h>

#include "network/ops/kernels/internal.h"

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

/* ---- lines as images ---- */

static bool sees_image(const op_class *class, const tensor_type *t) { return (class->flags & OF_IMAGES) && t->shape.rank == 3; }

static tensor_type image_of(const tensor_type *line) {
  const int *d = line->shape.dim;
  return (tensor_type){{4, {d[0], d[1], 1, d[2]}}, line->layout};
}

static tensor_type line_of(const tensor_type *image) {
  const int *d = image->shape.dim;
  return (tensor_type){{3, {d[0], d[1], d[3]}}, image->layout};
}

pl_status ops_infer(const op_class *class, inference *i) {
  const tensor_type *line = i->in[0];
  i->positions = line ? line->shape.rank - 2 : 0;
  if (!line || !sees_image(class, line)) return class->infer(i);
  const tensor_type image = image_of(line);
  i->in[0] = &image;
  const pl_status status = class->infer(i);
  i->in[0] = line;
  if (!status) i->out[0] = line_of(&i->out[0]);
  return status;
}

/* A float for each element of a constant, if the operator says no other. */
static uint64_t constants_held(const op *o) {
  uint64_t count = 0;
  for (int k = 0; k < o->input_count; k++)
    if (o->constant[k]) count = size_sum(count, o->constant[k]->count);
  return size_product(count, sizeof(float));
}

pl_status ops_reshape(op *o) {
  o->saved = o->workspace = 0;
  o->saves_clamp = false;
  o->held = constants_held(o);
  if (!o->class->reshape) return PL_OK;
  if (sees_image(o->class, &o->in[0])) o->in[0] = image_of(&o->in[0]);
  if (sees_image(o->class, &o->out[0])) o->out[0] = image_of(&o->out[0]);
  return o->class->reshape(o);
}

pl_status ops_forward(op *o, const buffers *b) {
  TRY(o->class->forward(o, b));
  if (!o->saves_clamp) clamp_save(o, b, 0, ops_out_count(o));
  return PL_OK;
}

/* ---- layouts ---- */

void ops_copy_layout(const tensor_type *type, const float *from, layout to, float *out) {
  const shape *s = &type->shape;
  if (type->layout == to) {
    memcpy(out, from, shape_count(s) * sizeof *out);
    return;
  }
  const size_t images = (size_t)s->dim[0], channels = (size_t)s->dim[1], positions = shape_count(s) / images / channels;
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
