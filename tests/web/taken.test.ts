/** Numbers that cannot be: which was taken instead is said beside the field, with what may be. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finished, launch, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const fields: [name: string, typed: string, taken: string, sentence: string][] = [
  ['size', '5000', '1024', 'The size is an even number from 64 to 1,024: 1024 was taken.'],
  ['size', '101', '102', 'The size is an even number from 64 to 1,024: 102 was taken.'],
  ['steps', '0', '1', 'The number of steps is from 1 to 2,000: 1 was taken.'],
  ['crops', '64', '32', 'The number of crops is from 1 to 32: 32 was taken.'],
  ['crops', '', '4', 'The number of crops is from 1 to 32: 4 was taken.'],
  ['cropSize', '7', '32', 'The crop size is from 32 to 512: 32 was taken.'],
  ['finer', '9', '2', 'The number of refinements is from 0 to 2: 2 was taken.'],
  ['seed', '-1', '0', 'The seed is a whole number from 0 to 4,294,967,295: 0 was taken.'],
];

test('each field says its range and what was taken, until another number stands there', async () => {
  const { page, problems } = await visit(browser, { path: `#layer=blocks.3.2&unit=1&${smallRecipe}` });
  await finished(page);
  await page.click('#advanced > summary');
  for (const [name, typed, taken, sentence] of fields) {
    const line = `[data-taken~=${name}]`;
    await page.fill(`[name=${name}]`, typed);
    await page.press(`[name=${name}]`, 'Tab');
    expect(await text(page, line)).toBe(sentence);
    expect(await page.isVisible(line)).toBe(true);
    expect(await page.inputValue(`[name=${name}]`)).toBe(taken);
  }
  await page.fill('[name=seed]', '5');
  await page.press('[name=seed]', 'Tab');
  expect(await page.isVisible('[data-taken~=seed]')).toBe(false);
  await page.goto(`${page.url().replace(/#.*/, '')}#layer=blocks.3.2&unit=2&${smallRecipe}`);
  await expect.poll(() => text(page, '#title')).toBe('Unit 2');
  expect(await page.isVisible('[data-taken~=finer]')).toBe(false);
  expect(problems).toEqual([]);
});

test('what is said moves no button away from under the pointer', async () => {
  const { page } = await visit(browser, { path: `#unit=985&${smallRecipe}` });
  await finished(page);
  await page.click('#advanced > summary');
  await page.click('[name=steps]');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('0');
  await page.click('#start');
  await expect.poll(() => page.url()).toContain('steps=1&');
  expect(await text(page, '[data-taken~=steps]')).toMatch(/: 1 was taken\.$/);
  expect(await page.isVisible('[data-taken~=steps]')).toBe(true);
});

test('a unit that is not there is the nearest, and one that is no number the same', async () => {
  const { page } = await visit(browser, { path: `#layer=blocks.3.2&unit=1&${smallRecipe}` });
  await finished(page);
  const line = '[data-taken=unit-number]';
  await page.fill('#unit-number', '');
  await page.press('#unit-number', 'Tab');
  expect(await page.inputValue('#unit-number')).toBe('1');
  expect(await text(page, line)).toMatch(/^The unit is from 0 to \d+: 1 was taken\.$/);
  await page.fill('#unit-number', '99999');
  await page.press('#unit-number', 'Tab');
  await expect.poll(() => text(page, line)).toMatch(/^The unit is from 0 to (\d+): \1 was taken\.$/);
  await expect.poll(() => text(page, '#title')).toMatch(/^Unit \d\d+$/);
  expect(await page.isVisible(line)).toBe(true);
  await page.click('#previous');
  await expect.poll(() => page.isVisible(line)).toBe(false);
});
