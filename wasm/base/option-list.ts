/** Options of a visualization: made by wasm/toolchain/options.mjs of the lists in src/phaselens.h, which are what to change. */

/** U(low, high) or N(mean, deviation). */
export type Distribution =
  | {
      /** From low to high. */
      readonly uniform: readonly [number, number];
    }
  | {
      /** Mean and deviation. */
      readonly normal: readonly [number, number];
    };

/** To zero mean and unit deviation: (x - mean) / (deviation + epsilon). What is left out comes from the preset. */
export type Standardize =
  | boolean
  | {
      /** Added to the deviation. */
      readonly epsilon?: number;
      /** The deviation's sum is divided by one less than there are values (Bessel). */
      readonly unbiased?: boolean;
    };

/** What is computed. */
export interface ConfigOptions {
  /** Height of the image in pixels. From 32 to 4096. */
  height?: number;
  /** Width of the image in pixels. From 32 to 4096. */
  width?: number;
  /** Updates of the image; also the length of the schedule. From 1 to 100000. */
  steps?: number;
  /** Random crops that the network sees in each step. From 1 to 256. */
  crops?: number;
  /** Images that are optimized side by side: for objectives of several, such as diversity. From 1 to 8. */
  images?: number;
  /** Side of a crop at the network's input in pixels; 0 is the model's own. 0, or from 16 to 1024. */
  cropSize?: number;
  /** Of every random number. From 0 to 9007199254740991. */
  seed?: number;
  /**
   * What a crop shows: a random box of the image (MaCo), or all of it, padded with grey, jittered, scaled and rotated
   * (Lucid).
   */
  transform?: 'boxes' | 'warps';
  /** Of warps: pixels of grey around the image. From 0 to 1000. */
  warpPad?: number;
  /**
   * Of warps: pixels by which the image is moved before it is scaled and rotated, U(-half, half) in y and in x. From 0 to
   * 1000.
   */
  warpJitter?: number;
  /** Of warps: the same, afterwards. From 0 to 1000. */
  warpJitterAfter?: number;
  /** Of warps: above 1 is larger; 0.05 at least. Both numbers are from -100 to 100. */
  warpScale?: Distribution;
  /** Of warps: degrees. Both numbers are from -1000 to 1000. */
  warpRotation?: Distribution;
  /**
   * Side of a crop's box in fractions of the image's shorter side, then clipped to [0.05, 1]. Both numbers are from -10 to
   * 10.
   */
  boxSide?: Distribution;
  /** Added to the side before it is clipped: nothing in the first step, all in the last, linearly. From -10 to 10. */
  boxSideChange?: number;
  /**
   * Centre of a crop's box in fractions of the image; of boxes inside, where uniform, of the room that a box's side leaves,
   * so that all places are alike from 0 to 1. Both numbers are from -10 to 10.
   */
  boxCentre?: Distribution;
  /** Boxes lie wholly in the image: normal ones are moved inside. Else what lies outside is 0. */
  boxInside?: boolean;
  /** Boxes are square in pixels; else the same fraction of the height and of the width. */
  boxSquare?: boolean;
  /** Boxes' edges are rounded down to whole pixels. */
  boxWholePixels?: boolean;
  /** How a box becomes a crop: see PL_RESAMPLE_LIST in phaselens.h. */
  resample?: 'antialiased' | 'antialiased-aligned' | 'bilinear' | 'roi-bicubic';
  /** Standard deviation of the normal noise on every crop. From 0 to 10. */
  noiseNormal?: number;
  /** Half width of the uniform noise on every crop. From 0 to 10. */
  noiseUniform?: number;
  /** The noise is on the image's pixels under the box, before they are resized; else on the crop's. */
  noiseBeforeResize?: boolean;
  /** Lowest and highest value of the image. Both numbers are from -100 to 100. */
  range?: readonly [number, number];
  /**
   * The network sees the image as it is, so that the range is in its own units; else the image is RGB in [0, 1] and the
   * model's preprocessing follows. The order of channels is kept.
   */
  networkUnits?: boolean;
  /**
   * In so many of the first steps, a Relu or Clip that blocks all of an image's gradient lets through what pushes values
   * back from beyond its bounds, as in Lucid (Olah et al. 2017): else a unit that is 0 everywhere would never move. From 0
   * to 100000.
   */
  redirectSteps?: number;
  /**
   * What is optimized: phases under a fixed magnitude, a spectrum over one that falls with the frequency (Lucid), pixels,
   * or the latent of a generator, whose image the picture is.
   */
  parametrization?: 'maco' | 'fourier' | 'pixel' | 'generator';
  /** MaCo's initial phase, in radians. Both numbers are from -1000 to 1000. */
  phase?: Distribution;
  /** Standard deviation of the initial values of the spectrum and the pixels. A latent's is 1. From 0 to 1000. */
  startDeviation?: number;
  /** The spectrum's magnitude is 1 / frequency^decay. From 0 to 4. */
  decay?: number;
  /** The phase, or the spectrum, is standardized in every step, all colours together. The epsilon is from 0 to 1. */
  standardizePhase?: Standardize;
  /** The same for the image, before the sigmoid. The epsilon is from 0 to 1. */
  standardizeImage?: Standardize;
  /** The image is standardized in RGB; else in decorrelated colour. */
  standardizeRgb?: boolean;
  /** How the magnitude comes to the picture's size: by frequency, or as if the half spectrum were a picture. */
  magnitudeResize?: 'frequency' | 'bilinear' | 'antialiased' | 'antialiased-aligned';
  /** Above radius 48 of 512 the magnitude is continued by its own power law: crisper pictures. */
  continueMagnitude?: boolean;
  /** The constant term's magnitude is the file's, a colour cast; else 0. */
  keepConstant?: boolean;
  /**
   * Column 0 and Nyquist's start with opposite phases at +fy and -fy; else free, and the image sees the mean of the one and
   * the conjugate of the other.
   */
  oppositePhases?: boolean;
  /** Weight of a generator's penalty: the mean of the latent's squares, to stay where images are likely. From 0 to 1000000. */
  penaltyLatent?: number;
  /**
   * Values of the generator's output that become the range's ends; what lies outside is clamped. Left out: the bounds that
   * its last operators keep, such as -1 to 1 of a Tanh and 0 to 1 of a Sigmoid; -1 to 1 where they keep none. Both numbers
   * are from -10000 to 10000.
   */
  generatorRange?: readonly [number, number];
  /**
   * Weight of what is subtracted from the score: the image's total variation, a mean over it in fractions of its range.
   * From 0 to 1000000.
   */
  penaltyVariation?: number;
  /** The same of its distance from grey. From 0 to 1000000. */
  penaltyL2?: number;
  /** The same of its energy at high frequencies. From 0 to 1000000. */
  penaltyFrequency?: number;
  /** What turns gradients into steps. */
  optimizer?: 'nadam' | 'adam';
  /** Of the optimizer. From 0 to 100. */
  learningRate?: number;
  /** Of the learning rate: constant, or falling to 0 by half a cosine or by a straight line. */
  schedule?: 'constant' | 'cosine' | 'linear';
  /** Of the optimizer: how much of the gradients' moving average is kept. From 0 to 0.9999. */
  beta1?: number;
  /** The same of their squares. From 0 to 0.999999. */
  beta2?: number;
  /** Of the optimizer: added to what it divides by. From 0 to 1. */
  epsilon?: number;
  /** Of NAdam (Dozat 2016) as PyTorch defines it; Keras has 1. From 0 to 1. */
  momentumDecay?: number;
  /**
   * Frames show the mean of about so many of the last images, what they agree on, while the learning rate is high: fewer as
   * it falls, the image itself once it is half of what it was, or with 0. The run does not depend on it. From 0 to 1000.
   */
  frameMean?: number;
  /** Bytes that a visualization may take in one worker: network, crops and images. From 0 to 9007199254740991. */
  memoryBudget?: number;
}

