/* Phaselens: what does a unit of an image network respond to?
 *
 * An image's Fourier magnitude is held at the average of natural images and only its phase is optimized, so that a chosen unit
 * of a network responds (MaCo: Fel et al., "Unlocking Feature Visualization for Deeper Networks with MAgnitude Constrained
 * Optimization", NeurIPS 2023).
 *
 *   pl_model *model;
 *   pl_model_load(bytes, size, NULL, &model);                      // an ONNX file in memory
 *   const char *objective = "{\"kind\": \"logit\", \"unit\": 985}";  // "daisy" of ImageNet
 *   pl_config config = pl_config_default();
 *   pl_run *run;
 *   pl_run_create(model, objective, &config, NULL, 0, npy, npy_size, &run);
 *   for (int i = 0; i < config.steps; i++) pl_run_step(run, PL_WHOLE_STEP, 0, config.crops);
 *   pl_frame_options frame = pl_frame_options_default();
 *   pl_run_frame(run, 0, &frame, rgba);
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
#define PL_STATUS_LIST(X)                                                                \
  X(OK, "ok")                                                                            \
  X(OUT_OF_MEMORY, "out-of-memory")         /* an allocation or the memory budget */     \
  X(INVALID_ARGUMENT, "invalid-argument")   /* an option or size out of its range */     \
  X(INVALID_MODEL, "invalid-model")         /* not an ONNX file, truncated or corrupt */ \
  X(MISSING_DATA, "missing-data")           /* weights in a file that is not given */    \
  X(UNSUPPORTED_OP, "unsupported-op")       /* names the node and the operator */        \
  X(UNSUPPORTED_MODEL, "unsupported-model") /* a valid file that cannot be run */        \
  X(UNKNOWN_LAYER, "unknown-layer")                                                      \
  X(UNKNOWN_UNIT, "unknown-unit")                                                        \
  X(INVALID_MAGNITUDE, "invalid-magnitude") /* not a magnitude file */                   \
  X(NOT_FINITE, "not-finite")               /* the network answered NaN or infinity */   \
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

/* Where a layer cannot be run, the last layer on the way to it that can be, and has units; else NULL. It belongs to the model. */
const char *pl_error_last_layer(void);

/* ---- models ---- */

enum { PL_MAX_RANK = 6, PL_MAX_CHANNELS = 4, PL_MAX_IMAGES = 8, PL_MAX_PHOTOS = 8 };

typedef struct pl_model pl_model;

/* What the network expects: input = (rgb - mean) / std, with rgb in [0, 1]. A network of one channel is fed the luminance (0.299
 * R + 0.587 G + 0.114 B) with the first mean and std, one of four channels an alpha of 1 with the fourth. */
typedef struct pl_preprocessing {
  float mean[PL_MAX_CHANNELS];
  float std[PL_MAX_CHANNELS]; /* > 0 */
  bool bgr;                   /* the network's first channel is blue, and so are the first mean and std */
} pl_preprocessing;

/* What a file lets guess of the values that it expects: it may normalize its input itself, or take bytes. */
typedef struct pl_preprocessing_hint {
  bool found;   /* the file tells */
  bool unknown; /* it does something to its input that tells nothing: these values may be wrong by their own size */
  pl_preprocessing preprocessing; /* ImageNet's mean and deviation where nothing is found */
  char reason[240]; /* a clause, such as "input 'image' takes bytes, from 0 to 255"; empty where neither found nor unknown */
} pl_preprocessing_hint;

/* A named output of the graph. Strings belong to the model. */
typedef struct pl_layer {
  const char *name;
  int alias_count;
  const char *const *aliases; /* more names by which it is found: of what an Identity, a Cast, a Dropout or an If makes of it */
  const char *kind;           /* the ONNX operator that makes it, such as "Conv" */
  const char *block;          /* the module that it is part of, such as "blocks.3.attn", where the file tells; else "" */
  int rank;
  int shape[PL_MAX_RANK]; /* as the ONNX graph defines it (N x C x H x W), for one image of the model's own input size */
  int units;              /* channels or features; 0 where a layer has none that can be chosen, or they cannot be told */
  int unit_axis;         /* of shape, followed from the image through the operators: 1 in N x C x H x W and N x C, 2 in N x T x F,
                             3 in N x H x W x C; 0 where it cannot be told */
  int prefix_tokens;     /* N x T x F, T of a map of patches: tokens before those of the patches, the class token first */
  bool runs;             /* false where an operator on the way to it is not supported */
  const char *unclamped; /* of a Relu or Clip: the layer that it is made of, whose units have a gradient everywhere; else NULL */
} pl_layer;

