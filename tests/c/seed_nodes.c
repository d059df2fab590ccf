#include "fuzz_seeds.h"
#include "onnx_writer.h"
#include "support.h"

/* A node, in words:
 * inputs      x              the image, 1x3x8x8
 *             r:1,3,64       the image under another shape
 *             e:1,1,256      its mean, repeated to this shape
 *             c              where the image is below 0.5
 *             f:4,3          floats of this shape, between -0.5 and 0.5
 *             n:1,1,2.5      these floats, a list; n=0.5 a scalar
 *             i:1,-1         these integers, a list; i=0 a scalar
 *             -              left out
 * attributes  axis=1; alpha=0.5; pads=[1,1]; scales=[1.,2.]; mode='edge'; value={2.}, a tensor
 * outputs     how many */
typedef struct seed_node {
  const char *op;
  int64_t opset;
  const char *inputs, *attributes;
  int outputs;
} seed_node;

#define ONE(op) {op, 17, "x", "", 1}
#define TWO(op) {op, 17, "x f:3,1,8", "", 1}
#define COMPARED(op) {op, 17, "x n=0.5", "", 1}
#define LOGICAL(op) {op, 17, "c c", "", 1}
#define REDUCED(op)                                                                               \
  {op, 13, "x", "axes=[2,3]", 1}, {op, 18, "x i:-1", "keepdims=0", 1}, {op, 18, "r:3,64", "", 1}, \
      {op, 18, "x", "noop_with_empty_axes=1", 1}

