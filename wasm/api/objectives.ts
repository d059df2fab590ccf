/** Objectives: what is maximized, as plain data that can be stored and sent. The core says what cannot be. */
import { PhaselensError, show } from '../base/errors.js';

/** What every objective has. */
export interface Weighted {
  /** A factor; 1 where it is left out. A negative one asks for what the network does not respond to. */
  readonly weight?: number;
}

/** Weights from 0 of a layer's positions, row after row; `height` and `width` are the layer's for the crops that are used. */
export interface Mask {
  /** Of the layer. */
  readonly height: number;
  /** Of the layer. */
  readonly width: number;
  /** height x width weights, not all 0. */
  readonly values: readonly number[];
}

/** All tokens of N x T x F, those of the patches, or the class token: token 0. */
export type Tokens = 'all' | 'patches' | 'class';

/** What means over positions are over. */
export interface Part {
  /** They become weighted ones. */
  readonly mask?: Mask;
  /** 'patches' and 'class' ask for a layer with `prefixTokens`. */
  readonly tokens?: Tokens;
}

/** The mean of channel `unit` over positions (of feature `unit` over tokens). */
export interface Channel extends Weighted, Part {
  /** Which objective it is. */
  readonly kind: 'channel';
  /** A name of `model.layers`. */
  readonly layer: string;
  /** Channel, feature or logit, from 0. */
  readonly unit: number;
}

/** The value of channel `unit` at one position, from 0; the centre where y or x is left out. */
export interface Neuron extends Weighted {
  /** Which objective it is. */
  readonly kind: 'neuron';
  /** A name of `model.layers`. */
  readonly layer: string;
  /** Channel, feature or logit, from 0. */
  readonly unit: number;
  /** Row, from the top. */
  readonly y?: number;
  /** Column, from the left. */
  readonly x?: number;
}

/** Value `unit` of the model's last layer before any softmax (a class of a classifier), or its softmax. */
export interface Logit extends Weighted {
  /** Which objective it is. */
  readonly kind: 'logit' | 'probability';
  /** Channel, feature or logit, from 0. */
  readonly unit: number;
  /** Another layer than the model's own. */
  readonly layer?: string;
}

/** The mean of all squares of a layer. */
export interface LayerEnergy extends Weighted, Part {
  /** Which objective it is. */
  readonly kind: 'layer';
  /** A name of `model.layers`. */
  readonly layer: string;
}

/** How the units of a position point along a vector: the mean over positions of their dot product or cosine. */
export interface Direction extends Weighted, Part {
  /** Which objective it is. */
  readonly kind: 'direction' | 'cosine';
  /** A name of `model.layers`. */
  readonly layer: string;
  /** A number for each unit of the layer. */
  readonly vector: readonly number[];
}

/** The mean over positions of dot * max(cosine, 0.1) ** power. */
export interface DotCosine extends Weighted, Part {
  /** Which objective it is. */
  readonly kind: 'dot-cosine';
  /** A name of `model.layers`. */
  readonly layer: string;
  /** A number for each unit of the layer. */
  readonly vector: readonly number[];
  /** 0 to 16; 2 where it is left out. */
  readonly power?: number;
}

/** |x - y|^2 / |y|^2 of a whole layer, with y that of a photo. */
export interface Distance extends Weighted {
  /** Which objective it is. */
  readonly kind: 'distance';
  /** A name of `model.layers`. */
  readonly layer: string;
  /** Which of the option `photos`, from 0. */
  readonly photo: number;
  /** Which tokens count. */
  readonly tokens?: Tokens;
}

/** Minus the mean cosine between the Gram matrices of a layer for this and for the other images of the option `images`. */
export interface Diversity extends Weighted {
  /** Which objective it is. */
  readonly kind: 'diversity';
  /** A name of `model.layers`. */
  readonly layer: string;
  /** Which tokens count. */
  readonly tokens?: Tokens;
}

/** Objectives put together; they may stand at different layers. */
export interface Combination extends Weighted {
  /** Which objective it is. */
  readonly kind: 'sum' | 'product';
  /** What is put together. */
  readonly of: readonly Objective[];
}

/** At most 64 leaves, nested 16 deep. It is the core's JSON: `JSON.stringify` and `JSON.parse` keep it. */
export type Objective = Channel | Neuron | Logit | LayerEnergy | Direction | DotCosine | Distance | Diversity | Combination;

