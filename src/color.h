/* From decorrelated colour to the image that the network sees, and back. */
#ifndef COLOR_H
#define COLOR_H

#include <stddef.h>

/* image[i] = sigmoid(x[i] C) (high - low) + low per pixel as a row vector; C from Lucid (Olah et al. 2017), rows scaled to
 * norm 1 at most. x: 3 planes of `count`. image: count x 3. */
void color_forward(const float *x, size_t count, float low, float high, float *image);

/* dx from dimage; `image` is what color_forward made. dx: 3 planes of `count`. */
void color_backward(const float *image, const float *dimage, size_t count, float low, float high, float *dx);

#endif
