/* libFuzzer's entry: the one of tests/c/fuzz_entries.h that the build names. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "fuzz_entries.h"

enum {
  MOST_SECONDS = 20
}; /* of the processor's time for an input; libFuzzer's own limit is the clock's, which a busy machine reaches */

static void give_up(int signal) {
  (void)signal;
  abort();
}

static void limit_time(void) {
  static const struct itimerval most = {.it_value = {.tv_sec = MOST_SECONDS}};
  if (signal(SIGVTALRM, give_up) == SIG_ERR || setitimer(ITIMER_VIRTUAL, &most, NULL)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  limit_time();
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
