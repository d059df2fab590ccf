/** More steps of a picture that has ended, or was stopped: it goes on, and its link and its checkpoint come to the same. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromHash, isFurther, toHash } from '../../web/run/hash';
import { canGoOn, furtherBy, type Picture, recipesOf, stagesOf, stepsOf } from '../../web/run/state';
import { again, drop, finished, launch, picture, reach, saved, seen, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const long = path.replace('steps=16', 'steps=60');
const hash = (page: Page) => new URL(page.url()).hash;

test('how a picture is gone on with is in its recipe and its link, in order', () => {
  const once = furtherBy('m', furtherBy('f', recipesOf().quick));
  expect([once.finer, once.onward]).toEqual([1, 'm']);
  const recipe = furtherBy('f', once);
  expect(stagesOf(recipe)).toBe('fmf');
  expect(stepsOf(recipe)).toBe(recipe.steps + 32 + 64 + 32);
  expect(canGoOn('f', recipe)).toBe(false); // it has grown twice
  expect(canGoOn('m', recipe)).toBe(true);
  const shown: Picture = { model: 'tiny', layer: 'a', unit: 1, seed: 1, recipe };
  const view = { transparency: false, compare: false };
  expect(fromHash(toHash(shown, view)).recipe).toMatchObject({ finer: 1, onward: 'mf' });
  expect(isFurther(shown, { ...shown, recipe: once }, view)).toBe(true);
  expect(isFurther(shown, { ...shown, recipe: { ...recipe, onward: 'ff' } }, view)).toBe(false);
  expect(fromHash('#finer=2&onward=mf').recipe.onward).toBeUndefined();
  expect(fromHash('#onward=mx').recipe.onward).toBeUndefined();
});

test('more steps go on with the picture on show, are told before, and come to what the link comes to', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 2);
  expect(await page.isDisabled('#more-steps')).toBe(true);
  await finished(page);
  const before = await seen(page);
  expect(await text(page, '#more-steps')).toMatch(/^More steps, about \d+ (s|min)$/);
  const elapsed = Number.parseFloat(await text(page, '#elapsed'));
  const soon = page.waitForFunction(() => {
    const number = (id: string) => Number.parseFloat(document.getElementById(id)!.textContent!);
    return number('step') > 16 && number('elapsed');
  });
  const more = await again(page, () => page.click('#more-steps'));
  expect(await (await soon).jsonValue()).toBeGreaterThanOrEqual(elapsed); // of all steps, as their number is
  expect((await seen(page)).slice(0, before.length)).toEqual(before); // nothing began anew
  expect(await text(page, '#step')).toBe('80 / 80');
  expect(hash(page)).toMatch(/&onward=m$/);
  const linked = await visit(browser, { path: hash(page) });
  await finished(linked.page);
  expect(await picture(linked.page)).toBe(more);
  expect([...problems, ...linked.problems]).toEqual([]);
});

test('a stopped picture does its own steps first; a checkpoint goes on to the same end', async () => {
  const { page, problems } = await visit(browser, { path: long });
  await reach(page, 3);
  await page.click('#stop');
  await expect.poll(() => text(page, '#status')).toMatch(/^Stopped/);
  await page.click('#more-steps');
  await reach(page, 62);
  await page.click('#pause');
  await page.click('#more summary');
  const { data } = await saved(page);
  await page.click('#pause');
  await finished(page);
  expect(await text(page, '#step')).toBe('124 / 124');

  const other = await visit(browser, { path: path.replace('985', '340') });
  await finished(other.page);
  await drop(other.page, 'more.checkpoint', data);
  await expect.poll(() => text(other.page, '#step')).toBe('124 / 124');
  await finished(other.page);
  expect(await picture(other.page)).toBe(await picture(page));
  expect(await text(other.page, '#status')).toMatch(/^“daisy”, 124 steps in .+ from step \d+ on$/); // nobody knows how long the others took
  expect([...problems, ...other.problems]).toEqual([]);
});
