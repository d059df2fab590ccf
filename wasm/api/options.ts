/** Options of a visualization: names and values are checked here, by the core's lists. Defaults are the core's. */
import { cut, PhaselensError, show } from '../base/errors.js';
import { type FloatImage, type Frame, readImage } from '../base/image.js';
import { type ConfigOptions, configOptions, type FrameOptions, frameOptions, type OptionInfo } from '../base/option-list.js';
import { readOption, readWhole } from '../base/option-values.js';
import type { Config, FrameSettings, OutputName, PlainImage, Presets } from '../base/protocol.js';
import { readSignal } from '../base/signal.js';
import type { Source } from '../base/source.js';
import type { ExternalData } from './external.js';
import type { OnProgress } from './progress.js';

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
  /**
   * The npy file of a mean Fourier magnitude, 3 x H x (W/2+1) of float32, or one compressed by gzip. Default: LoadOptions.magnitude, else
   * ImageNet's, which comes with the package: whole, or, where `continueMagnitude` would replace most of it, what that leaves.
   */
  magnitude?: Source;
  /**
   * Instead of `steps`: about so long it may take. A few steps of this machine are timed first, and `config` says afterwards how many
   * were chosen, so that the picture can be made again.
   */
  seconds?: number;
  /** What every step carries beside its frame. */
  outputs?: readonly OutputName[];
  /** Milliseconds from one frame to the next at least: steps in between show the one before. Default 0: every step has its own. */
  frameInterval?: number;
  /** Every step tells what its time went into. */
  timeline?: boolean;
  /** Hears how far it is with what has to be fetched first: the magnitude, a generator. */
  onProgress?: OnProgress;
  /** Stops the visualization: the iteration throws the signal's reason. */
  signal?: AbortSignal;
}

/** Whatever is not given is as the picture has it, but for the size, the crops, the steps and the rate: see Visualization.refine. */
export type RefineOptions = Omit<VisualizeOptions, 'preset' | 'generator' | 'generatorData' | 'start' | 'magnitude' | 'photos'>;

/** What is not kept in a checkpoint. */
export interface ResumeOptions extends FrameOptions {
  /** The one that the visualization had, where it had one. */
  generator?: Source;
  /** Files in which its weights lie, if it has such. */
  generatorData?: readonly ExternalData[];
  /** Those that the visualization had. */
  photos?: readonly (FloatImage | Frame)[];
  /** The one that the visualization had, where it had one: refining it takes that. */
  magnitude?: Source;
  /** As in VisualizeOptions. */
  outputs?: readonly OutputName[];
  /** As in VisualizeOptions. */
  frameInterval?: number;
  /** As in VisualizeOptions. */
  timeline?: boolean;
  /** As in VisualizeOptions. */
  onProgress?: OnProgress;
  /** As in VisualizeOptions. */
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
  /** Until it is known how many steps that is. */
  seconds: number | undefined;
  /** The number of the run whose picture is refined, once it has one. */
  refines: (() => number) | undefined;
  /** Of a run to go on with, and the text that was kept with it. */
  checkpoint: Uint8Array | undefined;
  note: string;
  /** Steps done before. */
  index: number;
  signal: AbortSignal | undefined;
  frameInterval: number;
  timeline: boolean;
  onProgress: OnProgress | undefined;
}

/** What Visualization.refine does unless options say otherwise: by how much it enlarges the picture, in how many steps of how many crops. */
export const refining: {
  /** Of height and width. */
  readonly enlargement: number;
  /** How many. */
  readonly steps: number;
  /** In each step. */
  readonly crops: number;
} = {
  enlargement: 1.6,
  steps: 32,
  crops: 2,
};

/** Crops as large as the model's own input, gentle steps. */
const gentle = { cropSize: 0, learningRate: 0.1, schedule: 'linear', redirectSteps: 0 } as const;

const outputNames: readonly OutputName[] = ['image', 'transparency', 'values'];

/** PL_MAX_PHOTOS. */
const mostPhotos = 8;

function fail(name: string, expected: string, value: unknown): never {
  throw new PhaselensError('invalid-argument', `The option ${name} is ${expected}, not ${show(value)}.`);
}

const namesOf = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);

/** An option that a text can say: of an attribute, of a command. */
export interface WrittenOption extends Omit<OptionInfo, 'type'> {
  /** What a value is; 'text' is any text. */
  readonly type: OptionInfo['type'] | 'text';
}

/** Those beside the core's. */
const ownOptions: readonly WrittenOption[] = [
  {
    name: 'preset',
    type: 'text',
    text: 'The recipe from which options come that are not given: default, paper, xplique, horama, faccent.',
  },
  { name: 'size', type: 'whole', low: 32, high: 4096, text: 'Height and width in pixels, where these are not given.' },
  { name: 'seconds', type: 'number', low: 0, high: 86400, text: 'Instead of steps: about so long it may take.' },
  { name: 'magnitude', type: 'text', text: 'Address of the npy file of a mean Fourier magnitude.' },
  { name: 'generator', type: 'text', text: 'Of parametrization generator: address of the ONNX file that makes images.' },
  { name: 'frameInterval', type: 'number', low: 0, high: 1e6, text: 'Milliseconds from one frame to the next at least.' },
];

