/** The natural magnitude that pictures are held at: which file a picture needs, read once for all of a model. */
import { PhaselensError } from '../base/errors.js';
import { magnitudeFiles } from '../base/packaged.js';
import { makeBlob } from '../base/platform.js';
import type { Config } from '../base/protocol.js';
import { type DownloadProgress, type KnownFile, readSource, type Source } from '../base/source.js';
import { refuseOthers } from './recognize.js';

/** Bytes to which compressed ones may grow: twice what a magnitude of 4096 x 4096 has. */
const most = 2 ** 28;

export class Magnitudes {
  readonly #own: Source | undefined;
  readonly #read = new Map<string, Promise<ArrayBuffer>>();

  /** `own` takes the place of the packaged ones. */
  constructor(own: Source | undefined) {
    this.#own = own;
  }

  /** The npy file for such a picture; empty where it needs none. */
  for({ parametrization, continueMagnitude }: Config, onProgress?: DownloadProgress): Promise<ArrayBuffer> {
    if (parametrization !== 'maco') return Promise.resolve(new ArrayBuffer(0));
    if (this.#own !== undefined) return this.#once('own', this.#own, undefined, onProgress);
    // What is left of it where the recipe continues it by its own power law, or all.
    const part = continueMagnitude ? 'continued' : 'whole';
    const { url, ...known } = magnitudeFiles[part];
    return this.#once(part, url(), known, onProgress);
  }

  /** Lets go what was read. */
  clear(): void {
    this.#read.clear();
  }

  /** Read once, unless it fails; who asks first hears how far it is. */
  #once(key: string, source: Source, file?: KnownFile, onProgress?: DownloadProgress): Promise<ArrayBuffer> {
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const reading = readMagnitude(source, file, onProgress);
    this.#read.set(key, reading);
    reading.catch(() => void this.#read.delete(key));
    return reading;
  }
}

/** An npy file, or one that gzip has compressed; servers may have undone that. */
export async function readMagnitude(source: Source, file?: KnownFile, onProgress?: DownloadProgress): Promise<ArrayBuffer> {
  const blob = await readSource(source, undefined, onProgress, file);
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (first === 0x1f && second === 0x8b) return decompress(blob);
  await refuseOthers(blob, source, 'magnitude');
  return blob.arrayBuffer();
}

async function decompress(blob: Blob): Promise<ArrayBuffer> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    // Safari's streams are no sequences for await.
    const reader = blob.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      if (size > most) throw new Error(`it would be more than ${most >> 20} MB`);
      parts.push(part.value);
    }
  } catch (cause) {
    const message = `The magnitude cannot be decompressed: ${(cause as Error).message}.`;
    throw new PhaselensError('invalid-magnitude', message, { cause });
  }
  return makeBlob(parts).arrayBuffer();
}
