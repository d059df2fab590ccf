/** The pages (html) of web/docs/, opened as they stand there, with the package beside them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch } from './browser';
import { article } from './element';

const docs = resolve(import.meta.dirname, '../../web/docs');
const pages = readdirSync(docs)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) =>
    [...readFileSync(join(docs, name), 'utf8').matchAll(/^```html\n(.*?)^```/gms)].map(([, html]) => [name, html!] as const),
  );

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

test('there are pages in the docs', () => expect(pages.length).toBeGreaterThan(4));

/** A canvas of the page, or in its element, that has a picture. */
const isDrawn = () => {
  const canvases = [...document.querySelectorAll<HTMLElement>('canvas, phase-lens')].map(
    (element) => element.shadowRoot?.querySelector('canvas') ?? (element as HTMLCanvasElement),
  );
  return canvases.every((canvas) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, i) => i % 4 < 3 && value > 0);
  });
};

test.each(pages)('%s: a page shows its picture', async (_, html) => {
  const { page, problems, uncaught } = await article(browser, '', { html });
  await expect.poll(() => page.evaluate(isDrawn), { timeout: 60_000 }).toBe(true);
  const missing = /404|willReadFrequently/; // the poster that the reader will have made
  expect(problems.filter((text) => !missing.test(text))).toEqual([]);
  expect(await uncaught()).toEqual([]);
  await page.context().close();
});
