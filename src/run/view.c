#include "run/view.h"

#include <math.h>
#include <string.h>

#include "image/warp.h"

/* The box of a crop of this step, in every image and photo. */
static pl_box box_of(const pl_run *r, int crop) {
  if (!r->boxes) return crops_sample(&r->config, r->index, crop);
  return r->boxes[((size_t)r->index * (size_t)r->config.crops + (size_t)crop) % (size_t)r->box_count];
}

void view_show(const pl_run *r, const float *image, int index, float *crop) {
  const pl_config *c = &r->config;
  if (c->transform == PL_BOXES) {
    crops_forward(r->crops, image, box_of(r, index), crop);
    return;
  }
  const warp w = warp_sample(c, r->index, index, r->crop_size);
  warp_forward(&w, image, c->height, c->width, (c->range.low + c->range.high) / 2, r->crop_size, crop);
}

void view_adjoint(pl_run *r, int image, int index) {
  const float *dcrop = pl_run_dcrop(r, index) + (size_t)image * run_crop_values(r);
  const pl_config *c = &r->config;
  if (c->transform == PL_BOXES) {
    crops_adjoint(r->crops, dcrop, box_of(r, index), r->dimage);
    return;
  }
  const warp w = warp_sample(c, r->index, index, r->crop_size);
  warp_adjoint(&w, dcrop, r->crop_size, c->height, c->width, r->dimage);
}

void view_crop(pl_run *r, int image, int index, float *crop) {
  const float *pixels = run_image(r, image);
  const int noise = image * r->config.crops + index; /* of every image its own */
  if (r->noisy) {
    memcpy(r->noisy, pixels, 3 * run_pixels(r) * sizeof *r->noisy);
    crops_noise(&r->config, r->index, noise, r->noisy, 3 * run_pixels(r));
  }
  view_show(r, r->noisy ? r->noisy : pixels, index, crop);
  if (!r->noisy) crops_noise(&r->config, r->index, noise, crop, run_crop_values(r));
}

pl_status pl_run_set_boxes(pl_run *r, const pl_box *boxes, int count) {
  if (count < 1) return status_fail(PL_INVALID_ARGUMENT, "%d boxes: at least one is needed", count);
  for (int i = 0; i < count; i++) {
    const pl_box b = boxes[i];
    const bool placed = fabsf(b.y) <= 100 && fabsf(b.x) <= 100; /* false for NaN */
    if (!placed || !(b.height > 0 && b.height <= 100 && b.width > 0 && b.width <= 100))
      return status_fail(PL_INVALID_ARGUMENT, "box %d is at y %g, x %g and of %gx%g, in fractions of the image", i, (double)b.y,
                         (double)b.x, (double)b.height, (double)b.width);
  }
  pl_box *copy = memory_allocate((size_t)count, sizeof *copy);
  if (!copy) return status_no_memory("for %d boxes", count);
  memcpy(copy, boxes, (size_t)count * sizeof *copy);
  memory_free(r->boxes);
  r->boxes = copy;
  r->box_count = count;
  return PL_OK;
}
