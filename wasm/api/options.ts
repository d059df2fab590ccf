/** Options of a visualization: names and types are checked here, values by the core. Defaults are the core's. */
import { PhaselensError, show } from '../base/errors.js';
import { type FloatImage, type Frame, readImage } from '../base/image.js';
import type {
  Config,
  DistributionConfig,
  FrameSettings,
  MagnitudeResizeName,
  OutputName,
  ParametrizationName,
  PlainImage,
  Presets,
  ResampleName,
  StandardizeConfig,
  TransformName,
} from '../base/protocol.js';
import type { Source } from '../base/source.js';

/** U(low, high) or N(mean, deviation). */
export type Distribution = { readonly uniform: readonly [number, number] } | { readonly normal: readonly [number, number] };

/** To zero mean and unit deviation: (x - mean) / (deviation + epsilon). What is left out comes from the preset. */
export type Standardize = boolean | { readonly epsilon?: number; readonly unbiased?: boolean };

/** How a picture is shown; does not change what is computed. */
export interface FrameOptions {
  /** Alpha from the accumulated gradient: what did not matter to the unit is transparent. */
  transparency?: boolean;
  /** The image's percentiles that become black and white, in [0, 1]; [0, 1] keeps the range. */
  percentiles?: readonly [number, number];
  /** Percentiles [0, 1] are the image's smallest and largest value instead. */
  extremes?: boolean;
  /** The percentile of the gradient that becomes opaque, in [0, 1]. */
  alphaCap?: number;
  /** Standard deviation in pixels of a Gaussian over alpha, 0 to 100. */
  alphaBlur?: number;
  /** Colours are multiplied by alpha too, then stretched from their smallest to their largest value. */
  alphaTwice?: boolean;
}

