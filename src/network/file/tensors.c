#include "network/file/tensors.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "network/file/external.h"
#include "onnx.pb.h"

/* Where a tensor's elements were found. */
typedef struct tensor_parts {
  parser *parser;
  span raw;    /* raw_data */
  span packed; /* the first packed part of float_data or double_data, as long as there is no second one */
  external_part external;
} tensor_parts;

/* float_data and double_data: one packed part stays where it is; anything else is put together in `elements`. */
static bool read_elements(pb_istream_t *stream, const pb_field_t *field, void **parts_) {
  (void)field;
  tensor_parts *parts = *parts_;
  list *elements = &parts->parser->elements;
  const size_t before = parts->packed.size, size = stream->bytes_left;
  if (parser_is_in_file(stream) && !before && !elements->used) return parser_take_span(stream, &parts->packed);
  if (!size) return true;
  char *added = list_add(elements, before + size);
  if (!added) return false;
  if (before) memcpy(added, parts->packed.bytes, before);
  parts->packed.size = 0;
  return pb_read(stream, (pb_byte_t *)added + before, size);
}

/* ---- types and shapes ---- */

static const char *type_name(int type) {
  static const char *const names[] = {"unknown",        "float",      "uint8",          "int8",       "uint16",   "int16",
                                      "int32",          "int64",      "string",         "bool",       "float16",  "double",
                                      "uint32",         "uint64",     "complex64",      "complex128", "bfloat16", "float8e4m3fn",
                                      "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4",      "int4",     "float4e2m1"};
  return names[type > 0 && (size_t)type < sizeof names / sizeof *names ? type : 0];
}

/* Notes why nothing can read the tensor, which matters only where something has to. */
static bool set_unreadable(parser *p, onnx_tensor *t, const char *format, const char *word, int number) {
  char text[80];
  const int length = snprintf(text, sizeof text, format, word, number);
  t->unreadable = parser_copy(p, text, (size_t)length + 1, 1);
  return t->unreadable != NULL;
}

static bool tensor_type_of(parser *p, int type, onnx_tensor *t) {
  t->type = (onnx_type)type;
  return onnx_type_size(type) || set_unreadable(p, t, "has elements of type %s (%d)", type_name(type), type);
}

/* Takes the dimensions of a list. */
static bool tensor_shape(parser *p, list *l, onnx_tensor *t) {
  const int64_t *dims = (const int64_t *)l->entries;
  const size_t rank = l->used;
  l->used = 0;
  if (rank > MAX_RANK) return set_unreadable(p, t, "has more %s than %d", "dimensions", MAX_RANK);
  t->shape.rank = (int)rank;
  for (size_t i = 0; i < rank; i++) {
    if (dims[i] < 0 || dims[i] > INT_MAX)
      return parser_refuse(p, status_fail(PL_INVALID_MODEL, "tensor '%s' has a dimension of %lld", t->name, (long long)dims[i]));
    t->shape.dim[i] = (int)dims[i];
  }
  if (!shape_elements(&t->shape, &t->count))
    return parser_refuse(
        p, status_fail(PL_INVALID_MODEL, "tensor '%s' has the impossible shape %s", t->name, shape_text(&t->shape)));
  return true;
}

/* ---- elements ---- */

/* Elements that came as variable-length integers, in their own size. Hosts are little-endian. */
static const void *numbers_to_elements(parser *p, onnx_type type) {
  const int64_t *numbers = (const int64_t *)p->numbers.entries;
  const size_t size = onnx_type_size(type);
  char *elements = parser_allocate(p, p->numbers.used, size);
  for (size_t i = 0; elements && i < p->numbers.used; i++) memcpy(elements + i * size, &numbers[i], size);
  return elements;
}

/* The elements from whichever field of the file has them, and their size in bytes. Floats and doubles have fields of their own. */
static bool elements_of_file(tensor_parts *parts, onnx_tensor *t, size_t *size) {
  parser *p = parts->parser;
  const bool own_field = t->type == ONNX_FLOAT || t->type == ONNX_DOUBLE;
  const span stays = parts->raw.size ? parts->raw : own_field ? parts->packed : (span){0};
  if (stays.size) {
    t->data = stays.bytes;
    *size = stays.size;
  } else if (own_field) {
    t->data = parser_copy(p, p->elements.entries, p->elements.used, 1);
    *size = p->elements.used;
  } else {
    t->data = numbers_to_elements(p, t->type);
    *size = p->numbers.used * onnx_type_size(t->type);
  }
  return t->data != NULL;
}

static bool tensor_elements(tensor_parts *parts, bool external, onnx_tensor *t) {
  parser *p = parts->parser;
  const uint64_t wanted = size_product(t->count, onnx_type_size(t->type));
  size_t found;
  if (external) return external_find(p, &parts->external, t->name, wanted, &t->data);
  if (!elements_of_file(parts, t, &found)) return false;
  if (wanted == found) return true;
  return parser_refuse(
      p, status_fail(PL_INVALID_MODEL, "tensor '%s' of shape %s needs %zu elements of %zu bytes, but the file holds %zu bytes",
                     t->name, shape_text(&t->shape), t->count, onnx_type_size(t->type), found));
}