static const seed_node nodes[] = {
    {"Conv", 17, "x f:4,3,3,3 f:4", "pads=[1,1,1,1]; strides=[2,2]", 1},
    {"Conv", 17, "x f:4,3,1,1", "", 1},
    {"Conv", 17, "x f:4,3,1,1", "strides=[2,2]", 1},
    {"Conv", 17, "x f:3,1,3,3", "group=3; dilations=[2,2]; auto_pad='SAME_UPPER'", 1},
    {"Conv", 17, "x f:6,1,5,3", "group=3; auto_pad='SAME_LOWER'", 1},
    {"Conv", 17, "x f:40,3,3,3", "pads=[0,1,2,3]", 1},
    {"Conv", 17, "x f:4,3,6,6", "pads=[9,8,9,8]; strides=[2,2]", 1},
    {"Col2Im", 18, "r:1,12,16 i:5,5 i:2,2", "", 1},
    {"Col2Im", 18, "r:1,12,16 i:4,4 i:2,2", "strides=[1,1]; pads=[1,0,0,1]; dilations=[1,1]", 1},
    {"ConvTranspose", 17, "x f:3,4,3,3 f:4", "strides=[2,2]; pads=[1,1,1,1]; output_padding=[1,1]", 1},
    {"ConvTranspose", 17, "x f:3,1,2,2", "group=3; strides=[2,2]", 1},
    {"ConvTranspose", 17, "x f:3,4,3,3", "output_shape=[17,16]; strides=[2,2]; dilations=[1,2]", 1},
    {"Gemm", 17, "r:3,64 f:5,64 f:5", "transB=1; alpha=0.5; beta=2.0", 1},
    {"Gemm", 17, "r:3,64 f:64,5", "", 1},
    {"MatMul", 17, "r:3,64 f:64,5", "", 1},
    {"MatMul", 17, "r:1,3,64 r:1,64,3", "", 1},
    {"MatMul", 17, "r:3,8,8 f:1,8,5", "", 1},
    {"MatMul", 17, "f:8 x", "", 1},
    {"MatMul", 17, "x f:8", "", 1},
    {"Conv", 17, "r:1,3,64 f:4,3,3 f:4", "pads=[1,1]; strides=[2]", 1},
    {"ConvTranspose", 17, "r:1,3,64 f:3,4,3", "strides=[2]; output_padding=[1]", 1},
    {"MaxPool", 17, "r:1,3,64", "kernel_shape=[3]; strides=[2]", 1},
    {"AveragePool", 17, "x", "kernel_shape=[20,20]; strides=[20,20]; ceil_mode=1", 1},
    {"LSTM", 17, "r:4,3,16 f:2,20,16 f:2,20,5 f:2,40", "hidden_size=5; direction='bidirectional'", 1},
    {"LSTM", 17, "r:4,3,16 f:1,8,16 f:1,8,2 - - f:1,3,2 e:1,3,2", "", 1},
    {"GRU", 17, "r:4,3,16 f:1,9,16 f:1,9,3 f:1,18", "linear_before_reset=1; direction='reverse'", 1},
    {"RNN", 17, "r:4,3,16 f:1,3,16 f:1,3,3", "", 1},
    {"com.microsoft.FusedConv", 17, "x f:3,3,1,1 f:3 x", "activation='HardSigmoid'; activation_params=[0.2,0.5]", 1},
    {"com.microsoft.FusedGemm", 17, "r:3,64 f:5,64 f:5", "transB=1; activation='LeakyRelu'; activation_alpha=0.2", 1},
    {"com.microsoft.FusedMatMul", 17, "x x", "alpha=0.5; transA=1", 1},
    {"com.microsoft.FusedMatMul", 17, "x f:5,8", "alpha=0.5; transB=1", 1},
    {"com.microsoft.FastGelu", 17, "x f:8", "", 1},
    {"com.microsoft.QuickGelu", 17, "x", "", 1},
    {"com.microsoft.SkipLayerNormalization", 17, "r:1,24,8 f:1,24,8 f:8 f:8 f:8", "epsilon=0.01", 1},
    {"Einsum", 17, "x f:8,5", "equation='nchw,wo->ncho'", 1},
    {"Einsum", 17, "x x", "equation='nchw,ndhw->ncd'", 1},
    {"Einsum", 17, "r:8,24 r:24,8", "equation='ab,bc'", 1},
    {"Einsum", 17, "r:8,24 f:3", "equation='ab,c->abc'", 1},
    {"BatchNormalization", 15, "x f:3 f:3 f:3 n:1,2,3", "epsilon=0.01", 1},
    {"LayerNormalization", 17, "x f:8 f:8", "axis=-1", 1},
    {"LayerNormalization", 17, "r:1,3,64 f:3,64", "axis=1", 1},
    {"RMSNormalization", 21, "x f:8", "axis=-1", 1},
    {"InstanceNormalization", 17, "x f:3 f:3", "", 1},
    {"GroupNormalization", 21, "r:1,4,6,8 f:4 f:4", "num_groups=2", 1},
    {"GroupNormalization", 18, "r:1,4,6,8 f:2 f:2", "num_groups=2", 1},
    {"MeanVarianceNormalization", 13, "x", "", 1},
    {"MeanVarianceNormalization", 13, "x", "axes=[1,2,3]", 1},
    {"LRN", 17, "x", "size=3; alpha=0.1; beta=0.75; bias=1.0", 1},
    {"LpNormalization", 17, "x", "axis=1; p=2", 1},
    {"LpNormalization", 17, "x", "p=1", 1},
    ONE("Relu"),
    {"Clip", 17, "x n=0.1 n=0.6", "", 1},
    {"Clip", 7, "x", "min=0.1; max=0.6", 1},
    {"LeakyRelu", 17, "x", "alpha=0.2", 1},
    {"ThresholdedRelu", 17, "x", "alpha=0.2", 1},
    ONE("Sigmoid"),
    {"HardSigmoid", 17, "x", "alpha=0.3; beta=0.4", 1},
    ONE("HardSwish"),
    ONE("Tanh"),
    ONE("Erf"),
    {"Elu", 17, "x", "alpha=0.3", 1},
    {"Celu", 17, "x", "alpha=0.3", 1},
    {"Selu", 17, "x", "alpha=1.6; gamma=1.05", 1},
    {"Shrink", 17, "x", "lambd=0.3; bias=0.1", 1},
    ONE("Softplus"),
    ONE("Softsign"),
    ONE("Mish"),
    ONE("Exp"),
    ONE("Log"),
    ONE("Sqrt"),
    ONE("Reciprocal"),
    ONE("Neg"),
    ONE("Abs"),
    ONE("Sin"),
    ONE("Cos"),
    ONE("Tan"),
    ONE("Sinh"),
    ONE("Cosh"),
    ONE("Floor"),
    ONE("Ceil"),
    ONE("Round"),
    ONE("Sign"),
    {"Not", 17, "c", "", 1},
    ONE("IsNaN"),
    {"Gelu", 20, "x", "approximate='tanh'", 1},
    {"Gelu", 20, "x", "", 1},
    {"Swish", 21, "x", "alpha=1.5", 1},
    {"QuantizeLinear", 17, "x n=0.1", "", 1},
    {"QuantizeLinear", 17, "x n:0.1,0.2,0.3", "axis=1", 1},
    {"DequantizeLinear", 17, "x n=0.1", "", 1},
    {"DequantizeLinear", 17, "x n:0.1,0.2,0.3", "axis=1", 1},
    {"Softmax", 17, "x", "axis=1", 1},
    {"Softmax", 11, "x", "axis=1", 1},
    {"LogSoftmax", 17, "x", "axis=-1", 1},
    TWO("Add"),
    TWO("Sub"),
    TWO("Mul"),
    TWO("Div"),
    TWO("PRelu"),
    {"Add", 17, "r:3,1,64 r:1,3,64", "", 1},
    {"Mul", 17, "x x", "", 1},
    {"Mod", 17, "x n=0.3", "fmod=1", 1},
    {"Pow", 17, "x n=2", "", 1},
    COMPARED("Equal"),
    COMPARED("Less"),
    COMPARED("LessOrEqual"),
    COMPARED("Greater"),
    COMPARED("GreaterOrEqual"),
    LOGICAL("And"),
    LOGICAL("Or"),
    LOGICAL("Xor"),
    {"Where", 17, "c x f:3,1,8", "", 1},
    TWO("Min"),
    TWO("Max"),
    TWO("Sum"),
    TWO("Mean"),
    {"Sum", 17, "x x f:8 x", "", 1},
    {"MaxPool", 17, "x", "kernel_shape=[3,3]; strides=[2,2]; pads=[1,1,1,1]; ceil_mode=1", 1},
    {"MaxPool", 17, "x", "kernel_shape=[2,3]; dilations=[2,1]", 1},
    {"AveragePool", 19, "x", "kernel_shape=[3,3]; strides=[2,2]; pads=[1,1,1,1]; count_include_pad=1; dilations=[1,1]", 1},
    {"AveragePool", 17, "r:1,24,8", "kernel_shape=[3]; strides=[2]", 1},
    {"AveragePool", 17, "r:1,3,2,4,8", "kernel_shape=[2,2,3]; pads=[0,1,1,0,1,1]", 1},
    ONE("GlobalMaxPool"),
    ONE("GlobalAveragePool"),
    REDUCED("ReduceMean"),
    REDUCED("ReduceSum"),
    REDUCED("ReduceL1"),
    REDUCED("ReduceL2"),
    REDUCED("ReduceSumSquare"),
    REDUCED("ReduceLogSum"),
    REDUCED("ReduceMax"),
    REDUCED("ReduceMin"),
    REDUCED("ReduceLogSumExp"),
    REDUCED("ReduceProd"),
    {"Concat", 17, "x x f:1,2,8,8", "axis=1", 1},
    {"Concat", 17, "r:1,3,64 f:1,2,64", "axis=1", 1},
    {"Gather", 17, "x i:2,-1,0", "axis=1", 1},
    {"Gather", 17, "x i=0", "axis=3", 1},
    {"GatherND", 17, "x i:0,2", "", 1},
    {"GatherND", 17, "r:192 i:5", "", 1},
    {"ScatterND", 17, "x i:0,2 f:8,8", "", 1},
    {"ScatterND", 18, "r:192 i:5 n=1", "reduction='add'", 1},
    {"Slice", 17, "x i:0,1 i:8,9999 i:2,3 i:2,1", "", 1},
    {"Slice", 17, "x i:-1 i:-9999 i:3 i:-2", "", 1},
    {"Slice", 9, "x", "axes=[2]; starts=[1]; ends=[5]", 1},
    {"Split", 13, "x i:3,5", "axis=2", 2},
    {"Split", 18, "x", "axis=3; num_outputs=3", 3},
    {"ConstantOfShape", 17, "i:1,3,8,8", "value={2.0}", 1},
    {"Expand", 17, "r:1,192,1 i:2,1,3", "", 1},
    {"Tile", 17, "x i:1,2,1,3", "", 1},
    {"Resize", 17, "x - n:1,1,2.5,2", "mode='linear'; coordinate_transformation_mode='half_pixel'", 1},
    {"Resize", 17, "x - - i:1,3,5,13", "mode='cubic'; cubic_coeff_a=-0.5", 1},
    {"Resize", 18, "x - - i:5,5", "mode='linear'; axes=[2,3]; antialias=1", 1},
    {"Resize", 17, "x - n:1,1,2,2", "mode='nearest'; nearest_mode='ceil'; coordinate_transformation_mode='asymmetric'", 1},
    {"Resize", 17, "r:1,3,64 - n:1,1,2", "mode='linear'; coordinate_transformation_mode='align_corners'", 1},
    {"Upsample", 9, "x n:1,1,2,2", "mode='nearest'", 1},
    {"Upsample", 7, "x", "mode='linear'; scales=[1.,1.,2.,2.]", 1},
    {"Pad", 17, "x i:0,0,1,2,0,0,1,-2 n=0.5", "", 1},
    {"Pad", 17, "x i:0,0,1,2,0,0,1,2", "mode='reflect'", 1},
    {"Pad", 18, "x i:3,2 - i:3", "mode='edge'", 1},
    {"Pad", 7, "x", "pads=[0,0,1,1,0,0,1,1]; value=0.5", 1},
    {"Transpose", 17, "x", "perm=[0,2,3,1]", 1},
    {"Transpose", 17, "r:3,64", "", 1},
    {"DepthToSpace", 17, "r:1,12,4,4", "blocksize=2", 1},
    {"DepthToSpace", 17, "r:1,12,4,4", "blocksize=2; mode='CRD'", 1},
    {"SpaceToDepth", 17, "x", "blocksize=2", 1},
    {"Flatten", 17, "x", "axis=2", 1},
    {"Reshape", 17, "x i:0,-1,4", "", 1},
    {"Squeeze", 13, "r:1,1,192 i:0", "", 1},
    {"Squeeze", 11, "r:1,1,192", "axes=[1]", 1},
    {"Unsqueeze", 13, "x i:0", "", 1},
    {"Unsqueeze", 11, "x", "axes=[1]", 1},
    {"Cast", 17, "x", "to=1", 1},
    ONE("Identity"),
    {"Dropout", 17, "x", "", 2},
    {"Constant", 17, "", "value={0.5}", 1},
};

