/** Every message between the page, the lead worker and the helpers.
 *
 *   page ── calls, tells ──► worker        page ◄── answers, run events ── worker
 *   lead ◄────── port, one for each run and helper ──────► helper
 */
import type { PlainError } from './errors.js';
import type { ConfigOptions, FrameOptions, Standardize } from './option-list.js';

/** simd runs in every browser of today; relaxed is faster (fused multiply-add), and its results differ in the last bits. */
export type Build = 'simd' | 'relaxed';

/** What a network expects: input = (rgb - mean) / std, with rgb in [0, 1]. */
export interface Preprocessing {
  /** One value for each channel of the model's input. */
  readonly mean: readonly number[];
  /** As many, above 0. */
  readonly std: readonly number[];
  /** The network's first channel is blue, and so are the first mean and std. Default false. */
  readonly bgr?: boolean;
}

/** What a file lets guess of the values that it expects: it may normalize its input itself, or take bytes. */
export interface PreprocessingHint {
  /** The file tells. */
  readonly found: boolean;
  /** It does something to its input that tells nothing: these values may be wrong by their own size. */
  readonly unknown: boolean;
  /** A value for each channel, ImageNet's where nothing is found. */
  readonly mean: readonly number[];
  /** The same. */
  readonly std: readonly number[];
  /** The network's first channel is blue. */
  readonly bgr: boolean;
  /** A clause, such as "input 'image' takes bytes, from 0 to 255"; empty where neither found nor unknown. */
  readonly reason: string;
}

/** The input that the model's file asks for. */
export interface ModelInput {
  /** 1, 3 or 4. */
  readonly channels: number;
  /** In pixels. */
  readonly height: number;
  /** In pixels. */
  readonly width: number;
  /** The file leaves the height or the width open: then they are those of LoadOptions.size, or 224, or where that does not work a size
   * that does. */
  readonly open: boolean;
}

/** A named output of the graph. */
export interface LayerInfo {
  /** By which objectives and `activations` ask for it. */
  readonly name: string;
  /** More names by which it is found: of what an Identity, a Cast, a Dropout or an If makes of it. */
  readonly aliases: readonly string[];
  /** The ONNX operator that makes it, such as 'Conv'. */
  readonly kind: string;
  /** The module that it is part of, such as 'blocks.3.attn', where the file tells; else ''. */
  readonly block: string;
  /** As the ONNX graph defines it (N x C x H x W), for one image of the model's own input size. */
  readonly shape: readonly number[];
  /** Channels or features; 0 where the layer has none that can be chosen, or they cannot be told. */
  readonly units: number;
  /**
   * Of `shape`, followed from the image through the operators: 1 in N x C x H x W and N x C, 2 in N x T x F, 3 in N x H x W x C; 0 where
   * it cannot be told.
   */
  readonly unitAxis: number;
  /**
   * N x T x F, T of a map of patches: the tokens before those of the patches, the class token first. 0 where there are none.
   */
  readonly prefixTokens: number;
  /** False where an operator on the way to it is not supported. */
  readonly runs: boolean;
  /** Of a Relu or Clip: the layer that it is made of, whose units have a gradient everywhere. */
  readonly unclamped?: string;
}

/** What one step takes. */
export interface Cost {
  /**
   * Multiply-adds of the network: all crops forward, and backward to the image counted as much again. So does a generator for each
   * image; of several images, each goes forward twice.
   */
  readonly macs: number;
  /** Numbers that are optimized: of a phase, half as many as of a whole spectrum; of a generator, its latents'. */
  readonly values: number;
}

/** Memory of one worker. */
export interface MemoryUse {
  /** Bytes in use. */
  readonly used: number;
  /** Bytes of the whole heap, which never shrinks. */
  readonly heap: number;
  /** Models and runs alive in it. */
  readonly handles: number;
}

/** pl_standardize. */
export interface StandardizeConfig {
  on: boolean;
  epsilon: number;
  unbiased: boolean;
}

type Settled<T> = [Standardize] extends [T] ? StandardizeConfig : T;

/** Every option of the computation with its value (pl_config): what options, preset and manifest have decided. */
export type Config = { [K in keyof ConfigOptions]-?: Settled<NonNullable<ConfigOptions[K]>> };

/** How a picture is shown, every option with its value (pl_frame_options). */
export type FrameSettings = Required<FrameOptions>;

/** Everything of each recipe, by its name. */
export type Presets = Record<string, { config: Config; frame: FrameSettings }>;

/** What a worker knows of its model after loading it. */
export interface ModelDescription {
  input: ModelInput;
  layers: LayerInfo[];
  logits: number;
  hint: PreprocessingHint;
  presets: Presets;
}

/** The size of a generator's images. */
export interface GeneratorInfo {
  height: number;
  width: number;
}

/** What a run can tell beside its frames, of every image: height x width x 3; height x width; what is optimized, see Step. */
export type OutputName = 'image' | 'transparency' | 'values';
export type Outputs = Partial<Record<OutputName, Float32Array>>;

/** Pixels in the message itself: height x width x 3, RGB in [0, 1]. */
export interface PlainImage {
  data: Float32Array;
  height: number;
  width: number;
}

/** A part of a step in one worker. */
export interface Span {
  /** 0 is the lead. */
  worker: number;
  /**
   * image: values become an image; send: it goes to the helpers; crops: its crops, noise and the network, there and back; frame: what
   * people see; wait: for the helpers; update: gradients go back to the values; report: the message to the page.
   */
  what: 'image' | 'send' | 'crops' | 'frame' | 'wait' | 'update' | 'report';
  /** Milliseconds since 1970. */
  start: number;
  /** Milliseconds. */
  duration: number;
}

