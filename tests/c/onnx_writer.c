#include "onnx_writer.h"

#include <stdlib.h>
#include <string.h>

/* ---- protocol buffers: fields of bytes ---- */

enum { VARINT = 0, LENGTH = 2, FIXED32 = 5 };

static void bytes_add(writer_bytes *b, const void *data, size_t size) {
  if (b->capacity - b->size < size) {
    b->capacity = 2 * b->capacity + size + 64;
    b->data = realloc(b->data, b->capacity);
    if (!b->data) abort();
  }
  if (size) memcpy(b->data + b->size, data, size);
  b->size += size;
}

static void bytes_free(writer_bytes *b) {
  free(b->data);
  *b = (writer_bytes){0};
}

static void put_varint(writer_bytes *b, uint64_t value) {
  uint8_t digits[10];
  size_t count = 0;
  do {
    digits[count++] = (uint8_t)((value & 127) | (value > 127 ? 128 : 0));
    value >>= 7;
  } while (value);
  bytes_add(b, digits, count);
}

static void put_key(writer_bytes *b, unsigned field, unsigned wire) { put_varint(b, field << 3 | wire); }

static void put_int(writer_bytes *b, unsigned field, int64_t value) {
  put_key(b, field, VARINT);
  put_varint(b, (uint64_t)value);
}

static void put_float(writer_bytes *b, unsigned field, float value) {
  put_key(b, field, FIXED32);
  bytes_add(b, &value, sizeof value);
}

static void put_bytes(writer_bytes *b, unsigned field, const void *data, size_t size) {
  put_key(b, field, LENGTH);
  put_varint(b, size);
  bytes_add(b, data, size);
}

static void put_text(writer_bytes *b, unsigned field, const char *text) { put_bytes(b, field, text, strlen(text)); }

/* Takes the part's bytes. */
static void put_part(writer_bytes *b, unsigned field, writer_bytes *part) {
  put_bytes(b, field, part->data, part->size);
  bytes_free(part);
}

static void put_ints(writer_bytes *b, unsigned field, size_t count, const int64_t *values, bool packed) {
  writer_bytes part = {0};
  for (size_t i = 0; i < count; i++)
    if (packed) put_varint(&part, (uint64_t)values[i]);
    else put_int(b, field, values[i]);
  if (packed) put_part(b, field, &part);
}

static void put_floats(writer_bytes *b, unsigned field, size_t count, const float *values, bool packed) {
  if (packed) put_bytes(b, field, values, count * sizeof *values);
  else
    for (size_t i = 0; i < count; i++) put_float(b, field, values[i]);
}

/* ---- tensors ---- */

/* Field numbers of onnx.proto, as everywhere below. */
static writer_bytes tensor_head(const char *name, int type, int rank, const int64_t *dims) {
  writer_bytes t = {0};
  put_ints(&t, 1, (size_t)rank, dims, false);
  put_int(&t, 2, type);
  put_text(&t, 8, name);
  return t;
}

static writer_bytes tensor_of_shape(const char *name, int type, const shape *s) {
  int64_t dims[MAX_RANK];
  for (int i = 0; i < s->rank; i++) dims[i] = s->dim[i];
  return tensor_head(name, type, s->rank, dims);
}

static writer_bytes tensor_floats(const writer *w, const char *name, const shape *s, const float *values) {
  writer_bytes t = tensor_of_shape(name, ONNX_FLOAT, s);
  if (w->encoding == WRITER_RAW) put_bytes(&t, 9, values, shape_count(s) * sizeof *values);
  else put_floats(&t, 4, shape_count(s), values, w->encoding == WRITER_PACKED);
  return t;
}

static writer_bytes tensor_ints(const writer *w, const char *name, const shape *s, const int64_t *values) {
  writer_bytes t = tensor_of_shape(name, ONNX_INT64, s);
  if (w->encoding == WRITER_RAW) put_bytes(&t, 9, values, shape_count(s) * sizeof *values);
  else put_ints(&t, 7, shape_count(s), values, w->encoding == WRITER_PACKED);
  return t;
}

void writer_initializer_floats(writer *w, const char *name, shape s, const float *values) {
  writer_bytes t = tensor_floats(w, name, &s, values);
  put_part(&w->graph, 5, &t);
}

void writer_initializer_ints(writer *w, const char *name, shape s, const int64_t *values) {
  writer_bytes t = tensor_ints(w, name, &s, values);
  put_part(&w->graph, 5, &t);
}

void writer_initializer_int32s(writer *w, const char *name, int type, shape s, const int32_t *values) {
  writer_bytes t = tensor_of_shape(name, type, &s), part = {0};
  const bool packed = w->encoding != WRITER_UNPACKED;
  for (size_t i = 0; i < shape_count(&s); i++)
    if (packed) put_varint(&part, (uint64_t)(int64_t)values[i]);
    else put_int(&t, 5, values[i]);
  if (packed) put_part(&t, 5, &part);
  put_part(&w->graph, 5, &t);
}

