/* What the crops of a step see: which part of the images, and under which noise. */
#ifndef VIEW_H
#define VIEW_H

#include "run/run.h"

/* crop = the part of an image or a photo that crop `index` shows, at the network's size. */
void view_show(const pl_run *r, const float *image, int index, float *crop);

/* The same of one of the run's images, with this step's noise. */
void view_crop(pl_run *r, int image, int index, float *crop);

/* dimage += view_show's adjoint, applied to the gradient of an image's crop. */
void view_adjoint(pl_run *r, int image, int index);

#endif