/* Those that claim much: products of sizes near or beyond 32 bits, in the value itself or in what its operator keeps. */
static const seed_node large_nodes[] = {
    {"AveragePool", 17, "e:1,1,1,256,256", "kernel_shape=[1,1,1]; pads=[32767,0,0,32768,0,0]; strides=[1,256,256]", 1},
    {"AveragePool", 17, "e:1,1,65536", "kernel_shape=[1]; pads=[32767,32768]", 1},
    {"MeanVarianceNormalization", 13, "e:1,119304648,1,1", "axes=[0,2,3]", 1},
    {"LpNormalization", 17, "e:1,67108864,1", "axis=2", 1},
    {"LayerNormalization", 17, "e:1,67108864,1 f:1", "axis=-1", 1},
    {"LRN", 17, "e:1,16777216,2,2", "size=3", 1},
    {"MaxPool", 17, "e:1,1,8192,8192", "kernel_shape=[2,2]", 1},
    {"MaxPool", 17, "e:1,1,8192,8192", "kernel_shape=[8191,8191]", 1},
    {"Conv", 17, "e:1,1,4096,4096 f:1,1,16,16", "", 1},
    {"Conv", 17, "e:1,3,2048,2048 f:4,3,3,3", "dilations=[1000,1000]; pads=[1000,1000,1000,1000]", 1},
    {"Conv", 17, "e:1,1,1,1 f:1,1,1,1", "pads=[32767,32767,32767,32767]; strides=[8,8]", 1},
    {"Conv", 17, "e:1,16,2063,2063 f:16,16,16,16", "", 1},
    {"Conv", 17, "e:1,16,2100,2100 f:16,16,16,16", "", 1},
    {"ConvTranspose", 17, "e:1,16,2048,2048 f:16,8,16,16", "", 1},
    {"ConvTranspose", 17, "e:1,1,2048,2048 f:1,1,3,3", "strides=[4,4]", 1},
    {"ConvTranspose", 17, "e:1,1,2,2 f:1,1,2,2", "strides=[8191,8191]", 1},
    {"Col2Im", 18, "e:1,16384,4096 i:191,191 i:128,128", "", 1},
    {"Resize", 17, "e:1,1,16384,2 - - i:1,1,2,65536", "mode='linear'", 1},
    {"Resize", 17, "e:1,1,2,32768 - - i:1,1,32768,2", "mode='cubic'", 1},
    {"Einsum", 17, "e:1,8192 e:1,8192", "equation='ab,ac->abc'", 1},
    {"Einsum", 17, "e:65536,64 e:64,65536", "equation='ab,ca->c'", 1},
    {"MatMul", 17, "e:8192,1 e:1,8192", "", 1},
    {"MatMul", 17, "e:1,8192,4 e:65536,4,1", "", 1},
    {"Gemm", 17, "e:8192,4 f:4,8192", "", 1},
    {"Expand", 17, "x i:1431655766,3,8,8", "", 1},
    {"Tile", 17, "x i:1,65536,1,65536", "", 1},
    {"Pad", 17, "e:1,2147483647 i:0,1,0,-1", "", 1},
    {"Pad", 17, "x i:0,0,32768,32768,0,0,32768,32768", "", 1},
    {"Pad", 17, "x i:0,0,2048,2048,0,0,2048,2048", "mode='edge'", 1},
    {"Concat", 17, "e:1,67108864 e:1,67108864", "axis=1", 1},
    {"Gather", 17, "e:1,8192,1024 i:0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", "axis=0", 1},
    {"ReduceProd", 13, "e:134217727,1", "axes=[1]", 1},
    {"ReduceMax", 13, "e:134217727,1", "axes=[1]", 1},
    {"Softmax", 17, "e:1,134217727", "axis=1", 1},
    {"Swish", 21, "e:1,134217727", "", 1},
    {"Transpose", 17, "e:1,16384,4,1024", "perm=[0,2,3,1]", 1},
    {"DepthToSpace", 17, "e:1,65536,16,16", "blocksize=256", 1},
    {"QuantizeLinear", 17, "e:1,134217727 n=0.1", "", 1},
};

