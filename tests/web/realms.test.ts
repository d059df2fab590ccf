/** What a frame of the page makes is as good as what the page makes. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Api } from '../../web/phaselens';
import { tinyNetwork, writeOnnx } from '../js/onnx';
import { launch, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

/** Everything with the classes of `realm`. It is sent into the page, so that it stands alone. */
async function uses(api: Api, realm: typeof globalThis, file: number[]) {
  const bytes = realm.Uint8Array.from(file);
  const url = realm.URL.createObjectURL(new realm.Blob([bytes]));
  const sources = [
    bytes,
    bytes.buffer,
    new realm.Blob([bytes]),
    new realm.File([bytes], 'a'),
    new realm.URL(url),
    new realm.Response(bytes),
  ];
  const options = { size: 64, steps: 3, crops: 2, cropSize: 32 };
  const stop = new realm.AbortController();
  const drawn: string[] = [];
  for (const source of sources) {
    const loading = { preprocessing: { mean: [0, 0, 0], std: [1, 1, 1] }, workers: 2, signal: stop.signal };
    const model = await api.loadModel(source, loading);
    const start = new realm.ImageData(64, 64);
    start.data.fill(77);
    const floats = { data: new realm.Float32Array(64 * 64 * 3).fill(0.3), height: 64, width: 64 };
    const more = { start, photos: [start, floats], parametrization: 'pixel' } as const;
    const run = model.visualize(api.sum(api.logit(1), api.distance('conv1', 1)), { ...options, ...more });
    for await (const step of run) drawn.push(step.frame.data.join());
    await model.dispose();
  }
  const model = await api.loadModel(sources[0]!, { workers: 2, signal: stop.signal });
  const run = model.visualize(api.logit(1), { ...options, steps: 10_000, signal: stop.signal });
  let ended = '';
  try {
    for await (const step of run) if (step.index === 3) stop.abort(new realm.Error('enough'));
  } catch (error) {
    ended = (error as Error).message;
  }
  const refused = await api.loadModel(bytes, { signal: stop.signal }).catch((error: Error) => error.message);
  await model.dispose();
  return { drawn, ended, refused };
}

test('all that goes in may come from another realm', async () => {
  const { page } = await visit(browser, { path: 'phaselens/phaselens/models/manifest.json' });
  const api = await page.evaluateHandle<Api>("import(new URL('../../index.js', location.href).href)");
  const use = await page.evaluateHandle<typeof uses>(`(${String(uses)})`);
  const { own, theirs } = await page.evaluate(
    async ({ api, use, file }) => {
      const frame = document.body.appendChild(document.createElement('iframe'));
      const realm = frame.contentWindow as unknown as typeof globalThis;
      if (realm.Uint8Array === Uint8Array) throw new Error('It is the same realm.');
      return { own: await use(api, globalThis, file), theirs: await use(api, realm, file) };
    },
    { api, use, file: [...writeOnnx(tinyNetwork())] },
  );
  expect(theirs).toEqual(own);
  expect(own.drawn).toHaveLength(18);
  expect(new Set(own.drawn).size).toBe(3);
  expect(own).toMatchObject({ ended: 'enough', refused: 'enough' });
});