void writer_initializer_raw(writer *w, const char *name, int type, int rank, const int64_t *dims, const void *bytes,
                            size_t size) {
  writer_bytes t = tensor_head(name, type, rank, dims);
  put_bytes(&t, 9, bytes, size);
  put_part(&w->graph, 5, &t);
}

static void put_entry(writer_bytes *b, unsigned field, const char *key, const char *value) {
  writer_bytes entry = {0};
  if (!value) return;
  put_text(&entry, 1, key);
  put_text(&entry, 2, value);
  put_part(b, field, &entry);
}

void writer_initializer_external(writer *w, const char *name, int type, shape s, const char *location, const char *offset,
                                 const char *length) {
  writer_bytes t = tensor_of_shape(name, type, &s);
  put_entry(&t, 13, "location", location);
  put_entry(&t, 13, "offset", offset);
  put_entry(&t, 13, "length", length);
  put_int(&t, 14, 1);
  put_part(&w->graph, 5, &t);
}

void writer_initializer_sparse(writer *w, const char *name, shape s, int count, const float *values, int depth,
                               const int64_t *indices) {
  const shape list = depth ? SHAPE(count, depth) : SHAPE(count);
  writer_bytes t = {0}, v = tensor_floats(w, name, &SHAPE(count), values), i = tensor_ints(w, "", &list, indices);
  int64_t dims[MAX_RANK];
  for (int d = 0; d < s.rank; d++) dims[d] = s.dim[d];
  put_part(&t, 1, &v);
  put_part(&t, 2, &i);
  put_ints(&t, 3, (size_t)s.rank, dims, false);
  put_part(&w->graph, 15, &t);
}

/* ---- inputs and outputs ---- */

/* A size below 0 is an open one, with a name instead. */
static void put_value(writer *w, unsigned field, const char *name, int type, int rank, const int64_t *dims) {
  writer_bytes shape_part = {0}, tensor = {0}, type_part = {0}, value_part = {0};
  for (int i = 0; i < rank; i++) {
    writer_bytes dim = {0};
    if (dims[i] >= 0) put_int(&dim, 1, dims[i]);
    else put_text(&dim, 2, "open");
    put_part(&shape_part, 1, &dim);
  }
  put_int(&tensor, 1, type);
  put_part(&tensor, 2, &shape_part);
  put_part(&type_part, 1, &tensor);
  put_text(&value_part, 1, name);
  put_part(&value_part, 2, &type_part);
  put_part(&w->graph, field, &value_part);
}

static void put_float_value(writer *w, unsigned field, const char *name, const shape *s) {
  int64_t dims[MAX_RANK];
  for (int i = 0; i < s->rank; i++) dims[i] = s->dim[i];
  put_value(w, field, name, ONNX_FLOAT, s->rank, dims);
}

void writer_input(writer *w, const char *name, shape s) { put_float_value(w, 11, name, &s); }
void writer_output(writer *w, const char *name, shape s) { put_float_value(w, 12, name, &s); }

void writer_input_typed(writer *w, const char *name, int type, int rank, const int64_t *dims) {
  put_value(w, 11, name, type, rank, dims);
}

/* ---- nodes ---- */

static void end_node(writer *w) {
  if (w->node.size) put_part(&w->graph, 1, &w->node);
}

static void put_names(writer_bytes *b, unsigned field, const char *names) {
  while (*names) {
    const size_t length = strcspn(names, ",");
    put_bytes(b, field, names, length);
    names += length;
    if (*names == ',') names++;
  }
}

void writer_node(writer *w, const char *op, const char *name, const char *inputs, const char *outputs) {
  end_node(w);
  put_names(&w->node, 1, inputs);
  put_names(&w->node, 2, outputs);
  if (*name) put_text(&w->node, 3, name);
  put_text(&w->node, 4, op);
}

void writer_domain(writer *w, const char *domain) { put_text(&w->node, 7, domain); }

void writer_metadata(writer *w, const char *key, const char *value) {
  writer_bytes entry = {0};
  put_text(&entry, 1, key);
  put_text(&entry, 2, value);
  put_part(&w->node, 9, &entry);
}

/* AttributeProto.AttributeType */
enum { FLOAT = 1, INT = 2, STRING = 3, TENSOR = 4, GRAPH = 5, FLOATS_TYPE = 6, INTS_TYPE = 7, STRINGS = 8 };

static writer_bytes attribute_head(const char *name, int type) {
  writer_bytes a = {0};
  put_text(&a, 1, name);
  put_int(&a, 20, type);
  return a;
}

