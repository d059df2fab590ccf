#include "random_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_writer.h"

enum { MOST_NODES = 10, CHAIN = 2 + MOST_NODES };

typedef struct maker {
  const uint8_t *choices;
  size_t count;
  writer w;
  int constants, nodes, group; /* group: of the convolution that is being made, 0: none */
  shape guess[CHAIN];          /* of the values v0 (the image), v1, ...: what they would be if all went well */
} maker;

/* One of `limit`, 0 where the choices are used up. */
static int choose(maker *m, int limit) {
  if (!m->count) return 0;
  m->count--;
  return *m->choices++ % limit;
}

static bool seldom(maker *m) { return choose(m, 16) == 15; }

static int64_t any_int(maker *m) {
  static const int64_t extreme[] = {INT64_MIN, INT64_MAX, INT32_MAX, INT32_MIN, 1LL << 31, 1LL << 40, 1 << 15, 4095};
  const int n = choose(m, 64);
  return n < 8 && m->count ? extreme[n] : n % 7 - 2;
}

/* ---- constants ---- */

static const char *constant_name(const maker *m) {
  static char name[16];
  snprintf(name, sizeof name, "c%d", m->constants);
  return name;
}

static const char *add_floats(maker *m, shape s) {
  uint64_t count = 1;
  for (int d = 0; d < s.rank; d++) {
    if (seldom(m)) s.dim[d] = choose(m, 8);
    count = size_product(count, (uint64_t)(int64_t)s.dim[d]); /* a guess that went below 0 is far too large */
  }
  if (count > 1 << 14) {
    s = SHAPE(1);
    count = 1;
  }
  float *values = malloc((size_t)(count + 1) * sizeof *values);
  if (!values) abort();
  const int kind = choose(m, 8);
  for (size_t i = 0; i < count; i++) values[i] = kind == 7 ? 0 : kind == 6 ? -1e30f : (float)(i % 5) / 4 - 0.3f;
  m->constants++;
  writer_initializer_floats(&m->w, constant_name(m), s, values);
  free(values);
  return constant_name(m);
}

static const char *add_ints(maker *m, int count, int64_t least) {
  int64_t ints[16];
  for (int k = 0; k < count; k++) {
    ints[k] = any_int(m);
    if (ints[k] < least && !seldom(m)) ints[k] = least;
  }
  m->constants++;
  writer_initializer_ints(&m->w, constant_name(m), SHAPE(count), ints);
  return constant_name(m);
}

static shape any_shape(maker *m) {
  shape s = {.rank = choose(m, 7)};
  for (int d = 0; d < s.rank; d++) s.dim[d] = 1 + choose(m, 4);
  return s;
}

/* ---- nodes ---- */

