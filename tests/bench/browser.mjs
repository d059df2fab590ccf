// Chromium on the benchmark's page.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { args, executablePath } from '../chromium.mjs';
import { root } from './networks.mjs';

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** Files from elsewhere, by their addresses. */
const elsewhere = new Map();

/** An address of the file, from now on. */
export function addressOf(file) {
  const address = `/elsewhere/${path.basename(file)}`;
  elsewhere.set(address, file);
  return address;
}

function serve(headers) {
  const server = http.createServer((request, response) => {
    const asked = decodeURIComponent(new URL(request.url, 'http://local').pathname);
    const file = elsewhere.get(asked) ?? path.join(root, path.normalize(asked), asked.endsWith('/') ? 'index.html' : '');
    fs.readFile(file, (error, bytes) => {
      if (error) return response.writeHead(404).end();
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      response.setHeader('Content-Type', TYPES[path.extname(file)] ?? 'application/octet-stream').end(bytes);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** What makes the browser's clock tell 5 microseconds apart, not 100. */
const isolating = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Runs `work(page, origin)` in a fresh Chromium on the benchmark's page; `headers`: what every file is served with. */
export async function inBrowser(work, headers = {}) {
  const server = await serve(headers);
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'phaselens-bench-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args,
  });
  try {
    const page = await context.newPage();
    const origin = `http://127.0.0.1:${server.address().port}`;
    await page.goto(`${origin}/tests/bench/page.html`);
    await page.waitForFunction('window.ready');
    return await work(page, origin);
  } finally {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true });
    server.close();
  }
}

/** What one of bench.c's reports says; `numbers` are the parameters after the file. */
export const coreReport = (flavour, what, file, ...numbers) =>
  inBrowser(
    (page) => page.evaluate((given) => window.coreReport(...given), [flavour, what, file && addressOf(file), numbers]),
    isolating,
  );
