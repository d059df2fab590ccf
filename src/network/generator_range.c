#include "network/generator_range.h"

#include <math.h>
#include <string.h>

typedef struct range {
  double low, high;
} range;

static bool is(const node *n, const char *type) { return !*n->source->domain && !strcmp(n->source->op, type); }

/* A constant of one number, or of the same one for all. */
static bool read_number(const graph *g, int value, double *number) {
  const onnx_tensor *t = value < 0 ? NULL : g->values[value].constant;
  float given[PL_MAX_CHANNELS];
  if (!t || t->count < 1 || t->count > PL_MAX_CHANNELS) return false;
  onnx_floats(t, given);
  for (size_t i = 1; i < t->count; i++)
    if (given[i] != given[0]) return false;
  *number = (double)given[0];
  return true;
}

/* Bounds of an operator that keeps to them whatever it reads. */
static bool read_bounds(const graph *g, const node *n, range *r) {
  if (is(n, "Tanh")) *r = (range){-1, 1};
  else if (is(n, "Sigmoid") || is(n, "HardSigmoid")) *r = (range){0, 1};
  else if (!is(n, "Clip")) return false;
  else if (g->model->opset < 11)
    *r = (range){(double)onnx_float(n->source, "min", NAN), (double)onnx_float(n->source, "max", NAN)};
  else return n->input_count == 3 && read_number(g, n->inputs[1], &r->low) && read_number(g, n->inputs[2], &r->high);
  return true;
}

/* The operator's bounds from those of its input, the other one being a constant. */
static bool apply_arithmetic(const node *n, bool constant_first, double number, range *r) {
  const double low = r->low, high = r->high;
  if (is(n, "Add")) *r = (range){low + number, high + number};
  else if (is(n, "Mul")) *r = (range){low * number, high * number};
  else if (is(n, "Div") && !constant_first) *r = (range){low / number, high / number};
  else if (is(n, "Sub")) *r = constant_first ? (range){number - high, number - low} : (range){low - number, high - number};
  else return false;
  if (r->low > r->high) *r = (range){r->high, r->low};
  return true;
}

static bool moves(const node *n) {
  static const char *const types[] = {"Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice"};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (is(n, types[i])) return true;
  return false;
}

enum { MOST_STEPS = 16 };

static bool find(const graph *g, int value, int steps, range *r) {
  const int producer = value < 0 ? -1 : g->values[value].producer;
  if (producer < 0 || steps == MOST_STEPS) return false;
  const node *n = &g->nodes[producer];
  double number;
  if (!n->input_count || n->outputs[0] != value) return false;
  if (read_bounds(g, n, r)) return true;
  if (moves(n)) return find(g, n->inputs[0], steps + 1, r);
  if (n->input_count != 2) return false;
  const bool constant_first = read_number(g, n->inputs[0], &number);
  if (!constant_first && !read_number(g, n->inputs[1], &number)) return false;
  return find(g, n->inputs[constant_first], steps + 1, r) && apply_arithmetic(n, constant_first, number, r);
}

bool generator_range(const graph *g, int value, float *low, float *high) {
  range r;
  const bool found = find(g, value, 0, &r) && r.low < r.high && fabs(r.low) <= 1e4 && fabs(r.high) <= 1e4; /* false for NaN */
  *low = found ? (float)r.low : -1;
  *high = found ? (float)r.high : 1;
  return found;
}
