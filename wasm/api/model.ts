/** A loaded model, and how it is loaded. */

import { PhaselensError, show } from '../base/errors.js';
import { type FloatImage, type Frame, readImage } from '../base/image.js';
import { isBytes, isResponse } from '../base/kinds.js';
import { readWhole } from '../base/option-values.js';
import type {
  Build,
  Config,
  LayerInfo,
  MemoryUse,
  ModelDescription,
  ModelInput,
  Preprocessing,
  PreprocessingHint,
  Presets,
} from '../base/protocol.js';
import { orAbort, readSignal, throwIfAborted } from '../base/signal.js';
import { type KnownFile, readSource, type Source } from '../base/source.js';
import { Crew } from '../workers/crew.js';
import { chooseBuild, compileBuild } from '../workers/runtime.js';
import { checkSizes, type ExternalData, readExternal } from './external.js';
import { checkLabels, type Labels, readLabels } from './labels.js';
import { Magnitudes } from './magnitude.js';
import type { ManifestEntry } from './manifest.js';
import { type Objective, objectiveText } from './objectives.js';
import type { ResumeOptions, VisualizeOptions, VisualizeSettings } from './options.js';
import { readFrameOptions, readOptions, readRecipe, readResumeOptions } from './options.js';
import { downloadTo, type OnProgress } from './progress.js';
import { explained, refuseOthers } from './recognize.js';
import { presetsFor } from './textures.js';
import { type Note, Visualization } from './visualization.js';

/** Height and width, in pixels. */
export interface Size {
  /** 1 to 4096. */
  readonly height: number;
  /** 1 to 4096. */
  readonly width: number;
}

/** The values of a layer. */
export interface Activations {
  /** In the order of ONNX, N x C x H x W with N = 1. */
  readonly data: Float32Array;
  /** Its sizes. */
  readonly shape: readonly number[];
}

/** What an image does to an objective. */
export interface Gradient {
  /** Of the objective. */
  readonly score: number;
  /** d score / d image, in the image's own pixels. */
  readonly gradient: FloatImage;
}

/** All optional. */
export interface LoadOptions {
  /**
   * Workers at most, 1 to 256. Default: as many as the machine has threads, and fewer, but two, where all of them would hold more than
   * 1 GB of the model. A visualization uses no more than it has crops.
   */
  workers?: number;
  /** Ends the loading: loadModel throws the signal's reason. */
  signal?: AbortSignal;
  /** Hears how far it is. */
  onProgress?: OnProgress;
  /**
   * What the network expects: input = (rgb - mean) / std, with rgb in [0, 1]. Default: what the file itself lets guess (see
   * Model.preprocessingHint), else ImageNet's mean and deviation. A network of one channel is fed the luminance with the first mean
   * and std, one of four an alpha of 1 with the fourth.
   */
  preprocessing?: Preprocessing;
  /**
   * Files in which the model's weights lie, if it has such: PyTorch writes model.onnx and model.onnx.data. What is not given is looked
   * for beside the model, where that is an address or a path.
   */
  externalData?: readonly ExternalData[];
  /**
   * Of the input, where the file leaves its height and width open; a whole number is both. Default: 224, or where that does not work
   * another one that does.
   */
  size?: number | Size;
  /** Names of the logits, one for each; in every form in which files have them. Those that a manifest lists may be missing: see Model.labelsError. */
  labels?: Labels;
  /** The default magnitude of visualizations. Default: ImageNet's, which comes with the package. See VisualizeOptions. */
  magnitude?: Source;
  /** 'relaxed' is faster in browsers of 2025 and later; both give nearly, not exactly, the same numbers. Default: the fastest. */
  build?: Build;
  /** Where the package's .wasm file lies, if not where it was published. */
  wasmUrl?: string | URL;
  /** Where its worker.js lies, if not there. */
  workerUrl?: string | URL;
}

/**
 * Loads an ONNX model from an address, a path (Node), a dropped file, bytes, or an entry of a manifest, whose preprocessing and
 * labels then count where options give none.
 * Errors: 'network', 'invalid-model', 'missing-data', 'unsupported-model', 'out-of-memory', 'no-simd', 'worker-failed', 'invalid-argument'; an
 * abort throws the signal's reason.
 */
