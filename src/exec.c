#include "exec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuse.h"
#include "memory_plan.h"

/* A tensor in memory: a value of the graph, or a copy of one in the other layout. */
typedef struct slot {
  tensor_type type;
  int data, gradient; /* buffers; -1: none */
} slot;

/* One operator's turn. Times: step s of n runs forward at s and backward at 2n - s; the objective looks on at n. */
typedef struct step {
  op *op;
  int in[MAX_INPUTS], out[MAX_OUTPUTS]; /* slots; -1: a constant or left out */
  int saved, forward_workspace, backward_workspace; /* buffers */
  int scratch[MAX_INPUTS]; /* buffer of a gradient that is to be added to what other readers gave; -1: the first reader */
  buffers forward, backward;
} step;

struct exec {
  const graph *graph;
  pl_preprocessing preprocessing;
  bool with_backward;
  int target_count, op_count;
  int *targets;      /* values */
  int *target_slots; /* where they lie */
  op *ops;           /* in order */
  int *results;      /* per operator: the value that its first output becomes, with what was folded in */
  bool *needed;      /* per value */
  op *relayouts;     /* changes of layout between the operators, remade by exec_reshape */
  int relayout_count;

  int batch, height, width; /* 0: not shaped yet */
  tensor_type *types;       /* per value */
  uint8_t *wants;           /* per node and input */
  slot *slots;
  int slot_count;
  step *steps;
  int step_count;
  plan_buffer *plan;
  int plan_count;
  char *memory;
  size_t memory_size;
};

static pl_status out_of_memory(void) { return status_fail(PL_OUT_OF_MEMORY, "no memory left to prepare the network"); }

/* ---- create: which operators, and what is folded into which ---- */

static void set_constants(const graph *g, const node *n, op *o) {
  o->input_count = n->input_count;
  o->output_count = n->output_count;
  for (int i = 0; i < n->input_count; i++) o->constant[i] = n->inputs[i] < 0 ? NULL : g->values[n->inputs[i]].constant;
}

static op op_of_node(const exec *e, const node *n) {
  op o = {.class = n->op, .node = n, .opset = e->graph->model->opset, .flags = n->op->flags, .backward = e->with_backward,
          .low = -INFINITY, .high = INFINITY};
  set_constants(e->graph, n, &o);
  return o;
}

static bool is_target(const exec *e, int value) {
  for (int i = 0; i < e->target_count; i++)
    if (e->targets[i] == value) return true;
  return false;
}

/* The only needed node that reads `value`, once, or -1. */
static int only_reader(const exec *e, int value, const bool *needed_nodes) {
  const graph *g = e->graph;
  int reader = -1;
  for (int i = 0; i < g->node_count; i++) {
    if (!needed_nodes[i]) continue;
    for (int k = 0; k < g->nodes[i].input_count; k++) {
      if (g->nodes[i].inputs[k] != value) continue;
      if (reader >= 0) return -1;
      reader = i;
    }
  }
  return reader;
}

/* What has been folded: scale, then shift, of `channels` each. */
typedef struct affine {
  float *values;
  int channels;
} affine;

static pl_status fold_affine(const op *o, const op *follower, const tensor_type *type, affine *a, bool *folded) {
  const int axis = o->class->affine_axis ? o->class->affine_axis(o, type->shape.rank) : 1;
  const int channels = axis < 0 ? 1 : type->shape.dim[axis];
  float *next = malloc(2 * (size_t)channels * sizeof *next);
  if (!next) return out_of_memory();
  *folded = follower->class->as_affine(follower, type, axis, next, next + channels);
  for (int c = 0; c < channels && *folded && a->values; c++) {
    next[channels + c] += next[c] * a->values[channels + c];
    next[c] *= a->values[c];
  }
  if (*folded) {
    free(a->values);
    *a = (affine){next, channels};
  } else {
    free(next);
  }
  return PL_OK;
}

/* Folds the node, the only one that reads `value`, into `o` if it can be. */
static pl_status fold(const exec *e, op *o, int value, const node *next, affine *a, bool *folded) {
  const op follower = op_of_node(e, next);
  *folded = false;
  if (o->low > -INFINITY || o->high < INFINITY) return PL_OK; /* nothing comes after a clamp */
  if ((o->class->flags & FUSES_CLAMP) && follower.class->as_clamp)
    *folded = follower.class->as_clamp(&follower, &o->low, &o->high);
  else if ((o->class->flags & FUSES_AFFINE) && follower.class->as_affine)
    return fold_affine(o, &follower, &e->types[value], a, folded);
  return PL_OK;
}

