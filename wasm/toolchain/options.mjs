// Writes wasm/base/option-list.ts, the options of a visualization for TypeScript, from the lists in src/phaselens.h as the built core
// tells them. tests/js/options.test.ts sees to it that the file is theirs.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
export const file = path.join(root, 'wasm/base/option-list.ts');

/** The built core, as bind.cpp exports it. */
export async function openCore() {
  const folder = path.join(root, 'build/wasm-simd');
  const { default: create } = await import(`${folder}/phaselens.mjs`);
  const module = await WebAssembly.compile(fs.readFileSync(`${folder}/phaselens.wasm`));
  return create({
    instantiateWasm(imports, done) {
      WebAssembly.instantiate(module, imports).then((instance) => done(instance, module));
      return {};
    },
  });
}

/** What the core's optionLists() answers. */
export const readLists = async () => (await openCore()).optionLists();

const quote = (text) => (text.includes("'") ? JSON.stringify(text) : `'${text}'`);

const types = {
  flag: () => 'boolean',
  whole: () => 'number',
  number: () => 'number',
  word: ({ words }) => words.map(quote).join(' | '),
  range: () => 'readonly [number, number]',
  distribution: () => 'Distribution',
  standardize: () => 'Standardize',
};

/** What the numbers of an option may be, as a sentence of its own. */
function bounds({ type, low, high, orZero }) {
  if (type === 'flag' || type === 'word') return '';
  if (type === 'standardize') return ` The epsilon is from ${low} to ${high}.`;
  if (type === 'range' || type === 'distribution') return ` Both numbers are from ${low} to ${high}.`;
  return ` ${orZero ? '0, or from' : 'From'} ${low} to ${high}.`;
}

function comment(text) {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (lines.at(-1).length + word.length > 118) lines.push('');
    lines.push(`${lines.pop()} ${word}`.trimStart());
  }
  return lines.length === 1 ? [`  /** ${text} */`] : ['  /**', ...lines.map((line) => `   * ${line}`), '   */'];
}

const member = (option) => [...comment(option.text + bounds(option)), `  ${option.name}?: ${types[option.type](option)};`];

const entry = ({ name, type, words, low, high, orZero, text }) => [
  '  {',
  `    name: '${name}',`,
  `    type: '${type}',`,
  ...(type === 'word' ? [`    words: [${words.map(quote).join(', ')}],`] : []),
  ...(type === 'word' || type === 'flag' ? [] : [`    low: ${low},`, `    high: ${high},`]),
  ...(orZero ? ['    orZero: true,'] : []),
  `    text: ${quote(text)},`,
  '  },',
];

/** The whole file. */
export function optionList({ config, frame }) {
  return `/** Options of a visualization: made by wasm/toolchain/options.mjs of the lists in src/phaselens.h, which are what to change. */

/** U(low, high) or N(mean, deviation). */
export type Distribution =
  | {
      /** From low to high. */
      readonly uniform: readonly [number, number];
    }
  | {
      /** Mean and deviation. */
      readonly normal: readonly [number, number];
    };

/** To zero mean and unit deviation: (x - mean) / (deviation + epsilon). What is left out comes from the preset. */
export type Standardize =
  | boolean
  | {
      /** Added to the deviation. */
      readonly epsilon?: number;
      /** The deviation's sum is divided by one less than there are values (Bessel). */
      readonly unbiased?: boolean;
    };

/** What is computed. */
export interface ConfigOptions {
${config.flatMap(member).join('\n')}
}

/** How a picture is shown; does not change what is computed. */
export interface FrameOptions {
${frame.flatMap(member).join('\n')}
}

/** A line of a list. */
export interface OptionInfo {
  /** In camel case. */
  readonly name: string;
  /** What a value is: true or false, a whole number, a number, one of \`words\`, or a pair or an object of numbers. */
  readonly type: 'flag' | 'whole' | 'number' | 'word' | 'range' | 'distribution' | 'standardize';
  /** What a word may be. */
  readonly words?: readonly string[];
  /** The least that its numbers may be. */
  readonly low?: number;
  /** The most. */
  readonly high?: number;
  /** Or 0, or a range from 0 to 0. */
  readonly orZero?: boolean;
  /** What it does, for people. */
  readonly text: string;
}

export const configOptions: readonly OptionInfo[] = [
${config.flatMap(entry).join('\n')}
];

export const frameOptions: readonly OptionInfo[] = [
${frame.flatMap(entry).join('\n')}
];
`;
}

if (process.argv[1] === import.meta.filename) {
  const text = optionList(await readLists());
  if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) fs.writeFileSync(file, text);
}
