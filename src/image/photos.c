#include "image/photos.h"

#include "image/crops.h"

/* From RGB in [0, 1]; channels keep their order. */
static void to_network_units(const pl_preprocessing *p, float *pixels, size_t count) {
  for (int c = 0; c < 3; c++) {
    const int channel = p->bgr ? 2 - c : c; /* of the network */
    for (size_t i = 0; i < count; i++) pixels[3 * i + c] = (pixels[3 * i + c] - p->mean[channel]) / p->std[channel];
  }
}

static pl_status resize(const pl_photo *photo, int height, int width, float *pixels) {
  crops *c = NULL;
  TRY(crops_check_image(photo->pixels, photo->height, photo->width));
  TRY(crops_create(photo->height, photo->width, height, width, PL_ANTIALIASED, &c));
  crops_forward(c, photo->pixels, (pl_box){0, 0, 1, 1}, pixels);
  crops_free(c);
  return PL_OK;
}

pl_status photos_create(const pl_config *config, const pl_preprocessing *preprocessing, const pl_photo *photos, int count,
                        float **pixels) {
  *pixels = NULL;
  if (count < 0 || count > PL_MAX_PHOTOS)
    return status_fail(PL_INVALID_ARGUMENT, "there are %d photos, but there may be 0 to %d", count, PL_MAX_PHOTOS);
  if (!count) return PL_OK;
  const size_t size = (size_t)config->height * (size_t)config->width;
  *pixels = memory_allocate(size_product((size_t)count, size), 3 * sizeof **pixels);
  if (!*pixels) return status_no_memory("for %d photos", count);
  for (int i = 0; i < count; i++) TRY(resize(&photos[i], config->height, config->width, *pixels + 3 * (size_t)i * size));
  if (config->network_units) to_network_units(preprocessing, *pixels, (size_t)count * size);
  return PL_OK;
}
