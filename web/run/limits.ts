/** What every number that can be typed may be: one list, for fields, addresses and what is said of them. */

interface Limit {
  what: string; // as a sentence begins
  min: number;
  max: number;
  step: number; // 0 for any number
}

export const limits = {
  size: { what: 'The size is an even number', min: 64, max: 1024, step: 2 },
  steps: { what: 'The number of steps is', min: 1, max: 2000, step: 1 },
  crops: { what: 'The number of crops is', min: 1, max: 32, step: 1 },
  cropSize: { what: 'The crop size is', min: 32, max: 512, step: 1 },
  finer: { what: 'The number of refinements is', min: 0, max: 2, step: 1 },
  seed: { what: 'The seed is a whole number', min: 0, max: 4294967295, step: 1 },
  images: { what: 'The number of images is', min: 1, max: 8, step: 1 },
  penaltyVariation: { what: 'The weight of the total variation is a number', min: 0, max: 1e6, step: 0 },
  penaltyL2: { what: 'The weight of L2 is a number', min: 0, max: 1e6, step: 0 },
  penaltyFrequency: { what: 'The weight of high frequencies is a number', min: 0, max: 1e6, step: 0 },
} satisfies Record<string, Limit>;

export type Limited = keyof typeof limits;

/** The nearest allowed value, or undefined for what is no number. */
export function limited(key: Limited, value: number): number | undefined {
  const { min, max, step } = limits[key];
  if (!Number.isFinite(value)) return undefined;
  return Math.min(max, Math.max(min, step > 0 ? Math.round(value / step) * step : value));
}

/** The number of crops is from 1 to 32 */
export function rangeText({ what, min, max }: Omit<Limit, 'step'>): string {
  return `${what} from ${min.toLocaleString('en')} to ${max.toLocaleString('en')}`;
}
