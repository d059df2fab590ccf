/** What a command is, and what it was given. */
import { parseArgs } from 'node:util';
import { Exit, misuse, wrongUse } from './exit.js';
import { suggest } from './nearest.js';

export interface Flag {
  readonly name: string;
  /** What stands after it, for help; without, it says yes, and its no is --no-NAME. */
  readonly value?: string;
  readonly short?: string;
  /** Each one counts. */
  readonly multiple?: boolean;
  readonly text: string;
}

export interface Command {
  readonly name: string;
  /** What stands after the name. */
  readonly usage: string;
  readonly summary: string;
  /** How many words it takes beside its flags. */
  readonly operands: readonly [least: number, most: number];
  readonly flags: readonly Flag[];
  /** What help says after the flags. */
  readonly notes?: string;
  run(given: Given): Promise<void>;
  /** Defaults of flags, for help; the value as one would write it. */
  defaults?(given: Given): Promise<ReadonlyMap<string, string>>;
}

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** The words after a command's name. */
export class Given {
  readonly operands: readonly string[];
  readonly #values: Values;

  constructor(operands: readonly string[], values: Values) {
    this.operands = operands;
    this.#values = values;
  }

  text(name: string): string | undefined {
    return this.#values[name] as string | undefined;
  }

  all(name: string): readonly string[] {
    return (this.#values[name] as readonly string[] | undefined) ?? [];
  }

  /** undefined where neither yes nor no was said. */
  yes(name: string): boolean | undefined {
    if (this.#values[name]) return true;
    return this.#values[`no-${name}`] ? false : undefined;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined || this.#values[`no-${name}`] !== undefined;
  }

  /** A whole number from `low` on. */
  whole(name: string, low: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^\d+$/.test(text) && Number(text) >= low && Number.isSafeInteger(Number(text))) return Number(text);
    throw misuse(`--${name} is a whole number from ${low}, not ${text}.`);
  }

  /** These flags as they would be written again. */
  words(names: readonly string[]): string[] {
    return names.flatMap((name) => {
      const value = this.#values[name];
      if (typeof value === 'object') return value.flatMap((one) => [`--${name}`, String(one)]);
      if (typeof value === 'string') return [`--${name}`, value];
      const yes = this.yes(name);
      return yes === undefined ? [] : [yes ? `--${name}` : `--no-${name}`];
    });
  }
}

/** Of what was made before, with all that was said then: throws for what is said beside it and is none of `later`. */
export function allowOnly(given: Given, flags: readonly Flag[], later: readonly Flag[], who: string): void {
  const allowed = later.map(({ name }) => name);
  const other = flags.find(({ name }) => given.has(name) && !allowed.includes(name));
  if (other) throw misuse(`${who} has all that there is to say: leave --${other.name} out.`);
}

export const helpFlag: Flag = { name: 'help', short: 'h', text: 'Says this.' };

type ParseOption = { type: 'string' | 'boolean'; short?: string; multiple?: boolean };

function optionsOf(flags: readonly Flag[]): Record<string, ParseOption> {
  const options: Record<string, ParseOption> = {};
  for (const { name, value, short, multiple = false } of flags) {
    options[name] = { type: value ? 'string' : 'boolean', multiple, ...(short ? { short } : {}) };
    if (!value) options[`no-${name}`] = { type: 'boolean' };
  }
  return options;
}

/** Throws an Exit for what the command does not know. */
export function parse({ name, operands, flags }: Command, words: readonly string[]): Given {
  const options = optionsOf([...flags, helpFlag]);
  checkNames(words, options, name);
  const { values, positionals } = parsed(words, options);
  const given = new Given(positionals, values);
  const [least, most] = operands;
  if (given.yes('help') || (positionals.length >= least && positionals.length <= most)) return given;
  const extra = positionals[most];
  throw misuse(
    extra === undefined ? `Something is missing: phaselens ${name} -h says what.` : `phaselens ${name} has no use for ${extra}.`,
  );
}

/** Before anything else: what Node says of an unknown option proposes none. */
function checkNames(words: readonly string[], options: Record<string, ParseOption>, command: string): void {
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue;
    const near = suggest(token.name, Object.keys(options), (known) => `--${known}`);
    throw misuse(`phaselens ${command} has no option ${token.rawName}.${near} phaselens ${command} -h lists them.`);
  }
}

function parsed(words: readonly string[], options: Record<string, ParseOption>) {
  try {
    return parseArgs({ args: [...words], options, strict: true, allowPositionals: true });
  } catch (cause) {
    throw new Exit(wrongUse, (cause as Error).message.split('\n')[0]!, { cause });
  }
}
