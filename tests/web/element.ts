/** Pages of an article with elements, watched: what they tell, and what nobody caught. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { inject } from 'vitest';

export interface Told {
  type: string;
  id: string;
  /** Of an error. */
  code?: string;
  message?: string;
  /** Of a step. */
  index?: number;
}

export interface Article {
  page: Page;
  /** Errors and warnings of the console. */
  problems: string[];
  requests: string[];
  /** Errors and rejections that came to the window. */
  uncaught(): Promise<string[]>;
  told(type?: string): Promise<Told[]>;
}

export interface ArticleOptions extends BrowserContextOptions {
  policy?: string;
  head?: string;
  before?: (page: Page) => Promise<unknown>;
  /** The whole page, where it is none of ours. */
  html?: string;
}

/** Small and quick. */
export const small = 'seed="1" size="96" steps="16" crops="2" crop-size="64"';

export const define = '<script type="module" src="./phaselens/define.js"></script>';

export async function article(browser: Browser, body: string, options: ArticleOptions = {}): Promise<Article> {
  const { policy, head = define, before, html, ...context } = options;
  const page = await (await browser.newContext({ viewport: { width: 1000, height: 800 }, ...context })).newPage();
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error.stack)));
  page.on('request', (request) => requests.push(request.url()));
  const meta = policy ? `<meta http-equiv="Content-Security-Policy" content="${policy}">` : '';
  const text = html ?? `<!doctype html><html lang="en"><meta charset="utf-8">${meta}${head}<title>An article</title>${body}`;
  await page.route('**/article.html', (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: text }));
  await page.addInitScript(listen);
  await before?.(page);
  await page.goto(`${inject('url')}article.html`);
  return {
    page,
    problems,
    requests,
    uncaught: () => page.evaluate(() => (window as unknown as { uncaught: string[] }).uncaught),
    told: (type) =>
      page.evaluate((type) => (window as unknown as { told: Told[] }).told.filter((one) => !type || one.type === type), type),
  };
}

/** In the page. */
function listen(): void {
  const told: Told[] = [];
  const uncaught: string[] = [];
  Object.assign(window, { told, uncaught });
  addEventListener('error', (event) => uncaught.push(String(event.message ?? event.type)));
  addEventListener('unhandledrejection', (event) => uncaught.push(String(event.reason)));
  for (const type of ['load', 'progress', 'step', 'finish', 'error']) {
    const hear = (event: Event) => {
      const element = event.target as HTMLElement;
      if (element.localName !== 'phase-lens') return;
      const { code, message, index } = Object((event as CustomEvent<unknown>).detail) as Told;
      told.push({ type, id: element.id, code: code!, message: message!, index: index! });
    };
    document.addEventListener(type, hear, true);
  }
}

/** Until the element is in that state. */
export async function reaches(page: Page, selector: string, state: string): Promise<void> {
  const is = ([selector, state]: string[]) => document.querySelector<HTMLElement & { state: string }>(selector!)?.state === state;
  await page.waitForFunction(is, [selector, state], { timeout: 150_000 });
}

/** The pixels of the element's canvas as a number; undefined where it shows none. */
export function canvasOf(page: Page, selector = 'phase-lens', place = 0): Promise<string | undefined> {
  return page.evaluate(
    ([selector, place]) => {
      const pictures = document.querySelector(selector as string)!.shadowRoot!.querySelectorAll('.picture');
      const picture = pictures[place as number];
      if (!picture?.classList.contains('drawn')) return undefined;
      const canvas = picture.querySelector('canvas')!;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      let hash = 2166136261;
      for (const value of data) hash = Math.imul(hash ^ value, 16777619);
      return (hash >>> 0).toString(16);
    },
    [selector, place],
  );
}

/** What a person who does not see it would hear, of the live region. */
export const says = (page: Page, selector = 'phase-lens'): Promise<string> =>
  page.evaluate(
    (selector) => document.querySelector(selector)!.shadowRoot!.querySelector('[role=status]')!.textContent!,
    selector,
  );
