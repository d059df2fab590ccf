#include "network/ops/kernels/clamp.h"

#include <string.h>

#include "network/ops/kernels/internal.h"

void clamp_forward(const op *o, float *out, size_t count) {
  if (!ops_clamped(o)) return;
  const float low = o->low, high = o->high;
  for (size_t k = 0; k < count; k++) {
    const float x = out[k] < low ? low : out[k];
    out[k] = x > high ? high : x;
  }
}

/* ---- what it lets through ---- */

enum { BITS = 32 };

/* A plane of bits for each bound; one of both where there is one bound. */
typedef struct planes {
  uint32_t *above, *below;
} planes;

static bool has_both(const op *o) { return o->low > -INFINITY && o->high < INFINITY; }

static size_t plane_words(const op *o) { return ops_out_count(o) / BITS + 1; }

uint64_t clamp_bytes(const op *o) {
  return ops_clamped(o) && o->backward ? size_product(plane_words(o), (has_both(o) ? 2 : 1) * sizeof(uint32_t)) : 0;
}

static planes planes_of(const op *o, const buffers *b) {
  return (planes){b->clamp, b->clamp + (has_both(o) ? plane_words(o) : 0)};
}

static bool bit_at(const uint32_t *plane, size_t k) { return plane[k / BITS] >> k % BITS & 1; }

static bool is_inside(planes p, size_t k) { return bit_at(p.above, k) && bit_at(p.below, k); }

static void set_bit(uint32_t *plane, size_t k, bool value) {
  const uint32_t bit = (uint32_t)1 << k % BITS;
  plane[k / BITS] = value ? plane[k / BITS] | bit : plane[k / BITS] & ~bit;
}

static void save_one(const op *o, planes p, size_t k, float x) {
  const bool above = x > o->low, below = x < o->high;
  set_bit(p.above, k, p.above == p.below ? above && below : above);
  if (p.above != p.below) set_bit(p.below, k, below);
}

/* Of 32 values. */
static void save_word(const op *o, planes p, size_t word, const float *x) {
  const v4 low = v4_all(o->low), high = v4_all(o->high);
  uint32_t above = 0, below = 0;
  for (int half = 0; half < 2; half++, x += BITS / 2) {
    const v4 a = v4_load(x), b = v4_load(x + 4), c = v4_load(x + 8), d = v4_load(x + 12);
    above |= v4_signs(a > low, b > low, c > low, d > low) << half * BITS / 2;
    below |= v4_signs(a < high, b < high, c < high, d < high) << half * BITS / 2;
  }
  p.above[word] = p.above == p.below ? above & below : above;
  if (p.above != p.below) p.below[word] = below;
}

/* How many of `count` values from the first on come before whole words. */
static size_t head_of(size_t first, size_t count) {
  const size_t head = (BITS - first % BITS) % BITS;
  return head < count ? head : count;
}

void clamp_save(const op *o, const buffers *b, size_t first, size_t count) {
  if (!b->clamp) return;
  const planes p = planes_of(o, b);
  const float *x = b->out[0] + first;
  const size_t head = head_of(first, count), whole = head + (count - head) / BITS * BITS;
  for (size_t k = 0; k < head; k++) save_one(o, p, first + k, x[k]);
  for (size_t k = head; k < whole; k += BITS) save_word(o, p, (first + k) / BITS, x + k);
  for (size_t k = whole; k < count; k++) save_one(o, p, first + k, x[k]);
}

/* Of 32 values. */
static void mask_word(uint32_t word, const float *dout, float *masked) {
  const i4 first = {1, 2, 4, 8};
  i4 bits = {(int32_t)word, (int32_t)word, (int32_t)word, (int32_t)word};
  for (size_t k = 0; k < BITS; k += 4, bits = (i4)((u4)bits >> 4))
    v4_store(masked + k, (v4)((i4)v4_load(dout + k) & ((bits & first) == first)));
}

void clamp_backward(const op *o, const buffers *b, size_t first, size_t count, float *masked) {
  const float *dout = b->dout[0] + first;
  if (o->masked || !ops_clamped(o)) {
    if (masked != dout) memcpy(masked, dout, count * sizeof *dout);
    return;
  }
  const planes p = planes_of(o, b);
  const size_t head = head_of(first, count), whole = head + (count - head) / BITS * BITS;
  for (size_t k = 0; k < head; k++) masked[k] = is_inside(p, first + k) ? dout[k] : 0;
  for (size_t k = head; k < whole; k += BITS) {
    const size_t word = (first + k) / BITS;
    mask_word(p.above[word] & p.below[word], dout + k, masked + k);
  }
  for (size_t k = whole; k < count; k++) masked[k] = is_inside(p, first + k) ? dout[k] : 0;
}

bool clamp_is_above(const op *o, const buffers *b, size_t k) { return !(o->low > -INFINITY) || bit_at(planes_of(o, b).above, k); }
bool clamp_is_below(const op *o, const buffers *b, size_t k) { return !(o->high < INFINITY) || bit_at(planes_of(o, b).below, k); }