static bool tensor_finish(tensor_parts *parts, const onnx_TensorProto *proto, onnx_tensor *t) {
  parser *p = parts->parser;
  const bool external = proto->data_location == onnx_TensorProto_DataLocation_EXTERNAL;
  if (!tensor_type_of(p, proto->data_type, t) || !tensor_shape(p, &p->dims, t)) return false;
  const bool done = t->unreadable || tensor_elements(parts, external, t);
  p->numbers.used = p->elements.used = 0;
  return done;
}

bool tensors_take(parser *p, pb_istream_t *stream, onnx_tensor *t) {
  *t = (onnx_tensor){.name = ""};
  tensor_parts parts = {.parser = p, .external = {"", "", ""}};
  onnx_TensorProto proto = {
      .name = parser_reader(parser_read_text, &t->name),
      .dims = parser_reader(parser_read_ints, &p->dims),
      .raw_data = parser_reader(parser_read_span, &parts.raw),
      .float_data = parser_reader(read_elements, &parts),
      .double_data = parser_reader(read_elements, &parts),
      .int32_data = parser_reader(parser_read_ints, &p->numbers),
      .int64_data = parser_reader(parser_read_ints, &p->numbers),
      .uint64_data = parser_reader(parser_read_ints, &p->numbers),
      .external_data = parser_reader(external_read, &parts.external),
  };
  return pb_decode(stream, onnx_TensorProto_fields, &proto) && tensor_finish(&parts, &proto, t);
}

/* ---- sparse tensors ---- */

typedef struct sparse_parts {
  parser *parser;
  onnx_tensor values, indices; /* indices: of each value in the flat tensor, or values x axes */
} sparse_parts;

static bool read_values(pb_istream_t *stream, const pb_field_t *field, void **parts_) {
  (void)field;
  sparse_parts *parts = *parts_;
  return tensors_take(parts->parser, stream, &parts->values);
}

static bool read_indices(pb_istream_t *stream, const pb_field_t *field, void **parts_) {
  (void)field;
  sparse_parts *parts = *parts_;
  return tensors_take(parts->parser, stream, &parts->indices);
}

static pl_status invalid(const onnx_tensor *t, const char *what) {
  return status_fail(PL_INVALID_MODEL, "the sparse tensor '%s' of shape %s has %s", t->name, shape_text(&t->shape), what);
}

/* Copies every value to where its index says. */
static bool scatter_values(parser *p, const sparse_parts *parts, const int64_t *index, int depth, onnx_tensor *t,
                           char *elements) {
  const size_t size = onnx_type_size(t->type);
  for (size_t i = 0, at; i < parts->values.count; i++, index += depth) {
    const bool found = depth == 1 ? shape_offset(&(shape){1, {(int)t->count}}, index, 1, &at)
                                  : shape_offset(&t->shape, index, depth, &at);
    if (!found) return parser_refuse(p, invalid(t, "an index outside of it"));
    memcpy(elements + at * size, (const char *)parts->values.data + i * size, size);
  }
  return true;
}

/* Zeros but for the values. */
static bool sparse_elements(parser *p, const sparse_parts *parts, onnx_tensor *t) {
  const shape *list = &parts->indices.shape;
  const bool flat = list->rank == 1, by_axes = list->rank == 2 && list->dim[1] == t->shape.rank;
  if (parts->values.unreadable || parts->indices.unreadable)
    return set_unreadable(p, t, "is sparse, with %s of type %d", "elements", parts->values.type);
  if (parts->indices.type != ONNX_INT64 || !(flat || by_axes) || (size_t)list->dim[0] != parts->values.count ||
      t->count > INT_MAX)
    return parser_refuse(p, invalid(t, "indices that do not go with its values"));
  char *elements = parser_allocate(p, t->count, onnx_type_size(t->type));
  int64_t *index = parser_allocate(p, parts->indices.count, sizeof *index);
  if (!elements || !index) return false;
  t->data = elements;
  if (!parts->values.data || !parts->indices.data) return true; /* only names of files are asked for */
  onnx_ints(&parts->indices, index);
  return scatter_values(p, parts, index, flat ? 1 : list->dim[1], t, elements);
}

bool tensors_take_sparse(parser *p, pb_istream_t *stream, onnx_tensor *t) {
  sparse_parts parts = {.parser = p, .values = {.name = ""}, .indices = {.name = ""}};
  onnx_SparseTensorProto proto = {
      .values = parser_reader(read_values, &parts),
      .indices = parser_reader(read_indices, &parts),
      .dims = parser_reader(parser_read_ints, &p->sparse_dims),
  };
  if (!pb_decode(stream, onnx_SparseTensorProto_fields, &proto)) return false;
  *t = (onnx_tensor){.name = parts.values.name, .type = parts.values.type, .unreadable = parts.values.unreadable};
  return tensor_shape(p, &p->sparse_dims, t) && (t->unreadable || sparse_elements(p, &parts, t));
}
