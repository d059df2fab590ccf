/** How far the page is with what it fetches: never nothing of something, never more than there is. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finished, launch, smallRecipe, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

/** Every text that stands in the picture's place before it is there, with how far the bar is. */
const noteWaiting = (page: Page) =>
  page.addInitScript(() => {
    const told: [string, string | null][] = [];
    Object.assign(window, { told });
    addEventListener('DOMContentLoaded', () => {
      const [words, bar] = [document.getElementById('waiting-text')!, document.getElementById('progress')!];
      new MutationObserver(() => told.push([words.textContent!, bar.getAttribute('aria-valuenow')])).observe(words, {
        childList: true,
      });
    });
  });

test('the model and the magnitude are told by bytes of all bytes', async () => {
  const { page } = await visit(browser, { path: `#${smallRecipe}`, before: noteWaiting });
  await finished(page);
  const told = await page.evaluate(() => (window as unknown as { told: [string, string | null][] }).told);
  const texts = told.map(([text]) => text);
  expect(
    texts.filter((text) => /^Loading EfficientNet-Lite0, [1-9][\d.]* (bytes|kB|MB) of 9\.5 MB$/.test(text)).length,
  ).toBeGreaterThan(0);
  expect(texts).toContain('Loading the magnitude of photos, 24 kB of 24 kB');
  expect(texts.filter((text) => /\b0\.0\b/.test(text))).toEqual([]);
  const places = told.filter(([text]) => text.startsWith('Loading EfficientNet')).map(([, at]) => Number(at));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(Math.max(...places)).toBeLessThanOrEqual(1);
});

test('one step is no steps', async () => {
  const { page } = await visit(browser, { path: `#${smallRecipe.replace('steps=16', 'steps=1')}` });
  await page.waitForFunction(() => / 1 step in /.test(document.getElementById('status')!.textContent!));
  await expect.poll(() => page.locator('#history-list button').first().getAttribute('aria-label')).toMatch(/, 1 step\b/);
  expect(await page.evaluate(() => document.body.innerHTML.match(/\b1 steps\b/))).toBeNull();
});