/* A file beside an ONNX file, in which weights of it lie: PyTorch writes model.onnx and model.onnx.data. Its name is what the
 * ONNX file calls it (pl_external_names). The bytes must stay where they are as long as those of the ONNX file. */
typedef struct pl_external_data {
  const char *name;
  const void *bytes;
  size_t size;
} pl_external_data;

/* The names of the files that an ONNX file needs beside it, each ending in a line feed, sorted; most need none. Writes them where
 * `capacity` is enough; *needed is what they take in any case, and a capacity of 0 only asks for that.
 * Errors: PL_INVALID_MODEL (also for a name that leads out of the file's folder), PL_UNSUPPORTED_MODEL, PL_OUT_OF_MEMORY. */
pl_status pl_external_names(const void *onnx, size_t size, char *names, size_t capacity, size_t *needed);

/* What a model is loaded with. All of it zero: as the file has it. */
typedef struct pl_model_options {
  const pl_preprocessing *preprocessing; /* NULL: what pl_model_preprocessing_hint answers */
  int height, width;                     /* of its input, where the file leaves these sizes open; both 0: see pl_model_input */
  const pl_external_data *external;      /* files in which weights lie */
  int external_count;
  int workers; /* threads that share the crops of a run's steps, each with a model of its own: how many crops go through the network
                  at once; 0: one */
} pl_model_options;

/* Reads an ONNX file from memory. The bytes must stay where they are until pl_model_free: weights are not copied. options: NULL
 * for all of it zero.
 * Operators that are not supported are refused only where a layer needs them.
 * Errors: PL_INVALID_MODEL, PL_MISSING_DATA, PL_UNSUPPORTED_MODEL, PL_OUT_OF_MEMORY, PL_INVALID_ARGUMENT (a size that the file
 * fixes otherwise). */
pl_status pl_model_load(const void *onnx, size_t size, const pl_model_options *options, pl_model **model);
void pl_model_free(pl_model *model);

/* The input that the file asks for, N x C x H x W or N x H x W x C; sizes that it leaves open are those of the options, or 224,
 * or where the logits cannot be computed for that, one for which they can: as many patches as there are positions, as many values
 * as a matrix takes. */
void pl_model_input(const pl_model *model, int *channels, int *height, int *width);

/* Whether the file leaves the height or the width of its input open. */
bool pl_model_input_is_open(const pl_model *model);

pl_preprocessing_hint pl_model_preprocessing_hint(const pl_model *model);

/* Whether a layer (NULL: the logits) can be computed for images of this size: PL_OK, or why not. Convolutions take most sizes,
 * while positions and numbers of values that are fixed in the file take one.
 * Errors: PL_UNSUPPORTED_MODEL or PL_INVALID_MODEL (of this size), PL_UNKNOWN_LAYER, PL_UNSUPPORTED_OP, PL_INVALID_ARGUMENT,
 * PL_OUT_OF_MEMORY. */
pl_status pl_model_accepts(const pl_model *model, int height, int width, const char *layer);

/* Layers in the order of computation. */
int pl_model_layer_count(const pl_model *model);
pl_layer pl_model_layer(const pl_model *model, int index);

/* The index of the layer that holds the logits (the last one before any softmax), or -1. */
int pl_model_logits(const pl_model *model);

/* ---- generators: networks that make an image out of a latent ---- */

typedef struct pl_generator pl_generator;

typedef struct pl_generator_info {
  int rank;
  int shape[PL_MAX_RANK]; /* of a latent, with the batch, which is 1 */
  size_t count;           /* numbers of a latent, the product of the shape */
  int height, width;      /* of its images; runs take 32 to 4096 */
  float low, high;        /* values of the output that are black and white; -1 and 1 where the operators at its end do not tell */
  bool range_found;       /* they do: a Tanh, a Sigmoid or a Clip, perhaps with arithmetic after it */
  uint64_t id;            /* a hash of the file and of those beside it: by it a checkpoint knows its generator */
} pl_generator_info;

/* Reads a generator: a GAN's, or a VAE's decoder. Its one input is a latent of floats, batch x Z, batch x Z x 1 x 1 or any shape
 * that is fixed but for the batch (1 or open); its first output that is an image counts: batch x 3 x height x width, or with
 * channels last, or of one channel, which is taken as grey. The bytes must stay where they are until pl_generator_free.
 * Errors: PL_INVALID_MODEL, PL_MISSING_DATA, PL_UNSUPPORTED_MODEL (several inputs, open sizes, no image), PL_UNSUPPORTED_OP,
 * PL_OUT_OF_MEMORY. */
pl_status pl_generator_load(const void *onnx, size_t size, const pl_external_data *external, int external_count,
                            pl_generator **generator);
