#include "network/file/nodes.h"

#include <string.h>

#include "network/file/tensors.h"
#include "onnx.pb.h"

/* ---- attributes ---- */

/* A node's attribute while it is read. */
typedef struct attribute_parts {
  parser *parser;
  const onnx_tensor *tensor;
  span graph;
} attribute_parts;

typedef bool taker(parser *p, pb_istream_t *stream, onnx_tensor *t);

static bool take_attribute_tensor(attribute_parts *parts, pb_istream_t *stream, taker *take) {
  onnx_tensor *t = parser_allocate(parts->parser, 1, sizeof *t);
  if (!t || !take(parts->parser, stream, t)) return false;
  parts->tensor = t->unreadable ? NULL : t;
  return true;
}

static bool read_attribute_tensor(pb_istream_t *stream, const pb_field_t *field, void **parts) {
  (void)field;
  return take_attribute_tensor(*parts, stream, tensors_take);
}

static bool read_attribute_sparse(pb_istream_t *stream, const pb_field_t *field, void **parts) {
  (void)field;
  return take_attribute_tensor(*parts, stream, tensors_take_sparse);
}

static onnx_attribute_kind attribute_kind(const onnx_AttributeProto *proto, const onnx_attribute *a) {
  switch (proto->type) {
    case onnx_AttributeProto_AttributeType_FLOAT: return ONNX_ATTRIBUTE_FLOAT;
    case onnx_AttributeProto_AttributeType_INT: return ONNX_ATTRIBUTE_INT;
    case onnx_AttributeProto_AttributeType_STRING: return ONNX_ATTRIBUTE_STRING;
    case onnx_AttributeProto_AttributeType_FLOATS: return ONNX_ATTRIBUTE_FLOATS;
    case onnx_AttributeProto_AttributeType_INTS: return ONNX_ATTRIBUTE_INTS;
    case onnx_AttributeProto_AttributeType_STRINGS: return ONNX_ATTRIBUTE_STRINGS;
    case onnx_AttributeProto_AttributeType_SPARSE_TENSOR:
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

bool nodes_read_attribute(pb_istream_t *stream, const pb_field_t *field, void **list_) {
  (void)field;
  list *l = *list_;
  parser *p = l->parser;
  onnx_attribute *a = list_add(l, 1);
  if (!a) return false;
  *a = (onnx_attribute){.name = "", .reference = "", .s = ""};
  attribute_parts parts = {.parser = p};
  onnx_AttributeProto proto = {
      .name = parser_reader(parser_read_text, &a->name),
      .ref_attr_name = parser_reader(parser_read_text, &a->reference),
      .s = parser_reader(parser_read_text, &a->s),
      .t = parser_reader(read_attribute_tensor, &parts),
      .sparse_tensor = parser_reader(read_attribute_sparse, &parts),
      .g = parser_reader(parser_read_span, &parts.graph),
      .floats = parser_reader(parser_read_floats, &p->floats),
      .ints = parser_reader(parser_read_ints, &p->ints),
      .strings = parser_reader(parser_read_texts, &p->strings),
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

/* ---- nodes ---- */

/* What stands last but one in Python's "['', 'blocks', 'blocks.3', 'linear']", the modules from the outermost to the node
 * itself. */
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
  onnx_StringStringEntryProto proto = {.key = parser_reader(parser_read_text, &key),
                                       .value = parser_reader(parser_read_text, &value)};
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

bool nodes_read(pb_istream_t *stream, const pb_field_t *field, void **parser_) {
  (void)field;
  parser *p = *parser_;
  if (p->nodes.used == ONNX_MAX_NODES)
    return parser_refuse(p, status_fail(PL_UNSUPPORTED_MODEL, "the model has more than %d nodes", ONNX_MAX_NODES));
  onnx_node *n = list_add(&p->nodes, 1);
  if (!n) return false;
  *n = (onnx_node){.name = "", .op = "", .domain = "", .overload = "", .block = ""};
  onnx_NodeProto proto = {
      .name = parser_reader(parser_read_text, &n->name),
      .op_type = parser_reader(parser_read_text, &n->op),
      .domain = parser_reader(parser_read_text, &n->domain),
      .overload = parser_reader(parser_read_text, &n->overload),
      .input = parser_reader(parser_read_texts, &p->node_inputs),
      .output = parser_reader(parser_read_texts, &p->node_outputs),
      .attribute = parser_reader(nodes_read_attribute, &p->attributes),
      .metadata_props = parser_reader(read_metadata, p),
  };
  if (!pb_decode(stream, onnx_NodeProto_fields, &proto) || !module_of_name(p, n)) return false;
  if (!*n->op)
    return parser_refuse(
        p, status_fail(PL_INVALID_MODEL, "node '%s', number %zu of the file, has no operator", n->name, p->nodes.used));
  if (!strcmp(n->domain, "ai.onnx")) n->domain = "";
  return list_take(&p->node_inputs, &n->input_count, (const void **)&n->inputs) &&
         list_take(&p->node_outputs, &n->output_count, (const void **)&n->outputs) &&
         list_take(&p->attributes, &n->attribute_count, (const void **)&n->attributes);
}
