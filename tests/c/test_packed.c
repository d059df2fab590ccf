/* Where packed weights lie is known of every operator. */
#include "network/ops/kernels/linear.h"
#include "support.h"

enum { IN = 160, OUT = 224 };

static bool holds(const packed *p, float value) {
  for (size_t k = 0; k + sizeof value <= p->bytes; k += sizeof value)
    if (!memcmp(p->at + k, &value, sizeof value)) return true;
  return false;
}

int main(void) {
  float *values = random_floats(IN * OUT, -1, 1);
  const weights w = {.values = (const char *)values,
                     .groups = 1,
                     .out = OUT,
                     .taps = 1,
                     .in = IN,
                     .by_group = IN * OUT,
                     .by_out = IN,
                     .by_tap = 1,
                     .by_in = 1};
  linear l;
  REQUIRE(linear_create(NULL, IN, OUT, &w, NULL, -INFINITY, INFINITY, &l) == PL_OK);
  CHECK_INT(l.map.count, 1);
  const packed *p = &l.map.weights[0];
  CHECK(p->bytes >= IN * OUT * sizeof *values && p->bytes < 2 * IN * OUT * sizeof *values);
  CHECK(holds(p, values[0]) && holds(p, values[IN * OUT - 1]));
  packed_fetch(p);
  linear_free(&l);
  free(values);
  return test_result();
}