void pl_generator_free(pl_generator *generator);

pl_generator_info pl_generator_describe(const pl_generator *generator);

/* ---- objectives: what is maximized ---- */

/* An objective is a JSON text, the same here, in JavaScript and in links. It is a leaf, or leaves put together:
 *
 *   {"kind": "sum", "of": [objective, ...]}        the sum of 1 objective or more
 *   {"kind": "product", "of": [objective, ...]}    their product
 *   {"kind": "channel", "layer": "conv5", "unit": 3}
 *
 * and each takes "weight", a factor that is 1 where it is left out. A difference is a sum with a weight of -1. Leaves:
 *
 *   kind         takes                        value
 *   channel      layer, unit, mask?, tokens?  the mean of channel `unit` over positions (of feature `unit` over tokens)
 *   neuron       layer, unit, y?, x?          channel `unit` at one position; the centre where y or x is left out
 *   logit        unit, layer?                 value `unit` of the logits layer, or of another one
 *   probability  unit, layer?                 the same after a softmax over the units
 *   layer        layer, mask?, tokens?        the mean of all squares, |x|^2 / count (DeepDream)
 *   direction    layer, vector, mask?,        the mean over positions of <x, vector>, with x the units at a position
 *                tokens?
 *   cosine       as direction                 the mean over positions of <x, vector> / (|x| |vector|), 0 where x is 0
 *   dot-cosine   as direction, and power?     the mean over positions of <x, vector> max(cosine, 0.1)^power; power is 2
 *   distance     layer, photo, tokens?        |x - y|^2 / |y|^2 over the layer, with y that of the same crop of the run's photo
 *                                             `photo`, from 0; 0 where y is 0. A weight of -1 inverts features.
 *   diversity    layer, tokens?               minus the mean over the run's other images of the cosine between their Gram
 *                                             matrices (the sum over positions of x x') and this image's
 *
 * A run of several images has the mean of their scores.
 *
 * "layer" is a layer's name. "vector" is a list of as many numbers as the layer has units. "tokens" says which of N x T x F
 * count: "all", or of a layer with prefix_tokens "patches" or "class" (token 0). "mask" is {"height": h, "width": w,
 * "values": [...]}, a weight from 0 for each of these positions, row after row (tokens are one row), and makes means over
 * positions weighted ones: sum(mask value) / sum(mask). It must be of the layer's size for the crops that are used.
 *
 * At most 64 leaves, 256 parts in all, nested 16 deep; 8 MB of text. A key that is not listed is refused. */

/* ---- a fixed image ---- */

/* The values of a layer for an image, which is resized (antialiased, its aspect ratio not kept) to the model's input.
 * values has room for `capacity` floats, at least the product of the layer's shape; the order is ONNX's (C x H x W).
 * Errors: PL_UNKNOWN_LAYER, PL_UNSUPPORTED_OP, PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status pl_activations(pl_model *model, const float *image, int height, int width, const char *layer, float *values,
                         size_t capacity);

/* The objective's score for an image, and d score / d image (height x width x 3, in the image's own pixels).
 * Errors: as pl_activations, and PL_UNKNOWN_UNIT, PL_NOT_FINITE. */
pl_status pl_gradient(pl_model *model, const float *image, int height, int width, const char *objective, float *score,
                      float *dimage);

/* ---- a visualization: its options ---- */

/* The words of enumerations: X(name, word) stands for PL_name, and `word` is what bindings, links and commands say. */
#define PL_WORD(name, word) PL_##name,

#define PL_DISTRIBUTION_LIST(X) \
  X(UNIFORM, "uniform")         \
  X(NORMAL, "normal")

#define PL_SCHEDULE_LIST(X)                               \
  X(CONSTANT, "constant")                                 \
  X(COSINE, "cosine") /* falling to 0 by half a cosine */ \
  X(LINEAR, "linear") /* falling to 0 by a straight line */

#define PL_OPTIMIZER_LIST(X) \
  X(NADAM, "nadam")          \
  X(ADAM, "adam")

/* How a box becomes a crop. */
#define PL_RESAMPLE_LIST(X)                                                                                                     \
  X(ANTIALIASED, "antialiased") /* a triangle as wide as a pixel of the crop or of the image, whichever is wider */             \
  X(ANTIALIASED_ALIGNED, "antialiased-aligned") /* the same as PyTorch does it with align_corners; boxes are of whole pixels */ \
  X(BILINEAR, "bilinear")       /* between the four nearest pixels, corner to corner, 0 outside (crop_and_resize) */            \
  X(ROI_BICUBIC, "roi-bicubic") /* torchvision's roi_align to twice the crop's size, bicubic with align_corners */

