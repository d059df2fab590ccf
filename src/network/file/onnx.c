#include "network/file/onnx.h"

#include <limits.h>
#include <pb_decode.h>
#include <string.h>

#include "onnx.pb.h"

/* nanopb walks the file's messages and calls a function for every text, list and message that onnx.options lets through.
 * nanopb reads through `file_read` below, whose position all nested streams share: so a text or a tensor's bytes can be
 * pointed at instead of copied, and a failure's place in the file is known.
 *
 * Lists are gathered in growing memory that is used again for the next message, then copied once, in their exact size, into
 * the arena. What a list gathers takes at least one byte of the file per entry, so a file cannot claim more than the budget. */

/* ---- the parser ---- */

enum { BUDGET_BASE = 1 << 20, BUDGET_PER_BYTE = 16 };

typedef struct parser parser;

/* Entries of one size; `used` counts those of the message that is being read. */
typedef struct list {
  parser *parser;
  char *entries;
  size_t entry_size, used, capacity;
} list;

struct parser {
  const uint8_t *bytes;
  size_t size, position;
  pl_status status; /* of what we refuse ourselves; PL_OK where nanopb fails */
  uint64_t budget;  /* bytes that may still be allocated */
  arena *arena;
  list nodes, initializers, inputs, outputs;  /* of the graph */
  list node_inputs, node_outputs, attributes; /* of a node */
  list floats, ints, strings;                 /* of an attribute */
  list dims;                                  /* of a tensor, or a graph input */
  list numbers;                               /* of a tensor's int32_data and int64_data */
  list elements;                              /* bytes of a tensor's float_data and double_data */
};

/* Makes the running decoder stop; `status` comes from status_fail. */
static bool refuse(parser *p, pl_status status) {
  p->status = status;
  return false;
}

static bool refuse_memory(parser *p) {
  return refuse(p, status_fail(PL_OUT_OF_MEMORY, "the ONNX file asks for more memory than its size accounts for, or there is"));
}

static void *parser_allocate(parser *p, size_t count, size_t size) {
  const uint64_t bytes = size_product(count, size);
  void *memory = bytes <= p->budget ? arena_allocate(p->arena, count, size) : NULL;
  if (memory) p->budget -= bytes;
  else refuse_memory(p);
  return memory;
}

static void *parser_copy(parser *p, const void *entries, size_t count, size_t size) {
  void *copy = parser_allocate(p, count, size);
  if (copy && count) memcpy(copy, entries, count * size);
  return copy;
}

static bool list_grow(list *l, size_t count) {
  parser *p = l->parser;
  const uint64_t more = size_sum(l->capacity, size_sum(count, 16)), growth = size_product(more, l->entry_size);
  const uint64_t capacity = size_sum(l->capacity, more);
  char *entries = growth <= p->budget ? memory_enlarge(l->entries, l->used, capacity, l->entry_size) : NULL;
  if (!entries) return refuse_memory(p);
  p->budget -= growth;
  l->entries = entries;
  l->capacity = (size_t)capacity;
  return true;
}

/* `count` new entries, or NULL. */
static void *list_add(list *l, size_t count) {
  if (l->capacity - l->used < count && !list_grow(l, count)) return NULL;
  void *added = l->entries + l->used * l->entry_size;
  l->used += count;
  return added;
}

/* Moves the entries to the arena and empties the list. False when memory is out. */
static bool list_take(list *l, int *count, const void **entries) {
  if (l->used > INT_MAX) return refuse_memory(l->parser);
  const void *copy = parser_copy(l->parser, l->entries, l->used, l->entry_size);
  if (!copy) return false;
  *count = (int)l->used;
  *entries = copy;
  l->used = 0;
  return true;
}

/* What reading so many bytes may allocate. */
static uint64_t budget_for(size_t size) { return size_sum(BUDGET_BASE, size_product(size, BUDGET_PER_BYTE)); }

