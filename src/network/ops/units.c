#include "network/ops/units.h"

/* ---- spans ---- */

void spans_add_span(spans *s, span added) {
  s->span[s->first[s->rank]] = added;
  s->first[s->rank + 1] = s->first[s->rank] + 1;
  s->rank++;
}

/* There is always room for one span of each axis that is still to come. */
void spans_add(spans *s, const spans *from, int axis) {
  const int first = from->first[axis], count = from->first[axis + 1] - first, at = s->first[s->rank];
  if (at + count + MAX_RANK - s->rank > MAX_SPANS) {
    spans_add_span(s, spans_whole(from, axis));
    return;
  }
  for (int k = 0; k < count; k++) s->span[at + k] = from->span[first + k];
  s->first[++s->rank] = at + count;
}

void spans_set(spans *s, int axis, span whole) {
  const spans old = *s;
  *s = (spans){0};
  for (int d = 0; d < old.rank; d++) {
    if (d == axis) spans_add_span(s, whole);
    else spans_add(s, &old, d);
  }
}

spans spans_of(const shape *s, int axis) {
  spans out = {0};
  for (int d = 0; d < s->rank; d++) spans_add_span(&out, (span){.size = s->dim[d], .kind = d && d == axis ? UNITS : PLACES});
  return out;
}

static span_kind both(span_kind a, span_kind b) {
  if (a == b) return a;
  return a >= OUTER_UNITS && b >= OUTER_UNITS ? UNITS : MIXED;
}

static span joined(span a, span b) {
  if (a.size == 1) return b;
  if (b.size == 1) return a;
  span s = {.size = a.size * b.size, .kind = both(a.kind, b.kind)};
  if (s.kind == PLACES && !a.prefix && !b.prefix) s.width = b.width ? b.width : b.size;
  return s;
}

span spans_whole(const spans *s, int axis) {
  span whole = s->span[s->first[axis]];
  for (int k = s->first[axis] + 1; k < s->first[axis + 1]; k++) whole = joined(whole, s->span[k]);
  return whole;
}

/* A vector that was given the shape of a map: nothing says which of its axes is which. */
static bool is_split_vector(const spans *s) {
  int axes = 0;
  for (int d = 1; d < s->rank; d++) {
    const span whole = spans_whole(s, d);
    if (whole.size > 1 && whole.kind < OUTER_UNITS) return false;
    axes += whole.size > 1;
  }
  return axes > 2;
}

int spans_axis(const spans *s) {
  int found = 0, mixed = 0;
  span_kind most = PLACES;
  if (s->rank == 2 && s->span[0].size == 1) return 1; /* each value by itself */
  for (int d = 1; d < s->rank; d++) {
    const span_kind kind = spans_whole(s, d).kind;
    mixed += kind == MIXED;
    if (kind == PLACES || kind < most) continue;
    found = d;
    most = kind;
  }
  return (most == MIXED && mixed > 1) || is_split_vector(s) ? 0 : found;
}

span span_cut(span s, int start, int step, int count) {
  const bool whole_map = s.width && step == 1 && start <= s.prefix && start + count == s.size;
  span cut = {.size = count, .kind = s.kind};
  if (whole_map) {
    cut.width = s.width;
    cut.prefix = s.prefix - start;
  }
  return cut;
}

/* ---- another shape ---- */

/* The outer part of a span, which keeps the rest. */
static span take_outer(span *s, int size) {
  const span outer = {.size = size, .kind = s->kind == UNITS ? OUTER_UNITS : s->kind};
  *s = (span){.size = s->size / size, .kind = s->kind};
  return outer;
}

/* To the axis that is being made, with one span left for each that is still to come. */
static void extend_axis(spans *s, span added, int axes_left) {
  int *end = &s->first[s->rank + 1];
  if (*end > s->first[s->rank] && *end + axes_left >= MAX_SPANS) s->span[*end - 1] = joined(s->span[*end - 1], added);
  else s->span[(*end)++] = added;
}

/* Spans that are still to be read; the first may be what is left of one. */
typedef struct rest {
  spans from;
  int next, count;
} rest;

/* An axis of so many elements out of the next spans; sizes that have no common boundary are first made one. */
static bool read_axis(rest *r, int size, int axes_left, spans *out) {
  while (size > 1) {
    span *s = &r->from.span[r->next];
    const bool more = r->next + 1 < r->count;
    if (r->next == r->count) return false;
    if (s->size > 1 && size % s->size && s->size % size) {
      if (!more) return false;
      s[1] = joined(s[0], s[1]);
      r->next++;
      continue;
    }
    const bool part = s->size > size;
    if (s->size > 1) extend_axis(out, part ? take_outer(s, size) : *s, axes_left);
    size = part ? 1 : size / s->size;
    r->next += !part;
  }
  return true;
}

