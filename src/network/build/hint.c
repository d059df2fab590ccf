#include "network/build/hint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "network/ops/ops.h"

/* What is done to the input before anything looks at neighbouring pixels: y = (x - mean) / std, per channel. */
typedef struct range {
  const graph *graph;
  const node *last; /* of the nodes that do it; NULL: none */
  bool trained;     /* mean and std are statistics of the training's input, not just a change of units */
  double factor[PL_MAX_CHANNELS], offset[PL_MAX_CHANNELS]; /* y = factor x + offset */
} range;

static bool is(const node *n, const char *type) { return !*n->source->domain && !strcmp(n->source->op, type); }

/* The only node that reads the value, or NULL. */
static const node *only_reader(const graph *g, int value) {
  const node *reader = NULL;
  for (int i = 0; i < g->node_count; i++)
    for (int k = 0; k < g->nodes[i].input_count; k++) {
      if (g->nodes[i].inputs[k] != value) continue;
      if (reader) return NULL;
      reader = &g->nodes[i];
    }
  return reader;
}

/* A constant of one value, or of one for each channel. */
static bool read_channels(const graph *g, int value, double *numbers) {
  const onnx_tensor *t = value < 0 ? NULL : g->values[value].constant;
  float given[PL_MAX_CHANNELS];
  if (!t || (t->count != 1 && t->count != (size_t)g->channels)) return false;
  onnx_floats(t, given);
  for (int c = 0; c < g->channels; c++) numbers[c] = (double)given[t->count == 1 ? 0 : c];
  return true;
}

static bool add_arithmetic(range *r, const node *n, int value) {
  double number[PL_MAX_CHANNELS];
  const bool multiplies = is(n, "Mul"), divides = is(n, "Div"), adds = is(n, "Add"), subtracts = is(n, "Sub");
  if (!(multiplies || divides || adds || subtracts) || n->input_count != 2) return false;
  const int constant = n->inputs[0] == value ? 1 : 0;
  if ((divides && !constant) || !read_channels(r->graph, n->inputs[constant], number)) return false;
  for (int c = 0; c < r->graph->channels; c++) {
    const double factor = multiplies ? number[c] : divides ? 1 / number[c] : subtracts && !constant ? -1 : 1;
    const double shift = adds || (subtracts && !constant) ? number[c] : subtracts ? -number[c] : 0;
    r->factor[c] *= factor;
    r->offset[c] = r->offset[c] * factor + shift;
  }
  return true;
}

static bool add_batch_norm(range *r, const node *n) {
  double mean[PL_MAX_CHANNELS], variance[PL_MAX_CHANNELS];
  if (r->last || !is(n, "BatchNormalization") || n->input_count != 5) return false;
  if (!read_channels(r->graph, n->inputs[3], mean) || !read_channels(r->graph, n->inputs[4], variance)) return false;
  for (int c = 0; c < r->graph->channels; c++) {
    r->factor[c] = 1 / sqrt(variance[c]);
    r->offset[c] = -mean[c] * r->factor[c];
  }
  r->trained = true;
  return true;
}

static range read_range(const graph *g) {
  range r = {.graph = g, .factor = {1, 1, 1, 1}};
  for (int v = g->input, steps = 0; steps < 16; steps++) {
    const node *n = only_reader(g, v);
    if (!n || n->output_count != 1 || !n->op) return r;
    if (add_batch_norm(&r, n)) r.last = n;
    else if (add_arithmetic(&r, n, v)) r.last = n;
    else if (!is(n, "Transpose")) return r;
    if (r.trained) return r;
    v = n->outputs[0];
  }
  return r;
}

typedef enum expected { NOTHING, BYTES, UNIT, SYMMETRIC, IMAGENET } expected;

/* What the mean and the deviation that are taken away from x say of x. */
static expected classify(const range *r, double mean, double deviation) {
  if (!isfinite(mean) || !isfinite(deviation)) return NOTHING;
  if (fabs(mean) > 4 || deviation > 4) return BYTES;
  if (mean < -0.5) return SYMMETRIC;
  if (mean > 0.2 || deviation < 0.02) return UNIT;
  if (!r->trained) return NOTHING;
  return deviation < 0.75 ? SYMMETRIC : IMAGENET;
}

pl_preprocessing hint_imagenet(int channels) {
  if (channels == 1) return (pl_preprocessing){.mean = {0.449f}, .std = {0.226f}};
  return (pl_preprocessing){{0.485f, 0.456f, 0.406f, 0}, {0.229f, 0.224f, 0.225f, 1}, false};
}

static pl_preprocessing preprocessing_of(expected e, int channels) {
  const float all = e == SYMMETRIC ? 0.5f : 0, unit = e == BYTES ? 1 / 255.0f : e == SYMMETRIC ? 0.5f : 1;
  if (e == IMAGENET) return hint_imagenet(channels);
  return (pl_preprocessing){{all, all, all, all}, {unit, unit, unit, unit}, false};
}

pl_preprocessing_hint hint_find(const graph *g) {
  static const char *const values[] = {"", "from 0 to 255", "from 0 to 1", "from -1 to 1", "of ImageNet's mean and deviation"};
  pl_preprocessing_hint h = {0};
  const range r = read_range(g);
  double mean = 0, deviation = 0;
  for (int c = 0; c < g->channels; c++) {
    mean -= r.offset[c] / r.factor[c] / g->channels;
    deviation += 1 / fabs(r.factor[c]) / g->channels;
  }
  const expected e = g->bytes ? BYTES : r.last ? classify(&r, mean, deviation) : NOTHING;
  h.found = e != NOTHING;
  h.preprocessing = h.found ? preprocessing_of(e, g->channels) : hint_imagenet(g->channels);
  if (g->bytes) snprintf(h.reason, sizeof h.reason, "input '%.60s' takes bytes, %s", g->values[g->input].name, values[e]);
  else if (h.found)
    snprintf(h.reason, sizeof h.reason, "%s normalizes the input, as it seems one %s", ops_describe(r.last), values[e]);
  return h;
}
