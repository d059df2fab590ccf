/* Timing of work that is repeated. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include "base/status.h"

typedef pl_status (*work_fn)(void *context);

typedef struct timed {
  work_fn work;
  void *context;
  double best; /* seconds of one call in the best part of a round */
  long calls;  /* of a part */
} timed;

/* How the rounds are: so many, and each lasts at least so many seconds. */
typedef struct rounds {
  int count;
  double least;
} rounds;

/* Seconds of a clock that only goes forward. */
double clock_now(void);

/* Times all works in turn, round by round, so that whatever else the machine does meets them alike. */
pl_status clock_rounds(timed *works, int count, rounds r);

/* The best seconds of one call; NAN where the work fails. */
double clock_best(work_fn work, void *context, rounds r);

/* What the SIMD units do at most: chains of multiply-adds that do not wait for each other, operands in registers. The context is
 * not looked at. */
pl_status clock_chains(void *context);
double clock_chains_macs(void); /* multiply-adds of one call */

/* What memory gives at most to one thread that reads on and on, from more than its own caches hold. The context is not looked at. */
pl_status clock_stream(void *context);
double clock_stream_bytes(void); /* of one call */

#endif
