/* Shapes, and memory that is allocated once. */
#ifndef TENSOR_H
#define TENSOR_H

#include "base/status.h"

enum { MAX_RANK = PL_MAX_RANK, ALIGNMENT = 64 };

typedef struct shape {
  int rank;
  int dim[MAX_RANK];
} shape;

/* From the first up to the last, which is not in it; 0 to 0: none. */
typedef struct section {
  size_t first, last;
} section;

/* The product of all dimensions; 1 for a scalar, SIZE_MAX, which nothing holds, where it would wrap or a dimension is negative.
 * What inference or shape_elements has let through has its true count. */
size_t shape_count(const shape *s);
/* The same, or false where it is beyond any memory (no part of the product, zeros apart, may come near SIZE_MAX). */
bool shape_elements(const shape *s, size_t *count);
bool shape_equal(const shape *a, const shape *b);
/* Where the slice at these indices of the first `depth` axes stands, counted in slices; negative ones count from the end. False
 * where one lies outside. */
bool shape_offset(const shape *s, const int64_t *index, int depth, size_t *offset);

/* "1x3x224x224", for messages; valid until the fourth call after this one. */
const char *shape_text(const shape *s);

/* Sizes are computed in 64 bits wherever they come from a file, for size_t has 32 in WebAssembly. Sums and products that would
 * wrap are UINT64_MAX, which no memory has: it comes out of whatever it goes into, and is refused where memory is asked for. */
uint64_t size_sum(uint64_t a, uint64_t b);
uint64_t size_product(uint64_t a, uint64_t b);

/* Room for `count` things of `size` bytes: zeroed, 64-byte aligned, with 64 bytes more than asked for (vector kernels read past the
 * end). NULL where memory is out, and where a size is beyond what can be addressed. */
void *memory_allocate(uint64_t count, uint64_t size);
/* The same with the first `used` of what `memory` holds, which is freed; NULL, and nothing is changed, as above. */
void *memory_enlarge(void *memory, uint64_t used, uint64_t count, uint64_t size);
void memory_free(void *memory);

/* Bytes that this thread has been given and has not freed; what counts are differences. */
int64_t memory_in_use(void);
/* From now on memory_allocate gives this thread no more than makes so many bytes in use; INT64_MAX: all there are. */
void memory_limit(int64_t most_in_use);
/* Whether it refused something for this reason since the limit was set. */
bool memory_limited(void);

/* A block of more bytes is refused unasked. */
#define MOST_ADDRESSED ((uint64_t)SIZE_MAX / 2 - 2 * ALIGNMENT)
static inline bool memory_addresses(uint64_t bytes) { return bytes <= MOST_ADDRESSED; }

/* An arena hands out parts of blocks that it frees together: for many small things of one lifetime. */
typedef struct arena arena;
arena *arena_create(void);
void *arena_allocate(arena *a, uint64_t count, uint64_t size); /* zeroed, 16-byte aligned; NULL as above */
char *arena_text(arena *a, const char *text, size_t length);   /* a copy that ends in 0 */
void arena_free(arena *a);

#endif
