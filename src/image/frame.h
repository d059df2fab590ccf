/* The picture that people see. */
#ifndef FRAME_H
#define FRAME_H

#include "base/tensor.h"

/* Scratch for images of height x width. */
typedef struct frame frame;
pl_status frame_create(int height, int width, frame **f);
void frame_free(frame *f);

/* The range that the image was made for, which percentiles 0 and 1 keep; [0, 1] until set. low < high. */
void frame_set_range(frame *f, float low, float high);

/* RGBA8 from image (height x width x 3, its values taken as sRGB). They are stretched so that the options' percentiles of all
 * values, colours together, become 0 and 255 (to 1/4000 of the values' range), as a low-contrast sigmoid needs; percentiles 0 and
 * 1 keep the image's range unless its extremes are asked for, and so does an image of one colour. What lies outside is clamped.
 * Alpha from transparency (height x width), capped at the options' percentile, divided by the cap and blurred, where the options
 * ask for it and transparency is not NULL; opaque as long as transparency is all 0. */
void frame_render(frame *f, const float *image, const float *transparency, const pl_frame_options *options, uint8_t *rgba);

#endif
