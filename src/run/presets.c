/* Recipes by name. Each number of another's was read in its source; where the two disagree, what its code does counts. */
#include <string.h>

#include "run/config.h"

/* Chosen by what networks that never saw a picture name it, per multiplication spent (tests/report/recipes.md): phases that start
 * uniform and are not standardized have no bright corners, a falling rate lets them settle, and boxes about the middle let what the
 * unit looks for appear once, large and whole, where boxes everywhere scatter pieces of it. */
static const pl_config DEFAULT = {
    .height = 320,
    .width = 320,
    .steps = 80,
    .crops = 4,
    .images = 1,
    .transform = PL_BOXES,
    .warp_pad = 12,
    .warp_jitter = 8,
    .warp_jitter_after = 4,
    .warp_scale = {PL_UNIFORM, 0.9f, 1.1f},
    .warp_rotation = {PL_UNIFORM, -10, 10},
    .box_side = {PL_NORMAL, 0.4f, 0.14f},
    .box_centre = {PL_NORMAL, 0.5f, 0.1f},
    .box_inside = true,
    .box_square = true,
    .resample = PL_ANTIALIASED,
    .noise_normal = 0.03f,
    .noise_uniform = 0.015f,
    .range = {0, 1},
    .redirect_steps = 16,
    .parametrization = PL_MACO,
    .start_deviation = 0.01f,
    .decay = 1,
    .phase = {PL_UNIFORM, -3.14159265f, 3.14159265f},
    .standardize_phase = {false, 1e-5f, false},
    .standardize_image = {true, 1e-5f, false},
    .magnitude_resize = PL_BY_FREQUENCY,
    .continue_magnitude = true,
    .opposite_phases = true,
    .optimizer = PL_NADAM,
    .learning_rate = 0.4f,
    .schedule = PL_LINEAR,
    .beta1 = 0.9f,
    .beta2 = 0.999f,
    .epsilon = 1e-8f,
    .momentum_decay = 0.004f,
    .frame_mean = 6,
    .memory_budget = (uint64_t)2 << 30,
};

static const pl_frame_options DEFAULT_FRAME = {.percentiles = {0.01f, 0.99f}, .alpha_cap = 0.8f};

static void fill_default(pl_config *c, pl_frame_options *f) {
  *c = DEFAULT;
  *f = DEFAULT_FRAME;
}

/* What the three packages have in common: the half spectrum is resized as a picture, constant term and free phases and all. */
static void fill_common(pl_config *c, pl_frame_options *f) {
  fill_default(c, f);
  c->height = c->width = 512;
  c->box_square = false;
  c->continue_magnitude = false;
  c->keep_constant = true;
  c->opposite_phases = false;
  c->redirect_steps = 0;
  c->schedule = PL_CONSTANT;
  c->frame_mean = 0;
  f->transparency = true;
}

/* features_visualizations/maco.py and preconditioning.py, plots/image.py. The optimizer is Keras's: its epsilon is 1e-7 and its
 * momentum decay 1, not PyTorch's 0.004. plot_maco multiplies the image by alpha, stretches it, and shows it with alpha again. */
static void fill_xplique(pl_config *c, pl_frame_options *f) {
  fill_common(c, f);
  c->steps = 256;
  c->crops = 32;
  c->box_side = (pl_distribution){PL_NORMAL, 0.5f, 0.05f};
  c->box_side_change = -0.45f;
  c->box_centre = (pl_distribution){PL_NORMAL, 0.5f, 0.15f};
  c->box_inside = false;
  c->resample = PL_BILINEAR;
  c->noise_normal = 0.08f;
  c->noise_uniform = 0.04f;
  c->range = (pl_range){-1, 1};
  c->network_units = true;
  c->phase = (pl_distribution){PL_NORMAL, 0, 1};
  c->standardize_phase = (pl_standardize){true, 1e-5f, false};
  c->standardize_image = (pl_standardize){true, 1e-5f, false};
  c->magnitude_resize = PL_PICTURE_BILINEAR;
  c->learning_rate = 1;
  c->epsilon = 1e-7f;
  c->momentum_decay = 1;
  f->alpha_twice = true;
}

