/** Where bytes come from: addresses, files, buffers. */
import { PhaselensError } from './errors.js';
import { baseUrl, inNode, pathUrl, readFile } from './platform.js';

/** An address, a path (Node), a dropped file, or the bytes themselves. */
export type Source = string | URL | Blob | ArrayBuffer | Uint8Array;

/** `total` is missing where the server does not tell. Counts bytes. */
export type DownloadProgress = (loaded: number, total?: number) => void;

/** A response with status 2xx; else throws 'network'. */
export async function fetchOk(url: string, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal: signal ?? null });
  } catch (cause) {
    signal?.throwIfAborted();
    // Node hides the reason one level deeper.
    const { message } = ((cause as Error).cause ?? cause) as Error;
    throw new PhaselensError('network', `${url} could not be fetched: ${message}.`, { cause });
  }
  if (response.ok) return response;
  const status = `${response.status} ${response.statusText}`.trim();
  throw new PhaselensError('network', `${url} could not be fetched: the server answered ${status}.`);
}

/** Everything in a blob, which browsers keep outside the page's memory and hand to workers without a copy. */
export async function readSource(source: Source, signal?: AbortSignal, onProgress?: DownloadProgress): Promise<Blob> {
  signal?.throwIfAborted();
  if (source instanceof Blob) return source;
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) return new Blob([source as Uint8Array<ArrayBuffer>]);
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw new PhaselensError(
      'invalid-argument',
      'A source is an address, a path, a File, a Blob, an ArrayBuffer or a Uint8Array.',
    );
  }
  const file = fileOf(source);
  return file === undefined ? download(absolute(source), signal, onProgress) : readBlob(file);
}

/** In Node, paths are relative to the working directory; in browsers, addresses to the page. */
export function absolute(source: string | URL): string {
  const file = fileOf(source);
  return typeof file === 'string' ? pathUrl(file) : join(source, baseUrl());
}

/** An address relative to another one. */
export function join(address: string | URL, base?: string): string {
  try {
    return new URL(address, base).href;
  } catch (cause) {
    throw new PhaselensError('invalid-argument', `${address} is no address.`, { cause });
  }
}

/** The path of a file in Node; undefined for what is to be fetched. A drive letter is no scheme. */
function fileOf(source: string | URL): string | URL | undefined {
  if (!inNode) return undefined;
  if (source instanceof URL || /^[a-z][a-z0-9+.-]+:/i.test(source)) {
    const url = join(source);
    return url.startsWith('file:') ? new URL(url) : undefined;
  }
  return source;
}

async function readBlob(file: string | URL): Promise<Blob> {
  try {
    return new Blob([await readFile(file)]);
  } catch (cause) {
    throw new PhaselensError('network', `${file} could not be read: ${(cause as Error).message}.`, { cause });
  }
}

async function download(url: string, signal?: AbortSignal, onProgress?: DownloadProgress): Promise<Blob> {
  const response = await fetchOk(url, signal);
  const length = Number(response.headers.get('content-length'));
  // A compressed transfer's length is not that of the file.
  const total = length > 0 && !response.headers.get('content-encoding') ? length : undefined;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let loaded = 0;
  try {
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      parts.push(part.value);
      loaded += part.value.length;
      onProgress?.(loaded, total);
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new PhaselensError('network', `${url} broke off after ${loaded} bytes.`, { cause });
  }
  return new Blob(parts);
}