static void parser_start(parser *p, const void *bytes, size_t size) {
  *p = (parser){.bytes = bytes, .size = size};
  p->budget = budget_for(size);
#define LIST(name, type) p->name = (list){.parser = p, .entry_size = sizeof(type)}
  LIST(nodes, onnx_node);
  LIST(initializers, onnx_tensor);
  LIST(inputs, onnx_value);
  LIST(outputs, onnx_value);
  LIST(node_inputs, char *);
  LIST(node_outputs, char *);
  LIST(attributes, onnx_attribute);
  LIST(floats, float);
  LIST(ints, int64_t);
  LIST(strings, char *);
  LIST(dims, int64_t);
  LIST(numbers, int64_t);
  LIST(elements, char);
#undef LIST
}

static void parser_stop(parser *p) {
  list *lists[] = {&p->nodes,  &p->initializers, &p->inputs,  &p->outputs, &p->node_inputs, &p->node_outputs, &p->attributes,
                   &p->floats, &p->ints,         &p->strings, &p->dims,    &p->numbers,     &p->elements};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) memory_free(lists[i]->entries);
}

/* ---- bytes, texts, numbers ---- */

/* Called by nanopb, which has checked `count` against what is left of the message. */
static bool file_read(pb_istream_t *stream, pb_byte_t *buffer, size_t count) {
  parser *p = stream->state;
  memcpy(buffer, p->bytes + p->position, count);
  p->position += count;
  return true;
}

static pb_istream_t file_stream(parser *p, size_t position, size_t size) {
  p->position = position;
  return (pb_istream_t){.callback = file_read, .state = p, .bytes_left = size};
}

/* Bytes of the file. */
typedef struct span {
  const uint8_t *bytes;
  size_t size;
} span;

/* The rest of a message, left where it is. Fails where nanopb hands out a number that it read into memory of its own. */
static bool take_span(pb_istream_t *stream, span *s) {
  if (stream->callback != file_read) PB_RETURN_ERROR(stream, "a number where bytes belong");
  parser *p = stream->state;
  *s = (span){p->bytes + p->position, stream->bytes_left};
  p->position += stream->bytes_left;
  stream->bytes_left = 0;
  return true;
}

/* Texts end at a zero byte, if they hold one; empty ones share one place. */
static bool take_text(pb_istream_t *stream, const char **text) {
  span s;
  if (!take_span(stream, &s)) return false;
  parser *p = stream->state;
  if (!s.size) {
    *text = "";
    return true;
  }
  char *copy = parser_allocate(p, s.size + 1, 1);
  if (copy) *text = memcpy(copy, s.bytes, s.size);
  return copy;
}

static bool read_span(pb_istream_t *stream, const pb_field_t *field, void **span_) {
  (void)field;
  return take_span(stream, *span_);
}

static bool read_text(pb_istream_t *stream, const pb_field_t *field, void **text) {
  (void)field;
  return take_text(stream, *text);
}

static bool read_texts(pb_istream_t *stream, const pb_field_t *field, void **list_) {
  (void)field;
  const char **text = list_add(*list_, 1);
  return text && take_text(stream, text);
}

/* Numbers of a list stand together (packed) or one by one; nanopb calls once for each such part. */
static bool read_ints(pb_istream_t *stream, const pb_field_t *field, void **list_) {
  (void)field;
  while (stream->bytes_left) {
    uint64_t value;
    if (!pb_decode_varint(stream, &value)) return false;
    int64_t *added = list_add(*list_, 1);
    if (!added) return false;
    *added = (int64_t)value;
  }
  return true;
}

static bool read_floats(pb_istream_t *stream, const pb_field_t *field, void **list_) {
  (void)field;
  while (stream->bytes_left) {
    float value;
    if (!pb_decode_fixed32(stream, &value)) return false;
    float *added = list_add(*list_, 1);
    if (!added) return false;
    *added = value;
  }
  return true;
}

static pb_callback_t reader(bool (*read)(pb_istream_t *, const pb_field_t *, void **), void *argument) {
  return (pb_callback_t){.funcs.decode = read, .arg = argument};
}

/* ---- tensors ---- */

static const char *type_name(int type) {
  static const char *const names[] = {"unknown",        "float",      "uint8",          "int8",       "uint16",   "int16",
                                      "int32",          "int64",      "string",         "bool",       "float16",  "double",
                                      "uint32",         "uint64",     "complex64",      "complex128", "bfloat16", "float8e4m3fn",
                                      "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4",      "int4",     "float4e2m1"};
  return names[type > 0 && (size_t)type < sizeof names / sizeof *names ? type : 0];
}

