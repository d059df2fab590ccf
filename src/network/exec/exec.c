#include "network/exec/exec.h"

#include <math.h>
#include <string.h>

#include "network/build/graph_infer.h"
#include "network/build/graph_needed.h"
#include "network/exec/exec_plan.h"
#include "network/exec/exec_steps.h"
#include "network/exec/fuse.h"
#include "network/exec/preprocess.h"
#include "network/exec/redirect.h"
#include "network/graph/readers.h"

static pl_status out_of_memory(void) { return status_no_memory("to prepare the network"); }

/* ---- create: which operators, and what is fused into which ---- */

static void set_constants(const graph *g, const node *n, op *o) {
  o->input_count = n->input_count;
  o->output_count = n->output_count;
  for (int i = 0; i < n->input_count; i++) o->constant[i] = n->inputs[i] < 0 ? NULL : g->values[n->inputs[i]].constant;
}

static op op_of_node(const exec *e, const node *n) {
  op o = {.class = n->op,
          .node = n,
          .opset = e->graph->model->opset,
          .flags = n->op->flags,
          .backward = e->with_backward,
          .low = -INFINITY,
          .high = INFINITY};
  set_constants(e->graph, n, &o);
  return o;
}

static bool is_target(const exec *e, int value) {
  for (int i = 0; i < e->target_count; i++)
    if (e->targets[i] == value) return true;
  return false;
}

/* What has been fused: scale, then shift, of `channels` each. */
typedef struct affine {
  float *values;
  int channels;
} affine;

static pl_status fuse_affine(const op *o, const op *follower, const tensor_type *type, affine *a, bool *fused) {
  const int axis = o->class->affine_axis ? o->class->affine_axis(o, type->shape.rank) : 1;
  const int channels = axis < 0 ? 1 : type->shape.dim[axis];
  float *next = memory_allocate((size_t)channels, 2 * sizeof *next);
  if (!next) return out_of_memory();
  *fused = follower->class->as_affine(follower, type, axis, next, next + channels);
  for (int c = 0; c < channels && *fused && a->values; c++) {
    next[channels + c] += next[c] * a->values[channels + c];
    next[c] *= a->values[c];
  }
  if (*fused) {
    memory_free(a->values);
    *a = (affine){next, channels};
  } else {
    memory_free(next);
  }
  return PL_OK;
}

/* Fuses the node, the only one that reads `value`, into `o` if it can be. */
static pl_status fuse_follower(const exec *e, op *o, int value, const node *next, affine *a, bool *fused) {
  const op follower = op_of_node(e, next);
  *fused = false;
  if (o->low > -INFINITY || o->high < INFINITY) return PL_OK; /* nothing comes after a clamp */
  if ((o->class->flags & FUSES_CLAMP) && follower.class->as_clamp)
    *fused = follower.class->as_clamp(&follower, &o->low, &o->high);
  else if ((o->class->flags & FUSES_AFFINE) && follower.class->as_affine)
    return fuse_affine(o, &follower, &e->types[value], a, fused);
  return PL_OK;
}

/* Each node that is fused takes a walk over all channels: files that mean it have a few. */
enum { MOST_FUSED = 32 };

/* Fuses what follows `result` into o, as far as it goes; those nodes do not run then. */
static pl_status fuse_followers(exec *e, op *o, int *result, readers *r, affine *a) {
  const graph *g = e->graph;
  for (int count = 0; count < MOST_FUSED; count++) {
    const int reader = is_target(e, *result) ? -1 : readers_only(r, *result);
    bool fused;
    if (reader < 0) return PL_OK;
    TRY(fuse_follower(e, o, *result, &g->nodes[reader], a, &fused));
    if (!fused) return PL_OK;
    readers_remove(r, reader);
    *result = g->nodes[reader].outputs[0];
  }
  return PL_OK;
}

