/* ReduceMax and ReduceMin, whose gradient is shared equally among all values that are the extremum, as PyTorch's amax does; and
 * ReduceLogSumExp, the smooth maximum. */
#include <float.h>

#include "base/vector_math.h"
#include "network/ops/reduce.h"

static void fill(float *x, size_t count, float value) {
  for (size_t k = 0; k < count; k++) x[k] = value;
}

/* ---- extremes; sign: 1 for the largest, -1 for the smallest ---- */

static float extremum_of(const float *x, size_t n, float sign, float most) {
  v4 mosts = v4_all(most);
  size_t k = 0;
  for (; k + 4 <= n; k += 4) mosts = v4_select(v4_load(x + k) * sign > mosts * sign, v4_load(x + k), mosts);
  for (int i = 0; i < 4; i++) most = mosts[i] * sign > most * sign ? mosts[i] : most;
  for (; k < n; k++) most = x[k] * sign > most * sign ? x[k] : most;
  return most;
}

static void find_extremes(const op *o, const float *x, float sign, float *restrict y) {
  const walk *w = o->state;
  const size_t inner = walk_inner(w);
  fill(y, ops_out_count(o), -sign * INFINITY);
  cursor c = {{0}, {0}};
  do {
    float *restrict to = y + c.at[0];
    if (walk_inner_stride(w, 0))
      for (size_t k = 0; k < inner; k++) to[k] = x[k] * sign > to[k] * sign ? x[k] : to[k];
    else *to = extremum_of(x, inner, sign, *to);
    x += inner;
  } while (walk_next(w, &c));
}

/* How often each extremum occurs. */
static void count_extremes(const op *o, const float *x, const float *y, float *restrict counts) {
  const walk *w = o->state;
  const size_t inner = walk_inner(w);
  fill(counts, ops_out_count(o), 0);
  cursor c = {{0}, {0}};
  do {
    const float *at = y + c.at[0];
    float *restrict to = counts + c.at[0], found = 0;
    if (walk_inner_stride(w, 0)) {
      for (size_t k = 0; k < inner; k++) to[k] += x[k] == at[k] ? 1 : 0;
    } else {
      for (size_t k = 0; k < inner; k++) found += x[k] == *at ? 1 : 0;
      *to += found;
    }
    x += inner;
  } while (walk_next(w, &c));
}

/* Scratch: a number per value of the output. */
static pl_status extremes_reshape(op *o) {
  TRY(reduce_reshape(o));
  o->workspace = size_product(ops_out_count(o), sizeof(float));
  return PL_OK;
}

static pl_status maximum_forward(op *o, const buffers *b) {
  find_extremes(o, b->in[0], 1, b->out[0]);
  return PL_OK;
}

static pl_status minimum_forward(op *o, const buffers *b) {
  find_extremes(o, b->in[0], -1, b->out[0]);
  return PL_OK;
}

static pl_status extremes_backward(op *o, const buffers *b) {
  const walk *w = o->state;
  const size_t inner = walk_inner(w), count = ops_out_count(o);
  const float *x = b->in[0], *counts = b->workspace;
  float *restrict dx = b->din[0], *shares = b->dout[0];
  if (!dx) return PL_OK;
  count_extremes(o, x, b->out[0], b->workspace);
  for (size_t k = 0; k < count; k++) shares[k] = counts[k] > 0 ? shares[k] / counts[k] : 0; /* none where a value is NaN */
  cursor c = {{0}, {0}};
  do {
    const float *at = b->out[0] + c.at[0], *share = shares + c.at[0];
    if (walk_inner_stride(w, 0))
      for (size_t k = 0; k < inner; k++) dx[k] = x[k] == at[k] ? share[k] : 0;
    else
      for (size_t k = 0; k < inner; k++) dx[k] = x[k] == *at ? *share : 0;
    x += inner;
    dx += inner;
  } while (walk_next(w, &c));
  return PL_OK;
}

/* ---- log(sum of exp(x)), from the largest value so that no power is large ---- */

static void add_powers(const op *o, const float *x, const float *most, float *restrict sums) {
  const walk *w = o->state;
  const size_t inner = walk_inner(w);
  fill(sums, ops_out_count(o), 0);
  cursor c = {{0}, {0}};
  do {
    const float *at = most + c.at[0];
    float *restrict to = sums + c.at[0], sum = 0;
    if (walk_inner_stride(w, 0)) {
      for (size_t k = 0; k < inner; k++) to[k] += vector_exp(x[k] - at[k]);
    } else {
      for (size_t k = 0; k < inner; k++) sum += vector_exp(x[k] - *at);
      *to += sum;
    }
    x += inner;
  } while (walk_next(w, &c));
}

static pl_status smooth_forward(op *o, const buffers *b) {
  float *most = b->workspace, *y = b->out[0];
  const size_t count = ops_out_count(o);
  find_extremes(o, b->in[0], 1, most);
  for (size_t k = 0; k < count; k++) most[k] = most[k] < -FLT_MAX ? -FLT_MAX : most[k];
  add_powers(o, b->in[0], most, y);
  for (size_t k = 0; k < count; k++) y[k] = most[k] + vector_log(y[k]);
  return PL_OK;
}

/* dx = dy exp(x - y) */
static pl_status smooth_backward(op *o, const buffers *b) {
  const walk *w = o->state;
  const size_t inner = walk_inner(w);
  const float *x = b->in[0];
  float *restrict dx = b->din[0];
  if (!dx) return PL_OK;
  cursor c = {{0}, {0}};
  do {
    const float *at = b->out[0] + c.at[0], *dy = b->dout[0] + c.at[0];
    if (walk_inner_stride(w, 0))
      for (size_t k = 0; k < inner; k++) dx[k] = dy[k] * vector_exp(x[k] - at[k]);
    else
      for (size_t k = 0; k < inner; k++) dx[k] = *dy * vector_exp(x[k] - *at);
    x += inner;
    dx += inner;
  } while (walk_next(w, &c));
  return PL_OK;
}

#define EXTREMES(name, forward_, backward_)                                       \
  const op_class ops_##name = {.type = #name,                                     \
                               .flags = KEEPS_INPUT | KEEPS_OUTPUT | SIZES_AFTER, \
                               .infer = reduce_infer,                             \
                               .create = reduce_create,                           \
                               .reshape = extremes_reshape,                       \
                               .forward = forward_,                               \
                               .backward = backward_,                             \
                               .free = reduce_free,                               \
                               .units = reduce_units};

EXTREMES(ReduceMax, maximum_forward, extremes_backward)
EXTREMES(ReduceMin, minimum_forward, extremes_backward)
EXTREMES(ReduceLogSumExp, smooth_forward, smooth_backward)
