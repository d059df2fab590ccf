#include "network/hint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "network/exec/exec.h"

enum {
  COLOURS = 3,
  PROBES = COLOURS + 2, /* black, each colour alone, grey */
  SMALL_SIDE = 32,      /* of the image that is tried first */
  MOST_BYTES = 1 << 28, /* that this may take */
  MOST_WORK = 1 << 23   /* values that it may look at for each probe: files may claim any number, and a load takes a moment */
};

static pl_status out_of_memory(void) { return status_no_memory("to look at the model's input"); }

/* ---- where the network begins ---- */

typedef struct beginning {
  const node *first; /* what was trained, or cannot be followed; NULL: none is found */
  int value;         /* that it reads */
} beginning;

/* The first input of a node that is made of the image alone, by operators that were not trained; -1: none. */
static int image_input(const node *n, const bool *plain) {
  for (int k = 0; k < n->input_count; k++)
    if (n->inputs[k] >= 0 && plain[n->inputs[k]]) return n->inputs[k];
  return -1;
}

static beginning find_beginning(const graph *g, bool *plain) {
  plain[g->input] = true;
  for (int i = 0; i < g->node_count; i++) {
    const node *n = &g->nodes[i];
    const int from = image_input(n, plain), first = n->output_count ? n->outputs[0] : -1;
    if (from < 0 || (first >= 0 && (g->values[first].shape_only || g->values[first].constant))) continue;
    if (!n->op || n->op->flags & TRAINED) return (beginning){n, from};
    for (int k = 0; k < n->output_count; k++)
      if (n->outputs[k] >= 0) plain[n->outputs[k]] = true;
  }
  return (beginning){NULL, -1};
}

/* The last node before a value that computes something, rather than moving values. */
static const node *last_arithmetic(const graph *g, int value) {
  const node *found = NULL;
  while (value >= 0 && g->values[value].producer >= 0 && !(found && found->op->as_affine)) {
    const node *n = &g->nodes[g->values[value].producer];
    if (!found || n->op->as_affine) found = n;
    value = -1;
    for (int k = 0; k < n->input_count && value < 0; k++)
      if (n->inputs[k] >= 0 && !g->values[n->inputs[k]].constant && !g->values[n->inputs[k]].shape_only) value = n->inputs[k];
  }
  return found;
}

/* ---- what is done before ---- */

/* y = factor x + offset, for each colour. */
typedef struct change {
  double factor[COLOURS], offset[COLOURS];
} change;

static void fill_colour(exec *e, int height, int width, int probe) {
  float *pixel = exec_input(e);
  for (int p = 0; p < height * width; p++)
    for (int c = 0; c < COLOURS; c++) *pixel++ = probe == PROBES - 1 ? 0.5f : probe == c + 1;
}

/* What each value becomes for every colour. */
static pl_status run_probes(exec *e, int height, int width, arena *a, float *results[PROBES], size_t *count) {
  for (int probe = 0; probe < PROBES; probe++) {
    fill_colour(e, height, width, probe);
    TRY(exec_forward(e));
    const exec_target t = exec_layer(e, 0);
    *count = shape_count(&t.type.shape);
    results[probe] = arena_allocate(a, *count, sizeof *results[probe]);
    if (!results[probe]) return out_of_memory();
    memcpy(results[probe], t.data, *count * sizeof *results[probe]);
  }
  return PL_OK;
}

/* The colour that a value follows, and follows linearly; -1: none, -2: several, or otherwise. A network of one channel sees them
 * all as one. */
static int colour_of(float *const results[PROBES], size_t i, bool grey, double *factor) {
  const double black = (double)results[0][i], half = (double)results[PROBES - 1][i] - black;
  double sum = 0, largest = 0;
  int found = -1;
  for (int c = 0; c < COLOURS; c++) {
    const double step = (double)results[c + 1][i] - black;
    sum += step;
    if (fabs(step) <= fabs(largest)) continue;
    largest = step;
    found = c;
  }
  *factor = grey ? sum : largest;
  const bool linear = fabs(half - sum / 2) <= 1e-3 * fabs(sum) + 1e-6 * fabs(black);
  const bool alone = grey || fabs(sum - largest) <= 1e-3 * fabs(largest);
  if (found < 0) return fabs(half) <= 1e-6 * fabs(black) ? -1 : -2;
  return linear && alone ? found : -2;
}

