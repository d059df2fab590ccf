/* Random crops of the image, resized with antialiasing to the network's input. */
#ifndef CROPS_H
#define CROPS_H

#include "tensor.h"

/* A crop's rectangle in fractions of the image: its upper left corner and its size. */
typedef struct box {
  float y, x, height, width;
} box;

/* The box of crop `crop` in step `step`: square in pixels. Depends on the configuration and these two numbers alone. */
box crops_sample(const pl_config *config, int step, int crop);

/* Scratch for resizing images of height x width x 3 to crops of out_height x out_width x 3. */
typedef struct crops crops;
pl_status crops_create(int height, int width, int out_height, int out_width, crops **c);
void crops_free(crops *c);

/* crop = resize(image[box]): a triangle filter as wide as a crop's pixel or an image's, whichever is larger (the antialiased
 * bilinear resize of PyTorch and PIL, with fractional boxes). What lies outside the image is 0. */
void crops_forward(crops *c, const float *image, box b, float *crop);

/* dimage += the adjoint of crops_forward, applied to dcrop. */
void crops_adjoint(crops *c, const float *dcrop, box b, float *dimage);

/* Adds the noise of crop `crop` in step `step`. */
void crops_noise(const pl_config *config, int step, int crop, float *pixels, size_t count);

#endif
