/* Transforms against their definition in double precision, four different ones side by side. */
#include "image/fft.h"
#include "support.h"

static void test_transform(int length, int sign) {
  const size_t floats = 8 * (size_t)length;
  float *from = random_floats(floats, -1, 1), *kept = test_floats(floats), *to = test_floats(floats),
        *scratch = test_floats(floats);
  float *expected = test_floats(floats);
  memcpy(kept, from, floats * sizeof *from);
  for (int k = 0; k < length; k++) {
    for (int lane = 0; lane < 4; lane++) {
      double re = 0, im = 0;
      for (int i = 0; i < length; i++) {
        const double angle = sign * 2 * acos(-1) * ((double)((int64_t)i * k % length) / length);
        const double a = (double)from[8 * i + lane], b = (double)from[8 * i + 4 + lane];
        re += a * cos(angle) - b * sin(angle);
        im += a * sin(angle) + b * cos(angle);
      }
      expected[8 * k + lane] = (float)re;
      expected[8 * k + 4 + lane] = (float)im;
    }
  }
  fft *plan = fft_create(length, sign);
  REQUIRE(fft_takes(length) && plan);
  fft_run(plan, from, to, scratch);
  CHECK_CLOSE(to, expected, floats, 5e-7);
  CHECK(memcmp(from, kept, floats * sizeof *from) == 0);
  fft_free(plan);
  free(from), free(kept), free(to), free(scratch), free(expected);
}

int main(void) {
  const int lengths[] = {2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 25, 27, 30, 32, 60, 64, 75, 81, 96, 125, 128, 160, 240, 320, 512};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
    for (int sign = -1; sign <= 1; sign += 2) test_transform(lengths[i], sign);
  const int others[] = {7, 14, 11, 77, 224, 16383};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) CHECK(!fft_takes(others[i]));
  fft_free(NULL);
  return test_result();
}
