/* The real Fourier transform, its inverse and that one's adjoint. The only user of KISS FFT. */
#ifndef SPECTRUM_H
#define SPECTRUM_H

#include "base/tensor.h"

/* Plan for images of height x width, any sizes >= 2, odd ones too. Holds its scratch; nothing else is allocated later. */
typedef struct spectrum spectrum;
pl_status spectrum_create(int height, int width, spectrum **plan);
void spectrum_free(spectrum *plan);

/* A half spectrum is height x (width/2 + 1) complex numbers in strips of four columns, 16-byte aligned: as they are transformed
 * together, each strip has for each row four real parts, then the four imaginary parts. What fills the last strip up counts nowhere. */
enum { SPECTRUM_LANES = 4 };

/* Floats of a half spectrum. */
size_t spectrum_size(const spectrum *plan);
/* Where the real part of number (y, x) lies in it; the imaginary part lies SPECTRUM_LANES further. */
size_t spectrum_at(const spectrum *plan, int y, int x);

/* irfft2: x = Re(F^-1 s), scaled by 1/(height width), as numpy.fft.irfft2(s, (height, width)) defines it.
 * s: a half spectrum. x: height x width. */
void spectrum_inverse(spectrum *plan, const float *s, float *x);

/* The adjoint of spectrum_inverse for the real inner product sum(re re' + im im'): interior columns count twice. */
void spectrum_adjoint(spectrum *plan, const float *x, float *s);

/* rfft2: s = F x, unscaled, as numpy.fft.rfft2 defines it; spectrum_inverse makes x of it again. */
void spectrum_forward(spectrum *plan, const float *x, float *s);

#endif
