#include "network/generator_range.h"

#include <math.h>
#include <string.h>

#include "network/ops/ops.h"

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
  float low = n->op->low, high = n->op->high;
  op o = {.class = n->op, .node = n, .opset = g->model->opset, .input_count = n->input_count};
  for (int k = 0; k < n->input_count; k++) o.constant[k] = n->inputs[k] < 0 ? NULL : g->values[n->inputs[k]].constant;
  if (n->op->as_clamp && !n->op->as_clamp(&o, &low, &high)) return false;
  *r = (range){(double)low, (double)high};
  return low < high && isfinite(low) && isfinite(high);
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

enum { MOST_STEPS = 16 };

static bool find(const graph *g, int value, int steps, range *r) {
  const int producer = value < 0 ? -1 : g->values[value].producer;
  if (producer < 0 || steps == MOST_STEPS) return false;
  const node *n = &g->nodes[producer];
  double number;
  if (!n->op || !n->input_count || n->outputs[0] != value) return false;
  if (read_bounds(g, n, r)) return true;
  if (n->op->flags & MOVES) return find(g, n->inputs[0], steps + 1, r);
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
