/* What one step costs on one thread, and how near the network comes to what the SIMD units can do. Prints one JSON object.
 * Native: bench MODEL.onnx MAGNITUDE.npy. WebAssembly: the page or Node calls bench_report(model, size, magnitude, size). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xnnpack.h>

#include "image/crops.h"
#include "image/frame.h"
#include "image/optimizer.h"
#include "image/parametrization/parametrization.h"
#include "network/model.h"

#ifdef __wasm_relaxed_simd__
#include <wasm_simd128.h>
#endif

enum { ROUNDS = 7, CROPS = 4, CROP = 224 };

/* Seconds that a round lasts at least, and that all operators of a network may take: then rounds are shorter. */
static const double ROUND = 0.05, OPERATORS = 20;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef pl_status (*work_fn)(void *context);

/* Seconds of one call in the best round; every round lasts at least so many seconds. The volatile pointer keeps the work a call: an
 * engine swaps optimized code in when a function is entered, so a loop inlined here would stay slow. */
static double best_in_rounds(work_fn work_given, void *context, double least) {
  work_fn volatile work = work_given;
  double best = INFINITY;
  long calls = 1;
  for (int round = 0; round < ROUNDS;) {
    const double start = now();
    for (long i = 0; i < calls; i++)
      if (work(context)) return NAN;
    const double took = now() - start;
    if (took < least) {
      calls *= 2;
      continue;
    }
    if (took / (double)calls < best) best = took / (double)calls;
    round++;
  }
  return best;
}

static double best_seconds(work_fn work, void *context) { return best_in_rounds(work, context, ROUND); }

/* ---- the SIMD units: chains that do not wait for each other, operands in registers ---- */

typedef float vector __attribute__((vector_size(16)));
enum { CHAINS = 12, TURNS = 200000 };
static float sink;

static pl_status multiply_add_chains(void *context) {
  (void)context;
  vector sum[CHAINS];
  for (int c = 0; c < CHAINS; c++) sum[c] = (vector){(float)c, 1, 2, 3};
  const vector decay = {0.999f, 0.999f, 0.999f, 0.999f}, step = {0.5f, 0.5f, 0.5f, 0.5f};
  for (int turn = 0; turn < TURNS; turn++) {
#pragma GCC unroll 12
    for (int c = 0; c < CHAINS; c++) {
#ifdef __wasm_relaxed_simd__
      sum[c] = (vector)wasm_f32x4_relaxed_madd((v128_t)decay, (v128_t)step, (v128_t)sum[c]);
#else
      sum[c] = sum[c] * decay + step;
#endif
    }
  }
  for (int c = 1; c < CHAINS; c++) sum[0] += sum[c];
  sink += sum[0][0];
  return PL_OK;
}

/* ---- the network ---- */

static pl_status forward(void *context) { return exec_forward(context); }

static pl_status forward_backward(void *context) {
  TRY(exec_forward(context));
  const exec_target layer = exec_layer(context, 0);
  layer.gradient[0] = 1;
  return exec_backward(context);
}

typedef struct one_step {
  exec *exec;
  int index;
} one_step;

static pl_status step_forward(void *context) {
  return exec_step_forward(((one_step *)context)->exec, ((one_step *)context)->index);
}
static pl_status step_backward(void *context) {
  return exec_step_backward(((one_step *)context)->exec, ((one_step *)context)->index);
}

/* Forward and backward for `batch` crops; adds a JSON member to `out`. */
static pl_status report_network(pl_model *m, int batch, FILE *out) {
  exec *e;
  TRY(exec_create(m->graph, &m->graph->logits, 1, &m->preprocessing, true, &e));
  pl_status status = exec_reshape(e, batch, CROP, CROP, UINT64_MAX);
  if (!status) {
    const double one_way = best_seconds(forward, e), both = best_seconds(forward_backward, e), macs = exec_macs(e);
    fprintf(out,
            "\"batch%d\":{\"forward_ms\":%.2f,\"forward_backward_ms\":%.2f,\"ratio\":%.2f,\"forward_gmacs\":%.2f,"
            "\"forward_backward_gmacs\":%.2f,\"memory_mb\":%.1f},",
            batch, one_way * 1e3, both * 1e3, both / one_way, macs / one_way * 1e-9, 2 * macs / both * 1e-9,
            (double)exec_memory(e) * 1e-6);
  }
  exec_free(e);
  return status;
}