static span read_one(rest *r) {
  const bool is_one = r->next < r->count && r->from.span[r->next].size == 1;
  return is_one ? r->from.span[r->next++] : (span){.size = 1};
}

spans spans_reshape(const spans *s, const shape *to) {
  rest r = {*s, 0, s->first[s->rank]};
  spans out = {0};
  for (int d = 0; d < to->rank; d++, out.rank++) {
    out.first[d + 1] = out.first[d];
    if (to->dim[d] == 1) extend_axis(&out, read_one(&r), to->rank - d - 1);
    else if (!read_axis(&r, to->dim[d], to->rank - d - 1, &out)) return spans_of(to, 0);
  }
  return out;
}

/* ---- several inputs ---- */

/* The axis of an input that is aligned with this one of the output at the last one; negative: it has none. */
static int aligned(const spans *in, const shape *out, int axis) { return axis - out->rank + in->rank; }

/* Whether the input has a say: some axis of it has units. */
static bool has_units(const spans *s) {
  for (int k = 0; k < s->first[s->rank]; k++)
    if (s->span[k].kind != PLACES) return true;
  return false;
}

/* The input that an axis is taken from: one that has all of it, with units where any has, and the least where they differ. */
static const spans *source_of(const inference *i, const spans *const *in, const shape *out, int axis, bool voters) {
  const spans *found = NULL;
  span_kind least = PLACES;
  for (int k = 0; k < i->node->input_count; k++) {
    const int d = in[k] ? aligned(in[k], out, axis) : -1;
    if (d < 0 || has_units(in[k]) != voters) continue;
    const span whole = spans_whole(in[k], d);
    if (whole.size != out->dim[axis] || (found && whole.kind >= least)) continue;
    found = in[k];
    least = whole.kind;
  }
  return found;
}

/* An axis of another size than any input's, which is put together, resized, padded or repeated. */
static span other_size(const inference *i, const spans *const *in, const shape *out, int axis) {
  span_kind least = UNITS;
  bool any = false;
  for (int k = 0; k < i->node->input_count; k++) {
    const int d = in[k] && has_units(in[k]) ? aligned(in[k], out, axis) : -1;
    if (d < 0) continue;
    const span_kind kind = spans_whole(in[k], d).kind;
    if (kind < least) least = kind;
    any = true;
  }
  return (span){.size = out->dim[axis], .kind = any ? least : PLACES};
}

void units_kept(const inference *i, const spans *const *in, int k, spans *out) {
  const shape *s = &i->out[k].shape;
  *out = (spans){0};
  for (int d = 0; d < s->rank; d++) {
    const spans *from = source_of(i, in, s, d, true);
    if (!from) from = source_of(i, in, s, d, false);
    if (from) spans_add(out, from, aligned(from, s, d));
    else spans_add_span(out, other_size(i, in, s, d));
  }
}

/* ---- other operators ---- */

void units_lost(const inference *i, const spans *const *in, int k, spans *out) {
  (void)in;
  *out = spans_of(&i->out[k].shape, 0);
}

void units_of_first(const inference *i, const spans *const *in, int k, spans *out) {
  const spans *const first[MAX_INPUTS] = {in[0]};
  units_kept(i, first, k, out);
}

/* All else stays. */
static void put_units(const inference *i, const spans *const *in, int k, int axis, spans *out) {
  units_of_first(i, in, k, out);
  if (axis >= 0 && axis < out->rank) spans_set(out, axis, (span){.size = i->out[k].shape.dim[axis], .kind = UNITS});
}

void units_second(const inference *i, const spans *const *in, int k, spans *out) { put_units(i, in, k, 1, out); }

void units_last(const inference *i, const spans *const *in, int k, spans *out) {
  put_units(i, in, k, i->out[k].shape.rank - 1, out);
}

void units_found_second(const inference *i, const spans *const *in, int k, spans *out) {
  units_of_first(i, in, k, out);
  if (out->rank > 1 && spans_whole(out, 1).kind < OUTER_UNITS) put_units(i, in, k, 1, out);
}

void units_reshaped(const inference *i, const spans *const *in, int k, spans *out) {
  *out = in[0] ? spans_reshape(in[0], &i->out[k].shape) : spans_of(&i->out[k].shape, 0);
}
