/* A fixed image through the network: activations and gradients. With the other files of run/, the only place where the two halves
 * meet. */
#include <string.h>

#include "image/crops.h"
#include "network/model.h"
#include "network/objective/objective.h"

static const pl_box WHOLE = {0, 0, 1, 1};

/* The image, resized, forward through the network. */
static pl_status forward(exec *e, crops *c, const float *image) {
  crops_forward(c, image, WHOLE, exec_input(e));
  return exec_forward(e);
}

/* Of a gradient that is not finite: whether the values were not, before it. */
static pl_status explain_gradient(exec *e, crops *c, const float *image, pl_status status) {
  crops_forward(c, image, WHOLE, exec_input(e));
  TRY(exec_find_nan(e));
  return status;
}

pl_status pl_activations(pl_model *m, const float *image, int height, int width, const char *layer, float *values,
                         size_t capacity) {
  TRY(crops_check_image(image, height, width));
  int target;
  TRY(graph_find_layer(m->graph, layer, &target));
  exec *e = NULL;
  crops *c = NULL;
  TRY(model_take_exec(m, &target, 1, false, &e));
  pl_status status = crops_create(height, width, m->graph->height, m->graph->width, PL_ANTIALIASED, &c);
  if (!status) status = exec_reshape(e, 1, m->graph->height, m->graph->width, UINT64_MAX);
  if (!status) status = forward(e, c, image);
  if (!status) {
    const exec_target found = exec_layer(e, 0);
    if (shape_count(&found.type.shape) > capacity)
      status = status_fail(PL_INVALID_ARGUMENT, "layer '%s' of shape %s does not fit into %zu values", layer,
                           shape_text(&found.type.shape), capacity);
    else ops_copy_layout(&found.type, found.data, LAYOUT_PLAIN, values);
  }
  crops_free(c);
  model_return_exec(m, e, &target, 1, false);
  return status;
}

pl_status pl_gradient(pl_model *m, const float *image, int height, int width, const char *json, float *score, float *dimage) {
  TRY(crops_check_image(image, height, width));
  objective *o = NULL;
  exec *e = NULL;
  crops *c = NULL;
  TRY(objective_create(m, json, &o));
  int count;
  const int *targets = objective_targets(o, &count);
  pl_status status = model_take_exec(m, targets, count, true, &e);
  if (!status) status = crops_create(height, width, m->graph->height, m->graph->width, PL_ANTIALIASED, &c);
  if (!status) status = exec_reshape(e, 1, m->graph->height, m->graph->width, UINT64_MAX);
  if (!status) status = objective_prepare(o, e, 1, 0);
  if (!status) status = forward(e, c, image);
  if (!status) status = objective_evaluate(o, e, 0, 1, score);
  if (!status) status = exec_backward(e);
  if (!status) {
    memset(dimage, 0, 3 * (size_t)height * (size_t)width * sizeof *dimage);
    crops_adjoint(c, exec_dinput(e), WHOLE, dimage);
    status = objective_check_gradient(dimage, 3 * (size_t)height * (size_t)width);
    if (status) status = explain_gradient(e, c, image, status);
  }
  crops_free(c);
  if (e) model_return_exec(m, e, targets, count, true);
  objective_free(o);
  return status;
}
