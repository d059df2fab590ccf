/** Phaselens: what does a unit of an image network respond to? */
export { loadModel, Model, type LoadOptions, type Progress } from './model.js';
export { channel, logit, neuron, scale, sum, type Objective, type Term } from './objectives.js';
export { Visualization } from './visualization.js';
export { drawFrame, Step, type CanvasLike } from './step.js';
export { averageSpectrum, type AverageOptions } from './average.js';
export { loadManifest, type ManifestEntry } from './manifest.js';
export { PhaselensError, type ErrorCode } from './errors.js';
export type { FloatImage, Frame } from './image.js';
export type { Distribution, FrameOptions, ResumeOptions, Standardize, VisualizeOptions } from './options.js';
export type { LayerInfo, MemoryUse, ModelInput, OutputName } from './protocol.js';
export type { Build } from './runtime.js';
export type { Source } from './source.js';
