import { describe, expect, it } from 'vitest';
import type { FloatImage } from './support.js';
import { averageSpectrum, collect, failureOf, loadTiny, logit, quick } from './support.js';

/** A different picture for each `seed`. */
function picture(seed: number, height = 24, width = 24): FloatImage {
  const data = Float32Array.from({ length: 3 * height * width }, (_, i) => 0.5 + 0.4 * Math.sin(i * (seed + 1) * 0.7 + seed));
  return { data, height, width };
}

const numbersOf = (npy: Uint8Array) => new Float32Array(Uint8Array.from(npy.subarray(128)).buffer);

describe('averageSpectrum', () => {
  it('is a magnitude file: the mean over the images, whose order does not matter but for rounding', async () => {
    const size = { size: 24 };
    const [one, two] = [await averageSpectrum([picture(1)], size), await averageSpectrum([picture(2)], size)];
    const both = await averageSpectrum([picture(1), picture(2)], size);
    expect(new TextDecoder('latin1').decode(both.subarray(1, 6))).toBe('NUMPY');
    expect(new TextDecoder().decode(both.subarray(10, 128))).toContain("'shape': (3, 24, 13)");
    const [a, b] = [numbersOf(one), numbersOf(two)];
    numbersOf(both).forEach((value, i) => expect(Math.abs(value - (a[i]! + b[i]!) / 2)).toBeLessThan(1e-4));
  });

  it('is what a visualization can be made with', async () => {
    async function* generated() {
      for (let i = 0; i < 5; i++) yield picture(i, 40, 30);
    }
    const magnitude = await averageSpectrum(generated(), { height: 32, width: 48 });
    const model = await loadTiny();
    expect(await collect(model.visualize(logit(1), { ...quick, steps: 2, magnitude }))).toHaveLength(2);
    const rgb = await averageSpectrum(generated(), { height: 32, width: 48, decorrelate: false });
    expect(rgb).not.toEqual(magnitude);
  });

  it('refuses what cannot be', async () => {
    expect(await failureOf(averageSpectrum([]))).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/no image/),
    });
    expect((await failureOf(averageSpectrum([picture(1)], { size: 7.5 }))).message).toMatch(/height is a whole number/);
    expect((await failureOf(averageSpectrum([picture(1)], { width: 31 }))).message).toMatch(/even/);
    expect((await failureOf(averageSpectrum([{ ...picture(1), height: 9 }]))).message).toMatch(/9 x 24 x 3/);
    const signal = AbortSignal.abort(new Error('enough'));
    expect((await failureOf(averageSpectrum([picture(1)], { signal }))).message).toBe('enough');
  });
});
