/* What the lists of options promise: each bound is kept, and the sentence that refuses a value names the option. */
#include "run/config.h"
#include "support.h"

static void *field(pl_config *c, const pl_option *o) { return (char *)c + o->offset; }

static void set(const pl_option *o, void *at, double number) {
  const float x = (float)number;
  switch (o->type) {
    case PL_OPTION_INT: *(int *)at = (int)number; break;
    case PL_OPTION_FLOAT: *(float *)at = x; break;
    case PL_OPTION_RANGE: ((pl_range *)at)->low = x; break;
    case PL_OPTION_DISTRIBUTION: *(pl_distribution *)at = (pl_distribution){PL_UNIFORM, x, x}; break;
    case PL_OPTION_STANDARDIZE: ((pl_standardize *)at)->epsilon = x; break;
    default: break;
  }
}

static void expect(const pl_option *o, double number, pl_status expected) {
  pl_config c = pl_config_default();
  set(o, field(&c, o), number);
  if (!CHECK_INT(config_check(&c), expected)) printf("  %s of %g\n", o->name, number);
  if (expected) CHECK(strncmp(pl_error_message(), o->name, strlen(o->name)) == 0);
}

static void bounds_are_kept(const pl_option *o) {
  if (o->type != PL_OPTION_RANGE) { /* a range from an end to the default's other one may be empty */
    expect(o, o->low, PL_OK);
    expect(o, o->high, PL_OK);
  }
  expect(o, o->low - 1, PL_INVALID_ARGUMENT);
  expect(o, o->high + fmax(1, 1e-3 * o->high), PL_INVALID_ARGUMENT);
  if (o->type != PL_OPTION_INT) expect(o, NAN, PL_INVALID_ARGUMENT);
  if (o->or_zero) expect(o, 0, PL_OK);
}

static void words_are_kept(const pl_option *o) {
  int count = 0;
  for (; o->words[count]; count++)
    for (int i = 0; i < count; i++) CHECK(strcmp(o->words[i], o->words[count]) != 0);
  CHECK(count > 1);
  for (int word = -1; word <= count; word++) {
    pl_config c = pl_config_default();
    memcpy(field(&c, o), &word, sizeof word);
    CHECK_INT(config_check(&c), word >= 0 && word < count ? PL_OK : PL_INVALID_ARGUMENT);
  }
}

static void pairs_are_in_order(void) {
  pl_config c = pl_config_default();
  c.range = (pl_range){1, 1};
  CHECK_INT(config_check(&c), PL_INVALID_ARGUMENT);
  c = pl_config_default();
  c.generator_range = (pl_range){2, 1};
  CHECK_INT(config_check(&c), PL_INVALID_ARGUMENT);
  c = pl_config_default();
  c.box_side = (pl_distribution){PL_UNIFORM, 0.5f, 0.4f};
  CHECK_INT(config_check(&c), PL_INVALID_ARGUMENT);
  c.box_side = (pl_distribution){PL_NORMAL, 0.5f, -0.1f};
  CHECK_INT(config_check(&c), PL_INVALID_ARGUMENT);
  c.box_side = (pl_distribution){(pl_distribution_kind)2, 0.1f, 0.2f};
  CHECK_INT(config_check(&c), PL_INVALID_ARGUMENT);
}

int main(void) {
  const pl_option *o;
  int count = 0;
  for (; (o = pl_config_option(count)); count++) {
    CHECK(*o->name && strlen(o->text) > 10 && o->text[strlen(o->text) - 1] == '.');
    if (o->type == PL_OPTION_WORD) words_are_kept(o);
    else if (o->type != PL_OPTION_BOOL && o->type != PL_OPTION_UINT64) bounds_are_kept(o);
  }
  CHECK(!pl_config_option(-1) && !pl_frame_option(-1));
  for (int i = 0; pl_preset_name(i); i++) {
    pl_config c;
    CHECK_INT(pl_preset(pl_preset_name(i), &c, NULL), PL_OK);
    CHECK_INT(config_check(&c), PL_OK);
  }
  for (count = 0; (o = pl_frame_option(count)); count++) CHECK(o->offset < sizeof(pl_frame_options));
  CHECK_INT(count, 6);
  pairs_are_in_order();
  return test_result();
}
