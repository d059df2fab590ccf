/* In place of memory_plan.c: no two buffers share memory, and what no operator may touch between them is poisoned, so that the
 * address sanitizer sees a way out of a buffer although all lie in one block. */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>

#include "fuzz_onnx.h"
#include "network/exec/memory_plan.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);

int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count, (void)arguments;
  fuzz_plans_only = true;
  return 0;
}

enum { GUARD = 4096, MOST = 1 << 26 };

static struct {
  uint64_t offset, size;
} *gaps;
static int gap_count;
static uint64_t planned;

pl_status memory_plan(plan_buffer *buffers, int count, uint64_t *total) {
  uint64_t end = 0;
  gap_count = 0;
  gaps = realloc(gaps, ((size_t)count + 1) * sizeof *gaps);
  if (!gaps) abort();
  for (int i = 0; i < count; i++) {
    if (buffers[i].bytes > MOST || end > MOST) return status_fail(PL_OUT_OF_MEMORY, "more than a fuzzer should take");
    const uint64_t readable = (buffers[i].bytes + ALIGNMENT + 15) / 16 * 16;
    buffers[i].offset = end;
    end = (end + readable + GUARD) / ALIGNMENT * ALIGNMENT;
    gaps[gap_count].offset = buffers[i].offset + readable;
    gaps[gap_count++].size = end - buffers[i].offset - readable;
  }
  *total = planned = end;
  return PL_OK;
}

void *__real_memory_allocate(uint64_t count, uint64_t size);
void *__wrap_memory_allocate(uint64_t count, uint64_t size);

/* The first block after a plan is the plan's. */
void *__wrap_memory_allocate(uint64_t count, uint64_t size) {
  char *memory = __real_memory_allocate(count, size);
  for (int i = 0; memory && count * size == planned && i < gap_count; i++)
    ASAN_POISON_MEMORY_REGION(memory + gaps[i].offset, gaps[i].size);
  gap_count = 0;
  return memory;
}
