/** What the element says: of its state, of the unit, of what went wrong. */

import type { LayerInfo, Model, Objective } from '../api/index.js';
import { channel, logit, layer as wholeLayer } from '../api/objectives.js';
import { PhaselensError } from '../base/errors.js';
import type { State } from './player.js';

export const said: Record<State, string> = {
  idle: '',
  loading: 'Loading the model',
  waiting: 'Waiting for another picture',
  playing: 'Drawing',
  paused: 'Paused',
  finished: 'The picture is finished',
  failed: '',
};

export interface Unit {
  layer?: string | undefined;
  unit?: number | string | undefined;
  objective?: unknown;
}

/** What a unit is called before its model is known. */
export function nameUnit({ layer, unit, objective }: Unit, model?: Model): string {
  if (objective !== undefined) return 'an objective of its own';
  const name = typeof unit === 'number' && (layer ?? model?.logits) === model?.logits ? model?.labels?.[unit] : undefined;
  const what = name ?? (typeof unit === 'number' ? `unit ${unit}` : (unit ?? 'all units'));
  return layer === undefined ? what : `${what} of layer ${layer}`;
}

/** The label of a picture. */
export const pictureOf = (name: string): string => `Picture of what a neural network looks for: ${name}`;

/** Throws 'invalid-argument' and 'unknown-unit'. */
export function objectiveOf({ layer, unit, objective }: Unit, model: Model): Objective {
  if (objective !== undefined) {
    if (typeof objective === 'object') return objective as Objective;
    throw new PhaselensError(
      'invalid-argument',
      `The attribute objective is JSON, such as {"kind":"logit","index":1}, not ${objective}.`,
    );
  }
  if (unit === undefined) {
    if (layer !== undefined) return wholeLayer(layer);
    throw new PhaselensError('invalid-argument', 'Nothing says what to show: give the attribute unit, layer or objective.');
  }
  const index = typeof unit === 'number' ? unit : indexOf(unit, model);
  return layer === undefined || layer === model.logits ? logit(index) : channel(layer, index);
}

/** Of a class by its name, however it is written. */
function indexOf(name: string, { labels, layers, logits }: Model): number {
  const plain = (text: string) => text.trim().toLowerCase();
  const index = labels?.findIndex((label) => plain(label) === plain(name)) ?? -1;
  if (index >= 0) return index;
  const units = (layers as readonly LayerInfo[]).find((layer) => layer.name === logits)?.units ?? 0;
  const near = labels?.filter((label) => plain(label).includes(plain(name))).slice(0, 3) ?? [];
  const hint = near.length > 0 ? `is it ${near.join(' or ')}?` : `a number from 0 to ${units - 1} says one too.`;
  throw new PhaselensError('unknown-unit', `The model ${labels ? `has no class ${name}` : 'has no names of classes'}: ${hint}`);
}

const advice: Partial<Record<PhaselensError['code'], string>> = {
  network: 'Check the address and the connection, then try again.',
  'invalid-model': 'Check that the address leads to an ONNX file.',
  'worker-failed': 'The page must allow workers of its own origin (worker-src).',
  'out-of-memory': 'Close other tabs, or give a smaller size or fewer crops.',
};

/** A sentence, and what can be done. */
export function complain(error: unknown): string {
  const { message = String(error), code } = Object(error) as { message?: string; code?: PhaselensError['code'] };
  return [message, code && advice[code]].filter(Boolean).join(' ');
}
