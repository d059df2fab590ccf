/* What a visualization in progress holds: run_create.c makes it, run.c steps it, checkpoint.c keeps it. */
#ifndef RUN_H
#define RUN_H

#include "image/crops.h"
#include "image/frame.h"
#include "image/optimizer.h"
#include "image/parametrization/parametrization.h"
#include "image/penalties.h"
#include "network/generator.h"
#include "network/model.h"
#include "network/objective/objective.h"

struct pl_run {
  pl_model *model;
  pl_config config;
  int crop_size, photo_count;
  int pass;  /* crops that go through the network at once */
  int index; /* steps done */
  float score, penalty;
  bool blocked; /* no gradient came to any image in the last step */

  objective *objective;
  exec *exec;
  crops *crops;
  float *image, *dcrops, *scores; /* image: all images, one after another; so in dcrops for every crop */
  float *photos;                  /* the same for all photos */
  float *noisy;                   /* an image under a crop's noise; NULL where the noise is the crop's own */
  pl_box *boxes;                  /* given ones, or NULL */
  int box_count;

  /* The lead's alone; NULL in a helper, which only does crops. */
  parametrization *parametrizations[PL_MAX_IMAGES];
  optimizer *optimizers[PL_MAX_IMAGES];
  pl_generator *generator; /* the caller's; NULL where there is none, and once finished */
  penalties *penalties;    /* NULL where there are none */
  frame *frame;
  float *dimage, *dvalues, *transparency; /* dimage, dvalues: of one image */
  float *mean;                            /* of the last images, as config.frame_mean says; NULL where it never counts */
  int averaged;                           /* steps whose images are in it */
  bool shows_mean;                        /* frames do, of the latest image */
};

/* Of one image. */
static inline size_t run_pixels(const pl_run *r) { return (size_t)r->config.height * (size_t)r->config.width; }

/* Of one crop of one image. */
static inline size_t run_crop_values(const pl_run *r) { return 3 * (size_t)r->crop_size * (size_t)r->crop_size; }

/* Of one crop, images and photos. */
static inline int run_batch(const pl_run *r) { return r->config.images + r->photo_count; }

static inline float *run_image(const pl_run *r, int image) { return r->image + 3 * (size_t)image * run_pixels(r); }

/* The newest image's share of the mean at a step; 1 is the image itself. */
float run_newest_share(const pl_config *c, int index);

/* Whether the mean counts at a step. Once it does not, it never does again: rates only fall. */
static inline bool run_averages(const pl_config *c, int index) { return run_newest_share(c, index) < 1; }

static inline bool run_is_lead(const pl_run *r) { return r->parametrizations[0] != NULL; }

/* What a lead has that helpers need not. Without a magnitude, that of its images is 0, to be filled in. */
typedef struct run_lead {
  const void *npy; /* the magnitude's file, or NULL */
  size_t npy_size;
  pl_generator *generator; /* of PL_GENERATOR, else NULL */
} run_lead;

/* As pl_run_create; lead is NULL for a helper's run. */
pl_status run_create(pl_model *model, const char *json, const pl_config *config, const pl_photo *photos, int photo_count,
                     const run_lead *lead, pl_run **run);

#endif
