/* Phaselens: what does a unit of an image network respond to?
 *
 * An image's Fourier magnitude is held at the average of natural images and only its phase is optimized, so that a chosen unit
 * of a network responds (MaCo: Fel et al., "Unlocking Feature Visualization for Deeper Networks with MAgnitude Constrained
 * Optimization", NeurIPS 2023).
 *
 *   pl_model *model;
 *   pl_model_load(bytes, size, &preprocessing, &model);            // an ONNX file in memory
 *   pl_objective objective = pl_objective_logit(985);              // "daisy" of ImageNet
 *   pl_config config = pl_config_default();
 *   pl_run *run;
 *   pl_run_create(model, &objective, &config, npy, npy_size, &run);
 *   for (int i = 0; i < config.steps; i++) pl_run_step(run, PL_WHOLE_STEP, 0, config.crops);
 *   pl_frame_options frame = pl_frame_options_default();
 *   pl_run_frame(run, &frame, rgba);
 *   pl_run_free(run);
 *   pl_model_free(model);
 *
 * Conventions. Images are float, height x width x 3, RGB in [0, 1], row after row. Sizes are height, width and indices y, x, in
 * that order. Every function that can fail returns a pl_status; pl_error_message() then says in one sentence what is wrong and
 * where. What X_create or X_load makes, X_free frees; freeing NULL does nothing. One handle belongs to one thread at a time. */
#ifndef PHASELENS_H
#define PHASELENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors ---- */

/* X(name, code): the code is the string that bindings show. */
#define PL_STATUS_LIST(X)                                                                    \
  X(OK, "ok")                                                                                \
  X(OUT_OF_MEMORY, "out-of-memory")             /* an allocation or the memory budget */     \
  X(INVALID_ARGUMENT, "invalid-argument")       /* an option or size out of its range */     \
  X(INVALID_MODEL, "invalid-model")             /* not an ONNX file, truncated or corrupt */ \
  X(UNSUPPORTED_OP, "unsupported-op")           /* names the node and the operator */        \
  X(UNSUPPORTED_MODEL, "unsupported-model")     /* a valid file that cannot be run */        \
  X(UNKNOWN_LAYER, "unknown-layer")                                                          \
  X(UNKNOWN_UNIT, "unknown-unit")                                                            \
  X(INVALID_MAGNITUDE, "invalid-magnitude")     /* not a magnitude file */                   \
  X(NOT_FINITE, "not-finite")                   /* the network answered NaN or infinity */   \
  X(INTERNAL, "internal")

typedef enum pl_status {
#define X(name, code) PL_##name,
  PL_STATUS_LIST(X)
#undef X
} pl_status;

/* The code of a status, such as "unknown-layer". */
const char *pl_status_code(pl_status status);

/* The sentence of this thread's last failure; valid until its next one. */
const char *pl_error_message(void);

/* ---- models ---- */

enum { PL_MAX_RANK = 6, PL_MAX_CHANNELS = 4 };

typedef struct pl_model pl_model;

/* What the network expects: input = (rgb - mean) / std, with rgb in [0, 1]. */
typedef struct pl_preprocessing {
  float mean[PL_MAX_CHANNELS];
  float std[PL_MAX_CHANNELS]; /* > 0 */
  bool bgr;                   /* the network's first channel is blue */
} pl_preprocessing;

/* A named output of the graph. Strings belong to the model. */
typedef struct pl_layer {
  const char *name;
  const char *kind; /* the ONNX operator that makes it, such as "Conv" */
  int rank;
  int shape[PL_MAX_RANK]; /* as the ONNX graph defines it (N x C x H x W), for one image of the model's own input size */
  int units;              /* channels of N x C x H x W and N x C, features of N x T x F */
  bool runs;              /* false where an operator on the way to it is not supported */
} pl_layer;

/* Reads an ONNX file from memory. The bytes must stay where they are until pl_model_free: weights are not copied.
 * Operators that are not supported are refused only where a layer needs them.
 * Errors: PL_INVALID_MODEL, PL_UNSUPPORTED_MODEL, PL_OUT_OF_MEMORY, PL_INVALID_ARGUMENT. */
