#include "run/config.h"

#include <string.h>

/* part: of the option, such as ".low". */
static pl_status fail_range(const pl_option *o, const char *part, double number) {
  return status_fail(PL_INVALID_ARGUMENT, "%s%s is %g, but must be %sfrom %g to %g", o->name, part, number,
                     o->or_zero ? "0 or " : "", o->low, o->high);
}

static pl_status check_int(const pl_option *o, int number) {
  if (((double)number >= o->low && (double)number <= o->high) || (o->or_zero && number == 0)) return PL_OK;
  return fail_range(o, "", number);
}

static pl_status check_float(const pl_option *o, const char *part, float number) {
  if (number >= (float)o->low && number <= (float)o->high) return PL_OK; /* false for NaN */
  return o->or_zero && number == 0 ? PL_OK : fail_range(o, part, (double)number);
}

static pl_status check_word(const pl_option *o, int word) {
  int count = 0;
  while (o->words[count]) count++;
  if (word >= 0 && word < count) return PL_OK;
  return status_fail(PL_INVALID_ARGUMENT, "%s is %d, but must be from 0 (%s) to %d (%s)", o->name, word, o->words[0], count - 1,
                     o->words[count - 1]);
}

static pl_status check_range(const pl_option *o, const pl_range *r) {
  TRY(check_float(o, ".low", r->low));
  TRY(check_float(o, ".high", r->high));
  if (r->low < r->high || (o->or_zero && r->low == 0 && r->high == 0)) return PL_OK;
  return status_fail(PL_INVALID_ARGUMENT, "%s is from %g to %g, which is empty", o->name, (double)r->low, (double)r->high);
}

static pl_status check_distribution(const pl_option *o, const pl_distribution *d) {
  TRY(check_float(o, ".a", d->a));
  TRY(check_float(o, ".b", d->b));
  if (d->kind == PL_UNIFORM && d->b < d->a)
    return status_fail(PL_INVALID_ARGUMENT, "%s: the upper bound %g lies below the lower bound %g", o->name, (double)d->b,
                       (double)d->a);
  if (d->kind == PL_NORMAL && d->b < 0)
    return status_fail(PL_INVALID_ARGUMENT, "%s: the standard deviation is %g, but must not be negative", o->name, (double)d->b);
  if (d->kind == PL_UNIFORM || d->kind == PL_NORMAL) return PL_OK;
  return status_fail(PL_INVALID_ARGUMENT, "%s: there is no distribution %d", o->name, (int)d->kind);
}

static pl_status check(const pl_option *o, const void *field) {
  int word;
  switch (o->type) {
    case PL_OPTION_INT: return check_int(o, *(const int *)field);
    case PL_OPTION_FLOAT: return check_float(o, "", *(const float *)field);
    case PL_OPTION_WORD: memcpy(&word, field, sizeof word); return check_word(o, word);
    case PL_OPTION_RANGE: return check_range(o, field);
    case PL_OPTION_DISTRIBUTION: return check_distribution(o, field);
    case PL_OPTION_STANDARDIZE: return check_float(o, ".epsilon", ((const pl_standardize *)field)->epsilon);
    default: return PL_OK; /* every value will do */
  }
}

pl_status config_check(const pl_config *c) {
  const pl_option *o;
  for (int i = 0; (o = pl_config_option(i)); i++) TRY(check(o, (const char *)c + o->offset));
  return PL_OK;
}