enum { NODES = sizeof nodes / sizeof *nodes, LARGE_NODES = sizeof large_nodes / sizeof *large_nodes };

const int seed_node_count = NODES + LARGE_NODES;

static const seed_node *node_at(int index) { return index < NODES ? &nodes[index] : &large_nodes[index - NODES]; }

const char *seed_node_op(int index) { return node_at(index)->op; }

/* ---- numbers that are changed ---- */

/* Which number of the node, in the order of its words, and what becomes of it: two bytes each. */
static struct {
  const uint8_t *bytes;
  size_t count;
  int at; /* the number that is read next */
} changes;

/* Powers of two and their neighbours, which is where sizes go wrong; else small numbers. */
static double changed_to(uint8_t code) {
  enum { POWERS = 42, MOST = 3 * POWERS };
  return code < MOST ? (double)((INT64_C(1) << code / 3) + code % 3 - 1) : code - MOST - 16;
}

static double next_number(double written) {
  const int at = changes.at++;
  for (size_t i = 0; i < changes.count; i++)
    if (changes.bytes[2 * i] == at) return changed_to(changes.bytes[2 * i + 1]);
  return written;
}

/* ---- words ---- */

/* Numbers up to the end of the word, and whether any was written with a point. */
static int read_numbers(const char *word, double *numbers, bool *floats) {
  int count = 0;
  *floats = false;
  for (char *end; count < 16; word = end + 1) {
    numbers[count] = strtod(word, &end);
    if (end == word) break;
    for (; word < end; word++) *floats |= *word == '.';
    numbers[count] = next_number(numbers[count]);
    count++;
    if (*end != ',') break;
  }
  return count;
}