pl_status pl_model_load(const void *onnx, size_t size, const pl_preprocessing *preprocessing, pl_model **model);
void pl_model_free(pl_model *model);

/* The input that the file asks for; sizes the file leaves open are 224. */
void pl_model_input(const pl_model *model, int *channels, int *height, int *width);

/* Layers in the order of computation. */
int pl_model_layer_count(const pl_model *model);
pl_layer pl_model_layer(const pl_model *model, int index);

/* The index of the layer that holds the logits (the last one before any softmax), or -1. */
int pl_model_logits(const pl_model *model);

/* ---- objectives: what is maximized ---- */

typedef enum pl_objective_kind {
  PL_CHANNEL, /* mean of channel `unit` over positions (of feature `unit` over tokens) */
  PL_NEURON,  /* channel `unit` at y, x; -1 is the centre */
  PL_LOGIT,   /* value `unit` of the logits layer */
} pl_objective_kind;

typedef struct pl_term {
  pl_objective_kind kind;
  const char *layer; /* NULL: the logits layer */
  int unit, y, x;
  float weight;
} pl_term;

enum { PL_MAX_TERMS = 8 };

/* The weighted sum of its terms, which may stand at different layers. */
typedef struct pl_objective {
  int count;
  pl_term terms[PL_MAX_TERMS];
} pl_objective;

pl_objective pl_objective_logit(int unit);
pl_objective pl_objective_channel(const char *layer, int unit);
pl_objective pl_objective_neuron(const char *layer, int unit, int y, int x);

/* ---- a fixed image ---- */

/* The values of a layer for an image, which is resized (antialiased, its aspect ratio not kept) to the model's input.
 * values has room for `capacity` floats, at least the product of the layer's shape; the order is ONNX's (C x H x W).
 * Errors: PL_UNKNOWN_LAYER, PL_UNSUPPORTED_OP, PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status pl_activations(pl_model *model, const float *image, int height, int width, const char *layer, float *values,
                         size_t capacity);

/* The objective's score for an image, and d score / d image (height x width x 3, in the image's own pixels).
 * Errors: as pl_activations, and PL_UNKNOWN_UNIT, PL_NOT_FINITE. */
pl_status pl_gradient(pl_model *model, const float *image, int height, int width, const pl_objective *objective, float *score,
                      float *dimage);

/* ---- a visualization ---- */

typedef enum pl_distribution_kind { PL_UNIFORM, PL_NORMAL } pl_distribution_kind;

/* U(a, b) or N(a, b): mean a, standard deviation b. */
typedef struct pl_distribution {
  pl_distribution_kind kind;
  float a, b;
} pl_distribution;

typedef enum pl_schedule { PL_CONSTANT, PL_COSINE } pl_schedule;
typedef enum pl_optimizer { PL_NADAM, PL_ADAM } pl_optimizer;

/* How a box becomes a crop. */
typedef enum pl_resample {
  PL_ANTIALIASED,         /* a triangle as wide as a pixel of the crop or of the image, whichever is wider; any box */
  PL_ANTIALIASED_ALIGNED, /* the same as PyTorch does it with align_corners; boxes are rounded to whole pixels */
  PL_BILINEAR,            /* between the four nearest pixels, corner to corner, 0 outside (TensorFlow's crop_and_resize) */
  PL_ROI_BICUBIC,         /* torchvision's roi_align to twice the crop's size, then antialiased bicubic with align_corners */
} pl_resample;

/* How the file's magnitude comes to the image's size. */
typedef enum pl_magnitude_resize {
  PL_BY_FREQUENCY,              /* by cycles per pixel, rows wrapping around: what it means */
  PL_PICTURE_BILINEAR,          /* as if the half spectrum were a picture: half-pixel centres, no antialiasing */
  PL_PICTURE_ANTIALIASED,       /* the same, antialiased */
  PL_PICTURE_ANTIALIASED_ALIGNED, /* the same with PyTorch's align_corners, times the ratio of the areas */
} pl_magnitude_resize;

