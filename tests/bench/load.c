#include "load.h"

#include <math.h>
#include <xnnpack.h>

#include "clock.h"
#include "network/model.h"

/* Seconds within XNNPACK's functions that pack weights, to which the linker leads all calls (--wrap). */
static double packing;

#define CREATE(kind)                                                                                                             \
  typedef __typeof__(xnn_create_##kind) create_##kind;                                                                           \
  create_##kind __real_xnn_create_##kind, __wrap_xnn_create_##kind;                                                              \
  enum xnn_status __wrap_xnn_create_##kind(uint32_t top, uint32_t right, uint32_t bottom, uint32_t left, uint32_t height,        \
                                           uint32_t width, uint32_t down, uint32_t across, uint32_t apart_y, uint32_t apart_x,   \
                                           uint32_t groups, size_t in, size_t out, size_t in_stride, size_t out_stride,          \
                                           const float *weights, const float *bias, float low, float high, uint32_t flags,       \
                                           xnn_code_cache_t code, xnn_weights_cache_t cache, xnn_operator_t *op) {               \
    const double start = clock_now();                                                                                            \
    const enum xnn_status status = __real_xnn_create_##kind(top, right, bottom, left, height, width, down, across, apart_y,      \
                                                            apart_x, groups, in, out, in_stride, out_stride, weights, bias, low, \
                                                            high, flags, code, cache, op);                                       \
    packing += clock_now() - start;                                                                                              \
    return status;                                                                                                               \
  }
CREATE(convolution2d_nhwc_f32)
CREATE(deconvolution2d_nhwc_f32)

/* Readies the network, to whose seconds of packing `best` is taken down. */
static pl_status ready(pl_model *m, exec **e, double *best) {
  const pl_preprocessing p = {.std = {1, 1, 1}};
  packing = 0;
  TRY(exec_create(m->graph, &m->graph->logits, 1, &p, true, e));
  TRY(exec_reshape(*e, 1, m->graph->height, m->graph->width, UINT64_MAX));
  if (packing < *best) *best = packing;
  return PL_OK;
}

/* What one round made is kept until all are over: each packs into memory that is new, as it is for who loads a model. */
pl_status load_report(const void *onnx, size_t size, FILE *out) {
  enum { ROUNDS = 3 };
  const pl_preprocessing p = {.std = {1, 1, 1}};
  pl_model *m;
  exec *made[ROUNDS] = {NULL};
  double best = INFINITY;
  TRY(pl_model_load(onnx, size, &(pl_model_options){.preprocessing = &p}, &m));
  pl_status status = PL_OK;
  for (int round = 0; round < ROUNDS && !status; round++) status = ready(m, &made[round], &best);
  if (!status) fprintf(out, "{\"packing_ms\":%.1f,\"arena_mb\":%.1f}", best * 1e3, (double)exec_memory(made[0]) * 1e-6);
  for (int round = 0; round < ROUNDS; round++) exec_free(made[round]);
  pl_model_free(m);
  return status;
}
