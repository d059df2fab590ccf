/* LSTM, GRU and RNN. X: T x N x I, W: D x (gates H) x I, R: D x (gates H) x H, B: D x (2 gates H), initial states: D x N x H; Y:
 * T x D x N x H, and the last states D x N x H. D is 2 where it goes both ways. What the input adds to the gates is one product for
 * all times; what the state adds is one for each. All plain. */
#include <string.h>
#include <strings.h>

#include "network/ops/kernels/cells.h"
#include "network/ops/kernels/linear.h"
#include "network/ops/units.h"

enum { X, W, R, B, LENGTHS, STATE, MEMORY, PEEPHOLES, INPUTS };

typedef struct sizes {
  int times, batch, inputs, units, directions;
} sizes;

typedef struct direction {
  linear in[2], state[2]; /* forward, backward */
} direction;

typedef struct recurrent {
  const cell *cell;
  bool reverse; /* the first direction goes from the end to the beginning; a second one always does */
  bool packed;
  float *initial[2]; /* constant states and memories; NULL: an input, or zeros */
  sizes s;
  direction directions[2];
} recurrent;

/* ---- what the node says ---- */

static const cell *cell_of(const char *type) {
  return !strcmp(type, "LSTM") ? &cell_lstm : !strcmp(type, "GRU") ? &cell_gru : &cell_rnn;
}

/* The usual functions, once for each direction. */
static bool usual_functions(const node *n, const cell *c) {
  static const char *const usual[] = {"Sigmoid", "Tanh", "Tanh"};
  const onnx_attribute *a = onnx_find(n->source, "activations");
  const int each = c == &cell_rnn ? 1 : c == &cell_gru ? 2 : 3;
  if (!a) return true;
  for (int k = 0; k < a->count && a->kind == ONNX_ATTRIBUTE_STRINGS; k++)
    if (strcasecmp(a->strings[k], each == 1 ? "Tanh" : usual[k % each])) return false;
  return a->kind == ONNX_ATTRIBUTE_STRINGS && a->count % each == 0;
}

static pl_status refuse(const node *n, const char *what) {
  return status_fail(PL_UNSUPPORTED_OP, "%s: %s not supported", ops_describe(n), what);
}

static pl_status check_kind(const inference *i, const cell *c) {
  const node *n = i->node;
  if (onnx_int(n->source, "layout", 0)) return refuse(n, "the batch before the times (layout=1) is");
  if (onnx_find(n->source, "clip")) return refuse(n, "a clip of its gates is");
  if (onnx_int(n->source, "input_forget", 0)) return refuse(n, "coupled input and forget gates (input_forget=1) are");
  if (infer_has(i, PEEPHOLES)) return refuse(n, "peepholes are");
  if (!usual_functions(n, c)) return refuse(n, "activations other than sigmoid and tanh are");
  if (c == &cell_gru && !onnx_int(n->source, "linear_before_reset", 0))
    return refuse(n, "a reset gate before the product (linear_before_reset=0) is");
  return PL_OK;
}

static int directions_of(const node *n) {
  return !strcmp(onnx_string(n->source, "direction", "forward"), "bidirectional") ? 2 : 1;
}

/* ---- shape ---- */

/* Sequences of different lengths are not taken. */
static pl_status check_lengths(const inference *i, int times) {
  if (!infer_has(i, LENGTHS)) return PL_OK;
  const onnx_tensor *t = i->known[LENGTHS];
  bool whole = t && t->shape.rank == 1 && t->type == ONNX_INT32;
  for (size_t k = 0; whole && k < t->count; k++) {
    int32_t length;
    memcpy(&length, (const char *)t->data + k * sizeof length, sizeof length);
    whole = length == times;
  }
  return whole ? PL_OK : refuse(i->node, "sequences of lengths of their own are");
}

static pl_status check_weights(const inference *i, const cell *c, sizes *s) {
  const int gates = c->gates;
  TRY(infer_constant(i, W, "weight", 3));
  TRY(infer_constant(i, R, "recurrent weight", 3));
  const shape *w = &i->constant[W]->shape, *r = &i->constant[R]->shape;
  s->units = r->dim[2];
  const int64_t rows = (int64_t)gates * s->units;
  bool fits = w->dim[0] == s->directions && r->dim[0] == s->directions && w->dim[1] == rows && r->dim[1] == rows &&
              w->dim[2] == s->inputs && onnx_int(i->node->source, "hidden_size", s->units) == s->units;
  if (infer_has(i, B)) {
    TRY(infer_constant(i, B, "bias", 2));
    fits = fits && i->constant[B]->shape.dim[0] == s->directions && i->constant[B]->shape.dim[1] == 2 * rows;
  }
  if (fits) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "%s: weights of %s and %s for an input of %s", ops_describe(i->node), shape_text(w),
                     shape_text(r), shape_text(&i->in[X]->shape));
}