/* How the file's magnitude comes to the image's size. */
#define PL_MAGNITUDE_RESIZE_LIST(X)                                                                                      \
  X(BY_FREQUENCY, "frequency")                          /* by cycles per pixel, rows wrapping around: what it means */   \
  X(PICTURE_BILINEAR, "bilinear")                       /* as if the half spectrum were a picture: half-pixel centres */ \
  X(PICTURE_ANTIALIASED, "antialiased")                 /* the same, antialiased */                                      \
  X(PICTURE_ANTIALIASED_ALIGNED, "antialiased-aligned") /* with PyTorch's align_corners, times the ratio of the areas */

/* Which part of the image each crop shows. */
#define PL_TRANSFORM_LIST(X)                             \
  X(BOXES, "boxes") /* random boxes, as MaCo has them */ \
  X(WARPS, "warps") /* all of it, padded with grey, jittered, scaled, rotated and jittered again, as Lucid has it; no boxes */

/* What is optimized, but for a latent in decorrelated colour. */
#define PL_PARAMETRIZATION_LIST(X)                                                                                             \
  X(MACO, "maco") /* the phases, under a fixed magnitude: 3 x height x (width/2 + 1) */                                        \
  X(FOURIER,                                                                                                                   \
    "fourier")      /* the spectrum over a magnitude of 1/frequency^decay (Lucid): real parts, then imaginary, each as many */ \
  X(PIXEL, "pixel") /* the pixels: 3 x height x width */                                                                       \
  X(GENERATOR, "generator") /* the latent of a generator, whose image is the image (Nguyen et al. 2016) */

typedef enum pl_distribution_kind { PL_DISTRIBUTION_LIST(PL_WORD) } pl_distribution_kind;
typedef enum pl_schedule { PL_SCHEDULE_LIST(PL_WORD) } pl_schedule;
typedef enum pl_optimizer { PL_OPTIMIZER_LIST(PL_WORD) } pl_optimizer;
typedef enum pl_resample { PL_RESAMPLE_LIST(PL_WORD) } pl_resample;
typedef enum pl_magnitude_resize { PL_MAGNITUDE_RESIZE_LIST(PL_WORD) } pl_magnitude_resize;
typedef enum pl_transform { PL_TRANSFORM_LIST(PL_WORD) } pl_transform;
typedef enum pl_parametrization { PL_PARAMETRIZATION_LIST(PL_WORD) } pl_parametrization;

/* U(a, b) or N(a, b): mean a, standard deviation b. */
typedef struct pl_distribution {
  pl_distribution_kind kind;
  float a, b;
} pl_distribution;

/* To zero mean and unit deviation: (x - mean) / (deviation + epsilon). */
typedef struct pl_standardize {
  bool on;
  float epsilon;
  bool unbiased; /* the deviation divides by count - 1 */
} pl_standardize;

/* From low to high, low < high. */
typedef struct pl_range {
  float low, high;
} pl_range;

/* All options of a visualization: the one list that the configuration, its checks, checkpoints and bindings are made of, in the order
 * of a checkpoint's file.
 *   NUMBER(type, name, low, high, text)    within these bounds, as both numbers of a range or a distribution are, and an epsilon
 *   OR_ZERO(type, name, low, high, text)   the same, or 0, or a range from 0 to 0
 *   CHOICE(type, name, text)               true or false, or a word */
