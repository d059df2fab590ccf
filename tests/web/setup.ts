/** Builds the page around the package in dist/ and serves it. */
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';
import { serve } from './server';

const root = resolve(import.meta.dirname, '../..');

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  for (const file of ['index.js', 'phaselens/models/efficientnet-lite0.onnx']) {
    if (!existsSync(resolve(root, 'dist', file)))
      throw new Error(`dist/${file} is missing: build the package and its models first`);
  }
  const outDir = resolve(root, 'build/site-test');
  await build({ configFile: resolve(root, 'web/vite.config.ts'), logLevel: 'warn', build: { outDir } });
  // The page has no element; other pages have, from the same folder.
  for (const name of ['element.js', 'define.js']) await cp(resolve(root, 'dist', name), resolve(outDir, 'phaselens', name));
  const server = await serve(outDir);
  project.provide('url', server.url);
  return server.close;
}