static void add_attributes(maker *m, int rank) {
  static const char *const single[] = {"axis",
                                       "keepdims",
                                       "ceil_mode",
                                       "count_include_pad",
                                       "transB",
                                       "transA",
                                       "allowzero",
                                       "to",
                                       "noop_with_empty_axes",
                                       "num_outputs",
                                       "training_mode",
                                       "p",
                                       "fmod",
                                       "upper",
                                       "k",
                                       "antialias",
                                       "exclude_outside",
                                       "blocksize"};
  static const char *const floats[] = {"alpha", "beta", "epsilon", "min", "max", "value"};
  static const char *const modes[] = {"constant", "edge", "reflect", "linear", "nearest", "cubic", "CRD"};
  static const char *const places[] = {"align_corners", "asymmetric", "pytorch_half_pixel", "half_pixel_symmetric"};
  static const char *const paddings[] = {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"};
  int64_t ints[2 * MAX_RANK];
  for (int count = choose(m, 2) ? 0 : choose(m, 4); count; count--) {
    const int given = 1 + choose(m, 4);
    for (int k = 0; k < 2 * MAX_RANK; k++) ints[k] = k < given ? any_int(m) : ints[k % given];
    switch (choose(m, 11)) {
      case 0: writer_attribute_int(&m->w, single[choose(m, 18)], ints[0]); break;
      case 1: writer_attribute_float(&m->w, floats[choose(m, 6)], (float)ints[0] / 2); break;
      case 2: writer_attribute_ints(&m->w, "pads", seldom(m) ? 6 : rank == 4 ? choose(m, 2) ? 8 : 4 : 2 * rank, ints); break;
      case 3: writer_attribute_ints(&m->w, "strides", seldom(m) ? 3 : 2, ints); break;
      case 4: writer_attribute_ints(&m->w, "dilations", seldom(m) ? 3 : 2, ints); break;
      case 5: writer_attribute_ints(&m->w, "axes", choose(m, 4), ints); break;
      case 6: writer_attribute_string(&m->w, "auto_pad", paddings[choose(m, 4)]); break;
      case 7: writer_attribute_string(&m->w, "mode", modes[choose(m, 7)]); break;
      case 8: writer_attribute_ints(&m->w, "output_padding", 2, ints); break;
      case 9: writer_attribute_ints(&m->w, "output_shape", 2, ints); break;
      case 10: writer_attribute_string(&m->w, "coordinate_transformation_mode", places[choose(m, 4)]); break;
    }
  }
}

static void add_permutation(maker *m, int rank) {
  int64_t axes[8];
  for (int d = 0; d < rank; d++) axes[d] = d;
  for (int d = rank - 1; d > 0; d--) {
    const int other = choose(m, d + 1);
    const int64_t axis = axes[d];
    axes[d] = axes[other];
    axes[other] = axis;
  }
  if (!seldom(m)) writer_attribute_ints(&m->w, "perm", rank, axes);
}

static int batch_of(const shape *s) { return s->rank ? s->dim[0] : 1; }

/* The inputs after the first, for the operators that would seldom find ones that fit; the guess of what comes out. */
static bool add_weights(maker *m, const char *op, char *inputs, size_t room, shape *s) {
  const int channels = s->rank > 1 && s->dim[1] > 0 ? s->dim[1] : 3, last = s->rank ? s->dim[s->rank - 1] : 1;
  const size_t length = strlen(inputs);
  inputs += length, room -= length;
  if (!strcmp(op, "Conv") || !strcmp(op, "ConvTranspose")) {
    const bool grouped = choose(m, 4) == 1;
    const int out = grouped ? channels * (1 + choose(m, 2)) : 1 + choose(m, 9), side = 1 + choose(m, 4);
    const bool to = op[4];
    m->group = grouped ? channels : 0;
    const shape weights = to ? SHAPE(channels, out, side, side) : SHAPE(out, grouped ? 1 : channels, side, 1 + choose(m, 4));
    snprintf(inputs, room, ",%s", add_floats(m, weights));
    if (choose(m, 2)) snprintf(inputs + strlen(inputs), room - strlen(inputs), ",%s", add_floats(m, SHAPE(out)));
    *s = (shape){4, {batch_of(s), out, s->dim[2] > side ? s->dim[2] - side + 1 : 1, s->dim[3] > side ? s->dim[3] - side + 1 : 1}};
  } else if (!strcmp(op, "BatchNormalization")) {
    for (int k = 0; k < 4; k++) snprintf(inputs + strlen(inputs), room - strlen(inputs), ",%s", add_floats(m, SHAPE(channels)));
  } else if (!strcmp(op, "PRelu")) {
    snprintf(inputs, room, ",%s", add_floats(m, SHAPE(channels, 1, 1)));
  } else if (!strcmp(op, "InstanceNormalization") || !strcmp(op, "GroupNormalization")) {
    for (int k = 0; k < 2; k++) snprintf(inputs + strlen(inputs), room - strlen(inputs), ",%s", add_floats(m, SHAPE(channels)));
  } else if (!strcmp(op, "LayerNormalization") || !strcmp(op, "RMSNormalization")) {
    snprintf(inputs, room, ",%s", add_floats(m, SHAPE(last)));
  } else if (!strcmp(op, "MatMul") || !strcmp(op, "Gemm")) {
    const int out = 1 + choose(m, 9);
    snprintf(inputs, room, ",%s", add_floats(m, SHAPE(last, out)));
    if (op[0] == 'G' && choose(m, 2)) snprintf(inputs + strlen(inputs), room - strlen(inputs), ",%s", add_floats(m, SHAPE(out)));
    if (s->rank) s->dim[s->rank - 1] = out;
  } else if (!strcmp(op, "Reshape") || !strcmp(op, "Squeeze") || !strcmp(op, "Unsqueeze") || !strcmp(op, "Expand")) {
    const int count = choose(m, 7);
    if (op[0] == 'R' || op[0] == 'E' || choose(m, 2))
      snprintf(inputs, room, ",%s", add_ints(m, count, op[0] == 'R' ? -1 : INT64_MIN));
    if (op[0] == 'R') s->rank = count;
  } else if (!strcmp(op, "Pad") && choose(m, 4)) {
    snprintf(inputs, room, ",%s", add_ints(m, 2 * s->rank, -1));
  } else if (!strcmp(op, "Resize") || !strcmp(op, "Upsample")) {
    const bool sizes = choose(m, 2);
    snprintf(inputs, room, sizes ? ",,,%s" : ",,%s", sizes ? add_ints(m, s->rank, 1) : add_floats(m, SHAPE(s->rank)));
  } else if (!strcmp(op, "Tile") || !strcmp(op, "GatherND")) {
    snprintf(inputs, room, ",%s", add_ints(m, op[0] == 'T' ? s->rank : 1 + choose(m, 4), op[0] == 'T' ? 1 : INT64_MIN));
  } else {
    return false;
  }
  return true;
}

static const char *const operators[] = {
#define OP(type) #type,
#include "network/ops/ops.inc"
#undef OP
};
static const char *const other_operators[] = {"ConvTranspose", "Resize",  "Expand", "Shape",   "Tile",  "ConstantOfShape",
                                              "Range",         "EyeLike", "Trilu",  "NonZero", "CumSum"};

/* Operators that seldom have more than one input. */
static bool takes_one(const char *op) {
  static const char *const several[] = {"Add",
                                        "Sub",
                                        "Mul",
                                        "Div",
                                        "Mod",
                                        "Concat",
                                        "Pow",
                                        "Min",
                                        "Max",
                                        "Sum",
                                        "Mean",
                                        "Where",
                                        "Equal",
                                        "Less",
                                        "LessOrEqual",
                                        "Greater",
                                        "GreaterOrEqual",
                                        "And",
                                        "Or",
                                        "Xor",
                                        "Slice",
                                        "Gather",
                                        "Resize",
                                        "Split",
                                        "Clip",
                                        "Pad",
                                        "Tile",
                                        "Range",
                                        "Trilu",
                                        "CumSum",
                                        "LayerNormalization",
                                        "QuantizeLinear",
                                        "DequantizeLinear"};
  if (!strncmp(op, "Reduce", 6)) return false;
  for (size_t i = 0; i < sizeof several / sizeof *several; i++)
    if (!strcmp(op, several[i])) return false;
  return true;
}

static void add_node(maker *m) {
  static const char *const equations[] = {"abcd->dac",       "abcd,abed->abce", "...a,...a->...",
                                          "ab...,bc->ac...", "abcd,e->ade",     "ab,bc"};
  enum { OPERATORS = sizeof operators / sizeof *operators, OTHERS = sizeof other_operators / sizeof *other_operators };
  const char *op = choose(m, 8) == 7 ? other_operators[choose(m, OTHERS)] : operators[choose(m, OPERATORS)];
  const int from = choose(m, 3) ? m->nodes : choose(m, m->nodes + 1);
  char inputs[160], outputs[32];
  shape s = m->guess[from];
  snprintf(inputs, sizeof inputs, "v%d", from);
  const int rank = s.rank;
  if (!strncmp(op, "Global", 6) && s.rank == 4) s.dim[2] = s.dim[3] = 1;
  if (!strcmp(op, "Flatten") && s.rank) {
    int rest = 1;
    for (int d = 1; d < s.rank; d++) rest *= s.dim[d];
    s = SHAPE(s.dim[0], rest);
  }
  if (!add_weights(m, op, inputs, sizeof inputs, &s))
    for (int more = takes_one(op) && !seldom(m) ? 0 : 1 + (choose(m, 4) == 3); more; more--) {
      const size_t length = strlen(inputs), room = sizeof inputs - length;
      switch (choose(m, 6)) {
        case 0: snprintf(inputs + length, room, ",v%d", choose(m, m->nodes + 1)); break;
        case 1: snprintf(inputs + length, room, ",%s", add_floats(m, s)); break;
        case 2: snprintf(inputs + length, room, ",%s", add_floats(m, any_shape(m))); break;
        case 3: snprintf(inputs + length, room, ",%s", add_ints(m, choose(m, 5), INT64_MIN)); break;
        case 4: snprintf(inputs + length, room, ","); break;
        case 5: snprintf(inputs + length, room, ",v%d", m->nodes); break;
      }
    }
  m->nodes++;
  const int group = m->group;
  m->group = 0;
  m->guess[m->nodes] = s;
  const int n = snprintf(outputs, sizeof outputs, "v%d", m->nodes);
  if (seldom(m)) snprintf(outputs + n, sizeof outputs - (size_t)n, choose(m, 2) ? ",o%d" : ",,o%d", m->nodes);
  writer_node(&m->w, op, "", inputs, outputs);
  if (!strcmp(op, "Transpose")) add_permutation(m, rank);
  if (!strcmp(op, "MaxPool") || !strcmp(op, "AveragePool"))
    writer_attribute_ints(&m->w, "kernel_shape", 2, (int64_t[]){1 + choose(m, 5), 1 + choose(m, 5)});
  if (group) writer_attribute_int(&m->w, "group", group);
  if (!strcmp(op, "Einsum")) writer_attribute_string(&m->w, "equation", equations[choose(m, 6)]);
  if (!strcmp(op, "DepthToSpace") || !strcmp(op, "SpaceToDepth")) writer_attribute_int(&m->w, "blocksize", 1 + choose(m, 3));
  if (!strcmp(op, "Concat")) writer_attribute_int(&m->w, "axis", 1);
  if (!strcmp(op, "Cast")) writer_attribute_int(&m->w, "to", 1);
  if (!strcmp(op, "LRN")) writer_attribute_int(&m->w, "size", 1 + choose(m, 6));
  if (!strcmp(op, "GroupNormalization")) writer_attribute_int(&m->w, "num_groups", 1 + choose(m, 3));
  add_attributes(m, rank);
}

void *random_model(const uint8_t *choices, size_t count, size_t *size) {
  maker m = {.choices = choices, .count = count};
  writer_start(&m.w);
  m.guess[0] = SHAPE(choose(&m, 2) ? -1 : 1, 3, 1 + choose(&m, 20), 1 + choose(&m, 20));
  if (seldom(&m)) m.guess[0].dim[2 + choose(&m, 2)] = 4096;
  writer_input(&m.w, "v0", m.guess[0]);
  m.guess[0].dim[0] = 1;
  if (choose(&m, 4) == 3) m.w.opset = 7 + choose(&m, 15);
  for (int nodes = 1 + choose(&m, MOST_NODES); nodes; nodes--) add_node(&m);
  char name[16];
  snprintf(name, sizeof name, "v%d", m.nodes);
  writer_output(&m.w, name, (shape){0});
  return writer_finish(&m.w, size);
}
