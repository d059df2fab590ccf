/* What reading an ONNX file keeps, and what all parts of it read alike: lists, texts, numbers. For the files of this folder
 * alone. */
#ifndef PARSER_H
#define PARSER_H

#include <pb_decode.h>

#include "network/file/onnx.h"

typedef struct parser parser;

/* Bytes of the file. */
typedef struct span {
  const uint8_t *bytes;
  size_t size;
} span;

/* Entries of one size; `used` counts those of the message that is being read. */
typedef struct list {
  parser *parser;
  char *entries;
  size_t entry_size, used, capacity;
} list;

/* X(name, type): a list of the parser. */
#define PARSER_LISTS(X)                                                                 \
  X(nodes, onnx_node) /* of a graph or a function */                                    \
  X(initializers, onnx_tensor)                                                          \
  X(inputs, onnx_value)                                                                 \
  X(outputs, onnx_value)                                                                \
  X(node_inputs, char *) /* of a node */                                                \
  X(node_outputs, char *)                                                               \
  X(attributes, onnx_attribute)                                                         \
  X(floats, float) /* of an attribute */                                                \
  X(ints, int64_t)                                                                      \
  X(strings, char *)                                                                    \
  X(dims, int64_t) /* of a tensor, or a graph input */                                  \
  X(sparse_dims, int64_t)                                                               \
  X(numbers, int64_t)        /* of a tensor's int32_data, int64_data and uint64_data */ \
  X(elements, char)          /* bytes of a tensor's float_data and double_data */       \
  X(function_inputs, char *) /* of a function */                                        \
  X(function_outputs, char *)                                                           \
  X(defaults, onnx_attribute)                                                           \
  X(functions, span) /* of the model */

struct parser {
  onnx_model *model;
  const uint8_t *bytes;
  size_t size, position;
  pl_status status; /* of what we refuse ourselves; PL_OK where nanopb fails */
  uint64_t budget;  /* bytes that may still be allocated */
  arena *arena;
#define X(name, type) list name;
  PARSER_LISTS(X)
#undef X
};

/* For reading so many bytes of the model's file. */
void parser_start(parser *p, onnx_model *model, size_t size);
void parser_stop(parser *p);

/* ---- failing: the running decoder stops ---- */

/* Always false; `status` comes from status_fail. */
bool parser_refuse(parser *p, pl_status status);

/* What a decoder that has stopped is to be answered with. */
pl_status parser_explain(const parser *p, const pb_istream_t *stream);

/* ---- memory, within the budget; NULL or false where it is out ---- */

void *parser_allocate(parser *p, uint64_t count, uint64_t size);
void *parser_copy(parser *p, const void *entries, size_t count, size_t size);

/* `count` new entries. */
void *list_add(list *l, size_t count);

/* Moves the entries to the arena and empties the list. */
bool list_take(list *l, int *count, const void **entries);

/* ---- streams ---- */

/* Over a part of the file. All nested streams share the parser's position. */
pb_istream_t parser_stream(parser *p, size_t position, size_t size);

/* The rest of a message, left where it is. Fails where nanopb hands out a number that it read into memory of its own. */
bool parser_take_span(pb_istream_t *stream, span *s);

/* Whether the rest of the stream's message stands in the file, where it can be pointed at. */
bool parser_is_in_file(const pb_istream_t *stream);

/* ---- what nanopb calls for a field; `argument` is what the function's last parameter says ---- */

pb_callback_t parser_reader(bool (*read)(pb_istream_t *, const pb_field_t *, void **), void *argument);

bool parser_read_span(pb_istream_t *stream, const pb_field_t *field, void **span);
bool parser_read_text(pb_istream_t *stream, const pb_field_t *field, void **text);
bool parser_read_texts(pb_istream_t *stream, const pb_field_t *field, void **list);
bool parser_read_ints(pb_istream_t *stream, const pb_field_t *field, void **list);
bool parser_read_floats(pb_istream_t *stream, const pb_field_t *field, void **list);

#endif
