#include "memory_plan.h"

#include <stdlib.h>

static int by_size(const void *a, const void *b) {
  const plan_buffer *x = *(plan_buffer *const *)a, *y = *(plan_buffer *const *)b;
  if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
  return x < y ? -1 : x > y; /* qsort is not stable, and plans must not differ between machines */
}

static size_t padded(size_t bytes) { return (bytes + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

/* placed[0, count) is sorted by offset, and ends before the last address. */
static size_t lowest_gap(plan_buffer *const *placed, int count, const plan_buffer *b) {
  size_t offset = 0;
  for (int i = 0; i < count; i++) {
    const plan_buffer *p = placed[i];
    if (p->last < b->first || b->last < p->first) continue;
    if (p->offset >= offset && p->offset - offset >= padded(b->bytes)) break;
    if (p->offset + padded(p->bytes) > offset) offset = p->offset + padded(p->bytes);
  }
  return offset;
}

/* Where `b` ends; false where that is beyond all addresses. */
static bool end_of(const plan_buffer *b, size_t *end) {
  return b->bytes <= SIZE_MAX - 2 * ALIGNMENT && !__builtin_add_overflow(b->offset, padded(b->bytes), end);
}

pl_status memory_plan(plan_buffer *buffers, int count, size_t *total) {
  *total = 0;
  plan_buffer **order = malloc(2 * (size_t)(count + 1) * sizeof *order);
  if (!order) return status_fail(PL_OUT_OF_MEMORY, "no memory left to plan %d buffers", count);
  plan_buffer **placed = order + count;
  for (int i = 0; i < count; i++) order[i] = &buffers[i];
  qsort(order, (size_t)count, sizeof *order, by_size);
  for (int i = 0; i < count; i++) {
    plan_buffer *b = order[i];
    b->offset = lowest_gap(placed, i, b);
    size_t end;
    if (!end_of(b, &end)) {
      free(order);
      return status_fail(PL_OUT_OF_MEMORY, "the network needs more memory than there can be");
    }
    int at = i;
    for (; at > 0 && placed[at - 1]->offset > b->offset; at--) placed[at] = placed[at - 1];
    placed[at] = b;
    if (end > *total) *total = end;
  }
  free(order);
  return PL_OK;
}
