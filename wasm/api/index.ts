/**
 * What does a unit of an image network respond to? `loadModel` loads a network, whose `visualize` draws it.
 * @module phaselens
 */

export { type ErrorCode, PhaselensError } from '../base/errors.js';
export type { FloatImage, Frame } from '../base/image.js';
export type { ConfigOptions, Distribution, FrameOptions, Standardize } from '../base/option-list.js';
export type {
  Build,
  Config,
  Cost,
  FrameSettings,
  LayerInfo,
  MemoryUse,
  ModelInput,
  OutputName,
  Preprocessing,
  PreprocessingHint,
  Span,
} from '../base/protocol.js';
export type { Source } from '../base/source.js';
export { type AverageOptions, averageSpectrum } from './average.js';
export type { ExternalData } from './external.js';
export { Fourier, type FourierOptions, openFourier, type Polar } from './fourier.js';
export { type Labels, readLabels } from './labels.js';
export { loadImage } from './load-image.js';
export { isAddress, loadManifest, type ManifestEntry, packagedModel } from './manifest.js';
export { type Activations, type Gradient, type LoadOptions, loadModel, Model, type Size } from './model.js';
export {
  accentuation,
  type Channel,
  type Combination,
  channel,
  cosine,
  type Direction,
  type Distance,
  type Diversity,
  type DotCosine,
  direction,
  distance,
  diversity,
  dotCosine,
  inversion,
  type LayerEnergy,
  type Logit,
  layer,
  logit,
  type Mask,
  type Neuron,
  neuron,
  type Objective,
  type Part,
  probability,
  product,
  scale,
  subtract,
  sum,
  type Tokens,
  type Weighted,
} from './objectives.js';
export {
  frameNames,
  type RefineOptions,
  type ResumeOptions,
  refining,
  type VisualizeOptions,
  type WrittenOption,
  writtenOptions,
} from './options.js';
export type { OnProgress, Progress } from './progress.js';
export { explainFile, type Purpose } from './recognize.js';
export { rivalOf, withOptimizer } from './rival.js';
export { settle } from './settled.js';
export { type CanvasLike, drawFrame, Step } from './step.js';
export { type TurnOptions, Turns } from './turns.js';
export { Visualization } from './visualization.js';
export { kebab, objectiveOf, unitNamed, type Wish } from './written.js';
