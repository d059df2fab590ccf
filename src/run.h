/* What a visualization in progress holds: for maco.c, which steps it, and checkpoint.c, which keeps it. */
#ifndef RUN_H
#define RUN_H

#include "crops.h"
#include "frame.h"
#include "model.h"
#include "objective.h"
#include "optimizer.h"
#include "parametrization.h"
#include "penalties.h"

struct pl_run {
  pl_model *model;
  pl_config config;
  int crop_size, pass; /* pass: crops that go through the network together */
  int index;           /* steps done */
  float score, penalty;

  objective *objective;
  exec *exec;
  crops *crops;
  float *image, *dcrops, *scores;
  float *noisy; /* an image under a crop's noise; NULL where the noise is the crop's own */
  pl_box *boxes; /* given ones, or NULL */
  int box_count;

  /* The lead's alone; NULL in a helper, which only does crops. */
  parametrization *parametrization;
  optimizer *optimizer;
  penalties *penalties; /* NULL where there are none */
  frame *frame;
  float *dimage, *dvalues, *transparency;
};

static inline size_t run_pixels(const pl_run *r) { return (size_t)r->config.height * (size_t)r->config.width; }

/* As pl_run_create. A lead without a magnitude has one of zeros, to be filled in. */
pl_status run_create(pl_model *model, const pl_objective *terms, const pl_config *config, bool lead, const void *npy,
                     size_t npy_size, pl_run **run);

#endif
