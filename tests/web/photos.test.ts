/** Files of the reader's that a picture can be made with: photos and a spectrum. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { again, drop, finished, launch, picture, reach, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const cat = () => readFile(resolve(import.meta.dirname, '../../web/public/photos/cat.jpg'));
const choose = (page: Page, name: string, buffer: Buffer) => page.setInputFiles('#photo-files', { name, mimeType: '', buffer });
const fields = (page: Page) => new URLSearchParams(new URL(page.url()).hash.slice(1));
const listed = (page: Page) => page.locator('#photos span').allTextContents();

test('a photo can be inverted, accentuated, started from and removed', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const before = await picture(page);
  await page.click('#more summary');
  expect(await page.isDisabled('#invert')).toBe(true);
  await choose(page, 'cat.jpg', await cat());
  await expect.poll(() => listed(page)).toEqual(['0 · cat.jpg']);
  await choose(page, 'cat.jpg', await cat());
  await choose(page, 'other.jpg', await cat());
  await expect.poll(() => listed(page)).toEqual(['0 · cat.jpg', '1 · other.jpg']);

  const started = await again(page, () => page.selectOption('#start-from', '1'));
  expect(started).not.toBe(before);
  expect(await again(page, () => page.selectOption('#start-from', ''))).toBe(before);

  const inverted = await again(page, () => page.click('#invert'));
  expect(inverted).not.toBe(before);
  expect(JSON.parse(fields(page).get('objective')!)).toMatchObject({ kind: 'distance', photo: 0, weight: -1 });
  await page.evaluate(() => ((document.getElementById('advanced') as HTMLDetailsElement).open = true));
  await again(page, () => page.click('#accentuate'));
  const { of } = JSON.parse(fields(page).get('objective')!) as { of: object[] };
  expect(of).toMatchObject([
    { kind: 'logit', unit: 985 },
    { kind: 'distance', photo: 0, weight: -30 },
  ]);

  expect(await page.inputValue('#start-from')).toBe('0');

  await page.selectOption('#start-from', '1');
  await page.getByRole('button', { name: 'Remove photo 1, other.jpg' }).click();
  expect(await listed(page)).toEqual(['0 · cat.jpg']);
  expect(await page.inputValue('#start-from')).toBe('');
  await page.getByRole('button', { name: 'Remove photo 0, cat.jpg' }).click();
  expect(await page.isDisabled('#accentuate')).toBe(true);
  await finished(page);
  expect(problems).toEqual([]);
});

test('what is no image is told beside the list, and the ninth is refused', async () => {
  const { page } = await visit(browser, { path });
  await reach(page, 1);
  await drop(page, 'notes.png', Buffer.from('Dear diary'));
  const complaint = () => text(page, '#photos-complaint');
  await expect.poll(complaint).toBe('notes.png cannot be used. This is a text: an image is a JPEG, PNG, WebP, GIF or AVIF file.');
  expect(await page.isVisible('#photos-complaint')).toBe(true);
  const photo = await cat();
  const many = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`${i + 2}.jpg`, photo]));
  await drop(page, '1.jpg', photo, many);
  await expect.poll(complaint).toBe('9.jpg cannot be used. There may be 8 photos.');
  expect(await listed(page)).toHaveLength(8);
  await finished(page);
});

test('a link whose objective names a photo asks for one, and goes on with it', async () => {
  const objective = encodeURIComponent('{"kind":"distance","layer":"logits","photo":0,"weight":-1}');
  const { page, problems } = await visit(browser, { path: `#objective=${objective}&${smallRecipe}` });
  await expect
    .poll(() => text(page, '#objective-error'))
    .toMatch(/^This objective compares the picture with a photo: choose one/);
  await choose(page, 'cat.jpg', await cat());
  await expect.poll(() => listed(page)).toEqual(['0 · cat.jpg']);
  await again(page, () => page.click('#start'));
  expect(await page.isVisible('#objective-error')).toBe(false);
  expect(problems).toEqual([]);
});

/** A npy file of a magnitude that is the same for all frequencies. */
function flatMagnitude(size: number): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (3, ${size}, ${size / 2 + 1}), }`.padEnd(117) + '\n';
  const values = new Float32Array(3 * size * (size / 2 + 1)).fill(1);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(header), Buffer.from(values.buffer)]);
}

test('a spectrum takes the place of ImageNet’s until it is given back; what is none is told', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const before = await picture(page);
  const own = await again(page, () => drop(page, 'flat.npy', flatMagnitude(64)));
  expect(own).not.toBe(before);
  expect(await text(page, '#magnitude')).toBe('flat.npy');
  await drop(page, 'notes.npy', Buffer.from('Dear diary'));
  await expect
    .poll(() => text(page, '#magnitude-complaint'))
    .toMatch(/^notes\.npy cannot be used\. This is a text: .*\(\.npy\).*\.$/);
  expect(await page.isVisible('#magnitude-complaint')).toBe(true);
  expect(await text(page, '#magnitude')).toBe('flat.npy'); // the one before stays
  expect(await again(page, () => page.click('#reset-magnitude'))).toBe(before);
  expect(await again(page, () => drop(page, 'flat.npy', flatMagnitude(64)))).toBe(own);
  expect(await page.isVisible('#magnitude-complaint')).toBe(false);
  expect(await again(page, () => page.click('#reset-magnitude'))).toBe(before);
  expect(problems).toEqual([]);
});
