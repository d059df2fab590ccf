/** `phaselens spectrum`: the mean magnitude of one's own images. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { averageSpectrum, type Frame } from '../api/index.js';
import type { Command, Given } from './command.js';
import { checkWritable, write } from './disk.js';
import { Exit, failed, misuse, reasonOf } from './exit.js';
import { readPicture } from './images.js';
import { interruption } from './interrupt.js';
import { clearLine, showLine } from './progress.js';
import { teller } from './speak.js';

/** In the order of their names, so that the sum is the same everywhere. */
async function listImages(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new Exit(failed, `${folder} could not be listed: ${reasonOf(cause)}.`, { cause });
  });
  const images = names.filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
  if (images.length === 0) throw new Exit(failed, `${folder} holds no .jpg, .jpeg or .png file.`);
  return images.map((name) => join(folder, name));
}

async function* readImages(paths: readonly string[]): AsyncGenerator<Frame> {
  for (const [i, path] of paths.entries()) {
    showLine(`${i + 1} of ${paths.length}: ${path}`);
    yield await readPicture(path);
  }
  clearLine();
}

async function run(given: Given): Promise<void> {
  const [folder = '', out] = [given.operands[0], given.text('out')];
  if (out === undefined) throw misuse('--out names the file that the magnitude goes to.');
  await checkWritable(out);
  const paths = await listImages(folder);
  const size = given.whole('size', 1) ?? 512;
  const average = averageSpectrum(readImages(paths), { size, decorrelate: !given.yes('rgb'), signal: interruption });
  await write(out, await average);
  teller(given)({ out, images: paths.length }, `${out}  the mean magnitude of ${paths.length} images`);
}

export const spectrum: Command = {
  name: 'spectrum',
  usage: 'FOLDER --out FILE.npy',
  summary: 'Averages the Fourier magnitude of the PNG and JPEG images in a folder, for --magnitude.',
  operands: [1, 1],
  flags: [
    { name: 'out', short: 'o', value: 'FILE', text: 'The npy file.' },
    { name: 'size', value: 'N', text: 'Side in pixels of the images that it is for. Default: 512.' },
    { name: 'rgb', text: 'Leaves the colours correlated.' },
    { name: 'json', text: 'A line of JSON in the end.' },
  ],
  run,
};
