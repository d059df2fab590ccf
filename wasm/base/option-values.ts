/** Values from outside, checked before they come to the core, whose integers have 32 bits. */
import { PhaselensError, show } from './errors.js';
import type { OptionInfo } from './option-list.js';
import type { StandardizeConfig } from './protocol.js';

type Reader = (value: unknown, option: OptionInfo, current: unknown) => unknown;

function fail(name: string, expected: string, value: unknown): never {
  throw new PhaselensError('invalid-argument', `The option ${name} is ${expected}, not ${show(value)}.`);
}

const isWithin = (value: unknown, { low = -Infinity, high = Infinity }: OptionInfo): value is number =>
  typeof value === 'number' && value >= low && value <= high;

const isPair = (value: unknown, option: OptionInfo): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((number) => isWithin(number, option));

const bounds = ({ low, high }: OptionInfo): string => `from ${low} to ${high}`;

const readWord: Reader = (value, { name, words = [] }) =>
  words.includes(value as string) ? value : fail(name, `one of ${words.join(', ')}`, value);

const readFlag: Reader = (value, { name }) => (typeof value === 'boolean' ? value : fail(name, 'true or false', value));

const readNumber: Reader = (value, option) =>
  isWithin(value, option) ? value : fail(option.name, `a number ${bounds(option)}`, value);

const readWholeOption: Reader = (value, option) => {
  if (Number.isSafeInteger(value) && (isWithin(value, option) || (option.orZero && value === 0))) return value;
  return fail(option.name, `${option.orZero ? '0 or ' : ''}a whole number ${bounds(option)}`, value);
};

const readRange: Reader = (value, option) => {
  const isZero = option.orZero && isPair(value, option) && value[0] === 0 && value[1] === 0;
  if (isZero || (isPair(value, option) && value[0] < value[1])) return value;
  return fail(option.name, `a pair [low, high] of numbers ${bounds(option)}, low below high`, value);
};

const readDistribution: Reader = (value, option) => {
  const { uniform, normal } = (value ?? {}) as { uniform?: unknown; normal?: unknown };
  if (isPair(uniform, option) && uniform[0] <= uniform[1]) return { uniform };
  if (isPair(normal, option) && normal[1] >= 0) return { normal };
  const numbers = `of numbers ${bounds(option)}, low not above high, the deviation not negative`;
  return fail(option.name, `{uniform: [low, high]} or {normal: [mean, deviation]}, ${numbers}`, value);
};

const readStandardize: Reader = (value, option, current) => {
  const settled = current as StandardizeConfig;
  if (typeof value === 'boolean') return { ...settled, on: value };
  const { epsilon = settled.epsilon, unbiased = settled.unbiased } = (value ?? {}) as Partial<StandardizeConfig>;
  if (typeof value === 'object' && value !== null && isWithin(epsilon, option) && typeof unbiased === 'boolean') {
    return { on: true, epsilon, unbiased };
  }
  return fail(option.name, `true, false or {epsilon, unbiased}, the epsilon ${bounds(option)}`, value);
};

const readers: Record<OptionInfo['type'], Reader> = {
  flag: readFlag,
  whole: readWholeOption,
  number: readNumber,
  word: readWord,
  range: readRange,
  distribution: readDistribution,
  standardize: readStandardize,
};

/** The value of an option as the configuration has it; `current` is what it had. Throws 'invalid-argument', naming what may be. */
export const readOption: Reader = (value, option, current) => readers[option.type](value, option, current);

/** A whole number, which `what` names in the sentence that refuses another. */
export function readWhole(what: string, value: unknown, low: number, high: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high) return value as number;
  throw new PhaselensError('invalid-argument', `${what} is a whole number from ${low} to ${high}, not ${show(value)}.`);
}
