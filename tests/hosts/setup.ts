/** Packs the package once, as it would be published, and has Node tell which picture it makes. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    tarball: string;
  }
}

const root = resolve(import.meta.dirname, '../..');

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(join(root, 'dist/phaselens/models/efficientnet-lite0.onnx')))
    throw new Error('The package is not built: npm run build makes it and its model.');
  const folder = await mkdtemp(join(tmpdir(), 'phaselens-pack-'));
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: join(root, 'dist'),
    encoding: 'utf8',
  });
  project.provide('tarball', join(folder, packed.trim()));
  return () => rm(folder, { recursive: true });
}
