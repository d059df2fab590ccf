/** A half spectrum as a picture of the whole: slow waves in the middle, the half that is not there mirrored. */

export type Colour = readonly [red: number, green: number, blue: number];

/** height x width x 4; `colour` of number k of a plane of height x (width/2 + 1), rows in the order of frequencies 0, 1, ..., -2, -1. */
export function planeOf(height: number, width: number, colour: (k: number) => Colour): Uint8ClampedArray<ArrayBuffer> {
  const columns = Math.floor(width / 2) + 1;
  const data = new Uint8ClampedArray(4 * height * width);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [fy, fx] = [y - Math.floor(height / 2), x - Math.floor(width / 2)];
      const [row, column] = fx < 0 ? [-fy, -fx] : [fy, fx];
      const at = 4 * (y * width + x);
      data.set(colour(((row + height) % height) * columns + column), at);
      data[at + 3] = 255;
    }
  return data;
}