/* Folds what follows `result` into o, as far as it goes; those nodes are then marked as not needed. */
static pl_status fold_followers(exec *e, op *o, int *result, bool *needed_nodes, affine *a) {
  const graph *g = e->graph;
  for (;;) {
    const int reader = is_target(e, *result) ? -1 : only_reader(e, *result, needed_nodes);
    bool folded;
    if (reader < 0) return PL_OK;
    TRY(fold(e, o, *result, &g->nodes[reader], a, &folded));
    if (!folded) return PL_OK;
    needed_nodes[reader] = false;
    *result = g->nodes[reader].outputs[0];
  }
}

/* Makes the operator of node `index`, with the nodes after it that belong to it. */
static pl_status create_op(exec *e, int index, bool *needed_nodes) {
  const graph *g = e->graph;
  op *o = &e->ops[e->op_count];
  *o = op_of_node(e, &g->nodes[index]);
  affine a = {NULL, 0};
  int result = g->nodes[index].outputs[0];
  pl_status status = PL_OK;
  if (g->nodes[index].output_count == 1) {
    const fusion f = fuse_find(&(fuse_view){g, needed_nodes, e->targets, e->target_count}, index);
    if (f.class) {
      o->class = f.class;
      o->flags = f.class->flags;
      result = f.result;
      for (int k = 0; k < f.count; k++) needed_nodes[f.nodes[k]] = false;
    }
    status = fold_followers(e, o, &result, needed_nodes, &a);
  }
  e->results[e->op_count++] = result;
  o->scale = a.values;
  o->shift = a.values ? a.values + a.channels : NULL;
  if (!status && o->class->create) status = o->class->create(o);
  o->scale = o->shift = NULL;
  free(a.values);
  return status;
}

static pl_status create_ops(exec *e) {
  bool *needed_nodes = calloc((size_t)e->graph->node_count + 1, sizeof *needed_nodes);
  if (!needed_nodes) return out_of_memory();
  const graph *g = e->graph;
  pl_status status = graph_needed(g, e->targets, e->target_count, e->needed, needed_nodes);
  /* Operators look at their constants only once inference has checked these. */
  if (!status) status = graph_infer(g, 1, g->height, g->width, e->needed, &(graph_types){e->types, e->wants});
  for (int i = 0; i < g->node_count && !status; i++)
    if (needed_nodes[i]) status = create_op(e, i, needed_nodes);
  free(needed_nodes);
  return status;
}

pl_status exec_create(const graph *g, const int *targets, int target_count, const pl_preprocessing *preprocessing, bool backward,
                      exec **out) {
  exec *e = *out = calloc(1, sizeof *e);
  if (!e) return out_of_memory();
  e->graph = g;
  e->preprocessing = *preprocessing;
  e->with_backward = backward;
  e->target_count = target_count;
  e->targets = calloc((size_t)target_count + 1, sizeof *e->targets);
  e->target_slots = calloc((size_t)target_count + 1, sizeof *e->target_slots);
  e->ops = calloc((size_t)g->node_count + 1, sizeof *e->ops);
  e->results = calloc((size_t)g->node_count + 1, sizeof *e->results);
  e->needed = calloc((size_t)g->value_count + 1, sizeof *e->needed);
  e->types = calloc((size_t)g->value_count + 1, sizeof *e->types);
  e->wants = calloc((size_t)g->node_count * MAX_INPUTS + 1, sizeof *e->wants);
  pl_status status = PL_OK;
  if (!e->targets || !e->target_slots || !e->ops || !e->results || !e->needed || !e->types || !e->wants) {
    status = out_of_memory();
  } else {
    memcpy(e->targets, targets, (size_t)target_count * sizeof *targets);
    status = create_ops(e);
  }
  if (status) {
    exec_free(e);
    *out = NULL;
  }
  return status;
}

/* ---- reshape: steps, lifetimes, memory ---- */

static void free_ops(op *ops, int count) {
  for (int i = 0; i < count; i++)
    if (ops[i].class && ops[i].class->free) ops[i].class->free(&ops[i]);
}

static void forget_shape(exec *e) {
  free_ops(e->relayouts, e->relayout_count);
  free(e->relayouts);
  free(e->slots);
  free(e->steps);
  free(e->plan);
  memory_free(e->memory);
  e->relayouts = NULL;
  e->slots = NULL;
  e->steps = NULL;
  e->plan = NULL;
  e->memory = NULL;
  e->relayout_count = e->slot_count = e->step_count = e->plan_count = 0;
  e->batch = e->height = e->width = 0;
}

