import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FloatImage } from './support.js';
import { averageSpectrum, collect, dist, failureOf, loadTiny, logit, quick } from './support.js';

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

describe('the command line', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phaselens-'));
    await mkdir(join(folder, 'more'));
    const { height, width } = picture(0);
    const rgba = (seed: number) => {
      const { data } = picture(seed);
      return Buffer.from(
        Array.from({ length: 4 * height * width }, (_, i) => (i % 4 === 3 ? 255 : 255 * data[3 * (i >> 2) + (i % 4)]!)),
      );
    };
    const png = new PNG({ height, width });
    png.data = rgba(1);
    await writeFile(join(folder, 'a.png'), PNG.sync.write(png));
    await writeFile(join(folder, 'more', 'b.JPG'), jpeg.encode({ data: rgba(2), height, width }, 95).data);
    await writeFile(join(folder, 'notes.txt'), 'no image');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('cli.js', dist)), ...args], {
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };

  it('averages a folder', async () => {
    const out = join(folder, 'mean.npy');
    const { status, stdout } = run('spectrum', folder, '--out', out, '--size', '24');
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('2 images') });
    const wanted = numbersOf(await averageSpectrum([picture(1), picture(2)], { size: 24 }));
    const found = numbersOf(await readFile(out));
    const error = Math.hypot(...found.map((value, i) => value - wanted[i]!)) / Math.hypot(...wanted);
    expect(error).toBeLessThan(0.2); // JPEG
  });

  it('says what is wrong', async () => {
    const out = join(folder, 'none.npy');
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('phaselens spectrum FOLDER') });
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--size') });
    expect(run('spectrum', folder, '--out', out, '--sise', '3')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--sise'),
    });
    expect(run('spectrum', join(folder, 'nowhere'), '--out', out)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('nowhere'),
    });
    expect(run('spectrum', folder, '--out', out, '--size', 'big')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('whole number'),
    });
    const bad = await mkdtemp(join(tmpdir(), 'phaselens-'));
    expect(run('spectrum', bad, '--out', out)).toMatchObject({ status: 2, stderr: expect.stringContaining('holds no') });
    await writeFile(join(bad, 'broken.png'), 'not a picture');
    expect(run('spectrum', bad, '--out', out)).toMatchObject({ status: 2, stderr: expect.stringContaining('broken.png') });
    await rm(bad, { recursive: true });
  });
});
