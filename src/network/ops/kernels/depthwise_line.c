#include "network/ops/kernels/depthwise_line.h"

/* Positions of a tile. Four channels of each are summed in a register; beside them a row's weights and a value have room in the 16
 * that engines have for WebAssembly's vectors. */
enum { ACROSS = 8, MOST_TAPS = 7 };

/* Loads stay where they stand: done all at once, as compilers like it, they would need more registers than there are. */
#define KEEP_ORDER __asm__ volatile("" ::: "memory")

/* `across` positions, four channels from c on: x is `from` floats into the rows, and out where the first is written. Where taps,
 * step (1) and stride are fixed, they are constants where it is inlined, as across always is: then weights and sums stay in registers,
 * and every value is loaded once for all positions that need it. */
static inline __attribute__((always_inline)) void tile(const depthwise_line *l, size_t from, size_t c, float *out, int taps,
                                                       int step, int stride, int across, bool fixed) {
  const size_t channels = l->channels, apart = l->apart;
  const int row_count = l->row_count;
  const v4 low = v4_all(l->low), high = v4_all(l->high);
  const v4 bias = l->bias ? v4_load(l->bias + c) : v4_all(0);
  v4 sum[ACROSS];
#pragma GCC unroll 8
  for (int a = 0; a < across; a++) sum[a] = bias;
  for (int r = 0; r < row_count; r++) {
    const float *x = l->rows[r] + from + c, *w = l->weights[r] + c;
    if (fixed) {
      v4 weight[MOST_TAPS];
#pragma GCC unroll 8
      for (int t = 0; t < taps; t++) weight[t] = v4_load(w + (size_t)t * channels);
#pragma GCC unroll 32
      for (int at = 0; at < (across - 1) * stride + taps; at++, x += channels) {
        const v4 value = v4_load(x);
#pragma GCC unroll 8
        for (int a = 0; a < across; a++) {
          const int t = at - a * stride;
          if (t >= 0 && t < taps) sum[a] = v4_multiply_add(value, weight[t], sum[a]);
        }
        KEEP_ORDER;
      }
    } else {
      for (int t = 0; t < taps; t++)
#pragma GCC unroll 8
        for (int a = 0; a < across; a++)
          sum[a] = v4_multiply_add(v4_load(x + (size_t)(t * step + a * stride) * channels), v4_load(w + (size_t)t * channels),
                                   sum[a]);
    }
  }
#pragma GCC unroll 8
  for (int a = 0; a < across; a++, out += apart)
    v4_store(out, (l->low > -INFINITY || l->high < INFINITY) ? v4_clamp(sum[a], low, high) : sum[a]);
}

/* Channels that do not fill a vector, one by one. */
static void run_rest(const depthwise_line *l, size_t j, size_t first, float *out) {
  const size_t from = j * (size_t)l->stride;
  for (size_t c = first; c < l->channels; c++) {
    float sum = l->bias ? l->bias[c] : 0;
    for (int r = 0; r < l->row_count; r++)
      for (int t = 0; t < l->taps; t++)
        sum += l->rows[r][(from + (size_t)(t * l->step)) * l->channels + c] * l->weights[r][(size_t)t * l->channels + c];
    sum = sum < l->low ? l->low : sum;
    out[j * l->apart + c] = sum > l->high ? l->high : sum;
  }
}

/* A tile of all channels for each number of positions. */
#define TILES(across)                                                                                   \
  case across:                                                                                          \
    for (size_t c = 0; c < whole; c += 4) tile(&l, from, c, to + c, taps, step, stride, across, fixed); \
    break;

/* Tiles are as wide as each other, or nearly so: 14 positions are twice 7. The line is a copy, which nothing that is written
 * changes, as the compiler then knows. */
static inline __attribute__((always_inline)) void run_tiles(depthwise_line l, size_t count, float *out, int taps, int step,
                                                            int stride, bool fixed) {
  const size_t whole = l.channels & ~(size_t)3;
  for (size_t j = 0; j < count;) {
    const size_t pieces = (count - j + ACROSS - 1) / ACROSS, across = (count - j + pieces - 1) / pieces;
    const size_t from = j * (size_t)stride * l.channels;
    float *to = out + j * l.apart;
    switch (across) { TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6) TILES(7) TILES(8) }
    j += across;
  }
}

typedef void (*line_fn)(const depthwise_line *l, size_t count, float *out);

/* Functions of their own, for engines find registers for each more easily than for all in one. */
#define RUN(name, taps, step, stride, fixed)                                                      \
  static __attribute__((noinline)) void name(const depthwise_line *l, size_t count, float *out) { \
    run_tiles(*l, count, out, taps, step, stride, fixed);                                         \
  }

RUN(run_1, 1, 1, 1, true)
RUN(run_2, 2, 1, 1, true)
RUN(run_3, 3, 1, 1, true)
RUN(run_5, 5, 1, 1, true)
RUN(run_7, 7, 1, 1, true)
RUN(run_3_by_2, 3, 1, 2, true)
RUN(run_5_by_2, 5, 1, 2, true)
RUN(run_any, l->taps, l->step, l->stride, false)

/* The numbers of taps as constants for the windows that networks have. */
static line_fn line_for(const depthwise_line *l) {
  static const line_fn at_1[] = {run_any, run_1, run_2, run_3, run_any, run_5, run_any, run_7};
  static const line_fn at_2[] = {run_any, run_any, run_any, run_3_by_2, run_any, run_5_by_2, run_any, run_any};
  if (l->step != 1 || l->stride > 2 || l->taps > MOST_TAPS) return run_any;
  return (l->stride == 1 ? at_1 : at_2)[l->taps];
}

void depthwise_line_run(const depthwise_line *l, size_t count, float *out) {
  line_for(l)(l, count, out);
  const size_t whole = l->channels & ~(size_t)3;
  for (size_t j = 0; j < count && whole < l->channels; j++) run_rest(l, j, whole, out);
}
