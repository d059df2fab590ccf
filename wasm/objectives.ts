/** Objectives: what is maximized, as plain data that can be stored and sent. */
import { PhaselensError, show } from './errors.js';

/** One weighted quantity. */
export interface Term {
  readonly kind: 'channel' | 'neuron' | 'logit';
  /** A name of `model.layers`; '' is the logits layer. */
  readonly layer: string;
  /** Channel, feature or logit, from 0. */
  readonly unit: number;
  /** Position of a neuron, from 0; -1 is the centre. */
  readonly y: number;
  readonly x: number;
  readonly weight: number;
  /** Which tokens of N x T x F a channel is the mean over; 'patches' and 'class' ask for a layer with `prefixTokens`. */
  readonly tokens: Tokens;
}

/** All tokens, those of the patches, or the class token: token 0. */
export type Tokens = 'all' | 'patches' | 'class';

/** A term, or the sum of several, which may stand at different layers. */
export type Objective = Term | readonly Term[];

/** The mean of channel `unit` over positions (of feature `unit` over tokens). */
export function channel(layer: string, unit: number, { tokens = 'all' }: { tokens?: Tokens } = {}): Term {
  return { kind: 'channel', layer, unit, y: -1, x: -1, weight: 1, tokens };
}

/** The value of channel `unit` at one position, the layer's centre by default. */
export function neuron(layer: string, unit: number, y = -1, x = -1): Term {
  return { kind: 'neuron', layer, unit, y, x, weight: 1, tokens: 'all' };
}

/** Value `unit` of the model's last layer before any softmax: a class of a classifier. */
export function logit(unit: number): Term {
  return { kind: 'logit', layer: '', unit, y: -1, x: -1, weight: 1, tokens: 'all' };
}

/** The sum of objectives, at most 8 terms in all. */
export function sum(...objectives: readonly Objective[]): readonly Term[] {
  return objectives.flatMap(termsOf);
}

/** `weight` times an objective; a negative weight asks for what the unit does not respond to. */
export function scale(objective: Objective, weight: number): Objective {
  const scaled = termsOf(objective).map((term) => ({ ...term, weight: term.weight * weight }));
  return scaled.length === 1 && scaled[0] ? scaled[0] : scaled;
}

function termsOf(objective: Objective): readonly Term[] {
  return Array.isArray(objective) ? (objective as readonly Term[]) : [objective as Term];
}

const kinds: readonly unknown[] = ['channel', 'neuron', 'logit'];
const tokenChoices: readonly unknown[] = ['all', 'patches', 'class'];
const isIndex = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;

/** The terms of an objective that may have come from JSON: checked, with defaults filled in. */
export function readObjective(objective: Objective, maxTerms: number): Term[] {
  if (typeof objective !== 'object' || objective === null) {
    throw new PhaselensError('invalid-argument', 'An objective is made by channel, neuron, logit or sum.');
  }
  const terms = termsOf(objective);
  if (terms.length < 1 || terms.length > maxTerms) {
    throw new PhaselensError('invalid-argument', `An objective has 1 to ${maxTerms} terms, not ${terms.length}.`);
  }
  return terms.map(readTerm);
}

function readTerm(term: Term): Term {
  const { kind, layer = '', unit, y = -1, x = -1, weight = 1, tokens = 'all' } = term;
  const fail = (what: string, value: unknown): never => {
    throw new PhaselensError('invalid-argument', `The objective's ${what}, not ${show(value)}.`);
  };
  if (!kinds.includes(kind)) fail('kind is channel, neuron or logit', kind);
  if (typeof layer !== 'string') fail('layer is a name', layer);
  if (layer === '' && kind !== 'logit') fail('layer is missing: give a name of model.layers', layer);
  if (!isIndex(unit)) fail('unit is a whole number from 0', unit);
  if (y !== -1 && !isIndex(y)) fail('y is a whole number from 0, or -1 for the centre', y);
  if (x !== -1 && !isIndex(x)) fail('x is a whole number from 0, or -1 for the centre', x);
  if (!Number.isFinite(weight)) fail('weight is a number', weight);
  if (!tokenChoices.includes(tokens)) fail("tokens is 'all', 'patches' or 'class'", tokens);
  return { kind, layer, unit, y, x, weight, tokens };
}
