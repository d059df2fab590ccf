/* The lists of options as data. */
#include "phaselens.h"

#define WORD(name, word) word,
#define WORDS(name, LIST) static const char *const name[] = {LIST(WORD) NULL};

WORDS(schedule_words, PL_SCHEDULE_LIST)
WORDS(optimizer_words, PL_OPTIMIZER_LIST)
WORDS(resample_words, PL_RESAMPLE_LIST)
WORDS(magnitude_resize_words, PL_MAGNITUDE_RESIZE_LIST)
WORDS(transform_words, PL_TRANSFORM_LIST)
WORDS(parametrization_words, PL_PARAMETRIZATION_LIST)
const char *const pl_distribution_words[] = {PL_DISTRIBUTION_LIST(WORD) NULL};

/* What an option's C type says of it. */
#define TYPE_bool PL_OPTION_BOOL, NULL
#define TYPE_int PL_OPTION_INT, NULL
#define TYPE_uint64_t PL_OPTION_UINT64, NULL
#define TYPE_float PL_OPTION_FLOAT, NULL
#define TYPE_pl_range PL_OPTION_RANGE, NULL
#define TYPE_pl_distribution PL_OPTION_DISTRIBUTION, NULL
#define TYPE_pl_standardize PL_OPTION_STANDARDIZE, NULL
#define TYPE_pl_schedule PL_OPTION_WORD, schedule_words
#define TYPE_pl_optimizer PL_OPTION_WORD, optimizer_words
#define TYPE_pl_resample PL_OPTION_WORD, resample_words
#define TYPE_pl_magnitude_resize PL_OPTION_WORD, magnitude_resize_words
#define TYPE_pl_transform PL_OPTION_WORD, transform_words
#define TYPE_pl_parametrization PL_OPTION_WORD, parametrization_words

#define NUMBER(type, name, low, high, text) \
  {#name, TYPE_##type, offsetof(OWNER, name), (double)(low), (double)(high), false, text},
#define OR_ZERO(type, name, low, high, text) \
  {#name, TYPE_##type, offsetof(OWNER, name), (double)(low), (double)(high), true, text},
#define CHOICE(type, name, text) {#name, TYPE_##type, offsetof(OWNER, name), 0, 0, false, text},

#define OWNER pl_config
static const pl_option config[] = {PL_CONFIG_LIST(NUMBER, OR_ZERO, CHOICE)};
#undef OWNER
#define OWNER pl_frame_options
static const pl_option frame[] = {PL_FRAME_LIST(NUMBER, OR_ZERO, CHOICE)};

enum { CONFIG_COUNT = sizeof config / sizeof *config, FRAME_COUNT = sizeof frame / sizeof *frame };

const pl_option *pl_config_option(int index) { return index >= 0 && index < CONFIG_COUNT ? &config[index] : NULL; }
const pl_option *pl_frame_option(int index) { return index >= 0 && index < FRAME_COUNT ? &frame[index] : NULL; }
