/* The images of 3x3 windows as tiles of side x side outputs, of which each needs (side + 2)^2 inputs: Winograd's F(side x side,
 * 3 x 3). Images have channels last, and so has every place of a tile. */
#ifndef OPS_WINOGRAD_TILES_H
#define OPS_WINOGRAD_TILES_H

#include "network/ops/kernels/winograd_lines.h"

typedef struct winograd_map {
  int side;
  int in[2], out[2],
      before[2];       /* height and width; the first output's window begins `before` before the input, or -before in it */
  size_t from, to;     /* channels */
  size_t down, across; /* tiles of an image */
} winograd_map;

static inline size_t winograd_places(int side) { return (size_t)(side + WINOGRAD_TAPS - 1) * (size_t)(side + WINOGRAD_TAPS - 1); }

/* Floats of the patch that winograd_tile_in takes. */
static inline size_t winograd_patch(const winograd_map *m) { return winograd_places(m->side) * m->from + 4; }

/* What a tile's inputs, of `in`, become at v, v + plane, and so on: `from` values each and perhaps three more. clamp: whose fused
 * clamp masks them, which are then b's dout; or NULL. */
void winograd_tile_in(const winograd_map *m, size_t tile, const float *in, const op *clamp, const buffers *b, float *patch,
                      float *v, size_t plane);

/* The outputs of the products at p, p + plane, and so on, which hold `to` values each and perhaps three more: with the bias (or
 * NULL), within low and high. */
void winograd_tile_out(const winograd_map *m, size_t tile, const float *p, size_t plane, const float *bias, float low, float high,
                       float *out);

/* What 3x3 taps of four channels become, at u, u + plane, and so on. taps: 9, `apart` floats from each other; flipped: from the last
 * one on. */
void winograd_weights(int side, const float *taps, size_t apart, bool flipped, float *u, size_t plane);

#endif
