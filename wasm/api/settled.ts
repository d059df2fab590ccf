/** Everything that was decided, as options again. */
import type { FrameOptions } from '../base/option-list.js';
import type { Config } from '../base/protocol.js';
import type { VisualizeOptions } from './options.js';

/**
 * The whole of a visualization's `config` and `frameOptions` as options, such as are written beside a picture to make it again: what
 * a later version decides otherwise does not count then.
 */
export function settle(config: Readonly<Config>, frame: FrameOptions): VisualizeOptions {
  return { ...(shortenAll(config) as VisualizeOptions), ...(shortenAll(frame) as FrameOptions) };
}

/** Of a number that the core keeps in single precision, the shortest that is the same there. */
function shorten(value: number): number {
  const digits = [6, 7, 8, 9].map((count) => Number(value.toPrecision(count)));
  return Number.isInteger(value) ? value : (digits.find((short) => Math.fround(short) === Math.fround(value)) ?? value);
}

function asOption(value: unknown): unknown {
  if (typeof value === 'number') return shorten(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(asOption);
  if (!('on' in value)) return shortenAll(value);
  const { on, ...rest } = value;
  return on ? shortenAll(rest) : false;
}

const shortenAll = (parts: object): object =>
  Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, asOption(value)]));
