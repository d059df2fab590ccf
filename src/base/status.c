#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char message[640];
static _Thread_local const char *last_layer;

pl_status status_fail(pl_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  last_layer = NULL;
  return status;
}

pl_status status_no_memory(const char *format, ...) {
  char purpose[200];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(purpose, sizeof purpose, format, arguments);
  va_end(arguments);
  return status_fail(PL_OUT_OF_MEMORY, "no memory left %s", purpose);
}

void status_add_last_layer(const char *layer) {
  const size_t length = strlen(message);
  snprintf(message + length, sizeof message - length, "; the model can be used up to layer '%s'", layer);
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
