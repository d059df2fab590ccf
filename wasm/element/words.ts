/** What the element says: of its state, of the unit, of what went wrong. */

import type { Model, PhaselensError, Step, Wish } from '../api/index.js';
import type { State } from './player.js';

export const said: Record<State, string> = {
  idle: '',
  loading: 'Loading the model',
  waiting: 'Waiting its turn',
  playing: 'Drawing',
  paused: 'Paused',
  finished: 'The picture is finished',
  failed: '',
};

/** Of a step, as short as a narrow picture needs it. */
export const numbersOf = ({ index, steps, score }: Step): string => `${index + 1} / ${steps} · ${score.toPrecision(3)}`;

const titles: Record<string, string> = { maco: 'MaCo', fourier: 'Fourier', pixel: 'Pixels', generator: 'Generator' };

/** Of one of two that are compared: a parametrization or a preset. */
export const titleOf = (name: string): string => titles[name] ?? name;

/** What a unit is called before its model is known. */
export function nameUnit({ layer, unit, objective }: Wish, model?: Model): string {
  if (objective !== undefined) return 'an objective of its own';
  const name = typeof unit === 'number' && (layer ?? model?.logits) === model?.logits ? model?.labels?.[unit] : undefined;
  const what = name ?? (typeof unit === 'number' ? `unit ${unit}` : (unit ?? 'all units'));
  return layer === undefined ? what : `${what} of layer ${layer}`;
}

/** The label of a picture. */
export const pictureOf = (name: string): string => `Picture of what a neural network looks for: ${name}`;

const advice: Partial<Record<PhaselensError['code'], string>> = {
  'invalid-model': 'Check that the address leads to an ONNX file.',
  'worker-failed': 'The page must allow workers of its own origin (worker-src).',
  'out-of-memory': 'Close other tabs, or give a smaller size or fewer crops.',
};

/** A sentence, and what can be done. */
export function complain(error: unknown): string {
  const { message = String(error), code } = Object(error) as { message?: string; code?: PhaselensError['code'] };
  const fetched = / could not be fetched/.test(message) ? 'Check the address and the connection, then try again.' : undefined;
  return [message, fetched ?? (code && advice[code])].filter(Boolean).join(' ');
}
