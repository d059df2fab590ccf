/** What else of a recipe can be set by itself. */

import type { VisualizeOptions } from '../phaselens';
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

const sentences: Record<(typeof numbers)[number], string> = {
  images: 'The number of images is from 1 to 8.',
  penaltyVariation: 'The weight of the total variation is a number from 0 to 1,000,000.',
  penaltyL2: 'The weight of L2 is a number from 0 to 1,000,000.',
  penaltyFrequency: 'The weight of high frequencies is a number from 0 to 1,000,000.',
};

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
    const inside = key === 'images' ? Number.isInteger(value) && value >= 1 && value <= 8 : value >= 0 && value <= 1e6;
    if (inside) further[key] = value;
    else wrong(key, sentences[key]);
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
