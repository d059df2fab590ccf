/** What a picture is made of, as its PNG and its checkpoints keep it: enough to make it again. */
import { type Build, type Model, settle, type Visualization, type VisualizeOptions } from '../api/index.js';
import { type Files, type Hashes, hashesOf } from './files.js';
import type { Texts } from './images.js';
import type { ModelWish } from './models.js';
import type { Subject } from './subjects.js';
import { version } from './version.js';

export interface Recipe {
  /** Which package, and which of its builds: the same bits are theirs alone. */
  readonly phaselens: string;
  readonly build: Build;
  readonly model: ModelWish;
  readonly subject: Subject;
  /** Every option as it was decided. */
  readonly options: VisualizeOptions;
  readonly files: Files;
  readonly hashes: Hashes;
  /** Which of several that were made side by side. */
  readonly image?: number;
  /** How often the page refined it, which this command does not. */
  readonly refined?: number;
  /** The step that the page's picture shows, where it is not the last. */
  readonly step?: number;
}

/** Of a picture that is made, or will be: with `seconds`, only afterwards. */
export async function describe(
  { build }: Model,
  { model, options, files }: { model: ModelWish; options: VisualizeOptions; files: Files },
  { config, frameOptions }: Visualization,
  subject: Subject,
): Promise<Recipe> {
  const { generator, magnitude } = options;
  const sources = { ...(generator ? { generator } : {}), ...(magnitude ? { magnitude } : {}) };
  const settled = { ...settle(config, frameOptions), ...sources };
  const hashes = await hashesOf(files, settled);
  return { phaselens: version, build, model, subject, options: settled, files, hashes };
}

const keyword = 'phaselens';

/** Latin letters alone, as PNG has it: others are escaped. */
const ascii = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

export function textsOf(title: string, made: object): Texts {
  return { Title: ascii(title), Software: `Phaselens ${version}`, [keyword]: ascii(JSON.stringify(made)) };
}

/** What textsOf was given; undefined for a picture of someone else. */
export function madeOf(texts: Texts): unknown {
  try {
    return JSON.parse(texts[keyword] ?? '');
  } catch {
    return undefined;
  }
}
