#include "bounded.h"

#include <pthread.h>
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
static pthread_t worker;

/* The process is told, in whichever thread. */
static void leave(int signal) {
  if (pthread_equal(pthread_self(), worker)) siglongjmp(way_out, 1);
  pthread_kill(worker, signal);
}

static void set_timer(int milliseconds) {
  const struct itimerval once = {.it_value = {milliseconds / 1000, milliseconds % 1000 * 1000}};
  if (setitimer(ITIMER_PROF, &once, NULL)) abort();
}

pl_status bounded_run(pl_status (*work)(void *context), void *context) {
  struct sigaction action = {.sa_handler = leave};
  sigemptyset(&action.sa_mask);
  worker = pthread_self();
  if (sigaction(SIGPROF, &action, NULL)) abort();
  if (sigsetjmp(way_out, 1)) return PL_OK;
  set_timer(moment());
  const pl_status status = work(context);
  set_timer(0);
  return status;
}

/* What the sanitizers call when they begin to say what they found, which is not to be left. */
void __asan_on_error(void);
void __ubsan_on_report(void);
void __asan_on_error(void) { set_timer(0); }
void __ubsan_on_report(void) { set_timer(0); }
