/** Noise that is like photos in nothing but the strength of its waves: the photos' own, with crests in random places. */
import type { Api, Fourier, Frame } from '../phaselens';

/** The same at every visit. */
export async function noiseOf(photos: readonly Frame[], api: Api): Promise<Frame[]> {
  const fourier = await api.openFourier();
  try {
    const noise: Frame[] = [];
    for (const [i, photo] of photos.entries()) noise.push(await scrambled(photo, i + 1, fourier));
    return noise;
  } finally {
    await fourier.dispose();
  }
}

/** Every channel's phases move by the same random ones, so that colours stay together. */
async function scrambled(photo: Frame, seed: number, fourier: Fourier): Promise<Frame> {
  const polar = await fourier.transform(photo);
  const random = await fourier.transform(white(photo, seed));
  const phase = polar.phase.map((angle, k) => angle + random.phase[k]!);
  const { data, width, height } = await fourier.inverse({ ...polar, phase });
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 4; c++) pixels.data[4 * i + c] = c < 3 ? 255 * data[3 * i + c]! : 255;
  return pixels;
}

/** Grey of random values: phases of an image whose values are real fit together. */
function white({ width, height }: Frame, seed: number): Frame {
  const pixels = new ImageData(width, height);
  let state = seed;
  for (let i = 0; i < width * height; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    const value = (Math.imul(state ^ (state >>> 13), 0x297a2d39) >>> 16) & 255;
    pixels.data.set([value, value, value, 255], 4 * i);
  }
  return pixels;
}
