/** Options that are files of the user: pictures to begin from or to stay near, generators, magnitudes. */
import { existsSync } from 'node:fs';
import type { Frame, VisualizeOptions } from '../api/index.js';
import type { Flag, Given } from './command.js';
import { hashOf } from './disk.js';
import { Exit, failed } from './exit.js';
import { readPicture } from './images.js';

/** By their paths. */
export interface Files {
  readonly photos?: readonly string[];
  readonly start?: string;
  readonly generatorData?: readonly string[];
}

export const fileFlags: readonly Flag[] = [
  {
    name: 'photo',
    value: 'FILE',
    multiple: true,
    text: 'A photo that distances of the objective name by its place; PNG or JPEG.',
  },
  { name: 'start', value: 'FILE', text: 'An image to start from instead of random values; PNG or JPEG.' },
  {
    name: 'generator-data',
    value: 'FILE',
    multiple: true,
    text: "A file of the generator's weights that does not lie beside it.",
  },
];

export function namedFiles(given: Given): Files {
  const [photos, start, generatorData] = [given.all('photo'), given.text('start'), given.all('generator-data')];
  return {
    ...(photos.length > 0 ? { photos } : {}),
    ...(start ? { start } : {}),
    ...(generatorData.length > 0 ? { generatorData } : {}),
  };
}

export async function readFiles({ photos, start, generatorData }: Files): Promise<VisualizeOptions> {
  return {
    ...(photos ? { photos: await Promise.all(photos.map(readPhoto)) } : {}),
    ...(start ? { start: await readPhoto(start) } : {}),
    ...(generatorData ? { generatorData } : {}),
  };
}

const grey = 128;

/** Grey lies under what is transparent, as the package has it in browsers. */
async function readPhoto(path: string): Promise<Frame> {
  const { data, ...size } = await readPicture(path);
  const opaque = data.map((value, i) => {
    const alpha = data[i | 3]!;
    return i % 4 === 3 ? 255 : Math.round((value * alpha + grey * (255 - alpha)) / 255);
  });
  return { data: opaque, ...size };
}

/** Content of files by their paths. */
export type Hashes = Readonly<Record<string, string>>;

/** Of all files here that a picture depends on. */
export async function hashesOf({ photos = [], start, generatorData = [] }: Files, options: VisualizeOptions): Promise<Hashes> {
  const sources = [...photos, start, ...generatorData, options.generator, options.magnitude];
  const paths = sources.filter((source): source is string => typeof source === 'string' && existsSync(source));
  const entries = await Promise.all(paths.map(async (path) => [path, (await hashOf(path))!] as const));
  return Object.fromEntries(entries);
}

/** Throws where a file is missing or another one than it was. */
export async function checkHashes(hashes: Hashes): Promise<void> {
  for (const [path, hash] of Object.entries(hashes)) {
    const now = await hashOf(path);
    const what = now === undefined ? 'is not there any more' : 'has changed since';
    if (now !== hash) throw new Exit(failed, `${path}, of which the picture was made, ${what}.`);
  }
}
