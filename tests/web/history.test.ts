/** Pictures that were made are there later, also those of a tab that was killed; without a database the page works as well. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drop, finished, launch, picture, reach, smallRecipe, text, visit } from './browser';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const long = path.replace('steps=16', 'steps=400');

const labels = (page: Page) =>
  page.locator('#history-list li button:first-child').evaluateAll((buttons) => buttons.map(({ ariaLabel }) => ariaLabel));

test('a finished picture is in the strip, also of another tab, and opens to the same bits', async () => {
  const { page, problems } = await visit(browser, { path });
  const other = await page.context().newPage();
  await other.goto(page.url().replace(/#.*/, path.replace('985', '340')));
  await finished(page);
  await finished(other);
  const bits = await picture(page);
  const link = page.url();
  await expect.poll(() => labels(page)).toHaveLength(2);
  await expect.poll(() => labels(other)).toHaveLength(2);
  expect((await labels(page)).sort()).toEqual([
    expect.stringMatching(/^Open daisy, seed 1, score \d+\.\d\d, 16 steps$/),
    expect.stringMatching(/^Open zebra, seed 1, score \d+\.\d\d, 16 steps$/),
  ]);
  await page.click('#next');
  await page.waitForFunction((link) => location.href !== link, link);
  await finished(page);
  await page.click('#history-list [aria-label^="Open daisy, seed 1"]');
  await expect.poll(() => text(page, '#title')).toBe('daisy');
  await finished(page);
  expect(await picture(page)).toBe(bits);
  expect(page.url()).toBe(link);
  expect(await labels(page)).toHaveLength(3); // the same picture is there once
  expect(problems).toEqual([]);
});

test('a picture is compared, varied and removed, and all of them are cleared', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  await page.click('#another');
  await page.waitForFunction(() => !location.hash.includes('seed=1&'));
  await finished(page);
  await expect.poll(() => labels(page)).toHaveLength(2);
  await page.click('#history-list li:last-child [aria-label^="More about daisy, seed 1,"]');
  await page.waitForSelector('#past[open]');
  expect(await text(page, '#past-title')).toBe('daisy');
  await page.selectOption('#past-others', { index: 1 });
  await page.waitForSelector('#past-other:not([hidden]) img');
  expect(await text(page, '#past-one figcaption')).toMatch(/^daisy, seed 1, score \d+\.\d\d, 16 steps/);
  expect(await text(page, '#past-other figcaption')).toMatch(/^daisy, seed \d+, score \d+\.\d\d, 16 steps/);
  const sizes = await page
    .locator('#past img')
    .evaluateAll((all) => all.map((image) => (image as HTMLImageElement).naturalWidth));
  expect(sizes).toEqual([96, 96]);
  await page.keyboard.press('Escape');
  await page.click('#history-list li:last-child [aria-label^="More about"]');
  await page.click('#past-fork');
  await expect.poll(() => labels(page)).toHaveLength(3);
  await finished(page);
  expect(await text(page, '#title')).toBe('daisy');
  await page.click('#history-list li:last-child [aria-label^="More about"]');
  await page.click('#past-remove');
  await expect.poll(() => labels(page)).toHaveLength(2);
  await page.click('#history-clear');
  await expect.poll(() => labels(page)).toHaveLength(0);
  expect(await text(page, '#history-words')).toBe('Your pictures will be kept here, in this browser.');
  expect(problems).toEqual([]);
});

test('a tab that is killed leaves its picture, which goes on to the bits of one that was not', async () => {
  const whole = await visit(browser, { path: long });
  await finished(whole.page);
  const bits = await picture(whole.page);
  await whole.page.context().close();

  const { page } = await visit(browser, { path: long });
  await reach(page, 4);
  await expect.poll(() => labels(page)).toHaveLength(1);
  const url = page.url();
  const next = await page.context().newPage();
  await page.close({ runBeforeUnload: false });
  await next.goto(url.replace(/#.*/, path.replace('985', '340')));
  await finished(next);
  await next.click('#history-list [aria-label^="Continue daisy"]');
  await expect.poll(() => text(next, '#title')).toBe('daisy');
  await finished(next);
  expect(next.url()).toBe(url);
  const look = () => {
    const canvas = document.querySelector('canvas')!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    let hash = 2166136261;
    for (const value of data) hash = Math.imul(hash ^ value, 16777619);
    return (hash >>> 0).toString(16);
  };
  expect(await next.evaluate(look)).toBe(bits);
});

test('what is not here is said, and nothing else is shown instead', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  await drop(page, 'small.onnx', smallModel());
  await expect.poll(() => text(page, '#where')).toContain('small.onnx');
  await finished(page);
  await expect.poll(async () => (await labels(page)).some((label) => label?.startsWith('Open Unit 0, seed 1'))).toBe(true);
  await page.click('#forget');
  await expect.poll(() => text(page, '#where')).toContain('EfficientNet-Lite0');
  await finished(page);
  await page.click('#history-list [aria-label^="Open Unit 0, seed 1"]');
  await expect.poll(() => text(page, '#alert')).toBe('“Unit 0” is of small.onnx, which is not here: open that file first.');
  expect(await text(page, '#where')).toContain('EfficientNet-Lite0');
  expect(problems).toEqual([]);
});

test.each([
  ['never answers', () => Object.defineProperty(IDBFactory.prototype, 'open', { value: () => ({}) })],
  ['is forbidden', () => Object.defineProperty(window, 'indexedDB', { get: () => undefined })],
])('a database that %s is not waited for', async (_, spoil) => {
  const { page, problems } = await visit(browser, { path, before: (page) => page.addInitScript(spoil) });
  await finished(page);
  await expect.poll(() => text(page, '#history-words')).toBe('This browser does not let the page keep your pictures.');
  await page.click('#next');
  await expect.poll(() => text(page, '#title')).not.toBe('daisy');
  await finished(page);
  expect(problems).toEqual([]);
});
