/* The one list of patterns. */
#ifndef FUSE_PATTERNS_H
#define FUSE_PATTERNS_H

#include "network/exec/pattern.h"

/* X(last, name): pattern_<name> is asked whether its last node, of this operator, makes the value `last`. What it notes in the
 * match counts only where it answers true. */
#define FUSE_PATTERNS(X) \
  X(Mul, gelu)           \
  X(Div, gelu)           \
  X(Mul, swish)          \
  X(Mul, hard_swish)     \
  X(Div, hard_swish)     \
  X(Mul, layer_norm)     \
  X(Div, layer_norm)

bool pattern_gelu(pattern_match *m, int last);
bool pattern_swish(pattern_match *m, int last);
bool pattern_hard_swish(pattern_match *m, int last);
bool pattern_layer_norm(pattern_match *m, int last);

#endif
