/** The package's options as flags: names, values and sentences are those of its one list. */
import { kebab, type VisualizeOptions, type WrittenOption, writtenOptions } from '../api/index.js';
import type { Flag, Given } from './command.js';

/** Of what is shown while it is made, which nobody sees here. */
const unseen: readonly string[] = ['frameInterval'];
const listed = writtenOptions.filter(({ name }) => !unseen.includes(name));

const values: Readonly<Record<WrittenOption['type'], string | undefined>> = {
  flag: undefined,
  whole: 'N',
  number: 'X',
  word: 'WORD',
  text: 'TEXT',
  range: 'LOW,HIGH',
  distribution: 'uniform:LOW,HIGH|normal:MEAN,DEVIATION',
  standardize: 'true|false|epsilon:X,unbiased:true',
};

const wordOf = ({ type, words }: WrittenOption): string | undefined => words?.join('|') ?? values[type];

function boundsOf({ type, low, high, orZero }: WrittenOption): string {
  if (low === undefined || high === undefined) return '';
  if (type === 'standardize') return ` Epsilon is from ${low} to ${high}.`;
  return ` ${orZero ? '0, or from' : 'From'} ${low} to ${high}.`;
}

function flagOf(option: WrittenOption): Flag {
  const value = wordOf(option);
  return { name: kebab(option.name), ...(value ? { value } : {}), text: option.text + boundsOf(option) };
}

export const optionFlags: readonly Flag[] = listed.map(flagOf);

/** The options that were given. What is none of an option's values stays a text, which the package refuses with a sentence. */
export function readOptions(given: Given): VisualizeOptions {
  const options: Record<string, unknown> = {};
  for (const option of listed) {
    const name = kebab(option.name);
    const text = given.text(name);
    const value = option.type === 'flag' ? given.yes(name) : text === undefined ? undefined : readValue(option, text);
    if (value !== undefined) options[option.name] = value;
  }
  return options;
}

function readValue({ type }: WrittenOption, text: string): unknown {
  if (type === 'word' || type === 'text') return text;
  if (/^\s*[[{]/.test(text)) return readJson(text);
  if (type === 'range') return text.split(',').map(readNumber);
  if (type === 'distribution') return Object.fromEntries([readNamed(text)]);
  if (type === 'standardize') return text.includes(':') ? readPairs(text) : readNumber(text);
  return readNumber(text);
}

/** true, false or a number; else the text. */
function readNumber(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** normal:0.5,0.1 */
function readNamed(text: string): [string, unknown] {
  const [name = '', numbers = ''] = text.split(/:(.*)/s);
  return [name, numbers.split(',').map(readNumber)];
}

/** epsilon:0.001,unbiased:true */
function readPairs(text: string): Record<string, unknown> {
  const pairs = text.split(',').map((part) => part.split(/:(.*)/s));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, readNumber(value)]));
}

/** Options as one would write them here. */
export function writeOptions(options: VisualizeOptions): Map<string, string> {
  const values = options as Readonly<Record<string, unknown>>;
  const known = listed.filter(({ name }) => values[name] !== undefined);
  return new Map(
    known.map(({ name, type }) => [kebab(name), type === 'flag' ? yesOrNo(values[name]) : writeValue(values[name])]),
  );
}

const yesOrNo = (value: unknown): string => (value ? 'yes' : 'no');

function writeValue(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name}:${writeValue(part)}`)
    .join(',');
}
