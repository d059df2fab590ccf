/** A photo of a cat tells whether the normalization is right. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { top } from '../../web/models/guesses';
import { drop, finished, launch, reach, smallRecipe, text, visit } from './browser';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#${smallRecipe}`;
const dahlia = resolve(import.meta.dirname, '../../web/public/photos/dahlia.jpg');

test('probabilities are the softmax, the highest first, for large logits too', () => {
  const logits = Float32Array.of(1000, 1000 + Math.log(3), -1000, 1000 + Math.log(4));
  const guesses = top(logits, ['a', 'b', 'c'], 3);
  expect(guesses.map(({ name }) => name)).toEqual(['3', 'b', 'a']);
  [1 / 2, 3 / 8, 1 / 8].forEach((probability, i) => expect(guesses[i]!.probability).toBeCloseTo(probability, 3));
});

test('a network of one’s own names a cat with the right choice, less surely with a wrong one', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  expect(await page.isVisible('#sample')).toBe(false);
  const lite0 = await readFile(resolve(import.meta.dirname, '../../dist/phaselens/models/efficientnet-lite0.onnx'));
  await page.setInputFiles('#file', { name: 'mine.onnx', mimeType: '', buffer: lite0 });
  await expect.poll(() => text(page, '#where')).toContain('mine.onnx');
  await finished(page);

  const choose = async (label: string) => {
    await page.selectOption('#normalization', { label });
    await page.waitForFunction(() => document.getElementById('status')!.textContent!.startsWith('Loading'));
    await finished(page);
    await page.waitForSelector('#sample[aria-busy=false]');
    return page.locator('#guesses li').allTextContents();
  };
  const right = await choose('(x − 127) / 128');
  expect(right).toHaveLength(3);
  for (const line of right) expect(line).toMatch(/^.+ (\d+|under 1) %$/);
  expect(right[0]).toMatch(/cat|tabby/);
  const wrong = await choose('0 to 255');
  expect(wrong).not.toEqual(right);
  expect(wrong[0]).not.toMatch(/cat|tabby/);
  expect(await text(page, '#sample-before')).toMatch(/^By “\(x − 127\) \/ 128” before: .*(cat|tabby).*, \d+ %$/);
  expect(await text(page, '#sample-title')).toBe('With that it sees here:');

  await page.setInputFiles('#photo-files', { name: 'mine.jpg', mimeType: '', buffer: await readFile(dahlia) });
  await expect.poll(() => page.getAttribute('#photo', 'alt')).toBe('mine.jpg');
  await page.waitForSelector('#sample[aria-busy=false]');
  expect(await text(page, '#sample-before')).toBe('');
  await page.click('#leave-photo');
  await expect.poll(() => page.locator('#guesses li').allTextContents()).toEqual(wrong);

  await page.selectOption('#names', 'None');
  await expect.poll(() => page.isVisible('#sample')).toBe(false);
  await page.selectOption('#names', { index: 0 });
  await expect.poll(() => page.locator('#guesses li').allTextContents()).toEqual(wrong);
  expect(await page.isVisible('#photo')).toBe(true);
  await page.selectOption('#model', { index: 0 });
  await expect.poll(() => text(page, '#where')).toContain('EfficientNet-Lite0');
  expect(await page.isVisible('#sample')).toBe(false);
  await finished(page);
  expect(problems).toEqual([]);
});

test('names from a file are enough, and the picture is the same beside it', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  await drop(page, 'small.onnx', smallModel());
  await expect.poll(() => text(page, '#where')).toContain('small.onnx');
  await finished(page);
  const score = await text(page, '#score');
  expect(await page.isVisible('#sample')).toBe(false);
  await drop(page, 'things.txt', Buffer.from('anchor\nboat\ncrane\ndock\neel\n'));
  await page.waitForSelector('#sample[aria-busy=false]');
  expect(await page.locator('#guesses li').count()).toBe(3);
  await page.click('#start');
  await page.reload(); // now both at once
  await page.waitForSelector('#sample[aria-busy=false]');
  await finished(page);
  expect(await text(page, '#score')).toBe(score);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(problems).toEqual([]);
});
