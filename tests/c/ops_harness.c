#include "ops_harness.h"

#include "network/ops/kernels/internal.h"

/* ---- the node ---- */

void trial_begin(trial *t, const char *type, int opset) {
  *t = (trial){.low = -INFINITY, .high = INFINITY};
  t->model.opset = opset;
  t->source = (onnx_node){.name = "tested", .op = type, .domain = ""};
  t->node = (node){.op = ops_find(type), .name = "tested", .output_count = 1};
  REQUIRE(t->node.op);
}

/* Pointers into the trial are set late, so that a trial can be copied before it is prepared. */
static void connect(trial *t) {
  t->graph.model = &t->model;
  t->source.inputs = t->input_names;
  t->source.attributes = t->attributes;
  t->source.input_count = t->node.input_count;
  t->source.output_count = 1;
  t->node.source = &t->source;
  t->inference.graph = &t->graph;
  t->inference.node = &t->node;
  t->inference.batch = t->batch ? t->batch : t->given[0].shape.dim[0];
  for (int k = 0; k < t->node.input_count; k++) {
    if (t->input_names[k][0]) t->inference.in[k] = &t->given[k];
    if (t->constants[k].data) t->inference.known[k] = &t->constants[k];
    if (t->constants[k].data && !t->from_sizes[k]) t->inference.constant[k] = &t->constants[k];
  }
}

void trial_input(trial *t, shape s, layout l) {
  t->input_names[t->node.input_count] = "x";
  t->given[t->node.input_count++] = (tensor_type){s, l};
}

void trial_constant(trial *t, shape s, const float *values) {
  const int k = t->node.input_count++;
  const size_t count = shape_count(&s);
  float *copy = random_floats(count, -1, 1);
  if (values) memcpy(copy, values, count * sizeof *copy);
  t->input_names[k] = "w";
  t->given[k].shape = s;
  t->constants[k] = (onnx_tensor){.name = "w", .type = ONNX_FLOAT, .shape = s, .data = copy, .count = count};
}

void trial_constant_ints(trial *t, int count, const int64_t *values) {
  const int k = t->node.input_count++;
  int64_t *copy = malloc(16 * sizeof *copy);
  REQUIRE(copy && count <= 16);
  memcpy(copy, values, (size_t)count * sizeof *copy);
  t->input_names[k] = "i";
  t->given[k].shape = (shape){1, {count}};
  t->constants[k] = (onnx_tensor){.name = "i", .type = ONNX_INT64, .shape = {1, {count}}, .data = copy, .count = (size_t)count};
}

void trial_from_sizes(trial *t) { t->from_sizes[t->node.input_count - 1] = true; }

void trial_left_out(trial *t) { t->input_names[t->node.input_count++] = ""; }

static onnx_attribute *new_attribute(trial *t, const char *name, onnx_attribute_kind kind) {
  REQUIRE(t->source.attribute_count < TRIAL_ATTRIBUTES);
  onnx_attribute *a = &t->attributes[t->source.attribute_count++];
  *a = (onnx_attribute){.name = name, .kind = kind};
  return a;
}

void trial_int(trial *t, const char *name, int64_t value) { new_attribute(t, name, ONNX_ATTRIBUTE_INT)->i = value; }
void trial_float(trial *t, const char *name, float value) { new_attribute(t, name, ONNX_ATTRIBUTE_FLOAT)->f = value; }
void trial_string(trial *t, const char *name, const char *value) { new_attribute(t, name, ONNX_ATTRIBUTE_STRING)->s = value; }

void trial_ints(trial *t, const char *name, int count, const int64_t *values) {
  onnx_attribute *a = new_attribute(t, name, ONNX_ATTRIBUTE_INTS);
  a->count = count;
  a->ints = values;
}

void trial_floats(trial *t, const char *name, int count, const float *values) {
  onnx_attribute *a = new_attribute(t, name, ONNX_ATTRIBUTE_FLOATS);
  a->count = count;
  a->floats = values;
}

