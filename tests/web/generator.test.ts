/** A generator of the reader's: its images, what is compared with them, what is none, and a checkpoint. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { again, finished, launch, picture, reach, saved, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const golden = (name: string) => readFile(resolve(import.meta.dirname, '../golden', name));
const choose = (page: Page, name: string, buffer: Buffer) =>
  page.setInputFiles('#generator-file', { name, mimeType: '', buffer });
const sizeOf = (page: Page, canvas: string) =>
  page.locator(canvas).evaluate((element) => [(element as HTMLCanvasElement).width, (element as HTMLCanvasElement).height]);

test('a generator makes the picture, beside MaCo’s and Fourier’s, until it is given back; what is none is told', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const before = await picture(page);
  await page.click('#more summary');
  const generated = await again(page, async () => choose(page, 'decoder.onnx', await golden('generators/decoder.onnx')));
  expect(await text(page, '#generator')).toBe('decoder.onnx');
  expect(await sizeOf(page, '#canvas')).toEqual([48, 32]);
  expect(await again(page, () => page.click('#compare'))).toBe(generated);
  expect(await sizeOf(page, '#canvas-beside')).toEqual([96, 96]);
  expect(await page.locator('#pictures figcaption').allTextContents()).toEqual([
    expect.stringMatching(/^Generator · its latent · 5 values/),
    expect.stringMatching(/^MaCo · phase only · 14,112 values/),
    expect.stringMatching(/^Fourier · amplitude and phase · 28,224 values/),
  ]);
  await page.click('#compare');

  await choose(page, 'network.onnx', await golden('presets/network.onnx'));
  await expect.poll(() => text(page, '#generator-complaint')).toMatch(/^network\.onnx cannot be used\. Not a generator: /i);
  expect(await text(page, '#generator')).toBe('None');
  expect(await again(page, () => page.click('#start'))).toBe(before);
  expect(await again(page, async () => choose(page, 'decoder.onnx', await golden('generators/decoder.onnx')))).toBe(generated);
  expect(await page.isVisible('#generator-complaint')).toBe(false);
  expect(await again(page, () => page.click('#reset-generator'))).toBe(before);
  expect(problems).toEqual([]);
});

test('a checkpoint of a generator’s images asks for the generator, and goes on with it', async () => {
  const { page, problems } = await visit(browser, { path: `#unit=985&${smallRecipe.replace('steps=16', 'steps=400')}` });
  await reach(page, 1);
  const decoder = await golden('generators/decoder.onnx');
  await choose(page, 'decoder.onnx', decoder);
  await expect.poll(() => sizeOf(page, '#canvas')).toEqual([48, 32]);
  await page.click('#pause');
  await page.click('#more summary');
  const { data } = await saved(page);
  await page.click('#reset-generator');
  await expect.poll(() => sizeOf(page, '#canvas')).toEqual([96, 96]);
  const open = () => page.setInputFiles('#checkpoint-file', { name: 'kept.checkpoint', mimeType: '', buffer: data });
  await open();
  await expect
    .poll(() => text(page, '#checkpoint-complaint'))
    .toMatch(/generator \(id [0-9a-f]{16}\) makes this checkpoint.* it must be given/);
  await choose(page, 'decoder.onnx', decoder);
  await open();
  await expect.poll(() => sizeOf(page, '#canvas')).toEqual([48, 32]);
  await page.click('#stop');
  expect(await text(page, '#checkpoint-complaint')).toBe('');
  expect(problems).toEqual([]);
});