/** All optional. What is not given comes from the preset. */
export interface VisualizeOptions extends FrameOptions {
  /**
   * Where unset options come from, those of the frame too: 'default' is ours; 'paper', 'xplique', 'horama' and 'faccent' do what the
   * publication and these packages do.
   */
  preset?: string;
  /** Height and width of the picture in pixels, 32 to 4096. */
  size?: number;
  height?: number;
  width?: number;
  /** Updates of the image, 1 to 100000; also the length of the schedule. */
  steps?: number;
  /** Random crops that the network sees in each step, 1 to 256. */
  crops?: number;
  /** How many images are optimized side by side, 1 to 8: for objectives of several, such as diversity. */
  images?: number;
  /** Reference photos, which distances of the objective name by their place in this list; at most 8. */
  photos?: readonly (FloatImage | Frame)[];
  /** Side of a crop at the network's input in pixels; 0 is the model's own. */
  cropSize?: number;
  /** Of every random number: a whole number from 0 to 2^53 - 1. */
  seed?: number;
  /** What a crop shows: a random box of the image (MaCo), or all of it, padded with grey, jittered, scaled and rotated (Lucid). */
  transform?: TransformName;
  /** Of warps: pixels of grey around the image, 0 to 1000. */
  warpPad?: number;
  /** Of warps: how far the image is moved, before it is scaled and rotated, and after: U(-half, half) pixels in y and in x. */
  warpJitter?: number;
  warpJitterAfter?: number;
  /** Of warps: above 1 is larger. */
  warpScale?: Distribution;
  /** Of warps: degrees. */
  warpRotation?: Distribution;
  /** Side of a crop's box in fractions of the image's shorter side, then clipped to [0.05, 1]. */
  boxSide?: Distribution;
  /** Added to the side before it is clipped: nothing in the first step, all in the last, linearly. */
  boxSideChange?: number;
  /** Centre of a crop's box in fractions of the image. */
  boxCentre?: Distribution;
  /** Boxes are moved to lie wholly in the image; else what lies outside is 0. */
  boxInside?: boolean;
  /** Boxes are square in pixels; else the same fraction of the height and of the width. */
  boxSquare?: boolean;
  /** Boxes' edges are rounded down to whole pixels. */
  boxWholePixels?: boolean;
  /** How a box becomes a crop: see pl_resample in phaselens.h. */
  resample?: ResampleName;
  /** Standard deviation of the normal noise on every crop. */
  noiseNormal?: number;
  /** Half width of the uniform noise on every crop. */
  noiseUniform?: number;
  /** The noise is on the image's pixels under the box, before they are resized; else on the crop's. */
  noiseBeforeResize?: boolean;
  /** Lowest and highest value of the image. */
  range?: readonly [number, number];
  /** The network sees the image as it is, in its own units; else the image is RGB in [0, 1] and the model's preprocessing follows. */
  networkUnits?: boolean;
  /**
   * What is optimized: phases under a fixed magnitude, a spectrum over one that falls with the frequency (Lucid), pixels, or the
   * latent of a generator, whose image the picture is.
   */
  parametrization?: ParametrizationName;
  /**
   * Of parametrization 'generator': an ONNX file whose one input is a latent of floats (1 x Z, 1 x Z x 1 x 1 or any shape that is fixed
   * but for the batch); its first output that is an image counts, 1 x 3 x height x width, or with channels last, or grey. The
   * picture has its size, 32 to 4096, which height and width need not say. The latent, one for each image, starts from N(0, 1).
   * Errors: 'unsupported-model' (no generator), 'unsupported-op', 'invalid-model', 'not-finite'.
   */
  generator?: Source;
  /**
   * Values of the generator's output that become the range's ends; what lies outside is clamped. Default: the bounds that its last
   * operators keep, such as [-1, 1] of a Tanh and [0, 1] of a Sigmoid; [-1, 1] where they keep none.
   */
  generatorRange?: readonly [number, number];
  /** MaCo's initial phase, in radians. */
  phase?: Distribution;
  /** Standard deviation of the initial values of the spectrum and the pixels. */
  startDeviation?: number;
  /** The spectrum's magnitude is 1 / frequency^decay. */
  decay?: number;
  /**
   * An image to start from instead of random values; it is resized to the picture's size. MaCo takes its magnitude too. Nothing is
   * standardized then. A generator cannot start from one.
   */
  start?: FloatImage | Frame;
  /** The phase, or the spectrum, is standardized in every step, all colours together. */
  standardizePhase?: Standardize;
  /** The same for the image, before the sigmoid. */
  standardizeImage?: Standardize;
  /** The image is standardized in RGB; else in decorrelated colour. */
  standardizeRgb?: boolean;
  /** How the magnitude comes to the picture's size: by frequency, or as if the half spectrum were a picture. */
  magnitudeResize?: MagnitudeResizeName;
  /** Above radius 48 of 512 the magnitude is continued by its own power law: crisper pictures. */
  continueMagnitude?: boolean;
  /** The constant term's magnitude is the file's, a colour cast; else 0. */
  keepConstant?: boolean;
  /** Phases that a real image has twice start opposite; else free. */
  oppositePhases?: boolean;
  /** Weights of what is subtracted from the score, 0 to 1e6: the image's total variation, its distance from grey, its energy at high
   * frequencies, each a mean over the image in fractions of its range (src/image/penalties.h). */
  penaltyVariation?: number;
  penaltyL2?: number;
  penaltyFrequency?: number;
  /** The same, of parametrization 'generator': the mean of the latent's squares, to stay where images are likely. */
  penaltyLatent?: number;
  optimizer?: 'nadam' | 'adam';
  learningRate?: number;
  /** Of the learning rate: constant, or falling to 0 by half a cosine. */
  schedule?: 'constant' | 'cosine';
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  momentumDecay?: number;
  /** Bytes that the network's values may take in one worker. */
  memoryBudget?: number;
  /** The npy file of a mean Fourier magnitude: float32, 3 x H x (W/2+1). Default: that of ImageNet, which comes with the package. */
  magnitude?: Source;
  /** What every step carries beside its frame. */
  outputs?: readonly OutputName[];
  /** Stops the visualization: the iteration throws the signal's reason. */
  signal?: AbortSignal;
}

/** What is not kept in a checkpoint. */
export interface ResumeOptions extends FrameOptions {
  /** The one that the visualization had, where it had one. */
  generator?: Source;
  /** Those that the visualization had. */
  photos?: readonly (FloatImage | Frame)[];
  outputs?: readonly OutputName[];
  signal?: AbortSignal;
}

export interface VisualizeSettings {
  config: Config;
  frame: FrameSettings;
  outputs: readonly OutputName[];
  photos: readonly PlainImage[];
  magnitude: Source | undefined;
  generator: Source | undefined;
  start: PlainImage | undefined;
  /** Of a run to go on with, and the text that was kept with it. */
  checkpoint: Uint8Array | undefined;
  note: string;
  /** Steps done before. */
  index: number;
  signal: AbortSignal | undefined;
}

const outputNames: readonly OutputName[] = ['image', 'transparency', 'values'];

/** What an option changes in `config`. */
type Reader = (value: unknown, name: string, config: Config) => Partial<Config>;
type Field<T> = { [K in keyof Config]: Config[K] extends T ? K : never }[keyof Config];

function fail(name: string, expected: string, value: unknown): never {
  throw new PhaselensError('invalid-argument', `The option ${name} is ${expected}, not ${show(value)}.`);
}