/* Which part of the image each crop shows. */
typedef enum pl_transform {
  PL_BOXES, /* random boxes, as MaCo has them */
  PL_WARPS, /* all of it, padded with grey, jittered, scaled, rotated and jittered again, as Lucid has it; no boxes, no resample */
} pl_transform;

/* What is optimized, all in decorrelated colour. */
typedef enum pl_parametrization {
  PL_MACO,    /* the phases, under a fixed magnitude: 3 x height x (width/2 + 1) */
  PL_FOURIER, /* the spectrum over a magnitude of 1/frequency^decay (Lucid: Olah et al. 2017): real parts, then imaginary, each as many */
  PL_PIXEL,   /* the pixels: 3 x height x width */
} pl_parametrization;

/* To zero mean and unit deviation: (x - mean) / (deviation + epsilon). */
typedef struct pl_standardize {
  bool on;
  float epsilon;
  bool unbiased; /* the deviation divides by count - 1 */
} pl_standardize;

typedef struct pl_config {
  int height, width;           /* of the image, 32 to 4096 */
  int steps;                   /* the schedule's length, 1 to 100000 */
  int crops;                   /* per step, 1 to 256 */
  int crop_size;               /* side of a crop at the network's input in pixels; 0: the model's own */
  uint64_t seed;               /* of every random number */
  pl_transform transform;
  float warp_pad;              /* PL_WARPS: pixels of grey around the image, 0 to 1000; */
  float warp_jitter;           /* pixels by which it is moved, U(-half, half) in y and in x, before it is scaled and rotated, */
  float warp_jitter_after;     /* and after; */
  pl_distribution warp_scale;  /* above 1 is larger; 0.05 at least; */
  pl_distribution warp_rotation; /* degrees */
  pl_distribution box_side;    /* in fractions of the image's shorter side, then clipped to [0.05, 1] */
  float box_side_change;       /* added to the side before it is clipped: nothing in the first step, all in the last, linearly */
  pl_distribution box_centre;  /* in fractions of the image; boxes inside, uniform: of the room that a box's side leaves */
  bool box_inside;             /* boxes lie wholly in the image; else what lies outside is 0. With PL_UNIFORM, centres from 0 to 1
                                  make every place alike (top = centre * (1 - side)); with PL_NORMAL boxes are moved inside. */
  bool box_square;             /* square in pixels; else the same fraction of the height and of the width */
  bool box_whole_pixels;       /* edges are rounded down to whole pixels */
  pl_resample resample;
  float noise_normal;          /* standard deviation of the normal noise on every crop */
  float noise_uniform;         /* half width of the uniform noise on every crop */
  bool noise_before_resize;    /* the noise is on the image's pixels under the box; else on the crop's */
  float range_low, range_high; /* of the image */
  bool network_units;          /* the network sees the image as it is, so that the range is in its own units; else the image is
                                  RGB in [0, 1] and the model's preprocessing comes after it. The order of channels is kept. */
  pl_parametrization parametrization;
  pl_distribution phase;       /* MaCo's initial phase, radians */
  float start_deviation;       /* of the initial normal values of the others */
  float decay;                 /* of PL_FOURIER, 0 to 4 */
  pl_standardize standardize_phase; /* in every step, all colours together; of PL_FOURIER the spectrum */
  pl_standardize standardize_image; /* the same, before the sigmoid */
  bool standardize_rgb;        /* the image is standardized after recorrelation; else in decorrelated colour */
  pl_magnitude_resize magnitude_resize;
  bool continue_magnitude;     /* above radius 48 of 512 the magnitude is continued by its own power law */
  bool keep_constant;          /* the magnitude of the constant term is the file's, a colour cast; else 0 */
  bool opposite_phases;        /* column 0 and Nyquist's start with opposite phases at +fy and -fy; else free, and the image sees
                                  the mean of the one and the conjugate of the other */
  float penalty_variation;     /* weights, 0 to 1e6, of what is subtracted from the score: total variation, distance from grey, */
  float penalty_l2;            /* energy at high frequencies; penalties.h says how they are measured */
  float penalty_frequency;
  pl_optimizer optimizer;
  float learning_rate;
  pl_schedule schedule;        /* of the learning rate: constant, or falling to 0 by half a cosine */
  float beta1, beta2, epsilon; /* of the optimizer */
  float momentum_decay;        /* of NAdam (Dozat 2016) as PyTorch defines it; Keras has 1 */
  size_t memory_budget;        /* bytes that the network's values may take; decides the crops of one pass */
} pl_config;