/** All that a text can say. */
export const writtenOptions: readonly WrittenOption[] = [...configOptions, ...frameOptions, ...ownOptions];
/** Names of the options that change nothing of what is computed. */
export const frameNames: readonly string[] = namesOf(frameOptions);

const generatorNames = ['generator', 'generatorData'];
/** What changes nothing of what is computed. */
const reportNames = ['outputs', 'frameInterval', 'timeline', 'onProgress', 'signal'];
const otherNames = [...new Set([...namesOf(ownOptions), 'photos', ...generatorNames, 'start', ...reportNames])];
const refineNames = ['size', 'seconds', ...reportNames];
const allNames = [...namesOf(configOptions), ...namesOf(frameOptions), ...otherNames];

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

/** Throws 'invalid-argument' for names and types that cannot be. */
export function readOptions(options: VisualizeOptions, presets: Presets): VisualizeSettings {
  checkNames(options, allNames);
  const { preset = 'default', photos = [], magnitude, generator, generatorData } = options;
  if (!Object.hasOwn(presets, preset)) fail('preset', `one of ${Object.keys(presets).join(', ')}`, preset);
  const base = presets[preset]!;
  let config = readListed(configOptions, { ...options, ...readSizes(options) }, base.config);
  if ((config.parametrization === 'generator') !== (generator !== undefined)) {
    throw new PhaselensError('invalid-argument', "The parametrization 'generator' and the option generator go together.");
  }
  if (generator !== undefined) config = { ...config, ...ownSizes(options) };
  const start = options.start && readImage(options.start);
  const frame = readFrameOptions(options, base.frame);
  const seconds = readSeconds(options);
  const from = { magnitude, generator, generatorData, start, seconds, ...anew };
  return { config, frame, photos: readPhotos(photos), ...from, ...readReportOptions(options) };
}

/** The recipe that a manifest gives for a model: `current` with its options. Throws 'invalid-argument'. */
export function readRecipe(recipe: ConfigOptions, current: Config): Config {
  checkNames(recipe, namesOf(configOptions));
  return readListed(configOptions, recipe, current);
}

/** Of what goes on with nothing. */
const anew = { refines: undefined, checkpoint: undefined, note: '', index: 0 };

function checkNames(options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new PhaselensError('invalid-argument', `There is no option ${cut(unknown)}. Options are ${names.join(', ')}.`);
  }
}

function readSeconds({ seconds, steps }: VisualizeOptions): number | undefined {
  if (seconds === undefined) return undefined;
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= 86400)) fail('seconds', 'a time above 0, up to 86400', seconds);
  if (steps !== undefined) throw new PhaselensError('invalid-argument', 'The options steps and seconds exclude each other.');
  return seconds;
}

/** Of a picture with `settings`, whose `config` is what it became. */
export function readRefineOptions(options: RefineOptions, settings: VisualizeSettings, config: Config): VisualizeSettings {
  checkNames(options, [...namesOf(configOptions), ...namesOf(frameOptions), ...refineNames]);
  const { enlargement, steps, crops } = refining;
  const larger = {
    height: Math.round(config.height * enlargement),
    width: Math.round(config.width * enlargement),
    steps,
    crops,
    ...gentle,
  };
  return {
    ...settings,
    config: readListed(configOptions, { ...options, ...readSizes(options) }, { ...config, ...larger }),
    frame: readFrameOptions(options, settings.frame),
    start: undefined,
    seconds: readSeconds(options),
    ...anew,
    ...readReportOptions(options),
  };
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
  const names = [...namesOf(frameOptions), ...generatorNames, 'photos', 'magnitude', ...reportNames];
  const wrong = Object.keys(options).find((name) => !names.includes(name));
  if (wrong) {
    const message = `A visualization that goes on has no option ${cut(wrong)}. Options are ${names.join(', ')}.`;
    throw new PhaselensError('invalid-argument', message);
  }
  const { magnitude, generator, generatorData, photos = [] } = options;
  return {
    frame: readFrameOptions(options, frame),
    magnitude,
    generator,
    generatorData,
    photos: readPhotos(photos),
    ...readReportOptions(options),
  };
}

function readPhotos(photos: NonNullable<VisualizeOptions['photos']>): PlainImage[] {
  if (!Array.isArray(photos)) fail('photos', 'a list of images', photos);
  readWhole('The number of photos', photos.length, 0, mostPhotos);
  return photos.map(readImage);
}

/** How and when it tells of itself. */
function readReportOptions({ outputs = [], frameInterval = 0, timeline = false, onProgress, signal }: VisualizeOptions) {
  for (const name of outputs) if (!outputNames.includes(name)) fail('outputs', `a list of ${outputNames.join(', ')}`, outputs);
  const isTime = typeof frameInterval === 'number' && frameInterval >= 0 && frameInterval <= 1e6;
  if (!isTime) fail('frameInterval', 'milliseconds from 0 to 1000000', frameInterval);
  if (typeof timeline !== 'boolean') fail('timeline', 'true or false', timeline);
  if (onProgress !== undefined && typeof onProgress !== 'function') fail('onProgress', 'a function', onProgress);
  return { outputs, frameInterval, timeline, onProgress, signal: readSignal(signal) };
}

/** `current` with the given options. */
export const readFrameOptions = (options: FrameOptions, current: FrameSettings): FrameSettings =>
  readListed(frameOptions, options, current);
