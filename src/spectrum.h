/* The natural magnitude, and inverse real Fourier transforms with their adjoint. The only user of KISS FFT. */
#ifndef SPECTRUM_H
#define SPECTRUM_H

#include "tensor.h"

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

/* Resamples to an image of height x width by frequency in cycles per pixel, bilinear, rows wrapping around.
 * out: 3 x height x (width/2 + 1). The constant term is 0: a colour cast is not the magnitude's to choose. */
void magnitude_resample(const magnitude *m, int height, int width, float *out);

/* Plan for images of height x width, any sizes >= 2, odd ones too. Holds its scratch; nothing else is allocated later. */
typedef struct spectrum spectrum;
pl_status spectrum_create(int height, int width, spectrum **plan);
void spectrum_free(spectrum *plan);

/* irfft2: x = Re(F^-1 s), scaled by 1/(height width), as numpy.fft.irfft2(s, (height, width)) defines it.
 * s: height x (width/2 + 1) complex numbers (real, imaginary), destroyed. x: height x width. */
void spectrum_inverse(spectrum *plan, float *s, float *x);

/* The adjoint of spectrum_inverse for the real inner product sum(re re' + im im'): interior columns count twice.
 * x: height x width. s: height x (width/2 + 1) complex numbers. */
void spectrum_adjoint(spectrum *plan, const float *x, float *s);

#endif
