#include "base/tensor.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Zero where a dimension is, whatever the others are. */
size_t shape_count(const shape *s) {
  uint64_t count = 1;
  bool empty = false;
  for (int i = 0; i < s->rank; i++) {
    empty |= s->dim[i] == 0;
    count = s->dim[i] < 0 ? UINT64_MAX : size_product(count, (uint64_t)s->dim[i]);
  }
  return empty ? 0 : count > SIZE_MAX ? SIZE_MAX : (size_t)count;
}

bool shape_elements(const shape *s, size_t *count) {
  uint64_t most = 16; /* bytes: the widest element and then some */
  for (int i = 0; i < s->rank; i++) {
    if (s->dim[i] < 0) return false;
    if (s->dim[i]) most = size_product(most, (uint64_t)s->dim[i]);
  }
  *count = shape_count(s);
  return memory_addresses(most);
}

bool shape_equal(const shape *a, const shape *b) {
  return a->rank == b->rank && memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim) == 0;
}

bool shape_offset(const shape *s, const int64_t *index, int depth, size_t *offset) {
  *offset = 0;
  for (int d = 0; d < depth; d++) {
    const int64_t size = s->dim[d], at = index[d] < 0 ? index[d] + size : index[d];
    if (at < 0 || at >= size) return false;
    *offset = *offset * (size_t)size + (size_t)at;
  }
  return true;
}

const char *shape_text(const shape *s) {
  static _Thread_local char texts[4][96];
  static _Thread_local unsigned next;
  char *text = texts[next++ % 4];
  size_t length = 0;
  text[0] = 0;
  for (int i = 0; i < s->rank; i++)
    length += (size_t)snprintf(text + length, sizeof texts[0] - length, i ? "x%d" : "%d", s->dim[i]);
  return s->rank ? text : "scalar";
}

uint64_t size_sum(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

uint64_t size_product(uint64_t a, uint64_t b) {
  uint64_t product;
  return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static _Thread_local int64_t in_use, most = INT64_MAX;
static _Thread_local bool limited;

int64_t memory_in_use(void) { return in_use; }

void memory_limit(int64_t most_in_use) {
  most = most_in_use;
  limited = false;
}

bool memory_limited(void) { return limited; }

void *memory_allocate(uint64_t count, uint64_t size) {
  const uint64_t bytes = size_product(count, size);
  if (most < INT64_MAX && (most < in_use || bytes > (uint64_t)(most - in_use))) {
    limited = true;
    return NULL;
  }
  if (!memory_addresses(bytes)) return NULL;
  const size_t padded = ((size_t)bytes + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  void *memory = aligned_alloc(ALIGNMENT, padded);
  if (!memory) return NULL;
  in_use += (int64_t)malloc_usable_size(memory);
  return memset(memory, 0, padded);
}

void *memory_enlarge(void *memory, uint64_t used, uint64_t count, uint64_t size) {
  void *larger = memory_allocate(count, size);
  if (!larger) return NULL;
  if (used) memcpy(larger, memory, (size_t)(used * size));
  memory_free(memory);
  return larger;
}

void memory_free(void *memory) {
  if (memory) in_use -= (int64_t)malloc_usable_size(memory);
  free(memory);
}

/* A block's bytes stand behind its header. */
typedef struct block {
  struct block *next;
  size_t size, used;
} block;

struct arena {
  block *blocks;
};

enum { BLOCK_SIZE = 64 << 10, HEADER = (sizeof(block) + 15) / 16 * 16 };

arena *arena_create(void) { return memory_allocate(1, sizeof(arena)); }

void *arena_allocate(arena *a, uint64_t count, uint64_t size) {
  const uint64_t wanted = size_product(count, size);
  if (!memory_addresses(size_sum(wanted, HEADER + 16))) return NULL;
  const size_t bytes = ((size_t)wanted + 15) / 16 * 16;
  if (!a->blocks || a->blocks->size - a->blocks->used < bytes) {
    const size_t room = bytes > BLOCK_SIZE ? bytes : BLOCK_SIZE;
    block *b = memory_allocate(1, HEADER + room);
    if (!b) return NULL;
    *b = (block){a->blocks, room, 0};
    a->blocks = b;
  }
  void *memory = (char *)a->blocks + HEADER + a->blocks->used;
  a->blocks->used += bytes;
  return memory;
}

char *arena_text(arena *a, const char *text, size_t length) {
  char *copy = arena_allocate(a, size_sum(length, 1), 1);
  if (copy) memcpy(copy, text, length);
  return copy;
}

void arena_free(arena *a) {
  if (!a) return;
  for (block *b = a->blocks, *next; b; b = next) {
    next = b->next;
    memory_free(b);
  }
  memory_free(a);
}
