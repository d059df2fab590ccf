/** What texts say, in attributes and in commands: options by their names in kebab-case, and the unit that is meant. */
import { PhaselensError, show } from '../base/errors.js';
import type { Model } from './model.js';
import { channel, logit, type Objective, layer as wholeLayer } from './objectives.js';

/** The name of an option in HTML and on the command line. */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** A unit as people name it. */
export interface Wish {
  /** A name of `model.layers`; the logits, where it is left out. */
  layer?: string | undefined;
  /** Its number, or the name of a class. */
  unit?: number | string | undefined;
  /** Instead of both: what an objective is as JSON. */
  objective?: unknown;
}

/** Throws 'invalid-argument' and 'unknown-unit'. */
export function objectiveOf({ layer, unit, objective }: Wish, model: Model): Objective {
  if (objective !== undefined) {
    if (typeof objective === 'object' && objective !== null) return objective as Objective;
    throw new PhaselensError(
      'invalid-argument',
      `An objective is JSON, such as {"kind":"logit","unit":1}, not ${show(objective)}.`,
    );
  }
  if (unit === undefined) {
    if (layer !== undefined) return wholeLayer(layer);
    throw new PhaselensError('invalid-argument', 'Nothing says what to show: give a unit, a layer or an objective.');
  }
  const index = typeof unit === 'number' ? unit : unitNamed(unit, model);
  return layer === undefined || layer === model.logits ? logit(index) : channel(layer, index);
}

const plain = (text: string): string => text.trim().toLowerCase();

/** The number of a class by its name, however it is written. Throws 'unknown-unit', and why the names are not here where they are not. */
export function unitNamed(name: string, { labels, labelsError, layers, logits }: Model): number {
  if (labelsError) throw labelsError;
  const index = labels?.findIndex((label) => plain(label) === plain(name)) ?? -1;
  if (index >= 0) return index;
  const units = layers.find((layer) => layer.name === logits)?.units ?? 0;
  const near = labels?.filter((label) => plain(label).includes(plain(name))).slice(0, 3) ?? [];
  const hint = near.length > 0 ? `is it ${near.join(' or ')}?` : `a number from 0 to ${units - 1} says one too.`;
  throw new PhaselensError('unknown-unit', `The model ${labels ? `has no class ${name}` : 'has no names of classes'}: ${hint}`);
}
