#include "network/input_size.h"

#include <math.h>
#include <string.h>

#include "network/build/graph_infer.h"
#include "network/build/graph_needed.h"
#include "network/ops/ops.h"

enum { MOST_QUEUED = 32, MOST_TRIED = 48, LARGEST_SIDE = 4096 };

static const int usual_sides[] = {224, 256, 384, 288, 299, 448, 512, 518, 336, 192, 160, 128, 112, 96, 64, 32, 640, 1024};

static pl_status out_of_memory(void) { return status_no_memory("to find the size of the model's input"); }

/* ---- one size ---- */

typedef struct trial {
  const graph *graph;
  bool *values, *nodes; /* that the logits need */
  bool runs;            /* all operators on the way are supported */
  graph_types types;    /* of the size that was tried last */
} trial;

static pl_status start_trial(const graph *g, arena *a, trial *t) {
  const size_t values = (size_t)g->value_count, nodes = (size_t)g->node_count;
  *t = (trial){g,
               arena_allocate(a, values, sizeof *t->values),
               arena_allocate(a, nodes, sizeof *t->nodes),
               false,
               {arena_allocate(a, values, sizeof *t->types.values), arena_allocate(a, nodes, MAX_INPUTS)}};
  if (!t->values || !t->nodes || !t->types.values || !t->types.wants) return out_of_memory();
  t->runs = graph_needed(g, &g->logits, 1, t->values, t->nodes) == PL_OK;
  return PL_OK;
}

/* Sizes that do not fit may also end up in the batch ("-1 x 25088"). */
static pl_status try_size(trial *t, image_size size, bool *works) {
  const graph *g = t->graph;
  *works = false;
  if (!t->runs) return PL_OK;
  const pl_status status = graph_infer(g, 1, size.height, size.width, t->values, &t->types);
  if (status) return status == PL_OUT_OF_MEMORY ? status : PL_OK;
  const shape *s = &t->types.values[g->logits].shape;
  *works = s->rank < 1 || s->dim[0] == 1;
  return PL_OK;
}

/* ---- which to try ---- */

/* Sizes to try, each once, in the order in which they were found. */
typedef struct queue {
  const graph *graph;
  int count, next;
  image_size size[MOST_QUEUED];
  int tried; /* in all */
} queue;

static void add_size(queue *q, double height, double width) {
  const graph *g = q->graph;
  if (!(height >= 1 && width >= 1 && height <= LARGEST_SIDE && width <= LARGEST_SIDE) || q->count == MOST_QUEUED) return;
  const image_size s = {g->open_height ? (int)height : g->height, g->open_width ? (int)width : g->width};
  for (int i = 0; i < q->count; i++)
    if (q->size[i].height == s.height && q->size[i].width == s.width) return;
  q->size[q->count++] = s;
}

static void add_square(queue *q, double side) { add_size(q, side, side); }

static void add_multiple(queue *q, double side, double stride) {
  if (stride >= 1) add_square(q, fmax(1, round(side / stride)) * stride);
}

/* Where `have` values were met, and `want` fit: they are as many as pixels, so many times fewer. Where they are tokens, their
 * number tells the side of a patch; else it is one of those that are usual. */
static void add_ratio(queue *q, image_size tried, double have, double want) {
  static const int strides[] = {32, 16, 14, 8, 4, 1};
  const double pixels = (double)tried.height * (double)tried.width, side = sqrt(pixels * want / have);
  add_multiple(q, side, round(sqrt(pixels / have)));
  for (size_t i = 0; i < sizeof strides / sizeof *strides; i++) add_multiple(q, side, strides[i]);
}

/* Tokens that are no square's: maps of h x w, after some that are none. */
static void add_maps(queue *q, image_size tried, int have, int want) {
  static const int prefixes[] = {0, 1, 2, 5};
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
    const int tokens = want - prefixes[i], met = have - prefixes[i];
    if (tokens < 1 || met < 1) continue;
    const double stride = round(sqrt((double)tried.height * (double)tried.width / met));
    for (int h = (int)sqrt(tokens); h > 1 && 3 * h * h >= tokens; h--) {
      if (tokens % h) continue;
      add_size(q, h * stride, tokens / h * stride);
      add_size(q, tokens / h * stride, h * stride);
    }
  }
}

/* The first needed node that could not be inferred although what it reads could. */
static const node *find_obstacle(const trial *t) {
  for (int i = 0; i < t->graph->node_count; i++) {
    const node *n = &t->graph->nodes[i];
    if (!t->nodes[i] || n->outputs[0] < 0 || t->types.values[n->outputs[0]].shape.rank >= 0) continue;
    bool reads = true;
    for (int k = 0; k < n->input_count && reads; k++)
      reads = n->inputs[k] < 0 || t->graph->values[n->inputs[k]].shape_only || t->types.values[n->inputs[k]].shape.rank >= 0;
    return reads ? n : NULL;
  }
  return NULL;
}

