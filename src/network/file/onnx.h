/* Bytes of an ONNX file -> nodes and tensors. Tensors stay in the file's buffer; strings are copied. */
#ifndef ONNX_H
#define ONNX_H

#include "base/tensor.h"

/* Nodes of a file at most, and a fourth of the tensors: some ten times what the largest image networks have. Beyond, loading would
 * take long and memory that no network is worth. */
enum { ONNX_MAX_NODES = 1 << 15 };

/* TensorProto.DataType */
typedef enum onnx_type {
  ONNX_FLOAT = 1,
  ONNX_UINT8 = 2,
  ONNX_INT8 = 3,
  ONNX_UINT16 = 4,
  ONNX_INT16 = 5,
  ONNX_INT32 = 6,
  ONNX_INT64 = 7,
  ONNX_BOOL = 9,
  ONNX_FLOAT16 = 10,
  ONNX_DOUBLE = 11,
  ONNX_UINT32 = 12,
  ONNX_UINT64 = 13,
  ONNX_BFLOAT16 = 16,
} onnx_type;

/* Little-endian elements, possibly unaligned: read them with onnx_floats and onnx_ints. */
typedef struct onnx_tensor {
  const char *name;
  onnx_type type;
  shape shape;
  const void *data;
  size_t count; /* elements, the product of the shape */
  const char
      *unreadable; /* what about it nothing here can read, such as "has elements of type string (8)"; then it has no data. NULL */
} onnx_tensor;

typedef enum onnx_attribute_kind {
  ONNX_ATTRIBUTE_FLOAT,
  ONNX_ATTRIBUTE_INT,
  ONNX_ATTRIBUTE_STRING,
  ONNX_ATTRIBUTE_TENSOR,
  ONNX_ATTRIBUTE_GRAPH,
  ONNX_ATTRIBUTE_FLOATS,
  ONNX_ATTRIBUTE_INTS,
  ONNX_ATTRIBUTE_STRINGS,
  ONNX_ATTRIBUTE_OTHER
} onnx_attribute_kind;

typedef struct onnx_attribute {
  const char *name;
  const char *reference; /* in a function: the attribute of the call that this one stands for; else "" */
  onnx_attribute_kind kind;
  float f;
  int64_t i;
  const char *s;
  const onnx_tensor *tensor;
  struct {
    const void *bytes;
    size_t size;
  } graph;   /* of a branch: onnx_read_graph reads it */
  int count; /* of floats, ints or strings */
  const float *floats;
  const int64_t *ints;
  const char *const *strings;
} onnx_attribute;

typedef struct onnx_node {
  const char *name;     /* may be "" */
  const char *op;       /* operator, such as "Conv" */
  const char *domain;   /* "" is ONNX's own */
  const char *overload; /* of a function of the file; mostly "" */
  const char *block; /* the module that it is part of, such as "blocks.3.attn": as PyTorch's exporters tell; "" where none does */
  int input_count, output_count, attribute_count;
  const char *const *inputs; /* "" where an optional one is left out */
  const char *const *outputs;
  const onnx_attribute *attributes;
} onnx_node;

/* A graph input or output. */
typedef struct onnx_value {
  const char *name;
  int type;    /* onnx_type, 0 when the file does not say */
  shape shape; /* -1 where a size is left open; rank -1 when the file does not say */
} onnx_value;

/* The model's graph, or a branch of an If, which has no inputs and reads names of the graph around it. */
typedef struct onnx_graph {
  int node_count, initializer_count, input_count, output_count;
  const onnx_node *nodes; /* in the file's order */
  const onnx_tensor *initializers;
  const onnx_value *inputs, *outputs;
} onnx_graph;

/* An operator that the file defines itself, by nodes that know no names but its own. */
typedef struct onnx_function {
  const char *name, *domain, *overload; /* as nodes have them that call it */
  int input_count, output_count, default_count, node_count;
  const char *const *inputs, *const *outputs;
  const onnx_attribute *defaults; /* attributes that a call may leave out */
  const onnx_node *nodes;
  size_t size; /* bytes of the file */
} onnx_function;

/* The name of a file in which tensors lie. */
typedef struct onnx_name {
  const char *name;
  struct onnx_name *next;
} onnx_name;

/* Files beside the ONNX file that are given. names_only: none are, and tensors in them have no data. */
typedef struct onnx_files {
  const pl_external_data *list;
  int count;
  bool names_only;
} onnx_files;

typedef struct onnx_model {
  int64_t opset; /* of ONNX's own domain */
  const char *producer;
  onnx_graph graph;
  int function_count;
  const onnx_function *functions;
  onnx_files files;
  onnx_name *external_names; /* of what has been read so far; a name may be there more than once */
  arena *arena;              /* owns all of the above but the tensors' bytes */
  const uint8_t *bytes;      /* the file */
  size_t size;
} onnx_model;

/* files: NULL for none. Errors: PL_INVALID_MODEL with the offset of the failure, PL_MISSING_DATA (a file that is not given),
 * PL_UNSUPPORTED_MODEL (an opset outside 7 to 21, more than ONNX_MAX_NODES), PL_OUT_OF_MEMORY. */
pl_status onnx_parse(const void *bytes, size_t size, const onnx_files *files, onnx_model **model);
void onnx_free(onnx_model *model);

/* Reads an attribute of kind ONNX_ATTRIBUTE_GRAPH. What it makes belongs to the model. Errors: as onnx_parse. */
pl_status onnx_read_graph(onnx_model *model, const onnx_attribute *a, onnx_graph *g);

/* Bytes of an element; 0 for a type that is not listed above. */
size_t onnx_type_size(int type);

/* Reads `count` elements as floats or as 64-bit integers, whatever their type is. */
void onnx_floats(const onnx_tensor *t, float *out);
void onnx_ints(const onnx_tensor *t, int64_t *out);

/* An attribute's value, or `otherwise` where the node has none of this name and kind. */
const onnx_attribute *onnx_find(const onnx_node *node, const char *name);
int64_t onnx_int(const onnx_node *node, const char *name, int64_t otherwise);
float onnx_float(const onnx_node *node, const char *name, float otherwise);
const char *onnx_string(const onnx_node *node, const char *name, const char *otherwise);

#endif
