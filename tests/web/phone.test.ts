/** On a phone, choices open over the lower half of the window, or beside the picture in landscape. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finished, launch, smallRecipe, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const touch = { isMobile: true, hasTouch: true };

const boxOf = async (page: Page, selector: string) => (await page.locator(selector).boundingBox())!;
const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);

test.each([
  { width: 390, height: 844 },
  { width: 360, height: 640 },
  { width: 844, height: 390 },
])('choices leave the picture in view at $width x $height', async (viewport) => {
  const { page, problems } = await visit(browser, { path, viewport, ...touch });
  await finished(page);
  expect(await page.isVisible('#model')).toBe(false);
  await page.click('#choose');
  await expect
    .poll(async () => (await boxOf(page, '#controls')).y)
    .toBe(viewport.width > viewport.height ? 0 : viewport.height / 2);
  await expect
    .poll(async () => (await boxOf(page, '#controls')).x)
    .toBe(viewport.width > viewport.height ? viewport.width / 2 : 0);
  const [picture, choices] = [await boxOf(page, '#canvas'), await boxOf(page, '#controls')];
  expect(picture.y).toBeGreaterThanOrEqual(0);
  expect(picture.y + picture.height).toBeLessThanOrEqual(viewport.height);
  expect(picture.y + picture.height <= choices.y || picture.x + picture.width <= choices.x).toBe(true);
  expect(problems).toEqual([]);
});

test('focus goes in and comes back, and what lies behind is out of reach', async () => {
  const { page } = await visit(browser, { path, viewport: { width: 390, height: 844 }, ...touch });
  await finished(page);
  await page.click('#choose');
  expect(await focused(page)).toBe('choose-close');
  expect(await page.locator('.stage').evaluate((stage) => (stage as HTMLElement).inert)).toBe(true);
  await page.keyboard.press('Escape');
  expect(await focused(page)).toBe('choose');
  expect(await page.locator('.stage').evaluate((stage) => (stage as HTMLElement).inert)).toBe(false);
  await page.click('#choose');
  await page.mouse.click(195, 150); // the picture
  await expect.poll(() => page.isVisible('#model')).toBe(false);
  await page.click('#choose');
  await page.click('#choose-close');
  await expect.poll(() => page.isVisible('#model')).toBe(false);
});
