#include "network/graph/names.h"

#include <string.h>

/* A crit-bit tree: a branch looks at the first bit in which the names below it differ. A name is found in steps that its own
 * length bounds, whatever the other names are; a hash table's steps would be for the file's author to choose. */
typedef struct branch {
  size_t byte;  /* of the names */
  uint8_t rest; /* all bits but the one that decides */
  int child[2]; /* of a branch, or ~ of an entry */
} branch;

typedef struct entry {
  const char *name;
  int number;
} entry;

struct names {
  int count, root; /* entries; branches are one less */
  entry *entries;
  branch *branches;
};

names *names_create(arena *a, size_t count) {
  names *n = arena_allocate(a, 1, sizeof *n);
  if (!n) return NULL;
  *n = (names){0, ~0, arena_allocate(a, count, sizeof *n->entries), arena_allocate(a, count, sizeof *n->branches)};
  return n->entries && n->branches ? n : NULL;
}

/* Which child of the branch a name of this length belongs to, if it is there; bytes beyond its end count as 0. */
static int side(const branch *b, const char *name, size_t length) {
  const unsigned byte = b->byte < length ? (uint8_t)name[b->byte] : 0;
  return (int)((1 + (b->rest | byte)) >> 8);
}

/* The only entry that may have this name: the one that all branches on the way lead to. */
static entry *nearest(const names *n, const char *name, size_t length) {
  int at = n->root;
  while (at >= 0) at = n->branches[at].child[side(&n->branches[at], name, length)];
  return &n->entries[~at];
}

static uint8_t all_but_highest(unsigned bits) {
  while (bits & (bits - 1)) bits &= bits - 1;
  return (uint8_t)~bits;
}

/* Adds a branch at the first bit in which `name`, the newest entry, differs from `other`, which has the most bits in common with
 * it. */
static void insert(names *n, const char *name, const char *other) {
  const int added = n->count - 1;
  branch *b = &n->branches[added - 1];
  b->byte = 0;
  while (name[b->byte] == other[b->byte]) b->byte++;
  b->rest = all_but_highest((uint8_t)name[b->byte] ^ (uint8_t)other[b->byte]);
  const size_t length = strlen(name);
  const int own = side(b, name, length);
  int *at = &n->root;
  while (*at >= 0) {
    branch *above = &n->branches[*at];
    if (above->byte > b->byte || (above->byte == b->byte && above->rest > b->rest)) break;
    at = &above->child[side(above, name, length)];
  }
  b->child[own] = ~added;
  b->child[!own] = *at;
  *at = added - 1;
}

bool names_add(names *n, const char *name, int number) {
  const char *other = n->count ? nearest(n, name, strlen(name))->name : NULL;
  if (other && !strcmp(other, name)) return false;
  n->entries[n->count++] = (entry){name, number};
  if (other) insert(n, name, other);
  return true;
}

int names_find(const names *n, const char *name) {
  if (!n->count) return -1;
  const entry *e = nearest(n, name, strlen(name));
  return strcmp(e->name, name) ? -1 : e->number;
}

int names_count(const names *n) { return n->count; }

const char *names_at(const names *n, int index, int *number) {
  *number = n->entries[index].number;
  return n->entries[index].name;
}
