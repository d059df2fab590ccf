/** Photos as large as cameras make them: the page has them at its own size only, upright and in their colours. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch, reach, smallRecipe, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#${smallRecipe}`;

/** An image that is red on its left half and blue on its right. */
async function imageOf(page: Page, type: string, width: number, height: number): Promise<Buffer> {
  const base64 = await page.evaluate(
    async ([type, width, height]) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d')!;
      for (const [i, colour] of ['#f00', '#00f'].entries()) {
        context.fillStyle = colour;
        context.fillRect((i * width) / 2, 0, width / 2, height);
      }
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type })).arrayBuffer());
      let text = '';
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    },
    [type, width, height] as const,
  );
  return Buffer.from(base64, 'base64');
}

/** An Exif part that says: to be turned by a quarter to the right. */
function turned(jpeg: Buffer): Buffer {
  const exif = 'Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0';
  const part = Buffer.concat([Buffer.from([0xff, 0xe1, 0, exif.length + 2]), Buffer.from(exif, 'latin1')]);
  return Buffer.concat([jpeg.subarray(0, 2), part, jpeg.subarray(2)]);
}

/** Sizes of all bitmaps that the page is given. */
const noteBitmaps = (page: Page) =>
  page.addInitScript(() => {
    const bitmaps: number[] = [];
    const original = createImageBitmap;
    const noted = async (...given: Parameters<typeof createImageBitmap>) => {
      const bitmap = await original(...given);
      bitmaps.push(Math.max(bitmap.width, bitmap.height));
      return bitmap;
    };
    Object.assign(window, { bitmaps, createImageBitmap: noted });
  });

/** Of the photo as the page shows it: its size, and its colours at the left, right, top and bottom. */
const shownPhoto = (page: Page) =>
  page.evaluate(async () => {
    const image = document.querySelector<HTMLImageElement>('#photo-image')!;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const context = new OffscreenCanvas(width, height).getContext('2d')!;
    context.drawImage(image, 0, 0);
    const colour = (x: number, y: number) => {
      const [red = 0, , blue = 0] = context.getImageData(Math.floor(x * width), Math.floor(y * height), 1, 1).data;
      return red > 200 && blue < 60 ? 'red' : blue > 200 && red < 60 ? 'blue' : 'another';
    };
    return { width, height, colours: [colour(0.1, 0.5), colour(0.9, 0.5), colour(0.5, 0.1), colour(0.5, 0.9)] };
  });

test.each([
  ['a JPEG', 'image/jpeg', 12_000, 3000, { width: 1024, height: 256 }],
  ['a PNG', 'image/png', 3000, 12_000, { width: 256, height: 1024 }],
  ['a small PNG', 'image/png', 300, 200, { width: 300, height: 200 }],
])('%s of %s, %i x %i pixels', async (_, type, width, height, size) => {
  const { page, problems } = await visit(browser, { path, before: noteBitmaps });
  await reach(page, 1);
  await page.setInputFiles('#photo-files', {
    name: 'wide.jpg',
    mimeType: type,
    buffer: await imageOf(page, type, width, height),
  });
  await page.waitForSelector('#photo-image[src^="blob:"]');
  expect(await shownPhoto(page)).toMatchObject({ ...size, colours: ['red', 'blue', expect.anything(), expect.anything()] });
  const bitmaps = await page.evaluate(() => (window as unknown as { bitmaps: number[] }).bitmaps);
  expect(Math.max(...bitmaps)).toBeLessThan(2000); // the pictures that were drawn ahead lie on a sheet of 1440
  const images = await page.evaluate(() =>
    [...document.images].map((image) => Math.max(image.naturalWidth, image.naturalHeight)),
  );
  expect(Math.max(...images)).toBeLessThanOrEqual(1024);
  expect(problems).toEqual([]);
});

test('one that says how it is to be turned is upright', async () => {
  const { page } = await visit(browser, { path });
  await reach(page, 1);
  const jpeg = turned(await imageOf(page, 'image/jpeg', 4096, 1024));
  await page.setInputFiles('#photo-files', { name: 'turned.jpg', mimeType: 'image/jpeg', buffer: jpeg });
  await page.waitForSelector('#photo-image[src^="blob:"]');
  expect(await shownPhoto(page)).toEqual({ width: 256, height: 1024, colours: expect.arrayContaining(['red', 'blue']) });
  expect((await shownPhoto(page)).colours.slice(2)).toEqual(['red', 'blue']);
});
