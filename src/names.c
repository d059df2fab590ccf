#include "names.h"

#include <string.h>

typedef struct entry {
  const char *name; /* NULL: free */
  int number;
} entry;

/* Open addressing; at least half of the entries stay free. */
struct names {
  size_t mask; /* entries - 1, entries being a power of 2 */
  entry *entries;
};

names *names_create(arena *a, size_t count) {
  size_t capacity = 16;
  while (capacity < 2 * count) capacity *= 2;
  names *n = arena_allocate(a, sizeof *n);
  if (!n) return NULL;
  *n = (names){capacity - 1, arena_allocate(a, capacity * sizeof *n->entries)};
  return n->entries ? n : NULL;
}

/* FNV-1a */
static uint64_t hash(const char *name) {
  uint64_t h = 0xcbf29ce484222325u;
  for (; *name; name++) h = (h ^ (uint8_t)*name) * 0x100000001b3u;
  return h ^ h >> 32;
}

/* The entry of this name, or the free one where it would stand. */
static entry *find(const names *n, const char *name) {
  size_t i = (size_t)hash(name) & n->mask;
  while (n->entries[i].name && strcmp(n->entries[i].name, name) != 0) i = (i + 1) & n->mask;
  return &n->entries[i];
}

bool names_add(names *n, const char *name, int number) {
  entry *e = find(n, name);
  if (e->name) return false;
  *e = (entry){name, number};
  return true;
}

int names_find(const names *n, const char *name) {
  const entry *e = find(n, name);
  return e->name ? e->number : -1;
}

void names_map(names *n, const int *map) {
  for (size_t i = 0; i <= n->mask; i++)
    if (n->entries[i].name) n->entries[i].number = map[n->entries[i].number];
}
