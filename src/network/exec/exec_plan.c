/* Lifetimes of all that a network holds while it runs, on one time line: forward, objective, backward. */
#include "network/exec/exec_plan.h"

#include "network/ops/kernels/internal.h"

static uint64_t tensor_bytes(const tensor_type *t) { return size_product(shape_count(&t->shape), sizeof(float)); }

static int add_buffer(exec *e, uint64_t bytes, int first, int last) {
  if (!bytes) return -1;
  e->plan[e->plan_count] = (plan_buffer){bytes, first, last, 0};
  return e->plan_count++;
}

/* The slot that has the buffers of this one. */
static slot *owner(exec *e, int i) { return &e->slots[e->slots[i].whole < 0 ? i : e->slots[i].whole]; }

static void live_until(exec *e, int buffer, int time) {
  if (buffer >= 0 && e->plan[buffer].last < time) e->plan[buffer].last = time;
}

static bool keeps_output(const op *o) { return o->flags & KEEPS_OUTPUT; }

/* A buffer for the image at this time where the network is fed one of other than three channels, else the one that the input
 * has. */
static int image_buffer(exec *e, int input, int time) {
  if (e->graph->channels == 3 || e->graph->latent.rank) return input;
  return add_buffer(e, size_product(e->plan[e->slots[0].data].bytes / (uint64_t)e->graph->channels, 3), time, time);
}

/* Lifetimes of the values, and of what operators keep. */
static void plan_forward(exec *e) {
  const int n = e->step_count;
  for (int i = 0; i < e->slot_count; i++) /* wholes come before their parts */
    e->slots[i].data = e->slots[i].whole < 0 ? add_buffer(e, tensor_bytes(&e->slots[i].type), 0, 0) : owner(e, i)->data;
  for (int t = 0; t < n; t++) {
    step *s = &e->steps[t];
    const int back = e->with_backward ? 2 * n - t : t;
    for (int k = 0; k < s->op->input_count; k++)
      if (s->in[k] >= 0) live_until(e, e->slots[s->in[k]].data, s->op->flags & KEEPS_INPUT ? back : t);
    for (int k = 0; k < s->op->output_count; k++) {
      if (s->out[k] < 0) continue;
      if (!e->slots[s->out[k]].offset) e->plan[e->slots[s->out[k]].data].first = t;
      live_until(e, e->slots[s->out[k]].data, keeps_output(s->op) ? back : t);
    }
    s->saved = add_buffer(e, s->op->saved, t, back);
    s->clamp = add_buffer(e, clamp_bytes(s->op), t, back);
    s->forward_workspace = add_buffer(e, s->op->workspace, t, t);
  }
  for (int i = 0; i < e->target_count; i++) live_until(e, e->slots[e->target_slots[i]].data, n);
  e->image = image_buffer(e, e->slots[0].data, 0);
}

/* The last reader of a value writes its gradient, the others add to it. */
static void plan_gradient(exec *e, step *s, int k, int time) {
  slot *input = &e->slots[s->in[k]], *whole = owner(e, s->in[k]);
  s->scratch[k] = -1;
  if (input->gradient >= 0) {
    s->scratch[k] = add_buffer(e, tensor_bytes(&input->type), time, time);
  } else {
    if (whole->gradient < 0) whole->gradient = add_buffer(e, tensor_bytes(&whole->type), time, time);
    input->gradient = whole->gradient;
  }
  live_until(e, input->gradient, time);
}

/* Parts of what the objective or the operators that take all parts have given a gradient. */
static void share_gradients(exec *e) {
  for (int i = 0; i < e->slot_count; i++) e->slots[i].gradient = owner(e, i)->gradient;
}

/* Lifetimes of the gradients. */
static void plan_backward(exec *e) {
  const int n = e->step_count;
  for (int i = 0; i < e->target_count; i++) {
    slot *t = &e->slots[e->target_slots[i]];
    if (t->gradient < 0) t->gradient = add_buffer(e, e->plan[t->data].bytes, n, n);
  }
  for (int t = n - 1; t >= 0; t--) {
    step *s = &e->steps[t];
    const int time = 2 * n - t;
    if (t == e->parts * e->part_steps - 1) share_gradients(e);
    for (int k = 0; k < s->op->output_count; k++)
      if (s->out[k] >= 0) live_until(e, e->slots[s->out[k]].gradient, time);
    s->backward_workspace = add_buffer(e, s->op->workspace, time, time);
    for (int k = 0; k < s->op->input_count; k++)
      if (s->in[k] >= 0) plan_gradient(e, s, k, time);
      else s->scratch[k] = -1;
  }
  live_until(e, e->slots[0].gradient, 2 * n + 1);
  e->dimage = image_buffer(e, e->slots[0].gradient, 2 * n + 1);
}

void exec_point(exec *e) {
  for (int t = 0; t < e->step_count; t++) {
    step *s = &e->steps[t];
    buffers *f = &s->forward, *b = &s->backward;
    for (int k = 0; k < s->op->input_count; k++) {
      if (s->in[k] < 0) continue;
      f->in[k] = exec_data(e, s->in[k]);
      b->in[k] = s->op->flags & KEEPS_INPUT ? f->in[k] : NULL;
      b->din[k] = s->scratch[k] >= 0 ? exec_at(e, s->scratch[k]) : exec_gradient(e, s->in[k]);
    }
    for (int k = 0; k < s->op->output_count; k++) {
      if (s->out[k] < 0) continue;
      f->out[k] = exec_data(e, s->out[k]);
      b->out[k] = keeps_output(s->op) ? f->out[k] : NULL;
      b->dout[k] = exec_gradient(e, s->out[k]);
    }
    f->saved = b->saved = exec_at(e, s->saved);
    f->clamp = b->clamp = exec_at(e, s->clamp);
    f->workspace = exec_at(e, s->forward_workspace);
    b->workspace = exec_at(e, s->backward_workspace);
  }
}

static uint64_t most_buffers(const exec *e) {
  uint64_t count = 2 * (uint64_t)e->slot_count + 3;
  for (int t = 0; t < e->step_count; t++) count += 4 + (uint64_t)e->steps[t].op->input_count;
  return count;
}

static uint64_t held_by(const op *ops, int count) {
  uint64_t bytes = 0;
  for (int i = 0; i < count; i++) bytes = size_sum(bytes, ops[i].held);
  return bytes;
}

/* What lies outside the block: in the operators, and what tells where everything is. */
static uint64_t bytes_held(const exec *e) {
  uint64_t bytes = most_buffers(e) * sizeof *e->plan + (uint64_t)(e->slot_count + 1) * sizeof *e->slots;
  bytes += (uint64_t)(e->step_count + 1) * sizeof *e->steps + (uint64_t)(e->op_count + e->relayout_count + 1) * sizeof *e->ops;
  return size_sum(bytes, size_sum(held_by(e->ops, e->op_count), held_by(e->relayouts, e->relayout_count)));
}

pl_status exec_plan(exec *e) {
  e->plan = memory_allocate(most_buffers(e), sizeof *e->plan);
  if (!e->plan) return status_no_memory("to prepare the network");
  e->dimage = -1;
  plan_forward(e);
  if (e->with_backward) plan_backward(e);
  e->held = bytes_held(e);
  return memory_plan(e->plan, e->plan_count, &e->memory_size);
}