#define PL_CONFIG_LIST(NUMBER, OR_ZERO, CHOICE)                                                                                  \
  NUMBER(int, height, 32, 4096, "Height of the image in pixels.")                                                                \
  NUMBER(int, width, 32, 4096, "Width of the image in pixels.")                                                                  \
  NUMBER(int, steps, 1, 100000, "Updates of the image; also the length of the schedule.")                                        \
  NUMBER(int, crops, 1, 256, "Random crops that the network sees in each step.")                                                 \
  NUMBER(int, images, 1, PL_MAX_IMAGES, "Images that are optimized side by side: for objectives of several, such as diversity.") \
  OR_ZERO(int, crop_size, 16, 1024, "Side of a crop at the network's input in pixels; 0 is the model's own.")                    \
  NUMBER(uint64_t, seed, 0, UINT64_MAX, "Of every random number.")                                                               \
  CHOICE(pl_transform, transform,                                                                                                \
         "What a crop shows: a random box of the image (MaCo), or all of it, padded with grey, jittered, scaled and rotated "    \
         "(Lucid).")                                                                                                             \
  NUMBER(float, warp_pad, 0, 1000, "Of warps: pixels of grey around the image.")                                                 \
  NUMBER(float, warp_jitter, 0, 1000,                                                                                            \
         "Of warps: pixels by which the image is moved before it is scaled and rotated, U(-half, half) in y and in x.")          \
  NUMBER(float, warp_jitter_after, 0, 1000, "Of warps: the same, afterwards.")                                                   \
  NUMBER(pl_distribution, warp_scale, -100, 100, "Of warps: above 1 is larger; 0.05 at least.")                                  \
  NUMBER(pl_distribution, warp_rotation, -1000, 1000, "Of warps: degrees.")                                                      \
  NUMBER(pl_distribution, box_side, -10, 10,                                                                                     \
         "Side of a crop's box in fractions of the image's shorter side, then clipped to [0.05, 1].")                            \
  NUMBER(float, box_side_change, -10, 10,                                                                                        \
         "Added to the side before it is clipped: nothing in the first step, all in the last, linearly.")                        \
  NUMBER(pl_distribution, box_centre, -10, 10,                                                                                   \
         "Centre of a crop's box in fractions of the image; of boxes inside, where uniform, of the room that a box's side "      \
         "leaves, so that all places are alike from 0 to 1.")                                                                    \
  CHOICE(bool, box_inside, "Boxes lie wholly in the image: normal ones are moved inside. Else what lies outside is 0.")          \
  CHOICE(bool, box_square, "Boxes are square in pixels; else the same fraction of the height and of the width.")                 \
  CHOICE(bool, box_whole_pixels, "Boxes' edges are rounded down to whole pixels.")                                               \
  CHOICE(pl_resample, resample, "How a box becomes a crop: see PL_RESAMPLE_LIST in phaselens.h.")                                \
  NUMBER(float, noise_normal, 0, 10, "Standard deviation of the normal noise on every crop.")                                    \
  NUMBER(float, noise_uniform, 0, 10, "Half width of the uniform noise on every crop.")                                          \
  CHOICE(bool, noise_before_resize,                                                                                              \
         "The noise is on the image's pixels under the box, before they are resized; else on the crop's.")                       \
  NUMBER(pl_range, range, -100, 100, "Lowest and highest value of the image.")                                                   \
  CHOICE(bool, network_units,                                                                                                    \
         "The network sees the image as it is, so that the range is in its own units; else the image is RGB in [0, 1] and the "  \
         "model's preprocessing follows. The order of channels is kept.")                                                        \
  NUMBER(int, redirect_steps, 0, 100000,                                                                                         \
         "In so many of the first steps, a Relu or Clip that blocks all of an image's gradient lets through what pushes values " \
         "back from beyond its bounds, as in Lucid (Olah et al. 2017): else a unit that is 0 everywhere would never move.")      \
  CHOICE(pl_parametrization, parametrization,                                                                                    \
         "What is optimized: phases under a fixed magnitude, a spectrum over one that falls with the frequency (Lucid), "        \
         "pixels, or the latent of a generator, whose image the picture is.")                                                    \
  NUMBER(pl_distribution, phase, -1000, 1000, "MaCo's initial phase, in radians.")                                               \
  NUMBER(float, start_deviation, 0, 1000,                                                                                        \
         "Standard deviation of the initial values of the spectrum and the pixels. A latent's is 1.")                            \
  NUMBER(float, decay, 0, 4, "The spectrum's magnitude is 1 / frequency^decay.")                                                 \
  NUMBER(pl_standardize, standardize_phase, 0, 1,                                                                                \
         "The phase, or the spectrum, is standardized in every step, all colours together.")                                     \
  NUMBER(pl_standardize, standardize_image, 0, 1, "The same for the image, before the sigmoid.")                                 \
  CHOICE(bool, standardize_rgb, "The image is standardized in RGB; else in decorrelated colour.")                                \
  CHOICE(pl_magnitude_resize, magnitude_resize,                                                                                  \
         "How the magnitude comes to the picture's size: by frequency, or as if the half spectrum were a picture.")              \
  CHOICE(bool, continue_magnitude, "Above radius 48 of 512 the magnitude is continued by its own power law: crisper pictures.")  \
  CHOICE(bool, keep_constant, "The constant term's magnitude is the file's, a colour cast; else 0.")                             \
  CHOICE(bool, opposite_phases,                                                                                                  \
         "Column 0 and Nyquist's start with opposite phases at +fy and -fy; else free, and the image sees the mean of the one "  \
         "and the conjugate of the other.")                                                                                      \
  NUMBER(float, penalty_latent, 0, 1e6,                                                                                          \
         "Weight of a generator's penalty: the mean of the latent's squares, to stay where images are likely.")                  \
  OR_ZERO(pl_range, generator_range, -1e4, 1e4,                                                                                  \
          "Values of the generator's output that become the range's ends; what lies outside is clamped. Left out: the bounds "   \
          "that its last operators keep, such as -1 to 1 of a Tanh and 0 to 1 of a Sigmoid; -1 to 1 where they keep none.")      \
  NUMBER(float, penalty_variation, 0, 1e6,                                                                                       \
         "Weight of what is subtracted from the score: the image's total variation, a mean over it in fractions of its range.")  \
  NUMBER(float, penalty_l2, 0, 1e6, "The same of its distance from grey.")                                                       \
  NUMBER(float, penalty_frequency, 0, 1e6, "The same of its energy at high frequencies.")                                        \
  CHOICE(pl_optimizer, optimizer, "What turns gradients into steps.")                                                            \
  NUMBER(float, learning_rate, 0, 100, "Of the optimizer.")                                                                      \
  CHOICE(pl_schedule, schedule, "Of the learning rate: constant, or falling to 0 by half a cosine or by a straight line.")       \
  NUMBER(float, beta1, 0, 0.9999, "Of the optimizer: how much of the gradients' moving average is kept.")                        \
  NUMBER(float, beta2, 0, 0.999999, "The same of their squares.")                                                                \
  NUMBER(float, epsilon, 0, 1, "Of the optimizer: added to what it divides by.")                                                 \
  NUMBER(float, momentum_decay, 0, 1, "Of NAdam (Dozat 2016) as PyTorch defines it; Keras has 1.")                               \
  NUMBER(float, frame_mean, 0, 1000,                                                                                             \
         "Frames show the mean of about so many of the last images, what they agree on, while the learning rate is high: fewer " \
         "as it falls, the image itself once it is half of what it was, or with 0. The run does not depend on it.")              \
  NUMBER(uint64_t, memory_budget, 0, UINT64_MAX, "Bytes that a visualization may take in one worker: network, crops and images.")

