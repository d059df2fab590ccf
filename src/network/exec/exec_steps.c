/* Which operators run in which order for a batch, and what each reads and writes. A batch of parts that are kept apart begins with
 * the operators of large values, all of them for one part after the other, and ends with the others, for all parts at once. */
#include "network/exec/exec_steps.h"

#include <math.h>
#include <string.h>

#include "network/build/graph_infer.h"

/* An operator whose values of one part are larger takes parts by themselves: those of several would not stay in a second-level
 * cache, and its weights are read for many positions anyway. Measured for four crops of EfficientNet-Lite0: see tests/bench/tried.md. */
enum { LARGE_BYTES = 1200 << 10 };

static pl_status out_of_memory(void) { return status_no_memory("to prepare the network"); }

/* For whom steps are made: one of the parts, or all of them. */
typedef struct maker {
  exec *e;
  const tensor_type *types;        /* per value */
  const onnx_tensor *const *known; /* per value: what is known without the image */
  const int *wholes; /* per value: where it lies for all parts, if both kinds of steps have to do with it; else -1 */
  int (*slot_of)[2]; /* per value and layout; -1: not there */
  int part;          /* -1: all */
} maker;

static int add_slot(exec *e, const tensor_type *type) {
  e->slots[e->slot_count] = (slot){.type = *type, .whole = -1, .data = -1, .gradient = -1};
  return e->slot_count++;
}

/* For a new value in its own layout: of a part, its place in the whole where there is one. */
static int slot_for(const maker *m, int value) {
  const tensor_type *type = &m->types[value];
  const int i = add_slot(m->e, type);
  if (m->part < 0 || m->wholes[value] < 0) return i;
  m->e->slots[i].whole = m->wholes[value];
  m->e->slots[i].offset = (size_t)m->part * shape_count(&type->shape) * sizeof(float);
  return i;
}

/* ---- what an operator reads and makes ---- */

static bool is_empty(const maker *m, int value) {
  return m->types[value].shape.rank >= 0 && !shape_count(&m->types[value].shape);
}

/* Whether the operator reads its input k while the network runs; else it is left out, a constant, empty, or known without the
 * image. */
static bool reads(const maker *m, const op *o, int k) {
  const int value = o->node->inputs[k];
  return value >= 0 && !o->constant[k] && !is_empty(m, value) && !(m->known[value] && ops_reads_sizes(o->class, k));
}

static int output_of(const exec *e, int index, int k) { return k == 0 ? e->results[index] : e->ops[index].node->outputs[k]; }

/* Whether the operator makes its output k; else it is left out, not made, or empty. */
static bool makes(const maker *m, int index, int k) {
  const int value = output_of(m->e, index, k);
  return value >= 0 && m->types[value].shape.rank >= 0 && !is_empty(m, value);
}

static bool makes_any(const maker *m, int index) {
  int k = 0;
  while (k < m->e->ops[index].output_count && !makes(m, index, k)) k++;
  return k < m->e->ops[index].output_count;
}

static layout wanted_layout(const exec *e, const op *o, int k) {
  return (layout)e->wants[(o->node - e->graph->nodes) * MAX_INPUTS + k];
}

static bool lies_so(const maker *m, int value, layout wanted) { return wanted == m->types[value].layout; }

/* ---- steps ---- */

/* A step that makes a value which is known without the image. */
static pl_status make_known(const maker *m, int value) {
  exec *e = m->e;
  op *o = &e->relayouts[e->relayout_count++];
  *o = (op){.class = &ops_known, .flags = ops_known.flags, .output_count = 1, .low = -INFINITY, .high = INFINITY};
  o->out[0] = m->types[value];
  o->known[0] = m->known[value];
  TRY(ops_reshape(o));
  o->known[0] = NULL;
  step *s = &e->steps[e->step_count++];
  s->op = o;
  s->out[0] = m->slot_of[value][LAYOUT_PLAIN] = add_slot(e, &m->types[value]);
  return PL_OK;
}

