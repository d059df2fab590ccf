/** What `phaselens poster` makes at build time, and what `phaselens serve` serves. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from 'fast-png';
import type { Browser } from 'playwright-core';
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

/** Node has the relaxed build behind a flag until its version 22. */
const start = (...words: string[]) =>
  spawn(process.execPath, ['--experimental-wasm-relaxed-simd', command, ...words], { cwd: folder });

test('a poster has the bits of what the element comes to', async () => {
  const lens = `<phase-lens unit="goldfish" ${small} poster="poster.png" autoplay></phase-lens>`;
  writeFileSync(join(folder, 'article.html'), lens);
  const [status] = await once(start('poster', 'article.html'), 'close');
  expect(status).toBe(0);
  const { page } = await article(browser, lens);
  await reaches(page, 'phase-lens', 'finished');
  const drawn = await page.evaluate(() => {
    const canvas = document.querySelector('phase-lens')!.shadowRoot!.querySelector('canvas')!;
    return [...canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data];
  });
  const { data, channels } = decode(readFileSync(join(folder, 'poster.png')));
  expect(channels).toBe(3);
  expect([...data]).toEqual(drawn.filter((_, i) => i % 4 !== 3));
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
