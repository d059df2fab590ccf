/** What the units of a layer make of images, all units at once: the mean of each over the layer's positions, its highest value, and where. */
import type { Frame, LayerInfo, Model } from '../phaselens';
import type { Tokens } from './state';

/** Each list has an entry for each unit. */
export interface Response {
  mean: Float32Array;
  highest: Float32Array;
  /** Position of the highest value, row by row. */
  at: Int32Array;
  grid: Grid;
}

/** Of positions over the image; 1 x 1 where a layer knows of none. */
export interface Grid {
  rows: number;
  columns: number;
}

/** What a layer is asked for. Nothing for the tokens of patches, as for all positions of a map. */
export interface Question {
  layer: LayerInfo;
  tokens: Tokens | undefined;
}

const layersKept = 8;

/** Of a model's latest layers: going back to one costs nothing. */
export class Responses {
  readonly #kept = new WeakMap<Model, Map<string, WeakMap<Frame, Response>>>();

  of(model: Model, asked: Question, image: Frame): Response | undefined {
    return this.#kept.get(model)?.get(keyOf(asked))?.get(image);
  }

  /** Once each. */
  async measure(model: Model, asked: Question, image: Frame): Promise<Response> {
    const known = this.of(model, asked, image);
    if (known) return known;
    const { data } = await model.activations(image, asked.layer.name);
    const response = responseOf(data, asked);
    this.#layer(model, asked).set(image, response);
    return response;
  }

  #layer(model: Model, asked: Question): WeakMap<Frame, Response> {
    const layers = this.#kept.get(model) ?? new Map<string, WeakMap<Frame, Response>>();
    this.#kept.set(model, layers);
    const key = keyOf(asked);
    const images = layers.get(key) ?? new WeakMap<Frame, Response>();
    layers.delete(key);
    layers.set(key, images); // the latest is the last
    for (const old of [...layers.keys()].slice(0, -layersKept)) layers.delete(old);
    return images;
  }
}

const keyOf = ({ layer, tokens }: Question): string => `${tokens ?? ''} ${layer.name}`;

/** Values in the order of the layer's shape. */
export function responseOf(data: Float32Array, asked: Question): Response {
  const { shape, units, unitAxis, prefixTokens } = asked.layer;
  const inner = unitAxis > 0 ? shape.slice(unitAxis + 1).reduce((a, b) => a * b, 1) : 1; // positions after the units, the rest before
  const positions = Math.floor(data.length / units);
  const [first, end] = rangeOf(asked, positions);
  const [mean, highest, at] = [new Float32Array(units), new Float32Array(units).fill(-Infinity), new Int32Array(units)];
  for (let p = first; p < end; p++) {
    const start = Math.floor(p / inner) * units * inner + (p % inner);
    for (let unit = 0; unit < units; unit++) {
      const value = data[start + unit * inner]!;
      mean[unit]! += value / (end - first);
      if (value <= highest[unit]!) continue;
      highest[unit] = value;
      at[unit] = p - first;
    }
  }
  return { mean, highest, at, grid: gridOf(shape, unitAxis, asked.tokens === 'class' ? 1 : positions - prefixTokens) };
}

/** Of the positions that count: of tokens those that the objective is over. */
function rangeOf({ layer: { prefixTokens }, tokens }: Question, positions: number): [first: number, end: number] {
  if (prefixTokens === 0 || tokens === 'all') return [0, positions];
  return tokens === 'class' ? [0, 1] : [prefixTokens, positions];
}

function gridOf(shape: readonly number[], unitAxis: number, positions: number): Grid {
  const sides = shape.slice(1).filter((_, axis) => axis + 1 !== unitAxis);
  if (sides.length === 2) return { rows: sides[0]!, columns: sides[1]! };
  const side = Math.sqrt(positions);
  return Number.isInteger(side) ? { rows: side, columns: side } : { rows: 1, columns: 1 };
}

/** The square of an image around the position, in pixels: three positions of the map a side, a quarter of the image at least. */
export function regionOf({ width, height }: Frame, { rows, columns }: Grid, at: number): { x: number; y: number; side: number } {
  const most = Math.min(width, height);
  const side = Math.round(Math.min(most, Math.max((3 * width) / columns, (3 * height) / rows, most / 4)));
  const [x, y] = [(((at % columns) + 0.5) / columns) * width, ((Math.floor(at / columns) + 0.5) / rows) * height];
  const within = (centre: number, length: number) => Math.round(Math.min(length - side, Math.max(0, centre - side / 2)));
  return { x: within(x, width), y: within(y, height), side };
}

/** Lowest, median and highest. */
export interface Range {
  lowest: number;
  median: number;
  highest: number;
}

export function rangeOfValues(values: readonly number[]): Range | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  return { lowest: sorted[0]!, median, highest: sorted.at(-1)! };
}