/* Each operator by itself, one crop. */
static pl_status report_operators(pl_model *m, FILE *out) {
  exec *e;
  TRY(exec_create(m->graph, &m->graph->logits, 1, &m->preprocessing, true, &e));
  pl_status status = exec_reshape(e, 1, CROP, CROP, UINT64_MAX);
  if (!status) status = forward_backward(e);
  const double share = OPERATORS / (2.0 * ROUNDS * (exec_step_count(e) + 1)), least = share < ROUND ? share : ROUND;
  fprintf(out, "\"operators\":[");
  for (int i = 0; i < exec_step_count(e) && !status; i++) {
    const op *o = exec_step_op(e, i);
    one_step s = {e, i};
    const double one_way = best_in_rounds(step_forward, &s, least), back = best_in_rounds(step_backward, &s, least);
    fprintf(out, "%s{\"name\":\"%s\",\"kind\":\"%s\",\"out\":\"%s\",\"mmacs\":%.2f,\"forward_ms\":%.3f,\"backward_ms\":%.3f}",
            i ? "," : "", o->node ? o->node->name : "", o->class->type, shape_text(&o->out[0].shape), o->macs * 1e-6,
            one_way * 1e3, back * 1e3);
  }
  fprintf(out, "],");
  exec_free(e);
  return status;
}

/* ---- loading ---- */

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
    const double start = now();                                                                                                  \
    const enum xnn_status status = __real_xnn_create_##kind(top, right, bottom, left, height, width, down, across, apart_y,      \
                                                            apart_x, groups, in, out, in_stride, out_stride, weights, bias, low, \
                                                            high, flags, code, cache, op);                                       \
    packing += now() - start;                                                                                                    \
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

/* Seconds of packing a model's weights for both directions, in the best of a few rounds. What one made is kept until all are over:
 * each packs into memory that is new, as it is for who loads a model. */
