/** The site from its host: below a path, by a strict policy, without a network, and from one version to the next. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { type Server, serve, subPath } from './server';
import { useWholeSite } from './whole-site';

const root = resolve(import.meta.dirname, '../..');
const site = useWholeSite();
let server: Server;
let home: string;

beforeEach(async () => {
  server = await serve(site.folder);
  home = server.url + subPath.slice(1);
  return () => server.close();
});

async function visitor(): Promise<{ context: BrowserContext; page: Page; problems: string[] }> {
  const context = await site.browser.newContext({ viewport: { width: 1280, height: 800 } });
  const problems: string[] = [];
  const page = await context.newPage();
  page.on('console', (message) => void (['error', 'warning'].includes(message.type()) && problems.push(message.text())));
  page.on('pageerror', (error) => problems.push(String(error.stack)));
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(home) && !/^(data|blob):/.test(url)) problems.push(`request to ${url}`);
  });
  return { context, page, problems };
}

const worked = (page: Page) => page.evaluate(() => navigator.serviceWorker.ready.then(({ active }) => active !== null));

async function pages(): Promise<string[]> {
  const names = await readdir(site.folder, { recursive: true });
  return names.filter((name) => name.endsWith('.html') && !name.startsWith('phaselens'));
}

const small = '#unit=1&seed=1&size=96&steps=8&crops=2&cropSize=64';

/** The playground has a picture. */
const hasPicture = (page: Page) =>
  page.waitForFunction(() => {
    const canvas = document.querySelector('canvas')!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, i) => i % 4 < 3 && value > 200);
  });

test('every page works below a path, breaks no policy and asks nobody else', async () => {
  const { page, problems, context } = await visitor();
  for (const name of await pages()) {
    await page.goto(home + name);
    expect(await page.title(), name).not.toBe('');
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is too wide`).toBe(true);
  }
  expect(problems.filter((text) => !text.includes('willReadFrequently'))).toEqual([]);
  await context.close();
});

test('after a visit it is there without a network, models too', async () => {
  const { page, context } = await visitor();
  await page.goto(home + small);
  await hasPicture(page);
  await worked(page);
  await expect.poll(() => page.evaluate(async () => (await (await caches.open('phaselens')).keys()).length)).toBeGreaterThan(1);
  await server.close();
  for (const path of ['docs/', 'docs/options.html', 'docs/limits.html?a=1']) {
    await page.goto(home + path);
    expect(await page.isVisible('h1'), path).toBe(true);
  }
  await page.goto(`${home}index.html${small}`);
  await hasPicture(page);
  await context.close();
  server = await serve(site.folder);
});

test('a generator of the article is kept once it was asked for', async () => {
  const { page, context } = await visitor();
  await page.goto(`${home}article/index.html`);
  await worked(page);
  const bytesOf = () =>
    page.evaluate(async () => (await (await fetch('painted-eyes.onnx')).arrayBuffer()).byteLength).catch(() => 0);
  const kept = () => page.evaluate(async () => (await caches.match(new URL('painted-eyes.onnx', location.href))) !== undefined);
  await page.reload(); // from now on by the worker
  expect(await kept()).toBe(false);
  const bytes = await bytesOf();
  expect(bytes).toBeGreaterThan(1e7);
  await expect.poll(kept).toBe(true);
  await server.close();
  expect(await bytesOf()).toBe(bytes);
  await context.close();
  server = await serve(site.folder);
});

/** The same site, a letter of a page of the docs and of its style changed, as another version. */
async function changed(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'phaselens-site-'));
  await cp(site.folder, folder, { recursive: true });
  const file = join(folder, 'docs/index.html');
  await writeFile(file, (await readFile(file, 'utf8')).replace('<h1 id="start">Start', '<h1 id="start">Begin'));
  return folder;
}

const versions = (page: Page) =>
  page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('phaselens-site ')));

test('a new version comes as a whole, and the old one goes', async () => {
  const folder = await changed();
  const { writeWorker } = (await import('../../web/site/offline.mjs' as string)) as {
    writeWorker(out: string, manifest: unknown): void;
  };
  writeWorker(folder, JSON.parse(await readFile(join(root, 'models/manifest.json'), 'utf8')));
  const { page, context } = await visitor();
  await page.goto(`${home}docs/index.html`);
  await worked(page);
  const [before] = await versions(page);
  const { port } = new URL(server.url);
  await server.close();
  server = await serve(folder, {}, Number(port));
  await page.goto(`${home}docs/index.html`);
  expect(await page.textContent('h1')).toBe('Start');
  const waits = () => page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting !== null);
  await expect.poll(waits).toBe(true);
  await page.goto('about:blank'); // no page of the old one is open
  const heading = async () => {
    await page.goto(`${home}docs/index.html`);
    const text = await page.textContent('h1');
    if (text !== 'Begin') await page.goto('about:blank');
    return text;
  };
  await expect.poll(heading).toBe('Begin');
  await expect.poll(async () => (await versions(page)).length).toBe(1);
  expect(await versions(page)).not.toContain(before);
  await context.close();
  await rm(folder, { recursive: true });
});

test('what is half one version and half another is not kept', async () => {
  const folder = await changed(); // with the worker of the first
  const { page, context } = await visitor();
  await server.close();
  server = await serve(folder);
  await page.goto(`${server.url}docs/index.html`);
  const state = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      return registration ? (registration.installing ?? registration.waiting ?? registration.active)?.state : 'none';
    });
  await page.waitForTimeout(1000); // it has begun
  await expect.poll(state).not.toBe('installing');
  expect(['none', 'redundant', undefined]).toContain(await state());
  expect(await page.textContent('h1')).toBe('Begin');
  await context.close();
  await rm(folder, { recursive: true });
});