/* How an image is shown; does not change what is computed. */
#define PL_FRAME_LIST(NUMBER, OR_ZERO, CHOICE)                                                                             \
  NUMBER(pl_range, percentiles, 0, 1, "The image's percentiles that become black and white; from 0 to 1 keeps the range.") \
  CHOICE(bool, extremes, "Percentiles from 0 to 1 are the image's smallest and largest value instead.")                    \
  CHOICE(bool, transparency,                                                                                               \
         "Alpha from the accumulated gradient: what did not matter to the unit is transparent. Else opaque.")              \
  NUMBER(float, alpha_cap, 0, 1, "The percentile of the gradient that becomes opaque.")                                    \
  NUMBER(float, alpha_blur, 0, 100, "Standard deviation in pixels of a Gaussian over alpha.")                              \
  CHOICE(bool, alpha_twice, "Colours are multiplied by alpha too, then stretched from their smallest to their largest value.")

#define PL_FIELD(type, name, ...) type name;

typedef struct pl_config {
  PL_CONFIG_LIST(PL_FIELD, PL_FIELD, PL_FIELD)
} pl_config;

typedef struct pl_frame_options {
  PL_FRAME_LIST(PL_FIELD, PL_FIELD, PL_FIELD)
} pl_frame_options;

typedef enum pl_option_type {
  PL_OPTION_BOOL,
  PL_OPTION_INT,
  PL_OPTION_UINT64,
  PL_OPTION_FLOAT,
  PL_OPTION_WORD, /* an enumeration */
  PL_OPTION_RANGE,
  PL_OPTION_DISTRIBUTION,
  PL_OPTION_STANDARDIZE,
} pl_option_type;

/* A line of a list, as data: for bindings, commands and manuals. */
typedef struct pl_option {
  const char *name; /* the field's, such as "crop_size" */
  pl_option_type type;
  const char *const *words; /* of PL_OPTION_WORD, in the order of the enumeration, then NULL */
  size_t offset;            /* of the field in its struct */
  double low, high;         /* bounds of numbers */
  bool or_zero;             /* or 0 */
  const char *text;
} pl_option;

/* Options in their order; NULL where there is no option `index`. */
const pl_option *pl_config_option(int index);
const pl_option *pl_frame_option(int index);

/* Words of a distribution's kind, then NULL. */
extern const char *const pl_distribution_words[];

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

/* A reference that objectives may name: RGB in [0, 1], of any size; it is resized to the run's. */
typedef struct pl_photo {
  const float *pixels; /* height x width x 3 */
  int height, width;
} pl_photo;

/* One visualization in progress: phase, optimizer, image and a network made ready for the objective's layers. */
typedef struct pl_run pl_run;

