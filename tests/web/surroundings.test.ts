/** Where the page has to live: any folder, narrow screens, strict policies, no network, old browsers. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finished, launch, picture, reach, seen, smallRecipe, text, visit } from './browser';
import { subPath } from './server';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#${smallRecipe}`;
const cat = resolve(import.meta.dirname, '../../web/public/photos/cat.jpg');

test('it works from a folder, under a strict policy, without asking anyone else', async () => {
  const { page, problems, requests } = await visit(browser, { path: `${subPath}${path}` });
  await finished(page);
  const policy = await page.getAttribute('meta[http-equiv=Content-Security-Policy]', 'content');
  expect(policy).toContain("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'");
  for (const request of requests.filter((url) => !url.startsWith('blob:'))) expect(new URL(request).pathname).toContain(subPath);
  expect(problems).toEqual([]);
});

test('it goes on without a network once it is there', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  await page.waitForSelector('#scale-noise[data-state=known]'); // the last of what is fetched
  await page.context().setOffline(true);
  await page.click('#another');
  await page.waitForFunction(() => !location.hash.includes('seed=1&'));
  await finished(page);
  expect(problems).toEqual([]);
});

test('a later visit asks neither for the model nor for the magnitude, and the first one for few files', async () => {
  const { page, requests, problems } = await visit(browser, { path });
  await finished(page);
  const ofPackage = requests.filter((url) => url.includes('/phaselens/'));
  expect(ofPackage.filter((url) => /\.(onnx|npy\.gz)$/.test(url))).toHaveLength(2);
  expect(ofPackage.length).toBeLessThanOrEqual(8);
  await expect.poll(() => page.evaluate(async () => (await (await caches.open('phaselens')).keys()).length)).toBe(2);
  requests.length = 0;
  await page.reload();
  await finished(page);
  expect(requests.filter((url) => /\.(onnx|npy\.gz)$/.test(url))).toEqual([]);
  expect(problems).toEqual([]);
});

test('it fits 360 pixels', async () => {
  const { page } = await visit(browser, { path, viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
  await finished(page);
  await page.click('#compare');
  await page.click('#choose');
  await page.click('#advanced summary');
  await page.click('#more summary');
  await page.setInputFiles('#photo-files', { name: `${'long-name-'.repeat(12)}.png`, mimeType: '', buffer: Buffer.from('no') });
  await page.waitForSelector('#photos-complaint:not([hidden])');
  await page.setInputFiles('#photo-files', { name: `${'long-name-'.repeat(12)}.jpg`, mimeType: '', buffer: await readFile(cat) });
  await page.waitForSelector('#photo-image');
  await page.setInputFiles('#file', { name: `${'long-name-'.repeat(12)}.onnx`, mimeType: '', buffer: Buffer.from('no') });
  await page.waitForSelector('#alert:not([hidden])');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  const outside = await page.evaluate(() =>
    [...document.querySelectorAll('main *')]
      .filter((element) => !element.closest('#strip-units, #history-list, #excited-photos')) // rows that are scrolled
      .filter((element) => element.getBoundingClientRect().right > 360.5)
      .map((e) => e.outerHTML),
  );
  expect(outside.filter((html) => !html.startsWith('<path') && !html.startsWith('<g'))).toEqual([]);
});

test('without WebAssembly SIMD it says what is missing', async () => {
  const { page } = await visit(browser, {
    path,
    before: (page) => page.addInitScript(() => (WebAssembly.validate = () => false)),
  });
  await expect.poll(() => text(page, '#alert')).toMatch(/no WebAssembly SIMD/);
  expect(await text(page, '#waiting-text')).toBe('No picture');
});

test('without the model it says so', async () => {
  const { page } = await visit(browser, { path, before: (page) => page.route('**/*.onnx', (route) => route.abort()) });
  await expect.poll(() => text(page, '#alert')).toMatch(/efficientnet-lite0\.onnx could not be fetched/);
});

test('with relaxed SIMD missing it takes the other build', async () => {
  const { page, requests } = await visit(browser, {
    path,
    before: (page) =>
      page.addInitScript(() => {
        const validate = WebAssembly.validate.bind(WebAssembly);
        // The opcodes of relaxed SIMD begin at 0x100: 253 128 2.
        WebAssembly.validate = (bytes) => !/253,128,2/.test(String(bytes)) && validate(bytes);
      }),
  });
  await finished(page);
  expect(requests.some((url) => url.endsWith('phaselens-simd.wasm'))).toBe(true);
  expect(requests.some((url) => url.includes('relaxed'))).toBe(false);
});

test('with reduced motion it shows a picture a second instead of a flicker', async () => {
  const { page } = await visit(browser, { path, reducedMotion: 'reduce' });
  await finished(page);
  const steps = await seen(page);
  expect(steps).toHaveLength(16);
  expect(new Set(steps.map(({ picture }) => picture)).size).toBeLessThan(16);
  expect(await picture(page)).toBe(steps.at(-1)!.picture);
});

test('it is light or dark as the system is, until told otherwise', async () => {
  const { page } = await visit(browser, { path, colorScheme: 'dark' });
  await reach(page, 1);
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await paper();
  expect(await page.getAttribute('#theme', 'aria-pressed')).toBe('true');
  await page.click('#theme');
  const light = await paper();
  expect(light).not.toBe(dark);
  await page.reload();
  expect(await paper()).toBe(light);
});

test('its icon is a picture', async () => {
  const { page } = await visit(browser, { path });
  const width = await page.evaluate(async () => {
    const image = Object.assign(new Image(), { src: document.querySelector<HTMLLinkElement>('link[rel=icon]')!.href });
    await image.decode();
    return image.width;
  });
  expect(width).toBeGreaterThan(0);
});