export async function loadModel(source: Source | ManifestEntry, options: LoadOptions = {}): Promise<Model> {
  const entry = isEntry(source) ? source : undefined;
  const { onProgress } = options;
  const signal = readSignal(options.signal);
  const { workers } = options;
  if (workers !== undefined) readWhole('The option workers', workers, 1, mostWorkers);
  const size = options.size === undefined ? { height: 0, width: 0 } : readSize(options.size);
  const named = options.labels ?? entry?.labelsUrl;
  const reading = named === undefined ? undefined : readLabels(named, { signal });
  reading?.catch(() => {}); // namesOf hears of it
  const given = options.preprocessing ?? entry?.preprocessing;
  const preprocessing = given ? readPreprocessing(given) : null;
  const build = chooseBuild(options.build);
  const beside = entry ? entry.url : (source as Source);
  const downloaded = downloadTo(onProgress);
  const [bytes, module] = await Promise.all([
    readSource(beside, signal, downloaded, knownFile(entry)),
    compileBuild(build, options.wasmUrl),
    options.labels === undefined ? undefined : reading,
  ]);
  throwIfAborted(signal);
  await refuseOthers(bytes, beside, 'model');
  checkSizes(bytes);
  onProgress?.({ phase: 'prepare', loaded: 0, total: 1 });
  const crew = new Crew({
    workerUrl: options.workerUrl,
    size: workers,
    load: {
      open: { module, model: bytes },
      loading: { preprocessing, size },
      readExternal: async (names) => {
        const external = await readExternal(names, { given: options.externalData, beside, signal, onProgress: downloaded });
        checkSizes(bytes, external);
        return external;
      },
    },
  });
  try {
    const description = await orAbort(crew.load(), signal);
    const { presets } = description;
    if (entry?.recipe) presets.default!.config = readRecipe(entry.recipe, presets.default!.config);
    const labels = await namesOf(reading, description, options.labels !== undefined);
    onProgress?.({ phase: 'prepare', loaded: 1, total: 1 });
    throwIfAborted(signal); // from inside onProgress
    return new Model(crew, build, description, labels, new Magnitudes(options.magnitude));
  } catch (error) {
    await crew.end(new PhaselensError('disposed', 'The model was not loaded.'));
    throw await explained(error, bytes, beside);
  }
}

/** Of the logits; or why they cannot be had, where they are not needed. */
async function namesOf(
  reading: Promise<string[]> | undefined,
  { layers, logits }: ModelDescription,
  needed: boolean,
): Promise<readonly string[] | PhaselensError | undefined> {
  try {
    const labels = await reading;
    const layer = layers[logits];
    if (labels && layer && layer.units > 0) checkLabels(labels, layer.name, layer.units);
    return labels;
  } catch (error) {
    if (needed) throw error;
    return error as PhaselensError;
  }
}

/** Everything runs in workers; the page's thread only waits. */
export class Model {
  /** The input that the file asks for; pictures and crops may have other sizes. */
  readonly input: ModelInput;
  /** In the order of computation. */
  readonly layers: readonly LayerInfo[];
  /** The name of the layer that holds the logits. */
  readonly logits: string | undefined;
  /** What the file lets guess of the values that it expects; the default of LoadOptions.preprocessing. */
  readonly preprocessingHint: PreprocessingHint;
  /** Names of the logits. */
  readonly labels: readonly string[] | undefined;
  /** Why the labels that a manifest lists are not here: a model is not refused for want of them. */
  readonly labelsError: PhaselensError | undefined;
  /** Names for the option preset of visualizations. */
  readonly presets: readonly string[];
  /** Which build runs it: pictures have the same bits within one. */
  readonly build: Build;
  /**
   * Everything that 'default' decides for this model: a manifest may say some of it. Where an objective is of maps with a position
   * for 18 pixels of the input or fewer, whose units respond to textures, boxes lie anywhere in the picture.
   */
  readonly recipe: Readonly<Config>;

