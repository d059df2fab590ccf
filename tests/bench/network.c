#include "network.h"

#include <math.h>
#include <string.h>

#include "network/exec/exec_plan.h"
#include "network/exec/preprocess.h"
#include "network/model.h"

/* Seconds that all operators of a network may take in a round, when they are timed one by one. */
static const double OPERATORS = 1;

typedef struct network {
  pl_model *model;
  exec *exec;
  int crop, batch;
  float *pixels; /* what every pass begins with */
} network;

static size_t value_count(const network *n) { return (size_t)(3 * n->batch * n->crop * n->crop); }

static void fill_input(const network *n) { memcpy(exec_input(n->exec), n->pixels, value_count(n) * sizeof *n->pixels); }

/* The score is the first unit of every crop. */
static void fill_gradient(const network *n) {
  const exec_target layer = exec_layer(n->exec, 0);
  const size_t units = shape_count(&layer.type.shape) / (size_t)n->batch;
  for (int b = 0; b < n->batch; b++) layer.gradient[(size_t)b * units] = 1;
}

static pl_status forward(void *context) {
  const network *n = context;
  fill_input(n);
  return exec_forward(n->exec);
}

static pl_status forward_backward(void *context) {
  const network *n = context;
  TRY(forward(context));
  fill_gradient(n);
  return exec_backward(n->exec);
}

static void network_free(network *n) {
  exec_free(n->exec);
  pl_model_free(n->model);
  memory_free(n->pixels);
}

static pl_status network_create(const void *onnx, size_t size, int crop, int batch, network *n) {
  const pl_preprocessing p = {{0.5f, 0.5f, 0.5f, 0.5f}, {0.5f, 0.5f, 0.5f, 0.5f}, false};
  *n = (network){.crop = crop, .batch = batch};
  TRY(pl_model_load(onnx, size, &(pl_model_options){.preprocessing = &p}, &n->model));
  TRY(exec_create(n->model->graph, &n->model->graph->logits, 1, &n->model->preprocessing, true, &n->exec));
  bool apart;
  TRY(exec_measure_parts(n->exec, 1, batch, crop, crop, &apart)); /* as a pass of a visualization is */
  TRY(exec_reshape(n->exec, batch, crop, crop, UINT64_MAX));
  n->pixels = memory_allocate(value_count(n), sizeof *n->pixels);
  if (!n->pixels) return status_no_memory("for the benchmark's crops");
  for (size_t i = 0; i < value_count(n); i++) n->pixels[i] = (float)(i * 2654435761u % 1024) / 1024;
  return forward_backward(n);
}

static pl_status report_whole(network *n, rounds r, FILE *out) {
  timed works[] = {{forward, n, 0, 0}, {forward_backward, n, 0, 0}, {clock_chains, NULL, 0, 0}, {clock_stream, NULL, 0, 0}};
  TRY(clock_rounds(works, 4, r));
  fprintf(out, "\"mmacs\":%.1f,\"forward_ms\":%.3f,\"both_ms\":%.3f,\"peak_gmacs\":%.2f,\"stream_gbs\":%.2f,\"memory_mb\":%.1f",
          exec_macs(n->exec) * 1e-6, works[0].best * 1e3, works[1].best * 1e3, clock_chains_macs() / works[2].best * 1e-9,
          clock_stream_bytes() / works[3].best * 1e-9, (double)exec_memory(n->exec) * 1e-6);
  return PL_OK;
}

/* ---- each operator ---- */

typedef struct turn {
  exec *exec;
  int index;
} turn;

static pl_status turn_forward(void *context) { return exec_step_forward(((turn *)context)->exec, ((turn *)context)->index); }
static pl_status turn_backward(void *context) { return exec_step_backward(((turn *)context)->exec, ((turn *)context)->index); }

/* Seconds of an operator's one direction: the best of the rounds, and of the round that is under way. */
typedef struct direction {
  double hot, in_order, round;
} direction;

/* An operator's, at its first step. */
typedef struct profile {
  direction forward, backward;
} profile;

/* The first step of the operator that has this one, and how many it has. */
static int first_step(const exec *e, int step) { return is_repeated(e, step) ? step % e->part_steps : step; }
static int turns_of(const exec *e, int step) { return step < e->part_steps ? e->parts : 1; }

static pl_status time_hot(network *n, profile *profiles, rounds r) {
  const int count = exec_step_count(n->exec);
  const double share = OPERATORS / (2.0 * (count + 1));
  if (share < r.least) r.least = share;
  for (int i = 0; i < count; i++) {
    if (is_repeated(n->exec, i)) continue;
    turn t = {n->exec, i};
    const double turns = turns_of(n->exec, i);
    profiles[i].forward.hot = turns * clock_best(turn_forward, &t, r);
    profiles[i].backward.hot = turns * clock_best(turn_backward, &t, r);
  }
  return PL_OK;
}

