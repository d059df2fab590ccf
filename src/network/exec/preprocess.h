/* What a network is fed for an image in RGB, and its gradient back. */
#ifndef PREPROCESS_H
#define PREPROCESS_H

#include "base/status.h"

/* image: 3 values a pixel, RGB in [0, 1]; input: `channels` values a pixel, normalized. 1: the luminance of Rec. 601, as Pillow and
 * OpenCV make a grey image; 3: RGB, or BGR; 4: the same with an alpha of 1 before normalization. Of three channels the two may be
 * one array. */
void preprocess_forward(const pl_preprocessing *p, int channels, size_t pixels, const float *image, float *input);

/* From d score / d input to d score / d image. */
void preprocess_backward(const pl_preprocessing *p, int channels, size_t pixels, const float *dinput, float *dimage);

#endif