/* Where a tensor's elements were found. */
typedef struct tensor_parts {
  parser *parser;
  span raw;    /* raw_data */
  span packed; /* the first packed part of float_data or double_data, as long as there is no second one */
} tensor_parts;

/* float_data and double_data: one packed part stays where it is; anything else is put together in `elements`. */
static bool read_elements(pb_istream_t *stream, const pb_field_t *field, void **parts_) {
  (void)field;
  tensor_parts *parts = *parts_;
  list *elements = &parts->parser->elements;
  const size_t before = parts->packed.size, size = stream->bytes_left;
  if (stream->callback == file_read && !before && !elements->used) return take_span(stream, &parts->packed);
  if (!size) return true;
  char *added = list_add(elements, before + size);
  if (!added) return false;
  if (before) memcpy(added, parts->packed.bytes, before);
  parts->packed.size = 0;
  return pb_read(stream, (pb_byte_t *)added + before, size);
}

static bool tensor_shape(parser *p, onnx_tensor *t) {
  const int64_t *dims = (const int64_t *)p->dims.entries;
  const size_t rank = p->dims.used;
  p->dims.used = 0;
  if (rank > MAX_RANK)
    return refuse(p, status_fail(PL_UNSUPPORTED_MODEL, "tensor '%s' has %zu dimensions; at most %d are supported", t->name, rank,
                                 MAX_RANK));
  t->shape.rank = (int)rank;
  for (size_t i = 0; i < rank; i++) {
    if (dims[i] < 0 || dims[i] > INT_MAX)
      return refuse(p, status_fail(PL_INVALID_MODEL, "tensor '%s' has a dimension of %lld", t->name, (long long)dims[i]));
    t->shape.dim[i] = (int)dims[i];
  }
  if (!shape_elements(&t->shape, &t->count))
    return refuse(p, status_fail(PL_INVALID_MODEL, "tensor '%s' has the impossible shape %s", t->name, shape_text(&t->shape)));
  return true;
}

/* Elements that came as variable-length integers, in their own size. Hosts are little-endian. */
static const void *numbers_to_elements(parser *p, onnx_type type) {
  const int64_t *numbers = (const int64_t *)p->numbers.entries;
  const size_t size = onnx_type_size(type);
  char *elements = parser_allocate(p, p->numbers.used, size);
  for (size_t i = 0; elements && i < p->numbers.used; i++) memcpy(elements + i * size, &numbers[i], size);
  return elements;
}

/* The elements from whichever field has them, and their size in bytes. Floats and doubles have fields of their own. */
static bool tensor_elements(tensor_parts *parts, onnx_tensor *t, size_t *size) {
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
  p->numbers.used = p->elements.used = 0;
  return t->data != NULL;
}

static bool tensor_finish(tensor_parts *parts, const onnx_TensorProto *proto, onnx_tensor *t) {
  parser *p = parts->parser;
  t->type = (onnx_type)proto->data_type;
  const size_t element = onnx_type_size(proto->data_type);
  if (proto->data_location == onnx_TensorProto_DataLocation_EXTERNAL)
    return refuse(p, status_fail(PL_UNSUPPORTED_MODEL,
                                 "tensor '%.200s' lies in another file; put everything into one file with "
                                 "two lines of Python, in the folder of both: import onnx, then "
                                 "onnx.save(onnx.load('model.onnx'), 'merged.onnx')",
                                 t->name));
  if (!element)
    return refuse(p, status_fail(PL_UNSUPPORTED_MODEL,
                                 "tensor '%s' has elements of type %s (%d), which is not supported; "
                                 "weights may be floats of 16, 32 and 64 bits, or int8 and uint8 with DequantizeLinear",
                                 t->name, type_name(proto->data_type), (int)proto->data_type));
  size_t found;
  if (!tensor_shape(p, t) || !tensor_elements(parts, t, &found)) return false;
  if (size_product(t->count, element) != found)
    return refuse(p, status_fail(PL_INVALID_MODEL,
                                 "tensor '%s' of shape %s needs %zu elements of %zu bytes, but the file holds "
                                 "%zu bytes",
                                 t->name, shape_text(&t->shape), t->count, element, found));
  return true;
}

