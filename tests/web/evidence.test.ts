/** What the unit makes of photos and noise: the scale of a score, and the photos that excite a unit most. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LayerInfo } from '../../web/phaselens';
import { rangeOfValues, regionOf, responseOf } from '../../web/run/responses';
import { again, drop, finished, launch, reach, smallRecipe, text, visit } from './browser';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const layer = (shape: number[], unitAxis: number, prefixTokens = 0): LayerInfo => ({
  name: 'a',
  aliases: [],
  kind: 'Conv',
  block: '',
  shape,
  units: shape[unitAxis]!,
  unitAxis,
  prefixTokens,
  runs: true,
});

test.each([
  ['a map', layer([1, 2, 2, 2], 1), undefined, [0, 1, 2, 3, 10, 9, 8, 7], [1.5, 8.5], [3, 10], [3, 0], 2],
  ['a map with the units last', layer([1, 2, 2, 2], 3), undefined, [0, 10, 1, 9, 2, 8, 3, 7], [1.5, 8.5], [3, 10], [3, 0], 2],
  ['patches', layer([1, 5, 2], 2, 1), undefined, [99, 99, 0, 10, 1, 9, 2, 8, 3, 7], [1.5, 8.5], [3, 10], [3, 0], 2],
  ['the class token', layer([1, 5, 2], 2, 1), 'class' as const, [5, 6, 0, 10, 1, 9, 2, 8, 3, 7], [5, 6], [5, 6], [0, 0], 1],
  ['a vector', layer([1, 2], 1), undefined, [4, -4], [4, -4], [4, -4], [0, 0], 1],
])('%s: mean, highest value and its place', (_, layer, tokens, values, mean, highest, at, side) => {
  const response = responseOf(Float32Array.from(values), { layer, tokens });
  expect([...response.mean]).toEqual(mean);
  expect([...response.highest]).toEqual(highest);
  expect([...response.at]).toEqual(at);
  expect(response.grid).toEqual({ rows: side, columns: side });
});

test('the region is around the place, within the photo, and the whole of it where no place is known', () => {
  const photo = { data: new Uint8ClampedArray(), width: 224, height: 224 };
  expect(regionOf(photo, { rows: 28, columns: 28 }, 14 * 28 + 14)).toEqual({ x: 88, y: 88, side: 56 });
  expect(regionOf(photo, { rows: 7, columns: 7 }, 6)).toEqual({ x: 128, y: 0, side: 96 });
  expect(regionOf({ ...photo, width: 300 }, { rows: 1, columns: 1 }, 0)).toEqual({ x: 38, y: 0, side: 224 });
  expect(rangeOfValues([4, 1, 3, 2])).toEqual({ lowest: 1, median: 2.5, highest: 4 });
  expect(rangeOfValues([])).toBeUndefined();
});

const photos = (page: Page) =>
  page.locator('#excited-photos canvas[data-state=picture]').evaluateAll((all) => all.map((one) => one.ariaLabel!));
const scaleOf = async (page: Page, row: string) => {
  await page.waitForSelector(`#scale-${row}[data-state=known]`);
  return (await text(page, `#scale-${row} b`)).replaceAll('−', '-').split(' to ').map(Number);
};

test('a class: the picture is told beside photos and noise, and photos are in the order of its logit', async () => {
  const { page, problems } = await visit(browser, { path: '#unit=985&seed=3&size=128&steps=64&crops=2&cropSize=96' });
  await finished(page);
  const [noise, [picture]] = [await scaleOf(page, 'noise'), await scaleOf(page, 'picture')];
  const [lowest, highest] = await scaleOf(page, 'photos');
  expect(picture).toBeGreaterThan(noise[1]!); // a daisy
  expect(highest).toBeGreaterThan(noise[1]!); // as photos have what noise has not
  expect((await photos(page)).length).toBe(12);
  expect((await photos(page))[0]).toBe('dahlia');
  const values = (await page.locator('#excited-photos span').allTextContents()).map((value) => Number(value.replace('−', '-')));
  expect(values).toEqual(values.toSorted((a, b) => b - a));
  expect([values.at(-1), values[0]]).toEqual([lowest, highest]); // of a class mean and highest value are the same
  await page.click('#scale summary');
  expect(await page.isVisible('#scale p')).toBe(true);

  const cat = await readFile(resolve(import.meta.dirname, '../../web/public/photos/cat.jpg'));
  await drop(page, 'mine.jpg', cat);
  await expect.poll(() => photos(page)).toContain('mine.jpg');
  expect((await photos(page)).length).toBe(13);
  expect(problems).toEqual([]);
});

test('nothing is measured while a picture is made; an objective of its own has no scale', async () => {
  const { page, requests } = await visit(browser, {
    path: '#layer=blocks.3.2&unit=1&seed=1&size=96&steps=2000&crops=1&cropSize=64',
  });
  await reach(page, 20);
  expect(requests.filter((url) => url.includes('/photos/'))).toEqual([]);
  expect(await page.locator('#scale-photos').getAttribute('data-state')).toBe('waiting');
  const height = await page.locator('#scale').evaluate((box) => box.getBoundingClientRect().height);
  await page.click('#stop');
  await scaleOf(page, 'noise');
  expect(await page.locator('#scale').evaluate((box) => box.getBoundingClientRect().height)).toBe(height);
  expect((await photos(page)).length).toBe(12);

  await page.click('#advanced summary');
  await page.fill('[name=steps]', '2');
  await page.fill('[name=objective]', JSON.stringify({ kind: 'neuron', layer: 'blocks.3.2', unit: 1 }));
  await again(page, () => page.click('#start'));
  expect(await page.isVisible('#scale')).toBe(false);
  expect(await page.isVisible('#excited')).toBe(false);
});

test('a model of one’s own is measured, and the latest unit is the one that is told', async () => {
  const { page, problems } = await visit(browser, { path: `#${smallRecipe}` });
  await finished(page);
  await again(page, () => drop(page, 'small.onnx', smallModel({ outputs: 30 })));
  await scaleOf(page, 'noise');
  for (const unit of [3, 4, 5]) await page.click(`#strip-units button >> nth=${unit}`);
  await finished(page);
  const [picture] = await scaleOf(page, 'picture');
  await expect.poll(async () => (await photos(page)).length).toBe(12);
  expect(Number.isFinite(picture)).toBe(true);
  expect(problems).toEqual([]);
});
