/* Failing with a sentence. */
#ifndef STATUS_H
#define STATUS_H

#include "phaselens.h"

/* Records the sentence that pl_error_message returns, and returns `status`. What is out of memory is called that before it. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
pl_status status_fail(pl_status status, const char *format, ...);

/* PL_OUT_OF_MEMORY with the sentence "none is left " and what it was for: "for ...", "to ...". */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
pl_status status_no_memory(const char *format, ...);

/* Adds to the sentence of the last failure that everything up to this layer works: pl_error_last_layer returns it. */
void status_add_last_layer(const char *layer);

/* Returns from the calling function when `call` fails. */
#define TRY(call)                         \
  do {                                    \
    const pl_status status_ = (call);     \
    if (status_ != PL_OK) return status_; \
  } while (0)

#endif