/* ---- running, as the executor does it ---- */

size_t trial_in_count(const trial *t, int k) { return shape_count(&t->op.in[k].shape); }
size_t trial_out_count(const trial *t) { return shape_count(&t->op.out[0].shape); }

static bool is_variable(const trial *t, int k) { return t->inference.in[k] && !t->inference.known[k]; }

pl_status trial_infer(trial *t) {
  connect(t);
  for (int k = 0; k < t->node.input_count; k++) t->inference.wants[k] = t->given[k].layout;
  return ops_infer(t->node.op, &t->inference);
}

static void free_buffers(trial *t) {
  for (int k = 0; k < MAX_INPUTS; k++) {
    memory_free(t->in[k]);
    memory_free(t->din[k]);
    t->in[k] = t->din[k] = NULL;
  }
  memory_free(t->out[0]);
  memory_free(t->dout[0]);
  memory_free(t->saved);
  memory_free(t->clamp);
  memory_free(t->workspace);
  t->out[0] = t->dout[0] = NULL;
  t->saved = t->workspace = NULL;
  t->clamp = NULL;
}

static float *new_floats(size_t count) {
  float *x = memory_allocate(count, sizeof *x);
  REQUIRE(x);
  return x;
}

static void spoil(void *memory, size_t bytes) {
  if (memory) memset(memory, 0xff, bytes); /* floats: NaN */
}

static pl_status reshape(trial *t) {
  op *o = &t->op;
  free_buffers(t);
  for (int k = 0; k < o->input_count; k++) {
    if (!is_variable(t, k)) continue;
    o->in[k] = t->given[k];
    o->in[k].layout = t->inference.wants[k];
  }
  o->out[0] = t->inference.out[0];
  o->batch = t->inference.batch;
  o->saved = o->workspace = 0;
  memcpy(o->known, t->inference.known, sizeof o->known);
  TRY(ops_reshape(o));
  memset(o->known, 0, sizeof o->known);
  return PL_OK;
}

static pl_status take_memory(trial *t) {
  op *o = &t->op;
  if (o->class->pack) TRY(o->class->pack(o));
  for (int k = 0; k < o->input_count; k++) {
    if (!is_variable(t, k)) continue;
    t->in[k] = new_floats(trial_in_count(t, k));
    t->din[k] = new_floats(trial_in_count(t, k));
  }
  t->out[0] = new_floats(trial_out_count(t));
  t->dout[0] = new_floats(trial_out_count(t));
  t->saved = memory_allocate(o->saved, 1);
  t->workspace = memory_allocate(o->workspace, 1);
  t->clamp = clamp_bytes(o) ? memory_allocate(clamp_bytes(o), 1) : NULL;
  REQUIRE(t->saved && t->workspace);
  return PL_OK;
}

void trial_fill(trial *t, float low, float high) {
  for (int k = 0; k < t->op.input_count; k++)
    if (t->in[k]) random_fill(t->in[k], trial_in_count(t, k), low, high);
  random_fill(t->dout[0], trial_out_count(t), -1, 1);
}

pl_status trial_measure(trial *t) {
  TRY(trial_infer(t));
  op *o = &t->op;
  *o = (op){.class = t->node.op,
            .node = &t->node,
            .opset = t->model.opset,
            .flags = t->node.op->flags,
            .backward = true,
            .input_count = t->node.input_count,
            .output_count = 1,
            .scale = t->scale,
            .shift = t->shift,
            .low = t->low,
            .high = t->high};
  for (int k = 0; k < o->input_count; k++) o->constant[k] = t->inference.constant[k];
  if (o->class->create) TRY(o->class->create(o));
  o->scale = o->shift = NULL;
  return reshape(t);
}

pl_status trial_prepare(trial *t) {
  TRY(trial_measure(t));
  TRY(take_memory(t));
  trial_fill(t, -1, 1);
  return PL_OK;
}

