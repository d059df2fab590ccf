/** Options of a visualization: names and values are checked here, by the core's lists. Defaults are the core's. */
import { cut, PhaselensError, show } from '../base/errors.js';
import { type FloatImage, type Frame, readImage } from '../base/image.js';
import { type ConfigOptions, configOptions, type FrameOptions, frameOptions, type OptionInfo } from '../base/option-list.js';
import { readOption, readWhole } from '../base/option-values.js';
import type { Config, FrameSettings, OutputName, PlainImage, Presets } from '../base/protocol.js';
import { readSignal } from '../base/signal.js';
import type { Source } from '../base/source.js';
import type { ExternalData } from './external.js';

/** All optional. What is not given comes from the preset. */
export interface VisualizeOptions extends ConfigOptions, FrameOptions {
  /**
   * Where unset options come from, those of the frame too: 'default' is ours; 'paper', 'xplique', 'horama' and 'faccent' do what the
   * publication and these packages do.
   */
  preset?: string;
  /** Height and width, where these are not given. */
  size?: number;
  /** Reference photos, which distances of the objective name by their place in this list; at most 8. */
  photos?: readonly (FloatImage | Frame)[];
  /**
   * Of parametrization 'generator': an ONNX file whose one input is a latent of floats (1 x Z, 1 x Z x 1 x 1 or any shape that is fixed
   * but for the batch); its first output that is an image counts, 1 x 3 x height x width, or with channels last, or grey. The
   * picture has its size, 32 to 4096, which height and width need not say. The latent, one for each image, starts from N(0, 1).
   * Errors: 'unsupported-model' (no generator), 'unsupported-op', 'invalid-model', 'missing-data', 'not-finite'.
   */
  generator?: Source;
  /** Files in which the generator's weights lie, if it has such; see LoadOptions.externalData. */
  generatorData?: readonly ExternalData[];
  /**
   * An image to start from instead of random values; it is resized to the picture's size. MaCo takes its magnitude too. Nothing is
   * standardized then. A generator cannot start from one.
   */
  start?: FloatImage | Frame;
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
  generatorData?: readonly ExternalData[];
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
  generatorData: readonly ExternalData[] | undefined;
  start: PlainImage | undefined;
  /** Of a run to go on with, and the text that was kept with it. */
  checkpoint: Uint8Array | undefined;
  note: string;
  /** Steps done before. */
  index: number;
  signal: AbortSignal | undefined;
}

const outputNames: readonly OutputName[] = ['image', 'transparency', 'values'];

/** PL_MAX_PHOTOS. */
const mostPhotos = 8;

function fail(name: string, expected: string, value: unknown): never {
  throw new PhaselensError('invalid-argument', `The option ${name} is ${expected}, not ${show(value)}.`);
}

const namesOf = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);
const otherNames = ['preset', 'size', 'photos', 'magnitude', 'generator', 'start', 'outputs', 'signal'];
const allNames = [...namesOf(configOptions), ...namesOf(frameOptions), ...otherNames];

<<<<<<< HEAD
/** `current` with the given options. */
function readListed<T extends object>(list: readonly OptionInfo[], options: object, current: T): T {
  const given = options as Record<string, unknown>;
  const settled = { ...current } as Record<string, unknown>;
  for (const option of list) {
    const value = given[option.name];
    if (value !== undefined) settled[option.name] = readOption(value, option, settled[option.name]);
  }
  return settled as T;
}
=======
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
const generatorOptions = ['generator', 'generatorData'];
const otherOptions = ['preset', ...frameOptions, 'photos', 'magnitude', ...generatorOptions, 'start', 'outputs', 'signal'];
>>>>>>> main

/** Throws 'invalid-argument' for names and types that cannot be. */
export function readOptions(options: VisualizeOptions, presets: Presets): VisualizeSettings {
  const unknown = Object.keys(options).find((name) => !allNames.includes(name));
  if (unknown !== undefined) {
    throw new PhaselensError('invalid-argument', `There is no option ${cut(unknown)}. Options are ${allNames.join(', ')}.`);
  }
  const { preset = 'default', photos = [], outputs = [], magnitude, generator, generatorData } = options;
  if (!Object.hasOwn(presets, preset)) fail('preset', `one of ${Object.keys(presets).join(', ')}`, preset);
  const base = presets[preset]!;
  checkOutputs(outputs);
  let config = readListed(configOptions, { ...options, ...readSizes(options) }, base.config);
  if ((config.parametrization === 'generator') !== (generator !== undefined)) {
    throw new PhaselensError('invalid-argument', "The parametrization 'generator' and the option generator go together.");
  }
  if (generator !== undefined) config = { ...config, ...ownSizes(options) };
  const start = options.start && readImage(options.start);
  const frame = readFrameOptions(options, base.frame);
  const from = { magnitude, generator, generatorData, start, checkpoint: undefined, note: '', index: 0 };
  return { config, frame, outputs, photos: readPhotos(photos), ...from, signal: readSignal(options.signal) };
}

/** What `size` says of height and width. */
function readSizes({ size, height = size, width = size }: VisualizeOptions): Pick<VisualizeOptions, 'height' | 'width'> {
  if (size !== undefined) readOption(size, { ...configOptions[0]!, name: 'size' }, size);
  return { ...(height === undefined ? {} : { height }), ...(width === undefined ? {} : { width }) };
}

/** 0 stands for the generator's own, until it is loaded. */
function ownSizes({ size, height = size, width = size }: VisualizeOptions): Partial<Config> {
  return { ...(height === undefined ? { height: 0 } : {}), ...(width === undefined ? { width: 0 } : {}) };
}

/** Throws 'invalid-argument' for options that cannot be, or that a checkpoint has decided. */
export function readResumeOptions(options: ResumeOptions, frame: FrameSettings) {
<<<<<<< HEAD
  const names = [...namesOf(frameOptions), 'generator', 'photos', 'outputs', 'signal'];
=======
  const names = [...frameOptions, ...generatorOptions, 'photos', 'outputs', 'signal'];
>>>>>>> main
  const wrong = Object.keys(options).find((name) => !names.includes(name));
  if (wrong) {
    const message = `A visualization that goes on has no option ${cut(wrong)}. Options are ${names.join(', ')}.`;
    throw new PhaselensError('invalid-argument', message);
  }
  const { generator, generatorData, photos = [], outputs = [] } = options;
  checkOutputs(outputs);
  return {
    frame: readFrameOptions(options, frame),
    generator,
    generatorData,
    photos: readPhotos(photos),
    outputs,
    signal: readSignal(options.signal),
  };
}

function readPhotos(photos: NonNullable<VisualizeOptions['photos']>): PlainImage[] {
  if (!Array.isArray(photos)) fail('photos', 'a list of images', photos);
  readWhole('The number of photos', photos.length, 0, mostPhotos);
  return photos.map(readImage);
}

function checkOutputs(outputs: readonly OutputName[]): void {
  for (const name of outputs) if (!outputNames.includes(name)) fail('outputs', `a list of ${outputNames.join(', ')}`, outputs);
}

/** `current` with the given options. */
export const readFrameOptions = (options: FrameOptions, current: FrameSettings): FrameSettings =>
  readListed(frameOptions, options, current);
