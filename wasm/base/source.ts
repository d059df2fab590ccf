/** Where bytes come from: addresses, files, buffers. */
import { cut, PhaselensError, show } from './errors.js';
import { keptOr } from './kept.js';
import { isBlob, isBuffer, isBytes, isResponse, isUrl } from './kinds.js';
import { baseUrl, inNode, makeBlob, pathUrl, readFile } from './platform.js';
import { following, throwIfAborted } from './signal.js';

/** An address, a path (Node), a dropped file, a response that was not read yet, or the bytes themselves. */
export type Source = string | URL | Blob | Response | ArrayBuffer | Uint8Array;

/** `total` is missing where nobody tells. Counts bytes; `cached`, those that were kept from an earlier visit. */
export type DownloadProgress = (loaded: number, total?: number, cached?: boolean) => void;

/** A response with status 2xx; else throws 'network'. */
export async function fetchOk(url: string, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal: signal ?? null });
  } catch (cause) {
    throwIfAborted(signal);
    // Node hides the reason one level deeper.
    const { message } = ((cause as Error).cause ?? cause) as Error;
    throw new PhaselensError('network', `${cut(url)} could not be fetched: ${message}.${hintFor(url)}`, { cause });
  }
  return checked(response, url);
}

/** Browsers do not tell a refusal of another origin from any other failure. */
function hintFor(url: string): string {
  const { protocol, origin } = new URL(url);
  const isOther = !inNode && protocol.startsWith('http') && origin !== globalThis.origin;
  return isOther ? ` Is it there, and does ${origin} allow pages of other origins to read it (CORS)?` : '';
}

function checked(response: Response, url: string): Response {
  if (response.ok) return response;
  const status = `${response.status} ${response.statusText}`.trim();
  throw new PhaselensError('network', `${cut(url)} could not be fetched: the server answered ${status}.`);
}

/** A file whose content is known: its SHA-256 in hexadecimal digits, and its size. */
export interface KnownFile {
  readonly sha256: string;
  readonly bytes: number;
}

/** Everything in a blob, which browsers keep outside the page's memory and hand to workers without a copy. */
export async function readSource(
  source: Source,
  signal?: AbortSignal,
  onProgress?: DownloadProgress,
  known?: KnownFile,
): Promise<Blob> {
  throwIfAborted(signal);
  if (isBlob(source)) return ownBlob(source);
  if (isBuffer(source) || isBytes(source)) return makeBlob([source]);
  if (isResponse(source)) return following(signal, (own) => readBody(unread(source), nameOf(source), own, onProgress));
  if (typeof source !== 'string' && !isUrl(source)) {
    throw new PhaselensError(
      'invalid-argument',
      `A source is an address, a path, a File, a Blob, a Response, an ArrayBuffer or a Uint8Array, not ${show(source)}.`,
    );
  }
  const file = fileOf(source);
  if (file !== undefined) return readBlob(file);
  const url = absolute(source);
  const download = async (own: AbortSignal) =>
    readBody(await fetchOk(url, own), url, own, (loaded, total = known?.bytes) => onProgress?.(loaded, total, false));
  if (!known) return following(signal, download);
  const { file: found, kept } = await following(signal, (own) => keptOr(known.sha256, download, own));
  if (kept) onProgress?.(found.size, found.size, true);
  return found;
}

/** What a test runner calls a blob cannot be sent to a worker. */
async function ownBlob(blob: Blob): Promise<Blob> {
  const copy = sent(blob);
  return isBlob(copy) ? copy : makeBlob([await bytesOf(blob)]);
}

/** What arrives of a blob in a worker; its bytes stay where they are. */
function sent(blob: Blob): unknown {
  try {
    return structuredClone(blob);
  } catch {
    return undefined;
  }
}

function bytesOf(blob: Blob): Promise<ArrayBuffer> {
  if (typeof blob.arrayBuffer === 'function') return blob.arrayBuffer();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(blob);
  });
}

function nameOf({ url }: Response): string {
  return url ? `The response of ${url}` : 'The response';
}

function unread(response: Response): Response {
  if (!response.bodyUsed) return checked(response, nameOf(response));
  const message = `${cut(nameOf(response))} has been read already: give it unread, or what was read of it.`;
  throw new PhaselensError('invalid-argument', message);
}

/** In Node, paths are relative to the working directory; in browsers, addresses to the page. */
export function absolute(source: string | URL): string {
  const file = fileOf(source);
  return typeof file === 'string' ? pathUrl(file) : join(source, baseUrl());
}

/** An address relative to another one. */
export function join(address: string | URL, base?: string): string {
  try {
    return new URL(isUrl(address) ? address.href : address, base).href;
  } catch (cause) {
    throw new PhaselensError('invalid-argument', `${cut(address)} is no address.`, { cause });
  }
}

/** The path of a file in Node; undefined for what is to be fetched. A drive letter is no scheme. */
function fileOf(source: string | URL): string | URL | undefined {
  if (!inNode) return undefined;
  if (isUrl(source) || /^[a-z][a-z0-9+.-]+:/i.test(source)) {
    const url = join(source);
    return url.startsWith('file:') ? new URL(url) : undefined;
  }
  return source;
}

async function readBlob(file: string | URL): Promise<Blob> {
  try {
    return makeBlob([await readFile(file)]);
  } catch (cause) {
    throw new PhaselensError('network', `${cut(file)} could not be read: ${(cause as Error).message}.`, { cause });
  }
}

/** Many servers answer with a page, and no error, where a file is missing. */
export function refusePage(bytes: Uint8Array, url: string): void {
  const begin = new TextDecoder().decode(bytes.subarray(0, 128));
  if (!/^\s*<(!doctype|html)\b/i.test(begin)) return;
  const message = `${cut(url)} is a web page, and not the file that was asked for: is it there, under this name?`;
  throw new PhaselensError('network', message);
}

/** `url` is for messages. */
async function readBody(response: Response, url: string, signal: AbortSignal, onProgress?: DownloadProgress): Promise<Blob> {
  const length = Number(response.headers.get('content-length'));
  // A compressed transfer's length is not that of the file.
  const total = length > 0 && !response.headers.get('content-encoding') ? length : undefined;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let loaded = 0;
  try {
    if (!response.body?.getReader) return makeBlob([new Uint8Array(await response.arrayBuffer())]);
    const reader = response.body.getReader();
    signal.addEventListener('abort', () => void reader.cancel().catch(() => {}));
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (loaded === 0) refusePage(part.value, url);
      parts.push(part.value);
      loaded += part.value.length;
      onProgress?.(loaded, total);
    }
  } catch (cause) {
    throwIfAborted(signal);
    if (cause instanceof PhaselensError) throw cause;
    throw new PhaselensError('network', `${cut(url)} broke off after ${loaded} bytes.`, { cause });
  }
  throwIfAborted(signal);
  return makeBlob(parts);
}
