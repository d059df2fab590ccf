/* Numbers -> image. A parametrization makes three planes of decorrelated colour out of its values, and what follows is the same for
 * all: standardizing, recorrelating, the sigmoid and the range. Or it makes an image in RGB itself, which is taken to the range. */
#ifndef PARAMETRIZATION_H
#define PARAMETRIZATION_H

#include "image/magnitude.h"

/* What makes images of latents, whatever it is: this half knows no network. */
typedef struct latent_map {
  void *network;
  size_t count;                                                            /* numbers of a latent */
  float low, high;                                                         /* of the output: black and white */
  pl_status (*forward)(void *network, const float *latent, float *output); /* height x width x 3 */
  pl_status (*backward)(void *network, const float *latent, const float *doutput, float *dlatent); /* of any latent */
} latent_map;

/* One way to make planes, or an image, of height x width out of values. Linear or not, `backward` is its vector-Jacobian
 * product. */
typedef struct parametrization_class {
  bool makes_rgb; /* x is height x width x 3, RGB from 0 to 1, and what lies outside is clamped; else 3 x height x width */
  /* Errors: PL_OUT_OF_MEMORY, PL_INVALID_ARGUMENT. Without a magnitude it is 0, or not needed; so is a map. */
  pl_status (*create)(const pl_config *config, const magnitude *m, const latent_map *map, void **state);
  void (*free)(void *state);
  /* How many values there are. latent: how many numbers of a latent. */
  uint64_t (*count)(const pl_config *config, uint64_t latent);
  void (*draw)(const void *state, const pl_config *config, float *values); /* the initial ones */
  /* The values that make x; standardizes nothing from then on. NULL where they cannot be told. */
  void (*start)(void *state, const float *x, float *values);
  /* Takes over what a coarser one of this class has come to, frequency by frequency, exactly: `values` hold initial ones and keep
   * them where `coarse` has none. NULL where values are not frequencies. */
  void (*refine)(void *state, float *values, const void *coarse, const float *coarse_values);
  /* As many numbers as values, that are not optimized, but decide the image. NULL where there are none. */
  float *(*fixed)(void *state);
  pl_status (*forward)(void *state, const float *values, float *x);
  /* After the forward of these values. */
  pl_status (*backward)(void *state, const float *values, const float *dx, float *dvalues);
} parametrization_class;

extern const parametrization_class parametrization_maco, parametrization_fourier, parametrization_pixel,
    parametrization_generator;

typedef struct parametrization parametrization;

/* Draws the initial values from the configuration's seed. Errors: PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status parametrization_create(const pl_config *config, const magnitude *m, const latent_map *map, parametrization **p);
void parametrization_free(parametrization *p);

/* The optimized values. */
float *parametrization_values(parametrization *p, size_t *count);

/* As many numbers that are not optimized, but decide the image; NULL where there are none. */
float *parametrization_fixed(parametrization *p);

/* How many values one of this configuration has, and whether it has fixed numbers. latent: how many numbers of a latent. */
uint64_t parametrization_count(const pl_config *config, uint64_t latent);
bool parametrization_has_fixed(const pl_config *config);

/* Of one channel: the bins of an image's half spectrum. */
static inline uint64_t parametrization_bins(const pl_config *c) { return (uint64_t)c->height * (uint64_t)(c->width / 2 + 1); }

/* The values that make this image, height x width x 3, RGB in [0, 1], taken to the range; from then on nothing is standardized, as
 * that would make another image. Not of PL_GENERATOR. */
void parametrization_start(parametrization *p, const float *image);

/* Goes on with the picture of `coarse`, of the same kind, which is smaller or as large, with the same aspect ratio. `image` is that
 * picture at this one's size, RGB in [0, 1]: kinds that do not know frequencies start from it. Answers whether the image is standardized from then on. Not of PL_GENERATOR. */
bool parametrization_refine(parametrization *p, const parametrization *coarse, const float *image);

/* image: height x width x 3. Keeps what parametrization_backward needs. Error, here and there: PL_NOT_FINITE. */
pl_status parametrization_forward(parametrization *p, float *image);

/* dvalues from dimage; `image` is what the last parametrization_forward made. */
pl_status parametrization_backward(parametrization *p, const float *image, const float *dimage, float *dvalues);

#endif
