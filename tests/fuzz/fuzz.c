/* libFuzzer's entry: the one of tests/c/fuzz_entries.h that the build names. */
#include <string.h>

#include "fuzz_entries.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  FUZZ_ENTRY(bytes, size);
  return 0;
}

/* Where a header decides about a long tail of numbers, most changes are made to the header. */
#ifdef FUZZ_HEAD

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed) {
  if (size <= FUZZ_HEAD || seed % 8 == 0) return LLVMFuzzerMutate(bytes, size, most);
  const size_t head = LLVMFuzzerMutate(bytes, FUZZ_HEAD, FUZZ_HEAD);
  memmove(bytes + head, bytes + FUZZ_HEAD, size - FUZZ_HEAD);
  return size - FUZZ_HEAD + head;
}

#endif
