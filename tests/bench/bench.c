/* What one step costs on one thread, and how near the network comes to what the SIMD units can do. Prints one JSON object.
 * Native: bench MODEL.onnx MAGNITUDE.npy. WebAssembly: the page or Node calls bench_report(model, size, magnitude, size). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crops.h"
#include "frame.h"
#include "model.h"
#include "optimizer.h"
#include "parametrization.h"

#ifdef __wasm_relaxed_simd__
#include <wasm_simd128.h>
#endif

enum { ROUNDS = 7, CROPS = 4, CROP = 224, IMAGE = 256, MAX_KINDS = 32 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef pl_status (*work_fn)(void *context);

/* Seconds of one call in the best round; every round lasts at least 0.05 s. The volatile pointer keeps the work a call: an
 * engine swaps optimized code in when a function is entered, so a loop inlined here would stay slow. */
static double best_seconds(work_fn work_given, void *context) {
  work_fn volatile work = work_given;
  double best = INFINITY;
  long calls = 1;
  for (int round = 0; round < ROUNDS;) {
    const double start = now();
    for (long i = 0; i < calls; i++)
      if (work(context)) return NAN;
    const double took = now() - start;
    if (took < 0.05) {
      calls *= 2;
      continue;
    }
    if (took / (double)calls < best) best = took / (double)calls;
    round++;
  }
  return best;
}

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

static pl_status step_forward(void *context) { return exec_step_forward(((one_step *)context)->exec, ((one_step *)context)->index); }
static pl_status step_backward(void *context) { return exec_step_backward(((one_step *)context)->exec, ((one_step *)context)->index); }

/* Forward and backward for `batch` crops; adds a JSON member to `out`. */
static pl_status report_network(pl_model *m, int batch, FILE *out) {
  exec *e;
  TRY(exec_create(m->graph, &m->graph->logits, 1, &m->preprocessing, true, &e));
  pl_status status = exec_reshape(e, batch, CROP, CROP);
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
  pl_status status = exec_reshape(e, 1, CROP, CROP);
  if (!status) status = forward_backward(e);
  fprintf(out, "\"operators\":[");
  for (int i = 0; i < exec_step_count(e) && !status; i++) {
    const op *o = exec_step_op(e, i);
    one_step s = {e, i};
    const double one_way = best_seconds(step_forward, &s), back = best_seconds(step_backward, &s);
    fprintf(out, "%s{\"name\":\"%s\",\"kind\":\"%s\",\"out\":\"%s\",\"mmacs\":%.2f,\"forward_ms\":%.3f,\"backward_ms\":%.3f}",
            i ? "," : "", o->node ? o->node->name : "", o->class->type, shape_text(&o->out[0].shape), o->macs * 1e-6,
            one_way * 1e3, back * 1e3);
  }
  fprintf(out, "],");
  exec_free(e);
  return status;
}

/* ---- the image half ---- */

typedef struct picture {
  pl_config config;
  parametrization *parametrization;
  crops *crops;
  optimizer *optimizer;
  frame *frame;
  float *image, *dimage, *transparency, *crop, *dphase;
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
  crops_noise(&p->config, 0, 0, p->crop, 3 * CROP * CROP);
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

static pl_status create_picture(picture *p, const void *npy, size_t npy_size) {
  p->config = pl_config_default();
  p->config.height = p->config.width = IMAGE;
  magnitude m;
  TRY(magnitude_read(npy, npy_size, &m));
  const pl_status status = parametrization_create(&p->config, &m, &p->parametrization);
  magnitude_free(&m);
  TRY(status);
  size_t phases;
  parametrization_values(p->parametrization, &phases);
  TRY(crops_create(IMAGE, IMAGE, CROP, CROP, PL_ANTIALIASED, &p->crops));
  TRY(optimizer_create(&p->config, phases, &p->optimizer));
  TRY(frame_create(IMAGE, IMAGE, &p->frame));
  p->image = memory_allocate(3 * IMAGE * IMAGE * sizeof(float));
  p->dimage = memory_allocate(3 * IMAGE * IMAGE * sizeof(float));
  p->transparency = memory_allocate(IMAGE * IMAGE * sizeof(float));
  p->crop = memory_allocate(3 * CROP * CROP * sizeof(float));
  p->dphase = memory_allocate(phases * sizeof(float));
  p->rgba = memory_allocate(4 * IMAGE * IMAGE);
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

static pl_status report_picture(const void *npy, size_t npy_size, FILE *out) {
  picture p = {0};
  const pl_status status = create_picture(&p, npy, npy_size);
  if (!status) {
    static const struct { const char *name; work_fn work; int times; } parts[] = {
        {"image", make_image, 1}, {"crops", make_crop, CROPS}, {"noise", add_noise, CROPS}, {"crops_adjoint", add_crop, CROPS},
        {"image_backward", back_to_phase, 1}, {"optimizer", optimize, 1}, {"frame", render, 1}};
    fprintf(out, "\"picture_ms\":{");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
      fprintf(out, "%s\"%s\":%.2f", i ? "," : "", parts[i].name, best_seconds(parts[i].work, &p) * parts[i].times * 1e3);
    fprintf(out, "},");
  }
  free_picture(&p);
  return status;
}

/* ---- the report ---- */

static pl_status report(const void *onnx, size_t onnx_size, const void *npy, size_t npy_size, FILE *out) {
  const pl_preprocessing p = {{0.5f, 0.5f, 0.5f, 0.5f}, {0.5f, 0.5f, 0.5f, 0.5f}, false};
  pl_model *m;
  fprintf(out, "{\"image\":%d,\"crops\":%d,\"crop\":%d,", IMAGE, CROPS, CROP);
  TRY(pl_model_load(onnx, onnx_size, &p, &m));
  pl_status status = report_network(m, 1, out);
  if (!status) status = report_network(m, CROPS, out);
  if (!status) status = report_operators(m, out);
  pl_model_free(m);
  if (!status) status = report_picture(npy, npy_size, out);
  fprintf(out, "\"peak_gmacs\":%.2f}", 4.0 * CHAINS * TURNS / best_seconds(multiply_add_chains, NULL) * 1e-9);
  return status;
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
  void *onnx = count == 3 ? read_file(arguments[1], &onnx_size) : NULL, *npy = count == 3 ? read_file(arguments[2], &npy_size) : NULL;
  if (!onnx || !npy) {
    fprintf(stderr, "usage: bench MODEL.onnx MAGNITUDE.npy\n");
    return 2;
  }
  const char *text = bench_report(onnx, onnx_size, npy, npy_size);
  puts(text ? text : pl_error_message());
  return text ? 0 : 1;
}
#endif
