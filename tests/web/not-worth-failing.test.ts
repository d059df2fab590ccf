/** Files without which the page is poorer and works: names of classes, photos, small pictures that were drawn ahead. */
import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drop, finished, launch, reach, smallRecipe, text, visit } from './browser';
import { article, small } from './element';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const labels = '**/imagenet-labels.txt';
const missing = 'The names of the classes could not be fetched, so classes go by number. Try again';

const refusals: [string, (route: Route) => Promise<void>][] = [
  ['are not there', (route) => route.fulfill({ status: 404 })],
  ['do not arrive', (route) => route.abort()],
  ['are a web page', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Welcome</title>' })],
  ['are cut off', (route) => route.fulfill({ contentType: 'text/plain', body: 'tench\ngoldfish\n' })],
];

test.each(refusals)('where names of classes %s, classes go by number, and names come by trying again', async (_, refuse) => {
  const { page } = await visit(browser, { path, before: (page) => page.route(labels, refuse) });
  await finished(page);
  expect(await text(page, '#title')).toBe('Unit 985');
  expect(await text(page, '#names-missing')).toBe(missing);
  expect(await page.isVisible('#alert')).toBe(false);
  await page.click('#names-missing button');
  await page.waitForSelector('#names-missing button:not([disabled])');
  expect(await text(page, '#names-missing')).toBe(missing);
  await page.unroute(labels);
  const score = await text(page, '#score');
  await page.click('#names-missing button');
  await expect.poll(() => text(page, '#title')).toBe('daisy');
  expect(await page.isVisible('#names-missing')).toBe(false);
  expect(await text(page, '#score')).toBe(score); // the picture is the same
  expect(await page.isVisible('#unit')).toBe(true);
});

test('the same for a model of one’s own that has as many classes', async () => {
  const { page } = await visit(browser, { path, before: (page) => page.route(labels, (route) => route.abort()) });
  await reach(page, 1);
  await drop(page, 'big.onnx', smallModel({ outputs: 1000 }));
  await expect.poll(() => text(page, '#where')).toContain('big.onnx');
  await finished(page);
  expect(await text(page, '#names-missing')).toBe(missing);
  await page.unroute(labels);
  await page.click('#names-missing button');
  await expect.poll(() => text(page, '#names')).toContain('ImageNet’s');
  await expect.poll(() => page.isVisible('#names-missing')).toBe(false);
});

test('an element of a unit by its number needs no names; one of a class by its name has them when it tries again', async () => {
  const lens = (id: string, unit: string) =>
    `<phase-lens id="${id}" unit="${unit}" ${small} autoplay style="max-width: 200px"></phase-lens>`;
  const before = (page: Page) => page.route(labels, (route) => route.abort());
  const { page, told } = await article(browser, lens('number', '985') + lens('name', 'daisy'), { before });
  const finished = async () => (await told('finish')).map(({ id }) => id);
  await expect.poll(finished).toEqual(['number']);
  await expect.poll(async () => (await told('error')).map(({ id, code }) => [id, code])).toEqual([['name', 'network']]);
  await page.unroute(labels);
  await page.evaluate(() => (document.getElementById('name') as unknown as { restart(): unknown }).restart());
  await expect.poll(finished).toEqual(['number', 'name']);
});

test('without photos and pictures drawn ahead everything else is there, and no place waits for them', async () => {
  const before = async (page: Page) => {
    for (const files of ['**/photos/*.jpg', '**/drawn*.jpg']) await page.route(files, (route) => route.abort());
  };
  const { page, problems } = await visit(browser, { path, before });
  await finished(page);
  await page.click('#waves summary');
  await expect.poll(() => text(page, '#wave-phase-words')).toMatch(/from where they began$/);
  await expect.poll(() => page.isVisible('#excited')).toBe(false);
  await expect.poll(() => page.locator('#strip-units canvas[data-state=picture]').count()).toBeGreaterThan(2);
  expect(await page.isVisible('#alert')).toBe(false);
  expect(problems.filter((problem) => !problem.includes('net::ERR_FAILED'))).toEqual([]);
});
