/** What bind.cpp exports, and the glue's factory. A status is 0, or a failure that `check` throws. */
import { PhaselensError, type ErrorCode } from './errors.js';
import type { Config, FrameSettings, LayerInfo, MemoryUse, ModelInput, Preprocessing, Presets } from './protocol.js';
import type { Term } from './objectives.js';

type Status = number;

interface Handle {
  delete(): void;
}

export interface BoundModel extends Handle {
  reserve(size: number): Status;
  write(offset: number, chunk: Uint8Array): void;
  load(preprocessing: Preprocessing): Status;
  input(): ModelInput;
  layers(): LayerInfo[];
  logits(): number;
  activations(image: Float32Array, height: number, width: number, layer: string, values: Float32Array): Status;
  gradient(
    image: Float32Array,
    height: number,
    width: number,
    terms: readonly Term[],
    score: Float32Array,
    dimage: Float32Array,
  ): Status;
}

export interface BoundRun extends Handle {
  /** Without a magnitude it is a helper's. */
  create(model: BoundModel, terms: readonly Term[], config: Config, magnitude: Uint8Array | null): Status;
  /** Instead of create. */
  restore(model: BoundModel, terms: readonly Term[], checkpoint: Uint8Array): Status;
  checkpoint(note: string): { status: Status; bytes?: Uint8Array };
  /** Before the first step: instead of random values. */
  start(image: Float32Array, height: number, width: number): Status;
  step(parts: number, first: number, count: number): Status;
  /** Steps are over; the network is given back, the picture stays. */
  finish(): void;
  /** Crops that go through the network together. */
  pass(): number;
  seek(index: number): void;
  score(): number;
  penalty(): number;
  image(): Float32Array;
  setImage(image: Float32Array): void;
  dcrop(crop: number): Float32Array;
  setDcrop(crop: number, dcrop: Float32Array): void;
  cropScore(crop: number): number;
  setCropScore(crop: number, score: number): void;
  transparency(): Float32Array;
  values(): Float32Array;
  frame(settings: FrameSettings): Uint8Array;
  memory(): number;
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
  readonly MAX_TERMS: number;
  readonly Model: new () => BoundModel;
  readonly Run: new () => BoundRun;
  readonly Average: new () => BoundAverage;
  statusCode(status: Status): ErrorCode;
  errorMessage(): string;
  memory(): MemoryUse;
  presets(): Presets;
  readCheckpoint(bytes: Uint8Array): { status: Status; config?: Config; index?: number; note?: string };
}

/** The default export of phaselens-simd.mjs and phaselens-relaxed.mjs. */
export type LibraryFactory = (options: {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
}) => Promise<Library>;

export function check(library: Library, status: Status): void {
  if (status !== 0) throw new PhaselensError(library.statusCode(status), library.errorMessage());
}
