/** What figures compute beside what the package does for them: in a worker of the page, and where the site is made. */
import { planeOf } from '../parts/plane';
import type { Requests } from './messages';

type Handlers = { [K in keyof Requests]: (input: Requests[K][0]) => Requests[K][1] };

export const handlers: Handlers = {
  /** Magnitudes go from one to the other in a straight line, phases by the mean of their directions. */
  mix({ a, b, magnitude, phase }) {
    const mixed = { magnitude: new Float32Array(a.magnitude.length), phase: new Float32Array(a.phase.length) };
    for (let i = 0; i < a.magnitude.length; i++) {
      mixed.magnitude[i] = (1 - magnitude) * a.magnitude[i]! + magnitude * b.magnitude[i]!;
      const re = (1 - phase) * Math.cos(a.phase[i]!) + phase * Math.cos(b.phase[i]!);
      const im = (1 - phase) * Math.sin(a.phase[i]!) + phase * Math.sin(b.phase[i]!);
      mixed.phase[i] = Math.atan2(im, re);
    }
    return { ...mixed, height: a.height, width: a.width };
  },

  mean({ all }) {
    const sum = new Float32Array(all[0]!.length);
    for (const one of all) for (let i = 0; i < sum.length; i++) sum[i]! += one[i]! / all.length;
    return sum;
  },

  /** Uniform, the same in all channels, so that a grey magnitude makes a grey image. */
  randomPhases({ count, seed }) {
    const phase = new Float32Array(3 * count);
    let state = seed;
    for (let i = 0; i < count; i++) {
      // Mulberry32: figures need no better numbers.
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      phase[i] = phase[i + count] = phase[i + 2 * count] = (((t ^ (t >>> 14)) >>> 0) / 2 ** 32 - 0.5) * 2 * Math.PI;
    }
    return phase;
  },

  /** Channels' mean as a picture: coarse waves in the middle, the missing half put there by symmetry. */
  picture({ values, height, width, logarithmic }) {
    const columns = Math.floor(width / 2) + 1;
    const plane = Float32Array.from({ length: height * columns }, (_, i) => {
      const mean = (values[i]! + values[i + height * columns]! + values[i + 2 * height * columns]!) / 3;
      return logarithmic ? Math.log(mean + 1e-3) : mean;
    });
    const [low, high] = logarithmic ? rangeOf(plane) : [0, Math.PI];
    const data = planeOf(height, width, (k) => {
      const grey = (255 * (plane[k]! - low)) / (high - low);
      return [grey, grey, grey];
    });
    return { data, height, width };
  },

  /** By how much each phase has turned, 0 to pi. */
  turned({ from, to }) {
    return from.map((phase, i) => Math.abs(Math.atan2(Math.sin(to[i]! - phase), Math.cos(to[i]! - phase))));
  },

  /** From 0 to 1, or from its own 1st to its 99th percentile, to black and white. */
  frame({ image: { data, height, width }, stretch }) {
    const [low, high] = stretch ? rangeOf(data) : [0, 1];
    const frame = { data: new Uint8ClampedArray(4 * height * width), height, width };
    for (let i = 0; i < height * width; i++) {
      for (let c = 0; c < 3; c++) frame.data[4 * i + c] = (255 * (data[3 * i + c]! - low)) / (high - low);
      frame.data[4 * i + 3] = 255;
    }
    return frame;
  },
};

function rangeOf(values: Float32Array): [number, number] {
  const sorted = values.slice().sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  return [at(0.01), at(0.99)];
}