typedef struct word {
  char name[16]; /* what the node calls it */
  int count;
  double numbers[16];
} word;

static shape shape_of(const word *w) {
  shape s = {.rank = w->count};
  for (int d = 0; d < w->count; d++) s.dim[d] = w->numbers[d] < INT32_MAX ? (int)w->numbers[d] : INT32_MAX;
  return s;
}

static void add_list(writer *w, const char *name, const word *of, bool scalar, bool floats) {
  float as_floats[16];
  int64_t as_ints[16];
  const shape s = scalar ? (shape){0} : SHAPE(of->count);
  for (int i = 0; i < of->count; i++) {
    as_floats[i] = (float)of->numbers[i];
    as_ints[i] = (int64_t)of->numbers[i];
  }
  if (floats) writer_initializer_floats(w, name, s, as_floats);
  else writer_initializer_ints(w, name, s, as_ints);
}

static void add_reshaped(writer *w, const word *of, const char *from) {
  char target[32], inputs[64];
  snprintf(target, sizeof target, "%s_sizes", of->name);
  snprintf(inputs, sizeof inputs, "%s,%s", from, target);
  add_list(w, target, of, false, false);
  writer_node(w, "Reshape", "", inputs, of->name);
}

/* Its mean, under a shape of ones, repeated. */
static void add_repeated(writer *w, const word *of) {
  word ones = *of;
  char name[32], inputs[64];
  for (int i = 0; i < ones.count; i++) ones.numbers[i] = 1;
  snprintf(ones.name, sizeof ones.name, "%.8s_one", of->name);
  snprintf(name, sizeof name, "%s_mean", of->name);
  writer_node(w, "ReduceMean", "", "x", name);
  writer_attribute_int(w, "keepdims", 0);
  writer_attribute_ints(w, "axes", INTS(0, 1, 2, 3));
  add_reshaped(w, &ones, name);
  snprintf(name, sizeof name, "%s_sizes", of->name);
  snprintf(inputs, sizeof inputs, "%s,%s", ones.name, name);
  add_list(w, name, of, false, false);
  writer_node(w, "Expand", "", inputs, of->name);
}

