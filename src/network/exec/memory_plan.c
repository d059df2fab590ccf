#include "network/exec/memory_plan.h"

#include <stdlib.h>
#include <string.h>

static int by_size(const void *a, const void *b) {
  const plan_buffer *x = *(plan_buffer *const *)a, *y = *(plan_buffer *const *)b;
  if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
  return x < y ? -1 : x > y; /* qsort is not stable, and plans must not differ between machines */
}

static uint64_t padded(uint64_t bytes) { return (bytes + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

static uint64_t end_of(const plan_buffer *b) { return size_sum(b->offset, padded(b->bytes)); }

/* placed[0, count) is sorted by offset. */
static uint64_t lowest_gap(plan_buffer *const *placed, int count, const plan_buffer *b) {
  uint64_t offset = 0;
  for (int i = 0; i < count; i++) {
    const plan_buffer *p = placed[i];
    if (p->last < b->first || b->last < p->first) continue;
    if (p->offset >= offset && p->offset - offset >= padded(b->bytes)) break;
    if (end_of(p) > offset) offset = end_of(p);
  }
  return offset;
}

/* The largest first, each at the lowest gap. `placed` has room for all. */
static void place_exactly(plan_buffer *const *order, plan_buffer **placed, int count, uint64_t *total) {
  for (int i = 0; i < count; i++) {
    plan_buffer *b = order[i];
    b->offset = lowest_gap(placed, i, b);
    int at = i;
    for (; at > 0 && placed[at - 1]->offset > b->offset; at--) placed[at] = placed[at - 1];
    placed[at] = b;
    if (end_of(b) > *total) *total = end_of(b);
  }
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
  while ((uint64_t)1 << class < padded(b->bytes)) class++;
  return class;
}

/* Puts these buffers behind all others, each into a slot whose size is a power of two. A buffer whose time is over leaves its slot
 * to the next one of the same size that begins; where no slot is free, a new one is added at the end. `starts` and `ends` hold the
 * same buffers; next[i] is the free slot after that of all[i], in a list for each size. */
static void place_in_turns(plan_buffer **starts, plan_buffer **ends, int count, plan_buffer *all, plan_buffer **next,
                           uint64_t *total) {
  plan_buffer *free_slots[8 * sizeof(uint64_t)] = {NULL};
  qsort(starts, (size_t)count, sizeof *starts, by_start);
  qsort(ends, (size_t)count, sizeof *ends, by_end);
  for (int i = 0, ended = 0; i < count; i++) {
    plan_buffer *b = starts[i];
    for (; ends[ended]->last < b->first; ended++) {
      const int class = class_of(ends[ended]);
      next[ends[ended] - all] = free_slots[class];
      free_slots[class] = ends[ended];
    }
    const int class = class_of(b);
    plan_buffer *slot = free_slots[class];
    b->offset = slot ? slot->offset : *total;
    if (slot) free_slots[class] = next[slot - all];
    else *total = size_sum(*total, (uint64_t)1 << class);
  }
}

static bool can_be_addressed(const plan_buffer *buffers, int count) {
  for (int i = 0; i < count; i++)
    if (!memory_addresses(buffers[i].bytes)) return false;
  return true;
}

static pl_status too_large(void) { return status_fail(PL_OUT_OF_MEMORY, "the network needs more memory than there can be"); }

pl_status memory_plan(plan_buffer *buffers, int count, uint64_t *total) {
  *total = 0;
  if (!can_be_addressed(buffers, count)) return too_large();
  plan_buffer **order = memory_allocate((size_t)count + 1, 3 * sizeof *order);
  if (!order) return status_no_memory("to plan %d buffers", count);
  plan_buffer **placed = order + count, **next = placed + count;
  for (int i = 0; i < count; i++) order[i] = &buffers[i];
  qsort(order, (size_t)count, sizeof *order, by_size);
  const int exact = count < MEMORY_PLAN_EXACT ? count : MEMORY_PLAN_EXACT;
  place_exactly(order, placed, exact, total);
  if (count > exact) {
    memcpy(placed, order + exact, (size_t)(count - exact) * sizeof *placed);
    place_in_turns(order + exact, placed, count - exact, buffers, next, total);
  }
  memory_free(order);
  return memory_addresses(*total) ? PL_OK : too_large();
}