/* Makes the operator of node `index`, with the nodes after it that belong to it. */
static pl_status create_op(exec *e, int index, readers *r) {
  const graph *g = e->graph;
  op *o = &e->ops[e->op_count];
  *o = op_of_node(e, &g->nodes[index]);
  affine a = {NULL, 0};
  int result = g->nodes[index].outputs[0];
  pl_status status = PL_OK;
  if (g->nodes[index].output_count == 1) status = fuse_followers(e, o, &result, r, &a);
  e->results[e->op_count++] = result;
  o->scale = a.values;
  o->affine_count = a.channels;
  o->shift = a.values ? a.values + a.channels : NULL;
  if (!status && o->class->create) status = o->class->create(o);
  o->scale = o->shift = NULL;
  memory_free(a.values);
  return status;
}

static pl_status create_needed(exec *e, bool *nodes) {
  const graph *g = e->graph;
  readers r;
  int count = 0;
  for (int i = 0; i < g->node_count; i++) count += nodes[i];
  e->ops = memory_allocate((size_t)count + 1, sizeof *e->ops);
  e->results = memory_allocate((size_t)count + 1, sizeof *e->results);
  if (!e->ops || !e->results) return out_of_memory();
  TRY(readers_create(g, nodes, &r));
  pl_status status = PL_OK;
  for (int i = 0; i < g->node_count && !status; i++)
    if (nodes[i]) status = create_op(e, i, &r);
  readers_free(&r);
  return status;
}

/* Patterns are found by what inference says of the graph as it is written; operators look at their constants only once inference
 * has checked these. */
static pl_status infer_and_fuse(exec *e, const graph *g, bool *nodes) {
  graph_types types = {e->types, e->wants};
  const fuse_view view = {g, nodes, e->types, e->targets, e->target_count};
  TRY(graph_needed(g, e->targets, e->target_count, e->needed, nodes));
  TRY(graph_infer(g, 1, g->height, g->width, e->needed, &types));
  TRY(fuse_graph(&view, e->arena, &e->fused));
  e->graph = &e->fused;
  TRY(graph_needed(e->graph, e->targets, e->target_count, e->needed, nodes));
  return graph_infer(e->graph, 1, g->height, g->width, e->needed, &types);
}

static pl_status create_ops(exec *e, const graph *g) {
  bool *nodes = memory_allocate((size_t)g->node_count + 1, sizeof *nodes); /* those that run */
  if (!nodes) return out_of_memory();
  pl_status status = infer_and_fuse(e, g, nodes);
  if (!status) status = create_needed(e, nodes);
  memory_free(nodes);
  return status;
}

pl_status exec_create(const graph *g, const int *targets, int target_count, const pl_preprocessing *preprocessing, bool backward,
                      exec **out) {
  exec *e = *out = memory_allocate(1, sizeof *e);
  if (!e) return out_of_memory();
  e->arena = arena_create();
  e->preprocessing = *preprocessing;
  e->with_backward = backward;
  e->target_count = target_count;
  e->targets = memory_allocate((size_t)target_count + 1, sizeof *e->targets);
  e->target_slots = memory_allocate((size_t)target_count + 1, sizeof *e->target_slots);
  e->needed = memory_allocate((size_t)g->value_count + 1, sizeof *e->needed);
  e->types = memory_allocate((size_t)g->value_count + 1, sizeof *e->types);
  e->wants = memory_allocate((size_t)g->node_count + 1, MAX_INPUTS * sizeof *e->wants);
  pl_status status = PL_OK;
  if (!e->arena || !e->targets || !e->target_slots || !e->needed || !e->types || !e->wants) {
    status = out_of_memory();
  } else {
    memcpy(e->targets, targets, (size_t)target_count * sizeof *targets);
    status = create_ops(e, g);
  }
  if (status) {
    exec_free(e);
    *out = NULL;
  }
  return status;
}

/* ---- reshape ---- */

static void free_ops(op *ops, int count) {
  for (int i = 0; i < count; i++)
    if (ops[i].class && ops[i].class->free) ops[i].class->free(&ops[i]);
}

