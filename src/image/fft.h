/* Four complex Fourier transforms side by side, of lengths that 2, 3 and 5 divide alone: KISS FFT takes 1.4 to 1.65 times as long for them
 * in WebAssembly, where its recursion ends in calls for four numbers each. Stockham's method (Cochran et al. 1967): every pass writes
 * in the order that the next one reads. */
#ifndef FFT_H
#define FFT_H

#include "base/tensor.h"

typedef struct fft fft;

/* Whether there is a plan for this length, 2 or more. */
bool fft_takes(int length);

/* sign: -1 or 1, that of the exponent; neither scales. Error: NULL where memory is out. */
fft *fft_create(int length, int sign);
void fft_free(fft *plan);

/* `from`, `to` and the plan's length of scratch are lines: four real parts, then four imaginary parts. `from` is not changed. */
void fft_run(const fft *plan, const float *from, float *to, float *scratch);

#endif