static bool take_tensor(parser *p, pb_istream_t *stream, onnx_tensor *t) {
  *t = (onnx_tensor){.name = ""};
  tensor_parts parts = {.parser = p};
  onnx_TensorProto proto = {
      .name = reader(read_text, &t->name),
      .dims = reader(read_ints, &p->dims),
      .raw_data = reader(read_span, &parts.raw),
      .float_data = reader(read_elements, &parts),
      .double_data = reader(read_elements, &parts),
      .int32_data = reader(read_ints, &p->numbers),
      .int64_data = reader(read_ints, &p->numbers),
  };
  return pb_decode(stream, onnx_TensorProto_fields, &proto) && tensor_finish(&parts, &proto, t);
}

static bool read_initializer(pb_istream_t *stream, const pb_field_t *field, void **parser_) {
  (void)field;
  parser *p = *parser_;
  if (p->initializers.used == ONNX_MAX_NODES * 4)
    return refuse(p, status_fail(PL_UNSUPPORTED_MODEL, "the model has more than %d tensors of weights", ONNX_MAX_NODES * 4));
  onnx_tensor *t = list_add(&p->initializers, 1);
  return t && take_tensor(p, stream, t);
}

/* ---- nodes ---- */

/* A node's attribute while it is read. */
typedef struct attribute_parts {
  parser *parser;
  const onnx_tensor *tensor;
  span graph;
} attribute_parts;

static bool read_attribute_tensor(pb_istream_t *stream, const pb_field_t *field, void **parts_) {
  (void)field;
  attribute_parts *parts = *parts_;
  onnx_tensor *t = parser_allocate(parts->parser, 1, sizeof *t);
  parts->tensor = t;
  return t && take_tensor(parts->parser, stream, t);
}

static onnx_attribute_kind attribute_kind(const onnx_AttributeProto *proto, const onnx_attribute *a) {
  switch (proto->type) {
    case onnx_AttributeProto_AttributeType_FLOAT: return ONNX_ATTRIBUTE_FLOAT;
    case onnx_AttributeProto_AttributeType_INT: return ONNX_ATTRIBUTE_INT;
    case onnx_AttributeProto_AttributeType_STRING: return ONNX_ATTRIBUTE_STRING;
    case onnx_AttributeProto_AttributeType_FLOATS: return ONNX_ATTRIBUTE_FLOATS;
    case onnx_AttributeProto_AttributeType_INTS: return ONNX_ATTRIBUTE_INTS;
    case onnx_AttributeProto_AttributeType_STRINGS: return ONNX_ATTRIBUTE_STRINGS;
    case onnx_AttributeProto_AttributeType_TENSOR: return a->tensor ? ONNX_ATTRIBUTE_TENSOR : ONNX_ATTRIBUTE_OTHER;
    case onnx_AttributeProto_AttributeType_GRAPH: return a->graph.bytes ? ONNX_ATTRIBUTE_GRAPH : ONNX_ATTRIBUTE_OTHER;
    default: return ONNX_ATTRIBUTE_OTHER;
  }
}

/* The list that the attribute's kind asks for; the others are thrown away. */
static bool attribute_list(parser *p, onnx_attribute *a) {
  int counts[3];
  if (!list_take(&p->floats, &counts[0], (const void **)&a->floats) ||
      !list_take(&p->ints, &counts[1], (const void **)&a->ints) ||
      !list_take(&p->strings, &counts[2], (const void **)&a->strings))
    return false;
  if (a->kind == ONNX_ATTRIBUTE_FLOATS) a->count = counts[0];
  if (a->kind == ONNX_ATTRIBUTE_INTS) a->count = counts[1];
  if (a->kind == ONNX_ATTRIBUTE_STRINGS) a->count = counts[2];
  return true;
}

