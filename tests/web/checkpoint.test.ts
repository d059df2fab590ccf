/** Node and Chromium compute the same bits, and either goes on with what the other kept. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VisualizeOptions } from '../../dist/index.js';
import { channel, loadModel, logit } from '../../dist/index.js';
import type { Api } from '../../web/phaselens';
import { drop, finished, launch, reach, saved, seen, smallRecipe, text, visit } from './browser';
import { smallModel } from './onnx';

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

const path = `#unit=985&${smallRecipe.replace('steps=16', 'steps=150')}`;
const last = async (page: Page) => (await seen(page)).at(-1)!;
const open = (page: Page, name: string, buffer: Buffer) => page.setInputFiles('#checkpoint-file', { name, mimeType: '', buffer });
const complaint = (page: Page) => text(page, '#checkpoint-complaint');

test('a run is kept as a file, paused or stopped, and goes on from it to the same picture and address', async () => {
  const { page, problems } = await visit(browser, { path });
  await page.click('#more summary');
  expect(await page.isDisabled('#save-checkpoint')).toBe(true);
  await reach(page, 4);
  await page.click('#pause');
  const paused = await saved(page);
  expect(paused.name).toMatch(/^phaselens-efficientnet-lite0-logits-985-daisy-seed-1-step-\d+\.checkpoint$/);
  await page.click('#stop');
  await page.waitForFunction(() => document.getElementById('status')!.textContent!.startsWith('Stopped'));
  const stopped = await saved(page);
  await page.click('#start');
  await page.waitForFunction(() => document.getElementById('status')!.textContent!.startsWith('Looking'));
  await finished(page);
  const whole = await last(page);
  expect(await page.isDisabled('#save-checkpoint')).toBe(true); // nothing is left to go on with

  for (const { data } of [paused, stopped]) {
    const other = await visit(browser, { path: path.replace('985', '340') });
    await reach(other.page, 1);
    await drop(other.page, 'run.checkpoint', data);
    await expect.poll(() => text(other.page, '#title')).toBe('daisy');
    await finished(other.page);
    expect(await last(other.page)).toMatchObject({ score: whole.score, picture: whole.picture });
    expect(other.page.url()).toBe(page.url());
    expect(other.problems).toEqual([]);
  }
  expect(problems).toEqual([]);
});

test('one that does not fit is refused with a sentence', async () => {
  const model = await loadModel(smallModel(), { build: 'simd' });
  const run = model.visualize(channel('parts', 2), { ...options, penaltyL2: 0.5 });
  await run[Symbol.asyncIterator]().next();
  const bytes = Buffer.from(await run.checkpoint());
  const noted = Buffer.from(await run.checkpoint('#model=file:other.onnx&layer=parts&unit=2'));
  await model.dispose();

  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  await open(page, 'notes.checkpoint', Buffer.from('Dear diary'));
  await expect.poll(() => complaint(page)).toMatch(/^notes\.checkpoint cannot be used\. .*checkpoint.*\.$/);
  expect(await page.isVisible('#checkpoint-complaint')).toBe(true);
  await open(page, 'noted.checkpoint', noted);
  const absent = 'noted.checkpoint cannot be used. It goes on with other.onnx, which is not here: open that model first.';
  await expect.poll(() => complaint(page)).toBe(absent);
  expect(await text(page, '#title')).toBe('daisy');
  await open(page, 'other.checkpoint', bytes);
  await expect.poll(() => complaint(page)).toMatch(/^The checkpoint does not fit this model\. .*'parts'.*\.$/);

  await drop(page, 'other.onnx', smallModel());
  await expect.poll(() => text(page, '#where')).toContain('other.onnx');
  await open(page, 'other.checkpoint', bytes);
  await expect.poll(() => page.inputValue('[name=penaltyL2]')).toBe('0.5');
  await finished(page);
  expect(await text(page, '#step')).toBe('8 / 8');
  expect(await page.isVisible('#checkpoint-complaint')).toBe(false);
  await page.selectOption('#model', { index: 0 }); // the run brings its model with it
  await expect.poll(() => text(page, '#where')).toContain('EfficientNet-Lite0');
  await open(page, 'noted.checkpoint', noted);
  await expect.poll(() => text(page, '#where')).toContain('other.onnx · parts');
  await finished(page);
  expect(problems).toEqual([]);
});
