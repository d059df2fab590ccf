#include "network/ops/kernels/weights.h"

pl_status weights_open(const op *o, const onnx_tensor *t, int groups, weights *w) {
  const shape *s = &t->shape;
  *w = (weights){.groups = (size_t)groups, .out = (size_t)s->dim[0] / (size_t)groups, .taps = 1, .in = (size_t)s->dim[1]};
  for (int axis = 2; axis < s->rank; axis++) w->taps *= (size_t)s->dim[axis];
  w->by_tap = 1;
  w->by_in = w->taps;
  w->by_out = w->taps * w->in;
  w->by_group = w->by_out * w->out;
  w->values = t->data;
  if (t->type == ONNX_FLOAT) return PL_OK;
  w->owned = ops_floats(t);
  w->values = (const char *)w->owned;
  return w->owned ? PL_OK : ops_out_of_memory(o);
}

void weights_close(weights *w) {
  memory_free(w->owned);
  *w = (weights){0};
}

void weights_scale(weights *w, const float *scale, bool inputs) {
  w->scale = scale;
  w->scales_inputs = inputs;
}

static void swap(size_t *a, size_t *b) {
  const size_t kept = *a;
  *a = *b;
  *b = kept;
}

weights weights_transposed(weights w) {
  swap(&w.out, &w.in);
  swap(&w.by_out, &w.by_in);
  w.scales_inputs = !w.scales_inputs;
  return w;
}

weights weights_taps_first(weights w) {
  swap(&w.out, &w.taps);
  swap(&w.by_out, &w.by_tap);
  return w;
}

/* Four rows of four, whose columns are `by` apart in the file and whose rows follow each other there. */
static inline void turn(const char *values, size_t by, float *out, size_t width) {
  const v4 a = weights_load(values, 0), b = weights_load(values, by), c = weights_load(values, 2 * by);
  const v4 d = weights_load(values, 3 * by);
  const v4 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_end = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const v4 cd = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_end = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  v4_store(out, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
  v4_store(out + width, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
  v4_store(out + 2 * width, __builtin_shufflevector(ab_end, cd_end, 0, 1, 4, 5));
  v4_store(out + 3 * width, __builtin_shufflevector(ab_end, cd_end, 2, 3, 6, 7));
}

/* Side of the squares that are turned at a time: a cache line of each of so many columns stays in the cache. */
enum { BLOCK = 16 };

/* A square of rows x columns: rows follow each other in the file. */
static void turn_square(const char *values, size_t rows, size_t columns, size_t by, float *out, size_t width) {
  size_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    size_t c = 0;
    for (; c + 4 <= columns; c += 4) turn(weights_at(values, c * by + r), by, out + r * width + c, width);
    for (; c < columns; c++)
      for (size_t k = r; k < r + 4; k++) out[k * width + c] = weights_value(values, c * by + k);
  }
  for (; r < rows; r++)
    for (size_t c = 0; c < columns; c++) out[r * width + c] = weights_value(values, c * by + r);
}

static void turn_matrix(const char *values, size_t rows, size_t columns, size_t by, float *out) {
  for (size_t left = 0; left < columns; left += BLOCK)
    for (size_t top = 0; top < rows; top += BLOCK)
      turn_square(weights_at(values, left * by + top), rows - top < BLOCK ? rows - top : BLOCK,
                  columns - left < BLOCK ? columns - left : BLOCK, by, out + top * columns + left, columns);
}

/* rows x columns, each with its distance in the file. */
static void read_matrix(const char *values, size_t rows, size_t by_row, size_t columns, size_t by_column, float *out) {
  if (by_row == 1 && by_column > 1) {
    turn_matrix(values, rows, columns, by_column, out);
    return;
  }
  for (size_t r = 0; r < rows; r++, out += columns) {
    const char *row = weights_at(values, r * by_row);
    if (by_column == 1) memcpy(out, row, columns * sizeof *out);
    else
      for (size_t c = 0; c < columns; c++) out[c] = weights_value(row, c * by_column);
  }
}

static void scale_rows(const weights *w, size_t first, size_t count, float *rows) {
  const size_t group_rows = w->out * w->taps;
  for (size_t r = first; r < first + count; r++, rows += w->in) {
    const float *each = w->scale + (w->scales_inputs ? r / group_rows * w->in : r / w->taps);
    if (w->scales_inputs)
      for (size_t i = 0; i < w->in; i++) rows[i] *= each[i];
    else
      for (size_t i = 0; i < w->in; i++) rows[i] *= *each;
  }
}

void weights_read(const weights *w, size_t first, size_t count, float *rows) {
  const size_t group_rows = w->out * w->taps;
  const bool even = w->taps == 1 || w->by_out == w->taps * w->by_tap; /* all rows of a group are as far from each other */
  const size_t stretch = even ? group_rows : w->taps, by_row = w->taps == 1 ? w->by_out : w->by_tap;
  for (size_t r = first; r < first + count;) {
    const size_t left = stretch - r % stretch, run = first + count - r < left ? first + count - r : left;
    const size_t group = r / group_rows, o = r % group_rows / w->taps, t = r % w->taps;
    const char *from = weights_at(w->values, group * w->by_group + o * w->by_out + t * w->by_tap);
    read_matrix(from, run, by_row, w->in, w->by_in, rows + (r - first) * w->in);
    r += run;
  }
  if (w->scale) scale_rows(w, first, count, rows);
}
