/** The whole site, made into a folder of its own: playground, article, docs and, where they were made, the pages of the reference. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

export interface WholeSite {
  folder: string;
  remove(): Promise<void>;
}

export async function makeSite(): Promise<WholeSite> {
  const folder = await mkdtemp(join(tmpdir(), 'phaselens-site-'));
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'web/site/make.mjs'), folder], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