/* Many that were made by a change are one number, repeated: a file of theirs would be large. */
static void add_floats(writer *w, const word *of) {
  enum { MANY = 1 << 15 };
  const shape s = shape_of(of);
  if (shape_count(&s) > MANY) {
    add_repeated(w, of);
    return;
  }
  float *values = random_floats(shape_count(&s), -0.5f, 0.5f);
  writer_initializer_floats(w, of->name, s, values);
  free(values);
}

static void add_condition(writer *w, const word *of) {
  char half[32], inputs[64];
  snprintf(half, sizeof half, "%s_half", of->name);
  snprintf(inputs, sizeof inputs, "x,%s", half);
  writer_initializer_floats(w, half, (shape){0}, (float[]){0.5f});
  writer_node(w, "Less", "", inputs, of->name);
}

/* What the word says, under its name; its name is what the node has for an input. */
static void add_input(writer *w, const char *text, word *of) {
  bool floats;
  of->count = text[0] && text[1] ? read_numbers(text + 2, of->numbers, &floats) : 0;
  switch (text[0]) {
    case 'x': strcpy(of->name, "x"); break;
    case '-': of->name[0] = 0; break;
    case 'r': add_reshaped(w, of, "x"); break;
    case 'e': add_repeated(w, of); break;
    case 'c': add_condition(w, of); break;
    case 'f': add_floats(w, of); break;
    case 'n': add_list(w, of->name, of, text[1] == '=', true); break;
    case 'i': add_list(w, of->name, of, text[1] == '=', false); break;
    default: REQUIRE(false);
  }
}

