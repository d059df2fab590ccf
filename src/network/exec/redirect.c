#include "network/exec/redirect.h"

#include "network/ops/kernels/internal.h"

/* One image's part of an output, where every image has one; else all of it. */
static size_t image_count(const op *o, int images) {
  const shape *s = &o->out[0].shape;
  return shape_count(s) / (s->rank > 0 && s->dim[0] % images == 0 ? (size_t)images : 1);
}

/* Whether the clamp lets nothing through of a gradient that is there, in the part from `first` on. */
static bool is_blocked(const op *o, const buffers *b, size_t first, size_t count) {
  bool there = false;
  for (size_t k = first; k < first + count; k++) {
    if (b->dout[0][k] == 0) continue;
    if (clamp_is_above(o, b, k) && clamp_is_below(o, b, k)) return false;
    there = true;
  }
  return there;
}

/* The score is maximized: its gradient is the way that values go. */
static void mask(const op *o, const buffers *b, size_t first, size_t count) {
  float *dout = b->dout[0];
  for (size_t k = first; k < first + count; k++) {
    const bool returns = clamp_is_above(o, b, k) ? dout[k] < 0 : dout[k] > 0;
    if (!returns) dout[k] = 0;
  }
}

void redirect_dout(op *o, const buffers *b, int images) {
  if (!ops_clamped(o)) return;
  const size_t count = image_count(o, images), all = shape_count(&o->out[0].shape);
  uint64_t blocked = 0; /* a bit for each image */
  for (size_t i = 0; i * count < all; i++) blocked |= (uint64_t)is_blocked(o, b, i * count, count) << i;
  if (!blocked) return;
  for (size_t i = 0; i * count < all; i++) {
    if (blocked >> i & 1) mask(o, b, i * count, count);
    else clamp_backward(o, b, i * count, count, b->dout[0] + i * count);
  }
  o->masked = true;
}
