/** What `phaselens poster` makes at build time, and what `phaselens serve` serves. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, encode } from 'fast-png';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch } from './browser';
import { article, reaches, small } from './element';

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'phaselens-'));
let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** Until its version 22 Node has the build `relaxed` behind a flag, and until 24 only for who asks for it. */
const start = (...words: string[]) =>
  spawn(process.execPath, ['--experimental-wasm-relaxed-simd', command, ...words], { cwd: folder });

/** A photo, of the kind whose bits do not depend on who decodes it. */
const photo = new Uint8Array(48 * 40 * 3).map((_, i) => (i * 37) % 251);
writeFileSync(join(folder, 'photo.png'), encode({ data: photo, height: 48, width: 40, channels: 3 }));

test.each([
  ['', 96],
  ['start="photo.png"', 96],
  ['compare="fourier" start="photo.png"', 96 + 4 + 96],
  ['compare="paper" transparency="false"', 96 + 4 + 96],
])('a poster has the bits of what the element comes to: %s', async (attributes, wide) => {
  const lens = `<phase-lens unit="goldfish" ${small} ${attributes} poster="poster.png" autoplay></phase-lens>`;
  writeFileSync(join(folder, 'article.html'), lens);
  const [status] = await once(start('poster', 'article.html', '--build', 'relaxed'), 'close');
  expect(status).toBe(0);
  const before = (page: Page) =>
    page.route('**/*.png', (route) => route.fulfill({ path: join(folder, route.request().url().split('/').at(-1)!) }));
  const { page } = await article(browser, lens, { before });
  await reaches(page, 'phase-lens', 'finished');
  const drawn = await page.evaluate(() => {
    const canvases = [...document.querySelector('phase-lens')!.shadowRoot!.querySelectorAll('canvas')];
    return canvases.map((canvas) => [...canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data]);
  });
  const { data, channels, height, width } = decode(readFileSync(join(folder, 'poster.png')));
  expect({ height, width }).toEqual({ height: 96, width: wide });
  drawn.forEach((pixels, i) => {
    const rows = Array.from({ length: 96 }, (_, y) => channels * (y * width + i * 100));
    const cut = rows.flatMap((from) => [...data.subarray(from, from + channels * 96)]);
    expect(String(cut) === String(channels === 4 ? pixels : pixels.filter((_, j) => j % 4 !== 3))).toBe(true);
  });
});

test('the page that the command serves makes pictures', async () => {
  const child = start('serve', '--json');
  try {
    const [line] = await once(child.stdout, 'data');
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(JSON.parse(String(line)).address);
    await page.waitForFunction(() => {
      const canvas = document.querySelector('canvas');
      if (!canvas?.width) return false;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value, i) => i % 4 !== 3 && value > 0);
    });
    expect(problems).toEqual([]);
  } finally {
    child.kill('SIGINT');
    await once(child, 'close');
  }
});
