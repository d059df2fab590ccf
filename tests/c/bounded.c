#include "bounded.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

/* $FUZZ_MILLISECONDS, or 20. */
static int moment(void) {
  const char *text = getenv("FUZZ_MILLISECONDS");
  const int milliseconds = text ? atoi(text) : 0;
  return milliseconds > 0 ? milliseconds : 20;
}

static sigjmp_buf way_out;

static void leave(int signal) {
  (void)signal;
  siglongjmp(way_out, 1);
}

static void set_timer(int milliseconds) {
  const struct itimerval once = {.it_value = {milliseconds / 1000, milliseconds % 1000 * 1000}};
  if (setitimer(ITIMER_PROF, &once, NULL)) abort();
}

pl_status bounded_run(pl_status (*work)(void *context), void *context) {
  struct sigaction action = {.sa_handler = leave};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGPROF, &action, NULL)) abort();
  if (sigsetjmp(way_out, 1)) return PL_OK;
  set_timer(moment());
  const pl_status status = work(context);
  set_timer(0);
  return status;
}