/* False where what is done is no line for each colour. */
static bool read_change(float *const results[PROBES], size_t count, bool grey, change *out) {
  size_t seen[COLOURS] = {0};
  *out = (change){{0}, {0}};
  for (size_t i = 0; i < count; i++) {
    double factor;
    const int found = colour_of(results, i, grey, &factor), c = grey && found >= 0 ? 0 : found;
    if (c == -2) return false;
    if (c < 0) continue;
    out->factor[c] += factor;
    out->offset[c] += (double)results[0][i];
    seen[c]++;
  }
  for (int c = 0; c < (grey ? 1 : COLOURS); c++) {
    if (!seen[c]) return false;
    out->factor[c] /= (double)seen[c];
    out->offset[c] /= (double)seen[c];
    if (!isfinite(out->factor[c]) || !isfinite(out->offset[c]) || out->factor[c] == 0) return false;
  }
  for (int c = 1; c < COLOURS && grey; c++) out->factor[c] = out->factor[0], out->offset[c] = out->offset[0];
  return true;
}

/* Values that a forward pass looks at. */
static uint64_t work_of(const exec *e) {
  uint64_t work = 0;
  for (int i = 0; i < exec_step_count(e); i++) {
    const op *o = exec_step_op(e, i);
    const onnx_attribute *window = o->node ? onnx_find(o->node->source, "kernel_shape") : NULL;
    uint64_t taps = 1;
    for (int k = 0; window && window->kind == ONNX_ATTRIBUTE_INTS && k < (int)window->count; k++)
      taps = size_product(taps, (uint64_t)window->ints[k]);
    for (int k = 0; k < o->output_count; k++) work = size_sum(work, size_product(shape_count(&o->out[k].shape), taps));
  }
  return work;
}

static bool is_shaped(exec *e, int height, int width) {
  return exec_reshape(e, 1, height, width, MOST_BYTES) == PL_OK && work_of(e) <= MOST_WORK;
}

/* Small, or at the model's own size where something takes no other; false where that is too much for a load. */
static bool shape_probes(exec *e, const graph *g, int *height, int *width) {
  *height = *width = SMALL_SIDE;
  if (is_shaped(e, *height, *width)) return true;
  *height = g->height, *width = g->width;
  return is_shaped(e, *height, *width);
}

/* Whatever fails is not followed, but for memory that is out. */
static pl_status find_change(const graph *g, int value, arena *a, bool *followed, change *out) {
  static const pl_preprocessing as_it_is = {.std = {1, 1, 1, 1}};
  float *results[PROBES];
  size_t count = 0;
  int height, width;
  exec *e;
  *followed = false;
  pl_status status = exec_create(g, &value, 1, &as_it_is, false, &e);
  const bool shaped = !status && shape_probes(e, g, &height, &width);
  if (shaped) status = run_probes(e, height, width, a, results, &count);
  exec_free(e);
  if (shaped && !status) *followed = read_change(results, count, g->channels == 1, out);
  return status == PL_OUT_OF_MEMORY ? status : PL_OK;
}

/* ---- what this says ---- */

static bool changes_nothing(const change *c) {
  for (int k = 0; k < COLOURS; k++)
    if (fabs(c->factor[k] - 1) > 1e-5 || fabs(c->offset[k]) > 1e-5) return false;
  return true;
}

/* A constant of one value, or of one for each channel. */
static bool read_channels(const graph *g, int value, double *numbers) {
  const onnx_tensor *t = value < 0 ? NULL : g->values[value].constant;
  float given[PL_MAX_CHANNELS];
  if (!t || (t->count != 1 && t->count != (size_t)g->channels)) return false;
  onnx_floats(t, given);
  for (int c = 0; c < COLOURS; c++) numbers[c] = (double)given[t->count == 1 || c >= g->channels ? 0 : c];
  return true;
}

/* A BatchNormalization of the image itself: its mean and variance are those of the images that the network was trained on. */
static bool read_statistics(const graph *g, const node *n, change *out) {
  double mean[COLOURS], variance[COLOURS];
  if (!n->op || strcmp(n->op->type, "BatchNormalization") != 0 || n->input_count != 5) return false;
  if (!read_channels(g, n->inputs[3], mean) || !read_channels(g, n->inputs[4], variance)) return false;
  for (int c = 0; c < COLOURS; c++) {
    out->factor[c] = 1 / sqrt(variance[c]);
    out->offset[c] = -mean[c] * out->factor[c];
  }
  return true;
}

typedef enum expected { NOTHING, BYTES, UNIT, SYMMETRIC, IMAGENET } expected;

