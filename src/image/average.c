/* A mean Fourier magnitude of one's own images, as an npy file that pl_run_create reads. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "image/color.h"
#include "image/crops.h"
#include "image/spectrum.h"

struct pl_average {
  int height, width, count;
  bool decorrelate;
  size_t pixels, bins; /* of one channel */
  spectrum *plan;
  float *image, *planes; /* height x width x 3; 3 x height x width */
  float *half;           /* a half spectrum */
  double *sum;           /* 3 x height x (width/2 + 1) */
};

static pl_status allocate(pl_average *a) {
  TRY(spectrum_create(a->height, a->width, &a->plan));
  a->image = memory_allocate(a->pixels, 3 * sizeof *a->image);
  a->planes = memory_allocate(a->pixels, 3 * sizeof *a->planes);
  a->half = memory_allocate(spectrum_size(a->plan), sizeof *a->half);
  a->sum = memory_allocate(a->bins, 3 * sizeof *a->sum);
  if (!a->image || !a->planes || !a->half || !a->sum) return status_no_memory("to average spectra of %dx%d", a->height, a->width);
  return PL_OK;
}

pl_status pl_average_create(int height, int width, bool decorrelate, pl_average **created) {
  *created = NULL;
  if (height < 2 || height > 4096 || width < 2 || width > 4096 || width % 2)
    return status_fail(PL_INVALID_ARGUMENT, "a magnitude of %dx%d: sides must be from 2 to 4096, and the width even", height,
                       width);
  pl_average *a = memory_allocate(1, sizeof *a);
  if (!a) return status_no_memory("to average spectra");
  *a = (pl_average){.height = height,
                    .width = width,
                    .decorrelate = decorrelate,
                    .pixels = (size_t)height * (size_t)width,
                    .bins = (size_t)height * (size_t)(width / 2 + 1)};
  const pl_status status = allocate(a);
  if (status) pl_average_free(a);
  else *created = a;
  return status;
}

void pl_average_free(pl_average *a) {
  if (!a) return;
  spectrum_free(a->plan);
  memory_free(a->image);
  memory_free(a->planes);
  memory_free(a->half);
  memory_free(a->sum);
  memory_free(a);
}

/* The largest box in the middle that has the average's aspect ratio: nothing is squeezed, which would tilt the spectrum. */
static pl_box middle(const pl_average *a, int height, int width) {
  const double wanted = (double)a->width / a->height, given = (double)width / height;
  const double h = given < wanted ? given / wanted : 1, w = given > wanted ? wanted / given : 1;
  return (pl_box){(float)((1 - h) / 2), (float)((1 - w) / 2), (float)h, (float)w};
}

static void split(pl_average *a) {
  for (size_t i = 0; i < a->pixels; i++)
    for (size_t c = 0; c < 3; c++) a->planes[c * a->pixels + i] = a->image[3 * i + c];
  if (a->decorrelate) color_decorrelate(a->planes, a->pixels);
}

pl_status pl_average_add(pl_average *a, const float *image, int height, int width) {
  TRY(crops_check_image(image, height, width));
  crops *resize;
  TRY(crops_create(height, width, a->height, a->width, PL_ANTIALIASED, &resize));
  crops_forward(resize, image, middle(a, height, width), a->image);
  crops_free(resize);
  split(a);
  for (size_t c = 0; c < 3; c++) {
    spectrum_forward(a->plan, a->planes + c * a->pixels, a->half);
    double *sum = a->sum + c * a->bins;
    for (int y = 0; y < a->height; y++) {
      for (int x = 0; x <= a->width / 2; x++) {
        const float *s = a->half + spectrum_at(a->plan, y, x);
        const double re = (double)s[0], im = (double)s[SPECTRUM_LANES];
        *sum++ += sqrt(re * re + im * im);
      }
    }
  }
  a->count++;
  return PL_OK;
}

/* NumPy's format, version 1: the header is padded to a multiple of 64 bytes. */
enum { HEADER = 128 };

static void write_header(const pl_average *a, uint8_t *bytes) {
  char text[HEADER];
  const int length = snprintf(text, sizeof text, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, %d, %d), }", a->height,
                              a->width / 2 + 1);
  memset(bytes, ' ', HEADER);
  memcpy(bytes, "\x93NUMPY\x01\x00\x76\x00", 10);
  memcpy(bytes + 10, text, (size_t)length);
  bytes[HEADER - 1] = '\n';
}

pl_status pl_average_finish(const pl_average *a, void *npy, size_t capacity, size_t *size) {
  *size = HEADER + 3 * a->bins * sizeof(float);
  if (!a->count) return status_fail(PL_INVALID_ARGUMENT, "no image was added to the average");
  if (capacity == 0) return PL_OK;
  if (capacity < *size)
    return status_fail(PL_INVALID_ARGUMENT, "a magnitude of %zu bytes does not fit into %zu", *size, capacity);
  write_header(a, npy);
  for (size_t i = 0; i < 3 * a->bins; i++) {
    const float value = (float)(a->sum[i] / a->count);
    memcpy((uint8_t *)npy + HEADER + i * sizeof value, &value, sizeof value);
  }
  return PL_OK;
}
