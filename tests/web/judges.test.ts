/** Other networks name the picture: only where they are asked, from a cache the second time, and lost workers are replaced. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sentenceOf } from '../../web/models/judges';
import { again, finished, launch, smallRecipe, text, visit } from './browser';
import { keepWorkers, lose } from './workers';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = '#unit=985&seed=3&size=128&steps=64&crops=2&cropSize=96';
const said = '#judges-lists li';
const networks = (requests: readonly string[]) => requests.filter((url) => /judges\/.*onnx/.test(url)).length;

test('the sentence counts those that have the class first, or says what they have', () => {
  const naming = (name: string) => ({ title: '', guesses: [{ name, probability: 1 }] });
  expect(sentenceOf([naming('daisy'), naming('bee')], 'daisy')).toBe('1 of 2 other networks name it “daisy” first.');
  expect(sentenceOf([naming('daisy'), naming('bee')], undefined)).toBe('They name it “daisy” and “bee” first.');
  expect(sentenceOf([naming('bee'), naming('bee')], undefined)).toBe('Each of them names it “bee” first.');
});

test('they are fetched when they are asked, name the picture, are kept, and go', async () => {
  const { page, problems, requests } = await visit(browser, { path });
  await finished(page);
  await expect.poll(() => text(page, '#judges-ask')).toBe('Ask two other networks (24 MB)');
  expect(networks(requests)).toBe(0);
  await page.waitForSelector('#scale-noise[data-state=known]'); // the worker that made it has gone
  const before = page.workers().length;
  await page.click('#judges-ask');
  await page.waitForSelector(said);
  expect(await text(page, '#judges-words')).toBe('2 of 2 other networks name it “daisy” first.');
  expect(await page.locator(`${said}.right`).allTextContents()).toEqual([
    expect.stringMatching(/^daisy \d+ %$/),
    expect.stringMatching(/^daisy \d+ %$/),
  ]);
  expect(await page.locator(said).count()).toBe(6);
  expect(networks(requests)).toBe(2);
  await expect.poll(() => page.workers().length).toBe(before + 2);

  await page.click('#trust > summary');
  await expect
    .poll(() => page.locator('#judged-figures b').allTextContents())
    .toEqual(['2 of 2', expect.stringMatching(/^\d+ of 24$/), '1 of 1,000']);
  const [alike = 0] = (await text(page, '#judged-figures li:nth-child(2) b')).split(' ').map(Number);
  expect(alike).toBeGreaterThan(8); // photos that all of them know
  expect(await page.isVisible('#judged-ask')).toBe(false);

  await again(page, () => page.click('#strip-units button >> nth=0')); // another picture: they name that
  await expect.poll(() => text(page, '#judges-words')).toMatch(/of 2 other networks name it “(?!daisy)/);
  await page.click('#judges-ask');
  await expect.poll(() => page.workers().length).toBe(before);
  expect(await text(page, '#judges-ask')).toBe('Ask two other networks (24 MB)');
  expect(await page.locator(said).count()).toBe(0);
  expect(await page.isVisible('#judged-ask')).toBe(true);

  await page.click('#judges-ask');
  await page.waitForSelector(said);
  expect(networks(requests)).toBe(2); // kept by their hash
  expect(problems).toEqual([]);
});

test('they are asked while the picture forms, and a lost worker is replaced', async () => {
  const { page, problems } = await visit(browser, { path: `#unit=985&${smallRecipe}`, before: keepWorkers });
  await finished(page);
  await page.click('#judges-ask');
  await page.waitForSelector(said);
  await lose(page, 2);
  await page.evaluate((hash) => (location.hash = hash), path.replace('steps=64', 'steps=2000'));
  await expect.poll(() => text(page, '#step')).toMatch(/ 2000$/);
  await expect.poll(() => text(page, '#judges-words')).toMatch(/^\d of 2 other networks name it/);
  expect(await text(page, '#status')).toMatch(/^Looking for/);
  expect(problems).toEqual([]);
});

test.each([
  ['a network', /judges\/.*onnx/],
  ['names of classes', /imagenet-labels\.txt/],
])('%s that cannot be fetched is told, and can be asked for again', async (_, file) => {
  const refuse = (page: Page) => page.route(file, (route) => route.abort());
  const { page } = await visit(browser, { path: `#unit=985&${smallRecipe}`, before: refuse });
  await finished(page);
  await page.click('#judges-ask');
  await expect.poll(() => text(page, '#judges-words')).toMatch(/^They cannot be asked\. .*\.$/);
  await page.unrouteAll();
  await page.click('#judges-ask');
  await page.waitForSelector(said);
});
