/** The whole site, made into a folder of its own: playground, article, docs and, where they were made, the pages of the reference. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { launch } from './browser';
import { serve } from './server';

const root = resolve(import.meta.dirname, '../..');

export interface WholeSite {
  folder: string;
  /** Where it is served, with a slash at its end. */
  url: string;
  browser: Browser;
}

/** Made, served, and with a browser for it, while a file's tests run: it is there in them, not before. */
export function useWholeSite(): Readonly<WholeSite> {
  const site = {} as WholeSite;
  const ends: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'phaselens-site-'));
    ends.unshift(() => rm(folder, { recursive: true }));
    // Not synchronously: posters take minutes at first, and a test file that does not answer for one is given up.
    const { stderr } = await promisify(execFile)(process.execPath, [join(root, 'web/site/make.mjs'), folder]);
    expect(stderr).toBe('');
    const { url, close } = await serve(folder);
    ends.unshift(close);
    const browser = await launch();
    ends.unshift(() => browser.close());
    Object.assign(site, { folder, url, browser });
  }, 300_000);
  afterAll(async () => {
    for (const end of ends) await end();
  });
  return site;
}