  readonly #crew: Crew;
  readonly #description: ModelDescription;
  readonly #magnitudes: Magnitudes;

  /** @internal */
  constructor(
    crew: Crew,
    build: Build,
    description: ModelDescription,
    labels: readonly string[] | PhaselensError | undefined,
    magnitudes: Magnitudes,
  ) {
    this.input = description.input;
    this.layers = description.layers;
    this.logits = description.layers[description.logits]?.name;
    this.preprocessingHint = description.hint;
    [this.labels, this.labelsError] = labels instanceof PhaselensError ? [undefined, labels] : [labels, undefined];
    this.presets = Object.keys(description.presets);
    this.recipe = description.presets.default!.config;
    this.build = build;
    this.#crew = crew;
    this.#description = description;
    this.#magnitudes = magnitudes;
    // What the first visualization will need, got ready while nobody waits for it.
    crew.helpers(description.presets.default!.config.crops - 1);
  }

  /**
   * Whether a layer (by default the logits) can be computed for crops of this size: most networks of convolutions take any, those
   * with fixed positions or numbers of values one.
   * Errors: 'unknown-layer', 'unsupported-op', 'invalid-argument', 'out-of-memory'.
   */
  async accepts(size: number | Size, layer = ''): Promise<boolean> {
    this.#crew.check();
    return this.#crew.lead.call('accepts', { ...readSize(size), layer });
  }