/* The slot that holds `value` in `wanted` layout. A new one is made by a change of layout. */
static pl_status slot_in_layout(const maker *m, int value, layout wanted, int *found) {
  exec *e = m->e;
  const tensor_type *type = &m->types[value];
  if (m->known[value] && m->slot_of[value][LAYOUT_PLAIN] < 0) TRY(make_known(m, value));
  int *entry = &m->slot_of[value][lies_so(m, value, wanted) ? type->layout : wanted];
  if (*entry < 0) {
    tensor_type other = *type;
    other.layout = wanted;
    op *o = &e->relayouts[e->relayout_count];
    *o = (op){.class = &ops_relayout,
              .opset = e->graph->model->opset,
              .flags = ops_relayout.flags,
              .backward = e->with_backward,
              .input_count = 1,
              .output_count = 1,
              .low = -INFINITY,
              .high = INFINITY};
    o->in[0] = *type;
    o->out[0] = other;
    e->relayout_count++;
    if (o->class->create) TRY(o->class->create(o));
    TRY(ops_reshape(o));
    step *s = &e->steps[e->step_count++];
    s->op = o;
    s->in[0] = m->slot_of[value][type->layout];
    s->out[0] = *entry = add_slot(e, &other);
  }
  *found = *entry;
  return PL_OK;
}

/* What is known of sizes goes once the steps are made. */
static pl_status reshape_op(op *o, const onnx_tensor *const *known) {
  for (int k = 0; k < o->input_count; k++) o->known[k] = o->node->inputs[k] < 0 ? NULL : known[o->node->inputs[k]];
  const pl_status status = ops_reshape(o);
  memset(o->known, 0, sizeof o->known);
  return status;
}

/* All parts but the first find the operator shaped. */
static pl_status make_step(const maker *m, int index) {
  exec *e = m->e;
  op *o = &e->ops[index];
  const node *n = o->node;
  const bool shaped = m->part > 0;
  int in[MAX_INPUTS];
  o->batch = m->types[e->graph->input].shape.dim[0];
  for (int k = 0; k < n->input_count; k++) {
    in[k] = -1;
    if (n->inputs[k] >= 0 && !shaped) o->in[k] = m->types[n->inputs[k]];
    if (!reads(m, o, k)) continue;
    TRY(slot_in_layout(m, n->inputs[k], wanted_layout(e, o, k), &in[k]));
    if (!shaped) o->in[k] = e->slots[in[k]].type;
  }
  step *s = &e->steps[e->step_count++];
  s->op = o;
  memcpy(s->in, in, sizeof in);
  for (int k = 0; k < n->output_count; k++) {
    const int value = output_of(e, index, k);
    s->out[k] = -1;
    if (value >= 0 && m->types[value].shape.rank >= 0 && !shaped) o->out[k] = m->types[value];
    if (makes(m, index, k)) s->out[k] = m->slot_of[value][m->types[value].layout] = slot_for(m, value);
  }
  return shaped ? PL_OK : reshape_op(o, m->known);
}

static void forget_slots(const maker *m) { memset(m->slot_of, -1, (size_t)m->e->graph->value_count * sizeof *m->slot_of); }

/* Operators from `first` up to `end`. */
static pl_status make_range(const maker *m, int first, int end) {
  exec *e = m->e;
  forget_slots(m);
  for (int v = 0; v < e->graph->value_count; v++)
    if (m->wholes[v] >= 0) {
      if (m->part < 0) m->slot_of[v][m->types[v].layout] = m->wholes[v];
      else if (v == e->graph->input) m->slot_of[v][m->types[v].layout] = slot_for(m, v);
    }
  for (int i = first; i < end; i++)
    if (makes_any(m, i)) TRY(make_step(m, i));
  return PL_OK;
}

/* ---- how many ---- */

