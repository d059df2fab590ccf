/** Which magnitude a picture is held at, and when it is fetched. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, failureOf, loadModel, loadTiny, logit, magnitudeFile, quick, tinyFile } from './support.js';

const whole = new Uint8Array(await readFile(magnitudeFile));
const first = { ...quick, steps: 1, outputs: ['image'] as const };

describe('the packaged magnitude', () => {
  it('in its small form is the whole one but for its cross, for pictures that continue it', async () => {
    const model = await loadTiny();
    const images = [{}, { magnitude: whole }].map(async (options) => {
      const [step] = await collect(model.visualize(logit(1), { ...first, size: 320, continueMagnitude: true, ...options }));
      return step!.image!;
    });
    const [small, large] = (await Promise.all(images)) as [Float32Array, Float32Array];
    const difference = Math.hypot(...small.map((value, i) => value - large[i]!).subarray(0, 3 * 320 * 100));
    const share = difference / Math.hypot(...large.subarray(0, 3 * 320 * 100));
    expect(share).toBeGreaterThan(0.02);
    expect(share).toBeLessThan(0.06);
  });

  it('is the whole one where a picture does not continue it', async () => {
    const model = await loadTiny();
    for (const options of [{ preset: 'paper' }, { continueMagnitude: false }]) {
      const [packaged] = await collect(model.visualize(logit(1), { ...first, ...options }));
      const [given] = await collect(model.visualize(logit(1), { ...first, ...options, magnitude: whole }));
      expect(packaged!.image).toEqual(given!.image);
    }
  });
});

describe('a magnitude of one’s own', () => {
  let server: Server;
  let address: string;
  let asked = 0;

  beforeAll(async () => {
    server = createServer((_, response) => {
      asked++;
      response.end(whole);
    }).listen(0);
    await new Promise((resolve) => server.once('listening', resolve));
    address = `http://localhost:${(server.address() as AddressInfo).port}/magnitude.npy`;
  });
  afterAll(() => server.close());

  it('is asked for by the first picture that needs it, once', async () => {
    const model = await loadModel(tinyFile, { magnitude: address });
    await collect(model.visualize(logit(1), { ...first, parametrization: 'fourier' }));
    await collect(model.visualize(logit(1), { ...first, parametrization: 'pixel' }));
    expect(asked).toBe(0);
    for (let i = 0; i < 2; i++) await collect(model.visualize(logit(1), first));
    expect(asked).toBe(1);
    await model.dispose();
  });

  it('may be compressed', async () => {
    const model = await loadTiny();
    const [plain] = await collect(model.visualize(logit(1), { ...first, magnitude: whole }));
    const [zipped] = await collect(model.visualize(logit(1), { ...first, magnitude: new Uint8Array(gzipSync(whole)) }));
    expect(zipped!.image).toEqual(plain!.image);
  });

  it.each([
    ['cut off', (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)],
    ['no gzip data', () => new Uint8Array([0x1f, 0x8b, 1, 2, 3])],
  ])('that is %s is refused with a sentence', async (_, damage) => {
    const model = await loadTiny();
    const magnitude = damage(new Uint8Array(gzipSync(whole)));
    const error = await failureOf(collect(model.visualize(logit(1), { ...first, magnitude })));
    expect(error).toMatchObject({ code: 'invalid-magnitude' });
    expect(error.message).toMatch(/cannot be decompressed: ./);
  });

  it('that would become endless is not read to its end', async () => {
    const model = await loadTiny();
    const zeros = new Uint8Array(gzipSync(new Uint8Array(2 ** 20)));
    const magnitude = new Uint8Array(zeros.length * 300);
    for (let i = 0; i < 300; i++) magnitude.set(zeros, i * zeros.length);
    const error = await failureOf(collect(model.visualize(logit(1), { ...first, magnitude })));
    expect(error.message).toMatch(/would be more than 256 MB/);
  });
});
