#include "fuzz_entries.h"

#include "support.h"

bool fuzz_large = false;

const fuzz_entry fuzz_entries[FUZZ_ENTRIES] = {
    {"network", fuzz_network},     {"generator", fuzz_generator}, {"checkpoint", fuzz_checkpoint},
    {"magnitude", fuzz_magnitude}, {"objective", fuzz_objective}, {"options", fuzz_options},
};

void fuzz_take(const fuzz_entry *entry, const uint8_t *bytes, size_t size) {
  uint8_t *exact = malloc(size ? size : 1);
  REQUIRE(exact);
  if (size) memcpy(exact, bytes, size);
  entry->take(exact, size);
  free(exact);
}