static buffers all_buffers(const trial *t) {
  buffers b = {.saved = t->saved, .workspace = t->workspace, .clamp = t->clamp};
  for (int k = 0; k < t->op.input_count; k++) b.in[k] = t->in[k];
  b.out[0] = t->out[0];
  return b;
}

void trial_forward(trial *t) {
  const buffers b = all_buffers(t);
  spoil(t->out[0], trial_out_count(t) * sizeof(float));
  spoil(t->workspace, t->op.workspace);
  spoil(t->saved, t->op.saved);
  spoil(t->clamp, clamp_bytes(&t->op));
  CHECK_INT(ops_forward(&t->op, &b), PL_OK);
}

/* dout is given to the operator as a copy, since it may be destroyed. */
void trial_backward(trial *t) {
  buffers b = all_buffers(t);
  float *dout = new_floats(trial_out_count(t));
  memcpy(dout, t->dout[0], trial_out_count(t) * sizeof *dout);
  b.dout[0] = dout;
  for (int k = 0; k < t->op.input_count; k++) {
    if (!(t->op.flags & KEEPS_INPUT)) b.in[k] = NULL;
    b.din[k] = t->din[k];
    if (t->din[k]) spoil(t->din[k], trial_in_count(t, k) * sizeof(float));
  }
  if (!(t->op.flags & KEEPS_OUTPUT)) b.out[0] = NULL;
  spoil(t->workspace, t->op.workspace);
  CHECK_INT(t->op.class->backward(&t->op, &b), PL_OK);
  memory_free(dout);
}

void trial_free(trial *t) {
  if (t->op.class && t->op.class->free) t->op.class->free(&t->op);
  free_buffers(t);
  for (int k = 0; k < MAX_INPUTS; k++) free((void *)t->constants[k].data);
  free(t->scale);
  free(t->shift);
}

/* ---- layouts ---- */

size_t trial_offset(const tensor_type *type, const int *index) {
  const int *d = type->shape.dim;
  if (type->shape.rank == 4 && type->layout == LAYOUT_CHANNELS_LAST)
    return (((size_t)index[0] * (size_t)d[2] + (size_t)index[2]) * (size_t)d[3] + (size_t)index[3]) * (size_t)d[1] +
           (size_t)index[1];
  size_t at = 0;
  for (int k = 0; k < type->shape.rank; k++) at = at * (size_t)d[k] + (size_t)index[k];
  return at;
}

float *trial_plain(const tensor_type *type, const float *values) {
  const size_t count = shape_count(&type->shape);
  float *plain = test_floats(count);
  int index[MAX_RANK] = {0};
  for (size_t i = 0; i < count; i++) {
    plain[i] = values[trial_offset(type, index)];
    for (int d = type->shape.rank - 1; d >= 0; d--) {
      if (++index[d] < type->shape.dim[d]) break;
      index[d] = 0;
    }
  }
  return plain;
}

/* ---- checks ---- */

static float *copy_of(const float *x, size_t count) {
  float *copy = test_floats(count);
  memcpy(copy, x, count * sizeof *copy);
  return copy;
}

void trial_check_linear(trial *t, double tolerance) {
  double from_din = 0, size = 0;
  const size_t count = trial_out_count(t);
  trial_forward(t);
  trial_backward(t);
  float *out = copy_of(t->out[0], count);
  for (int k = 0; k < t->op.input_count; k++) {
    if (!t->in[k]) continue;
    from_din += dot_product(t->din[k], t->in[k], trial_in_count(t, k));
    memset(t->in[k], 0, trial_in_count(t, k) * sizeof(float));
  }
  trial_forward(t);
  for (size_t i = 0; i < count; i++) {
    out[i] -= t->out[0][i];
    size += (double)out[i] * out[i];
  }
  const double from_out = dot_product(t->dout[0], out, count);
  size = sqrt(size * dot_product(t->dout[0], t->dout[0], count));
  if (!CHECK_NEAR(from_din, from_out, tolerance * (size + 1e-12))) printf("  %s\n", t->source.op);
  free(out);
}

