/* In place of memory_plan.c and around memory_allocate: memory that is only taken where it is touched, so that networks which claim
 * much can be begun, and in which a way out of a buffer is seen. No two buffers of a plan share memory, and what no operator may
 * touch between them is poisoned; behind the last one stands a page that cannot be touched. */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fuzz_entries.h"
#include "network/exec/memory_plan.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);

int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count, (void)arguments;
  fuzz_large = true;
  return 0;
}

enum { PAGE = 4096, GUARD = 4096, LARGE = 1 << 20 };
static const uint64_t MOST = (uint64_t)9 << 28; /* bytes of a plan: what an address space of 32 bits has room for */

/* ---- plans ---- */

typedef struct gap {
  size_t offset, size;
} gap;

static gap *gaps; /* of the plan that has no memory yet */
static int gap_count;
static size_t planned;

static void forget_gaps(void) {
  free(gaps);
  gaps = NULL;
  gap_count = 0;
}

pl_status memory_plan(plan_buffer *buffers, int count, uint64_t *total) {
  uint64_t end = 0;
  forget_gaps();
  gaps = calloc((size_t)count + 1, sizeof *gaps);
  if (!gaps) abort();
  for (int i = 0; i < count; i++) {
    if (buffers[i].bytes > MOST || end > MOST - buffers[i].bytes) {
      forget_gaps();
      return status_fail(PL_OUT_OF_MEMORY, "more than a fuzzer should take");
    }
    const uint64_t readable = (buffers[i].bytes + ALIGNMENT + 15) / 16 * 16;
    buffers[i].offset = end;
    end = (end + readable + GUARD) / ALIGNMENT * ALIGNMENT;
    gaps[gap_count++] = (gap){(size_t)(buffers[i].offset + readable), (size_t)(end - buffers[i].offset - readable)};
  }
  *total = planned = (size_t)end;
  return PL_OK;
}

/* ---- memory ---- */

/* Pages of which none is taken before it is touched. */
typedef struct block {
  struct block *next;
  char *memory, *pages;
  size_t page_bytes;
  gap *gaps;
  int gap_count;
} block;

static block *blocks;

void *__real_memory_allocate(uint64_t count, uint64_t size);
void *__wrap_memory_allocate(uint64_t count, uint64_t size);
void *__wrap_memory_enlarge(void *memory, uint64_t used, uint64_t count, uint64_t size);
void __real_memory_free(void *memory);
void __wrap_memory_free(void *memory);

static void poison_gaps(char *memory) {
  for (int i = 0; i < gap_count; i++) ASAN_POISON_MEMORY_REGION(memory + gaps[i].offset, gaps[i].size);
}

/* Ends at a page that cannot be touched. */
static bool map(block *b, size_t bytes) {
  const size_t readable = (bytes + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT, whole = (readable + PAGE - 1) / PAGE * PAGE;
  b->page_bytes = whole + PAGE;
  b->pages = mmap(NULL, b->page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (b->pages == MAP_FAILED || mprotect(b->pages + whole, PAGE, PROT_NONE)) return false;
  b->memory = b->pages + whole - readable;
  return true;
}

static void *allocate_pages(size_t bytes, bool for_plan) {
  block *b = calloc(1, sizeof *b);
  if (!b) abort();
  if (!map(b, bytes)) {
    free(b);
    return NULL;
  }
  if (for_plan) {
    poison_gaps(b->memory);
    b->gaps = gaps;
    b->gap_count = gap_count;
    gaps = NULL;
  }
  b->next = blocks;
  blocks = b;
  return b->memory;
}

void *__wrap_memory_allocate(uint64_t count, uint64_t size) {
  const uint64_t bytes = size_product(count, size);
  const bool for_plan = gaps && count == planned && size == 1;
  char *memory = NULL;
  if (bytes <= LARGE) {
    memory = __real_memory_allocate(count, size);
    if (for_plan && memory) poison_gaps(memory);
  } else if (bytes <= MOST + LARGE) memory = allocate_pages((size_t)bytes, for_plan);
  if (for_plan) forget_gaps();
  return memory;
}

static void free_pages(block *b) {
  for (int i = 0; i < b->gap_count; i++) ASAN_UNPOISON_MEMORY_REGION(b->memory + b->gaps[i].offset, b->gaps[i].size);
  munmap(b->pages, b->page_bytes);
  free(b->gaps);
  free(b);
}

void __wrap_memory_free(void *memory) {
  for (block **at = &blocks; *at; at = &(*at)->next) {
    block *b = *at;
    if (b->memory != memory) continue;
    *at = b->next;
    free_pages(b);
    return;
  }
  __real_memory_free(memory);
}

void *__wrap_memory_enlarge(void *memory, uint64_t used, uint64_t count, uint64_t size) {
  void *larger = __wrap_memory_allocate(count, size);
  if (!larger) return NULL;
  if (used) memcpy(larger, memory, (size_t)(used * size));
  __wrap_memory_free(memory);
  return larger;
}