/** The mean of channel `unit` over positions (of feature `unit` over tokens). */
export function channel(layer: string, unit: number, part: Part = {}): Channel {
  return { kind: 'channel', layer, unit, ...given(part) };
}

/** The value of channel `unit` at one position, the layer's centre by default. */
export function neuron(layer: string, unit: number, y?: number, x?: number): Neuron {
  return { kind: 'neuron', layer, unit, ...given({ y, x }) };
}

/** Value `unit` of the model's last layer before any softmax: a class of a classifier. */
export function logit(unit: number): Logit {
  return { kind: 'logit', unit };
}

/** The same after a softmax over all classes: it also asks for what speaks against the others. */
export function probability(unit: number): Logit {
  return { kind: 'probability', unit };
}

/** The mean of all squares of a layer: more of whatever it responds to (DeepDream). */
export function layer(name: string, part: Part = {}): LayerEnergy {
  return { kind: 'layer', layer: name, ...given(part) };
}

/** The mean over positions of the dot product of a layer's units with a vector, such as a concept's. */
export function direction(layer: string, vector: ArrayLike<number>, part: Part = {}): Direction {
  return { kind: 'direction', layer, vector: Array.from(vector), ...given(part) };
}

/** The mean over positions of the cosine between a layer's units and a vector: the angle alone, not how strong the response is. */
export function cosine(layer: string, vector: ArrayLike<number>, part: Part = {}): Direction {
  return { kind: 'cosine', layer, vector: Array.from(vector), ...given(part) };
}

/** The mean over positions of dot * max(cosine, 0.1) ** power: strong, and along the vector alone (Lucid's). */
export function dotCosine(layer: string, vector: ArrayLike<number>, options: Part & { readonly power?: number } = {}): DotCosine {
  return { kind: 'dot-cosine', layer, vector: Array.from(vector), ...given(options) };
}

/** How far a layer is from what it is for a photo of the option `photos`: |x - y|^2 / |y|^2. */
export function distance(layer: string, photo = 0): Distance {
  return { kind: 'distance', layer, photo };
}

/** How different the images of the option `images` are at a layer: between -1, alike, and 0. */
export function diversity(layer: string): Diversity {
  return { kind: 'diversity', layer };
}

/** Whatever a layer makes of a photo as it does: feature inversion (Mahendran and Vedaldi 2015). */
export function inversion(layer: string, photo = 0): Distance {
  return scale(distance(layer, photo), -1);
}

/** More of an objective while a layer stays near what it is for a photo: feature accentuation (Hamblin et al. 2024). */
export function accentuation(objective: Objective, layer: string, photo = 0, strength = 1): Combination {
  return sum(objective, scale(distance(layer, photo), -strength));
}

/** The sum of objectives. */
export function sum(...objectives: readonly Objective[]): Combination {
  return { kind: 'sum', of: flat('sum', objectives) };
}

/** `a` and not `b`. */
export function subtract(a: Objective, b: Objective): Combination {
  return sum(a, scale(b, -1));
}

/** The product of objectives: all of them at once. */
export function product(...objectives: readonly Objective[]): Combination {
  return { kind: 'product', of: flat('product', objectives) };
}

/** `weight` times an objective; a negative weight asks for what the network does not respond to. */
export function scale<T extends Objective>(objective: T, weight: number): T {
  return { ...objective, weight: (objective.weight ?? 1) * weight };
}

/** Without what is undefined, so that JSON gives the same object back. */
function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as ReturnType<typeof given<T>>;
}

/** A sum of sums is one sum, so that a list reduced pair by pair does not nest. */
function flat(kind: Combination['kind'], objectives: readonly Objective[]): Objective[] {
  return objectives.flatMap((one) => (one.kind === kind && (one.weight ?? 1) === 1 ? one.of : [one]));
}

/** What is sent to the core. */
export function objectiveText(objective: Objective): string {
  if (typeof objective !== 'object' || objective === null) {
    throw new PhaselensError(
      'invalid-argument',
      `An objective is an object that channel, logit or sum makes, not ${show(objective)}.`,
    );
  }
  try {
    return JSON.stringify(objective);
  } catch (cause) {
    throw new PhaselensError('invalid-argument', `The objective cannot be written as JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}
