#include "base/tensor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t shape_count(const shape *s) {
  size_t count = 1;
  for (int i = 0; i < s->rank; i++) count *= (size_t)s->dim[i];
  return count;
}

bool shape_elements(const shape *s, size_t *count) {
  size_t product = 16; /* the widest element and then some */
  for (int i = 0; i < s->rank; i++)
    if (s->dim[i] < 0 || (s->dim[i] && !size_multiply(product, (size_t)s->dim[i], &product))) return false;
  *count = shape_count(s);
  return product <= SIZE_MAX / 2;
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

bool size_multiply(size_t a, size_t b, size_t *product) { return !__builtin_mul_overflow(a, b, product); }

void *memory_allocate(size_t bytes) {
  if (bytes > SIZE_MAX - 2 * ALIGNMENT) return NULL;
  const size_t padded = (bytes + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  void *memory = aligned_alloc(ALIGNMENT, padded);
  if (memory) memset(memory, 0, padded);
  return memory;
}

void memory_free(void *memory) { free(memory); }

/* A block's bytes stand behind its header. */
typedef struct block {
  struct block *next;
  size_t size, used;
} block;

struct arena {
  block *blocks;
};

enum { BLOCK_SIZE = 64 << 10, HEADER = (sizeof(block) + 15) / 16 * 16 };

arena *arena_create(void) { return calloc(1, sizeof(arena)); }

void *arena_allocate(arena *a, size_t bytes) {
  if (bytes > SIZE_MAX / 2) return NULL;
  bytes = (bytes + 15) / 16 * 16;
  if (!a->blocks || a->blocks->size - a->blocks->used < bytes) {
    const size_t size = bytes > BLOCK_SIZE ? bytes : BLOCK_SIZE;
    block *b = calloc(1, HEADER + size);
    if (!b) return NULL;
    *b = (block){a->blocks, size, 0};
    a->blocks = b;
  }
  void *memory = (char *)a->blocks + HEADER + a->blocks->used;
  a->blocks->used += bytes;
  return memory;
}

char *arena_text(arena *a, const char *text, size_t length) {
  char *copy = arena_allocate(a, length + 1);
  if (copy) memcpy(copy, text, length);
  return copy;
}

void arena_free(arena *a) {
  if (!a) return;
  for (block *b = a->blocks, *next; b; b = next) {
    next = b->next;
    free(b);
  }
  free(a);
}
