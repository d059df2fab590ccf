/** The program of every host: README's samples as they stand, but for a small picture, of which they tell a sum. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');

interface Sample {
  /** By what it is known among README's. */
  readonly has: string;
  readonly changes: readonly [string, string][];
}

/** The small picture: the same bits everywhere, for the build and the seed are given. */
const small: readonly [string, string][] = [
  ['loadModel(entry)', "loadModel({ ...entry, url: modelUrl }, { build: 'simd' })"],
  ['{ seed: 1 }', '{ seed: 1, size: 64, steps: 3, crops: 2, cropSize: 64 }'],
];

const samples = {
  page: { has: 'step.draw(', changes: small },
  console: {
    has: 'console.log(step.index',
    changes: [...small, ['console.log(step.index, step.score)', 'note(step.frame)']],
  },
} as const satisfies Record<string, Sample>;

function sample({ has, changes }: Sample): { imports: string; body: string } {
  const found = [...readme.matchAll(/^```js\n(import [^\n]* from 'phaselens')[^\n]*\n(.*?)^```/gms)].find(([text]) =>
    text.includes(has),
  );
  if (!found) throw new Error(`README.md has no sample with ${has}.`);
  const [, imports = '', body = ''] = found;
  for (const [part] of changes) if (!body.includes(part)) throw new Error(`README.md's sample with ${has} has no ${part}.`);
  return { imports, body: changes.reduce((text, [part, other]) => text.replace(part, other), body) };
}

export interface SampleOptions {
  /** In place of 'phaselens'. */
  from?: string;
  /** An expression: in place of the packaged model's address. */
  modelUrl?: string;
}

/** Of a picture's pixels, in a program. */
export const sumOf = (data: string): string => `${data}.reduce((sum, value) => (sum * 31 + value) % 4294967291, 0)`;

/** For a page with a canvas: a module that exports `picture`, a promise of the sum of the pixels that the canvas comes to. It takes a signal. */
export function pictureModule({ from = 'phaselens', modelUrl = 'entry.url' }: SampleOptions = {}): string {
  const { imports, body } = sample(samples.page);
  const heeding = body.replace('{ seed: 1,', '{ signal, seed: 1,');
  return `${imports.replace("'phaselens'", `'${from}'`)}

export async function picture(signal) {
${heeding.replace('modelUrl', modelUrl).replace(/^/gm, '  ')}
  const canvas = document.querySelector('canvas')
  return ${sumOf("canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data")}
}
`;
}

/** For a page: tells what comes of a picture, unless it was left. */
export const tell = (picture: string): string => `${picture}.then(
  (sum) => (globalThis.told = { sum }),
  (error) => error.name === 'AbortError' || (globalThis.told = { error: String(error), code: error.code }),
)
`;

export const told = tell('picture()');

export const pageProgram = (options?: SampleOptions): string => `${pictureModule(options)}\n${told}`;

/** For a page: the small picture by an element, and what came of it. `define` gives the element its name. */
export const elementProgram = (define: string): string => `${define}
const small = { unit: 'goldfish', seed: 1, size: 64, steps: 3, crops: 2, cropSize: 64, autoplay: true }
const lens = Object.assign(document.createElement('phase-lens'), small)
lens.addEventListener('finish', ({ detail }) => (globalThis.told = { sum: ${sumOf('detail.frame.data')} }))
lens.addEventListener('error', ({ detail }) => (globalThis.told = { error: detail.message, code: detail.code }))
document.body.append(lens)
`;

/** For Node and its like, by import or by require: prints the sum. */
export function consoleProgram({ require = false } = {}): string {
  const { imports, body } = sample(samples.console);
  return `${require ? imports.replace('import', 'const').replace(/ from (.*)/, ' = require($1)') : imports}

async function picture() {
  let sum = 0
  const note = ({ data }) => (sum = ${sumOf('data')})
${body.replace('modelUrl', 'entry.url').replace(/^/gm, '  ')}
  return sum
}

picture().then(console.log)
`;
}
