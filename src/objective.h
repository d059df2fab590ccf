/* Scores, and their gradients at layers. */
#ifndef OBJECTIVE_H
#define OBJECTIVE_H

#include "exec.h"

typedef struct objective objective;

/* The units that a layer of this shape has along this axis: 0 where none can be chosen. */
int objective_units(const shape *s, int axis);

/* Resolves names; `types` are those of all values of the graph for the model's own input size, `features` the axes of their units.
 * Errors: PL_UNKNOWN_LAYER, PL_UNKNOWN_UNIT, PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status objective_create(const graph *g, const tensor_type *types, const uint8_t *features, const pl_objective *terms,
                           objective **o);
void objective_free(objective *o);

/* The values of the graph that it looks at, all different: what exec_create takes. */
const int *objective_targets(const objective *o, int *count);

/* Whether the units are there for the input that `e` is shaped for: a layer may have fewer than for the model's own. Error:
 * PL_UNKNOWN_UNIT, PL_UNKNOWN_LAYER (one that mixes the images of a batch). */
pl_status objective_check(const objective *o, exec *e);

/* Reads the layers of `e` after exec_forward, writes the scores of the first `images` of the batch and the gradient of
 * scale * sum(scores) into the layers' gradients. Errors: PL_UNKNOWN_UNIT (a position outside the layer), PL_NOT_FINITE. */
pl_status objective_evaluate(const objective *o, exec *e, int images, float scale, float *scores);

#endif
