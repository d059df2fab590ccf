/* What the fuzz entries of runs take, for who makes seeds of it. */
#ifndef FUZZ_RUN_H
#define FUZZ_RUN_H

#include <stdint.h>

#include "phaselens.h"

/* A small generator's file, kind 0 to 2. */
void *fuzz_run_generator_file(int kind, size_t *size);

/* A run of these options after a step, in which each part is only given a moment; NULL where they are refused. */
pl_run *fuzz_run_of(const pl_config *c);

/* Options are the number of a preset, then changes: a byte for which option, four for its value, of which a bool takes one bit. */
typedef enum fuzz_kind { FUZZ_INT, FUZZ_FLOAT, FUZZ_BOOL } fuzz_kind;

typedef struct fuzz_option {
  size_t offset; /* in pl_config */
  fuzz_kind kind;
} fuzz_option;

enum { FUZZ_CHANGE = 5 };

/* All numbers that options are made of. */
const fuzz_option *fuzz_fields(int *count);

#endif
