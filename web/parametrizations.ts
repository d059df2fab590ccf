/** What can be optimized, with the recipe of the optimizer that goes with it: what suits phases does not suit the others. */
import type { Config, VisualizeOptions } from './phaselens';

export type Parametrization = 'maco' | 'fourier' | 'pixel';

interface Known {
  title: string;
  optimized: string; // of the image
  options: VisualizeOptions;
}

/** MaCo's optimizer is the preset's. */
export const parametrizations: Record<Parametrization, Known> = {
  maco: { title: 'MaCo', optimized: 'phase only', options: { parametrization: 'maco' } },
  fourier: {
    title: 'Fourier',
    optimized: 'amplitude and phase',
    options: { parametrization: 'fourier', optimizer: 'adam', learningRate: 0.05, schedule: 'constant' },
  },
  pixel: {
    title: 'Pixels',
    optimized: 'every pixel',
    options: { parametrization: 'pixel', optimizer: 'adam', learningRate: 0.05, schedule: 'constant' },
  },
};

export function isParametrization(name: string | null | undefined): name is Parametrization {
  return name !== null && name !== undefined && Object.hasOwn(parametrizations, name);
}

/** What a run is compared with: MaCo where it is Fourier itself. */
export function rivalOf({ parametrization }: Config): Parametrization {
  return parametrization === 'fourier' ? 'maco' : 'fourier';
}

/** Of any that the package has, though the page may not offer it. */
export function known({ parametrization: name }: Config): Pick<Known, 'title' | 'optimized'> {
  return isParametrization(name) ? parametrizations[name] : { title: name, optimized: '' };
}
