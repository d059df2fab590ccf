/* A table from names to numbers. */
#ifndef NAMES_H
#define NAMES_H

#include "base/tensor.h"

typedef struct names names;

/* Room for `count` names, in the arena; NULL when memory is out. Names are not copied. */
names *names_create(arena *a, size_t count);

/* False where the name is there already. */
bool names_add(names *n, const char *name, int number);

/* The name's number, or -1. */
int names_find(const names *n, const char *name);

/* How many names there are; the `index`-th that was added, and its number. */
int names_count(const names *n);
const char *names_at(const names *n, int index, int *number);

#endif