/* Values that some operator wants in the other layout, or that are known without the image. */
static size_t count_extra_steps(const maker *m, int first, int end) {
  size_t count = 0;
  forget_slots(m);
  for (int i = first; i < end; i++) {
    const op *o = &m->e->ops[i];
    for (int k = 0; k < o->input_count; k++) {
      if (!reads(m, o, k)) continue;
      const int value = o->node->inputs[k];
      const layout wanted = wanted_layout(m->e, o, k);
      if (m->known[value] && m->slot_of[value][LAYOUT_PLAIN] < 0) {
        m->slot_of[value][LAYOUT_PLAIN] = 0;
        count++;
      }
      if (lies_so(m, value, wanted) || m->slot_of[value][wanted] >= 0) continue;
      m->slot_of[value][wanted] = 0;
      count++;
    }
  }
  return count;
}

static size_t count_wholes(const maker *m) {
  size_t count = 0;
  for (int v = 0; v < m->e->graph->value_count; v++) count += m->wholes[v] >= 0;
  return count;
}

static size_t count_outputs(const exec *e, int first, int end) {
  size_t count = 0;
  for (int i = first; i < end; i++) count += (size_t)e->ops[i].output_count;
  return count;
}

/* Room for all steps of `parts` parts up to operator `cut`, and of the others after them. */
static pl_status take_room(const maker *one, const maker *all, int parts, int cut) {
  exec *e = all->e;
  const size_t times = (size_t)parts;
  const size_t each = count_extra_steps(one, 0, cut), rest = count_extra_steps(all, cut, e->op_count);
  const size_t extra = times * each + rest, ops = times * (size_t)cut + (size_t)(e->op_count - cut);
  const size_t outputs = times * count_outputs(e, 0, cut) + count_outputs(e, cut, e->op_count);
  e->steps = memory_allocate(ops + extra + 1, sizeof *e->steps);
  e->relayouts = memory_allocate(extra + 1, sizeof *e->relayouts);
  e->slots = memory_allocate(outputs + extra + count_wholes(all) + times, sizeof *e->slots);
  return e->steps && e->relayouts && e->slots ? PL_OK : out_of_memory();
}

/* ---- where parts come together ---- */

static uint64_t value_bytes(const maker *m, int value) {
  return size_product(shape_count(&m->types[value].shape), sizeof(float));
}

static uint64_t bytes_of(const maker *m, int index) {
  const op *o = &m->e->ops[index];
  uint64_t bytes = 0;
  for (int k = 0; k < o->input_count; k++)
    if (reads(m, o, k)) bytes = size_sum(bytes, value_bytes(m, o->node->inputs[k]));
  for (int k = 0; k < o->output_count; k++)
    if (makes(m, index, k)) bytes = size_sum(bytes, value_bytes(m, output_of(m->e, index, k)));
  return bytes;
}

/* The operator after the last one of large values. */
static int find_cut(const maker *one) {
  int cut = 0;
  for (int i = 0; i < one->e->op_count; i++)
    if (bytes_of(one, i) > LARGE_BYTES) cut = i + 1;
  return cut;
}

/* Marks the values that parts leave for what comes after the cut or for the objective, and the input. */
static void find_left(const maker *one, int cut, int *wholes) {
  enum { MADE = -2, LEFT = 0 };
  const exec *e = one->e;
  for (int i = 0; i < cut; i++)
    for (int k = 0; k < e->ops[i].output_count; k++)
      if (makes(one, i, k)) wholes[output_of(e, i, k)] = MADE;
  for (int i = cut; i < e->op_count; i++)
    for (int k = 0; k < e->ops[i].input_count; k++) {
      const int value = e->ops[i].node->inputs[k];
      if (value >= 0 && reads(one, &e->ops[i], k) && wholes[value] == MADE) wholes[value] = LEFT;
    }
  for (int i = 0; i < e->target_count; i++)
    if (wholes[e->targets[i]] == MADE) wholes[e->targets[i]] = LEFT;
  for (int v = 0; v < e->graph->value_count; v++)
    if (wholes[v] == MADE) wholes[v] = -1;
}

