/** Phaselens: what does a unit of an image network respond to? */
export { loadModel, Model, type LoadOptions, type Progress } from './model.js';
export {
  accentuation,
  channel,
  cosine,
  direction,
  distance,
  diversity,
  dotCosine,
  inversion,
  layer,
  logit,
  neuron,
  probability,
  product,
  scale,
  subtract,
  sum,
  type Mask,
  type Objective,
  type Tokens,
} from './objectives.js';
export { Visualization } from './visualization.js';
export { drawFrame, Step, type CanvasLike } from './step.js';
export { averageSpectrum, type AverageOptions } from './average.js';
export { loadManifest, type ManifestEntry } from './manifest.js';
export { PhaselensError, type ErrorCode } from '../base/errors.js';
export type { FloatImage, Frame } from '../base/image.js';
export type { Distribution, FrameOptions, ResumeOptions, Standardize, VisualizeOptions } from './options.js';
export type { Config, Cost, LayerInfo, MemoryUse, ModelInput, OutputName, PreprocessingHint } from '../base/protocol.js';
export type { Build } from '../workers/runtime.js';
export type { Source } from '../base/source.js';
