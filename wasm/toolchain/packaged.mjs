// Writes wasm/base/packaged.ts, what the package brings and where it lies, from models/manifest.json. tests/js/packaged.test.ts sees to it
// that the file is that list's.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
export const file = path.join(root, 'wasm/base/packaged.ts');

const address = (name) => `() => new URL('phaselens/${name}', import.meta.url)`;

/** The whole file. */
export function packaged() {
  const { models, labels, magnitude, continuedMagnitude } = JSON.parse(
    fs.readFileSync(path.join(root, 'models/manifest.json'), 'utf8'),
  );
  const addressOf = ({ file }) => address(`models/${file}`);
  const known = (part) => `{ url: ${addressOf(part)}, sha256: '${part.sha256}', bytes: ${part.bytes} }`;
  const files = [...models, ...labels].map((part) => `'${part.file}': ${addressOf(part)},`);
  return formatted(`/**
 * What the package brings, and where it lies: made by wasm/toolchain/packaged.mjs of models/manifest.json, which is what to change.
 * Bundlers look for these very expressions, and take the files along. Each name is of a file beside the entry, and of one that the
 * package exports: so it is found as well where a bundler has moved the entry away from its files (Vite 7, while developing).
 */

export const workerFile = ${address('worker.js')};

/** The builds that are chosen from, the fastest first. */
export const builds = ['relaxed', 'simd'] as const;

export const wasmFiles = {
  simd: ${address('phaselens-simd.wasm')},
  relaxed: ${address('phaselens-relaxed.wasm')},
};

export const modelFiles: Readonly<Record<string, () => URL>> = {${files.join('')}};

export const magnitudeFiles = { whole: ${known(magnitude)}, continued: ${known(continuedMagnitude)} };

export const models: readonly unknown[] = ${JSON.stringify(models)};
`);
}

function formatted(input) {
  const options = { input, encoding: 'utf8', cwd: root };
  return execFileSync('node_modules/.bin/biome', ['format', `--stdin-file-path=${file}`], options);
}

if (process.argv[1] === import.meta.filename) {
  const text = packaged();
  if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) fs.writeFileSync(file, text);
}