/* How an image is shown; does not change what is computed. */
typedef struct pl_frame_options {
  float low, high;   /* percentiles of the image that become black and white, in [0, 1]; 0 and 1 keep the range */
  bool extremes;     /* percentiles 0 and 1 are the image's smallest and largest value instead */
  bool transparency; /* alpha from the accumulated gradient; else opaque */
  float alpha_cap;   /* percentile of the gradient that becomes opaque, in [0, 1] */
  float alpha_blur;  /* standard deviation in pixels of a Gaussian over alpha, 0 to 100 */
  bool alpha_twice;  /* colours are multiplied by alpha too, then stretched from their smallest to their largest value */
} pl_frame_options;

/* Recipes by name: "default" is ours; "paper", "xplique" (2.0.2), "horama" (0.3.0) and "faccent" (1.0.3) do what the publication
 * and these packages do. NULL where there is no preset `index`. */
const char *pl_preset_name(int index);

/* Everything of a recipe. Either pointer may be NULL. Error: PL_INVALID_ARGUMENT, naming the presets there are. */
pl_status pl_preset(const char *name, pl_config *config, pl_frame_options *frame);

/* Those of "default". */
pl_config pl_config_default(void);
pl_frame_options pl_frame_options_default(void);

/* A crop's rectangle in fractions of the image: its upper left corner and its size. */
typedef struct pl_box {
  float y, x, height, width;
} pl_box;

/* One visualization in progress: phase, optimizer, image and a network made ready for the objective's layers. */
typedef struct pl_run pl_run;

/* `magnitude` is the npy file of a mean Fourier magnitude: float32, 3 x H x (W/2+1), rows in fftfreq order, in decorrelated
 * colour; parametrizations that need none do not look at it. It is not kept; NULL makes a helper's run, which can only do
 * PL_STEP_CROPS. The model must outlive the run.
 * Errors: PL_INVALID_ARGUMENT, PL_INVALID_MAGNITUDE, PL_UNKNOWN_LAYER, PL_UNKNOWN_UNIT, PL_UNSUPPORTED_OP, PL_OUT_OF_MEMORY. */
pl_status pl_run_create(pl_model *model, const pl_objective *objective, const pl_config *config, const void *magnitude,
                        size_t magnitude_size, pl_run **run);
void pl_run_free(pl_run *run);

/* The parts of a step. Crops are independent given the image, so several runs of the same configuration can share them:
 * the lead does PL_STEP_IMAGE, hands pl_run_image to helpers, everyone does PL_STEP_CROPS for its own crops, the helpers'
 * results are copied to the lead, which does PL_STEP_UPDATE. The result has the same bits however the crops were shared out. */
enum { PL_STEP_IMAGE = 1, PL_STEP_CROPS = 2, PL_STEP_UPDATE = 4, PL_WHOLE_STEP = 7 };

/* Does `parts` of the current step; PL_STEP_CROPS for crops [first, first + count). Allocates nothing.
 * Errors: PL_INVALID_ARGUMENT, PL_NOT_FINITE. */
pl_status pl_run_step(pl_run *run, unsigned parts, int first, int count);

