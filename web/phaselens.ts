/** The package as it is published, loaded from the folder beside the page: its workers and wasm files then need no bundling. */
export type Api = typeof import('../dist/index.js');
export type {
  Config,
  Cost,
  FloatImage,
  Fourier,
  Frame,
  FrameOptions,
  LayerInfo,
  ManifestEntry,
  Model,
  Objective,
  Polar,
  Progress,
  Purpose,
  RefineOptions,
  Step,
  Visualization,
  VisualizeOptions,
} from '../dist/index.js';

export function loadApi(): Promise<Api> {
  return import(/* @vite-ignore */ new URL('phaselens/index.js', document.baseURI).href) as Promise<Api>;
}
