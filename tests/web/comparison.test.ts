/** MaCo, Fourier and pixels beside each other, on the same budget. */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alphas, finished, launch, picture, pictureOf, reach, seen, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const caption = (page: Page, id: string) => text(page, id).then((text) => text.trim());
const beside = (page: Page) => Promise.all(['#canvas-beside', '#canvas-third'].map((canvas) => pictureOf(page, canvas)));
const all = async (page: Page) => [await picture(page), ...(await beside(page))];
const status = (page: Page, begin: string) =>
  page.waitForFunction((begin) => document.getElementById('status')!.textContent!.startsWith(begin), begin);

/** In the page: notes how far all were, whenever one has moved. */
function watchAll(): void {
  const steps: number[][] = [];
  Object.assign(window, { steps });
  const bars = ['progress', 'progress-beside', 'progress-third'].map((id) => document.getElementById(id)!);
  const note = () => steps.push(bars.map((bar) => Number(bar.getAttribute('aria-valuetext')?.match(/^step (\d+)/)?.[1] ?? 0)));
  for (const bar of bars) new MutationObserver(note).observe(bar, { attributeFilter: ['aria-valuetext'] });
}

const stepsOf = (page: Page) => page.evaluate(() => (window as unknown as { steps: number[][] }).steps);
const upTo = (steps: number) => Array.from({ length: steps }, (_, i) => i + 1);

test('what is finished stays as it is, while the others come as far step by step in turn, and is there in full afterwards', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const alone = await picture(page);
  expect(await page.isVisible('#figure-beside')).toBe(false);
  expect(await page.isVisible('#caption')).toBe(false);
  await page.evaluate(watchAll);
  await page.click('#compare');
  await status(page, 'Looking for “daisy” by MaCo, Fourier and Pixels');
  expect(await picture(page)).toBe(alone);
  await finished(page);

  const score = 'mean score −?\\d+\\.\\d\\d of the last 16 steps$';
  expect(await caption(page, '#caption')).toMatch(new RegExp(`^MaCo · phase only · 14,112 values · ${score}`));
  expect(await caption(page, '#caption-beside')).toMatch(new RegExp(`^Fourier · amplitude and phase · 28,224 values · ${score}`));
  expect(await caption(page, '#caption-third')).toMatch(new RegExp(`^Pixels · every pixel · 27,648 values · ${score}`));
  const turns = (await stepsOf(page)).filter(([, second = 0]) => second > 0);
  for (const [mine, second = NaN, third = NaN] of turns) {
    expect(mine).toBe(16);
    expect(second - third === 0 || second - third === 1, `${second}, ${third}`).toBe(true);
  }
  expect(turns.at(-1)).toEqual([16, 16, 16]);
  expect((await seen(page)).map(({ done }) => done)).toEqual(upTo(16)); // it was made once

  const [mine, second, third] = await all(page);
  expect(mine).toBe(alone);
  expect(new Set([mine, second, third]).size).toBe(3);
  expect(await page.getAttribute('#canvas-third', 'aria-label')).toMatch(/daisy.*seed 1, by Pixels$/);
  expect(await page.getAttribute('#chart', 'aria-label')).toMatch(/in 16 steps(; beside it from .* in 16 steps){2}$/);
  const boxes = await Promise.all(['#sheet', '#sheet-beside', '#sheet-third'].map((id) => page.locator(id).boundingBox()));
  expect(new Set(boxes.map((box) => `${box!.y} ${Math.round(box!.width)}`)).size).toBe(1);
  expect(boxes[0]!.width * 3).toBeGreaterThan(1000); // of 1280
  for (const id of ['#opinions', '#opinions-beside', '#opinions-third'])
    await expect.poll(() => text(page, id)).toMatch(/^EfficientNet-Lite0 .* %$/);

  await page.click('#compare');
  await status(page, '“daisy”, 16 steps in');
  expect(await picture(page)).toBe(alone);
  expect(await page.isVisible('#figure-beside')).toBe(false);
  expect(await page.isEnabled('#finer')).toBe(true);
  expect(problems).toEqual([]);
});

test('a picture that runs goes on when the others have come as far', async () => {
  const long = path.replace('steps=16', 'steps=48');
  const alone = await visit(browser, { path: long });
  await finished(alone.page);
  const { page, problems } = await visit(browser, { path: long });
  await reach(page, 8);
  await page.evaluate(watchAll);
  await page.click('#compare');
  await finished(page);
  expect(await picture(page)).toBe(await picture(alone.page));
  expect((await seen(page)).map(({ done }) => done)).toEqual(upTo(48));
  const met = (await stepsOf(page)).filter(([mine = 0, second = 0]) => second > 0 && mine === second + 1);
  expect(met.length).toBeGreaterThan(5); // from then on they took turns
  expect(problems).toEqual([]);
});