void writer_attribute_int(writer *w, const char *name, int64_t value) {
  writer_bytes a = attribute_head(name, INT);
  put_int(&a, 3, value);
  put_part(&w->node, 5, &a);
}

void writer_attribute_float(writer *w, const char *name, float value) {
  writer_bytes a = attribute_head(name, FLOAT);
  put_float(&a, 2, value);
  put_part(&w->node, 5, &a);
}

void writer_attribute_string(writer *w, const char *name, const char *value) {
  writer_bytes a = attribute_head(name, STRING);
  put_text(&a, 4, value);
  put_part(&w->node, 5, &a);
}

void writer_attribute_ints(writer *w, const char *name, int count, const int64_t *values) {
  writer_bytes a = attribute_head(name, INTS_TYPE);
  put_ints(&a, 8, (size_t)count, values, w->encoding == WRITER_PACKED);
  put_part(&w->node, 5, &a);
}

void writer_attribute_floats(writer *w, const char *name, int count, const float *values) {
  writer_bytes a = attribute_head(name, FLOATS_TYPE);
  put_floats(&a, 7, (size_t)count, values, w->encoding == WRITER_PACKED);
  put_part(&w->node, 5, &a);
}

void writer_attribute_strings(writer *w, const char *name, int count, const char *const *values) {
  writer_bytes a = attribute_head(name, STRINGS);
  for (int i = 0; i < count; i++) put_text(&a, 9, values[i]);
  put_part(&w->node, 5, &a);
}

static void attribute_tensor(writer *w, const char *name, writer_bytes *t) {
  writer_bytes a = attribute_head(name, TENSOR);
  put_part(&a, 5, t);
  put_part(&w->node, 5, &a);
}

void writer_attribute_tensor_floats(writer *w, const char *name, shape s, const float *values) {
  writer_bytes t = tensor_floats(w, "", &s, values);
  attribute_tensor(w, name, &t);
}

void writer_attribute_tensor_ints(writer *w, const char *name, shape s, const int64_t *values) {
  writer_bytes t = tensor_ints(w, "", &s, values);
  attribute_tensor(w, name, &t);
}

void writer_attribute_graph(writer *w, const char *name) {
  writer_bytes a = attribute_head(name, GRAPH);
  put_bytes(&a, 6, "", 0);
  put_part(&w->node, 5, &a);
}

void writer_attribute_branch(writer *w, const char *name, writer *branch) {
  writer_bytes a = attribute_head(name, GRAPH);
  end_node(branch);
  put_part(&a, 6, &branch->graph);
  put_part(&w->node, 5, &a);
}

void writer_attribute_reference(writer *w, const char *name, const char *reference, int type) {
  writer_bytes a = attribute_head(name, type);
  put_text(&a, 21, reference);
  put_part(&w->node, 5, &a);
}

/* ---- functions ---- */

/* A GraphProto's nodes are its field 1, a FunctionProto's field 7; a NodeProto's attributes are its field 5, and defaults field
 * 11. All are of fewer than 16384 bytes here, so that a key stands at the start of each. */
static void put_renumbered(writer_bytes *b, const writer_bytes *from, unsigned field, unsigned to) {
  for (size_t at = 0; at < from->size;) {
    const unsigned key = from->data[at++];
    size_t length = from->data[at] & 127;
    if (from->data[at++] > 127) length += (size_t)from->data[at++] << 7;
    if (key == (field << 3 | LENGTH)) put_bytes(b, to, from->data + at, length);
    at += length;
  }
}

void writer_function(writer *w, const char *domain, const char *name, const char *inputs, const char *outputs, writer *body,
                     writer *defaults) {
  writer_bytes f = {0};
  put_text(&f, 1, name);
  put_names(&f, 4, inputs);
  put_names(&f, 5, outputs);
  end_node(body);
  put_renumbered(&f, &body->graph, 1, 7);
  put_text(&f, 10, domain);
  if (defaults) put_renumbered(&f, &defaults->node, 5, 11);
  put_part(&w->functions, 25, &f);
  bytes_free(&body->graph);
  if (defaults) bytes_free(&defaults->node), bytes_free(&defaults->graph);
}

/* ---- the file ---- */

void writer_start(writer *w) {
  *w = (writer){.opset = 17};
  put_text(&w->graph, 2, "test");
}

void *writer_finish(writer *w, size_t *size) {
  end_node(w);
  writer_bytes file = {0}, opset = {0};
  put_int(&file, 1, 8); /* IR version */
  put_text(&file, 2, "onnx_writer");
  put_part(&file, 7, &w->graph);
  put_int(&opset, 2, w->opset);
  bytes_add(&file, w->functions.data, w->functions.size);
  bytes_free(&w->functions);
  put_part(&file, 8, &opset); /* the last, so that no part of the file is a model */
  *size = file.size;
  return file.data;
}
