/** What a page of a host shows in Chromium. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { args, executablePath } from '../chromium.mjs';

export interface Told {
  sum?: number;
  error?: string;
  code?: string;
}

export interface Shown {
  told: Told;
  /** Addresses that were asked for, without those that the page made itself. */
  requests: string[];
}

let browser: Browser;

/** Chromium for a file of tests. */
export function useChromium(): void {
  beforeAll(async () => void (browser = await chromium.launch({ executablePath, args: [...args] })));
  afterAll(() => browser?.close());
}

/** Waits in the page, or in the first frame of it, until the program has told what came. */
export async function show(url: string, { framed = false } = {}): Promise<Shown> {
  const page = await browser.newPage();
  const requests: string[] = [];
  const problems: string[] = [];
  page.on('request', (request) => /^http/.test(request.url()) && requests.push(request.url()));
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  try {
    await page.goto(url);
    return { told: await heard(page, framed), requests };
  } catch (error) {
    throw new Error(`${(error as Error).message}\nThe page said: ${problems.join('\n')}`);
  } finally {
    await page.close();
  }
}

async function heard(page: Page, framed: boolean): Promise<Told> {
  const place = framed ? page.frames()[1]! : page;
  const handle = await place.waitForFunction(() => (globalThis as { told?: Told }).told, undefined, { timeout: 120_000 });
  return (await handle.jsonValue()) as Told;
}
