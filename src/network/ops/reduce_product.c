/* ReduceProd. The gradient at a value is the product of the others, which is found from the product of all that are not 0. */
#include "network/ops/reduce.h"

static void fill(float *x, size_t count, float value) {
  for (size_t k = 0; k < count; k++) x[k] = value;
}

static pl_status product_reshape(op *o) {
  TRY(reduce_reshape(o));
  o->workspace = size_product(ops_out_count(o), 2 * sizeof(float));
  return PL_OK;
}

static pl_status product_forward(op *o, const buffers *b) {
  const walk *w = o->state;
  const size_t inner = walk_inner(w), stride = walk_inner_stride(w, 0);
  const float *x = b->in[0];
  float *y = b->out[0];
  fill(y, ops_out_count(o), 1);
  cursor c = {{0}, {0}};
  do {
    for (size_t k = 0; k < inner; k++) y[c.at[0] + k * stride] *= x[k];
    x += inner;
  } while (walk_next(w, &c));
  return PL_OK;
}

/* Of each output's values: the product of those that are not 0, and how many are. */
static void find_factors(const op *o, const float *x, float *products, float *zeros) {
  const walk *w = o->state;
  const size_t inner = walk_inner(w), stride = walk_inner_stride(w, 0);
  fill(products, ops_out_count(o), 1);
  fill(zeros, ops_out_count(o), 0);
  cursor c = {{0}, {0}};
  do {
    for (size_t k = 0; k < inner; k++) {
      const size_t at = c.at[0] + k * stride;
      products[at] *= x[k] == 0 ? 1 : x[k];
      zeros[at] += x[k] == 0 ? 1 : 0;
    }
    x += inner;
  } while (walk_next(w, &c));
}

static pl_status product_backward(op *o, const buffers *b) {
  const walk *w = o->state;
  const size_t inner = walk_inner(w), stride = walk_inner_stride(w, 0);
  const float *x = b->in[0], *dy = b->dout[0];
  float *dx = b->din[0], *products = b->workspace, *zeros = products + ops_out_count(o);
  if (!dx) return PL_OK;
  find_factors(o, x, products, zeros);
  cursor c = {{0}, {0}};
  do {
    for (size_t k = 0; k < inner; k++) {
      const size_t at = c.at[0] + k * stride;
      const float others = zeros[at] == 0 ? products[at] / x[k] : zeros[at] == 1 && x[k] == 0 ? products[at] : 0;
      dx[k] = dy[at] * others;
    }
    x += inner;
    dx += inner;
  } while (walk_next(w, &c));
  return PL_OK;
}

const op_class ops_ReduceProd = {.type = "ReduceProd",
                                 .flags = KEEPS_INPUT | SIZES_AFTER,
                                 .infer = reduce_infer,
                                 .create = reduce_create,
                                 .reshape = product_reshape,
                                 .forward = product_forward,
                                 .backward = product_backward,
                                 .free = reduce_free,
                                 .units = reduce_units};
