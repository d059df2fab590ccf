/* Where the units of a value lie: the channels of an image, the features of tokens. ONNX does not say; the operators on the way to a
 * value do, each in its class.
 *
 * A value's elements are counted row by row through spans, the outermost first, and an axis is made of one span or of several: the
 * tokens of 14 x 14 patches, which are one axis, of two. Another shape cuts them otherwise, another order moves them, and what
 * they are of stays. */
#ifndef UNITS_H
#define UNITS_H

#include "network/ops/ops.h"

enum { MAX_SPANS = 16 };

/* What a span is of, in the order in which units are looked for: the largest is where they lie. */
typedef enum span_kind {
  PLACES,
  MIXED,       /* of places and of units that cannot be told apart any more */
  OUTER_UNITS, /* where units were split, as into heads, the parts */
  UNITS,       /* and what is in each; else the units */
} span_kind;

typedef struct span {
  int size;
  span_kind kind;
  int prefix, width; /* PLACES of a map that is so wide, row after row, and so many before them; width 0: of none */
} span;

typedef struct spans {
  int rank;
  int first[MAX_RANK + 1]; /* of each axis; first[rank]: of all */
  span span[MAX_SPANS];
} spans;

/* One span an axis; `axis` has the units, 0: none has. */
spans spans_of(const shape *s, int axis);

/* The axis of the units, where one can be told; else 0. */
int spans_axis(const spans *s);

/* An axis as one span. */
span spans_whole(const spans *s, int axis);

/* Adds an axis: as `axis` of another value, or of one span. */
void spans_add(spans *s, const spans *from, int axis);
void spans_add_span(spans *s, span added);

/* Makes an axis one span. */
void spans_set(spans *s, int axis, span whole);

/* A span of another size: `count` of it, every step-th from `start` on. */
span span_cut(span s, int start, int step, int count);

/* The same elements under another shape. */
spans spans_reshape(const spans *s, const shape *to);

/* ---- op_class.units of operators of several families ---- */

/* As the inputs have them, aligned at the last axis; what several inputs do not agree on are places. */
void units_kept(const inference *i, const spans *const *in, int k, spans *out);
/* As the first input has them, another number along some axes. */
void units_of_first(const inference *i, const spans *const *in, int k, spans *out);
/* The operator puts them along axis 1, or along the last. */
void units_second(const inference *i, const spans *const *in, int k, spans *out);
void units_last(const inference *i, const spans *const *in, int k, spans *out);
/* They must be along axis 1, or are taken to be. */
void units_found_second(const inference *i, const spans *const *in, int k, spans *out);
/* The values go on under another shape. */
void units_reshaped(const inference *i, const spans *const *in, int k, spans *out);
/* Nothing can be told. */
void units_lost(const inference *i, const spans *const *in, int k, spans *out);

#endif