static void forget_shape(exec *e) {
  free_ops(e->relayouts, e->relayout_count);
  memory_free(e->relayouts);
  memory_free(e->slots);
  memory_free(e->steps);
  memory_free(e->plan);
  memory_free(e->memory);
  e->relayouts = NULL;
  e->slots = NULL;
  e->steps = NULL;
  e->plan = NULL;
  e->memory = NULL;
  e->relayout_count = e->slot_count = e->step_count = e->plan_count = 0;
  e->batch = e->parts = e->part_steps = e->height = e->width = 0;
  e->memory_size = e->held = 0;
}

void exec_free(exec *e) {
  if (!e) return;
  forget_shape(e);
  free_ops(e->ops, e->op_count);
  memory_free(e->targets);
  memory_free(e->target_slots);
  memory_free(e->ops);
  memory_free(e->results);
  memory_free(e->needed);
  memory_free(e->types);
  memory_free(e->wants);
  arena_free(e->arena);
  memory_free(e);
}

/* Whatever it is shaped for is forgotten first. */
static pl_status measure(exec *e, int batch, int parts, int height, int width, bool *apart) {
  forget_shape(e);
  pl_status status = exec_make_steps(e, batch, parts, height, width, apart);
  if (!status && *apart) {
    e->batch = batch * parts;
    e->parts = parts;
    e->height = height;
    e->width = width;
    status = exec_plan(e);
  }
  if (status || !*apart) forget_shape(e);
  return status;
}

static bool is_shaped(const exec *e, int batch, int height, int width) {
  return e->batch == batch && e->height == height && e->width == width;
}

pl_status exec_measure(exec *e, int batch, int height, int width) {
  bool apart;
  return is_shaped(e, batch, height, width) ? PL_OK : measure(e, batch, 1, height, width, &apart);
}

pl_status exec_measure_parts(exec *e, int batch, int parts, int height, int width, bool *apart) {
  *apart = true;
  return is_shaped(e, batch * parts, height, width) && e->parts == parts ? PL_OK : measure(e, batch, parts, height, width, apart);
}

static pl_status check_budget(const exec *e, uint64_t budget) {
  const uint64_t need = exec_memory(e), most = budget < MOST_ADDRESSED ? budget : MOST_ADDRESSED;
  if (need <= most) return PL_OK;
  return status_fail(PL_OUT_OF_MEMORY, "the network needs %.0f MB for an input of %s, more than %s of %.0f MB",
                     (double)need * 1e-6, shape_text(&e->slots[0].type.shape),
                     most == budget ? "the budget" : "the address space", (double)most * 1e-6);
}

/* What operators hold first: packing takes scratch of its own, which is given back. */
static pl_status take_memory(exec *e) {
  for (int t = 0; t < e->step_count; t++) {
    op *o = e->steps[t].op;
    if (!is_repeated(e, t) && o->class->pack) TRY(o->class->pack(o));
  }
  e->memory = memory_allocate(e->memory_size, 1);
  if (e->memory) return PL_OK;
  return status_fail(PL_OUT_OF_MEMORY, "the network needs %.0f MB for an input of %s, more than there is",
                     (double)exec_memory(e) * 1e-6, shape_text(&e->slots[0].type.shape));
}

pl_status exec_reshape(exec *e, int batch, int height, int width, uint64_t budget) {
  TRY(exec_measure(e, batch, height, width));
  pl_status status = check_budget(e, budget);
  if (!status && !e->memory) {
    status = take_memory(e);
    if (!status) exec_point(e);
  }
  if (status) forget_shape(e);
  return status;
}

bool exec_is_ready(const exec *e) { return e->memory; }

/* ---- run ---- */

int exec_batch(const exec *e) { return e->batch; }

static size_t pixel_count(const exec *e) { return (size_t)e->batch * (size_t)e->height * (size_t)e->width; }

float *exec_input(exec *e) { return exec_at(e, e->image); }

void exec_set_preprocessing(exec *e, const pl_preprocessing *preprocessing) { e->preprocessing = *preprocessing; }

/* Whether slot i is this one or a part of it. */
static bool is_in(const exec *e, int i, int slot) { return i >= 0 && (i == slot || e->slots[i].whole == slot); }

