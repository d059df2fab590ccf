/* The files that an ONNX file needs beside it: all that tensors of its graph, branches and functions name. */
#include <stdlib.h>
#include <string.h>

#include "network/build/flatten.h"

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Each name once, ending in a line feed; `names` NULL only counts their bytes. */
static size_t write_names(const char *const *list, size_t count, char *names) {
  size_t size = 0;
  for (size_t i = 0; i < count; i++) {
    const size_t length = strlen(list[i]);
    if (i && !strcmp(list[i - 1], list[i])) continue;
    if (names) memcpy(names + size, list[i], length), names[size + length] = '\n';
    size += length + 1;
  }
  return size;
}

static pl_status answer(onnx_model *m, arena *a, char *names, size_t capacity, size_t *needed) {
  flat_model flat;
  size_t count = 0;
  if (!a) return status_no_memory("to list the files beside the model");
  TRY(flatten(m, a, &flat)); /* which reads branches and functions */
  for (const onnx_name *n = m->external_names; n; n = n->next) count++;
  const char **list = arena_allocate(a, count, sizeof *list);
  if (!list) return status_no_memory("to list the files beside the model");
  count = 0;
  for (const onnx_name *n = m->external_names; n; n = n->next) list[count++] = n->name;
  if (count) qsort(list, count, sizeof *list, by_text);
  *needed = write_names(list, count, NULL);
  if (*needed <= capacity) write_names(list, count, names);
  return PL_OK;
}

pl_status pl_external_names(const void *onnx, size_t size, char *names, size_t capacity, size_t *needed) {
  const onnx_files files = {.names_only = true};
  onnx_model *m;
  TRY(onnx_parse(onnx, size, &files, &m));
  arena *a = arena_create();
  const pl_status status = answer(m, a, names, capacity, needed);
  arena_free(a);
  onnx_free(m);
  return status;
}
