/** What a visitor sees without scrolling: the picture, what it stands for, what is happening, what can be tried. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { again, drop, finished, launch, smallRecipe, text, visit } from './browser';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;

/** Which of these lie whole within the window. */
const inWindow = (page: Page, selectors: readonly string[]) =>
  page.evaluate(
    (selectors) =>
      selectors.filter((selector) => {
        const { top, bottom, height } = document.querySelector(selector)!.getBoundingClientRect();
        return height > 0 && top >= 0 && bottom <= innerHeight;
      }),
    selectors,
  );

const seenFirst = ['#canvas', '#title', '#story', '#pause', '#stop', '#chips button:nth-of-type(3)'];

test.each([
  { width: 1280, height: 800, touch: false },
  { width: 390, height: 844, touch: false },
  { width: 390, height: 844, touch: true },
])('all of it at $width x $height, touch $touch', async ({ touch, ...viewport }) => {
  const { page, problems } = await visit(browser, { path, viewport, isMobile: touch, hasTouch: touch });
  await finished(page);
  expect(await inWindow(page, seenFirst)).toEqual(seenFirst);
  expect(problems).toEqual([]);
});

test.each([
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
])('the picture stays in view while one chooses, at $width x $height', async (viewport) => {
  const { page } = await visit(browser, { path, viewport });
  await finished(page);
  if (await page.isVisible('#choose')) await page.click('#choose');
  await page.locator('#start').scrollIntoViewIfNeeded();
  expect(await inWindow(page, ['#canvas'])).toEqual(['#canvas']);
  if (viewport.width < 900) return;
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight)); // also where one reads, beside it
  expect(await inWindow(page, ['#canvas'])).toEqual(['#canvas']);
  const place = (selector: string) => page.locator(selector).evaluate((element) => element.getBoundingClientRect());
  expect((await place('#waves')).left).toBeGreaterThan((await place('#canvas')).right);
});

test('one sentence says what is done to the image, and to how many values', async () => {
  const { page } = await visit(browser, { path });
  await finished(page);
  expect(await text(page, '#story')).toMatch(/strengths stay .* only their 14,112 positions move.*“daisy”\.$/);
  await again(page, async () => {
    await page.click('#more summary');
    await page.selectOption('[name=parametrization]', 'pixel');
  });
  expect(await text(page, '#story')).toMatch(/^All 27,648 values of the image move.*“daisy”\.$/);
});

test('the network’s first classes are told, where they have names', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const lines = () => page.locator('#verdict-guesses li').allTextContents();
  await expect.poll(lines).toHaveLength(5);
  for (const line of await lines()) expect(line).toMatch(/^\S.* (\d+|under 1) %$/);
  expect(await text(page, '#verdict-title')).toBe('EfficientNet-Lite0 says');
  await drop(page, 'small.onnx', smallModel());
  await expect.poll(() => text(page, '#where')).toContain('small.onnx');
  expect(await page.isVisible('#verdict')).toBe(false);
  expect(problems).toEqual([]);
});
