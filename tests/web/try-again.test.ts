/** Each file that a first picture needs, refused until the reader tries again. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finished, launch, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;

test.each([
  ['the package', '**/phaselens/index.js', '#alert', /index\.js/],
  ['the WebAssembly', '**/*.wasm', '#alert', /\.wasm could not be fetched: the server answered 503/],
  ['the model', '**/*.onnx', '#alert', /efficientnet-lite0\.onnx could not be fetched: the server answered 503/],
  [
    'the magnitude',
    '**/*.npy.gz',
    '#alert',
    /imagenet-magnitude-continued\.npy\.gz could not be fetched: the server answered 503/,
  ],
  ['the worker', '**/phaselens/worker.js', '#alert', /worker/],
  ['names of classes', '**/imagenet-labels.txt', '#names-missing', /names of the classes/],
])('where %s was refused, trying again gives the picture', async (_, file, box, sentence) => {
  const before = (page: Page) => page.route(file, (route) => route.fulfill({ status: 503, body: 'busy' }));
  const { page } = await visit(browser, { path, before });
  await expect.poll(() => text(page, box)).toMatch(sentence);
  await page.unroute(file);
  await page.click(`${box} button:text-is("Try again")`);
  await expect.poll(() => text(page, '#title')).toBe('daisy');
  await finished(page);
  expect(await page.isVisible(box)).toBe(false);
});
