/** Where in the network a picture stands, what the units beside it look like, and the picture as waves. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { again, drop, finished, launch, reach, smallRecipe, text, visit } from './browser';
import { deepModel, smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const blocks = '#network-blocks button';
const current = (page: Page) => page.locator(`${blocks}[aria-current]`).getAttribute('aria-label');
const drawn = (page: Page) => page.locator('#strip-units canvas[data-state=picture]').count();

test('every block of the network can be gone to, and the one on show is marked', async () => {
  const { page, problems } = await visit(browser, { path: `#unit=985&${smallRecipe}` });
  await finished(page);
  expect(await page.locator(blocks).count()).toBe(21);
  expect(await current(page)).toBe('logits · Gemm, 1000 units · 21 of 21');
  expect(await page.locator('#strip-units button[aria-pressed=true]').getAttribute('aria-label')).toBe('daisy, unit 985');
  const heights = await page.locator(`${blocks} i`).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
  expect(heights.toSorted((a, b) => b - a)).toEqual(heights);

  await again(page, () => page.click(`${blocks} >> nth=8`));
  expect(await page.inputValue('#layer')).toBe('blocks.3.2');
  expect(await text(page, '#network-words')).toBe('blocks.3.2 · Add, 80 channels, 14 × 14 · 9 of 21');
  await page.focus(`${blocks}[aria-current]`);
  await page.keyboard.press('ArrowRight');
  expect(await text(page, '#network-words')).toMatch(/^blocks\.4\.0 /);
  await again(page, () => page.keyboard.press('Enter'));
  expect(await page.inputValue('#layer')).toBe('blocks.4.0');
  await again(page, () => page.click('#strip-units button >> nth=3'));
  expect(await text(page, '#title')).toBe('Unit 3');
  expect(await page.locator('#strip-units button[aria-pressed=true]').textContent()).toBe('3');
  expect(problems).toEqual([]);
});

test('what was drawn ahead is there while the picture is made', async () => {
  const { page } = await visit(browser, { path: `#layer=blocks.3.2&unit=1&seed=1&size=96&steps=2000&crops=1&cropSize=64` });
  await reach(page, 2);
  await expect.poll(() => drawn(page)).toBe(12);
  await page.click('#stop');
});

test('units of a file of one’s own are drawn when the picture is there, not while it is made', async () => {
  const { page, problems } = await visit(browser, { path: `#${smallRecipe}` });
  await finished(page);
  await again(page, () => drop(page, 'small.onnx', smallModel({ outputs: 30 })));
  await expect.poll(() => drawn(page), { timeout: 20_000 }).toBe(12);
  expect(await text(page, '#strip-words')).toBe('Units 0 to 11 of 30');
  await page.click('#advanced summary');
  await page.fill('[name=steps]', '2000');
  await page.click('#start');
  await reach(page, 2);
  await page.click('#strip-on');
  expect(await text(page, '#strip-words')).toBe('Units 12 to 23 of 30');
  await reach(page, 12);
  expect(await drawn(page)).toBe(0);
  await page.click('#stop');
  await expect.poll(() => drawn(page), { timeout: 20_000 }).toBe(12);
  await page.click('#strip-on');
  expect(await text(page, '#strip-words')).toBe('Units 24 to 29 of 30');
  expect(await page.isDisabled('#strip-on')).toBe(true);
  expect(problems).toEqual([]);
});

test('a thousand layers whose names tell nothing are drawn as some in a row', async () => {
  const { page } = await visit(browser, { path: `#${smallRecipe}` });
  await finished(page);
  await drop(page, 'deep.onnx', deepModel(250));
  await expect.poll(() => page.locator(blocks).first().getAttribute('aria-label'), { timeout: 20_000 }).toContain(' to ');
  expect(await page.locator(blocks).count()).toBeLessThanOrEqual(28);
});

test('as waves: phases move far, magnitudes hardly, and the power is told beside a photograph’s', async () => {
  const { page, problems } = await visit(browser, { path: `#unit=985&${smallRecipe}` });
  await page.click('#waves summary');
  await finished(page);
  await page.click('#start');
  await finished(page);
  await expect.poll(() => text(page, '#wave-phase-words')).toMatch(/^[1-9]\d*° /);
  const [magnitude, phase] = [await text(page, '#wave-magnitude-words'), await text(page, '#wave-phase-words')].map(
    Number.parseFloat,
  );
  expect(magnitude! / 100).toBeLessThan(phase! / 90); // of waves that are strangers to those of the beginning
  expect(await page.getAttribute('#power', 'aria-label')).toMatch(
    /^Power by frequency: at 100 cycles the picture has [\d.e+]+ times the photograph’s$/,
  );
  expect(problems).toEqual([]);
});