/** How a picture is shown; does not change what is computed. */
export interface FrameOptions {
  /** The image's percentiles that become black and white; from 0 to 1 keeps the range. Both numbers are from 0 to 1. */
  percentiles?: readonly [number, number];
  /** Percentiles from 0 to 1 are the image's smallest and largest value instead. */
  extremes?: boolean;
  /** Alpha from the accumulated gradient: what did not matter to the unit is transparent. Else opaque. */
  transparency?: boolean;
  /** The percentile of the gradient that becomes opaque. From 0 to 1. */
  alphaCap?: number;
  /** Standard deviation in pixels of a Gaussian over alpha. From 0 to 100. */
  alphaBlur?: number;
  /** Colours are multiplied by alpha too, then stretched from their smallest to their largest value. */
  alphaTwice?: boolean;
}

/** A line of a list. */
export interface OptionInfo {
  /** In camel case. */
  readonly name: string;
  /** What a value is: true or false, a whole number, a number, one of `words`, or a pair or an object of numbers. */
  readonly type: 'flag' | 'whole' | 'number' | 'word' | 'range' | 'distribution' | 'standardize';
  /** What a word may be. */
  readonly words?: readonly string[];
  /** The least that its numbers may be. */
  readonly low?: number;
  /** The most. */
  readonly high?: number;
  /** Or 0, or a range from 0 to 0. */
  readonly orZero?: boolean;
  /** What it does, for people. */
  readonly text: string;
}

