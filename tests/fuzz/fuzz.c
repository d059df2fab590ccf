/* libFuzzer's entry: the one of tests/c/fuzz_entries.h that the build names. */
#include "fuzz_entries.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  FUZZ_ENTRY(bytes, size);
  return 0;
}
