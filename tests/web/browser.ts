/** The page in Debian's Chromium, watched: every step with its picture, every message of the console, every request. */
import { readFile } from 'node:fs/promises';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { args, executablePath } from '../chromium.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    url: string;
  }
}

/** Small and quick, the same picture in every browser of one build. */
export const smallRecipe = 'seed=1&size=96&steps=16&crops=2&cropSize=64';

export interface Seen {
  done: number;
  score: number;
  picture: string; // of the canvas, after the step was drawn
}

export interface Visit {
  page: Page;
  /** Errors and warnings of the console, uncaught errors, requests that left the origin. */
  problems: string[];
  requests: string[];
}

export function launch(...more: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [...args, ...more],
  });
}

/** One that keeps pages which were left, as browsers of people do. */
export function launchKeeping(): Promise<Browser> {
  return chromium.launch({ executablePath, args: [...args], ignoreDefaultArgs: ['--disable-back-forward-cache'] });
}

export interface VisitOptions extends BrowserContextOptions {
  path?: string; // with the hash
  before?: (page: Page) => Promise<unknown>;
}

export async function visit(browser: Browser, { path = '', before, ...options }: VisitOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const url = inject('url');
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    const text = message.text();
    if (['error', 'warning'].includes(message.type()) && !text.includes('willReadFrequently')) problems.push(text);
  });
  page.on('pageerror', (error) => problems.push(String(error.stack)));
  context.on('request', (request) => {
    requests.push(request.url());
    if (!request.url().startsWith(url) && !request.url().startsWith(`blob:${url}`)) problems.push(`request to ${request.url()}`);
  });
  await page.addInitScript(watch);
  await before?.(page);
  await page.goto(new URL(path, url).href);
  return { page, problems, requests };
}

/** In the page: notes each step that the readout shows. */
function watch(): void {
  const seen: Seen[] = [];
  Object.assign(window, { seen });
  addEventListener('DOMContentLoaded', () => {
    const step = document.getElementById('step')!;
    new MutationObserver(() => {
      const done = parseInt(step.textContent ?? '', 10);
      if (!(done > 0) || done === seen.at(-1)?.done) return;
      const score = Number(document.getElementById('score')!.textContent!.replace('−', '-'));
      seen.push({ done, score, picture: (window as unknown as { picture(): string }).picture() });
    }).observe(step, { childList: true, characterData: true, subtree: true });
  });
  Object.assign(window, {
    picture(selector = 'canvas') {
      const canvas = document.querySelector<HTMLCanvasElement>(selector)!;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      let hash = 2166136261;
      for (const value of data) hash = Math.imul(hash ^ value, 16777619);
      return (hash >>> 0).toString(16);
    },
  });
}

/** In a page, before its own scripts: as a browser that has no relaxed SIMD, whose build is therefore `simd`. */
export function withoutRelaxed(): void {
  const { validate } = WebAssembly;
  const swizzle = '253,128,2'; // i8x16.relaxed_swizzle, which the package tries
  WebAssembly.validate = (bytes) => !new Uint8Array(bytes as ArrayBuffer).join().includes(swizzle) && validate(bytes);
}

export const seen = (page: Page): Promise<Seen[]> => page.evaluate(() => (window as unknown as { seen: Seen[] }).seen);

export const pictureOf = (page: Page, canvas: string): Promise<string> =>
  page.evaluate((canvas) => (window as unknown as { picture(selector: string): string }).picture(canvas), canvas);

export const picture = (page: Page): Promise<string> => pictureOf(page, 'canvas');

/** Lowest and highest alpha of a canvas. */
export function alphas(page: Page, selector = 'canvas'): Promise<{ low: number; high: number }> {
  return page.evaluate((selector) => {
    const canvas = document.querySelector<HTMLCanvasElement>(selector)!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    let low = 255;
    let high = 0;
    for (let i = 3; i < data.length; i += 4) {
      low = Math.min(low, data[i]!);
      high = Math.max(high, data[i]!);
    }
    return { low, high };
  }, selector);
}

export async function reach(page: Page, done: number): Promise<void> {
  await page.waitForFunction((done) => parseInt(document.getElementById('step')!.textContent ?? '', 10) >= done, done);
}

/** Until the picture is finished, however busy the machine. */
export async function finished(page: Page): Promise<void> {
  const done = () => / steps in /.test(document.getElementById('status')!.textContent ?? '');
  await page.waitForFunction(done, undefined, { timeout: 150_000 });
}

/** Starts once more by `act`: the picture at its end. */
export async function again(page: Page, act: () => Promise<unknown>): Promise<string> {
  await page.evaluate(() => (document.getElementById('status')!.textContent = ''));
  await act();
  await finished(page);
  return picture(page);
}

/** The checkpoint that the page's button gives. */
export async function saved(page: Page): Promise<{ name: string; data: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-checkpoint')]);
  return { name: download.suggestedFilename(), data: await readFile(await download.path()) };
}

export const text = (page: Page, selector: string): Promise<string> =>
  page.locator(selector).evaluate((element) => element.textContent ?? '');

/** Drops a file, or several at once, on the middle of the page, as a person would. */
export async function drop(page: Page, name: string, data: Buffer, others: Record<string, Buffer> = {}): Promise<void> {
  const files = Object.entries({ [name]: data, ...others }).map(([name, data]) => ({ name, data: data.toString('base64') }));
  const transfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const { name, data } of files) {
      transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
    }
    return transfer;
  }, files);
  for (const type of ['dragenter', 'dragover', 'drop']) await page.dispatchEvent('main', type, { dataTransfer: transfer });
}
