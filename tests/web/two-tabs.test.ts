/** Two tabs beside each other know the same models and choices. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drop, finished, launch, smallRecipe, text, visit } from './browser';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const models = (page: Page) => page.locator('#model option').allTextContents();
const both = ['EfficientNet-Lite0', 'small.onnx (your file)'];

async function choose(page: Page, index: number, name: string): Promise<void> {
  await page.selectOption('#model', { index });
  await expect.poll(() => text(page, '#where')).toContain(name);
  await finished(page);
}

test('a model that one opens is in the list of the other, with what was chosen last, until one of them forgets it', async () => {
  const { page: one, problems } = await visit(browser, { path });
  await finished(one);
  const other = await one.context().newPage();
  await other.goto(one.url());
  await finished(other);

  await drop(one, 'small.onnx', smallModel());
  await expect.poll(() => models(other)).toEqual(both);
  await expect.poll(() => text(one, '#kept')).toMatch(/^Remembered/);
  await choose(one, 0, 'EfficientNet-Lite0');

  await choose(other, 1, 'small.onnx');
  await other.selectOption('#normalization', 'unit');
  await expect.poll(() => other.inputValue('#normalization')).toBe('unit');
  await other.waitForTimeout(500); // it is kept and told
  await choose(one, 1, 'small.onnx');
  expect(await one.inputValue('#normalization')).toBe('unit');

  await one.click('#forget');
  await expect.poll(() => models(one)).toEqual(['EfficientNet-Lite0']);
  await expect.poll(() => text(other, '#kept')).toMatch(/^Not remembered: it was forgotten in another tab\. It works until/);
  await other.click('#another');
  await finished(other);
  expect(await text(other, '#where')).toContain('small.onnx');
  await choose(other, 0, 'EfficientNet-Lite0');
  expect(problems).toEqual([]);
});
