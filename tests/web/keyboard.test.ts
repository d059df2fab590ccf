/** The first screen by the keyboard alone; and where the focus is once what had it is gone. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finished, launch, picture, reach, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const long = path.replace('steps=16', 'steps=4000');

/** The id of what has the focus, or what it is. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const { id, localName, ariaLabel, textContent } = document.activeElement!;
    return id || `${localName} ${ariaLabel ?? textContent}`;
  });

const isVisible = (page: Page) => page.evaluate(() => document.activeElement!.checkVisibility({ visibilityProperty: true }));

/** By Tab alone. */
async function tabTo(page: Page, id: string): Promise<void> {
  for (let i = 0; i < 120 && (await focused(page)) !== id; i++) await page.keyboard.press('Tab');
  expect(await focused(page)).toBe(id);
}

test('every control of the first screen is reached and does what it does', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const shown = await page.locator('button, select, input, a, summary').evaluateAll((all) =>
    all
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !(element as HTMLButtonElement).disabled)
      .filter((element) => element.getBoundingClientRect().bottom < innerHeight && element.id)
      .map(({ id }) => id),
  );
  expect(shown.length).toBeGreaterThan(8);
  const missing = new Set(shown);
  for (let i = 0; i < 120 && missing.size > 0; i++) {
    await page.keyboard.press('Tab');
    missing.delete(await focused(page));
    expect(await isVisible(page)).toBe(true);
  }
  expect([...missing]).toEqual([]);

  const before = await picture(page);
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await tabTo(page, 'scrub-range');
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => text(page, '#scrub-words')).toMatch(/^step (\d|1[0-5]) of 16$/); // slow machines skip frames
  await page.keyboard.press('End');
  await expect.poll(() => picture(page)).toBe(before);
  await tabTo(page, 'transparency');
  await page.keyboard.press('Space');
  await expect.poll(() => page.getAttribute('#transparency', 'aria-pressed')).toBe('true');
  await tabTo(page, 'to-trust');
  await page.keyboard.press('Enter');
  expect(await page.locator('#trust').getAttribute('open')).not.toBeNull();
  expect(await focused(page)).toMatch(/^summary How far/);
  expect(problems).toEqual([]);
});

test('the focus stays beside a button that ends what it was for', async () => {
  const { page } = await visit(browser, { path: long });
  await reach(page, 2);
  await tabTo(page, 'stop');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.isDisabled('#stop')).toBe(true);
  expect(await focused(page)).toBe('another');
  await page.keyboard.press('Shift+Tab');
  expect(await focused(page)).toBe('pause'); // which now goes on
});

test('it stays when the picture is finished under it', async () => {
  const { page } = await visit(browser, { path: path.replace('steps=16', 'steps=64') });
  await reach(page, 1);
  await page.focus('#pause');
  await finished(page);
  await expect.poll(() => focused(page)).toBe('another');
});

test('it comes back from the dialog of a past picture, and stays when that is removed, and all of them', async () => {
  const { page } = await visit(browser, { path });
  await finished(page);
  const more = page.locator('#history-list [aria-label^="More about"]');
  await more.first().focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#past[open]');
  await page.keyboard.press('Escape');
  await expect.poll(() => focused(page)).toMatch(/^button More about daisy/);
  await page.evaluate(() => (document.activeElement as HTMLElement).blur()); // as browsers do that focus no button by a click
  await more.first().evaluate((button) => (button as HTMLElement).click());
  await page.waitForSelector('#past[open]');
  await page.click('#past-close');
  await page.evaluate(() => document.getElementById('status')!.classList.toggle('none')); // whatever changes next
  expect(await focused(page)).toMatch(/^body/);
  await more.first().focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#past[open]');
  await tabTo(page, 'past-remove');
  await page.keyboard.press('Enter');
  await expect.poll(() => more.count()).toBe(0);
  expect(await focused(page)).not.toMatch(/^body/);
  expect(await isVisible(page)).toBe(true);
});

test('it stays when what failed is tried again', async () => {
  let fails = true;
  const { page } = await visit(browser, {
    path,
    before: (page) => page.route('**/*.onnx', (route) => (fails ? route.abort() : route.continue())),
  });
  await page.waitForSelector('#alert button');
  expect(await text(page, '#alert')).toMatch(/^http/);
  const { y, height } = (await page.locator('#alert button').boundingBox())!;
  expect(y + height).toBeLessThanOrEqual(800); // in view
  fails = false;
  await page.focus('#alert button');
  await page.keyboard.press('Enter');
  await finished(page);
  expect(await focused(page)).not.toMatch(/^body/);
  expect(await isVisible(page)).toBe(true);
});

test('the sheet of a phone opens and closes', async () => {
  const { page } = await visit(browser, { path, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await finished(page);
  await tabTo(page, 'choose');
  await page.keyboard.press('Enter');
  expect(await focused(page)).toBe('choose-close'); // in the handle that is dragged otherwise
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('model');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Space');
  await expect.poll(() => page.isVisible('#model')).toBe(false);
  expect(await focused(page)).toBe('choose');
});
