/** Models of one's own stay until they are forgotten. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drop, finished, launch, reach, smallRecipe, text, visit } from './browser';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#${smallRecipe}`;
const models = (page: Page) => page.locator('#model option').allTextContents();

/** Opens a small model and waits until its picture is there. */
async function openSmall(page: Page, name = 'small.onnx'): Promise<void> {
  await reach(page, 1);
  await drop(page, name, smallModel());
  await expect.poll(() => text(page, '#where')).toContain(name);
  await finished(page);
}

test('a model is there again after a reload, with its normalization and its link, until it is forgotten', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  expect(await page.isVisible('#forget')).toBe(false);
  await openSmall(page);
  await expect.poll(() => text(page, '#kept')).toMatch(/^Remembered in this browser, \d+(\.\d)? [kM]B\.$/);
  const before = await text(page, '#score');
  await page.selectOption('#normalization', { label: '0 to 255' });
  await page.waitForFunction((before) => document.getElementById('score')!.textContent !== before, before);
  await page.click('#next');
  await expect.poll(() => text(page, '#title')).toBe('Unit 1');
  await finished(page);
  const score = await text(page, '#score');
  const link = page.url();

  await page.reload();
  await expect.poll(() => text(page, '#where')).toContain('small.onnx');
  await finished(page);
  expect(page.url()).toBe(link);
  expect(await page.isVisible('#alert')).toBe(false);
  expect(await page.inputValue('#normalization')).toBe('bytes');
  expect(await text(page, '#score')).toBe(score);
  expect(await text(page, '#kept')).toMatch(/^Remembered/);

  const other = await page.context().newPage();
  await other.goto(link.replace(/#.*/, path));
  await reach(other, 1);
  expect(await models(other)).toEqual(['EfficientNet-Lite0', 'small.onnx (your file)']);
  await other.close();

  await page.focus('#forget');
  await page.keyboard.press('Enter');
  await expect.poll(() => models(page)).toEqual(['EfficientNet-Lite0']);
  await expect.poll(() => text(page, '#where')).toContain('EfficientNet-Lite0');
  expect(await page.evaluate(() => document.activeElement!.id)).toBe('model');
  expect(await page.isVisible('#own')).toBe(false);
  await finished(page);
  await page.evaluate((link) => history.replaceState(null, '', link), link);
  await page.reload();
  await finished(page);
  expect(await models(page)).toEqual(['EfficientNet-Lite0']);
  expect(await text(page, '#alert')).toMatch(/small\.onnx, a file .*: open it again/);
  expect(problems).toEqual([]);
});

test('a file of the same name takes the place of the one before, with what was chosen for it', async () => {
  const { page, problems } = await visit(browser, { path });
  await openSmall(page);
  await page.selectOption('#normalization', { label: '0 to 1' });
  await expect.poll(() => page.inputValue('#normalization')).toBe('unit');
  await finished(page);
  await drop(page, 'small.onnx', smallModel({ fixed: true }));
  await expect.poll(() => text(page, '#kept')).toMatch(/^Remembered in this browser, 0\.1 MB\.$|^Remembered/);
  await finished(page);
  expect(await page.inputValue('#normalization')).toBe('unit');
  await page.reload();
  await expect.poll(() => text(page, '#where')).toContain('small.onnx');
  expect(await models(page)).toEqual(['EfficientNet-Lite0', 'small.onnx (your file)']);
  await page.click('#layer');
  expect(await text(page, '#layer-list')).toContain('flat');
  expect(problems).toEqual([]);
});

const broken: [string, () => void, RegExp][] = [
  [
    'no room',
    () => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('Full.', 'QuotaExceededError');
      };
    },
    /^Not remembered: this browser has no room left for it\. It works until this page is closed\.$/,
  ],
  [
    'no storage at all',
    () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('Private.', 'SecurityError');
      };
    },
    /^Not remembered: this browser does not let the page keep files\. It works until this page is closed\.$/,
  ],
  [
    'a database that never answers',
    () => {
      IDBFactory.prototype.open = () => ({}) as IDBOpenDBRequest;
    },
    /^Not remembered: this browser does not let the page keep files\. It works until this page is closed\.$/,
  ],
];

test.each(broken)('with %s a model works for the visit, and the page says so', async (_, spoil, sentence) => {
  const { page, problems } = await visit(browser, { path, before: (page) => page.addInitScript(spoil) });
  await openSmall(page);
  await expect.poll(() => text(page, '#kept')).toMatch(sentence);
  await page.selectOption('#model', { index: 0 });
  await expect.poll(() => text(page, '#where')).toContain('EfficientNet-Lite0');
  await page.selectOption('#model', { index: 1 });
  await expect.poll(() => text(page, '#where')).toContain('small.onnx');
  await finished(page);
  await page.selectOption('#normalization', { label: '0 to 1' });
  await expect.poll(() => text(page, '#kept')).toMatch(sentence);
  await page.click('#forget');
  await expect.poll(() => models(page)).toEqual(['EfficientNet-Lite0']);
  expect(problems).toEqual([]);
});