static bool read_attribute(pb_istream_t *stream, const pb_field_t *field, void **parser_) {
  (void)field;
  parser *p = *parser_;
  onnx_attribute *a = list_add(&p->attributes, 1);
  if (!a) return false;
  *a = (onnx_attribute){.name = "", .s = ""};
  attribute_parts parts = {.parser = p};
  onnx_AttributeProto proto = {
      .name = reader(read_text, &a->name),
      .s = reader(read_text, &a->s),
      .t = reader(read_attribute_tensor, &parts),
      .g = reader(read_span, &parts.graph),
      .floats = reader(read_floats, &p->floats),
      .ints = reader(read_ints, &p->ints),
      .strings = reader(read_texts, &p->strings),
  };
  if (!pb_decode(stream, onnx_AttributeProto_fields, &proto)) return false;
  a->tensor = parts.tensor;
  a->graph.bytes = parts.graph.bytes;
  a->graph.size = parts.graph.size;
  a->f = proto.f;
  a->i = proto.i;
  a->kind = attribute_kind(&proto, a);
  return attribute_list(p, a);
}

/* What stands last but one in Python's "['', 'blocks', 'blocks.3', 'linear']", the modules from the outermost to the node itself. */
static bool innermost_module(parser *p, const char *scopes, const char **module) {
  const char *from[2] = {scopes, scopes}, *to[2] = {scopes, scopes}; /* of the last two */
  for (const char *open = strchr(scopes, '\''), *close; open && (close = strchr(open + 1, '\''));
       open = strchr(close + 1, '\'')) {
    from[0] = from[1], to[0] = to[1];
    from[1] = open + 1, to[1] = close;
  }
  const size_t length = (size_t)(to[0] - from[0]);
  char *copy = parser_allocate(p, length + 1, 1);
  if (!copy) return false;
  if (length) memcpy(copy, from[0], length);
  *module = copy;
  return true;
}

/* The module of the node that is read, which PyTorch's newer exporter tells. */
static bool read_metadata(pb_istream_t *stream, const pb_field_t *field, void **parser_) {
  (void)field;
  parser *p = *parser_;
  onnx_node *n = (onnx_node *)p->nodes.entries + p->nodes.used - 1;
  const char *key = "", *value = "";
  onnx_StringStringEntryProto proto = {.key = reader(read_text, &key), .value = reader(read_text, &value)};
  if (!pb_decode(stream, onnx_StringStringEntryProto_fields, &proto)) return false;
  return strcmp(key, "pkg.torch.onnx.name_scopes") != 0 || innermost_module(p, value, &n->block);
}

/* The older exporter names the node itself: /blocks.3/attn/MatMul. */
static bool module_of_name(parser *p, onnx_node *n) {
  const char *end = strrchr(n->name, '/');
  if (*n->block || !end || end == n->name) return true;
  char *copy = parser_copy(p, n->name, (size_t)(end - n->name) + 1, 1);
  if (!copy) return false;
  copy[end - n->name] = 0;
  n->block = copy;
  return true;
}

static bool read_node(pb_istream_t *stream, const pb_field_t *field, void **parser_) {
  (void)field;
  parser *p = *parser_;
  if (p->nodes.used == ONNX_MAX_NODES)
    return refuse(p, status_fail(PL_UNSUPPORTED_MODEL, "the model has more than %d nodes", ONNX_MAX_NODES));
  onnx_node *n = list_add(&p->nodes, 1);
  if (!n) return false;
  *n = (onnx_node){.name = "", .op = "", .domain = "", .block = ""};
  onnx_NodeProto proto = {
      .name = reader(read_text, &n->name),
      .op_type = reader(read_text, &n->op),
      .domain = reader(read_text, &n->domain),
      .input = reader(read_texts, &p->node_inputs),
      .output = reader(read_texts, &p->node_outputs),
      .attribute = reader(read_attribute, p),
      .metadata_props = reader(read_metadata, p),
  };
  if (!pb_decode(stream, onnx_NodeProto_fields, &proto) || !module_of_name(p, n)) return false;
  if (!*n->op)
    return refuse(p, status_fail(PL_INVALID_MODEL, "node '%s', number %zu of the file, has no operator", n->name, p->nodes.used));
  if (!strcmp(n->domain, "ai.onnx")) n->domain = "";
  return list_take(&p->node_inputs, &n->input_count, (const void **)&n->inputs) &&
         list_take(&p->node_outputs, &n->output_count, (const void **)&n->outputs) &&
         list_take(&p->attributes, &n->attribute_count, (const void **)&n->attributes);
}

