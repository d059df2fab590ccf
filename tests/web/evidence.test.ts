/** What the unit makes of photos and noise: the scale of a score, and the photos that excite a unit most. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LayerInfo } from '../../web/phaselens';
import { rangeOfValues, regionOf, responseOf } from '../../web/run/responses';
import { again, drop, finished, launch, pictureOf, reach, smallRecipe, text, visit } from './browser';
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
  const values = (await page.locator('#excited-photos b').allTextContents()).map((value) => Number(value.replace('−', '-')));
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

const held = (page: Page) =>
  page.evaluate(() => ({
    values: [...document.querySelectorAll('#against-value, #against-photos b')].map((one) => one.textContent!),
    pictures: [...document.querySelectorAll('.couples canvas')].map((one) => (one as HTMLElement).dataset.state ?? ''),
    names: [...document.querySelectorAll<HTMLElement>('#against-photos canvas')].map((one) => one.ariaLabel ?? ''),
    words: document.getElementById('against-words')!.textContent!,
  }));
const heldRange = (page: Page, row: string) =>
  page.waitForSelector(`#against-scale-${row}[data-state=known]`).then(() => text(page, `#against-scale-${row} b`));

test('where it is told how far to trust the picture, it stands beside the photos that excite the unit most, all by one measure', async () => {
  const { page, problems } = await visit(browser, {
    path: '#layer=blocks.3.2&unit=1&seed=1&size=96&steps=2000&crops=1&cropSize=64',
  });
  await reach(page, 4);
  await page.click('#trust > summary');
  const { words, ...before } = await held(page);
  expect(before).toEqual({ values: Array(7).fill('–'), pictures: ['waiting', ...Array(6).fill('')], names: Array(6).fill('') });
  expect(words).toMatch(/^Not measured yet/);

  await page.click('#stop');
  const noise = await heldRange(page, 'noise');
  const { values, pictures, names } = await held(page);
  expect(pictures).toEqual(Array(7).fill('picture'));
  expect(names).toEqual((await photos(page)).slice(0, 6));
  expect(values.slice(1)).toEqual((await page.locator('#excited-photos b').allTextContents()).slice(0, 6));
  expect(await heldRange(page, 'picture')).toBe(values[0]);
  expect(await heldRange(page, 'photos')).toMatch(new RegExp(` to ${values[1]}$`)); // not the mean over the map, as below the score
  expect(noise).not.toBe(await text(page, '#scale-noise b'));
  const own = page.locator('#against-picture');
  expect(await own.evaluate((one: HTMLCanvasElement) => one.width)).toBe(96);
  expect(await pictureOf(page, '#against-picture')).toBe(await pictureOf(page, '#canvas'));

  await page.click('#strip-units button[aria-pressed=false] >> nth=0'); // another unit of the layer: its photos are known, its picture is not
  await expect.poll(async () => (await held(page)).values[1]).not.toBe(values[1]);
  const other = await held(page);
  expect([other.values[0], other.pictures[0]]).toEqual(['–', 'waiting']);
  expect(other.words).toMatch(/once it has ended/);
  expect(problems).toEqual([]);
});

test('without photos, and without a unit, there is nothing to hold the picture against', async () => {
  const { page } = await visit(browser, {
    path: `#unit=985&${smallRecipe}`,
    before: (page) => page.route('**/photos/*.jpg', (route) => route.abort()),
  });
  await finished(page);
  await page.click('#trust > summary');
  await expect.poll(async () => (await held(page)).words).toMatch(/could not be had/);
  expect(await text(page, '#against-value')).toBe('–'); // none without a baseline
  await page.click('#advanced summary');
  await page.fill('[name=objective]', JSON.stringify({ kind: 'layer', layer: 'blocks.3.2' }));
  await again(page, () => page.click('#start'));
  expect(await page.isVisible('#against')).toBe(false);
  expect(await text(page, '#trust-words')).toMatch(/^For one unit/);
});

test('the unit is drawn again in other ways, beside other units; a picture that begins ends that', async () => {
  const { page, problems } = await visit(browser, { path: `#unit=985&${smallRecipe}` });
  await finished(page);
  await page.click('#trust > summary');
  await expect.poll(() => text(page, '#trust-start')).toMatch(/, about \d+ (s|min)$/);
  await page.click('#trust-start');
  await page.locator('#trust-figures b').nth(2).waitFor({ timeout: 60_000 });
  expect(await page.locator('#trust-pictures canvas[data-state=picture]').count()).toBe(8);
  const [seeds, , units] = (await page.locator('#trust-figures b').allTextContents()).map(Number);
  expect(seeds).toBeGreaterThan(units!); // a daisy is liker a daisy than other classes
  await again(page, () => page.click('#start'));
  expect(await page.locator('#trust-pictures li').count()).toBe(0);
  expect(await page.isEnabled('#trust-start')).toBe(true);
  expect(problems).toEqual([]);
});
