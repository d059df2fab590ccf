/* Sliding windows of convolutions and pools. Index 0 is the vertical axis, 1 the horizontal one. */
#ifndef OPS_WINDOW_H
#define OPS_WINDOW_H

#include "network/ops/kernels/internal.h"

typedef enum window_pads { WINDOW_EXPLICIT, WINDOW_SAME_UPPER, WINDOW_SAME_LOWER } window_pads;

typedef struct window {
  int kernel[2], stride[2], dilation[2];
  int before[2], after[2]; /* padding of the input; set by window_fit unless pads are explicit */
  window_pads pads;
  bool ceil_mode; /* a last window that is only partly inside counts */
} window;

/* Reads the node's attributes. kernel: what kernel_shape is by default, and must be; NULL: it is required. */
pl_status window_read(const node *n, const int *kernel, window *w);

/* An attribute of two entries of at least `least`; both stay as they are where the node has none. */
pl_status window_pair(const node *n, const char *name, int64_t least, int *first, int *second);

/* Whether all positions that windows come near, in an input of `size` with the padding that is set, are ints, and so are their sums. */
bool window_fits_ints(const window *w, int axis, int64_t size);

/* Height and width of the output for an input of N x C x height x width, whose positions then are ints. */
pl_status window_fit(const node *n, window *w, const shape *in, int out[2]);

/* The part [*first, *last) of the window at output position `at` of `axis` that lies in the input of `size`, in taps. */
void window_taps(const window *w, int axis, int at, int size, int *first, int *last);

#endif
