/** Photos of a camera that was held on its side: they say so, and are turned. */
import readExif from 'exif-reader';
import type { Frame } from '../api/index.js';

/** EXIF's orientations of which columns, rows, or both change their places, by number from 1 (Exif 2.32, section 4.6.4, tag 0112). */
const [mirroredColumns, mirroredRows, firstTurned] = [[2, 3, 7, 8], [3, 4, 6, 7], 5];

/** Its orientation from 1 to 8; 1, which is upright, where the block is none. */
export function orientationOf(exif: Uint8Array): number {
  try {
    return readExif(Buffer.from(exif)).Image?.Orientation ?? 1;
  } catch {
    return 1; // a photo is not refused for what is said beside it
  }
}

export function upright(frame: Frame, orientation: number): Frame {
  if (!(orientation > 1 && orientation <= 8)) return frame;
  const from = new Uint32Array(frame.data.buffer, frame.data.byteOffset, frame.height * frame.width);
  const to = new Uint32Array(from.length);
  const turned = orientation >= firstTurned;
  const [height, width] = turned ? [frame.width, frame.height] : [frame.height, frame.width];
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      let [column, row] = turned ? [y, x] : [x, y];
      if (mirroredColumns.includes(orientation)) column = frame.width - 1 - column;
      if (mirroredRows.includes(orientation)) row = frame.height - 1 - row;
      to[i] = from[row * frame.width + column]!;
    }
  return { data: new Uint8ClampedArray(to.buffer), height, width };
}