const isPair = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(Number.isFinite);

const whole =
  (field: Field<number>): Reader =>
  (value, name) =>
    Number.isSafeInteger(value) && (value as number) >= 0 ? { [field]: value } : fail(name, 'a whole number from 0', value);
const number =
  (field: Field<number>): Reader =>
  (value, name) =>
    Number.isFinite(value) ? { [field]: value } : fail(name, 'a number', value);
const flag =
  (field: Field<boolean>): Reader =>
  (value, name) =>
    typeof value === 'boolean' ? { [field]: value } : fail(name, 'true or false', value);
const choice =
  (field: Field<string>, words: readonly string[]): Reader =>
  (value, name) =>
    words.includes(value as string) ? { [field]: value } : fail(name, `one of ${words.join(', ')}`, value);
const standardize =
  (field: Field<StandardizeConfig>): Reader =>
  (value, name, config) => {
    if (typeof value === 'boolean') return { [field]: { ...config[field], on: value } };
    const { epsilon = config[field].epsilon, unbiased = config[field].unbiased } = (value ?? {}) as Partial<StandardizeConfig>;
    if (typeof value !== 'object' || !Number.isFinite(epsilon) || typeof unbiased !== 'boolean')
      fail(name, 'true, false or {epsilon, unbiased}', value);
    return { [field]: { on: true, epsilon, unbiased } };
  };
const distribution =
  (field: Field<DistributionConfig>): Reader =>
  (value, name) => {
    const { uniform, normal } = (value ?? {}) as { uniform?: unknown; normal?: unknown };
    const pair = uniform ?? normal;
    if (!isPair(pair)) fail(name, '{uniform: [low, high]} or {normal: [mean, deviation]}', value);
    return { [field]: { kind: uniform ? 'uniform' : 'normal', a: pair[0], b: pair[1] } };
  };

/** Every option that goes into the configuration. */
const readers: Record<string, Reader> = {
  size: (...option) => ({ ...whole('height')(...option), ...whole('width')(...option) }),
  height: whole('height'),
  width: whole('width'),
  steps: whole('steps'),
  crops: whole('crops'),
  images: whole('images'),
  cropSize: whole('cropSize'),
  seed: whole('seed'),
  transform: choice('transform', ['boxes', 'warps']),
  warpPad: number('warpPad'),
  warpJitter: number('warpJitter'),
  warpJitterAfter: number('warpJitterAfter'),
  warpScale: distribution('warpScale'),
  warpRotation: distribution('warpRotation'),
  boxSide: distribution('boxSide'),
  boxSideChange: number('boxSideChange'),
  boxCentre: distribution('boxCentre'),
  boxInside: flag('boxInside'),
  boxSquare: flag('boxSquare'),
  boxWholePixels: flag('boxWholePixels'),
  resample: choice('resample', ['antialiased', 'antialiased-aligned', 'bilinear', 'roi-bicubic']),
  noiseNormal: number('noiseNormal'),
  noiseUniform: number('noiseUniform'),
  noiseBeforeResize: flag('noiseBeforeResize'),
  range: (value, name) => (isPair(value) ? { rangeLow: value[0], rangeHigh: value[1] } : fail(name, 'a pair [low, high]', value)),
  networkUnits: flag('networkUnits'),
  parametrization: choice('parametrization', ['maco', 'fourier', 'pixel', 'generator']),
  generatorRange: (value, name) =>
    isPair(value) ? { generatorLow: value[0], generatorHigh: value[1] } : fail(name, 'a pair [low, high]', value),
  phase: distribution('phase'),
  startDeviation: number('startDeviation'),
  decay: number('decay'),
  standardizePhase: standardize('standardizePhase'),
  standardizeImage: standardize('standardizeImage'),
  standardizeRgb: flag('standardizeRgb'),
  magnitudeResize: choice('magnitudeResize', ['frequency', 'bilinear', 'antialiased', 'antialiased-aligned']),
  continueMagnitude: flag('continueMagnitude'),
  keepConstant: flag('keepConstant'),
  oppositePhases: flag('oppositePhases'),
  penaltyVariation: number('penaltyVariation'),
  penaltyL2: number('penaltyL2'),
  penaltyFrequency: number('penaltyFrequency'),
  penaltyLatent: number('penaltyLatent'),
  optimizer: choice('optimizer', ['nadam', 'adam']),
  learningRate: number('learningRate'),
  schedule: choice('schedule', ['constant', 'cosine']),
  beta1: number('beta1'),
  beta2: number('beta2'),
  epsilon: number('epsilon'),
  momentumDecay: number('momentumDecay'),
  memoryBudget: whole('memoryBudget'),
};

