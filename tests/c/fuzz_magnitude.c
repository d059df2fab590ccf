#include "fuzz_entries.h"
#include "image/magnitude.h"
#include "support.h"

enum { HEIGHT = 40, WIDTH = 34 };

/* In every way that an image may ask for it. */
static void resample(const magnitude *m) {
  float *out = test_floats(3 * HEIGHT * (WIDTH / 2 + 1));
  for (int how = PL_BY_FREQUENCY; how <= PL_PICTURE_ANTIALIASED_ALIGNED; how++)
    if (magnitude_resample(m, HEIGHT, WIDTH, (pl_magnitude_resize)how, how % 2, out) == PL_INTERNAL) abort();
  free(out);
}

void fuzz_magnitude(const uint8_t *bytes, size_t size) {
  magnitude m;
  if (magnitude_read(bytes, size, &m)) return;
  resample(&m);
  magnitude_continue(&m);
  resample(&m);
  magnitude_free(&m);
}
