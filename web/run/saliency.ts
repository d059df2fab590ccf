/** Where in an image a score hangs on its pixels: the size of the gradient, as a coarse map that people can read. */
import type { FloatImage } from '../phaselens';

/** Of a map's side: single pixels of a gradient are noise. */
export const cells = 28;

/** Shares of the cells that are darker than what is black, and than what is white. */
const range = { black: 0.1, white: 0.98 };

/**
 * cells x cells from 0 to 1, row by row: the mean of |d score / d pixel| over the colours and pixels of each cell, stretched so that the
 * darkest tenth is 0 and the brightest fiftieth 1.
 */
export function saliencyOf({ data, height, width }: FloatImage): Float32Array {
  const sums = new Float32Array(cells * cells);
  const counts = new Float32Array(cells * cells);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i += 3) {
      const cell = Math.floor((y * cells) / height) * cells + Math.floor((x * cells) / width);
      sums[cell]! += Math.abs(data[i]!) + Math.abs(data[i + 1]!) + Math.abs(data[i + 2]!);
      counts[cell]!++;
    }
  const means = sums.map((sum, cell) => sum / Math.max(1, counts[cell]!));
  const sorted = [...means].sort((a, b) => a - b);
  const [black, white] = [range.black, range.white].map((share) => sorted[Math.floor(share * (sorted.length - 1))]!) as [
    number,
    number,
  ];
  return means.map((mean) => (white > black ? Math.min(1, Math.max(0, (mean - black) / (white - black))) : 0));
}
