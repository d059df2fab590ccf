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
const simd = chromium.withoutRelaxed;

async function visit(path: string, before?: () => void): Promise<Visit> {
  const page = await (await browser.createBrowserContext()).newPage();
  if (before) await page.evaluateOnNewDocument(before);
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
const bitsOf = (canvas: HTMLCanvasElement) =>
  canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data.join();

describe.skipIf(!available)('in Firefox', () => {
  test('a link gives the same bits twice, and those of Chromium by the same build', async () => {
    const [one, other, chromiums] = [await drawn(link, simd), await drawn(link, simd), await drawnByChromium(link, simd)];
    expect(one).toMatchObject({ builds: 'phaselens-simd.wasm', problems: [] });
    expect(other.bits === one.bits).toBe(true);
    expect(chromiums).toMatchObject({ builds: one.builds, score: one.score });
    expect(chromiums.bits === one.bits).toBe(true);
  });

  // These may be two builds, and relaxed SIMD may round as each engine likes. What differs in a last bit is carried on where a value lies
  // within rounding of a Relu6's kink: after the sixteen steps above the score of `simd` is 3.76, that of `relaxed` 3.62. In four
  // steps of this seed none does.
  test('a short run has the score of Chromium, whichever builds they choose', async () => {
    const short = link.replace('steps=16', 'steps=4');
    const { score, problems } = await drawn(short);
    expect(Number(score)).toBeGreaterThan(0);
    expect([(await drawnByChromium(short)).score, (await drawnByChromium(short, simd)).score]).toEqual([score, score]);
    expect(problems).toEqual([]);
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

interface Drawn {
  bits: string;
  score: string; // with two digits after the point
  builds: string; // files of WebAssembly that were fetched
}

async function drawn(path: string, before?: () => void): Promise<Drawn & Pick<Visit, 'problems'>> {
  const { page, problems } = await visit(path, before);
  await finished(page);
  const [bits, score] = [await page.$eval('canvas', bitsOf), await text(page, '#score')];
  return { bits, score, builds: await page.evaluate(buildsFetched), problems };
}

async function drawnByChromium(path: string, before: () => void = () => {}): Promise<Drawn> {
  const other = await chromium.launch();
  const { page } = await chromium.visit(other, { path, before: (page) => page.addInitScript(before) });
  await chromium.finished(page);
  const [bits, score] = [await page.$eval('canvas', bitsOf), await chromium.text(page, '#score')];
  const builds = await page.evaluate(buildsFetched);
  await other.close();
  return { bits, score, builds };
}

function buildsFetched(): string {
  const files = performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1)!);
  return files.filter((name) => name.endsWith('.wasm')).join();
}
