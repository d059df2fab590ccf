import { expect, it } from 'vitest';
import { configOptions } from '../../build/modules/base/option-list.js';
import { type Limited, limited, limits, rangeText } from '../../web/run/limits';

const called: Partial<Record<Limited, string>> = { size: 'height' }; // in the core's list
const ofThePage: Limited[] = ['finer'];

it.each(Object.keys(limits) as Limited[])('what the page lets through as %s, the core takes', (key) => {
  if (ofThePage.includes(key)) return;
  const option = configOptions.find(({ name }) => name === (called[key] ?? key))!;
  expect(limits[key].min).toBeGreaterThanOrEqual(option.low!);
  expect(limits[key].max).toBeLessThanOrEqual(option.high!);
  expect(limits[key].step > 0).toBe(option.type === 'whole');
});

it('numbers are brought into their range, which is a sentence', () => {
  expect([limited('crops', 99), limited('crops', -1), limited('crops', 2.4), limited('crops', NaN)]).toEqual([
    32,
    1,
    2,
    undefined,
  ]);
  expect([limited('size', 321), limited('penaltyL2', 0.5)]).toEqual([322, 0.5]);
  expect(rangeText(limits.size)).toBe('The size is an even number from 64 to 1,024');
});
