import { describe, expect, it } from 'vitest';
import { radialPower } from '../report/power.mjs';
import { type FloatImage, type Fourier, failureOf, openFourier } from './support.js';

function picture(height: number, width: number, seed = 1): FloatImage {
  const data = Float32Array.from({ length: 3 * height * width }, (_, i) => 0.5 + 0.4 * Math.sin(i * i * 0.013 * seed + seed));
  return { data, height, width };
}

async function withFourier<T>(work: (fourier: Fourier) => Promise<T>): Promise<T> {
  const fourier = await openFourier();
  try {
    return await work(fourier);
  } finally {
    await fourier.dispose();
  }
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe('Fourier', () => {
  it('takes an image apart and puts it together again', async () => {
    await withFourier(async (fourier) => {
      const image = picture(30, 41);
      const polar = await fourier.transform(image);
      expect(polar.magnitude).toHaveLength(3 * 30 * 21);
      expect([polar.height, polar.width]).toEqual([30, 41]);
      // The first number of a channel is the sum of its pixels.
      const red = image.data.filter((_, i) => i % 3 === 0).reduce((sum, value) => sum + value, 0);
      expect(polar.magnitude[0]).toBeCloseTo(red, 2);
      const back = await fourier.inverse(polar);
      expect(largestDifference(back.data, image.data)).toBeLessThan(1e-5);
    });
  });

  it('takes frames, and leaves what it was given', async () => {
    await withFourier(async (fourier) => {
      const frame = { data: new Uint8ClampedArray(8 * 8 * 4).fill(255), height: 8, width: 8 };
      const polar = await fourier.transform(frame);
      expect(polar.magnitude[0]).toBeCloseTo(64, 4);
      await fourier.inverse(polar);
      expect([frame.data.length, polar.phase.length]).toEqual([256, 3 * 8 * 5]);
    });
  });

  it("tells the power at each radius, by the report's definition", async () => {
    await withFourier(async (fourier) => {
      for (const image of [picture(64, 64), picture(48, 80, 2)]) {
        const [power, expected] = [await fourier.radialPower(image), radialPower(image) as number[]];
        expect(power).toHaveLength(expected.length);
        expected.forEach((value, radius) => expect(Math.abs(power[radius]! - value)).toBeLessThan(1e-5 * Math.max(...expected)));
      }
    });
  });

  it('refuses what cannot be', async () => {
    await withFourier(async (fourier) => {
      expect(await failureOf(fourier.transform(picture(1, 8)))).toMatchObject({ code: 'invalid-argument' });
      const polar = await fourier.transform(picture(8, 8));
      const short = fourier.inverse({ ...polar, phase: polar.phase.subarray(1) });
      expect((await failureOf(short)).message).toBe('For 8 x 8, phase is a Float32Array of 120 values.');
      expect((await failureOf(fourier.inverse({ ...polar, height: 7.5 }))).message).toMatch(/height is a whole number/);
    });
  });

  it('is over once it is disposed of', async () => {
    const fourier = await openFourier();
    const pending = failureOf(fourier.transform(picture(64, 64)));
    await fourier.dispose();
    expect((await pending).code).toBe('disposed');
    expect((await failureOf(fourier.transform(picture(8, 8)))).code).toBe('disposed');
    expect((await failureOf(openFourier({ wasmUrl: 'nowhere.wasm' }))).code).toBe('network');
  });
});
