import { expect, it } from 'vitest';
import { bytesText, counted, downloadText } from '../../web/parts/words';

it.each([
  [0, '0 steps'],
  [1, '1 step'],
  [2, '2 steps'],
])('%i in words', (count, words) => {
  expect(counted(count, 'step')).toBe(words);
});

it.each([
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1 kB'],
  [28_784, '29 kB'],
  [99_999, '100 kB'],
  [100_000, '0.1 MB'],
  [9_518_669, '9.5 MB'],
])('%i bytes in words', (bytes, words) => {
  expect(bytesText(bytes)).toBe(words);
});

it('a download is told by what there is in all, or by what is here so far', () => {
  expect(downloadText('A', 0, 9_518_669)).toEqual(['Loading A', 0]);
  expect(downloadText('A', 0)).toEqual(['Loading A', undefined]);
  expect(downloadText('A', 40_000, 8_000_000)).toEqual(['Loading A, 40 kB of 8.0 MB', 0.005]);
  expect(downloadText('A', 1_200_000)).toEqual(['Loading A, 1.2 MB so far', undefined]);
});
