/** What the page is for: a picture that grows, can be held, ended, repeated, varied, shown and saved. */
import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alphas, finished, launch, picture, reach, seen, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

describe('a visit', () => {
  test('starts a picture of daisy by itself, whose score rises and whose pixels change all the time', async () => {
    const { page, problems } = await visit(browser);
    await finished(page);
    const steps = await seen(page);
    expect(await text(page, '#title')).toBe('daisy');
    expect(steps.map(({ done }) => done)).toEqual(Array.from({ length: 96 }, (_, i) => i + 1));
    expect(new Set(steps.map(({ picture }) => picture)).size).toBeGreaterThan(steps.length / 4); // as fast as a display shows them
    const mean = (part: typeof steps) => part.reduce((sum, { score }) => sum + score, 0) / part.length;
    expect(mean(steps.slice(-8)) - mean(steps.slice(0, 8))).toBeGreaterThan(10);
    expect(await text(page, '#step')).toBe('96 / 96');
    expect(await page.getAttribute('#chart', 'aria-label')).toMatch(/^Score by step: from .* to .* in 96 steps$/);
    expect(problems).toEqual([]);
  });

  test('shows its first steps without moving what is on the page', async () => {
    const { page } = await visit(browser, {
      before: (page) =>
        page.addInitScript(() => {
          const shifts: number[] = [];
          Object.assign(window, { shifts });
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) shifts.push((entry as PerformanceEntry & { value: number }).value);
          }).observe({ type: 'layout-shift', buffered: true });
        }),
    });
    await reach(page, 4);
    const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
    expect(shifts.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.01);
  });
});

describe('a picture', () => {
  test('stops within a step, and can still be shown either way', async () => {
    const { page, problems } = await visit(browser, { path: '#seed=1&size=96&steps=400&crops=2&cropSize=64' });
    await reach(page, 3);
    const before = await page.evaluate(() => {
      document.getElementById('stop')!.click();
      return parseInt(document.getElementById('step')!.textContent!, 10);
    });
    await page.waitForFunction(() => document.getElementById('status')!.textContent!.startsWith('Stopped at step'));
    const after = (await seen(page)).at(-1)!.done;
    await page.waitForTimeout(600);
    expect((await seen(page)).at(-1)!.done).toBe(after);
    expect(after - before).toBeLessThanOrEqual(1);
    await page.click('#transparency');
    await expect.poll(async () => (await alphas(page)).low).toBeLessThan(200);
    await page.click('#transparency');
    await expect.poll(async () => (await alphas(page)).low).toBe(255);
    expect(problems).toEqual([]);
  });

  test('goes on after it was stopped, to the same end', async () => {
    const { page, problems } = await visit(browser, { path: '#seed=1&size=96&steps=300&crops=2&cropSize=64' });
    await finished(page);
    const straight = await picture(page);
    expect(await page.isDisabled('#pause')).toBe(true);
    await page.click('#start');
    await page.waitForFunction(() => document.getElementById('status')!.textContent!.startsWith('Looking'));
    await reach(page, 3);
    await page.click('#stop');
    await page.waitForFunction(() => document.getElementById('status')!.textContent!.startsWith('Stopped at step'));
    const stopped = (await seen(page)).at(-1)!.done;
    expect(await text(page, '#pause')).toContain('Go on');
    await page.click('#pause');
    await finished(page);
    expect(await picture(page)).toBe(straight);
    expect((await seen(page)).filter(({ done }) => done === stopped)).toHaveLength(2); // of both pictures, once each
    expect(problems).toEqual([]);
  });

  test('pauses and resumes without a difference in the result', async () => {
    // Long enough that it is still on its way when a busy machine comes to the button.
    const { page, problems } = await visit(browser, { path: `#${smallRecipe.replace('steps=16', 'steps=100')}` });
    await finished(page);
    const straight = await seen(page);
    await page.click('#start');
    await page.waitForFunction(() => document.getElementById('status')!.textContent!.startsWith('Looking'));
    await reach(page, 3);
    await page.click('#pause');
    await page.waitForFunction(() => document.getElementById('status')!.textContent!.startsWith('Paused at step'));
    const held = await text(page, '#step');
    await page.waitForTimeout(600);
    expect(await text(page, '#step')).toBe(held);
    expect(await text(page, '#pause')).toContain('Resume');
    await page.click('#pause');
    await finished(page);
    expect(await picture(page)).toBe(straight.at(-1)!.picture);
    expect(problems).toEqual([]);
  });

  test('is the same for the same seed, after a reload too, and another for another seed', async () => {
    const { page, problems } = await visit(browser, { path: `#${smallRecipe}` });
    await finished(page);
    const first = await picture(page);
    const scores = (await seen(page)).map(({ score }) => score);
    await page.reload();
    await finished(page);
    expect(await picture(page)).toBe(first);
    expect((await seen(page)).map(({ score }) => score)).toEqual(scores);
    await page.click('#another');
    await page.waitForFunction(() => !location.hash.includes('seed=1&'));
    await finished(page);
    expect(await picture(page)).not.toBe(first);
    expect(await page.inputValue('[name=seed]')).not.toBe('1');
    await page.goBack();
    await finished(page);
    await expect.poll(() => picture(page)).toBe(first);
    expect(problems).toEqual([]);
  });

  test('becomes transparent where it does not matter, while it grows and afterwards', async () => {
    const { page } = await visit(browser, { path: `#${smallRecipe.replace('steps=16', 'steps=60')}` });
    await reach(page, 4);
    expect(await alphas(page)).toEqual({ low: 255, high: 255 });
    await page.click('#transparency');
    expect(await page.getAttribute('#transparency', 'aria-pressed')).toBe('true');
    await expect.poll(async () => (await alphas(page)).low).toBeLessThan(200);
    await finished(page);
    expect((await alphas(page)).low).toBeLessThan(200);
    expect((await alphas(page)).high).toBe(255);
    expect(page.url()).toContain('transparency=1');
    await page.click('#transparency');
    await expect.poll(() => alphas(page)).toEqual({ low: 255, high: 255 });
  });

  test('is saved as a PNG file whose name says what it is', async () => {
    const { page } = await visit(browser, { path: `#${smallRecipe}` });
    await finished(page);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    expect(download.suggestedFilename()).toMatch(/^phaselens-efficientnet-lite0-.*985-daisy-seed-1\.png$/);
    const file = await readFile(await download.path());
    expect(file.subarray(1, 4).toString()).toBe('PNG');
    expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([96, 96]);
  });
});
