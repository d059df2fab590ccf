/** The last choice wins, also where workers answer slowly; what is on the canvas is named by what it is. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { again, drop, finished, launch, smallRecipe, text, visit } from './browser';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

/** Every message to a worker comes a while later, in its order. */
const slowly = (page: Page) =>
  page.addInitScript(() => {
    const { postMessage } = Worker.prototype;
    Object.assign(Worker.prototype, {
      postMessage(this: Worker, ...message: Parameters<typeof postMessage>) {
        setTimeout(() => postMessage.apply(this, message), (window as { late?: number }).late ?? 0);
      },
    });
  });

const late = (page: Page, milliseconds: number) => page.evaluate((late) => void Object.assign(window, { late }), milliseconds);

/** In the page, so that nothing lies between them. */
const chooseAll = (page: Page, choices: [string, string][], pause: number) =>
  page.evaluate(
    async ([choices, pause]) => {
      for (const [id, value] of choices) {
        const select = document.getElementById(id) as HTMLSelectElement;
        select.value = value;
        select.dispatchEvent(new Event('change', { bubbles: true }));
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    },
    [choices, pause] as const,
  );

test.each([0, 150, 400])('of changes %s ms apart, the last is what is computed', async (pause) => {
  const { page, problems } = await visit(browser, { path: `#${smallRecipe}`, before: slowly });
  await finished(page);
  await again(page, () => drop(page, 'small.onnx', smallModel()));
  const expected = await again(page, () => page.selectOption('#normalization', 'bytes'));
  const others = await again(page, () => page.selectOption('#normalization', 'unit'));
  expect(others).not.toBe(expected);

  await late(page, 200);
  const choices = ['symmetric', 'caffe', 'bytes'].map((id): [string, string] => ['normalization', id]);
  expect(await again(page, () => chooseAll(page, choices, pause))).toBe(expected);
  expect(await page.inputValue('#normalization')).toBe('bytes');

  const models: [string, string][] = ['efficientnet-lite0', 'file:small.onnx', 'efficientnet-lite0', 'file:small.onnx'].map(
    (id) => ['model', id],
  );
  await again(page, () => chooseAll(page, models, pause));
  expect(await page.inputValue('#model')).toBe('file:small.onnx');
  expect(await text(page, '#where')).toContain('small.onnx');
  await expect.poll(() => page.workers().length).toBe(await page.evaluate(() => Math.min(4, navigator.hardwareConcurrency)));
  expect(problems).toEqual([]);
});

test('until a picture begins, the one before keeps its name, also in what is saved', async () => {
  const { page, problems } = await visit(browser, { path: `#unit=985&${smallRecipe}`, before: slowly });
  await finished(page);
  await late(page, 400);
  await page.click('#chips button:nth-of-type(2)');
  const next = await page.textContent('#chips button:nth-of-type(2)');
  await expect.poll(() => text(page, '#status')).toBe(`Starting “${next}”; “daisy” is still on show`);
  expect(await text(page, '#title')).toBe('daisy');
  expect(await page.getAttribute('#canvas', 'aria-label')).toMatch(/^What daisy responds to/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  expect(download.suggestedFilename()).toMatch(/daisy/);
  await finished(page);
  expect(await text(page, '#title')).toBe(next);
  expect(await page.getAttribute('#canvas', 'aria-label')).toContain(next!);
  expect(problems).toEqual([]);
});

test('a class stays with another model that has it', async () => {
  const { page } = await visit(browser, { path: `#unit=340&${smallRecipe}` });
  await finished(page);
  expect(await text(page, '#title')).toBe('zebra');
  await again(page, () => drop(page, 'small.onnx', smallModel({ outputs: 1000 })));
  expect(await text(page, '#title')).toBe('zebra');
});