static pl_status report_packing(const void *onnx, size_t size, FILE *out) {
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

/* ---- the image half ---- */

/* Images of `side` pixels a side, whose step sees `crops` crops of `crop`. */
typedef struct picture_size {
  int side, crops, crop;
} picture_size;

static const picture_size picture_sizes[] = {{256, CROPS, CROP}, {320, 3, 128}, {320, 2, 96}, {512, 6, 224}};

typedef struct picture {
  pl_config config;
  parametrization *parametrization;
  crops *crops;
  optimizer *optimizer;
  frame *frame;
  float *image, *dimage, *transparency, *crop, *dphase;
  size_t crop_values;
  uint8_t *rgba;
} picture;

static pl_status make_image(void *context) {
  picture *p = context;
  parametrization_forward(p->parametrization, p->image);
  return PL_OK;
}

static pl_status make_crop(void *context) {
  picture *p = context;
  crops_forward(p->crops, p->image, crops_sample(&p->config, 0, 0), p->crop);
  return PL_OK;
}

static pl_status add_noise(void *context) {
  picture *p = context;
  crops_noise(&p->config, 0, 0, p->crop, p->crop_values);
  return PL_OK;
}

static pl_status add_crop(void *context) {
  picture *p = context;
  crops_adjoint(p->crops, p->crop, crops_sample(&p->config, 0, 0), p->dimage);
  return PL_OK;
}

static pl_status back_to_phase(void *context) {
  picture *p = context;
  parametrization_backward(p->parametrization, p->image, p->dimage, p->dphase);
  return PL_OK;
}

static pl_status optimize(void *context) {
  picture *p = context;
  optimizer_step(p->optimizer, 0, p->dphase, parametrization_values(p->parametrization, NULL));
  return PL_OK;
}

static pl_status render(void *context) {
  picture *p = context;
  const pl_frame_options options = pl_frame_options_default();
  frame_render(p->frame, p->image, p->transparency, &options, p->rgba);
  return PL_OK;
}

static pl_status create_picture(picture *p, picture_size size, const void *npy, size_t npy_size) {
  const size_t pixels = (size_t)size.side * (size_t)size.side;
  p->config = pl_config_default();
  p->config.height = p->config.width = size.side;
  p->crop_values = 3 * (size_t)size.crop * (size_t)size.crop;
  magnitude m;
  TRY(magnitude_read(npy, npy_size, &m));
  const pl_status status = parametrization_create(&p->config, &m, NULL, &p->parametrization);
  magnitude_free(&m);
  TRY(status);
  size_t phases;
  parametrization_values(p->parametrization, &phases);
  TRY(crops_create(size.side, size.side, size.crop, size.crop, PL_ANTIALIASED, &p->crops));
  TRY(optimizer_create(&p->config, phases, &p->optimizer));
  TRY(frame_create(size.side, size.side, &p->frame));
  p->image = memory_allocate(pixels, 3 * sizeof(float));
  p->dimage = memory_allocate(pixels, 3 * sizeof(float));
  p->transparency = memory_allocate(pixels, sizeof(float));
  p->crop = memory_allocate(p->crop_values, sizeof(float));
  p->dphase = memory_allocate(phases, sizeof(float));
  p->rgba = memory_allocate(pixels, 4);
  return p->image && p->dimage && p->transparency && p->crop && p->dphase && p->rgba ? PL_OK : PL_OUT_OF_MEMORY;
}

static void free_picture(picture *p) {
  parametrization_free(p->parametrization);
  crops_free(p->crops);
  optimizer_free(p->optimizer);
  frame_free(p->frame);
  memory_free(p->image);
  memory_free(p->dimage);
  memory_free(p->transparency);
  memory_free(p->crop);
  memory_free(p->dphase);
  memory_free(p->rgba);
}

static pl_status report_picture(picture_size size, const void *npy, size_t npy_size, FILE *out) {
  picture p = {0};
  const pl_status status = create_picture(&p, size, npy, npy_size);
  if (!status) {
    const struct {
      const char *name;
      work_fn work;
      int times;
    } parts[] = {{"image", make_image, 1},
                 {"crops", make_crop, size.crops},
                 {"noise", add_noise, size.crops},
                 {"crops_adjoint", add_crop, size.crops},
                 {"image_backward", back_to_phase, 1},
                 {"optimizer", optimize, 1},
                 {"frame", render, 1}};
    fprintf(out, "{\"image\":%d,\"crops\":%d,\"crop\":%d,\"ms\":{", size.side, size.crops, size.crop);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
      fprintf(out, "%s\"%s\":%.3f", i ? "," : "", parts[i].name, best_seconds(parts[i].work, &p) * parts[i].times * 1e3);
    fprintf(out, "}}");
  }
  free_picture(&p);
  return status;
}

static pl_status report_pictures(const void *npy, size_t npy_size, FILE *out) {
  fprintf(out, "\"pictures\":[");
  for (size_t i = 0; i < sizeof picture_sizes / sizeof *picture_sizes; i++) {
    if (i) fprintf(out, ",");
    TRY(report_picture(picture_sizes[i], npy, npy_size, out));
  }
  fprintf(out, "],");
  return PL_OK;
}

/* ---- the report ---- */

static pl_status report(const void *onnx, size_t onnx_size, const void *npy, size_t npy_size, FILE *out) {
  const pl_preprocessing p = {{0.5f, 0.5f, 0.5f, 0.5f}, {0.5f, 0.5f, 0.5f, 0.5f}, false};
  pl_model *m;
  fprintf(out, "{\"crops\":%d,\"crop\":%d,", CROPS, CROP);
  TRY(pl_model_load(onnx, onnx_size, &(pl_model_options){.preprocessing = &p}, &m));
  pl_status status = report_network(m, 1, out);
  if (!status) status = report_network(m, CROPS, out);
  if (!status) status = report_operators(m, out);
  pl_model_free(m);
  if (!status) status = report_pictures(npy, npy_size, out);
  fprintf(out, "\"peak_gmacs\":%.2f}", 4.0 * CHAINS * TURNS / best_seconds(multiply_add_chains, NULL) * 1e-9);
  return status;
}

/* The network alone, one crop: as bench_report. */
char *bench_network(const void *onnx, size_t size) {
  const pl_preprocessing p = {.std = {1, 1, 1}};
  char *text = NULL;
  size_t length;
  pl_model *m;
  if (pl_model_load(onnx, size, &(pl_model_options){.preprocessing = &p}, &m)) return NULL;
  FILE *out = open_memstream(&text, &length);
  fprintf(out, "{");
  pl_status status = report_network(m, 1, out);
  if (!status) status = report_operators(m, out);
  fprintf(out, "\"crop\":%d}", CROP);
  fclose(out);
  pl_model_free(m);
  return status ? NULL : text;
}

/* What loading is made of, as bench_report. */
char *bench_load(const void *onnx, size_t size) {
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  const pl_status status = report_packing(onnx, size, out);
  fclose(out);
  return status ? NULL : text;
}

/* The report as a string that is never freed, or NULL: pl_error_message() says why. */
char *bench_report(const void *onnx, size_t onnx_size, const void *npy, size_t npy_size) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  const pl_status status = report(onnx, onnx_size, npy, npy_size, out);
  fclose(out);
  return status ? NULL : text;
}

#ifndef __EMSCRIPTEN__
static void *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  void *bytes = malloc(*size + 1);
  if (bytes && fread(bytes, 1, *size, file) != *size) *size = 0;
  fclose(file);
  return bytes;
}

int main(int count, char **arguments) {
  size_t onnx_size, npy_size;
  void *onnx = count == 3 ? read_file(arguments[1], &onnx_size) : NULL,
       *npy = count == 3 ? read_file(arguments[2], &npy_size) : NULL;
  if (!onnx || !npy) {
    fprintf(stderr, "usage: bench MODEL.onnx MAGNITUDE.npy\n");
    return 2;
  }
  const char *text = bench_report(onnx, onnx_size, npy, npy_size);
  puts(text ? text : pl_error_message());
  return text ? 0 : 1;
}
#endif
