#include "network/exec/preprocess.h"

static const float luminance[3] = {0.299f, 0.587f, 0.114f};

void preprocess_forward(const pl_preprocessing *p, int channels, size_t pixels, const float *image, float *input) {
  float scale[PL_MAX_CHANNELS] = {0}, shift[PL_MAX_CHANNELS] = {0};
  for (int c = 0; c < channels; c++) {
    scale[c] = 1 / p->std[c];
    shift[c] = -p->mean[c] / p->std[c];
  }
  for (size_t i = 0; i < pixels; i++, image += 3, input += channels) {
    if (channels == 1) {
      const float grey = luminance[0] * image[0] + luminance[1] * image[1] + luminance[2] * image[2];
      input[0] = grey * scale[0] + shift[0];
      continue;
    }
    const float first = image[p->bgr ? 2 : 0], last = image[p->bgr ? 0 : 2];
    input[0] = first * scale[0] + shift[0];
    input[1] = image[1] * scale[1] + shift[1];
    input[2] = last * scale[2] + shift[2];
    if (channels == 4) input[3] = scale[3] + shift[3];
  }
}

void preprocess_backward(const pl_preprocessing *p, int channels, size_t pixels, const float *dinput, float *dimage) {
  float scale[PL_MAX_CHANNELS] = {0};
  for (int c = 0; c < channels; c++) scale[c] = 1 / p->std[c];
  for (size_t i = 0; i < pixels; i++, dimage += 3, dinput += channels) {
    if (channels == 1) {
      const float d = dinput[0] * scale[0];
      for (int c = 0; c < 3; c++) dimage[c] = luminance[c] * d;
      continue;
    }
    const float first = dinput[0] * scale[0], last = dinput[2] * scale[2];
    dimage[1] = dinput[1] * scale[1];
    dimage[0] = p->bgr ? last : first;
    dimage[2] = p->bgr ? first : last;
  }
}
