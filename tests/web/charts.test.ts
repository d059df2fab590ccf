/** Charts say what they show: every word of theirs is seen whole, and none lies under another. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finished, launch, smallRecipe, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

interface Word {
  text: string;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Keeps, for every canvas, the words of its latest drawing, with their places in its pixels. */
const noteWords = (page: Page) =>
  page.addInitScript(() => {
    const words = new WeakMap<Element, Word[]>();
    const { clearRect, fillText } = CanvasRenderingContext2D.prototype;
    Object.assign(CanvasRenderingContext2D.prototype, {
      clearRect(this: CanvasRenderingContext2D, ...box: Parameters<typeof clearRect>) {
        words.set(this.canvas, []);
        clearRect.apply(this, box);
      },
      fillText(this: CanvasRenderingContext2D, ...given: Parameters<typeof fillText>) {
        const [text, x, y] = given;
        const { actualBoundingBoxLeft, actualBoundingBoxRight, actualBoundingBoxAscent, actualBoundingBoxDescent } =
          this.measureText(text);
        const transform = this.getTransform();
        const corners = [x - actualBoundingBoxLeft, x + actualBoundingBoxRight].flatMap((x) =>
          [y - actualBoundingBoxAscent, y + actualBoundingBoxDescent].map((y) => transform.transformPoint({ x, y })),
        );
        const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
        const place = { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
        if (text.trim()) words.get(this.canvas)?.push({ text, ...place });
        fillText.apply(this, given);
      },
    });
    Object.assign(window, { words });
  });

/** Of the canvas in a box: its words, and how its pixels lie on the page. */
const chartIn = (page: Page, box: string) =>
  page.evaluate((box) => {
    const parent = document.querySelector(box)!;
    const canvas = parent.querySelector('canvas')!;
    const { width, height } = canvas.getBoundingClientRect();
    const seen = { width: parent.clientWidth, height: parent.clientHeight };
    const words = (window as unknown as { words: WeakMap<Element, Word[]> }).words.get(canvas)!;
    const scale = { x: width / canvas.width, y: height / canvas.height };
    return { words, scale, seen };
  }, box);

async function check(page: Page, box: string, labels: string[]): Promise<void> {
  const { words, scale, seen } = await chartIn(page, box);
  expect(words.map(({ text }) => text)).toEqual(expect.arrayContaining(labels));
  expect(scale.x).toBeCloseTo(scale.y, 3); // not squeezed
  for (const word of words) {
    const inside = [
      word.left >= 0,
      word.right * scale.x <= seen.width + 0.5,
      word.top >= 0,
      word.bottom * scale.y <= seen.height + 0.5,
    ];
    expect([word.text, ...inside]).toEqual([word.text, true, true, true, true]);
  }
  const under = words.flatMap((a, i) => words.slice(i + 1).map((b) => [a, b] as const)).filter(([a, b]) => meet(a, b));
  expect(under.map(([a, b]) => `${a.text} and ${b.text}`)).toEqual([]);
}

const meet = (a: Word, b: Word): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const scaled = (weight: number) => encodeURIComponent(JSON.stringify({ kind: 'logit', unit: 985, weight }));

test.each([1280, 390])('at %i pixels, for scores of any size', async (width) => {
  const { page, problems } = await visit(browser, {
    path: `#unit=985&${smallRecipe}`,
    viewport: { width, height: 844 },
    before: noteWords,
  });
  await finished(page);
  await check(page, '#chart', ['step', 'score', '10']);
  await page.click('#waves > summary');
  await page.waitForFunction(() => /times the photo/.test(document.getElementById('power')!.ariaLabel ?? ''));
  await check(page, '#power', ['cycles per 256 pixels', 'power']);
  expect((await chartIn(page, '#power')).words.map(({ text }) => text)).not.toContain('0'); // no logarithm is that low
  for (const weight of [-3000, 0.0001]) {
    await page.evaluate((hash) => (location.hash = hash), `#objective=${scaled(weight)}&${smallRecipe}`);
    await page.waitForFunction((part) => document.getElementById('where')!.textContent!.includes(part), 'objective');
    await finished(page);
    await check(page, '#chart', ['step', 'score']);
  }
  expect(problems).toEqual([]);
});
