#include "fold_run.h"

#include <math.h>
#include <string.h>

#include "fold_rules.h"
#include "ops.h"

/* One operator's run. */
typedef struct run {
  node node;
  op op;
  inference inference;
  tensor_type in[MAX_INPUTS]; /* as the constants lie */
  float *x, *y, *moved;       /* first input, output, and either in the other layout */
  void *saved, *workspace;
} run;

static pl_status out_of_memory(const run *r) { return status_fail(PL_OUT_OF_MEMORY, "%s: no memory left", ops_describe(&r->node)); }

static pl_status allocate(const run *r, size_t bytes, void *memory) {
  void *const allocated = memory_allocate(bytes);
  memcpy(memory, &allocated, sizeof allocated);
  return allocated ? PL_OK : out_of_memory(r);
}

static pl_status allocate_tensor(const run *r, const tensor_type *t, float **memory) {
  size_t count;
  if (!shape_elements(&t->shape, &count) || !size_multiply(count, sizeof **memory, &count)) return out_of_memory(r);
  return allocate(r, count, memory);
}

static pl_status infer(const graph *g, const fold_input *in, run *r) {
  inference *i = &r->inference;
  i->graph = g;
  i->node = &r->node;
  for (int k = 0; k < r->node.input_count; k++) {
    if (!in[k].tensor) continue;
    r->in[k].shape = in[k].tensor->shape;
    i->in[k] = &r->in[k];
    i->constant[k] = k ? in[k].tensor : NULL;
  }
  for (int k = 0; k < MAX_OUTPUTS; k++) i->out[k].shape.rank = -1;
  return r->node.op->infer(i);
}

static pl_status prepare(const graph *g, run *r) {
  r->op = (op){.class = r->node.op, .node = &r->node, .opset = g->model->opset, .flags = r->node.op->flags,
               .input_count = r->node.input_count, .output_count = 1, .low = -INFINITY, .high = INFINITY};
  memcpy(r->op.constant, r->inference.constant, sizeof r->op.constant);
  memcpy(r->op.in, r->in, sizeof r->op.in);
  if (r->in[0].shape.rank == 4) r->op.in[0].layout = r->inference.wants[0];
  r->op.out[0] = r->inference.out[0];
  if (r->op.class->create) TRY(r->op.class->create(&r->op));
  if (r->op.class->reshape) TRY(r->op.class->reshape(&r->op));
  TRY(allocate(r, r->op.saved, &r->saved));
  return allocate(r, r->op.workspace, &r->workspace);
}

/* The tensor *x of type `from` in another layout, if it lies in one; the old memory is freed. */
static pl_status change_layout(run *r, const tensor_type *from, layout to, float **x) {
  if (from->shape.rank != 4 || from->layout == to) return PL_OK;
  op o = {.class = &ops_relayout, .input_count = 1, .output_count = 1, .low = -INFINITY, .high = INFINITY};
  o.in[0] = o.out[0] = *from;
  o.out[0].layout = to;
  TRY(allocate_tensor(r, from, &r->moved));
  pl_status status = o.class->create(&o);
  if (!status) status = o.class->reshape(&o);
  if (!status) status = o.class->forward(&o, &(buffers){.in = {*x}, .out = {r->moved}});
  o.class->free(&o);
  memory_free(*x);
  *x = r->moved;
  r->moved = NULL;
  return status;
}

static pl_status compute(run *r, const onnx_tensor *first) {
  TRY(allocate_tensor(r, &r->in[0], &r->x));
  onnx_floats(first, r->x);
  TRY(change_layout(r, &r->in[0], r->op.in[0].layout, &r->x));
  TRY(allocate_tensor(r, &r->op.out[0], &r->y));
  TRY(r->op.class->forward(&r->op, &(buffers){.in = {r->x}, .out = {r->y}, .saved = r->saved, .workspace = r->workspace}));
  return change_layout(r, &r->op.out[0], LAYOUT_PLAIN, &r->y);
}

static pl_status run_node(const graph *g, const fold_input *in, const fold *f, run *r) {
  void *elements;
  TRY(infer(g, in, r));
  TRY(fold_set_output(f, ONNX_FLOAT, &r->inference.out[0].shape, &elements)); /* before anything is made: it may be too large */
  TRY(prepare(g, r));
  TRY(compute(r, in[0].tensor));
  memcpy(elements, r->y, f->out->count * sizeof *r->y);
  f->out->name = r->node.source->outputs[0];
  return PL_OK;
}

static void run_free(run *r) {
  if (r->op.class && r->op.class->free) r->op.class->free(&r->op);
  memory_free(r->x);
  memory_free(r->y);
  memory_free(r->moved);
  memory_free(r->saved);
  memory_free(r->workspace);
}

pl_status fold_run(const graph *g, const node *n, const fold_input *in, fold_memory *memory, onnx_tensor *out) {
  const fold f = {n->source, in, memory, out, NULL};
  const onnx_tensor *first = n->input_count && n->input_count <= MAX_INPUTS ? in[0].tensor : NULL;
  if (*n->source->domain || n->output_count != 1 || !first || !fold_is_float(first->type) || !first->count)
    return fold_cannot(&f, "it cannot be computed beforehand");
  run r = {.node = *n};
  r.node.op = ops_find(n->source->op);
  if (!r.node.op) return fold_cannot(&f, "it is not supported");
  const pl_status status = run_node(g, in, &f, &r);
  run_free(&r);
  return status;
}
