/** The program of every host: README's first sample as it stands, but for a small picture, of which it tells a sum. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');

/** The small picture: the same bits everywhere, for the build and the seed are given. */
const changes: readonly [string, string][] = [
  ['loadModel(entry)', "loadModel({ ...entry, url: modelUrl }, { build: 'simd' })"],
  ['{ seed: 1 }', '{ seed: 1, size: 64, steps: 3, crops: 2, cropSize: 64 }'],
  ['console.log(step.index, step.score)', 'note(step.frame)'],
];

function sample(): { imports: string; body: string } {
  const found = [...readme.matchAll(/^```js\n(import .* from 'phaselens')\n(.*?)^```/gms)].find(([text]) =>
    text.includes('loadManifest()'),
  );
  if (!found) throw new Error('README.md has no sample with loadManifest().');
  const [, imports = '', body = ''] = found;
  for (const [part] of changes) if (!body.includes(part)) throw new Error(`README.md's first sample has no ${part}.`);
  return { imports, body: changes.reduce((text, [part, other]) => text.replace(part, other), body) };
}

export interface SampleOptions {
  /** In place of 'phaselens'. */
  from?: string;
  /** CommonJS. */
  require?: boolean;
  /** An expression: in place of the packaged model's address. */
  modelUrl?: string;
}

/** A module that exports `picture`, a promise of the sum of the last frame's pixels. */
export function pictureModule({ from = 'phaselens', require = false, modelUrl = 'entry.url' }: SampleOptions = {}): string {
  const { imports, body } = sample();
  const named = imports.replace("'phaselens'", `'${from}'`);
  return `${require ? named.replace('import', 'const').replace(/ from (.*)/, ' = require($1)') : named}

async function picture() {
  let sum = 0
  const note = ({ data }) => (sum = data.reduce((sum, value) => (sum * 31 + value) % 4294967291, 0))
${body.replace('modelUrl', modelUrl).replace(/^/gm, '  ')}
  return sum
}

${require ? 'module.exports = { picture }' : 'export { picture }'}
`;
}

/** For a page: tells what came. */
export const told = `picture().then(
  (sum) => (globalThis.told = { sum }),
  (error) => (globalThis.told = { error: String(error), code: error.code }),
)
`;

export const pageProgram = (options?: SampleOptions): string => `${pictureModule(options)}\n${told}`;

/** For Node and its like: prints it. */
export const consoleProgram = (options?: SampleOptions): string => `${pictureModule(options)}\npicture().then(console.log)\n`;
