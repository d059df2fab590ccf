/* The natural magnitude: read from its file, continued, resampled to an image's size. */
#ifndef MAGNITUDE_H
#define MAGNITUDE_H

#include "base/tensor.h"

/* Mean Fourier magnitude of natural images in decorrelated colour: 3 x height x (width/2 + 1), rows in fftfreq order. */
typedef struct magnitude {
  int height, width;
  float *data;
} magnitude;

/* Reads an npy file (version 1 to 3, '<f4', C order, 3 x H x (W/2+1), finite, >= 0). Errors: PL_INVALID_MAGNITUDE. */
pl_status magnitude_read(const void *npy, size_t size, magnitude *m);
void magnitude_free(magnitude *m);

/* Continues each channel by its own power law: a line through log magnitude over log radius, fitted on radii 4 to 48 of 512,
 * used above 48 where it is larger. The file's images were enlarged to 512 pixels, so it falls faster than nature there. */
void magnitude_continue(magnitude *m);

/* Resamples to an image of height x width. By frequency in cycles per pixel it is bilinear, rows wrapping around, and the constant
 * term counts for nothing but itself; else the half spectrum is resized as if it were a picture.
 * out: 3 x height x (width/2 + 1). The constant term is 0 unless kept: a colour cast is not the magnitude's to choose.
 * Error: PL_OUT_OF_MEMORY. */
pl_status magnitude_resample(const magnitude *m, int height, int width, pl_magnitude_resize how, bool keep_constant, float *out);

#endif
