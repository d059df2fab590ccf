/* Where XNNPACK keeps packed weights. It does not say, but takes the memory for them by functions of ours. */
#ifndef OPS_PACKED_H
#define OPS_PACKED_H

#include <stddef.h>

typedef struct packed {
  const char *at;
  size_t bytes;
} packed;

/* Initializes XNNPACK; answers its status. */
int packed_initialize(void);

/* The largest piece of memory that XNNPACK has taken for vectors since packed_watch. */
void packed_watch(void);
packed packed_seen(void);

/* Brings large weights into the second-level cache, as fast as memory gives them: kernels compute between what they read, and then wait
 * for most of it. Small ones are left alone. */
void packed_fetch(const packed *p);

#endif