static pl_status check_state(inference *i, int k, const shape *wanted) {
  if (!infer_has(i, k)) return PL_OK;
  const shape *s = i->constant[k] ? &i->constant[k]->shape : &i->in[k]->shape;
  if (shape_equal(s, wanted)) return PL_OK;
  return status_fail(PL_INVALID_MODEL, "%s: an initial state of %s, not %s", ops_describe(i->node), shape_text(s),
                     shape_text(wanted));
}

static pl_status infer_sizes(const inference *i, const cell *c, sizes *s) {
  const shape *x = &i->in[X]->shape;
  if (x->rank != 3)
    return status_fail(PL_INVALID_MODEL, "%s: its input is %s, not times x batch x features", ops_describe(i->node),
                       shape_text(x));
  *s = (sizes){x->dim[0], x->dim[1], x->dim[2], 0, directions_of(i->node)};
  TRY(check_weights(i, c, s));
  const uint64_t rows = size_product((uint64_t)s->times, (uint64_t)s->batch * (uint64_t)s->directions);
  if (size_product(rows, (uint64_t)s->units * 8 * sizeof(float)) > INT32_MAX)
    return status_fail(PL_UNSUPPORTED_MODEL, "%s: its sequence of %s is too long", ops_describe(i->node), shape_text(x));
  return PL_OK;
}

static pl_status recurrent_infer(inference *i) {
  const cell *c = cell_of(i->node->source->op);
  sizes s;
  TRY(infer_given(i, 3, c->has_memory ? INPUTS : STATE + 1));
  if (i->constant[X]) return refuse(i->node, "a constant input is");
  TRY(check_kind(i, c));
  TRY(infer_sizes(i, c, &s));
  TRY(check_lengths(i, s.times));
  const shape last = {3, {s.directions, s.batch, s.units}};
  for (int k = STATE; k <= MEMORY; k++) TRY(check_state(i, k, &last));
  TRY(infer_output(i, 0, &(shape){4, {s.times, s.directions, s.batch, s.units}}, LAYOUT_PLAIN));
  for (int k = 1; k < (c->has_memory ? 3 : 2); k++) TRY(infer_output(i, k, &last, LAYOUT_PLAIN));
  return PL_OK;
}

/* ---- create, reshape ---- */

static void free_maps(recurrent *r) {
  for (int d = 0; d < 2; d++)
    for (int k = 0; k < 2; k++) {
      linear_free(&r->directions[d].in[k]);
      linear_free(&r->directions[d].state[k]);
    }
}

static void recurrent_free(op *o) {
  recurrent *r = o->state;
  if (!r) return;
  free_maps(r);
  for (int k = 0; k < 2; k++) memory_free(r->initial[k]);
  memory_free(r);
  o->state = NULL;
}

/* One direction of weights: rows x columns, with the bias that stands `part` rows into that direction's. */
static pl_status create_map(const op *o, int input, int d, int part, const float *bias, linear *both) {
  const int *dim = o->constant[input]->shape.dim, rows = dim[1], columns = dim[2];
  onnx_tensor t = *o->constant[input];
  const size_t count = (size_t)rows * (size_t)columns;
  t.shape = (shape){2, {rows, columns}};
  t.count = count;
  t.data = (const char *)t.data + (size_t)d * count * onnx_type_size(t.type);
  weights w;
  pl_status status = weights_open(o, &t, 1, &w);
  const weights back = weights_transposed(w);
  const float *own = bias ? bias + ((size_t)d * 2 + (size_t)part) * (size_t)rows : NULL;
  if (!status) status = linear_create(o->node, columns, rows, &w, own, -INFINITY, INFINITY, &both[0]);
  if (!status && o->backward) status = linear_create(o->node, rows, columns, &back, NULL, -INFINITY, INFINITY, &both[1]);
  weights_close(&w);
  return status;
}

static const onnx_tensor *constant_of(const op *o, int k) { return k < o->input_count ? o->constant[k] : NULL; }

static pl_status create_maps(op *o, recurrent *r, const float *bias) {
  for (int d = 0; d < directions_of(o->node); d++) {
    TRY(create_map(o, W, d, 0, bias, r->directions[d].in));
    TRY(create_map(o, R, d, 1, bias, r->directions[d].state));
  }
  return PL_OK;
}

