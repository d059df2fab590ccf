/* The sentences of errors: whatever names are in them, they have an end, and the way on is in them. */
#include "base/status.h"
#include "support.h"

static void test_long_names(void) {
  static char name[100000];
  memset(name, 'x', sizeof name - 1);
  status_fail(PL_UNKNOWN_LAYER, "there is no layer '%s' beside '%s'; 100%% of %d layers are not it", name, name, 3);
  CHECK(strlen(pl_error_message()) < 600);
  CHECK(strstr(pl_error_message(), "there is no layer 'xxx") != NULL);
  CHECK(strstr(pl_error_message(), "xxx'; 100% of 3 layers are not it") != NULL);
  status_add_last_layer(name);
  CHECK(strstr(pl_error_message(), "; the model can be used up to layer 'xxx") != NULL);
  CHECK(strlen(pl_error_message()) < 900);
  CHECK(pl_error_last_layer() == name);
  CHECK(status_no_memory("for layer '%s' of %zu bytes", name, (size_t)7) == PL_OUT_OF_MEMORY);
  CHECK(strstr(pl_error_message(), "out of memory: none is left for layer 'xxx") == pl_error_message());
  CHECK(strstr(pl_error_message(), "xxx' of 7 bytes") != NULL);
}

/* Each character is kept whole or not at all. */
static void test_characters(void) {
  char name[2000];
  for (int lead = 0; lead < 4; lead++) {
    memset(name, 'a', (size_t)lead);
    for (size_t i = (size_t)lead; i + 4 < sizeof name; i += 4) memcpy(name + i, "\xF0\x9F\x98\x80", 5);
    status_fail(PL_UNKNOWN_LAYER, "'%s'", name);
    const char *sentence = pl_error_message();
    CHECK_INT((strlen(sentence) - 2 - (size_t)lead) % 4, 0);
    CHECK_TEXT(sentence + strlen(sentence) - 5, "\xF0\x9F\x98\x80'");
  }
  status_fail(PL_UNKNOWN_LAYER, "'%s'", "a\xFF\xC3(\x80z");
  CHECK_TEXT(pl_error_message(), "'a(z'");
  status_fail(PL_UNKNOWN_LAYER, "'%s' and '%.3s'", "gr\xC3\xBC\xC3\x9F", "longer");
  CHECK_TEXT(pl_error_message(), "'gr\xC3\xBC\xC3\x9F' and 'lon'");
}

int main(void) {
  test_long_names();
  test_characters();
  return test_result();
}
