/* What the files of exec share: operators in their order, and where what they read and write lies. */
#ifndef EXEC_PLAN_H
#define EXEC_PLAN_H

#include "network/exec/exec.h"
#include "network/exec/memory_plan.h"

/* A tensor in memory: a value of the graph, or a copy of one in the other layout; of a whole batch, or of a part of it. */
typedef struct slot {
  tensor_type type;
  int whole;          /* the slot that it is a part of; -1: it has buffers of its own */
  size_t offset;      /* in bytes, in that one's buffers */
  int data, gradient; /* buffers; -1: none */
} slot;

/* One operator's turn. Times: step s of n runs forward at s and backward at 2n - s; the objective looks on at n. */
typedef struct step {
  op *op;
  int in[MAX_INPUTS], out[MAX_OUTPUTS];                    /* slots; -1: a constant or left out */
  int saved, clamp, forward_workspace, backward_workspace; /* buffers */
  int scratch[MAX_INPUTS]; /* buffer of a gradient that is to be added to what other readers gave; -1: the first reader */
  buffers forward, backward;
} step;

struct exec {
  graph fused;        /* what is run: see fuse.h */
  const graph *graph; /* the same */
  arena *arena;
  pl_preprocessing preprocessing;
  bool with_backward, redirects;
  int target_count, op_count;
  int *targets;      /* values */
  int *target_slots; /* where they lie */
  op *ops;           /* in order */
  int *results;      /* per operator: the value that its first output becomes, with what was fused into it */
  bool *needed;      /* per value */
  op *relayouts;     /* changes of layout between the operators, and known values, remade by exec_reshape */
  int relayout_count;

  int batch, height, width; /* 0: not shaped yet */
  int parts;                /* of the batch, which the first steps take by themselves: see exec_steps.c */
  int part_steps;           /* of each part, the parts one after the other */
  tensor_type *types;       /* per value */
  uint8_t *wants;           /* per node and input */
  slot *slots;
  int slot_count;
  step *steps;
  int step_count;
  plan_buffer *plan;
  int plan_count;
  int image, dimage;    /* buffers: of three channels, and of a latent, the network's own input and its gradient */
  uint64_t memory_size; /* of the block that all buffers lie in */
  uint64_t held;        /* by the operators and by what is made for a shape */
  char *memory;         /* the block; NULL: the shape is measured alone */
};

/* Plans lifetimes and memory of the steps. Errors: PL_OUT_OF_MEMORY. */
pl_status exec_plan(exec *e);

/* Points the steps at their memory. */
void exec_point(exec *e);

/* Whether step t is an operator's turn for another part than the first. */
static inline bool is_repeated(const exec *e, int t) { return t >= e->part_steps && t < e->parts * e->part_steps; }

/* Where a buffer lies; NULL for none, and before memory is taken. */
static inline void *exec_at(const exec *e, int buffer) {
  return buffer < 0 || !e->memory ? NULL : e->memory + (size_t)e->plan[buffer].offset;
}

static inline float *exec_within(const exec *e, int buffer, size_t offset) {
  char *at = exec_at(e, buffer);
  return (float *)(at ? at + offset : NULL);
}

/* Where the values of slot i lie, and their gradient; NULL as above. */
static inline float *exec_data(const exec *e, int i) { return exec_within(e, e->slots[i].data, e->slots[i].offset); }
static inline float *exec_gradient(const exec *e, int i) { return exec_within(e, e->slots[i].gradient, e->slots[i].offset); }

#endif
