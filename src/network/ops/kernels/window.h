/* Sliding windows of convolutions and pools. Index 0 is the vertical axis, 1 the horizontal one; windows over lines are one row
 * high. */
#ifndef OPS_WINDOW_H
#define OPS_WINDOW_H

#include "network/ops/kernels/internal.h"

typedef enum window_pads { WINDOW_EXPLICIT, WINDOW_SAME_UPPER, WINDOW_SAME_LOWER } window_pads;

typedef struct window {
  int axes; /* that the node's attributes speak of: 2, or 1 where it slides over lines */
  int kernel[2], stride[2], dilation[2];
  int before[2], after[2]; /* padding of the input; set by window_fit unless pads are explicit */
  window_pads pads;
  bool ceil_mode; /* a last window that is only partly inside counts */
  bool pools;     /* so does a first one that is larger than the input, by less than a stride */
} window;

/* Reads the attributes of a convolution over so many axes. kernel: what kernel_shape is by default, and must be. */
pl_status window_read(const node *n, int axes, const int kernel[2], window *w);

/* Those of a pool, which must say its kernel_shape. */
pl_status window_read_pool(const node *n, window *w);

/* An attribute of `count` entries, each `least` at least; values stay as they are where the node has none. */
pl_status window_list(const node *n, const char *name, int64_t least, int count, int *values);

/* One axis of any number. */
typedef struct window_line {
  int64_t size, before, after, reach, stride;
  bool ceil_mode, pools;
} window_line;

/* How many windows of this reach start in an input of `size` with this padding. In ceil_mode a last one that is only partly inside
 * counts; a pool's first one may be larger than the input, by less than a stride. Less than 1: none. */
int64_t window_count(const window_line *l);

/* Checks that the first input has as many dimensions of positions as the window slides over. */
pl_status window_check(const inference *i, const window *w);

/* Whether all positions that windows come near, in an input of `size` with the padding that is set, are ints, and so are their
 * sums. */
bool window_fits_ints(const window *w, int axis, int64_t size);

/* Height and width of the output for an input of N x C x height x width, whose positions then are ints. */
pl_status window_fit(const node *n, window *w, const shape *in, int out[2]);

/* The part [*first, *last) of the window at output position `at` of `axis` that lies in the input of `size`, in taps. */
void window_taps(const window *w, int axis, int at, int size, int *first, int *last);

#endif
