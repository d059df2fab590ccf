/** Where a score hangs on an image: the size of the gradient, by squares. */
import { expect, test } from 'vitest';
import { cells, saliencyOf } from '../../web/run/saliency';

const side = 2 * cells;

test('a square is as bright as its pixels move the score, whatever their sign; the darkest tenth is dark', () => {
  const data = new Float32Array(3 * side * side);
  const set = (y: number, x: number, value: number) => data.fill(value, 3 * (y * side + x), 3 * (y * side + x) + 3);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) set(y, x, y < cells ? 0.01 : x < cells ? -1 : 0.5);
  const map = saliencyOf({ data, height: side, width: side });
  const at = (y: number, x: number) => map[y * cells + x]!;
  expect(map).toHaveLength(cells * cells);
  expect(at(0, 0)).toBe(0);
  expect(at(cells - 1, 0)).toBe(1);
  expect(at(cells - 1, cells - 1)).toBeCloseTo(0.49 / 0.99);
});

test('what nothing hangs on is dark', () => {
  const map = saliencyOf({ data: new Float32Array(3 * side * side), height: side, width: side });
  expect(Math.max(...map)).toBe(0);
});
