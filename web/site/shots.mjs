// npm run shots: pictures of every page of build/site, in every way in which it is looked at, into build/shots, to be looked at.
// Parts of names choose some of them: npm run shots -- index dark

import fs from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { args, executablePath } from '../../tests/chromium.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const site = path.join(root, 'build/site');
const out = path.join(root, 'build/shots');
const wanted = process.argv.slice(2);

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

const desk = { viewport: { width: 1280, height: 800 } };
const hand = { hasTouch: true, isMobile: true };

const looks = {
  light: desk,
  dark: { ...desk, colorScheme: 'dark' },
  forced: { ...desk, forcedColors: 'active' },
  zoomed: { viewport: { width: 640, height: 400 } }, // the desk at 200 %
  wide: { viewport: { width: 2560, height: 1300 } },
  narrow: { ...hand, viewport: { width: 390, height: 844 } },
  landscape: { ...hand, viewport: { width: 844, height: 390 } },
  print: { viewport: { width: 718, height: 1046 } }, // A4 within its margins
};

const press = (selector) => (page) => page.evaluate((selector) => document.querySelector(selector).click(), selector);
const unfold = (page) =>
  page.evaluate(() => {
    for (const fold of document.querySelectorAll('details')) fold.open = true;
  });

/** What is done with the playground once its picture is there, one after the other; the last takes the whole page. */
const scenes = [
  { name: 'index' },
  { name: 'index-past', act: press('#history-list [aria-label^="More"]'), undo: press('#past-close') },
  { name: 'index-sheet', looks: ['narrow', 'landscape'], act: press('#choose'), undo: press('#choose-close') },
  { name: 'index-open', act: unfold, full: true },
];

function serve() {
  const server = createServer((request, response) => {
    const file = path.join(site, new URL(request.url, 'http://host').pathname);
    if (!fs.existsSync(file) || !fs.statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': types[path.extname(file)] ?? 'application/octet-stream' });
    fs.createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Until `is` of the page, or half a minute has gone: a picture that shows what hangs is better than none. */
async function until(page, is) {
  for (let i = 0; i < 150 && !(await page.evaluate(is)); i++) await page.waitForTimeout(200); // a policy forbids what waits inside
}

/** Every part in view once, as a reader has it who went on slowly; what moves rests, for less motion was asked for. */
async function read(page) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let y = 0; y < height; y += 600) {
    await page.evaluate((y) => scrollTo(0, y), y);
    await page.waitForTimeout(150);
  }
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(300);
}

async function shoot(page, name, look, fullPage) {
  if (look === 'print') await page.emulateMedia({ media: 'print' });
  const file = path.join(out, `${name}-${look}.png`);
  await page.screenshot({ path: file, fullPage: fullPage || look === 'print' });
  if (look === 'print') await page.emulateMedia({ media: 'screen' });
  console.log(path.relative(root, file));
}

async function shootPlayground(page, url, look) {
  await page.goto(`${url}index.html`);
  await until(page, () => / steps in /.test(document.getElementById('status').textContent));
  await page.waitForTimeout(3000); // what is measured in spare time
  for (const { name, looks, act, undo, full } of scenes) {
    if (looks && !looks.includes(look)) continue;
    await act?.(page);
    await page.waitForTimeout(500);
    await shoot(page, name, look, full);
    await undo?.(page);
  }
}

async function shootAll(browser, url, look, pages) {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...looks[look] });
  const page = await context.newPage();
  for (const name of pages) {
    if (name === 'index.html') {
      await shootPlayground(page, url, look);
      continue;
    }
    await page.goto(url + name);
    await read(page);
    await shoot(page, name.replace('.html', '').replaceAll('/', '-'), look, true);
  }
  await context.close();
}

if (!fs.existsSync(path.join(site, 'index.html'))) throw new Error('build/site is missing: npm run site makes it.');
fs.mkdirSync(out, { recursive: true });
/** Of what can be chosen, what was, or all. */
const chosen = (names) => {
  const some = names.filter((name) => wanted.some((part) => name.includes(part)));
  return some.length > 0 ? some : names;
};
const pages = fs
  .readdirSync(site, { recursive: true })
  .filter((name) => name.endsWith('.html') && !/^phaselens\//.test(name))
  .filter((name) => !/^api\/.*\//.test(name) || name === 'api/classes/phaselens.Model.html'); // one of those that TypeDoc makes
const server = await serve();
const browser = await chromium.launch({ executablePath, args });
try {
  const url = `http://127.0.0.1:${server.address().port}/`;
  for (const look of chosen(Object.keys(looks))) await shootAll(browser, url, look, chosen(pages));
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
