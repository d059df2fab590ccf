/** What bind.cpp exports, and the glue's factory. A status is 0, or a failure that `check` throws. */
import { type ErrorCode, PhaselensError } from '../base/errors.js';
import type { OptionInfo } from '../base/option-list.js';
import type {
  Config,
  Cost,
  FrameSettings,
  GeneratorInfo,
  LayerInfo,
  MemoryUse,
  ModelInput,
  PlainImage,
  Preprocessing,
  PreprocessingHint,
  Presets,
} from '../base/protocol.js';

type Status = number;

interface Handle {
  delete(): void;
}

/** A handle that keeps an ONNX file and those beside it, which are written piece by piece, one after the other, and then loaded. */
export interface BoundFile extends Handle {
  reserve(name: string, size: number): Status;
  write(offset: number, chunk: Uint8Array): void;
  /** Of the files that the first one needs beside it, each name ending in a line feed. */
  externalNames(): { status: Status; lines: string };
}

export interface BoundGenerator extends BoundFile {
  load(): Status;
  describe(): GeneratorInfo;
}

export interface BoundModel extends BoundFile {
  /** null: what the file lets guess; 0: a size that works. */
  load(preprocessing: Required<Preprocessing> | null, height: number, width: number, workers: number): Status;
  input(): ModelInput;
  layers(): LayerInfo[];
  logits(): number;
  preprocessingHint(): PreprocessingHint;
  /** An empty layer: the logits. */
  accepts(height: number, width: number, layer: string): Status;
  activations(image: Float32Array, height: number, width: number, layer: string, values: Float32Array): Status;
  gradient(
    image: Float32Array,
    height: number,
    width: number,
    objective: string,
    score: Float32Array,
    dimage: Float32Array,
  ): Status;
}

export interface BoundRun extends Handle {
  /** The objective is JSON. Without a magnitude it is a helper's. */
  create(
    model: BoundModel,
    objective: string,
    config: Config,
    photos: readonly PlainImage[],
    magnitude: Uint8Array | null,
  ): Status;
  /** Instead of create: a lead's, of images that the generator makes. It must outlive the steps. */
  createGenerated(
    model: BoundModel,
    objective: string,
    config: Config,
    photos: readonly PlainImage[],
    generator: BoundGenerator,
  ): Status;
  /** Instead of create; without a generator it is null. */
  restore(
    model: BoundModel,
    objective: string,
    photos: readonly PlainImage[],
    generator: BoundGenerator | null,
    checkpoint: Uint8Array,
  ): Status;
  checkpoint(note: string): { status: Status; bytes?: Uint8Array };
  /** Before the first step: instead of random values. */
  start(image: Float32Array, height: number, width: number): Status;
  refine(coarse: BoundRun): Status;
  step(parts: number, first: number, count: number): Status;
  /** Crops that the network takes at once. */
  pass(): number;
  /** Steps are over; the network is given back, the picture stays. */
  finish(): void;
  seek(index: number): void;
  score(): number;
  penalty(): number;
  blocked(): boolean;
  image(): Float32Array;
  /** Into an array of that many values. */
  copyImage(to: Float32Array): void;
  setImage(image: Float32Array): void;
  dcrop(crop: number): Float32Array;
  setDcrop(crop: number, dcrop: Float32Array): void;
  cropScore(crop: number): number;
  setCropScore(crop: number, score: number): void;
  transparency(): Float32Array;
  values(): Float32Array;
  frame(image: number, settings: FrameSettings): Uint8Array;
  memory(): number;
  /** Of a run that is not finished. */
  cost(): Cost;
}

export interface BoundAverage extends Handle {
  create(height: number, width: number, decorrelate: boolean): Status;
  add(image: Float32Array, height: number, width: number): Status;
  finish(): { status: Status; bytes?: Uint8Array };
}

export interface Library {
  readonly STEP_IMAGE: number;
  readonly STEP_CROPS: number;
  readonly STEP_UPDATE: number;
  readonly Model: new () => BoundModel;
  readonly Generator: new () => BoundGenerator;
  readonly Run: new () => BoundRun;
  readonly Average: new () => BoundAverage;
  statusCode(status: Status): ErrorCode;
  errorMessage(): string;
  /** '' where there is none. */
  errorLastLayer(): string;
  memory(): MemoryUse;
  presets(): Presets;
  optionLists(): { config: OptionInfo[]; frame: OptionInfo[] };
  readCheckpoint(bytes: Uint8Array): { status: Status; config?: Config; index?: number; note?: string };
  /** Radii of a radial power. */
  readonly RADII: number;
  /** Arrays that are filled are given, here and below. */
  fourierForward(image: Float32Array, height: number, width: number, magnitude: Float32Array, phase: Float32Array): Status;
  fourierInverse(magnitude: Float32Array, phase: Float32Array, height: number, width: number, image: Float32Array): Status;
  fourierRadialPower(image: Float32Array, height: number, width: number, power: Float32Array): Status;
}

/** The default export of phaselens.mjs. */
export type LibraryFactory = (options: {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
}) => Promise<Library>;

export function check(library: Library, status: Status): void {
  if (status === 0) return;
  const lastLayer = library.errorLastLayer();
  throw new PhaselensError(library.statusCode(status), library.errorMessage(), lastLayer ? { lastLayer } : {});
}