/* `magnitude` is the npy file of a mean Fourier magnitude: float32, 3 x H x (W/2+1), rows in fftfreq order, in decorrelated
 * colour; parametrizations that need none do not look at it. It is not kept; NULL makes a helper's run, which can only do
 * PL_STEP_CROPS. At most PL_MAX_PHOTOS photos, which are copied; every crop is the same box of all images and photos, with noise
 * on the images alone. The model must outlive the run.
 * Errors: PL_INVALID_ARGUMENT, PL_INVALID_MAGNITUDE, PL_UNKNOWN_LAYER, PL_UNKNOWN_UNIT, PL_UNSUPPORTED_OP,
 * PL_UNSUPPORTED_MODEL (one that cannot take several images at once), PL_OUT_OF_MEMORY. */
pl_status pl_run_create(pl_model *model, const char *objective, const pl_config *config, const pl_photo *photos, int photo_count,
                        const void *magnitude, size_t magnitude_size, pl_run **run);
void pl_run_free(pl_run *run);

/* A lead as pl_run_create makes it, of PL_GENERATOR, whose images a generator makes: with its height and width. The generator
 * belongs to the same thread and must outlive the run's steps; runs may share it, and helpers do not need it. Errors: as
 * pl_run_create; PL_INVALID_ARGUMENT for another size or parametrization. */
pl_status pl_run_create_generated(pl_model *model, const char *objective, const pl_config *config, const pl_photo *photos,
                                  int photo_count, pl_generator *generator, pl_run **run);

/* The parts of a step. Crops are independent given the image, so several runs of the same configuration can share them:
 * the lead does PL_STEP_IMAGE, hands pl_run_image to helpers, everyone does PL_STEP_CROPS for its own crops, the helpers'
 * results are copied to the lead, which does PL_STEP_UPDATE. The result has the same bits however the crops were shared out. */
enum { PL_STEP_IMAGE = 1, PL_STEP_CROPS = 2, PL_STEP_UPDATE = 4, PL_WHOLE_STEP = 7 };

/* Does `parts` of the current step; PL_STEP_CROPS for crops [first, first + count). Allocates nothing.
 * Errors: PL_INVALID_ARGUMENT, PL_NOT_FINITE (the network's answer, or the generator's image). */
pl_status pl_run_step(pl_run *run, unsigned parts, int first, int count);

/* Starts from an image, height x width x 3, RGB in [0, 1], which is resized to the run's size (antialiased, its aspect ratio not
 * kept), instead of random values: its phases and, for PL_MACO, its magnitude. Nothing is standardized in this run, as that would
 * make another image. Before the first step, of a lead. Errors: PL_INVALID_ARGUMENT (PL_GENERATOR too: the latent is not known),
 * PL_OUT_OF_MEMORY. */
pl_status pl_run_start(pl_run *run, const float *image, int height, int width);

/* Goes on with the picture that `coarse` shows, at this run's size, which is the same or larger, with the same aspect ratio: a
 * magnitude and phases are taken over frequency by frequency, so that only detail is new, and spectra and pixels start from the
 * picture enlarged. Both are leads of the same parametrization and as many images, this one before its first step; `coarse` may
 * be finished. Errors: PL_INVALID_ARGUMENT (PL_GENERATOR too: a latent makes no larger picture), PL_OUT_OF_MEMORY. */
pl_status pl_run_refine(pl_run *run, const pl_run *coarse);

/* For repeating another program's run: crop k of step s sees box (s * crops + k) % count of these, which are copied, and no random
 * one. Every run that shares the crops needs them. Errors: PL_INVALID_ARGUMENT (no box, a number that is not finite or an empty
 * box), PL_OUT_OF_MEMORY. */
pl_status pl_run_set_boxes(pl_run *run, const pl_box *boxes, int count);

/* Gives the network back to the model, keeping what pl_run_frame needs: for a finished picture. Steps are refused from then on. */
void pl_run_finish(pl_run *run);

int pl_run_index(const pl_run *run);      /* steps done */
void pl_run_seek(pl_run *run, int index); /* for helpers: the step whose crops come next */
float pl_run_score(const pl_run *run);    /* mean over the crops of the last step, penalties not subtracted */
float pl_run_penalty(const pl_run *run);  /* the weighted sum of the penalties of the last step's images, their mean */
bool pl_run_blocked(const pl_run *run); /* no gradient came to any image in the last step: the score is flat there, at its lowest,
                                               as that of a unit which a Relu keeps at 0 wherever the crops look, or at its highest */
