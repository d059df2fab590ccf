/** What else of a recipe can be set by itself. */

import type { VisualizeOptions } from '../phaselens';
import { limited, limits, rangeText } from './limits';
import { isParametrization, type Parametrization, parametrizations } from './parametrizations';

/** What is missing is the preset's. */
export interface Further {
  parametrization?: Parametrization;
  transform?: 'boxes' | 'warps';
  images?: number; // optimized side by side
  penaltyVariation?: number; // weights of what is subtracted from the score
  penaltyL2?: number;
  penaltyFrequency?: number;
}

export const choices = ['parametrization', 'transform'] as const;
export const numbers = ['images', 'penaltyVariation', 'penaltyL2', 'penaltyFrequency'] as const;

export const furtherKeys = [...choices, ...numbers];

export type FurtherKey = (typeof furtherKeys)[number];

/** Of the address, or of fields: what is empty is missing, and so is what cannot be, of which `wrong` hears. */
export function parseFurther(
  read: (key: FurtherKey) => string | null,
  wrong: (key: FurtherKey, sentence: string) => void = () => {},
): Further {
  const further: Further = {};
  const parametrization = read('parametrization');
  if (isParametrization(parametrization)) further.parametrization = parametrization;
  const transform = read('transform');
  if (transform === 'boxes' || transform === 'warps') further.transform = transform;
  for (const key of numbers) {
    const text = (read(key) ?? '').trim().replace(',', '.');
    if (text === '') continue;
    const value = Number(text);
    if (limited(key, value) === value) further[key] = value;
    else wrong(key, `${rangeText(limits[key])}.`);
  }
  return further;
}

/** Without what is not an option of the package, and with the optimizer that suits what is optimized. */
export function optionsOf<T extends Further & { finer: number; onward?: string | undefined }>({
  parametrization,
  finer: _,
  onward: __,
  ...rest
}: T): VisualizeOptions {
  return { ...rest, ...(parametrization ? parametrizations[parametrization].options : {}) };
}