export const configOptions: readonly OptionInfo[] = [
  {
    name: 'height',
    type: 'whole',
    low: 32,
    high: 4096,
    text: 'Height of the image in pixels.',
  },
  {
    name: 'width',
    type: 'whole',
    low: 32,
    high: 4096,
    text: 'Width of the image in pixels.',
  },
  {
    name: 'steps',
    type: 'whole',
    low: 1,
    high: 100000,
    text: 'Updates of the image; also the length of the schedule.',
  },
  {
    name: 'crops',
    type: 'whole',
    low: 1,
    high: 256,
    text: 'Random crops that the network sees in each step.',
  },
  {
    name: 'images',
    type: 'whole',
    low: 1,
    high: 8,
    text: 'Images that are optimized side by side: for objectives of several, such as diversity.',
  },
  {
    name: 'cropSize',
    type: 'whole',
    low: 16,
    high: 1024,
    orZero: true,
    text: "Side of a crop at the network's input in pixels; 0 is the model's own.",
  },
  {
    name: 'seed',
    type: 'whole',
    low: 0,
    high: 9007199254740991,
    text: 'Of every random number.',
  },
  {
    name: 'transform',
    type: 'word',
    words: ['boxes', 'warps'],
    text: 'What a crop shows: a random box of the image (MaCo), or all of it, padded with grey, jittered, scaled and rotated (Lucid).',
  },
  {
    name: 'warpPad',
    type: 'number',
    low: 0,
    high: 1000,
    text: 'Of warps: pixels of grey around the image.',
  },
  {
    name: 'warpJitter',
    type: 'number',
    low: 0,
    high: 1000,
    text: 'Of warps: pixels by which the image is moved before it is scaled and rotated, U(-half, half) in y and in x.',
  },
  {
    name: 'warpJitterAfter',
    type: 'number',
    low: 0,
    high: 1000,
    text: 'Of warps: the same, afterwards.',
  },
  {
    name: 'warpScale',
    type: 'distribution',
    low: -100,
    high: 100,
    text: 'Of warps: above 1 is larger; 0.05 at least.',
  },
  {
    name: 'warpRotation',
    type: 'distribution',
    low: -1000,
    high: 1000,
    text: 'Of warps: degrees.',
  },
  {
    name: 'boxSide',
    type: 'distribution',
    low: -10,
    high: 10,
    text: "Side of a crop's box in fractions of the image's shorter side, then clipped to [0.05, 1].",
  },
  {
    name: 'boxSideChange',
    type: 'number',
    low: -10,
    high: 10,
    text: 'Added to the side before it is clipped: nothing in the first step, all in the last, linearly.',
  },
  {
    name: 'boxCentre',
    type: 'distribution',
    low: -10,
    high: 10,
    text: "Centre of a crop's box in fractions of the image; of boxes inside, where uniform, of the room that a box's side leaves, so that all places are alike from 0 to 1.",
  },
  {
    name: 'boxInside',
    type: 'flag',
    text: 'Boxes lie wholly in the image: normal ones are moved inside. Else what lies outside is 0.',
  },
  {
    name: 'boxSquare',
    type: 'flag',
    text: 'Boxes are square in pixels; else the same fraction of the height and of the width.',
  },
  {
    name: 'boxWholePixels',
    type: 'flag',
    text: "Boxes' edges are rounded down to whole pixels.",
  },
  {
    name: 'resample',
    type: 'word',
    words: ['antialiased', 'antialiased-aligned', 'bilinear', 'roi-bicubic'],
    text: 'How a box becomes a crop: see PL_RESAMPLE_LIST in phaselens.h.',
  },
  {
    name: 'noiseNormal',
    type: 'number',
    low: 0,
    high: 10,
    text: 'Standard deviation of the normal noise on every crop.',
  },
  {
    name: 'noiseUniform',
    type: 'number',
    low: 0,
    high: 10,
    text: 'Half width of the uniform noise on every crop.',
  },
  {
    name: 'noiseBeforeResize',
    type: 'flag',
    text: "The noise is on the image's pixels under the box, before they are resized; else on the crop's.",
  },
  {
    name: 'range',
    type: 'range',
    low: -100,
    high: 100,
    text: 'Lowest and highest value of the image.',
  },
  {
    name: 'networkUnits',
    type: 'flag',
    text: "The network sees the image as it is, so that the range is in its own units; else the image is RGB in [0, 1] and the model's preprocessing follows. The order of channels is kept.",
  },
  {
    name: 'redirectSteps',
    type: 'whole',
    low: 0,
    high: 100000,
    text: "In so many of the first steps, a Relu or Clip that blocks all of an image's gradient lets through what pushes values back from beyond its bounds, as in Lucid (Olah et al. 2017): else a unit that is 0 everywhere would never move.",
  },
  {
    name: 'parametrization',
    type: 'word',
    words: ['maco', 'fourier', 'pixel', 'generator'],
    text: 'What is optimized: phases under a fixed magnitude, a spectrum over one that falls with the frequency (Lucid), pixels, or the latent of a generator, whose image the picture is.',
  },
  {
    name: 'phase',
    type: 'distribution',
    low: -1000,
    high: 1000,
    text: "MaCo's initial phase, in radians.",
  },
  {
    name: 'startDeviation',
    type: 'number',
    low: 0,
    high: 1000,
    text: "Standard deviation of the initial values of the spectrum and the pixels. A latent's is 1.",
  },
  {
    name: 'decay',
    type: 'number',
    low: 0,
    high: 4,
    text: "The spectrum's magnitude is 1 / frequency^decay.",
  },
  {
    name: 'standardizePhase',
    type: 'standardize',
    low: 0,
    high: 1,
    text: 'The phase, or the spectrum, is standardized in every step, all colours together.',
  },
  {
    name: 'standardizeImage',
    type: 'standardize',
    low: 0,
    high: 1,
    text: 'The same for the image, before the sigmoid.',
  },
  {
    name: 'standardizeRgb',
    type: 'flag',
    text: 'The image is standardized in RGB; else in decorrelated colour.',
  },
  {
    name: 'magnitudeResize',
    type: 'word',
    words: ['frequency', 'bilinear', 'antialiased', 'antialiased-aligned'],
    text: "How the magnitude comes to the picture's size: by frequency, or as if the half spectrum were a picture.",
  },
  {
    name: 'continueMagnitude',
    type: 'flag',
    text: 'Above radius 48 of 512 the magnitude is continued by its own power law: crisper pictures.',
  },
  {
    name: 'keepConstant',
    type: 'flag',
    text: "The constant term's magnitude is the file's, a colour cast; else 0.",
  },
  {
    name: 'oppositePhases',
    type: 'flag',
    text: "Column 0 and Nyquist's start with opposite phases at +fy and -fy; else free, and the image sees the mean of the one and the conjugate of the other.",
  },
  {
    name: 'penaltyLatent',
    type: 'number',
    low: 0,
    high: 1000000,
    text: "Weight of a generator's penalty: the mean of the latent's squares, to stay where images are likely.",
  },
  {
    name: 'generatorRange',
    type: 'range',
    low: -10000,
    high: 10000,
    orZero: true,
    text: "Values of the generator's output that become the range's ends; what lies outside is clamped. Left out: the bounds that its last operators keep, such as -1 to 1 of a Tanh and 0 to 1 of a Sigmoid; -1 to 1 where they keep none.",
  },
  {
    name: 'penaltyVariation',
    type: 'number',
    low: 0,
    high: 1000000,
    text: "Weight of what is subtracted from the score: the image's total variation, a mean over it in fractions of its range.",
  },
  {
    name: 'penaltyL2',
    type: 'number',
    low: 0,
    high: 1000000,
    text: 'The same of its distance from grey.',
  },
  {
    name: 'penaltyFrequency',
    type: 'number',
    low: 0,
    high: 1000000,
    text: 'The same of its energy at high frequencies.',
  },
  {
    name: 'optimizer',
    type: 'word',
    words: ['nadam', 'adam'],
    text: 'What turns gradients into steps.',
  },
  {
    name: 'learningRate',
    type: 'number',
    low: 0,
    high: 100,
    text: 'Of the optimizer.',
  },
  {
    name: 'schedule',
    type: 'word',
    words: ['constant', 'cosine', 'linear'],
    text: 'Of the learning rate: constant, or falling to 0 by half a cosine or by a straight line.',
  },
  {
    name: 'beta1',
    type: 'number',
    low: 0,
    high: 0.9999,
    text: "Of the optimizer: how much of the gradients' moving average is kept.",
  },
  {
    name: 'beta2',
    type: 'number',
    low: 0,
    high: 0.999999,
    text: 'The same of their squares.',
  },
  {
    name: 'epsilon',
    type: 'number',
    low: 0,
    high: 1,
    text: 'Of the optimizer: added to what it divides by.',
  },
  {
    name: 'momentumDecay',
    type: 'number',
    low: 0,
    high: 1,
    text: 'Of NAdam (Dozat 2016) as PyTorch defines it; Keras has 1.',
  },
  {
    name: 'frameMean',
    type: 'number',
    low: 0,
    high: 1000,
    text: 'Frames show the mean of about so many of the last images, what they agree on, while the learning rate is high: fewer as it falls, the image itself once it is half of what it was, or with 0. The run does not depend on it.',
  },
  {
    name: 'memoryBudget',
    type: 'whole',
    low: 0,
    high: 9007199254740991,
    text: 'Bytes that a visualization may take in one worker: network, crops and images.',
  },
];

export const frameOptions: readonly OptionInfo[] = [
  {
    name: 'percentiles',
    type: 'range',
    low: 0,
    high: 1,
    text: "The image's percentiles that become black and white; from 0 to 1 keeps the range.",
  },
  {
    name: 'extremes',
    type: 'flag',
    text: "Percentiles from 0 to 1 are the image's smallest and largest value instead.",
  },
  {
    name: 'transparency',
    type: 'flag',
    text: 'Alpha from the accumulated gradient: what did not matter to the unit is transparent. Else opaque.',
  },
  {
    name: 'alphaCap',
    type: 'number',
    low: 0,
    high: 1,
    text: 'The percentile of the gradient that becomes opaque.',
  },
  {
    name: 'alphaBlur',
    type: 'number',
    low: 0,
    high: 100,
    text: 'Standard deviation in pixels of a Gaussian over alpha.',
  },
  {
    name: 'alphaTwice',
    type: 'flag',
    text: 'Colours are multiplied by alpha too, then stretched from their smallest to their largest value.',
  },
];
