/* The patterns. Exporters write the factors of a product in any order and the numbers in many places, so products are taken
 * apart: numbers multiply up, what is left is counted. */
#include "network/exec/fuse_patterns.h"

#include <math.h>
#include <string.h>

extern const op_class ops_Gelu, ops_Swish, ops_HardSwish, ops_LayerNormalization;

static bool about(double number, double wanted) { return fabs(number - wanted) <= 1e-3 * fabs(wanted); }

static bool answer(pattern_match *m, const op_class *class, int input) {
  m->class = class;
  m->input = input;
  return true;
}

static void set_float(pattern_match *m, const char *name, double value) {
  m->attributes[m->attribute_count++] = (onnx_attribute){.name = name, .kind = ONNX_ATTRIBUTE_FLOAT, .f = (float)value, .s = ""};
}

/* ---- products ---- */

enum { DEPTH = 4, TREE = 1 << (DEPTH + 1) };

/* number * x^times * factor^factors */
typedef struct product {
  int x, factor; /* values; -1: none */
  double number;
  int times, factors;
} product;

static product product_of(int x, int factor) { return (product){x, factor, 1, 0, 0}; }

/* Takes the value apart into what p names, noting the nodes; false where something else is in it. */
static bool take_apart(pattern_match *m, int value, int depth, product *p) {
  double number;
  if (value == p->x) return ++p->times;
  if (value == p->factor) return ++p->factors;
  if (pattern_number(m, value, &number)) {
    p->number *= number;
    return true;
  }
  const node *n = depth ? pattern_maker(m, value, NULL) : NULL;
  if (!n || n->input_count != 2 || !pattern_take(m, n)) return false;
  if (!strcmp(n->op->type, "Mul")) return take_apart(m, n->inputs[0], depth - 1, p) && take_apart(m, n->inputs[1], depth - 1, p);
  if (!pattern_number(m, n->inputs[1], &number)) return false;
  if (!strcmp(n->op->type, "Div")) {
    p->number /= number;
    return take_apart(m, n->inputs[0], depth - 1, p);
  }
  if (strcmp(n->op->type, "Pow") || n->inputs[0] != p->x || (number != 2 && number != 3)) return false;
  p->times += (int)number;
  return true;
}

/* Whether the value is `number` x^times factor^factors. */
static bool is_product(pattern_match *m, int value, int x, int times, int factor, int factors, double number) {
  product p = product_of(x, factor);
  return take_apart(m, value, DEPTH, &p) && p.times == times && p.factors == factors && about(p.number, number);
}

/* The value and all that stand in it as factors, themselves products or not. */
static int list_factors(const pattern_match *m, int value, int depth, int *list) {
  const node *n = depth ? pattern_maker(m, value, NULL) : NULL;
  int count = 1;
  *list = value;
  if (!n || n->input_count != 2) return count;
  const bool both = !strcmp(n->op->type, "Mul"), first = both || !strcmp(n->op->type, "Div") || !strcmp(n->op->type, "Pow");
  if (first) count += list_factors(m, n->inputs[0], depth - 1, list + count);
  if (both) count += list_factors(m, n->inputs[1], depth - 1, list + count);
  return count;
}

/* A sum of a number and something else, in either order: the something, or -1. */
static int beside_number(const pattern_match *m, const node *sum, double wanted) {
  double number;
  for (int k = 0; k < 2 && sum && sum->input_count == 2; k++)
    if (pattern_number(m, sum->inputs[k], &number) && about(number, wanted)) return sum->inputs[1 - k];
  return -1;
}

/* The argument of 1 + function(argument), whose nodes are noted; -1 for any other value. */
static int one_plus(pattern_match *m, int value, const char *function) {
  const node *sum = pattern_maker(m, value, "Add"), *inner = pattern_maker(m, beside_number(m, sum, 1), function);
  return inner && pattern_take(m, sum) && pattern_take(m, inner) ? inner->inputs[0] : -1;
}

/* ---- Gelu ---- */

/* x / sqrt 2: what x is, or -1. */
static int over_root_of_two(pattern_match *m, int value) {
  int list[TREE];
  const int count = list_factors(m, value, DEPTH, list), kept = m->node_count;
  for (int i = 0; i < count; i++, m->node_count = kept)
    if (is_product(m, value, list[i], 1, -1, 0, sqrt(0.5))) return list[i];
  return -1;
}

/* x + 0.044715 x^3 or 1 + 0.044715 x^2, of which `power` is the second term: what x is, or -1. `above`: the first is x. */
static int bent_by(pattern_match *m, int first, int power, bool *above) {
  int list[TREE];
  double number;
  *above = !pattern_number(m, first, &number);
  if (*above) return is_product(m, power, first, 3, -1, 0, 0.044715) ? first : -1;
  const int count = about(number, 1) ? list_factors(m, power, DEPTH, list) : 0, kept = m->node_count;
  for (int i = 0; i < count; i++, m->node_count = kept)
    if (is_product(m, power, list[i], 2, -1, 0, 0.044715)) return list[i];
  return -1;
}

