#include "network/ops/kernels/filters.h"

static int outputs(const filters *f) { return f->transposed ? f->map.in : f->map.out; }

pl_status filters_create(op *o, size_t bytes, bool transposed) {
  filters *f = o->state = memory_allocate(1, bytes);
  if (!f) return ops_out_of_memory(o);
  f->transposed = transposed;
  TRY(dense_read_map(o->node, o->constant[1], &f->map));
  if (o->scale && !(f->scale = ops_copy(o->scale, outputs(f)))) return ops_out_of_memory(o);
  if (o->shift && !(f->shift = ops_copy(o->shift, outputs(f)))) return ops_out_of_memory(o);
  return PL_OK;
}

void filters_free(op *o, const filter_kernels *k) {
  filters *f = o->state;
  if (!f) return;
  k->free(f);
  memory_free(f->scale);
  memory_free(f->shift);
  memory_free(f);
  o->state = NULL;
}

static void free_kernels(filters *f, const filter_kernels *k) {
  k->free(f);
  f->packed = false;
}

pl_status filters_pack(op *o, const filter_kernels *k) {
  filters *f = o->state;
  if (f->packed) return PL_OK;
  weights w;
  float *bias = dense_bias(o, outputs(f), f->scale, f->shift);
  pl_status status = weights_open(o, o->constant[1], f->map.groups, &w);
  weights_scale(&w, f->scale, f->transposed);
  if (!status) status = bias ? k->create(o, &w, bias) : ops_out_of_memory(o);
  weights_close(&w);
  memory_free(bias);
  if (status) free_kernels(f, k);
  f->packed = !status;
  return status;
}

void filters_fit(op *o, const filter_kernels *k, bool other_choice) {
  filters *f = o->state;
  if (!other_choice && !memcmp(&f->map.window, &f->shaped_for, sizeof f->shaped_for)) return;
  free_kernels(f, k);
  f->shaped_for = f->map.window;
}

uint64_t filters_held(const filters *f) { return size_product((uint64_t)outputs(f), 2 * sizeof(float)); }
