/* GatherND and ScatterND: slices of a tensor at tuples of indices of its first axes, which are known without the image. Plain
 * order. Where two tuples are the same, the later one is scattered, unless all are to be added. */
#include <string.h>

#include "network/ops/kernels/internal.h"
#include "network/ops/units.h"

/* One slice: which it is in the tensor, and which in the list of what is gathered or scattered. */
typedef struct pair {
  size_t tensor, list;
} pair;

typedef struct indices {
  float *known[3]; /* values of what does not depend on the image: the tensor (0), the list (2) */
  bool adds;
  pair *pairs;
  size_t count;
  size_t slice; /* floats */
} indices;

/* ---- shape ---- */

/* How many axes a tuple indexes; then the list has the tuples' axes and those of a slice. */
static pl_status read_list_shape(const inference *i, const shape *tensor, shape *list) {
  TRY(infer_known(i, 1, "list of indices"));
  const shape *s = &i->known[1]->shape;
  const int depth = s->rank ? s->dim[s->rank - 1] : 0;
  if (depth < 1 || depth > tensor->rank)
    return status_fail(PL_INVALID_MODEL, "%s: indices of %s for %s", ops_describe(i->node), shape_text(s), shape_text(tensor));
  if (s->rank - 1 + tensor->rank - depth > MAX_RANK)
    return status_fail(PL_UNSUPPORTED_MODEL, "%s: more than %d dimensions", ops_describe(i->node), MAX_RANK);
  list->rank = 0;
  for (int d = 0; d < s->rank - 1; d++) list->dim[list->rank++] = s->dim[d];
  for (int d = depth; d < tensor->rank; d++) list->dim[list->rank++] = tensor->dim[d];
  return PL_OK;
}

/* The slice that every tuple stands for. */
static pl_status read_pairs(const node *n, const onnx_tensor *t, const shape *tensor, pair **pairs, size_t *count) {
  const int depth = t->shape.dim[t->shape.rank - 1];
  int64_t *tuples = memory_allocate(t->count, sizeof *tuples), *tuple = tuples;
  *count = t->count / (size_t)depth;
  *pairs = memory_allocate(*count, sizeof **pairs);
  pl_status status = tuples && *pairs ? PL_OK : status_no_memory("for %s", ops_describe(n));
  if (!status) onnx_ints(t, tuples);
  for (size_t k = 0; k < *count && !status; k++, tuple += depth) {
    (*pairs)[k].list = k;
    if (!shape_offset(tensor, tuple, depth, &(*pairs)[k].tensor))
      status = status_fail(PL_INVALID_MODEL, "%s: an index lies outside %s", ops_describe(n), shape_text(tensor));
  }
  memory_free(tuples);
  return status;
}

static pl_status check_pairs(const inference *i, const shape *tensor) {
  pair *pairs;
  size_t count;
  const pl_status status = read_pairs(i->node, i->known[1], tensor, &pairs, &count);
  memory_free(pairs);
  return status;
}

static pl_status gather_nd_infer(inference *i) {
  shape out;
  TRY(infer_inputs(i, 2, 2));
  if (onnx_int(i->node->source, "batch_dims", 0))
    return status_fail(PL_UNSUPPORTED_OP, "%s: indices for every item of a batch are not supported", ops_describe(i->node));
  TRY(read_list_shape(i, &i->in[0]->shape, &out));
  TRY(check_pairs(i, &i->in[0]->shape));
  infer_want_plain(i, 0);
  return infer_output(i, 0, &out, LAYOUT_PLAIN);
}

static pl_status scatter_nd_infer(inference *i) {
  const char *reduction = onnx_string(i->node->source, "reduction", "none");
  shape list;
  TRY(infer_arity(i, 3, 3));
  if (strcmp(reduction, "none") != 0 && strcmp(reduction, "add") != 0)
    return status_fail(PL_UNSUPPORTED_OP, "%s: reduction '%.20s'", ops_describe(i->node), reduction);
  if (i->known[0] && i->known[2]) return status_fail(PL_UNSUPPORTED_OP, "%s: its inputs are constants", ops_describe(i->node));
  const shape *tensor = i->known[0] ? &i->known[0]->shape : &i->in[0]->shape;
  const shape *updates = i->known[2] ? &i->known[2]->shape : &i->in[2]->shape;
  TRY(read_list_shape(i, tensor, &list));
  if (!shape_equal(&list, updates))
    return status_fail(PL_INVALID_MODEL, "%s: %s is scattered where %s is wanted", ops_describe(i->node), shape_text(updates),
                       shape_text(&list));
  TRY(check_pairs(i, tensor));
  infer_want_plain(i, 0);
  infer_want_plain(i, 2);
  return infer_output(i, 0, tensor, LAYOUT_PLAIN);
}

/* ---- create, reshape ---- */

static pl_status indices_create(op *o) {
  o->state = memory_allocate(1, sizeof(indices));
  return o->state ? PL_OK : ops_out_of_memory(o);
}

static void forget(indices *x) {
  for (int k = 0; k < 3; k++) memory_free(x->known[k]);
  memory_free(x->pairs);
  *x = (indices){0};
}