void exec_free(exec *e) {
  if (!e) return;
  forget_shape(e);
  free_ops(e->ops, e->op_count);
  free(e->targets);
  free(e->target_slots);
  free(e->ops);
  free(e->results);
  free(e->needed);
  free(e->types);
  free(e->wants);
  free(e);
}

static int add_slot(exec *e, const tensor_type *type) {
  e->slots[e->slot_count] = (slot){*type, -1, -1};
  return e->slot_count++;
}

/* The slot that holds `value` in `wanted` layout: slot_of has one for each value and layout. A new one is made by a change of
 * layout. */
static pl_status slot_in_layout(exec *e, int value, layout wanted, int (*slot_of)[2], int *found) {
  const tensor_type *type = &e->types[value];
  const bool same = type->shape.rank != 4 || wanted == type->layout;
  int *entry = &slot_of[value][same ? type->layout : wanted];
  if (*entry < 0) {
    tensor_type other = *type;
    other.layout = wanted;
    op *o = &e->relayouts[e->relayout_count];
    *o = (op){.class = &ops_relayout, .opset = e->graph->model->opset, .backward = e->with_backward, .input_count = 1,
              .output_count = 1, .low = -INFINITY, .high = INFINITY};
    o->in[0] = *type;
    o->out[0] = other;
    e->relayout_count++;
    if (o->class->create) TRY(o->class->create(o));
    if (o->class->reshape) TRY(o->class->reshape(o));
    step *s = &e->steps[e->step_count++];
    s->op = o;
    s->in[0] = slot_of[value][type->layout];
    s->out[0] = *entry = add_slot(e, &other);
  }
  *found = *entry;
  return PL_OK;
}

static pl_status make_step(exec *e, op *o, int result, int (*slot_of)[2]) {
  const node *n = o->node;
  const uint8_t *wants = e->wants + (n - e->graph->nodes) * MAX_INPUTS;
  int in[MAX_INPUTS];
  for (int k = 0; k < n->input_count; k++) {
    in[k] = -1;
    if (n->inputs[k] < 0 || o->constant[k]) continue;
    if (!e->needed[n->inputs[k]]) continue; /* integers that are known without the image */
    TRY(slot_in_layout(e, n->inputs[k], (layout)wants[k], slot_of, &in[k]));
    o->in[k] = e->slots[in[k]].type;
  }
  step *s = &e->steps[e->step_count++];
  s->op = o;
  memcpy(s->in, in, sizeof in);
  for (int k = 0; k < n->output_count; k++) {
    const int value = k == 0 ? result : n->outputs[k];
    s->out[k] = -1;
    if (value < 0 || e->types[value].shape.rank < 0) continue; /* left out, or not made */
    o->out[k] = e->types[value];
    s->out[k] = slot_of[value][e->types[value].layout] = add_slot(e, &o->out[k]);
  }
  return o->class->reshape ? o->class->reshape(o) : PL_OK;
}

static pl_status make_steps(exec *e) {
  const graph *g = e->graph;
  int input_total = 0, output_total = 1;
  for (int i = 0; i < e->op_count; i++) {
    input_total += e->ops[i].input_count;
    output_total += e->ops[i].output_count;
  }
  e->steps = calloc((size_t)(e->op_count + input_total + 1), sizeof *e->steps);
  e->relayouts = calloc((size_t)input_total + 1, sizeof *e->relayouts);
  e->slots = calloc((size_t)(output_total + input_total + 1), sizeof *e->slots);
  int(*slot_of)[2] = malloc(((size_t)g->value_count + 1) * sizeof *slot_of);
  if (!e->steps || !e->relayouts || !e->slots || !slot_of) {
    free(slot_of);
    return out_of_memory();
  }
  memset(slot_of, -1, ((size_t)g->value_count + 1) * sizeof *slot_of);
  slot_of[g->input][e->types[g->input].layout] = add_slot(e, &e->types[g->input]); /* slot 0 */
  pl_status status = PL_OK;
  for (int i = 0; i < e->op_count && !status; i++) status = make_step(e, &e->ops[i], e->results[i], slot_of);
  for (int i = 0; i < e->target_count && !status; i++) e->target_slots[i] = slot_of[e->targets[i]][e->types[e->targets[i]].layout];
  free(slot_of);
  return status;
}

static bool tensor_bytes(const tensor_type *t, size_t *bytes) {
  size_t count = sizeof(float);
  for (int i = 0; i < t->shape.rank; i++)
    if (!size_multiply(count, (size_t)t->shape.dim[i], &count)) return false;
  *bytes = count;
  return true;
}

