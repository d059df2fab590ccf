// npm run shots: pictures of every page of build/site, in light, dark and narrow, into build/shots, to be looked at.

import fs from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { args, executablePath } from '../../tests/chromium.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const site = path.join(root, 'build/site');
const out = path.join(root, 'build/shots');
const wanted = process.argv.slice(2); // parts of names of pages, or none

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

const looks = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  narrow: { viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true, isMobile: true },
  wide: { viewport: { width: 2560, height: 1300 }, colorScheme: 'light' },
};

function serve() {
  const server = createServer((request, response) => {
    const file = path.join(site, new URL(request.url, 'http://host').pathname);
    if (!fs.existsSync(file) || !fs.statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': types[path.extname(file)] ?? 'application/octet-stream' });
    fs.createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** In the page: a picture that is seen is not finished. */
function busy() {
  const isSeen = ({ top, bottom, left, right }) => top < innerHeight && bottom > 0 && left < innerWidth && right > 0;
  return [...document.querySelectorAll('phase-lens')].some(
    (lens) => isSeen(lens.getBoundingClientRect()) && !['finished', 'failed'].includes(lens.state),
  );
}

/** Every element in view once, its picture finished, as a reader has it who went on slowly. */
async function read(page) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let y = 0; y < height; y += 600) {
    await page.evaluate((y) => scrollTo(0, y), y);
    await page.waitForTimeout(300);
    while (await page.evaluate(busy)) await page.waitForTimeout(200); // pages' policies forbid what waits inside of them
  }
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(300);
}

async function shoot(browser, url, name, look) {
  const context = await browser.newContext(looks[look]);
  const page = await context.newPage();
  await page.goto(url + name);
  if (name === 'index.html') await page.waitForTimeout(8000);
  else await read(page);
  const file = path.join(out, `${name.replace('.html', '').replaceAll('/', '-')}-${look}.png`);
  await page.screenshot({ path: file, fullPage: name !== 'index.html' });
  await context.close();
  console.log(path.relative(root, file));
}

if (!fs.existsSync(path.join(site, 'index.html'))) throw new Error('build/site is missing: npm run site makes it.');
fs.mkdirSync(out, { recursive: true });
const pages = fs
  .readdirSync(site, { recursive: true })
  .filter((name) => name.endsWith('.html') && !/^(api\/.*\/|phaselens\/)/.test(name))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const server = await serve();
const browser = await chromium.launch({ executablePath, args });
try {
  for (const name of pages)
    for (const look of Object.keys(looks)) await shoot(browser, `http://127.0.0.1:${server.address().port}/`, name, look);
} finally {
  await browser.close();
  server.close();
}