static bool is_read(const exec *e, int slot) {
  for (int t = 0; t < e->step_count; t++)
    for (int k = 0; k < e->steps[t].op->input_count; k++)
      if (is_in(e, e->steps[t].in[k], slot)) return true;
  return false;
}

void exec_want(exec *e, int target, section wanted) {
  const int slot = e->target_slots[target];
  if (e->slots[slot].type.shape.rank != 2 || is_read(e, slot)) wanted = (section){0, 0};
  for (int t = 0; t < e->step_count; t++)
    if (is_in(e, e->steps[t].out[0], slot)) e->steps[t].op->wanted = wanted;
}

void exec_set_redirect(exec *e, bool on) { e->redirects = on; }

static void add(float *restrict sum, const float *restrict x, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += x[i];
}

int exec_step_count(const exec *e) { return e->step_count; }

const op *exec_step_op(const exec *e, int t) { return e->steps[t].op; }

pl_status exec_step_forward(exec *e, int t) { return ops_forward(e->steps[t].op, &e->steps[t].forward); }

pl_status exec_step_backward(exec *e, int t) {
  const step *s = &e->steps[t];
  if (e->redirects) redirect_dout(s->op, &s->backward, s->op->batch);
  const pl_status status = s->op->class->backward(s->op, &s->backward);
  s->op->masked = false;
  if (status) return status;
  for (int k = 0; k < s->op->input_count; k++)
    if (s->in[k] >= 0 && s->scratch[k] >= 0)
      add(exec_gradient(e, s->in[k]), s->backward.din[k], shape_count(&e->slots[s->in[k]].type.shape));
  return PL_OK;
}

static void feed(exec *e) {
  if (!e->graph->latent.rank)
    preprocess_forward(&e->preprocessing, e->graph->channels, pixel_count(e), exec_input(e), exec_at(e, e->slots[0].data));
}

pl_status exec_forward(exec *e) {
  feed(e);
  for (int t = 0; t < e->step_count; t++) TRY(exec_step_forward(e, t));
  for (int i = 0; i < e->target_count && e->with_backward; i++) {
    const slot *s = &e->slots[e->target_slots[i]];
    memset(exec_at(e, s->gradient), 0, (size_t)e->plan[s->gradient].bytes);
  }
  return PL_OK;
}

exec_target exec_layer(exec *e, int target) {
  const slot *s = &e->slots[e->target_slots[target]];
  return (exec_target){s->type, exec_at(e, s->data), exec_at(e, s->gradient)};
}

pl_status exec_backward(exec *e) {
  for (int t = e->step_count - 1; t >= 0; t--) TRY(exec_step_backward(e, t));
  if (e->graph->latent.rank) return PL_OK;
  preprocess_backward(&e->preprocessing, e->graph->channels, pixel_count(e), exec_at(e, e->slots[0].gradient),
                      exec_at(e, e->dimage));
  return PL_OK;
}

static bool has_nan(const float *x, size_t count) {
  bool found = false;
  for (size_t i = 0; i < count; i++) found |= x[i] != x[i];
  return found;
}

pl_status exec_find_nan(exec *e) {
  feed(e);
  for (int t = 0; t < e->step_count; t++) {
    const step *s = &e->steps[t];
    TRY(exec_step_forward(e, t));
    for (int k = 0; k < s->op->output_count; k++)
      if (s->out[k] >= 0 && has_nan(s->forward.out[k], shape_count(&e->slots[s->out[k]].type.shape)))
        return status_fail(PL_NOT_FINITE, "%s answers NaN: the model or its input is broken", ops_describe(s->op->node));
  }
  return PL_OK;
}

const float *exec_dinput(exec *e) { return exec_at(e, e->dimage); }

uint64_t exec_memory(const exec *e) { return size_sum(e->memory_size, e->held); }

double exec_macs(const exec *e) {
  double macs = 0;
  for (int i = 0; i < e->step_count; i++) macs += e->steps[i].op->macs;
  return macs;
}
