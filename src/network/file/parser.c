#include "network/file/parser.h"

#include <limits.h>
#include <string.h>

/* ---- memory ---- */

enum { BUDGET_BASE = 1 << 20, BUDGET_PER_BYTE = 16 };

bool parser_refuse(parser *p, pl_status status) {
  p->status = status;
  return false;
}

static bool refuse_memory(parser *p) {
  return parser_refuse(
      p, status_fail(PL_OUT_OF_MEMORY, "the ONNX file asks for more memory than its size accounts for, or there is"));
}

void *parser_allocate(parser *p, uint64_t count, uint64_t size) {
  const uint64_t bytes = size_product(count, size);
  void *memory = bytes <= p->budget ? arena_allocate(p->arena, count, size) : NULL;
  if (memory) p->budget -= bytes;
  else refuse_memory(p);
  return memory;
}

void *parser_copy(parser *p, const void *entries, size_t count, size_t size) {
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

void *list_add(list *l, size_t count) {
  if (l->capacity - l->used < count && !list_grow(l, count)) return NULL;
  void *added = l->entries + l->used * l->entry_size;
  l->used += count;
  return added;
}

bool list_take(list *l, int *count, const void **entries) {
  if (l->used > INT_MAX) return refuse_memory(l->parser);
  const void *copy = parser_copy(l->parser, l->entries, l->used, l->entry_size);
  if (!copy) return false;
  *count = (int)l->used;
  *entries = copy;
  l->used = 0;
  return true;
}

void parser_start(parser *p, onnx_model *model, size_t size) {
  *p = (parser){.model = model, .bytes = model->bytes, .size = model->size, .arena = model->arena};
  p->budget = size_sum(BUDGET_BASE, size_product(size, BUDGET_PER_BYTE));
#define X(name, type) p->name = (list){.parser = p, .entry_size = sizeof(type)};
  PARSER_LISTS(X)
#undef X
}

void parser_stop(parser *p) {
#define X(name, type) memory_free(p->name.entries);
  PARSER_LISTS(X)
#undef X
}

pl_status parser_explain(const parser *p, const pb_istream_t *stream) {
  if (p->status != PL_OK) return p->status;
  const char *why = PB_GET_ERROR(stream);
  const bool truncated = !strcmp(why, "end-of-stream") || !strcmp(why, "parent stream too short");
  return status_fail(PL_INVALID_MODEL, "this is not an ONNX file, or it is damaged: %s at byte %zu of %zu",
                     truncated ? "it ends, or a part of it ends, too early" : why, p->position, p->size);
}

/* ---- bytes, texts, numbers ---- */

/* Called by nanopb, which has checked `count` against what is left of the message. */
static bool file_read(pb_istream_t *stream, pb_byte_t *buffer, size_t count) {
  parser *p = stream->state;
  memcpy(buffer, p->bytes + p->position, count);
  p->position += count;
  return true;
}

pb_istream_t parser_stream(parser *p, size_t position, size_t size) {
  p->position = position;
  return (pb_istream_t){.callback = file_read, .state = p, .bytes_left = size};
}

bool parser_is_in_file(const pb_istream_t *stream) { return stream->callback == file_read; }

bool parser_take_span(pb_istream_t *stream, span *s) {
  if (!parser_is_in_file(stream)) PB_RETURN_ERROR(stream, "a number where bytes belong");
  parser *p = stream->state;
  *s = (span){p->bytes + p->position, stream->bytes_left};
  p->position += stream->bytes_left;
  stream->bytes_left = 0;
  return true;
}

/* Texts end at a zero byte, if they hold one; empty ones share one place. */
static bool take_text(pb_istream_t *stream, const char **text) {
  span s;
  if (!parser_take_span(stream, &s)) return false;
  parser *p = stream->state;
  if (!s.size) {
    *text = "";
    return true;
  }
  char *copy = parser_allocate(p, s.size + 1, 1);
  if (copy) *text = memcpy(copy, s.bytes, s.size);
  return copy;
}

pb_callback_t parser_reader(bool (*read)(pb_istream_t *, const pb_field_t *, void **), void *argument) {
  return (pb_callback_t){.funcs.decode = read, .arg = argument};
}

bool parser_read_span(pb_istream_t *stream, const pb_field_t *field, void **span_) {
  (void)field;
  return parser_take_span(stream, *span_);
}

bool parser_read_text(pb_istream_t *stream, const pb_field_t *field, void **text) {
  (void)field;
  return take_text(stream, *text);
}

bool parser_read_texts(pb_istream_t *stream, const pb_field_t *field, void **list_) {
  (void)field;
  const char **text = list_add(*list_, 1);
  return text && take_text(stream, text);
}

/* Numbers of a list stand together (packed) or one by one; nanopb calls once for each such part. */
bool parser_read_ints(pb_istream_t *stream, const pb_field_t *field, void **list_) {
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

bool parser_read_floats(pb_istream_t *stream, const pb_field_t *field, void **list_) {
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
