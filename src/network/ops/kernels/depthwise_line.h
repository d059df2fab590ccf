/* One line of a depthwise convolution: the sums over some rows, each with taps of its own, for positions that lie evenly apart. */
#ifndef OPS_DEPTHWISE_LINE_H
#define OPS_DEPTHWISE_LINE_H

#include "network/ops/kernels/internal.h"

/* The highest window that a line takes. */
enum { DEPTHWISE_MAX_HEIGHT = 32 };

typedef struct depthwise_line {
  const float *rows[DEPTHWISE_MAX_HEIGHT];    /* read: positions of `channels` floats, from the first tap of position 0 on */
  const float *weights[DEPTHWISE_MAX_HEIGHT]; /* of that row's taps: taps x channels */
  const float *bias;                          /* that sums begin with: channels; NULL: 0 */
  float low, high;                            /* bounds of the result; -INFINITY, INFINITY: none */
  int row_count, taps;
  int step;               /* read positions from one tap to the next */
  int stride;             /* and from one written position to the next */
  size_t channels, apart; /* floats from one written position to the next */
} depthwise_line;

/* Writes `count` positions: of position j and channel c, to out[j * apart + c], the bias and the sum over r and t of
 * rows[r][(j * stride + t * step) * channels + c] * weights[r][t * channels + c]. */
void depthwise_line_run(const depthwise_line *l, size_t count, float *out);

#endif
