#include "network/exec/memory_plan.h"

#include <stdlib.h>
#include <string.h>

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

static pl_status too_large(void) { return status_fail(PL_OUT_OF_MEMORY, "the network needs more memory than there can be"); }

/* The largest first, each at the lowest gap. `placed` has room for all. */
static pl_status place_exactly(plan_buffer *const *order, plan_buffer **placed, int count, size_t *total) {
  for (int i = 0; i < count; i++) {
    plan_buffer *b = order[i];
    b->offset = lowest_gap(placed, i, b);
    size_t end;
    if (!end_of(b, &end)) return too_large();
    int at = i;
    for (; at > 0 && placed[at - 1]->offset > b->offset; at--) placed[at] = placed[at - 1];
    placed[at] = b;
    if (end > *total) *total = end;
  }
  return PL_OK;
}

static int by_start(const void *a, const void *b) {
  const plan_buffer *x = *(plan_buffer *const *)a, *y = *(plan_buffer *const *)b;
  return x->first != y->first ? (x->first < y->first ? -1 : 1) : x < y ? -1 : x > y;
}

static int by_end(const void *a, const void *b) {
  const plan_buffer *x = *(plan_buffer *const *)a, *y = *(plan_buffer *const *)b;
  return x->last != y->last ? (x->last < y->last ? -1 : 1) : x < y ? -1 : x > y;
}

/* The power of two that holds the buffer: 0 for 1, 1 for 2 and so on. */
static int class_of(const plan_buffer *b) {
  int class = 0;
  while ((size_t)1 << class < padded(b->bytes)) class++;
  return class;
}

/* Puts these buffers behind all others, each into a slot whose size is a power of two. A buffer whose time is over leaves its slot
 * to the next one of the same size that begins; where no slot is free, a new one is added at the end. `starts` and `ends` hold the
 * same buffers; next[i] is the free slot after that of all[i], in a list for each size. */
static pl_status place_in_turns(plan_buffer **starts, plan_buffer **ends, int count, plan_buffer *all, plan_buffer **next,
                                size_t *total) {
  plan_buffer *free_slots[8 * sizeof(size_t)] = {NULL};
  qsort(starts, (size_t)count, sizeof *starts, by_start);
  qsort(ends, (size_t)count, sizeof *ends, by_end);
  for (int i = 0, ended = 0; i < count; i++) {
    plan_buffer *b = starts[i];
    for (; ends[ended]->last < b->first; ended++) {
      const int class = class_of(ends[ended]);
      next[ends[ended] - all] = free_slots[class];
      free_slots[class] = ends[ended];
    }
    if (b->bytes > SIZE_MAX / 4) return too_large();
    const int class = class_of(b);
    plan_buffer *slot = free_slots[class];
    b->offset = slot ? slot->offset : *total;
    if (slot) free_slots[class] = next[slot - all];
    else if (__builtin_add_overflow(*total, (size_t)1 << class, total)) return too_large();
  }
  return PL_OK;
}

pl_status memory_plan(plan_buffer *buffers, int count, size_t *total) {
  *total = 0;
  plan_buffer **order = memory_allocate((size_t)count + 1, 3 * sizeof *order);
  if (!order) return status_no_memory("to plan %d buffers", count);
  plan_buffer **placed = order + count, **next = placed + count;
  for (int i = 0; i < count; i++) order[i] = &buffers[i];
  qsort(order, (size_t)count, sizeof *order, by_size);
  const int exact = count < MEMORY_PLAN_EXACT ? count : MEMORY_PLAN_EXACT;
  pl_status status = place_exactly(order, placed, exact, total);
  if (!status && count > exact) {
    memcpy(placed, order + exact, (size_t)(count - exact) * sizeof *placed);
    status = place_in_turns(order + exact, placed, count - exact, buffers, next, total);
  }
  memory_free(order);
  return status;
}
