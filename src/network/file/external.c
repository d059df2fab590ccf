#include "network/file/external.h"

#include <string.h>

#include "onnx.pb.h"

bool external_read(pb_istream_t *stream, const pb_field_t *field, void **part_) {
  (void)field;
  external_part *part = *part_;
  const char *key = "", *value = "";
  onnx_StringStringEntryProto proto = {.key = parser_reader(parser_read_text, &key),
                                       .value = parser_reader(parser_read_text, &value)};
  if (!pb_decode(stream, onnx_StringStringEntryProto_fields, &proto)) return false;
  if (!strcmp(key, "location")) part->location = value;
  if (!strcmp(key, "offset")) part->offset = value;
  if (!strcmp(key, "length")) part->length = value;
  return true;
}

/* ---- names ---- */

enum { LONGEST_NAME = 255 };

/* Whether one part of a path, between slashes, is a name. */
static bool is_name(const char *part, size_t length) {
  const bool dots = length && length <= 2 && part[0] == '.' && part[length - 1] == '.';
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)part[i] < ' ' || strchr("\\:", part[i])) return false;
  return length && !dots;
}

/* A path that leads from the file's folder into itself or a folder in it: nothing else is looked for, whatever a file says. */
static bool is_inside(const char *path) {
  if (strlen(path) > LONGEST_NAME) return false;
  for (size_t length;; path += length + 1) {
    length = strcspn(path, "/");
    if (!is_name(path, length)) return false;
    if (!path[length]) return true;
  }
}

/* Notes the name of a file; tensors that follow each other mostly lie in the same one. */
static bool note_name(parser *p, const char *name) {
  onnx_model *m = p->model;
  if (m->external_names && !strcmp(m->external_names->name, name)) return true;
  onnx_name *n = parser_allocate(p, 1, sizeof *n);
  if (!n) return false;
  *n = (onnx_name){name, m->external_names};
  m->external_names = n;
  return true;
}

/* ---- bytes ---- */

static const pl_external_data *find_file(const onnx_model *m, const char *name) {
  for (int i = 0; i < m->files.count; i++) {
    const char *given = m->files.list[i].name;
    if (!strcmp(!strncmp(given, "./", 2) ? given + 2 : given, name)) return &m->files.list[i];
  }
  return NULL;
}

/* A number in decimal digits; `otherwise` where nothing is said. */
static bool read_number(const char *digits, uint64_t otherwise, uint64_t *number) {
  *number = *digits ? 0 : otherwise;
  for (; *digits; digits++) {
    if (*digits < '0' || *digits > '9') return false;
    *number = size_sum(size_product(*number, 10), (uint64_t)(*digits - '0'));
  }
  return true;
}

static bool find_bytes(parser *p, const external_part *part, const pl_external_data *file, const char *tensor, uint64_t bytes,
                       const void **data) {
  uint64_t offset, length;
  if (!read_number(part->offset, 0, &offset) || !read_number(part->length, bytes, &length))
    return parser_refuse(
        p, status_fail(PL_INVALID_MODEL,
                       "tensor '%.100s' lies in file '%s', but its offset '%.24s' and length '%.24s' are no numbers", tensor,
                       file->name, part->offset, part->length));
  if (length != bytes)
    return parser_refuse(p, status_fail(PL_INVALID_MODEL, "tensor '%.100s' takes %llu bytes, but %llu of file '%s'", tensor,
                                        (unsigned long long)bytes, (unsigned long long)length, file->name));
  if (size_sum(offset, bytes) > file->size)
    return parser_refuse(p,
                         status_fail(PL_INVALID_MODEL,
                                     "tensor '%.100s' is %llu bytes from byte %llu of file '%s', which has %zu: it is damaged, "
                                     "or that of another model",
                                     tensor, (unsigned long long)bytes, (unsigned long long)offset, file->name, file->size));
  *data = (const uint8_t *)file->bytes + offset;
  return true;
}

bool external_find(parser *p, const external_part *part, const char *tensor, uint64_t bytes, const void **data) {
  const char *name = part->location;
  while (!strncmp(name, "./", 2)) name += 2;
  if (!is_inside(name))
    return parser_refuse(
        p, status_fail(PL_INVALID_MODEL,
                       "tensor '%.100s' lies in another file, '%.200s', which is no name of a file in the same folder", tensor,
                       name));
  const pl_external_data *file = find_file(p->model, name);
  *data = NULL;
  if (!note_name(p, name)) return false;
  if (file) return find_bytes(p, part, file, tensor, bytes, data);
  if (p->model->files.names_only) return true;
  return parser_refuse(p, status_fail(PL_MISSING_DATA,
                                      "tensor '%.100s' lies in another file, '%s', which was not given: give both together; "
                                      "exporters write them side by side",
                                      tensor, name));
}
