/* Which sizes an input can have that the file leaves open: positions added to so many tokens, and matrices for so many values, take
 * one. */
#ifndef INPUT_SIZE_H
#define INPUT_SIZE_H

#include "network/build/build.h"

enum { MOST_SIZES = 6 };

typedef struct input_sizes {
  int count;
  image_size size[MOST_SIZES];
} input_sizes;

/* The first size that works: the graph's own, or one that the numbers tell which do not fit there, or a usual one; {0, 0}: none
 * of some dozens. Error: PL_OUT_OF_MEMORY. */
pl_status input_size_find(const graph *g, image_size *found);

/* Those of the usual sizes that work, for messages. Error: PL_OUT_OF_MEMORY. */
pl_status input_size_list(const graph *g, input_sizes *found);

#endif
