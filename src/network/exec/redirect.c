#include "network/exec/redirect.h"

#include "network/ops/kernels/internal.h"

/* One image's part of an output, where every image has one; else all of it. */
static size_t image_count(const op *o, int images) {
  const shape *s = &o->out[0].shape;
  return shape_count(s) / (s->rank > 0 && s->dim[0] % images == 0 ? (size_t)images : 1);
}

/* Whether the clamp lets nothing through of a gradient that is there. */
static bool is_blocked(const op *o, const float *out, const float *dout, size_t count) {
  bool there = false;
  for (size_t k = 0; k < count; k++) {
    if (dout[k] == 0) continue;
    if (out[k] > o->low && out[k] < o->high) return false;
    there = true;
  }
  return there;
}

/* The score is maximized: its gradient is the way that values go. */
static void mask(const op *o, const float *out, float *dout, size_t count) {
  for (size_t k = 0; k < count; k++) {
    const bool returns = out[k] <= o->low ? dout[k] > 0 : dout[k] < 0;
    if (!returns) dout[k] = 0;
  }
}

void redirect_dout(op *o, const buffers *b, int images) {
  if (!ops_clamped(o)) return;
  const size_t count = image_count(o, images), all = shape_count(&o->out[0].shape);
  uint64_t blocked = 0; /* a bit for each image */
  for (size_t i = 0; i * count < all; i++)
    blocked |= (uint64_t)is_blocked(o, b->out[0] + i * count, b->dout[0] + i * count, count) << i;
  if (!blocked) return;
  for (size_t i = 0; i * count < all; i++) {
    const float *out = b->out[0] + i * count;
    float *dout = b->dout[0] + i * count;
    if (blocked >> i & 1) mask(o, out, dout, count);
    else clamp_backward(o, out, dout, dout, count);
  }
  o->masked = true;
}
