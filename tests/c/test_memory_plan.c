/* Buffers whose lifetimes overlap never share memory, and those whose lifetimes do not are packed. */
#include "network/exec/memory_plan.h"
#include "support.h"

static bool overlap(const plan_buffer *a, const plan_buffer *b) {
  const bool in_time = a->first <= b->last && b->first <= a->last;
  return in_time && a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

static void random_plans_never_overlap(void) {
  enum { COUNT = 120 };
  plan_buffer b[COUNT];
  for (int round = 0; round < 50; round++) {
    uint64_t sum = 0, total;
    for (int i = 0; i < COUNT; i++) {
      const int first = (int)(random_bits() % 60);
      b[i] = (plan_buffer){1 + random_bits() % 5000, first, first + (int)(random_bits() % 20), 0};
      sum += b[i].bytes;
    }
    CHECK_INT(memory_plan(b, COUNT, &total), PL_OK);
    CHECK(total < sum); /* memory is used again */
    for (int i = 0; i < COUNT; i++) {
      CHECK_INT(b[i].offset % ALIGNMENT, 0);
      CHECK(b[i].offset + b[i].bytes + ALIGNMENT <= total);
      for (int k = 0; k < i; k++) CHECK(!overlap(&b[i], &b[k]));
    }
  }
}

static void a_chain_needs_two_places(void) {
  plan_buffer b[10];
  for (int i = 0; i < 10; i++) b[i] = (plan_buffer){1000, i, i + 1, 0};
  uint64_t total;
  CHECK_INT(memory_plan(b, 10, &total), PL_OK);
  CHECK(total <= 2 * (1000 + 2 * ALIGNMENT));
}

/* Where sizes have 32 bits, a file of a few hundred bytes asks for so much. */
static void what_no_memory_holds_is_refused(void) {
  uint64_t total;
  plan_buffer one = {SIZE_MAX - 3, 0, 1, 0};
  CHECK_INT(memory_plan(&one, 1, &total), PL_OUT_OF_MEMORY);
  plan_buffer never = {UINT64_MAX, 0, 1, 0};
  CHECK_INT(memory_plan(&never, 1, &total), PL_OUT_OF_MEMORY);
  plan_buffer two[] = {{SIZE_MAX / 2 - 1000, 0, 1, 0}, {SIZE_MAX / 2 - 2000, 1, 2, 0}};
  CHECK_INT(memory_plan(two, 2, &total), PL_OUT_OF_MEMORY);
  two[1].first = 2;
  CHECK_INT(memory_plan(two, 2, &total), PL_OK);
  CHECK_INT(two[1].offset, 0);
  plan_buffer gap[] = {{SIZE_MAX / 2 - 400, 0, 1, 0}, {200, 1, 2, 0}, {100, 0, 2, 0}};
  CHECK_INT(memory_plan(gap, 3, &total), PL_OUT_OF_MEMORY);
}

static int by_offset(const void *a, const void *b) {
  const uint64_t x = ((const plan_buffer *)a)->offset, y = ((const plan_buffer *)b)->offset;
  return x < y ? -1 : x > y;
}

/* More buffers than are placed exactly: those of a chain still share a few places, and those that all live at once share none. */
static void many_buffers_are_placed_too(void) {
  enum { COUNT = 200000 };
  plan_buffer *b = malloc(COUNT * sizeof *b);
  uint64_t total;
  REQUIRE(b != NULL);
  for (int i = 0; i < COUNT; i++) b[i] = (plan_buffer){100, i, i + 1, 0};
  CHECK_INT(memory_plan(b, COUNT, &total), PL_OK);
  CHECK(total <= 4 * 512);
  for (int i = 1; i < COUNT; i++) CHECK(!overlap(&b[i - 1], &b[i]));
  size_t sum = 0;
  for (int i = 0; i < COUNT; i++) { /* nested, as in a network that keeps its values for backward */
    b[i] = (plan_buffer){1 + (size_t)i % 3000, i, 2 * COUNT - i, 0};
    sum += b[i].bytes + 2 * ALIGNMENT;
  }
  CHECK_INT(memory_plan(b, COUNT, &total), PL_OK);
  CHECK(total <= 2 * sum);
  qsort(b, COUNT, sizeof *b, by_offset);
  for (int i = 1; i < COUNT; i++) CHECK(b[i - 1].offset + b[i - 1].bytes + ALIGNMENT <= b[i].offset);
  CHECK(b[COUNT - 1].offset + b[COUNT - 1].bytes + ALIGNMENT <= total);
  free(b);
}

/* Random lifetimes, most of them beyond the exact ones: of those that live at a time, each ends before the next begins. */
static void turns_never_overlap(void) {
  enum { COUNT = 4 * MEMORY_PLAN_EXACT, TIMES = 5000 };
  plan_buffer *b = malloc(COUNT * sizeof *b), *alive = malloc(COUNT * sizeof *b);
  uint64_t total;
  REQUIRE(b != NULL && alive != NULL);
  for (int i = 0; i < COUNT; i++) {
    const int first = (int)(random_bits() % TIMES);
    b[i] = (plan_buffer){1 + random_bits() % 5000, first, first + (int)(random_bits() % 20), 0};
  }
  CHECK_INT(memory_plan(b, COUNT, &total), PL_OK);
  for (int time = 0; time < TIMES; time += 7) {
    size_t count = 0;
    for (int i = 0; i < COUNT; i++)
      if (b[i].first <= time && time <= b[i].last) alive[count++] = b[i];
    qsort(alive, count, sizeof *alive, by_offset);
    for (size_t i = 1; i < count; i++) CHECK(alive[i - 1].offset + alive[i - 1].bytes <= alive[i].offset);
  }
  free(b), free(alive);
}

int main(void) {
  many_buffers_are_placed_too();
  turns_never_overlap();
  random_plans_never_overlap();
  a_chain_needs_two_places();
  what_no_memory_holds_is_refused();
  uint64_t total;
  CHECK_INT(memory_plan(NULL, 0, &total), PL_OK);
  CHECK_INT(total, 0);
  return test_result();
}
