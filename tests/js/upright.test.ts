/** A photo stands upright whichever way its camera was held. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'jpeg-js';
import { afterAll, expect, it } from 'vitest';
import { readPicture } from '../../build/modules/cli/images.js';

const folder = mkdtempSync(join(tmpdir(), 'phaselens-'));
afterAll(() => rmSync(folder, { recursive: true }));

const side = 16; // of a patch: JPEG's blocks do not mix their colours
const colours = { R: [255, 0, 0], G: [0, 255, 0], B: [0, 0, 255], K: [0, 0, 0], W: [255, 255, 255], Y: [255, 255, 0] } as const;

/** Patches row by row, as a JPEG of an orientation. */
function photo(rows: readonly string[], orientation: number): Uint8Array {
  const [height, width] = [rows.length * side, rows[0]!.length * side];
  const data = new Uint8Array(4 * height * width).fill(255);
  for (let i = 0; i < height * width; i++) {
    const patch = rows[Math.floor(i / width / side)]![Math.floor((i % width) / side)]!;
    data.set(colours[patch as keyof typeof colours], 4 * i);
  }
  // A TIFF header, and a directory of one entry: the tag 0112, a short.
  const exif = Buffer.from(
    `\0MM\0*\0\0\0\b\0\x01\x01\x12\0\x03\0\0\0\x01\0${String.fromCharCode(orientation)}\0\0\0\0\0\0`,
    'latin1',
  );
  return encode({ data, height, width, exifBuffer: exif } as Parameters<typeof encode>[0], 95).data;
}

/** The patches of an image again. */
function patches({ data, height, width }: Awaited<ReturnType<typeof readPicture>>): string[] {
  const nearest = (at: number) =>
    Object.entries(colours).find(([, colour]) => colour.every((value, c) => Math.abs(value - data[at + c]!) < 64))?.[0] ?? '?';
  return Array.from({ length: height / side }, (_, y) =>
    Array.from({ length: width / side }, (_, x) => nearest(4 * ((y + 0.5) * side * width + (x + 0.5) * side))).join(''),
  );
}

// Which side of what is stored is up: from the standard's description of each number.
it.each([
  [0, ['RGB', 'KWY']],
  [1, ['RGB', 'KWY']],
  [2, ['BGR', 'YWK']],
  [3, ['YWK', 'BGR']],
  [4, ['KWY', 'RGB']],
  [5, ['RK', 'GW', 'BY']],
  [6, ['KR', 'WG', 'YB']],
  [7, ['YB', 'WG', 'KR']],
  [8, ['BY', 'GW', 'RK']],
  [9, ['RGB', 'KWY']],
])('orientation %i', async (orientation, upright) => {
  const path = join(folder, `${orientation}.jpg`);
  writeFileSync(path, photo(['RGB', 'KWY'], orientation));
  expect(patches(await readPicture(path))).toEqual(upright);
});
