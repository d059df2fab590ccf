/* Where buffers of known lifetimes lie in one block of memory. */
#ifndef MEMORY_PLAN_H
#define MEMORY_PLAN_H

#include "base/tensor.h"

/* `bytes` that are in use from time `first` to time `last`, both included; `offset` is the answer. */
typedef struct plan_buffer {
  uint64_t bytes;
  int first, last;
  uint64_t offset;
} plan_buffer;

/* Placing a buffer well takes a look at every one that has its place. So many of the largest are placed that way, which are more
 * than networks have; those beyond, smaller than all of these, take turns in places of their own. */
enum { MEMORY_PLAN_EXACT = 8192 };

/* Largest buffers first, each at the lowest offset that no buffer of an overlapping lifetime covers (Pisarchyk and Lee 2020,
 * "Efficient memory management for deep neural net inference", greedy by size). Offsets are multiples of 64, with at least
 * 64 spare bytes behind each buffer. total: the block's size. Errors: PL_OUT_OF_MEMORY,
 * where no memory is left for the plan, or where the block could not be addressed. */
pl_status memory_plan(plan_buffer *buffers, int count, uint64_t *total);

#endif