/** What lead and helpers must agree on. */
export interface RunSetup {
  /** As JSON: the core reads it. */
  objective: string;
  config: Config;
  photos: readonly PlainImage[];
  timeline: boolean;
}

export interface LeadSetup extends RunSetup {
  run: number;
  /** Does not count where the call `loadGenerator` has loaded one for this run. */
  magnitude: ArrayBuffer;
  /** What it starts from instead of random values. */
  start: PlainImage | undefined;
  /** The run whose picture it refines. */
  refines: number | undefined;
  /** A run that it goes on with; then neither magnitude nor start count. */
  checkpoint: Uint8Array | undefined;
  /** Steps done before. */
  index: number;
  frame: FrameSettings;
  /** Milliseconds between frames at least. */
  frameInterval: number;
  outputs: readonly OutputName[];
  /** The run computes while it has done fewer steps. */
  limit: number;
}

/** A file beside an ONNX file, by the name that it has there. */
export interface ExternalFile {
  name: string;
  file: Blob;
}

/** Calls: name -> [input, answer]. */
export interface Calls {
  /** Before `load`: reads the model's file, and answers the names of those that it needs beside it. */
  open: [{ module: WebAssembly.Module; model: Blob }, string[]];
  load: [
    {
      external: readonly ExternalFile[];
      preprocessing: Required<Preprocessing> | null;
      size: { height: number; width: number };
      /** That share the crops of a step. */
      workers: number;
    },
    ModelDescription,
  ];
  accepts: [{ height: number; width: number; layer: string }, boolean];
  activations: [{ image: PlainImage; layer: string }, { data: Float32Array; shape: readonly number[] }];
  gradient: [{ image: PlainImage; objective: string }, { score: number; data: Float32Array }];
  /** Before `lead`: the generator of a run, opened as a model is, then loaded. */
  openGenerator: [{ run: number; generator: Blob }, string[]];
  loadGenerator: [{ run: number; external: readonly ExternalFile[] }, GeneratorInfo];
  /** What the first step of such a run needs is made ready, and kept for it. */
  prepare: [RunSetup, null];
  lead: [LeadSetup, Cost];
  frame: [{ run: number; image: number; frame: FrameSettings }, Uint8Array];
  output: [{ run: number; name: OutputName }, Float32Array];
  /** What the run has come to, with a note of the page's. */
  checkpoint: [{ run: number; note: string }, Uint8Array];
  /** What a checkpoint says. */
  readCheckpoint: [{ bytes: Uint8Array }, { config: Config; index: number; note: string }];
  /** Frees a run, here and in its helpers. */
  stop: [{ run: number }, null];
  memory: [null, MemoryUse];
  /** Of a worker without a model: before all that follows. */
  instantiate: [{ module: WebAssembly.Module }, null];
  /** The mean Fourier magnitude of images, as an npy file. */
  averageStart: [{ height: number; width: number; decorrelate: boolean }, null];
  averageAdd: [{ image: PlainImage }, null];
  averageFinish: [null, Uint8Array];
  fourierForward: [{ image: PlainImage }, { magnitude: Float32Array; phase: Float32Array }];
  fourierInverse: [{ magnitude: Float32Array; phase: Float32Array; height: number; width: number }, Float32Array];
  fourierRadialPower: [{ image: PlainImage }, Float32Array];
}

export type CallName = keyof Calls;
export type Call = { [K in CallName]: { kind: 'call'; id: number; name: K; input: Calls[K][0] } }[CallName];

/** Messages without an answer. */
export type Tell =
  /** To the lead: a helper for a run, at the other end of `port`. */
  | { kind: 'join'; run: number; port: MessagePort }
  /** To a helper. */
  | { kind: 'help'; setup: RunSetup; port: MessagePort }
  | { kind: 'limit'; run: number; limit: number }
  | { kind: 'pause'; run: number; paused: boolean }
  | { kind: 'frameSettings'; run: number; frame: FrameSettings };

export type ToWorker = Call | Tell;

export interface StepMessage {
  kind: 'step';
  run: number;
  index: number;
  score: number;
  penalty: number;
  blocked: boolean;
  /** Of every image; undefined where the last ones are to stay. */
  frames: Uint8Array[] | undefined;
  outputs: Outputs;
  timeline: Span[] | undefined;
}

export type FromWorker =
  | { kind: 'answer'; id: number; value: Calls[CallName][1] }
  | { kind: 'failure'; id: number; error: PlainError }
  | StepMessage
  | { kind: 'finished'; run: number }
  | { kind: 'failed'; run: number; error: PlainError };

export type LeadToHelper =
  /** Run crops [first, first + count) of step `index`. */
  | { kind: 'crops'; index: number; first: number; count: number; image: Float32Array }
  | { kind: 'pause'; paused: boolean }
  | { kind: 'stop' };

export interface CropResult {
  score: number;
  dcrop: Float32Array;
}

export type HelperToLead =
  | { kind: 'ready' }
  /** `image` goes back, for the next step: memory that is new costs more than what is copied there. */
  | { kind: 'crops'; results: CropResult[]; image: Float32Array; timeline: Span[] | undefined }
  | { kind: 'failed'; error: PlainError }
  | { kind: 'stopped' };
