/** MaCo and Fourier side by side, on the same budget. */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alphas, finished, launch, pictureOf, reach, seen, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const caption = (page: Page, id: string) => text(page, id).then((text) => text.trim());
const beside = (page: Page) => pictureOf(page, '#canvas-beside');
const status = (page: Page, begin: string) =>
  page.waitForFunction((begin) => document.getElementById('status')!.textContent!.startsWith(begin), begin);

/** Notes how far both were, whenever either has moved. */
async function watchBoth(page: Page): Promise<void> {
  await page.evaluate(() => {
    const steps: number[][] = [];
    Object.assign(window, { steps });
    const bars = ['progress', 'progress-beside'].map((id) => document.getElementById(id)!);
    const note = () => steps.push(bars.map((bar) => parseInt(bar.getAttribute('aria-valuetext')?.match(/\d+/)?.[0] ?? '0', 10)));
    for (const bar of bars) new MutationObserver(note).observe(bar, { attributeFilter: ['aria-valuetext'] });
  });
}

test('both begin anew and go step by step in turn, each with the number of its values', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const alone = (await seen(page)).at(-1)!.picture;
  expect(await page.isVisible('#beside')).toBe(false);
  expect(await page.isVisible('#caption')).toBe(false);
  await page.evaluate(() => ((window as unknown as { seen: unknown[] }).seen.length = 0));
  await watchBoth(page);
  await page.click('#compare');
  await status(page, 'Looking for “daisy” by MaCo and by Fourier');
  await finished(page);

  expect(await caption(page, '#caption')).toMatch(/^MaCo · phase only · 14,112 values · score −?\d+\.\d\d$/);
  expect(await caption(page, '#caption-beside')).toMatch(/^Fourier · amplitude and phase · 28,224 values · score −?\d+\.\d\d$/);
  const steps = await page.evaluate(() => (window as unknown as { steps: number[][] }).steps);
  const turns = steps.slice(steps.findIndex(([mine]) => mine === 1));
  for (const [mine = NaN, other = NaN] of turns.slice(1))
    expect(mine - other === 0 || mine - other === 1, `${mine}, ${other}`).toBe(true);
  expect(turns.at(-1)).toEqual([16, 16]);
  expect((await seen(page)).map(({ done }) => done)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));

  expect(await pictureOf(page, '#canvas')).toBe(alone); // who runs beside it makes no difference
  expect(await beside(page)).not.toBe(alone);
  expect(await page.getAttribute('#canvas-beside', 'aria-label')).toMatch(/daisy.*seed 1, by Fourier$/);
  expect(await page.getAttribute('#chart', 'aria-label')).toMatch(/in 16 steps; beside it from .* in 16 steps$/);
  const [first, second] = await Promise.all(['#sheet', '#sheet-beside'].map((id) => page.locator(id).boundingBox()));
  expect(second!.y).toBe(first!.y);
  expect(second!.width).toBe(first!.width);
  expect(problems).toEqual([]);
});

