/** Chromium frees what nobody holds any more. */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Api } from '../../web/phaselens';
import { loadMany, makeMany } from '../js/forgotten.mjs';
import { tinyNetwork, writeOnnx } from '../js/onnx';
import { again, finished, launch, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch('--js-flags=--expose-gc')));
afterAll(() => browser?.close());

/** A page of the same origin, without the page's own work. */
async function open() {
  const { page } = await visit(browser, { path: 'phaselens/phaselens/models/manifest.json' });
  const api = await page.evaluateHandle<Api>("import(new URL('../../index.js', location.href).href)");
  return { page, api, file: [...writeOnnx(tinyNetwork())] };
}

test.each([
  ['finished', false],
  ['left in the middle', true],
])('a thousand pictures that were %s', { timeout: 300_000 }, async (_, left) => {
  const { page, api, file } = await open();
  const make = await page.evaluateHandle<typeof makeMany>(`(${String(makeMany)})`);
  const { early, late } = await page.evaluate(
    ({ make, api, file, left }) => make({ api, gc: () => gc!(), file: Uint8Array.from(file), times: 1000, left }),
    { make, api, file, left },
  );
  expect(late.map(({ handles }) => handles)).toEqual([1, 1]); // of the model
  late.forEach(({ used, heap }, i) => {
    expect(Math.abs(used - early[i]!.used)).toBeLessThan(1024); // where the allocator puts things differs by some bytes
    expect(heap - early[i]!.heap).toBeLessThanOrEqual(8 << 20); // a step of its growth: some wait at once until they are found
  });
});

test('what disposed models had', async () => {
  const { page, api, file } = await open();
  const load = await page.evaluateHandle<typeof loadMany>(`(${String(loadMany)})`);
  const session = await page.context().newCDPSession(page);
  await page.exposeFunction('here', async () => {
    const { usedSize, backingStorageSize } = (await session.send('Runtime.getHeapUsage')) as Record<string, number>;
    return usedSize! + backingStorageSize!;
  });
  const memory = await page.evaluate(
    ({ load, api, file }) => {
      const { here } = window as unknown as { here(): Promise<number> };
      return load({ api, gc: () => gc!(), file: Uint8Array.from(file), times: 8, here });
    },
    { load, api, file },
  );
  expect(memory.at(-1)! - memory[1]!).toBeLessThan(300_000); // the magnitude alone, which each had, has 1.6 MB
});

/** Bytes of memory that the page's process has, its workers' among them, once what nobody holds is freed. */
async function resident(page: Page): Promise<number> {
  await page.evaluate(() => gc!());
  for (const worker of page.workers()) await worker.evaluate(() => gc!());
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(async ({ id }) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${id}/status`, 'utf8'))![1]) * 1024);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

test('pictures of the page, after a hundred', { timeout: 300_000 }, async () => {
  const { page, problems } = await visit(browser, { path: '#unit=1&seed=1&size=48&steps=2&crops=1&cropSize=32' });
  await finished(page);
  const make = async (count: number) => {
    for (let i = 0; i < count; i++) await again(page, () => page.click('#next'));
    return resident(page);
  };
  const early = await make(100); // within some eighty the process takes what it will hold: history, stacks, freed pages it keeps
  expect((await make(60)) - early).toBeLessThan(60 << 20); // a picture that stayed would be more than a megabyte
  expect(problems).toEqual([]);
});