/* exec_forward and exec_backward with a look at the clock after every operator. */
static pl_status time_pass(network *n, profile *profiles) {
  exec *e = n->exec;
  const size_t pixels = value_count(n) / 3;
  fill_input(n);
  preprocess_forward(&e->preprocessing, e->graph->channels, pixels, exec_input(e), exec_at(e, e->slots[0].data));
  double last = clock_now();
  for (int i = 0; i < exec_step_count(e); i++) {
    TRY(exec_step_forward(e, i));
    const double now = clock_now();
    profiles[first_step(e, i)].forward.round += now - last;
    last = now;
  }
  fill_gradient(n);
  last = clock_now();
  for (int i = exec_step_count(e) - 1; i >= 0; i--) {
    TRY(exec_step_backward(e, i));
    const double now = clock_now();
    profiles[first_step(e, i)].backward.round += now - last;
    last = now;
  }
  return PL_OK;
}

static void end_round(direction *d, int passes) {
  if (d->round / passes < d->in_order) d->in_order = d->round / passes;
  d->round = 0;
}

/* Rounds have several passes: a browser's clock is coarse. */
static pl_status time_in_order(network *n, profile *profiles, rounds r) {
  enum { PASSES = 4 };
  const int count = exec_step_count(n->exec);
  for (int i = 0; i < count; i++) profiles[i].forward.in_order = profiles[i].backward.in_order = INFINITY;
  for (int round = 0; round < r.count; round++) {
    for (int pass = 0; pass < PASSES; pass++) TRY(time_pass(n, profiles));
    for (int i = 0; i < count; i++) {
      end_round(&profiles[i].forward, PASSES);
      end_round(&profiles[i].backward, PASSES);
    }
  }
  return PL_OK;
}

static void write_text(const char *text, FILE *out) {
  fputc('"', out);
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') fputc('\\', out);
    fputc(*text, out);
  }
  fputc('"', out);
}

/* "weights" is the shape of the second input, where that is constant; "in" and "out" are those of one of the turns. */
static void write_operator(const op *o, int turns, const profile *p, FILE *out) {
  const bool weighted = o->input_count > 1 && o->constant[1];
  fprintf(out, "{\"name\":");
  write_text(o->node ? o->node->name : "", out);
  fprintf(out, ",\"kind\":\"%s\",\"in\":\"%s\",\"weights\":\"%s\",\"out\":\"%s\"", o->class->type,
          o->input_count ? shape_text(&o->in[0].shape) : "", weighted ? shape_text(&o->constant[1]->shape) : "",
          shape_text(&o->out[0].shape));
  fprintf(out, ",\"weight_mb\":%.4f", weighted ? 4e-6 * (double)shape_count(&o->constant[1]->shape) : 0);
  fprintf(out, ",\"mmacs\":%.3f,\"forward_ms\":%.4f,\"backward_ms\":%.4f,\"hot_forward_ms\":%.4f,\"hot_backward_ms\":%.4f}",
          turns * o->macs * 1e-6, p->forward.in_order * 1e3, p->backward.in_order * 1e3, p->forward.hot * 1e3,
          p->backward.hot * 1e3);
}

static pl_status report_operators(network *n, rounds r, FILE *out) {
  const int count = exec_step_count(n->exec);
  profile *profiles = memory_allocate((size_t)count + 1, sizeof *profiles);
  if (!profiles) return status_no_memory("for the benchmark's profile");
  pl_status status = time_in_order(n, profiles, r);
  if (!status) status = time_hot(n, profiles, r);
  fprintf(out, ",\"operators\":[");
  for (int i = 0; i < count; i++) {
    if (is_repeated(n->exec, i)) continue;
    if (i) fputc(',', out);
    write_operator(exec_step_op(n->exec, i), turns_of(n->exec, i), &profiles[i], out);
  }
  fprintf(out, "]");
  memory_free(profiles);
  return status;
}

pl_status network_report(const void *onnx, size_t size, int crop, int batch, bool profile, rounds r, FILE *out) {
  network n;
  pl_status status = network_create(onnx, size, crop, batch, &n);
  fprintf(out, "{\"crop\":%d,\"batch\":%d,", crop, batch);
  if (!status) status = report_whole(&n, r, out);
  if (!status && profile) status = report_operators(&n, r, out);
  fprintf(out, "}");
  network_free(&n);
  return status;
}