/* Starts from an image, height x width x 3, RGB in [0, 1], which is resized to the run's size (antialiased, its aspect ratio not
 * kept), instead of random values: its phases and, for PL_MACO, its magnitude. Nothing is standardized in this run, as that would make
 * another image. Before the first step, of a lead. Errors: PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status pl_run_start(pl_run *run, const float *image, int height, int width);

/* For repeating another program's run: crop k of step s sees box (s * crops + k) % count of these, which are copied, and no random
 * one. Every run that shares the crops needs them. Errors: PL_INVALID_ARGUMENT (no box, a number that is not finite or an empty
 * box), PL_OUT_OF_MEMORY. */
pl_status pl_run_set_boxes(pl_run *run, const pl_box *boxes, int count);

/* Gives the network back to the model, keeping what pl_run_frame needs: for a finished picture. Steps are refused from then on. */
void pl_run_finish(pl_run *run);

int pl_run_pass(const pl_run *run);            /* crops that go through the network together: abort and pause between these */
int pl_run_index(const pl_run *run);           /* steps done */
void pl_run_seek(pl_run *run, int index);      /* for helpers: the step whose crops come next */
float pl_run_score(const pl_run *run);         /* mean over the crops of the last step, penalties not subtracted */
float pl_run_penalty(const pl_run *run);       /* the weighted sum of the penalties of the last step's image */
float *pl_run_image(pl_run *run);              /* height x width x 3, what the last PL_STEP_IMAGE made; a helper's is written */
float *pl_run_dcrop(pl_run *run, int crop);    /* crop_size x crop_size x 3: d score / d crop, what PL_STEP_CROPS made */
float *pl_run_crop_score(pl_run *run, int crop);
int pl_run_crop_size(const pl_run *run);
const float *pl_run_transparency(const pl_run *run); /* height x width: |d score / d image| summed over channels and steps, without penalties */
float *pl_run_values(pl_run *run, size_t *count);    /* the optimized values, and how many they are */

/* The image as RGBA8, height x width x 4, for a canvas. Allocates nothing. */
void pl_run_frame(pl_run *run, const pl_frame_options *options, uint8_t *rgba);

/* ---- checkpoints: a run in progress as bytes, from which it goes on with the same bits, anywhere ---- */

/* Values, optimizer, step and configuration, and a note of the caller's, such as the objective. Writes it where `capacity` is enough;
 * *size is what it takes in any case, and a capacity of 0 only asks for that. Boxes that were given are not kept.
 * Error: PL_INVALID_ARGUMENT (a helper's run, a finished one, too little room). */
pl_status pl_run_checkpoint(pl_run *run, const char *note, size_t note_size, void *bytes, size_t capacity, size_t *size);

/* What a checkpoint says of its run: the configuration, the steps done, and the note, which points into the bytes.
 * Error: PL_INVALID_ARGUMENT (no checkpoint, one of another version, a damaged one). */
pl_status pl_checkpoint_read(const void *bytes, size_t size, pl_config *config, int *index, const char **note, size_t *note_size);

/* A run that goes on from there; no magnitude is needed. Errors: as pl_checkpoint_read and pl_run_create. */
pl_status pl_run_restore(pl_model *model, const pl_objective *objective, const void *bytes, size_t size, pl_run **run);

/* Bytes held by the run's network values and weights. */
size_t pl_run_memory(const pl_run *run);

/* ---- a magnitude of one's own: the mean over images ---- */

typedef struct pl_average pl_average;

/* For a magnitude of images of height x width, 2 to 4096, the width even; in decorrelated colour, as pl_run_create takes it, or in RGB.
 * Errors: PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status pl_average_create(int height, int width, bool decorrelate, pl_average **average);
void pl_average_free(pl_average *average);

/* Adds an image (height x width x 3, RGB in [0, 1]): its middle, as large as the aspect ratio allows, resized with antialiasing.
 * Errors: PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status pl_average_add(pl_average *average, const float *image, int height, int width);

/* The mean as an npy file; a capacity of 0 only asks for its size. Error: PL_INVALID_ARGUMENT (no image, too little room). */
pl_status pl_average_finish(const pl_average *average, void *npy, size_t capacity, size_t *size);

#ifdef __cplusplus
}
#endif
#endif