/* ---- graph inputs and outputs ---- */

static bool read_dimension(pb_istream_t *stream, const pb_field_t *field, void **list_) {
  (void)field;
  onnx_TensorShapeProto_Dimension proto = {0};
  if (!pb_decode(stream, onnx_TensorShapeProto_Dimension_fields, &proto)) return false;
  int64_t *dim = list_add(*list_, 1);
  if (!dim) return false;
  *dim = proto.has_dim_value && proto.dim_value > 0 ? proto.dim_value : -1;
  return true;
}

static bool value_shape(parser *p, bool known, onnx_value *v) {
  const int64_t *dims = (const int64_t *)p->dims.entries;
  const size_t rank = p->dims.used;
  p->dims.used = 0;
  if (rank > MAX_RANK)
    return refuse(
        p, status_fail(PL_UNSUPPORTED_MODEL, "'%s' has %zu dimensions; at most %d are supported", v->name, rank, MAX_RANK));
  v->shape.rank = known ? (int)rank : -1;
  for (size_t i = 0; i < rank; i++) {
    if (dims[i] > INT_MAX)
      return refuse(p, status_fail(PL_INVALID_MODEL, "'%s' has a dimension of %lld", v->name, (long long)dims[i]));
    v->shape.dim[i] = (int)dims[i];
  }
  return true;
}

static bool read_value(pb_istream_t *stream, const pb_field_t *field, void **list_) {
  (void)field;
  list *l = *list_;
  parser *p = l->parser;
  onnx_value *v = list_add(l, 1);
  if (!v) return false;
  *v = (onnx_value){.name = ""};
  onnx_ValueInfoProto proto = {
      .name = reader(read_text, &v->name),
      .type.tensor_type.shape.dim = reader(read_dimension, &p->dims),
  };
  if (!pb_decode(stream, onnx_ValueInfoProto_fields, &proto)) return false;
  const onnx_TypeProto_Tensor *type = &proto.type.tensor_type;
  v->type = type->elem_type;
  return value_shape(p, proto.has_type && proto.type.has_tensor_type && type->has_shape, v);
}

/* ---- the file ---- */

static bool read_opset(pb_istream_t *stream, const pb_field_t *field, void **model_) {
  (void)field;
  onnx_model *model = *model_;
  const char *domain = "";
  onnx_OperatorSetIdProto proto = {.domain = reader(read_text, &domain)};
  if (!pb_decode(stream, onnx_OperatorSetIdProto_fields, &proto)) return false;
  if (!*domain || !strcmp(domain, "ai.onnx")) model->opset = proto.version;
  return true;
}

/* What other files begin with that are taken for ONNX files. */
static pl_status check_signature(const uint8_t *bytes, size_t size) {
  static const struct {
    size_t offset, length;
    const char *bytes, *what;
  } signatures[] = {
      {0, 4, "PK\3\4", "a zip archive, such as PyTorch saves; export it with torch.onnx.export"},
      {0, 1, "<", "an HTML or XML page; the download may have answered with an error page"},
      {0, 1, "{", "JSON"},
      {0, 27, "version https://git-lfs.git", "a Git LFS pointer; fetch the file itself with git lfs pull"},
      {4, 4, "TFL3", "a TensorFlow Lite model; convert it to ONNX first"},
      {0, 4, "\x89HDF", "an HDF5 file, such as Keras saves; convert it to ONNX first"},
      {0, 2, "\x1f\x8b", "compressed with gzip; unpack it first"},
      {0, 2, "\x80\x02", "a Python pickle, such as PyTorch saves; export it with torch.onnx.export"},
  };
  if (!size) return status_fail(PL_INVALID_MODEL, "this is not an ONNX file: it is empty");
  for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
    if (size >= signatures[i].offset + signatures[i].length &&
        !memcmp(bytes + signatures[i].offset, signatures[i].bytes, signatures[i].length))
      return status_fail(PL_INVALID_MODEL, "this is not an ONNX file: it is %s", signatures[i].what);
  return PL_OK;
}

