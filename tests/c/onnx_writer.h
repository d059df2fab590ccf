/* Writes small ONNX files for tests.
 *
 *   writer w;
 *   writer_start(&w);
 *   writer_input(&w, "input", SHAPE(1, 3, 8, 8));
 *   writer_initializer_floats(&w, "weight", SHAPE(4, 3, 1, 1), weights);
 *   writer_node(&w, "Conv", "conv", "input,weight", "features");
 *   writer_attribute_ints(&w, "strides", INTS(2, 2));
 *   writer_output(&w, "features", SHAPE(1, 4, 4, 4));
 *   size_t size;
 *   void *file = writer_finish(&w, &size);
 *   ...
 *   free(file);
 *
 * Attributes belong to the last node. Inputs and outputs of a node are separated by commas; an empty one is left out ("x,,y"). */
#ifndef ONNX_WRITER_H
#define ONNX_WRITER_H

#include "network/file/onnx.h"

/* A shape or a list of integers written in place; an open size of a graph input is -1, a scalar's shape (shape){0}. */
#define SHAPE(...) ((shape){(int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)), {__VA_ARGS__}})
#define INTS(...) \
  (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]) { __VA_ARGS__ }
#define FLOATS(...) \
  (int)(sizeof((float[]){__VA_ARGS__}) / sizeof(float)), (float[]) { __VA_ARGS__ }

/* AttributeProto.AttributeType, of references. */
enum { WRITER_FLOAT = 1, WRITER_INT = 2, WRITER_STRING = 3, WRITER_TENSOR = 4, WRITER_INTS = 7 };

/* How floats and integers of tensors are written. */
typedef enum writer_encoding { WRITER_RAW, WRITER_PACKED, WRITER_UNPACKED } writer_encoding;

typedef struct writer_bytes {
  uint8_t *data;
  size_t size, capacity;
} writer_bytes;

typedef struct writer {
  writer_bytes graph, node; /* node: the one that attributes are still added to */
  writer_bytes functions;
  int64_t opset;            /* 17; may be set before writer_finish */
  writer_encoding encoding; /* of the tensors that follow; WRITER_RAW */
} writer;

void writer_start(writer *w);

void writer_input(writer *w, const char *name, shape s);
void writer_output(writer *w, const char *name, shape s);
/* An input of another type, or with dimensions that no shape holds. */
void writer_input_typed(writer *w, const char *name, int type, int rank, const int64_t *dims);

void writer_initializer_floats(writer *w, const char *name, shape s, const float *values);
void writer_initializer_ints(writer *w, const char *name, shape s, const int64_t *values);
/* Of any type that stands in int32_data: INT32, INT8, UINT8, BOOL, and FLOAT16 and BFLOAT16 as their bits.
 * Written to int32_data, packed or not, also where the encoding is WRITER_RAW. */
void writer_initializer_int32s(writer *w, const char *name, int type, shape s, const int32_t *values);
/* Bytes as they are, of any type and size, whether they fit the shape or not. */
void writer_initializer_raw(writer *w, const char *name, int type, int rank, const int64_t *dims, const void *bytes, size_t size);
/* One that says its bytes are in another file; texts that are NULL are not written. */
void writer_initializer_external(writer *w, const char *name, int type, shape s, const char *location, const char *offset,
                                 const char *length);
/* One that is 0 but for `count` values, at indices of the flat tensor (depth 0) or of so many axes. */
void writer_initializer_sparse(writer *w, const char *name, shape s, int count, const float *values, int depth,
                               const int64_t *indices);

void writer_node(writer *w, const char *op, const char *name, const char *inputs, const char *outputs);
void writer_domain(writer *w, const char *domain);                   /* of the last node */
void writer_metadata(writer *w, const char *key, const char *value); /* the same */
void writer_attribute_int(writer *w, const char *name, int64_t value);
void writer_attribute_float(writer *w, const char *name, float value);
void writer_attribute_string(writer *w, const char *name, const char *value);
void writer_attribute_ints(writer *w, const char *name, int count, const int64_t *values);
void writer_attribute_floats(writer *w, const char *name, int count, const float *values);
void writer_attribute_strings(writer *w, const char *name, int count, const char *const *values);
void writer_attribute_tensor_floats(writer *w, const char *name, shape s, const float *values);
void writer_attribute_tensor_ints(writer *w, const char *name, shape s, const int64_t *values);
/* A subgraph, as If and Loop have; its content is an empty graph. */
void writer_attribute_graph(writer *w, const char *name);
/* A branch of an If, written by a writer of its own, which is empty afterwards. */
void writer_attribute_branch(writer *w, const char *name, writer *branch);

/* In a function: an attribute of the last node that is the call's of another name. */
void writer_attribute_reference(writer *w, const char *name, const char *reference, int type);
/* A function of the file, of the nodes of a writer of its own, which is empty afterwards. `defaults`: a writer whose last node
 * has the attributes that calls may leave out, or NULL. */
void writer_function(writer *w, const char *domain, const char *name, const char *inputs, const char *outputs, writer *body,
                     writer *defaults);

/* The file, to be freed with free(); the writer is empty afterwards. Aborts when memory is out, as all of the above. */
void *writer_finish(writer *w, size_t *size);

#endif
