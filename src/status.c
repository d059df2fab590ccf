#include "status.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char message[512];

pl_status status_fail(pl_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return status;
}

const char *pl_error_message(void) { return message; }

const char *pl_status_code(pl_status status) {
  static const char *const codes[] = {
#define X(name, code) code,
      PL_STATUS_LIST(X)
#undef X
  };
  return (size_t)status < sizeof codes / sizeof *codes ? codes[status] : "internal";
}
