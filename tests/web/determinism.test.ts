/** Node and Chromium compute the same bits, for every pair of choices that a visualization offers; and Chromium by either build, however
 * many its workers are. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Build } from '../../dist/index.js';
import * as api from '../../dist/index.js';
import type { Api } from '../../web/phaselens';
import { type Combination, combinations, photo } from '../js/combinations';
import { contents } from '../js/contents.mjs';
import { tinyNetwork, writeOnnx } from '../js/onnx';
import { launch, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

interface Work {
  api: Api;
  contents: typeof import('../js/contents.mjs').contents;
  file: number[];
  build: Build;
  workers: number;
  combinations: Combination[];
  photo: { data: number[]; height: number; width: number };
}

/** Every step of every combination. It is also sent into the page, so that it stands alone. */
async function runs({ api, contents, file, build, workers, combinations, photo }: Work): Promise<string[][]> {
  const preprocessing = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.25] };
  const model = await api.loadModel(Uint8Array.from(file), { preprocessing, build, workers });
  await model.memory(); // every worker is there
  const shown = { ...photo, data: Float32Array.from(photo.data) };
  const all: string[][] = [];
  for (const { objective, options, start } of combinations) {
    const steps: string[] = [];
    const more = { photos: [shown], ...(start && { start: shown }), outputs: ['image', 'transparency', 'values'] } as const;
    for await (const step of model.visualize(objective, { ...options, ...more })) steps.push(contents(step));
    all.push(steps);
  }
  await model.dispose();
  return all;
}

/** A few steps of the packaged model. The same holds for this function. */
async function runReal({ api, contents, workers }: Pick<Work, 'api' | 'contents' | 'workers'>): Promise<string[]> {
  const [entry] = await api.loadManifest();
  const model = await api.loadModel(entry!, { build: 'simd', workers });
  const options = { size: 96, cropSize: 64, crops: 3, steps: 4, seed: 3, outputs: ['image', 'transparency', 'values'] } as const;
  const steps: string[] = [];
  for await (const step of model.visualize(api.logit(985), options)) steps.push(contents(step));
  await model.dispose();
  return steps;
}

async function open() {
  const { page } = await visit(browser);
  const itsApi = await page.evaluateHandle<Api>("import(new URL('phaselens/index.js', document.baseURI).href)");
  const tell = await page.evaluateHandle<typeof contents>(`(${String(contents)})`);
  return { page, itsApi, tell };
}

test('any two choices together give the same bits in Node and in Chromium', async () => {
  const file = [...writeOnnx(tinyNetwork())];
  const shared = { file, combinations, photo };
  const inNode = await runs({ ...shared, api, contents, build: 'simd', workers: 1 });

  const { page, itsApi, tell } = await open();
  const inPage = await page.evaluateHandle<typeof runs>(`(${String(runs)})`);
  const inChromium = (build: Build, workers: number): Promise<string[][]> =>
    inPage.evaluate((runs, work) => runs(work as unknown as Work), { ...shared, api: itsApi, contents: tell, build, workers });

  for (const workers of [2, 5]) expect(await inChromium('simd', workers)).toEqual(inNode);
  const relaxed = await inChromium('relaxed', 1);
  for (const workers of [2, 5]) expect(await inChromium('relaxed', workers)).toEqual(relaxed);
});

test('EfficientNet-Lite0 gives the same bits in Node and in Chromium', async () => {
  const inNode = await runReal({ api, contents, workers: 1 });
  const { page, itsApi, tell } = await open();
  const inPage = await page.evaluateHandle<typeof runReal>(`(${String(runReal)})`);
  const work = { api: itsApi, contents: tell, workers: 2 };
  expect(await inPage.evaluate((run, work) => run(work as unknown as Work), work)).toEqual(inNode);
});
