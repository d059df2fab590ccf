#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bytes of what stands for a %s: a name out of a file may be long, and the sentence goes on after it. */
#define LONGEST_TEXT "240"

static _Thread_local char message[1024];
static _Thread_local const char *last_layer;

/* The format with a bound on every %s that has none. */
static void bound_texts(const char *format, char *bounded, size_t size) {
  size_t length = 0;
  for (const char *at = format; *at && length + sizeof "%." LONGEST_TEXT "s" < size; at++) {
    if (at[0] == '%' && at[1] == 's') {
      length += (size_t)snprintf(bounded + length, size - length, "%%.%s", LONGEST_TEXT);
      continue;
    }
    bounded[length++] = *at;
    if (at[0] == '%' && at[1] == '%') bounded[length++] = *++at;
  }
  bounded[length] = '\0';
}

/* A bound may fall into the middle of a character of UTF-8: what is left of it goes. */
static void drop_broken_characters(char *text) {
  char *to = text;
  for (const char *at = text; *at;) {
    const unsigned char first = (unsigned char)*at;
    const int length = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    int there = 1;
    while (there < length && (at[there] & 0xc0) == 0x80) there++;
    if (there == length) memmove(to, at, (size_t)there);
    if (there == length) to += there;
    at += there;
  }
  *to = '\0';
}

static void write_sentence(char *to, size_t size, const char *format, va_list arguments) {
  char bounded[512];
  bound_texts(format, bounded, sizeof bounded);
  vsnprintf(to, size, bounded, arguments);
  drop_broken_characters(to);
}

pl_status status_fail(pl_status status, const char *format, ...) {
  const int begun = snprintf(message, sizeof message, "%s", status == PL_OUT_OF_MEMORY ? "out of memory: " : "");
  va_list arguments;
  va_start(arguments, format);
  write_sentence(message + begun, sizeof message - (size_t)begun, format, arguments);
  va_end(arguments);
  last_layer = NULL;
  return status;
}

pl_status status_no_memory(const char *format, ...) {
  char purpose[sizeof message / 2];
  va_list arguments;
  va_start(arguments, format);
  write_sentence(purpose, sizeof purpose, format, arguments);
  va_end(arguments);
  return status_fail(PL_OUT_OF_MEMORY, "none is left %.*s", (int)sizeof purpose, purpose);
}

void status_add_last_layer(const char *layer) {
  const size_t length = strlen(message);
  snprintf(message + length, sizeof message - length, "; the model can be used up to layer '%." LONGEST_TEXT "s'", layer);
  drop_broken_characters(message);
  last_layer = layer;
}

const char *pl_error_last_layer(void) { return last_layer; }

const char *pl_error_message(void) { return message; }

const char *pl_status_code(pl_status status) {
  static const char *const codes[] = {
#define X(name, code) code,
      PL_STATUS_LIST(X)
#undef X
  };
  return (size_t)status < sizeof codes / sizeof *codes ? codes[status] : "internal";
}