/* sqrt(2 / pi) (x + 0.044715 x^3), also with x before the bracket: what x is, or -1. */
static int bent(pattern_match *m, int value) {
  int list[TREE];
  const int count = list_factors(m, value, DEPTH, list), kept = m->node_count;
  for (int i = 0; i < count; i++) {
    const node *sum = pattern_maker(m, list[i], "Add");
    for (int k = 0; k < 2 && sum && sum->input_count == 2; k++, m->node_count = kept) {
      bool above;
      const int x = pattern_take(m, sum) ? bent_by(m, sum->inputs[k], sum->inputs[1 - k], &above) : -1;
      if (x >= 0 && is_product(m, value, x, !above, list[i], 1, 0.7978845608)) return x;
    }
  }
  return -1;
}

/* x (1 + erf(x / sqrt 2)) / 2, or x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. */
bool pattern_gelu(pattern_match *m, int last) {
  static const onnx_attribute by_tanh = {.name = "approximate", .kind = ONNX_ATTRIBUTE_STRING, .s = "tanh"};
  int list[TREE];
  const int count = list_factors(m, last, DEPTH, list);
  for (int i = 0; i < count; i++)
    for (int tanh = 0; tanh < 2; tanh++) {
      m->node_count = 0;
      const int argument = one_plus(m, list[i], tanh ? "Tanh" : "Erf");
      const int x = argument < 0 ? -1 : tanh ? bent(m, argument) : over_root_of_two(m, argument);
      if (x < 0 || !is_product(m, last, x, 1, list[i], 1, 0.5)) continue;
      if (tanh) m->attributes[m->attribute_count++] = by_tanh;
      return answer(m, &ops_Gelu, x);
    }
  return false;
}

/* ---- Swish: x sigmoid(alpha x) ---- */

bool pattern_swish(pattern_match *m, int last) {
  int list[TREE], inner[TREE];
  const int count = list_factors(m, last, DEPTH, list);
  for (int i = 0; i < count; i++) {
    const node *gate = pattern_maker(m, list[i], "Sigmoid");
    const int inner_count = gate ? list_factors(m, gate->inputs[0], DEPTH, inner) : 0;
    for (int k = 0; k < inner_count; k++) {
      product p = product_of(inner[k], -1);
      m->node_count = 0;
      if (!pattern_take(m, gate) || !take_apart(m, gate->inputs[0], DEPTH, &p) || p.times != 1) continue;
      if (!is_product(m, last, inner[k], 1, list[i], 1, 1)) continue;
      set_float(m, "alpha", p.number);
      return answer(m, &ops_Swish, inner[k]);
    }
  }
  return false;
}

/* ---- HardSwish: x clamp(x + 3, 0, 6) / 6 ---- */

static bool clip_bound(const pattern_match *m, const node *n, int k, const char *attribute, double wanted) {
  double number = (double)onnx_float(n->source, attribute, -1);
  if (n->input_count > k && !pattern_number(m, n->inputs[k], &number)) return false;
  return fabs(number - wanted) < 1e-3;
}

/* A value that is clamp(x + 3, 0, 6) or, which is a sixth of it, HardSigmoid of x: what x is, or -1. share: of the whole. */
static int hard_gate(pattern_match *m, int value, double *share) {
  const node *gate = pattern_maker(m, value, "HardSigmoid"), *clip = pattern_maker(m, value, "Clip");
  *share = gate ? 1 : 1 / 6.0;
  if (gate && about((double)onnx_float(gate->source, "alpha", 0.2f), 1 / 6.0) &&
      about((double)onnx_float(gate->source, "beta", 0.5f), 0.5))
    return pattern_take(m, gate) ? gate->inputs[0] : -1;
  if (!clip || !clip_bound(m, clip, 1, "min", 0) || !clip_bound(m, clip, 2, "max", 6)) return -1;
  const node *sum = pattern_maker(m, clip->inputs[0], "Add");
  const int x = beside_number(m, sum, 3);
  return x >= 0 && pattern_take(m, clip) && pattern_take(m, sum) ? x : -1;
}

bool pattern_hard_swish(pattern_match *m, int last) {
  int list[TREE];
  double share;
  const int count = list_factors(m, last, DEPTH, list);
  for (int i = 0; i < count; i++) {
    m->node_count = 0;
    const int x = hard_gate(m, list[i], &share);
    if (x >= 0 && is_product(m, last, x, 1, list[i], 1, share)) return answer(m, &ops_HardSwish, x);
  }
  return false;
}

/* ---- LayerNormalization: (x - mean) / sqrt(mean of (x - mean)^2 + epsilon); scale and shift are fused into it as into any other
 * operator ---- */

