#include "network/ops/kernels/packed.h"

#include <stdint.h>
#include <stdlib.h>
#include <xnnpack.h>

/* Of a cache line; and of weights that are worth it, which one crop's late layers have. */
enum { LINE = 64, LEAST = 64 << 10 };

static _Thread_local packed largest;

static void *take(void *context, size_t bytes) {
  (void)context;
  return malloc(bytes);
}

static void *enlarge(void *context, void *memory, size_t bytes) {
  (void)context;
  return realloc(memory, bytes);
}

static void give_back(void *context, void *memory) {
  (void)context;
  free(memory);
}

static void *take_aligned(void *context, size_t alignment, size_t bytes) {
  (void)context;
  const size_t whole = (bytes + alignment - 1) / alignment * alignment;
  void *memory = whole < bytes ? NULL : aligned_alloc(alignment, whole);
  if (memory && bytes > largest.bytes) largest = (packed){memory, bytes};
  return memory;
}

int packed_initialize(void) {
  static const struct xnn_allocator ours = {.allocate = take,
                                            .reallocate = enlarge,
                                            .deallocate = give_back,
                                            .aligned_allocate = take_aligned,
                                            .aligned_deallocate = give_back};
  return xnn_initialize(&ours);
}

void packed_watch(void) { largest = (packed){NULL, 0}; }

packed packed_seen(void) { return largest; }

void packed_fetch(const packed *p) {
  if (p->bytes < LEAST) return;
  for (size_t k = 0; k < p->bytes; k += LINE) (void)*(const volatile char *)(p->at + k);
}
