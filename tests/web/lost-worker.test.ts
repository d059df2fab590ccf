/** A worker that is lost is replaced, and the picture goes on; one that says nothing is told. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finished, launch, picture, reach, seen, text, visit } from './browser';
import { keepWorkers, lose, workers } from './workers';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = '#unit=985&seed=1&size=96&steps=160&crops=2&cropSize=96';

test('the picture goes on from where it was not long ago, and comes to the same bits', async () => {
  const undisturbed = await visit(browser, { path });
  await finished(undisturbed.page);
  const expected = await picture(undisturbed.page);

  const { page, problems } = await visit(browser, { path, before: keepWorkers });
  await reach(page, 1);
  await page.waitForTimeout(2500); // a checkpoint is taken
  const before = (await seen(page)).at(-1)!.done;
  expect(before).toBeLessThan(160);
  await lose(page);
  await finished(page);
  expect(await picture(page)).toBe(expected);
  const steps = (await seen(page)).map(({ done }) => done);
  const after = steps[steps.indexOf(before) + 1] ?? 0;
  expect(after).toBeGreaterThan(1); // not from the beginning
  expect(await page.isVisible('#alert')).toBe(false);
  expect(problems).toEqual([]);
});

test('what kills its workers again and again is told', async () => {
  const { page } = await visit(browser, { path, before: keepWorkers });
  for (let i = 0; i < 3; i++) {
    await expect.poll(() => page.evaluate(() => (window as unknown as { all: Worker[] }).all.length)).toBeGreaterThan(0);
    await expect.poll(() => text(page, '#status')).toMatch(/^Looking for/);
    await reach(page, 2);
    await lose(page);
  }
  await expect.poll(() => text(page, '#alert')).toMatch(/^A worker .*Try again$/);
  await page.click('#alert button');
  await finished(page);
});

test('workers that say nothing for long are told, and can be started again', async () => {
  const { page } = await visit(browser, { path, before: keepWorkers });
  await page.clock.install();
  await reach(page, 2);
  await workers(page, (worker) => worker.addEventListener('message', (event) => event.stopImmediatePropagation(), true));
  await workers(page, (worker) => worker.terminate());
  await page.clock.fastForward(31_000);
  await expect.poll(() => text(page, '#alert')).toMatch(/^The workers have said nothing for 30 seconds/);
  await page.click('#alert button');
  await finished(page);
});
