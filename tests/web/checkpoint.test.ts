/** Node and Chromium compute the same bits, and either goes on with what the other kept. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadModel, logit } from '../../dist/index.js';
import type { VisualizeOptions } from '../../dist/index.js';
import { launch, visit } from './browser';
import { smallModel } from './onnx';
import type { Api } from '../../web/phaselens';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const options: VisualizeOptions = { size: 64, steps: 8, crops: 3, cropSize: 32, seed: 5, outputs: ['values'] };
const base64 = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

test('a run begun in Node goes on in Chromium, and ends as one that never left Node', async () => {
  const file = smallModel();
  const model = await loadModel(file, { build: 'simd' });
  let whole = '';
  for await (const { values } of model.visualize(logit(1), options)) whole = base64(values!);
  const visualization = model.visualize(logit(1), options);
  await visualization[Symbol.asyncIterator]().next();
  const kept = await visualization.checkpoint();
  await model.dispose();

  const { page } = await visit(browser, { path: '' });
  const api = await page.evaluateHandle<Api>("import(new URL('phaselens/index.js', document.baseURI).href)");
  const last = await api.evaluate(
    async (api, { bytes, run }) => {
      const network = await api.loadModel(Uint8Array.from(bytes), { build: 'simd', workers: 2 });
      let values: Float32Array | undefined;
      for await (const step of await network.resume(Uint8Array.from(run), { outputs: ['values'] })) values = step.values;
      await network.dispose();
      return [...new Uint8Array(values!.buffer)];
    },
    { bytes: [...file], run: [...kept] },
  );
  expect(Buffer.from(last).toString('base64')).toBe(whole);
});
