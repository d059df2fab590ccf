/** The page in Debian's Firefox, over WebDriver BiDi: another engine, other builds of WebAssembly, other ways of canvas and workers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type ElementHandle, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { available, executablePath, extraPrefsFirefox } from '../firefox.mjs';
import * as chromium from './browser';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => {
  if (available) browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true, extraPrefsFirefox });
});
afterAll(() => browser?.close());

interface Visit {
  page: Page;
  /** Errors of the console, uncaught errors, requests that left the origin. */
  problems: string[];
}

const link = `#unit=985&${chromium.smallRecipe}`;

async function visit(path: string): Promise<Visit> {
  const page = await (await browser.createBrowserContext()).newPage();
  await page.setViewport({ width: 1280, height: 800 });
  const url = inject('url');
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(url)) problems.push(`request to ${request.url()}`);
  });
  await page.goto(new URL(path, url).href);
  return { page, problems };
}

const text = (page: Page, selector: string) => page.$eval(selector, (element) => element.textContent ?? '');

/** Until the status says so. */
const says = (page: Page, words: string) =>
  page.waitForFunction((words) => document.getElementById('status')!.textContent!.includes(words), { timeout: 60_000 }, words);

const finished = (page: Page) => says(page, ' steps in ');

/** Not by toDataURL, whose PNG Firefox marks by context. */
const bits = (page: Page) =>
  page.$eval('canvas', (canvas) => canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data.join());

describe.skipIf(!available)('in Firefox', () => {
  test('a link gives the same bits twice, with the score that Chromium has', async () => {
    const { page, problems } = await visit(link);
    await finished(page);
    const other = await visit(link);
    await finished(other.page);
    expect((await bits(other.page)) === (await bits(page))).toBe(true);
    const score = Number(await text(page, '#score'));
    expect(score).toBeGreaterThan(1);
    expect(Math.abs(score - (await chromiumScore()))).toBeLessThan(0.05 * score);
    expect([...problems, ...other.problems]).toEqual([]);
  });

  test('another unit is shown, and a picture pauses and goes on', async () => {
    const { page, problems } = await visit(link.replace('steps=16', 'steps=2000'));
    await page.waitForFunction(() => Number.parseInt(document.getElementById('step')!.textContent!, 10) > 2);
    await page.click('#pause');
    await says(page, 'Paused at step');
    await page.click('#pause');
    await says(page, 'Looking for “daisy”');
    await page.click('#chips button:not([aria-pressed=true])');
    await page.waitForFunction(() => document.getElementById('title')!.textContent !== 'daisy');
    expect(problems).toEqual([]);
  });

  test('a file of one’s own is opened', async () => {
    const { page, problems } = await visit(link);
    await finished(page);
    const folder = await mkdtemp(join(tmpdir(), 'phaselens-'));
    await writeFile(join(folder, 'small.onnx'), smallModel());
    await ((await page.$('#file')) as ElementHandle<HTMLInputElement>).uploadFile(join(folder, 'small.onnx'));
    await page.waitForFunction(() => document.getElementById('where')!.textContent!.includes('small.onnx'));
    await finished(page);
    await rm(folder, { recursive: true });
    expect(problems).toEqual([]);
  });

  test('the element draws', async () => {
    const { page, problems } = await visit('about.html');
    problems.length = 0; // there is no such page: one of the origin
    await page.setContent('<phase-lens unit="985" seed="1" size="96" steps="8" crops="2" crop-size="64" autoplay></phase-lens>');
    await page.addScriptTag({ type: 'module', url: `${inject('url')}phaselens/define.js` });
    await page.waitForFunction(
      () => (document.querySelector('phase-lens') as unknown as { state: string }).state === 'finished',
      {
        timeout: 60_000,
      },
    );
    expect(problems).toEqual([]);
  });
});

/** Of the same link. */
async function chromiumScore(): Promise<number> {
  const other = await chromium.launch();
  const { page } = await chromium.visit(other, { path: link });
  await chromium.finished(page);
  const score = Number(await chromium.text(page, '#score'));
  await other.close();
  return score;
}