test('a link keeps it, and the same seed gives the same two pictures', async () => {
  const { page, problems } = await visit(browser, { path });
  await page.click('#compare');
  await page.waitForFunction(() => location.hash.includes('compare=1'));
  await finished(page);
  const both = [await pictureOf(page, '#canvas'), await beside(page)];

  const linked = await visit(browser, { path: new URL(page.url()).hash, viewport: { width: 360, height: 740 } });
  await finished(linked.page);
  expect([await pictureOf(linked.page, '#canvas'), await beside(linked.page)]).toEqual(both);
  expect(await linked.page.getAttribute('#compare', 'aria-pressed')).toBe('true');
  const [first, second] = await Promise.all(['#sheet', '#sheet-beside'].map((id) => linked.page.locator(id).boundingBox()));
  expect(second!.y).toBeGreaterThan(first!.y + first!.height); // stacked where there is no room
  expect(await linked.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect([...problems, ...linked.problems]).toEqual([]);
});

test('both are paused, shown either way, stopped and saved together', async () => {
  const { page, problems } = await visit(browser, { path: `${path.replace('steps=16', 'steps=400')}&compare=1` });
  await reach(page, 3);
  await page.click('#pause');
  await status(page, 'Paused at step');
  const held = [await pictureOf(page, '#canvas'), await beside(page)];
  await page.waitForTimeout(600);
  expect([await pictureOf(page, '#canvas'), await beside(page)]).toEqual(held);
  await page.click('#transparency');
  for (const id of ['#canvas', '#canvas-beside']) await expect.poll(async () => (await alphas(page, id)).low).toBeLessThan(200);
  await page.click('#transparency');
  await page.click('#pause');
  await reach(page, 8);
  await page.click('#stop');
  await status(page, 'Stopped at step');
  const ended = [await pictureOf(page, '#canvas'), await beside(page)];
  await page.waitForTimeout(600);
  expect([await pictureOf(page, '#canvas'), await beside(page)]).toEqual(ended);
  await page.click('#transparency');
  for (const id of ['#canvas', '#canvas-beside']) await expect.poll(async () => (await alphas(page, id)).low).toBeLessThan(200);

  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  expect(download.suggestedFilename()).toMatch(/985-daisy-seed-1-MaCo-Fourier\.png$/);
  const file = await readFile(await download.path());
  expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([96 + 4 + 96, 96]);
  expect(problems).toEqual([]);
});

test('the picture goes on alone when it is compared no longer', async () => {
  const { page, problems } = await visit(browser, { path: `${path.replace('steps=16', 'steps=40')}&compare=1` });
  await reach(page, 4);
  await page.click('#compare');
  expect(await page.isVisible('#beside')).toBe(false);
  await page.waitForFunction(() => !location.hash.includes('compare'));
  await finished(page);
  expect((await seen(page)).map(({ done }) => done)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  expect(await text(page, '#status')).toMatch(/^“daisy”, 40 steps in/);
  expect(problems).toEqual([]);
});

/** Changes what the core is asked for in runs by Fourier, the first `times` of them. */
const meddle =
  (change: Record<string, number>, times = Infinity) =>
  (page: Page) =>
    page.addInitScript(
      ({ change, times }) => {
        const post = Worker.prototype.postMessage as (message: unknown, transfer?: unknown) => void;
        let left = times ?? Infinity;
        Worker.prototype.postMessage = function (
          this: Worker,
          message: { name?: string; input?: { config: Record<string, unknown> } },
          transfer,
        ) {
          const { name, input } = message;
          const ours = name === 'lead' && input?.config.parametrization === 'fourier' && left-- > 0;
          post.call(this, ours ? { ...message, input: { ...input, config: { ...input.config, ...change } } } : message, transfer);
        } as typeof Worker.prototype.postMessage;
      },
      { change, times },
    );

test('where there is no memory for both at once, one comes after the other', async () => {
  const { page, problems } = await visit(browser, { path: `${path}&compare=1` });
  await finished(page);
  const both = [await pictureOf(page, '#canvas'), await beside(page)];
  const slow = `${path.replace('steps=16', 'steps=40')}&compare=1`;
  const small = await visit(browser, { path: slow, before: meddle({ memoryBudget: 1 }, 1) });
  await reach(small.page, 1);
  const delay = 'Fourier comes after MaCo: there is no memory for both at once.';
  await expect.poll(() => text(small.page, '#waiting-beside')).toBe(delay);
  await reach(small.page, 40);
  await small.page.click('#pause');
  await status(small.page, 'Paused');
  await small.page.click('#pause');
  await finished(small.page);
  expect(await small.page.getAttribute('#progress-beside', 'aria-valuetext')).toBe('step 40 of 40');
  expect(await text(small.page, '#status')).toMatch(/^“daisy” by MaCo and by Fourier, 40 steps in/);
  await small.page.evaluate((hash) => (location.hash = hash), `${path}&compare=1`);
  await small.page.waitForFunction(() => document.getElementById('step')!.textContent === '16 / 16');
  await finished(small.page);
  expect([await pictureOf(small.page, '#canvas'), await beside(small.page)]).toEqual(both);

  const never = await visit(browser, { path: `${path}&compare=1`, before: meddle({ memoryBudget: 1 }) });
  await finished(never.page);
  expect(await text(never.page, '#alert')).toMatch(/^Fourier cannot be shown\. .*\.$/);
  expect([...problems, ...small.problems, ...never.problems]).toEqual([]);
});

test('what goes wrong with one of them is told, and the picture goes on', async () => {
  const { page, problems } = await visit(browser, { path: `${path}&compare=1`, before: meddle({ height: 1 }) });
  await finished(page);
  expect(await text(page, '#alert')).toMatch(/^Fourier cannot be shown\. Height is 1, .*\.$/);
  expect(await text(page, '#waiting-beside')).toBe('No picture');
  expect((await seen(page)).at(-1)!.done).toBe(16);
  expect(await text(page, '#status')).toMatch(/^“daisy”, 16 steps in/);

  await page.evaluate(
    () =>
      (location.hash = '#objective={"kind":"channel","layer":"nothing","unit":0}&compare=1&size=96&steps=16&crops=2&cropSize=64'),
  );
  await status(page, 'No picture');
  expect(await text(page, '#title')).toBe('daisy'); // which is still on show
  expect(await page.getAttribute('#sheet', 'data-state')).toBe('picture');
  await page.click('#chips button');
  await finished(page);
  expect(await page.isVisible('#beside')).toBe(true);
  expect(problems).toEqual([]);
});