static int add_buffer(exec *e, size_t bytes, int first, int last) {
  if (!bytes) return -1;
  e->plan[e->plan_count] = (plan_buffer){bytes, first, last, 0};
  return e->plan_count++;
}

static void live_until(exec *e, int buffer, int time) {
  if (buffer >= 0 && e->plan[buffer].last < time) e->plan[buffer].last = time;
}

static bool keeps_output(const op *o) { return (o->flags & KEEPS_OUTPUT) || o->low > -INFINITY || o->high < INFINITY; }

/* Lifetimes of the values, and of what operators keep. */
static pl_status plan_forward(exec *e) {
  const int n = e->step_count;
  for (int i = 0; i < e->slot_count; i++) {
    size_t bytes;
    if (!tensor_bytes(&e->slots[i].type, &bytes))
      return status_fail(PL_OUT_OF_MEMORY, "a value of %s needs more memory than there is", shape_text(&e->slots[i].type.shape));
    e->slots[i].data = add_buffer(e, bytes, 0, 0);
  }
  for (int t = 0; t < n; t++) {
    step *s = &e->steps[t];
    const int back = e->with_backward ? 2 * n - t : t;
    for (int k = 0; k < s->op->input_count; k++)
      if (s->in[k] >= 0) live_until(e, e->slots[s->in[k]].data, s->op->flags & KEEPS_INPUT ? back : t);
    for (int k = 0; k < s->op->output_count; k++) {
      if (s->out[k] < 0) continue;
      e->plan[e->slots[s->out[k]].data].first = t;
      live_until(e, e->slots[s->out[k]].data, keeps_output(s->op) ? back : t);
    }
    s->saved = add_buffer(e, s->op->saved, t, back);
    s->forward_workspace = add_buffer(e, s->op->workspace, t, t);
  }
  for (int i = 0; i < e->target_count; i++) live_until(e, e->slots[e->target_slots[i]].data, n);
  return PL_OK;
}

/* Lifetimes of the gradients. The last reader of a value writes its gradient, the others add to it. */
static void plan_backward(exec *e) {
  const int n = e->step_count;
  for (int i = 0; i < e->target_count; i++) {
    slot *t = &e->slots[e->target_slots[i]];
    if (t->gradient < 0) t->gradient = add_buffer(e, e->plan[t->data].bytes, n, n);
  }
  for (int t = n - 1; t >= 0; t--) {
    step *s = &e->steps[t];
    const int time = 2 * n - t;
    for (int k = 0; k < s->op->output_count; k++)
      if (s->out[k] >= 0) live_until(e, e->slots[s->out[k]].gradient, time);
    s->backward_workspace = add_buffer(e, s->op->workspace, time, time);
    for (int k = 0; k < s->op->input_count; k++) {
      s->scratch[k] = -1;
      if (s->in[k] < 0) continue;
      slot *input = &e->slots[s->in[k]];
      const size_t bytes = e->plan[input->data].bytes;
      if (input->gradient < 0) input->gradient = add_buffer(e, bytes, time, time);
      else s->scratch[k] = add_buffer(e, bytes, time, time);
      live_until(e, input->gradient, time);
    }
  }
  live_until(e, e->slots[0].gradient, 2 * n + 1);
}

static void *at(const exec *e, int buffer) { return buffer < 0 ? NULL : e->memory + e->plan[buffer].offset; }

static void set_pointers(exec *e) {
  for (int t = 0; t < e->step_count; t++) {
    step *s = &e->steps[t];
    buffers *f = &s->forward, *b = &s->backward;
    for (int k = 0; k < s->op->input_count; k++) {
      if (s->in[k] < 0) continue;
      f->in[k] = at(e, e->slots[s->in[k]].data);
      b->in[k] = s->op->flags & KEEPS_INPUT ? f->in[k] : NULL;
      b->din[k] = at(e, s->scratch[k] >= 0 ? s->scratch[k] : e->slots[s->in[k]].gradient);
    }
    for (int k = 0; k < s->op->output_count; k++) {
      if (s->out[k] < 0) continue;
      f->out[k] = at(e, e->slots[s->out[k]].data);
      b->out[k] = keeps_output(s->op) ? f->out[k] : NULL;
      b->dout[k] = at(e, e->slots[s->out[k]].gradient);
    }
    f->saved = b->saved = at(e, s->saved);
    f->workspace = at(e, s->forward_workspace);
    b->workspace = at(e, s->backward_workspace);
  }
}