/* maco_fv.py, common.py and plots.py. Sides are U(0.25, 0.30) in the code, rand * (high - low) + high, though (0.20, 0.25) is
 * asked. It knows square images only, and so multiplies both coordinates by the height. */
static void fill_horama(pl_config *c, pl_frame_options *f) {
  fill_common(c, f);
  c->height = c->width = 1280;
  c->steps = 1000;
  c->crops = 6;
  c->box_side = (pl_distribution){PL_UNIFORM, 0.25f, 0.30f};
  c->box_centre = (pl_distribution){PL_NORMAL, 0.5f, 0.15f};
  c->box_inside = false;
  c->resample = PL_ROI_BICUBIC;
  c->noise_normal = 0.05f;
  c->noise_uniform = 0.025f;
  c->range = (pl_range){-2.5f, 2.5f};
  c->network_units = true;
  c->phase = (pl_distribution){PL_NORMAL, 0, 1};
  c->standardize_phase = (pl_standardize){true, 1e-4f, true};
  c->standardize_image = (pl_standardize){true, 1e-4f, true};
  c->magnitude_resize = PL_PICTURE_ANTIALIASED;
  c->learning_rate = 1;
}

/* param.py (fourier_phase), transform.py, render.py and utils.py (plot_alpha). The noise is on the box's pixels, before they are
 * resized; the resize is antialiased with align_corners; the image is standardized in RGB. */
static void fill_faccent(pl_config *c, pl_frame_options *f) {
  fill_common(c, f);
  c->steps = 99;
  c->crops = 16;
  c->box_side = (pl_distribution){PL_UNIFORM, 0.05f, 0.5f};
  c->box_centre = (pl_distribution){PL_NORMAL, 0.5f, 0.1f};
  c->box_inside = true;
  c->box_whole_pixels = true;
  c->resample = PL_ANTIALIASED_ALIGNED;
  c->noise_normal = 0.02f;
  c->noise_uniform = 0.01f;
  c->noise_before_resize = true;
  c->range = (pl_range){0, 1};
  c->standardize_image = (pl_standardize){true, 1e-4f, true};
  c->standardize_rgb = true;
  c->magnitude_resize = PL_PICTURE_ANTIALIASED_ALIGNED;
  c->optimizer = PL_ADAM;
  c->learning_rate = 0.05f;
  f->percentiles = (pl_range){0, 1};
  f->extremes = true;
  f->alpha_blur = 2;
}

/* Fel et al. 2023: what the publication gives; what it leaves open is as in xplique, by the same authors. */
static void fill_paper(pl_config *c, pl_frame_options *f) {
  fill_xplique(c, f);
  c->box_side = (pl_distribution){PL_NORMAL, 0.25f, 0.1f};
  c->box_side_change = 0;
  c->noise_normal = 0;
  c->noise_uniform = 0.1f;
  c->phase = DEFAULT.phase;
}

static const struct {
  const char *name;
  void (*fill)(pl_config *c, pl_frame_options *f);
} PRESETS[] = {
    {"default", fill_default}, {"paper", fill_paper},     {"xplique", fill_xplique},
    {"horama", fill_horama},   {"faccent", fill_faccent},
};

enum { PRESET_COUNT = sizeof PRESETS / sizeof *PRESETS };

const char *pl_preset_name(int index) { return index >= 0 && index < PRESET_COUNT ? PRESETS[index].name : NULL; }

pl_status pl_preset(const char *name, pl_config *config, pl_frame_options *frame) {
  pl_config c;
  pl_frame_options f;
  for (int i = 0; i < PRESET_COUNT; i++) {
    if (strcmp(PRESETS[i].name, name) != 0) continue;
    PRESETS[i].fill(&c, &f);
    if (config) *config = c;
    if (frame) *frame = f;
    return PL_OK;
  }
  return status_fail(PL_INVALID_ARGUMENT, "there is no preset '%s'; presets are default, paper, xplique, horama and faccent",
                     name);
}

pl_config pl_config_default(void) { return DEFAULT; }
pl_frame_options pl_frame_options_default(void) { return DEFAULT_FRAME; }