test('a link keeps it: all begin together, and the same seed gives the same pictures', async () => {
  const { page, problems } = await visit(browser, { path });
  await page.click('#compare');
  await page.waitForFunction(() => location.hash.includes('compare=1'));
  await finished(page);
  const three = await all(page);

  const linked = await visit(browser, {
    path: new URL(page.url()).hash,
    viewport: { width: 360, height: 740 },
    before: (page) => page.addInitScript(`addEventListener('DOMContentLoaded', ${String(watchAll)})`),
  });
  await finished(linked.page);
  expect(await all(linked.page)).toEqual(three);
  for (const steps of await stepsOf(linked.page)) expect(Math.max(...steps) - Math.min(...steps)).toBeLessThanOrEqual(1);
  expect(await linked.page.getAttribute('#compare', 'aria-pressed')).toBe('true');
  const [first, second] = await Promise.all(['#sheet', '#sheet-beside'].map((id) => linked.page.locator(id).boundingBox()));
  expect(second!.y).toBeGreaterThan(first!.y + first!.height); // stacked where there is no room
  expect(await linked.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect([...problems, ...linked.problems]).toEqual([]);
});

test('all are paused, shown either way, stopped and saved together', async () => {
  const { page, problems } = await visit(browser, { path: `${path.replace('steps=16', 'steps=400')}&compare=1` });
  await reach(page, 3);
  await page.click('#pause');
  await status(page, 'Paused at step');
  const held = await all(page);
  await page.waitForTimeout(600);
  expect(await all(page)).toEqual(held);
  await page.click('#transparency');
  for (const id of ['#canvas', '#canvas-beside', '#canvas-third'])
    await expect.poll(async () => (await alphas(page, id)).low).toBeLessThan(200);
  await page.click('#transparency');
  await page.click('#pause');
  await reach(page, 8);
  await page.click('#stop');
  await status(page, 'Stopped at step');
  const ended = await all(page);
  await page.waitForTimeout(600);
  expect(await all(page)).toEqual(ended);
  await page.click('#transparency');
  for (const id of ['#canvas', '#canvas-beside', '#canvas-third'])
    await expect.poll(async () => (await alphas(page, id)).low).toBeLessThan(200);

  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  expect(download.suggestedFilename()).toMatch(/985-daisy-seed-1-MaCo-Fourier-Pixels\.png$/);
  const file = await readFile(await download.path());
  expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([96 + 4 + 96 + 4 + 96, 96]);
  expect(problems).toEqual([]);
});

test('the picture goes on alone when it is compared no longer', async () => {
  const { page, problems } = await visit(browser, { path: `${path.replace('steps=16', 'steps=40')}&compare=1` });
  await reach(page, 4);
  await page.click('#compare');
  expect(await page.isVisible('#figure-beside')).toBe(false);
  await page.waitForFunction(() => !location.hash.includes('compare'));
  await finished(page);
  expect((await seen(page)).map(({ done }) => done)).toEqual(upTo(40));
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

test('where there is no memory for all at once, one comes after the others', async () => {
  const { page, problems } = await visit(browser, { path: `${path}&compare=1` });
  await finished(page);
  const three = await all(page);
  const slow = `${path.replace('steps=16', 'steps=40')}&compare=1`;
  const small = await visit(browser, { path: slow, before: meddle({ memoryBudget: 1 }, 1) });
  await reach(small.page, 1);
  const delay = 'Fourier comes after the others: there is no memory for all at once.';
  await expect.poll(() => text(small.page, '#waiting-beside')).toBe(delay);
  await reach(small.page, 40);
  await small.page.click('#pause');
  await status(small.page, 'Paused');
  await small.page.click('#pause');
  await finished(small.page);
  expect(await small.page.getAttribute('#progress-beside', 'aria-valuetext')).toBe('step 40 of 40');
  expect(await text(small.page, '#status')).toMatch(/^“daisy” by MaCo, Fourier and Pixels, 40 steps in/);
  await small.page.evaluate((hash) => (location.hash = hash), `${path}&compare=1`);
  await small.page.waitForFunction(() => document.getElementById('step')!.textContent === '16 / 16');
  await finished(small.page);
  expect(await all(small.page)).toEqual(three);

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
  expect(await text(page, '#status')).toMatch(/^“daisy” by MaCo and Pixels, 16 steps in/);

  await page.evaluate(
    () =>
      (location.hash = '#objective={"kind":"channel","layer":"nothing","unit":0}&compare=1&size=96&steps=16&crops=2&cropSize=64'),
  );
  await status(page, 'No picture');
  expect(await text(page, '#title')).toBe('daisy'); // which is still on show
  expect(await page.getAttribute('#sheet', 'data-state')).toBe('picture');
  await page.click('#chips button');
  await finished(page);
  expect(await page.isVisible('#figure-beside')).toBe(true);
  expect(problems).toEqual([]);
});
