/** What is typed in of a model's expectations. */
import { expect, test } from 'vitest';
import { isTyped, parseTyped, preprocessingOf } from '../../web/models/typed';

const rest = { range: 255, bgr: true } as const;

test.each([
  ['0.485 0.456 0.406', [0.485, 0.456, 0.406]],
  ['0.485, 0.456, 0.406', [0.485, 0.456, 0.406]],
  ['[123.675,116.28,103.53]', [123.675, 116.28, 103.53]],
  ['0,485; 0,456; 0,406', [0.485, 0.456, 0.406]],
  ['(-1 0 1e2)', [-1, 0, 100]],
])('three numbers: %s', (mean, expected) =>
  expect(parseTyped({ mean, std: '1 1 1' }, rest)).toMatchObject({ mean: expected, ...rest }),
);

test.each([
  ['', '1 1 1', /^The mean/],
  ['0.5 0.5', '1 1 1', /^The mean/],
  ['a b c', '1 1 1', /^The mean/],
  ['0 0 0', '1 1 1 1', /^The deviation/],
  ['0 0 0', '1 0 1', /above 0/],
  ['0 0 0', '1 -1 1', /above 0/],
  ['1e300 0 0', '1 1 1', /too large/],
  ['0 0 0', '1e-30 1 1', /too small/],
])('no such numbers: %s and %s', (mean, std, why) => expect(parseTyped({ mean, std }, rest)).toMatch(why));

test('goes to the API in its units, and is known again', () => {
  const typed = { mean: [102, 51, 0], std: [51, 51, 51], range: 255, bgr: true } as const;
  expect(preprocessingOf({ ...typed, mean: [...typed.mean], std: [...typed.std] })).toEqual({
    mean: [0.4, 0.2, 0],
    std: [0.2, 0.2, 0.2],
    bgr: true,
  });
  expect(isTyped(typed)).toBe(true);
  for (const other of [undefined, {}, { ...typed, std: [0, 1, 1] }, { ...typed, range: 7 }, { ...typed, mean: 'x' }])
    expect(isTyped(other)).toBe(false);
});