/* Each part begins where a buffer of its own could. */
static bool can_be_cut(const maker *one, const int *wholes) {
  for (int v = 0; v < one->e->graph->value_count; v++)
    if (wholes[v] >= 0 && value_bytes(one, v) % ALIGNMENT) return false;
  return true;
}

/* ---- all of it ---- */

static pl_status check_targets(const maker *all) {
  exec *e = all->e;
  for (int i = 0; i < e->target_count; i++)
    if (is_empty(all, e->targets[i]))
      return status_fail(PL_UNSUPPORTED_MODEL, "layer '%s' is empty: %s", e->graph->values[e->targets[i]].name,
                         shape_text(&e->types[e->targets[i]].shape));
  for (int i = 0; i < e->target_count; i++) e->target_slots[i] = all->slot_of[e->targets[i]][e->types[e->targets[i]].layout];
  return PL_OK;
}

/* slot 0 is the input. */
static void add_wholes(const maker *all, int *wholes) {
  const int input = all->e->graph->input;
  wholes[input] = add_slot(all->e, &all->types[input]);
  for (int v = 0; v < all->e->graph->value_count; v++)
    if (v != input && wholes[v] >= 0) wholes[v] = add_slot(all->e, &all->types[v]);
}

static pl_status make_all(maker *one, const maker *all, int parts, int cut, int *wholes) {
  exec *e = all->e;
  TRY(take_room(one, all, parts, cut));
  add_wholes(all, wholes);
  for (one->part = 0; one->part < parts && cut; one->part++) {
    TRY(make_range(one, 0, cut));
    if (!one->part) e->part_steps = e->step_count;
  }
  TRY(make_range(all, cut, e->op_count));
  return check_targets(all);
}

static pl_status make_parts(exec *e, int batch, int parts, int height, int width, arena *a, bool *apart) {
  const graph *g = e->graph;
  const size_t values = (size_t)g->value_count, nodes = (size_t)g->node_count;
  graph_types of_all = {e->types, e->wants};
  graph_types of_one = {arena_allocate(a, values, sizeof *of_one.values), arena_allocate(a, nodes, MAX_INPUTS)};
  const onnx_tensor **known = arena_allocate(a, values, sizeof *known), **known_of_one = arena_allocate(a, values, sizeof *known);
  int *wholes = arena_allocate(a, values, sizeof *wholes), (*slot_of)[2] = arena_allocate(a, values, sizeof *slot_of);
  if (!of_one.values || !of_one.wants || !known || !known_of_one || !wholes || !slot_of) return out_of_memory();
  memset(wholes, -1, values * sizeof *wholes);
  wholes[g->input] = 0;
  maker one = {e, of_one.values, known_of_one, wholes, slot_of, 0};
  const maker all = {e, e->types, known, wholes, slot_of, -1};
  int cut = 0;
  const pl_status status = graph_infer_known(g, batch * parts, height, width, e->needed, &of_all, a, known);
  if (status && (parts == 1 || status == PL_OUT_OF_MEMORY)) return status;
  if (parts > 1) {
    TRY(graph_infer_known(g, batch, height, width, e->needed, &of_one, a, known_of_one));
    *apart = !status && graph_keeps_apart(g, &of_one, known_of_one, &of_all, parts, e->needed);
    if (*apart) cut = find_cut(&one);
    if (cut) find_left(&one, cut, wholes);
    if (cut) *apart = can_be_cut(&one, wholes);
  }
  return *apart ? make_all(&one, &all, parts, cut, wholes) : PL_OK;
}

pl_status exec_make_steps(exec *e, int batch, int parts, int height, int width, bool *apart) {
  arena *a = arena_create();
  *apart = true;
  const pl_status status = a ? make_parts(e, batch, parts, height, width, a, apart) : out_of_memory();
  arena_free(a);
  return status;
}
