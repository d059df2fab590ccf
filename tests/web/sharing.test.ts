/** A picture's link: copied with a word on what it lacks, and no entry of the browser's history for every step from unit to unit. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { again, drop, finished, launch, picture, smallRecipe, text, visit } from './browser';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const cat = resolve(import.meta.dirname, '../../web/public/photos/cat.jpg');

test('the link is copied, opens to the same bits, and what it lacks is said', async () => {
  const { page, problems } = await visit(browser, { path, permissions: ['clipboard-read', 'clipboard-write'] });
  await finished(page);
  const bits = await picture(page);
  await page.click('#copy-link');
  await expect.poll(() => text(page, '#status')).toBe('Link copied.');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(page.url());
  const other = await page.context().newPage();
  await other.goto(link);
  await finished(other);
  expect(await other.evaluate(() => (window as unknown as { picture?: unknown }).picture)).toBeUndefined();
  await other.close();

  await drop(page, 'small.onnx', smallModel());
  await expect.poll(() => text(page, '#where')).toContain('small.onnx');
  await finished(page);
  expect(await picture(page)).not.toBe(bits);
  await page.click('#copy-link');
  const one = 'Link copied. The link does not hold small.onnx: who opens it needs that file.';
  await expect.poll(() => text(page, '#status')).toBe(one);
  await page.setInputFiles('#photo-files', { name: 'cat.jpg', mimeType: '', buffer: await readFile(cat) });
  await again(page, () => page.click('#start-from'));
  await page.click('#copy-link');
  const two = 'Link copied. The link does not hold small.onnx and cat.jpg: who opens it needs those files.';
  await expect.poll(() => text(page, '#status')).toBe(two);
  expect(problems).toEqual([]);
});

test('where nothing can be copied, the address stands there to be copied by hand', async () => {
  const { page, problems } = await visit(browser, {
    path,
    before: (page) => page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined })),
  });
  await finished(page);
  await page.click('#copy-link');
  await expect.poll(() => text(page, '#status')).toBe('Here is the link, to be copied.');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('address');
  const chosen = () =>
    page.$eval('#address', (input: HTMLInputElement) => input.value.slice(input.selectionStart!, input.selectionEnd!));
  expect(await chosen()).toBe(page.url());
  await page.keyboard.press('Tab');
  expect(await page.isVisible('#address')).toBe(false);
  expect(problems).toEqual([]);
});

test('steps from unit to unit are one entry of the history, other choices are one each', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const before = await page.evaluate(() => history.length);
  const entries = async () => (await page.evaluate(() => history.length)) - before;
  for (const [i, button] of ['#next', '#next', '#previous', '#random'].entries()) {
    const old = page.url();
    await page.click(button);
    if (button !== '#random') await page.waitForFunction((old) => location.href !== old, old);
    expect(await entries(), `${i}`).toBe(1);
  }
  await page.click('#another');
  expect(await entries()).toBe(2);
  await page.click('#previous');
  expect(await entries()).toBe(3);
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await expect.poll(() => text(page, '#title')).toBe('daisy');
  await finished(page);
  expect(problems).toEqual([]);
});