static pl_status plan(exec *e) {
  size_t count = 2 * (size_t)e->slot_count;
  for (int t = 0; t < e->step_count; t++) count += 3 + (size_t)e->steps[t].op->input_count;
  e->plan = calloc(count + 1, sizeof *e->plan);
  if (!e->plan) return out_of_memory();
  TRY(plan_forward(e));
  if (e->with_backward) plan_backward(e);
  TRY(memory_plan(e->plan, e->plan_count, &e->memory_size));
  e->memory = memory_allocate(e->memory_size);
  if (!e->memory)
    return status_fail(PL_OUT_OF_MEMORY, "the network needs %.0f MB for %d images of %dx%d, more than there is",
                       (double)e->memory_size * 1e-6, e->batch, e->height, e->width);
  set_pointers(e);
  return PL_OK;
}

pl_status exec_reshape(exec *e, int batch, int height, int width) {
  if (e->batch == batch && e->height == height && e->width == width) return PL_OK;
  forget_shape(e);
  pl_status status = graph_infer(e->graph, batch, height, width, e->needed, &(graph_types){e->types, e->wants});
  e->batch = batch;
  e->height = height;
  e->width = width;
  if (!status) status = make_steps(e);
  if (!status) status = plan(e);
  if (status) forget_shape(e);
  return status;
}

/* ---- run ---- */

static void swap_red_and_blue(float *pixels, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const float red = pixels[3 * i];
    pixels[3 * i] = pixels[3 * i + 2];
    pixels[3 * i + 2] = red;
  }
}

static size_t pixel_count(const exec *e) { return (size_t)e->batch * (size_t)e->height * (size_t)e->width; }

float *exec_input(exec *e) { return at(e, e->slots[0].data); }

void exec_set_preprocessing(exec *e, const pl_preprocessing *preprocessing) { e->preprocessing = *preprocessing; }

static void normalize(exec *e) {
  const pl_preprocessing *p = &e->preprocessing;
  const int channels = e->graph->channels;
  float *x = exec_input(e), scale[PL_MAX_CHANNELS], shift[PL_MAX_CHANNELS];
  if (p->bgr) swap_red_and_blue(x, pixel_count(e));
  for (int c = 0; c < channels; c++) {
    scale[c] = 1 / p->std[c];
    shift[c] = -p->mean[c] / p->std[c];
  }
  for (size_t i = 0; i < pixel_count(e); i++, x += channels)
    for (int c = 0; c < channels; c++) x[c] = x[c] * scale[c] + shift[c];
}

static void add(float *restrict sum, const float *restrict x, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += x[i];
}

int exec_step_count(const exec *e) { return e->step_count; }

const op *exec_step_op(const exec *e, int t) { return e->steps[t].op; }

pl_status exec_step_forward(exec *e, int t) { return e->steps[t].op->class->forward(e->steps[t].op, &e->steps[t].forward); }

pl_status exec_step_backward(exec *e, int t) {
  const step *s = &e->steps[t];
  TRY(s->op->class->backward(s->op, &s->backward));
  for (int k = 0; k < s->op->input_count; k++)
    if (s->in[k] >= 0 && s->scratch[k] >= 0)
      add(at(e, e->slots[s->in[k]].gradient), s->backward.din[k], shape_count(&e->slots[s->in[k]].type.shape));
  return PL_OK;
}

pl_status exec_forward(exec *e) {
  normalize(e);
  for (int t = 0; t < e->step_count; t++) TRY(exec_step_forward(e, t));
  for (int i = 0; i < e->target_count && e->with_backward; i++) {
    const slot *s = &e->slots[e->target_slots[i]];
    memset(at(e, s->gradient), 0, e->plan[s->gradient].bytes);
  }
  return PL_OK;
}

exec_target exec_layer(exec *e, int target) {
  const slot *s = &e->slots[e->target_slots[target]];
  return (exec_target){s->type, at(e, s->data), at(e, s->gradient)};
}

pl_status exec_backward(exec *e) {
  for (int t = e->step_count - 1; t >= 0; t--) TRY(exec_step_backward(e, t));
  float *dx = at(e, e->slots[0].gradient);
  const int channels = e->graph->channels;
  for (size_t i = 0; i < pixel_count(e); i++)
    for (int c = 0; c < channels; c++) dx[i * (size_t)channels + (size_t)c] *= 1 / e->preprocessing.std[c];
  if (e->preprocessing.bgr) swap_red_and_blue(dx, pixel_count(e));
  return PL_OK;
}

const float *exec_dinput(exec *e) { return at(e, e->slots[0].gradient); }

size_t exec_memory(const exec *e) { return e->memory_size; }