  /**
   * The values of a layer for an image, which is resized to the model's input (antialiased, its aspect ratio not kept).
   * The order is ONNX's, N x C x H x W with N = 1.
   * Errors: 'unknown-layer', 'unsupported-op', 'invalid-argument', 'out-of-memory'.
   */
  async activations(image: FloatImage | Frame, layer: string, { signal }: { signal?: AbortSignal } = {}): Promise<Activations> {
    throwIfAborted(signal);
    this.#crew.check();
    if (typeof layer !== 'string')
      throw new PhaselensError('invalid-argument', `A layer is given by its name, not ${show(layer)}.`);
    const copy = readImage(image);
    return orAbort(this.#crew.lead.call('activations', { image: copy, layer }, [copy.data.buffer as ArrayBuffer]), signal);
  }

  /**
   * The objective's score for an image, and d score / d image (height x width x 3, in the image's own pixels): a saliency map.
   * Errors: as activations, and 'unknown-unit', 'not-finite'.
   */
  async gradient(image: FloatImage | Frame, objective: Objective, { signal }: { signal?: AbortSignal } = {}): Promise<Gradient> {
    throwIfAborted(signal);
    this.#crew.check();
    const text = objectiveText(objective);
    const copy = readImage(image);
    const { height, width } = copy;
    const call = this.#crew.lead.call('gradient', { image: copy, objective: text }, [copy.data.buffer as ArrayBuffer]);
    const { score, data } = await orAbort(call, signal);
    return { score, gradient: { data, height, width } };
  }

  /**
   * An image that the objective responds to, step by step. Nothing runs before the first step is asked for.
   * Throws 'invalid-argument' for options that cannot be, 'disposed' and 'worker-failed'. Iterating throws 'unknown-layer',
   * 'unknown-unit', 'unsupported-op', 'invalid-argument' (an objective that cannot be),
   * 'invalid-magnitude', 'network' (the magnitude, the generator), 'unsupported-model' and 'invalid-model' (the generator),
   * 'not-finite', 'out-of-memory', 'disposed', 'worker-failed', or the signal's reason.
   */
  visualize(objective: Objective, options: VisualizeOptions = {}): Visualization {
    this.#crew.check();
    const text = objectiveText(objective);
    const settings = readOptions(options, this.#presetsFor(objective));
    return new Visualization(this.#crew, text, settings, this.#magnitudeOf(settings));
  }

  /**
   * Goes on with a visualization that `Visualization.checkpoint` kept, of the same model, with the same bits.
   * Errors: 'invalid-argument' (no checkpoint, a damaged one, or options that it has decided), and as visualize.
   */
  async resume(checkpoint: Uint8Array, options: ResumeOptions = {}): Promise<Visualization> {
    this.#crew.check();
    if (!isBytes(checkpoint))
      throw new PhaselensError('invalid-argument', `A checkpoint is a Uint8Array, not ${show(checkpoint)}.`);
    const bytes = new Uint8Array(checkpoint);
    const { config, index, note: kept } = await this.#crew.lead.call('readCheckpoint', { bytes });
    const { objective, frame, note = '' } = readNote(kept);
    const text = objectiveText(objective);
    const shown = readResumeOptions(options, readFrameOptions(frame, this.#description.presets.default!.frame));
    const none = { start: undefined, seconds: undefined, refines: undefined };
    const settings = { ...shown, config, index, checkpoint: bytes, note, ...none };
    return new Visualization(this.#crew, text, settings, this.#magnitudeOf(settings));
  }

  /**
   * Makes ready, in all workers, what the first step of such a visualization needs: it then is as fast as the others. Errors: as
   * visualize.
   */
  async prepare(objective: Objective, options: VisualizeOptions = {}): Promise<void> {
    this.#crew.check();
    const text = objectiveText(objective);
    const settings = readOptions(options, this.#presetsFor(objective));
    const { config, photos } = settings;
    const setup = { objective: text, config, photos, timeline: false };
    const helpers = await Promise.all(this.#crew.helpers(config.crops - 1));
    const ready = [this.#crew.lead, ...helpers].map((member) => member?.call('prepare', setup));
    await Promise.all([...ready, this.#magnitudeOf(settings)()]);
  }

  /** Memory of every worker, the lead's first. */
  memory(): Promise<MemoryUse[]> {
    return this.#crew.memory();
  }

  /** Ends the workers and frees everything; what is pending is rejected with 'disposed'. */
  async dispose(): Promise<void> {
    this.#magnitudes.clear();
    await this.#crew.end(new PhaselensError('disposed', 'The model was disposed of.'));
  }

  #presetsFor(objective: Objective): Presets {
    return presetsFor(objective, this, this.#description.presets);
  }

  #magnitudeOf({
    magnitude,
    config,
    onProgress,
  }: Pick<VisualizeSettings, 'magnitude' | 'config' | 'onProgress'>): () => Promise<ArrayBuffer> {
    const magnitudes = magnitude === undefined ? this.#magnitudes : new Magnitudes(magnitude);
    return () => magnitudes.for(config, downloadTo(onProgress));
  }
}

/** What Visualization.checkpoint wrote beside the core's numbers. */
function readNote(text: string): Note {
  const { objective, frame, note } = parseNote(text);
  if (objective && frame) return { objective, frame, ...(typeof note === 'string' ? { note } : {}) };
  throw new PhaselensError('invalid-argument', 'This checkpoint does not say what its objective is.');
}

function parseNote(text: string): Partial<Note> {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}

function isEntry(source: Source | ManifestEntry): source is ManifestEntry {
  return typeof source === 'object' && source !== null && 'url' in source && !isResponse(source);
}

function knownFile({ sha256, bytes }: Partial<ManifestEntry> = {}): KnownFile | undefined {
  return sha256 !== undefined && bytes !== undefined ? { sha256, bytes } : undefined;
}

/** No visualization has more crops. */
const mostWorkers = 256;

function readPreprocessing({ mean, std, bgr = false }: Preprocessing): Required<Preprocessing> {
  const isList = (list: readonly number[]) => Array.isArray(list) && list.length > 0 && list.every(Number.isFinite);
  if (!isList(mean) || !isList(std) || mean.length !== std.length || !std.every((value) => value > 0)) {
    throw new PhaselensError(
      'invalid-argument',
      'The option preprocessing is {mean, std}: a number for each channel, std above 0.',
    );
  }
  return { mean, std, bgr };
}

function readSize(given: number | Size): Size {
  const { height, width } = typeof given === 'object' && given ? given : { height: given, width: given };
  return {
    height: readWhole('The height of an input', height, 1, 4096),
    width: readWhole('The width of an input', width, 1, 4096),
  };
}
