#include "network/fold/fold_run.h"

#include <math.h>
#include <string.h>

#include "network/ops/ops.h"

static pl_status out_of_memory(void) { return status_no_memory("to compute constants"); }

static pl_status infer(const graph *g, const node *n, const op_class *class, const fold_input *from, tensor_type *in,
                       inference *i) {
  *i = (inference){.graph = g, .node = n};
  for (int k = 0; k < n->input_count; k++) {
    const onnx_tensor *t = from[k].tensor;
    if (!t) continue;
    in[k] = (tensor_type){t->shape, LAYOUT_PLAIN};
    i->in[k] = &in[k];
    if (k) i->constant[k] = i->known[k] = t;
  }
  for (int k = 0; k < MAX_OUTPUTS; k++) i->out[k].shape.rank = -1;
  TRY(ops_infer(class, i));
  if (i->out[0].shape.rank >= 0) return PL_OK;
  return status_fail(PL_UNSUPPORTED_OP, "%s: its output is not known", ops_describe(n));
}

/* The operator's buffers and, in ONNX's order, its input. */
typedef struct room {
  float *plain, *in, *out;
  void *saved, *workspace;
} room;

static void room_free(room *r) {
  memory_free(r->plain);
  memory_free(r->in);
  memory_free(r->out);
  memory_free(r->saved);
  memory_free(r->workspace);
}

static bool make_room(const op *o, room *r) {
  const size_t in = shape_count(&o->in[0].shape);
  r->plain = memory_allocate(in, sizeof *r->plain);
  r->in = memory_allocate(in, sizeof *r->in);
  r->out = memory_allocate(shape_count(&o->out[0].shape), sizeof *r->out);
  r->saved = memory_allocate(o->saved, 1);
  r->workspace = memory_allocate(o->workspace, 1);
  return r->plain && r->in && r->out && r->saved && r->workspace;
}

/* Bytes of what the operator reads, once for the file's type and order each. */
static uint64_t work_of_inputs(const op *o) {
  uint64_t count = shape_count(&o->in[0].shape);
  for (int k = 0; k < o->input_count; k++)
    if (o->constant[k]) count = size_sum(count, o->constant[k]->count);
  return size_product(count, 2 * sizeof(float));
}

/* Bytes that it computes with, and one for each multiplication. */
static uint64_t work_of_run(const op *o) {
  const uint64_t out = size_product(shape_count(&o->out[0].shape), 2 * sizeof(float));
  const uint64_t macs = o->macs < 0x1p62 ? (uint64_t)o->macs : UINT64_MAX;
  return size_sum(size_sum(out, macs), size_sum(size_sum(o->saved, o->workspace), o->held));
}

static pl_status take_work(const op *o, fold_memory *memory, uint64_t work) {
  if (fold_take_work(memory, work)) return PL_OK;
  return status_fail(PL_UNSUPPORTED_OP, "%s: the nodes before it took all work that may be done beforehand",
                     ops_describe(o->node));
}

static pl_status run(op *o, const onnx_tensor *input, fold_memory *memory, onnx_tensor *out) {
  const shape made = o->out[0].shape;
  const size_t count = shape_count(&made);
  const uint64_t bytes = size_product(count, sizeof(float));
  TRY(take_work(o, memory, work_of_inputs(o)));
  if (o->class->create) TRY(o->class->create(o));
  TRY(ops_reshape(o));
  if (bytes > memory->budget)
    return status_fail(PL_UNSUPPORTED_OP, "%s: its result is too large to be computed beforehand", ops_describe(o->node));
  TRY(take_work(o, memory, work_of_run(o)));
  if (o->class->pack) TRY(o->class->pack(o));
  float *result = arena_allocate(memory->arena, bytes, 1);
  room r = {0};
  pl_status status = result && make_room(o, &r) ? PL_OK : out_of_memory();
  if (!status) {
    memory->budget -= bytes;
    onnx_floats(input, r.plain);
    ops_copy_layout(&(tensor_type){o->in[0].shape, LAYOUT_PLAIN}, r.plain, o->in[0].layout, r.in);
    const buffers b = {.in = {r.in}, .out = {r.out}, .saved = r.saved, .workspace = r.workspace};
    status = o->class->forward(o, &b);
  }
  if (!status) {
    ops_copy_layout(&o->out[0], r.out, LAYOUT_PLAIN, result);
    *out = (onnx_tensor){.name = o->node->source->outputs[0], .type = ONNX_FLOAT, .shape = made, .data = result, .count = count};
  }
  room_free(&r);
  return status;
}

pl_status fold_run(const graph *g, const node *n, const fold_input *from, fold_memory *memory, onnx_tensor *out) {
  const op_class *class = *n->source->domain || n->input_count > MAX_INPUTS ? NULL : ops_find(n->source->op);
  const onnx_tensor *input = n->input_count ? from[0].tensor : NULL;
  if (!class || !input || !fold_is_float(input->type) || !input->count || n->output_count != 1)
    return status_fail(PL_UNSUPPORTED_OP, "%s cannot be computed beforehand", ops_describe(n));
  tensor_type in[MAX_INPUTS];
  inference i;
  TRY(infer(g, n, class, from, in, &i));
  if (!shape_count(&i.out[0].shape)) {
    *out = (onnx_tensor){.name = n->source->outputs[0], .type = ONNX_FLOAT, .shape = i.out[0].shape, .data = ""};
    return PL_OK;
  }
  op o = {.class = class,
          .node = n,
          .opset = g->model->opset,
          .flags = class->flags,
          .input_count = n->input_count,
          .output_count = 1,
          .low = -INFINITY,
          .high = INFINITY};
  memcpy(o.constant, i.constant, sizeof o.constant);
  memcpy(o.known, i.known, sizeof o.known);
  for (int k = 0; k < n->input_count; k++)
    if (i.in[k]) o.in[k] = (tensor_type){i.in[k]->shape, i.wants[k]};
  o.out[0] = i.out[0];
  const pl_status status = run(&o, input, memory, out);
  if (class->free) class->free(&o);
  return status;
}
