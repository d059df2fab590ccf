/** Earlier steps of a picture are looked at while it goes on, and saved: one as a PNG that says which, all of them as a video. */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Reel } from '../../web/run/reel';
import { finished, launch, picture, reach, seen, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;

const to = (page: Page, step: number) =>
  page.$eval(
    '#scrub-range',
    (range: HTMLInputElement, step) => {
      range.valueAsNumber = step;
      range.dispatchEvent(new Event('input', { bubbles: true }));
    },
    step,
  );

const frame = (side: number) => ({ data: new Uint8ClampedArray(4 * side * side), height: side, width: side });

test.each([
  { side: 8, steps: 60, kept: 60 },
  { side: 8, steps: 1000, kept: 64 },
  { side: 1024, steps: 200, kept: 17 },
])('of $steps frames of $side px at most $kept are kept, evenly', ({ side, steps, kept }) => {
  const reel = new Reel();
  for (let done = 1; done <= steps; done++) reel.add({ done, frames: [frame(side)] });
  const all = reel.all.map(({ done }) => done);
  expect(all.length).toBeLessThanOrEqual(kept + 1);
  expect(all.length).toBeGreaterThanOrEqual(kept / 2);
  expect([all[0], all.at(-1)]).toEqual([1, steps]);
  const gaps = all.slice(1, -1).map((done, i) => done - all[i]!);
  expect(new Set(gaps).size).toBe(1);
});

test('an earlier step is shown while the picture goes on, and the latest again', async () => {
  const { page, problems } = await visit(browser, { path: path.replace('steps=16', 'steps=400') });
  expect(await page.isVisible('#scrub-range')).toBe(false);
  await reach(page, 12);
  await to(page, 5);
  const words = await text(page, '#scrub-words');
  expect(words).toMatch(/^step [1-5] of 400$/);
  const done = Number(words.split(' ')[1]);
  const early = (await seen(page)).find((step) => step.done === done)!;
  expect(await picture(page)).toBe(early.picture);
  expect(await page.getAttribute('#canvas', 'aria-label')).toMatch(new RegExp(`, step ${done} of 400$`));
  await reach(page, Math.max(...(await seen(page)).map((step) => step.done)) + 5);
  expect(await picture(page)).toBe(early.picture);
  expect(await text(page, '#scrub-words')).toBe(words);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  expect(download.suggestedFilename()).toBe(`phaselens-efficientnet-lite0-logits-985-daisy-seed-1-step-${done}.png`);
  expect((await readFile(await download.path())).toString('latin1')).toContain(`"step":${done},`);
  await page.click('#scrub-now');
  expect(await picture(page)).not.toBe(early.picture);
  expect(await page.isVisible('#scrub-now')).toBe(false);
  await page.click('#another');
  await page.waitForFunction(() => !location.hash.includes('seed=1&'));
  await reach(page, 1);
  await expect.poll(() => text(page, '#scrub-words')).toMatch(/^step \d+ of 400$/);
  expect(problems).toEqual([]);
});

test('how it formed is saved as a video', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-video')]);
  expect(download.suggestedFilename()).toBe('phaselens-efficientnet-lite0-logits-985-daisy-seed-1.webm');
  const data = await readFile(await download.path());
  const blank = await page.context().newPage();
  await blank.setContent(`<video src="data:video/webm;base64,${data.toString('base64')}" muted></video>`);
  const size = await blank.$eval('video', async (video: HTMLVideoElement) => {
    await video.play();
    return [video.videoWidth, video.videoHeight];
  });
  expect(size).toEqual([96, 96]);
  await expect.poll(() => text(page, '#status')).toMatch(/16 steps in/);
  expect(await page.isEnabled('#save-video')).toBe(true);
  expect(problems).toEqual([]);
});
