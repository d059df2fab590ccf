/** What can be optimized, with the recipe of the optimizer that goes with it: what suits phases does not suit the others. */
import type { Config, VisualizeOptions } from '../phaselens';

/** How many a picture is compared with. */
export const rivalCount = 2;

export type Parametrization = 'maco' | 'fourier' | 'pixel';

interface Known {
  title: string;
  optimized: string; // of the image
  options: VisualizeOptions;
}

/** What suits all but phases. */
const adam: VisualizeOptions = { optimizer: 'adam', learningRate: 0.05, schedule: 'constant' };

/** MaCo's optimizer is the preset's. */
export const parametrizations: Record<Parametrization, Known> = {
  maco: { title: 'MaCo', optimized: 'phase only', options: { parametrization: 'maco' } },
  fourier: {
    title: 'Fourier',
    optimized: 'amplitude and phase',
    options: { parametrization: 'fourier', ...adam },
  },
  pixel: {
    title: 'Pixels',
    optimized: 'every pixel',
    options: { parametrization: 'pixel', ...adam },
  },
};

export function isParametrization(name: string | null | undefined): name is Parametrization {
  return name !== null && name !== undefined && Object.hasOwn(parametrizations, name);
}

/** The images of a reader's network: its latent is optimized. */
const generator: Known = {
  title: 'Generator',
  optimized: 'its latent',
  options: { parametrization: 'generator', ...adam },
};

/** A recipe's options with a generator in the place of its parametrization; the generator decides the size. */
export function generated({ size: _, ...rest }: VisualizeOptions, file: File): VisualizeOptions {
  return { ...rest, ...generator.options, generator: file };
}

/** What a run is compared with: two of what it is not itself. */
export function rivalsOf({ parametrization }: Config): Parametrization[] {
  return (['maco', 'fourier', 'pixel'] as const).filter((other) => other !== parametrization).slice(0, rivalCount);
}

/** Of any that the package has. */
export function known({ parametrization: name }: Config): Pick<Known, 'title' | 'optimized'> {
  return isParametrization(name) ? parametrizations[name] : generator;
}
