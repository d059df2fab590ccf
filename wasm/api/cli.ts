#!/usr/bin/env node
/** The command line: `phaselens spectrum FOLDER --out FILE`. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { averageSpectrum, type Frame } from './index.js';

const usage = `phaselens spectrum FOLDER --out FILE.npy [--size 512] [--rgb]

Averages the Fourier magnitude of the JPEG and PNG images in FOLDER and the folders in it, for the option \`magnitude\` of
visualizations. --size is the side in pixels of the images that it is for; --rgb leaves the colours correlated.`;

/** What the user did wrong. */
class UsageError extends Error {}

function decode(name: string, file: Uint8Array): Frame {
  const jpegs = ['.jpg', '.jpeg'].includes(extname(name).toLowerCase());
  try {
    const { data, height, width } = jpegs
      ? jpeg.decode(file, { useTArray: true, maxMemoryUsageInMB: 2048, maxResolutionInMP: 200 })
      : PNG.sync.read(Buffer.from(file));
    return { data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length), height, width };
  } catch (cause) {
    throw new UsageError(`${name} could not be read as an image: ${(cause as Error).message}`, { cause });
  }
}

/** In the order of their names, so that the sum is the same everywhere. */
async function listImages(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new UsageError(`${folder} could not be listed: ${cause.message}`, { cause });
  });
  const images = names.filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
  if (images.length === 0) throw new UsageError(`${folder} holds no .jpg, .jpeg or .png file.`);
  return images.map((name) => join(folder, name));
}

async function* readImages(names: readonly string[]): AsyncGenerator<Frame> {
  for (const [i, name] of names.entries()) {
    process.stderr.write(`\r${i + 1} of ${names.length}`);
    yield decode(name, await readFile(name));
  }
  process.stderr.write('\n');
}

async function spectrum(folder: string, out: string, size: number, rgb: boolean): Promise<void> {
  const names = await listImages(folder);
  await writeFile(out, await averageSpectrum(readImages(names), { size, decorrelate: !rgb }));
  console.log(`${out}: the mean magnitude of ${names.length} images`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { out: { type: 'string' }, size: { type: 'string' }, rgb: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return console.log(usage);
  const [command, folder, ...others] = positionals;
  if (command !== 'spectrum' || !folder || others.length > 0 || !values.out) throw new UsageError(usage);
  await spectrum(folder, values.out, Number(values.size ?? 512), values.rgb ?? false);
}

main().catch((error: Error & { code?: string }) => {
  console.error(error.message);
  process.exitCode = error instanceof UsageError || error.code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
});
