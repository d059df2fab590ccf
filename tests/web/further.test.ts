/** What else of a recipe can be set: what is optimized, what a crop shows, penalties, several images. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseFurther } from '../../web/run/further';
import { finished, launch, picture, pictureOf, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const canvasSize = (page: Page) =>
  page.evaluate(() => [document.querySelector('canvas')!.width, document.querySelector('canvas')!.height]);
const hash = (page: Page, part: string) => page.waitForFunction((part) => location.hash.includes(part), part);

test('an address says what can be, and nothing else', () => {
  const read = (text: string) => parseFurther((key) => new URLSearchParams(text).get(key));
  expect(read('parametrization=fourier&transform=warps&images=4&penaltyL2=0&penaltyVariation=1.5&penaltyFrequency=1e3')).toEqual({
    parametrization: 'fourier',
    transform: 'warps',
    images: 4,
    penaltyL2: 0,
    penaltyVariation: 1.5,
    penaltyFrequency: 1000,
  });
  expect(read('parametrization=toString&transform=twists&images=9&penaltyL2=-1&penaltyVariation=x&penaltyFrequency=1e7')).toEqual(
    {},
  );
  expect(read('images=1.5&penaltyL2=Infinity&penaltyVariation=0,5')).toEqual({ penaltyVariation: 0.5 });
});

test('lists start at once, numbers with the start, and the address keeps them', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const pictures = [await picture(page)];
  expect(await page.isVisible('[name=parametrization]')).toBe(false);
  await page.click('#more summary');
  for (const [name, value] of [
    ['parametrization', 'fourier'],
    ['parametrization', 'pixel'],
    ['transform', 'warps'],
  ] as const) {
    await page.selectOption(`[name=${name}]`, value);
    await hash(page, `${name}=${value}`);
    await finished(page);
    pictures.push(await picture(page));
  }
  for (const [name, value] of [
    ['penaltyVariation', '500'],
    ['penaltyL2', '100'],
    ['penaltyFrequency', '1000'],
  ] as const) {
    await page.fill(`[name=${name}]`, value);
    await page.click('#start');
    await hash(page, `${name}=${value}`);
    await finished(page);
    pictures.push(await picture(page));
  }
  expect(new Set(pictures).size).toBe(pictures.length);
  const address = new URL(page.url()).hash;
  expect(address).toMatch(/&parametrization=pixel&transform=warps&penaltyVariation=500&penaltyL2=100&penaltyFrequency=1000$/);

  const linked = await visit(browser, { path: address });
  await finished(linked.page);
  expect(await picture(linked.page)).toBe(pictures.at(-1));
  expect(await linked.page.inputValue('[name=transform]')).toBe('warps');
  expect(await linked.page.inputValue('[name=penaltyL2]')).toBe('100');
  await linked.page.click('#next'); // another unit, the same recipe
  await hash(linked.page, 'unit=986');
  expect(linked.page.url()).toContain('penaltyL2=100');
  expect([...problems, ...linked.problems]).toEqual([]);
});

test('what a picture is compared with is what the list offers', async () => {
  const alone = await visit(browser, { path: `${path}&parametrization=fourier` });
  await finished(alone.page);
  expect(await alone.page.getAttribute('#compare', 'aria-label')).toBe('Compare with MaCo and Pixels');
  const { page, problems } = await visit(browser, { path: `${path}&compare=1` });
  await finished(page);
  expect(await pictureOf(page, '#canvas-beside')).toBe(await picture(alone.page));
  const maco = await picture(page);
  await alone.page.click('#compare');
  await hash(alone.page, 'compare=1');
  await finished(alone.page);
  expect(await text(alone.page, '#caption-beside')).toMatch(/^MaCo · phase only/);
  expect(await pictureOf(alone.page, '#canvas-beside')).toBe(maco);
  expect([...problems, ...alone.problems]).toEqual([]);
});

test('a wrong number is told beside its field, and nothing starts before it is right', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  await page.click('#more summary');
  const before = page.url();
  await page.fill('[name=penaltyL2]', 'a lot');
  await page.fill('[name=images]', '9');
  await page.fill('[name=seed]', '5');
  await page.click('#more summary');
  await page.click('#start');
  const complaint = 'The number of images is from 1 to 8. The weight of L2 is a number from 0 to 1,000,000.';
  await expect.poll(() => text(page, '#further-complaint')).toBe(complaint);
  expect(await page.isVisible('#further-complaint')).toBe(true);
  expect(await page.getAttribute('[name=penaltyL2]', 'aria-invalid')).toBe('true');
  expect(await page.getAttribute('[name=penaltyVariation]', 'aria-invalid')).toBe('false');
  expect(page.url()).toBe(before);
  await page.fill('[name=images]', '');
  await page.fill('[name=penaltyL2]', '0,5');
  await page.click('#start');
  await hash(page, 'seed=5&');
  expect(await page.isVisible('#further-complaint')).toBe(false);
  expect(page.url()).toContain('penaltyL2=0.5');
  await finished(page);
  expect(problems).toEqual([]);
});

test('several images are shown in rows, each its own, and differ more where that is asked for', async () => {
  const { page, problems } = await visit(browser, { path: `${path}&images=3` });
  await finished(page);
  expect(await canvasSize(page)).toEqual([196, 196]);
  const corners = await page.evaluate(() =>
    [
      [0, 0],
      [100, 0],
      [0, 100],
      [100, 100],
    ].map(([x = 0, y = 0]) => {
      const { data } = document.querySelector('canvas')!.getContext('2d')!.getImageData(x, y, 96, 96);
      return data.reduce((hash, value) => Math.imul(hash ^ value, 16777619), 7);
    }),
  );
  expect(new Set(corners).size).toBe(4); // the last is empty
  await page.click('#transparency');
  await expect.poll(() => canvasSize(page)).toEqual([196, 196]);
  await page.click('#transparency');

  await page.click('#more summary');
  await page.fill('[name=images]', '');
  await page.click('#diversify');
  await hash(page, 'images=4');
  await finished(page);
  expect(decodeURIComponent(page.url())).toMatch(
    /"of":\[\{"kind":"logit","unit":985\},\{"kind":"diversity","layer":"[^"]+","weight":10\}\]/,
  );
  expect(await text(page, '#title')).toMatch(/^logit 985 \+ 10 × diversity /);
  expect(problems).toEqual([]);
});
