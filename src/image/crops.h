/* Random crops of the image, resized to the network's input. */
#ifndef CROPS_H
#define CROPS_H

#include "base/tensor.h"

/* The box of crop `crop` in step `step`. Depends on the configuration and these two numbers alone. */
pl_box crops_sample(const pl_config *config, int step, int crop);

/* Scratch for resizing images of height x width x 3 to crops of out_height x out_width x 3. */
typedef struct crops crops;
pl_status crops_create(int height, int width, int out_height, int out_width, pl_resample how, crops **c);
void crops_free(crops *c);

/* crop = resize(image[box]). What lies outside the image is 0. Linear. */
void crops_forward(crops *c, const float *image, pl_box b, float *crop);

/* dimage += the adjoint of crops_forward, applied to dcrop. */
void crops_adjoint(crops *c, const float *dcrop, pl_box b, float *dimage);

/* An image that comes from outside: its sides from 1 to 16384, its values finite. Error: PL_INVALID_ARGUMENT. */
pl_status crops_check_image(const float *image, int height, int width);

/* Adds the noise of crop `crop` in step `step`, to the crop's pixels or to a copy of the image's. */
void crops_noise(const pl_config *config, int step, int crop, float *pixels, size_t count);

#endif