/* Tokens, and values of a flat one, where another number of them was met. */
static void add_mismatches(queue *q, image_size tried, const shape *have, const shape *want, bool maps) {
  const bool aligned = want->rank > 2; /* a matrix may stand either way */
  for (int a = 1; a <= have->rank; a++)
    for (int b = 1; b <= want->rank; b++) {
      const int met = have->dim[have->rank - a], fits = want->dim[want->rank - b];
      if (met == fits || met < 2 || fits < 2 || (aligned && a != b)) continue;
      if (maps) add_maps(q, tried, met, fits);
      else add_ratio(q, tried, met, fits);
    }
}

/* A list of sizes that is read as a shape: its whole is as many values. */
static bool read_target(const onnx_tensor *t, double *product) {
  int64_t sizes[MAX_RANK];
  if (t->shape.rank != 1 || t->count < 1 || t->count > MAX_RANK || t->type != ONNX_INT64) return false;
  onnx_ints(t, sizes);
  *product = 1;
  for (size_t k = 0; k < t->count; k++) {
    if (sizes[k] < 1) return false;
    *product *= (double)sizes[k];
  }
  return true;
}

static void add_obstacle(queue *q, const trial *t, image_size tried, bool maps) {
  const graph *g = t->graph;
  const node *n = find_obstacle(t);
  for (int k = 0; n && k < n->input_count; k++)
    for (int j = 0; j < n->input_count; j++) {
      const int v = n->inputs[k], c = n->inputs[j];
      double product;
      if (v < 0 || c < 0 || g->values[v].constant || !g->values[c].constant || g->values[v].shape_only) continue;
      const shape *have = &t->types.values[v].shape;
      if (!read_target(g->values[c].constant, &product)) add_mismatches(q, tried, have, &g->values[c].constant->shape, maps);
      else if (!maps) add_ratio(q, tried, (double)shape_count(have), product);
    }
  const shape *s = &t->types.values[g->logits].shape;
  if (!n && !maps && s->rank > 0 && s->dim[0] > 1) add_ratio(q, tried, s->dim[0], 1);
}

/* ---- the search ---- */

static pl_status run_queue(queue *q, trial *t, bool *works) {
  for (*works = false; q->next < q->count && !*works && q->tried < MOST_TRIED; q->next++, q->tried++) {
    const image_size size = q->size[q->next];
    TRY(try_size(t, size, works));
    if (!*works) add_obstacle(q, t, size, false);
  }
  return PL_OK;
}

/* From the model's own size to what its numbers tell, then to maps that are no squares, then to what is usual. */
static pl_status search(const graph *g, trial *t, image_size *found) {
  queue q = {.graph = g};
  bool works;
  *found = (image_size){0};
  if (!t->runs) return PL_OK;
  add_square(&q, g->open_height ? g->height : g->width);
  TRY(run_queue(&q, t, &works));
  if (!works) {
    const image_size own = q.size[0];
    TRY(try_size(t, own, &works));
    q.count = q.next = 0;
    add_obstacle(&q, t, own, true);
    TRY(run_queue(&q, t, &works));
  }
  if (!works) {
    q.count = q.next = 0;
    for (size_t i = 0; i < sizeof usual_sides / sizeof *usual_sides; i++) add_square(&q, usual_sides[i]);
    TRY(run_queue(&q, t, &works));
  }
  if (works) *found = q.size[q.next - 1];
  return PL_OK;
}

pl_status input_size_find(const graph *g, image_size *found) {
  trial t;
  arena *a = arena_create();
  pl_status status = a ? start_trial(g, a, &t) : out_of_memory();
  if (!status) status = search(g, &t, found);
  arena_free(a);
  return status;
}

static pl_status list(const graph *g, trial *t, input_sizes *found) {
  queue q = {.graph = g};
  for (size_t i = 0; i < sizeof usual_sides / sizeof *usual_sides; i++) add_square(&q, usual_sides[i]);
  for (int i = 0; i < q.count && found->count < MOST_SIZES; i++) {
    bool works;
    TRY(try_size(t, q.size[i], &works));
    if (works) found->size[found->count++] = q.size[i];
  }
  return PL_OK;
}

pl_status input_size_list(const graph *g, input_sizes *found) {
  trial t;
  arena *a = arena_create();
  pl_status status = a ? start_trial(g, a, &t) : out_of_memory();
  *found = (input_sizes){0};
  if (!status) status = list(g, &t, found);
  arena_free(a);
  return status;
}
