/* From decorrelated colour (Lucid's matrix: Olah et al. 2017, rows scaled to norm 1 at most), or from RGB, to the image, and
 * back. */
#ifndef COLOR_H
#define COLOR_H

#include <stdbool.h>
#include <stddef.h>

/* Three planes of `count` values: x = x C per pixel as a row vector, in place; and its adjoint. */
void color_recorrelate(float *x, size_t count);
void color_recorrelate_adjoint(float *dx, size_t count);

/* The inverse of color_recorrelate. */
void color_decorrelate(float *x, size_t count);

/* What three planes go through to become an image: u = (x - mean) scale C, or without C where x is in RGB already, then
 * sigmoid(u) (high - low) + low. */
typedef struct color_map {
  float m[3][3], offset[3]; /* u = x m + offset */
  float low, width;
} color_map;
color_map color_map_create(bool rgb, float mean, float scale, float low, float high);

/* x: 3 planes of `count`. image: count x 3. */
void color_forward(const color_map *map, const float *x, size_t count, float *image);

/* dx from dimage; `image` is what color_forward made. dx: 3 planes of `count`. */
void color_backward(const color_map *map, const float *image, const float *dimage, size_t count, float *dx);

/* image[i] = clamp(x[i], 0, 1) (high - low) + low, for what is in RGB from 0 to 1 already and lies as the image does. */
void color_clamp(const float *x, size_t count, float low, float high, float *image);

/* dx from dimage: 0 where x was clamped. */
void color_clamp_backward(const float *x, const float *dimage, size_t count, float low, float high, float *dx);

/* x from which color_forward makes `image`, count x 3 values from 0 to 1, for the range [0, 1]; values nearer to its ends than
 * half a step of eight bits are taken to be that far. */
void color_inverse(const float *image, size_t count, bool rgb, float *x);

#endif
