/** What a picture is compared with: the same unit, seed, steps and crops by another parametrization or preset. */

import { type Model, PhaselensError, type VisualizeOptions, writtenOptions } from '../api/index.js';

/** Of what is no phase: the optimizer of phases does not suit it. */
const adam: VisualizeOptions = { optimizer: 'adam', learningRate: 0.05, schedule: 'constant' };

const parametrizations = writtenOptions.find(({ name }) => name === 'parametrization')!.words!;

/** Throws 'invalid-argument'. */
export function rival(name: string, options: VisualizeOptions, { presets }: Model): VisualizeOptions {
  if (presets.includes(name)) return { ...options, preset: name };
  if (name === 'maco') return { ...options, parametrization: name };
  if (parametrizations.includes(name)) return { ...options, ...adam, parametrization: name as 'fourier' };
  const known = [...parametrizations, ...presets].join(', ');
  throw new PhaselensError('invalid-argument', `The attribute compare is one of ${known}, not ${name}.`);
}