static void add_inputs(writer *w, const char *text, char *names, size_t room) {
  size_t length = 0;
  names[0] = 0;
  for (int k = 0; *text; k++) {
    word of;
    const size_t size = strcspn(text, " ");
    snprintf(of.name, sizeof of.name, "in%d", k);
    add_input(w, text, &of);
    length += (size_t)snprintf(names + length, room - length, k ? ",%s" : "%s", of.name);
    text += size + (text[size] == ' ');
  }
}

static void add_attribute(writer *w, const char *name, const char *text) {
  float floats[16];
  int64_t ints[16];
  double numbers[16];
  char string[64];
  bool is_float;
  const bool list = *text == '[' || *text == '{';
  const int count = read_numbers(text + list, numbers, &is_float);
  for (int i = 0; i < count; i++) {
    floats[i] = (float)numbers[i];
    ints[i] = (int64_t)numbers[i];
  }
  if (*text == '\'') {
    snprintf(string, sizeof string, "%.*s", (int)strcspn(text + 1, "'"), text + 1);
    writer_attribute_string(w, name, string);
  } else if (*text == '{') writer_attribute_tensor_floats(w, name, SHAPE(count), floats);
  else if (list && is_float) writer_attribute_floats(w, name, count, floats);
  else if (list) writer_attribute_ints(w, name, count, ints);
  else if (is_float) writer_attribute_float(w, name, floats[0]);
  else writer_attribute_int(w, name, ints[0]);
}

static void add_attributes(writer *w, const char *text) {
  char name[48];
  while (*text) {
    const size_t length = strcspn(text, "=");
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    add_attribute(w, name, text + length + 1);
    text += strcspn(text, ";");
    text += strspn(text, "; ");
  }
}

static void *write_node(const seed_node *n, size_t *size) {
  static const char *const outputs[] = {"", "y", "y,y1", "y,y1,y2"};
  char names[256];
  writer w;
  writer_start(&w);
  w.opset = n->opset;
  random_seed(1);
  writer_input(&w, "x", SHAPE(1, 3, 8, 8));
  add_inputs(&w, n->inputs, names, sizeof names);
  const char *dot = strrchr(n->op, '.'); /* after the domain */
  writer_node(&w, dot ? dot + 1 : n->op, "tested", names, outputs[n->outputs]);
  if (dot) writer_domain(&w, "com.microsoft");
  add_attributes(&w, n->attributes);
  const bool of_image = strpbrk(n->inputs, "xrec") != NULL;
  writer_node(&w, of_image ? "Neg" : "Add", "", of_image ? "y" : "x,y", "out");
  writer_output(&w, "out", (shape){0});
  return writer_finish(&w, size);
}

void *seed_node_file(int index, bool *large, size_t *size) {
  changes.count = 0;
  *large = index >= NODES;
  return write_node(node_at(index), size);
}

void *seed_node_changed(const uint8_t *bytes, size_t count, size_t *size) {
  const unsigned index = count < 2 ? 0 : bytes[0] + 256u * bytes[1];
  changes.at = 0;
  changes.bytes = count < 2 ? NULL : bytes + 2;
  changes.count = count < 2 ? 0 : (count - 2) / 2;
  return write_node(node_at((int)(index % (unsigned)seed_node_count)), size);
}