const frameOptions = ['transparency', 'percentiles', 'extremes', 'alphaCap', 'alphaBlur', 'alphaTwice'];
const otherOptions = ['preset', ...frameOptions, 'photos', 'magnitude', 'generator', 'start', 'outputs', 'signal'];

/** Throws 'invalid-argument' for names and types that cannot be. */
export function readOptions(options: VisualizeOptions, presets: Presets): VisualizeSettings {
  for (const name of Object.keys(options)) {
    if (!(name in readers) && !otherOptions.includes(name)) {
      const known = [...Object.keys(readers), ...otherOptions].join(', ');
      throw new PhaselensError('invalid-argument', `There is no option ${name}. Options are ${known}.`);
    }
  }
  const { preset = 'default', photos = [], outputs = [], magnitude, generator, signal } = options;
  if (!Object.hasOwn(presets, preset)) fail('preset', `one of ${Object.keys(presets).join(', ')}`, preset);
  const base = presets[preset]!;
  checkOutputs(outputs);
  let { config } = base;
  // In the readers' order, so that height and width come after size.
  for (const [name, reader] of Object.entries(readers)) {
    const value = options[name as keyof VisualizeOptions];
    if (value !== undefined) config = { ...config, ...reader(value, name, config) };
  }
  if ((config.parametrization === 'generator') !== (generator !== undefined)) {
    throw new PhaselensError('invalid-argument', "The parametrization 'generator' and the option generator go together.");
  }
  if (generator !== undefined) config = { ...config, ...ownSizes(options) };
  const start = options.start && readImage(options.start);
  const frame = readFrameOptions(options, base.frame);
  const from = { magnitude, generator, start, checkpoint: undefined, note: '', index: 0 };
  return { config, frame, outputs, photos: readPhotos(photos), ...from, signal };
}

/** 0 stands for the generator's own, until it is loaded. */
function ownSizes({ size, height = size, width = size }: VisualizeOptions): Partial<Config> {
  return { ...(height === undefined ? { height: 0 } : {}), ...(width === undefined ? { width: 0 } : {}) };
}

/** Throws 'invalid-argument' for options that cannot be, or that a checkpoint has decided. */
export function readResumeOptions(options: ResumeOptions, frame: FrameSettings) {
  const names = [...frameOptions, 'generator', 'photos', 'outputs', 'signal'];
  const wrong = Object.keys(options).find((name) => !names.includes(name));
  if (wrong) {
    const message = `A visualization that goes on has no option ${wrong}. Options are ${names.join(', ')}.`;
    throw new PhaselensError('invalid-argument', message);
  }
  const { generator, photos = [], outputs = [], signal } = options;
  checkOutputs(outputs);
  return { frame: readFrameOptions(options, frame), generator, photos: readPhotos(photos), outputs, signal };
}

function readPhotos(photos: NonNullable<VisualizeOptions['photos']>): PlainImage[] {
  if (!Array.isArray(photos)) fail('photos', 'a list of images', photos);
  return photos.map(readImage);
}

function checkOutputs(outputs: readonly OutputName[]): void {
  for (const name of outputs) if (!outputNames.includes(name)) fail('outputs', `a list of ${outputNames.join(', ')}`, outputs);
}

/** `current` with the given options. */
export function readFrameOptions({ percentiles, ...options }: FrameOptions, current: FrameSettings): FrameSettings {
  const { transparency, extremes, alphaCap, alphaBlur, alphaTwice } = options;
  for (const [name, value] of Object.entries({ transparency, extremes, alphaTwice })) {
    if (value !== undefined && typeof value !== 'boolean') fail(name, 'true or false', value);
  }
  for (const [name, value, most] of [
    ['alphaCap', alphaCap, 1],
    ['alphaBlur', alphaBlur, 100],
  ] as const) {
    if (value !== undefined && !(value >= 0 && value <= most)) fail(name, `a number from 0 to ${most}`, value);
  }
  if (
    percentiles !== undefined &&
    (!isPair(percentiles) || percentiles[0] < 0 || percentiles[0] >= percentiles[1] || percentiles[1] > 1)
  ) {
    fail('percentiles', 'a pair [low, high] with 0 <= low < high <= 1', percentiles);
  }
  return {
    low: percentiles?.[0] ?? current.low,
    high: percentiles?.[1] ?? current.high,
    extremes: extremes ?? current.extremes,
    transparency: transparency ?? current.transparency,
    alphaCap: alphaCap ?? current.alphaCap,
    alphaBlur: alphaBlur ?? current.alphaBlur,
    alphaTwice: alphaTwice ?? current.alphaTwice,
  };
}
