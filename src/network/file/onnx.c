#include "network/file/onnx.h"

#include <limits.h>
#include <string.h>

#include "network/file/nodes.h"
#include "network/file/tensors.h"
#include "onnx.pb.h"

/* nanopb walks the file's messages and calls a function for every text, list and message that onnx.options lets through.
 * It reads through the parser's stream, whose position all nested streams share: so a text or a tensor's bytes can be
 * pointed at instead of copied, and a failure's place in the file is known.
 *
 * Lists are gathered in growing memory that is used again for the next message, then copied once, in their exact size, into
 * the arena. What a list gathers takes at least one byte of the file per entry, so a file cannot claim more than the budget. */

/* ---- initializers ---- */

static onnx_tensor *add_initializer(parser *p) {
  if (p->initializers.used < ONNX_MAX_NODES * 4) return list_add(&p->initializers, 1);
  parser_refuse(p, status_fail(PL_UNSUPPORTED_MODEL, "the model has more than %d tensors of weights", ONNX_MAX_NODES * 4));
  return NULL;
}

static bool read_initializer(pb_istream_t *stream, const pb_field_t *field, void **parser_) {
  (void)field;
  onnx_tensor *t = add_initializer(*parser_);
  return t && tensors_take(*parser_, stream, t);
}

static bool read_sparse_initializer(pb_istream_t *stream, const pb_field_t *field, void **parser_) {
  (void)field;
  onnx_tensor *t = add_initializer(*parser_);
  return t && tensors_take_sparse(*parser_, stream, t);
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
    return parser_refuse(
        p, status_fail(PL_UNSUPPORTED_MODEL, "'%s' has %zu dimensions; at most %d are supported", v->name, rank, MAX_RANK));
  v->shape.rank = known ? (int)rank : -1;
  for (size_t i = 0; i < rank; i++) {
    if (dims[i] > INT_MAX)
      return parser_refuse(p, status_fail(PL_INVALID_MODEL, "'%s' has a dimension of %lld", v->name, (long long)dims[i]));
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
      .name = parser_reader(parser_read_text, &v->name),
      .type.tensor_type.shape.dim = parser_reader(read_dimension, &p->dims),
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
  onnx_OperatorSetIdProto proto = {.domain = parser_reader(parser_read_text, &domain)};
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

static pl_status check_opset(const onnx_model *model) {
  if (model->opset >= 7 && model->opset <= 21) return PL_OK;
  return status_fail(PL_UNSUPPORTED_MODEL,
                     "the model uses ONNX opset %lld; 7 to 21 are supported: export it again with "
                     "opset_version=17",
                     (long long)model->opset);
}

/* Functions are read once all of the head is known. */
static bool read_function_place(pb_istream_t *stream, const pb_field_t *field, void **list_) {
  (void)field;
  span *s = list_add(*list_, 1);
  return s && parser_take_span(stream, s);
}

/* The model without its graph and functions, whose places are noted. */
static pl_status parse_head(parser *p, onnx_model *model, span *graph) {
  onnx_ModelProto proto = {
      .producer_name = parser_reader(parser_read_text, &model->producer),
      .opset_import = parser_reader(read_opset, model),
      .graph = parser_reader(parser_read_span, graph),
      .functions = parser_reader(read_function_place, &p->functions),
  };
  pb_istream_t stream = parser_stream(p, 0, p->size);
  if (!pb_decode(&stream, onnx_ModelProto_fields, &proto)) return parser_explain(p, &stream);
  if (!graph->bytes) return status_fail(PL_INVALID_MODEL, "this is not an ONNX file: it holds no graph");
  return check_opset(model);
}

static pl_status parse_graph(parser *p, const span *graph, onnx_graph *g) {
  onnx_GraphProto proto = {
      .node = parser_reader(nodes_read, p),
      .initializer = parser_reader(read_initializer, p),
      .sparse_initializer = parser_reader(read_sparse_initializer, p),
      .input = parser_reader(read_value, &p->inputs),
      .output = parser_reader(read_value, &p->outputs),
  };
  pb_istream_t stream = parser_stream(p, (size_t)(graph->bytes - p->bytes), graph->size);
  if (!pb_decode(&stream, onnx_GraphProto_fields, &proto) || !list_take(&p->nodes, &g->node_count, (const void **)&g->nodes) ||
      !list_take(&p->initializers, &g->initializer_count, (const void **)&g->initializers) ||
      !list_take(&p->inputs, &g->input_count, (const void **)&g->inputs) ||
      !list_take(&p->outputs, &g->output_count, (const void **)&g->outputs))
    return parser_explain(p, &stream);
  return PL_OK;
}

/* ---- functions ---- */

static pl_status parse_function(parser *p, const span *s, onnx_function *f) {
  *f = (onnx_function){.name = "", .domain = "", .overload = "", .size = s->size};
  onnx_FunctionProto proto = {
      .name = parser_reader(parser_read_text, &f->name),
      .domain = parser_reader(parser_read_text, &f->domain),
      .overload = parser_reader(parser_read_text, &f->overload),
      .input = parser_reader(parser_read_texts, &p->function_inputs),
      .output = parser_reader(parser_read_texts, &p->function_outputs),
      .attribute_proto = parser_reader(nodes_read_attribute, &p->defaults),
      .node = parser_reader(nodes_read, p),
  };
  pb_istream_t stream = parser_stream(p, (size_t)(s->bytes - p->bytes), s->size);
  if (!pb_decode(&stream, onnx_FunctionProto_fields, &proto) ||
      !list_take(&p->function_inputs, &f->input_count, (const void **)&f->inputs) ||
      !list_take(&p->function_outputs, &f->output_count, (const void **)&f->outputs) ||
      !list_take(&p->defaults, &f->default_count, (const void **)&f->defaults) ||
      !list_take(&p->nodes, &f->node_count, (const void **)&f->nodes))
    return parser_explain(p, &stream);
  return PL_OK;
}

static pl_status parse_functions(parser *p, onnx_model *model) {
  const size_t count = p->functions.used;
  const span *places = (const span *)p->functions.entries;
  onnx_function *functions = parser_allocate(p, count, sizeof *functions);
  if (!functions || count > ONNX_MAX_NODES)
    return status_fail(PL_UNSUPPORTED_MODEL, "the model has %zu functions of its own, which is too many", count);
  for (size_t i = 0; i < count; i++) TRY(parse_function(p, &places[i], &functions[i]));
  model->functions = functions;
  model->function_count = (int)count;
  return PL_OK;
}

/* ---- the whole ---- */

static onnx_model *model_create(const void *bytes, size_t size, const onnx_files *files) {
  arena *a = arena_create();
  onnx_model *model = a ? arena_allocate(a, 1, sizeof *model) : NULL;
  if (!model) {
    arena_free(a);
    return NULL;
  }
  *model = (onnx_model){.producer = "", .arena = a, .bytes = bytes, .size = size};
  if (files) model->files = *files;
  return model;
}

static pl_status parse(onnx_model *m) {
  parser p;
  span graph = {0};
  parser_start(&p, m, m->size);
  pl_status status = parse_head(&p, m, &graph);
  if (status == PL_OK) status = parse_functions(&p, m);
  if (status == PL_OK) status = parse_graph(&p, &graph, &m->graph);
  parser_stop(&p);
  return status;
}

pl_status onnx_parse(const void *bytes, size_t size, const onnx_files *files, onnx_model **model) {
  *model = NULL;
  TRY(check_signature(bytes, size));
  onnx_model *m = model_create(bytes, size, files);
  if (!m) return status_no_memory("to read the ONNX file");
  const pl_status status = parse(m);
  if (status == PL_OK) *model = m;
  else onnx_free(m);
  return status;
}

pl_status onnx_read_graph(onnx_model *model, const onnx_attribute *a, onnx_graph *g) {
  parser p;
  parser_start(&p, model, a->graph.size);
  const pl_status status = parse_graph(&p, &(span){a->graph.bytes, a->graph.size}, g);
  parser_stop(&p);
  return status;
}

void onnx_free(onnx_model *model) {
  if (model) arena_free(model->arena);
}
