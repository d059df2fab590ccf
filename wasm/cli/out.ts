/** Where pictures go. */
import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkWritable } from './disk.js';
import { Exit, failed, misuse, reasonOf } from './exit.js';

/** What a pattern can name. */
export type Fields = Readonly<Record<'layer' | 'unit' | 'name' | 'image', string>>;

export const outText =
  'A PNG; of several pictures a folder, or a pattern with {layer}, {unit}, {name} or {image} in it. Default: {layer}-{unit}.png here.';

const isThere = (folder: string): boolean => statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
const isFolder = (path: string): boolean => /[\\/]$/.test(path) || isThere(path);

/** What may stand in the name of a file everywhere. */
const tame = (text: string): string => text.replace(/[^\p{L}\p{N}._-]+/gu, '_') || '_';

function fill(pattern: string, fields: Fields): string {
  return pattern.replace(/\{(\w*)\}/g, (_, field: string) => {
    if (Object.hasOwn(fields, field)) return tame(fields[field as keyof Fields]);
    throw misuse(
      `--out knows ${Object.keys(fields)
        .map((name) => `{${name}}`)
        .join(', ')}, and no {${field}}.`,
    );
  });
}

/** A path for each picture. Throws an Exit where two would be one. */
export function planOut(out: string | undefined, pictures: readonly Fields[], usual: string): string[] {
  const pattern = out === undefined ? usual : isFolder(out) ? join(out, usual) : out;
  if (!/\.png$/i.test(pattern)) throw misuse(`--out is a PNG or a folder: ${pattern} ends with neither .png nor /.`);
  const paths = pictures.map((fields) => fill(pattern, fields));
  if (new Set(paths).size === paths.length) return paths;
  throw misuse(`${paths.length} pictures cannot all be ${paths[0]}: --out is a folder, or has {unit} in it.`);
}

/** Before the model is loaded: whether it will be possible; folders that are missing are made. */
export async function prepareOut(out = '.'): Promise<void> {
  const [fixed = ''] = out.split('{');
  const folder = isFolder(fixed) ? fixed : dirname(fixed);
  await makeFolder(folder);
  await checkWritable(isFolder(out) || fixed !== out ? join(folder, 'phaselens.tmp') : out);
}

/** Before the work begins. */
export async function preparePaths(paths: readonly string[]): Promise<void> {
  for (const folder of new Set(paths.map(dirname))) await makeFolder(folder);
  for (const path of paths) await checkWritable(path);
}

/** One, in a folder that is there: deeper ones are rather a mistake. */
async function makeFolder(folder: string): Promise<void> {
  if (isThere(folder)) return;
  try {
    await mkdir(folder);
  } catch (cause) {
    throw new Exit(failed, `The folder ${folder} cannot be made: ${reasonOf(cause)}.`, { cause });
  }
}
