/* Sizes that would wrap are refused wherever they are asked for, on 32 bits as on 64. */
#include "base/tensor.h"
#include "support.h"

static void products_and_sums_stay_at_the_top(void) {
  CHECK(size_product(1u << 20, 1u << 20) == (uint64_t)1 << 40); /* size_t may have 32 bits */
  CHECK(size_product((uint64_t)1 << 32, (uint64_t)1 << 32) == UINT64_MAX);
  CHECK(size_product(UINT64_MAX, 2) == UINT64_MAX);
  CHECK(size_product(UINT64_MAX, 0) == 0);
  CHECK(size_sum(3, 4) == 7);
  CHECK(size_sum(UINT64_MAX - 1, 1) == UINT64_MAX);
  CHECK(size_sum(UINT64_MAX, 1) == UINT64_MAX);
}

static void shapes_are_counted_or_refused(void) {
  size_t count;
  CHECK(shape_count(&(shape){3, {2, 3, 4}}) == 24);
  CHECK(shape_count(&(shape){0}) == 1);
  CHECK(shape_count(&(shape){4, {INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX}}) == SIZE_MAX);
  CHECK(shape_count(&(shape){3, {INT32_MAX, INT32_MAX, 0}}) == 0);
  CHECK(shape_count(&(shape){3, {1 << 30, 1 << 30, 16}}) == SIZE_MAX); /* 2^64: would wrap to 0 */
  CHECK(shape_count(&(shape){2, {-1, 3}}) == SIZE_MAX);
  CHECK(shape_elements(&(shape){2, {5, 7}}, &count) && count == 35);
  CHECK(!shape_elements(&(shape){3, {1 << 30, 1 << 30, 16}}, &count));
  CHECK(!shape_elements(&(shape){4, {INT32_MAX, INT32_MAX, INT32_MAX, 0}}, &count)); /* no part of it may be beyond either */
  CHECK(!shape_elements(&(shape){1, {-1}}, &count));
}

static void memory_is_counted_in_pieces(void) {
  CHECK(!memory_allocate((uint64_t)1 << 62, 4)); /* 2^64 */
  CHECK(!memory_allocate((uint64_t)SIZE_MAX / 4 + 1, 4));
  CHECK(!memory_allocate(UINT64_MAX, 1));
  CHECK(!memory_addresses(SIZE_MAX / 2) && memory_addresses(SIZE_MAX / 4));
  uint8_t *bytes = memory_allocate(3, 5);
  CHECK(bytes && (uintptr_t)bytes % ALIGNMENT == 0);
  for (int i = 0; bytes && i < 15 + ALIGNMENT; i++) CHECK_INT(bytes[i], 0);
  memory_free(bytes);
}

static void memory_grows_or_stays(void) {
  int *numbers = memory_allocate(2, sizeof *numbers);
  numbers[0] = 4, numbers[1] = 5;
  CHECK(!memory_enlarge(numbers, 2, (uint64_t)1 << 62, sizeof *numbers));
  int *more = memory_enlarge(numbers, 2, 1000, sizeof *numbers);
  CHECK(more && more[0] == 4 && more[1] == 5 && more[2] == 0 && more[999] == 0);
  memory_free(more);
}

static void arenas_are_counted_in_pieces(void) {
  arena *a = arena_create();
  CHECK(!arena_allocate(a, (uint64_t)1 << 62, 4));
  CHECK(!arena_allocate(a, (uint64_t)SIZE_MAX / 4 + 1, 4));
  char *small = arena_allocate(a, 3, 1), *large = arena_allocate(a, 1 << 10, 1 << 10);
  CHECK(small && large && !large[(1 << 20) - 1]);
  CHECK_INT((uintptr_t)small % 16, 0);
  CHECK_INT((uintptr_t)large % 16, 0);
  arena_free(a);
}

int main(void) {
  products_and_sums_stay_at_the_top();
  shapes_are_counted_or_refused();
  memory_is_counted_in_pieces();
  memory_grows_or_stays();
  arenas_are_counted_in_pieces();
  return test_result();
}
