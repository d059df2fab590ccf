/* Shapes, and memory that is allocated once. */
#ifndef TENSOR_H
#define TENSOR_H

#include "base/status.h"

enum { MAX_RANK = PL_MAX_RANK, ALIGNMENT = 64 };

typedef struct shape {
  int rank;
  int dim[MAX_RANK];
} shape;

/* The product of all dimensions; 1 for a scalar. */
size_t shape_count(const shape *s);
/* The same, or false where it is beyond any memory (no part of the product, zeros apart, may come near SIZE_MAX). */
bool shape_elements(const shape *s, size_t *count);
bool shape_equal(const shape *a, const shape *b);
/* Where the slice at these indices of the first `depth` axes stands, counted in slices; negative ones count from the end. False
 * where one lies outside. */
bool shape_offset(const shape *s, const int64_t *index, int depth, size_t *offset);

/* "1x3x224x224", for messages; valid until the fourth call after this one. */
const char *shape_text(const shape *s);

/* Multiplies sizes; false when the product would not fit. */
bool size_multiply(size_t a, size_t b, size_t *product);

/* 64-byte aligned, zeroed memory with 64 bytes more than asked for (vector kernels read past the end), or NULL. */
void *memory_allocate(size_t bytes);
void memory_free(void *memory);

/* An arena hands out parts of blocks that it frees together: for many small things of one lifetime. */
typedef struct arena arena;
arena *arena_create(void);
void *arena_allocate(arena *a, size_t bytes);                /* zeroed, 16-byte aligned; NULL when memory is out */
char *arena_text(arena *a, const char *text, size_t length); /* a copy that ends in 0 */
void arena_free(arena *a);

#endif