static pl_status recurrent_pack(op *o) {
  recurrent *r = o->state;
  if (r->packed) return PL_OK;
  float *bias = constant_of(o, B) ? ops_floats(constant_of(o, B)) : NULL;
  const pl_status status = constant_of(o, B) && !bias ? ops_out_of_memory(o) : create_maps(o, r, bias);
  memory_free(bias);
  if (status) free_maps(r);
  r->packed = !status;
  return status;
}

static pl_status recurrent_create(op *o) {
  recurrent *r = o->state = memory_allocate(1, sizeof *r);
  if (!r) return ops_out_of_memory(o);
  r->cell = cell_of(o->node->source->op);
  r->reverse = !strcmp(onnx_string(o->node->source, "direction", "forward"), "reverse");
  for (int k = 0; k < 2; k++)
    if (constant_of(o, STATE + k) && !(r->initial[k] = ops_floats(constant_of(o, STATE + k)))) return ops_out_of_memory(o);
  return PL_OK;
}

/* Floats of a direction: of the gates at one time, of the states at one time, and of what is kept of all times. */
static size_t gate_floats(const recurrent *r) { return (size_t)r->s.batch * (size_t)r->s.units * (size_t)r->cell->gates; }
static size_t state_floats(const recurrent *r) { return (size_t)r->s.batch * (size_t)r->s.units; }
static size_t kept_floats(const recurrent *r) { return state_floats(r) * (size_t)r->cell->kept * (size_t)r->s.times; }

/* Packed matrices of both directions, both ways. */
static pl_status measure_packed(op *o, const recurrent *r) {
  const int rows = r->s.units * r->cell->gates, columns[2] = {r->s.inputs, r->s.units};
  for (int k = 0; k < 2; k++) {
    uint64_t forward, backward = 0;
    TRY(linear_measure(o->node, columns[k], rows, &forward));
    if (o->backward) TRY(linear_measure(o->node, rows, columns[k], &backward));
    o->held = size_sum(o->held, size_product((uint64_t)r->s.directions, size_sum(forward, backward)));
  }
  return PL_OK;
}

/* Workspace: the gates of all times, those from the state at one time, state and memory; of the way back the input's gradient
 * too. */
static pl_status recurrent_reshape(op *o) {
  recurrent *r = o->state;
  const int *x = o->in[X].shape.dim, *w = o->constant[R]->shape.dim;
  r->s = (sizes){x[0], x[1], x[2], w[2], w[0]};
  const size_t times = (size_t)r->s.times, gates = gate_floats(r);
  const size_t floats = (times + 1) * gates + 3 * state_floats(r) + (r->s.directions > 1 ? ops_in_count(o) : 0);
  o->saved = (size_t)r->s.directions * kept_floats(r) * sizeof(float);
  o->workspace = floats * sizeof(float) + ALIGNMENT;
  o->macs = (double)times * (double)gates * (double)r->s.directions * ((double)r->s.inputs + r->s.units);
  return measure_packed(o, r);
}

/* ---- run ---- */

/* Where what belongs to one direction stands. */
typedef struct part {
  float *gates, *from_state, *state, *memory, *spare, *din, *kept;
} part;

static part part_of(const op *o, const buffers *b, int d) {
  const recurrent *r = o->state;
  part p = {.gates = b->workspace};
  p.from_state = p.gates + (size_t)r->s.times * gate_floats(r);
  p.state = p.from_state + gate_floats(r);
  p.memory = p.state + state_floats(r);
  p.spare = p.memory + state_floats(r);
  p.din = p.spare + state_floats(r);
  p.kept = (float *)b->saved + (size_t)d * kept_floats(r);
  return p;
}

/* The n-th time of a direction. */
static int time_at(const recurrent *r, int d, int n) { return d || r->reverse ? r->s.times - 1 - n : n; }

static void begin_state(const recurrent *r, const buffers *b, int k, int d, float *state) {
  const float *from = r->initial[k] ? r->initial[k] : b->in[STATE + k];
  if (from) memcpy(state, from + (size_t)d * state_floats(r), state_floats(r) * sizeof *state);
  else memset(state, 0, state_floats(r) * sizeof *state);
}

static float *output_at(const recurrent *r, float *y, int t, int d) {
  return y ? y + ((size_t)t * (size_t)r->s.directions + (size_t)d) * state_floats(r) : NULL;
}

static void step_forward(const recurrent *r, const part *p, int t) {
  const size_t units = (size_t)r->s.units, gates = units * (size_t)r->cell->gates, kept = units * (size_t)r->cell->kept;
  for (size_t n = 0; n < (size_t)r->s.batch; n++) {
    const size_t row = (size_t)t * (size_t)r->s.batch + n;
    r->cell->forward(units, p->gates + row * gates, p->from_state + n * gates, p->state + n * units, p->memory + n * units,
                     p->kept + row * kept);
  }
}