static void indices_free(op *o) {
  if (o->state) forget(o->state);
  memory_free(o->state);
  o->state = NULL;
}

static pl_status set_pairs(op *o, indices *x, const shape *tensor) {
  const shape *tuples = &o->known[1]->shape;
  x->slice = 1;
  for (int d = tuples->dim[tuples->rank - 1]; d < tensor->rank; d++) x->slice *= (size_t)tensor->dim[d];
  return read_pairs(o->node, o->known[1], tensor, &x->pairs, &x->count);
}

static pl_status gather_nd_reshape(op *o) {
  indices *x = o->state;
  forget(x);
  return set_pairs(o, x, &o->in[0].shape);
}

/* Of pairs with the same slice of the tensor, leaves the last. */
static pl_status drop_overwritten(const op *o, indices *x, size_t slices) {
  bool *seen = memory_allocate(slices, sizeof *seen);
  size_t kept = x->count;
  if (!seen) return ops_out_of_memory(o);
  for (size_t k = x->count; k-- > 0;) {
    const pair p = x->pairs[k];
    if (!seen[p.tensor]) x->pairs[--kept] = p;
    seen[p.tensor] = true;
  }
  memmove(x->pairs, x->pairs + kept, (x->count - kept) * sizeof *x->pairs);
  x->count -= kept;
  memory_free(seen);
  return PL_OK;
}

static pl_status scatter_nd_reshape(op *o) {
  indices *x = o->state;
  forget(x);
  x->adds = strcmp(onnx_string(o->node->source, "reduction", "none"), "add") == 0;
  for (int k = 0; k < 3; k += 2)
    if (o->known[k] && !(x->known[k] = ops_floats(o->known[k]))) return ops_out_of_memory(o);
  TRY(set_pairs(o, x, &o->out[0].shape));
  return x->adds ? PL_OK : drop_overwritten(o, x, ops_out_count(o) / x->slice);
}

/* ---- run ---- */

static void gather_slices(const indices *x, const float *tensor, float *list) {
  for (size_t k = 0; k < x->count; k++)
    memcpy(list + x->pairs[k].list * x->slice, tensor + x->pairs[k].tensor * x->slice, x->slice * sizeof *list);
}

static void add_slices(const indices *x, const float *list, float *tensor) {
  for (size_t k = 0; k < x->count; k++) {
    const float *restrict from = list + x->pairs[k].list * x->slice;
    float *restrict to = tensor + x->pairs[k].tensor * x->slice;
    for (size_t i = 0; i < x->slice; i++) to[i] += from[i];
  }
}

/* list NULL: zeros */
static void put_slices(const indices *x, const float *list, float *tensor) {
  for (size_t k = 0; k < x->count; k++) {
    float *to = tensor + x->pairs[k].tensor * x->slice;
    if (list) memcpy(to, list + x->pairs[k].list * x->slice, x->slice * sizeof *to);
    else memset(to, 0, x->slice * sizeof *to);
  }
}

static pl_status gather_nd_forward(op *o, const buffers *b) {
  gather_slices(o->state, b->in[0], b->out[0]);
  return PL_OK;
}

static pl_status gather_nd_backward(op *o, const buffers *b) {
  if (!b->din[0]) return PL_OK;
  memset(b->din[0], 0, ops_in_count(o) * sizeof *b->din[0]);
  add_slices(o->state, b->dout[0], b->din[0]);
  return PL_OK;
}

static pl_status scatter_nd_forward(op *o, const buffers *b) {
  const indices *x = o->state;
  const float *list = x->known[2] ? x->known[2] : b->in[2];
  memcpy(b->out[0], x->known[0] ? x->known[0] : b->in[0], ops_out_count(o) * sizeof *b->out[0]);
  if (x->adds) add_slices(x, list, b->out[0]);
  else put_slices(x, list, b->out[0]);
  return PL_OK;
}

/* What is scattered over gets no gradient. */
static pl_status scatter_nd_backward(op *o, const buffers *b) {
  const indices *x = o->state;
  if (b->din[2]) {
    memset(b->din[2], 0, shape_count(&o->in[2].shape) * sizeof *b->din[2]);
    gather_slices(x, b->dout[0], b->din[2]);
  }
  if (!b->din[0]) return PL_OK;
  memcpy(b->din[0], b->dout[0], ops_out_count(o) * sizeof *b->din[0]);
  if (!x->adds) put_slices(x, NULL, b->din[0]);
  return PL_OK;
}

const op_class ops_GatherND = {.type = "GatherND",
                               .flags = MOVES | SIZES_AFTER,
                               .infer = gather_nd_infer,
                               .create = indices_create,
                               .reshape = gather_nd_reshape,
                               .forward = gather_nd_forward,
                               .backward = gather_nd_backward,
                               .free = indices_free,
                               .units = units_lost};
const op_class ops_ScatterND = {.type = "ScatterND",
                                .flags = SIZES_AFTER,
                                .infer = scatter_nd_infer,
                                .create = indices_create,
                                .reshape = scatter_nd_reshape,
                                .forward = scatter_nd_forward,
                                .backward = scatter_nd_backward,
                                .free = indices_free,
                                .units = units_of_first};
