/* What a visualization in progress can tell. */
#include "run/run.h"

float *pl_run_dcrop(pl_run *r, int crop) { return r->dcrops + (size_t)crop * (size_t)r->config.images * run_crop_values(r); }
int pl_run_index(const pl_run *r) { return r->index; }
void pl_run_seek(pl_run *r, int index) { r->index = index; }
float pl_run_score(const pl_run *r) { return r->score; }
bool pl_run_blocked(const pl_run *r) { return r->blocked; }
float pl_run_penalty(const pl_run *r) { return r->penalty; }
float *pl_run_image(pl_run *r) { return r->image; }
float *pl_run_crop_score(pl_run *r, int crop) { return r->scores + crop; }
int pl_run_pass(const pl_run *r) { return r->pass; }
int pl_run_crop_size(const pl_run *r) { return r->crop_size; }
const float *pl_run_transparency(const pl_run *r) { return r->transparency; }
float *pl_run_values(pl_run *r, int image, size_t *count) { return parametrization_values(r->parametrizations[image], count); }

size_t pl_run_memory(const pl_run *r) {
  return (r->exec ? exec_memory(r->exec) : 0) + (r->generator ? generator_memory(r->generator) : 0);
}

double pl_run_macs(const pl_run *r) {
  const int images = r->config.images;
  const double network = r->exec ? 2 * exec_macs(r->exec) / r->pass * r->config.crops : 0;
  return network + (r->generator ? (images > 1 ? 3 : 2) * generator_macs(r->generator) * images : 0);
}

void pl_run_frame(pl_run *r, int image, const pl_frame_options *options, uint8_t *rgba) {
  const float *shown = r->shows_mean ? r->mean + 3 * (size_t)image * run_pixels(r) : run_image(r, image);
  frame_render(r->frame, shown, r->transparency + (size_t)image * run_pixels(r), options, rgba);
}