static pl_status direction_forward(op *o, const buffers *b, int d) {
  recurrent *r = o->state;
  direction *m = &r->directions[d];
  const part p = part_of(o, b, d);
  const size_t bytes = state_floats(r) * sizeof(float);
  begin_state(r, b, 0, d, p.state);
  begin_state(r, b, 1, d, p.memory);
  TRY(linear_run(o->node, &m->in[0], (size_t)r->s.times * (size_t)r->s.batch, b->in[X], p.gates));
  for (int n = 0; n < r->s.times; n++) {
    const int t = time_at(r, d, n);
    TRY(linear_run(o->node, &m->state[0], (size_t)r->s.batch, p.state, p.from_state));
    step_forward(r, &p, t);
    if (b->out[0]) memcpy(output_at(r, b->out[0], t, d), p.state, bytes);
  }
  if (b->out[1]) memcpy(b->out[1] + (size_t)d * state_floats(r), p.state, bytes);
  if (b->out[2]) memcpy(b->out[2] + (size_t)d * state_floats(r), p.memory, bytes);
  return PL_OK;
}

static pl_status recurrent_forward(op *o, const buffers *b) {
  const recurrent *r = o->state;
  for (int d = 0; d < r->s.directions; d++) TRY(direction_forward(o, b, d));
  return PL_OK;
}

static void add(float *restrict sum, const float *restrict x, size_t count) {
  for (size_t k = 0; k < count; k++) sum[k] += x[k];
}

/* From the gradient at the state after time t to that at the state before it. */
static pl_status step_backward(op *o, direction *m, const part *p, int t) {
  const recurrent *r = o->state;
  const size_t units = (size_t)r->s.units, gates = units * (size_t)r->cell->gates, kept = units * (size_t)r->cell->kept;
  for (size_t n = 0; n < (size_t)r->s.batch; n++) {
    const size_t row = (size_t)t * (size_t)r->s.batch + n;
    r->cell->backward(units, p->kept + row * kept, p->state + n * units, p->memory + n * units, p->gates + row * gates,
                      p->from_state + n * gates);
  }
  TRY(linear_run(o->node, &m->state[1], (size_t)r->s.batch, p->from_state, p->spare));
  add(p->state, p->spare, state_floats(r));
  return PL_OK;
}

static void begin_gradient(const recurrent *r, const float *dlast, int d, float *gradient) {
  const size_t count = state_floats(r);
  if (dlast) memcpy(gradient, dlast + (size_t)d * count, count * sizeof *gradient);
  else memset(gradient, 0, count * sizeof *gradient);
}

static pl_status direction_backward(op *o, const buffers *b, int d) {
  recurrent *r = o->state;
  direction *m = &r->directions[d];
  const part p = part_of(o, b, d);
  const size_t count = state_floats(r), rows = (size_t)r->s.times * (size_t)r->s.batch;
  begin_gradient(r, b->dout[1], d, p.state);
  begin_gradient(r, b->dout[2], d, p.memory);
  for (int n = r->s.times - 1; n >= 0; n--) {
    const int t = time_at(r, d, n);
    if (b->dout[0]) add(p.state, output_at(r, b->dout[0], t, d), count);
    TRY(step_backward(o, m, &p, t));
  }
  if (b->din[STATE]) memcpy(b->din[STATE] + (size_t)d * count, p.state, count * sizeof(float));
  if (b->din[MEMORY]) memcpy(b->din[MEMORY] + (size_t)d * count, p.memory, count * sizeof(float));
  if (!b->din[X]) return PL_OK;
  TRY(linear_run(o->node, &m->in[1], rows, p.gates, d ? p.din : b->din[X]));
  if (d) add(b->din[X], p.din, ops_in_count(o));
  return PL_OK;
}

static pl_status recurrent_backward(op *o, const buffers *b) {
  const recurrent *r = o->state;
  for (int d = 0; d < r->s.directions; d++) TRY(direction_backward(o, b, d));
  return PL_OK;
}

#define RECURRENT(name)                                        \
  const op_class ops_##name = {.type = #name,                  \
                               .flags = TRAINED,               \
                               .infer = recurrent_infer,       \
                               .create = recurrent_create,     \
                               .reshape = recurrent_reshape,   \
                               .pack = recurrent_pack,         \
                               .forward = recurrent_forward,   \
                               .backward = recurrent_backward, \
                               .free = recurrent_free,         \
                               .units = units_last};

RECURRENT(LSTM)
RECURRENT(GRU)
RECURRENT(RNN)