/* What the mean and the deviation that are taken away from x say of x. trained: they are statistics of the training's images,
 * not just a change of units. */
static expected classify(const change *c, bool trained) {
  double mean = 0, deviation = 0;
  for (int k = 0; k < COLOURS; k++) {
    mean -= c->offset[k] / c->factor[k] / COLOURS;
    deviation += 1 / fabs(c->factor[k]) / COLOURS;
  }
  if (!isfinite(mean) || !isfinite(deviation)) return NOTHING;
  if (fabs(mean) > 4 || deviation > 4) return BYTES;
  if (mean < -0.5) return SYMMETRIC;
  if (mean > 0.2 || deviation < 0.02) return UNIT;
  if (!trained) return NOTHING;
  return deviation < 0.75 ? SYMMETRIC : IMAGENET;
}

static pl_preprocessing imagenet(int channels) {
  if (channels == 1) return (pl_preprocessing){.mean = {0.449f}, .std = {0.226f}};
  return (pl_preprocessing){{0.485f, 0.456f, 0.406f, 0}, {0.229f, 0.224f, 0.225f, 1}, false};
}

static pl_preprocessing preprocessing_of(expected e, int channels) {
  const float all = e == SYMMETRIC ? 0.5f : 0, unit = e == BYTES ? 1 / 255.0f : e == SYMMETRIC ? 0.5f : 1;
  if (e == NOTHING || e == IMAGENET) return imagenet(channels);
  return (pl_preprocessing){{all, all, all, all}, {unit, unit, unit, unit}, false};
}

/* ImageNet's mean is lowest in blue: one that is lowest in the first channel says that this is blue, as in Caffe. */
static bool takes_blue_first(const graph *g, const change *c, expected e) {
  const double first = -c->offset[0] / c->factor[0] / 255, last = -c->offset[2] / c->factor[2] / 255;
  return g->channels >= COLOURS && e == BYTES && fabs(first - 0.406) < 0.01 && fabs(last - 0.485) < 0.01;
}

static void tell(const graph *g, const node *n, const change *c, bool trained, pl_preprocessing_hint *h) {
  static const char *const values[] = {"", "from 0 to 255", "from 0 to 1", "from -1 to 1", "of ImageNet's mean and deviation"};
  const expected e = classify(c, trained);
  h->found = e != NOTHING;
  h->preprocessing = preprocessing_of(e, g->channels);
  h->preprocessing.bgr = h->found && takes_blue_first(g, c, e);
  if (h->found) snprintf(h->reason, sizeof h->reason, "%s normalizes the input, as it seems one %s", ops_describe(n), values[e]);
}

static void tell_nothing(const node *n, pl_preprocessing_hint *h) {
  h->unknown = true;
  snprintf(h->reason, sizeof h->reason, "%s does something to the input from which its values cannot be told", ops_describe(n));
}

static void tell_bytes(const graph *g, pl_preprocessing_hint *h) {
  h->found = true;
  h->preprocessing = preprocessing_of(BYTES, g->channels);
  snprintf(h->reason, sizeof h->reason, "input '%.60s' takes bytes, from 0 to 255", g->values[g->input].name);
}

static pl_status look(const graph *g, arena *a, pl_preprocessing_hint *h) {
  bool followed = true, *plain = arena_allocate(a, (size_t)g->value_count, sizeof *plain);
  change c = {{1, 1, 1}, {0, 0, 0}};
  if (!plain) return out_of_memory();
  const beginning b = find_beginning(g, plain);
  if (!b.first) return PL_OK;
  if (b.value != g->input) TRY(find_change(g, b.value, a, &followed, &c));
  const bool nothing = followed && changes_nothing(&c), trained = nothing && read_statistics(g, b.first, &c);
  if (!nothing || trained) {
    const node *n = trained ? b.first : last_arithmetic(g, b.value);
    if (followed) tell(g, n, &c, trained, h);
    if (!h->found && !trained) tell_nothing(n, h);
  } else if (!b.first->op) {
    tell_nothing(b.first, h);
  }
  return PL_OK;
}

pl_status hint_find(const graph *g, pl_preprocessing_hint *h) {
  *h = (pl_preprocessing_hint){.preprocessing = imagenet(g->channels)};
  if (g->bytes) {
    tell_bytes(g, h);
    return PL_OK;
  }
  arena *a = arena_create();
  const pl_status status = a ? look(g, a, h) : out_of_memory();
  arena_free(a);
  return status;
}
