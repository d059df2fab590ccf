/* What one step costs on one thread, and how near the network comes to what the SIMD units can do. Prints JSON.
 * Native: bench network MODEL.onnx CROP BATCH ROUNDS [profile], or bench picture MAGNITUDE.npy ROUNDS.
 * WebAssembly: a worker calls bench_network, bench_picture and bench_load. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "image/crops.h"
#include "image/frame.h"
#include "image/optimizer.h"
#include "image/parametrization/parametrization.h"
#include "load.h"
#include "network.h"

enum { CROPS = 4, CROP = 224 };

/* Seconds that a round lasts at least. */
static const double ROUND = 0.05;
static int round_count = 7;

static double best_seconds(work_fn work, void *context) { return clock_best(work, context, (rounds){round_count, ROUND}); }

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
  fprintf(out, "{\"pictures\":[");
  for (size_t i = 0; i < sizeof picture_sizes / sizeof *picture_sizes; i++) {
    if (i) fprintf(out, ",");
    TRY(report_picture(picture_sizes[i], npy, npy_size, out));
  }
  fprintf(out, "]}");
  return PL_OK;
}

/* ---- the reports: strings that are never freed, or NULL, of which pl_error_message() says why ---- */

typedef struct text {
  FILE *file;
  char *bytes;
  size_t size;
} text;

static char *finish(text *t, pl_status status) {
  fclose(t->file);
  return status ? NULL : t->bytes;
}

char *bench_network(const void *onnx, size_t size, int crop, int batch, int rounds_given, int profile) {
  text t = {0};
  t.file = open_memstream(&t.bytes, &t.size);
  return finish(&t, network_report(onnx, size, crop, batch, profile, (rounds){rounds_given, ROUND}, t.file));
}

char *bench_picture(const void *npy, size_t size, int rounds_given) {
  text t = {0};
  t.file = open_memstream(&t.bytes, &t.size);
  round_count = rounds_given;
  return finish(&t, report_pictures(npy, size, t.file));
}

char *bench_load(const void *onnx, size_t size) {
  text t = {0};
  t.file = open_memstream(&t.bytes, &t.size);
  return finish(&t, load_report(onnx, size, t.file));
}

/* Multiply-adds a second that one thread's SIMD units do, in billions. */
double bench_peak(int rounds_given) {
  return clock_chains_macs() / clock_best(clock_chains, NULL, (rounds){rounds_given, ROUND}) * 1e-9;
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

static const char *report(int count, char **words, const void *bytes, size_t size) {
  if (count == 4 && !strcmp(words[1], "picture")) return bench_picture(bytes, size, atoi(words[3]));
  return bench_network(bytes, size, atoi(words[3]), atoi(words[4]), atoi(words[5]), count == 7);
}

int main(int count, char **words) {
  const bool known = (count == 4 && !strcmp(words[1], "picture")) || ((count == 6 || count == 7) && !strcmp(words[1], "network"));
  size_t size;
  void *bytes = known ? read_file(words[2], &size) : NULL;
  if (!bytes) {
    fprintf(stderr, "usage: bench network MODEL.onnx CROP BATCH ROUNDS [profile], or bench picture MAGNITUDE.npy ROUNDS\n");
    return 2;
  }
  const char *text = report(count, words, bytes, size);
  puts(text ? text : pl_error_message());
  return text ? 0 : 1;
}
#endif
