/** Files of the reader's that a picture can be made with: photos, first of all, and a spectrum. */
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

const guesses = (page: Page) => page.locator('#photo-guesses li span').allTextContents();
const shown = (page: Page, selector: string) => page.isVisible(selector);

test('of the sample it is told what the network says and where the unit looks; all is as before once it is left', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const [before, address] = [await picture(page), page.url()];
  expect(await shown(page, '#photo-card')).toBe(false);
  await page.click('#take-sample');
  await expect.poll(() => guesses(page)).toContain('tabby');
  expect(await guesses(page)).toHaveLength(5);
  await expect.poll(() => text(page, '#photo-where-title')).toBe('Where “daisy” hangs on it');
  expect(await shown(page, '#with-photo')).toBe(false);
  expect(page.url()).toBe(address);

  await page.click('#start-from');
  await reach(page, 1);
  expect(fields(page).get('photo')).toBe('start');
  expect(fields(page).get('sample')).toBe('1');
  expect(await text(page, '#with-photo-words')).toBe('Made with your photo, cat.jpg');
  await again(page, () => page.click('#with-photo-leave'));
  expect(await picture(page)).toBe(before);
  expect(page.url()).toBe(address);
  expect(await shown(page, '#with-photo')).toBe(false);
  expect(await shown(page, '#photo-card')).toBe(false);
  expect(problems).toEqual([]);
});

test('what a layer keeps of the photo can be walked through; a unit ends that, and is accentuated with others', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  await choose(page, 'cat.jpg', await cat());
  await page.click('#invert');
  await expect.poll(() => fields(page).get('photo')).toBe('inversion');
  expect(await page.inputValue('[name=objective]')).toBe('{"kind":"distance","layer":"blocks.2.1","photo":0,"weight":-1}');
  await expect.poll(() => text(page, '#title')).toBe('What blocks.2.1 keeps');
  await page.click('#photo-blocks button >> nth=11');
  await expect.poll(() => fields(page).get('layer')).toBe('blocks.4.2');
  await page.click('#accentuate');
  await expect.poll(() => fields(page).get('photo')).toBe('accentuation');
  const { of } = JSON.parse(await page.inputValue('[name=objective]')) as { of: object[] };
  expect(of).toMatchObject([
    { kind: 'logit', unit: 985 },
    { kind: 'distance', layer: 'blocks.2.1', photo: 0 },
  ]);
  await page.click('#chips button >> nth=1');
  await expect.poll(() => fields(page).get('unit')).toBe('1');
  expect(fields(page).get('photo')).toBe('accentuation');
  await page.click('#invert');
  await expect.poll(() => fields(page).get('photo')).toBe('inversion');
  await again(page, () => page.click('#chips button >> nth=0'));
  expect(page.url()).toContain(`unit=985&${smallRecipe}`);
  expect(problems).toEqual([]);
});

test('a photo can be pasted, but not into a field; another takes its place, and is used at once', async () => {
  const { page, problems } = await visit(browser, { path: `#unit=985&${smallRecipe}` });
  await finished(page);
  const photo = await cat();
  await paste(page, '[name=objective]', photo);
  expect(await shown(page, '#photo-card')).toBe(false);
  await paste(page, 'body', photo);
  await expect.poll(() => text(page, '#photo-name')).toBe('pasted.jpg');
  await page.click('#start-from');
  await expect.poll(() => fields(page).get('photo')).toBe('start');
  await drop(page, 'dahlia.jpg', await readFile(resolve(import.meta.dirname, '../../web/public/photos/dahlia.jpg')));
  await expect.poll(() => text(page, '#with-photo-words')).toBe('Made with your photo, dahlia.jpg');
  expect(await listed(page)).toEqual(['0 · dahlia.jpg', '1 · pasted.jpg']);
  await page.getByRole('button', { name: 'Look at photo 1, pasted.jpg' }).click();
  await expect.poll(() => text(page, '#with-photo-words')).toBe('Made with your photo, pasted.jpg');
  await page.getByRole('button', { name: 'Remove photo 1, dahlia.jpg' }).click();
  expect(await shown(page, '#photos')).toBe(false);
  expect(problems).toEqual([]);
});

function paste(page: Page, selector: string, data: Buffer): Promise<void> {
  return page.locator(selector).evaluate((target, data) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(
      new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], 'pasted.jpg', { type: 'image/jpeg' }),
    );
    target.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, data.toString('base64'));
}

test('a link that holds that there is a photo says so and goes on with one; with the sample it goes on by itself', async () => {
  const { page, problems } = await visit(browser, { path: `${path}&photo=start` });
  await expect.poll(() => text(page, '#alert')).toMatch(/^This picture is made with a photo, which a link cannot hold/);
  await again(page, () => cat().then((photo) => choose(page, 'cat.jpg', photo)));
  const started = await picture(page);
  expect(await shown(page, '#alert')).toBe(false);
  const other = await visit(browser, { path: `${path}&photo=start&sample=1` });
  await finished(other.page);
  expect(await picture(other.page)).toBe(started);
  expect(await text(other.page, '#with-photo-words')).toBe('Made with your photo, cat.jpg');
  expect([...problems, ...other.problems]).toEqual([]);
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
  await expect.poll(() => text(page, '#alert')).toMatch(/^This picture is made with a photo/);
  await again(page, () => page.click('#alert button'));
  expect(await text(page, '#with-photo-words')).toBe('Made with your photo, cat.jpg');
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