static void move(trial *t, float *const *x, float *const *v, float h) {
  for (int k = 0; k < t->op.input_count; k++)
    for (size_t i = 0; t->in[k] && i < trial_in_count(t, k); i++) t->in[k][i] = x[k][i] + h * v[k][i];
}

void trial_check_gradient(trial *t, float h, double tolerance) {
  float *x[MAX_INPUTS] = {0}, *v[MAX_INPUTS] = {0};
  const size_t count = trial_out_count(t);
  trial_forward(t);
  trial_backward(t);
  for (int k = 0; k < t->op.input_count; k++)
    if (t->in[k]) x[k] = copy_of(t->in[k], trial_in_count(t, k));
  for (int direction = 0; direction < 4; direction++) {
    double from_din = 0, size = 0;
    for (int k = 0; k < t->op.input_count; k++) {
      if (!t->in[k]) continue;
      free(v[k]);
      v[k] = random_floats(trial_in_count(t, k), -1, 1);
      from_din += dot_product(t->din[k], v[k], trial_in_count(t, k));
      size += dot_product(t->din[k], t->din[k], trial_in_count(t, k));
    }
    move(t, x, v, h);
    trial_forward(t);
    float *above = copy_of(t->out[0], count);
    move(t, x, v, -h);
    trial_forward(t);
    const double slope = (dot_product(t->dout[0], above, count) - dot_product(t->dout[0], t->out[0], count)) / (2 * (double)h);
    if (!CHECK_NEAR(from_din, slope, tolerance * (sqrt(size) + 1e-6))) printf("  %s\n", t->source.op);
    free(above);
  }
  move(t, x, x, 0);
  for (int k = 0; k < t->op.input_count; k++) {
    free(x[k]);
    free(v[k]);
  }
}

static bool same_bits(const float *a, const float *b, size_t count) { return memcmp(a, b, count * sizeof *a) == 0; }

static pl_status rebatch(trial *t, int batch) {
  for (int k = 0; k < t->op.input_count; k++)
    if (is_variable(t, k)) t->given[k].shape.dim[0] = batch;
  TRY(trial_infer(t));
  TRY(reshape(t));
  return take_memory(t);
}

/* Items follow each other in memory in both layouts, so item i is the i-th part of a tensor. */
bool trial_same_alone(trial *t) {
  int first = 0;
  while (!t->in[first]) first++;
  const int batch = t->given[first].shape.dim[0];
  float *in[MAX_INPUTS] = {0}, *din[MAX_INPUTS] = {0};
  trial_forward(t);
  trial_backward(t);
  const size_t each = trial_out_count(t) / (size_t)batch;
  float *out = copy_of(t->out[0], trial_out_count(t)), *dout = copy_of(t->dout[0], trial_out_count(t));
  for (int k = 0; k < t->op.input_count; k++) {
    if (!t->in[k]) continue;
    in[k] = copy_of(t->in[k], trial_in_count(t, k));
    din[k] = copy_of(t->din[k], trial_in_count(t, k));
  }
  bool same = true;
  REQUIRE(rebatch(t, 1) == PL_OK);
  for (int i = 0; i < batch; i++) {
    for (int k = 0; k < t->op.input_count; k++)
      if (t->in[k]) memcpy(t->in[k], in[k] + (size_t)i * trial_in_count(t, k), trial_in_count(t, k) * sizeof(float));
    memcpy(t->dout[0], dout + (size_t)i * each, each * sizeof *dout);
    trial_forward(t);
    trial_backward(t);
    same &= same_bits(t->out[0], out + (size_t)i * each, each);
    for (int k = 0; k < t->op.input_count; k++)
      if (t->in[k]) same &= same_bits(t->din[k], din[k] + (size_t)i * trial_in_count(t, k), trial_in_count(t, k));
  }
  REQUIRE(rebatch(t, batch) == PL_OK);
  for (int k = 0; k < t->op.input_count; k++) {
    free(in[k]);
    free(din[k]);
  }
  free(out);
  free(dout);
  return same;
}
