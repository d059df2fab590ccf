/* Bounds of a visualization's options. */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/status.h"

/* Errors: PL_INVALID_ARGUMENT naming the option, its value and its range. */
pl_status config_check(const pl_config *c);

#endif
