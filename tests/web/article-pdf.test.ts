/** The article on paper: as a PDF its text is text and its posters are there; every figure is whole, and nothing is to be pressed. */
import { inflateSync } from 'node:zlib';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useWholeSite } from './whole-site';

const site = useWholeSite();

/** On a dark screen, where nothing moves. */
async function read(options: BrowserContextOptions = {}): Promise<Page> {
  const still = { viewport: { width: 1000, height: 800 }, colorScheme: 'dark', reducedMotion: 'reduce' } as const;
  const page = await (await site.browser.newContext({ ...still, ...options })).newPage();
  await page.goto(`${site.url}article/index.html`);
  return page;
}

/** Of the pages and what is on them; streams are deflated, and so may be the objects themselves. */
function insideOf(pdf: Buffer): string {
  const text = pdf.toString('latin1');
  const streams = [...text.matchAll(/stream\r?\n/g)].map(({ index, 0: { length } }) => {
    const end = text.indexOf('endstream', index);
    try {
      return inflateSync(pdf.subarray(index + length, end)).toString('latin1');
    } catch {
      return ''; // an image that is no Flate stream
    }
  });
  return [text, ...streams].join('\n');
}

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

test('its pages have text and the posters, and are not many', async () => {
  const page = await read();
  const wanted = await page.locator('figure img:visible').count();
  const inside = insideOf(await page.pdf({ format: 'A4' }));
  const pages = count(inside, /\/Type ?\/Page\b/g);
  expect(pages).toBeGreaterThan(5);
  expect(pages).toBeLessThan(13);
  expect(count(inside, /\/Subtype ?\/Image\b/g)).toBeGreaterThanOrEqual(wanted / 2); // some stand there twice
  expect(count(inside, /\/ToUnicode\b/g)).toBeGreaterThan(0); // which is what makes text selectable
  await page.context().close();
});

test('on paper each figure is whole, smaller than a page and without what is only for a screen', async () => {
  const page = await read();
  await page.setViewportSize({ width: 672, height: 986 }); // A4 within its margins
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  const figures = await page.locator('.article figure:visible').evaluateAll((all) =>
    all.map((figure) => {
      const caption = figure.querySelector('figcaption')!;
      const size = (element: Element) => Number.parseFloat(getComputedStyle(element).fontSize);
      const { height } = figure.getBoundingClientRect();
      return {
        cut: getComputedStyle(figure).breakInside !== 'avoid',
        high: height > 986,
        large: size(caption) > size(document.body),
      };
    }),
  );
  expect(figures.length).toBeGreaterThan(8);
  expect(figures).toEqual(figures.map(() => ({ cut: false, high: false, large: false })));
  expect(await page.isVisible('#figure-scale')).toBe(false); // a table that is still empty
  expect(await page.locator('.article').locator('button:visible, input:visible, select:visible').count()).toBe(0);
  await page.context().close();
});

test('a chart that was drawn on a dark screen is drawn anew for paper', async () => {
  const page = await read({ reducedMotion: 'no-preference' });
  await page.locator('#figure-power').scrollIntoViewIfNeeded();
  const chart = page.locator('#figure-power .uplot canvas');
  await chart.waitFor({ timeout: 90_000 });
  /** Pixels of the grid, as it is on a dark screen, each beside another: at the edge of a letter one may have that colour by itself. */
  const dark = () =>
    chart.evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      const pixels = Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 4).join());
      return pixels.filter((pixel, i) => pixel === '42,45,48,255' && pixel === pixels[i + 1]).length;
    });
  await expect.poll(dark).toBeGreaterThan(100);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await expect.poll(dark).toBe(0);
  await page.context().close();
});