/* Bits for the axes of a mean that keeps them; 0 for any other node. */
static unsigned mean_axes(const pattern_match *m, const node *n) {
  const onnx_attribute *a = onnx_find(n->source, "axes");
  const int rank = m->types[n->inputs[0]].shape.rank;
  const onnx_tensor *input = n->input_count > 1 && n->inputs[1] >= 0 ? m->graph->values[n->inputs[1]].constant : NULL;
  int64_t axes[MAX_RANK];
  int count = 0;
  unsigned bits = 0;
  if (!onnx_int(n->source, "keepdims", 1)) return 0;
  if (input && input->count <= MAX_RANK) onnx_ints(input, axes), count = (int)input->count;
  if (a && a->kind == ONNX_ATTRIBUTE_INTS && a->count <= MAX_RANK) {
    memcpy(axes, a->ints, (size_t)a->count * sizeof *axes);
    count = a->count;
  }
  for (int k = 0; k < count; k++) {
    const int64_t axis = axes[k] < 0 ? axes[k] + rank : axes[k];
    if (axis >= 0 && axis < rank) bits |= 1u << axis;
  }
  return bits;
}

static const node *take_mean(pattern_match *m, int value, unsigned *axes) {
  const node *mean = pattern_maker(m, value, "ReduceMean");
  *axes = mean && pattern_take(m, mean) ? mean_axes(m, mean) : 0;
  return *axes ? mean : NULL;
}

/* x - mean of x: what x is, or -1. */
static int centred(pattern_match *m, int value, unsigned *axes) {
  const node *difference = pattern_maker(m, value, "Sub");
  const node *mean = difference && pattern_take(m, difference) ? take_mean(m, difference->inputs[1], axes) : NULL;
  return mean && mean->inputs[0] == difference->inputs[0] ? mean->inputs[0] : -1;
}

/* What is squared, or -1. */
static int squared(pattern_match *m, int value) {
  const node *product = pattern_maker(m, value, "Mul"), *power = pattern_maker(m, value, "Pow");
  double exponent;
  if (product && product->inputs[0] == product->inputs[1] && pattern_take(m, product)) return product->inputs[0];
  return power && pattern_number(m, power->inputs[1], &exponent) && exponent == 2 && pattern_take(m, power) ? power->inputs[0]
                                                                                                            : -1;
}

/* The square root of a value, or one over it: the value, or -1. */
static int root_of(pattern_match *m, int value, bool inverse) {
  const node *power = pattern_maker(m, value, "Pow");
  double exponent;
  if (power && pattern_number(m, power->inputs[1], &exponent) && exponent == (inverse ? -0.5 : 0.5))
    return pattern_take(m, power) ? power->inputs[0] : -1;
  const node *reciprocal = inverse ? pattern_maker(m, value, "Reciprocal") : NULL;
  if (inverse && (!reciprocal || !pattern_take(m, reciprocal))) return -1;
  const node *root = pattern_maker(m, inverse ? reciprocal->inputs[0] : value, "Sqrt");
  return root && pattern_take(m, root) ? root->inputs[0] : -1;
}

/* Mean of (x - mean)^2 + epsilon: what x is, or -1. */
static int variance_of(pattern_match *m, int value, unsigned *axes, double *epsilon) {
  const node *sum = pattern_maker(m, value, "Add");
  unsigned inner;
  for (int k = 0; k < 2 && sum && sum->input_count == 2; k++) {
    if (!pattern_number(m, sum->inputs[1 - k], epsilon) || !pattern_take(m, sum)) continue;
    const node *mean = take_mean(m, sum->inputs[k], axes);
    const int difference = mean ? squared(m, mean->inputs[0]) : -1, x = centred(m, difference, &inner);
    return x >= 0 && inner == *axes ? x : -1;
  }
  return -1;
}

/* How many axes at the end are marked, where none before them is; 0 for all else. */
static int count_trailing(unsigned axes, int rank) {
  int count = 0;
  while (count < rank && axes & 1u << (rank - 1 - count)) count++;
  return axes == ((1u << count) - 1) << (rank - count) ? count : 0;
}

static bool normalizes(pattern_match *m, int difference, int deviation, bool inverse) {
  unsigned axes, variance_axes;
  double epsilon;
  const int x = centred(m, difference, &axes), root = x < 0 ? -1 : root_of(m, deviation, inverse);
  if (root < 0 || variance_of(m, root, &variance_axes, &epsilon) != x || variance_axes != axes) return false;
  const int count = count_trailing(axes, m->types[x].shape.rank);
  if (!count || !(epsilon >= 0)) return false;
  m->attributes[m->attribute_count++] = (onnx_attribute){.name = "axis", .kind = ONNX_ATTRIBUTE_INT, .i = -count, .s = ""};
  set_float(m, "epsilon", epsilon);
  return answer(m, &ops_LayerNormalization, x);
}

bool pattern_layer_norm(pattern_match *m, int last) {
  const node *n = pattern_maker(m, last, NULL);
  const bool inverse = !strcmp(n->op->type, "Mul");
  for (int k = 0; k < (inverse ? 2 : 1) && n->input_count == 2; k++) {
    m->node_count = 0;
    if (pattern_take(m, n) && normalizes(m, n->inputs[k], n->inputs[1 - k], inverse)) return true;
  }
  return false;
}
