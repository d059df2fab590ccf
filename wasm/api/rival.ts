/** Comparisons: a second picture that differs from the first in one thing. */
import { PhaselensError, show } from '../base/errors.js';
import { configOptions } from '../base/option-list.js';
import type { Model } from './model.js';
import type { Objective } from './objectives.js';
import type { VisualizeOptions } from './options.js';

const parametrizations = configOptions.find(({ name }) => name === 'parametrization')!.words!;

/** What suits all but phases. */
const adam: VisualizeOptions = { optimizer: 'adam', learningRate: 0.05, schedule: 'constant' };

/** A parametrization, as options, with the optimizer that suits it: presets have the one that suits MaCo's phases. */
export function withOptimizer(parametrization: NonNullable<VisualizeOptions['parametrization']>): VisualizeOptions {
  return { parametrization, ...(parametrization === 'maco' ? {} : adam) };
}

/**
 * The options of what a picture is compared with: the same objective, seed, size, steps and crops, by another parametrization, with the
 * optimizer that suits it, or by another preset. Throws 'invalid-argument', also for options that cannot be.
 */
export function rivalOf(
  name: string,
  { objective, options }: { objective: Objective; options: VisualizeOptions },
  model: Model,
): VisualizeOptions {
  if (parametrizations.includes(name)) return { ...options, ...withOptimizer(name as 'maco') };
  if (!model.presets.includes(name)) {
    const known = [...parametrizations, ...model.presets].join(', ');
    throw new PhaselensError('invalid-argument', `What a picture is compared by is one of ${known}, not ${show(name)}.`);
  }
  const { height, width, steps, crops, seed } = model.visualize(objective, options).config;
  const length = options.seconds === undefined ? { steps } : {};
  return { ...options, preset: name, height, width, crops, seed, ...length };
}