/* Why decoding stopped, and where. */
static pl_status explain(const parser *p, const pb_istream_t *stream) {
  if (p->status != PL_OK) return p->status;
  const char *why = PB_GET_ERROR(stream);
  const bool truncated = !strcmp(why, "end-of-stream") || !strcmp(why, "parent stream too short");
  return status_fail(PL_INVALID_MODEL, "this is not an ONNX file, or it is damaged: %s at byte %zu of %zu",
                     truncated ? "it ends, or a part of it ends, too early" : why, p->position, p->size);
}

static pl_status check_opset(const onnx_model *model) {
  if (model->opset >= 7 && model->opset <= 21) return PL_OK;
  return status_fail(PL_UNSUPPORTED_MODEL,
                     "the model uses ONNX opset %lld; 7 to 21 are supported: export it again with "
                     "opset_version=17",
                     (long long)model->opset);
}

/* The model without its graph, whose place is noted: what it says decides how the graph is read. */
static pl_status parse_head(parser *p, onnx_model *model, span *graph) {
  onnx_ModelProto proto = {
      .producer_name = reader(read_text, &model->producer),
      .opset_import = reader(read_opset, model),
      .graph = reader(read_span, graph),
  };
  pb_istream_t stream = file_stream(p, 0, p->size);
  if (!pb_decode(&stream, onnx_ModelProto_fields, &proto)) return explain(p, &stream);
  if (!graph->bytes) return status_fail(PL_INVALID_MODEL, "this is not an ONNX file: it holds no graph");
  return check_opset(model);
}

static pl_status parse_graph(parser *p, const span *graph, onnx_graph *g) {
  onnx_GraphProto proto = {
      .node = reader(read_node, p),
      .initializer = reader(read_initializer, p),
      .input = reader(read_value, &p->inputs),
      .output = reader(read_value, &p->outputs),
  };
  pb_istream_t stream = file_stream(p, (size_t)(graph->bytes - p->bytes), graph->size);
  if (!pb_decode(&stream, onnx_GraphProto_fields, &proto) || !list_take(&p->nodes, &g->node_count, (const void **)&g->nodes) ||
      !list_take(&p->initializers, &g->initializer_count, (const void **)&g->initializers) ||
      !list_take(&p->inputs, &g->input_count, (const void **)&g->inputs) ||
      !list_take(&p->outputs, &g->output_count, (const void **)&g->outputs))
    return explain(p, &stream);
  return PL_OK;
}

static onnx_model *model_create(const void *bytes, size_t size) {
  arena *a = arena_create();
  onnx_model *model = a ? arena_allocate(a, 1, sizeof *model) : NULL;
  if (!model) {
    arena_free(a);
    return NULL;
  }
  *model = (onnx_model){.producer = "", .arena = a, .bytes = bytes, .size = size};
  return model;
}

pl_status onnx_parse(const void *bytes, size_t size, onnx_model **model) {
  *model = NULL;
  TRY(check_signature(bytes, size));
  onnx_model *m = model_create(bytes, size);
  if (!m) return status_no_memory("to read the ONNX file");
  parser p;
  parser_start(&p, bytes, size);
  p.arena = m->arena;
  span graph = {0};
  pl_status status = parse_head(&p, m, &graph);
  if (status == PL_OK) status = parse_graph(&p, &graph, &m->graph);
  parser_stop(&p);
  if (status == PL_OK) *model = m;
  else onnx_free(m);
  return status;
}

pl_status onnx_read_graph(const onnx_model *model, const onnx_attribute *a, onnx_graph *g) {
  parser p;
  parser_start(&p, model->bytes, model->size);
  p.arena = model->arena;
  p.budget = budget_for(a->graph.size);
  const pl_status status = parse_graph(&p, &(span){a->graph.bytes, a->graph.size}, g);
  parser_stop(&p);
  return status;
}

void onnx_free(onnx_model *model) {
  if (model) arena_free(model->arena);
}
