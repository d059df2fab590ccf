/* Lucid's transformations (Olah et al. 2017: pad, jitter, scale, rotate, jitter) as one affine map for each crop. */
#ifndef WARP_H
#define WARP_H

#include "base/tensor.h"

/* Where the crop's pixel (i, j) looks, in the image's pixels, the corner's centre at 0: y = y0 + yi i + yj j, x the same. */
typedef struct warp {
  double y0, yi, yj, x0, xi, xj;
} warp;

/* The warp of crop `crop` in step `step` to a side of `size`. Depends on the configuration and these numbers alone. */
warp warp_sample(const pl_config *config, int step, int crop, int size);

/* crop (size x size x 3) from image (height x width x 3): between the four nearest pixels. What lies outside is `grey`. */
void warp_forward(const warp *w, const float *image, int height, int width, float grey, int size, float *crop);

/* dimage += the adjoint of warp_forward's linear part, applied to dcrop. */
void warp_adjoint(const warp *w, const float *dcrop, int size, int height, int width, float *dimage);

#endif
