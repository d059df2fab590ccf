/** Pictures of one size side by side. */
import type { Frame } from '../api/index.js';

export interface Grid {
  readonly columns: number;
  /** Pixels between two. */
  readonly gap: number;
}

/** Where picture `i` begins. */
function placeOf(i: number, { columns, gap }: Grid, { height, width }: Frame): [y: number, x: number] {
  return [Math.floor(i / columns) * (height + gap), (i % columns) * (width + gap)];
}

/** Room for `count`; what no picture covers is `paper`: 255 is white, 0 transparent. */
export function layOut(frames: readonly Frame[], count: number, grid: Grid, paper: number): Frame {
  const { height, width } = frames[0]!;
  const [bottom, right] = [Math.ceil(count / grid.columns), Math.min(count, grid.columns)];
  const sheet = {
    height: bottom * (height + grid.gap) - grid.gap,
    width: right * (width + grid.gap) - grid.gap,
  };
  const data = new Uint8ClampedArray(4 * sheet.height * sheet.width).fill(paper);
  for (const [i, frame] of frames.entries()) {
    const [top, left] = placeOf(i, grid, frame);
    for (let y = 0; y < height; y++) {
      data.set(frame.data.subarray(4 * y * width, 4 * (y + 1) * width), 4 * ((top + y) * sheet.width + left));
    }
  }
  return { data, ...sheet };
}

/** The first `count` pictures of a sheet. */
export function cutOut(sheet: Frame, count: number, grid: Grid, size: { height: number; width: number }): Frame[] {
  return Array.from({ length: count }, (_, i) => {
    const data = new Uint8ClampedArray(4 * size.height * size.width);
    const [top, left] = placeOf(i, grid, { data, ...size });
    for (let y = 0; y < size.height; y++) {
      const from = 4 * ((top + y) * sheet.width + left);
      data.set(sheet.data.subarray(from, from + 4 * size.width), 4 * y * size.width);
    }
    return { data, ...size };
  });
}
