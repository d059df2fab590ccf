/** A picture that goes on at a larger size: it stays what it is, and its link makes it again. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { again, drop, finished, launch, picture, reach, saved, seen, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const side = (page: Page) => page.evaluate(() => document.querySelector('canvas')!.width);
const hash = (page: Page) => new URL(page.url()).hash;

test('goes on with the picture on show, once and twice, and says before how long it takes', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 2);
  expect(await page.isDisabled('#finer')).toBe(true);
  await finished(page);
  const before = await seen(page);
  expect(await text(page, '#finer')).toMatch(/^Finer, about \d+ (s|min)$/);
  const once = await again(page, () => page.click('#finer'));
  expect((await seen(page)).slice(0, before.length)).toEqual(before); // nothing began anew
  expect(await text(page, '#step')).toBe('48 / 48');
  expect(await side(page)).toBe(154);
  expect(hash(page)).toMatch(/&finer=1$/);

  const linked = await visit(browser, { path: hash(page) });
  await finished(linked.page);
  expect(await picture(linked.page)).toBe(once);
  expect(await linked.page.isChecked('input[value=custom]')).toBe(true);

  await again(page, () => page.click('#finer'));
  expect(await text(page, '#step')).toBe('80 / 80');
  expect(await side(page)).toBe(246);
  expect(await page.isDisabled('#finer')).toBe(true);
  await page.goBack();
  await finished(page);
  expect([...problems, ...linked.problems]).toEqual([]);
});

test('a checkpoint of the finer picture goes on with it to the same end', async () => {
  const { page, problems } = await visit(browser, { path: `${path}&finer=1` });
  await reach(page, 18);
  await page.click('#pause');
  await page.click('#more summary');
  const { data } = await saved(page);
  await page.click('#pause');
  await finished(page);

  const other = await visit(browser, { path: path.replace('985', '340') });
  await finished(other.page);
  await drop(other.page, 'finer.checkpoint', data);
  await expect.poll(() => text(other.page, '#title')).toBe('daisy');
  await expect.poll(() => text(other.page, '#step')).toBe('48 / 48');
  await finished(other.page);
  expect(await picture(other.page)).toBe(await picture(page));
  expect([...problems, ...other.problems]).toEqual([]);
});

test('another seed is another picture, at once as fine', async () => {
  const { page } = await visit(browser, { path: `${path}&finer=1` });
  await finished(page);
  const first = await picture(page);
  expect(await again(page, () => page.click('#another'))).not.toBe(first);
  expect(await side(page)).toBe(154);
  expect(hash(page)).toMatch(/&finer=1$/);
});
