/* Reference photos of a run. */
#ifndef PHOTOS_H
#define PHOTOS_H

#include "base/tensor.h"

/* Photos at the size of a run's images, in the units that its network sees images in: count x height x width x 3, to be freed by
 * memory_free; NULL for none. Errors: PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status photos_create(const pl_config *config, const pl_preprocessing *preprocessing, const pl_photo *photos, int count,
                        float **pixels);

#endif
