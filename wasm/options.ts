/** Options of a visualization: names and types are checked here, values by the core. Defaults are the core's. */
import { PhaselensError, show } from './errors.js';
import type { Config, DistributionConfig, FrameSettings, OutputName } from './protocol.js';
import type { Source } from './source.js';

/** U(low, high) or N(mean, deviation). */
export type Distribution = { readonly uniform: readonly [number, number] } | { readonly normal: readonly [number, number] };

/** How a picture is shown; does not change what is computed. */
export interface FrameOptions {
  /** Alpha from the accumulated gradient: what did not matter to the unit is transparent. Default false. */
  transparency?: boolean;
  /** The image's percentiles that become black and white, in [0, 1]. Default [0.01, 0.99]; [0, 1] keeps the range. */
  percentiles?: readonly [number, number];
}

/** All optional. What is not given comes from the preset. */
export interface VisualizeOptions extends FrameOptions {
  /** Where unset options come from. Only 'default' today. */
  preset?: 'default';
  /** Height and width of the picture in pixels, 32 to 4096. */
  size?: number;
  height?: number;
  width?: number;
  /** Updates of the image, 1 to 100000; also the length of the schedule. */
  steps?: number;
  /** Random crops that the network sees in each step, 1 to 256. */
  crops?: number;
  /** Side of a crop at the network's input in pixels; 0 is the model's own. */
  cropSize?: number;
  /** Of every random number: a whole number from 0 to 2^53 - 1. */
  seed?: number;
  /** Side of a crop's box in fractions of the image's shorter side, then clipped to [0.05, 1]. */
  boxSide?: Distribution;
  /** Centre of a crop's box in fractions of the image. */
  boxCentre?: Distribution;
  /** Boxes are moved to lie wholly in the image; else what lies outside is 0. */
  boxInside?: boolean;
  /** Standard deviation of the normal noise on every crop. */
  noiseNormal?: number;
  /** Half width of the uniform noise on every crop. */
  noiseUniform?: number;
  /** Lowest and highest value of the image that the network sees. */
  range?: readonly [number, number];
  /** The initial phase, in radians. */
  phase?: Distribution;
  /** The phase is taken to zero mean and unit deviation in every step. */
  standardizePhase?: boolean;
  /** Above radius 48 of 512 the magnitude is continued by its own power law: crisper pictures. */
  continueMagnitude?: boolean;
  /** Of NAdam. */
  learningRate?: number;
  /** Of the learning rate: constant, or falling to 0 by half a cosine. */
  schedule?: 'constant' | 'cosine';
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  momentumDecay?: number;
  /** Bytes that the network's values may take in one worker; decides how many crops run in one pass. */
  memoryBudget?: number;
  /** The npy file of a mean Fourier magnitude: float32, 3 x H x (W/2+1). Default: that of ImageNet, which comes with the package. */
  magnitude?: Source;
  /** What every step carries beside its frame. */
  outputs?: readonly OutputName[];
  /** Stops the visualization: the iteration throws the signal's reason. */
  signal?: AbortSignal;
}

export interface VisualizeSettings {
  config: Config;
  frame: FrameSettings;
  outputs: readonly OutputName[];
  magnitude: Source | undefined;
  signal: AbortSignal | undefined;
}

export const defaultFrame: FrameSettings = { low: 0.01, high: 0.99, transparency: false };

const presets: Record<string, Partial<Config>> = { default: {} };
const outputNames: readonly OutputName[] = ['image', 'transparency', 'phase'];

type Reader = (value: unknown, name: string) => Partial<Config>;
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
  size: (value, name) => ({ ...whole('height')(value, name), ...whole('width')(value, name) }),
  height: whole('height'),
  width: whole('width'),
  steps: whole('steps'),
  crops: whole('crops'),
  cropSize: whole('cropSize'),
  seed: whole('seed'),
  boxSide: distribution('boxSide'),
  boxCentre: distribution('boxCentre'),
  boxInside: flag('boxInside'),
  noiseNormal: number('noiseNormal'),
  noiseUniform: number('noiseUniform'),
  range: (value, name) =>
    isPair(value) ? { rangeLow: value[0], rangeHigh: value[1] } : fail(name, 'a pair [low, high]', value),
  phase: distribution('phase'),
  standardizePhase: flag('standardizePhase'),
  continueMagnitude: flag('continueMagnitude'),
  learningRate: number('learningRate'),
  schedule: (value, name) =>
    value === 'constant' || value === 'cosine' ? { schedule: value } : fail(name, "'constant' or 'cosine'", value),
  beta1: number('beta1'),
  beta2: number('beta2'),
  epsilon: number('epsilon'),
  momentumDecay: number('momentumDecay'),
  memoryBudget: whole('memoryBudget'),
};

const otherOptions = ['preset', 'transparency', 'percentiles', 'magnitude', 'outputs', 'signal'];

/** Throws 'invalid-argument' for names and types that cannot be. */
export function readOptions(options: VisualizeOptions, defaults: Config): VisualizeSettings {
  for (const name of Object.keys(options)) {
    if (!(name in readers) && !otherOptions.includes(name)) {
      const known = [...Object.keys(readers), ...otherOptions].join(', ');
      throw new PhaselensError('invalid-argument', `There is no option ${name}. Options are ${known}.`);
    }
  }
  const { preset = 'default', outputs = [], magnitude, signal } = options;
  const base = presets[preset] ?? fail('preset', `one of ${Object.keys(presets).join(', ')}`, preset);
  for (const name of outputs) if (!outputNames.includes(name)) fail('outputs', `a list of ${outputNames.join(', ')}`, outputs);
  let config = { ...defaults, ...base };
  // In the readers' order, so that height and width come after size.
  for (const [name, reader] of Object.entries(readers)) {
    const value = options[name as keyof VisualizeOptions];
    if (value !== undefined) config = { ...config, ...reader(value, name) };
  }
  return { config, frame: readFrameOptions(options, defaultFrame), outputs, magnitude, signal };
}

/** `current` with the given options. */
export function readFrameOptions({ transparency, percentiles }: FrameOptions, current: FrameSettings): FrameSettings {
  if (transparency !== undefined && typeof transparency !== 'boolean') fail('transparency', 'true or false', transparency);
  if (percentiles === undefined) return { ...current, transparency: transparency ?? current.transparency };
  if (!isPair(percentiles) || percentiles[0] < 0 || percentiles[0] >= percentiles[1] || percentiles[1] > 1) {
    fail('percentiles', 'a pair [low, high] with 0 <= low < high <= 1', percentiles);
  }
  return { low: percentiles[0], high: percentiles[1], transparency: transparency ?? current.transparency };
}
