/* Scores, and their gradients at layers: the tree of an objective, evaluated on a network. */
#ifndef OBJECTIVE_H
#define OBJECTIVE_H

#include "network/model.h"

typedef struct objective objective;

/* Reads the JSON text (its grammar is in phaselens.h), which is not kept, and finds its layers.
 * Errors: PL_INVALID_ARGUMENT, PL_UNKNOWN_LAYER, PL_OUT_OF_MEMORY. The model must outlive it. */
pl_status objective_create(const pl_model *m, const char *json, objective **o);
void objective_free(objective *o);

/* The values of the graph that it looks at, all different: what exec_create takes. */
const int *objective_targets(const objective *o, int *count);

/* Sees to it that units, positions, vectors and masks fit the layers of `e` as it is shaped for a batch of images and then
 * photos, which exec_measure is enough for; says the bytes that evaluating will need. Errors: PL_UNKNOWN_LAYER (one
 * without units, or that mixes the images of a batch), PL_UNKNOWN_UNIT, PL_INVALID_ARGUMENT. */
pl_status objective_measure(objective *o, exec *e, int images, int photos, uint64_t *bytes);

/* The same, and allocates them. After every exec_reshape, before objective_evaluate. Also fails with PL_OUT_OF_MEMORY. */
pl_status objective_prepare(objective *o, exec *e, int images, int photos);

/* Reads the layers of `e` after exec_forward, writes the score, which is the mean over the images, and the gradient of
 * scale * score into the layers' gradients. The batch may hold images and photos several times over: of those number `turn`.
 * Allocates nothing. Error: PL_NOT_FINITE. */
pl_status objective_evaluate(objective *o, exec *e, int turn, float scale, float *score);

/* Whether the score's gradient at the image is finite, which finite scores do not promise; where it is not, exec_find_nan may tell
 * more. Error: PL_NOT_FINITE. */
pl_status objective_check_gradient(const float *dimage, size_t count);

#endif