float *pl_run_image(pl_run *run);       /* images x height x width x 3, of the last PL_STEP_IMAGE; a helper's is written */
float *pl_run_dcrop(pl_run *run, int crop); /* images x crop_size x crop_size x 3: d score / d crop, what PL_STEP_CROPS made */
float *pl_run_crop_score(pl_run *run, int crop);
int pl_run_crop_size(const pl_run *run);
int pl_run_pass(const pl_run *run); /* crops that go through the network at once: PL_STEP_CROPS is best asked for so many */
const float *pl_run_transparency(const pl_run *run); /* images x height x width: |d score / d image|, summed, without penalties */
float *pl_run_values(pl_run *run, int image,
                     size_t *count); /* the optimized values of an image, such as its latent, and how many */

/* An image, or the mean of the last ones (frame_mean), as RGBA8, height x width x 4, for a canvas. Allocates nothing. */
void pl_run_frame(pl_run *run, int image, const pl_frame_options *options, uint8_t *rgba);

/* ---- checkpoints: a run in progress as bytes, from which it goes on with the same bits, anywhere ---- */

enum { PL_MAX_NOTE = 16 << 20 };

/* Values, optimizer, step and configuration, and a note of the caller's, such as the objective. Writes it where `capacity` is
 * enough; *size is what it takes in any case, and a capacity of 0 only asks for that. Boxes that were given are not kept.
 * Error: PL_INVALID_ARGUMENT (a helper's run, a finished one, a note of more than PL_MAX_NOTE bytes, too little room). */
pl_status pl_run_checkpoint(pl_run *run, const char *note, size_t note_size, void *bytes, size_t capacity, size_t *size);

/* What a checkpoint says of its run: the configuration, the steps done, and the note, which points into the bytes.
 * Error: PL_INVALID_ARGUMENT (no checkpoint, one of another version, a damaged one). */
pl_status pl_checkpoint_read(const void *bytes, size_t size, pl_config *config, int *index, const char **note, size_t *note_size);

/* A run that goes on from there; no magnitude is needed, but its photos are. Errors: as pl_checkpoint_read and pl_run_create. */
pl_status pl_run_restore(pl_model *model, const char *objective, const pl_photo *photos, int photo_count, const void *bytes,
                         size_t size, pl_run **run);

/* The same of a run that pl_run_create_generated made, with its generator; another one is refused. */
pl_status pl_run_restore_generated(pl_model *model, const char *objective, const pl_photo *photos, int photo_count,
                                   pl_generator *generator, const void *bytes, size_t size, pl_run **run);

/* Bytes held by the run's network values and weights, and its generator's. */
size_t pl_run_memory(const pl_run *run);

/* Multiply-adds of the networks in one step: convolutions and products of matrices, all crops forward, and backward to the image
 * counted as much again. So does the lead's generator for each image; of several, each goes forward twice. 0 once it is
 * finished. */
double pl_run_macs(const pl_run *run);

/* ---- a magnitude of one's own: the mean over images ---- */

typedef struct pl_average pl_average;

/* For a magnitude of images of height x width, 2 to 4096, the width even; in decorrelated colour, as pl_run_create takes it, or
 * in RGB.
 * Errors: PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status pl_average_create(int height, int width, bool decorrelate, pl_average **average);
void pl_average_free(pl_average *average);

/* Adds an image (height x width x 3, RGB in [0, 1]): its middle, as large as the aspect ratio allows, resized with antialiasing.
 * Errors: PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status pl_average_add(pl_average *average, const float *image, int height, int width);

/* The mean as an npy file; a capacity of 0 only asks for its size. Error: PL_INVALID_ARGUMENT (no image, too little room). */
pl_status pl_average_finish(const pl_average *average, void *npy, size_t capacity, size_t *size);

/* ---- images as magnitude and phase ---- */

/* The Fourier transform of an image (height x width x 3, sides from 2 to 16384), of each channel by itself, unscaled.
 * magnitude, phase: 3 x height x (width/2 + 1), rows in fftfreq order; phases are angles from -pi to pi.
 * Errors: PL_INVALID_ARGUMENT, PL_OUT_OF_MEMORY. */
pl_status pl_fourier_forward(const float *image, int height, int width, float *magnitude, float *phase);

/* The image that has this magnitude and this phase; its values may lie outside of [0, 1]. Of phases at frequencies that are their
 * own mirror images only the cosine counts. Errors as above. */
pl_status pl_fourier_inverse(const float *magnitude, const float *phase, int height, int width, float *image);

/* Mean power at each radius, 0 to 128 cycles per 256 pixels, of an image's brightness (0.299 R + 0.587 G + 0.114 B), less its mean
 * and under a Hann window, for photos do not go on over their borders; divided by height width; 0 where no frequency has the
 * radius. Errors as above. */
enum { PL_RADII = 129 };
pl_status pl_fourier_radial_power(const float *image, int height, int width, float power[PL_RADII]);

#ifdef __cplusplus
}
#endif
#endif
